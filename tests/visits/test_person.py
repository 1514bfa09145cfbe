"""Names, ages, addresses, free words: what people really type, and what is refused with which code."""

from datetime import date

import pytest
from hypothesis import given

from tests.visits.texts import ANY, DIGITS, NAMES, QUICK, in_digits
from visits.person import aged, check_address, check_age, check_name, check_text
from visits.text import normalise
from visits.wrong import CODES, Wrong


@pytest.mark.parametrize("script", NAMES)
def test_a_name_in_every_script(script: str) -> None:
    assert check_name(f"  {NAMES[script]} ") == normalise(NAMES[script])


@pytest.mark.parametrize(
    ("raw", "name"),
    [
        ("Sunita Devi", "Sunita Devi"),
        ("K. S. Rao-Patil", "K. S. Rao-Patil"),
        ("D'Souza", "D'Souza"),
        ("D\u2019Souza", "D\u2019Souza"),
        ("  ram   lal ", "ram lal"),
        ("जी", "जी"),
        ("Om", "Om"),
        ("രാജന്\u200d", "രാജൻ"),
        ("José", "José"),
        ("a" * 80, "a" * 80),
    ],
)
def test_a_name(raw: str, name: str) -> None:
    assert check_name(raw) == name


@pytest.mark.parametrize(
    ("raw", "wrong"),
    [
        ("Ramesh @Pappu", Wrong("name_signs", {"signs": "@"})),
        ("Ramesh/Suresh @ Pappu", Wrong("name_signs", {"signs": "/ @"})),
        ("Sunita 🙂", Wrong("name_signs", {"signs": "🙂"})),
        ("<b>Ram</b>", Wrong("name_signs", {"signs": "< > /"})),
        ("Ram2", Wrong("name_digits")),
        ("राम २", Wrong("name_digits")),
        ("", Wrong("name_short", {"low": 2})),
        ("R", Wrong("name_short", {"low": 2})),
        ("R.", Wrong("name_short", {"low": 2})),
        (". - '", Wrong("name_short", {"low": 2})),
        ("a" * 81, Wrong("name_long", {"high": 80, "got": 81})),
        ("z" + "\u0335" * 30 + "algo", Wrong("name_signs", {"signs": "\u0335"})),
    ],
)
def test_no_name(raw: str, wrong: Wrong) -> None:
    assert check_name(raw) == wrong


@pytest.mark.parametrize(
    ("raw", "age"),
    [("45", 45), (" 45 years", 45), ("I am 45.", 45), ("४५ साल", 45), ("18", 18), ("120", 120), ("045", 45)],
)
def test_an_age(raw: str, age: int) -> None:
    assert check_age(raw, 18, 120) == age


@pytest.mark.parametrize(
    ("raw", "code"),
    [
        ("", "age_number"),
        ("forty", "age_number"),
        ("-45", "age_number"),
        ("45.5", "age_number"),
        ("45-50", "age_number"),
        ("4 5", "age_number"),
        ("1985", "age_number"),
        ("12/3/85", "age_number"),
        ("17", "age_low"),
        ("121", "age_high"),
    ],
)
def test_no_age(raw: str, code: str) -> None:
    found = check_age(raw, 18, 120)
    assert isinstance(found, Wrong) and found.code == code


@pytest.mark.parametrize("script", DIGITS)
def test_an_age_in_every_digit(script: str) -> None:
    assert check_age(in_digits(script, "37"), 18, 120) == 37


def test_an_address() -> None:
    assert check_address("H.No. 4,\nGali 2, Karol Bagh\n") == "H.No. 4, Gali 2, Karol Bagh"
    assert check_address("Delhi") == Wrong("address_short", {"low": 10, "got": 5})
    assert check_address("x" * 251) == Wrong("address_long", {"high": 250, "got": 251})
    assert check_address("x" * 10) == "x" * 10
    assert check_address("घर ४, गली २, गाँव रामपुर") == "घर 4, गली 2, गाँव रामपुर"


def test_free_words() -> None:
    assert check_text(" He is\nill ", 3, 100) == "He is, ill"
    assert check_text("", 1, 100) == Wrong("text_short", {"low": 1, "got": 0})
    assert check_text("x" * 101, 1, 100) == Wrong("text_long", {"high": 100, "got": 101})
    assert check_text("", 0, 100) == ""


@pytest.mark.parametrize(
    ("day", "age"),
    [
        (date(2026, 3, 1), 40),
        (date(2027, 2, 28), 40),
        (date(2027, 3, 1), 41),
        (date(2031, 12, 31), 45),
        (date(2020, 1, 1), 40),  # a day before it was said: never younger
    ],
)
def test_an_age_grows(day: date, age: int) -> None:
    assert aged(40, date(2026, 3, 1), day) == age


@QUICK
@given(ANY)
def test_any_text_gives_a_value_that_stands_or_a_known_code(raw: str) -> None:
    for found, again in (
        (check_name(raw), check_name),
        (check_address(raw), check_address),
        (check_text(raw, 1, 40), lambda text: check_text(text, 1, 40)),
    ):
        if isinstance(found, Wrong):
            assert set(found.params) == set(CODES[found.code])
        else:
            assert again(found) == found
            assert "\n" not in found
    age = check_age(raw, 1, 110)
    assert isinstance(age, Wrong) or 1 <= age <= 110
