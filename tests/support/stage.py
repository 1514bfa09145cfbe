"""A stage: the real desk, postman, sweep and database; time and chance in the test's hands, letters caught."""

import hashlib
import itertools
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

from channels.base import Change, Drop, Errand, Later, Never, Reply, Say
from channels.render import Rendered, Renderer, escaped
from channels.telegram_read import read
from dialogue.model import Chat, House, Message
from handlers.desk import Desk
from handlers.intake import raws
from operate.prepare import atlas
from operate.settings import ROOT
from scheduler.deadlines import Deadlines
from scheduler.postman import Postman
from scheduler.rate import Rate
from scheduler.sweep import Sweep
from storage import inbox, jails
from storage.database import Database
from storage.ground import Ground
from storage.vault import Vault
from tests.support import ready_made
from tests.support.ready_made import SECRET
from visits.policy import INDIA

MONDAY = datetime(2026, 11, 30, 4, 30, tzinfo=UTC)  # 10 o'clock in the jails' zone
JAIL = "IN-DL-TIHAR-CJ-1"
GROUP = -1001


@dataclass(slots=True)
class Clock:
    """A clock that only the test moves."""

    now: datetime = MONDAY

    def __call__(self) -> datetime:
        return self.now

    def forward(self, **by: float) -> None:
        self.now += timedelta(**by)


@dataclass(frozen=True, slots=True)
class Heard:
    """One thing that reached the outside. what: say, change, drop or reply."""

    to: Chat
    what: str
    id: str
    rendered: Rendered | None = None
    message: Message | None = None
    text: str = ""
    alert: bool = False


@dataclass(slots=True)
class Ear:
    """A channel that keeps what it is given. `trouble` may raise Later or Never for an errand."""

    name: str
    renderer: Renderer
    heard: list[Heard]
    ids: "itertools.count[int]"
    trouble: Callable[[Chat, Errand], None] = lambda _to, _errand: None

    async def deliver(self, to: Chat, errand: Errand, locale: str) -> str:
        self.trouble(to, errand)
        number = str(next(self.ids))
        match errand:
            case Say(message):
                rendered = self._rendered(message, locale)
                self.heard.append(Heard(to, "say", number, rendered, message))
            case Change(id, message):
                self.heard.append(Heard(to, "change", id, self._rendered(message, locale), message))
            case Drop(id):
                self.heard.append(Heard(to, "drop", id))
            case Reply(press, text, alert):
                said = self.renderer.plain(text, locale) if text else ""
                self.heard.append(Heard(to, "reply", press, text=said, alert=alert))
        return number

    def _rendered(self, message: Message, locale: str) -> Rendered:
        """As the channel shows it: an SMS in its short form."""
        if self.name != "sms":
            return self.renderer.message(message, locale)
        plain = "\n".join(self.renderer.plain(text, locale, style="sms") for text in message.text)
        return Rendered(escaped(plain), ())

    async def close(self) -> None:
        return None


class Unlimited(Rate):
    """Telegram's limits have tests of their own."""

    async def take(self, priority: int) -> None:
        return None

    @property
    def line(self) -> int:
        return 1000

    def paced(self, chat: str, before: datetime | None, now: datetime) -> datetime:
        return now - timedelta(days=1)  # some tests put their clock back


@dataclass(slots=True)
class Stage:
    """Play with `said`, `pressed`, `shown`; each update goes through the inbox, the desk and the postman."""

    db: Database
    clock: Clock
    house: House
    renderer: Renderer
    heard: list[Heard] = field(default_factory=list)
    ears: dict[str, Ear] = field(default_factory=dict)
    updates: "itertools.count[int]" = field(default_factory=lambda: itertools.count(1000))
    ids: "itertools.count[int]" = field(default_factory=lambda: itertools.count(1))
    nonces: "itertools.count[int]" = field(default_factory=lambda: itertools.count(1))
    vault: Vault = field(init=False)
    desk: Desk = field(init=False)
    postman: Postman = field(init=False)
    deadlines: Deadlines = field(init=False)

    def __post_init__(self) -> None:
        for name in ("telegram", "email", "sms"):
            self.ears[name] = Ear(name, self.renderer, self.heard, self.ids)
        self.open()

    def open(self) -> None:
        """A new process over the same database: what a restart is. It remembers nothing."""
        self.vault = Vault(SECRET)
        self.postman = Postman(self.db, self.vault, dict(self.ears), Unlimited(1.0), self.clock, self.house.admins)
        readers = {"telegram": read}
        posted = self.postman.bell.set
        ground = Ground(self.db, self.vault, self.house, atlas(), self.clock, self.nonce)
        self.desk = Desk(ground, readers, posted)
        self.deadlines = Deadlines(ground, posted)

    def nonce(self) -> str:
        return hashlib.sha256(str(next(self.nonces)).encode()).hexdigest()[:32]

    # ------------------------------------------------------------ playing

    async def arrive(self, *updates: dict[str, Any]) -> None:
        """Updates as Telegram sends them: into the inbox, handled, and everything due delivered."""
        for update in updates:
            update.setdefault("update_id", next(self.updates))
        async with self.db.begin() as tx:
            await inbox.put(tx, self.vault, raws("telegram", updates, read, self.clock()), self.clock())
        await self.work()

    async def work(self) -> None:
        """Until nothing waits and nothing is due."""
        while await self.desk.round():
            pass
        while await self.postman.round() or not self.postman.idle:
            await self.postman.arrived()

    async def forward(self, **by: float) -> None:
        """Time goes by: what was due in it is done."""
        self.clock.forward(**by)
        await self.deadlines.run()
        await sweep_of(self).run()
        await self.work()

    async def message(self, person: int, chat: int | None = None, **content: Any) -> int:
        number = next(self.ids)
        await self.arrive({"message": {"message_id": number, "date": 0, **_who(person, chat), **content}})
        return number

    async def said(self, person: int, text: str, chat: int | None = None, aside: bool = False) -> int:
        """In a group the app opens a reply to the newest message that asked for one; `aside`: not to anything."""
        answered = {} if aside or text.startswith("/") else self._answered(chat)
        return await self.message(person, chat, **spoken(text), **answered)

    def _answered(self, chat: int | None) -> dict[str, Any]:
        asks = [one for one in self.to(chat) if one.rendered and one.rendered.asks[0] == "reply"] if chat else []
        return {"reply_to_message": quoted(asks[-1])} if asks else {}

    async def pressed(self, person: int, data: str, message: str | int, chat: int | None = None) -> None:
        await self.arrive(press(next(self.updates), person, data, message, chat))

    def press(self, person: int, data: str, message: str | int, chat: int | None = None) -> dict[str, Any]:
        return press(next(self.updates), person, data, message, chat)

    # ------------------------------------------------------------ looking

    def to(self, chat: int | str, channel: str = "telegram") -> list[Heard]:
        return [one for one in self.heard if one.to == Chat(channel, str(chat))]

    def last(self, chat: int | str, channel: str = "telegram") -> Heard:
        return [one for one in self.to(chat, channel) if one.what in ("say", "change")][-1]

    def button(self, chat: int, label: str) -> tuple[str, str]:
        """(data, message id) of the newest button that still shows, by its label."""
        shown: dict[str, Rendered] = {}
        for one in self.to(chat):
            if one.rendered and one.what in ("say", "change"):
                shown.pop(one.id, None)
                shown[one.id] = one.rendered
        for number, rendered in reversed(shown.items()):
            for row in rendered.buttons:
                for text, data in row:
                    if label in text:
                        return data, number
        raise AssertionError(f"no button {label!r} for {chat}")

    async def press_label(self, person: int, label: str, chat: int | None = None) -> None:
        data, number = self.button(chat or person, label)
        await self.pressed(person, data, number, chat)

    def code(self, address: str, channel: str, back: int = 0) -> str:
        """The newest code that reached an address, or one `back` before it."""
        words = [w for one in self.to(address, channel) if one.rendered for w in one.rendered.plain.split()]
        codes = [word for word in words if len(word) == 6 and word.isdigit()]
        assert len(codes) > back, f"no code reached {address}"
        return codes[-1 - back]


def quoted(heard: Heard) -> dict[str, Any]:
    """A message of the bot, as Telegram shows it within a reply."""
    bot = {"id": 1, "is_bot": True, "first_name": "Mulakat", "username": "mulakat_bot"}
    words = heard.rendered.plain if heard.rendered else ""
    return {"message_id": int(heard.id), "date": 0, "chat": {"id": int(heard.to.id)}, "from": bot, "text": words}


def spoken(text: str) -> dict[str, Any]:
    """Text as Telegram sends it: a command has its entity."""
    out: dict[str, Any] = {"text": text}
    if text.startswith("/"):
        out["entities"] = [{"type": "bot_command", "offset": 0, "length": len(text.split()[0])}]
    return out


def _who(person: int, chat: int | None) -> dict[str, Any]:
    where = {"id": chat or person, "type": "supergroup" if chat and chat < 0 else "private"}
    return {"chat": where, "from": {"id": person, "is_bot": False, "first_name": NAMES.get(person, "Somebody")}}


NAMES = {101: "Sunita", 102: "Ravi", 201: "Rao", 202: "Iqbal", 999: "Stranger"}


def press(number: int, person: int, data: str, message: str | int, chat: int | None = None) -> dict[str, Any]:
    who = _who(person, chat)
    on = {"message_id": int(message), "date": 0, "chat": who["chat"]}
    query = {"id": f"q{number}", "from": who["from"], "chat_instance": "1", "data": data, "message": on}
    return {"callback_query": query}


@cache
def _renderer() -> Renderer:
    return Renderer(ROOT / "locales", INDIA)


@asynccontextmanager
async def staged(folder: Path, url: str = "", clock: Clock | None = None) -> AsyncIterator[Stage]:
    """A fresh stage with one jail bound and two people who decide there; on this ready-made database, or one of its
    own."""
    clock = clock or Clock()
    db = Database(url or await ready_made.on_sqlite(folder))
    renderer = _renderer()
    try:
        async with db.begin() as tx:
            await jails.bind(tx, JAIL, Chat("telegram", str(GROUP)))
            for person, name, role in ((201, "Supt. Rao", "superintendent"), (202, "Dy. Supt. Iqbal", "deputy")):
                await jails.add_staff(tx, JAIL, Chat("telegram", str(person)), role, name, clock())
        admins = (Chat("telegram", "900"),)
        house = House(INDIA, renderer.locales, admins, video_url="https://meet.example", said=renderer.label)
        stage = Stage(db, clock, house, renderer)
        yield stage
    finally:
        await db.close()


def sweep_of(stage: Stage) -> Sweep:
    return Sweep(stage.db, stage.vault, stage.clock)


__all__ = ["GROUP", "JAIL", "SECRET", "Clock", "Ear", "Heard", "Later", "Never", "Stage", "staged", "sweep_of"]
