"""The metronome: what runs, and how often. Missing a beat loses nothing, since every promise is a row."""

from collections.abc import Awaitable, Callable

from apscheduler.schedulers.asyncio import AsyncIOScheduler

from scheduler.postman import Postman
from scheduler.sweep import Sweep

POSTMAN = 1.0  # seconds: reminders and tries that have become due
SWEEP = 60.0


def metronome(postman: Postman, sweep: Sweep) -> AsyncIOScheduler:
    """In-memory interval jobs; late beats run at once and as one, never two of a kind side by side."""
    clock = AsyncIOScheduler(
        job_defaults={"coalesce": True, "max_instances": 1, "misfire_grace_time": None},
    )

    async def ring() -> None:
        postman.bell.set()

    for name, seconds, job in (("postman", POSTMAN, ring), ("sweep", SWEEP, sweep.run)):
        every(clock, name, seconds, job)
    return clock


def every(clock: AsyncIOScheduler, name: str, seconds: float, job: Callable[[], Awaitable[None]]) -> None:
    clock.add_job(job, "interval", seconds=seconds, id=name, name=name)
