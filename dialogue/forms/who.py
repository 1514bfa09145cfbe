"""Who is asking: where several people share a phone, this is asked first."""

from dialogue.form import Choice, Choices, Field, Here, Invalid, Parsed, Valid
from dialogue.model import Json, Visitor
from dialogue.needs import Registered
from dialogue.parse import PRESS_ONE, chosen
from dialogue.words import Text, _, verbatim


def people(here: Here) -> tuple[Visitor, ...]:
    return here.facts[Registered(here.session.talk.chat)]


def asking(here: Here) -> Visitor | None:
    """The visitor whose form this is: the one chosen, or the only one."""
    there = people(here)
    number = here.answers.get("who")
    if number is None:
        return there[0] if len(there) == 1 else None
    return next((v for v in there if v.number == number), None)


def _choices(here: Here) -> Choices:
    return tuple((Choice(verbatim(v.name), v.number),) for v in people(here))


def _parse(raw: str, here: Here) -> Parsed:
    value = chosen(raw, _choices(here))
    return Invalid(PRESS_ONE) if value is None else Valid(value)


def _shown(value: Json, here: Here) -> Text | None:
    return next((verbatim(v.name) for v in people(here) if v.number == value), None)


WHO = Field(
    "who",
    lambda _here: (_("Who is asking?"),),
    _parse,
    label=_("Visitor"),
    choices=_choices,
    show=_shown,
    skip=lambda here: len(people(here)) < 2,
    help=_("Up to four people can be registered on one phone."),
)
