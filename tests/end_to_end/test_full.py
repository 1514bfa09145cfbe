"""What may go otherwise, over HTTP, each with `kill -9` in its middle: one town for all, and new requests for each."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from typing import TypeVar

import pytest
import pytest_asyncio
from msgspec.structs import replace

from operate.prepare import open_house
from operate.settings import Settings
from sandbox.play import Phone
from storage import jails
from tests.end_to_end.families import Family
from tests.end_to_end.town import SUPERGROUP, Town, town
from tests.end_to_end.ways import SQLITE_POLLING, settings, ways
from tests.support.stage import GROUP, JAIL
from visits.calendar import DEFAULT_TIMETABLE

pytestmark = pytest.mark.asyncio(loop_scope="module")

UNDO = 2.0  # seconds, as the town is set
TAKEN = "Somebody else has just taken|That time isn't open"
ADMIN = 201
FIRST_TIME, SECOND_TIME = 33, 5  # messages that a family types or taps, as the README says


@dataclass(slots=True)
class Here:
    """The town with two families that are registered, and two who decide."""

    town: Town
    sunita: Family
    ravi: Family
    rao: Phone
    iqbal: Phone

    async def reborn(self) -> None:
        """A new process after the old one was killed."""
        await self.town.start_bot()

    async def card(self, ref: str) -> str:
        """The data of its Approve, as soon as its card is there."""

        async def shown() -> str:
            fits = (data for _text, data, _m in await self.rao.buttons() if f"card.ok={ref}" in data)
            return next(fits, "")

        return await until(shown)

    async def approve(self, ref: str) -> None:
        await self.rao.press_data(await self.card(ref))
        await self.rao.expect(f"{ref}.*Approved by Supt. Rao", timeout=20)

    async def letters(self, words: str, ref: str) -> int:
        state = await self.town.play.state()
        return sum(words in one["subject"] and ref in one["text"] for one in state["mail"])


T = TypeVar("T")


async def until(look: Callable[[], Awaitable[T]]) -> T:
    """What `look` finds, as soon as that is something."""
    async with asyncio.timeout(20):
        while not (found := await look()):  # noqa: ASYNC110 (it's in another process)
            await asyncio.sleep(0.1)
        return found


async def one_seat(found: Settings) -> None:
    """One seat at each time: the jail's timetable before it opens."""
    db, _vault = await open_house(found)
    async with db.begin() as tx:
        await jails.set_timetable(tx, JAIL, [replace(one, capacity=1) for one in DEFAULT_TIMETABLE])
    await db.close()


@pytest_asyncio.fixture(scope="module", loop_scope="module", params=ways(SQLITE_POLLING))
async def here(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Here]:
    folder = tmp_path_factory.mktemp("town")
    ours = {"MULAKAT_ADMINS": str(ADMIN), "MULAKAT_UNDO_SECONDS": str(int(UNDO))}
    async with settings(request.param) as chosen, town(folder, **chosen, **ours) as built:
        await one_seat(built.settings)
        play = built.play
        await play.do("limits", on=False)
        await built.start_bot()
        sunita = Family(play, 101, "Sunita Devi", "Female", "+919812345678", "sunita@example.org")
        ravi = Family(play, 102, "Ravi Kumar", "^Male", "+919876543210", "ravi@example.org")
        await asyncio.gather(sunita.register(), ravi.register())
        await play.phone(ADMIN).say("/start")  # else a bot may not write to a person
        yield Here(built, sunita, ravi, play.phone(201, GROUP), play.phone(202, GROUP))


async def test_how_much_a_family_types(here: Here) -> None:
    """From /start to a request with the jail: the first time, and when the prisoner is known."""
    sunita = here.sunita
    ref = await sunita.ask("Ramesh Kumar")
    first = sunita.acts
    await sunita.does("/status", ref)
    await sunita.does("[^Cancel]", "Cancel this visit")
    await sunita.does("[Yes, cancel it]", "is cancelled")

    sunita.acts = 0
    await sunita.does("/start", "What would you like to do")
    await sunita.does("[Visit Ramesh Kumar again]", "which day")
    await sunita.day()
    await sunita.does("[free]", "check your request")
    again = await sunita.send()
    print(f"from /start to a request with the jail: {first} messages and taps, {sunita.acts} for the next one")
    assert (first, sunita.acts) == (FIRST_TIME, SECOND_TIME)
    await sunita.does("/status", again)
    await sunita.does("[^Cancel]", "Cancel this visit")
    await sunita.does("[Yes, cancel it]", "is cancelled")


async def test_a_lost_slot(here: Here) -> None:
    """Both press the same time while the bot is dead: one has it, the other goes on with another time."""
    sunita, ravi = here.sunita, here.ravi
    for family in (sunita, ravi):
        await family.whom("Mohan Das")
        await family.day()
    label = next(text for text, _data, _m in await sunita.phone.buttons() if "free" in text)
    await here.town.kill_bot()
    for family in (sunita, ravi):
        await family.phone.press(label)
    await here.reborn()
    await sunita.phone.expect("How many people", timeout=20)
    await ravi.phone.expect(TAKEN, timeout=20)
    newest = (await ravi.phone.buttons())[0][2]
    offered = [text for text, _data, m in await ravi.phone.buttons() if m == newest and "free" in text]
    assert offered and label not in offered
    await ravi.does(f"[{offered[0]}]", "How many people")
    refs = [await sunita.rest(), await ravi.rest()]
    for ref in refs:
        await here.approve(ref)


async def test_two_approvers(here: Here) -> None:
    """Both decide while the bot is dead: the first one wins, the other reads who was faster, the family hears once."""
    ref = await here.sunita.ask("Gopal Singh")
    approve = await here.card(ref)
    await here.town.kill_bot()
    await here.rao.press_data(approve)
    await here.iqbal.press_data(approve.replace("card.ok", "card.why") + ".court_or_hospital")
    await here.reborn()
    assert "told" in await here.rao.answered(20)
    assert "Approved by Supt. Rao" in await here.iqbal.answered(20)
    await here.sunita.phone.expect(f"Your visit is approved.*{ref}", timeout=20)
    await asyncio.sleep(1.0)  # whatever would be said a second time is said by now
    assert await here.sunita.told(f"Your visit is approved.*{ref}") == 1
    assert await here.sunita.told("not possible") == 0
    assert await here.letters("Visit approved", ref) == 1


async def test_undo_too_late(here: Here) -> None:
    """Killed right after the decision and reborn after its minute: the family is told once, and Undo says so."""
    ref = await here.ravi.ask("Gopal Singh")
    await here.approve(ref)
    undo = next(data for text, data, _m in await here.rao.buttons() if "Undo" in text)
    assert ref in undo
    await here.town.kill_bot()
    await asyncio.sleep(UNDO)
    await here.reborn()
    await here.ravi.phone.expect(f"Your visit is approved.*{ref}", timeout=20)
    await here.rao.press_data(undo)
    assert "Too late to undo" in await here.rao.answered(20)
    assert await here.ravi.told(f"Your visit is approved.*{ref}") == 1
    await until(lambda: here.letters("Visit approved", ref))
    assert await here.letters("Visit approved", ref) == 1


async def test_a_visitor_who_blocked_the_bot(here: Here) -> None:
    """E-mail and SMS arrive all the same, once; whoever comes back finds the answer."""
    ref = await here.sunita.ask("Hari Om")
    await here.sunita.phone.block()
    await here.approve(ref)
    await here.town.kill_bot()
    await here.reborn()
    await until(lambda: here.letters("Visit approved", ref))
    await here.town.play.sms(here.sunita.mobile, f"APPROVED.*{ref}", timeout=20)
    await asyncio.sleep(1.0)
    assert await here.letters("Visit approved", ref) == 1
    assert await here.sunita.told(f"Your visit is approved.*{ref}") == 0
    await here.sunita.phone.unblock()
    await here.sunita.does("/status", f"{ref} · ✅ approved")


async def test_removed_from_the_group(here: Here) -> None:
    """The operator hears of it; what was asked meanwhile is before the approvers as soon as the bot is back."""
    play = here.town.play
    admin = play.phone(ADMIN)
    await play.do("member", person=201, chat=GROUP, of=4242, status="kicked")
    await admin.expect("removed from the chat of Central Jail No. 1, Tihar", timeout=20)
    ref = await here.ravi.ask("Hari Om")
    await here.town.kill_bot()
    await play.do("member", person=201, chat=GROUP, of=4242, status="member")
    await here.reborn()
    await here.approve(ref)
    await here.ravi.phone.expect(f"Your visit is approved.*{ref}", timeout=20)


async def test_the_group_becomes_a_supergroup(here: Here) -> None:
    """Every message to it is refused from now on, with its new number: what waits goes on there, and is decided."""
    play, old = here.town.play, {"to": GROUP, "moved_to": SUPERGROUP}
    for method in ("sendMessage", "editMessageText"):
        await play.fault(method, "migrated", **old)
    ref = await here.sunita.ask("Kishan Lal")
    rao = play.phone(201, SUPERGROUP)
    await rao.expect(f"Request {ref}", timeout=20)
    await here.town.kill_bot()
    await here.reborn()

    async def shown() -> str:
        return next((data for _text, data, _m in await rao.buttons() if f"card.ok={ref}" in data), "")

    await rao.press_data(await until(shown))
    await rao.expect(f"{ref}.*Approved by Supt. Rao", timeout=20)
    await here.sunita.phone.expect(f"Your visit is approved.*{ref}", timeout=20)
    assert await here.sunita.told(f"Your visit is approved.*{ref}") == 1
    await play.phone(ADMIN).expect("has become a supergroup", timeout=20)
