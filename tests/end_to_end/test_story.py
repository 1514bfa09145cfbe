"""The main job over HTTP, and what `kill -9` does to it: nothing is lost, and everything is told once."""

import asyncio
from pathlib import Path

import pytest
from icalendar import Calendar

from tests.end_to_end.story import ASK, EMAIL, MOBILE, REGISTER, act, tell
from tests.end_to_end.town import Town, started, town
from tests.end_to_end.ways import POSTGRES_WEBHOOK, SQLITE_POLLING, SQLITE_WEBHOOK, Way, settings, ways
from tests.support.stage import GROUP


@pytest.mark.parametrize("way", ways(SQLITE_POLLING, POSTGRES_WEBHOOK))
async def test_the_whole_story(way: Way, tmp_path: Path) -> None:
    async with settings(way) as chosen, town(tmp_path, (), False, **chosen) as here:
        await here.staff()
        await here.play.do("limits", on=False)
        bot = await here.start_bot()
        sunita, rao = here.play.phone(101), here.play.phone(201, GROUP)
        await sunita.say("/start")
        await sunita.expect("First you register once")
        await tell(here.play, sunita, REGISTER)
        letter = await here.play.mail(EMAIL, "You are registered")
        assert "Registration number: M-" in letter["text"] and letter["has_html"]
        assert "Your number: M-" in (await here.play.sms(MOBILE, "registered"))["text"]
        aadhaar = [m for m in await sunita.messages() if "2345 6789 0124" in m["text"]]
        assert [m["deleted"] for m in aadhaar] == [True]

        await tell(here.play, sunita, ASK)
        card = await rao.expect(r"Sunita Devi.*Ramesh Kumar.*Unchecked")
        assert "0124" in card["text"] and "2345" not in card["text"]
        await rao.press("Approve")
        assert "told" in await rao.answered()
        await rao.expect("Approved by Supt. Rao")
        await sunita.expect("approved.*gate at")
        await check_letters(here)
        if way.door == "webhook":
            assert 'mulakat_decisions_total{outcome="approved"} 1.0' in (await here.look("/metrics"))[1]
            assert "wait" in await here.command("doctor")

        assert await bot.stop() == 0


async def check_letters(here: Town) -> None:
    letter = await here.play.mail(EMAIL, "Visit approved")
    (file,) = letter["attachments"]
    assert file["type"] == "text/calendar"
    entry = Calendar.from_ical(await here.play.get(f"/play/mail/{letter['id']}/attachment/{file['n']}"))
    (event,) = entry.walk("VEVENT")
    assert "Ramesh Kumar" in str(event["SUMMARY"]) and "Tihar" in str(event["LOCATION"])
    sms = await here.play.sms(MOBILE, "APPROVED")
    assert len(sms["text"]) <= 70


@pytest.mark.parametrize("way", ways(SQLITE_WEBHOOK))
async def test_killed_in_the_middle_of_a_talk(way: Way, tmp_path: Path) -> None:
    """Killed after every third answer, while it is on its way, or before it, so that it is said to nobody: the talk
    goes on where it was."""
    async with settings(way) as chosen, town(tmp_path, **chosen) as here:
        await here.play.do("limits", on=False)
        await here.start_bot()
        sunita = here.play.phone(101)
        for number, (what, heard) in enumerate(REGISTER):
            if number % 6 == 5:
                await here.kill_bot()
            await act(here.play, sunita, what)
            if number % 6 == 2:
                await asyncio.sleep(0.004 * number)  # sooner and later: before, during and after the commit
                await here.kill_bot()
            if number % 3 == 2:
                await here.start_bot()
            await sunita.expect(heard)
        review = next(m for m in await sunita.messages() if "Please check what you told me" in m["text"])
        for line in ("Name: Sunita Devi", "Father / husband: Ram Lal", "Age: 34", "PIN code: 110062", "•••• 0124"):
            assert line in review["text"]
        numbers = [m for m in await sunita.messages() if "registration number is" in m["text"]]
        assert len(numbers) == 1


@pytest.mark.parametrize("way", ways(SQLITE_POLLING))
async def test_killed_between_approval_and_telling(way: Way, tmp_path: Path) -> None:
    """The decision is committed, its letters are not sent yet, the process dies: each is told once afterwards."""
    async with settings(way) as chosen, town(tmp_path, **chosen) as here:
        await here.play.do("limits", on=False)
        await here.start_bot()
        sunita, rao = here.play.phone(101), here.play.phone(201, GROUP)
        await tell(here.play, sunita, REGISTER)
        await tell(here.play, sunita, ASK)
        await rao.expect("Sunita Devi")
        await here.play.do("hold", methods=["sendMessage"])
        await rao.press("Approve")
        await rao.expect("Approved by")  # the card is edited after the commit; the family's message is held
        await here.play.mail(EMAIL, "Visit approved")
        await here.play.sms(MOBILE, "APPROVED")
        await asyncio.sleep(0.5)  # what arrived is settled
        await here.kill_bot()
        await here.play.do("hold", methods=[])
        await here.start_bot()
        await sunita.expect("Your visit is approved")
        await asyncio.sleep(1.5)  # whatever would be sent a second time is sent by now
        state = await here.play.state()
        assert len([m for m in await sunita.messages() if "Your visit is approved" in m["text"]]) == 1
        assert len([m for m in state["mail"] if "Visit approved" in m["subject"]]) == 1
        assert len([m for m in state["sms"] if "APPROVED" in m["text"]]) == 1


async def test_ends_within_ten_seconds_of_sigterm(tmp_path: Path) -> None:
    async with town(tmp_path) as here:
        bot = await here.start_bot()
        sunita = here.play.phone(101)
        await sunita.say("/start")
        await sunita.expect("First you register once")
        assert await bot.stop(timeout=10) == 0


async def test_a_wrong_setting_stops_the_start(tmp_path: Path) -> None:
    """With its name and the mend, and without a traceback."""
    async with town(tmp_path, (), False) as here:
        for name, value, mend in (
            ("MULAKAT_BOT_TOKEN", "nonsense", "@BotFather"),
            ("MULAKAT_TIMEZONE", "Asia/Atlantis", "Asia/Kolkata"),
            ("MULAKAT_DATABASE_URL", "mysql://x", "sqlite+aiosqlite"),
            ("MULAKAT_TELEGRAM_RATE", "fast", "number"),
            ("MULAKAT_SECRET_FILE", str(tmp_path / "data" / "secret"), "elsewhere"),
        ):
            process = await started("bot.py", "run", env=here.env | {name: value})
            assert await process.child.wait() == 2
            if process.reading:
                await process.reading
            said = "\n".join(process.lines)
            assert name in said and mend in said and "Traceback" not in said
