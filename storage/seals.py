"""The audit trail sealed: each seal is an HMAC over the one before and the notes since, so that no row can be changed,
taken out or put in unseen. The head also goes into a file outside the database, so that a cut tail shows; a purge takes
whole seals only, and leaves a mark that is sealed too."""

import hashlib
import hmac
import json
from collections.abc import AsyncIterator
from datetime import datetime
from pathlib import Path
from typing import Any

from msgspec import Struct
from sqlalchemy import Row, delete, func, insert, select, text
from sqlalchemy.exc import DBAPIError

from storage.database import Tx, attempt, insert_for
from storage.tables import meta, notes, seals
from storage.vault import Vault

START = "0" * 64
PURGED = "audit purged"  # the name of the mark in `meta`
PAGE = 1_000  # notes read at a time
PATIENCE = 500  # milliseconds that those who note just now have; else it is sealed with the next second's
LOCK_NOT_AVAILABLE = "55P03"  # https://www.postgresql.org/docs/current/errcodes-appendix.html


class Head(Struct, frozen=True):
    """The newest seal: up to which note it reaches, how many notes are sealed in all, and its mac."""

    upto: int
    total: int
    mac: str


async def head(tx: Tx) -> Head:
    row = (await tx.execute(select(seals).order_by(seals.c.id.desc()).limit(1))).first()
    return Head(row.upto, row.total, row.mac) if row else Head(0, 0, START)


def _signed(vault: Vault, text: str) -> str:
    return hmac.new(vault.audit_key, text.encode(), hashlib.sha256).hexdigest()


class _Chained:
    """The seal that follows one: over that, its own time, and the notes since, which are added in their order."""

    def __init__(self, vault: Vault, before: Head, at: datetime) -> None:
        self._mac = hmac.new(vault.audit_key, f"{before.mac}|{before.total}|{at.isoformat()}|".encode(), hashlib.sha256)
        self._upto, self._total = before.upto, before.total

    def add(self, note: Row[Any]) -> None:
        fields = [note.id, note.at.isoformat(), note.talk, note.kind, note.data]
        self._mac.update(json.dumps(fields, ensure_ascii=True).encode() + b"\n")
        self._upto, self._total = note.id, self._total + 1

    @property
    def head(self) -> Head:
        return Head(self._upto, self._total, self._mac.hexdigest())


async def _noted(tx: Tx, after: int) -> AsyncIterator[Row[Any]]:
    """The notes in their order, read in pages."""
    while True:
        page = (await tx.execute(select(notes).where(notes.c.id > after).order_by(notes.c.id).limit(PAGE))).all()
        for note in page:
            yield note
        if len(page) < PAGE:
            return
        after = page[-1].id


async def seal(tx: Tx, vault: Vault, now: datetime) -> Head | None:
    """Seal what was noted since the last seal; None when nothing was, or when it can't be told just now."""
    if not await _nobody_notes(tx):
        return None
    before = await head(tx)
    chained = _Chained(vault, before, now)
    async for note in _noted(tx, before.upto):
        chained.add(note)
    sealed = chained.head
    if sealed.total == before.total:
        return None
    await tx.execute(insert(seals).values(upto=sealed.upto, total=sealed.total, mac=sealed.mac, at=now))
    return sealed


async def _nobody_notes(tx: Tx) -> bool:
    """PostgreSQL gives a note its number before its transaction ends: what has a smaller number may come later, and
    would never be sealed. Whoever notes just now is waited for, and until the end of this transaction nobody does."""
    if tx.dialect.name != "postgresql":
        return True
    try:
        async with attempt(tx):
            await tx.execute(text(f"SET LOCAL lock_timeout = '{PATIENCE}ms'"))
            await tx.execute(text("LOCK TABLE notes IN SHARE MODE"))
    except DBAPIError as error:
        if getattr(error.orig, "sqlstate", None) != LOCK_NOT_AVAILABLE:
            raise
        return False
    return True


async def purge(tx: Tx, vault: Vault, before: datetime) -> None:
    """Take the notes that are older, seal by seal: one that covers a newer note stays whole."""
    kept = (await tx.execute(select(func.min(notes.c.id)).where(notes.c.at >= before))).scalar_one()
    last = ((await tx.execute(select(func.max(notes.c.id)))).scalar_one() or 0) if kept is None else kept - 1
    upto = (await tx.execute(select(func.max(seals.c.upto)).where(seals.c.upto <= last))).scalar_one() or 0
    if not upto or upto <= (await _purged(tx, vault))[0]:
        return
    await tx.execute(delete(notes).where(notes.c.id <= upto))
    statement = insert_for(tx)(meta).values(name=PURGED, value=f"{upto}:{_signed(vault, f'purged:{upto}')}")
    await tx.execute(statement.on_conflict_do_update(index_elements=["name"], set_={"value": statement.excluded.value}))


async def _purged(tx: Tx, vault: Vault) -> tuple[int, bool]:
    """(up to which note a purge took them, whether that mark is ours)."""
    value = (await tx.execute(select(meta.c.value).where(meta.c.name == PURGED))).scalar_one_or_none()
    if value is None:
        return 0, True
    upto, _sep, mac = value.partition(":")
    return int(upto) if upto.isdigit() else 0, hmac.compare_digest(mac, _signed(vault, f"purged:{upto}"))


async def verify(tx: Tx, vault: Vault, outside: Head | None) -> str | None:
    """None when the trail is whole; else what is wrong with it."""
    gone, ours = await _purged(tx, vault)
    if not ours:
        return "the mark of the last purge is not ours"
    if (await tx.execute(select(func.count()).where(notes.c.id <= gone))).scalar_one():
        return "there are notes that a purge had taken, or that never were"
    before = Head(0, 0, START)
    known: set[Head] = set()
    left = _noted(tx, gone)
    note = await anext(left, None)
    for row in (await tx.execute(select(seals).order_by(seals.c.id))).all():
        if row.upto > gone:
            chained = _Chained(vault, before, row.at)
            while note is not None and note.id <= row.upto:
                chained.add(note)
                note = await anext(left, None)
            if chained.head != Head(row.upto, row.total, row.mac):
                return f"the notes up to {row.upto} are not those that were sealed"
        before = Head(row.upto, row.total, row.mac)
        known.add(before)
    if outside and outside not in (known or {before}):
        return (
            f"{outside.total} notes were sealed, the database knows of {before.total}: its end was cut off or replaced"
        )
    if outside is None and before.total:
        return "the file with the head of the trail is missing or broken"
    return None


def write_head(path: Path, sealed: Head) -> None:
    """Beside the secret, not beside the data; put in place whole."""
    fresh = path.with_suffix(".new")
    fresh.write_text(json.dumps({"upto": sealed.upto, "total": sealed.total, "mac": sealed.mac}) + "\n")
    fresh.replace(path)


def read_head(path: Path) -> Head | None:
    """None when there is none, or none that can be read."""
    try:
        data = json.loads(path.read_text())
        return Head(int(data["upto"]), int(data["total"]), str(data["mac"]))
    except (OSError, ValueError, KeyError, TypeError):
        return None
