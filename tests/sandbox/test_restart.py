"""Nothing that was answered is ever lost: not by a stop, not by `kill -9` in the middle of a crowd."""

import asyncio
import json
import signal
import sqlite3
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from sandbox import Clock, Sandbox
from sandbox.play import Play
from tests.sandbox.ground import CAST, TOKEN, Api, inline

ROOT = Path(__file__).parents[2]


async def lived(box: Sandbox, api: Api, play: Play) -> None:
    """A bit of everything."""
    sunita = play.phone(101)
    await api.updates(allowed_updates=["message", "callback_query"])
    await sunita.say("/start")
    await sunita.send("photo")
    sent = await api.ok(
        "sendMessage", chat_id=101, text="<b>x</b>", parse_mode="HTML", reply_markup=inline((("a", "b"),))
    )
    await api.ok("editMessageText", chat_id=101, message_id=sent["message_id"], text="y")
    await api.ok("sendMessage", chat_id=101, text="gone")
    await api.ok("deleteMessage", chat_id=101, message_id=sent["message_id"] + 1)
    await api.ok("setMyCommands", commands=[{"command": "visit", "description": "x"}])
    await sunita.press_data("b", sent["message_id"])
    await play.do("member", person=101, chat=-1001, status="member")
    await play.phone(201).block()
    await play.forward(hours=5)
    async with api.session.post(box.sms_url, json={"to": "+91", "text": "x"}) as response:
        assert response.status == 200


async def test_stopped_and_started_it_is_the_same(tmp_path: Path) -> None:
    box = Sandbox(CAST, tmp_path, limits=False)
    await box.start()
    url, smtp = box.url, box.smtp_url
    async with aiohttp.ClientSession() as session, Play(url) as play:
        api = Api(box, session)
        await lived(box, api, play)
        before, waiting = await play.state(), await api.updates()
        await box.stop()
        await box.stop()
        await box.start()
        assert (box.url, box.smtp_url) == (url, smtp)
        after = await play.state()
        assert _steady(after) == _steady(before)
        assert await api.updates() == waiting
        query = next(one["callback_query"]["id"] for one in waiting if "callback_query" in one)
        assert await api.refused("answerCallbackQuery", callback_query_id=query), "five hours are too long"
        assert (await api.ok("sendMessage", chat_id=101, text="on"))["message_id"] == 5
        assert len(await api.updates()) == len(waiting)
        await play.phone(101).say("and on")
        assert (await api.newest())["update_id"] == waiting[-1]["update_id"] + 1
        await box.stop()


def _steady(state: dict[str, Any]) -> dict[str, Any]:
    """Without the time of day."""
    return {**state, "clock": state["clock"]["offset"]}


async def test_the_clock_stays_moved(tmp_path: Path) -> None:
    clock = Clock()
    box = Sandbox(CAST, tmp_path, clock=clock)
    await box.start()
    box.clock.forward(3600)
    await box.stop()
    fresh = Sandbox(CAST, tmp_path)
    await fresh.start()
    assert fresh.clock.offset.total_seconds() == 3600
    assert abs((fresh.clock.now() - clock.now()).total_seconds()) < 1
    await fresh.stop()


async def test_one_sandbox_at_a_time(tmp_path: Path) -> None:
    box = Sandbox(CAST, tmp_path)
    await box.start()
    with pytest.raises(RuntimeError, match="in use by another sandbox"):
        await Sandbox(CAST, tmp_path).start()
    other = Sandbox(CAST, tmp_path / "other", port=int(box.url.rpartition(":")[2]))
    with pytest.raises(OSError, match="address already in use"):
        await other.start()
    await box.stop()
    with sqlite3.connect(tmp_path / "sandbox.db") as db:
        db.execute("PRAGMA user_version=1")
    db.close()
    with pytest.raises(RuntimeError, match="another version"):
        await box.start()


@asynccontextmanager
async def alone(folder: Path, *more: str) -> AsyncIterator[tuple[asyncio.subprocess.Process, dict[str, Any]]]:
    """`python -m sandbox` as its own process, and the line that it prints."""
    cast = folder / "cast.json"
    cast.write_text(json.dumps(asdict(CAST)), encoding="utf-8")
    arguments = ("--cast", str(cast), "--folder", str(folder / "town"), "--port", "0", "--no-limits", *more)
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "sandbox", *arguments, cwd=ROOT, stdout=asyncio.subprocess.PIPE
    )
    assert process.stdout
    try:
        yield process, json.loads(await asyncio.wait_for(process.stdout.readline(), 20))
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()


async def test_killed_in_the_middle_of_a_crowd(tmp_path: Path) -> None:
    """Every message that was answered is there afterwards, and every update of what people said, exactly once."""
    sent: list[int] = []
    said: list[int] = []
    enough = asyncio.Event()
    async with alone(tmp_path) as (process, ready), Play(ready["url"]) as play, aiohttp.ClientSession() as session:
        url = f"{ready['url']}/bot{TOKEN}/sendMessage"

        async def bot() -> None:
            while True:
                async with session.post(url, json={"chat_id": 101, "text": "x"}) as response:
                    sent.append((await response.json())["result"]["message_id"])
                if len(sent) > 100:
                    enough.set()

        async def person() -> None:
            while True:
                said.append((await play.do("say", person=101, chat=101, text="y"))["message_id"])

        crowd = [asyncio.create_task(who()) for who in (bot, bot, person, person)]
        await asyncio.wait_for(enough.wait(), 20)
        process.send_signal(signal.SIGKILL)
        await process.wait()
        ended = await asyncio.gather(*crowd, return_exceptions=True)
        assert all(isinstance(one, aiohttp.ClientError) for one in ended)
    async with alone(tmp_path) as (process, ready), Play(ready["url"]) as play, aiohttp.ClientSession() as session:
        there = await play.phone(101).messages()
        numbers = [message["message_id"] for message in there]
        assert sorted(numbers) == list(range(1, len(numbers) + 1))
        assert set(sent) | set(said) <= set(numbers) and len(numbers) <= len(sent) + len(said) + len(crowd)
        told: list[int] = []
        offset = 0
        while True:
            async with session.get(f"{ready['url']}/bot{TOKEN}/getUpdates", params={"offset": offset}) as response:
                batch = (await response.json())["result"]
            if not batch:
                break
            offset = batch[-1]["update_id"] + 1
            told += [update["message"]["message_id"] for update in batch]
        assert told == sorted(set(told))
        assert told == [m["message_id"] for m in there if not m["from"]["is_bot"]], "said and told are one"
        process.send_signal(signal.SIGTERM)
        assert await asyncio.wait_for(process.wait(), 5) == 0


async def test_what_keeps_it_from_starting_is_said(tmp_path: Path) -> None:
    async def told(cast: str, *more: str) -> str:
        folder = ("--folder", str(tmp_path / "x"))
        (tmp_path / "bad.json").write_text(cast, encoding="utf-8")
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "sandbox", "--cast", str(tmp_path / "bad.json"), *folder, *more,
            cwd=ROOT, stderr=asyncio.subprocess.PIPE,
        )  # fmt: skip
        _out, words = await process.communicate()
        assert process.returncode == 1 and b"Traceback" not in words
        return words.decode()

    assert "title is missing" in await told("{}")
    assert "Expecting value" in await told("nonsense")
    async with alone(tmp_path) as (_process, ready):
        port = ready["url"].rpartition(":")[2]
        assert "can't start" in await told(json.dumps(asdict(CAST)), "--port", port)
