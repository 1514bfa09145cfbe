"""step(): the one way in. A pure, total function of the session, the event and the facts."""

import re
from typing import assert_never

from msgspec.structs import replace

from dialogue import approve, menu
from dialogue.answers import answer, current, leave, previous, restore, take_back, undone
from dialogue.controls import SKIP, called, kept_words
from dialogue.effects import Answer, Delete, Edit, Effect, Note, Send, Speak, Turn, Wants
from dialogue.form import SHARED, Act, Field, Forget, Form, Here, Invalid, Look, Parsed, Valid
from dialogue.forms import FORMS
from dialogue.forms.reason import NO_AADHAAR, REASON
from dialogue.model import Commanded, Event, Facts, Gone, Message, Missing, Moved, Pressed, Refused, Said, Sent, Shared
from dialogue.parse import PRESS_ONE, meant
from dialogue.questions import ask, chosen_echo, living, opened, question, stop_question, worded
from dialogue.session import Session
from dialogue.words import Text, _
from visits.contact import check_mobile
from visits.identity import holds_aadhaar
from visits.text import normalise
from visits.wrong import Wrong

GREETINGS = frozenset(
    "hi hii hello helo hey hlo namaste namaskar namaskaram vanakkam salaam salam ok okay hmm thanks thank_you "
    "नमस्ते नमस्कार हेलो हैलो हाय வணக்கம் నమస్తే ನಮಸ್ಕಾರ നമസ്കാരം নমস্কার નમસ્તે ਸਤਿ_ਸ੍ਰੀ_ਅਕਾਲ سلام ✋ 🙏".replace("_", " ").split()
)
NAMES_TOO = frozenset({"salam", "salaam", "سلام"})  # greetings that people are called by
PERSONS = frozenset({"name", "father", "prisoner", "prisoner_father"})  # the questions for a person's name
PRESS = re.compile(r"([a-z_]{1,20})\.([a-z_]{1,24})([=!])(.{0,64})", re.DOTALL)


def step(session: Session, event: Event | Refused, facts: Facts) -> Turn | Wants:
    """What one event does: the new session and the effects, or the facts that are wanted first. Never raises."""
    if isinstance(event, Refused):
        facts, event = facts.after(event.reason), event.event
    session = living(session)
    try:
        return _private(session, event, facts) if session.talk.private else approve.step(session, event, facts)
    except Missing as missing:
        return Wants((missing.need,))


def _private(session: Session, event: Event, facts: Facts) -> Turn:
    stopping = session.stopping
    if stopping:
        session = replace(session, stopping=False)
    match event:
        case Said() if session.forms[-1:] == (REASON.name,):  # an office that is one person's own chat
            return approve.step(session, event, facts)
        case Commanded("pending" | "today" | "find"):
            return approve.step(session, event, facts)
        case Said(text, message):
            return _said(session, text, message, stopping, facts)
        case Commanded(name, rest) if holds_aadhaar(name):  # a command that isn't known is named in the answer
            return menu.command(session, "…", rest, facts)
        case Pressed():
            return _pressed(session, event, facts)
        case Commanded(name, rest):
            return menu.command(session, name, rest, facts)
        case Shared(what, value, own):
            here = opened(session, facts)
            field = current(here) if here else None
            if here and field and field.takes == what and (own or what != "contact"):
                return _moved(here, field, field.parse(f"{SHARED}{what}:{value}", here), (), facts)
            if field and field.takes == what:
                return _kindly(session, _("Please share your own contact, or type the number."), facts)
            return _kindly(session, _("Thank you, but I don't need that now."), facts)
        case Sent(kind):
            return _kindly(session, CANT_READ.get(kind, CANT_READ["unknown"]), facts)
        case Gone() | Moved():
            return Turn(session, (Note("chat_gone"),))
    assert_never(event)


CANT_READ = {
    "edited": _("You changed an old message. I only read new ones: to change an answer, use Back or Edit."),
    "sticker": _("A nice sticker! I can only read typed words and buttons."),
    "voice": _("I can't listen to voice notes. Please type, or press a button."),
    "photo": _("I don't need any picture. Please never send photos of your ID here."),
    "unknown": _("I can't read that. Please type, or press a button."),
}


def _kindly(session: Session, text: Text, facts: Facts) -> Turn:
    """An answer that costs nothing: a word, and the open question once more."""
    if opened(session, facts):
        return ask(session, facts, lead=(text,), fresh=False)
    return Turn(session, (Send(session.talk.chat, Message((text,), menu.buttons())),))


def _said(session: Session, text: str, message: str, stopping: bool, facts: Facts) -> Turn:
    here = opened(session, facts)
    field = current(here) if here else None
    if here is None or field is None:
        return menu.idle(session, facts)
    effects: tuple[Effect, ...] = ()
    if field.secret and message:
        effects = (Delete(session.talk.chat, message),)
    words = normalise(text)
    greeting = words.casefold().rstrip("!. ")
    if greeting in GREETINGS and not (greeting in NAMES_TOO and field.name in PERSONS):
        return ask(session, facts, lead=(_("Namaste 🙏 We are in the middle of this:"),), fresh=False)
    if _tells_aadhaar(field, words):
        effects = (Delete(session.talk.chat, message),) if message else ()
        return ask(session, facts, lead=(NO_AADHAAR,), effects=effects, fresh=False)
    if verb := called(words, here, field, stopping):
        return _control(here, field, verb, facts)
    raw = meant(text.replace(SHARED, " "), here, field.choices(here))
    return _moved(here, field, field.parse(raw, here), effects, facts)


def _tells_aadhaar(field: Field, words: str) -> bool:
    """91 and a mobile are 12 digits too: at the question for a mobile they are one."""
    if field.secret or not holds_aadhaar(words):
        return False
    return field.name != "mobile" or isinstance(check_mobile(words), Wrong)


# ---------------------------------------------------------------- one answer


def _moved(here: Here, field: Field, parsed: Parsed, effects: tuple[Effect, ...], facts: Facts) -> Turn:
    session, form = here.session, here.form
    match parsed:
        case Valid(value, more, locale, also):
            for name, further in (*also.items(), (field.name, value)):
                session = answer(session, form, name, further)
            if locale and locale != session.locale:
                session = replace(session, locale=locale)
                more = (*more, Speak((session.talk.chat,), locale))
            return ask(session, facts, effects=(*effects, *more))
        case Invalid(text, more):
            session = replace(session, tries=session.tries + 1)
            lead: tuple[Text, ...] = (Text("⚠️ {text}", {"text": text}),)
            if session.tries >= 3 and field.help:
                lead = (*lead, field.help)
            return ask(session, facts, lead=lead, effects=(*effects, *more), fresh=False)
        case Look(view, words):
            said = (words,) if words else ()
            return ask(replace(session, view=view), facts, lead=said, effects=effects, fresh=False)
        case Forget(name, words, more):
            said = (words,) if words else ()
            session, undoes = take_back(here, name)
            return ask(session, facts, lead=said, effects=(*effects, *undoes, *more))
        case Act(text, more):
            return ask(replace(session, view=""), facts, lead=(text,), effects=(*effects, *more), fresh=False)
    assert_never(parsed)


# ---------------------------------------------------------------- buttons


def _pressed(session: Session, event: Pressed, facts: Facts) -> Turn:
    """A press in a private chat. Its data may be old, cut or forged: it acts only on the question that is open."""
    chat = session.talk.chat
    done: tuple[Effect, ...] = ()
    match_ = PRESS.fullmatch(event.data)
    if match_ is None or match_.group(1) not in FORMS:
        return menu.press(session, event, facts)
    form_name, field_name, sign, rest = match_.groups()
    here = opened(session, facts)
    field = current(here) if here else None
    old = field is None or field.name != field_name
    if here and here.form.name == form_name and old and sign == "!" and rest in ("cancel", "stop", "go"):
        done = (Answer(chat, event.press),)  # what it means is still clear; for how much it was meant is asked again
        return ask(session, facts, effects=done, fresh=False) if rest == "go" else stop_question(here, done)
    if here is None or field is None or (here.form.name, field.name) != (form_name, field_name):
        text = (
            _("That question is already answered. To change it, use Back or Edit.") if here else _("That is finished.")
        )
        return Turn(session, (Answer(chat, event.press, text),))
    if sign == "!":
        return _control(here, field, rest, facts, event)
    if _tells_aadhaar(field, rest):  # no button of ours says such a thing
        return Turn(session, (Answer(chat, event.press, _("That button doesn't work here.")),))
    done = (Answer(chat, event.press),)
    parsed = field.parse(rest.replace(SHARED, " "), here)
    if isinstance(parsed, Look) and event.message:
        session = replace(session, view=parsed.view)
        page = question(Here(session, here.form, facts), field)
        return Turn(session, (*done, Edit(chat, page, id=event.message)))
    if isinstance(parsed, Valid | Forget):
        words = worded(here, field, rest)
        if isinstance(parsed, Valid) and field.label and words:
            words = field.show(parsed.value, here) or words
        done = (*done, *chosen_echo(here, field, words, event.message))
    return _moved(here, field, parsed, done, facts)


def _control(here: Here, field: Field, verb: str, facts: Facts, event: Pressed | None = None) -> Turn:
    """One of the buttons under a question; without a press its words were typed."""
    session, form, chat = here.session, here.form, here.session.talk.chat
    done: tuple[Effect, ...] = (Answer(chat, event.press),) if event else ()
    message = event.message if event else ""
    match verb:
        case "back":
            return _back(here, field, done, facts)
        case "help":
            return ask(session, facts, lead=(field.help or menu.GENERAL_HELP,), effects=done, fresh=False)
        case "keep" if field.name in session.kept.get(form.name, {}):
            echo = chosen_echo(here, field, kept_words(here, field), message)
            return ask(restore(session, form, field.name), facts, effects=(*done, *echo))
        case "skip" if field.optional:
            echo = chosen_echo(here, field, SKIP, message)
            return ask(answer(session, form, field.name, None), facts, effects=(*done, *echo))
        case "cancel":
            return stop_question(here, done)
        case "stop":
            words = Message((form.stop,))
            said = Edit(chat, words, id=message) if event else Send(chat, words)
            session, undoes = _leave_all(session, facts)
            return Turn(session, (*done, said, *undoes, Note("form_stopped", {"form": form.name})))
        case "go":
            return ask(session, facts, effects=done, fresh=False)
    if event is None:
        hint = (field.help,) if field.help else ()
        return ask(session, facts, lead=(NEEDED, *hint, PRESS_ONE if field.choices(here) else LATER), fresh=False)
    return Turn(session, (Answer(chat, event.press, _("That button doesn't work here.")),))


NEEDED = _("This question can't be skipped.")
LATER = _("You may find out first and go on later: your answers are kept for 3 days.")


def _leave_all(session: Session, facts: Facts) -> tuple[Session, tuple[Effect, ...]]:
    """Close every form, and undo what their answers held."""
    undoes: tuple[Effect, ...] = ()
    while here := opened(session, facts):
        session = leave(session, here.form)
        undoes = (*undoes, *undone(here, session))
    return session, undoes


def _back(here: Here, field: Field, effects: tuple[Effect, ...], facts: Facts) -> Turn:
    session, form = here.session, here.form
    before = previous(here, field.name)
    if before is None and len(session.forms) > 1:
        return _back_to_parent(session, form, effects, facts)
    if before is None:
        lead = (_("This is the first question."),)
        return ask(session, facts, lead=lead, effects=effects, fresh=False)
    session, undoes = take_back(here, before.name)
    return ask(session, facts, effects=(*effects, *undoes))


def _back_to_parent(session: Session, form: Form, effects: tuple[Effect, ...], facts: Facts) -> Turn:
    """Back from the first question of a sub-form: to the question before it in the form around it."""
    session = leave(session, form)
    parent = FORMS[session.forms[-1]]
    here = Here(session, parent, facts)
    field = current(here)
    before = previous(here, field.name) if field else None
    if before is None:
        return ask(session, facts, effects=effects)
    session, undoes = take_back(here, before.name)
    return ask(session, facts, effects=(*effects, *undoes))
