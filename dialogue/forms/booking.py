"""From answers to a visit: the draft that holds a seat, the request that keeps it, and what giving it back does."""

from datetime import datetime

from dialogue.effects import Book, Caps, Effect, Move, Note, Submit
from dialogue.form import Here
from dialogue.forms.already import same_prisoner
from dialogue.forms.who import asking
from dialogue.forms.whom import jail_of, prisoner_of, relation_of
from dialogue.model import Json, Vault, Visitor
from dialogue.needs import JailOffice, Office
from dialogue.words import Text, _
from visits.reference import reference
from visits.visit import Prisoner, Relation, Slot, Status, Visit

# What a visit's own columns hold; every other answer is kept among its details.
COLUMNS = frozenset(
    (
        "who", "whom", "jail", "prisoner", "prisoner_father", "prisoner_age", "prisoner_gender", "prisoner_number",
        "relation", "kind", "date", "time", "party", "review",
    )
)  # fmt: skip


def hold(here: Here, slot: Slot) -> tuple[Json, tuple[Effect, ...]]:
    """The answer that names the hold, and the DRAFT visit that is it."""
    visitor, office = asking(here), here.facts[Office(jail_of(here))]
    if visitor is None or office is None:
        raise LookupError("a time is asked for only when visitor and jail are known")
    until = here.facts.now + office.rules.hold
    visit = _visit(here, visitor, slot, reference(here.facts.nonce), 1, Status.DRAFT)
    found = _keys(visitor, visit, office, here)
    book = Book(visit, slot.capacity, {}, *found, hold_until=until)
    value = {"ref": visit.ref, "start": slot.start.isoformat(), "until": until.isoformat()}
    return value, (book, Note("held", {"ref": visit.ref}))


def submit(here: Here, visitor: Visitor, office: JailOffice, slot: Slot) -> tuple[Submit, dict[str, Json]]:
    """The draft becomes a request, with all the answers as they are now: not those whose question is skipped by now."""
    held = here.answers["time"]
    visit = _visit(here, visitor, slot, held["ref"], 2, Status.PENDING)
    asked = [f.name for f in here.form.fields if f.name not in COLUMNS and not f.skip(here)]
    details: dict[str, Json] = {name: here.answers[name] for name in asked if name in here.answers}
    return Submit(visit, details, *_keys(visitor, visit, office, here)), details


def release(here: Here) -> tuple[Effect, ...]:
    """The held seat goes back. Nothing to do when the database has just said that the hold is over."""
    if here.facts.refused == "moved":
        return ()
    ref, chat = here.answers["time"]["ref"], str(here.session.talk.chat)
    return (Move(ref, 1, Status.DRAFT, Status.WITHDRAWN, "visitor", chat), Note("hold_given_back", {"ref": ref}))


def banner(here: Here) -> tuple[Text, ...]:
    """Above every question while a seat is held."""
    held = here.answers.get("time")
    if not held:
        return ()
    until = datetime.fromisoformat(held["until"])
    if until <= here.facts.now:
        return (_("⏳ Your time is no longer held. Before you send, I may ask you for a time again."),)
    start = datetime.fromisoformat(held["start"])
    ends = until.astimezone(here.facts.house.zone).time()
    return (_("⏳ **{start}** is held for you until {until}.", start=start, until=ends),)


def _visit(here: Here, visitor: Visitor, slot: Slot, ref: str, version: int, status: Status) -> Visit:
    return Visit(
        ref=ref,
        version=version,
        status=status,
        jail=slot.jail,
        kind=slot.kind,
        start=slot.start,
        minutes=slot.minutes,
        visitor=visitor.number,
        prisoner=prisoner_of(here),
        relation=Relation(relation_of(here)),
        party=int(here.answers.get("party") or 1),
        reason=None,
        decided_by=None,
        decided_at=None,
        created=here.facts.now,
    )


def _keys(visitor: Visitor, visit: Visit, office: JailOffice, here: Here) -> tuple[str, str, Caps]:
    """By what one live request is told from another, and how many there may be."""
    return (*keys(here.facts.vault, visitor, visit.prisoner, visit.jail), caps(office))


def caps(office: JailOffice) -> Caps:
    return Caps(office.rules.open_per_mobile, office.rules.prisoners_per_mobile)


def keys(vault: Vault, visitor: Visitor, prisoner: Prisoner, jail: str) -> tuple[str, str]:
    """(of the mobile, of the prisoner in that jail), both keyed hashes."""
    who = same_prisoner(jail, prisoner.name, prisoner.father)
    return vault.digest("address", f"sms:{visitor.mobile}"), vault.digest("prisoner", who)
