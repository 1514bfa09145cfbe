"""The metronome: told to stop in the middle of a beat it says nothing of it, and the database goes on."""

import asyncio
import logging
from datetime import UTC, datetime

import pytest
from apscheduler.schedulers.asyncio import AsyncIOScheduler

from scheduler.clock import every
from tests.storage.scene import number, sql
from tests.support.stage import Stage


async def test_stopped_within_a_beat(stage: Stage, caplog: pytest.LogCaptureFixture) -> None:
    """Whichever step of its transaction it had reached, what it had begun is rolled back, or was done."""
    for steps in range(12):
        began = asyncio.Event()

        async def job(began: asyncio.Event = began) -> None:
            began.set()
            async with stage.db.begin() as tx:
                await tx.exec_driver_sql("INSERT INTO meta (name, value) VALUES ('a', '1')")
                await tx.exec_driver_sql("INSERT INTO meta (name, value) VALUES ('b', '1')")

        clock = AsyncIOScheduler()
        clock.start()
        every(clock, "job", 3600, job)
        clock.modify_job("job", next_run_time=datetime.now(UTC))
        await began.wait()
        for _n in range(steps):
            await asyncio.sleep(0)
        clock.shutdown(wait=False)
        assert await number(stage, "SELECT count(*) FROM meta WHERE name IN ('a', 'b')") in (0, 2)
        await sql(stage, "DELETE FROM meta WHERE name IN ('a', 'b')")
    assert [one.getMessage() for one in caplog.records if one.levelno > logging.INFO] == []
