"""What a visit may become, and by whom; slots that count."""

from datetime import UTC, date, datetime
from itertools import product

import pytest

from visits.visit import ACTORS, LIVE, MOVES, TERMINAL, Kind, Prisoner, Reason, Relation, Slot, Status, Visit, can_move

START = datetime(2026, 3, 4, 4, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    "path",
    [
        "DRAFT visitor PENDING staff APPROVED staff ARRIVED staff COMPLETED",
        "DRAFT visitor PENDING staff APPROVED clock NO_SHOW",
        "DRAFT visitor PENDING staff APPROVED visitor CANCELLED",
        "DRAFT visitor PENDING staff APPROVED jail CANCELLED",
        "DRAFT visitor PENDING staff APPROVED prisoner CANCELLED",
        "DRAFT visitor PENDING staff APPROVED staff TECH_FAILED",
        "DRAFT visitor PENDING staff APPROVED staff TURNED_AWAY",
        "DRAFT visitor PENDING staff APPROVED clock COMPLETED",
        "DRAFT visitor PENDING staff APPROVED staff PENDING staff REJECTED staff PENDING",
        "DRAFT visitor PENDING visitor WITHDRAWN",
        "DRAFT visitor PENDING prisoner CANCELLED",
        "DRAFT visitor PENDING clock EXPIRED",
        "DRAFT clock EXPIRED",
        "DRAFT visitor WITHDRAWN",
        "DRAFT jail CANCELLED",
    ],
)
def test_the_ways_a_visit_goes(path: str) -> None:
    was, *rest = path.split()
    for by, to in zip(rest[::2], rest[1::2], strict=True):
        assert can_move(Status(was), Status(to), by), f"{was} -> {to} by {by}"
        was = to


@pytest.mark.parametrize(
    ("was", "to", "by"),
    [
        ("DRAFT", "APPROVED", "staff"),  # never submitted
        ("PENDING", "APPROVED", "visitor"),
        ("PENDING", "APPROVED", "clock"),  # silence is no decision
        ("PENDING", "REJECTED", "clock"),
        ("APPROVED", "EXPIRED", "clock"),
        ("APPROVED", "WITHDRAWN", "visitor"),
        ("CANCELLED", "APPROVED", "staff"),
        ("EXPIRED", "PENDING", "staff"),
        ("REJECTED", "APPROVED", "staff"),
        ("COMPLETED", "NO_SHOW", "staff"),
        ("NO_SHOW", "COMPLETED", "clock"),
        ("APPROVED", "NO_SHOW", "visitor"),
    ],
)
def test_ways_that_are_closed(was: str, to: str, by: str) -> None:
    assert not can_move(Status(was), Status(to), by)


def test_moves_is_all_there_is() -> None:
    assert set(MOVES) == set(Status)
    for was, to, by in product(Status, Status, (*ACTORS, "", "operator")):
        assert can_move(was, to, by) == (by in MOVES[was].get(to, ()))
    assert {by for moves in MOVES.values() for actors in moves.values() for by in actors} == set(ACTORS)


def test_nothing_stays_as_it_is_by_a_move() -> None:
    assert not [was for was in Status for by in ACTORS if can_move(was, was, by)]


def test_what_is_over_is_over_but_for_a_rejection_undone() -> None:
    assert {was: dict(MOVES[was]) for was in TERMINAL if MOVES[was]} == {
        Status.REJECTED: {Status.PENDING: frozenset({"staff"})}
    }


def test_live_and_terminal_are_all_statuses() -> None:
    assert set(Status) == LIVE | TERMINAL and not LIVE & TERMINAL


def test_every_live_visit_can_end_and_every_status_is_reached() -> None:
    reached, found = {Status.DRAFT}, {Status.DRAFT}
    while found:
        found = {to for was in found for to in MOVES[was]} - reached
        reached |= found
    assert reached == set(Status)
    assert all(set(MOVES[was]) & TERMINAL for was in LIVE)


def test_the_table_can_not_be_changed() -> None:
    with pytest.raises(TypeError):
        MOVES[Status.DRAFT][Status.APPROVED] = frozenset({"staff"})  # type: ignore[index]
    with pytest.raises(TypeError):
        MOVES[Status.EXPIRED] = {}  # type: ignore[index]


def test_values_are_what_is_kept() -> None:
    assert all(status.value == status.name for status in Status)
    assert [kind.value for kind in Kind] == ["in_person", "video"]
    assert {r.value for r in Reason} >= {"quota_used", "security_hold", "other"} and len(Reason) == 18
    assert len(Relation) == 13


def test_a_slot_counts_its_seats() -> None:
    slot = Slot("IN-DL-TIHAR-CJ-1", Kind.IN_PERSON, START, 30, capacity=10, taken=4)
    assert (slot.left, slot.end) == (6, datetime(2026, 3, 4, 5, tzinfo=UTC))
    assert Slot("j", Kind.VIDEO, START, 30, capacity=2, taken=3).left == 0  # a capacity that was lowered later
    with pytest.raises(ValueError, match="wall time"):
        Slot("j", Kind.VIDEO, START.replace(tzinfo=None), 30, 2, 0)


def test_a_visit_ends_after_its_minutes() -> None:
    prisoner = Prisoner("Ramesh", "Mohan", 34, date(2026, 3, 1), "male", None)
    visit = Visit(
        *("2345CDFH", 1, Status.PENDING, "j", Kind.VIDEO, START, 15, "M-2345-CDFH"),
        *(prisoner, Relation.SPOUSE, 2, None, None, None, START),
    )
    assert visit.end == datetime(2026, 3, 4, 4, 45, tzinfo=UTC)
