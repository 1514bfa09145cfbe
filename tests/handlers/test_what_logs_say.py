"""Logs at DEBUG, of ours and of every library: what people typed, their addresses, codes and the token are in none."""

import asyncio
import gc
import io
import json
import logging
from collections.abc import AsyncIterator, Iterator
from typing import Any

import pytest
import structlog
from aiohttp import web

from channels.base import Change, Drop, Later, Never, Reply, Say
from channels.telegram import QUIET, Telegram
from dialogue.model import Button, Chat, Message
from dialogue.words import Text, verbatim
from operate import logs
from storage import effects
from tests.handlers.door import message
from tests.support.logged import logged
from tests.support.stage import Stage
from tests.support.stories import REGISTER, play

TOKEN = "4242:AAbbCCddEEffGGhhIIjjKKllMMnnOOppQQrr"
PLANTED = ("Sunita Devi", "2345 6789 0124", "234567890124", "9812345678", "sunita@example.org", "864209", TOKEN)


@pytest.fixture
def log() -> Iterator[io.StringIO]:
    with logged("DEBUG") as out:
        yield out


def bare(log: io.StringIO, *events: str) -> None:
    """It was written to, and holds nothing that was planted."""
    text = log.getvalue()
    assert all(event in text for event in events), text[-2000:]
    assert [word for word in PLANTED if word in text] == []
    assert all(json.loads(line) for line in text.splitlines())


@pytest.mark.parametrize("console", ["json", "console"])
def test_an_error_has_its_type_and_places_alone(console: str) -> None:
    out = io.StringIO()
    logs.set_up("DEBUG", console, QUIET, out)
    try:
        for log in (structlog.get_logger("mulakat.x"), logging.getLogger("library")):
            try:
                raise ValueError(PLANTED) from KeyError(PLANTED[0])
            except ValueError:
                log.error("it went wrong", exc_info=True)
                log.exception("once more")
    finally:
        logs.set_up("WARNING", "json", QUIET)
    text = out.getvalue()
    assert text.count("ValueError") == 4 and "test_what_logs_say.py" in text and "KeyError" not in text
    assert [word for word in PLANTED if word in text] == []


async def test_an_error_that_nobody_waited_for(log: io.StringIO) -> None:
    """asyncio puts the exception's words into the message itself: "Task exception was never retrieved"."""

    async def fails() -> None:
        raise ValueError(f"cannot send {PLANTED}")

    task = asyncio.create_task(fails())
    await asyncio.sleep(0)
    del task
    gc.collect()
    await asyncio.sleep(0)
    bare(log, "asyncio")


async def test_an_error_in_a_callback_of_the_loop(log: io.StringIO) -> None:
    def fails(_given: str) -> None:
        raise ValueError(f"cannot send {PLANTED}")

    asyncio.get_running_loop().call_soon(fails, PLANTED[0])
    await asyncio.sleep(0.01)
    bare(log, "asyncio")


async def test_a_database_that_refuses(stage: Stage, log: io.StringIO, monkeypatch: pytest.MonkeyPatch) -> None:
    """SQLAlchemy's errors quote the statement and what was to be written."""
    await play(stage, REGISTER[:4])

    async def apply(tx: Any, *_of: Any) -> None:
        await tx.exec_driver_sql("INSERT INTO meta (name, value) VALUES (?, NULL)", (PLANTED[0] + PLANTED[1],))

    monkeypatch.setattr(effects, "apply", apply)
    with pytest.raises(Exception, match="NOT NULL"):
        await stage.arrive(message(101, PLANTED[1]), message(102, PLANTED[4]))
    bare(log, "IntegrityError")


async def test_a_postman_whose_channel_breaks(stage: Stage, log: io.StringIO) -> None:
    def trouble(to: Chat, errand: Any) -> None:
        raise ValueError(f"{to} {errand} {PLANTED}")

    stage.ears["telegram"].trouble = trouble
    await stage.said(101, "Sunita Devi")
    bare(log, "delivery failed")


# ---------------------------------------------------------------- the real client of Telegram


ANSWERS: tuple[tuple[int, dict[str, Any]], ...] = (
    (200, {"ok": True, "result": {"message_id": 7, "date": 0, "chat": {"id": 101, "type": "private"}, "text": "x"}}),
    (400, {"ok": False, "error_code": 400, "description": "Bad Request: can't parse entities: Sunita Devi"}),
    (403, {"ok": False, "error_code": 403, "description": "Forbidden: bot was blocked by the user"}),
    (429, {"ok": False, "error_code": 429, "description": "Too Many", "parameters": {"retry_after": 5}}),
    (401, {"ok": False, "error_code": 401, "description": "Unauthorized"}),
    (502, {"ok": False, "error_code": 502, "description": f"Bad Gateway for {TOKEN}"}),
)


@pytest.fixture
async def server() -> AsyncIterator[tuple[str, list[tuple[int, dict[str, Any]]]]]:
    """A Bot API that answers what the list says, the first for ever when it is the only one."""
    said = [ANSWERS[0]]

    async def answer(_request: web.BaseRequest) -> web.StreamResponse:
        status, body = said[0]
        return web.json_response(body, status=status)

    runner = web.ServerRunner(web.Server(answer), shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    host, port = runner.addresses[0][:2]
    yield f"http://{host}:{port}", said
    await runner.cleanup()


async def test_the_token_and_what_is_sent(
    stage: Stage, log: io.StringIO, server: tuple[str, list[tuple[int, dict[str, Any]]]]
) -> None:
    """Every errand with every kind of answer, and a server that is not there: no word of it, no token, no address."""
    url, said = server
    words = Message(tuple(verbatim(word) for word in PLANTED), ((Button(Text("ok"), "do=visit"),),))
    errands = (Say(words), Change("7", words), Drop("7"), Reply("q1", verbatim(PLANTED[0])))
    dead = "http://127.0.0.1:9"
    for root, answers in ((url, ANSWERS), (dead, ANSWERS[:1])):
        channel = Telegram(TOKEN, root, stage.renderer)
        for answer in answers:
            said[:] = [answer]
            for errand in errands:
                try:
                    await channel.deliver(Chat("telegram", "101"), errand, "en")
                except (Later, Never) as reason:
                    assert not any(word in reason.why for word in PLANTED), reason.why
                    structlog.get_logger("mulakat.postman").warning("not delivered", why=reason.why, exc_info=True)
        await channel.close()
    bare(log, "not delivered")
