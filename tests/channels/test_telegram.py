"""The real python-telegram-bot over our connection, against a Bot API that answers what a table says."""

import asyncio
import json
import logging
import socket
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any

import pytest
from aiohttp import BodyPartReader, web
from telegram import Bot

from channels.base import Change, Drop, Errand, Later, Never, OperatorError, Reply, Say
from channels.cleaning import units
from channels.render import Renderer
from channels.telegram import LONGEST_MESSAGE, Telegram, WebhookState
from channels.telegram_read import ALLOWED_UPDATES
from channels.telegram_request import Request
from dialogue.model import Button, Chat, Message
from dialogue.words import Text, verbatim
from tests.channels.ground import Serve

TOKEN = "4242:verysecret"
SUNITA = Chat("telegram", "101")
HELLO = Message((Text("Hello {name}", {"name": "<Devi>"}),), ((Button(Text("When"), "when"),),))
SENT = {"message_id": 7, "date": 0, "chat": {"id": 101, "type": "private"}, "text": "x"}


class BotApi:
    """Answers `result`, or what `says` holds for a method: (status, JSON) or raw bytes. Keeps what it was
    asked."""

    def __init__(self) -> None:
        self.says: dict[str, tuple[int, Any]] = {}
        self.asked: list[tuple[str, Any]] = []
        self.delay = 0.0

    async def answer(self, request: web.BaseRequest) -> web.StreamResponse:
        bot, method = request.path.strip("/").split("/")
        assert bot == f"bot{TOKEN}"
        self.asked.append((method, await request.json()))
        await asyncio.sleep(self.delay)
        results = {"sendMessage": SENT, "editMessageText": SENT, "getUpdates": [{"update_id": 5}, "odd"]}
        status, said = self.says.get(method, (200, {"ok": True, "result": results.get(method, True)}))
        body = said if isinstance(said, bytes) else json.dumps(said).encode()
        return web.Response(status=status, body=body, content_type="application/json")

    def refuse(self, method: str, status: int, description: str, **parameters: int) -> None:
        refusal = {"ok": False, "error_code": status, "description": description}
        self.says[method] = (status, refusal | ({"parameters": parameters} if parameters else {}))


@pytest.fixture
def api() -> BotApi:
    return BotApi()


@pytest.fixture
async def telegram(api: BotApi, serve: Serve, renderer: Renderer) -> AsyncIterator[Telegram]:
    channel = Telegram(TOKEN, await serve(api.answer), renderer)
    yield channel
    await channel.close()


async def test_four_errands(api: BotApi, telegram: Telegram) -> None:
    assert await telegram.deliver(SUNITA, Say(HELLO), "hi") == "7"
    assert await telegram.deliver(SUNITA, Change("7", HELLO), "en") == "7"
    assert await telegram.deliver(SUNITA, Drop("7"), "en") == ""
    assert (
        await telegram.deliver(SUNITA, Reply("55", Text("Hello {name}", {"name": "x" * 300}), alert=True), "en") == ""
    )
    assert await telegram.deliver(SUNITA, Reply("56"), "en") == ""
    keyboard = {"inline_keyboard": [[{"text": "When", "callback_data": "when"}]]}
    looks = {"parse_mode": "HTML", "link_preview_options": {"is_disabled": True}}
    said, changed, dropped, answered, silent = api.asked
    assert said[0] == "sendMessage" and said[1]["text"] == "नमस्ते &lt;Devi&gt;" and said[1] | looks == said[1]
    assert said[1]["reply_markup"]["inline_keyboard"][0][0]["text"] == "कब"
    assert changed[0] == "editMessageText" and changed[1]["reply_markup"] == keyboard
    assert changed[1] | looks | {"chat_id": 101, "message_id": 7, "text": "Hello &lt;Devi&gt;"} == changed[1]
    assert dropped == ("deleteMessage", {"chat_id": 101, "message_id": 7})
    assert answered[1]["show_alert"] is True and len(answered[1]["text"]) == 200
    assert silent == ("answerCallbackQuery", {"callback_query_id": "56", "show_alert": False})


DONE = (
    (Change("7", HELLO), "editMessageText", "message is not modified: specified new message content"),
    (Drop("7"), "deleteMessage", "message to delete not found"),
    (Reply("5"), "answerCallbackQuery", "query is too old and response timeout expired or query ID is invalid"),
)


@pytest.mark.parametrize(("errand", "method", "description"), DONE)
async def test_what_is_so_already(
    api: BotApi, telegram: Telegram, errand: Errand, method: str, description: str
) -> None:
    api.refuse(method, 400, f"Bad Request: {description}")
    await telegram.deliver(SUNITA, errand, "en")


@pytest.mark.parametrize(
    ("errand", "method", "status", "description", "gone"),
    [
        (Say(HELLO), "sendMessage", 403, "Forbidden: bot was blocked by the user", True),
        (Say(HELLO), "sendMessage", 403, "Forbidden: bot was kicked from the supergroup chat", True),
        (Say(HELLO), "sendMessage", 400, "Bad Request: chat not found", True),
        (Say(HELLO), "sendMessage", 400, "Bad Request: PEER_ID_INVALID", True),
        (Say(HELLO), "sendMessage", 400, "Bad Request: not enough rights to send text messages to the chat", False),
        (Say(HELLO), "sendMessage", 400, "Bad Request: BUTTON_DATA_INVALID", False),
        (Change("7", HELLO), "editMessageText", 400, "Bad Request: message to edit not found", False),
        (Change("7", HELLO), "editMessageText", 400, "Bad Request: message can't be edited", False),
        (Drop("7"), "deleteMessage", 400, "Bad Request: message can't be deleted for everyone", False),
    ],
)  # fmt: skip
async def test_never(
    api: BotApi, telegram: Telegram, errand: Errand, method: str, status: int, description: str, gone: bool
) -> None:
    api.refuse(method, status, description)
    with pytest.raises(Never) as told:
        await telegram.deliver(SUNITA, errand, "en")
    assert (told.value.gone, told.value.moved_to) == (gone, None)


async def test_a_group_that_moved_says_where(api: BotApi, telegram: Telegram) -> None:
    api.refuse("sendMessage", 400, "Bad Request: group chat was upgraded", migrate_to_chat_id=-1009)
    with pytest.raises(Never) as told:
        await telegram.deliver(Chat("telegram", "-9"), Say(HELLO), "en")
    assert (told.value.gone, told.value.moved_to) == (False, "-1009")


@pytest.mark.parametrize(
    ("status", "said", "seconds", "flood", "unsure"),
    [
        (429, {"ok": False, "description": "Too Many", "parameters": {"retry_after": 17}}, 17, True, False),
        (429, {"ok": False, "description": "Too Many", "parameters": {"retry_after": 1e300}}, 86400, True, False),
        (429, {"ok": False, "description": "Too Many", "parameters": {"retry_after": float("nan")}}, 0, True, False),
        (429, b"<html>busy</html>", 5, True, False),
        (429, b'{"parameters": {"retry_after": 1%s}}' % (b"0" * 400), 5, True, False),
        (500, {"ok": False, "error_code": 500, "description": "Internal Server Error"}, 5, False, True),
        (502, b"<html>Bad Gateway</html>", 5, False, True),
        (200, b"no JSON", 5, False, True),
        (200, b"[1]", 5, False, True),
        (200, {"ok": True}, 5, False, True),
        (201, {"ok": True}, 5, False, True),
        (302, b"<html>moved</html>", 5, False, True),
        (418, {"ok": False, "description": "odd"}, 5, False, True),
        (401, {"ok": False, "error_code": 401, "description": "Unauthorized"}, 60, False, False),
    ],
)  # fmt: skip
async def test_later(
    api: BotApi, telegram: Telegram, status: int, said: Any, seconds: float, flood: bool, unsure: bool
) -> None:
    api.says["sendMessage"] = (status, said)
    with pytest.raises(Later) as told:
        await telegram.deliver(SUNITA, Say(HELLO), "en")
    assert (told.value.seconds, told.value.flood, told.value.unsure) == (seconds, flood, unsure)
    assert told.value.__suppress_context__ and "secret" not in told.value.why
    assert (f"HTTP {status}" in told.value.why) == (status >= 500)


async def test_a_refused_connection_is_sure_and_a_lost_answer_is_not(
    api: BotApi, serve: Serve, renderer: Renderer, monkeypatch: pytest.MonkeyPatch
) -> None:
    with socket.socket() as taken:  # bound, and nobody listens
        taken.bind(("127.0.0.1", 0))
        nobody = Telegram(TOKEN, f"http://127.0.0.1:{taken.getsockname()[1]}", renderer)
        with pytest.raises(Later) as told:
            await nobody.deliver(SUNITA, Say(HELLO), "en")
        assert not told.value.unsure and "secret" not in told.value.why
        await nobody.close()
    monkeypatch.setattr("channels.telegram_request.READ", 0.05)
    api.delay = 0.3
    slow = Telegram(TOKEN, await serve(api.answer), renderer)
    with pytest.raises(Later) as told:
        await slow.deliver(SUNITA, Say(HELLO), "en")
    assert told.value.unsure
    await slow.close()


async def test_a_nameless_host_is_sure(renderer: Renderer) -> None:
    nowhere = Telegram(TOKEN, "http://mulakat.invalid", renderer)
    with pytest.raises(Later) as told:
        await nowhere.me()
    assert not told.value.unsure
    await nowhere.close()


async def test_a_wrong_token_is_told_to_the_operator(api: BotApi, telegram: Telegram, renderer: Renderer) -> None:
    for status, description in ((401, "Unauthorized"), (404, "Not Found")):
        api.refuse("getMe", status, description)
        with pytest.raises(OperatorError, match="Copy it again from @BotFather") as told:
            await telegram.me()
        assert "secret" not in str(told.value)
    with pytest.raises(OperatorError, match="There is no Telegram token"):
        Telegram("", "http://127.0.0.1", renderer)


async def test_updates_come_as_they_are(api: BotApi, telegram: Telegram) -> None:
    assert await telegram.updates(offset=5, timeout=30) == [{"update_id": 5}]
    allowed = ["message", "edited_message", "callback_query", "my_chat_member"]
    assert api.asked == [("getUpdates", {"offset": 5, "timeout": 30, "allowed_updates": allowed})]
    lone = b'{"ok":true,"result":[{"update_id":6,"message":{"text":"half \\ud800"}}]}'
    api.says["getUpdates"] = (200, lone)
    assert (await telegram.updates(5, 0))[0]["message"]["text"] == "half \ud800"
    bad = b'{"ok":true,"result":[{"update_id":7,"callback_query":{"data":"\xbb\xff"}},{"update_id":8}]}'
    api.says["getUpdates"] = (200, bad)
    assert [update["update_id"] for update in await telegram.updates(5, 0)] == [7, 8]
    api.refuse("getUpdates", 409, "Conflict: terminated by other getUpdates request")
    with pytest.raises(Later, match="another process"):
        await telegram.updates(5, 0)


async def test_a_long_poll_outlasts_the_usual_limit(
    api: BotApi, telegram: Telegram, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("channels.telegram_request.READ", 0.05)
    api.delay = 0.2
    assert await telegram.updates(0, 0) == [{"update_id": 5}]


async def test_polling_and_commands(api: BotApi, telegram: Telegram) -> None:
    await telegram.take_polling()
    await telegram.set_commands([("visit", Text("When"))], ("en", "hi", "mai"))
    assert api.asked == [
        ("deleteWebhook", {"drop_pending_updates": False}),
        ("setMyCommands", {"commands": [{"command": "visit", "description": "When"}]}),
        ("setMyCommands", {"commands": [{"command": "visit", "description": "कब"}], "language_code": "hi"}),
    ]


async def test_a_webhook(api: BotApi, telegram: Telegram) -> None:
    """Set with the secret, and what waits is kept; asked how it goes; refused in words that name the setting."""
    await telegram.take_webhook("https://visits.example.org/telegram", "s3cret")
    ((method, asked),) = api.asked
    assert method == "setWebhook" and asked == {
        "url": "https://visits.example.org/telegram",
        "secret_token": "s3cret",
        "allowed_updates": list(ALLOWED_UPDATES),
        "max_connections": 100,
    }
    told: dict[str, Any] = {
        "url": "https://visits.example.org/telegram",
        "has_custom_certificate": False,
        "pending_update_count": 3,
    }
    api.says["getWebhookInfo"] = (200, {"ok": True, "result": told})
    assert await telegram.webhook() == WebhookState(told["url"], 3, None, "")
    api.says["getWebhookInfo"] = (
        200,
        {"ok": True, "result": told | {"last_error_date": 1_796_000_000, "last_error_message": "Read timeout expired"}},
    )
    found = await telegram.webhook()
    assert found.error == "Read timeout expired" and found.failed == datetime.fromtimestamp(1_796_000_000, UTC)
    api.refuse("setWebhook", 400, "Bad Request: bad webhook: An HTTPS URL must be provided for webhook")
    with pytest.raises(OperatorError, match=r"MULAKAT_WEBHOOK_URL.*an https url"):
        await telegram.take_webhook("http://visits.example.org/telegram", "s3cret")
    api.refuse("setWebhook", 429, "Too Many Requests: retry after 1", retry_after=1)
    with pytest.raises(Later) as later:
        await telegram.take_webhook("https://visits.example.org/telegram", "s3cret")
    assert later.value.flood and later.value.seconds == 1


@pytest.mark.parametrize("known", ["", "x", "1.5"])
async def test_ids_that_are_none(telegram: Telegram, known: str) -> None:
    with pytest.raises(Never):
        await telegram.deliver(Chat("telegram", known), Say(HELLO), "en")
    with pytest.raises(Never):
        await telegram.deliver(SUNITA, Drop(known), "en")


@pytest.mark.parametrize(
    ("lines", "kept"),
    [
        (["a" * 4096], 1),
        (["a" * 4090, "b" * 5], 2),
        (["a" * 4090, "b" * 6], 1),
        (["a" * 4094, "b" * 9], 1),
        (["a" * 4095, "b" * 9], 0),
        (["😀" * 2000, "b" * 96], 1),
        (["<" * 3000, "&" * 3000], 1),
        (["line"] * 1000, 819),
    ],
)
async def test_a_long_text_ends_at_a_line(api: BotApi, telegram: Telegram, lines: list[str], kept: int) -> None:
    await telegram.deliver(SUNITA, Say(Message(tuple(verbatim(line) for line in lines))), "en")
    text = api.asked[0][1]["text"].replace("&lt;", "<").replace("&amp;", "&")
    assert units(text) <= LONGEST_MESSAGE
    if kept == len(lines):
        assert text == "\n".join(lines)
    elif kept:
        assert text == "\n".join((*lines[:kept], "…"))
    else:
        assert text == lines[0][:4095] + "…"


async def test_a_cut_closes_what_was_bold(api: BotApi, telegram: Telegram) -> None:
    bold = Text("**{a}\n{b}**", {"a": "a" * 10, "b": "b" * 5000})
    await telegram.deliver(SUNITA, Say(Message((bold,))), "en")
    # The parameters stay in their lines, the sentence itself has two.
    assert api.asked[0][1]["text"] == f"<b>{'a' * 10}</b>\n…"


async def test_no_words_of_ours_come_back_in_a_reason(api: BotApi, telegram: Telegram) -> None:
    api.refuse("sendMessage", 400, 'Bad Request: can\'t parse entities: unsupported start tag "Sunita 98123" at 17')
    with pytest.raises(Never) as told:
        await telegram.deliver(SUNITA, Say(HELLO), "en")
    assert told.value.why == "Telegram: Can't parse entities: unsupported start tag … at …"


async def test_an_odd_answer_is_not_logged(api: BotApi, telegram: Telegram, caplog: pytest.LogCaptureFixture) -> None:
    api.says["sendMessage"] = (200, b"Sunita 9812345678")
    with caplog.at_level(logging.INFO), pytest.raises(Later):
        await telegram.deliver(SUNITA, Say(HELLO), "en")
    assert "9812345678" not in caplog.text


async def test_a_file_is_uploaded_in_parts(serve: Serve) -> None:
    seen: dict[str, Any] = {}

    async def answer(request: web.BaseRequest) -> web.StreamResponse:
        async for part in await request.multipart():
            assert isinstance(part, BodyPartReader)
            seen[part.name or ""] = (part.filename, bytes(await part.read()))
        return web.json_response({"ok": True, "result": SENT})

    address = await serve(answer)
    request = Request(address)
    bot = Bot(TOKEN, base_url=f"{address}/bot", request=request, get_updates_request=request)
    await bot.send_document(101, b"%PDF-", filename="pass.pdf", caption="Your pass")
    await request.shutdown()
    assert seen["document"] == ("pass.pdf", b"%PDF-")
    assert seen["chat_id"] == (None, b"101") and seen["caption"] == (None, b"Your pass")
