"""Deadlines: each visit's is its own; what goes wrong with one holds up no other."""

from datetime import timedelta

from dialogue.model import Note
from tests.storage.people import START, book, enrol, move, visit
from tests.storage.scene import number, post, sql
from tests.support.stage import Stage
from visits.visit import Status


async def held(stage: Stage, *numbers: int) -> None:
    """Families that hold a seat for ten minutes from now."""
    await post(stage, *enrol(*numbers))
    for n in numbers:
        draft = book(stage.vault, visit(n))
        await post(stage, draft)
    until = (stage.clock() + timedelta(minutes=10)).replace(tzinfo=None)
    await sql(stage, "UPDATE visits SET status = 'DRAFT', hold_until = :until", until=f"{until:%Y-%m-%d %H:%M:%S.%f}")


async def statuses(stage: Stage) -> dict[str, str]:
    return {row.ref: row.status for row in await sql(stage, "SELECT ref, status FROM visits ORDER BY ref")}


async def test_a_hold_ends_at_its_minute_and_its_seat_is_free(stage: Stage) -> None:
    await held(stage, 1, 2)
    await stage.forward(minutes=9, seconds=59)
    assert set((await statuses(stage)).values()) == {"DRAFT"}
    await stage.forward(seconds=1)
    assert set((await statuses(stage)).values()) == {"EXPIRED"}
    assert await number(stage, "SELECT taken FROM slots") == 0
    assert all("free again" in stage.last(1000 + n).rendered.plain for n in (1, 2))  # type: ignore[union-attr]


async def test_running_again_says_nothing_twice(stage: Stage) -> None:
    await held(stage, 1)
    await stage.forward(minutes=11)
    heard = len(stage.heard)
    await stage.forward(minutes=1)
    assert len(stage.heard) == heard


async def test_one_visit_that_can_not_be_read_holds_up_no_other(stage: Stage) -> None:
    """M7: the first of three is damaged; the other two end in time all the same."""
    await held(stage, 1, 2, 3)
    await sql(stage, "UPDATE visits SET sealed = x'00' WHERE ref = 'REF00001'")
    await stage.forward(minutes=11)
    there = await statuses(stage)
    assert (there["REF00002"], there["REF00003"]) == ("EXPIRED", "EXPIRED")


async def test_nobody_answered_until_six_the_day_before(stage: Stage) -> None:
    """The answer is due at 18:00 of the jail's zone; a minute earlier nothing happens."""
    await post(stage, *enrol(1), book(stage.vault, visit(1)))
    due = START.replace(hour=12, minute=30) - timedelta(days=1)  # 18:00 in India
    await stage.forward(seconds=(due - stage.clock()).total_seconds() - 60)
    assert await statuses(stage) == {"REF00001": "PENDING"}
    await stage.forward(seconds=60)
    assert await statuses(stage) == {"REF00001": "EXPIRED"}
    assert await number(stage, "SELECT taken FROM slots") == 0
    ways = [one.to.channel for one in stage.heard if one.rendered and "in time" in one.rendered.plain]
    assert sorted(ways) == ["email", "sms", "telegram"]


async def test_what_was_decided_is_not_expired(stage: Stage) -> None:
    await post(stage, *enrol(1), book(stage.vault, visit(1)))
    await post(stage, move(visit(1), Status.APPROVED, reason=None), Note("approved"))
    await stage.forward(days=2)
    assert await statuses(stage) == {"REF00001": "APPROVED"}
