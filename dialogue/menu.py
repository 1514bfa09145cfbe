"""Outside any form: commands, the main menu, what /status shows, and giving a visit back."""

import re
from collections.abc import Callable
from dataclasses import replace

from dialogue import again, approve, mine, tell
from dialogue.form import begin
from dialogue.forms import FORMS
from dialogue.forms.register import LANGUAGES
from dialogue.model import (
    Answer,
    Button,
    Chat,
    Edit,
    Effect,
    Facts,
    Message,
    Move,
    Note,
    Pressed,
    Rows,
    Send,
    Session,
    Speak,
    Turn,
)
from dialogue.names import STATUSES, WHY
from dialogue.needs import Registered, Request, RequestOf, RequestsOf
from dialogue.questions import ask, opened, stop_question
from dialogue.words import BLANK, Text, _, line, verbatim
from visits.visit import Status

COMMANDS = (
    ("start", _("Begin")),
    ("register", _("Register, once")),
    ("visit", _("Ask for a visit")),
    ("status", _("My visits")),
    ("me", _("My details")),
    ("cancel", _("Stop, or cancel a visit")),
    ("language", _("Change the language")),
    ("privacy", _("What is kept about me")),
    ("mydata", _("Tell me all of it")),
    ("forget", _("Erase all of it")),
    ("help", _("Help")),
)

GENERAL_HELP = _(
    "Type your answer, or press a button. ◀ Back changes the answer before. ✖ Cancel stops. Nothing is lost."
)

HELP = (
    _("**Mulakat** helps you to visit somebody in jail."),
    BLANK,
    _("1. Register once: /register"),
    _("2. Ask for a visit: /visit"),
    _("3. The jail decides. I tell you the date and time here, by e-mail and by SMS."),
    _("4. I remind you before the visit."),
    BLANK,
    _("My visits: /status · Stop: /cancel · Language: /language · What is kept: /privacy"),
    tell.HONEST,
)

PRIVACY = (
    _("**What is kept about you**"),
    _("Your name, father's or husband's name, age, address, mobile and e-mail."),
    _("Of your ID number the last four signs."),
    _("Never the whole ID number, never a picture of it."),
    BLANK,
    _("**Who sees it**"),
    _("Only the staff of the jail that you ask. Mobile, e-mail and address are kept encrypted."),
    BLANK,
    _("**How long**"),
    _("Answers that you didn't finish: 3 days. A request: 180 days after the visit."),
    BLANK,
    _("/mydata tells all of it · /me changes it · /forget erases it"),
)


def buttons() -> Rows:
    return (
        (Button(_("🗓 Ask for a visit"), "do=visit"),),
        (Button(_("📋 My visits"), "do=status"), Button(_("❓ Help"), "do=help")),
    )


def _welcome(session: Session, facts: Facts) -> Turn:
    people = facts[Registered(session.talk.chat)]
    if people:
        name = people[0].name if len(people) == 1 else ", ".join(v.name for v in people)
        text: tuple[Text, ...] = (_("Namaste {name} 🙏 What would you like to do?", name=name),)
        return Turn(session, (Send(session.talk.chat, Message(text, buttons())),))
    text = (
        _("Namaste 🙏 I am **Mulakat**. I help you to visit somebody in jail, in person or by video."),
        _("First you register once. It takes some minutes, and you can stop and go on at any time."),
        BLANK,
        tell.HONEST,
    )
    rows = (
        (Button(_("▶ Register"), "do=register"),),
        (Button(_("📱 I am registered, this is a new phone"), "do=recover"),),
        (Button(_("❓ Help"), "do=help"),),
    )
    return Turn(session, (Send(session.talk.chat, Message(text, rows)),))


def idle(session: Session, facts: Facts) -> Turn:
    """Words when no question is open."""
    return _welcome(session, facts)


# ---------------------------------------------------------------- commands


def command(session: Session, name: str, rest: str, facts: Facts) -> Turn:
    """A command never costs an answer: with a form open, its question is asked again afterwards."""
    act = _COMMANDS.get(name)
    if act is None:
        return _told(session, facts, (_("I don't know /{name}. Press /help to see what I can do.", name=name[:32]),))
    return act(session, facts)


def _told(session: Session, facts: Facts, text: tuple[Text, ...], rows: Rows = ()) -> Turn:
    said = Send(session.talk.chat, Message(text, rows))
    if opened(session, facts):
        return ask(session, facts, effects=(said,), fresh=False)
    return Turn(session, (said,))


def _start(session: Session, facts: Facts) -> Turn:
    if opened(session, facts):
        return ask(session, facts, lead=(_("Welcome back. We go on where we were:"),))
    return _welcome(session, facts)


PEOPLE = 4  # who share one phone


def _register(session: Session, facts: Facts) -> Turn:
    """The first time at once; where somebody is registered already, another person of the family is asked for."""
    if opened(session, facts):
        return ask(session, facts, lead=(_("We go on where we were:"),))
    people = facts[Registered(session.talk.chat)]
    if not people:
        return ask(begin(session, FORMS["register"]), facts)
    lines = [_("{name}: registered as **{number}**.", name=v.name, number=v.number) for v in people]
    rows = buttons()
    if len(people) < PEOPLE:
        rows = ((Button(_("➕ Register another person"), "do=another"),), *rows)
    return Turn(session, (Send(session.talk.chat, Message(tuple(lines), rows)),))


def _another(session: Session, facts: Facts) -> Turn:
    people = facts[Registered(session.talk.chat)]
    if opened(session, facts) or not people or len(people) >= PEOPLE:
        return _register(session, facts)
    return ask(begin(session, FORMS["register"], {"language": session.locale}), facts)


def _recover(session: Session, facts: Facts) -> Turn:
    if opened(session, facts):
        return ask(session, facts, lead=(_("We go on where we were:"),))
    return ask(begin(session, FORMS["recover"]), facts)


def _visit(session: Session, facts: Facts) -> Turn:
    here = opened(session, facts)
    if here and here.form.name == "register":
        return ask(session, facts, lead=(_("First let us finish your registration:"),))
    if here:
        return ask(session, facts, lead=(_("We go on where we were:"),))
    if not facts[Registered(session.talk.chat)]:
        lead = (_("Before the first visit you register once:"),)
        return ask(begin(session, FORMS["register"]), facts, lead=lead)
    return ask(begin(session, FORMS["visit"]), facts)


def _mine(session: Session, facts: Facts) -> tuple[Request, ...]:
    """The requests of everybody who shares this chat, soonest first."""
    people = facts[Registered(session.talk.chat)]
    found = [r for visitor in people for r in facts[RequestsOf(visitor.number)]]
    return tuple(sorted(found, key=lambda r: r.visit.start))


def _status(session: Session, facts: Facts) -> Turn:
    if not facts[Registered(session.talk.chat)]:
        return _told(session, facts, (_("You are not registered yet. Press /register to begin."),))
    requests = _mine(session, facts)
    if not requests:
        return _told(session, facts, (_("You have no visits. Press /visit to ask for one."),))
    lines: list[Text] = []
    for request in requests[-10:]:
        lines += [*_about(request, facts), BLANK]
    live = [r for r in requests if r.visit.status in (Status.PENDING, Status.APPROVED)]
    rows = tuple((Button(_("Cancel {ref}", ref=r.visit.ref), f"drop={r.visit.ref}.{r.visit.version}"),) for r in live)
    return _told(session, facts, tuple(lines[:-1]), rows)


def _about(request: Request, facts: Facts) -> tuple[Text, ...]:
    """A decision shows here only once its words have gone out: until then it may be undone."""
    v = request.visit
    fresh = v.decided_at is not None and facts.now < v.decided_at + facts.house.undo
    status = Status.PENDING if fresh else v.status
    lines = [
        Text("**{ref}** · {status}", {"ref": v.ref, "status": STATUSES[status]}),
        line(_("Visitor"), verbatim(request.visitor.name)),
        line(_("Prisoner"), verbatim(v.prisoner.name)),
        line(_("Jail"), verbatim(request.office.jail.name)),
        line(_("When"), Text("{start}", {"start": v.start})),
    ]
    if status is Status.PENDING:
        lines.append(_("With the jail since {asked}.", asked=v.created))
    if status is Status.REJECTED and v.reason:
        words = request.details.get("words")
        lines.append(_("The jail says: {words}", words=words) if words else WHY[v.reason])
    return tuple(lines)


def _cancel(session: Session, facts: Facts) -> Turn:
    here = opened(session, facts)
    if here:
        return stop_question(here)
    requests = _mine(session, facts)
    if not any(r.visit.status in (Status.PENDING, Status.APPROVED) for r in requests):
        return _told(session, facts, (_("There is nothing to cancel."),))
    return _status(session, facts)


def _language(session: Session, facts: Facts) -> Turn:
    known = [code for code in facts.house.locales if code in LANGUAGES]
    rows = tuple((Button(verbatim(LANGUAGES[code]), f"lang={code}"),) for code in known)
    text = (Text("Choose your language · अपनी भाषा चुनिए"),)
    return Turn(session, (Send(session.talk.chat, Message(text, rows)),))


_COMMANDS: dict[str, Callable[[Session, Facts], Turn]] = {
    "start": _start,
    "register": _register,
    "another": _another,
    "recover": _recover,
    "visit": _visit,
    "status": _status,
    "cancel": _cancel,
    "language": _language,
    "me": mine.me,
    "mydata": mine.mydata,
    "forget": mine.forget,
    "privacy": lambda session, facts: _told(session, facts, PRIVACY),
    "help": lambda session, facts: _told(session, facts, HELP),
}

# ---------------------------------------------------------------- presses

DROP = re.compile(r"(drop|dropped)=([0-9A-Z]{8})\.(\d{1,6})")


def press(session: Session, event: Pressed, facts: Facts) -> Turn:
    """A press that belongs to no form."""
    chat = session.talk.chat
    if event.data.startswith("card."):
        return approve.press(session, event, facts)
    verb, _sep, rest = event.data.partition("=")
    if verb == "do" and rest in _COMMANDS:
        return _after(Answer(chat, event.press), _COMMANDS[rest](session, facts))
    if verb == "lang" and rest in facts.house.locales:
        return _speak(session, event, rest, facts)
    found = DROP.fullmatch(event.data)
    if found:
        return _drop(session, event, facts, *found.groups())
    if verb in mine.VERBS:
        return mine.press(session, event, verb, rest, facts)
    if verb in ("retry", "coming"):
        return again.press(session, event, verb, rest, facts)
    return Turn(session, (Answer(chat, event.press, _("That button doesn't work here.")),))


def _after(first: Effect, turn: Turn) -> Turn:
    return replace(turn, effects=(first, *turn.effects))


def _speak(session: Session, event: Pressed, locale: str, facts: Facts) -> Turn:
    chat = session.talk.chat
    session = replace(session, locale=locale)
    reached: tuple[Chat, ...] = (chat,)
    for visitor in facts[Registered(chat)]:
        reached = (*reached, Chat("sms", visitor.mobile), Chat("email", visitor.email))
    effects = (Answer(chat, event.press), Speak(reached, locale))
    done = _told(session, facts, (_("From now on I speak English."),))
    return replace(done, effects=(*effects, *done.effects))


def _drop(session: Session, event: Pressed, facts: Facts, verb: str, ref: str, version: str) -> Turn:
    """Giving a visit back: asked once more, then done; only one's own, and only while it is live."""
    chat, request = session.talk.chat, facts[RequestOf(ref)]
    if request is None or request.visitor.chat != chat:
        note = Note("press_refused", {"ref": ref, "verb": verb})
        return Turn(session, (Answer(chat, event.press, _("That is not your visit."), alert=True), note))
    v = request.visit
    if v.status not in (Status.PENDING, Status.APPROVED) or str(v.version) != version or v.start <= facts.now:
        state = Text("{ref}: {status}", {"ref": ref, "status": STATUSES[v.status]})
        return Turn(session, (Answer(chat, event.press, state, alert=True),))
    if verb == "drop":
        words = (
            _("Do you want to cancel this visit? The place goes to another family."),
            BLANK,
            *_about(request, facts),
        )
        yes = Button(_("Yes, cancel it"), f"dropped={ref}.{version}")
        return Turn(session, (Answer(chat, event.press), Send(chat, Message(words, ((yes,),)))))
    to = Status.WITHDRAWN if v.status is Status.PENDING else Status.CANCELLED
    gone = replace(request, visit=replace(v, status=to, version=v.version + 1))
    effects: tuple[Effect, ...] = (
        Move(ref, v.version, v.status, to, "visitor", str(chat)),
        Answer(chat, event.press),
        *tell.withdrawn(gone, facts, was_approved=v.status is Status.APPROVED),
        Note("given_back", {"ref": ref}),
    )
    if event.message:
        effects = (*effects, Edit(chat, Message(_about(gone, facts)), id=event.message))
    return Turn(session, effects)
