"""Outside any form: commands, the main menu, what /status shows, and giving a visit back."""

from collections.abc import Callable

from msgspec.structs import replace

from dialogue import again, approve, letters, mine
from dialogue.answers import begin
from dialogue.effects import Answer, Effect, Send, Speak, Turn
from dialogue.forms import FORMS
from dialogue.forms.register import ID_NUMBER, LANGUAGES
from dialogue.model import Button, Chat, Facts, Message, Pressed, Rows
from dialogue.needs import Registered
from dialogue.questions import ask, opened, stop_question, told
from dialogue.session import Session
from dialogue.status import DROP, drop, requests_of, status_list
from dialogue.words import BLANK, Text, _, verbatim
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
    "Type your answer, or press a button. ◀ Back changes the answer before. ✖ Cancel erases your answers, and asks you"
    " first. If you only stop writing, they are kept for 3 days."
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
    letters.HONEST,
)

PRIVACY = (
    _("**What is kept about you**"),
    _("Your name, father's or husband's name, gender, age, address, mobile and e-mail."),
    ID_NUMBER,
    _("Never the whole ID number, never a picture of it."),
    _("What you tell about the prisoner and about who comes with you."),
    BLANK,
    _("**Who sees it**"),
    _("Only the staff of the jail that you ask. Mobile, e-mail and address are kept encrypted."),
    BLANK,
    _("**How long**"),
    _("Answers that you didn't finish: 3 days. A request: 180 days after the visit."),
    _("Your registration: until you erase it with /forget."),
    BLANK,
    _("/mydata tells all of it · /me changes it · /forget erases it"),
)


def buttons() -> Rows:
    return (
        (Button(_("🗓️ Ask for a visit"), "do=visit"),),
        (Button(_("📋 My visits"), "do=status"), Button(_("❓ Help"), "do=help")),
    )


LAPSED = (_("You were away for more than 3 days: the answers that you had not finished are erased."), BLANK)


def _welcome(session: Session, facts: Facts) -> Turn:
    people = facts[Registered(session.talk.chat)]
    lead = LAPSED if session.lapsed else ()
    session = replace(session, lapsed=False)
    if people:
        name = people[0].name if len(people) == 1 else ", ".join(v.name for v in people)
        text: tuple[Text, ...] = (*lead, _("Namaste {name} 🙏 What would you like to do?", name=name))
        return Turn(session, (Send(session.talk.chat, Message(text, (*again.offers(people, facts), *buttons()))),))
    text = (
        *lead,
        _("Namaste 🙏 I am **Mulakat**. I help you to visit somebody in jail."),
        _("First you register once. It takes some minutes. You can stop, and go on within 3 days."),
        BLANK,
        letters.HONEST,
    )
    spoken = [(_("▶ Register · {language}", language=LANGUAGES[code]), code) for code in _spoken(facts)]
    rows = (
        *((Button(words, f"register={code}"),) for words, code in spoken),
        (Button(_("📱 I am registered, this is a new phone"), "do=recover"),),
        (Button(_("❓ Help"), "do=help"),),
    )
    return Turn(session, (Send(session.talk.chat, Message(text, rows)),))


def _spoken(facts: Facts) -> tuple[str, ...]:
    return tuple(code for code in facts.house.locales if code in LANGUAGES)


def idle(session: Session, facts: Facts) -> Turn:
    """Words when no question is open."""
    return _welcome(session, facts)


# ---------------------------------------------------------------- commands


def command(session: Session, name: str, rest: str, facts: Facts) -> Turn:
    """A command never costs an answer: with a form open, its question is asked again afterwards."""
    act = _COMMANDS.get(name)
    if act is None:
        return told(session, facts, (_("I don't know /{name}. Press /help to see what I can do.", name=name[:32]),))
    return act(session if name == "start" else replace(session, lapsed=False), facts)


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


def _register_in(session: Session, locale: str, facts: Facts) -> Turn:
    """The first press says the language too."""
    if opened(session, facts) or facts[Registered(session.talk.chat)]:
        return _register(session, facts)
    begun = begin(replace(session, locale=locale), FORMS["register"], {"language": locale})
    return ask(begun, facts, effects=(Speak((session.talk.chat,), locale),))


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


def _cancel(session: Session, facts: Facts) -> Turn:
    here = opened(session, facts)
    if here:
        return stop_question(here)
    requests = requests_of(session, facts)
    if not any(r.visit.status in (Status.PENDING, Status.APPROVED) for r in requests):
        return told(session, facts, (_("There is nothing to cancel."),))
    return status_list(session, facts)


def _language(session: Session, facts: Facts) -> Turn:
    rows = tuple((Button(verbatim(LANGUAGES[code]), f"lang={code}"),) for code in _spoken(facts))
    text = (Text("Choose your language · अपनी भाषा चुनिए"),)
    return Turn(session, (Send(session.talk.chat, Message(text, rows)),))


_COMMANDS: dict[str, Callable[[Session, Facts], Turn]] = {
    "start": _start,
    "register": _register,
    "another": _another,
    "recover": _recover,
    "visit": _visit,
    "status": status_list,
    "cancel": _cancel,
    "language": _language,
    "me": mine.me,
    "mydata": mine.mydata,
    "forget": mine.forget,
    "privacy": lambda session, facts: told(session, facts, PRIVACY),
    "help": lambda session, facts: told(session, facts, HELP),
}

# ---------------------------------------------------------------- presses


def press(session: Session, event: Pressed, facts: Facts) -> Turn:
    """A press that belongs to no form."""
    chat, session = session.talk.chat, replace(session, lapsed=False)
    if event.data.startswith("card."):
        return approve.press(session, event, facts)
    verb, _sep, rest = event.data.partition("=")
    if verb == "do" and rest in _COMMANDS:
        return _after(Answer(chat, event.press), _COMMANDS[rest](session, facts))
    if verb == "lang" and rest in facts.house.locales:
        return _speak(session, event, rest, facts)
    if verb == "register" and rest in _spoken(facts):
        return _after(Answer(chat, event.press), _register_in(session, rest, facts))
    found = DROP.fullmatch(event.data)
    if found:
        return drop(session, event, facts, *found.groups())
    if verb in mine.VERBS:
        return mine.press(session, event, verb, rest, facts)
    if verb in again.SHAPES:
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
    done = told(session, facts, (_("From now on I speak English."),))
    return replace(done, effects=(*effects, *done.effects))
