"""The desk: each arrival once, in the order of its talk; one person's bug is nobody else's trouble."""

import asyncio
from collections.abc import Callable
from typing import Any

import pytest

from dialogue.effects import Note, Turn, Wants
from dialogue.model import Event, Facts, Refused, Said
from dialogue.needs import JailsLike
from dialogue.session import Session
from dialogue.talk import step
from handlers import desk
from handlers.desk import SORRY
from storage import effects
from storage.database import Conflict
from tests.conftest import Counts
from tests.handlers.door import message, put, told, waiting
from tests.storage.scene import number, seeded, sql
from tests.support.stage import GROUP, Stage
from tests.support.stories import REGISTER, play

NAME = REGISTER[: REGISTER.index("Sunita Devi")]  # up to the question for the name
Stepped = Turn | Wants


def bug_in(monkeypatch: pytest.MonkeyPatch, on: Callable[[Turn], Stepped]) -> None:
    """A step that goes wrong, and only where somebody says BOOM."""

    def wrong(session: Session, event: Event | Refused, facts: Facts) -> Stepped:
        inner = event.event if isinstance(event, Refused) else event
        done = step(session, event, facts)
        return on(done) if isinstance(inner, Said) and "BOOM" in inner.text and isinstance(done, Turn) else done

    monkeypatch.setattr(desk, "step", wrong)


def raises(_turn: Turn) -> Stepped:
    raise RuntimeError("the visitor said 2345 6789 0124")


# ---------------------------------------------------------------- a bug


async def test_a_step_that_raises_is_parked_after_three_tries(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    bug_in(monkeypatch, raises)
    await stage.arrive(message(101, "hello"), message(102, "BOOM"), message(103, "hello"))
    for person in (101, 103):
        assert "Mulakat" in told(stage, person)[0], "the others of the batch are answered"
    assert told(stage, 102) == [SORRY.msgid]
    (note,) = told(stage, 900)
    assert "could not be handled" in note and "2345" not in note
    rows = await sql(stage, "SELECT outcome, tries, sealed FROM inbox ORDER BY id")
    assert [(row.outcome, row.tries, row.sealed) for row in rows] == [
        ("done", 0, None),
        ("parked", 3, None),
        ("done", 0, None),
    ]
    assert await number(stage, "SELECT count(*) FROM notes WHERE kind = 'parked'") == 1
    await stage.said(102, "hello")
    assert "Mulakat" in told(stage, 102)[-1], "the talk goes on"


async def test_what_a_parked_talk_says_next_waits_its_turn(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    await play(stage, NAME)
    bug_in(monkeypatch, raises)
    await stage.arrive(message(101, "BOOM"), message(101, "Sunita Devi"), message(101, "Ram Lal"))
    sorry, father, gender = told(stage, 101)[-3:]
    assert sorry == SORRY.msgid and "father" in father and "man or a woman" in gender


async def test_in_a_group_nobody_reads_an_apology(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    bug_in(monkeypatch, raises)
    await stage.said(201, "BOOM", GROUP)
    assert told(stage, GROUP) == [] and len(told(stage, 900)) == 1


async def test_a_bug_while_writing_leaves_no_half_turn(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    """What can't be written fails the batch; one by one, only its own turn is lost, and wholly."""

    def unwritable(turn: Turn) -> Stepped:
        return Turn(turn.session, (*turn.effects, Note("odd", {"value": object()})))

    bug_in(monkeypatch, unwritable)
    await stage.arrive(message(101, "hello"), message(102, "BOOM"), message(103, "hello"))
    assert told(stage, 102) == [SORRY.msgid]
    assert ["Mulakat" in told(stage, person)[0] for person in (101, 103)] == [True, True]
    assert [len(told(stage, person)) for person in (101, 103)] == [1, 1], "and once each"


async def test_a_database_that_fails_for_a_while_loses_nothing(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    real, failures = effects.apply, iter((True, True))

    async def apply(*of: Any) -> None:
        if next(failures, False):
            raise OSError("the disk is slow")
        await real(*of)

    monkeypatch.setattr(effects, "apply", apply)
    await stage.arrive(message(101, "hello"))
    assert len(told(stage, 101)) == 1 and told(stage, 101) != [SORRY.msgid]


async def test_a_reader_that_raises_is_parked_too(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    real = stage.desk.readers["telegram"]

    def read(update: Any, now: Any) -> Any:
        if "BOOM" in str(update):
            raise ValueError("no")
        return real(update, now)

    await put(stage, message(101, "BOOM"), message(102, "hello"))
    stage.open()
    monkeypatch.setattr(stage.desk, "readers", {"telegram": read})
    await stage.work()
    assert told(stage, 101) == [SORRY.msgid] and len(told(stage, 102)) == 1


async def test_a_step_that_never_has_enough_is_a_bug(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = iter(range(1000))
    bug_in(monkeypatch, lambda _turn: Wants((JailsLike(str(next(asked))),)))
    await stage.arrive(message(101, "BOOM"), message(102, "hello"))
    assert told(stage, 101) == [SORRY.msgid] and len(told(stage, 102)) == 1


async def test_an_arrival_that_can_not_be_opened_holds_up_nobody(stage: Stage) -> None:
    await put(stage, message(101, "hello"), message(102, "hello"))
    await sql(stage, "UPDATE inbox SET sealed = x'00112233445566778899aabbccddeeff0011' WHERE talk LIKE '%101'")
    await stage.work()
    assert len(told(stage, 102)) == 1 and told(stage, 101) == [SORRY.msgid]
    rows = await sql(stage, "SELECT outcome, tries FROM inbox ORDER BY id")
    assert [tuple(row) for row in rows] == [("parked", 1), ("done", 0)], "to open it again would not help"


# ---------------------------------------------------------------- once, and in order


async def test_an_update_seen_twice_is_handled_once(stage: Stage) -> None:
    await play(stage, NAME)
    again = message(101, "Sunita Devi", update_id=5000)
    await stage.arrive(again, dict(again))
    await stage.arrive(dict(again))
    assert "father" in told(stage, 101)[-1]
    assert await number(stage, "SELECT count(*) FROM inbox WHERE update_id = 5000") == 1


async def test_the_order_within_a_talk_whatever_comes_between(stage: Stage, counts: Counts) -> None:
    """Five families type their answers at once: each talk reads as if it were alone."""
    chance = seeded()
    typed = ("Sunita Devi", "Ram Lal", "1", "34", "House 12, Gali 4, Sangam Vihar", "110062")
    alone: list[str] = []
    for round_ in range(counts(20) + 1):
        people = [10000 * (round_ + 1) + n for n in range(5 if round_ else 1)]
        for person in people:
            await play(stage, NAME, person)
        seen = {person: len(told(stage, person)) for person in people}
        lines = [(person, n) for person in people for n in range(len(typed))]
        turns = [person for person, _n in lines]
        chance.shuffle(turns)
        places = {person: iter(typed) for person in people}
        await stage.arrive(*(message(person, next(places[person])) for person in turns))
        for person in people:
            mine = told(stage, person)[seen[person] :]
            alone = alone or mine
            assert mine == alone and "In which district" in mine[-1]


async def test_a_batch_is_one_transaction_and_a_crowd_takes_turns(stage: Stage) -> None:
    """One talk that floods takes one place a batch."""
    await put(stage, *(message(101, "hello") for _n in range(20)), message(102, "hello"))
    assert await stage.desk.round() == 2
    assert await stage.desk.round() == 1
    await stage.work()
    assert len(told(stage, 101)) == 20 and len(told(stage, 102)) == 1


async def test_more_talks_than_one_batch_holds(stage: Stage) -> None:
    await put(stage, *(message(n, "hello") for n in range(2000, 2150)))
    assert await stage.desk.round() == 100
    assert await stage.desk.round() == 50
    assert await stage.desk.round() == 0


# ---------------------------------------------------------------- lost races


async def test_a_lost_race_is_handed_back_once(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    heard: list[str] = []

    def refusing(session: Session, event: Event | Refused, facts: Facts) -> Stepped:
        heard.append(event.reason if isinstance(event, Refused) else "first")
        return step(session, event, facts)

    real, races = effects.apply, iter((True,))

    async def apply(*of: Any) -> None:
        if next(races, False):
            raise Conflict("guess")
        await real(*of)

    await put(stage, message(101, "hello"))
    (one,) = await waiting(stage)
    monkeypatch.setattr(desk, "step", refusing)
    monkeypatch.setattr(effects, "apply", apply)
    await stage.desk._alone(one)
    assert "guess" in heard and heard[-1] == "guess" and heard[0] == "first"
    await stage.work()
    assert len(told(stage, 101)) == 1


async def test_a_race_lost_twice_is_tried_again(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    real, races = effects.apply, iter((True,) * 3)

    async def apply(*of: Any) -> None:
        if next(races, False):
            raise Conflict("slot_full")
        await real(*of)

    monkeypatch.setattr(effects, "apply", apply)
    await stage.arrive(message(101, "hello"))
    assert len(told(stage, 101)) == 1
    assert await number(stage, "SELECT tries FROM inbox") == 1


# ---------------------------------------------------------------- the loop


async def test_the_loop_sleeps_until_it_is_rung_and_ends_when_told(stage: Stage) -> None:
    stop, posted = asyncio.Event(), asyncio.Event()
    stage.desk.posted = posted.set
    loop = asyncio.create_task(stage.desk.run(stop))
    await put(stage, message(101, "hello"))
    stage.desk.bell.set()
    await asyncio.wait_for(posted.wait(), 5)
    stop.set()
    stage.desk.bell.set()
    await asyncio.wait_for(loop, 5)
    assert await number(stage, "SELECT count(*) FROM inbox WHERE handled IS NULL") == 0
    await stage.work()
    assert len(told(stage, 101)) == 1
