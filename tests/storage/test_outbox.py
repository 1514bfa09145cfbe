"""The outbox: in what order messages leave, one at a time to an address, each once, and what a crash leaves behind."""

from datetime import timedelta

import pytest

from dialogue.effects import Edit, Rebind, Unsend
from dialogue.model import Chat, Priority
from storage import claims, outbox
from storage.claims import LEASE, Lease
from storage.errands import open_body
from tests.conftest import Counts
from tests.storage.scene import (
    RAVI,
    SUNITA,
    came_to,
    claim,
    outbox_rows,
    post,
    said,
    seeded,
    send,
    settle,
    sql,
    statuses,
    words,
)
from tests.support.stage import Stage


async def leaving(stage: Stage) -> list[str]:
    """All that is due, one after the other as a postman takes it."""
    out = []
    while taken := await claim(stage):
        out += [said(due) for due in taken]
        await settle(stage, *(came_to(due) for due in taken))
    return out


async def recovered(stage: Stage, void_leases: bool = True) -> None:
    async with stage.db.begin() as tx:
        await outbox.recover(tx, stage.clock(), void_leases)


# ---------------------------------------------------------------- in what order


async def test_decisions_then_replies_then_reminders_each_in_the_order_written(stage: Stage) -> None:
    written = [("r1", 1), ("x", 3), ("m", 2), ("d1", 0), ("r2", 1), ("d2", 0)]
    await post(stage, *(send(name, priority=Priority(place)) for name, place in written))
    assert await leaving(stage) == ["d1", "d2", "r1", "r2", "m", "x"]


async def test_a_row_for_later_holds_up_nobody(stage: Stage) -> None:
    later = stage.clock() + timedelta(hours=1)
    await post(stage, send("tomorrow", priority=Priority.DECISION, at=later), send("now"))
    assert await leaving(stage) == ["now"]
    stage.clock.forward(hours=1)
    assert await leaving(stage) == ["tomorrow"]


async def test_one_at_a_time_to_an_address_and_addresses_side_by_side(stage: Stage) -> None:
    await post(stage, send("s1"), send("s2"), send("r1", RAVI))
    first = await claim(stage)
    assert [said(due) for due in first] == ["s1", "r1"]
    assert await claim(stage) == []
    await settle(stage, came_to(first[0]))
    assert [said(due) for due in await claim(stage)] == ["s2"]


async def test_no_more_than_asked_for(stage: Stage) -> None:
    await post(stage, *(send(str(n), Chat("telegram", str(n))) for n in range(1, 6)))
    assert [said(due) for due in await claim(stage, limit=2)] == ["1", "2"]
    assert [said(due) for due in await claim(stage, limit=64)] == ["3", "4", "5"]


async def test_whatever_is_written_leaves_in_order(stage: Stage, counts: Counts) -> None:
    """Random rows for three addresses, claimed a few at a time while more is written: each address hears its due
    rows by (priority, id), never two at once."""
    chance = seeded()
    chats = [Chat("telegram", str(n)) for n in (1, 2, 3)]
    for _round in range(counts(100)):
        waits: dict[Chat, list[tuple[int, int]]] = {chat: [] for chat in chats}
        for place in range(chance.randrange(1, 12)):
            chat, priority = chance.choice(chats), chance.randrange(4)
            at = stage.clock() + timedelta(seconds=chance.choice((0, 0, 0, 600)))
            await post(stage, send(str(place), chat, Priority(priority), at=at))
            if at == stage.clock():
                waits[chat].append((priority, place))
        while taken := await claim(stage, limit=chance.randrange(1, 4)):
            assert len({due.address for due in taken}) == len(taken)
            for due in taken:
                assert (int(due.priority), int(said(due))) == min(waits[due.body.to])
                waits[due.body.to].remove(min(waits[due.body.to]))
            await settle(stage, *(came_to(due) for due in taken))
        assert not any(waits.values())
        stage.clock.forward(minutes=10)
        await leaving(stage)


# ---------------------------------------------------------------- once for ever


@pytest.mark.parametrize("first", ["waiting", "sending", "sent", "withdrawn"])
async def test_a_key_is_used_once_for_ever(stage: Stage, first: str) -> None:
    await post(stage, send("first", key="reminder:X:24h"))
    if first != "waiting":
        await sql(stage, "UPDATE outbox SET status = :s", s=first)
    await post(stage, send("second", key="reminder:X:24h"), send("other", key="reminder:X:3h"))
    assert await statuses(stage) == [first, "waiting"]


async def test_without_a_key_the_same_words_go_twice(stage: Stage) -> None:
    await post(stage, send("again"), send("again"))
    assert await leaving(stage) == ["again", "again"]


async def test_unsend_takes_back_what_waits_under_its_prefix_alone(stage: Stage) -> None:
    names = ("reminder:AB:24h", "reminder:AB:3h", "reminder:A_:24h", "reminder:A%:24h", "reminder:ABC:24h", None)
    await post(stage, *(send(name or "reply", key=name) for name in names))
    await sql(stage, "UPDATE outbox SET status = 'sent' WHERE key = 'reminder:AB:24h'")
    for prefix in ("reminder:A_:", "reminder:A%:", "reminder:AB:"):
        await post(stage, Unsend(prefix))
    assert await statuses(stage) == ["sent", "withdrawn", "withdrawn", "withdrawn", "waiting", "waiting"]
    assert [row.settled is not None for row in await outbox_rows(stage)] == [False, True, True, True, False, False]


async def test_unsend_while_a_reminder_is_on_its_way(stage: Stage) -> None:
    """It isn't un-sent, but when that try fails it isn't tried again: never after its cancellation (M6)."""
    await post(stage, send("be there", key="reminder:AB:24h", priority=Priority.REMINDER))
    (due,) = await claim(stage)
    await post(stage, Unsend("reminder:AB:"))
    assert await statuses(stage) == ["sending"]
    await settle(stage, came_to(due, "waiting", error="no route"))
    stage.clock.forward(hours=1)
    taken = await claim(stage)
    assert all(again.until and again.until <= stage.clock() for again in taken), "a cancelled reminder is tried again"


# ---------------------------------------------------------------- leases, crashes, restarts


async def test_what_a_dead_process_had_on_its_way_is_not_overtaken(any_stage: Stage) -> None:
    """Its lease runs out, but until somebody has seen to it the next message to that address waits. Others don't."""
    await post(any_stage, send("lost"), send("next"))
    assert [said(due) for due in await claim(any_stage)] == ["lost"]
    any_stage.clock.forward(seconds=LEASE.total_seconds() - 1)
    await recovered(any_stage, void_leases=False)
    assert await claim(any_stage) == []
    any_stage.clock.forward(seconds=1)
    await post(any_stage, send("other", to=RAVI))
    assert [said(due) for due in await claim(any_stage)] == ["other"]
    await recovered(any_stage, void_leases=False)
    assert await leaving(any_stage) == ["lost", "next"]


async def test_what_a_crash_left_is_repeated_once_but_reminders_are_not(stage: Stage) -> None:
    rows = [(f"p{p}", Chat("telegram", str(p)), p) for p in range(4)]
    await post(stage, *(send(name, chat, Priority(p)) for name, chat, p in rows))
    assert len(await claim(stage)) == 4
    await recovered(stage)
    assert await statuses(stage) == ["waiting", "waiting", "unsure", "unsure"]
    assert [said(due) for due in await claim(stage)] == ["p0", "p1"]
    await recovered(stage)
    assert await statuses(stage) == ["unsure"] * 4
    assert await claim(stage) == []


async def test_a_message_refused_before_it_left_is_still_repeated_after_a_crash(stage: Stage) -> None:
    """Only a try whose end nobody knows counts: the first one certainly sent nothing."""
    await post(stage, send("approved", priority=Priority.DECISION))
    (due,) = await claim(stage)
    await settle(stage, came_to(due, "waiting", error="Telegram can't be reached"))
    await claim(stage)
    await recovered(stage)
    assert await statuses(stage) == ["waiting"]


async def test_what_a_flood_wait_turned_away_was_no_try(stage: Stage) -> None:
    await post(stage, send("x", priority=Priority.DECISION, key="decision:X:2:chat"))
    (due,) = await claim(stage)
    await settle(stage, came_to(due, "waiting", due=due.due, rest=stage.clock()))
    (again,) = await claim(stage)
    assert (again.attempts, again.unsure) == (1, 0)


@pytest.mark.parametrize(("unsure", "left"), [(False, False), (True, True)])
async def test_only_what_may_have_arrived_can_not_be_taken_back(stage: Stage, unsure: bool, left: bool) -> None:
    """A decision whose every try was turned away was told to nobody: it may still be undone."""
    await post(stage, send("x", priority=Priority.DECISION, key="decision:X:2:chat"))
    (due,) = await claim(stage)
    await settle(stage, came_to(due, "waiting", due=due.due + timedelta(minutes=1), unsure=unsure))
    async with stage.db.begin() as tx:
        assert await outbox.left_already(tx, "decision:X:") is left


async def test_another_process_leaves_live_leases_alone(stage: Stage) -> None:
    await post(stage, send("held"))
    await claim(stage)
    await recovered(stage, void_leases=False)
    assert await statuses(stage) == ["sending"]
    stage.clock.forward(seconds=LEASE.total_seconds() + 1)
    await recovered(stage, void_leases=False)
    assert await statuses(stage) == ["waiting"]


async def test_a_lease_that_is_renewed_is_left_alone(any_stage: Stage) -> None:
    """A delivery may take longer than a lease. One that ran out is not taken back: it may be another's."""
    await post(any_stage, send("slow"), send("lost", RAVI))
    slow, lost = await claim(any_stage)
    for _beat in range(20):
        any_stage.clock.forward(seconds=2)
        async with any_stage.db.begin() as tx:
            await claims.renew(tx, [Lease(slow.address, slow.lease)], any_stage.clock())
    await recovered(any_stage, void_leases=False)
    assert await statuses(any_stage) == ["sending", "waiting"]
    async with any_stage.db.begin() as tx:
        await claims.renew(tx, [Lease(lost.address, lost.lease)], any_stage.clock())
    (again,) = await claim(any_stage)
    assert again.id == lost.id


async def test_what_stood_still_takes_nothing_from_whom_went_on(any_stage: Stage) -> None:
    """A process that was held for dead comes back with what it had on its way, which another has on its way again."""
    await post(any_stage, send("one"), send("two"))
    (mine,) = await claim(any_stage)
    any_stage.clock.forward(seconds=LEASE.total_seconds() + 1)
    await recovered(any_stage, void_leases=False)
    (others,) = await claim(any_stage)
    assert others.id == mine.id
    await settle(any_stage, came_to(mine, "waiting", due=mine.due))
    async with any_stage.db.begin() as tx:
        await claims.put_back(tx, [mine])
    assert await statuses(any_stage) == ["sending", "waiting"] and await claim(any_stage) == []
    ends = await sql(any_stage, "SELECT lease_until FROM addresses")
    any_stage.clock.forward(seconds=1)
    async with any_stage.db.begin() as tx:
        await claims.renew(tx, [Lease(mine.address, mine.lease)], any_stage.clock())
    assert await sql(any_stage, "SELECT lease_until FROM addresses") == ends
    await settle(any_stage, came_to(others))
    (after,) = await claim(any_stage)
    assert said(after) == "two"


async def test_settling_twice_changes_nothing(stage: Stage) -> None:
    await post(stage, send("once"))
    (due,) = await claim(stage)
    await settle(stage, came_to(due, provider_id="7"))
    await settle(stage, came_to(due, "dead", error="late"))
    ((row),) = await outbox_rows(stage)
    assert (row.status, row.provider_id, row.error) == ("sent", "7", None)


async def test_a_rest_is_the_addresss_and_outlives_the_process(stage: Stage) -> None:
    await post(stage, send("s1"), send("s2"), send("r1", RAVI))
    for due in await claim(stage):
        if due.body.to == SUNITA:
            rest = stage.clock() + timedelta(seconds=300)
            await settle(stage, came_to(due, "waiting", due=due.due, rest=rest))
        else:
            await settle(stage, came_to(due))
    await recovered(stage)
    await post(stage, send("r2", RAVI), send("s0", priority=Priority.DECISION))
    assert await leaving(stage) == ["r2"]
    stage.clock.forward(seconds=299)
    assert await leaving(stage) == []
    stage.clock.forward(seconds=1)
    assert await leaving(stage) == ["s0", "s1", "s2"]


async def test_a_row_that_can_not_be_opened_holds_up_nobody(stage: Stage) -> None:
    """What one release wrote and another can't read is one chat's trouble (M7)."""
    await post(stage, send("broken", RAVI), send("fine"))
    await sql(stage, "UPDATE outbox SET sealed = x'00112233445566778899aabbccddeeff00112233445566778899' WHERE id = 1")
    assert await leaving(stage) == ["fine"] and await statuses(stage) == ["dead", "sent"]
    await post(stage, send("again", RAVI))
    assert await leaving(stage) == ["again"], "nor what is said to the same address"


@pytest.mark.parametrize("sealed", ["x''", "x'00'", "NULL"])
async def test_a_damaged_row_is_in_nobodys_way(stage: Stage, sealed: str) -> None:
    """A chat that moves, and a card whose words change while it waits: what can't be opened stays where it is."""
    await post(stage, send("broken", key="card:X"), send("fine", key="card:X:2"))
    await sql(stage, f"UPDATE outbox SET sealed = {sealed} WHERE id = 1")
    await post(stage, Edit(SUNITA, words("decided"), key="card:X"), Rebind(SUNITA, RAVI))
    (due,) = [due for due in await claim(stage) if due.body.to == RAVI]
    assert said(due) == "decided" and await statuses(stage) == ["dead", "sending"]


async def test_a_body_opens_only_in_its_own_row(stage: Stage) -> None:
    await post(stage, send("for Sunita"), send("for Ravi", RAVI))
    one, two = await outbox_rows(stage)
    assert open_body(stage.vault, one.address, one.sealed).to == SUNITA
    with pytest.raises(Exception, match="doesn't open"):
        open_body(stage.vault, one.address, two.sealed)
    assert b"Sunita" not in one.sealed and b"101" not in one.sealed
