"""One-time codes through the desk: five guesses however many come at once, and each limit at its edge."""

import asyncio
from collections.abc import Callable
from datetime import timedelta

import pytest
from msgspec.structs import replace
from sqlalchemy import insert

from dialogue.codes import LIMITS
from dialogue.effects import Guess, Spend
from storage import codes, effects
from storage.database import Conflict
from storage.tables import spends
from storage.vault import Vault
from tests.handlers.conftest import At
from tests.handlers.door import message, private, put, session_of, stand, told, waiting
from tests.storage.scene import number, sql
from tests.support.stage import Stage
from tests.support.stories import EMAIL, MOBILE, REGISTER, play
from visits.otp import Challenge

UNTIL_MOBILE = REGISTER[: REGISTER.index("98123 45678")]
UNTIL_CODE = REGISTER[: REGISTER.index("{sms}")]
WRONG = "That code is not right"
TOO_OFTEN = "typed wrong too often"
NEXT = "e-mail address"


async def asked(stage: Stage, person: int = 101) -> str:
    """A talk at the question for the code; the code that reached the phone."""
    await play(stage, UNTIL_CODE, person)
    return stage.code(MOBILE, "sms")


def others(right: str, count: int) -> list[str]:
    return [f"{n:06}" for n in range(count + 1) if f"{n:06}" != right][:count]


def compared(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> set[str]:
    """Every digits that are compared with a code from now on; a step that is stepped again compares the same."""
    seen: set[str] = set()
    real = Vault.right

    def right(vault: Vault, challenge: Challenge, talk: str, typed: str) -> bool:
        seen.add(typed)
        return real(vault, challenge, talk, typed)

    monkeypatch.setattr(Vault, "right", right)
    return seen


# ---------------------------------------------------------------- O1: five guesses, success once


async def test_two_hundred_guesses_of_one_talk_compare_five(at: At, monkeypatch: pytest.MonkeyPatch) -> None:
    stage = await at("code")
    right = stage.code(MOBILE, "sms")
    seen = compared(stage, monkeypatch)
    guesses = others(right, 200)
    await put(stage, *(message(101, guess) for guess in guesses))
    while await stage.desk.round():
        pass
    assert seen == set(guesses[:5])
    assert await number(stage, "SELECT tries FROM challenges") == 5
    assert await number(stage, "SELECT count(*) FROM spends WHERE key LIKE 'wrong:%'") == 5
    assert await number(stage, "SELECT count(*) FROM outbox WHERE status = 'waiting' AND key IS NULL") == 200 + 200


async def test_a_right_code_twice_at_once_is_one_success(at: At) -> None:
    stage = await at("code")
    right = stage.code(MOBILE, "sms")
    await stage.arrive(message(101, right), message(101, right))
    assert await number(stage, "SELECT tries FROM challenges WHERE purpose = 'mobile_code'") == 1
    assert "email" not in (await session_of(stage, 101)).of("register")


async def test_two_hundred_transactions_with_one_guess_each(at: At, monkeypatch: pytest.MonkeyPatch) -> None:
    """The same 200, each as a task with a transaction of its own."""
    stage = await at("code")
    right = stage.code(MOBILE, "sms")
    guesses = others(right, 200)
    seen = compared(stage, monkeypatch)
    await put(stage, *(message(101, guess) for guess in guesses))
    await sql(stage, "UPDATE inbox SET talk = talk || '#' || id WHERE handled IS NULL")
    every = await waiting(stage)
    assert len(every) == 200
    await asyncio.gather(*(stage.desk._alone(one) for one in every))
    assert len(seen) == 5 and await number(stage, "SELECT tries FROM challenges") == 5


async def test_two_hundred_effects_that_saw_the_same_tries(at: At) -> None:
    """Compare-and-set: of 200 that all looked before any was written, one is counted."""
    stage = await at("code")
    ((id_,),) = await sql(stage, "SELECT id FROM challenges")

    async def guess(right: bool) -> str:
        try:
            async with stage.db.begin() as tx:
                wanted = [effects.Asked(private(101), [Guess(id_, 0, right)])]
                await effects.apply(tx, stage.vault, wanted, stage.clock())
        except Conflict as conflict:
            return conflict.reason
        return "counted"

    ends = await asyncio.gather(*(guess(n == 0) for n in range(200)))
    assert sorted(ends) == ["counted"] + ["guess"] * 199
    (row,) = await sql(stage, "SELECT tries, used FROM challenges")
    assert row.tries == 1


async def test_a_code_is_its_talks_alone(at: At) -> None:
    """Two hundred other chats at the same question, for the same number, type the code that another chat was sent."""
    stage = await at("code")
    right = stage.code(MOBILE, "sms")
    owner = await session_of(stage, 101)
    thieves = [replace(owner, talk=private(n)) for n in range(3000, 3200)]
    await stand(stage, *thieves)
    await stage.arrive(*(message(n, right) for n in range(3000, 3200)))
    assert all("No code is open" in told(stage, n)[-1] for n in range(3000, 3200))
    (row,) = await sql(stage, "SELECT tries, used FROM challenges")
    assert (row.tries, bool(row.used)) == (0, False)
    await stage.said(101, right)
    assert NEXT in told(stage, 101)[-1]


# ---------------------------------------------------------------- old, expired, another's


async def test_an_older_code_is_refused_and_counted(at: At) -> None:
    stage = await at("code")
    old = stage.code(MOBILE, "sms")
    stage.clock.forward(seconds=61)
    await stage.press_label(101, "Send again")
    new = stage.code(MOBILE, "sms")
    assert old != new
    await stage.said(101, old)
    assert "older code" in told(stage, 101)[-1]
    await stage.said(101, new)
    assert NEXT in told(stage, 101)[-1]
    rows = await sql(stage, "SELECT tries, used FROM challenges ORDER BY issued")
    assert [(row.tries, bool(row.used)) for row in rows] == [(0, True), (2, True)]


@pytest.mark.parametrize(("seconds", "good"), [(599, True), (600, False), (601, False)])
async def test_a_code_lives_ten_minutes(at: At, seconds: int, good: bool) -> None:
    stage = await at("code")
    right = stage.code(MOBILE, "sms")
    stage.clock.forward(seconds=seconds)
    await stage.said(101, right)
    assert (NEXT in told(stage, 101)[-1]) is good
    if not good:
        assert "older than 10 minutes" in told(stage, 101)[-1]
        await stage.press_label(101, "Send again")
        await stage.said(101, stage.code(MOBILE, "sms"))
        assert NEXT in told(stage, 101)[-1]


async def test_a_code_is_good_for_its_own_address_alone(at: At) -> None:
    stage = await at("code")
    first = stage.code(MOBILE, "sms")
    await stage.press_label(101, "Change number")
    await stage.said(101, "98765 00000")
    assert stage.code("+919876500000", "sms") != first
    await stage.said(101, first)
    assert WRONG in told(stage, 101)[-1]


async def test_a_code_is_good_for_its_own_purpose_alone(at: At) -> None:
    stage = await at("code")
    mobile = stage.code(MOBILE, "sms")
    await stage.said(101, mobile)
    await stage.said(101, EMAIL)
    assert stage.code(EMAIL, "email") != mobile
    await stage.said(101, mobile)
    assert WRONG in told(stage, 101)[-1]


async def test_the_postman_and_the_desk_mean_the_same_code_after_a_restart(at: At) -> None:
    stage = await at("code")
    right = stage.code(MOBILE, "sms")
    stage.open()
    await stage.said(101, right)
    assert NEXT in told(stage, 101)[-1]


# ---------------------------------------------------------------- O3: limits of a flow


def sent(stage: Stage) -> int:
    return len([text for text in told(stage, MOBILE, "sms") if "is your Mulakat code" in text])


async def test_three_resends_a_flow_also_when_the_sweep_has_been(at: At) -> None:
    """Codes are erased 20 minutes after they were sent; what was sent in the flow still counts."""
    stage = await at("code")
    for seconds in (60, 120, 300):
        stage.clock.forward(seconds=seconds)
        await stage.press_label(101, "Send again")
    assert sent(stage) == 4
    await stage.forward(minutes=21)
    await stage.press_label(101, "Send again")
    assert sent(stage) == 4 and "sent several times already" in told(stage, 101)[-1]


# ---------------------------------------------------------------- O3: limits of a day and an hour


def _key(stage: Stage) -> str:
    return stage.vault.digest("address", f"sms:{MOBILE}")


DAY, HOUR = timedelta(days=1), timedelta(hours=1)
EDGES: tuple[tuple[str, int, timedelta, Callable[[Stage], str]], ...] = (
    ("sms_number", 5, DAY, lambda stage: f"sent:{_key(stage)}"),
    ("codes_chat", 10, DAY, lambda _stage: "codes:telegram:101"),
    ("numbers_chat", 3, DAY, lambda _stage: "numbers:telegram:101"),
    ("sms_hour", 400, HOUR, lambda _stage: "sms"),
)


async def spent(stage: Stage, key: str, count: int) -> None:
    """As if it had been counted so often a moment ago, for different things each time."""
    if count:
        rows = [{"key": key, "of": f"x{n}", "at": stage.clock()} for n in range(count)]
        async with stage.db.begin() as tx:
            await tx.execute(insert(spends), rows)


@pytest.mark.parametrize(("name", "limit", "window", "key"), EDGES, ids=[edge[0] for edge in EDGES])
@pytest.mark.parametrize("short", [1, 0])
async def test_a_limit_at_its_edge(
    at: At, name: str, limit: int, window: timedelta, key: Callable[[Stage], str], short: int
) -> None:
    """The nth is sent; the one after is refused in its own words, and sent when the window is over."""
    stage = await at("mobile")
    await spent(stage, key(stage), limit - short)
    await stage.said(101, "98123 45678")
    if short:
        assert sent(stage) == 1 and LIMITS[name].msgid not in told(stage, 101)[-1]
        return
    assert sent(stage) == 0 and LIMITS[name].msgid in told(stage, 101)[-1]
    assert await number(stage, "SELECT count(*) FROM challenges") == 0
    assert await number(stage, "SELECT count(*) FROM spends") == limit, "what was refused costs nothing"
    stage.clock.forward(seconds=window.total_seconds() - 1)
    await stage.press_label(101, "Send again")
    assert sent(stage) == 0 and LIMITS[name].msgid in told(stage, 101)[-1]
    stage.clock.forward(seconds=1)
    await stage.press_label(101, "Send again")
    assert sent(stage) == 1
    await stage.said(101, stage.code(MOBILE, "sms"))
    assert NEXT in told(stage, 101)[-1], "and nothing was lost"


async def test_the_same_number_again_is_no_further_number(at: At) -> None:
    stage = await at("code")
    await spent(stage, "numbers:telegram:101", 2)
    stage.clock.forward(seconds=60)
    await stage.press_label(101, "Send again")
    assert sent(stage) == 2


async def test_five_sms_a_number_over_all_chats(at: At) -> None:
    stage = await at("mobile")
    here = await session_of(stage, 101)
    await stand(stage, *(replace(here, talk=private(n)) for n in range(301, 307)))
    await stage.arrive(*(message(n, "98123 45678") for n in range(301, 307)))
    assert sent(stage) == 5
    assert sum(LIMITS["sms_number"].msgid in told(stage, n)[-1] for n in range(301, 307)) == 1


@pytest.mark.parametrize(("known", "limit"), [(False, 400), (True, 500)])
async def test_a_fifth_of_the_hours_sms_is_kept_for_known_users(stage: Stage, known: bool, limit: int) -> None:
    if known:
        await play(stage, REGISTER)
        await sql(stage, "DELETE FROM spends")
        await play(stage, ("/me", "[✎ Mobile]"))
    else:
        await play(stage, UNTIL_MOBILE)
    await spent(stage, "sms", limit)
    await stage.said(101, "98765 00000")
    assert told(stage, "+919876500000", "sms") == [] and LIMITS["sms_hour"].msgid in told(stage, 101)[-1]
    await sql(stage, "DELETE FROM spends WHERE id = (SELECT min(id) FROM spends WHERE key = 'sms')")
    await stage.press_label(101, "Send again")
    assert len(told(stage, "+919876500000", "sms")) == 1


async def test_counting_at_once_never_passes_a_limit(stage: Stage) -> None:
    """Twenty transactions that each want one of five."""

    async def spend() -> bool:
        try:
            async with stage.db.begin() as tx:
                await codes.tally(tx, [Spend("sms_number", "sent:x", 5, 3600)], False, stage.clock())
        except Conflict:
            return False
        return True

    assert sum(await asyncio.gather(*(spend() for _n in range(20)))) == 5
