"""One person who comes along: a sub-form, asked once for each."""

from dialogue.form import Field, Finished, Form, Here, Parsed, Valid
from dialogue.lists import listed, named, said
from dialogue.model import Json
from dialogue.names import GENDERS, ID_KINDS, RELATIONS
from dialogue.parse import checked, one_of, wrong
from dialogue.words import Text, _, verbatim
from visits.identity import IdKind, check_id, last_four
from visits.person import check_age, check_name
from visits.wrong import Wrong

CHILD = 18  # below this age no ID is asked for


def _id_number(raw: str, here: Here) -> Parsed:
    number = check_id(IdKind(here.answers["id_kind"]), raw)
    return wrong(number) if isinstance(number, Wrong) else Valid({"last4": last_four(number)})


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
        Field("name", said(_("What is the name of the person who comes with you?")), checked(check_name)),
        Field("age", said(_("How old is this person?")), checked(lambda raw: check_age(raw, 0, 110))),
        Field(
            "gender",
            said(_("A man or a woman?")),
            one_of(listed(GENDERS, 3)),
            choices=listed(GENDERS, 3),
            show=named(GENDERS),
        ),
        Field(
            "relation",
            said(_("What is this person to the prisoner?"), _("The prisoner's ...")),
            one_of(listed(RELATIONS, 3)),
            choices=listed(RELATIONS, 3),
            show=named(RELATIONS),
        ),
        Field(
            "id_kind",
            said(_("Which ID card will this person bring?")),
            one_of(listed(ID_KINDS, 2)),
            choices=listed(ID_KINDS, 2),
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
            numbers=True,
        ),
    ),
)
