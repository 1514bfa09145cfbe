"""Effects with a condition: the database decides, a lost race is a Conflict, and nothing of its turn remains."""

import asyncio
from datetime import timedelta

import pytest
from msgspec.structs import replace
from sqlalchemy.exc import IntegrityError

from dialogue.effects import Amend, Effect, Move, Note, Speak
from dialogue.model import Chat, Talk
from storage import people
from storage.booking import TAKEN
from storage.database import Conflict
from storage.effects import stands_alone
from tests.storage.people import START, book, enrol, move, visit
from tests.storage.scene import SUNITA, number, outbox_rows, post, send, sql
from tests.support.health import ill
from tests.support.people import visitor
from tests.support.stage import GROUP, Stage
from visits.visit import LIVE, MOVES, Status, can_move


async def healthy(stage: Stage) -> None:
    assert await ill(stage.db, stage.vault) == []


async def taken(stage: Stage) -> tuple[int, int]:
    """(the slot's counter, its live rows)"""
    counter = await number(stage, "SELECT coalesce(sum(taken), 0) FROM slots")
    return counter, await number(stage, "SELECT count(*) FROM visits WHERE live")


async def refused(stage: Stage, *wanted: Effect) -> str:
    with pytest.raises(Conflict) as conflict:
        await post(stage, *wanted)
    return conflict.value.reason


# ---------------------------------------------------------------- seats


async def test_the_last_seat_is_sold_once_and_a_lost_race_leaves_nothing(stage: Stage) -> None:
    await post(stage, *enrol(1, 2, 3))
    for n in (1, 2):
        await post(stage, book(stage.vault, visit(n), capacity=2))
    lost = (book(stage.vault, visit(3), capacity=2), Note("asked"), send("with the jail"))
    assert await refused(stage, *lost) == "slot_full"
    assert await taken(stage) == (2, 2)
    assert await number(stage, "SELECT count(*) FROM notes") == 0 and await outbox_rows(stage) == []
    await healthy(stage)


async def test_sixteen_transactions_for_the_last_seat(stage: Stage) -> None:
    """Each a task with a transaction of its own: one sells, fifteen are told that it is gone."""
    await post(stage, *enrol(*range(16)))

    async def contend(n: int) -> str:
        try:
            await post(stage, book(stage.vault, visit(n), capacity=1))
        except Conflict as conflict:
            return conflict.reason
        return "sold"

    ends = await asyncio.gather(*(contend(n) for n in range(16)))
    assert sorted(ends) == ["slot_full"] * 15 + ["sold"]
    assert await taken(stage) == (1, 1)


@pytest.mark.parametrize("change", ["taken = capacity + 1", "taken = -1", "capacity = taken - 1"])
async def test_the_database_itself_refuses_an_oversell(stage: Stage, change: str) -> None:
    await post(stage, *enrol(1), book(stage.vault, visit(1), capacity=2))
    with pytest.raises(IntegrityError):
        await sql(stage, f"UPDATE slots SET {change}")
    assert await taken(stage) == (1, 1)


async def test_a_slot_that_grew_has_its_new_seats(stage: Stage) -> None:
    """The jail's timetable says two now: the second family isn't told for ever that somebody was faster."""
    await post(stage, *enrol(1, 2), book(stage.vault, visit(1), capacity=1))
    await post(stage, book(stage.vault, visit(2), capacity=2))
    assert await taken(stage) == (2, 2)


async def test_a_slot_that_shrank_sells_no_more(stage: Stage) -> None:
    await post(stage, *enrol(1, 2, 3), book(stage.vault, visit(1), capacity=3), book(stage.vault, visit(2), capacity=3))
    assert await refused(stage, book(stage.vault, visit(3), capacity=2)) == "slot_full"
    assert await taken(stage) == (2, 2)


# ---------------------------------------------------------------- one live request, three a mobile


async def test_one_live_request_for_a_prisoner_by_phone_and_by_registration(stage: Stage) -> None:
    await post(stage, *enrol(1, 2), book(stage.vault, visit(1, prisoner="Ramesh"), mobile="a"))
    later = START + timedelta(hours=1)
    for n, ref, mobile in ((1, "SAMEBOTH", "a"), (1, "NEWPHONE", "b"), (2, "SAMEFONE", "a")):
        again = book(stage.vault, visit(n, ref, "Ramesh", later), mobile=mobile)
        assert await refused(stage, again) == "open_request", ref
    await post(stage, book(stage.vault, visit(2, "STRANGER", "Ramesh", later), mobile="c"))
    await post(stage, book(stage.vault, visit(1, "ANOTHERP", "Suresh", later), mobile="a"))
    await healthy(stage)


async def test_after_the_answer_the_same_may_be_asked_again(stage: Stage) -> None:
    first = visit(1, "FIRSTONE", "Ramesh")
    await post(stage, *enrol(1), book(stage.vault, first))
    await post(stage, move(first, Status.REJECTED), Note("rejected"))
    await post(stage, book(stage.vault, visit(1, "SECONDST", "Ramesh")))
    assert await taken(stage) == (1, 1)
    await healthy(stage)


async def test_three_open_requests_a_mobile(stage: Stage) -> None:
    await post(stage, *enrol(1, 2))
    for n, ref in ((1, "AAAAAAA2"), (1, "AAAAAAA3"), (2, "AAAAAAA4")):
        await post(stage, book(stage.vault, visit(n, ref, ref), mobile="shared"))
    fourth = visit(2, "AAAAAAA5", "AAAAAAA5")
    assert await refused(stage, book(stage.vault, fourth, mobile="shared")) == "open_requests_mobile"
    decided = visit(1, "AAAAAAA2")
    await post(stage, move(decided, Status.APPROVED, reason=None), Note("approved"))
    await post(stage, book(stage.vault, fourth, mobile="shared"))
    await healthy(stage)


async def test_a_reference_that_is_taken_is_no_open_request(stage: Stage) -> None:
    """References are short, so two nonces may give one: the family asks nothing twice and must not be told so."""
    await post(stage, *enrol(1, 2), book(stage.vault, visit(1, "SAMEREF2")))
    assert await refused(stage, book(stage.vault, visit(2, "SAMEREF2"))) == TAKEN
    assert await taken(stage) == (1, 1)


# ---------------------------------------------------------------- moves


@pytest.mark.parametrize("was", list(Status))
async def test_a_status_moves_along_moves_alone(stage: Stage, was: Status) -> None:
    """Every pair of statuses by every party: allowed by MOVES or refused, and the seat follows."""
    asked = visit(1)
    await post(stage, *enrol(1), book(stage.vault, asked))
    for to in Status:
        for by in ("visitor", "staff", "jail", "prisoner", "clock"):
            held = int(was in LIVE)
            set_ = "UPDATE visits SET status = :s, version = 1, live = :live"
            await sql(stage, set_, s=was.value, live=bool(held))
            await sql(stage, "UPDATE slots SET taken = :n", n=held)
            wanted = move(asked, to, by, was=was)
            if can_move(was, to, by):
                await post(stage, wanted)
                now_held = int(to in LIVE)
                assert await taken(stage) == (now_held, now_held), (was, to, by)
                assert await number(stage, "SELECT version FROM visits") == 2
            else:
                with pytest.raises(ValueError, match="MOVES"):
                    await post(stage, wanted)
                assert await taken(stage) == (held, held)
    assert set(MOVES) == set(Status)


@pytest.mark.parametrize(
    "stale",
    [
        move(visit(1), Status.REJECTED, version=2),
        move(visit(1), Status.REJECTED, ref="NOWHERE2"),
        move(visit(1), Status.CANCELLED, was=Status.APPROVED),
    ],
    ids=["version", "ref", "status"],
)
async def test_a_move_of_what_was_not_seen_is_refused(stage: Stage, stale: Move) -> None:
    await post(stage, *enrol(1), book(stage.vault, visit(1)))
    assert await refused(stage, stale) == "moved"
    assert await taken(stage) == (1, 1)


async def test_two_decisions_at_once(stage: Stage) -> None:
    asked = visit(1)
    await post(stage, *enrol(1), book(stage.vault, asked))

    async def decide(to: Status, name: str) -> str:
        try:
            await post(stage, move(asked, to, name=name), Note(to.value.lower()))
        except Conflict as conflict:
            return conflict.reason
        return name

    ends = await asyncio.gather(decide(Status.APPROVED, "Rao"), decide(Status.REJECTED, "Iqbal"))
    assert list(ends).count("moved") == 1
    (row,) = await sql(stage, "SELECT status, decided_name, version FROM visits")
    assert (row.decided_name in ends) and row.version == 2
    assert (row.status, row.decided_name) in {("APPROVED", "Rao"), ("REJECTED", "Iqbal")}
    await healthy(stage)


async def test_giving_back_frees_the_seat_in_the_same_transaction(stage: Stage) -> None:
    asked = visit(1)
    await post(stage, *enrol(1, 2), book(stage.vault, asked, capacity=1))
    await post(stage, move(asked, Status.WITHDRAWN, "visitor", reason=None))
    assert await taken(stage) == (0, 0)
    await post(stage, book(stage.vault, visit(2), capacity=1))
    assert await taken(stage) == (1, 1)
    (row,) = await sql(stage, "SELECT decided_by, decided_at FROM visits WHERE status = 'WITHDRAWN'")
    assert (row.decided_by, row.decided_at) == (None, None), "nobody of the jail decided this"


# ---------------------------------------------------------------- the rest


async def test_what_is_kept_of_a_visitor(stage: Stage) -> None:
    await post(stage, *enrol(1))
    async with stage.db.begin() as tx:
        (found,) = (await people.registered(tx, stage.vault, [visitor(1).chat])).values()
    assert found in (visitor(1), (visitor(1),))
    (row,) = await sql(stage, "SELECT * FROM visitors")
    told = " ".join(str(value) for value in row)
    assert not any(part in told for part in (visitor(1).mobile, visitor(1).email, "Gali 4", "110062"))


async def test_open_requests_follow_their_visitor_to_another_mobile(stage: Stage) -> None:
    """Two registrations that share the new number are one phone from now on: one live request for a prisoner."""
    await post(stage, *enrol(1, 2))
    await post(stage, book(stage.vault, visit(1, prisoner="Ramesh"), mobile=f"sms:{visitor(1).mobile}"))
    moved = replace(visitor(1), mobile=visitor(2).mobile)
    await post(stage, Amend(moved))
    second = book(stage.vault, visit(2, prisoner="Ramesh"), mobile=f"sms:{visitor(2).mobile}")
    assert await refused(stage, second) == "open_request"
    await healthy(stage)


async def test_a_mobile_may_be_shared_by_two_who_asked_for_the_same_already(stage: Stage) -> None:
    await post(stage, *enrol(1, 2))
    for n in (1, 2):
        await post(stage, book(stage.vault, visit(n, prisoner="Ramesh"), mobile=f"sms:{visitor(n).mobile}"))
    await post(stage, Amend(replace(visitor(1), mobile=visitor(2).mobile)))
    assert await taken(stage) == (2, 2)
    assert await number(stage, "SELECT count(DISTINCT mobile_key) FROM visits") == 2


async def test_who_was_erased_meanwhile_has_no_open_request(stage: Stage) -> None:
    assert await refused(stage, book(stage.vault, visit(1))) == "erased"
    assert await taken(stage) == (0, 0)


@pytest.mark.parametrize("table", ["visits", "visitors"])
async def test_a_visit_that_can_not_be_opened_is_left_out(stage: Stage, table: str) -> None:
    """The others are still on the jail's list, and the process still starts with their cards."""
    await post(stage, *enrol(1, 2), book(stage.vault, visit(1)), book(stage.vault, visit(2)))
    key = {"visits": "ref = 'REF00001'", "visitors": f"number = '{visitor(1).number}'"}[table]
    await sql(stage, f"UPDATE {table} SET sealed = x'00' WHERE {key}")
    async with stage.db.begin() as tx:
        found = await people.requests_named(tx, stage.vault, ["REF00001", "REF00002"])
    assert found["REF00001"] is None and found["REF00002"] is not None
    await stage.deadlines.start()
    await stage.work()
    (card,) = [one for one in stage.heard if one.to.id == str(GROUP)]
    assert card.rendered and "REF00002" in card.rendered.plain


async def test_a_language_reaches_what_waits_already(stage: Stage) -> None:
    await post(stage, send("waiting"))
    await post(stage, Speak((SUNITA, Chat("sms", "+919812345678")), "hi"))
    assert {row.locale for row in await sql(stage, "SELECT locale FROM addresses")} == {"hi"}
    await post(stage, send("another"), talk=Talk.of("telegram:102/102"))
    assert {row.locale for row in await sql(stage, "SELECT locale FROM addresses")} == {"hi"}


def test_what_stands_alone(stage: Stage) -> None:
    asked = visit(1)
    assert stands_alone([send("x"), book(stage.vault, asked)]) and stands_alone([move(asked, Status.APPROVED)])
    assert not stands_alone([send("x"), Note("y")])
