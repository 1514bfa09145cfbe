"""Where a visitor lives: address, PIN code, and the state that it lies in."""

from dialogue.form import Choice, Choices, Field, Here, Look, Parsed, Valid
from dialogue.lists import said
from dialogue.model import Json
from dialogue.needs import States
from dialogue.parse import checked, chosen, wrong
from dialogue.words import Text, _
from visits.contact import check_pincode
from visits.person import check_address, check_text
from visits.pincode import states_of_pincode
from visits.wrong import Wrong


def _pincode(raw: str, here: Here) -> Parsed:
    """A PIN code that lies in one state answers that too; the review shows it."""
    pincode = check_pincode(raw)
    if isinstance(pincode, Wrong):
        return wrong(pincode)
    names = dict(here.facts[States()])
    likely = [code for code in states_of_pincode(pincode) if code in names]
    return Valid(pincode, also={"state": likely[0]} if len(likely) == 1 else {})


def _states(here: Here) -> Choices:
    """The likely states of the PIN code first; all of them on demand."""
    names = dict(here.facts[States()])
    likely = [code for code in states_of_pincode(here.answers["pincode"]) if code in names]
    if here.view == "all" or not likely:
        flat = [Choice(Text(name), code) for code, name in sorted(names.items(), key=lambda pair: pair[1])]
        return tuple(tuple(flat[i : i + 2]) for i in range(0, len(flat), 2))
    return (*((Choice(Text(names[code]), code),) for code in likely), (Choice(_("Another state"), "all"),))


def _state(raw: str, here: Here) -> Parsed:
    if raw == "all":
        return Look("all")
    value = chosen(raw, _states(here))
    if value is None:
        named_so = {name.casefold(): code for code, name in here.facts[States()]}
        value = named_so.get(raw.strip().casefold())
    if value is None:
        return Look("all", _("I don't know that state. Please press it in the list."))
    return Valid(value)


def _state_name(value: Json, here: Here) -> Text:
    return Text(dict(here.facts[States()]).get(value, str(value)))


ADDRESS = Field(
    "address",
    said(_("Where do you live?"), _("House, street, and village or town.")),
    checked(check_address),
    label=_("Address"),
    help=_("For example: House 12, Gali 4, near the school, Sangam Vihar."),
)

PINCODE = Field(
    "pincode",
    said(_("What is the PIN code of your post office?"), _("6 digits.")),
    _pincode,
    label=_("PIN code"),
    help=_("You find it on any letter or bill that comes to your house, for example 110064."),
)

STATE = Field(
    "state",
    said(_("In which state do you live?")),
    _state,
    label=_("State"),
    choices=_states,
    show=_state_name,
    depends=("pincode",),
)

DISTRICT = Field(
    "district",
    said(_("In which district do you live?")),
    checked(lambda raw: check_text(raw, 2, 60)),
    label=_("District"),
    depends=("state",),
    help=_("Type the name of your district, for example South Delhi."),
)
