"""While the database is away: what is known when it is back, how is waited, and for what."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError

from channels.telegram_read import read
from dialogue.model import Priority
from handlers.desk import Desk
from handlers.intake import raws
from operate.outage import Outage
from storage import claims, inbox
from storage.database import Database
from storage.lost import Lost
from tests.storage.scene import RAVI, came_to, claim, number, outbox_rows, post, send, settle, statuses
from tests.support.cut import ground
from tests.support.logged import logged
from tests.support.stage import Stage

# ---------------------------------------------------------------- what is known when it is back


def lose(stage: Stage, patch: pytest.MonkeyPatch, when: str) -> None:
    """The next transaction is lost: before its commit, or after it, when only the answer is missing."""
    real = stage.db.begin

    @asynccontextmanager
    async def begin(synced: bool = True) -> AsyncIterator[Any]:
        patch.setattr(stage.db, "begin", real)
        async with real(synced) as tx:
            yield tx
            if when == "before":
                raise Lost("before the commit")
        raise Lost("after the commit")

    patch.setattr(stage.db, "begin", begin)


@pytest.mark.parametrize("when", ["before", "after"])
async def test_a_claim_of_which_nothing_was_heard(when: str, any_stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing left with it, so what it took goes out once, a reminder too, as if it had never been tried."""
    reminder = send("soon", to=RAVI, priority=Priority.REMINDER)
    await post(any_stage, send("one"), send("two"), reminder)
    lose(any_stage, monkeypatch, when)
    with pytest.raises(Lost):
        await any_stage.postman.round()
    any_stage.clock.forward(minutes=2)
    await any_stage.postman.recover()
    await any_stage.work()
    rows = await outbox_rows(any_stage)
    assert [(row.status, row.attempts, row.unsure) for row in rows] == [("sent", 1, 0)] * 3
    assert sorted(one.rendered.plain for one in any_stage.heard if one.rendered) == ["one", "soon", "two"]


async def test_a_claim_that_another_process_has_made_since_is_its_own(any_stage: Stage) -> None:
    """The lease tells one claim of a row from another."""
    await post(any_stage, send("one"))
    (lost,) = await claim(any_stage)
    async with any_stage.db.begin() as tx:
        await claims.put_back(tx, [lost])
    assert await statuses(any_stage) == ["waiting"]
    any_stage.clock.forward(seconds=1)
    (others,) = await claim(any_stage)
    async with any_stage.db.begin() as tx:
        await claims.put_back(tx, [lost])
    assert await statuses(any_stage) == ["sending"]
    await settle(any_stage, came_to(others))
    assert await statuses(any_stage) == ["sent"]


@pytest.mark.parametrize("when", ["before", "after"])
async def test_what_was_delivered_meanwhile_is_settled_then(
    when: str, any_stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    """However long it was away: the process that delivered it knows, and doesn't deliver it again."""
    await post(any_stage, send("one"), send("two"))
    await any_stage.postman.round()
    await any_stage.postman.arrived()
    for _more in range(3):
        lose(any_stage, monkeypatch, when)
        with pytest.raises(Lost):
            await any_stage.postman.round()
        any_stage.clock.forward(minutes=2)
        await any_stage.postman.recover()
    await any_stage.work()
    assert [one.rendered.plain for one in any_stage.heard if one.rendered] == ["one", "two"]
    assert [(row.status, row.unsure) for row in await outbox_rows(any_stage)] == [("sent", 0)] * 2


@pytest.mark.parametrize("together", [True, False])
async def test_an_arrival_is_not_blamed(together: bool, stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    """In a batch and alone."""
    await stage.arrive(message(101, "hello"))
    told = len(stage.to(101))
    async with stage.db.begin() as tx:
        now = stage.clock()
        await inbox.put(tx, stage.vault, raws("telegram", [{"update_id": 5, **message(101, "hello")}], read, now), now)
    for _try in range(5):
        with monkeypatch.context() as away:
            away.setattr(Desk, "_batch", _lost if together else _broken)
            away.setattr(inbox, "waits", _lost)
            with pytest.raises(Lost):
                await stage.desk.round()
    await stage.work()
    assert await number(stage, "SELECT max(tries) FROM inbox") == 0 and len(stage.to(101)) == told + 1


async def _broken(*_of: object) -> None:
    raise ValueError("a bug")


async def _lost(*_of: object) -> None:
    raise Lost("away")


# ---------------------------------------------------------------- waiting


async def test_all_wait_together_and_say_so_once_a_pause(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    """Pauses grow, up to some seconds; a beat is left out meanwhile."""
    outage, pauses, away = Outage(stage.db, asyncio.Event()), list[float](), True

    async def sleep(seconds: float) -> None:
        pauses.append(seconds)

    async def looked(_outage: Outage) -> bool:
        if len(pauses) < 9:
            raise Lost("away")
        nonlocal away
        away = False
        return True

    async def loop() -> None:
        if away:
            raise Lost("away")

    async def beat() -> None:
        beats.append(1)
        raise Lost("away")

    beats: list[int] = []
    monkeypatch.setattr("operate.outage.asyncio.sleep", sleep)
    monkeypatch.setattr(Outage, "_there", looked)
    with logged("INFO") as log:
        await outage.beat(beat)
        await outage.beat(beat)
        await asyncio.gather(*(outage.outlived(loop) for _each in range(3)))
    assert beats == [1] and pauses == [0.1, 0.2, 0.4, 0.8, 1.6, 3.2, 5.0, 5.0, 5.0]
    assert log.getvalue().count("is away") == 9 and log.getvalue().count("is back") == 1


async def test_told_to_stop_nobody_waits(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("operate.outage.FIRST", 3600.0)
    outage = Outage(stage.db, asyncio.Event())
    waits = [asyncio.create_task(outage.outlived(_lost)) for _each in range(3)]
    await asyncio.sleep(0)
    assert outage.on
    outage.stop.set()
    await asyncio.wait_for(asyncio.gather(*waits, outage.end()), 5)


async def test_what_else_goes_wrong_ends_a_loop(stage: Stage) -> None:
    async def fails() -> None:
        raise OSError("the disk is full")

    outage = Outage(stage.db, asyncio.Event())
    for kind in (outage.outlived, outage.beat):
        with pytest.raises(OSError, match="disk"):
            await kind(fails)
    assert not outage.on


@pytest.mark.postgres
async def test_which_errors_are_a_lost_database(tmp_path: Path) -> None:
    async with ground(tmp_path) as (stage, cut):
        async with stage.db.begin() as tx:
            await tx.execute(select(1))
        await cut()
        with pytest.raises(Lost, match="connection was lost"):
            async with stage.db.begin() as tx:
                await tx.execute(select(1))
                await cut()
                await tx.execute(select(1))
        with pytest.raises(OSError, match="disk") as other:
            async with stage.db.begin() as tx:
                raise OSError("the disk is full")
        assert not isinstance(other.value, Lost)
        with pytest.raises(DBAPIError):
            async with stage.db.begin() as tx:
                await tx.execute(text("SELECT 1 / 0"))


async def test_nobody_there(tmp_path: Path) -> None:
    nobody = Database("postgresql+asyncpg://postgres@127.0.0.1:1/test")
    with pytest.raises(Lost, match="Connect"):
        async with nobody.begin():
            pass
    await nobody.close()


def message(person: int, words: str) -> dict[str, Any]:
    who = {"id": person, "is_bot": False, "first_name": "Sunita"}
    return {
        "message": {"message_id": 1, "date": 0, "chat": {"id": person, "type": "private"}, "from": who, "text": words}
    }
