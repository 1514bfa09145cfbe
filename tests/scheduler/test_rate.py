"""Telegram's limits before they bite, in time that jumps: bursts, the rate in all, groups, and who goes first."""

import asyncio
from bisect import bisect_left

import pytest

from scheduler.rate import BURST, TELEGRAM, Rate
from tests.conftest import Counts
from tests.scheduler.loop import played
from tests.storage.scene import seeded

SLACK = 1e-3  # a look at the clock costs a microsecond


async def take(rate: Rate, log: list[tuple[float, str]], chat: str, priority: int = 1, edit: bool = False) -> None:
    await rate.take(chat, priority, edit)
    log.append((asyncio.get_running_loop().time(), chat))


async def all_of(rate: Rate, wanted: list[tuple[str, int, bool]]) -> list[tuple[float, str]]:
    """Everything asked for at once; when each was let through."""
    log: list[tuple[float, str]] = []
    await asyncio.gather(*(take(rate, log, *one) for one in wanted))
    return log


def most_within(times: list[float], window: float) -> int:
    """The largest number of moments in any stretch of `window` seconds, its end left out."""
    times = sorted(times)
    return max(bisect_left(times, start + window - SLACK) - i for i, start in enumerate(times))


def test_a_chat_has_its_burst_and_then_one_a_second() -> None:
    async def work() -> None:
        times = [at for at, _chat in await all_of(Rate(TELEGRAM), [("101", 1, False)] * 12)]
        assert most_within(times, 0.5) == BURST
        assert times[int(BURST) :] == pytest.approx([n + 1.0 for n in range(12 - int(BURST))], abs=SLACK)

    played(work)


def test_a_crowd_leaves_as_fast_as_it_may() -> None:
    async def work() -> None:
        log = await all_of(Rate(TELEGRAM), [(str(n), 1, False) for n in range(300)])
        times = [at for at, _chat in log]
        assert max(times) <= 300 / 25, "10,000 reminders have to leave within 400 s"
        assert len({chat for _at, chat in log}) == 300

    played(work)


def test_never_more_than_thirty_in_any_second() -> None:
    """A full allowance and what comes back within the same second are not both to be had."""

    async def work() -> None:
        log = await all_of(Rate(TELEGRAM), [(str(n), 1, False) for n in range(200)])
        assert most_within([at for at, _chat in log], 1.0) <= TELEGRAM

    played(work)


def test_a_long_crowd_leaves_evenly_at_full_speed() -> None:
    """After the first burst no two come together: bursts that meet on the way would be more than thirty there."""

    async def work() -> None:
        log = await all_of(Rate(TELEGRAM), [(str(n), 1, False) for n in range(200)])
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


def test_a_group_gets_twenty_in_any_minute() -> None:
    """Edits count there too. The twenty-first within a minute would be a 429 for the jail's chat."""

    async def work() -> None:
        log = await all_of(Rate(TELEGRAM), [("-1001", 0, n % 2 == 0) for n in range(50)])
        assert most_within([at for at, _chat in log], 60.0) <= 20

    played(work)


def test_a_groups_messages_all_leave() -> None:
    async def work() -> None:
        log = await all_of(Rate(TELEGRAM), [("-1001", 0, False)] * 45)
        assert len(log) == 45 and max(at for at, _chat in log) <= 3 * 60

    played(work)


def test_a_group_that_waits_holds_up_nobody() -> None:
    async def work() -> None:
        log = await all_of(Rate(TELEGRAM), [("-1001", 0, False)] * 40 + [(str(n), 1, False) for n in range(20)])
        assert max(at for at, chat in log if chat != "-1001") < 3

    played(work)


def test_an_edit_costs_a_private_chat_nothing() -> None:
    async def work() -> None:
        log = await all_of(Rate(TELEGRAM), [("101", 1, True)] * 20 + [("101", 1, False)] * 5)
        assert max(at for at, _chat in log) < 1

    played(work)


def test_who_waits_is_served_by_priority_and_then_in_turn() -> None:
    async def work() -> None:
        rate, log = Rate(10.0), list[tuple[float, str]]()
        await all_of(rate, [(f"warm{n}", 3, False) for n in range(10)])
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


def test_a_faster_server_is_faster_to_each_chat() -> None:
    async def work() -> None:
        log = await all_of(Rate(10 * TELEGRAM), [("101", 1, False)] * 50)
        assert max(at for at, _chat in log) < 1

    played(work)


def test_any_crowd_keeps_its_chats_limits(counts: Counts) -> None:
    chance = seeded()

    async def work() -> None:
        for _round in range(counts(200)):
            rate, log = Rate(TELEGRAM), list[tuple[float, str]]()
            begin = asyncio.get_running_loop().time()

            async def later(rate: Rate = rate, log: list[tuple[float, str]] = log) -> None:
                await asyncio.sleep(chance.random() * 10)
                await take(rate, log, str(chance.randrange(1, 8)), chance.randrange(4))

            await asyncio.gather(*(later() for _n in range(100)))
            assert len(log) == 100
            for chat in {chat for _at, chat in log}:
                times = [at - begin for at, one in log if one == chat]
                for seconds in (1, 3, 10):
                    assert most_within(times, seconds) <= BURST + seconds

    played(work)


def test_chats_that_rest_are_forgotten() -> None:
    async def work() -> None:
        rate = Rate(1000.0)
        for n in range(6000):
            await rate.take(str(n), 1)
        await asyncio.sleep(60)
        await rate.take("one more", 1)
        assert len(rate.chats) < 4200

    played(work)
