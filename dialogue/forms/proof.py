"""The number of an ID card: the question in the card's own words; of the answer its last four and a keyed hash stay."""

from dialogue.form import Here, Parsed, Valid
from dialogue.model import Json
from dialogue.parse import wrong
from dialogue.words import Text, _, verbatim
from visits.identity import IdKind, check_id, last_four
from visits.wrong import Wrong

CARD = {
    IdKind.AADHAAR: _("Type the 12 digits of your Aadhaar card."),
    IdKind.VOTER: _("Type the number of your voter ID: 3 letters and 7 digits."),
    IdKind.LICENCE: _("Type the number of your driving licence."),
    IdKind.PAN: _("Type your PAN: 10 letters and digits."),
    IdKind.PASSPORT: _("Type the number of your passport."),
    IdKind.RATION: _("Type the number of your ration card."),
    IdKind.OTHER: _("Type the number on your ID."),
    IdKind.NONE: _("Type the number on your ID."),
}


def id_prompt(here: Here) -> tuple[Text, ...]:
    kind = IdKind(here.answers["id_kind"])
    return CARD[kind], _("I keep only its last four signs, and delete your message at once.")


def id_number(raw: str, here: Here) -> Parsed:
    kind = IdKind(here.answers["id_kind"])
    number = check_id(kind, raw)
    if isinstance(number, Wrong):
        return wrong(number)
    return Valid({"last4": last_four(number), "hash": here.facts.vault.digest(f"id:{kind}", number)})


def id_shown(value: Json, _here: Here) -> Text:
    return verbatim(f"•••• {value['last4']}")
