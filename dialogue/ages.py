"""An age, typed as years; a day of birth is one too, and a year of birth is two, of which only the person knows."""

import re
from datetime import date

from dialogue.days import Typed, read_day
from dialogue.form import Here, Invalid, Parse, Parsed, Valid
from dialogue.lists import today
from dialogue.parse import wrong
from dialogue.words import Text, _
from visits.person import aged, check_age
from visits.text import normalise
from visits.wrong import Wrong

_YEAR = re.compile(r"\D*(\d{4})\D*", re.ASCII)  # "1990", "born in 1990", "Aug 1990"

WHICH = _("Born in {year}, that makes {young} or {old} years. Please type the right one.")


def years(low: int, high: int) -> Parse:
    """A parser for an age from low to high."""

    def parse(raw: str, here: Here) -> Parsed:
        typed, now = check_age(raw, low, high), today(here)
        if not isinstance(typed, Wrong):
            return Valid(typed)
        born = _days_of_birth(raw, now) if typed.code == "age_number" else ()
        if not born:
            return wrong(typed)
        young, old = (aged(0, day, now) for day in born)
        found = [check_age(str(age), low, high) for age in (young, old)]
        if isinstance(found[0], Wrong) and isinstance(found[1], Wrong):
            return wrong(found[0])
        return (
            Valid(old)
            if young == old
            else Invalid(Text(WHICH.msgid, {"year": born[0].year, "young": young, "old": old}))
        )

    return parse


def _days_of_birth(raw: str, now: date) -> tuple[date, ...]:
    """The last and the first day that may be meant; none, if nobody can have been born then."""
    found = read_day(raw)
    year = _YEAR.fullmatch(normalise(raw)[:60])
    if found and found.year is not None:
        days = _exactly(found, now)
    elif year:
        days = _of_year(int(year[1]), now)
    else:
        days = ()
    return days if days and all(day <= now for day in days) else ()


def _exactly(found: Typed, now: date) -> tuple[date, ...]:
    """A year of two figures is the last one that is past."""
    day, month, year = found.day, found.month, found.year
    if day is None or month is None or year is None:
        return ()
    if year < 100:
        year += now.year // 100 * 100 - (100 if year > now.year % 100 else 0)
    try:
        born = date(year, month, day)
    except ValueError:  # the 30th of February
        return ()
    return born, born


def _of_year(year: int, now: date) -> tuple[date, ...]:
    if year not in range(now.year - 120, now.year + 1):
        return ()
    return min(date(year, 12, 31), now), date(year, 1, 1)
