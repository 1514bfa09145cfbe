"""The visiting rules, one by one, and that the calendar never offers what they refuse."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from tests.visits.texts import QUICK
from visits.calendar import DEFAULT_TIMETABLE, holiday_closures, slots
from visits.policy import INDIA, RULES, Case, Refusal, Rules, decision_due, refusals
from visits.visit import Kind, Relation, Slot

NOW = datetime(2026, 3, 2, 4, 30, tzinfo=UTC)  # a Monday, 10:00 in India
THURSDAY = Slot("j", Kind.IN_PERSON, datetime(2026, 3, 5, 4, 30, tzinfo=UTC), 30, 10, 0)
FAMILY = Case(slot=THURSDAY, party=3, ages=(41, 38, 6), relation=Relation.SPOUSE)


def at(moment: datetime) -> Case:
    return replace(FAMILY, slot=replace(THURSDAY, start=moment))


def test_an_ordinary_request_is_allowed() -> None:
    assert refusals(FAMILY, Rules(), NOW) == ()


@pytest.mark.parametrize(
    ("case", "refusal"),
    [
        (at(NOW + timedelta(hours=24) - timedelta(seconds=1)), Refusal("notice", {"hours": 24})),
        (at(NOW - timedelta(days=7)), Refusal("notice", {"hours": 24})),
        (at(NOW + timedelta(days=14, seconds=1)), Refusal("horizon", {"days": 14})),
        (at(datetime(2026, 3, 8, 4, 30, tzinfo=UTC)), Refusal("date_closed", {"day": "2026-03-08"})),
        (at(datetime(2026, 3, 7, 18, 30, tzinfo=UTC)), Refusal("date_closed", {"day": "2026-03-08"})),
        (replace(FAMILY, closed=frozenset({date(2026, 3, 5)})), Refusal("date_closed", {"day": "2026-03-05"})),
        (replace(FAMILY, slot=replace(THURSDAY, taken=10)), Refusal("slot_full")),
        (replace(FAMILY, party=4), Refusal("too_many_visitors", {"most": 3, "asked": 4})),
        (Case(ages=(30, 30, 30, 30)), Refusal("too_many_visitors", {"most": 3, "asked": 4})),
        (replace(FAMILY, ages=(17, 12)), Refusal("no_adult", {"adult": 18})),
        (replace(FAMILY, ages=()), Refusal("no_adult", {"adult": 18})),
        (replace(FAMILY, open_same=1), Refusal("open_request", {"most": 1})),
        (replace(FAMILY, open_mobile=3), Refusal("open_requests_mobile", {"most": 3})),
        (replace(FAMILY, prisoners_mobile=5), Refusal("prisoners_mobile", {"most": 5})),
        (replace(FAMILY, slot=replace(THURSDAY, kind=Kind.VIDEO), video_barred=True), Refusal("video_not_permitted")),
        (Case(kind=Kind.VIDEO, video_barred=True), Refusal("video_not_permitted")),
    ],
)
def test_each_rule_names_its_refusal(case: Case, refusal: Refusal) -> None:
    assert refusals(case, Rules(), NOW) == (refusal,)


@pytest.mark.parametrize(
    "case",
    [
        Case(),
        at(NOW + timedelta(hours=24)),
        at(NOW + timedelta(days=14)),
        replace(FAMILY, slot=replace(THURSDAY, taken=10), held=True),  # the last seat is this request's own
        replace(FAMILY, video_barred=True),
        replace(FAMILY, ages=(18,)),
        replace(FAMILY, open_mobile=2, prisoners_mobile=4),
        replace(FAMILY, slot=replace(THURSDAY, kind=Kind.VIDEO)),
    ],
)
def test_what_is_just_allowed(case: Case) -> None:
    assert refusals(case, Rules(), NOW) == ()


@pytest.mark.parametrize(
    ("rules", "case"),
    [
        (Rules(party=5), replace(FAMILY, party=5)),
        (Rules(notice_hours=2), at(NOW + timedelta(hours=2))),
        (Rules(horizon_days=30), at(NOW + timedelta(days=30))),
        (Rules(sundays_closed=False), at(datetime(2026, 3, 8, 4, 30, tzinfo=UTC))),
        (Rules(open_per_mobile=10, prisoners_per_mobile=10), replace(FAMILY, open_mobile=9, prisoners_mobile=9)),
        (Rules(adult=16), replace(FAMILY, ages=(16,))),
    ],
)
def test_a_jail_has_its_own_numbers(rules: Rules, case: Case) -> None:
    assert refusals(case, Rules(), NOW)
    assert refusals(case, rules, NOW) == ()


def test_a_jail_without_video() -> None:
    video = Case(slot=replace(THURSDAY, kind=Kind.VIDEO))
    assert refusals(video, Rules(video=False), NOW) == (Refusal("video_not_permitted"),)


def test_all_that_is_wrong_is_said_in_one_order() -> None:
    past = at(datetime(2026, 2, 22, 4, 30, tzinfo=UTC))
    worst = replace(past, party=9, ages=(3,), open_same=9, open_mobile=9, prisoners_mobile=9)
    codes = [refusal.code for refusal in refusals(worst, Rules(), NOW)]
    assert codes == [
        *("open_request", "open_requests_mobile", "prisoners_mobile", "notice", "date_closed"),
        *("too_many_visitors", "no_adult"),
    ]


def test_a_rule_is_named_as_its_refusal() -> None:
    assert [rule.__name__ for rule in RULES] == [
        *("open_request", "open_requests_mobile", "prisoners_mobile", "video_not_permitted", "notice", "horizon"),
        *("date_closed", "slot_full", "too_many_visitors", "no_adult"),
    ]


@settings(QUICK, max_examples=40)
@given(
    st.datetimes(datetime(2026, 1, 1), datetime(2027, 12, 1), timezones=st.just(UTC)),
    st.integers(0, 72),
    st.integers(1, 30),
    st.sampled_from(["IN-DL", "IN-KL", "IN-MH"]),
)
def test_the_calendar_offers_nothing_that_the_rules_refuse(
    now: datetime, notice: int, horizon: int, state: str
) -> None:
    rules = Rules(notice_hours=notice, horizon_days=horizon)
    shut = holiday_closures(state, rules, INDIA, now)
    closed = frozenset(closure.day for closure in shut)
    for slot in slots(DEFAULT_TIMETABLE, shut, INDIA, rules, now)[::7]:
        assert refusals(replace(FAMILY, slot=slot, closed=closed), rules, now) == ()


@pytest.mark.parametrize(
    "make",
    [
        lambda: Rules(party=0),
        lambda: Rules(horizon_days=31),
        lambda: Rules(horizon_days=0),
        lambda: Rules(notice_hours=-1),
        lambda: Rules(decision_hour=24),
        lambda: Rules(open_per_mobile=0),
    ],
)
def test_numbers_that_make_no_sense_are_refused(make: Callable[[], Rules]) -> None:
    with pytest.raises(ValueError, match="give"):
        make()


def test_the_defaults_are_the_promised_ones() -> None:
    rules = Rules()
    assert (rules.party, rules.minutes, rules.video_minutes, rules.adult) == (3, 30, 15, 18)
    assert (rules.notice, rules.horizon, rules.hold) == (timedelta(hours=24), timedelta(14), timedelta(minutes=10))
    assert (rules.arrive, rules.remind_hours, rules.decision_hour) == (timedelta(minutes=30), (24, 3), 18)
    assert (rules.open_per_prisoner, rules.open_per_mobile, rules.prisoners_per_mobile) == (1, 3, 5)
    assert (rules.email_required, rules.contact_counts, rules.sundays_closed, rules.holidays_closed) == (
        *(True, False, True, True),
    )
    assert (rules.length(Kind.IN_PERSON), rules.length(Kind.VIDEO)) == (30, 15)


@pytest.mark.parametrize(
    ("start", "due"),
    [
        (datetime(2026, 3, 5, 4, 30, tzinfo=UTC), datetime(2026, 3, 4, 12, 30, tzinfo=UTC)),
        (datetime(2026, 3, 4, 19, 0, tzinfo=UTC), datetime(2026, 3, 4, 12, 30, tzinfo=UTC)),  # 00:30 on the 5th there
        (datetime(2026, 3, 1, 4, 30, tzinfo=UTC), datetime(2026, 2, 28, 12, 30, tzinfo=UTC)),
    ],
)
def test_the_jail_must_decide_by_six_the_evening_before(start: datetime, due: datetime) -> None:
    assert decision_due(start, INDIA) == due


def test_the_hour_and_the_zone_are_the_jails() -> None:
    start = datetime(2026, 3, 5, 4, 30, tzinfo=UTC)
    assert decision_due(start, INDIA, 12) == datetime(2026, 3, 4, 6, 30, tzinfo=UTC)
    assert decision_due(start, ZoneInfo("Europe/Berlin")) == datetime(2026, 3, 4, 17, 0, tzinfo=UTC)
