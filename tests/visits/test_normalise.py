"""What is left of a text, whatever a phone has sent."""

import unicodedata

import pytest
from hypothesis import given

from tests.visits.texts import ANY, DIGITS, QUICK, in_digits
from visits.text import normalise, normalise_lines


@pytest.mark.parametrize(
    ("raw", "clean"),
    [
        ("  Ramesh \t  Kumar\n", "Ramesh Kumar"),
        ("", ""),
        ("\u00a0\u3000 \u2003", ""),
        ("a\u0000b\u0007c\u007f", "abc"),
        ("Ra\u200bme\u2060sh\ufeff", "Ramesh"),
        ("\u202eevil\u202c \u2066x\u2069", "evil x"),
        ("half\ud83d a pair", "half a pair"),
        ("\ud83d\ude00", ""),
        ("two\u2028lines\x85more", "two lines more"),
        ("e\u0301", "\u00e9"),
        ("क\u093c", "\u0915\u093c"),
        ("\u0958", "\u0915\u093c"),  # NFC takes this letter apart
        ("a\u200d\u0301", "\u00e1"),  # a joiner that joins nothing doesn't keep a letter from its accent
        ("व्हाट्सएप\u200c", "व्हाट्सएप"),
        ("क्\u200dष", "क्\u200dष"),  # half letter: the joiner is part of the spelling
        ("क्\u200cष", "क्\u200cष"),
        ("می\u200cخواهم", "می\u200cخواهم"),
        ("a\u200db", "ab"),
        ("\u0d30\u0d3e\u0d1c\u0d28\u0d4d\u200d", "\u0d30\u0d3e\u0d1c\u0d7b"),  # രാജന്‍ ends in a chillu
        ("\u09b9\u09a0\u09be\u09a4\u09cd\u200d", "\u09b9\u09a0\u09be\u09ce"),  # হঠাৎ
        ("\u2800\u3164\u115f", ""),
        ("\ufdd0\uffff\U0001fffe", ""),
        ("don\u2019t", "don\u2019t"),
    ],
)
def test_what_is_left(raw: str, clean: str) -> None:
    assert normalise(raw) == clean


@pytest.mark.parametrize("script", DIGITS)
def test_digits_of_every_script_become_ascii(script: str) -> None:
    assert normalise(in_digits(script, "9876501234")) == "9876501234"


@pytest.mark.parametrize(
    ("raw", "line"),
    [
        ("House 4,\nGali 2\r\n\n  Karol Bagh ", "House 4, Gali 2, Karol Bagh"),
        ("one line", "one line"),
        ("\n,\n", ""),
        ("घर ४\u2028गली २", "घर 4, गली 2"),
    ],
)
def test_lines_of_an_address_become_one(raw: str, line: str) -> None:
    assert normalise_lines(raw) == line


@QUICK
@given(ANY)
def test_any_text_comes_out_clean_and_stays_so(raw: str) -> None:
    for clean in (normalise(raw), normalise_lines(raw)):
        assert normalise(clean) == clean
        assert normalise_lines(clean) == clean.strip(" ,")
        assert unicodedata.is_normalized("NFC", clean)
        assert clean == clean.strip() and "  " not in clean
        clean.encode("utf-8")
        assert not [c for c in clean if unicodedata.category(c) in ("Cc", "Cs", "Zl", "Zp")]
        assert not [c for c in clean if unicodedata.category(c) == "Cf" and c not in "\u200c\u200d"]
        assert all(c.isascii() for c in clean if unicodedata.category(c) == "Nd")
