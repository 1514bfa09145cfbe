"""Visitors and their visits as rows and back: who registered, what was asked."""

from collections.abc import Iterable
from datetime import date
from typing import Any

import structlog
from sqlalchemy import select
from sqlalchemy.engine import Row

from dialogue.fast_json import dumps, loads
from dialogue.model import Chat, Json, Visitor
from dialogue.needs import Request
from storage.database import Tx
from storage.jails import offices
from storage.prepared import Prepared, among
from storage.tables import visitors, visits
from storage.vault import Vault, WrongKey
from visits.visit import Kind, Prisoner, Relation, Status, Visit

log = structlog.get_logger("mulakat.people")

PRIVATE = ("mobile", "email", "address", "pincode")
PLAIN = (
    "number", "locale", "name", "father", "gender", "age", "state", "district", "id_kind", "id_last4", "id_hash",
    "consent",
)  # fmt: skip


def visitor_row(vault: Vault, v: Visitor) -> dict[str, Any]:
    private = {name: getattr(v, name) for name in PRIVATE}
    return {
        **{name: getattr(v, name) for name in PLAIN},
        "chat": str(v.chat),
        "age_on": date.fromisoformat(v.age_on),
        "mobile_hash": vault.digest("address", f"sms:{v.mobile}"),
        "email_hash": vault.digest("address", f"email:{v.email}"),
        "sealed": vault.seal(f"visitor:{v.number}", dumps(private)),
    }


def visitor_of(vault: Vault, row: Row[Any]) -> Visitor:
    private = loads(vault.open(f"visitor:{row.number}", row.sealed))
    plain = {name: getattr(row, name) for name in PLAIN}
    return Visitor(chat=Chat.of(row.chat), age_on=row.age_on.isoformat(), **plain, **private)


SHARING = Prepared(
    lambda dialect: (
        select(visitors).where(among(visitors.c.chat, "chats", dialect)).order_by(visitors.c.created, visitors.c.number)
    )
)


async def registered(tx: Tx, vault: Vault, chats: Iterable[Chat]) -> dict[Chat, tuple[Visitor, ...]]:
    """Who shares each chat, the first registered first."""
    wanted = {str(chat): chat for chat in chats}
    out: dict[Chat, tuple[Visitor, ...]] = dict.fromkeys(wanted.values(), ())
    for row in await SHARING.rows(tx, {"chats": wanted}):
        chat = wanted[row.chat]
        out[chat] = (*out[chat], visitor_of(vault, row))
    return out


# ---------------------------------------------------------------- visits


def visit_row(vault: Vault, visit: Visit, details: Json) -> dict[str, Any]:
    p = visit.prisoner
    private = {**details, "number": p.number}
    return {
        "ref": visit.ref,
        "version": visit.version,
        "status": visit.status.value,
        "jail": visit.jail,
        "kind": visit.kind.value,
        "start": visit.start,
        "minutes": visit.minutes,
        "visitor": visit.visitor,
        "prisoner_name": p.name,
        "prisoner_father": p.father,
        "prisoner_age": p.age,
        "prisoner_age_on": p.age_on,
        "prisoner_gender": p.gender,
        "relation": visit.relation.value,
        "party": visit.party,
        "sealed": vault.seal(f"visit:{visit.ref}", dumps(private)),
        "created": visit.created,
    }


def visit_of(vault: Vault, row: Row[Any]) -> tuple[Visit, dict[str, Json]]:
    details = loads(vault.open(f"visit:{row.ref}", row.sealed))
    details |= {"coming": row.coming is not None, "held": row.hold_until is not None}
    prisoner = Prisoner(
        row.prisoner_name,
        row.prisoner_father,
        row.prisoner_age,
        row.prisoner_age_on,
        row.prisoner_gender,
        details.pop("number"),
    )
    visit = Visit(
        ref=row.ref,
        version=row.version,
        status=Status(row.status),
        jail=row.jail,
        kind=Kind(row.kind),
        start=row.start,
        minutes=row.minutes,
        visitor=row.visitor,
        prisoner=prisoner,
        relation=Relation(row.relation),
        party=row.party,
        reason=row.reason,
        decided_by=row.decided_name,
        decided_at=row.decided_at,
        created=row.created,
    )
    return visit, details


async def requests(tx: Tx, vault: Vault, rows: Iterable[Row[Any]]) -> list[Request]:
    """Visits with their visitors and jails, in the order given: three statements however many they are. One that can't
    be opened is left out, and told in the log: it must not take the others with it."""
    found: list[tuple[Visit, dict[str, Json]]] = []
    for row in rows:
        try:
            found.append(visit_of(vault, row))
        except WrongKey:
            log.error("a visit can't be opened", ref=row.ref)
    if not found:
        return []
    numbers = {visit.visitor for visit, _details in found}
    people: dict[str, Visitor] = {}
    for row in await tx.execute(select(visitors).where(visitors.c.number.in_(numbers))):
        try:
            people[row.number] = visitor_of(vault, row)
        except WrongKey:
            refs = [visit.ref for visit, _details in found if visit.visitor == row.number]
            log.error("the visitor of these visits can't be opened", refs=refs)
    there = await offices(tx, {visit.jail for visit, _details in found})
    return [
        Request(visit, people[visit.visitor], there[visit.jail], details, details.pop("coming"), details.pop("held"))
        for visit, details in found
        if visit.visitor in people
    ]


async def requests_named(tx: Tx, vault: Vault, refs: Iterable[str]) -> dict[str, Request | None]:
    wanted = list(refs)
    rows = (await tx.execute(select(visits).where(visits.c.ref.in_(wanted)))).all()
    out: dict[str, Request | None] = dict.fromkeys(wanted)
    out.update({request.visit.ref: request for request in await requests(tx, vault, rows)})
    return out
