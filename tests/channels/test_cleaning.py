"""Cut texts fit, stay readable, and hold nothing that a terminal, a chat or a mail program would obey."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from channels.cleaning import clean, shortened, units
from tests.channels.ground import ANY_TEXT


@pytest.mark.parametrize(
    ("typed", "shown"),
    [
        ("Sunita Devi", "Sunita Devi"),
        ("Sunita\nApproved by: the jail", "Sunita Approved by: the jail"),
        ("a\r\nb\tc\u2028d", "a  b c d"),
        ("bell\x07 esc\x1b[31m del\x7f c1\x9f", "bell esc[31m del c1"),
        ("lone \ud800 half", "lone  half"),
        ("\u202eDevi", "Devi"),
        ("क\u094d\u200dष", "क\u094d\u200dष"),  # ZWJ stays
    ],
)
def test_what_is_shown_of_what_was_typed(typed: str, shown: str) -> None:
    assert clean(typed) == shown


@given(ANY_TEXT)
def test_a_clean_text_is_one_line_that_any_encoding_takes(text: str) -> None:
    shown = clean(text)
    shown.encode("utf-8")
    assert not any(unicodedata.category(letter) in ("Cc", "Cs", "Zl", "Zp") for letter in shown)
    assert clean(shown) == shown


@given(ANY_TEXT, st.integers(1, 40))
def test_a_shortened_text_fits_and_is_a_beginning(text: str, room: int) -> None:
    cut = shortened(text, room)
    assert units(cut) <= room
    assert cut == text or (units(text) > room and text.startswith(cut.removesuffix("…")))


def test_a_letter_is_not_torn_from_its_signs() -> None:
    assert shortened("दिल्ली", 4) == "दि…"  # "दिल" would be "दिल्ली" without its virama
    assert shortened("किताब", 2) == "…"
