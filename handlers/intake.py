"""The poll loop: a batch of updates is committed, and only then confirmed by the next call's offset."""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Protocol, TypeVar

import structlog

from channels.base import Later
from dialogue.fast_json import dumps
from dialogue.model import Arrival
from storage import leases
from storage.database import Database
from storage.inbox import Raw

log = structlog.get_logger("mulakat.intake")

POLL = 10  # seconds a poll waits at the server
LEASE = 20.0  # seconds that polling stays ours without a sign of life
RENEW = timedelta(seconds=4)  # with the slowest poll well within the lease

T = TypeVar("T")


async def unless(stop: asyncio.Event, work: Coroutine[Any, Any, T]) -> T | None:
    """What `work` gives, or None as soon as `stop` is set: the work is cancelled then."""
    task, stopped = asyncio.create_task(work), asyncio.create_task(stop.wait())
    try:
        await asyncio.wait((task, stopped), return_when=asyncio.FIRST_COMPLETED)
        return task.result() if task.done() else None
    finally:
        for one in (task, stopped):
            one.cancel()
        await asyncio.gather(task, stopped, return_exceptions=True)


class Source(Protocol):
    """Where updates come from: Telegram by long polling."""

    @property
    def name(self) -> str: ...

    async def updates(self, offset: int, timeout: int) -> list[dict[str, Any]]: ...  # noqa: ASYNC109 (Telegram's)


def raws(
    channel: str,
    updates: Sequence[Mapping[str, Any]],
    read: Callable[[Mapping[str, Any], datetime], Arrival | None],
    now: datetime,
) -> list[Raw]:
    """Each update as bytes of its own: one that can't be read never holds up the others."""
    out = []
    for update in updates:
        if not _numbered(update):
            log.warning("an update without a number")
            continue
        arrival = read(update, now)
        talk = str(arrival.talk) if arrival else ""
        body = dumps(update)
        out.append(Raw(channel, int(update["update_id"]), talk, body, arrival))
    return out


def _numbered(update: Mapping[str, Any]) -> bool:
    number = update.get("update_id")
    return isinstance(number, int) and not isinstance(number, bool) and 0 <= number < 2**53


class Intake:
    """One poller. When `take` returns, a batch is on disk."""

    def __init__(
        self,
        source: Source,
        read: Callable[[Mapping[str, Any], datetime], Arrival | None],
        db: Database,
        take: Callable[[Sequence[Raw]], Awaitable[None]],
        clock: Callable[[], datetime],
        holder: str = "this",
    ) -> None:
        self.source = source
        self.read = read
        self.db = db
        self.take = take
        self.clock = clock
        self.holder = holder
        self._taken: datetime | None = None

    async def run(self, stop: asyncio.Event) -> None:
        """Until `stop`. The first call names no offset: what was never confirmed comes again, and is known."""
        offset = 0
        while not stop.is_set():
            if not await self._mine():
                await unless(stop, asyncio.sleep(LEASE / 12))
                offset = 0
                continue
            try:
                updates = await unless(stop, self.source.updates(offset, POLL))
            except Later as later:
                log.warning("polling waits", why=later.why, seconds=later.seconds)
                await unless(stop, asyncio.sleep(min(max(later.seconds, 0.2), 30.0)))
                continue
            if updates:
                offset = await self.keep(updates)

    async def _mine(self) -> bool:
        """One poller at a time over all processes; Telegram would end the others with a 409."""
        now = self.clock()
        if self._taken and timedelta() <= now - self._taken < RENEW:
            return True
        async with self.db.begin() as tx:
            mine = await leases.take(tx, f"poll:{self.source.name}", self.holder, now, LEASE)
        self._taken = now if mine else None
        return mine

    async def keep(self, updates: Sequence[Mapping[str, Any]]) -> int:
        """Have a batch committed; the offset that confirms it."""
        await self.take(raws(self.source.name, updates, self.read, self.clock()))
        return max((u["update_id"] for u in updates if _numbered(u)), default=0) + 1
