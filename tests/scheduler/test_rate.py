"""Telegram's limits before they bite, in time that jumps: bursts, the rate in all, groups, and who goes first."""

import asyncio
from bisect import bisect_left
from datetime import timedelta

import pytest

from scheduler.rate import BURST, TELEGRAM, Rate
from tests.conftest import Counts
from tests.scheduler.loop import played
from tests.storage.scene import seeded
from tests.support.stage import MONDAY

SLACK = 1e-3  # a look at the clock costs a microsecond


async def take(rate: Rate, log: list[tuple[float, str]], chat: str, priority: int = 1) -> None:
    await rate.take(priority)
    log.append((asyncio.get_running_loop().time(), chat))


async def all_of(rate: Rate, wanted: list[tuple[str, int]]) -> list[tuple[float, str]]:
    """Everything asked for at once; when each was let through."""
    log: list[tuple[float, str]] = []
    await asyncio.gather(*(take(rate, log, *one) for one in wanted))
    return log


def most_within(times: list[float], window: float) -> int:
    """The largest number of moments in any stretch of `window` seconds, its end left out."""
    times = sorted(times)
    return max(bisect_left(times, start + window - SLACK) - i for i, start in enumerate(times))


def test_a_crowd_leaves_as_fast_as_it_may() -> None:
    async def work() -> None:
        log = await all_of(Rate(TELEGRAM), [(str(n), 1) for n in range(300)])
        times = [at for at, _chat in log]
        assert max(times) <= 300 / 25, "10,000 reminders have to leave within 400 s"
        assert len({chat for _at, chat in log}) == 300

    played(work)


def test_never_more_than_thirty_in_any_second() -> None:
    """A full allowance and what comes back within the same second are not both to be had."""

    async def work() -> None:
        log = await all_of(Rate(TELEGRAM), [(str(n), 1) for n in range(200)])
        assert most_within([at for at, _chat in log], 1.0) <= TELEGRAM

    played(work)


def test_a_long_crowd_leaves_evenly_at_full_speed() -> None:
    """After the first burst no two come together: bursts that meet on the way would be more than thirty there."""

    async def work() -> None:
        log = await all_of(Rate(TELEGRAM), [(str(n), 1) for n in range(200)])
        times = [at for at, _chat in log]
        assert most_within(times[30:], 0.1) <= 4
        assert max(times) == pytest.approx(1.0 + 169 / TELEGRAM, abs=0.01)

    played(work)


def test_any_load_keeps_to_the_rate_in_any_second(counts: Counts) -> None:
    chance = seeded()

    async def work() -> None:
        for _round in range(counts(50)):
            rate, log = Rate(chance.choice((0.5, 1.0, 7.5, TELEGRAM))), list[tuple[float, str]]()
            spread = chance.choice((1, 3, 10))

            async def later(
                n: int, rate: Rate = rate, log: list[tuple[float, str]] = log, spread: int = spread
            ) -> None:
                await asyncio.sleep(chance.random() * spread)
                await take(rate, log, str(n))

            await asyncio.gather(*(later(n) for n in range(150)))
            most = max(1, int(rate.per_second))
            assert most_within([at for at, _chat in log], max(1.0, 1 / rate.per_second)) <= most

    played(work)


def test_who_waits_is_served_by_priority_and_then_in_turn() -> None:
    async def work() -> None:
        rate, log = Rate(10.0), list[tuple[float, str]]()
        await all_of(rate, [(f"warm{n}", 3) for n in range(10)])
        waiting = [(f"{priority}-{n}", priority) for n in range(6) for priority in (3, 2, 1, 0)]
        await asyncio.gather(*(take(rate, log, chat, priority) for chat, priority in waiting))
        served = [chat for _at, chat in log]
        assert served == sorted(served)

    played(work)


def test_codes_pass_a_crowd_of_reminders() -> None:
    async def work() -> None:
        rate, log = Rate(TELEGRAM), list[tuple[float, str]]()

        async def code() -> None:
            await asyncio.sleep(2)
            await take(rate, log, "the code", 0)

        reminders = (take(rate, log, str(n), 2) for n in range(600))
        await asyncio.gather(code(), *reminders)
        assert next(at for at, chat in log if chat == "the code") < 2.2

    played(work)


def test_a_smaller_share_counts_what_has_gone() -> None:
    """Other processes begin: what this one sent within the last second counts against its part."""

    async def work() -> None:
        rate = Rate(TELEGRAM)
        await all_of(rate, [(str(n), 1) for n in range(25)])
        rate.share(3)
        later = [at for at, _chat in await all_of(rate, [(str(n), 1) for n in range(30)])]
        assert min(later) >= 1.0 - SLACK and most_within(later, 1.0) <= 10
        rate.share(1)
        assert max(at for at, _chat in await all_of(rate, [(str(n), 1) for n in range(60)])) <= max(later) + 3

    played(work)


def test_the_line_is_filled_in_sets() -> None:
    """Half a second of reminders may stand in it; no more are asked for until half of them have gone."""

    async def work() -> None:
        rate, rung = Rate(TELEGRAM), list[int]()
        rate.short = lambda: rung.append(rate.line)
        assert rate.line == 15
        tasks = [asyncio.create_task(rate.take(2)) for _n in range(45)]
        await asyncio.sleep(0)
        assert rate.line == 0
        await asyncio.gather(*tasks)
        assert rung == [8] and rate.line == 15

    played(work)


# ---------------------------------------------------------------- a chat's pace

SUNITA, GROUP = "101", "-1001"


def leaves(rate: Rate, chat: str, wanted: list[float]) -> list[float]:
    """When each of these leaves, that are asked for at these seconds, as the claim lets them."""
    gone, paced = list[float](), MONDAY - timedelta(days=1)
    for at in sorted(wanted):
        now = max(MONDAY + timedelta(seconds=at), paced)
        paced = rate.paced(chat, paced, now)
        gone.append((now - MONDAY).total_seconds())
    return gone


def test_a_chat_has_its_burst_and_then_one_a_second() -> None:
    times = leaves(Rate(TELEGRAM), SUNITA, [0.0] * 12)
    assert times[:5] == [0.0] * 5
    assert times[5:] == pytest.approx([n + 1.0 for n in range(7)])


def test_the_first_message_of_all_knows_of_no_other() -> None:
    assert Rate(TELEGRAM).paced(SUNITA, None, MONDAY) < MONDAY


def test_a_group_gets_twenty_in_any_minute() -> None:
    """The twenty-first within a minute would be a 429 for the jail's chat."""
    times = leaves(Rate(TELEGRAM), GROUP, [0.0] * 50)
    assert most_within(times, 60.0) <= 20 and max(times) <= 3 * 60


def test_a_faster_server_is_faster_to_each_chat() -> None:
    assert max(leaves(Rate(10 * TELEGRAM), SUNITA, [0.0] * 50)) < 1


def test_any_crowd_keeps_its_chats_limits(counts: Counts) -> None:
    chance = seeded()
    for _round in range(counts(2000)):
        chat, each = chance.choice(((SUNITA, 1), (GROUP, 4)))
        times = leaves(Rate(TELEGRAM), chat, [chance.random() * 60 for _n in range(chance.randrange(1, 60))])
        for seconds in (1, 3, 10, 60):
            assert most_within(times, seconds) <= BURST + seconds / each
