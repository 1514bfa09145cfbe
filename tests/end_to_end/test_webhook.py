"""The same story with Telegram's webhook: what it sends is taken, killed or not; who has no secret isn't heard."""

import json
import socket
from contextlib import closing
from pathlib import Path
from typing import Any

import aiohttp

from tests.end_to_end.story import ASK, REGISTER, act, tell
from tests.end_to_end.town import Town, town
from tests.support.stage import GROUP


def webhook(path: str = "") -> dict[str, str]:
    """Settings with a port that was free just now."""
    with closing(socket.create_server(("127.0.0.1", 0))) as free:
        at = f"127.0.0.1:{free.getsockname()[1]}"
    return {"MULAKAT_WEBHOOK_URL": f"http://{at}{path}", "MULAKAT_LISTEN": at}


async def look(here: Town, path: str) -> tuple[int, str]:
    async with (
        aiohttp.ClientSession() as session,
        session.get(f"http://{here.env['MULAKAT_LISTEN']}{path}") as answer,
    ):
        return answer.status, await answer.text()


async def telegram_says(here: Town) -> dict[str, Any]:
    """getWebhookInfo"""
    url = f"{here.env['MULAKAT_TELEGRAM_API']}/bot{here.env['MULAKAT_BOT_TOKEN']}/getWebhookInfo"
    async with aiohttp.ClientSession() as session, session.get(url) as answer:
        found: dict[str, Any] = (await answer.json())["result"]
        return found


async def test_the_whole_story(tmp_path: Path) -> None:
    async with town(tmp_path, **webhook()) as here:
        await here.play.do("limits", on=False)
        bot = await here.start_bot()
        sunita, rao = here.play.phone(101), here.play.phone(201, GROUP)
        await tell(here.play, sunita, REGISTER)
        await tell(here.play, sunita, ASK)
        await rao.expect("Sunita Devi")
        await rao.press("Approve")
        await rao.expect("Approved by Supt. Rao")
        await sunita.expect("Your visit is approved")
        status, text = await look(here, "/healthz")
        assert status == 200 and all(json.loads(text).values())
        _status, text = await look(here, "/metrics")
        assert 'mulakat_decisions_total{outcome="approved"} 1.0' in text and "mulakat_arrivals_waiting 0.0" in text
        assert "wait" in await here.command("doctor")
        assert await bot.stop() == 0
        assert (await telegram_says(here))["url"] == here.env["MULAKAT_WEBHOOK_URL"] + "/telegram"


async def test_killed_in_the_middle(tmp_path: Path) -> None:
    """What is said while nobody listens waits at Telegram, and comes with the next start."""
    async with town(tmp_path, **webhook("/telegram")) as here:
        await here.play.do("limits", on=False)
        await here.start_bot()
        sunita = here.play.phone(101)
        for number, (what, heard) in enumerate(REGISTER[:9]):
            if number % 3 == 2:
                await here.kill_bot()
                await act(here.play, sunita, what)
                await here.start_bot()
                await here.play.forward(seconds=90)  # Telegram's rest before it tries again
            else:
                await act(here.play, sunita, what)
            await sunita.expect(heard)
        assert here.bot and await here.bot.stop() == 0


async def test_who_has_no_secret_is_not_heard(tmp_path: Path) -> None:
    async with town(tmp_path, **webhook()) as here:
        await here.start_bot()
        update = {"update_id": 1, "message": {"message_id": 1, "chat": {"id": 101, "type": "private"}, "text": "x"}}
        async with aiohttp.ClientSession() as session:
            for headers in ({}, {"X-Telegram-Bot-Api-Secret-Token": "guess"}):
                url = here.env["MULAKAT_WEBHOOK_URL"] + "/telegram"
                async with session.post(url, json=update, headers=headers) as answer:
                    assert answer.status == 401
        assert 'mulakat_webhook_requests_total{outcome="refused"} 2.0' in (await look(here, "/metrics"))[1]


async def test_from_the_webhook_back_to_polling(tmp_path: Path) -> None:
    async with town(tmp_path, **webhook()) as here:
        bot = await here.start_bot()
        assert await bot.stop() == 0
        sunita = here.play.phone(101)
        await sunita.say("/register")
        del here.env["MULAKAT_WEBHOOK_URL"]
        bot = await here.start_bot()
        await sunita.expect("language")
        assert (await telegram_says(here))["url"] == ""
        assert (await look(here, "/healthz"))[0] == 200 and (await look(here, "/telegram"))[0] == 404
        assert await bot.stop() == 0
