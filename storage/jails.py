"""Jails, their timetables and their staff: imported, bound to a chat, given people."""

import csv
import json
from collections.abc import Iterable, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from msgspec.structs import asdict
from sqlalchemy import delete, func, insert, select, update
from sqlalchemy.engine import Row

from dialogue.model import Chat
from dialogue.needs import JailOffice, Staff
from storage.database import Tx, insert_for
from storage.tables import closures, jails, staff, templates, watchers
from visits.calendar import DEFAULT_TIMETABLE, Closure, SessionTemplate
from visits.jails import Jail
from visits.policy import Rules
from visits.visit import Kind

COLUMNS = ("code", "name", "state_code", "state", "district", "kind", "lat", "lon", "source")


class BadFile(Exception):
    """A list of jails that can't be used; the text names the line and the mend."""


def read_csv(path: Path) -> list[dict[str, object]]:
    """The rows of a list of jails, checked."""
    try:
        with path.open(encoding="utf-8", newline="") as file:
            rows = list(csv.DictReader(file))
    except (OSError, UnicodeDecodeError) as error:
        raise BadFile(f"{path} can't be read: {error}") from None
    out = []
    for number, row in enumerate(rows, start=2):
        missing = [name for name in ("code", "name", "state_code", "state", "kind") if not row.get(name)]
        if missing:
            raise BadFile(f"{path}, line {number}: {', '.join(missing)} is empty. Columns: {', '.join(COLUMNS)}")
        try:
            place = {axis: float(row[axis]) if row.get(axis) else None for axis in ("lat", "lon")}
        except ValueError:
            raise BadFile(f"{path}, line {number}: lat and lon are numbers or empty") from None
        out.append(
            {
                "code": row["code"],
                "name": row["name"],
                "state": row["state_code"],
                "state_name": row["state"],
                "district": row.get("district") or "",
                "kind": row["kind"],
                "source": row.get("source") or "",
                **place,
            }
        )
    return out


async def import_rows(tx: Tx, rows: Sequence[dict[str, object]]) -> int:
    """Add or refresh; chats, rules and timetables stay as they are."""
    statement = insert_for(tx)(jails)
    fresh = {name: statement.excluded[name] for name in rows[0] if name != "code"} if rows else {}
    if rows:
        await tx.execute(statement.on_conflict_do_update(index_elements=["code"], set_=fresh), list(rows))
    return len(rows)


async def count(tx: Tx) -> int:
    return int((await tx.execute(select(func.count()).select_from(jails))).scalar_one())


async def bind(tx: Tx, code: str, chat: Chat) -> bool:
    """From now on this jail takes requests, decided in `chat`. It gets the default timetable where it has none."""
    found = await tx.execute(update(jails).where(jails.c.code == code).values(chat=str(chat)))
    if not found.rowcount:
        return False
    timetable = await tx.execute(select(func.count()).where(templates.c.jail == code))
    if not timetable.scalar_one():
        await tx.execute(insert(templates), [{"jail": code, **asdict(t)} for t in DEFAULT_TIMETABLE])
    return True


async def moved(tx: Tx, old: Chat, new: Chat) -> None:
    """A chat has another number now: the jails that decide there go with it."""
    await tx.execute(update(jails).where(jails.c.chat == str(old)).values(chat=str(new)))


async def watchers_of(tx: Tx, code: str) -> list[Chat]:
    """Who asked to be told when this jail opens; they are asked for once."""
    rows = await tx.execute(delete(watchers).where(watchers.c.jail == code).returning(watchers.c.chat))
    return [Chat.of(row.chat) for row in rows]


async def set_timetable(tx: Tx, code: str, timetable: Iterable[SessionTemplate]) -> None:
    await tx.execute(delete(templates).where(templates.c.jail == code))
    await tx.execute(insert(templates), [{"jail": code, **asdict(t)} for t in timetable])


async def set_rules(tx: Tx, code: str, rules: Rules) -> None:
    """Only what differs from the defaults is kept, so that a new default reaches every jail."""
    usual = asdict(Rules())
    own = {name: value for name, value in asdict(rules).items() if value != usual[name]}
    await tx.execute(update(jails).where(jails.c.code == code).values(rules=json.dumps(own)))


async def add_staff(tx: Tx, code: str, person: Chat, role: str, name: str, now: datetime) -> bool:
    """Give a person a place in a jail; an older place of theirs there ends with it."""
    if not (await tx.execute(select(jails.c.code).where(jails.c.code == code))).first():
        return False
    await revoke_staff(tx, code, person, now)
    await tx.execute(insert(staff).values(jail=code, person=str(person), role=role, name=name, added=now))
    return True


async def revoke_staff(tx: Tx, code: str, person: Chat, now: datetime) -> bool:
    found = await tx.execute(
        update(staff)
        .where(staff.c.jail == code, staff.c.person == str(person), staff.c.revoked.is_(None))
        .values(revoked=now)
    )
    return found.rowcount > 0


# ---------------------------------------------------------------- reading


def jail_of(row: Row[tuple[object, ...]]) -> Jail:
    return Jail(row.code, row.name, row.state, row.state_name, row.district, row.kind, row.chat is not None)


async def all_jails(tx: Tx) -> tuple[Jail, ...]:
    return tuple(jail_of(row) for row in await tx.execute(select(jails).order_by(jails.c.code)))


async def offices(tx: Tx, codes: Iterable[str]) -> dict[str, JailOffice]:
    found = await tx.execute(select(jails).where(jails.c.code.in_(list(codes))))
    rows = {row.code: row for row in found}
    kinds: dict[str, set[Kind]] = {code: set() for code in rows}
    used = select(templates.c.jail, templates.c.kind).where(templates.c.jail.in_(list(rows))).distinct()
    for row in await tx.execute(used):
        kinds[row.jail].add(Kind(row.kind))
    return {
        code: JailOffice(
            jail_of(row),
            Chat.of(row.chat) if row.chat else None,
            rules_of(row.rules),
            tuple(kind for kind in Kind if kind in kinds[code]),
        )
        for code, row in rows.items()
    }


def rules_of(own: str) -> Rules:
    numbers: dict[str, Any] = {k: tuple(v) if isinstance(v, list) else v for k, v in json.loads(own).items()}
    return Rules(**numbers)


async def offices_in(tx: Tx, chats: Iterable[Chat]) -> dict[Chat, tuple[JailOffice, ...]]:
    """The jails that are decided in each chat."""
    wanted = {str(chat): chat for chat in chats}
    rows = (await tx.execute(select(jails.c.code, jails.c.chat).where(jails.c.chat.in_(list(wanted))))).all()
    found = await offices(tx, [row.code for row in rows])
    out: dict[Chat, tuple[JailOffice, ...]] = dict.fromkeys(wanted.values(), ())
    for row in rows:
        chat = wanted[row.chat]
        out[chat] = (*out[chat], found[row.code])
    return out


async def timetables(tx: Tx, codes: Iterable[str]) -> dict[str, list[SessionTemplate]]:
    wanted = list(codes)
    out: dict[str, list[SessionTemplate]] = {code: [] for code in wanted}
    for r in await tx.execute(select(templates).where(templates.c.jail.in_(wanted)).order_by(templates.c.id)):
        kind = Kind(r.kind)
        out[r.jail].append(SessionTemplate(r.weekday, kind, r.starts, r.ends, r.minutes, r.capacity))
    return out


async def shut_days(tx: Tx, codes: Iterable[str]) -> dict[str, list[Closure]]:
    wanted = list(codes)
    out: dict[str, list[Closure]] = {code: [] for code in wanted}
    for row in await tx.execute(select(closures).where(closures.c.jail.in_(wanted))):
        out[row.jail].append(Closure(row.day, row.why))
    return out


async def staff_of(tx: Tx, people: Iterable[Chat]) -> dict[Chat, tuple[Staff, ...]]:
    wanted = {str(person): person for person in people}
    out: dict[Chat, tuple[Staff, ...]] = dict.fromkeys(wanted.values(), ())
    now_there = select(staff).where(staff.c.person.in_(list(wanted)), staff.c.revoked.is_(None))
    for row in await tx.execute(now_there.order_by(staff.c.id)):
        person = wanted[row.person]
        out[person] = (*out[person], Staff(row.jail, row.role, row.name))
    return out
