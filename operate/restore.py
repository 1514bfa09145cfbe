"""A backup put into an empty database, all or nothing: the erased stay erased, the audit trail says what happened.

One transaction does it, so that a backup which turns out to be damaged leaves the database as empty as it was.
"""

import json
from collections.abc import Iterator, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from msgspec import Struct
from sqlalchemy import ColumnElement, Row, func, inspect, or_, select, update

from dialogue.effects import Erase
from dialogue.model import Chat, Talk
from dialogue.session import Session
from operate import erasures, prepare
from operate.backup import beginning
from operate.envelope import BadBackup, lines
from operate.settings import Settings
from storage import effects, notes, outbox, portable, seals, sessions
from storage.database import Database, Tx, insert_for
from storage.errands import address_of
from storage.tables import erased, inbox, slots, visitors, visits
from storage.tables import outbox as outbox_table
from storage.vault import Vault

OPERATOR = "operator"


class Restored(Struct, frozen=True):
    """What was put in. `erased`: people left out of it; None when nobody knows who was erased since. `trail`: what was
    wrong with the audit trail already when the backup was taken."""

    taken: datetime
    rows: int
    erased: int | None
    trail: str | None


async def restore(settings: Settings, path: Path, now: datetime, erasures_unknown: bool = False) -> Restored:
    vault = prepare.vault_of(settings)
    listed = erasures.read(erasures.beside(settings.secret_file))
    if listed is None and not erasures_unknown:
        raise BadBackup(
            f"{erasures.beside(settings.secret_file)} is missing, the list of those who were erased. Without it "
            "whoever asked to be forgotten after this backup was taken comes back. Put back your copy of the list, "
            "kept with the secret. If there is none, and you answer for it: --erasures-unknown."
        )
    head = seals.read_head(settings.audit_file)
    db = Database(settings.database_url)
    try:
        with path.open("rb") as file:
            async with db.begin() as tx:
                await _is_empty(tx, db)
                taken, rows = await _put_in(tx, vault, lines(file, vault))
                trail = await seals.verify(tx, vault, await seals.head(tx))
                gone = await _erase_again(tx, vault, listed or {}, now)
                await _nothing_on_its_way(tx, now)
                await _numbers_go_on(tx, head)
                data = {
                    "taken": taken.isoformat(),
                    "rows": rows,
                    "erased": gone,
                    "erasures": "known" if listed is not None else "unknown",
                    "head": f"{head.upto}:{head.total}:{head.mac}" if head else "",
                }
                await notes.write(tx, OPERATOR, "restored", data, now)
                sealed = await seals.seal(tx, vault, now)
                there = {row.hash: row.at for row in await tx.execute(select(erased))}
        assert sealed
        seals.write_head(settings.audit_file, sealed)
        erasures.write(erasures.beside(settings.secret_file), there)
        await db.fold()
    finally:
        await db.close()
    return Restored(taken, rows, gone if listed is not None else None, trail)


async def _is_empty(tx: Tx, db: Database) -> None:
    if await tx.run_sync(lambda connection: inspect(connection).get_table_names()):
        mend = "move its files away" if db.sqlite else "make a new one (createdb)"
        raise BadBackup(
            f"{db.describe()} is not empty, and a backup goes only into an empty database, so that nothing is lost by "
            f"it: {mend}, or name another in MULAKAT_DATABASE_URL."
        )


async def _put_in(tx: Tx, vault: Vault, found: Iterator[str]) -> tuple[datetime, int]:
    """The schema of the backup, its rows, and then what newer versions made of the schema."""
    taken, schema = beginning(next(found))
    if not prepare.known(schema):
        raise BadBackup(f"The backup was taken by a newer Mulakat (schema {schema}): install that version first.")
    await prepare.upgrade(tx, schema)
    told: list[int] = []

    def rows() -> Iterator[str]:
        for line in found:
            if line.startswith('{"rows"'):
                told.append(json.loads(line)["rows"])
            yield line

    count = await portable.load(tx, rows())
    if told != [count]:
        raise BadBackup(f"The backup has {count} rows and says that it has {told}: take an older one.")
    await prepare.upgrade(tx, "head")
    await prepare.claim_key(tx, vault)
    return taken, count


async def _erase_again(tx: Tx, vault: Vault, listed: dict[str, datetime], now: datetime) -> int:
    """Whoever was erased after the backup was taken is erased in it too."""
    if not listed:
        return 0
    tombs = [{"hash": hash, "at": at} for hash, at in listed.items()]
    await tx.execute(insert_for(tx)(erased).on_conflict_do_nothing(), tombs)
    there = (await tx.execute(select(visitors.c.number))).all()
    back = [row.number for row in there if vault.digest("erased", row.number) in listed]
    for number in back:
        await _erase(tx, vault, number, now)
    return len(back)


async def _erase(tx: Tx, vault: Vault, number: str, now: datetime) -> None:
    """As /forget did: seats given back, nothing more said to them or about them, no answers kept, then the person."""
    person = (await tx.execute(select(visitors).where(visitors.c.number == number))).one()
    mine = (await tx.execute(select(visits).where(visits.c.visitor == number))).all()
    for visit in mine:
        if visit.live:
            seat = (slots.c.jail == visit.jail, slots.c.kind == visit.kind, slots.c.start == visit.start)
            await tx.execute(update(slots).where(*seat).values(taken=slots.c.taken - 1))
    await tx.execute(update(visits).where(visits.c.visitor == number).values(live=False))
    chat = Chat.of(person.chat)
    talk = Talk(chat, chat.id)
    await _unsay(tx, vault, person, [visit.ref for visit in mine], now)
    arrived = (inbox.c.talk == str(talk), inbox.c.handled.is_(None))
    await tx.execute(update(inbox).where(*arrived).values(handled=now, outcome="erased", sealed=None))
    kept = (await sessions.load(tx, vault, {talk: person.locale}))[talk]
    await sessions.save(tx, vault, [Session(talk, kept.locale)], now)
    await effects.apply(tx, vault, [effects.Asked(talk, (Erase(number),))], now)


async def _unsay(tx: Tx, vault: Vault, person: Row[Any], refs: Sequence[str], now: datetime) -> None:
    """What waits about their visits, and what waits at addresses that are nobody else's, is said no more."""
    about: list[ColumnElement[bool]] = [outbox_table.c.about.in_(refs)]
    chat = address_of(vault, Chat.of(person.chat))
    for mine, address in (("chat", chat), ("mobile_hash", person.mobile_hash), ("email_hash", person.email_hash)):
        sharing = select(func.count()).where(visitors.c[mine] == getattr(person, mine))
        if (await tx.execute(sharing)).scalar_one() == 1:
            about.append(outbox_table.c.address == address)
    unsaid = outbox_table.c.status.in_(("waiting", "sending")) & or_(*about)
    await tx.execute(update(outbox_table).where(unsaid).values(status="withdrawn", settled=now, sealed=None))


async def _nothing_on_its_way(tx: Tx, now: datetime) -> None:
    """What was due by now may have been sent since the backup: it is treated as what was on its way when a process
    died, so that codes, decisions and replies are repeated once and reminders aren't (docs/adr/0014)."""
    due = (outbox_table.c.status == "waiting", outbox_table.c.due <= now)
    lost = {"status": "sending", "attempts": outbox_table.c.attempts + 1}
    await tx.execute(update(outbox_table).where(*due).values(lost))
    await outbox.recover(tx, now, void_leases=True)


async def _numbers_go_on(tx: Tx, head: seals.Head | None) -> None:
    """A note's number never comes twice, not even those that were given after the backup was taken."""
    upto = (await seals.head(tx)).upto
    await portable.count_on(tx, {"notes": max(upto, head.upto if head else 0)})
