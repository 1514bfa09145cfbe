"""Prepared statements: the same values in and out on both databases as by SQLAlchemy; what fails is undone alone."""

from datetime import UTC, datetime, timedelta, timezone

import pytest
from sqlalchemy import bindparam, insert, select, update

from storage.database import Conflict, attempt
from storage.prepared import Prepared, among, upsert
from storage.tables import addresses, inbox
from tests.support.stage import Stage

NOON = datetime(2026, 11, 25, 12, tzinfo=UTC)
PUT = Prepared(lambda _dialect: insert(inbox), ("channel", "update_id", "talk", "at", "sealed"))
THESE = Prepared(
    lambda dialect: select(inbox).where(among(inbox.c.update_id, "numbers", dialect)).order_by(inbox.c.update_id)
)
DONE = Prepared(
    lambda dialect: (
        update(inbox)
        .where(among(inbox.c.update_id, "numbers", dialect), inbox.c.outcome.is_(None))
        .values(outcome="done", tries=inbox.c.tries + 1)
        .returning(inbox.c.update_id, inbox.c.tries)
    )
)
ERASED = Prepared(lambda _dialect: select(addresses.c.hash).where(addresses.c.erased == bindparam("erased")))
KNOWN = upsert(addresses, ("hash", "erased"), lambda insert: insert.on_conflict_do_nothing())


def row(number: int, at: datetime = NOON) -> dict[str, object]:
    return {"channel": "telegram", "update_id": number, "talk": "t", "at": at, "sealed": b"\x00\xff"}


async def test_values_come_back_as_they_went_in(any_stage: Stage) -> None:
    india = timezone(timedelta(hours=5, minutes=30))
    async with any_stage.db.begin() as tx:
        await PUT.run(tx, row(1, NOON.astimezone(india)))
        await PUT.run(tx, [row(2), row(3)])
        found = await THESE.rows(tx, {"numbers": [1, 3, 77]})
        ours = (await tx.execute(select(inbox).order_by(inbox.c.update_id))).all()
    assert [one.update_id for one in found] == [1, 3]
    assert all(one.at == NOON and one.at.tzinfo is UTC for one in found)
    assert found[0].sealed == b"\x00\xff" and found[0].handled is None
    assert [tuple(one) for one in found] == [tuple(ours[0]), tuple(ours[2])]


@pytest.mark.parametrize("numbers", [[], [1], list(range(1000))])
async def test_a_list_of_any_length(any_stage: Stage, numbers: list[int]) -> None:
    async with any_stage.db.begin() as tx:
        await PUT.run(tx, [row(1), row(2)])
        assert [one.update_id for one in await THESE.rows(tx, {"numbers": numbers})] == [
            n for n in (1, 2) if n in numbers
        ]


async def test_what_an_update_returns(any_stage: Stage) -> None:
    async with any_stage.db.begin() as tx:
        await PUT.run(tx, [row(1), row(2)])
        assert sorted(tuple(one) for one in await DONE.rows(tx, {"numbers": [1, 2]})) == [(1, 1), (2, 1)]
        assert await DONE.rows(tx, {"numbers": [1, 2]}) == []


async def test_truth_and_conflicts(any_stage: Stage) -> None:
    async with any_stage.db.begin() as tx:
        await KNOWN.run(tx, [{"hash": "a", "erased": True}, {"hash": "b", "erased": False}])
        await KNOWN.run(tx, {"hash": "a", "erased": False})
        assert [one.hash for one in await ERASED.rows(tx, {"erased": True})] == ["a"]


async def test_what_fails_is_undone_alone(any_stage: Stage) -> None:
    async with any_stage.db.begin() as tx:
        await PUT.run(tx, row(1))
        with pytest.raises(Conflict):
            async with attempt(tx):
                await PUT.run(tx, row(2))
                async with attempt(tx):
                    await PUT.run(tx, row(3))
                raise Conflict("taken")
        async with attempt(tx):
            await PUT.run(tx, row(4))
    async with any_stage.db.begin() as tx:
        assert [one.update_id for one in await THESE.rows(tx, {"numbers": range(9)})] == [1, 4]
