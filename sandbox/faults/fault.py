"""One thing that goes wrong: where, for whom, how, and how often."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from typing import Any

from sandbox.botapi import METHODS
from sandbox.faults.kinds import API, KINDS, SMS, SMTP, WEBHOOK, Done, possible
from sandbox.reading import true

ANY = "*"


@dataclass(frozen=True, slots=True)
class Fault:
    """on: a method of the Bot API, "*" for all of them, or "smtp", "sms", "webhook". kind: one of KINDS.

    to: a chat's number, a mail address or a telephone number; "" for everybody.
    times: so often, 0 without end. lasts: seconds of the town's clock, 0 without end. chance: of each time, by dice
    that `seed` makes fall the same way in every run.
    accepted: what was asked for is really done before it goes wrong. wait: seconds, where the kind has any.
    moved_to: the supergroup's number. Raises ValueError for a fault that can't be.
    """

    on: str
    kind: str
    to: str | int = ""
    times: int = 0
    lasts: float = 0.0
    chance: float = 1.0
    seed: int = 0
    accepted: bool = False
    wait: float = 0.0
    moved_to: int = 0

    def __post_init__(self) -> None:
        if self.door == API and self.on.lower() not in (ANY, "getupdates", *METHODS):
            raise ValueError(f"{self.on!r} is no method that the sandbox knows, nor smtp, sms or webhook")
        found = KINDS.get(self.kind)
        if found is None or self.door not in found.doors:
            raise ValueError(f"{self.kind!r} is nothing that goes wrong at {self.on}: {possible(self.door)}")
        if self.accepted and found.done is Done.NEVER:
            raise ValueError(f"with {self.kind!r} nothing is ever accepted")
        if self.to and self.kind == "busy":
            raise ValueError("'busy' strikes before the server hears who is written to: leave `to` out")
        if (self.kind == "migrated") != bool(self.moved_to):
            raise ValueError("'migrated' needs moved_to, the supergroup's number, and nothing else has one")
        if not 0 < self.chance <= 1 or min(self.times, self.lasts, self.wait) < 0:
            raise ValueError("chance is above 0 and at most 1; times, lasts and wait are not below 0")

    @property
    def door(self) -> str:
        return self.on if self.on in (SMS, SMTP, WEBHOOK) else API

    @property
    def done(self) -> bool:
        """Is what was asked for done all the same?"""
        return self.accepted or KINDS[self.kind].done is Done.ALWAYS


def fault_from(data: Mapping[str, Any]) -> Fault:
    """From JSON or a form. KeyError, ValueError, TypeError where it is none."""
    known = {one.name for one in fields(Fault)}
    if strange := set(data) - known:
        raise ValueError(f"a fault has no {', '.join(sorted(strange))}; it has {', '.join(sorted(known))}")
    read: dict[str, Any] = {"on": str(data["on"]), "kind": str(data["kind"]), "accepted": true(data, "accepted")}
    for name, kind in _READ.items():
        if data.get(name) not in (None, ""):
            read[name] = kind(data[name])
    return Fault(**read)


_READ: Mapping[str, Callable[[Any], Any]] = {
    "to": str, "times": int, "lasts": float, "chance": float, "seed": int, "wait": float, "moved_to": int,
}  # fmt: skip
