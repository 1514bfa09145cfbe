"""Races through the desk: the last seat, two approvers, a family and its jail at the same moment."""

import asyncio

import pytest
from msgspec.structs import replace

from dialogue.session import Session
from storage import jails
from tests.conftest import Counts
from tests.handlers.conftest import At
from tests.handlers.door import private, put, session_of, stand, toasts, told, waiting
from tests.storage.people import enrol
from tests.storage.scene import number, post, seeded, sql
from tests.support.health import ill
from tests.support.stage import GROUP, JAIL, Stage
from tests.support.stories import ASK, play
from visits.calendar import DEFAULT_TIMETABLE

CONTENDERS = 16
TIME = ASK.index("[9:30 am]")


GONE = ("⚠️ Somebody else has just taken that time.", "⚠️ That time isn't open.")


async def capacity(stage: Stage, seats: int) -> None:
    async with stage.db.begin() as tx:
        await jails.set_timetable(tx, JAIL, [replace(t, capacity=seats) for t in DEFAULT_TIMETABLE])


async def at_the_brink(stage: Stage) -> tuple[list[int], list[Session], tuple[str, str]]:
    """Sixteen families, each with the same answers, one press away from the same seat; that press."""
    first = await session_of(stage, 101)
    people = [1000 + n for n in range(CONTENDERS)]
    await post(stage, *enrol(*range(CONTENDERS)))
    return people, [replace(first, talk=private(n)) for n in people], stage.button(101, ASK[TIME][1:-1])


async def seats(stage: Stage) -> tuple[int, int]:
    """(the slot's counter, its live rows)"""
    counter = await number(stage, "SELECT coalesce(sum(taken), 0) FROM slots")
    return counter, await number(stage, "SELECT count(*) FROM visits WHERE live")


async def cleared(stage: Stage) -> None:
    for table in ("visits", "slots", "outbox", "notes", "inbox"):
        await sql(stage, f"DELETE FROM {table}")
    stage.heard.clear()


async def healthy(stage: Stage) -> None:
    assert await ill(stage.db, stage.vault) == []


async def sold(stage: Stage, people: list[int], there: int) -> None:
    """Never oversold, never unsold; who lost is told, and asked for another time."""
    assert await seats(stage) == (there, there)
    won = [n for n in people if "How many people come" in told(stage, n)[-1]]
    lost = [n for n in people if told(stage, n)[-1].startswith(GONE)]
    assert len(won) == there and len(lost) == CONTENDERS - there and not set(won) & set(lost)
    for n in lost:
        assert "At what time?" in told(stage, n)[-1]
        assert "time" not in (await session_of(stage, n)).of("visit")
    await healthy(stage)


# ---------------------------------------------------------------- seats


async def test_sixteen_contend_for_the_last_seats_in_one_batch(at: At, counts: Counts) -> None:
    stage = await at("time")
    people, talks, (data, shown) = await at_the_brink(stage)
    chance = seeded()
    for round_ in range(counts(100)):
        there = 1 if round_ % 2 == 0 else chance.randrange(1, CONTENDERS)
        await cleared(stage)
        await capacity(stage, there)
        await stand(stage, *talks)
        order = chance.sample(people, CONTENDERS)
        await stage.arrive(*(stage.press(n, data, shown) for n in order))
        await sold(stage, people, there)


async def test_sixteen_contend_as_tasks_with_transactions_of_their_own(at: At, counts: Counts) -> None:
    stage = await at("time")
    people, talks, (data, shown) = await at_the_brink(stage)
    for _round in range(counts(100)):
        await cleared(stage)
        await capacity(stage, 1)
        await stand(stage, *talks)
        await put(stage, *(stage.press(n, data, shown) for n in people))
        await asyncio.gather(*(stage.desk._alone(one) for one in await waiting(stage)))
        await stage.work()
        await sold(stage, people, 1)


async def test_a_seat_that_lapses_is_the_next_familys(at: At) -> None:
    stage = await at("time")
    people, talks, (data, shown) = await at_the_brink(stage)
    await play(stage, ("/cancel", "[Yes, stop and erase]"))
    await capacity(stage, 1)
    await stand(stage, *talks[:2])
    await stage.pressed(people[0], data, shown)
    await stage.pressed(people[1], data, shown)
    assert told(stage, people[1])[-1].startswith(GONE)
    await stage.forward(minutes=15)
    assert await seats(stage) == (0, 0)
    await stage.pressed(people[1], data, shown)
    assert "How many people come" in told(stage, people[1])[-1] and await seats(stage) == (1, 1)
    await healthy(stage)


async def test_a_second_press_on_a_time_holds_no_second_seat(at: At) -> None:
    stage = await at("time")
    people, talks, (data, shown) = await at_the_brink(stage)
    await stand(stage, talks[0])
    await stage.arrive(stage.press(people[0], data, shown), stage.press(people[0], data, shown))
    assert await seats(stage) == (1, 1)
    assert "already answered" in toasts(stage, people[0])[-1]


async def test_a_reference_that_is_taken_costs_the_family_nothing(at: At) -> None:
    """Two nonces that give one reference: the second family isn't told that it has asked already."""
    stage = await at("time")
    people, talks, (data, shown) = await at_the_brink(stage)
    await stand(stage, *talks[:2])
    drawn: list[str] = []
    real = stage.nonce

    def same() -> str:
        drawn.append("n" * 32)
        return drawn[-1]

    stage.desk.ground = replace(stage.desk.ground, nonce=same)
    await stage.pressed(people[0], data, shown)
    again = iter(drawn[:])
    stage.desk.ground = replace(stage.desk.ground, nonce=lambda: next(again, None) or real())
    await stage.pressed(people[1], data, shown)
    assert "already asked" not in told(stage, people[1])[-1]
    assert "How many people come" in told(stage, people[1])[-1] and await seats(stage) == (2, 2)


# ---------------------------------------------------------------- deciding


async def asked(stage: Stage) -> str:
    return str((await sql(stage, "SELECT ref FROM visits WHERE live"))[0].ref)


async def decisions(stage: Stage) -> int:
    return await number(stage, "SELECT count(*) FROM notes WHERE kind IN ('approved', 'rejected')")


async def test_two_approvers_at_once_make_one_decision(at: At) -> None:
    """Both press Approve in one batch: one wins, the other reads who did; the family is told once."""
    stage = await at("asked")
    data, shown = stage.button(GROUP, "Approve")
    await stage.arrive(stage.press(201, data, shown, GROUP), stage.press(202, data, shown, GROUP))
    won, late = toasts(stage, GROUP)
    assert won.startswith("Approved.") and late == "✅ Approved by Supt. Rao"
    assert await decisions(stage) == 1
    await stage.forward(seconds=61)
    assert len([text for text in told(stage, 101) if "approved" in text]) == 1
    await healthy(stage)


async def test_approve_and_reject_at_once(at: At) -> None:
    stage = await at("asked")
    ref = await asked(stage)
    approve, shown = stage.button(GROUP, "Approve")
    reject = f"card.why={ref}.{approve.rpartition('.')[2]}.quota_used"
    await stage.arrive(stage.press(202, reject, shown, GROUP), stage.press(201, approve, shown, GROUP))
    first, second = toasts(stage, GROUP)
    assert first.startswith("Rejected.") and "Rejected by Dy. Supt. Iqbal" in second
    assert await decisions(stage) == 1 and await seats(stage) == (0, 0)
    await healthy(stage)


async def test_two_approvers_as_tasks(at: At) -> None:
    stage = await at("asked")
    data, shown = stage.button(GROUP, "Approve")
    await put(stage, stage.press(201, data, shown, GROUP), stage.press(202, data, shown, GROUP))
    await asyncio.gather(*(stage.desk._alone(one) for one in await waiting(stage)))
    await stage.work()
    assert await decisions(stage) == 1 and len(toasts(stage, GROUP)) == 2
    await healthy(stage)


@pytest.mark.parametrize("family_first", [True, False])
async def test_the_family_gives_back_while_the_jail_approves(at: At, family_first: bool) -> None:
    """One of them wins; there is one end, and nobody is told what isn't so."""
    stage = await at("asked")
    ref = await asked(stage)
    data, shown = stage.button(GROUP, "Approve")
    gives = stage.press(101, f"dropped={ref}.{data.rpartition('.')[2]}", "1")
    takes = stage.press(201, data, shown, GROUP)
    before = len(told(stage, 101))
    await stage.arrive(*((gives, takes) if family_first else (takes, gives)))
    await stage.forward(seconds=61)
    words = " ".join(told(stage, 101)[before:])
    ((status,),) = await sql(stage, "SELECT status FROM visits")
    assert status in ("WITHDRAWN", "APPROVED")
    assert ("is approved" in words) is (status == "APPROVED")
    assert ("is cancelled" in words) is (status == "WITHDRAWN")
    assert await seats(stage) == ((1, 1) if status == "APPROVED" else (0, 0))
    await healthy(stage)


async def test_a_decision_is_not_told_before_its_words_go_out(at: At) -> None:
    """Within the minute in which it may be undone, an old button of the family tells nothing of it."""
    stage = await at("asked")
    await play(stage, ("/status",))
    drop = stage.button(101, "Cancel")
    await stage.press_label(201, "Approve", GROUP)
    await stage.pressed(101, *drop)
    assert not any("approved" in text.lower() for text in (*told(stage, 101), *toasts(stage, 101)))


async def test_undo_while_the_family_asks_again(at: At) -> None:
    """Rejected; within the minute the family begins anew and holds a seat; Undo is answered, and breaks nothing."""
    stage = await at("asked")
    await stage.press_label(201, "Reject", GROUP)
    await stage.press_label(201, "Quota used", GROUP)
    undo = stage.button(GROUP, "Undo")
    await play(stage, (*ASK[:1], "[Ramesh Kumar]", *ASK[ASK.index("[In person]") + 1 : TIME + 1]))
    assert await seats(stage) == (1, 1)
    before = len(toasts(stage, GROUP))
    await stage.pressed(201, *undo, GROUP)
    assert len(toasts(stage, GROUP)) == before + 1, "the press is answered"
    assert await number(stage, "SELECT count(*) FROM inbox WHERE outcome = 'parked'") == 0
    assert await seats(stage) == (1, 1)
    await healthy(stage)


async def test_every_copy_of_a_card_loses_its_undo(at: At) -> None:
    """After a minute no copy offers to undo any more, however often the card was posted."""
    stage = await at("asked")
    await stage.said(201, "/pending", GROUP)
    await stage.press_label(201, "Approve", GROUP)
    await stage.forward(seconds=61)
    shown = {one.id: one.rendered for one in stage.to(GROUP) if one.rendered}
    labels = [text for rendered in shown.values() for row in rendered.buttons for text, _data in row]
    assert not any("Undo" in text or "Approve" in text for text in labels)


async def test_undo_and_decide_again(at: At) -> None:
    """The other one takes it back, and decides otherwise: the family hears the second decision alone."""
    stage = await at("asked")
    await stage.press_label(201, "Approve", GROUP)
    data, shown = stage.button(GROUP, "Undo")
    await stage.arrive(stage.press(202, data, shown, GROUP), stage.press(201, data, shown, GROUP))
    await stage.press_label(202, "Reject", GROUP)
    await stage.press_label(202, "Quota used", GROUP)
    await stage.forward(seconds=61)
    words = " ".join(told(stage, 101))
    assert "not possible" in words and "is approved" not in words
    assert await seats(stage) == (0, 0)
    await healthy(stage)


# ---------------------------------------------------------------- forgetting


async def test_erasing_oneself_while_a_seat_is_held(at: At) -> None:
    """The hold is given back like every other open request: /forget does what it says, at once."""
    stage = await at("time")
    await play(stage, (ASK[TIME],))
    assert await seats(stage) == (1, 1)
    await play(stage, ("/forget", "[Yes, erase everything]"))
    assert "is erased" in told(stage, 101)[-1]
    assert await seats(stage) == (0, 0)
    assert await number(stage, "SELECT count(*) FROM visitors") == 0
