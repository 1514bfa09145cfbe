"""Deadlines: each visit's is its own; what goes wrong with one holds up no other."""

from datetime import timedelta

import pytest

from channels.base import Errand, Later
from dialogue import deadlines as dialogue_deadlines
from dialogue.effects import Effect, Note
from dialogue.model import Chat, Priority
from dialogue.needs import CardsLately, Request
from storage.facts import read
from tests.storage.people import START, book, enrol, move, visit
from tests.storage.scene import number, post, send, sql
from tests.support.stage import GROUP, Stage
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
    assert all("free for other families" in stage.last(1000 + n).rendered.plain for n in (1, 2))  # type: ignore[union-attr]


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


async def test_a_bug_with_one_visit_is_no_others(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    real = dialogue_deadlines.lapse

    def lapse(request: Request) -> tuple[Effect, ...]:
        if request.visit.ref == "REF00001":
            raise KeyError("Sunita Devi")
        return real(request)

    monkeypatch.setattr(dialogue_deadlines, "lapse", lapse)
    await held(stage, 1, 2)
    await stage.forward(minutes=11)
    assert await statuses(stage) == {"REF00001": "DRAFT", "REF00002": "EXPIRED"}


async def decided(stage: Stage) -> None:
    """A decision that is to be told by chat and by e-mail."""
    await post(stage, *enrol(1), book(stage.vault, visit(1)))
    await post(stage, move(visit(1), Status.APPROVED, reason=None), Note("approved"))
    for way in ("chat", "email"):
        to = Chat("telegram" if way == "chat" else way, "1001")
        await post(stage, send("approved", to, Priority.DECISION, key=f"decision:REF00001:2:{way}"))


def called(stage: Stage) -> int:
    return len([one for one in stage.to(GROUP) if one.rendered and "📞" in one.rendered.plain])


async def test_after_a_stop_the_family_is_tried_before_staff_are_asked_to_call(stage: Stage) -> None:
    """The process stood still for an hour: the letters have waited as long, and nobody has tried any."""
    await decided(stage)
    await stage.forward(hours=1)
    assert called(stage) == 0 and len(stage.to(1001)) == 1


async def test_staff_are_asked_to_call_when_every_way_was_tried(stage: Stage) -> None:
    await decided(stage)

    def silent(_to: Chat, _errand: Errand) -> None:
        raise Later(60, "no route")

    stage.ears["telegram"].trouble = silent
    stage.ears["email"].trouble = silent
    await stage.work()
    await stage.forward(minutes=15)
    assert called(stage) == 0
    stage.ears["telegram"].trouble = lambda to, errand: None if to.id == str(GROUP) else silent(to, errand)
    await stage.forward(minutes=2)
    assert called(stage) == 1


async def test_an_address_that_must_rest_is_as_good_as_tried(stage: Stage) -> None:
    """M9: its letter may not even be tried for hours; staff hear of it within a quarter of an hour all the same."""
    await decided(stage)
    later = (stage.clock() + timedelta(hours=3)).replace(tzinfo=None)
    await sql(stage, "UPDATE addresses SET not_before = :later", later=f"{later:%Y-%m-%d %H:%M:%S.%f}")
    await stage.forward(minutes=17)
    assert called(stage) == 1


async def test_cards_posted_again_take_no_ones_place(stage: Stage) -> None:
    """Five restarts within a minute, and still the next request comes as a card of its own."""
    await post(stage, *enrol(1, 2, 3, 4), *(book(stage.vault, visit(n)) for n in (1, 2, 3)))
    for _restart in range(6):
        await stage.deadlines.start()
    await stage.work()
    async with stage.db.begin() as tx:
        need = CardsLately(Chat("telegram", str(GROUP)))
        assert await read(stage.deadlines.ground.reading(tx, stage.clock()), [need]) == {need: 0}


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
