"""The state of each talk: one sealed row."""

from collections.abc import Iterable, Mapping
from datetime import datetime

from sqlalchemy import select, update

from dialogue.fast_json import dumps, loads
from dialogue.model import Talk
from dialogue.session import Session
from storage.database import Tx
from storage.prepared import Prepared, among, upsert
from storage.tables import sessions
from storage.vault import Vault, WrongKey

CHANGING = ("sealed", "open", "updated")
KEEP = upsert(
    sessions,
    ("talk", *CHANGING),
    lambda insert: insert.on_conflict_do_update(
        index_elements=["talk"], set_={name: insert.excluded[name] for name in CHANGING}
    ),
)


KEPT = Prepared(
    lambda dialect: select(sessions.c.talk, sessions.c.sealed).where(among(sessions.c.talk, "talks", dialect))
)


async def load(tx: Tx, vault: Vault, talks: Mapping[Talk, str]) -> dict[Talk, Session]:
    """A session for every talk; where none is kept a new one, in the language given with the talk."""
    found = await KEPT.rows(tx, {"talks": [str(talk) for talk in talks]})
    kept = {row.talk: row.sealed for row in found}
    out = {}
    for talk, locale in talks.items():
        blob = kept.get(str(talk))
        out[talk] = Session(talk, locale) if blob is None else _opened(vault, talk, blob)
    return out


def _opened(vault: Vault, talk: Talk, blob: bytes) -> Session:
    return Session.from_json(talk, loads(vault.open(f"session:{talk}", blob)))


def _locale(vault: Vault, talk: Talk, blob: bytes) -> str:
    """Of a talk whose answers are erased; also of one that can't be opened, which must not keep the others."""
    try:
        return _opened(vault, talk, blob).locale
    except WrongKey:
        return "en"


async def save(tx: Tx, vault: Vault, states: Iterable[Session], now: datetime) -> None:
    rows = [
        {
            "talk": str(s.talk),
            "sealed": vault.seal(f"session:{s.talk}", dumps(s.to_json())),
            "open": bool(s.forms),
            "updated": now,
        }
        for s in states
    ]
    if rows:
        await KEEP.run(tx, rows)


async def erase_unfinished(tx: Tx, vault: Vault, before: datetime) -> int:
    """Answers that nobody came back to: gone. The language stays, and that there were any."""
    found = await tx.execute(select(sessions).where(sessions.c.open.is_(True), sessions.c.updated < before).limit(500))
    count = 0
    for row in found.all():
        talk = Talk.of(row.talk)
        empty = Session(talk, _locale(vault, talk, row.sealed), lapsed=True)
        blob = vault.seal(f"session:{talk}", dumps(empty.to_json()))
        await tx.execute(update(sessions).where(sessions.c.talk == row.talk).values(sealed=blob, open=False))
        count += 1
    return count
