"""A day as people type it: in figures or in words. Whether such a day is open is asked elsewhere."""

import re
from datetime import date, timedelta

from msgspec import Struct

from visits.text import normalise

MONTHS = (
    ("january", "jan", "janvari", "janwari", "जनवरी", "जन"),
    ("february", "feb", "farvari", "farwari", "फ़रवरी", "फरवरी", "फ़र", "फर"),
    ("march", "mar", "मार्च"),
    ("april", "apr", "aprail", "अप्रैल"),
    ("may", "mai", "मई"),
    ("june", "jun", "जून"),
    ("july", "jul", "julai", "जुलाई", "जुल"),
    ("august", "aug", "agast", "अगस्त", "अग"),
    ("september", "sept", "sep", "sitambar", "सितंबर", "सितम्बर", "सित"),
    ("october", "oct", "aktubar", "अक्टूबर", "अक्तूबर", "अक्टू"),
    ("november", "nov", "navambar", "नवंबर", "नवम्बर", "नव"),
    ("december", "dec", "disambar", "दिसंबर", "दिसम्बर", "दिस"),
)
WEEKDAYS = (
    ("monday", "mon", "mo", "somvar", "somwar", "सोमवार", "सोम", "सो"),
    ("tuesday", "tues", "tue", "tu", "mangalvar", "mangalwar", "mangal", "मंगलवार", "मंगल", "मं"),
    ("wednesday", "wed", "we", "budhvar", "budhwar", "budh", "बुधवार", "बुध", "बु"),
    ("thursday", "thurs", "thur", "thu", "guruvar", "guruwar", "गुरुवार", "गुरूवार", "बृहस्पतिवार", "वीरवार", "गुरु", "गु"),
    ("friday", "fri", "fr", "shukravar", "shukrawar", "juma", "jumma", "शुक्रवार", "शुक्र", "जुमा", "शु"),
    ("saturday", "sat", "sa", "shanivar", "shaniwar", "शनिवार", "शनि", "श"),
    ("sunday", "sun", "su", "ravivar", "raviwar", "itvar", "itwar", "रविवार", "इतवार", "रवि", "र"),
)  # fmt: skip
AHEAD = (
    ("today", "aaj", "आज"),
    ("tomorrow", "tomorow", "kal", "कल"),  # yesterday too, but nobody asks to come then
    ("day after tomorrow", "parso", "parson", "परसों", "परसो"),
)
BESIDE = frozenset(
    ("on", "of", "the", "st", "nd", "rd", "th", "date", "tarikh", "tareekh", "ko", "तारीख", "तारीख़", "को")
)


def _by_word(names: tuple[tuple[str, ...], ...], first: int) -> dict[str, int]:
    """As `normalise` leaves them: it writes some letters as two."""
    return {normalise(word): at for at, words in enumerate(names, first) for word in words}


_MONTH, _WEEKDAY, _AHEAD = _by_word(MONTHS, 1), _by_word(WEEKDAYS, 0), _by_word(AHEAD, 0)
_BESIDE = frozenset(map(normalise, BESIDE))
_FIGURES = re.compile(r"(?P<day>\d{1,2})[./-](?P<month>\d{1,2})(?:[./-](?P<year>\d{4}|\d{2}))?", re.ASCII)
_ISO = re.compile(r"(?P<year>\d{4})-(?P<month>\d{1,2})-(?P<day>\d{1,2})", re.ASCII)
_EDGES = re.compile(r"(?<=[0-9])(?=[^0-9./-])|(?<=[^0-9./-])(?=[0-9])")  # 14Dec, 14th, 4🟢


class Typed(Struct, frozen=True):
    """What was said; None: nothing. year: as typed, 2026 or 26. weekday: 0 is Monday. ahead: days from today."""

    day: int | None = None
    month: int | None = None
    year: int | None = None
    weekday: int | None = None
    ahead: int | None = None

    def fits(self, it: date, today: date) -> bool:
        """May this day be meant? A weekday by itself is one of the coming seven days."""
        if self.ahead is not None and it != today + timedelta(days=self.ahead):
            return False
        if self.day is None and self.weekday is not None and not today <= it <= today + timedelta(days=7):
            return False
        return (
            self.day in (None, it.day)
            and self.month in (None, it.month)
            and self.year in (None, it.year, it.year % 100)
            and self.weekday in (None, it.weekday())
        )


def read_day(typed: str) -> Typed | None:
    """Day, month, year in India's order, in figures or with names; a weekday; a day ahead. None: it says no day, or
    something besides."""
    words = normalise(typed).casefold()[:60].strip(" .!?।")
    if words in _AHEAD:
        return Typed(ahead=_AHEAD[words])
    found: dict[str, int] = {}
    for token in _tokens(words):
        said = _said(token, found)
        if said is None or found.keys() & said.keys():
            return None
        found |= said
    names_one = "day" in found or (found.keys() <= {"weekday", "ahead"} and found)
    possible = found.get("day", 1) in range(1, 32) and found.get("month", 1) in range(1, 13)
    return Typed(**found) if names_one and possible else None


def _tokens(words: str) -> list[str]:
    together = re.sub(r" ?([./-]) ?", r"\1", words.replace(",", " "))
    apart = _EDGES.sub(" ", together).split()
    bare = [token.strip(".॰") for token in apart]
    return [token for token in bare if token not in _BESIDE and any(char.isalnum() for char in token)]


def _said(token: str, before: dict[str, int]) -> dict[str, int] | None:
    """What one word or number says, after what was said before it."""
    if figures := _ISO.fullmatch(token) or _FIGURES.fullmatch(token):
        return {name: int(number) for name, number in figures.groupdict().items() if number}
    if token.isascii() and token.isdigit() and len(token) in (1, 2, 4):
        missing = ("year",) if len(token) == 4 else ("day", "month", "year")
        return next(({name: int(token)} for name in missing if name not in before), None)
    for name, known in (("month", _MONTH), ("weekday", _WEEKDAY), ("ahead", _AHEAD)):
        if token in known:
            return {name: known[token]}
    return None
