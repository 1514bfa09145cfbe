"""What doesn't wait for the disk, and who waits for it later."""

import asyncio
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from storage import driver
from tests.storage.scene import post, send
from tests.support.stage import Stage


async def unwaited(stage: Stage) -> None:
    async with stage.db.begin(synced=False) as tx:
        await tx.exec_driver_sql("DELETE FROM leases")
        await tx.exec_driver_sql("INSERT INTO leases (name, holder, until) VALUES ('a', 'b', '2026-01-01')")


class Disk:
    """Counts what is brought to it."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, trouble: Callable[[], object] = lambda: None) -> None:
        self.brought: list[str] = []
        self.trouble = trouble
        self._real = driver.to_disk
        monkeypatch.setattr(driver, "to_disk", self.take)

    def take(self, log: str) -> None:
        self.brought.append(Path(log).name)
        self.trouble()
        self._real(log)


async def test_what_didnt_wait_is_brought_to_the_disk_once(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    disk = Disk(monkeypatch)
    await post(stage, send("this waits itself"))
    await stage.db.sync()
    assert disk.brought == []
    await unwaited(stage)
    await unwaited(stage)
    await asyncio.gather(stage.db.sync(), stage.db.sync())
    assert disk.brought == [f"{Path(str(stage.db.url.database)).name}-wal"]


async def test_others_commit_while_the_disk_is_waited_for(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    """And what they commit isn't taken for brought there by what began before."""
    begun, slow = asyncio.Event(), threading.Event()
    loop = asyncio.get_running_loop()

    def takes_long() -> None:
        loop.call_soon_threadsafe(begun.set)
        assert slow.wait(10)

    disk = Disk(monkeypatch, takes_long)
    await unwaited(stage)
    first = asyncio.create_task(stage.db.sync())
    await begun.wait()
    await unwaited(stage)
    second = asyncio.create_task(stage.db.sync())
    await asyncio.sleep(0.01)
    assert not first.done() and not second.done()
    slow.set()
    await asyncio.gather(first, second)
    assert len(disk.brought) == 2


async def test_what_didnt_reach_the_disk_is_brought_there_again(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken() -> None:
        raise OSError("the disk is gone")

    disk = Disk(monkeypatch, broken)
    await unwaited(stage)
    with pytest.raises(OSError, match="gone"):
        await stage.db.sync()
    disk.trouble = lambda: None
    await stage.db.sync()
    assert len(disk.brought) == 2
