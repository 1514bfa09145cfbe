"""The age, typed: as years, as a day of birth, and as a year of birth. Today is 30 November 2026."""

import pytest

from dialogue.model import Said
from tests.dialogue.strategies import stepped
from tests.dialogue.test_what_was_meant import at, in_hindi, said


@pytest.mark.parametrize(
    ("typed", "age"),
    [
        ("36", 36),
        ("36 years", 36),
        ("15/08/1990", 36),
        ("15-08-1990", 36),
        ("15.8.90", 36),
        ("१५ अगस्त १९९०", 36),
        ("15 August 1990", 36),
        ("1990-08-15", 36),
        ("30/11/1990", 36),
        ("01/12/1990", 35),
        ("29 Feb 2000", 26),
    ],
)
def test_a_day_of_birth_is_an_age(typed: str, age: int) -> None:
    for form, question in (("register", "age"), ("visit", "prisoner_age"), ("companion", "age")):
        session, world, _screen = at(form, question)
        assert in_hindi(session, Said(typed, "5"), world).session.of(form).get(question) == age


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ("1990", "Born in 1990, that makes 35 or 36 years."),
        ("born in 1990", "Born in 1990, that makes 35 or 36 years."),
        ("Aug 1990", "Born in 1990, that makes 35 or 36 years."),
        ("2008", "Born in 2008, that makes 17 or 18 years."),
        ("2020", "The age must be 18 or more."),
        ("15/08/2020", "The age must be 18 or more."),
        ("1910", "The age must be 110 or less."),
        ("1915", "that makes 110 or 111 years."),
        ("1900", "type the age as a number of years"),
        ("2030", "type the age as a number of years"),
        ("1066", "type the age as a number of years"),
        ("15/08/2030", "type the age as a number of years"),
        ("30 Feb 1990", "type the age as a number of years"),
        ("15/08", "type the age as a number of years"),
        ("15/08/1990 or 1991", "type the age as a number of years"),
    ],
)
def test_what_says_no_age_has_words_of_its_own(typed: str, words: str) -> None:
    session, world, _screen = at("register", "age")
    turn = stepped(session, Said(typed, "5"), world)
    assert "age" not in turn.session.of("register") and words in said(turn)


def test_who_was_born_this_year_is_none() -> None:
    session, world, _screen = at("companion", "age")
    assert stepped(session, Said("2026", "5"), world).session.of("companion")["age"] == 0
