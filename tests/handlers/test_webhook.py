"""The webhook's door: the secret before the body, on disk before the answer, and again only when it wasn't kept."""

import asyncio
import gzip
import json
from collections.abc import AsyncIterator, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from dialogue.model import Arrival
from handlers.webhook import DEEPEST, LARGEST, SECRET
from tests.handlers.door import message, told
from tests.storage.scene import number, sql
from tests.support.doorway import RIGHT, Doorway, doorway
from tests.support.stage import Stage

Update = dict[str, Any]


@pytest.fixture
async def here(any_stage: Stage) -> AsyncIterator[Doorway]:
    async with doorway(any_stage) as made:
        yield made


async def rows(here: Doorway) -> list[tuple[int, str | None]]:
    found = await sql(here.stage, "SELECT update_id, outcome FROM inbox ORDER BY update_id")
    return [(row.update_id, row.outcome) for row in found]


async def test_an_update_is_on_disk_when_it_is_answered_and_is_handled(here: Doorway) -> None:
    assert await here.knock(message(101, "/start", update_id=7)) == 200
    assert await rows(here) == [(7, None)] and here.rung == [1]
    await here.stage.work()
    assert len(told(here.stage, 101)) == 1


@pytest.mark.parametrize("shown", [None, "", "wrong", RIGHT + "x", RIGHT[:-1], RIGHT.lower(), "gültig", "é" * 300])
async def test_a_wrong_secret_leaves_no_trace(here: Doorway, shown: str | None) -> None:
    assert await here.knock(message(101, "/start", update_id=7), secret=shown) == 401
    assert await rows(here) == [] and here.rung == []


async def test_a_stranger_is_answered_before_the_body_has_come(here: Doorway) -> None:
    """Bytes that never come are not waited for; with the right secret they are."""
    for shown, wanted in (("wrong", b"401"), (RIGHT, b"")):
        reader, writer = await asyncio.open_connection("127.0.0.1", int(here.root.rpartition(":")[2]))
        writer.write(
            f"POST /telegram HTTP/1.1\r\nHost: x\r\n{SECRET}: {shown}\r\nContent-Length: 999999\r\n\r\n".encode()
        )
        line = b""
        if wanted:
            line = await asyncio.wait_for(reader.readline(), 5)
        else:
            writer.write_eof()  # gone in the middle: nothing was taken
            line = await asyncio.wait_for(reader.readline(), 5)
            assert b" 2" not in line
        assert wanted in line
        writer.close()
    assert await rows(here) == []


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"no JSON",
        b'{"update_id": 5, "mess',
        b"\xff\xfe\x00",
        b"[1]",
        b"7",
        b"null",
        b"{}",
        b'{"update_id": "5", "message": {}}',
        b'{"update_id": -5, "message": {}}',
        b'{"update_id": true, "message": {}}',
        b'{"update_id": 1e3, "message": {}}',
        b'{"update_id": 9007199254740993, "message": {}}',
        b'{"update_id": ' + b"9" * 5000 + b"}",
        b'{"update_id": 5, "x": ' + b"[" * DEEPEST + b"]" * DEEPEST + b"}",
        b"[" * 100_000,
        gzip.compress(b'{"update_id": 5}', mtime=0),
    ],
)
async def test_no_update_is_kept_aside_once(here: Doorway, body: bytes) -> None:
    """Telegram is never asked for it again, sends it again, and what follows is handled."""
    assert [await here.knock(body), await here.knock(body)] == [200, 200]
    ((number_, outcome),) = await rows(here)
    assert number_ < 0 and outcome == "unreadable"
    assert await here.knock(message(101, "/start", update_id=7)) == 200
    await here.stage.work()
    assert len(told(here.stage, 101)) == 1


async def test_odd_updates_are_kept_as_the_poll_loop_keeps_them(here: Doorway) -> None:
    surrogate = message(101, "\ud800", update_id=8)
    for body in ({"update_id": 5, "poll": {"id": "1"}}, {"update_id": 6, "message": None}, surrogate):
        assert await here.knock(body) == 200
    assert await rows(here) == [(5, "unreadable"), (6, "unreadable"), (8, None)]
    await here.stage.work()
    assert await rows(here) == [(5, "unreadable"), (6, "unreadable"), (8, "done")]


async def test_a_reader_that_fails_holds_nobody_up(here: Doorway) -> None:
    def fails(*_of: object) -> None:
        raise LookupError("a bug")

    here.webhook.read = fails
    assert await here.knock(message(101, "/start", update_id=7)) == 200
    ((number_, outcome),) = await rows(here)
    assert number_ < 0 and outcome == "unreadable"


async def test_one_that_is_too_large_is_kept_cut(here: Doorway) -> None:
    body = json.dumps(message(101, "x" * LARGEST, update_id=7)).encode()
    assert [await here.knock(body), await here.knock(body)] == [200, 200]
    ((_number, outcome),) = await rows(here)
    assert outcome == "unreadable"
    assert await number(here.stage, "SELECT length(sealed) FROM inbox") < LARGEST + 100
    assert await here.knock(body, secret="wrong") == 401


async def test_what_comes_again_is_known(here: Doorway) -> None:
    """At the same time, one after the other, and after it was handled."""
    update = message(101, "/start", update_id=7)
    assert set(await asyncio.gather(*(here.knock(update) for _n in range(10)))) == {200}
    await here.stage.work()
    assert await here.knock(update) == 200
    await here.stage.work()
    assert await rows(here) == [(7, "done")] and len(told(here.stage, 101)) == 1


async def test_what_comes_together_shares_commits(here: Doorway) -> None:
    """However they are shared out, each is there once and in the order of its number within a commit."""
    updates = [message(101 + n, "/start", update_id=1000 - n) for n in range(60)]
    assert set(await asyncio.gather(*(here.knock(one) for one in updates))) == {200}
    assert await number(here.stage, "SELECT count(*) FROM inbox") == 60
    assert await here.metric("mulakat_webhook_batch_sum") == 60
    assert await here.metric("mulakat_webhook_batch_count") == len(here.rung)


@pytest.mark.parametrize("any_stage", ["sqlite"], indirect=True)  # which has one writer
async def test_one_commit_for_all_that_waited(here: Doorway) -> None:
    """While the database is busy with another transaction they gather: the first, and the rest together."""
    release = asyncio.Event()

    async def busy() -> None:
        async with here.stage.db.begin():
            await release.wait()

    seen, read = list[object](), here.webhook.read

    def reads(update: Mapping[str, Any], now: datetime) -> Arrival | None:
        seen.append(update)
        return read(update, now)

    here.webhook.read = reads
    holding = asyncio.create_task(busy())
    await asyncio.sleep(0)
    knocks = [asyncio.create_task(here.knock(message(101, "x", update_id=n))) for n in range(40)]
    while len(seen) < 40:  # noqa: ASYNC110 (it is the loop that must turn)
        await asyncio.sleep(0)
    release.set()
    assert {await one for one in knocks} == {200}
    await holding
    assert len(here.rung) <= 2 and len(await rows(here)) == 40


async def test_a_database_that_fails_is_the_only_reason_for_again(
    here: Doorway, monkeypatch: pytest.MonkeyPatch
) -> None:
    from storage import inbox

    async def full(*_of: object) -> None:
        raise OSError("the disk is full")

    with monkeypatch.context() as broken:
        broken.setattr(inbox, "put", full)
        bodies = [message(101, "/start", update_id=7), b"no JSON"]
        assert [await here.knock(body) for body in bodies] == [503, 503]
        assert await here.knock(bodies[0], secret="wrong") == 401
    assert await rows(here) == [] and here.rung == []
    assert await here.knock(bodies[0]) == 200 and await rows(here) == [(7, None)]


async def test_a_database_that_hangs(here: Doorway, monkeypatch: pytest.MonkeyPatch) -> None:
    """Telegram hears of it before it gives up by itself; what was kept after all is known when it comes again."""
    from handlers import webhook
    from storage import inbox

    release, put = asyncio.Event(), inbox.put

    async def slow(*of: Any) -> None:
        await release.wait()
        await put(*of)

    monkeypatch.setattr(inbox, "put", slow)
    monkeypatch.setattr(webhook, "COMMIT", 0.01)
    assert await here.knock(message(101, "x", update_id=7)) == 503
    release.set()
    await here.webhook.written()
    monkeypatch.undo()
    assert await here.knock(message(101, "x", update_id=7)) == 200 and await rows(here) == [(7, None)]


async def test_the_end_answers_what_has_come(tmp_path: Path, any_stage: Stage) -> None:
    """Told to stop in the middle of a commit: it is committed, and answered."""
    async with doorway(any_stage) as here:
        stop = asyncio.Event()
        running = asyncio.create_task(here.door.run(stop))
        knocks = [asyncio.create_task(here.knock(message(101, "x", update_id=n))) for n in range(5)]
        while not here.webhook._writing:  # noqa: ASYNC110 (it is the loop that must turn)
            await asyncio.sleep(0)
        stop.set()
        await running
        answered = await asyncio.gather(*knocks, return_exceptions=True)
        taken = [one for one in answered if one == 200]
        assert taken and len(await rows(here)) >= len(taken)
        await here.door.close()


async def test_other_doors_are_shut(here: Doorway) -> None:
    assert [(await here.look(path))[0] for path in ("/telegram", "/", "/sms", "/telegram/x")] == [405, 404, 404, 404]
    assert await rows(here) == []


async def test_a_proxy_may_hand_on_the_whole_path(here: Doorway) -> None:
    root = here.root
    for at, status in (
        ("/hooks", 200),
        ("/a/b", 200),
        ("/tele", 200),
        ("/hooks/telegram/x", 200),
        ("/nottelegram?", 404),
    ):
        here.root = root + at
        assert await here.knock(message(101, "x", update_id=7)) == status, at
    here.root = root
    assert await rows(here) == [(7, None)]
