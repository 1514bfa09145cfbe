"""What was claimed of one address: what of it leaves side by side, and who gives the address back."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from storage.claims import Due
from storage.outbox import Outcome


@dataclass(slots=True)
class Chain:
    """What was claimed of one address: the last that comes back gives it back, and tells its pace."""

    left: int
    paced: datetime | None = None

    def count(self, outcome: Outcome) -> None:
        self.left -= 1
        self.paced = outcome.paced or self.paced
        outcome.held = self.left > 0
        outcome.paced = None if outcome.held else self.paced


def lanes(chain: Sequence[Due]) -> list[list[Due]]:
    """Answers to presses, which nobody reads, and all the rest, which is read in its order."""
    both = [due for due in chain if due.body.do == "reply"], [due for due in chain if due.body.do != "reply"]
    return [lane for lane in both if lane]
