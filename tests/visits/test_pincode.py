"""The state that a PIN code suggests."""

import csv
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.visits.texts import ANY, QUICK
from visits.pincode import states_of_pincode

STATES = Path(__file__).parents[2] / "data" / "states.csv"


@pytest.mark.parametrize(
    ("pincode", "states"),
    [
        ("110064", ("IN-DL",)),
        ("201001", ("IN-UP",)),
        ("248001", ("IN-UK",)),
        ("247667", ("IN-UP", "IN-UK")),
        ("160017", ("IN-CH", "IN-PB")),
        ("194101", ("IN-LA", "IN-JK")),
        ("190001", ("IN-JK", "IN-LA")),
        ("400001", ("IN-MH",)),
        ("403001", ("IN-GA",)),
        ("492001", ("IN-CG",)),
        ("500001", ("IN-TS",)),
        ("605001", ("IN-PY", "IN-TN")),
        ("682555", ("IN-KL", "IN-LD")),
        ("737101", ("IN-SK",)),
        ("744101", ("IN-AN",)),
        ("751001", ("IN-OD",)),
        ("791111", ("IN-AR",)),
        ("795001", ("IN-MN",)),
        ("800001", ("IN-BR",)),
        ("834001", ("IN-JH",)),
        ("396230", ("IN-GJ", "IN-DH")),
        ("901234", ()),
        ("350001", ()),
        ("", ()),
        ("11", ()),
    ],
)
def test_a_state_is_suggested(pincode: str, states: tuple[str, ...]) -> None:
    assert states_of_pincode(pincode) == states


@QUICK
@given(st.one_of(ANY, st.from_regex(r"\A[0-9]{6}\Z")))
def test_only_states_that_we_list(pincode: str) -> None:
    found = states_of_pincode(pincode)
    assert len(set(found)) == len(found)
    assert set(found) <= _codes()


def test_every_state_is_suggested_by_some_pin_code() -> None:
    suggested = {state for first in range(100, 1000) for state in states_of_pincode(f"{first}001")}
    assert suggested == _codes()


def _codes() -> set[str]:
    with STATES.open(encoding="utf-8", newline="") as file:
        return {row["state_code"] for row in csv.DictReader(file)}
