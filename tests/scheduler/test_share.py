"""The rate is all processes' together: who begins waits to be noticed, who dies or leaves is counted no longer. What
one has on its way is left to it while it lives."""

import asyncio
from functools import partial

from channels.base import Errand
from dialogue.model import Chat
from scheduler.postman import Postman
from scheduler.rate import Rate
from scheduler.share import EVERY, GONE, NOTICED, Share
from storage import claims, leases
from storage.claims import LEASE, Room
from tests.storage.scene import number, post, send, statuses
from tests.support.stage import Ear, Stage, Unlimited


def process(stage: Stage, name: str) -> Share:
    return Share(stage.db, Rate(30.0), stage.clock, name)


def shares(*there: Share) -> list[float]:
    return [one.rate._share for one in there]


async def beats(stage: Stage, seconds: float, *alive: Share) -> None:
    """The sum is looked at after each step: it is never too much."""
    for _n in range(int(seconds / EVERY)):
        stage.clock.forward(seconds=EVERY)
        for one in alive:
            await one.run()
            assert sum(shares(*alive)) <= 30.0


async def test_the_only_one_has_all_of_it_at_once(any_stage: Stage) -> None:
    one = process(any_stage, "a")
    await one.run()
    assert shares(one) == [30.0] and not one.rate.closed


async def test_a_newcomer_waits_until_it_is_noticed(any_stage: Stage) -> None:
    a, b, c = (process(any_stage, name) for name in "abc")
    await a.run()
    await b.run()
    assert shares(a, b) == [30.0, 0.0] and b.rate.closed
    await beats(any_stage, EVERY, a, b)
    assert shares(a, b) == [15.0, 0.0]
    await beats(any_stage, NOTICED.total_seconds(), a, b)
    assert shares(a, b) == [15.0, 15.0]
    await c.run()
    await beats(any_stage, 2 * NOTICED.total_seconds(), a, b, c)
    assert shares(a, b, c) == [10.0] * 3


async def test_two_that_begin_together_know_of_each_other(any_stage: Stage) -> None:
    both = process(any_stage, "a"), process(any_stage, "b")
    await asyncio.gather(*(one.run() for one in both))
    assert sorted(shares(*both)) == [0.0, 30.0]


async def test_who_is_killed_is_counted_no_longer(any_stage: Stage) -> None:
    a, b = process(any_stage, "a"), process(any_stage, "b")
    for one in (a, b):
        await one.run()
    await beats(any_stage, 2 * NOTICED.total_seconds(), a, b)
    await beats(any_stage, GONE - EVERY, a)
    assert shares(a) == [15.0]
    await beats(any_stage, EVERY, a)
    assert shares(a) == [30.0]
    assert await number(any_stage, "SELECT count(*) FROM leases") == 1


async def test_who_leaves_makes_room_at_once(any_stage: Stage) -> None:
    a, b = process(any_stage, "a"), process(any_stage, "b")
    for one in (a, b):
        await one.run()
    async with any_stage.db.begin() as tx:
        await leases.give_back(tx, "a")
    await b.run()
    assert b.rate.closed, "the last words of the other may be on their way still"
    await beats(any_stage, 2 * NOTICED.total_seconds(), b)
    assert shares(b) == [30.0]


async def test_a_process_that_has_no_part_claims_nothing_for_telegram(stage: Stage) -> None:
    stage.postman.rate.share(0)
    assert stage.postman._rooms()["telegram"].hands == 0 < stage.postman._rooms()["email"].hands


class Slow(Ear):
    """Answers when it is told to."""

    over: asyncio.Event

    async def deliver(self, to: Chat, errand: Errand, locale: str) -> str:
        await self.over.wait()
        return await Ear.deliver(self, to, errand, locale)


async def test_a_living_process_keeps_what_takes_long(any_stage: Stage) -> None:
    """A delivery takes twice as long as a lease, and another process looks for what the dead have left."""
    slow = Slow("telegram", any_stage.renderer, any_stage.heard, any_stage.ids)
    slow.over = asyncio.Event()
    share = process(any_stage, "a")
    busy = Postman(any_stage.db, any_stage.vault, {"telegram": slow}, Unlimited(1.0), any_stage.clock, share=share)
    await post(any_stage, send("one"))
    await busy.round()
    for _beat in range(int(2 * LEASE.total_seconds() / EVERY)):
        any_stage.clock.forward(seconds=EVERY)
        await busy.renew()
        await any_stage.postman.recover()
    assert await statuses(any_stage) == ["sending"]
    slow.over.set()
    await busy.arrived()
    await busy.round()
    assert await statuses(any_stage) == ["sent"]


async def test_a_newcomer_leaves_to_the_living_what_is_theirs(any_stage: Stage) -> None:
    """Only a process that can have no other beside it takes all that is on its way for its own, left by a crash."""
    await post(any_stage, send("one"))
    async with any_stage.db.begin() as tx:
        await claims.claim(tx, any_stage.vault, any_stage.clock(), {"telegram": Room(1, 1)}, "another's")
    stop = asyncio.Event()
    stop.set()
    newcomer, rate = partial(Postman, any_stage.db, any_stage.vault, {}), Unlimited(1.0)
    await newcomer(rate, any_stage.clock, share=process(any_stage, "b")).run(stop)
    assert await statuses(any_stage) == ["sending"]
    await newcomer(rate, any_stage.clock).run(stop)
    assert await statuses(any_stage) == ["waiting"]
