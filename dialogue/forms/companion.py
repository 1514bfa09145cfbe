"""One person who comes along: a sub-form, asked once for each."""

from dialogue.ages import years
from dialogue.form import Choice, Choices, Field, Finished, Form, Here, Invalid, Parsed, Valid
from dialogue.forms.people import GENDER, ID_KIND, RELATION
from dialogue.lists import named, said
from dialogue.model import Json
from dialogue.names import GENDERS, RELATIONS
from dialogue.needs import Companions, Registered
from dialogue.parse import one_of, person_name, wrong
from dialogue.words import Text, _, verbatim
from visits.identity import IdKind, check_id, last_four
from visits.wrong import Wrong

CHILD = 18  # below this age no ID is asked for


def _id_number(raw: str, here: Here) -> Parsed:
    number = check_id(IdKind(here.answers["id_kind"]), raw)
    return wrong(number) if isinstance(number, Wrong) else Valid({"last4": last_four(number)})


def _known(here: Here) -> tuple[dict[str, Json], ...]:
    """Who came along before and isn't in this visit yet."""
    given = here.session.of("visit")
    people = here.facts[Registered(here.session.talk.chat)]
    visitor = next((v for v in people if v.number == given.get("who")), people[0] if people else None)
    taken = {c["name"] for c in given.get("companions", [])}
    return tuple(c for c in here.facts[Companions(visitor.number)] if c["name"] not in taken) if visitor else ()


def _which_one(here: Here) -> tuple[Text, ...]:
    """Counted with the visitor, as the question before did."""
    given = here.session.of("visit")
    place, of = len(given.get("companions", [])) + 2, given.get("party", 2)
    return (_("Person {place} of {of}: what is the full name?", place=place, of=of),)


def _before(here: Here) -> Choices:
    return tuple(
        (Choice(_("{name}, {age}", name=c["name"], age=c["age"]), f"again:{n}"),)
        for n, c in enumerate(_known(here)[:6])
    )


def _name(raw: str, here: Here) -> Parsed:
    """A new name, or somebody known, whose other answers come along."""
    if raw.startswith("again:"):
        known = [c for n, c in enumerate(_known(here)[:6]) if raw == f"again:{n}"]
        if not known:
            return Invalid(_("Please type the name."))
        rest = {name: value for name, value in known[0].items() if name != "name"}
        return Valid(known[0]["name"], also=rest)
    return person_name(raw, here)


def _no_id(here: Here) -> bool:
    return int(here.answers.get("age", 0)) < CHILD


def shown(people: Json, _here: Here) -> Text:
    """The companions on one line: name and age."""
    return verbatim(", ".join(f"{p['name']} ({p['age']})" for p in people))


COMPANION = Form(
    name="companion",
    title=_("Who comes along"),
    stop=_("Stopped. Your answers are erased. Press /visit to begin again."),
    done=lambda _here: Finished(),
    fields=(
        Field(
            "name",
            _which_one,
            _name,
            choices=_before,
        ),
        Field(
            "age",
            lambda here: (_("How old is {name}?", name=here.answers["name"]),),
            years(0, 110),
        ),
        Field(
            "gender",
            lambda here: (_("Is {name} a man or a woman?", name=here.answers["name"]),),
            one_of(GENDER),
            choices=GENDER,
            show=named(GENDERS),
        ),
        Field(
            "relation",
            lambda here: (
                _("Who is {name} to the prisoner?", name=here.answers["name"]),
                _("{name} is the prisoner's ...", name=here.answers["name"]),
            ),
            one_of(RELATION),
            choices=RELATION,
            show=named(RELATIONS),
        ),
        Field(
            "id_kind",
            lambda here: (_("Which ID card will {name} bring?", name=here.answers["name"]),),
            one_of(ID_KIND),
            choices=ID_KIND,
            skip=_no_id,
            depends=("age",),
        ),
        Field(
            "id_number",
            said(
                _("Type the number on that card."),
                _("I keep only its last four signs, and delete your message."),
            ),
            _id_number,
            skip=lambda here: _no_id(here) or here.answers.get("id_kind") == IdKind.NONE,
            depends=("id_kind",),
            secret=True,
        ),
    ),
)
