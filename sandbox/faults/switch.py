"""Which faults are on, and when one strikes. Kept in memory: a town that is killed wakes up in good health."""

import random
from collections.abc import Callable, Collection
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any

from sandbox.faults.fault import ANY, Fault
from sandbox.faults.kinds import API


@dataclass(slots=True)
class _On:
    number: int
    fault: Fault
    until: datetime | None
    dice: random.Random
    struck: int = 0
    off: bool = False

    def strikes(self, on: str, door: str, to: Collection[str], now: datetime) -> bool:
        fault = self.fault
        here = fault.on.lower() == on.lower() or (fault.on == ANY and door == API)
        spent = self.off or (fault.times and self.struck >= fault.times) or (self.until and now >= self.until)
        if not here or spent or (fault.to and str(fault.to) not in to):
            return False
        return fault.chance == 1 or self.dice.random() < fault.chance


class Faults:
    """`told` hears of every strike: {"fault", "struck", "on", "kind"}."""

    def __init__(self, now: Callable[[], datetime]) -> None:
        self.now = now
        self.told: Callable[[dict[str, Any]], object] = lambda _strike: None
        self._all: list[_On] = []

    def switch_on(self, fault: Fault) -> int:
        """Its number, by which it is switched off. Of several that fit, the one that was switched on first strikes."""
        until = self.now() + timedelta(seconds=fault.lasts) if fault.lasts else None
        self._all.append(_On(len(self._all) + 1, fault, until, random.Random(fault.seed)))
        return len(self._all)

    def switch_off(self, number: int | None = None) -> None:
        """All of them when none is named. ValueError when there is none of that number."""
        if number is not None and not 1 <= number <= len(self._all):
            raise ValueError(f"there is no fault {number}")
        for one in self._all:
            one.off = one.off or number in (None, one.number)

    def strike(
        self, on: str, to: Collection[str] = (), kinds: Collection[str] | None = None, door: str = ""
    ) -> Fault | None:
        """The fault that hits this request, which is then counted. `kinds`: those that can happen at this moment."""
        now = self.now()
        for one in self._all:
            if (kinds is None or one.fault.kind in kinds) and one.strikes(on, door, to, now):
                one.struck += 1
                self.told({"fault": one.number, "struck": one.struck, "on": on, "kind": one.fault.kind})
                return one.fault
        return None

    def struck(self, number: int) -> int:
        return self._all[number - 1].struck

    def listed(self) -> list[dict[str, Any]]:
        return [{"fault": one.number, **asdict(one.fault), "struck": one.struck, "off": one.off} for one in self._all]

    def __bool__(self) -> bool:
        """Is any on, so that it's worth looking?"""
        return any(not one.off for one in self._all)
