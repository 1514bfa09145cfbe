"""Whom the visitor wants to see: somebody asked for before, or somebody new."""

from dialogue.form import Choice, Choices, Field, Here, Invalid, Parsed, Valid
from dialogue.forms.who import asking
from dialogue.lists import today
from dialogue.model import Json
from dialogue.needs import Known, KnownPrisoners
from dialogue.parse import PRESS_ONE, checked, chosen
from dialogue.words import Text, _
from visits.person import check_text
from visits.visit import Prisoner

NEW = "new"


def _known(here: Here) -> tuple[Known, ...]:
    visitor = asking(here)
    return here.facts[KnownPrisoners(visitor.number)] if visitor else ()


def _choices(here: Here) -> Choices:
    rows = [
        (Choice(_("{prisoner}, {jail}", prisoner=k.prisoner.name, jail=k.jail_name), str(i)),)
        for i, k in enumerate(_known(here))
    ]
    return (*rows, (Choice(_("Somebody else"), NEW),))


def _parse(raw: str, here: Here) -> Parsed:
    value = chosen(raw, _choices(here))
    if value is None:
        return Invalid(PRESS_ONE)
    if value == NEW:
        return Valid(NEW)
    known = _known(here)[int(value)]
    who = known.prisoner
    return Valid(
        {
            "name": who.name,
            "father": who.father,
            "age": who.age,
            "age_on": who.age_on.isoformat(),
            "gender": who.gender,
            "number": who.number,
            "jail": known.jail,
            "jail_name": known.jail_name,
            "relation": known.relation,
        }
    )


def _shown(value: Json, _here: Here) -> Text | None:
    if value == NEW:
        return None
    return _("{prisoner}, {jail}", prisoner=value["name"], jail=value["jail_name"])


def is_known(here: Here) -> bool:
    """Was a prisoner chosen who was asked for before? Then nothing about them is asked again."""
    return isinstance(here.answers.get("whom"), dict)


def jail_of(here: Here) -> str:
    whom = here.answers.get("whom")
    return str(whom["jail"] if isinstance(whom, dict) else here.answers.get("jail", ""))


def relation_of(here: Here) -> str:
    whom = here.answers.get("whom")
    return str(whom["relation"] if isinstance(whom, dict) else here.answers.get("relation", ""))


def prisoner_of(here: Here) -> Prisoner:
    whom, given = here.answers.get("whom"), here.answers
    if isinstance(whom, dict):
        age_on = today(here).fromisoformat(whom["age_on"])
        return Prisoner(whom["name"], whom["father"], whom["age"], age_on, whom["gender"], whom["number"])
    return Prisoner(
        given["prisoner"],
        given["prisoner_father"],
        given["prisoner_age"],
        today(here),
        given["prisoner_gender"],
        given.get("prisoner_number"),
    )


WHOM = Field(
    "whom",
    lambda _here: (_("Whom do you want to visit?"),),
    _parse,
    label=_("Prisoner"),
    choices=_choices,
    show=_shown,
    skip=lambda here: not _known(here),
    depends=("who",),
)

NUMBER = Field(
    "prisoner_number",
    lambda _here: (
        _("Do you know the prisoner's number or the case number?"),
        _("If you don't, press Skip: it only makes the search faster."),
    ),
    checked(lambda raw: check_text(raw, 2, 40)),
    label=_("Prisoner's number"),
    help=_("It is on the jail's letters or on the court's papers."),
    skip=is_known,
    optional=True,
)
