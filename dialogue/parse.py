"""Text to value, or Invalid with the words for the visitor: every way of being wrong has words of its own."""

import re
from collections.abc import Callable
from functools import lru_cache
from typing import TypeVar

from dialogue.everyday import NO, YES
from dialogue.form import IDLE, Choices, Here, Invalid, Parse, Parsed, Valid
from dialogue.words import Speech, Text, _, in_english
from visits.person import check_name, check_text
from visits.text import normalise
from visits.wrong import Wrong

T = TypeVar("T")

WORDS = {
    "empty": _("Please type an answer, then send it."),
    "name_short": _("A name has at least two letters. Please type the full name."),
    "name_long": _("That is longer than 80 letters. Please type the name only."),
    "name_digits": _("A name has no numbers in it. Please type the name only."),
    "name_signs": _("A name can't have these signs: {signs} Please type it without them."),
    "age_number": _("Please type the age as a number of years, for example 35."),
    "age_low": _("The age must be {low} or more."),
    "age_high": _("The age must be {high} or less. Please check it."),
    "address_short": _("That is too short for an address. Please type house, street and village or town."),
    "address_long": _("That is too long: an address may have up to 250 letters."),
    "pincode_shape": _("A PIN code has 6 digits and doesn't begin with 0, for example 110064."),
    "mobile_length": _("A mobile number has 10 digits; you typed {got}. Please check it."),
    "mobile_first": _("An Indian mobile number begins with 6, 7, 8 or 9. Please check it."),
    "mobile_abroad": _("Only Indian mobile numbers can be used here."),
    "mobile_shape": _("That is not a mobile number. Please type the 10 digits, for example 98123 45678."),
    "email_shape": _("That is not an e-mail address. It looks like name@example.com."),
    "email_long": _("That e-mail address is too long. Please check it."),
    "text_short": _("Please write a little more: at least {low} letters."),
    "text_long": _("That is too long: up to {high} letters, please."),
    "enrolment_shape": _("An enrolment number looks like D/1234/2015. Please check it."),
    "aadhaar_digits": _("An Aadhaar number has digits only. Please type the 12 digits of your card."),
    "aadhaar_length": _("An Aadhaar number has 12 digits; you typed {got}. Please check your card."),
    "aadhaar_first": _("An Aadhaar number never begins with 0 or 1. Please check your card."),
    "aadhaar_checksum": _("One of the digits is wrong. Please look at your Aadhaar card and type it again."),
    "voter_shape": _("A voter ID has 3 letters and 7 digits, for example ABC1234567."),
    "pan_shape": _("A PAN has 5 letters, 4 digits and a letter, for example ABCDE1234F."),
    "passport_shape": _("A passport number has a letter and 7 digits, for example A1234567."),
    "licence_shape": _("A driving licence number has 10 to 16 letters and digits. Please check it."),
    "id_shape": _("An ID number has 4 to 20 letters and digits. Please check it."),
}


def wrong(found: Wrong) -> Invalid:
    return Invalid(Text(WORDS[found.code].msgid, dict(found.params)))


def checked(check: Callable[[str], T | Wrong]) -> Parse:
    """A parser from one of the checks in `visits`."""

    def parse(raw: str, _here: Here) -> Parsed:
        found = check(raw)
        return wrong(found) if isinstance(found, Wrong) else Valid(found)

    return parse


def person_name(raw: str, here: Here) -> Parsed:
    """A parser for a person's name: nobody is called yes or no."""
    if bare(raw) in (*YES, *NO):
        return Invalid(_("That is not a name. Please type the full name."))
    return checked(check_name)(raw, here)


PRESS_ONE = _("Please press one of the buttons below.")
WHICH = _("Please press one of the buttons below, or write it in a few words.")


def chosen(raw: str, choices: Choices) -> str | None:
    """The value meant: pressed, or typed as its number in the list or as its English words."""
    flat = [c for row in choices for c in row]
    if any(c.value == raw for c in flat):
        return raw
    typed = normalise(raw).casefold()
    if typed.isascii() and typed.isdigit() and 1 <= int(typed[:4]) <= len(flat):
        return flat[int(typed[:4]) - 1].value
    for c in flat:
        if typed and typed in (c.value.casefold(), bare(in_english(c.text))):
            return c.value
    return None


def meant(raw: str, here: Here, choices: Choices) -> str:
    """The value of the one button whose words were typed, in English, in the talk's language or as everyday words; else
    what was typed."""
    typed = bare(raw)
    said, locale = here.facts.house.said, here.session.locale
    found = {
        c.value
        for row in choices
        for c in row
        if c.value != IDLE and typed and typed in (*worded(c.text, said, locale), *c.also)
    }
    return found.pop() if len(found) == 1 else raw


def one_of(choices: Callable[[Here], Choices]) -> Parse:
    """A parser for a question answered by a button."""

    def parse(raw: str, here: Here) -> Parsed:
        value = chosen(raw, choices(here))
        return Invalid(PRESS_ONE) if value is None else Valid(value)

    return parse


def one_or_words(choices: Callable[[Here], Choices]) -> Parse:
    """A parser for a question answered by a button or in a few words; a bare yes says nothing."""

    def parse(raw: str, here: Here) -> Parsed:
        value = chosen(raw, choices(here))
        if value is not None:
            return Valid(value)
        if bare(raw) in YES:
            return Invalid(WHICH)
        words = check_text(raw, 3, 200)
        return wrong(words) if isinstance(words, Wrong) else Valid(words)

    return parse


def worded(label: Text, said: Speech, locale: str) -> tuple[str, str]:
    """What is typed for a button: its words in the talk's language, and in English."""
    as_typed = bare if label.params else _our_own  # nothing of a person's is remembered
    return as_typed(said(label, locale)), as_typed(in_english(label))


def bare(words: str) -> str:
    """The words of a button without the signs before and after them, and as every keyboard writes them."""
    return re.sub(r"^\W+|[\s▶.,!?।]+$", "", normalise(words)).casefold().replace("’", "'")


_our_own = lru_cache(maxsize=None)(bare)  # the labels of the product: as many as there are
