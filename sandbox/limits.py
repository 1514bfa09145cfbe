"""Telegram's limits on sending: 30 a second in all, bursts to a chat and then one a second, 20 a minute to a group.

https://core.telegram.org/bots/faq#my-bot-is-hitting-limits-how-do-i-avoid-this. Telegram tells no exact numbers: these
are what bots report. Kept in memory only.
"""

import math
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime

ALL = 30.0
BURST = 6.0  # one more than the five that are known to pass
MINUTE = 20


@dataclass(slots=True)
class _Bucket:
    rate: float
    size: float
    tokens: float
    at: float

    def lacks(self, now: float) -> float:
        """Seconds until one more fits; 0 when it does. Takes nothing."""
        passed = max(0.0, now - self.at)
        self.tokens = min(self.size, self.tokens + passed * self.rate)
        self.at = now
        return 0.0 if self.tokens >= 1 else (1 - self.tokens) / self.rate


@dataclass(slots=True)
class Limits:
    """`on` switches them; `refused` counts the 429s. `clock` is the town's: moving it on brings the allowance back."""

    clock: Callable[[], datetime]
    on: bool = True
    refused: int = 0
    _all: _Bucket = field(init=False)
    _chats: dict[int, _Bucket] = field(default_factory=dict)
    _minutes: dict[int, deque[float]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._all = _Bucket(ALL, ALL, ALL, self.clock().timestamp())

    def refusal(self, chat: int, edit: bool = False) -> int:
        """Whole seconds to wait before sending to this chat; 0: go ahead, it is counted.

        An edit counts among all and in a group, but costs a private chat nothing.
        """
        if not self.on:
            return 0
        now = self.clock().timestamp()
        buckets = [self._all]
        if not edit:
            buckets.append(self._chats.setdefault(chat, _Bucket(1.0, BURST, BURST, now)))
        sent = self._minutes.setdefault(chat, deque()) if chat < 0 else deque[float]()
        while sent and sent[0] <= now - 60:
            sent.popleft()
        wait = max(bucket.lacks(now) for bucket in buckets)
        if len(sent) >= MINUTE:
            wait = max(wait, sent[0] + 60 - now)
        if wait > 0:
            self.refused += 1
            return math.ceil(wait)
        for bucket in buckets:
            bucket.tokens -= 1
        sent.append(now)
        return 0
