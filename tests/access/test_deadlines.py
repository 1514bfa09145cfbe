"""What time does: families out of reach, warnings, requests that nobody answered, holds that lapse."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from channels.base import Later
from storage import jails
from storage.tables import visits
from tests.access.cards import FAMILY, offers, ready, shown, words_of
from tests.access.ground import (
    asked,
    blocked,
    decided,
    enrolled,
    held,
    housed,
    kinds_noted,
    peopled,
    plain,
    pressed,
    quiet,
    refusing,
    row_of,
    taken,
)
from tests.support.stage import GROUP, JAIL, Stage
from visits.policy import Rules
from visits.visit import Kind

# ---------------------------------------------------------------- out of reach


def all_ways(stage: Stage, error: Callable[[], Exception], family: str = "1010") -> None:
    for channel, to in (
        ("telegram", FAMILY),
        ("email", f"family{family}@example.org"),
        ("sms", f"+91980000{family}"),
    ):
        refusing(stage, channel, to, error)


async def minutes(stage: Stage, count: int) -> None:
    for _minute in range(count):
        await stage.forward(minutes=1)


async def test_a_family_out_of_reach_is_called_once(stage: Stage) -> None:
    ref = await ready(stage)
    await decided(stage, ref, "ok")
    all_ways(stage, blocked)
    heard = len(stage.heard)
    await minutes(stage, 16)
    calls = [one for one in plain(stage, GROUP, since=heard) if one.startswith("📞")]
    assert len(calls) == 1
    assert ref in calls[0] and "Sunita Devi: +919800001010" in calls[0] and "Approved by Supt. Rao" in calls[0]
    await minutes(stage, 30)
    assert len([one for one in plain(stage, GROUP, since=heard) if one.startswith("📞")]) == 1
    assert (await kinds_noted(stage)).count("unreached") == 1


async def test_one_way_that_works_is_enough(stage: Stage) -> None:
    ref = await ready(stage)
    await decided(stage, ref, "why", "transferred")
    for channel, to in (("telegram", FAMILY), ("email", "family1010@example.org")):
        refusing(stage, channel, to, blocked)
    heard = len(stage.heard)
    await minutes(stage, 20)
    assert [one for one in plain(stage, GROUP, since=heard) if one.startswith("📞")] == []
    assert len(plain(stage, "+919800001010", "sms", heard)) == 1


async def test_ways_that_only_ask_to_wait_do_not_put_off_the_call(stage: Stage) -> None:
    """Each way says "in ten minutes" again and again: a quarter of an hour after the decision staff are told."""
    ref = await ready(stage)
    await decided(stage, ref, "ok")
    all_ways(stage, lambda: Later(600.0, "asks us to wait"))
    heard = len(stage.heard)
    await minutes(stage, 17)
    assert [ref in one for one in plain(stage, GROUP, since=heard) if one.startswith("📞")] == [True]


async def test_a_visit_given_back_after_nobody_was_reached_is_not_noted_for_ever(stage: Stage) -> None:
    """Nobody was reached, then the family came by itself and cancelled: one line at most, one audit row at most."""
    ref = await ready(stage)
    await decided(stage, ref, "ok")
    all_ways(stage, blocked)
    await stage.forward(seconds=61)
    stage.clock.forward(seconds=0)
    version = (await row_of(stage, ref)).version
    quiet(stage, "telegram")
    await pressed(stage, FAMILY, f"dropped={ref}.{version}")
    await minutes(stage, 5)
    assert (await kinds_noted(stage)).count("unreached") <= 1


# ---------------------------------------------------------------- time


async def test_warned_twice_then_expired_told_by_three_ways_and_asked_again_once(stage: Stage) -> None:
    ref = await ready(stage)
    heard = len(stage.heard)
    warned = [datetime(2026, 12, 1, 12, 30, tzinfo=UTC), datetime(2026, 12, 2, 6, 30, tzinfo=UTC)]
    for count, at in enumerate(warned, 1):
        await _until(stage, at - timedelta(minutes=1))
        assert len(plain(stage, GROUP, since=heard)) == count - 1
        await _until(stage, at + timedelta(minutes=1))
        warning = plain(stage, GROUP, since=heard)[-1]
        assert len(plain(stage, GROUP, since=heard)) == count
        left = (24, 6)[count - 1]
        assert f"Request {ref} still waits: at most {left} hours are left." in warning
        assert "Please decide before Wednesday 2 December 2026, 6:00 pm." in warning

    due = datetime(2026, 12, 2, 12, 30, tzinfo=UTC)  # six o'clock the day before
    await _until(stage, due - timedelta(seconds=30))
    assert (await row_of(stage, ref)).status == "PENDING"
    await _until(stage, due + timedelta(seconds=20))
    row = await row_of(stage, ref)
    assert (row.status, row.decided_by, row.live) == ("EXPIRED", None, False)
    assert await taken(stage) == 0
    assert "did not answer your request" in words_of(stage.last(FAMILY))
    assert "did not answer your request" in words_of(stage.last("family1010@example.org", "email"))
    assert "not answered in time" in words_of(stage.last("+919800001010", "sms"))
    assert {"Nobody decided in time" in words_of(card) for card in shown(stage, ref).values()} == {True}
    assert await decided(stage, ref, "ok") == "⌛ Nobody decided in time. The family was told."

    offered = stage.last(FAMILY).rendered
    assert offered and len(offered.buttons) == 5
    ((_label, data),) = offered.buttons[0]
    for _press in range(2):
        await pressed(stage, FAMILY, data, message=stage.last(FAMILY).id)
    async with stage.db.begin() as tx:
        rows = (await tx.execute(visits.select().where(visits.c.visitor == row.visitor))).all()
    assert sorted(one.status for one in rows) == ["EXPIRED", "PENDING"]
    again = next(one for one in rows if one.status == "PENDING")
    assert again.start == datetime.fromtimestamp(int(data.rpartition(".")[2]), UTC)
    assert await taken(stage, again.start) == 1
    assert any(f"Request {again.ref}" in one for one in plain(stage, GROUP))
    assert again.ref in words_of(stage.last(FAMILY))


async def _until(stage: Stage, moment: datetime) -> None:
    stage.clock.now = moment
    await stage.forward()


async def test_a_second_press_for_another_time_says_that_it_was_asked(stage: Stage) -> None:
    ref = await ready(stage)
    await _until(stage, datetime(2026, 12, 2, 12, 31, tzinfo=UTC))
    first, second = offers(stage, ref)[:2]
    assert await pressed(stage, FAMILY, first) == ""
    assert "already asked again" in await pressed(stage, FAMILY, second)


async def test_a_warning_is_not_sent_for_what_is_decided(stage: Stage) -> None:
    ref = await ready(stage)
    await decided(stage, ref, "ok")
    heard = len(stage.heard)
    await _until(stage, datetime(2026, 12, 2, 12, 0, tzinfo=UTC))
    assert [one for one in plain(stage, GROUP, since=heard) if "still waits" in one] == []


async def test_after_undo_the_warnings_are_back(stage: Stage) -> None:
    ref = await ready(stage)
    await decided(stage, ref, "ok")
    await decided(stage, ref, "undo")
    heard = len(stage.heard)
    await _until(stage, datetime(2026, 12, 1, 12, 31, tzinfo=UTC))
    assert len([one for one in plain(stage, GROUP, since=heard) if "still waits" in one]) == 1


async def test_a_jails_own_numbers_decide_when_it_is_warned(stage: Stage) -> None:
    await peopled(stage)
    async with stage.db.begin() as tx:
        await jails.set_rules(tx, JAIL, Rules(warn_hours=(2,), decision_hour=12))
    await asked(stage, await enrolled(stage, FAMILY))
    heard = len(stage.heard)
    await _until(stage, datetime(2026, 12, 2, 4, 31, tzinfo=UTC))  # 10:01, two hours before noon
    assert ["before Wednesday 2 December 2026, 12:00 pm" in one for one in plain(stage, GROUP, since=heard)] == [True]
    await _until(stage, datetime(2026, 12, 2, 6, 31, tzinfo=UTC))
    assert "did not answer" in words_of(stage.last(FAMILY))


async def test_a_hold_that_lapses_frees_the_seat_and_says_so(stage: Stage) -> None:
    await peopled(stage)
    await held(stage, await enrolled(stage, FAMILY), capacity=1)
    assert await taken(stage) == 1
    await stage.forward(minutes=9)
    assert await taken(stage) == 1
    await stage.forward(minutes=1, seconds=20)
    assert await taken(stage) == 0
    assert [one.splitlines()[0] for one in plain(stage, FAMILY)] == [
        "⌛ 10 minutes are over. Your time is free for other families again."
    ]
    await stage.forward(minutes=5)
    assert len(plain(stage, FAMILY)) == 1
    assert (await kinds_noted(stage)).count("hold_lapsed") == 1


async def test_the_words_about_a_lapsed_hold_name_the_jails_own_minutes(stage: Stage) -> None:
    """Where a jail holds a time for 5 minutes, no text says 10."""
    async with stage.db.begin() as tx:
        await jails.set_rules(tx, JAIL, Rules(hold_minutes=5))
    await peopled(stage)
    await held(stage, await enrolled(stage, FAMILY), minutes=5)
    await stage.forward(minutes=6)
    assert "10 minutes" not in plain(stage, FAMILY)[-1]


# ---------------------------------------------------------------- video


async def test_without_rooms_no_video_is_asked_for_again(stage: Stage) -> None:
    """The operator has taken the rooms away: an expired video visit isn't offered again as one."""
    await peopled(stage)
    made = await asked(stage, await enrolled(stage, FAMILY), kind=Kind.VIDEO)
    housed(stage, video_url="")
    await _until(stage, datetime(2026, 12, 2, 12, 31, tzinfo=UTC))
    assert offers(stage, made.ref) == []


async def test_the_sms_of_a_video_visit_sends_nobody_to_the_gate(stage: Stage) -> None:
    """Date, time and the jail's name alone read like a visit there; so does the calendar's place."""
    await peopled(stage)
    made = await asked(stage, await enrolled(stage, FAMILY), kind=Kind.VIDEO)
    await decided(stage, made.ref, "ok")
    await stage.forward(seconds=61)
    (sms,) = plain(stage, "+919800001010", "sms")
    assert "video" in sms.lower()
    mail = stage.last("family1010@example.org", "email").message
    assert mail and mail.invite and "Central Jail" not in mail.invite.place
