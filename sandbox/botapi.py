"""The Bot API's methods, with Telegram's limits and error texts. A row in METHODS is a method."""

import asyncio
import json
import uuid
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any

from sandbox.entities import BadMarkup, read_html, safe_html, units
from sandbox.limits import Limits
from sandbox.world import ApiError, Message, World

LONGEST = 4096
LONGEST_CAPTION = 1024


@dataclass(frozen=True, slots=True)
class Upload:
    """A file in a request."""

    name: str
    type: str
    body: bytes


Params = Mapping[str, Any]
Method = Callable[["BotApi", Params], Awaitable[Any]]


class BotApi:
    """One bot's API over one world. `held` are methods that are kept waiting, unaccepted, until they are let go."""

    def __init__(self, world: World, limits: Limits) -> None:
        self.world = world
        self.limits = limits
        self.held: set[str] = set()
        self.let_go = asyncio.Event()
        self._poll: asyncio.Future[None] | None = None
        self._news = asyncio.Event()
        world.arrived = self._news.set

    async def call(self, name: str, params: Params, still_there: Callable[[], bool] = lambda: True) -> Any:
        """The result, or ApiError. What was held is not done for a caller who went away meanwhile."""
        method = METHODS.get(name.lower())
        if method is None:
            raise ApiError(404, "Not Found")
        while name.lower() in self.held:
            await self.let_go.wait()
            if not still_there():
                raise ApiError(499, "Client Closed Request")
        return await method(self, params)

    def hold(self, methods: set[str]) -> None:
        self.held = {name.lower() for name in methods}
        old, self.let_go = self.let_go, asyncio.Event()
        old.set()

    # ------------------------------------------------------------ about itself

    async def get_me(self, _params: Params) -> Any:
        user = self.world.cast.bot.as_user(is_bot=True)
        return {**user, "can_join_groups": True, "can_read_all_group_messages": False, "supports_inline_queries": False}

    async def set_my_commands(self, params: Params) -> Any:
        commands = _json(params, "commands", [])
        language = str(params.get("language_code") or "")
        self.world.record("commands", {"language": language, "commands": commands})
        return True

    async def get_my_commands(self, params: Params) -> Any:
        return self.world.commands.get(str(params.get("language_code") or ""), [])

    async def webhook_info(self, _params: Params) -> Any:
        return {"url": "", "has_custom_certificate": False, "pending_update_count": len(self.world.updates)}

    async def delete_webhook(self, params: Params) -> Any:
        if _true(params.get("drop_pending_updates")) and self.world.updates:
            self.world.record("confirmed", max(self.world.updates))
        return True

    # ------------------------------------------------------------ updates

    async def get_updates(self, params: Params) -> Any:
        """Long polling. A second poll ends the first with Telegram's 409."""
        loop = asyncio.get_running_loop()
        if self._poll and not self._poll.done():
            self._poll.set_exception(
                ApiError(
                    409,
                    "Conflict: terminated by other getUpdates request; make sure that only one bot instance is running",
                )
            )
        mine = self._poll = loop.create_future()
        mine.add_done_callback(lambda f: f.cancelled() or f.exception())
        offset, limit = _int(params, "offset", 0), min(max(_int(params, "limit", 100), 1), 100)
        end = loop.time() + min(max(_int(params, "timeout", 0), 0), 50)
        while True:
            self._news.clear()
            found = self.world.waiting(offset, limit)
            left = end - loop.time()
            if found or left <= 0:
                return found
            news = loop.create_task(self._news.wait())
            try:
                await asyncio.wait({news, mine}, timeout=left, return_when=asyncio.FIRST_COMPLETED)
            finally:
                news.cancel()
            if mine.done():
                mine.result()

    # ------------------------------------------------------------ messages

    def _new(self, chat: int, text: str, entities: list[dict[str, Any]], **content: Any) -> Message:
        bot = self.world.cast.bot
        return {
            "chat": chat,
            "message_id": self.world.next_message(chat),
            "from": {"id": bot.id, "name": bot.name, "is_bot": True},
            "date": self.world.stamp(),
            "edited": False,
            "deleted": False,
            "text": text,
            "entities": entities,
            "html": safe_html(text, entities),
            "inline_keyboard": None,
            "reply_keyboard": None,
            **content,
        }

    def _chat(self, params: Params, counted: bool = True, edit: bool = False) -> int:
        chat = _int(params, "chat_id", 0)
        self.world.open_chat(chat)
        if counted and (wait := self.limits.refusal(chat, edit)):
            raise ApiError(429, f"Too Many Requests: retry after {wait}", retry_after=wait)
        return chat

    async def send_message(self, params: Params) -> Any:
        text, entities = _words(params, "text", LONGEST, "message")
        if not text.strip():
            raise ApiError(400, "Bad Request: message text is empty")
        keyboard = _keyboards(params)
        chat = self._chat(params)
        message = self._new(chat, text, entities, **keyboard)
        self.world.record("message", message)
        return self.world.as_telegram(message)

    async def _send_file(self, params: Params, kind: str) -> Any:
        text, entities = _words(params, "caption", LONGEST_CAPTION, "message caption")
        upload = params.get(kind)
        keyboard = _keyboards(params)
        chat = self._chat(params)
        if isinstance(upload, Upload):
            number = uuid.uuid4().hex
            self.world.journal.keep(number, upload.name, upload.type, upload.body)
            name, type_, size = upload.name, upload.type, len(upload.body)
        else:
            known = self.world.journal.file(str(upload))
            if known is None:
                raise ApiError(400, "Bad Request: wrong file identifier/HTTP URL specified")
            number, name, type_, size = str(upload), known[0], known[1], len(known[2])
        file = {"file_id": number, "file_unique_id": number[:16], "file_size": size}
        content = (
            {"photo": [{**file, "width": 640, "height": 480}]}
            if kind == "photo"
            else {"document": {**file, "file_name": name, "mime_type": type_}}
        )
        message = self._new(chat, text, entities, **content, **keyboard)
        self.world.record("message", message)
        return self.world.as_telegram(message)

    async def send_photo(self, params: Params) -> Any:
        return await self._send_file(params, "photo")

    async def send_document(self, params: Params) -> Any:
        return await self._send_file(params, "document")

    async def edit_text(self, params: Params) -> Any:
        text, entities = _words(params, "text", LONGEST, "message")
        if not text.strip():
            raise ApiError(400, "Bad Request: message text is empty")
        return self._edit(params, text=text, entities=entities, html=safe_html(text, entities))

    async def edit_markup(self, params: Params) -> Any:
        return self._edit(params)

    def _edit(self, params: Params, **change: Any) -> Any:
        keyboard = _keyboards(params)["inline_keyboard"]
        chat = self._chat(params, edit=True)
        old = self.world.message_at(chat, _int(params, "message_id", 0), "edit")
        if not old["from"]["is_bot"]:
            raise ApiError(400, "Bad Request: message can't be edited")
        new = {**old, **change, "inline_keyboard": keyboard}
        if new == old:
            raise ApiError(
                400,
                "Bad Request: message is not modified: specified new message content and reply markup are exactly the "
                "same as a current content and reply markup of the message",
            )
        new["edited"] = True
        self.world.record("edited", new)
        return self.world.as_telegram(new)

    async def delete_message(self, params: Params) -> Any:
        chat = self._chat(params, counted=False)
        message = self.world.message_at(chat, _int(params, "message_id", 0), "delete")
        self.world.record("deleted", {"chat": chat, "message_id": message["message_id"]})
        return True

    async def answer_press(self, params: Params) -> Any:
        number = str(params.get("callback_query_id", ""))
        query = self.world.query(number)
        text = str(params.get("text") or "")
        if units(text) > 200:
            raise ApiError(400, "Bad Request: MESSAGE_TOO_LONG")
        alert = _true(params.get("show_alert"))
        answer = {
            "query_id": number,
            "person": query["person"],
            "chat": query["chat"],
            "text": text,
            "show_alert": alert,
        }
        self.world.record("answer", answer)
        return True

    async def chat_action(self, params: Params) -> Any:
        chat = self._chat(params, counted=False)
        self.world.journal.write("typing", {"chat": chat, "action": str(params.get("action", "typing"))})
        return True

    # ------------------------------------------------------------ looking up

    async def get_chat(self, params: Params) -> Any:
        chat = self.world.chat_of(_int(params, "chat_id", 0))
        return {**chat, "accent_color_id": 0, "max_reaction_count": 11, "accepted_gift_types": _NO_GIFTS}

    async def get_member(self, params: Params) -> Any:
        group = self.world.cast.group(_int(params, "chat_id", 0))
        person = self.world.cast.person(_int(params, "user_id", 0))
        if group is None:
            raise ApiError(400, "Bad Request: chat not found")
        if person is None:
            raise ApiError(400, "Bad Request: user not found")
        status = "administrator" if person.id in group.admins else "member" if person.id in group.members else "left"
        return {"status": status, "user": person.as_user(), **(_RIGHTS if status == "administrator" else {})}

    async def get_file(self, params: Params) -> Any:
        number = str(params.get("file_id", ""))
        found = self.world.journal.file(number)
        if found is None:
            raise ApiError(400, "Bad Request: invalid file_id")
        path = f"files/{number}"
        return {"file_id": number, "file_unique_id": number[:16], "file_size": len(found[2]), "file_path": path}


_NO_GIFTS = dict.fromkeys(
    ("unlimited_gifts", "limited_gifts", "unique_gifts", "premium_subscription", "gifts_from_channels"), False
)
_RIGHTS = dict.fromkeys(
    (
        "can_be_edited", "is_anonymous", "can_manage_chat", "can_delete_messages", "can_manage_video_chats",
        "can_restrict_members", "can_promote_members", "can_change_info", "can_invite_users", "can_post_stories",
        "can_edit_stories", "can_delete_stories",
    ),
    False,
)  # fmt: skip

METHODS: Mapping[str, Method] = {
    "getme": BotApi.get_me,
    "getupdates": BotApi.get_updates,
    "deletewebhook": BotApi.delete_webhook,
    "getwebhookinfo": BotApi.webhook_info,
    "sendmessage": BotApi.send_message,
    "sendphoto": BotApi.send_photo,
    "senddocument": BotApi.send_document,
    "editmessagetext": BotApi.edit_text,
    "editmessagereplymarkup": BotApi.edit_markup,
    "deletemessage": BotApi.delete_message,
    "answercallbackquery": BotApi.answer_press,
    "sendchataction": BotApi.chat_action,
    "setmycommands": BotApi.set_my_commands,
    "getmycommands": BotApi.get_my_commands,
    "getchat": BotApi.get_chat,
    "getchatmember": BotApi.get_member,
    "getfile": BotApi.get_file,
}

# ---------------------------------------------------------------- reading parameters


def _json(params: Params, name: str, default: Any) -> Any:
    value = params.get(name, default)
    if isinstance(value, str):
        try:
            return json.loads(value)
        except ValueError:
            raise ApiError(400, f"Bad Request: can't parse {name} JSON object") from None
    return value


def _int(params: Params, name: str, default: int) -> int:
    try:
        return int(params.get(name, default))
    except (TypeError, ValueError):
        raise ApiError(400, f"Bad Request: {name} is not a number") from None


def _true(value: Any) -> bool:
    return value is True or str(value).lower() in ("true", "1")


def _words(params: Params, name: str, longest: int, what: str) -> tuple[str, list[dict[str, Any]]]:
    text, entities = str(params.get(name) or ""), _json(params, "entities", [])
    mode = params.get("parse_mode")
    if mode and str(mode).upper() != "HTML":
        raise ApiError(400, "Bad Request: unsupported parse_mode")
    if mode:
        try:
            text, entities = read_html(text)
        except BadMarkup as error:
            raise ApiError(400, f"Bad Request: can't parse entities: {error}") from None
    if units(text) > longest:
        raise ApiError(400, f"Bad Request: {what} is too long")
    return text, entities


def _keyboards(params: Params) -> dict[str, Any]:
    markup = _json(params, "reply_markup", None) or {}
    out: dict[str, Any] = {"inline_keyboard": None, "reply_keyboard": None}
    if rows := markup.get("inline_keyboard"):
        out["inline_keyboard"] = [[_button(b) for b in row] for row in rows]
    elif "keyboard" in markup:
        rows = [[b if isinstance(b, dict) else {"text": b} for b in row] for row in markup["keyboard"]]
        out["reply_keyboard"] = {
            "rows": rows,
            "one_time": bool(markup.get("one_time_keyboard")),
            "placeholder": markup.get("input_field_placeholder") or "",
        }
    elif markup.get("remove_keyboard"):
        out["reply_keyboard"] = {"remove": True}
    return out


def _button(button: Mapping[str, Any]) -> dict[str, str]:
    text = str(button.get("text") or "")
    if not text:
        raise ApiError(400, "Bad Request: Text buttons are unallowed in the inline keyboard")
    if "url" in button:
        return {"text": text, "url": str(button["url"])}
    data = str(button.get("callback_data") or "")
    if not 1 <= len(data.encode("utf-8", "surrogatepass")) <= 64:
        raise ApiError(400, "Bad Request: BUTTON_DATA_INVALID")
    return {"text": text, "data": data}
