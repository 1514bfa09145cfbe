"""The state of the town, rebuilt from its journal: chats and their messages, what waits for the bot, mails and SMS."""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, timedelta
from itertools import islice
from typing import Any

from sandbox.cast import Cast
from sandbox.clock import Clock
from sandbox.errors import ApiError, bad, forbidden
from sandbox.journal import Event, Journal

__all__ = ["ApiError", "Message", "World"]

Message = dict[str, Any]  # as the page gets it; wire.py makes Telegram's of it
Webhook = dict[str, Any]  # url, secret_token, max_connections, has_custom_certificate

TOO_OLD = "query is too old and response timeout expired or query ID is invalid"
QUERY_LIFE = 150  # seconds that Telegram waits for the answer to a press
DELETABLE = 48 * 3600  # seconds, https://core.telegram.org/bots/api#deletemessage
UNASKED = frozenset({"chat_member", "message_reaction", "message_reaction_count"})  # come only when asked for by name
PRESENT = ("member", "administrator", "creator")


@dataclass(slots=True)
class World:
    """`record` writes to the journal and applies; `_apply` alone changes the state, so that a replay gives the same."""

    cast: Cast
    clock: Clock
    journal: Journal
    messages: dict[int, dict[int, Message]] = field(default_factory=dict)
    updates: dict[int, dict[str, Any]] = field(default_factory=dict)
    last_update: int = 500_000_000
    allowed: list[str] | None = None
    blocked: set[int] = field(default_factory=set)
    members: dict[int, dict[int, str]] = field(default_factory=dict)
    commands: dict[str, list[dict[str, str]]] = field(default_factory=dict)
    queries: dict[str, dict[str, Any]] = field(default_factory=dict)
    mail: list[dict[str, Any]] = field(default_factory=list)
    sms: list[dict[str, Any]] = field(default_factory=list)
    webhook: Webhook | None = None
    webhook_error: tuple[int, str] | None = None
    arrived: list[Callable[[], None]] = field(default_factory=list)
    moved: list[Callable[[], None]] = field(default_factory=list)
    _met: set[int] = field(default_factory=set)

    def __post_init__(self) -> None:
        self._met = {person.id for person in self.cast.people if person.met}
        for group in self.cast.groups:
            there = dict.fromkeys((*group.members, *([self.cast.bot.id] if group.bot else [])), "member")
            self.members[group.id] = there | dict.fromkeys(group.admins, "administrator")
        for event in self.journal.past():
            self._apply(event)
        self.clock.moved = self._clock_moved

    def record(self, kind: str, data: Any) -> Event:
        event = self.journal.write(kind, data)
        self._apply(event)
        return event

    def _clock_moved(self) -> None:
        self.record("clock", {"offset": self.clock.offset.total_seconds(), "now": self.stamp()})
        for told in self.moved:
            told()

    def _apply(self, event: Event) -> None:
        data = event["data"]
        match event["kind"]:
            case "message" | "edited":
                self.messages.setdefault(data["chat"], {})[data["message_id"]] = {**data, "seq": event["seq"]}
                if not data["from"]["is_bot"]:
                    self._met.add(data["chat"])
            case "deleted":
                message = self.messages[data["chat"]][data["message_id"]]
                message |= {"deleted": True, "hidden": data.get("hidden", False)}
            case "update":
                self.updates[data["update_id"]] = data["body"]
                self.last_update = max(self.last_update, data["update_id"])
            case "confirmed":
                self.updates = {number: one for number, one in self.updates.items() if number > data}
            case "delivered":
                self.updates.pop(data, None)
            case "webhook":
                self.webhook, self.webhook_error = data, None
            case "webhook_error":
                self.webhook_error = data["date"], data["message"]
            case "allowed":
                self.allowed = data
            case "query":
                self.queries[data["query_id"]] = {**data, "answered": False}
            case "answer":
                self.queries[data["query_id"]] |= {"answered": True, "answer": data["text"]}
            case "commands":
                self.commands[data["scope"]] = data["commands"]
            case "chat" if "blocked" in data:
                (self.blocked.add if data["blocked"] else self.blocked.discard)(data["person"])
            case "member":
                self.members[data["chat"]][data["person"]] = data["status"]
            case "mail":
                self.mail.append(data)
            case "sms":
                self.sms.append(data)
            case "clock":
                self.clock.offset = timedelta(seconds=data["offset"])

    # ------------------------------------------------------------ chats

    def next_message(self, chat: int) -> int:
        """Ids count up within a chat, and none is given twice: what is deleted stays in the list."""
        there = self.messages.get(chat)
        return next(reversed(there)) + 1 if there else 1

    def status(self, chat: int, number: int) -> str:
        """What somebody, or the bot, is in a group: member, administrator, left, kicked."""
        return self.members.get(chat, {}).get(number, "left")

    def knows(self, chat: int) -> bool:
        """Has the bot ever heard of this chat? Else Telegram finds none."""
        if self.cast.group(chat):
            return self.cast.bot.id in self.members[chat]
        return self.cast.person(chat) is not None

    def open_chat(self, chat: int) -> None:
        """May the bot write there? ApiError when it may not."""
        if not self.knows(chat):
            raise bad("chat not found")
        if chat < 0:
            status = self.status(chat, self.cast.bot.id)
            if status == "kicked":
                raise forbidden("bot was kicked from the supergroup chat")
            if status not in PRESENT:
                raise forbidden("bot is not a member of the supergroup chat")
        elif chat in self.blocked:
            raise forbidden("bot was blocked by the user")
        elif chat not in self._met:
            raise forbidden("bot can't initiate conversation with a user")

    def message_at(self, chat: int, number: int, what: str) -> Message:
        """What is there for the bot: a message that a person hid on the own side is."""
        found = self.messages.get(chat, {}).get(number)
        if found is None or (found["deleted"] and not found["hidden"]):
            raise bad(f"message to {what} not found")
        return found

    # ------------------------------------------------------------ updates

    def push(self, body: dict[str, Any], always: bool = False) -> int:
        """Something for the bot, unless it asked not to hear of it (then 0); its number."""
        kind = next(iter(body), "")
        wanted = kind in self.allowed if self.allowed else kind not in UNASKED
        if not (wanted or always):
            return 0
        number = self.last_update + 1
        self.record("update", {"update_id": number, "body": body})
        self.ring()
        return number

    def ring(self) -> None:
        """To whoever hands updates on: there is a new one, or another way to take."""
        for told in self.arrived:
            told()

    def waiting(self, offset: int, limit: int) -> list[dict[str, Any]]:
        """Forgets what is below `offset`; a negative one counts from the end."""
        if offset < 0 and self.updates:
            numbers = list(self.updates)
            offset = numbers[max(0, len(numbers) + offset)]
        if offset > 0 and self.updates and next(iter(self.updates)) < offset:
            self.record("confirmed", offset - 1)
        return [{"update_id": number, **body} for number, body in islice(self.updates.items(), limit)]

    def query(self, number: str) -> dict[str, Any]:
        """A press that can be answered still."""
        found = self.queries.get(number)
        if found is None or found["answered"] or self.clock.stamp - found["at"] > QUERY_LIFE:
            raise bad(TOO_OLD)
        return found

    def stamp(self) -> str:
        """Now, as messages to the page bear it."""
        return self.clock.now().astimezone(UTC).isoformat(timespec="seconds")


def fingerprint(text: str, length: int = 16) -> str:
    """Something that looks random, and is the same at every start."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:length]
