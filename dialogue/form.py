"""Forms: every question in the order asked, and how one answer moves a form on.

There are no state names. The next question is the first field neither answered nor skipped; Edit, Back and a slot lost
to somebody else are all `forget`.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace

from dialogue.effects import Effect
from dialogue.model import Answers, Button, Facts, Json, Rows, Session
from dialogue.words import Text, verbatim

# ---------------------------------------------------------------- what a field may know, and what parsing may say


SHARED = "\x01"  # before what was shared and not typed: no typed word can begin so


@dataclass(frozen=True, slots=True)
class Here:
    """Where a talk stands: all that a prompt, a choice, a skip or a parser may look at."""

    session: Session
    form: "Form"
    facts: Facts

    @property
    def answers(self) -> Answers:
        return self.session.of(self.form.name)

    @property
    def view(self) -> str:
        return self.session.view


@dataclass(frozen=True, slots=True)
class Valid:
    """The answer to keep. `locale` switches the talk's language; `also`: further answers that came with it."""

    value: Json
    effects: tuple[Effect, ...] = ()
    locale: str = ""
    also: Answers = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Invalid:
    """A wrong answer is a value: the words say what is wrong and what to do."""

    text: Text
    effects: tuple[Effect, ...] = ()


@dataclass(frozen=True, slots=True)
class Look:
    """The same question seen from another side: a search, a page. `text` is said before it."""

    view: str
    text: Text | None = None


@dataclass(frozen=True, slots=True)
class Forget:
    """Ask an earlier question again."""

    name: str
    text: Text | None = None
    effects: tuple[Effect, ...] = ()


@dataclass(frozen=True, slots=True)
class Act:
    """Do something and stay at this question."""

    text: Text
    effects: tuple[Effect, ...] = ()


Parsed = Valid | Invalid | Look | Forget | Act
Parse = Callable[[str, Here], Parsed]


@dataclass(frozen=True, slots=True)
class Choice:
    """A button that answers: `value` is what `parse` will be given. also: other words that mean it when typed."""

    text: Text
    value: str
    also: tuple[str, ...] = ()


Choices = tuple[tuple[Choice, ...], ...]


def nothing(_here: Here) -> tuple[Effect, ...]:
    return ()


def never(_here: Here) -> bool:
    return False


def no_choices(_here: Here) -> Choices:
    return ()


def as_written(value: Json, _here: Here) -> Text:
    return verbatim(str(value))


# ---------------------------------------------------------------- fields and forms


@dataclass(frozen=True, slots=True)
class Field:
    """One question.

    label: names its line in the review; without one there is none. show: words a kept answer; None: no line.
    secret: the message that held the answer is deleted from the chat.
    takes: what may be shared instead of typing ("contact", "location"). sub: a form asked `times` over, its answers a
    list here. on_forget: what taking the answer back undoes (a held seat); such an answer is never offered again.
    """

    name: str
    prompt: Callable[[Here], tuple[Text, ...]]
    parse: Parse
    label: Text | None = None
    help: Text | None = None
    choices: Callable[[Here], Choices] = no_choices
    show: Callable[[Json, Here], Text | None] = as_written
    skip: Callable[[Here], bool] = never
    depends: tuple[str, ...] = ()
    on_ask: Callable[[Here], tuple[Effect, ...]] = nothing
    on_forget: Callable[[Here], tuple[Effect, ...]] | None = None
    secret: bool = False
    optional: bool = False
    takes: str = ""
    sub: str = ""
    times: Callable[[Here], int] = lambda _here: 0


@dataclass(frozen=True, slots=True)
class Finished:
    """What a complete form does: its effects, and whether the talk goes on with another form."""

    effects: tuple[Effect, ...] = ()
    then: str = ""


@dataclass(frozen=True, slots=True)
class Form:
    """`done` is called once every field is answered or skipped. Bad declarations are refused as the module loads."""

    name: str
    title: Text
    fields: tuple[Field, ...]
    done: Callable[[Here], Finished]
    stop: Text
    banner: Callable[[Here], tuple[Text, ...]] = lambda _here: ()
    by_name: Mapping[str, Field] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        names = [f.name for f in self.fields]
        if len(set(names)) < len(names):
            raise ValueError(f"form {self.name}: two fields of one name")
        for place, f in enumerate(self.fields):
            late = set(f.depends) - set(names[:place])
            if late:
                raise ValueError(f"form {self.name}: {f.name} depends on {sorted(late)}, not asked before it")
            if len(f"{self.name}.{f.name}!".encode()) > 40:
                raise ValueError(f"form {self.name}: the name {f.name} leaves no room for an answer in 64 bytes")
        object.__setattr__(self, "by_name", {f.name: f for f in self.fields})


# ---------------------------------------------------------------- moving on


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
    return replace(
        session,
        answers={**session.answers, form.name: given},
        kept={**session.kept, form.name: kept},
        view="",
        tries=0,
    )


def forget(session: Session, form: Form, name: str) -> Session:
    """Take back an answer and all that depends on it. They are kept aside: `restore` undoes it."""
    gone = _with_dependents(form, name)
    given = session.of(form.name)
    held = {f.name for f in form.fields if f.on_forget}
    taken = {k: v for k, v in given.items() if k in gone and k not in held}
    rest = {k: v for k, v in given.items() if k not in gone}
    kept = {**session.kept.get(form.name, {}), **({name: taken} if name in taken else {})}
    return replace(
        session,
        answers={**session.answers, form.name: rest},
        kept={**session.kept, form.name: kept},
        view="",
        tries=0,
    )


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
    given = {**session.of(form.name), **taken}
    return replace(
        session,
        answers={**session.answers, form.name: given},
        kept={**session.kept, form.name: kept},
        view="",
        tries=0,
    )


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


# ---------------------------------------------------------------- buttons


def press(form: Form, f: Field, choice: str) -> str:
    """A button carries its field's name, so a stale one can't answer another question."""
    return f"{form.name}.{f.name}={choice}"


def control(form: Form, f: Field, verb: str) -> str:
    return f"{form.name}.{f.name}!{verb}"


def rows(form: Form, f: Field, choices: Choices) -> Rows:
    return tuple(tuple(Button(c.text, press(form, f, c.value)) for c in row) for row in choices)
