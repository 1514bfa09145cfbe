"""Proofs of identity: which kinds there are, what their numbers look like, and how little of one we show.

Shapes only: nothing here can tell whether a number was ever issued. Full numbers are for the caller to hash and
forget.
"""

import re
from collections.abc import Callable, Mapping
from enum import StrEnum

from stdnum import verhoeff

from visits.text import normalise
from visits.wrong import Wrong


class IdKind(StrEnum):
    AADHAAR = "aadhaar"
    VOTER = "voter"
    LICENCE = "licence"
    PAN = "pan"
    PASSPORT = "passport"
    RATION = "ration"
    OTHER = "other"
    NONE = "none"


def check_id(kind: IdKind, raw: str) -> str | Wrong:
    """The number as it is kept and hashed: upper case, without spaces, dashes, dots and slashes.

    Whoever has no proof (NONE) has no number: "" whatever was typed.
    """
    if kind is IdKind.NONE:
        return ""
    number = re.sub(_APART, "", normalise(raw)).upper()
    if not number:
        return Wrong("empty")
    wrong = _CHECKS[kind](number)
    return wrong if wrong else number


def check_enrolment(raw: str) -> str | Wrong:
    """A lawyer's bar enrolment number, such as D/1234/2015 or MAH/123/2001: every state's bar has its own shape."""
    number = normalise(raw).upper()
    if re.fullmatch(r"[A-Z0-9/ -]{3,30}", number) and re.search(r"[0-9]", number):
        return number
    return Wrong("enrolment_shape")


def holds_aadhaar(text: str) -> bool:
    """Is there a whole Aadhaar number in it, check digit and all, however its digits are grouped?

    Every run of groups is looked at, so that digits before a number don't hide it. A mobile with its country is none.
    """
    plain = normalise(text)
    return any(
        found and not _MOBILE.fullmatch(found[0]) and _aadhaar(re.sub("[^0-9]", "", found[0])) is None
        for begins in _GROUP.finditer(plain)
        if plain[max(0, begins.start() - 1) : begins.start() + 2] != "+91"
        for shape in (_TWELVE, _FOURS)
        if (found := shape.match(plain, begins.start()))
    )


_APART = r"[\s./\\_\u2010-\u2015-]"  # what may stand between the digits of a number as people write it
_GROUP = re.compile(r"(?<![0-9])[2-9]")
_TWELVE = re.compile(rf"[0-9](?:{_APART}{{0,3}}[0-9]){{11}}(?![0-9])")
_FOURS = re.compile(r"[0-9]{4}[^0-9A-Za-z]{1,3}[0-9]{4}[^0-9A-Za-z]{1,3}[0-9]{4}(?![0-9])")  # as on the card
_MOBILE = re.compile(r"91[ -]?[6-9][0-9]{4}[ -][0-9]{5}|91[ -][6-9][0-9]{9}")


def last_four(number: str) -> str:
    """What may be kept readable: the last four, but never more than half of a short number."""
    shown = min(4, len(number) // 2)
    return number[len(number) - shown :]


def masked(number: str) -> str:
    """As cards show it; the number of X doesn't tell the length."""
    return "XXXX" + last_four(number)


def _aadhaar(number: str) -> Wrong | None:
    """Twelve digits, the first 2 to 9, the last Verhoeff's check digit (UIDAI)."""
    if not re.fullmatch(r"[0-9]+", number):
        return Wrong("aadhaar_digits")
    if len(number) != 12:
        return Wrong("aadhaar_length", {"got": len(number)})
    if number[0] in "01":
        return Wrong("aadhaar_first", {"first": number[0]})
    return None if verhoeff.is_valid(number) else Wrong("aadhaar_checksum")


def _shape(code: str, pattern: str, **params: int) -> Callable[[str], Wrong | None]:
    whole = re.compile(pattern)
    return lambda number: None if whole.fullmatch(number) else Wrong(code, params)


_anything = _shape("id_shape", r"[A-Z0-9]{4,20}", low=4, high=20)

_CHECKS: Mapping[IdKind, Callable[[str], Wrong | None]] = {
    IdKind.AADHAAR: _aadhaar,
    IdKind.VOTER: _shape("voter_shape", r"[A-Z]{3}[0-9]{7}"),
    IdKind.LICENCE: _shape("licence_shape", r"[A-Z0-9]{10,16}", low=10, high=16),
    IdKind.PAN: _shape("pan_shape", r"[A-Z]{5}[0-9]{4}[A-Z]"),
    IdKind.PASSPORT: _shape("passport_shape", r"[A-Z][0-9]{7}"),
    IdKind.RATION: _anything,
    IdKind.OTHER: _anything,
}
