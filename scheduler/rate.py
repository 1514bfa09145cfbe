"""Telegram's limits before they bite: so many messages a second in all, short bursts to a chat, 20 a minute to a group.

Who waits is served in order of priority. Time in all is the event loop's; a chat's pace is kept in its address's row,
over processes and restarts. A server that allows more than Telegram's 30 a second is taken to allow that much more to
each chat too.
"""

import asyncio
import heapq
import itertools
import math
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

TELEGRAM = 30.0  # messages a second in all
BURST = 5  # to one chat at once, then one a second
CHAT = timedelta(seconds=1)
GROUP = timedelta(seconds=4)  # with the burst never more than 20 in any minute
AHEAD = 0.5  # seconds of reminders and broadcasts that may stand in the line


@dataclass(slots=True)
class Window:
    """Never more than `most` in any `span` seconds, told by when each was let through. Once it has been full they go
    evenly, since two bursts might meet on the way."""

    most: int
    span: float
    gone: deque[float] = field(default_factory=deque)

    def wait(self, now: float) -> float:
        """Seconds until the next may go; lets it through when that is zero."""
        while len(self.gone) > self.most:  # it was wider before
            self.gone.popleft()
        if len(self.gone) == self.most:
            first = self.gone[0]
            full = now - first < 2 * self.span
            at = max(first + self.span, self.gone[-1] + self.span / self.most if full else 0.0)
            if at > now:
                return at - now
            self.gone.popleft()
        self.gone.append(now)
        return 0.0

    def widen(self, rate: float) -> None:
        """Another rate from now on; what has gone stays counted."""
        self.most, self.span = (int(rate), 1.0) if rate >= 1.0 else (1, 1.0 / rate)


def window(rate: float) -> Window:
    made = Window(1, 1.0)
    made.widen(rate)
    return made


@dataclass(slots=True)
class Rate:
    """Awaited before each message. `per_second` is what the server allows, of which this process has a share; `short`
    is called when the line has become short."""

    per_second: float
    short: Callable[[], None] = lambda: None
    _share: float = field(init=False)
    _all: Window = field(init=False)
    _queue: list[tuple[int, int, asyncio.Future[None]]] = field(default_factory=list)
    _count: "itertools.count[int]" = field(default_factory=itertools.count)
    _serving: asyncio.Task[None] | None = None

    def __post_init__(self) -> None:
        self._share = self.per_second
        self._all = window(self.per_second)

    def share(self, processes: int) -> None:
        """So many processes send through this server now; 0: this one doesn't yet."""
        self._share = self.per_second / processes if processes else 0.0
        if self._share:
            self._all.widen(self._share)

    @property
    def closed(self) -> bool:
        return not self._share

    async def take(self, priority: int) -> None:
        """Wait for the turn among all."""
        loop = asyncio.get_running_loop()
        if not self._queue and not self._all.wait(loop.time()):
            return
        turn: asyncio.Future[None] = loop.create_future()
        heapq.heappush(self._queue, (priority, next(self._count), turn))
        if self._serving is None or self._serving.done():
            self._serving = loop.create_task(self._serve())
        await turn

    async def _serve(self) -> None:
        loop = asyncio.get_running_loop()
        while self._queue:
            if pause := self._all.wait(loop.time()):
                await asyncio.sleep(pause)
                continue
            _priority, _place, turn = heapq.heappop(self._queue)
            if not turn.done():
                turn.set_result(None)
            if len(self._queue) == self._line // 2:
                self.short()

    @property
    def _line(self) -> int:
        return math.ceil(self._share * AHEAD)

    @property
    def line(self) -> int:
        """How many that may wait should join now: none until it is half gone, so that they are claimed in sets."""
        return self._line - len(self._queue) if len(self._queue) <= self._line // 2 else 0

    def paced(self, chat: str, before: datetime | None, now: datetime) -> datetime:
        """A message that counts leaves for this chat: from when on the next one may. `before` is the last answer."""
        more = max(1.0, self.per_second / TELEGRAM)
        each = (GROUP if chat.startswith("-") else CHAT) / more
        ahead = each * (int(BURST * more) - 1)  # of an even pace a burst may be so far
        return max(now, before + ahead if before else now) + each - ahead
