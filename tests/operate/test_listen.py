"""Health and metrics: right while all is well, and each trouble named; nobody is told of in them."""

import asyncio
import json
import re
from collections.abc import AsyncIterator
from datetime import timedelta

import pytest

from channels.base import Errand, Later, Never, OperatorError
from dialogue.model import Chat
from operate import figures
from operate.listen import STUCK, Bell
from tests.handlers.door import message
from tests.storage.scene import number
from tests.support.doorway import Doorway, doorway
from tests.support.heard import listening
from tests.support.stage import GROUP, Stage
from tests.support.stories import ASK, EMAIL, MOBILE, REGISTER, play


@pytest.fixture
async def here(any_stage: Stage) -> AsyncIterator[Doorway]:
    async with doorway(any_stage) as made:
        yield made


async def health(here: Doorway) -> tuple[int, set[str]]:
    """The status, and what is not as it must be."""
    status, text = await here.look("/healthz")
    return status, {name for name, well in json.loads(text).items() if not well}


async def test_well(here: Doorway) -> None:
    assert await health(here) == (200, set())
    assert await here.metric("mulakat_database_up") == 1


async def test_a_loop_that_does_not_turn(here: Doorway) -> None:
    for name, bell in here.loops.items():
        bell.seconds = lambda turned=bell.turned: turned + STUCK  # type: ignore[misc]
        assert await health(here) == (503, {name})
        bell.clear()
        assert await health(here) == (200, set())


async def test_the_real_loops_turn(here: Doorway) -> None:
    """Each clears its bell before it looks: rung, it has turned."""
    stop, turned = asyncio.Event(), {name: bell.turned for name, bell in here.loops.items()}
    loops = [asyncio.create_task(one.run(stop)) for one in (here.stage.desk, here.stage.postman)]
    for bell in here.loops.values():
        bell.set()
    while any(  # noqa: ASYNC110 (it is the loops that must turn)
        bell.turned == turned[name] or bell.is_set() for name, bell in here.loops.items()
    ):
        await asyncio.sleep(0)
    stop.set()
    for bell in here.loops.values():
        bell.set()
    await asyncio.gather(*loops)


async def test_a_database_that_fails(here: Doorway, monkeypatch: pytest.MonkeyPatch) -> None:
    async def broken(*_of: object) -> None:
        raise OSError("the disk is gone")

    monkeypatch.setattr(figures, "read", broken)
    assert await health(here) == (503, {"database"})
    assert await here.metric("mulakat_database_up") == 0


async def test_a_database_that_hangs_is_asked_once(here: Doorway, monkeypatch: pytest.MonkeyPatch) -> None:
    release, asked = asyncio.Event(), []

    async def hangs(*_of: object) -> None:
        asked.append(1)
        await release.wait()

    monkeypatch.setattr(figures, "read", hangs)
    monkeypatch.setattr(figures, "PATIENCE", 0.01)
    answers = await asyncio.gather(*(health(here) for _n in range(5)))
    assert answers == [(503, {"database"})] * 5 and len(asked) == 1
    release.set()


async def test_asked_often_it_reads_once_a_second(any_stage: Stage) -> None:
    seconds = [0.0]
    reader = figures.Reader(any_stage.db, any_stage.clock, lambda: seconds[0])
    first = await reader.figures()
    async with any_stage.db.begin() as tx:
        await tx.exec_driver_sql("DELETE FROM outbox")
    assert await reader.figures() is first
    seconds[0] = figures.FRESH
    again = await reader.figures()
    assert again is not first and again == first


async def test_at_the_end_it_is_not_well(here: Doorway) -> None:
    here.door.ending = True
    assert await health(here) == (503, {"running"})


async def test_a_port_that_is_taken_is_named(here: Doorway) -> None:
    async with doorway(here.stage) as other:
        await other.door.close()
        with pytest.raises(OperatorError, match="MULAKAT_LISTEN"):
            await other.door.start("127.0.0.1", int(here.root.rpartition(":")[2]))


async def test_what_waits(here: Doorway) -> None:
    await here.knock(message(101, "/start", update_id=1))
    here.stage.clock.forward(seconds=40)
    await here.knock(message(102, "/start", update_id=2))
    here.stage.clock.forward(seconds=2)
    assert await here.metric("mulakat_arrivals_waiting") == 2
    assert await here.metric("mulakat_arrivals_oldest_seconds") == 42
    while await here.stage.desk.round():
        pass
    assert await here.metric("mulakat_arrivals_waiting") == 0
    assert await here.metric("mulakat_arrivals_oldest_seconds") == 0
    assert await here.metric("mulakat_arrival_seconds_count") == 2
    assert await here.metric("mulakat_arrival_seconds_sum") == 44
    due = await number(here.stage, "SELECT count(*) FROM outbox WHERE status = 'waiting'")
    here.stage.clock.forward(seconds=5)
    assert due and await here.metric("mulakat_outbox_due") == due
    assert await here.metric("mulakat_outbox_oldest_due_seconds") == 5
    await here.stage.work()
    assert await here.metric("mulakat_outbox_due") == 0
    assert await here.metric('mulakat_deliveries_total{channel="telegram",outcome="sent"}') == due
    assert await here.metric('mulakat_delivery_seconds_sum{channel="telegram"}') == 5 * due


async def test_what_is_to_come_is_not_due(here: Doorway) -> None:
    await play(here.stage, (*REGISTER, *ASK))
    await here.stage.press_label(201, "Approve", GROUP)
    assert await number(here.stage, "SELECT count(*) FROM outbox WHERE status = 'waiting'")
    assert await here.metric("mulakat_outbox_due") == 0


async def test_trouble_on_the_way(here: Doorway) -> None:
    """A flood wait, a time-out, and somebody who has blocked the bot."""
    troubles: list[Later | Never] = [Later(30, "rest", flood=True), Later(1, "slow"), Never("blocked", gone=True)]

    def trouble(_to: Chat, _errand: Errand) -> None:
        raise troubles.pop(0)

    here.stage.ears["telegram"].trouble = trouble
    await here.stage.said(101, "/start")
    for _n in range(2):
        await here.stage.forward(seconds=40)
    assert not troubles
    assert await here.metric('mulakat_flood_waits_total{channel="telegram"}') == 1
    for outcome, count in (("waiting", 2), ("dead", 1)):
        line = f'mulakat_deliveries_total{{channel="telegram",outcome="{outcome}"}}'
        assert await here.metric(line) == count
    assert await here.metric("mulakat_outbox_dead") == 1
    here.stage.clock.now += timedelta(hours=1)
    assert await here.metric("mulakat_outbox_dead") == 0


async def test_decisions_are_counted_and_nobody_is_named(here: Doorway) -> None:
    """A whole story and its Undo: the page holds channels, outcomes and numbers."""
    await play(here.stage, (*REGISTER, *ASK))
    await here.stage.press_label(201, "Approve", GROUP)
    await here.stage.press_label(201, "Undo", GROUP)
    await here.stage.press_label(202, "Approve", GROUP)
    for outcome, count in (("approved", 2), ("undone", 1)):
        assert await here.metric(f'mulakat_decisions_total{{outcome="{outcome}"}}') == count
    _status, text = await here.look("/metrics")
    labels = set(re.findall(r'(\w+)="([^"]*)"', text))
    assert {name for name, _value in labels} == {"channel", "outcome", "le"}
    assert {value for name, value in labels if name != "le"} <= {
        *("telegram", "email", "sms", "sent", "waiting", "dead", "lapsed", "unsure"),
        *("approved", "rejected", "undone", "kept", "unreadable", "refused", "cut", "failed"),
    }
    for secret in (MOBILE[3:], EMAIL, "Sunita", "Rao"):
        assert secret not in text


async def test_requests_are_counted(here: Doorway) -> None:
    await here.knock(message(101, "/start", update_id=1))
    await here.knock(b"nonsense")
    await here.knock(b"nonsense", secret="wrong")
    for outcome in ("kept", "unreadable", "refused"):
        assert await here.metric(f'mulakat_webhook_requests_total{{outcome="{outcome}"}}') == 1


async def test_what_is_read_is_read_by_its_index(stage: Stage) -> None:
    """SQLite's plans for a scrape: no statement walks through a table."""
    await stage.said(101, "/start")
    async with stage.db.begin() as tx:
        with listening() as asked:
            await figures.read(tx, stage.clock())
        for statement, values in [one for one in asked if one[0].startswith("SELECT")]:
            plan = await tx.exec_driver_sql("EXPLAIN QUERY PLAN " + statement, values)
            assert all("INDEX" in row.detail or "PRIMARY KEY" in row.detail for row in plan), statement


def test_a_bell_is_an_event_that_tells_when_it_was_cleared() -> None:
    now = [0.0]
    bell = Bell(lambda: now[0])
    now[0] = STUCK
    assert not bell.turns
    bell.set()
    bell.clear()
    assert bell.turns and not bell.is_set()
