"""A sandbox in trouble: the real postman and the real channels against it, each message with a fault of its own."""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from channels.base import Channel
from channels.email import Email
from channels.render import Renderer
from channels.sms import Sms
from channels.telegram import Telegram
from dialogue.effects import Send
from dialogue.model import Chat, Message, Priority
from dialogue.words import Text
from operate.prepare import migrate
from operate.settings import ROOT
from sandbox import Cast, Group, Person, Sandbox
from sandbox.clock import Clock
from sandbox.play import Play
from scheduler.postman import Postman
from scheduler.rate import Rate
from storage import errands
from storage.claims import Due
from storage.database import Database
from storage.outbox import Outcome
from storage.vault import Vault
from tests.support.stage import MONDAY, SECRET
from visits.policy import INDIA

PATIENCE = 60.0  # seconds of the machine's for what must happen; nothing is concluded from them
TOKEN = "4242:sandbox"


class Watched(Postman):
    """The real postman, that tells what is on its way. Addresses are those of a `Chat` as text."""

    def look(self) -> None:
        self.flying: dict[int, Due] = {}
        self.changed = asyncio.Event()

    async def _tried(self, due: Due) -> Outcome:
        self.flying[due.id] = due
        try:
            return await super()._tried(due)
        finally:
            del self.flying[due.id]
            self.changed.set()


def words(text: str) -> Message:
    return Message((Text("{text}", {"text": text}),))


@dataclass(slots=True)
class Trouble:
    """`held`: what waits for an answer that doesn't come by itself; it comes, or is lost, when the sandbox stops."""

    box: Sandbox
    play: Play
    db: Database
    vault: Vault
    postman: Watched
    held: Callable[[Due], bool] = lambda _due: False
    outcomes: list[tuple[Due, Outcome]] = field(default_factory=list)

    async def write(self, *wanted: errands.Errand) -> None:
        async with self.db.begin() as tx:
            await errands.write(tx, self.vault, [(one, "en") for one in wanted], self.box.clock.now())

    async def go(self) -> None:
        """Until nothing is due, and all that is on its way is held."""
        while await self._round() or self.postman._back:
            pass

    async def _round(self) -> bool:
        claimed = await self.postman.round()
        await asyncio.sleep(0)  # the tasks begin
        await self._until(lambda: all(self.held(due) for due in self.postman.flying.values()))
        return claimed

    async def _until(self, so: Callable[[], bool]) -> None:
        async with asyncio.timeout(PATIENCE):
            while not so():
                self.postman.changed.clear()
                await self.postman.changed.wait()

    async def let_go(self) -> None:
        """Whoever waits gets an answer or a reset: the sandbox stops and starts again."""
        if self.postman.flying:
            await self.box.stop()
            await self._until(lambda: not self.postman.flying)
            await self.box.start()

    async def later(self, seconds: float) -> None:
        await self.go()
        await self.let_go()
        await self.go()
        self.box.clock.forward(seconds)

    async def rows(self) -> Sequence[Any]:
        async with self.db.begin() as tx:
            return (await tx.exec_driver_sql("SELECT id, address, status, attempts FROM outbox ORDER BY id")).all()


@asynccontextmanager
async def trouble(
    folder: Path, people: Sequence[int], groups: Sequence[int] = (), rate: float = 1000.0
) -> AsyncIterator[Trouble]:
    """A town of these people, who have all met the bot, and groups that it is in."""
    cast = Cast(
        title="Trouble",
        token=TOKEN,
        bot=Person(4242, "Mulakat", username="mulakat_bot"),
        people=tuple(Person(number, f"P{number}", met=True) for number in people),
        groups=tuple(Group(number, f"G{number}", members=tuple(people[:1])) for number in groups),
    )
    box = Sandbox(cast, folder / "town", clock=Clock(source=lambda: MONDAY), limits=False)
    await box.start()
    renderer = Renderer(ROOT / "locales", INDIA)
    channels: dict[str, Channel] = {
        "telegram": Telegram(TOKEN, box.telegram_api, renderer),
        "email": Email(box.smtp_url, "visits@jail.example", renderer, box.clock.now),
        "sms": Sms(box.sms_url, renderer),
    }
    db = Database(f"sqlite+aiosqlite:///{folder}/trouble.db")
    try:
        await migrate(db)
        vault = Vault(SECRET)
        async with Play(box.url) as play:
            postman = Watched(db, vault, channels, Rate(rate), box.clock.now)
            postman.look()
            made = Trouble(box, play, db, vault, postman)
            postman.seen = lambda due, outcome: made.outcomes.append((due, outcome))
            yield made
    finally:
        await box.stop()
        await asyncio.wait_for(postman.arrived(), PATIENCE)
        for channel in channels.values():
            await channel.close()
        await db.close()


def send(text: str, to: Chat, priority: Priority = Priority.DECISION, key: str | None = None) -> Send:
    return Send(to, words(text), priority=priority, key=key)
