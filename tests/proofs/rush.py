"""A rush: the real postmen over a real database, in time that jumps; servers with Telegram's limits, or slow ones."""

import asyncio
import itertools
import random
from collections import defaultdict
from collections.abc import Callable, Coroutine, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from channels.base import Change, Errand, Later, Reply, Say
from dialogue.effects import Send
from dialogue.model import Chat, Message, Priority
from dialogue.words import Text
from operate.prepare import migrate
from sandbox.limits import Limits
from scheduler.postman import Postman
from scheduler.rate import TELEGRAM, Rate
from scheduler.share import EVERY, Share
from storage import errands
from storage.database import Database
from storage.vault import Vault
from tests.proofs.speed import hurry
from tests.scheduler.loop import played
from tests.support.stage import MONDAY, SECRET


def clock() -> datetime:
    return MONDAY + timedelta(seconds=asyncio.get_running_loop().time())


@dataclass(slots=True)
class Server:
    """One channel's other side. `slow`: seconds from the request to the answer, at least and at most. It asks `resting`
    chats to rest for an hour, once each. came: what arrived, by its words; began: all requests, in their order."""

    name: str
    dice: random.Random
    slow: tuple[float, float] = (0.04, 0.25)
    limits: Limits | None = None
    resting: set[str] = field(default_factory=set)
    began: list[tuple[float, str]] = field(default_factory=list)
    came: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    tries: int = 0

    async def deliver(self, to: Chat, errand: Errand, locale: str) -> str:
        loop = asyncio.get_running_loop()
        self.tries += 1
        if not isinstance(errand, Reply):
            self.began.append((loop.time(), to.id))
        there = self.dice.uniform(*self.slow)  # and back
        await asyncio.sleep(there / 2)
        refused = self._refused(to, errand)
        if not refused and isinstance(errand, Say):
            self.came[str(errand.message.text[0].params["text"])].append(loop.time())
        await asyncio.sleep(there / 2)
        if refused:
            raise Later(refused, "too many", flood=True)
        return str(self.tries)

    def _refused(self, to: Chat, errand: Errand) -> float:
        if to.id in self.resting:
            self.resting.remove(to.id)
            return 3600.0
        if self.limits is None or isinstance(errand, Reply):
            return 0.0
        return float(self.limits.refusal(int(to.id), edit=isinstance(errand, Change)))

    async def close(self) -> None:
        return None


@dataclass(slots=True)
class Rush:
    """`servers` by channel; `written`: when what is said was due, by its words."""

    db: Database
    vault: Vault
    servers: dict[str, Server]
    written: dict[str, float] = field(default_factory=dict)
    running: list[tuple[Postman, asyncio.Event, asyncio.Future[Any]]] = field(default_factory=list)
    names: "itertools.count[int]" = field(default_factory=itertools.count)
    beat: float = EVERY / 2  # seconds between two bells

    async def write(self, *wanted: tuple[str, Chat, Priority], at: float = 0.0) -> None:
        """(what it says, to whom, how urgent); due at that second, or at once."""
        due = MONDAY + timedelta(seconds=at)
        messages = [(says, Send(to, Message((Text("{text}", {"text": says}),)), due, priority=priority))
                    for says, to, priority in wanted]  # fmt: skip
        async with self.db.begin() as tx:
            await errands.write(tx, self.vault, [(send, "en") for _says, send in messages], clock())
        for says, _send in messages:
            self.written[says] = max(at, asyncio.get_running_loop().time())
        for postman, *_loops in self.running[:1]:
            postman.bell.set()  # as the desk does, in its own process

    def start(self, processes: int = 1) -> None:
        """With more than one they share the rate."""
        for _n in range(processes):
            self.start_one(shared=processes > 1)

    def start_one(self, shared: bool) -> None:
        rate, name, stop = Rate(TELEGRAM), f"p{next(self.names)}", asyncio.Event()
        share = Share(self.db, rate, clock, name) if shared else None
        postman = Postman(self.db, self.vault, dict(self.servers), rate, clock, share=share, holder=name)
        self.running.append((postman, stop, asyncio.gather(postman.run(stop), self._beats(postman, stop))))

    async def leave(self, number: int = 0) -> None:
        """One process ends in order, but for its part of the rate: nobody hears that it is free."""
        postman, stop, loops = self.running.pop(number)
        stop.set()
        postman.bell.set()
        await loops
        await postman.drain(60)

    async def end(self) -> None:
        while self.running:
            await self.leave()

    async def _beats(self, postman: Postman, stop: asyncio.Event) -> None:
        """The metronome's: bells each second, the part of the rate each other."""
        while not stop.is_set():
            for _n in range(2):
                await asyncio.sleep(self.beat)
                postman.bell.set()
            if postman.share:
                await postman.share.run()

    async def until(self, there: Callable[[], bool], limit: float) -> float:
        """Looks each second of the loop's; when it was so."""
        loop = asyncio.get_running_loop()
        while not there():
            assert loop.time() < limit, f"not within {limit:g} s"
            await asyncio.sleep(1)
        return loop.time()

    # ------------------------------------------------------------ looking

    @property
    def came(self) -> dict[str, list[float]]:
        return {says: times for server in self.servers.values() for says, times in server.came.items()}

    def missing(self, but: str = "-") -> set[str]:
        """What is written and hasn't come, without what begins so."""
        return {says for says in self.written.keys() - self.came.keys() if not says.startswith(but)}

    def waits(self, begins: str) -> list[float]:
        """Seconds from the writing, or the due time, to the arrival of what says something that begins so; sorted."""
        came = self.came
        return sorted(came[says][0] - at for says, at in self.written.items() if says.startswith(begins))


def most_within(times: Sequence[float], span: float) -> int:
    """The largest number of moments in any stretch of time, its end left out."""
    ordered = sorted(times)
    most, first = 0, 0
    for place, time in enumerate(ordered):
        while ordered[first] <= time - span + 1e-3:  # a look at the clock costs a microsecond
            first += 1
        most = max(most, place - first + 1)
    return most


def rushed(folder: Path, seed: int, work: Callable[[Rush], Coroutine[Any, Any, None]]) -> None:
    """No power is cut and nothing waits for a disk or a thread: the only time that passes is that of the servers."""

    async def played_out() -> None:
        db = Database(f"sqlite+aiosqlite:///{folder}/rush.db?check_same_thread=false")
        hurry(db, inline=True)
        dice = random.Random(seed)
        servers = {
            "telegram": Server("telegram", dice, limits=Limits(clock)),
            "email": Server("email", dice, (0.5, 1.5)),
            "sms": Server("sms", dice, (0.1, 0.6)),
        }
        rush = Rush(db, Vault(SECRET), servers)
        try:
            await migrate(db)
            await work(rush)
        finally:
            await rush.end()
            await db.close()

    played(played_out)
