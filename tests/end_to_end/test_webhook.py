"""The door that the webhook opens: who has no secret isn't heard, health and metrics are told, and it can be closed."""

import json
from pathlib import Path
from typing import Any

import aiohttp

from tests.end_to_end.town import Town, town
from tests.end_to_end.ways import webhook


async def telegram_says(here: Town) -> dict[str, Any]:
    """getWebhookInfo"""
    url = f"{here.env['MULAKAT_TELEGRAM_API']}/bot{here.env['MULAKAT_BOT_TOKEN']}/getWebhookInfo"
    async with aiohttp.ClientSession() as session, session.get(url) as answer:
        found: dict[str, Any] = (await answer.json())["result"]
        return found


async def test_who_has_no_secret_is_not_heard(tmp_path: Path) -> None:
    async with town(tmp_path, **webhook()) as here:
        await here.start_bot()
        update = {"update_id": 1, "message": {"message_id": 1, "chat": {"id": 101, "type": "private"}, "text": "x"}}
        async with aiohttp.ClientSession() as session:
            for headers in ({}, {"X-Telegram-Bot-Api-Secret-Token": "guess"}):
                url = here.env["MULAKAT_WEBHOOK_URL"] + "/telegram"
                async with session.post(url, json=update, headers=headers) as answer:
                    assert answer.status == 401
        status, text = await here.look("/healthz")
        assert status == 200 and all(json.loads(text).values())
        text = (await here.look("/metrics"))[1]
        assert (
            'mulakat_webhook_requests_total{outcome="refused"} 2.0' in text and "mulakat_arrivals_waiting 0.0" in text
        )
        assert "wait" in await here.command("doctor")


async def test_from_the_webhook_back_to_polling(tmp_path: Path) -> None:
    async with town(tmp_path, **webhook()) as here:
        bot = await here.start_bot()
        assert (await telegram_says(here))["url"] == here.env["MULAKAT_WEBHOOK_URL"] + "/telegram"
        assert await bot.stop() == 0
        sunita = here.play.phone(101)
        await sunita.say("/register")
        del here.env["MULAKAT_WEBHOOK_URL"]
        bot = await here.start_bot()
        await sunita.expect("language")
        assert (await telegram_says(here))["url"] == ""
        assert (await here.look("/healthz"))[0] == 200 and (await here.look("/telegram"))[0] == 404
        assert await bot.stop() == 0
