"""One-time codes at the real desk: five comparisons and no more, and every limit of the quality page at its edge."""

import hashlib
from datetime import timedelta

import pytest
from sqlalchemy import insert, select

from storage.tables import challenges, spends
from tests.support.stage import Stage
from tests.support.stories import EMAIL, MOBILE, REGISTER, play
from visits import otp

UP_TO_THE_CODE = REGISTER[:13]


async def tries(stage: Stage) -> list[tuple[int, bool]]:
    async with stage.db.begin() as tx:
        rows = await tx.execute(select(challenges.c.tries, challenges.c.used).order_by(challenges.c.issued))
        return [(row.tries, row.used) for row in rows]


def wrong_code(right: str, number: int) -> str:
    """Six digits that are not the right ones, another for each number."""
    return f"{(int(right) + 1 + number) % 1_000_000:06}"


@pytest.mark.parametrize(("right_at", "succeeds"), [(2, True), (4, True), (5, False), (150, False)])
async def test_200_guesses_at_one_moment(stage: Stage, right_at: int, succeeds: bool) -> None:
    """All 200 wait before the first is handled: five are compared."""
    await play(stage, UP_TO_THE_CODE)
    right = stage.code(MOBILE, "sms")
    guesses = [right if n == right_at else wrong_code(right, n) for n in range(200)]
    await stage.arrive(
        *(
            {
                "message": {
                    "message_id": 5000 + n,
                    "date": 0,
                    "chat": {"id": 101, "type": "private"},
                    "from": {"id": 101, "is_bot": False, "first_name": "S"},
                    "text": guess,
                }
            }
            for n, guess in enumerate(guesses)
        )
    )
    ((used, done),) = await tries(stage)
    assert done is succeeds
    assert used == (right_at + 1 if succeeds else otp.TRIES)


async def test_a_code_of_another_chat_is_no_good(stage: Stage) -> None:
    await play(stage, UP_TO_THE_CODE)
    theirs = stage.code(MOBILE, "sms")
    stage.clock.forward(seconds=1)
    await play(stage, UP_TO_THE_CODE, person=102)
    mine = stage.code(MOBILE, "sms")
    assert mine != theirs
    await stage.said(102, theirs)
    assert "not right" in stage.last(102).rendered.plain  # type: ignore[union-attr]
    await stage.said(102, mine)
    assert "e-mail address" in stage.last(102).rendered.plain  # type: ignore[union-attr]


async def test_resend_waits_60_120_300_and_then_no_more(stage: Stage) -> None:
    await play(stage, UP_TO_THE_CODE)
    for wait in otp.RESEND:
        stage.clock.forward(seconds=wait - 1)
        await stage.press_label(101, "Send again")
        assert "can be sent in 1 seconds" in stage.last(101).rendered.plain  # type: ignore[union-attr]
        stage.clock.forward(seconds=1)
        await stage.press_label(101, "Send again")
        assert "on its way" in stage.last(101).rendered.plain  # type: ignore[union-attr]
    stage.clock.forward(seconds=301)
    await stage.press_label(101, "Send again")
    assert "sent several times already" in stage.last(101).rendered.plain  # type: ignore[union-attr]
    assert len(stage.to(MOBILE, "sms")) == 4


def key(stage: Stage, name: str) -> str:
    """The key under which a limit counts."""
    address = stage.vault.digest("address", f"sms:{MOBILE}")
    return {
        "sms_number": f"sent:{address}",
        "codes_chat": "codes:telegram:101",
        "numbers_chat": "numbers:telegram:101",
        "sms_hour": "sms",
        "wrong_number": f"wrong:{address}",
    }[name]


async def spent(stage: Stage, name: str, count: int) -> None:
    """So much of a limit is used already, by somebody else or before."""
    now = stage.clock()
    rows = [
        {"key": key(stage, name), "of": hashlib.sha256(bytes([n % 256])).hexdigest(), "at": now} for n in range(count)
    ]
    async with stage.db.begin() as tx:
        await tx.execute(insert(spends), rows)


@pytest.mark.parametrize(
    ("name", "most", "window", "words"),
    [
        ("sms_number", 5, timedelta(hours=24), "went to this number today"),
        ("codes_chat", 10, timedelta(hours=24), "in this chat today"),
        ("numbers_chat", 3, timedelta(hours=24), "different numbers"),
        ("sms_hour", 400, timedelta(hours=1), "in an hour"),
    ],
)
async def test_each_limit_at_its_edge(stage: Stage, name: str, most: int, window: timedelta, words: str) -> None:
    """One below: the code goes out. At the limit: it doesn't, with words of its own; after the window it does."""
    await play(stage, REGISTER[:12])
    await spent(stage, name, most - 1)
    await stage.said(101, "98123 45678")
    assert len(stage.to(MOBILE, "sms")) == 1
    stage.clock.forward(seconds=61)
    if name != "numbers_chat":  # the same number again is no further number
        await stage.press_label(101, "Send again")
        assert words in stage.last(101).rendered.plain  # type: ignore[union-attr]
        assert len(stage.to(MOBILE, "sms")) == 1
    else:
        await stage.press_label(101, "Change number")
        await stage.said(101, "98765 43210")
        assert words in stage.last(101).rendered.plain  # type: ignore[union-attr]
        assert not stage.to("+919876543210", "sms")
        return
    stage.clock.forward(seconds=window.total_seconds())
    await stage.press_label(101, "Send again")
    assert len(stage.to(MOBILE, "sms")) == 2


async def test_ten_wrong_a_number_in_24_hours(stage: Stage) -> None:
    """The eleventh is not compared, even if it is right; a day later it may be."""
    await play(stage, UP_TO_THE_CODE)
    await spent(stage, "wrong_number", 9)
    right = stage.code(MOBILE, "sms")
    await stage.said(101, wrong_code(right, 0))
    assert "Tries left" in stage.last(101).rendered.plain  # type: ignore[union-attr]
    await stage.said(101, right)
    assert "Too many wrong codes" in stage.last(101).rendered.plain  # type: ignore[union-attr]
    assert await tries(stage) == [(1, False)]
    stage.clock.forward(hours=24, seconds=1)
    await stage.press_label(101, "Send again")
    await stage.said(101, stage.code(MOBILE, "sms"))
    assert "e-mail address" in stage.last(101).rendered.plain  # type: ignore[union-attr]


async def test_known_users_have_a_fifth_of_the_hour_for_themselves(stage: Stage) -> None:
    """After 400 SMS an hour strangers wait; who is registered may still change a number, up to 500."""
    await play(stage, REGISTER)
    await stage.said(101, "/me")
    await stage.press_label(101, "Mobile")
    await spent(stage, "sms_hour", 450)
    await stage.said(101, "98765 43210")
    assert stage.code("+919876543210", "sms")


async def test_nothing_of_a_code_is_left_in_the_database(stage: Stage) -> None:
    await play(stage, REGISTER)
    codes = {stage.code(MOBILE, "sms"), stage.code(EMAIL, "email")}
    dump = str(stage.db.url.database)
    for suffix in ("", "-wal"):
        with open(dump + suffix, "rb") as file:  # noqa: ASYNC230 (a test looks at a small file)
            body = file.read()
        assert not any(code.encode() in body for code in codes)
