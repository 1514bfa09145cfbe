"""Who carries: each channel has hands of its own, so that a slow mail server takes none of Telegram's.

Reminders and broadcasts leave a quarter of the hands free, for codes, decisions and replies on the same channel.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from dialogue.model import Priority
from storage.claims import Room

HANDS: Mapping[str, int] = {"telegram": 64, "email": 8, "sms": 16}  # addresses written to at once
MANY = 128  # of Telegram's, where its server takes more than 30 a second; still more gained nothing


def telegrams(per_second: float) -> int:
    """What goes in two seconds: an answer seldom takes longer."""
    return min(MANY, max(HANDS["telegram"], int(2 * per_second)))


@dataclass(slots=True)
class Hands:
    """One channel's. `busy` of them carry something, `patient` of these a reminder or a broadcast."""

    number: int
    busy: int = 0
    patient: int = 0

    def room(self, line: int | None = None) -> Room:
        """How many more may be claimed; of the patient no more than `line`, where the channel's rate has one."""
        free = max(0, self.number - self.busy)
        spare = max(0, self.number - self.number // 4 - self.patient)
        return Room(free, min(free, spare) if line is None else min(free, spare, line))

    def take(self, priority: Priority) -> None:
        self._count(priority, 1)

    def free(self, priority: Priority) -> None:
        self._count(priority, -1)

    def _count(self, priority: Priority, number: int) -> None:
        self.busy += number
        if priority > Priority.REPLY:
            self.patient += number
