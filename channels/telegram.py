"""Telegram, by python-telegram-bot's `Bot` and its errors, over connections of our own; the methods of a busy day go
past its types.

Bot logs every value it sends at DEBUG, and its `repr` shows the token: the composition root caps the loggers
in QUIET, and nothing here lets a text of Bot's own errors through.
"""

import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import Any, assert_never

from msgspec import Struct
from telegram import Bot, BotCommand
from telegram.error import BadRequest, ChatMigrated, Conflict, Forbidden, InvalidToken, TelegramError

from channels.base import Change, Drop, Errand, Later, Never, OperatorError, Reply, Say
from channels.cleaning import ELLIPSIS, shortened, units
from channels.render import Rendered, Renderer, escaped
from channels.telegram_read import ALLOWED_UPDATES, NAME
from channels.telegram_request import Flooded, NotSent, Request, Unclear
from dialogue.model import Chat
from dialogue.words import Text

QUIET = ("telegram", "httpx", "httpcore", "aiohttp")
"""Loggers that may show a token, a name or a number below WARNING."""

LONGEST_MESSAGE = 4096  # https://core.telegram.org/bots/api#sendmessage, counted without the tags
LONGEST_ANSWER = 200  # https://core.telegram.org/bots/api#answercallbackquery
LONGEST_PLACEHOLDER = 64  # https://core.telegram.org/bots/api#forcereply
LONGEST_DESCRIPTION = 256  # https://core.telegram.org/bots/api#botcommand

_WEBHOOK_CONNECTIONS = 100  # the most that Telegram opens; what comes together is committed together
_LONG_POLL = 15.0  # seconds that an answer may come later than it was asked to wait
_UNREACHABLE = 5.0  # seconds until it is worth trying again
_TOKEN_REFUSED = 60.0
_POLLED_ELSEWHERE = 5.0

Json = dict[str, Any]

# The beginnings of what Telegram answers, in lower case: it has no numbers for them.
_NOBODY = (
    "chat not found", "user not found", "peer_id_invalid", "group chat was deactivated",
    "user is deactivated", "input_user_deactivated", "chat_id_invalid",
)  # fmt: skip
_ALREADY_SO = ("message is not modified",)
_NOTHING_TO_DELETE = ("message to delete not found", "message_id_invalid")
_NOBODY_WAITS = ("query is too old", "query_id_invalid")


def fitting(rendered: Rendered) -> str:
    """The HTML of a message, cut at the end of a line where Telegram would find it too long."""
    if units(rendered.html) <= LONGEST_MESSAGE or units(rendered.plain) <= LONGEST_MESSAGE:
        return rendered.html
    plain = rendered.plain.split("\n")
    room = LONGEST_MESSAGE - units("\n" + ELLIPSIS)
    kept = 0
    for line in plain:
        room -= units(line) + 1
        if room < -1:  # the last line has no newline of its own
            break
        kept += 1
    if not kept:
        return escaped(shortened(rendered.plain, LONGEST_MESSAGE))
    html = "\n".join(rendered.html.split("\n")[:kept])
    still_bold = "</b>" * (html.count("<b>") - html.count("</b>"))
    return f"{html}{still_bold}\n{ELLIPSIS}"


class WebhookState(Struct, frozen=True):
    """url: "" while there is none. error: in Telegram's words, what its last try came to that failed, and when."""

    url: str
    pending: int
    failed: datetime | None
    error: str


class Telegram:
    """One bot. api_root: "https://api.telegram.org", or a Bot API server of one's own. Connections open with
    the first request; `close` ends them."""

    name = NAME

    def __init__(self, token: str, api_root: str, renderer: Renderer) -> None:
        root = api_root.rstrip("/")
        self._renderer = renderer
        self._request = Request(root)
        try:
            self._bot = Bot(
                token,
                base_url=f"{root}/bot",
                base_file_url=f"{root}/file/bot",
                request=self._request,
                get_updates_request=self._request,
            )
        except InvalidToken:
            raise OperatorError("There is no Telegram token. Ask @BotFather for one, and set it.") from None

    async def deliver(self, to: Chat, errand: Errand, locale: str) -> str:
        """The id of the message sent or changed; "" for Drop and Reply. Never(moved_to=...) when a group has
        moved."""
        chat = _number(to.id, "chat")
        with _told():
            match errand:
                case Say(message):
                    rendered = self._renderer.message(message, locale)
                    sent = await self._call(
                        "sendMessage", chat_id=chat, **_said(rendered), reply_markup=_keyboard(rendered)
                    )
                    return _message_of(sent)
                case Change(known, message):
                    rendered = self._renderer.message(message, locale)
                    there = {"chat_id": chat, "message_id": _number(known, "message")}
                    buttons = _buttons(rendered)
                    await self._done("editMessageText", _ALREADY_SO, **there, **_said(rendered), reply_markup=buttons)
                    return known
                case Drop(known):
                    gone = {"chat_id": chat, "message_id": _number(known, "message")}
                    await self._done("deleteMessage", _NOTHING_TO_DELETE, **gone)
                case Reply(press, text, alert):
                    said = shortened(self._renderer.plain(text, locale), LONGEST_ANSWER) if text else None
                    answer = {"callback_query_id": press, "text": said, "show_alert": alert}
                    await self._done("answerCallbackQuery", _NOBODY_WAITS, **answer)
                case _:
                    assert_never(errand)
        return ""

    async def _call(self, method: str, **given: Any) -> Any:
        return await self._request.call(f"{self._bot.base_url}/{method}", given)

    async def _done(self, method: str, so_already: tuple[str, ...], **given: Any) -> None:
        """What Telegram refuses in these words needn't be done any more."""
        try:
            await self._call(method, **given)
        except BadRequest as error:
            if not _begins(error, so_already):
                raise

    async def me(self) -> str:
        """Our username, without "@". To be asked first: a wrong token raises OperatorError here."""
        try:
            with _told():
                return (await self._bot.get_me()).username or ""
        except _TokenRefused:
            raise OperatorError(
                "Telegram refuses the bot's token. Copy it again from @BotFather, and check the address of the Bot API."
            ) from None

    async def updates(self, offset: int, timeout: int) -> list[dict[str, Any]]:  # noqa: ASYNC109 (a word of Telegram's)
        """What waits from update `offset` on, as Telegram wrote it; waits up to `timeout` seconds for the
        first. To ask for a higher offset tells Telegram to forget all below: first keep them. Raises
        Later."""
        asked = {"offset": offset, "timeout": timeout, "allowed_updates": list(ALLOWED_UPDATES)}
        with _told():
            found = await self._request.call(f"{self._bot.base_url}/getUpdates", asked, timeout + _LONG_POLL)
        return [update for update in found if isinstance(update, dict)]

    async def take_polling(self) -> None:
        """From now on `updates` gets what comes, and not a webhook. What waits is kept."""
        with _told():
            await self._bot.delete_webhook(drop_pending_updates=False)

    async def take_webhook(self, url: str, secret: str) -> None:
        """From now on Telegram sends what comes to `url`, showing the secret, and `updates` gets nothing. What waits is
        kept. Raises Later, or OperatorError where Telegram doesn't take the address."""
        try:
            with _told():
                await self._bot.set_webhook(
                    url, secret_token=secret, allowed_updates=ALLOWED_UPDATES, max_connections=_WEBHOOK_CONNECTIONS
                )
        except Never as never:
            raise OperatorError(f"MULAKAT_WEBHOOK_URL can't be used. {never.why}") from None

    async def webhook(self) -> WebhookState:
        """Where Telegram sends to, and how that goes."""
        with _told():
            found = await self._bot.get_webhook_info()
        return WebhookState(
            found.url, found.pending_update_count, found.last_error_date, found.last_error_message or ""
        )

    async def set_commands(self, commands: Sequence[tuple[str, Text]], locales: Sequence[str]) -> None:
        """The menu of commands, in each language that Telegram knows (by its two letters); English is
        everyone's."""
        for locale in locales:
            if len(locale) != 2:
                continue
            menu = [
                BotCommand(name, shortened(self._renderer.plain(text, locale), LONGEST_DESCRIPTION))
                for name, text in commands
            ]
            with _told():
                await self._bot.set_my_commands(menu, language_code=None if locale == "en" else locale)

    async def close(self) -> None:
        await self._request.shutdown()


class _TokenRefused(Later):
    """No message's fault: the operator has to mend it, and the messages wait for that."""

    def __init__(self) -> None:
        super().__init__(_TOKEN_REFUSED, "Telegram refuses the bot's token")


@contextmanager
def _told() -> Iterator[None]:
    """Errors of python-telegram-bot become Later or Never. Its own texts and causes end here: a URL may be in
    them."""
    try:
        yield
    except TelegramError as error:
        raise _reason(error) from None


def _reason(error: TelegramError) -> Later | Never:
    match error:
        case Flooded(seconds=seconds):
            return Later(seconds, "Telegram asks for a rest", flood=True)
        case NotSent():
            return Later(_UNREACHABLE, f"Telegram can't be reached ({error.message})")
        case Unclear():
            return Later(_UNREACHABLE, f"no clear answer from Telegram ({error.message})", unsure=True)
        case InvalidToken():
            return _TokenRefused()
        case Conflict():
            return Later(_POLLED_ELSEWHERE, "updates with this token go to another process, or to a webhook")
        case ChatMigrated(new_chat_id=new):
            return Never("the group became a supergroup", moved_to=str(new))
        case Forbidden():
            return Never(_words(error), gone=True)
        case BadRequest():
            return Never(_words(error), gone=_begins(error, _NOBODY))
    return Later(_UNREACHABLE, f"no clear answer from Telegram ({type(error).__name__})", unsure=True)


def _begins(error: TelegramError, beginnings: tuple[str, ...]) -> bool:
    return error.message.lower().startswith(beginnings)


def _words(error: TelegramError) -> str:
    """Telegram's own words, without what they quote of ours and without numbers."""
    return "Telegram: " + re.sub(r"\"[^\"]*\"?|\d+", "…", error.message)[:100]


def _number(known: str, what: str) -> int:
    try:
        return int(known)
    except ValueError:
        raise Never(f"this {what} has no number that Telegram could know") from None


def _said(rendered: Rendered) -> Json:
    return {"text": fitting(rendered), "parse_mode": "HTML", "link_preview_options": {"is_disabled": True}}


def _message_of(answer: Any) -> str:
    try:
        return str(int(answer["message_id"]))
    except (LookupError, TypeError, ValueError):
        raise Unclear("an answer without a message") from None


def _keyboard(rendered: Rendered) -> Json | None:
    """https://core.telegram.org/bots/api#sendmessage, reply_markup"""
    kind, label = rendered.asks
    if kind == "reply":
        return {"force_reply": True, "input_field_placeholder": shortened(label, LONGEST_PLACEHOLDER)}
    if kind:
        button = {"text": label, f"request_{kind}": True}
        return {"keyboard": [[button]], "resize_keyboard": True, "one_time_keyboard": True}
    return _buttons(rendered)


def _buttons(rendered: Rendered) -> Json | None:
    if not rendered.buttons:
        return None
    return {
        "inline_keyboard": [[{"text": label, "callback_data": data} for label, data in row] for row in rendered.buttons]
    }
