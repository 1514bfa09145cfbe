"""The day and the time, typed: a number is no place in the list, and what is open is taken however it is written."""

from datetime import date, datetime, timedelta

import pytest

from channels.days import names, on_day
from dialogue.days import read_day
from dialogue.hours import read_time
from dialogue.model import Pressed, Said
from dialogue.session import Session
from tests.dialogue.strategies import stepped, through_json
from tests.dialogue.test_what_was_meant import at, in_hindi, said
from tests.storage.world import World
from visits.policy import INDIA

WEDNESDAY = "2026-12-02"  # from 9:00 to 11:30, 15:30 to 16:30; at 15:00 it is full


def at_the_time() -> tuple[Session, World]:
    session, world, _screen = at("visit", "date")
    return through_json(stepped(session, Pressed(f"visit.date={WEDNESDAY}", "p1", "7"), world).session), world


# ---------------------------------------------------------------- the day; today is Monday 30 November 2026


@pytest.mark.parametrize(
    ("typed", "day"),
    [
        ("14/12/2026", "2026-12-14"),
        ("14-12-2026", "2026-12-14"),
        ("14.12", "2026-12-14"),
        ("14 / 12 / 26", "2026-12-14"),
        ("2026-12-14", "2026-12-14"),
        ("14 दिसंबर", "2026-12-14"),
        ("१४ दिसम्बर", "2026-12-14"),
        ("14 December", "2026-12-14"),
        ("December 14", "2026-12-14"),
        ("14 Dec 2026", "2026-12-14"),
        ("Monday, 14th December.", "2026-12-14"),
        ("14", "2026-12-14"),
        ("१४", "2026-12-14"),
        ("14 tarikh", "2026-12-14"),
        ("9", "2026-12-09"),
        ("4🟢", "2026-12-04"),
        ("सोमवार", "2026-12-07"),
        ("Monday", "2026-12-07"),
        ("Mo", "2026-12-07"),
        ("saturday", "2026-12-05"),
        ("kal", "2026-12-01"),
        ("कल", "2026-12-01"),
        ("tomorrow", "2026-12-01"),
        ("परसों", "2026-12-02"),
    ],
)
def test_an_open_day_is_taken_however_it_is_written(typed: str, day: str) -> None:
    session, world, _screen = at("visit", "date")
    assert in_hindi(session, Said(typed, "5"), world).session.of("visit").get("date") == day


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ("13", "Sunday 13 December 2026 is closed or full."),
        ("13/12/2026", "Sunday 13 December 2026 is closed or full."),
        ("Sunday", "Sunday 6 December 2026 is closed or full."),
        ("today", "Monday 30 November 2026 is closed or full."),
        ("20", "That day isn't open."),
        ("२०", "That day isn't open."),
        ("14 दिसंबर 2025", "That day isn't open."),
        ("Tuesday 14 December", "That day isn't open."),
        ("14 March", "That day isn't open."),
        ("12/14/2026", "I can't read that as a day."),
        ("99", "I can't read that as a day."),
        ("next monday", "I can't read that as a day."),
        ("December", "I can't read that as a day."),
        ("any day", "I can't read that as a day."),
        ("-1", "I can't read that as a day."),
    ],
)
def test_no_other_day_is_taken_for_one_that_is_not_open(typed: str, words: str) -> None:
    session, world, _screen = at("visit", "date")
    turn = stepped(session, Said(typed, "5"), world)
    assert "date" not in turn.session.of("visit") and words in said(turn)


@pytest.mark.parametrize("language", ["en", "hi"])
@pytest.mark.parametrize("style", ["full", "button", "sms"])
def test_a_day_can_be_typed_as_it_is_shown(language: str, style: str) -> None:
    for n in range(366):
        day = date(2026, 1, 1) + timedelta(days=n)
        typed = read_day(on_day(day, names(language), style))  # type: ignore[arg-type]
        assert typed and (typed.day, typed.month) == (day.day, day.month) and typed.fits(day, day), day


# ---------------------------------------------------------------- the time


@pytest.mark.parametrize(
    ("typed", "clock"),
    [
        ("9", "09:00"),
        ("९", "09:00"),
        ("10", "10:00"),
        ("9 baje", "09:00"),
        ("सुबह 9 बजे", "09:00"),
        ("9:30 am", "09:30"),
        ("9.30", "09:30"),
        ("9 30", "09:30"),
        ("930", "09:30"),
        ("0930", "09:30"),
        ("साढ़े 9 बजे", "09:30"),
        ("4 pm", "16:00"),
        ("4 p.m.", "16:00"),
        ("शाम 4 बजे", "16:00"),
        ("16:00", "16:00"),
        ("1600", "16:00"),
        ("4", "16:00"),
        ("3:30pm", "15:30"),
        ("at half past 4 in the afternoon", "16:30"),
    ],
)
def test_an_open_time_is_taken_however_it_is_written(typed: str, clock: str) -> None:
    session, world = at_the_time()
    held = in_hindi(session, Said(typed, "5"), world).session.of("visit").get("time")
    assert held and datetime.fromisoformat(held["start"]).astimezone(INDIA).isoformat()[:16] == f"{WEDNESDAY}T{clock}"


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ("1", "That time isn't open."),
        ("9 pm", "That time isn't open."),
        ("रात 9 बजे", "That time isn't open."),
        ("9:15", "That time isn't open."),
        ("00:00", "That time isn't open."),
        ("3 pm", "Somebody else has just taken that time."),
        ("3", "Somebody else has just taken that time."),
        ("25", "I can't read that as a time."),
        ("9 to 11", "I can't read that as a time."),
        ("9 am pm", "I can't read that as a time."),
        ("in the morning", "I can't read that as a time."),
        ("14 December", "I can't read that as a time."),
        ("-1", "I can't read that as a time."),
    ],
)
def test_no_other_time_is_taken_for_one_that_is_not_open(typed: str, words: str) -> None:
    session, world = at_the_time()
    turn = stepped(session, Said(typed, "5"), world)
    assert "time" not in turn.session.of("visit") and words in said(turn)


def test_nine_may_be_two_times() -> None:
    assert len(read_time("9")) == 2 and len(read_time("9 am")) == len(read_time("21:00")) == len(read_time("0900")) == 1


def test_what_is_held_is_said() -> None:
    session, world = at_the_time()
    turn = stepped(session, Said("9", "5"), world)
    assert "⏳ Wednesday 2 December 2026, 9:00 am is held for you until 10:20 am." in said(turn)
