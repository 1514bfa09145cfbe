"""Telegram's limits before they bite: so many messages a second in all, short bursts to a chat, 20 a minute to a group.

Who waits is served in order of priority. Time is the event loop's, since the limit is the server's wall clock. A server
that allows more than Telegram's 30 a second is taken to allow that much more to each chat too.
"""

import asyncio
import heapq
import itertools
from collections import deque
from dataclasses import dataclass, field

TELEGRAM = 30.0  # messages a second in all
BURST = 5.0  # to one chat at once, then one a second
GROUP = 0.25  # a second to a group: with the burst never more than 20 in any minute


@dataclass(slots=True)
class Bucket:
    """Tokens that come back at `rate` a second, up to `size`."""

    rate: float
    size: float
    tokens: float
    at: float

    def wait(self, now: float) -> float:
        """Seconds until a token is there; takes it when that is zero."""
        self.tokens = min(self.size, self.tokens + (now - self.at) * self.rate)
        self.at = now
        if self.tokens >= 1.0:
            self.tokens -= 1.0
            return 0.0
        return (1.0 - self.tokens) / self.rate


@dataclass(slots=True)
class Window:
    """Never more than `most` in any `span` seconds, told by when each was let through. Once it has been full they go
    evenly, since two bursts might meet on the way."""

    most: int
    span: float
    gone: deque[float] = field(default_factory=deque)

    def wait(self, now: float) -> float:
        """Seconds until the next may go; lets it through when that is zero."""
        if len(self.gone) == self.most:
            first = self.gone[0]
            full = now - first < 2 * self.span
            at = max(first + self.span, self.gone[-1] + self.span / self.most if full else 0.0)
            if at > now:
                return at - now
            self.gone.popleft()
        self.gone.append(now)
        return 0.0


def window(rate: float) -> Window:
    return Window(int(rate), 1.0) if rate >= 1.0 else Window(1, 1.0 / rate)


@dataclass(slots=True)
class Rate:
    """Awaited before each message; `chats` forgets those that are full again."""

    per_second: float
    chats: dict[str, Bucket] = field(default_factory=dict)
    _all: Window = field(init=False)
    _queue: list[tuple[int, int, asyncio.Future[None]]] = field(default_factory=list)
    _count: "itertools.count[int]" = field(default_factory=itertools.count)
    _serving: asyncio.Task[None] | None = None

    def __post_init__(self) -> None:
        self._all = window(self.per_second)

    async def take(self, chat: str, priority: int, edit: bool = False) -> None:
        """Wait for this chat's turn, then for the turn among all. An edit costs a private chat nothing."""
        loop = asyncio.get_running_loop()
        if chat.startswith("-") or not edit:
            while pause := self._chat(chat, loop.time()):  # noqa: ASYNC110 (time itself is waited for)
                await asyncio.sleep(pause)
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

    def _chat(self, chat: str, now: float) -> float:
        if len(self.chats) > 4096:
            full = [name for name, b in self.chats.items() if b.tokens + (now - b.at) * b.rate >= b.size]
            for name in full:
                del self.chats[name]
        bucket = self.chats.get(chat)
        if bucket is None:
            more = max(1.0, self.per_second / TELEGRAM)
            rate, size = (GROUP if chat.startswith("-") else 1.0) * more, BURST * more
            bucket = self.chats[chat] = Bucket(rate, size, size, now)
        return bucket.wait(now)
