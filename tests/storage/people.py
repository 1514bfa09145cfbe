"""Made-up visitors and visits, for tests that book and move without a talk."""

from datetime import date, datetime, timedelta

from msgspec.structs import replace

from dialogue.effects import Book, Caps, Enrol, Move
from storage.vault import Vault
from tests.support.people import visitor
from tests.support.stage import JAIL, MONDAY
from visits.visit import Kind, Prisoner, Relation, Status, Visit

START = MONDAY + timedelta(days=3)
RAMESH = Prisoner("Ramesh Kumar", "Shyam Lal", 36, date(2026, 11, 30), "male", None)


def enrol(*numbers: int) -> tuple[Enrol, ...]:
    return tuple(Enrol(visitor(n)) for n in numbers)


def visit(n: int, ref: str = "", prisoner: str = "", start: datetime = START) -> Visit:
    """Visitor `n` asks for a prisoner of their own, unless one is named."""
    return Visit(
        ref=ref or f"REF{n:05}",
        version=1,
        status=Status.PENDING,
        jail=JAIL,
        kind=Kind.IN_PERSON,
        start=start,
        minutes=30,
        visitor=visitor(n).number,
        prisoner=replace(RAMESH, name=prisoner or f"Prisoner {n}"),
        relation=Relation.SPOUSE,
        party=1,
        reason=None,
        decided_by=None,
        decided_at=None,
        created=MONDAY,
    )


def book(vault: Vault, asked: Visit, capacity: int = 10, mobile: str = "", most: int = 3) -> Book:
    """`mobile` stands for the phone; without it each visitor has one of their own."""
    keys = (
        vault.digest("address", mobile or asked.visitor),
        vault.digest("prisoner", f"{asked.jail}|{asked.prisoner.name}"),
    )
    return Book(asked, capacity, {}, *keys, Caps(most, prisoners=5))


def move(asked: Visit, to: Status, by: str = "staff", **changed: object) -> Move:
    """Of the visit as it was asked for, unless something is said to be otherwise."""
    first = Move(asked.ref, 1, Status.PENDING, to, by, "telegram:201", "Supt. Rao", "quota_used")
    return replace(first, **changed)
