"""The audit trail sealed: each seal is an HMAC over the one before and the notes since, so that no row can be changed,
taken out or put in unseen. The head also goes into a file outside the database, so that a cut tail shows; a purge takes
whole seals only, and leaves a mark that is sealed too."""

import hashlib
import hmac
import json
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from sqlalchemy import delete, func, insert, select

from storage.database import Tx, insert_for
from storage.tables import meta, notes, seals
from storage.vault import Vault

START = "0" * 64
PURGED = "audit purged"  # the name of the mark in `meta`


@dataclass(frozen=True, slots=True)
class Head:
    """The newest seal: up to which note it reaches, how many notes are sealed in all, and its mac."""

    upto: int
    total: int
    mac: str


async def head(tx: Tx) -> Head:
    row = (await tx.execute(select(seals).order_by(seals.c.id.desc()).limit(1))).first()
    return Head(row.upto, row.total, row.mac) if row else Head(0, 0, START)


def _signed(vault: Vault, text: str) -> str:
    return hmac.new(vault.audit_key, text.encode(), hashlib.sha256).hexdigest()


async def _mac(tx: Tx, vault: Vault, before: Head, upto: int, at: datetime) -> tuple[str, int]:
    """(the mac over the seal before, this one's time and the notes between, how many they are)."""
    mac = hmac.new(vault.audit_key, f"{before.mac}|{before.total}|{at.isoformat()}|".encode(), hashlib.sha256)
    rows = await tx.execute(select(notes).where(notes.c.id > before.upto, notes.c.id <= upto).order_by(notes.c.id))
    count = 0
    for row in rows:
        fields = [row.id, row.at.isoformat(), row.talk, row.kind, row.data]
        mac.update(json.dumps(fields, ensure_ascii=True).encode() + b"\n")
        count += 1
    return mac.hexdigest(), count


async def seal(tx: Tx, vault: Vault, now: datetime) -> Head | None:
    """Seal what was noted since the last seal; None when nothing was."""
    before = await head(tx)
    newest = (await tx.execute(select(func.max(notes.c.id)))).scalar_one() or 0
    if newest <= before.upto:
        return None
    mac, count = await _mac(tx, vault, before, newest, now)
    sealed = Head(newest, before.total + count, mac)
    await tx.execute(insert(seals).values(upto=sealed.upto, total=sealed.total, mac=mac, at=now))
    return sealed


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
    for row in (await tx.execute(select(seals).order_by(seals.c.id))).all():
        if row.upto > gone:
            mac, count = await _mac(tx, vault, before, row.upto, row.at)
            if mac != row.mac or before.total + count != row.total:
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
