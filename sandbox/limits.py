"""Telegram's limits on sending: 30 a second in all, short bursts to a chat, 20 a minute to a group."""

import math
import time
from dataclasses import dataclass, field


@dataclass(slots=True)
class _Bucket:
    rate: float
    size: float
    tokens: float
    at: float

    def lacks(self, now: float) -> float:
        """Seconds until one more fits; 0 when it does. Takes nothing."""
        self.tokens = min(self.size, self.tokens + (now - self.at) * self.rate)
        self.at = now
        return 0.0 if self.tokens >= 1 else (1 - self.tokens) / self.rate


@dataclass(slots=True)
class Limits:
    """`on` switches them; `refused` counts the 429s."""

    on: bool = True
    refused: int = 0
    _all: _Bucket = field(default_factory=lambda: _Bucket(30.0, 30.0, 30.0, time.monotonic()))
    _chats: dict[int, _Bucket] = field(default_factory=dict)

    def refusal(self, chat: int, edit: bool = False) -> int:
        """Seconds to wait before sending to this chat; 0: go ahead, it is counted. Edits in a private chat are free."""
        if not self.on:
            return 0
        now = time.monotonic()
        if chat not in self._chats:
            rate, size = (20 / 60, 20.0) if chat < 0 else (1.0, 6.0)
            self._chats[chat] = _Bucket(rate, size, size, now)
        buckets = (self._all,) if edit and chat > 0 else (self._all, self._chats[chat])
        wait = max(bucket.lacks(now) for bucket in buckets)
        if wait > 0:
            self.refused += 1
            return math.ceil(wait)
        for bucket in buckets:
            bucket.tokens -= 1
        return 0
