"""Presses under letters: "we are coming", and asking again for another time with one press."""

import re
from dataclasses import replace
from datetime import UTC, datetime

from dialogue import postings, tell
from dialogue.effects import Answer, Book, Coming, Effect, Note, Turn
from dialogue.forms.booking import caps, keys
from dialogue.model import Facts, Pressed, Session
from dialogue.needs import Fill, OpenSlots, Request, RequestOf
from dialogue.status import shown
from dialogue.words import Text, _
from visits.reference import reference
from visits.visit import Status

COMING = re.compile(r"([0-9A-Z]{8})\.(\d{1,6})")
RETRY = re.compile(r"([0-9A-Z]{8})\.(\d{1,11})")


def press(session: Session, event: Pressed, verb: str, rest: str, facts: Facts) -> Turn:
    """Only one's own requests; everything else is answered and noted."""
    found = (COMING if verb == "coming" else RETRY).fullmatch(rest)
    if found is None:
        return _answer(session, event, _("That button doesn't work here."))
    ref, number = found.groups()
    request = facts[RequestOf(ref)]
    if request is None or request.visitor.chat != session.talk.chat:
        return _answer(session, event, _("That is not your visit."), Note("press_refused", {"ref": ref, "verb": verb}))
    return (
        _coming(session, event, request, facts) if verb == "coming" else _retry(session, event, request, number, facts)
    )


def _answer(session: Session, event: Pressed, text: Text, *effects: Effect) -> Turn:
    return Turn(session, (Answer(session.talk.chat, event.press, text, alert=True), *effects))


def _coming(session: Session, event: Pressed, request: Request, facts: Facts) -> Turn:
    v = request.visit
    if v.status is not Status.APPROVED or v.start <= facts.now:
        return _answer(session, event, _("This visit is not open any more. Press /status to see it."))
    shown = replace(request, coming=True)
    slot = facts[Fill(v.jail, v.kind, v.start)]
    thanks = Answer(session.talk.chat, event.press, _("Thank you. The jail sees that you are coming."))
    return Turn(
        session, (thanks, Coming(v.ref), *postings.card_changed(shown, facts, slot), Note("coming", {"ref": v.ref}))
    )


def _retry(session: Session, event: Pressed, request: Request, number: str, facts: Facts) -> Turn:
    """The same request for another time: a new one, with the same answers."""
    v, visitor, office = request.visit, request.visitor, request.office
    if facts.refused == "open_request" or facts.refused == "open_requests_mobile":
        return _answer(session, event, _("You have already asked again. Press /status to see it."))
    if shown(request, facts) not in (Status.EXPIRED, Status.REJECTED):
        return _answer(session, event, _("This request is still open. Press /status to see it."))
    start = datetime.fromtimestamp(int(number), UTC)
    slot = next((s for s in facts[OpenSlots(v.jail, v.kind)] if s.start == start and s.left > 0), None)
    if slot is None or facts.refused or office.chat is None:
        return _answer(session, event, _("That time isn't open any more. Please press another one, or /visit."))
    visit = replace(
        v,
        ref=reference(facts.nonce),
        version=1,
        status=Status.PENDING,
        start=slot.start,
        minutes=slot.minutes,
        reason=None,
        decided_by=None,
        decided_at=None,
        created=facts.now,
    )
    details = {name: value for name, value in request.details.items() if name != "words"}
    asked = replace(request, visit=visit, details=details, coming=False)
    mobile_key, prisoner_key = keys(facts.vault, visitor, v.prisoner, v.jail)
    book = Book(visit, slot.capacity, details, mobile_key, prisoner_key, caps(office))
    fill = replace(slot, taken=slot.taken + 1)
    answer = Answer(session.talk.chat, event.press)
    return Turn(
        session, (answer, book, Note("asked", {"ref": visit.ref, "again": v.ref}), *tell.asked(asked, fill, facts))
    )
