"""Asking again: a visit whose answers are known, a missed time once more with one press; and "we are coming"."""

import re
from datetime import UTC, datetime

from msgspec.structs import replace

from dialogue import postings, tell
from dialogue.answers import begin
from dialogue.effects import Answer, Book, Coming, Effect, Note, Send, Turn
from dialogue.forms import FORMS
from dialogue.forms.already import ONE_AT_A_TIME, live_request, same_prisoner
from dialogue.forms.booking import caps, keys
from dialogue.forms.whom import before
from dialogue.model import Button, Facts, Message, Pressed, Rows, Visitor
from dialogue.needs import Fill, KnownPrisoners, OpenSlots, Request, RequestOf
from dialogue.questions import ask, opened
from dialogue.session import Session
from dialogue.standing import about, cancel, fresh, shown
from dialogue.words import BLANK, Text, _
from visits.reference import reference
from visits.visit import LIVE, Kind, Reason, Status

OFFERED = 3  # visits that /start offers again
SHAPES = {
    "again": re.compile(r"([0-9A-Z]{8})"),
    "coming": re.compile(r"([0-9A-Z]{8})\.(\d{1,6})"),
    "retry": re.compile(r"([0-9A-Z]{8})\.(\d{1,11})"),
}


def press(session: Session, event: Pressed, verb: str, rest: str, facts: Facts) -> Turn:
    """Only one's own requests; everything else is answered and noted."""
    found = SHAPES[verb].fullmatch(rest)
    if found is None:
        return _answer(session, event, _("That button doesn't work here."))
    ref, *number = found.groups()
    request = facts[RequestOf(ref)]
    if request is None or request.visitor.chat != session.talk.chat:
        return _answer(session, event, _("That is not your visit."), Note("press_refused", {"ref": ref, "verb": verb}))
    match verb:
        case "again":
            return _again(session, event, request, facts)
        case "coming":
            return _coming(session, event, request, facts)
    return _retry(session, event, request, number[0], facts)


def _answer(session: Session, event: Pressed, text: Text, *effects: Effect) -> Turn:
    return Turn(session, (Answer(session.talk.chat, event.press, text, alert=True), *effects))


def offers(people: tuple[Visitor, ...], facts: Facts) -> Rows:
    """A button for each prisoner who may be asked for again: whose request is over."""
    rows: Rows = ()
    for visitor in people:
        for request in facts[KnownPrisoners(visitor.number)]:
            v = request.visit
            if v.status in LIVE or fresh(request, facts) or v.reason == Reason.RELEASED:
                continue
            words = _("🔁 Visit {prisoner} again", prisoner=v.prisoner.name)
            if len(people) > 1:
                words = _("🔁 {name}: visit {prisoner} again", name=visitor.name, prisoner=v.prisoner.name)
            rows = (*rows, (Button(words, f"again={v.ref}"),))
    return rows[:OFFERED]


def _again(session: Session, event: Pressed, request: Request, facts: Facts) -> Turn:
    """The form with all answers of that request, but for the day and the time."""
    v, visitor, done = request.visit, request.visitor, Answer(session.talk.chat, event.press)
    if opened(session, facts):
        return ask(session, facts, lead=(_("We go on where we were:"),), effects=(done,))
    whom = same_prisoner(v.jail, v.prisoner.name, v.prisoner.father)
    if live := live_request(facts, session.talk.chat, visitor, whom):
        other = (Button(_("Visit somebody else"), "do=visit"),)
        text = (ONE_AT_A_TIME, BLANK, *about(live, facts))
        return Turn(session, (done, Send(session.talk.chat, Message(text, (*cancel(live, facts), other)))))
    given = {**before(request, facts), "who": visitor.number, "whom": v.ref}
    lead = (
        _("You visit **{prisoner}**, {jail}.", prisoner=v.prisoner.name, jail=request.office.jail.name),
        _("I use your answers of the last time. You can change them at the end."),
    )
    return ask(begin(session, FORMS["visit"], given), facts, lead=lead, effects=(done,))


def _coming(session: Session, event: Pressed, request: Request, facts: Facts) -> Turn:
    v = request.visit
    if v.status is not Status.APPROVED or v.start <= facts.now:
        return _answer(session, event, _("This visit is not open any more. Press /status to see it."))
    shown = replace(request, coming=True)
    slot = facts[Fill(v.jail, v.kind, v.start)]
    words = _("Thank you. The jail sees that you are coming.")
    if v.kind is Kind.VIDEO:
        words = _("Thank you. The jail sees that you will be there.")
    thanks = Answer(session.talk.chat, event.press, words)
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
