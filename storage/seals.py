"""The audit trail sealed: each seal is an HMAC over the one before and the notes since, so that no row can be changed,
taken out or put in unseen. The head also goes into a file outside the database, so that a cut tail shows."""

import hashlib
import hmac
import json
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from sqlalchemy import func, insert, select

from storage.database import Tx
from storage.tables import notes, seals
from storage.vault import Vault

START = "0" * 64


@dataclass(frozen=True, slots=True)
class Head:
    """The newest seal: how many notes are sealed, up to which, and its mac."""

    upto: int
    total: int
    mac: str


async def head(tx: Tx) -> Head:
    row = (await tx.execute(select(seals).order_by(seals.c.id.desc()).limit(1))).first()
    return Head(row.upto, row.total, row.mac) if row else Head(0, 0, START)


async def _mac(tx: Tx, vault: Vault, before: str, after: int, upto: int) -> tuple[str, int]:
    """(the mac over `before` and the notes in (after, upto], how many they are)."""
    mac = hmac.new(vault.audit_key, before.encode(), hashlib.sha256)
    rows = await tx.execute(select(notes).where(notes.c.id > after, notes.c.id <= upto).order_by(notes.c.id))
    total = 0
    for row in rows:
        fields = [row.id, row.at.isoformat(), row.talk, row.kind, row.data]
        mac.update(json.dumps(fields, ensure_ascii=True).encode() + b"\n")
        total += 1
    return mac.hexdigest(), total


async def seal(tx: Tx, vault: Vault, now: datetime) -> Head | None:
    """Seal what was noted since the last seal; None when nothing was."""
    before = await head(tx)
    newest = (await tx.execute(select(func.max(notes.c.id)))).scalar_one() or 0
    if newest <= before.upto:
        return None
    mac, total = await _mac(tx, vault, before.mac, before.upto, newest)
    sealed = Head(newest, before.total + total, mac)
    await tx.execute(insert(seals).values(upto=sealed.upto, total=sealed.total, mac=mac, at=now))
    return sealed


async def verify(tx: Tx, vault: Vault, outside: Head | None) -> str | None:
    """None when the trail is whole; else what is wrong with it. Notes that a purge took are covered by their seals: the
    check begins at the first note that is still there."""
    oldest = (await tx.execute(select(func.min(notes.c.id)))).scalar_one() or 0
    before, checked = Head(0, 0, START), 0
    for row in (await tx.execute(select(seals).order_by(seals.c.id))).all():
        purged = before.upto + 1 < oldest or row.upto < oldest
        if not purged:
            mac, total = await _mac(tx, vault, before.mac, before.upto, row.upto)
            if mac != row.mac or before.total + total != row.total:
                return f"the notes up to {row.upto} are not those that were sealed"
            checked += 1
        before = Head(row.upto, row.total, row.mac)
    if outside and (outside.total > before.total or (outside.total == before.total and outside.mac != before.mac)):
        return f"{outside.total} notes were sealed, the database knows of {before.total}: its end was cut off"
    return None


def write_head(path: Path, sealed: Head) -> None:
    """Beside the secret, not beside the data; put in place whole."""
    fresh = path.with_suffix(".new")
    fresh.write_text(json.dumps({"upto": sealed.upto, "total": sealed.total, "mac": sealed.mac}) + "\n")
    fresh.replace(path)


def read_head(path: Path) -> Head | None:
    if not path.exists():
        return None
    return Head(**json.loads(path.read_text()))
