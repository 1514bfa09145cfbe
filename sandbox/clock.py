"""The town's clock: the machine's, moved forward at will, never back."""

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime, timedelta


def machine() -> datetime:
    return datetime.now(UTC)


async def pause(seconds: float, unless: asyncio.Event) -> None:
    """So many seconds of the machine's, or until the event happens."""
    try:
        await asyncio.wait_for(unless.wait(), seconds)
    except TimeoutError:
        return


class Clock:
    """`offset` is how far it was moved on. `source`: aware UTC; a test may give its own. `moved` is told of a move."""

    def __init__(self, offset: timedelta = timedelta(0), source: Callable[[], datetime] = machine) -> None:
        self.offset = offset
        self.source = source
        self.moved: Callable[[], object] = lambda: None

    def now(self) -> datetime:
        """Aware UTC."""
        return self.source() + self.offset

    def forward(self, seconds: float) -> datetime:
        """Moves on, also over a restart of the sandbox. ValueError for a move back."""
        if not seconds >= 0:
            raise ValueError("the clock goes forward only")
        try:
            offset = self.offset + timedelta(seconds=seconds)
            there = self.source() + offset
        except OverflowError:
            raise ValueError("the clock can't go so far") from None
        self.offset = offset
        self.moved()
        return there

    @property
    def stamp(self) -> int:
        """Seconds since 1970, as Telegram dates things."""
        return int(self.now().timestamp())
