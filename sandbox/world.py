"""The state of the town, rebuilt from its journal: chats and their messages, what waits for the bot, mails and SMS."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from sandbox.cast import Cast
from sandbox.clock import Clock
from sandbox.journal import Event, Journal

Message = dict[str, Any]

QUERY_LIFE = 150  # seconds that Telegram waits for the answer to a press


class ApiError(Exception):
    """What the Bot API answers instead of a result."""

    def __init__(self, code: int, description: str, retry_after: int = 0) -> None:
        super().__init__(description)
        self.code = code
        self.description = description
        self.retry_after = retry_after


@dataclass(slots=True)
class World:
    """`record` writes to the journal and applies; `_apply` alone changes the state, so that a replay gives the same."""

    cast: Cast
    clock: Clock
    journal: Journal
    messages: dict[int, dict[int, Message]] = field(default_factory=dict)
    updates: dict[int, dict[str, Any]] = field(default_factory=dict)
    confirmed: int = 0
    last_update: int = 500_000_000
    blocked: set[int] = field(default_factory=set)
    commands: dict[str, list[dict[str, str]]] = field(default_factory=dict)
    queries: dict[str, dict[str, Any]] = field(default_factory=dict)
    mail: list[dict[str, Any]] = field(default_factory=list)
    sms: list[dict[str, Any]] = field(default_factory=list)
    arrived: Callable[[], None] = lambda: None

    def __post_init__(self) -> None:
        for event in self.journal.past():
            self._apply(event)

    def record(self, kind: str, data: Any) -> Event:
        event = self.journal.write(kind, data)
        self._apply(event)
        return event

    def _apply(self, event: Event) -> None:
        data = event["data"]
        match event["kind"]:
            case "message":
                self.messages.setdefault(data["chat"], {})[data["message_id"]] = {**data, "seq": event["seq"]}
            case "edited":
                self.messages[data["chat"]][data["message_id"]] = {**data, "seq": event["seq"]}
            case "deleted":
                self.messages[data["chat"]][data["message_id"]]["deleted"] = True
            case "update":
                self.updates[data["update_id"]] = data
                self.last_update = max(self.last_update, data["update_id"])
                if "callback_query" in data:
                    query = data["callback_query"]
                    self.queries[query["id"]] = {"person": query["from"]["id"], "at": data["at"], "answered": False,
                                                 "chat": query["message"]["chat"]["id"]}  # fmt: skip
            case "confirmed":
                self.confirmed = data
                self.updates = {number: one for number, one in self.updates.items() if number > data}
            case "answer":
                self.queries[data["query_id"]] |= {"answered": True, "answer": data["text"]}
            case "commands":
                self.commands[data["language"]] = data["commands"]
            case "chat":
                (self.blocked.add if data["blocked"] else self.blocked.discard)(data["person"])
            case "mail":
                self.mail.append(data)
            case "sms":
                self.sms.append(data)
            case "clock":
                self.clock.offset = timedelta(seconds=data["offset"])

    # ------------------------------------------------------------ chats

    def next_message(self, chat: int) -> int:
        return max(self.messages.get(chat, {}), default=0) + 1

    def chat_of(self, chat: int) -> dict[str, Any]:
        """As Telegram writes a Chat."""
        group = self.cast.group(chat)
        if group:
            return {"id": chat, "type": "supergroup", "title": group.title}
        person = self.cast.person(chat)
        if person is None:
            raise ApiError(400, "Bad Request: chat not found")
        user = person.as_user()
        return {"id": chat, "type": "private", **{k: v for k, v in user.items() if k.endswith("name")}}

    def open_chat(self, chat: int) -> None:
        """May the bot write there?"""
        self.chat_of(chat)
        if chat in self.blocked:
            raise ApiError(403, "Forbidden: bot was blocked by the user")
        if chat > 0 and not any(not m["from"]["is_bot"] for m in self.messages.get(chat, {}).values()):
            raise ApiError(403, "Forbidden: bot can't initiate conversation with a user")

    def message_at(self, chat: int, number: int, what: str) -> Message:
        found = self.messages.get(chat, {}).get(number)
        if found is None or found["deleted"]:
            raise ApiError(400, f"Bad Request: message to {what} not found")
        return found

    def as_telegram(self, message: Message) -> dict[str, Any]:
        """A Message as the Bot API writes it."""
        sender = self.cast.bot if message["from"]["is_bot"] else self.cast.person(message["from"]["id"])
        out: dict[str, Any] = {
            "message_id": message["message_id"],
            "date": int(datetime.fromisoformat(message["date"]).timestamp()),
            "chat": self.chat_of(message["chat"]),
        }
        if sender:
            out["from"] = sender.as_user(message["from"]["is_bot"])
        holds_file = "photo" in message or "document" in message
        if message["text"] or not any(kind in message for kind in CONTENT):
            out["caption" if holds_file else "text"] = message["text"]
            if message["entities"]:
                out["caption_entities" if holds_file else "entities"] = message["entities"]
        out |= {kind: message[kind] for kind in CONTENT if kind in message}
        if message["edited"]:
            out["edit_date"] = self.clock.stamp
        if message["inline_keyboard"]:
            rows = [[{"text": b["text"], **_target(b)} for b in row] for row in message["inline_keyboard"]]
            out["reply_markup"] = {"inline_keyboard": rows}
        return out

    # ------------------------------------------------------------ updates

    def push(self, update: dict[str, Any]) -> int:
        """Something for the bot; its number."""
        number = self.last_update + 1
        self.record("update", {**update, "update_id": number, "at": self.clock.stamp})
        self.arrived()
        return number

    def waiting(self, offset: int, limit: int) -> list[dict[str, Any]]:
        """Confirms what is below `offset`; a negative one counts from the end."""
        if offset < 0:
            numbers = sorted(self.updates)[offset:]
            offset = numbers[0] if numbers else 0
        if offset and self.updates and min(self.updates) < offset:
            self.record("confirmed", offset - 1)
        chosen = sorted(number for number in self.updates if number >= offset)[:limit]
        return [{k: v for k, v in self.updates[n].items() if k != "at"} for n in chosen]

    def query(self, number: str) -> dict[str, Any]:
        found = self.queries.get(number)
        if found is None or found["answered"] or self.clock.stamp - found["at"] > QUERY_LIFE:
            raise ApiError(400, "Bad Request: query is too old and response timeout expired or query ID is invalid")
        return found

    def stamp(self) -> str:
        return self.clock.now().astimezone(UTC).isoformat(timespec="seconds")


CONTENT = ("photo", "document", "contact", "location", "sticker", "voice")


def _target(button: dict[str, Any]) -> dict[str, str]:
    return {"url": button["url"]} if "url" in button else {"callback_data": button["data"]}
