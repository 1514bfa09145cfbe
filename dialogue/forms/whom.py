"""Whom the visitor wants to see: somebody asked for before, whose request is then half written, or somebody new."""

from dialogue.form import Choice, Choices, Field, Here, Invalid, Parsed, Valid
from dialogue.forms.already import already, many_wait, same_prisoner
from dialogue.forms.who import asking
from dialogue.lists import today
from dialogue.model import Facts, Json
from dialogue.needs import KnownPrisoners, Office, Request
from dialogue.parse import PRESS_ONE, checked, chosen
from dialogue.session import Answers
from dialogue.standing import fresh
from dialogue.words import Text, _
from visits.person import aged, check_text
from visits.visit import Prisoner, Reason

NEW = "new"

# What a refusal has shown to be wrong is asked anew.
DOUBTFUL = {
    Reason.PRISONER_NOT_FOUND: ("prisoner", "prisoner_father"),
    Reason.TRANSFERRED: ("jail",),
    Reason.VIDEO_NOT_PERMITTED: ("kind",),
    Reason.TOO_MANY_VISITORS: ("party", "companions"),
    Reason.NO_ADULT: ("party", "companions"),
}


def before(request: Request, facts: Facts) -> Answers:
    """The answers of an earlier request that may stand again: all but the day and the time."""
    v, p, details = request.visit, request.visit.prisoner, request.details
    office = facts[Office(v.jail)]
    given: dict[str, Json] = {
        "prisoner": p.name,
        "prisoner_father": p.father,
        "prisoner_age": aged(p.age, p.age_on, facts.now.astimezone(facts.house.zone).date()),
        "prisoner_gender": p.gender,
        "prisoner_number": p.number,
        "relation": v.relation.value,
    }
    if office and office.chat:
        given["jail"] = v.jail
    given |= {name: details[name] for name in ("enrolment", "purpose", "help", "video_help") if name in details}
    if office and v.kind in office.kinds:
        given["kind"] = v.kind.value
    companions = details.get("companions") or []
    if office and v.party <= office.rules.party and len(companions) == v.party - 1:
        given |= {"party": v.party, "companions": companions}
    doubtful = DOUBTFUL.get(Reason(v.reason), ()) if v.reason and not fresh(request, facts) else ()
    return {name: value for name, value in given.items() if name not in doubtful}


def _known(here: Here) -> tuple[Request, ...]:
    visitor = asking(here)
    return here.facts[KnownPrisoners(visitor.number)] if visitor else ()


def _worded(request: Request) -> Text:
    return _("{prisoner}, {jail}", prisoner=request.visit.prisoner.name, jail=request.office.jail.name)


def _choices(here: Here) -> Choices:
    rows = [(Choice(_worded(request), request.visit.ref),) for request in _known(here)]
    return (*rows, (Choice(_("Somebody else"), NEW),))


def _parse(raw: str, here: Here) -> Parsed:
    """Somebody known brings the answers of their last request along; what is answered here already stays."""
    value = chosen(raw, _choices(here))
    if value is None:
        return Invalid(PRESS_ONE)
    if value == NEW:
        return Valid(NEW)
    request = next(r for r in _known(here) if r.visit.ref == value)
    v = request.visit
    if in_the_way := already(here, same_prisoner(v.jail, v.prisoner.name, v.prisoner.father)):
        return Invalid(*in_the_way)
    if many := many_wait(here, request.office.rules):
        return Invalid(many)
    again = {name: it for name, it in before(request, here.facts).items() if name not in here.answers}
    return Valid(v.ref, also=again)


def _shown(value: Json, here: Here) -> Text:
    return next((_worded(r) for r in _known(here) if r.visit.ref == value), _("Somebody else"))


def jail_of(here: Here) -> str:
    return str(here.answers.get("jail", ""))


def relation_of(here: Here) -> str:
    return str(here.answers.get("relation", ""))


def prisoner_of(here: Here) -> Prisoner:
    given = here.answers
    return Prisoner(
        given["prisoner"],
        given["prisoner_father"],
        given["prisoner_age"],
        today(here),
        given["prisoner_gender"],
        given.get("prisoner_number"),
    )


def _number(raw: str, here: Here) -> Parsed:
    """Words are none: whoever writes "yes" or "ask the court" doesn't have it at hand."""
    found = checked(lambda words: check_text(words, 2, 40))(raw, here)
    if isinstance(found, Valid) and not any(char.isdigit() for char in found.value):
        return Invalid(_("A number has digits in it, for example F-1234/2026. If you don't know it, press Skip."))
    return found


# No line in the review: each answer that came along has its own.
WHOM = Field(
    "whom",
    lambda _here: (_("Whom do you want to visit?"),),
    _parse,
    choices=_choices,
    show=_shown,
    skip=lambda here: not _known(here),
    help=_("Press a name to visit this person again. For a new person press Somebody else."),
)

NUMBER = Field(
    "prisoner_number",
    lambda _here: (
        _("Do you know the prisoner's number or the case number?"),
        _("If you don't know it, press Skip."),
    ),
    _number,
    label=_("Prisoner's number"),
    help=_("It is on the jail's letters or on the court's papers."),
    depends=("whom",),
    optional=True,
)
