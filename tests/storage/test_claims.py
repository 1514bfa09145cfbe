"""The claim: each channel by its own hands, nothing that nobody can carry, the pace of a chat, the index."""

from datetime import timedelta

import pytest

from dialogue.effects import Answer, Delete, Edit
from dialogue.model import Chat, Priority
from storage import claims
from storage.claims import Due, Room
from tests.storage.scene import (
    RAVI,
    SUNITA,
    came_to,
    claim,
    outbox_rows,
    post,
    said,
    send,
    settle,
    sql,
    statuses,
    words,
)
from tests.support.heard import listening
from tests.support.stage import Stage

MAIL, PHONE, GROUP = Chat("email", "a@example.org"), Chat("sms", "+919812345678"), Chat("telegram", "-1001")


async def taken(stage: Stage, **rooms: Room) -> list[Due]:
    async with stage.db.begin() as tx:
        return await claims.claim(tx, stage.vault, stage.clock(), rooms, stage.nonce())


def few(hands: int, patient: int | None = None) -> Room:
    return Room(hands, hands if patient is None else patient)


async def test_each_channel_has_room_of_its_own(any_stage: Stage) -> None:
    for n in range(9):
        mail, phone = Chat("email", f"{n}@example.org"), Chat("sms", f"+9198123456{n:02}")
        await post(any_stage, send(f"m{n}", mail, Priority.DECISION), send(f"s{n}", phone))
    await post(any_stage, send("chat", SUNITA, Priority.BROADCAST))
    found = await taken(any_stage, email=few(2), sms=few(3), telegram=few(4))
    assert [said(due) for due in found] == ["m0", "m1", "s0", "s1", "s2", "chat"]
    assert [due.channel for due in found] == ["email"] * 2 + ["sms"] * 3 + ["telegram"]


async def test_what_nobody_has_a_hand_for_stays(any_stage: Stage) -> None:
    await post(any_stage, send("letter", MAIL), send("chat"))
    assert [said(due) for due in await taken(any_stage, email=few(0), telegram=few(1))] == ["chat"]
    assert await taken(any_stage, email=few(0), telegram=few(1)) == []
    assert await statuses(any_stage) == ["waiting", "sending"]


async def test_the_patient_have_less_room_and_are_in_nobodys_way(any_stage: Stage) -> None:
    chats = [Chat("telegram", str(n)) for n in range(1, 9)]
    await post(any_stage, *(send(f"remember {n}", chat, Priority.REMINDER) for n, chat in enumerate(chats)))
    await post(any_stage, send("reply", RAVI), send("code", SUNITA, Priority.DECISION))
    assert [said(due) for due in await taken(any_stage, telegram=few(8, 2))] == [
        "code", "reply", "remember 0", "remember 1",
    ]  # fmt: skip
    assert await taken(any_stage, telegram=few(8, 0)) == []
    await post(any_stage, send("another", Chat("telegram", "9")))
    assert [said(due) for due in await taken(any_stage, telegram=few(8, 0))] == ["another"]


async def test_an_address_is_claimed_by_its_first_message_whatever_there_is_room_for(any_stage: Stage) -> None:
    await post(any_stage, send("remember", priority=Priority.REMINDER), send("reply"))
    (due,) = await taken(any_stage, telegram=few(8, 0))
    assert said(due) == "reply"
    await settle(any_stage, came_to(due))
    assert await taken(any_stage, telegram=few(8, 0)) == []
    assert [said(due) for due in await taken(any_stage, telegram=few(8))] == ["remember"]


# ---------------------------------------------------------------- the pace of a chat


async def paced(stage: Stage, due: Due, seconds: float) -> None:
    await settle(stage, came_to(due, paced=stage.clock() + timedelta(seconds=seconds)))


async def test_a_chat_rests_until_its_pace_lets_it_and_nobody_waits_for_that(any_stage: Stage) -> None:
    await post(any_stage, send("s1"), send("s2"), send("r1", RAVI), send("r2", RAVI))
    first, other = await claim(any_stage)
    await paced(any_stage, first, 4)
    await paced(any_stage, other, -1)
    assert [said(due) for due in await claim(any_stage)] == ["r2"]
    any_stage.clock.forward(seconds=3.9)
    assert await claim(any_stage) == []
    any_stage.clock.forward(seconds=0.1)
    (due,) = await claim(any_stage)
    assert said(due) == "s2" and due.paced == any_stage.clock()


@pytest.mark.parametrize("to", [SUNITA, GROUP])
async def test_a_presss_answer_does_not_wait_for_the_pace(stage: Stage, to: Chat) -> None:
    """Nor does an edit in a private chat, or taking a message away: Telegram counts them nowhere."""
    await post(stage, send("words", to))
    (due,) = await claim(stage)
    await paced(stage, due, 60)
    await post(stage, send("more words", to), Answer(to, "p1"))
    (due,) = await claim(stage)
    assert due.body.do == "reply"
    await settle(stage, came_to(due))
    assert await claim(stage) == []
    await sql(stage, "DELETE FROM outbox")
    await post(stage, Delete(to, "5"), Edit(to, words("x"), id="6"))
    assert [due.body.do for due in await claim(stage)] == (["drop", "change"] if to == SUNITA else ["drop"])


# ---------------------------------------------------------------- several to one address


PRESSED = (Edit(SUNITA, words("chosen"), id="6"), send("next question"), Answer(SUNITA, "p1"), Delete(SUNITA, "5"))


async def test_what_a_press_causes_is_taken_at_once(any_stage: Stage) -> None:
    await post(any_stage, *PRESSED, send("r1", RAVI))
    found = await taken(any_stage, telegram=few(2))
    assert [[due.body.do for due in chain] for chain in claims.chains(found)] == [
        ["reply", "change", "say", "drop"],
        ["say"],
    ]
    assert not any(due.followed for due in found)
    assert len(PRESSED) == claims.CHAIN


async def test_no_more_than_a_few_at_once(any_stage: Stage) -> None:
    """What is claimed and lost in a crash has an unknown outcome."""
    await post(any_stage, *PRESSED, Delete(SUNITA, "7"))
    found = await claim(any_stage)
    assert len(found) == claims.CHAIN and all(due.followed for due in found)
    await settle(any_stage, *(came_to(due, held=due is not found[-1]) for due in found))
    (due,) = await claim(any_stage)
    assert due.body.id == "7" and not due.followed


async def test_one_that_counts_to_the_pace_of_its_chat_at_once(any_stage: Stage) -> None:
    await post(any_stage, send("s1"), Delete(SUNITA, "5"), send("s2"), Delete(SUNITA, "7"))
    first, second = await claim(any_stage)
    assert said(first) == "s1" and second.body.id == "5"


async def test_a_reminder_does_not_leave_with_a_reply(any_stage: Stage) -> None:
    await post(any_stage, send("remember", priority=Priority.REMINDER), Delete(SUNITA, "5"))
    (due,) = await claim(any_stage)
    assert due.body.do == "drop" and due.followed


async def test_an_address_is_given_back_with_the_last_of_its_messages(any_stage: Stage) -> None:
    await post(any_stage, Answer(SUNITA, "p1"), send("words"), send("more words"))
    first, last = await claim(any_stage)
    await settle(any_stage, came_to(first, held=True))
    assert await claim(any_stage) == []
    await settle(any_stage, came_to(last))
    assert [said(due) for due in await claim(any_stage)] == ["more words"]


# ---------------------------------------------------------------- old rows, the index


async def test_what_was_written_before_rows_told_their_channel_is_carried(stage: Stage) -> None:
    await post(stage, send("letter", MAIL))
    ((row),) = await outbox_rows(stage)
    await sql(stage, "DELETE FROM outbox")
    old = {"a": row.address, "s": row.sealed, "at": f"{stage.clock():%Y-%m-%d %H:%M:%S.%f}"}
    await sql(
        stage,
        "INSERT INTO outbox (address, sealed, due, priority, status, created) VALUES (:a, :s, :at, 1, 'waiting', :at)",
        **old,
    )
    await stage.work()
    assert [(one.to, one.what) for one in stage.heard] == [(MAIL, "say")]


async def test_a_claim_looks_at_nothing_but_what_is_due(stage: Stage) -> None:
    """What was sent is kept for months, and reminders wait for days: neither is looked through."""
    await post(stage, send("hello"))
    with listening() as asked:
        await claim(stage)
    (statement, values), *_others = asked
    async with stage.db.begin() as tx:
        plan = [row[3] for row in await tx.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", values)]
    assert {step for step in plan if " outbox " in step} == {
        "SEARCH outbox USING INDEX ix_outbox_waiting (channel=? AND priority=? AND due<?)",
        "SEARCH outbox USING INDEX ix_outbox_sending (address=?)",  # of a lease that ran out
    }
