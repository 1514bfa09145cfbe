"""Before and after: the records and letters that a press could change, and what the desk would send out."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Table, select, text

from channels.telegram_read import read as read_update
from handlers.intake import raws
from storage import inbox
from storage.errands import Body
from storage.tables import erased, outbox, slots, staff, visitors, visits, watchers
from storage.tables import jails as jails_table
from tests.access.ground import bodies
from tests.support.stage import Stage

RECORDS: tuple[Table, ...] = (visits, slots, visitors, staff, jails_table, erased, watchers)


@dataclass(frozen=True, slots=True)
class Picture:
    """All that a press could change: the records, and what waits to go out."""

    records: dict[str, frozenset[tuple[Any, ...]]]
    out: dict[int, tuple[Any, ...]]


async def picture(stage: Stage) -> Picture:
    async with stage.db.begin() as tx:
        records = {t.name: frozenset(tuple(row) for row in await tx.execute(select(t))) for t in RECORDS}
        found = await tx.execute(select(outbox.c.id, outbox.c.status, outbox.c.due, outbox.c.key, outbox.c.sealed))
        return Picture(records, {row.id: tuple(row) for row in found})


async def changes(stage: Stage, before: Picture) -> list[str]:
    """What is otherwise than in `before`; answers to presses and words to whoever spoke are no changes."""
    after = await picture(stage)
    out = [f"{name}: {sorted(map(str, rows ^ after.records[name]))}" for name, rows in before.records.items()
           if rows != after.records[name]]  # fmt: skip
    out += [f"outbox row {id} was {row[:4]}" for id, row in before.out.items() if after.out.get(id) != row]
    fresh = [body for row, body in await bodies(stage) if row.id not in before.out]
    return out + [f"{body.do} to {body.to}" for body in fresh if body.do in ("change", "drop")]


async def taken_in(stage: Stage, *updates: dict[str, Any]) -> list[Body]:
    """Handled by the desk and not sent out: what would be sent."""
    async with stage.db.begin() as tx:
        last = (await tx.execute(text("SELECT coalesce(max(id), 0) FROM outbox"))).scalar_one()
        for update in updates:
            update.setdefault("update_id", next(stage.updates))
        await inbox.put(tx, stage.vault, raws("telegram", updates, read_update, stage.clock()), stage.clock())
    while await stage.desk.round():
        pass
    return [body for _row, body in await bodies(stage, after=last)]


def said_by(stage: Stage, body: Body) -> str:
    """The words of a message or of an answer to a press, as they are read in English."""
    if body.message:
        return stage.renderer.message(body.message, "en").plain
    return stage.renderer.plain(body.text, "en") if body.text else ""
