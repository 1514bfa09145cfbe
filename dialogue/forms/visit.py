"""Asking for a visit: jail, prisoner, when, who comes. `product.md` fields 13 to 21."""

from datetime import date

from dialogue import everyday, tell
from dialogue.ages import years
from dialogue.effects import Note
from dialogue.form import Choices, Field, Finished, Forget, Form, Here, Invalid, Parsed, Valid
from dialogue.forms.already import already, same_prisoner
from dialogue.forms.booking import banner, submit
from dialogue.forms.companion import shown
from dialogue.forms.jail import JAIL
from dialogue.forms.people import GENDER, RELATION
from dialogue.forms.when import DATE, KIND, TIME, held_back, kind_of, slot_chosen
from dialogue.forms.who import WHO, asking
from dialogue.forms.whom import NUMBER, WHOM, jail_of, relation_of
from dialogue.lists import listed, named, said, today
from dialogue.names import GENDERS, HELP, PURPOSES, RELATIONS
from dialogue.needs import Office, Request
from dialogue.parse import checked, chosen, one_of, one_or_words, person_name
from dialogue.review import review
from dialogue.words import Text, _
from visits import policy
from visits.identity import check_enrolment
from visits.person import aged
from visits.policy import Refusal
from visits.visit import Kind, Relation

# ---------------------------------------------------------------- the prisoner


def _prisoner(raw: str, here: Here) -> Parsed:
    """A name that is changed at the end may make it somebody who was asked for already."""
    found, father = person_name(raw, here), here.answers.get("prisoner_father")
    if not isinstance(found, Valid):
        return found
    in_the_way = already(here, same_prisoner(jail_of(here), found.value, father)) if father else None
    return Invalid(*in_the_way) if in_the_way else found


def _father(raw: str, here: Here) -> Parsed:
    """With the father's name it is known who the prisoner is: a request that stands in the way is told at once."""
    found = person_name(raw, here)
    if not isinstance(found, Valid):
        return found
    in_the_way = already(here, same_prisoner(jail_of(here), here.answers["prisoner"], found.value))
    return Forget("prisoner", *in_the_way) if in_the_way else found


# ---------------------------------------------------------------- how many come


def _people(here: Here) -> int:
    return int(here.answers.get("party") or 1)


def _party_choices(here: Here) -> Choices:
    office = here.facts[Office(jail_of(here))]
    most = office.rules.party if office else 1
    names = {str(n): Text("{n}", {"n": n}) for n in range(1, most + 1)}
    return listed(names, 3)(here)


HELPS = listed(HELP, 2, everyday.HELP)
HELP_BY_VIDEO = listed({name: HELP[name] for name in ("interpreter", "none")}, 2, everyday.HELP_BY_VIDEO)
HOW_MANY = {Kind.IN_PERSON: _("How many people come?"), Kind.VIDEO: _("How many people speak by video?")}


def _party(raw: str, here: Here) -> Parsed:
    value = chosen(raw, _party_choices(here))
    if value is None:
        return Invalid(_("Please press a number. The jail does not let in more people together."))
    return Valid(int(value))


# ---------------------------------------------------------------- submit

REFUSALS = {
    "notice": _("That time is too soon now. Please choose another one."),
    "horizon": _("That day is too far away now. Please choose another one."),
    "date_closed": _("The jail is closed on that day. Please choose another one."),
    "slot_full": _("Somebody else has just taken that time. Please choose another one. Your other answers are kept."),
    "moved": _("Your time was not held any longer. Please choose a time again. Your other answers are kept."),
    "too_many_visitors": _("The jail does not let in so many people together. Please choose fewer."),
    "no_adult": _("At least one grown-up must come."),
    "video_not_permitted": _("This jail has no video visits."),
}
TRY_AGAIN = _("That did not work just now. Please press the button once more.")
ASK_AGAIN = {
    "notice": "date",
    "horizon": "date",
    "date_closed": "date",
    "slot_full": "time",
    "moved": "time",
    "too_many_visitors": "party",
    "video_not_permitted": "kind",
}


def _submit(parsed: Parsed, here: Here) -> Parsed:
    """The rules once more, as they are now; what the database refused is said in the same words."""
    slot, office = slot_chosen(here), here.facts[Office(jail_of(here))]
    refused = here.facts.refused
    if not refused and (slot is None or office is None):
        refused = "notice"
    if not refused and slot and office:
        case = policy.Case(slot, party=_people(here), ages=_ages(here), held=True, zone=here.facts.house.zone)
        found: tuple[Refusal, ...] = policy.refusals(case, office.rules, here.facts.now)
        refused = found[0].code if found else ""
    if not refused:
        return parsed
    words = REFUSALS.get(refused, TRY_AGAIN)
    return Forget(ASK_AGAIN[refused], words) if refused in ASK_AGAIN else held_back(here) or Invalid(words)


def _ages(here: Here) -> tuple[int, ...]:
    visitor = asking(here)
    own = aged(visitor.age, date.fromisoformat(visitor.age_on), today(here)) if visitor else 0
    return (own, *(int(p["age"]) for p in here.answers.get("companions", [])))


def _ask(here: Here) -> Finished:
    visitor, slot, office = asking(here), slot_chosen(here), here.facts[Office(jail_of(here))]
    if visitor is None or slot is None or office is None:
        return Finished(tell.nothing_booked(here.session.talk.chat))
    kept, details = submit(here, visitor, office, slot)
    request = Request(kept.visit, visitor, office, details)
    return Finished((kept, Note("asked", {"ref": kept.visit.ref}), *tell.asked(request, slot, here.facts)))


DECLARATION = (
    _("I declare: what I wrote is true."),
    _("The jail decides. **Nobody may take money for it.**"),
)

VISIT = Form(
    name="visit",
    title=_("Visit"),
    stop=_("Stopped. Nothing was sent to the jail. Press /visit to begin again."),
    done=_ask,
    banner=banner,
    fields=(
        WHO,
        WHOM,
        JAIL,
        Field(
            "prisoner",
            said(_("What is the full name of the person in the jail?")),
            _prisoner,
            label=_("Prisoner"),
            depends=("whom",),
            help=_("The name as the court or the police wrote it."),
        ),
        Field(
            "prisoner_father",
            said(_("What is the name of this person's father?")),
            _father,
            label=_("Prisoner's father"),
            depends=("whom",),
            help=_("Many prisoners have the same name: the father's name tells them apart."),
        ),
        Field(
            "prisoner_age",
            said(_("How old is this person?"), _("If you are not sure, type what you think.")),
            years(12, 110),
            label=_("Prisoner's age"),
            depends=("whom",),
            help=_("Three years more or less do not matter."),
        ),
        Field(
            "prisoner_gender",
            said(_("Is this person a man or a woman?")),
            one_of(GENDER),
            label=_("Prisoner's gender"),
            choices=GENDER,
            show=named(GENDERS),
            depends=("whom",),
        ),
        NUMBER,
        Field(
            "relation",
            said(_("What are you to this person?"), _("I am the prisoner's ...")),
            one_of(RELATION),
            label=_("You are the prisoner's"),
            choices=RELATION,
            show=named(RELATIONS),
            depends=("who", "whom"),
        ),
        Field(
            "enrolment",
            said(_("What is your enrolment number with the Bar Council?")),
            checked(check_enrolment),
            label=_("Enrolment number"),
            help=_("It looks like D/1234/2015."),
            skip=lambda here: relation_of(here) != Relation.LAWYER,
            depends=("relation",),
        ),
        KIND,
        DATE,
        TIME,
        Field(
            "party",
            lambda here: (HOW_MANY[kind_of(here)], _("Count yourself too.")),
            _party,
            label=_("People"),
            choices=_party_choices,
            help=_("Children count too."),
            depends=("who", "jail", "whom"),
        ),
        Field(
            "companions",
            said(_("Who comes with you?")),
            lambda _raw, _here: Invalid(_("Please answer the questions about each person.")),
            label=_("With you"),
            show=shown,
            skip=lambda here: _people(here) < 2,
            depends=("party",),
            sub="companion",
            times=lambda here: _people(here) - 1,
        ),
        Field(
            "purpose",
            said(_("Why do you want to visit?"), _("Press a button or write a few words.")),
            one_or_words(listed(PURPOSES)),
            label=_("Purpose"),
            choices=listed(PURPOSES),
            show=named(PURPOSES),
            optional=True,
        ),
        Field(
            "help",
            said(_("Do you need help at the jail?")),
            one_or_words(HELPS),
            label=_("Help needed"),
            choices=HELPS,
            show=named(HELP),
            skip=lambda here: kind_of(here) is Kind.VIDEO,
        ),
        Field(
            "video_help",
            said(_("Do you need an interpreter?")),
            one_or_words(HELP_BY_VIDEO),
            label=_("Help needed"),
            choices=HELP_BY_VIDEO,
            show=named(HELP),
            skip=lambda here: kind_of(here) is not Kind.VIDEO,
        ),
        review((_("Please check your request:"),), _("✅ Send to the jail"), _submit, DECLARATION),
    ),
)
