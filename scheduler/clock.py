"""The metronome: what runs, and how often. Missing a beat loses nothing, since every promise is a row."""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Sequence
from functools import partial

from apscheduler.schedulers.asyncio import AsyncIOScheduler

from scheduler.deadlines import Deadlines
from scheduler.postman import Postman
from scheduler.share import EVERY
from scheduler.sweep import Sweep

Job = Callable[[], Awaitable[None]]
Beat = Callable[[Job], Awaitable[None]]

BELLS = 1.0  # seconds: reminders and tries that have become due, and what other processes wrote
SEAL = 1.0
SYNC = 1.0  # so much of what the postman wrote can a power cut take
DEADLINES = 20.0  # a hold ends within 15 minutes, a decision is due to the minute
SWEEP = 60.0
RECOVER = 5.0  # what a killed process had on its way waits for this and for its leases


async def plain(job: Job) -> None:
    await job()


def metronome(
    bells: Sequence[asyncio.Event],
    postman: Postman,
    sweep: Sweep,
    deadlines: Deadlines,
    seal: Job,
    beat: Beat = plain,
) -> AsyncIOScheduler:
    """In-memory interval jobs; late beats run at once and as one, never two of a kind side by side. `beat` is around
    each of them."""
    clock = AsyncIOScheduler(
        job_defaults={"coalesce": True, "max_instances": 1, "misfire_grace_time": None},
    )

    async def ring() -> None:
        """Other processes write rows too, and don't ring our bells."""
        for bell in bells:
            bell.set()

    beats: tuple[tuple[str, float, Job], ...] = (
        ("bells", BELLS, ring),
        ("seal", SEAL, seal),
        ("sync", SYNC, postman.db.sync),
        ("deadlines", DEADLINES, deadlines.run),
        ("sweep", SWEEP, sweep.run),
        ("recover", RECOVER, postman.recover),
        ("renew", EVERY, postman.renew),
    )
    for name, seconds, job in beats:
        every(clock, name, seconds, partial(beat, job))
    return clock


def every(clock: AsyncIOScheduler, name: str, seconds: float, job: Job) -> None:
    async def beat() -> None:
        with contextlib.suppress(asyncio.CancelledError):  # the end of the process: what was begun is rolled back
            await job()

    clock.add_job(beat, "interval", seconds=seconds, id=name, name=name)
