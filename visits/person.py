"""Who somebody is: name, age, address, and short free words; any script, no guess at what a name must be."""

import re
import unicodedata
from datetime import date

from visits.text import normalise, normalise_lines
from visits.wrong import Wrong

NAME_LOW, NAME_HIGH = 2, 80
ADDRESS_LOW, ADDRESS_HIGH = 10, 250
_NAME_SIGNS = " .'-\u2019"
_JOINERS = "\u200c\u200d"
_STACK = 4  # marks on one letter; more is not a name in any script, but a drawing over the lines above
# "45", "45 years", "I am 45", "४५ साल": words around one number, but no sign, second number or fraction.
_AGE = re.compile(r"[^\d+\-\u2212.,/:]*(\d{1,3})(?:[^\d+\-\u2212,/:.]*\.?)", re.ASCII)


def check_name(raw: str) -> str | Wrong:
    """2 to 80 characters: letters and marks of any script, space . ' - and ’; at least two of them letters."""
    name = normalise(raw)
    if any(char.isdigit() for char in name):
        return Wrong("name_digits")
    signs = [char for char in dict.fromkeys(name) if not _belongs(char)]
    if signs:
        return Wrong("name_signs", {"signs": " ".join(signs[:5])})
    stacked = _overloaded(name)
    if stacked:
        return Wrong("name_signs", {"signs": stacked})
    if len(name) > NAME_HIGH:
        return Wrong("name_long", {"high": NAME_HIGH, "got": len(name)})
    kinds = [unicodedata.category(char)[0] for char in name]
    # A vowel sign is a letter to whoever reads it: the name जी is one letter and one mark.
    if "L" not in kinds or kinds.count("L") + kinds.count("M") < NAME_LOW:
        return Wrong("name_short", {"low": NAME_LOW})
    return name


def check_age(raw: str, low: int, high: int) -> int | Wrong:
    """Whole years, low to high inclusive; words around the number do no harm."""
    found = _AGE.fullmatch(normalise(raw))
    if not found:
        return Wrong("age_number")
    age = int(found[1])
    if age < low:
        return Wrong("age_low", {"low": low, "got": age})
    if age > high:
        return Wrong("age_high", {"high": high, "got": age})
    return age


def check_address(raw: str) -> str | Wrong:
    """10 to 250 characters on one line; the PIN code, state and district are questions of their own."""
    address = normalise_lines(raw)
    if len(address) < ADDRESS_LOW:
        return Wrong("address_short", {"low": ADDRESS_LOW, "got": len(address)})
    if len(address) > ADDRESS_HIGH:
        return Wrong("address_long", {"high": ADDRESS_HIGH, "got": len(address)})
    return address


def check_text(raw: str, low: int, high: int) -> str | Wrong:
    """Free words, low to high characters, on one line."""
    text = normalise_lines(raw)
    if len(text) < low:
        return Wrong("text_short", {"low": low, "got": len(text)})
    if len(text) > high:
        return Wrong("text_long", {"high": high, "got": len(text)})
    return text


def aged(age: int, age_on: date, day: date) -> int:
    """How old by `day` who was `age` on `age_on`: birthdays aren't known, so whole years later."""
    years = day.year - age_on.year - ((day.month, day.day) < (age_on.month, age_on.day))
    return age + max(0, years)


def _belongs(char: str) -> bool:
    return char in _NAME_SIGNS or char in _JOINERS or unicodedata.category(char)[0] in "LM"


def _overloaded(name: str) -> str:
    """The mark that is one too many on its letter, or ""."""
    run = 0
    for char in name:
        run = run + 1 if unicodedata.category(char)[0] == "M" else 0
        if run > _STACK:
            return char
    return ""
