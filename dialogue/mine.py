"""What is kept about oneself: /me shows and changes it, /mydata tells all of it, /forget erases it."""

from dataclasses import replace
from datetime import date

from dialogue import tell
from dialogue.form import begin
from dialogue.forms import FORMS
from dialogue.forms.me import known
from dialogue.forms.register import mobile_shown
from dialogue.model import (
    Answer,
    Button,
    Effect,
    Erase,
    Facts,
    Message,
    Move,
    Note,
    Pressed,
    Send,
    Session,
    Turn,
    Visitor,
)
from dialogue.names import GENDERS, ID_KINDS, RELATIONS, STATUSES
from dialogue.needs import Registered, Request, RequestsOf
from dialogue.questions import ask, opened
from dialogue.words import BLANK, Text, _, line, verbatim
from visits.visit import LIVE, Status

VERBS = ("me", "forget", "forgotten")


def _people(session: Session, facts: Facts) -> tuple[Visitor, ...]:
    return facts[Registered(session.talk.chat)]


def _nobody(session: Session) -> Turn:
    text = _("You are not registered yet. Press /register to begin.")
    return Turn(session, (Send(session.talk.chat, Message((text,))),))


def _which(session: Session, people: tuple[Visitor, ...], verb: str, text: Text) -> Turn:
    rows = tuple((Button(verbatim(v.name), f"{verb}={v.number}"),) for v in people)
    return Turn(session, (Send(session.talk.chat, Message((text,), rows)),))


def me(session: Session, facts: Facts) -> Turn:
    """With one person their details at once, with several the question whose."""
    people = _people(session, facts)
    if opened(session, facts):
        return ask(session, facts, lead=(_("First let us finish this:"),))
    if not people:
        return _nobody(session)
    if len(people) > 1:
        return _which(session, people, "me", _("Whose details?"))
    return ask(begin(session, FORMS["me"], known(people[0])), facts)


def mydata(session: Session, facts: Facts) -> Turn:
    """Everything, person by person."""
    people = _people(session, facts)
    if not people:
        return _nobody(session)
    sends = [Send(session.talk.chat, Message(_all_of(v, facts))) for v in people]
    note = Note("told_all", {"visitors": [v.number for v in people]})
    return Turn(session, (*sends, note))


def _all_of(v: Visitor, facts: Facts) -> tuple[Text, ...]:
    lines = [
        _("**All that is kept about {name}**", name=v.name),
        line(_("Registration number"), verbatim(v.number)),
        line(_("Father / husband"), verbatim(v.father)),
        line(_("Gender"), GENDERS[v.gender]),
        line(_("Age"), Text("{age} ({day})", {"age": v.age, "day": date.fromisoformat(v.age_on)})),
        line(_("Address"), Text("{address}, {pincode}", {"address": v.address, "pincode": v.pincode})),
        line(_("District"), verbatim(v.district)),
        line(_("ID card"), ID_KINDS[v.id_kind]),
        line(_("ID number"), verbatim(f"•••• {v.id_last4}" if v.id_last4 else "–")),
        line(_("Mobile"), mobile_shown(v.mobile)),
        line(_("E-mail"), verbatim(v.email)),
        line(_("You agreed to the notice of"), verbatim(v.consent)),
    ]
    for request in facts[RequestsOf(v.number)]:
        lines += [BLANK, *_request(request)]
    return (*lines, BLANK, _("To change it: /me · To erase it: /forget"))


def _request(request: Request) -> tuple[Text, ...]:
    v, p = request.visit, request.visit.prisoner
    companions = ", ".join(c["name"] for c in request.details.get("companions") or ())
    return (
        Text("**{ref}** · {status}", {"ref": v.ref, "status": STATUSES[v.status]}),
        line(_("Prisoner"), Text("{name}, {father}, {age}", {"name": p.name, "father": p.father, "age": p.age})),
        line(_("You are the prisoner's"), RELATIONS[v.relation]),
        line(_("When"), Text("{start}", {"start": v.start})),
        *((line(_("With you"), verbatim(companions)),) if companions else ()),
    )


def forget(session: Session, facts: Facts) -> Turn:
    people = _people(session, facts)
    if not people:
        return _nobody(session)
    if len(people) > 1:
        return _which(session, people, "forget", _("Whose details shall be erased?"))
    return Turn(session, (_sure(session, people[0]),))


def _sure(session: Session, visitor: Visitor) -> Send:
    text = (
        _("Shall everything about {name} be erased? Visits that are open are cancelled.", name=visitor.name),
        _("This can't be undone. To visit again you would register anew."),
    )
    rows = ((Button(_("Yes, erase everything"), f"forgotten={visitor.number}"),),)
    return Send(session.talk.chat, Message(text, rows))


def press(session: Session, event: Pressed, verb: str, number: str, facts: Facts) -> Turn:
    """`me=NUMBER`, `forget=NUMBER`, `forgotten=NUMBER`: only for people of this chat."""
    chat = session.talk.chat
    visitor = next((v for v in _people(session, facts) if v.number == number), None)
    if visitor is None:
        return Turn(session, (Answer(chat, event.press, _("That is not on this phone any more."), alert=True),))
    done: tuple[Effect, ...] = (Answer(chat, event.press),)
    if verb == "me" and not opened(session, facts):
        return ask(begin(session, FORMS["me"], known(visitor)), facts, effects=done)
    if verb == "forget":
        return Turn(session, (*done, _sure(session, visitor)))
    if verb == "forgotten":
        return _forgotten(session, visitor, done, facts)
    return ask(session, facts, lead=(_("First let us finish this:"),), effects=done)


def _forgotten(session: Session, visitor: Visitor, effects: tuple[Effect, ...], facts: Facts) -> Turn:
    """What is open is given back first; then the visitor is erased, and the talk's own answers with them."""
    chat = session.talk.chat
    if facts.refused:
        later = _("A visit is going on just now, or was a moment ago. Please press /forget again in two hours.")
        return Turn(session, (*effects, Send(chat, Message((later,)))))
    for request in facts[RequestsOf(visitor.number)]:
        v = request.visit
        if v.status not in LIVE or v.status is Status.ARRIVED or v.start <= facts.now:
            continue
        to = Status.CANCELLED if v.status is Status.APPROVED else Status.WITHDRAWN
        gone = replace(request, visit=replace(v, status=to, version=v.version + 1))
        effects = (
            *effects,
            Move(v.ref, v.version, v.status, to, "visitor", str(chat)),
            *tell.withdrawn(gone, facts, was_approved=v.status is Status.APPROVED),
        )
    told = Send(chat, Message((_("Everything about {name} is erased.", name=visitor.name),)))
    note = Note("erased", {"visitor": facts.vault.digest("erased", visitor.number)})
    empty = Session(session.talk, session.locale)
    return Turn(empty, (*effects, Erase(visitor.number), told, note))
