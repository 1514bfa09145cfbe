"""Mobile numbers, e-mail addresses and PIN codes as people write them."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.visits.texts import ANY, DIGITS, QUICK, in_digits
from visits.contact import check_email, check_mobile, check_pincode
from visits.wrong import CODES, Wrong


@pytest.mark.parametrize(
    "raw",
    [
        "9812345678",
        "98123 45678",
        "98123-45678",
        "098123 45678",
        "+91 98123 45678",
        "+91-9812345678",
        "919812345678",
        "0091 9812345678",
        "+91 0 9812345678",
        "(+91) 98123.45678",
        "\uff0b91 9812345678",
        "\u202a+91 98123 45678\u202c",  # as copied from a contact
        "९८१२३४५६७८",
    ],
)
def test_an_indian_mobile_however_written(raw: str) -> None:
    assert check_mobile(raw) == "+919812345678"


def test_a_number_that_begins_with_91_keeps_it() -> None:
    assert check_mobile("9198123456") == "+919198123456"


@pytest.mark.parametrize(
    ("raw", "wrong"),
    [
        ("", Wrong("mobile_shape")),
        ("my number", Wrong("mobile_shape")),
        ("98123x5678", Wrong("mobile_shape")),
        ("9812345678 / 9812345679", Wrong("mobile_shape")),
        ("98123", Wrong("mobile_length", {"got": 5})),
        ("98123456789", Wrong("mobile_length", {"got": 11})),
        ("+91 98123", Wrong("mobile_length", {"got": 5})),
        ("5812345678", Wrong("mobile_first", {"first": "5"})),
        ("011 2345 6789", Wrong("mobile_first", {"first": "1"})),
        ("+44 7911 123456", Wrong("mobile_abroad")),
    ],
)
def test_no_indian_mobile(raw: str, wrong: Wrong) -> None:
    assert check_mobile(raw) == wrong


def test_abroad_where_it_is_allowed() -> None:
    assert check_mobile("+44 7911 123456", abroad=True) == "+447911123456"
    assert check_mobile("+977 984-1234567", abroad=True) == "+9779841234567"
    assert check_mobile("+44 12", abroad=True) == Wrong("mobile_shape")
    assert check_mobile("+999 12345678", abroad=True) == Wrong("mobile_shape")
    assert check_mobile("9812345678", abroad=True) == "+919812345678"
    assert check_mobile("+91 98123", abroad=True) == Wrong("mobile_length", {"got": 5})


@pytest.mark.parametrize("script", DIGITS)
def test_numbers_in_every_digit(script: str) -> None:
    assert check_mobile(in_digits(script, "9812345678")) == "+919812345678"
    assert check_pincode(in_digits(script, "110064")) == "110064"


@pytest.mark.parametrize("raw", ["110064", "110 064", " 110-064 ", "११००६४"])
def test_a_pin_code(raw: str) -> None:
    assert check_pincode(raw) == "110064"


@pytest.mark.parametrize("raw", ["", "010064", "11006", "1100644", "11OO64", "PIN"])
def test_no_pin_code(raw: str) -> None:
    assert check_pincode(raw) == Wrong("pincode_shape")


@pytest.mark.parametrize(
    ("raw", "address"),
    [
        ("sunita@example.com", "sunita@example.com"),
        (" Sunita.Devi@Example.COM\n", "Sunita.Devi@example.com"),
        ("ram @ gmail. com", "ram@gmail.com"),
        ("ram@gmail.com.", "ram@gmail.com"),
        ("ram९@gmail.com", "ram9@gmail.com"),
        ("ram+jail@sub.example.co.in", "ram+jail@sub.example.co.in"),
        ("ram\u200b@gmail.com", "ram@gmail.com"),
        ("ram@उदाहरण.भारत", "ram@xn--p1b6ci4b4b3a.xn--h2brj9c"),
    ],
)
def test_an_email(raw: str, address: str) -> None:
    assert check_email(raw) == address


@pytest.mark.parametrize(
    "raw",
    [
        "",
        "ram",
        "ram@",
        "@example.com",
        "ram@example",
        "ram@@example.com",
        "ram kumar@example.com",
        "Ram <ram@example.com>",
        "ram@example.com, sita@example.com",
        "ram@example.com\nBcc: all@example.com",
        "ram@exa\r\nmple.com",
        "ram@example.com\u2028x",
        '"a b"@example.com',
        "राम@example.com",
        "ram@[127.0.0.1]",
        "ram@localhost",
        "=?utf-8?q?ram?=@example.com",
        "ram=?@example.com",
    ],
)
def test_no_email(raw: str) -> None:
    assert check_email(raw) == Wrong("email_shape")


def test_a_long_email() -> None:
    assert check_email("a" * 65 + "@example.com") == Wrong("email_long", {"high": 254})
    assert check_email("a@" + "b" * 60 + (".c" + "d" * 50) * 5 + ".in") == Wrong("email_long", {"high": 254})


@QUICK
@given(ANY)
def test_any_text_gives_a_value_that_stands_or_a_known_code(raw: str) -> None:
    for check in (check_mobile, check_email, check_pincode):
        found = check(raw)
        if isinstance(found, Wrong):
            assert set(found.params) == set(CODES[found.code])
        else:
            assert check(found) == found


@QUICK
@given(st.text("aZ9.@,;:<>\"'()\\ \t\r\n\u2028\u0000éक-_+%", max_size=30), st.text("ab.\r\n,<> :", max_size=12))
def test_no_email_that_passes_can_break_a_header(local: str, domain: str) -> None:
    found = check_email(f"{local}@{domain}example.com")
    if isinstance(found, str):
        assert re.fullmatch(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]+@[a-z0-9.-]+", found)
