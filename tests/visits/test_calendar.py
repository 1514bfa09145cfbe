"""When a jail is open: days of its own zone, in its window, never on a closed day."""

import csv
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.visits.texts import QUICK
from visits.calendar import (
    DEFAULT_TIMETABLE,
    Closure,
    SessionTemplate,
    gazetted_holidays,
    holiday_closures,
    open_days,
    slots,
)
from visits.policy import INDIA, Rules
from visits.visit import Kind

MONDAY = datetime(2026, 3, 2, 4, 30, tzinfo=UTC)  # 10:00 in India
STATES = Path(__file__).parents[2] / "data" / "states.csv"


def test_a_week_as_the_timetable_says() -> None:
    found = slots(DEFAULT_TIMETABLE, (), INDIA, Rules(), MONDAY, "IN-DL-TIHAR-CJ-1")
    tuesday = [slot for slot in found if slot.start.astimezone(INDIA).date() == date(2026, 3, 3)]
    walls = [slot.start.astimezone(INDIA).time() for slot in tuesday if slot.kind is Kind.IN_PERSON]
    assert walls == [time(10), time(10, 30), time(11), time(11, 30), time(15), time(15, 30), time(16), time(16, 30)]
    assert {(slot.kind, slot.minutes, slot.capacity) for slot in found} == {
        (Kind.IN_PERSON, 30, 10),
        (Kind.VIDEO, 30, 2),
    }
    assert {slot.jail for slot in found} == {"IN-DL-TIHAR-CJ-1"}


def test_the_window_is_the_rules_own() -> None:
    found = slots(DEFAULT_TIMETABLE, (), INDIA, Rules(), MONDAY)
    assert found[0].start == MONDAY + timedelta(hours=24)
    assert found[-1].start == MONDAY + timedelta(days=14)
    near = slots(DEFAULT_TIMETABLE, (), INDIA, Rules(notice_hours=0, horizon_days=1), MONDAY)
    assert near[0].start == MONDAY and near[-1].start == MONDAY + timedelta(days=1)


def test_closed_days_and_sundays() -> None:
    shut = (Closure(date(2026, 3, 5), "jail day"), Closure(date(2020, 1, 1), "long ago"))
    days = open_days(slots(DEFAULT_TIMETABLE, shut, INDIA, Rules(), MONDAY))
    assert date(2026, 3, 4) in days and date(2026, 3, 5) not in days and date(2026, 3, 8) not in days
    sunday = SessionTemplate(6, Kind.IN_PERSON, time(9), time(10), 30, 5)
    assert slots((sunday,), (), INDIA, Rules(), MONDAY) == ()
    assert len(slots((sunday,), (), INDIA, Rules(sundays_closed=False), MONDAY)) == 4


def test_days_are_the_jails_not_the_worlds() -> None:
    """00:15 in India is still the day before by UTC: the closure of that Indian day closes it."""
    night = SessionTemplate(2, Kind.VIDEO, time(0, 15), time(0, 45), 30, 1)
    (slot,) = slots((night,), (), INDIA, Rules(horizon_days=7), MONDAY)
    assert slot.start == datetime(2026, 3, 3, 18, 45, tzinfo=UTC)
    assert open_days((slot,)) == (date(2026, 3, 4),)
    assert slots((night,), (Closure(date(2026, 3, 4), ""),), INDIA, Rules(horizon_days=7), MONDAY) == ()
    assert slots((night,), (Closure(date(2026, 3, 3), ""),), INDIA, Rules(horizon_days=7), MONDAY) == (slot,)


def test_a_rest_too_short_for_a_slot_is_none() -> None:
    template = SessionTemplate(2, Kind.IN_PERSON, time(9), time(10, 10), 20, 1)
    found = slots((template,), (), INDIA, Rules(horizon_days=7), MONDAY)
    assert [slot.start.astimezone(INDIA).time() for slot in found] == [time(9), time(9, 20), time(9, 40)]


def test_of_two_templates_for_one_slot_the_later_counts() -> None:
    one = SessionTemplate(2, Kind.IN_PERSON, time(9), time(10), 30, 1)
    other = SessionTemplate(2, Kind.IN_PERSON, time(9, 30), time(10), 30, 7)
    found = slots((one, other), (), INDIA, Rules(horizon_days=7), MONDAY)
    assert [slot.capacity for slot in found] == [1, 7]


def test_an_hour_that_a_change_of_clocks_skips_has_no_slot() -> None:
    berlin = ZoneInfo("Europe/Berlin")  # 2026-03-29: 02:00 is followed by 03:00
    template = SessionTemplate(6, Kind.VIDEO, time(1, 30), time(3, 30), 30, 1)
    now = datetime(2026, 3, 27, tzinfo=UTC)
    found = slots((template,), (), berlin, Rules(sundays_closed=False, horizon_days=4), now)
    assert [slot.start.astimezone(berlin).time() for slot in found] == [time(1, 30), time(3)]


def test_full_days_are_not_open() -> None:
    first, *rest = slots(DEFAULT_TIMETABLE, (), INDIA, Rules(horizon_days=2), MONDAY)
    full = [type(slot)(slot.jail, slot.kind, slot.start, slot.minutes, 2, 2) for slot in (first, *rest)]
    assert open_days(full) == () and open_days([]) == ()


@pytest.mark.parametrize(
    ("weekday", "starts", "ends", "minutes", "capacity"),
    [(7, 9, 10, 30, 1), (-1, 9, 10, 30, 1), (0, 10, 10, 30, 1), (0, 10, 9, 30, 1), (0, 9, 10, 0, 1), (0, 9, 10, 30, 0)],
)
def test_a_template_that_makes_no_sense_is_refused(
    weekday: int, starts: int, ends: int, minutes: int, capacity: int
) -> None:
    with pytest.raises(ValueError, match=r"give|end it later"):
        SessionTemplate(weekday, Kind.IN_PERSON, time(starts), time(ends), minutes, capacity)


TEMPLATES = st.builds(
    lambda weekday, kind, starts, length, minutes, capacity: SessionTemplate(
        weekday, kind, time(starts // 60, starts % 60), time(*divmod(starts + length, 60)), minutes, capacity
    ),
    st.integers(0, 6),
    st.sampled_from(Kind),
    st.integers(0, 1200),
    st.integers(1, 239),
    st.integers(5, 60),
    st.integers(1, 20),
)


@settings(QUICK, max_examples=60)
@given(
    st.lists(TEMPLATES, max_size=5),
    st.sets(st.integers(-1, 31), max_size=10),
    st.datetimes(datetime(2025, 1, 1), datetime(2030, 1, 1), timezones=st.just(UTC)),
    st.integers(0, 72),
    st.integers(1, 30),
    st.booleans(),
    st.sampled_from([INDIA, ZoneInfo("Asia/Kathmandu"), ZoneInfo("Europe/Berlin")]),
)
def test_no_slot_is_past_closed_or_outside_the_window(
    templates: list[SessionTemplate],
    shut: set[int],
    now: datetime,
    notice: int,
    horizon: int,
    sundays: bool,
    zone: ZoneInfo,
) -> None:
    today = now.astimezone(zone).date()
    closures = [Closure(today + timedelta(days=n), "") for n in shut]
    rules = Rules(notice_hours=notice, horizon_days=horizon, sundays_closed=sundays)
    found = slots(templates, closures, zone, rules, now)
    assert list(found) == sorted(found, key=lambda slot: (slot.start, slot.kind))
    assert len({(slot.start, slot.kind) for slot in found}) == len(found)
    for slot in found:
        wall = slot.start.astimezone(zone)
        assert now + rules.notice <= slot.start <= now + rules.horizon
        assert wall.date() not in {closure.day for closure in closures}
        assert not (sundays and wall.weekday() == 6)
        assert slot.taken == 0 and slot.start.utcoffset() == timedelta(0)
        assert any(
            t.weekday == wall.weekday() and t.kind is slot.kind and t.starts <= wall.time() < t.ends for t in templates
        )


def test_holidays_of_every_state() -> None:
    with STATES.open(encoding="utf-8", newline="") as file:
        codes = [row["state_code"] for row in csv.DictReader(file)]
    for code in codes:
        known = gazetted_holidays(code, [2026])
        assert known[date(2026, 1, 26)] == "Republic Day"
        assert known[date(2026, 8, 15)].startswith("Independence Day")
        assert list(known) == sorted(known)
    assert len(codes) == 36


def test_states_have_holidays_of_their_own() -> None:
    assert date(2026, 5, 1) in gazetted_holidays("IN-MH", [2026])
    assert "Maharashtra" in gazetted_holidays("IN-MH", [2026])[date(2026, 5, 1)]
    assert set(gazetted_holidays("IN-TN", [2026])) != set(gazetted_holidays("IN-PB", [2026]))
    assert gazetted_holidays("IN-UP", (2026, 2027)) == gazetted_holidays("IN-UP", {2027, 2026})


def test_years_beyond_the_lunar_tables_still_have_the_fixed_days() -> None:
    assert date(2040, 10, 2) in gazetted_holidays("IN-DL", [2040])


@pytest.mark.parametrize("code", ["", "DL", "IN-XX", "US-CA"])
def test_no_such_state(code: str) -> None:
    with pytest.raises(ValueError, match="no state of India"):
        gazetted_holidays(code, [2026])


def test_holidays_close_the_jail_unless_it_receives_on_them() -> None:
    shut = holiday_closures("IN-DL", Rules(), INDIA, MONDAY)
    assert shut == (Closure(date(2026, 3, 4), "Holi"),)
    assert date(2026, 3, 4) not in open_days(slots(DEFAULT_TIMETABLE, shut, INDIA, Rules(), MONDAY))
    assert holiday_closures("IN-DL", Rules(holidays_closed=False), INDIA, MONDAY) == ()


def test_holidays_over_the_turn_of_the_year() -> None:
    shut = holiday_closures("IN-DL", Rules(horizon_days=30), INDIA, datetime(2026, 12, 27, tzinfo=UTC))
    assert date(2027, 1, 26) in {closure.day for closure in shut}
    assert date(2026, 12, 25) not in {closure.day for closure in shut}
