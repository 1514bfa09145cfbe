"""The poll loop: a batch is on disk before its offset is confirmed; what was taken in twice is known."""

import asyncio
from typing import Any

import pytest

from channels.base import Later
from channels.telegram_read import read
from handlers.intake import Intake, unless
from storage.vault import Vault
from tests.handlers.door import message, told
from tests.storage.scene import number, sql
from tests.support.ready_made import SECRET
from tests.support.stage import Stage

Update = dict[str, Any]


class Server:
    """Hands out `batches` in turn, an exception is raised; then it stops. Keeps what was on disk at each call."""

    name = "telegram"

    def __init__(self, stage: Stage, stop: asyncio.Event, *batches: list[Update] | Exception) -> None:
        self.stage = stage
        self.stop = stop
        self.batches = list(batches)
        self.offsets: list[int] = []
        self.on_disk: list[int] = []

    async def updates(self, offset: int, timeout: int) -> list[Update]:  # noqa: ASYNC109 (Telegram's)
        self.offsets.append(offset)
        self.on_disk.append(await number(self.stage, "SELECT count(*) FROM inbox"))
        if not self.batches:
            self.stop.set()
            await asyncio.Event().wait()
        batch = self.batches.pop(0)
        if isinstance(batch, Exception):
            raise batch
        return batch


async def polled(stage: Stage, *batches: list[Update] | Exception) -> Server:
    """The whole loop over these batches, with what they ask for handled."""
    stop = asyncio.Event()
    server = Server(stage, stop, *batches)
    intake = Intake(server, read, stage.db, stage.desk.take, stage.clock)
    await asyncio.wait_for(intake.run(stop), 10)
    return server


def numbered(*numbers: int) -> list[Update]:
    return [message(101, "hello", update_id=n) for n in numbers]


async def test_a_batch_is_on_disk_before_it_is_confirmed(stage: Stage) -> None:
    server = await polled(stage, numbered(5, 6, 7), [], numbered(8))
    assert server.offsets == [0, 8, 8, 9] and server.on_disk == [0, 3, 3, 4]


async def test_what_comes_again_is_known(stage: Stage) -> None:
    """Killed before the next call: the server sends the same batch again."""
    await polled(stage, numbered(5, 6))
    await polled(stage, numbered(5, 6, 7))
    assert await number(stage, "SELECT count(*) FROM inbox") == 3
    await stage.work()
    assert len(told(stage, 101)) == 3


async def test_what_comes_in_a_batch_that_fails_is_kept(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is handled by the commit that keeps it; that goes wrong, and it waits like all others."""
    from storage import effects

    real, tries = effects.apply, iter(range(9))

    async def fails_once(*args: Any) -> None:
        await real(*args)
        if next(tries) == 0:
            raise ZeroDivisionError

    monkeypatch.setattr(effects, "apply", fails_once)
    await polled(stage, numbered(5, 6))
    assert await number(stage, "SELECT count(*) FROM inbox WHERE handled IS NULL") == 2
    await stage.work()
    assert len(told(stage, 101)) == 2


async def test_what_is_said_is_written_only_where_it_waits_on(stage: Stage) -> None:
    """The first of each talk is handled by the commit that brings it. The second is not, and may be another process's:
    all that this one remembers is gone."""
    await polled(stage, [*numbered(5, 6), message(102, "hello", update_id=7)])
    rows = await sql(stage, "SELECT update_id, outcome, sealed FROM inbox ORDER BY id")
    assert [(row.update_id, row.outcome, row.sealed is None) for row in rows] == [
        (5, "done", True),
        (6, None, False),
        (7, "done", True),
    ]
    stage.desk.vault = Vault(SECRET)
    await stage.work()
    assert len(told(stage, 101)) == 2 and len(told(stage, 102)) == 1


async def test_a_disk_that_fails_confirms_nothing(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    from storage import inbox

    async def full(*_of: object) -> None:
        raise OSError("the disk is full")

    monkeypatch.setattr(inbox, "announce", full)
    with pytest.raises(OSError, match="disk"):
        await polled(stage, numbered(5))
    assert await number(stage, "SELECT count(*) FROM inbox") == 0


async def test_a_server_that_asks_to_wait(stage: Stage) -> None:
    server = await polled(stage, numbered(5), Later(0.01, "no route"), Later(0.01, "rest"), numbered(6))
    assert server.offsets == [0, 6, 6, 6, 7] and await number(stage, "SELECT count(*) FROM inbox") == 2


async def test_odd_updates_are_kept_aside_and_confirmed(stage: Stage) -> None:
    """A poll, a channel's post, nonsense, no number: none of them stops the others, or comes again for ever."""
    odd: list[Update] = [
        {"update_id": 5, "poll": {"id": "1"}},
        {"update_id": 6, "channel_post": {"message_id": 1, "chat": {"id": -7, "type": "channel"}, "text": "x"}},
        {"message": {"text": "no number"}},
        {"update_id": "7"},
        {"update_id": 8, "message": None},
        {"update_id": 9, "message": {"message_id": 1, "chat": {}, "from": {}, "text": "\ud800"}},
    ]
    server = await polled(stage, [*odd, *numbered(10)])
    assert server.offsets == [0, 11]
    rows = await sql(stage, "SELECT update_id, outcome FROM inbox ORDER BY update_id")
    assert [(row.update_id, row.outcome) for row in rows] == [
        *((n, "unreadable") for n in (5, 6, 8, 9)),
        (10, "done"),
    ]
    await stage.work()
    assert len(told(stage, 101)) == 1


async def test_a_batch_of_nothing_numbered_is_confirmed_as_far_as_it_can_be(stage: Stage) -> None:
    server = await polled(stage, numbered(5), [{"message": {}}], numbered(6))
    assert server.offsets[-1] == 7 and await number(stage, "SELECT count(*) FROM inbox") == 2


async def test_a_wait_ends_when_told_to_stop() -> None:
    stop = asyncio.Event()

    async def seven(seconds: float) -> int:
        await asyncio.sleep(seconds)
        return 7

    waits = asyncio.create_task(unless(stop, seven(60)))
    await asyncio.sleep(0)
    stop.set()
    assert await asyncio.wait_for(waits, 5) is None
    assert await unless(asyncio.Event(), seven(0)) == 7

    async def fails() -> int:
        raise OSError("broken")

    with pytest.raises(OSError, match="broken"):
        await unless(asyncio.Event(), fails())
