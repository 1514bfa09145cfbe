"""One-time codes: bound to all they were made for, compared once normalised, resent after waits that grow."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.visits.texts import ANY, DIGITS, QUICK, in_digits
from visits import otp

NOW = datetime(2026, 3, 2, 4, 30, tzinfo=UTC)
PEPPER = b"p" * 32
BOUND = (PEPPER, "register:mobile", "telegram:42/42", "+919812345678", "c-1", 0)
RIGHT = otp.code(*BOUND)


def test_a_code_is_six_digits_and_the_same_every_time() -> None:
    assert len(RIGHT) == 6 and RIGHT.isdigit() and RIGHT.isascii()
    assert otp.code(*BOUND) == RIGHT


def test_a_code_is_hotp_over_the_bound_secret() -> None:
    """Worked out by hand after RFC 4226, so that another library would give the codes that are on their way."""
    import base64
    import hashlib
    import hmac

    parts = [part.encode() for part in ("register:mobile", "telegram:42/42", "+919812345678", "c-1")]
    message = b"".join(len(part).to_bytes(4, "big") + part for part in parts)
    secret = base64.b32decode(base64.b32encode(hmac.digest(PEPPER, message, hashlib.sha256)))
    digest = hmac.digest(secret, (7).to_bytes(8, "big"), "sha1")
    offset = digest[-1] & 15
    number = int.from_bytes(digest[offset : offset + 4], "big") & 0x7FFFFFFF
    assert otp.code(*BOUND[:-1], 7) == f"{number % 1_000_000:06d}"


@pytest.mark.parametrize(
    "typed",
    [RIGHT, f" {RIGHT[:3]} {RIGHT[3:]}\n", f"{RIGHT[:3]}-{RIGHT[3:]}", *(in_digits(s, RIGHT) for s in DIGITS)],
)
def test_the_right_code_however_it_is_typed(typed: str) -> None:
    assert otp.matches(*BOUND, typed)


@pytest.mark.parametrize("typed", ["", "0", RIGHT[:5], RIGHT + "0", "0" + RIGHT, RIGHT[::-1] + "x", "\ud800"])
def test_a_wrong_code(typed: str) -> None:
    assert not otp.matches(*BOUND, typed)


def test_whatever_differs_gives_another_code() -> None:
    """Of 600 codes that differ from the right one in one part each, chance lets one equal it 6 times in 10,000."""
    others = []
    for i in range(100):
        others += [
            otp.code(bytes([i]) * 32, *BOUND[1:]),
            otp.code(PEPPER, f"purpose {i}", BOUND[2], BOUND[3], BOUND[4], 0),
            otp.code(*BOUND[:2], f"telegram:9{i}/9{i}", BOUND[3], BOUND[4], 0),
            otp.code(*BOUND[:3], f"+9198000000{i:02}", BOUND[4], 0),
            otp.code(*BOUND[:4], f"d-{i}", 0),
            otp.code(*BOUND[:5], i + 1),
        ]
    assert RIGHT not in others
    assert len(set(others)) > 590


def test_parts_never_run_into_one_another() -> None:
    """The border between two parts counts: 8 such pairs all equal would be a chance of 1 in 10**48."""
    moved = [
        (otp.code(PEPPER, "ab", f"c{i}", "x", "y", 0), otp.code(PEPPER, "a", f"bc{i}", "x", "y", 0)) for i in range(8)
    ]
    assert any(one != other for one, other in moved)
    again = [
        (otp.code(PEPPER, "p", "t", f"a|{i}", "b", 0), otp.code(PEPPER, "p", "t", "a", f"{i}|b", 0)) for i in range(8)
    ]
    assert any(one != other for one, other in again)


@QUICK
@given(ANY, ANY, ANY, ANY, st.integers(0, 10**6), ANY)
def test_any_text_makes_a_code_and_none_raises(
    purpose: str, talk: str, address: str, challenge: str, counter: int, typed: str
) -> None:
    made = otp.code(PEPPER, purpose, talk, address, challenge, counter)
    assert otp.matches(PEPPER, purpose, talk, address, challenge, counter, made)
    assert otp.same(typed, made) in (True, False)


def test_a_challenge_lives_ten_minutes() -> None:
    challenge = otp.issue("c-1", "register:mobile", "+919812345678", NOW)
    assert (challenge.issued, challenge.expires) == (NOW, NOW + timedelta(minutes=10))
    assert (challenge.counter, challenge.tries, challenge.used) == (0, 0, False)


@pytest.mark.parametrize(
    ("sent", "ago", "wait"),
    [
        (0, 0, 0),
        (1, 0, 60),
        (1, 59, 1),
        (1, 60, 0),
        (1, 9999, 0),
        (2, 60, 60),
        (2, 120, 0),
        (3, 120, 180),
        (3, 300, 0),
        (4, 9999, None),
        (9, 9999, None),
        (1, -500, 60),  # the clock was set back
    ],
)
def test_the_wait_before_another_code(sent: int, ago: int, wait: int | None) -> None:
    found = otp.resend_wait(sent, NOW - timedelta(seconds=ago), NOW)
    assert found == (None if wait is None else timedelta(seconds=wait))


def test_the_first_code_waits_for_nothing() -> None:
    assert otp.resend_wait(0, None, NOW) == timedelta(0)


def test_limits_as_promised() -> None:
    hours = {limit.name: (limit.count, limit.window / timedelta(hours=1)) for limit in otp.LIMITS}
    assert hours == {
        "wrong_guesses": (10, 24),
        "sms_number": (5, 24),
        "codes_chat": (10, 24),
        "numbers_chat": (3, 24),
        "sms_hour": (500, 1),
        "sms_hour_unknown": (400, 1),
    }
    assert (otp.TRIES, len(otp.RESEND)) == (5, 3)
