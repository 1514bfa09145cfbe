"""Years of history in a database before a run: visitors, visits that are over, and all that was written with them."""

import asyncio
import os
import sqlite3
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy.engine import make_url

from operate.prepare import open_house
from operate.settings import Settings

VISITS_EACH = 10  # of one visitor
MESSAGES_EACH = 2  # that are still kept, of one visit
DAYS = 170  # they are kept for 180
FRESH = timedelta(days=7)  # so long what was said is kept
SEALED = 300  # bytes
OFFICES = 20  # jails that take part
MAILBOXES, CHATS = 2**40, 2**50  # where the numbers of these addresses begin

Row = dict[str, Any]


def fill(environment: dict[str, str], visits: int) -> None:
    """As many visits, a tenth as many visitors, into the database that these settings name."""
    found = Settings(
        _env_file=None,
        database_url=environment["MULAKAT_DATABASE_URL"],
        secret_file=Path(environment["MULAKAT_SECRET_FILE"]),
    )
    asyncio.run(_made(found))
    path = make_url(found.database_url).database
    assert path
    write(path, visits, datetime.now(UTC))


def write(path: str, visits: int, now: datetime) -> None:
    """Into the SQLite database at `path`, which has its tables and its jails."""
    now = now.astimezone(UTC).replace(tzinfo=None)
    connection = sqlite3.connect(path)
    try:
        connection.execute("PRAGMA synchronous=OFF")
        connection.execute("PRAGMA foreign_keys=OFF")
        jails = [
            code
            for (code,) in connection.execute("SELECT code FROM jails ORDER BY chat IS NULL, code LIMIT ?", (OFFICES,))
        ]
        people = max(1, visits // VISITS_EACH)
        _put(connection, "visitors", (_visitor(n, now) for n in range(people)))
        _put(connection, "addresses", ({"hash": hash, "locale": "en"} for hash in _addresses(people)))
        _put(connection, "sessions", (_session(n, now) for n in range(people)))
        _put(connection, "visits", (_visit(n, now, jails) for n in range(visits)))
        _put(connection, "outbox", (_message(n, now) for n in range(MESSAGES_EACH * visits)))
        _put(connection, "inbox", (_arrival(n, now) for n in range(visits)))
        _put(connection, "notes", (_note(n, now) for n in range(visits)))
        (newest,) = connection.execute("SELECT max(id) FROM notes").fetchone()
        _put(connection, "seals", iter([{"upto": newest, "total": newest, "mac": "", "at": _at(now)}]))
        connection.commit()
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    finally:
        connection.close()


async def _made(found: Settings) -> None:
    db, _vault = await open_house(found)
    await db.close()


def _put(connection: sqlite3.Connection, table: str, rows: Iterator[Row]) -> None:
    first = next(rows)
    names, places = ", ".join(f'"{name}"' for name in first), ", ".join("?" * len(first))

    def values() -> Iterable[tuple[Any, ...]]:
        yield tuple(first.values())
        for row in rows:
            yield tuple(row.values())

    connection.executemany(f"INSERT INTO {table} ({names}) VALUES ({places})", values())


def _ago(n: int, now: datetime) -> str:
    """Spread over the days that are kept."""
    return _at(now - timedelta(minutes=n * 7919 % (DAYS * 24 * 60) + 60))


def _at(moment: datetime) -> str:
    return moment.isoformat(" ", "microseconds")


def _key(n: int) -> str:
    return f"{n * 2654435761 % 2**128:032x}"


def _visitor(n: int, now: datetime) -> Row:
    return {
        "number": f"OLD{n:07}", "chat": f"telegram:{10**9 + n}", "locale": "en", "name": f"Visitor {n}",
        "father": f"Father {n}", "gender": "female", "age": 40, "age_on": "2026-01-01", "state": "Delhi",
        "district": "South Delhi", "id_kind": "aadhaar", "id_last4": "0124", "id_hash": _key(n),
        "mobile_hash": _key(n), "email_hash": _key(MAILBOXES + n), "sealed": os.urandom(SEALED), "consent": "1",
        "created": _ago(n, now),
    }  # fmt: skip


def _addresses(people: int) -> Iterator[str]:
    """Everybody's mobile and mailbox, and the jails' chats."""
    for first, count in ((0, people), (MAILBOXES, people), (CHATS, OFFICES)):
        yield from (_key(first + n) for n in range(count))


def _session(n: int, now: datetime) -> Row:
    talk = f"telegram:{10**9 + n}"
    return {"talk": f"{talk}/{10**9 + n}", "sealed": os.urandom(100), "open": False, "updated": _ago(n, now)}


def _visit(n: int, now: datetime, jails: list[str]) -> Row:
    person = n // VISITS_EACH
    return {
        "ref": f"O{n:07}", "version": 3, "status": "COMPLETED", "jail": jails[n % len(jails)], "kind": "in_person",
        "start": _ago(n, now), "minutes": 30, "visitor": f"OLD{person:07}", "prisoner_name": f"Prisoner {person}",
        "prisoner_father": "Shyam Lal", "prisoner_age": 40, "prisoner_age_on": "2026-01-01",
        "prisoner_gender": "male", "relation": "spouse", "party": 1, "sealed": os.urandom(SEALED),
        "created": _ago(n, now), "mobile_key": _key(person), "prisoner_key": _key(person + 7), "live": False,
    }  # fmt: skip


def _message(n: int, now: datetime) -> Row:
    """To the visitor, and to the jail."""
    at = _ago(n, now)
    visit, to_jail = divmod(n, MESSAGES_EACH)
    to = CHATS + visit % OFFICES if to_jail else visit // VISITS_EACH
    return {
        "address": _key(to), "due": at, "priority": 1, "key": f"decision:O{visit:07}:3:{to_jail}",
        "about": f"O{visit:07}", "sealed": os.urandom(SEALED) if at > _at(now - FRESH) else None,
        "status": "sent", "attempts": 1, "unsure": 0, "provider_id": str(n), "created": at, "settled": at,
    }  # fmt: skip


def _arrival(n: int, now: datetime) -> Row:
    at = _at(now - timedelta(minutes=n % (29 * 24 * 60) + 1))
    talk = f"telegram:{10**9 + n}/{10**9 + n}"
    return {
        "channel": "telegram", "update_id": 2**40 + n, "talk": talk, "at": at, "handled": at, "tries": 0,
        "outcome": "done",
    }  # fmt: skip


def _note(n: int, now: datetime) -> Row:
    return {"at": _ago(n, now), "talk": f"telegram:{10**9 + n}/{10**9 + n}", "kind": "moved", "data": "{}"}
