"""Session templates and closures -> slots: when a jail is open. Days are days of the jail's own zone."""

import warnings
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from types import MappingProxyType
from zoneinfo import ZoneInfo

from holidays.countries.india import India
from msgspec import Struct

from visits.policy import INDIA, Rules
from visits.visit import Kind, Slot


class SessionTemplate(Struct, frozen=True):
    """One stretch of one weekday (Monday is 0), cut into slots of `minutes`; `capacity` visits fit in each.

    A video slot of 30 minutes holds one visit of 15 for each of its capacity.
    """

    weekday: int
    kind: Kind
    starts: time
    ends: time
    minutes: int
    capacity: int

    def __post_init__(self) -> None:
        if not 0 <= self.weekday <= 6:
            raise ValueError(f"weekday is {self.weekday}: give 0 (Monday) to 6 (Sunday)")
        if self.starts >= self.ends:
            raise ValueError(f"a session from {self.starts} to {self.ends} has no length: end it later")
        if self.minutes < 1 or self.capacity < 1:
            raise ValueError(f"{self.capacity} visits in {self.minutes} minutes: give 1 or more of both")


class Closure(Struct, frozen=True):
    """A day on which the jail takes no visits, and the words for why."""

    day: date
    why: str


def _week(kind: Kind, capacity: int) -> tuple[SessionTemplate, ...]:
    hours = ((time(9), time(12)), (time(15), time(17)))
    return tuple(SessionTemplate(day, kind, starts, ends, 30, capacity) for day in range(6) for starts, ends in hours)


# Monday to Saturday, 9 to 12 and 15 to 17: what a jail starts with until it says otherwise.
DEFAULT_TIMETABLE = _week(Kind.IN_PERSON, 10) + _week(Kind.VIDEO, 2)


def slots(
    templates: Sequence[SessionTemplate],
    closures: Iterable[Closure],
    zone: ZoneInfo,
    rules: Rules,
    now: datetime,
    jail: str = "",
) -> tuple[Slot, ...]:
    """Every slot that starts in [now + notice, now + horizon], in order, none taken yet.

    Holidays are closures like others: see holiday_closures. Where two templates give the same kind and start,
    the later one counts. A wall time that a change of clocks skips gives no slot.
    """
    first, last = now + rules.notice, now + rules.horizon
    shut = {closure.day for closure in closures}
    found: dict[tuple[datetime, Kind], Slot] = {}
    day, end = first.astimezone(zone).date(), last.astimezone(zone).date()
    while day <= end:
        weekday = day.weekday()
        if day not in shut and not (rules.sundays_closed and weekday == 6):
            for template in templates:
                if template.weekday != weekday:
                    continue
                for start in _starts(template, day, zone):
                    if first <= start <= last:
                        slot = Slot(jail, template.kind, start, template.minutes, template.capacity, taken=0)
                        found[start, template.kind] = slot
        day += timedelta(days=1)
    return tuple(sorted(found.values(), key=lambda slot: (slot.start, slot.kind)))


def open_days(slots: Iterable[Slot], zone: ZoneInfo = INDIA) -> tuple[date, ...]:
    """The jail's days on which at least one seat is left, in order."""
    return tuple(sorted({slot.start.astimezone(zone).date() for slot in slots if slot.left}))


def gazetted_holidays(state_code: str, years: Iterable[int]) -> Mapping[date, str]:
    """Public holidays of a state ("IN-UP"), national ones included: English names, in order of day.

    From the holidays library, whose dates for Islamic days to come are estimates: a jail adds or opens days
    itself. Holidays that follow the Hindu calendar are known from 2001 to 2035.
    """
    return _holidays(state_code, tuple(sorted(set(years))))


def holiday_closures(state_code: str, rules: Rules, zone: ZoneInfo, now: datetime) -> tuple[Closure, ...]:
    """The holidays in the window, as closures; none where the jail receives on holidays."""
    if not rules.holidays_closed:
        return ()
    first, last = now.astimezone(zone).date(), (now + rules.horizon).astimezone(zone).date()
    known = gazetted_holidays(state_code, (first.year, last.year))
    return tuple(Closure(day, why) for day, why in known.items() if first <= day <= last)


@lru_cache(maxsize=256)
def _holidays(state_code: str, years: tuple[int, ...]) -> Mapping[date, str]:
    subdivision = state_code.removeprefix("IN-")  # the library names states as ISO does now, and so do we
    if not state_code.startswith("IN-") or subdivision not in India.subdivisions:
        raise ValueError(f"{state_code} is no state of India: give its ISO 3166-2 code, such as IN-UP")
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="Requested Holidays are available only from")
        found = India(subdiv=subdivision, years=years, language="en_IN")
    return MappingProxyType(dict(sorted(found.items())))


def _starts(template: SessionTemplate, day: date, zone: ZoneInfo) -> Iterable[datetime]:
    wall, end = datetime.combine(day, template.starts), datetime.combine(day, template.ends)
    step = timedelta(minutes=template.minutes)
    while wall + step <= end:
        moment = wall.replace(tzinfo=zone).astimezone(UTC)
        if moment.astimezone(zone).replace(tzinfo=None) == wall:
            yield moment
        wall += step
