"""Forms: what a question is, what parsing may say, and every question in the order asked. There are no state names:
`answers.py` moves a form on.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from msgspec import Struct

from dialogue.effects import Effect
from dialogue.model import Button, Facts, Json, Rows
from dialogue.session import Answers, Session
from dialogue.words import Text, verbatim

# ---------------------------------------------------------------- what a field may know, and what parsing may say


SHARED = "\x01"  # before what was shared and not typed: no typed word can begin so


@dataclass(frozen=True, slots=True)
class Here:
    """Where a talk stands: all that a prompt, a choice, a skip or a parser may look at."""

    session: Session
    form: "Form"
    facts: Facts
    answers: Answers = field(init=False)  # looked at by nearly every question

    def __post_init__(self) -> None:
        object.__setattr__(self, "answers", self.session.of(self.form.name))

    @property
    def view(self) -> str:
        return self.session.view


class Valid(Struct, frozen=True):
    """The answer to keep. `locale` switches the talk's language; `also`: further answers that came with it."""

    value: Json
    effects: tuple[Effect, ...] = ()
    locale: str = ""
    also: Answers = {}


class Invalid(Struct, frozen=True):
    """A wrong answer is a value: the words say what is wrong and what to do."""

    text: Text
    effects: tuple[Effect, ...] = ()


class Look(Struct, frozen=True):
    """The same question seen from another side: a search, a page. `text` is said before it."""

    view: str
    text: Text | None = None


class Forget(Struct, frozen=True):
    """Ask an earlier question again."""

    name: str
    text: Text | None = None
    effects: tuple[Effect, ...] = ()


class Act(Struct, frozen=True):
    """Do something and stay at this question."""

    text: Text
    effects: tuple[Effect, ...] = ()


Parsed = Valid | Invalid | Look | Forget | Act
Parse = Callable[[str, Here], Parsed]


class Choice(Struct, frozen=True):
    """A button that answers: `value` is what `parse` will be given. also: other words that mean it when typed."""

    text: Text
    value: str
    also: tuple[str, ...] = ()


Choices = tuple[tuple[Choice, ...], ...]
IDLE = "x"  # the value of a button that answers nothing: the heading of a column, a day that is closed


def nothing(_here: Here) -> tuple[Effect, ...]:
    return ()


def never(_here: Here) -> bool:
    return False


def no_choices(_here: Here) -> Choices:
    return ()


def as_written(value: Json, _here: Here) -> Text:
    return verbatim(str(value))


# ---------------------------------------------------------------- fields and forms


class Field(Struct, frozen=True):
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


class Finished(Struct, frozen=True):
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


# ---------------------------------------------------------------- buttons


def press(form: Form, f: Field, choice: str) -> str:
    """A button carries its field's name, so a stale one can't answer another question."""
    return f"{form.name}.{f.name}={choice}"


def control(form: Form, f: Field, verb: str) -> str:
    return f"{form.name}.{f.name}!{verb}"


def rows(form: Form, f: Field, choices: Choices) -> Rows:
    return tuple(tuple(Button(c.text, press(form, f, c.value)) for c in row) for row in choices)
