"""Asking: the next open question as a message, sub-forms opened and finished forms closed on the way."""

from msgspec.structs import replace

from dialogue.answers import answer, begin, current, leave, progress
from dialogue.controls import GO_ON, STOP, shown
from dialogue.effects import Edit, Effect, Send, Turn
from dialogue.form import Field, Here, rows
from dialogue.forms import FORMS
from dialogue.model import Button, Facts, Message, Rows
from dialogue.session import Session
from dialogue.words import BLANK, Text, _


def living(session: Session) -> Session:
    """A talk that was begun before an upgrade: a form that is no more is left, with all that was opened from it."""
    gone = next((place for place, name in enumerate(session.forms) if name not in FORMS), None)
    if gone is None:
        return session
    forms = session.forms[:gone]
    answers = {name: given for name, given in session.answers.items() if name in forms}
    kept = {name: given for name, given in session.kept.items() if name in forms}
    return replace(session, forms=forms, answers=answers, kept=kept, view="", tries=0)


def opened(session: Session, facts: Facts) -> Here | None:
    """Where the talk stands; None when no form is open."""
    if not session.forms:
        return None
    return Here(session, FORMS[session.forms[-1]], facts)


def ask(
    session: Session,
    facts: Facts,
    lead: tuple[Text, ...] = (),
    effects: tuple[Effect, ...] = (),
    fresh: bool = True,
) -> Turn:
    """Ask what is next. `lead` is said before it; `fresh`: what the question does as it is asked (a code) is due."""
    while here := opened(session, facts):
        field = current(here)
        if field is None:
            finished = here.form.done(here)
            effects = (*effects, *finished.effects)
            session = _close(here)
            if finished.then:
                session = begin(session, FORMS[finished.then])
        elif field.sub:
            session = begin(session, FORMS[field.sub])
        else:
            if fresh:
                effects = (*effects, *field.on_ask(here))
            return Turn(session, (*effects, Send(session.talk.chat, question(here, field, lead))))
    if lead:
        effects = (*effects, Send(session.talk.chat, Message(lead)))
    return Turn(session, effects)


def _close(here: Here) -> Session:
    """Leave a finished form; a sub-form's answers go into the list under its field."""
    session = leave(here.session, here.form)
    if not session.forms:
        return session
    parent = FORMS[session.forms[-1]]
    field = current(Here(session, parent, here.facts))
    if field is None or field.sub != here.form.name:
        return session
    so_far = session.of(parent.name).get(field.name, [])
    return answer(session, parent, field.name, [*so_far, dict(here.answers)])


def question(here: Here, field: Field, lead: tuple[Text, ...] = ()) -> Message:
    """A question as a message: what was wrong before, the progress mark, the words, the buttons."""
    place, of = progress(here, field.name)
    head = _("{form} · {place} of {of}", form=here.form.title, place=place, of=of)
    text = (head, *here.form.banner(here), BLANK, *field.prompt(here))
    if lead:
        text = (*lead, BLANK, *text)
    return Message(text, (*rows(here.form, field, field.choices(here)), *shown(here, field)))


def worded(here: Here, field: Field, value: str) -> Text | None:
    """The words on the button of this value."""
    return next((c.text for row in field.choices(here) for c in row if c.value == value), None)


def chosen_echo(here: Here, field: Field, choice: Text | None, message: str) -> tuple[Effect, ...]:
    """The answered question loses its buttons and shows what was pressed, so that the chat reads as a talk."""
    if not message or choice is None:
        return ()
    text = (*field.prompt(here), BLANK, Text("➤ **{choice}**", {"choice": choice}))
    return (Edit(here.session.talk.chat, Message(text), id=message),)


def stop_question(here: Here, effects: tuple[Effect, ...] = ()) -> Turn:
    """Cancel asks first: one wrong tap must not cost twenty answers."""
    field = current(here)
    name = f"{here.form.name}.{field.name if field else ''}"
    buttons = (
        (Button(GO_ON, f"{name}!go"),),
        (Button(STOP, f"{name}!stop"),),
    )
    words = _("Do you want to stop? What you have answered so far would be erased.")
    return Turn(
        replace(here.session, stopping=True), (*effects, Send(here.session.talk.chat, Message((words,), buttons)))
    )


def told(session: Session, facts: Facts, text: tuple[Text, ...], rows: Rows = ()) -> Turn:
    """Say something in between: a question that is open is asked once more afterwards."""
    said = Send(session.talk.chat, Message(text, rows))
    if opened(session, facts):
        return ask(session, facts, effects=(said,), fresh=False)
    return Turn(session, (said,))
