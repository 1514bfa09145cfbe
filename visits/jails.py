"""stand-in"""
from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Jail:
    code: str
    name: str
    state: str
    state_name: str
    district: str
    kind: str
    open: bool


def search(query: str, jails: Sequence[Jail], limit: int = 8) -> tuple[Jail, ...]:
    return tuple(j for j in jails if query.casefold() in j.name.casefold())[:limit]
