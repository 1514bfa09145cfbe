"""References and registration numbers: read over the telephone, typed in any way, and mistyped ones noticed."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.visits.texts import ANY, QUICK
from visits.reference import ALPHABET, check_reference, check_registration, reference, registration_number

REF = reference("a nonce")


def test_a_reference_is_eight_letters_that_nobody_mixes_up() -> None:
    assert len(REF) == 8 and set(REF) <= set(ALPHABET)
    assert not set(ALPHABET) & set("01OILUQSZBGAE")
    assert reference(b"a nonce") == REF


def test_a_registration_number_is_another_number() -> None:
    number = registration_number("a nonce")
    assert number[:2] == "M-" and number[6] == "-" and len(number) == 11
    assert number.replace("-", "")[1:] != REF
    assert check_registration(number) == number


def test_nonces_give_different_references() -> None:
    assert len({reference(str(n)) for n in range(3000)}) == 3000
    assert {char for n in range(3000) for char in reference(str(n))} == set(ALPHABET)


@pytest.mark.parametrize(
    "typed", [REF, REF.lower(), f" {REF[:4]}-{REF[4:]} ", f"#{REF}", f"{REF[:2]} {REF[2:5]} {REF[5:]}\n"]
)
def test_a_reference_however_typed(typed: str) -> None:
    assert check_reference(typed) == REF


def test_look_alikes_are_read_as_what_they_look_like() -> None:
    alike = {"D": "0OQ", "7": "1IL", "5": "S", "2": "Z", "8": "B", "6": "G", "V": "U"}
    seen = set()
    for n in range(60):
        number, registered = reference(str(n)), registration_number(str(n))
        for meant, typed in alike.items():
            for char in typed:
                assert check_reference(number.replace(meant, char)) == number
                assert check_registration(registered.lower().replace(meant.lower(), char.lower())) == registered
            seen |= {meant} & set(number)
    assert seen == set(alike)


def test_a_registration_number_without_its_m() -> None:
    number = registration_number("x")
    assert check_registration(number[2:]) == number
    assert check_registration(number.replace("-", " ")) == number
    assert check_registration("N" + number[1:]) is None


@QUICK
@given(st.binary(min_size=1, max_size=40), st.integers(0, 7), st.sampled_from(ALPHABET))
def test_one_wrong_character_is_noticed(nonce: bytes, at: int, char: str) -> None:
    number = reference(nonce)
    mistyped = number[:at] + char + number[at + 1 :]
    assert check_reference(mistyped) == (number if mistyped == number else None)


@QUICK
@given(st.text(), st.integers(0, 7), st.integers(0, 7))
def test_two_that_changed_places_are_noticed(nonce: str, one: int, other: int) -> None:
    number = reference(nonce)
    swapped = list(number)
    swapped[one], swapped[other] = swapped[other], swapped[one]
    mistyped = "".join(swapped)
    assert check_reference(mistyped) == (number if mistyped == number else None)


@QUICK
@given(ANY)
def test_any_text_is_a_number_or_none(raw: str) -> None:
    for check in (check_reference, check_registration):
        found = check(raw)
        assert found is None or check(found) == found


@pytest.mark.parametrize("raw", ["", "ABC", "२३४५६७८९०", REF[:7], REF + "2", "hello there"])
def test_no_reference(raw: str) -> None:
    assert check_reference(raw) is None
