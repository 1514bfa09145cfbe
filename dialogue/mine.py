"""What is kept about oneself: /me shows and changes it, /mydata tells all of it, /forget erases it."""

from datetime import date

from dialogue import card, postings, tell
from dialogue.answers import begin
from dialogue.effects import Answer, Edit, Effect, Erase, Move, Note, Send, Turn, Unsend
from dialogue.form import Here
from dialogue.forms import FORMS
from dialogue.forms.me import known
from dialogue.forms.register import mobile_shown
from dialogue.model import Button, Facts, Message, Pressed, Visitor
from dialogue.names import GENDERS, ID_KINDS, KINDS, RELATIONS, STATUSES
from dialogue.needs import AllOf, Registered, Request, States
from dialogue.questions import ask, opened
from dialogue.session import Session
from dialogue.standing import shown
from dialogue.words import BLANK, Text, _, line, verbatim
from visits.visit import LIVE, Status

VERBS = ("me", "forget", "forgotten", "remember")


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
    sends = [Send(session.talk.chat, Message(_all_of(v, session, facts))) for v in people]
    note = Note("told_all", {"visitors": [v.number for v in people]})
    return Turn(session, (*sends, note))


def _all_of(v: Visitor, session: Session, facts: Facts) -> tuple[Text, ...]:
    state = Text(dict(facts[States()]).get(v.state, v.state))
    lines = [
        _("**All that is kept about {name}**", name=v.name),
        line(_("Registration number"), verbatim(v.number)),
        line(_("Father / husband"), verbatim(v.father)),
        line(_("Gender"), GENDERS[v.gender]),
        line(_("Age"), Text("{age} ({day})", {"age": v.age, "day": date.fromisoformat(v.age_on)})),
        line(_("Address"), Text("{address}, {pincode}", {"address": v.address, "pincode": v.pincode})),
        line(_("District"), Text("{district}, {state}", {"district": v.district, "state": state})),
        line(_("ID card"), ID_KINDS[v.id_kind]),
        line(_("ID number"), verbatim(f"•••• {v.id_last4}" if v.id_last4 else "–")),
        line(_("Mobile"), mobile_shown(v.mobile)),
        line(_("E-mail"), verbatim(v.email)),
        line(_("You agreed to the notice of"), verbatim(v.consent)),
    ]
    for request in sorted(facts[AllOf(v.number)], key=lambda r: r.visit.start):
        lines += [BLANK, *_request(request, Here(session, FORMS["visit"], facts))]
    return (*lines, BLANK, _("To change it: /me · To erase it: /forget"))


def _request(request: Request, here: Here) -> tuple[Text, ...]:
    v, p, details = request.visit, request.visit.prisoner, request.details
    head = Text("**{ref}** · {status}", {"ref": v.ref, "status": STATUSES[shown(request, here.facts)]})
    if request.held:  # no request: nobody was told of its reference, and no jail took or left it
        head = _("**A time that you chose and did not send**")
    lines = [
        head,
        line(_("Prisoner"), Text("{name}, {father}, {age}", {"name": p.name, "father": p.father, "age": p.age})),
        line(_("You are the prisoner's"), RELATIONS[v.relation]),
        line(_("Jail"), verbatim(request.office.jail.name)),
        line(_("When"), Text("{start}", {"start": v.start})),
        line(_("Visit"), KINDS[v.kind]),
    ]
    if p.number:
        lines.append(line(_("Prisoner's number"), verbatim(p.number)))
    lines += [line(_("With you"), card.companion(c)) for c in details.get("companions") or ()]
    for f in here.form.fields:  # whatever else was asked, also by a question that is new
        told = f.show(details[f.name], here) if f.label and not f.sub and details.get(f.name) else None
        if f.label and told:
            lines.append(line(f.label, told))
    return tuple(lines)


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
        _("This can't be undone. To visit again you must register again."),
    )
    rows = (
        (Button(_("Yes, erase everything"), f"forgotten={visitor.number}"),),
        (Button(_("No, keep it"), f"remember={visitor.number}"),),
    )
    return Send(session.talk.chat, Message(text, rows))


def press(session: Session, event: Pressed, verb: str, number: str, facts: Facts) -> Turn:
    """`VERB=NUMBER`: only for people of this chat."""
    chat = session.talk.chat
    visitor = next((v for v in _people(session, facts) if v.number == number), None)
    if visitor is None:
        text = _("That is not on this phone any more.")
        return Turn(session, (Answer(chat, event.press, text, alert=True), Note("press_refused", {"verb": verb})))
    done: tuple[Effect, ...] = (Answer(chat, event.press),)
    if verb == "me" and not opened(session, facts):
        return ask(begin(session, FORMS["me"], known(visitor)), facts, effects=done)
    if verb == "forget":
        return Turn(session, (*done, _sure(session, visitor)))
    if verb == "remember":
        stays = Message((_("Nothing is erased."),))
        return Turn(session, (*done, Edit(chat, stays, id=event.message) if event.message else Send(chat, stays)))
    if verb == "forgotten":
        return _forgotten(session, visitor, done, facts)
    return ask(session, facts, lead=(_("First let us finish this:"),), effects=done)


def _forgotten(session: Session, visitor: Visitor, effects: tuple[Effect, ...], facts: Facts) -> Turn:
    """What is open is given back first; then the visitor is erased, and the talk's own answers with them."""
    chat = session.talk.chat
    if facts.refused:
        later = _("A visit is going on just now, or was a moment ago. Please press /forget again in two hours.")
        return Turn(session, (*effects, Send(chat, Message((later,)))))
    for request in facts[AllOf(visitor.number)]:
        v = request.visit
        if v.status in LIVE and v.status is not Status.ARRIVED and v.start > facts.now:
            effects = (*effects, *_given_up(request, facts))
        effects = (*effects, *_bare_card(request))
    told = Send(chat, Message((_("Everything about {name} is erased.", name=visitor.name),)))
    note = Note("erased", {"visitor": facts.vault.digest("erased", visitor.number)})
    empty = Session(session.talk, session.locale)
    return Turn(empty, (*effects, Erase(visitor.number), told, note))


def _given_up(request: Request, facts: Facts) -> tuple[Effect, ...]:
    """An open request of somebody who is erased: the seat goes back, and nothing more is said about it."""
    v, chat = request.visit, str(request.visitor.chat)
    to = Status.CANCELLED if v.status is Status.APPROVED else Status.WITHDRAWN
    mail = tell.calendar_taken_back(request) if shown(request, facts) is Status.APPROVED else ()
    return (
        Move(v.ref, v.version, v.status, to, "visitor", chat),
        Unsend(tell.reminder_prefix(v.ref)),
        Unsend(postings.warning_prefix(v.ref)),
        Unsend(f"decision:{v.ref}:"),
        *mail,
        Note("given_back", {"ref": v.ref}),
    )


def _bare_card(request: Request) -> tuple[Effect, ...]:
    """The card in the jail's chat keeps its reference and loses the family."""
    if request.office.chat is None:
        return ()
    text = (_("Request **{ref}**", ref=request.visit.ref), _("The family has taken back all its details."))
    return (Edit(request.office.chat, Message(text), key=card.key(request.visit.ref)),)
