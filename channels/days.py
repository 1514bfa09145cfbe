"""Days and times as India writes them: day month year, a 12-hour clock, Latin digits; names from CLDR."""

from datetime import date, datetime, time
from functools import lru_cache
from typing import Literal
from zoneinfo import ZoneInfo

from babel import Locale, UnknownLocaleError
from msgspec import Struct

Style = Literal["full", "button", "sms"]
"""How much room there is for a day."""


class Names(Struct, frozen=True):
    """Of one language. days: Monday first. months: January first. halves: before and after noon.
    halves_first: the language says "afternoon 2:30". direction: "ltr" or "rtl"."""

    days: tuple[str, ...]
    months: tuple[str, ...]
    short_days: tuple[str, ...]
    short_months: tuple[str, ...]
    halves: tuple[str, str]
    halves_first: bool
    direction: str


@lru_cache(maxsize=64)
def names(language: str) -> Names:
    """As used in India ("am", not "AM"). A language that CLDR doesn't know gets the English names."""
    try:
        cldr = Locale.parse(f"{language}_IN")
    except (UnknownLocaleError, ValueError):
        cldr = Locale("en", "IN")
    halves = cldr.day_periods["format"]["abbreviated"]
    return Names(
        days=tuple(cldr.days["format"]["wide"][n] for n in range(7)),
        months=tuple(cldr.months["format"]["wide"][n] for n in range(1, 13)),
        short_days=tuple(cldr.days["format"]["abbreviated"][n] for n in range(7)),
        short_months=tuple(cldr.months["format"]["abbreviated"][n] for n in range(1, 13)),
        halves=(halves["am"].lower(), halves["pm"].lower()),
        halves_first=cldr.time_formats["short"].pattern.startswith("a"),
        direction=cldr.text_direction,
    )


def on_day(day: date, said: Names, style: Style = "full") -> str:
    """`Tuesday 1 December 2026`; on a button `Tue 1 Dec`; in an SMS `1 Dec`."""
    if style != "full":
        short = f"{day.day} {said.short_months[day.month - 1]}"
        return short if style == "sms" else f"{said.short_days[day.weekday()]} {short}"
    return f"{said.days[day.weekday()]} {day.day} {said.months[day.month - 1]} {day.year}"


def at_time(hour: time, said: Names) -> str:
    """`9:30 am`"""
    clock = f"{hour.hour % 12 or 12}:{hour.minute:02}"
    half = said.halves[hour.hour >= 12]
    return f"{half} {clock}" if said.halves_first else f"{clock} {half}"


def at_moment(moment: datetime, zone: ZoneInfo, said: Names, style: Style = "full") -> str:
    """`Tuesday 1 December 2026, 9:30 am`, or shorter as `on_day` is. `moment` is aware; shown as it is in
    `zone`."""
    if moment.tzinfo is None:
        raise ValueError("a moment without its zone can't be shown: give aware UTC")
    there = moment.astimezone(zone)
    return f"{on_day(there.date(), said, style)}, {at_time(there.time(), said)}"
