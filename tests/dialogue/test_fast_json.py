"""JSON comes back as it was, whatever letters and numbers are in it, and is what the standard library reads."""

import json
from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dialogue.fast_json import dumps, loads
from dialogue.words import Text

LETTERS = st.text(st.characters(exclude_categories=()))  # lone surrogates and controls too
NUMBERS = st.integers(-(2**63), 2**64 - 1) | st.floats(allow_nan=False, allow_infinity=False)
PLAIN = st.none() | st.booleans() | NUMBERS | LETTERS
VALUES = st.recursive(PLAIN, lambda inner: st.lists(inner) | st.dictionaries(LETTERS, inner))


@given(VALUES)
def test_it_comes_back_as_it_was(value: Any) -> None:
    written = dumps(value)
    assert loads(written) == json.loads(written) == value


@pytest.mark.parametrize(
    ("written", "value"),
    [
        (b'"half \\ud800"', "half \ud800"),
        ('"नमस्ते"'.encode("utf-16"), "नमस्ते"),
        (b"123456789012345678901234567890", 1.2345678901234568e29),
    ],
    ids=["half a letter", "UTF-16", "a large number"],
)
def test_what_others_write(written: bytes, value: object) -> None:
    assert loads(written) == value


@pytest.mark.parametrize("written", [b"", b"{", b"{}x", b'"\xff"', b"Sunita 9812345678"])
def test_what_is_none(written: bytes) -> None:
    with pytest.raises(ValueError):
        loads(written)


def test_what_is_too_deep() -> None:
    with pytest.raises(RecursionError):
        loads(b"[" * 100_000 + b"]" * 100_000)


@pytest.mark.parametrize("value", [date(2026, 12, 1), Text("hello"), object()])
def test_what_json_has_no_word_for(value: object) -> None:
    with pytest.raises(TypeError):
        dumps({"at": value})


def test_a_number_beyond_64_bits_is_written() -> None:
    assert dumps({"at": 2**80}) == b'{"at": 1208925819614629174706176}'
