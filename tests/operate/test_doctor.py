"""The doctor sees what must never be: each broken invariant, made by hand, is named."""

from sqlalchemy import text

from operate.doctor import invariants
from tests.support.stage import GROUP, Stage
from tests.support.stories import ASK, REGISTER, play

LINES = ("B1", "B2", "B4", "M5", "P1", "P3")


async def broken(stage: Stage) -> set[str]:
    return {one.what[:2] for one in await invariants(stage.db, stage.vault) if one.ok is False}


async def test_a_healthy_house(stage: Stage) -> None:
    assert await broken(stage) == set()
    await play(stage, (*REGISTER, *ASK))
    await stage.press_label(201, "Approve", GROUP)
    assert await broken(stage) == set()
    assert {one.what[:2] for one in await invariants(stage.db, stage.vault)} == set(LINES)


async def test_each_illness_is_seen(stage: Stage) -> None:
    await play(stage, (*REGISTER, *ASK))
    await stage.press_label(201, "Approve", GROUP)
    await stage.forward(seconds=61)
    for ill, cure, name in (
        ("UPDATE slots SET taken = taken + 1", "UPDATE slots SET taken = taken - 1", "B2"),
        ("UPDATE visits SET decided_at = NULL", "UPDATE visits SET decided_at = created", "B4"),
        ("UPDATE notes SET kind = 'x'", "UPDATE notes SET kind = 'approved'", "B4"),
        (
            "UPDATE outbox SET status = 'waiting' WHERE key LIKE 'decision%chat'",
            "UPDATE outbox SET status = 'sent' WHERE key LIKE 'decision%chat'",
            "M5",
        ),
    ):
        async with stage.db.begin() as tx:
            await tx.execute(text(ill))
        assert await broken(stage) == {name}
        async with stage.db.begin() as tx:
            await tx.execute(text(cure))
        assert await broken(stage) == set()
