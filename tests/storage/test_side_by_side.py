"""PostgreSQL lets transactions run side by side: where one could slip through between two looks of another."""

import asyncio
from collections.abc import AsyncIterator, Awaitable
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import insert, text

from dialogue.effects import Unsend
from dialogue.model import Chat
from scheduler.sweep import Sweep
from storage import claims, effects, errands, seals
from storage.claims import Due, Lease, Room
from storage.database import Conflict, Tx
from storage.lost import Lost
from storage.seals import Head
from storage.tables import notes
from tests.storage.scene import SUNITA, TALK, came_to, claim, number, post, send, settle, sql
from tests.support.ready_made import on_postgresql
from tests.support.stage import Stage, staged

pytestmark = pytest.mark.postgres
ROOMS = {"telegram": Room(10, 10)}


@pytest.fixture
async def stage(tmp_path: Path) -> AsyncIterator[Stage]:
    async with on_postgresql() as url, staged(tmp_path, url) as made:
        yield made


async def begun(work: Awaitable[Any]) -> "asyncio.Future[Any]":
    """It has come as far as it can while another transaction is open."""
    task = asyncio.ensure_future(work)
    await asyncio.wait({task}, timeout=0.3)
    return task


# ---------------------------------------------------------------- the audit trail


async def noted(stage: Stage, tx: Tx) -> None:
    await tx.execute(insert(notes).values(at=stage.clock(), talk="t", kind="k", data="{}"))


async def sealed(stage: Stage) -> Head | None:
    async with stage.db.begin() as tx:
        return await seals.seal(tx, stage.vault, stage.clock())


async def test_a_note_that_is_committed_late_is_sealed_too(stage: Stage) -> None:
    """It has the smaller number, and was still under way when the greater one was there."""
    async with stage.db.begin() as early:
        await noted(stage, early)
        async with stage.db.begin() as late:
            await noted(stage, late)
        sealing = await begun(sealed(stage))
    heads = [await sealing, await sealed(stage)]
    (last,) = [head for head in heads if head]
    assert last.total == 2
    async with stage.db.begin() as tx:
        assert await seals.verify(tx, stage.vault, last) is None


async def test_who_notes_for_long_stops_no_other(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(seals, "PATIENCE", 50)
    async with stage.db.begin() as long:
        await noted(stage, long)
        async with stage.db.begin() as tx:
            assert await seals.seal(tx, stage.vault, stage.clock()) is None
            await noted(stage, tx)  # the transaction goes on
    assert (await sealed(stage) or Head(0, 0, "")).total == 2


# ---------------------------------------------------------------- an undo, and what leaves at that moment


@pytest.mark.parametrize("first", ["the postman", "the undo"])
async def test_of_a_decision_and_its_undo_one_wins(stage: Stage, first: str) -> None:
    await post(stage, send("approved", key="decision:X:3:chat"))
    undo = effects.Asked(TALK, (Unsend("decision:X:3:", all_or_none=True),))

    async def undone() -> bool:
        try:
            async with stage.db.begin() as tx:
                await effects.apply(tx, stage.vault, [undo], stage.clock())
        except Conflict:
            return False
        return True

    async def taken() -> bool:
        async with stage.db.begin() as tx:
            return bool(await claims.claim(tx, stage.vault, stage.clock(), ROOMS, "one"))

    async with stage.db.begin() as tx:
        if first == "the postman":
            assert await claims.claim(tx, stage.vault, stage.clock(), ROOMS, "one")
            other = await begun(undone())
        else:
            await effects.apply(tx, stage.vault, [undo], stage.clock())
            other = await begun(taken())
    assert await other is False


# ---------------------------------------------------------------- an address that was about to be forgotten


@pytest.mark.parametrize("when", ["before it is looked for", "once it was found"])
async def test_what_is_written_to_a_forgotten_address_is_not_lost(
    stage: Stage, when: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    await sql(stage, "INSERT INTO addresses (hash) VALUES (:hash)", hash=errands.address_of(stage.vault, SUNITA))
    stage.clock.forward(days=2)

    sweep = Sweep(stage.db, stage.vault, stage.clock)
    if when == "before it is looked for":
        async with stage.db.begin() as tx:
            await errands.write(tx, stage.vault, [(send("hello"), "en")], stage.clock())
            other = await begun(sweep.run())
        await other
    else:
        execute = Tx.execute
        seen: list[asyncio.Future[Any]] = []

        async def slowly(self: Tx, statement: Any, *given: Any, **more: Any) -> Any:
            found = await execute(self, statement, *given, **more)
            if "FOR UPDATE" in str(statement) and not seen:
                seen.append(await begun(post(stage, send("hello"))))
            return found

        monkeypatch.setattr(Tx, "execute", slowly)
        await sweep.run()
        monkeypatch.undo()
        try:
            await seen[0]
        except Exception as error:
            assert "ForeignKeyViolation" in str(error), "then it is written again, as after any failure"
            await post(stage, send("hello"))
    assert await number(stage, "SELECT count(*) FROM outbox") == 1


# ---------------------------------------------------------------- what is given back, and what is kept


async def claimed(stage: Stage, count: int) -> list[Due]:
    await post(stage, *(send("hello", to=Chat("telegram", str(1000 + n))) for n in range(count)))
    return await claim(stage, count)


async def test_who_gives_back_and_who_renews_wait_for_each_other_in_one_order(stage: Stage) -> None:
    """The postman's loop and its beat, of one process or of two."""
    due = sorted(await claimed(stage, 200), key=lambda one: one.address, reverse=True)
    mine = {Lease(one.address, one.lease) for one in due}

    async def renewed() -> None:
        async with stage.db.begin() as tx:
            await claims.renew(tx, mine, stage.clock())

    for _time in range(10):
        await asyncio.gather(renewed(), settle(stage, *(came_to(one, rest=stage.clock()) for one in due)), renewed())


async def test_of_two_that_wait_for_each_other_one_begins_anew(stage: Stage) -> None:
    """Whatever order was forgotten: nobody is at fault, no loop ends, no arrival is parked."""
    first, second = (one.address for one in await claimed(stage, 2))
    met = asyncio.Barrier(2)

    async def taken(*addresses: str) -> None:
        async with stage.db.begin() as tx:
            for address in addresses:
                await tx.execute(text("UPDATE addresses SET locale = 'en' WHERE hash = :hash"), {"hash": address})
                if address == addresses[0]:
                    await met.wait()

    ends = await asyncio.gather(taken(first, second), taken(second, first), return_exceptions=True)
    (lost,) = [end for end in ends if end]
    assert isinstance(lost, Lost) and "wait for each other" in str(lost)
