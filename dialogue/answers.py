"""The answers are the state: which question is open, and what an answer, Edit and Back do to them.

The next question is the first field neither answered nor skipped; Edit, Back and a slot lost to somebody else are all
`forget`.
"""

from collections.abc import Mapping

from msgspec.structs import replace

from dialogue.effects import Effect
from dialogue.form import Field, Form, Here
from dialogue.model import Json
from dialogue.session import Answers, Session


def answered(f: Field, here: Here) -> bool:
    if f.name not in here.answers:
        return False
    return not f.sub or len(here.answers[f.name]) >= f.times(here)


def current(here: Here) -> Field | None:
    """The first field neither answered nor skipped; None when the form is complete."""
    for f in here.form.fields:
        if not answered(f, here) and not f.skip(here):
            return f
    return None


def begin(session: Session, form: Form, prefilled: Answers | None = None) -> Session:
    """Open a form on top of what is open, empty or prefilled."""
    answers = {**session.answers, form.name: dict(prefilled or {})}
    kept = {name: given for name, given in session.kept.items() if name != form.name}
    return replace(session, forms=(*session.forms, form.name), answers=answers, kept=kept, view="", tries=0)


def leave(session: Session, form: Form) -> Session:
    """Close the form that is open, with its answers."""
    answers = {name: given for name, given in session.answers.items() if name != form.name}
    kept = {name: given for name, given in session.kept.items() if name != form.name}
    return replace(session, forms=session.forms[:-1], answers=answers, kept=kept, view="", tries=0)


def _with_dependents(form: Form, name: str) -> set[str]:
    """A field and all that depends on it, near or far: a field depends on earlier ones only."""
    found = {name}
    for f in form.fields:
        if found & set(f.depends):
            found.add(f.name)
    return found


def answer(session: Session, form: Form, name: str, value: Json) -> Session:
    """Keep one answer. What was offered again for it is gone, and for all that depends on it: a number that was proved
    says nothing about another one."""
    gone = _with_dependents(form, name)
    given = {**session.of(form.name), name: value}
    kept = {k: v for k, v in session.kept.get(form.name, {}).items() if k not in gone}
    return _standing(session, form, given, kept)


def _standing(session: Session, form: Form, given: Answers, kept: Mapping[str, Answers]) -> Session:
    """With these answers of one form, and these kept aside; the next question is looked at anew."""
    answers, aside = {**session.answers, form.name: given}, {**session.kept, form.name: kept}
    return replace(session, answers=answers, kept=aside, view="", tries=0)


def forget(session: Session, form: Form, name: str) -> Session:
    """Take back an answer and all that depends on it. They are kept aside: `restore` undoes it."""
    gone = _with_dependents(form, name)
    given = session.of(form.name)
    held = {f.name for f in form.fields if f.on_forget}
    taken = {k: v for k, v in given.items() if k in gone and k not in held}
    rest = {k: v for k, v in given.items() if k not in gone}
    kept = {**session.kept.get(form.name, {}), **({name: taken} if name in taken else {})}
    return _standing(session, form, rest, kept)


def take_back(here: Here, name: str) -> tuple[Session, tuple[Effect, ...]]:
    """`forget`, and what it undoes."""
    session = forget(here.session, here.form, name)
    return session, undone(here, session)


def undone(here: Here, after: Session) -> tuple[Effect, ...]:
    """What is undone by the answers that are there now and not in `after`."""
    kept = after.of(here.form.name)
    gone = [f for f in here.form.fields if f.on_forget and f.name in here.answers and f.name not in kept]
    return tuple(effect for f in gone if f.on_forget for effect in f.on_forget(here))


def restore(session: Session, form: Form, name: str) -> Session:
    """Keep the answer that was taken back, with all that went with it."""
    kept = dict(session.kept.get(form.name, {}))
    taken = kept.pop(name, {})
    return _standing(session, form, {**session.of(form.name), **taken}, kept)


def previous(here: Here, name: str) -> Field | None:
    """The question before this one that was really asked."""
    before = None
    for f in here.form.fields:
        if f.name == name:
            return before
        if f.name in here.answers and not f.skip(here):
            before = f
    return before


def progress(here: Here, name: str) -> tuple[int, int]:
    """(which question this is, how many there are), skipped ones left out."""
    asked = [f.name for f in here.form.fields if f.name == name or not f.skip(here)]
    return asked.index(name) + 1, len(asked)
