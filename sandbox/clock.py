"""The town's clock: the machine's, moved forward at will, never back."""

from datetime import UTC, datetime, timedelta


class Clock:
    """`offset` is how far it was moved on."""

    def __init__(self, offset: timedelta = timedelta(0)) -> None:
        self.offset = offset

    def now(self) -> datetime:
        """Aware UTC."""
        return datetime.now(UTC) + self.offset

    def forward(self, seconds: float) -> datetime:
        if seconds < 0:
            raise ValueError("the clock goes forward only")
        self.offset += timedelta(seconds=seconds)
        return self.now()

    @property
    def stamp(self) -> int:
        """Seconds since 1970, as Telegram dates things."""
        return int(self.now().timestamp())
