"""Each fault through python-telegram-bot: over its own httpx, and over the product's request and channel."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from telegram import Bot
from telegram.error import (
    BadRequest,
    ChatMigrated,
    Conflict,
    Forbidden,
    InvalidToken,
    NetworkError,
    RetryAfter,
    TelegramError,
    TimedOut,
)

from channels.base import Change, Later, Never, Reply, Say
from channels.render import Renderer
from channels.telegram import Telegram
from channels.telegram_request import Flooded, Request, Unclear
from dialogue.model import Chat, Message
from dialogue.words import verbatim
from sandbox import Fault, Sandbox
from sandbox.play import Play
from tests.sandbox.ground import GROUP, TOKEN

HELLO = Message((verbatim("hello"),))
QUICK = 0.15  # seconds to wait for an answer


@pytest.fixture
async def own(box: Sandbox) -> AsyncIterator[Bot]:
    """python-telegram-bot over the product's own connections."""
    requests = (Request(box.telegram_api), Request(box.telegram_api))
    async with Bot(
        TOKEN, base_url=f"{box.telegram_api}/bot", request=requests[0], get_updates_request=requests[1]
    ) as one:
        yield one


@pytest.fixture
async def channel(box: Sandbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Telegram]:
    monkeypatch.setattr("channels.telegram_request.READ", QUICK)
    one = Telegram(TOKEN, box.telegram_api, Renderer(tmp_path, ZoneInfo("Asia/Kolkata")))
    yield one
    await one.close()


@pytest.mark.parametrize(
    ("kind", "more", "httpx", "ours"),
    [
        ("timeout", {}, TimedOut, Unclear),
        ("timeout", {"accepted": True}, TimedOut, Unclear),
        ("slow", {"wait": 30}, TimedOut, Unclear),
        ("reset", {}, NetworkError, Unclear),
        ("reset", {"accepted": True}, NetworkError, Unclear),
        ("garbage", {}, TelegramError, TelegramError),
        ("garbage", {"accepted": True}, TelegramError, TelegramError),
        ("500", {}, NetworkError, Unclear),
        ("502", {}, NetworkError, Unclear),
        ("503", {}, NetworkError, Unclear),
        ("flood", {"wait": 17}, RetryAfter, Flooded),
        ("unauthorized", {}, InvalidToken, InvalidToken),
        ("blocked", {}, Forbidden, Forbidden),
        ("kicked", {}, Forbidden, Forbidden),
        ("deactivated", {}, Forbidden, Forbidden),
        ("not_found", {}, BadRequest, BadRequest),
        ("migrated", {"moved_to": -1002}, ChatMigrated, ChatMigrated),
        ("not_modified", {}, BadRequest, BadRequest),
        ("too_old", {}, BadRequest, BadRequest),
        ("conflict", {}, Conflict, Conflict),
    ],
)
async def test_the_error_one_expects(
    box: Sandbox,
    bot: Bot,
    own: Bot,
    kind: str,
    more: dict[str, Any],
    httpx: type[TelegramError],
    ours: type[TelegramError],
) -> None:
    box.faults.switch_on(Fault("sendMessage", kind, **more))
    for who, error in ((bot, httpx), (own, ours)):
        with pytest.raises(error) as told:
            await who.send_message(GROUP, "hello", read_timeout=QUICK)
        if isinstance(told.value, ChatMigrated):
            assert told.value.new_chat_id == -1002
        if isinstance(told.value, Flooded):
            assert told.value.seconds == 17
    box.faults.switch_off()
    assert await own.send_message(GROUP, "hello") and await bot.send_message(GROUP, "hello")


async def test_a_drip_is_a_time_out_only_for_who_counts_the_whole(box: Sandbox, bot: Bot, own: Bot) -> None:
    """httpx waits for each drop anew, and reads it to its end."""
    box.faults.switch_on(Fault("getMe", "drip", wait=0.4))
    assert (await bot.get_me(read_timeout=QUICK)).id == 4242
    with pytest.raises(Unclear):
        await own.get_me(read_timeout=QUICK, connect_timeout=QUICK)


async def test_a_poll_that_goes_wrong(box: Sandbox, channel: Telegram, play: Play) -> None:
    await play.phone(101).say("stays")
    for kind in ("conflict", "500", "502", "garbage", "reset"):
        box.faults.switch_on(Fault("getUpdates", kind, times=1))
        with pytest.raises(Later):
            await channel.updates(0, 0)
    assert len(await channel.updates(0, 0)) == 1


@pytest.mark.parametrize(
    ("kind", "more", "seconds", "unsure"),
    [
        ("timeout", {}, 5, True),
        ("timeout", {"accepted": True}, 5, True),
        ("reset", {"accepted": True}, 5, True),
        ("garbage", {"accepted": True}, 5, True),
        ("502", {}, 5, True),
        ("flood", {"wait": 2}, 2, False),
        ("flood", {"wait": 3600}, 3600, False),
        ("unauthorized", {}, 60, False),
    ],
)
async def test_what_the_channel_tells_the_postman_to_try_again(
    box: Sandbox, channel: Telegram, play: Play, kind: str, more: dict[str, Any], seconds: float, unsure: bool
) -> None:
    box.faults.switch_on(Fault("sendMessage", kind, **more))
    with pytest.raises(Later) as told:
        await channel.deliver(Chat("telegram", "101"), Say(HELLO), "en")
    assert (told.value.seconds, told.value.flood, told.value.unsure) == (seconds, kind == "flood", unsure)
    there = [message["text"] for message in await play.phone(101).messages()]
    assert there == (["hello"] if more.get("accepted") else [])


@pytest.mark.parametrize(
    ("kind", "gone"), [("blocked", True), ("kicked", True), ("deactivated", True), ("not_found", True)]
)
async def test_what_the_channel_gives_up(box: Sandbox, channel: Telegram, kind: str, gone: bool) -> None:
    box.faults.switch_on(Fault("sendMessage", kind))
    with pytest.raises(Never) as told:
        await channel.deliver(Chat("telegram", "101"), Say(HELLO), "en")
    assert told.value.gone is gone


async def test_a_group_that_moved(box: Sandbox, channel: Telegram) -> None:
    box.faults.switch_on(Fault("sendMessage", "migrated", to=str(GROUP), moved_to=-1002))
    with pytest.raises(Never) as told:
        await channel.deliver(Chat("telegram", str(GROUP)), Say(HELLO), "en")
    assert told.value.moved_to == "-1002"
    assert await channel.deliver(Chat("telegram", told.value.moved_to), Say(HELLO), "en")


async def test_what_is_so_already_is_no_fault_to_the_channel(box: Sandbox, channel: Telegram) -> None:
    known = await channel.deliver(Chat("telegram", "101"), Say(HELLO), "en")
    box.faults.switch_on(Fault("editMessageText", "not_modified"))
    box.faults.switch_on(Fault("answerCallbackQuery", "too_old"))
    assert await channel.deliver(Chat("telegram", "101"), Change(known, HELLO), "en") == known
    assert await channel.deliver(Chat("telegram", "101"), Reply("1"), "en") == ""
    assert [box.faults.struck(number) for number in (1, 2)] == [1, 1]
