"""ID numbers: each kind takes its own shape and says what is wrong with another."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from stdnum import verhoeff

from tests.visits.texts import ANY, DIGITS, QUICK, in_digits
from visits.identity import IdKind, check_enrolment, check_id, holds_aadhaar, last_four, masked
from visits.wrong import CODES, Wrong

AADHAAR = "234123412346"  # made up; its check digit is right


@pytest.mark.parametrize(
    ("kind", "raw", "number"),
    [
        (IdKind.AADHAAR, "2341 2341 2346", AADHAAR),
        (IdKind.AADHAAR, "2341-2341-2346", AADHAAR),
        (IdKind.AADHAAR, "२३४१ २३४१ २३४६", AADHAAR),
        (IdKind.VOTER, "abc 1234567", "ABC1234567"),
        (IdKind.PAN, "abcde1234f", "ABCDE1234F"),
        (IdKind.PASSPORT, "k 1234567", "K1234567"),
        (IdKind.LICENCE, "DL-0420110149646", "DL0420110149646"),
        (IdKind.LICENCE, "MH12 2011 0062821", "MH1220110062821"),
        (IdKind.RATION, "wb/12-345", "WB12345"),
        (IdKind.OTHER, "ab12", "AB12"),
        (IdKind.NONE, "", ""),
        (IdKind.NONE, "I have none", ""),
    ],
)
def test_a_right_number_is_kept_in_one_form(kind: IdKind, raw: str, number: str) -> None:
    assert check_id(kind, raw) == number


@pytest.mark.parametrize(
    ("kind", "raw", "wrong"),
    [
        (IdKind.AADHAAR, " - ", Wrong("empty")),
        (IdKind.AADHAAR, "2341 2341 234", Wrong("aadhaar_length", {"got": 11})),
        (IdKind.AADHAAR, "2341 2341 2346 1", Wrong("aadhaar_length", {"got": 13})),
        (IdKind.AADHAAR, "1341 2341 2346", Wrong("aadhaar_first", {"first": "1"})),
        (IdKind.AADHAAR, "0341 2341 2346", Wrong("aadhaar_first", {"first": "0"})),
        (IdKind.AADHAAR, "2341 2341 2347", Wrong("aadhaar_checksum")),
        (IdKind.AADHAAR, "2341 2341 234O", Wrong("aadhaar_digits")),
        (IdKind.VOTER, "AB1234567", Wrong("voter_shape")),
        (IdKind.VOTER, "ABC12345678", Wrong("voter_shape")),
        (IdKind.PAN, "ABCDE12345", Wrong("pan_shape")),
        (IdKind.PASSPORT, "12345678", Wrong("passport_shape")),
        (IdKind.LICENCE, "DL0420110", Wrong("licence_shape", {"low": 10, "high": 16})),
        (IdKind.LICENCE, "A" * 17, Wrong("licence_shape", {"low": 10, "high": 16})),
        (IdKind.RATION, "abc", Wrong("id_shape", {"low": 4, "high": 20})),
        (IdKind.OTHER, "1" * 21, Wrong("id_shape", {"low": 4, "high": 20})),
        (IdKind.OTHER, "12#45", Wrong("id_shape", {"low": 4, "high": 20})),
    ],
)
def test_a_wrong_number_is_told_apart(kind: IdKind, raw: str, wrong: Wrong) -> None:
    assert check_id(kind, raw) == wrong


@pytest.mark.parametrize("script", DIGITS)
def test_aadhaar_in_every_digit(script: str) -> None:
    assert check_id(IdKind.AADHAAR, in_digits(script, AADHAAR)) == AADHAAR


@QUICK
@given(st.from_regex(r"\A[2-9][0-9]{10}\Z"), st.integers(0, 11), st.integers(1, 9))
def test_one_mistyped_digit_of_an_aadhaar_never_passes(body: str, at: int, by: int) -> None:
    number = body + verhoeff.calc_check_digit(body)
    assert check_id(IdKind.AADHAAR, number) == number
    mistyped = number[:at] + str((int(number[at]) + by) % 10) + number[at + 1 :]
    assert isinstance(check_id(IdKind.AADHAAR, mistyped), Wrong)


@QUICK
@given(st.sampled_from(IdKind), ANY)
def test_any_text_gives_a_canonical_number_or_a_known_code(kind: IdKind, raw: str) -> None:
    found = check_id(kind, raw)
    if isinstance(found, Wrong):
        assert set(found.params) == set(CODES[found.code])
    else:
        assert check_id(kind, found) == found
        assert found.isascii() and found == found.upper()


@pytest.mark.parametrize("raw", ["D/1234/2015", "MAH/123/2001", "k/12-a/99", "UP 1234", "क/१२"])
def test_enrolment(raw: str) -> None:
    found = check_enrolment(raw)
    assert found == (raw.upper() if raw.isascii() else Wrong("enrolment_shape"))


@pytest.mark.parametrize("raw", ["", "D/", "ADVOCATE", "1" * 31, "D#12"])
def test_no_enrolment(raw: str) -> None:
    assert check_enrolment(raw) == Wrong("enrolment_shape")


@pytest.mark.parametrize(
    ("number", "four"), [(AADHAAR, "2346"), ("ABCDE1234F", "234F"), ("AB12C", "2C"), ("1234", "34"), ("", "")]
)
def test_what_is_shown_of_a_number(number: str, four: str) -> None:
    assert last_four(number) == four
    assert masked(number) == "XXXX" + four


@pytest.mark.parametrize(
    "text",
    [
        *("234123412346", "2341 2341 2346", "2341-2341-2346", "2341.2341.2346", "2341/2341/2346", "2341–2341–2346"),
        *("23 41 23 41 23 46", "234 123 412 346", "234123 412346", "2 3 4 1 2 3 4 1 2 3 4 6", "2341, 2341, 2346"),
        *(
            "2341\n2341\n2346",
            "\u200b2341\u200b2341\u200b2346",
            "२३४१ २३४१ २३४६",
            "UID:234123412346x",
            "2341 - 2341 - 2346",
        ),
        *("House 4444 2341 2341 2346", "12 2341 2341 2346", "2341 2341 2346 9", "+2341 2341 2346"),
    ],
)
def test_an_aadhaar_number_is_seen_however_it_is_written(text: str) -> None:
    assert holds_aadhaar(text)


@pytest.mark.parametrize(
    "text",
    [
        *("", "2341 2341 2347", "1341 2341 2346", "23412341234", "2341234123461", "C-77/2026", "F-1234/2026"),
        *("House 12, Gali 4, Sangam Vihar, 110062", "H.No. 8-3-167/D/24, Hyderabad 500045", "12/03/2026 at 10.30"),
        *("Flat 4/12, Sector 22, 500029, ph 98123 45678", "2026-11-30 09:30 to 2026-12-02", "98123 45678, 98765 43210"),
        *("28.636900,77.104400", "FIR 412/2026, u/s 318(4), 316(2)"),
    ],
)
def test_what_a_family_types_else_is_no_aadhaar_number(text: str) -> None:
    assert not holds_aadhaar(text)


@QUICK
@given(st.integers(6_000_000_000, 9_999_999_999))
def test_a_mobile_with_its_country_is_none(number: int) -> None:
    """One in ten has the right check digit by chance."""
    ten = str(number)
    for text in (
        f"+91{ten}",
        f"+91 {ten[:5]} {ten[5:]}",
        f"91 {ten}",
        f"+91-{ten}",
        f"91 {ten[:5]}-{ten[5:]}",
        f"0{ten}",
    ):
        assert not holds_aadhaar(f"call {text} please"), text
