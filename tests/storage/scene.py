"""Small scenes for the tests of what is kept: effects written as the desk writes them, rows read as they lie."""

import os
import random
from collections.abc import Sequence
from typing import Any

from sqlalchemy import Row, select, text

from dialogue.effects import Effect, Send
from dialogue.model import Chat, Message, Priority, Talk
from dialogue.words import Text
from storage import claims, effects, outbox
from storage.claims import Due, Room
from storage.outbox import Outcome
from storage.tables import outbox as rows_out
from tests.support.stage import Stage

SUNITA, RAVI = Chat("telegram", "101"), Chat("telegram", "102")
TALK = Talk(SUNITA, "101")


def words(text_: str) -> Message:
    return Message((Text("{text}", {"text": text_}),))


def send(text_: str, to: Chat = SUNITA, priority: Priority = Priority.REPLY, **more: Any) -> Send:
    return Send(to, words(text_), priority=priority, **more)


async def post(stage: Stage, *wanted: Effect, talk: Talk = TALK) -> None:
    """One turn's effects, committed at the clock's now."""
    async with stage.db.begin() as tx:
        await effects.apply(tx, stage.vault, [effects.Asked(talk, wanted)], stage.clock())


async def claim(stage: Stage, limit: int = 64) -> list[Due]:
    async with stage.db.begin() as tx:
        rooms = dict.fromkeys(("telegram", "email", "sms"), Room(limit, limit))
        return await claims.claim(tx, stage.vault, stage.clock(), rooms, stage.nonce())


async def settle(stage: Stage, *outcomes: Outcome) -> None:
    async with stage.db.begin() as tx:
        await outbox.settle(tx, outcomes, stage.clock())


def came_to(one: Due, status: str = "sent", **more: Any) -> Outcome:
    return Outcome(one.id, one.address, one.attempts, one.lease, status, **more)


def said(due: Due) -> str:
    assert due.body.message
    return str(due.body.message.text[0].params["text"])


async def outbox_rows(stage: Stage) -> Sequence[Row[Any]]:
    async with stage.db.begin() as tx:
        return (await tx.execute(select(rows_out).order_by(rows_out.c.id))).all()


async def statuses(stage: Stage) -> list[str]:
    return [row.status for row in await outbox_rows(stage)]


async def sql(stage: Stage, statement: str, **values: Any) -> Sequence[Row[Any]]:
    """A statement by hand, committed; the rows where it gives some."""
    async with stage.db.begin() as tx:
        done = await tx.execute(text(statement), values)
        return done.all() if done.returns_rows else []


async def number(stage: Stage, statement: str, **values: Any) -> int:
    """The single number that a statement gives."""
    ((found,),) = await sql(stage, statement, **values)
    return int(found)


def seeded() -> random.Random:
    """Chance for one proof; its seed is printed, and MULAKAT_SEED plays it again."""
    number = int(os.environ.get("MULAKAT_SEED") or random.randrange(2**32))
    print(f"MULAKAT_SEED={number}")
    return random.Random(number)
