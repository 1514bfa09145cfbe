"""Whatever comes to the webhook: without the secret nothing, with it a row in the inbox, and no harm behind it."""

import asyncio
import io
import random
import sqlite3
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from contextlib import closing
from typing import Any

import pytest

from tests.conftest import Counts
from tests.proofs import mutants
from tests.support.doorway import RIGHT, Doorway, doorway
from tests.support.logged import logged
from tests.support.stage import GROUP, Stage, press, spoken
from tests.support.stories import ASK, REGISTER, play

TOGETHER = 100  # requests side by side
STRANGERS = range(7001, 7041)
FAMILY, STAFF = 101, 201
# What talking itself changes: where a talk stands, what is to be said, what was noted and counted.
TALKED = ("inbox", "sessions", "outbox", "addresses", "notes", "spends", "seals", "leases", "sqlite_sequence")


@pytest.fixture
def log() -> Iterator[io.StringIO]:
    with logged("WARNING") as out:
        yield out


@pytest.fixture
async def here(stage: Stage) -> AsyncIterator[Doorway]:
    """A family that has registered and asked; its request waits for the jail."""
    await play(stage, (*REGISTER, *ASK))
    async with doorway(stage) as made:
        yield made


def rows(stage: Stage, *but: str) -> dict[str, list[tuple[Any, ...]]]:
    """All that the database holds, without some tables."""
    with closing(sqlite3.connect(str(stage.db.url.database))) as db:
        names = [name for (name,) in db.execute("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name")]
        return {
            name: db.execute(f"SELECT * FROM {name} ORDER BY rowid").fetchall() for name in names if name not in but
        }


def buttons(stage: Stage) -> list[str]:
    """The data of every button that was ever shown."""
    shown = [one.rendered for one in stage.heard if one.rendered]
    return sorted({data for one in shown for row in one.buttons for _label, data in row})


def person(dice: random.Random, stage: Stage) -> dict[str, Any]:
    """Something a stranger sends, in private or in the jail's chat, as Telegram writes it."""
    who = dice.choice(STRANGERS)
    chat = dice.choice((None, None, None, GROUP))
    where = {"id": chat or who, "type": "supergroup" if chat else "private"}
    sender = {"id": who, "is_bot": False, "first_name": "N", "language_code": dice.choice(("en", "hi", "xx"))}
    about = {"message_id": dice.randrange(1, 99), "date": 1_796_000_000, "chat": where, "from": sender}
    match dice.randrange(7):
        case 0 | 1:
            return press(dice.randrange(2**30), who, dice.choice(buttons(stage)), dice.randrange(1, 99), chat)
        case 2:
            return {"message": about | spoken(dice.choice(("/start", "/visit", "/pending", "/forget", "/help")))}
        case 3:
            return {"message": about | {"contact": {"phone_number": "+919812345678", "user_id": who}}}
        case 4:
            return {"message": about | {"location": {"latitude": 28.6, "longitude": 77.1}}}
        case 5:
            return {"my_chat_member": about | {"new_chat_member": {"status": "kicked", "user": sender}}}
    return {"message": about | {"text": dice.choice(("Sunita Devi", "२३४", "12 7 2020", "x" * 5000))}}


async def handled(here: Doorway) -> None:
    """The desk and the postman go through all of it; nothing is put aside."""
    await here.stage.work()
    with closing(sqlite3.connect(str(here.stage.db.url.database))) as db:
        left = db.execute("SELECT count(*) FROM inbox WHERE handled IS NULL OR outcome = 'parked'").fetchone()
    assert left == (0,)


async def test_mutated_bodies(here: Doorway, seed: int, counts: Counts, log: io.StringIO) -> None:
    """Strangers' updates, mutated or whole: a fifth of them comes without the secret."""
    dice, number, came, stage = random.Random(seed), counts(60_000), Counter[str](), here.stage
    kept = rows(stage, *TALKED)
    for _round in range(0, number, TOGETHER):
        before, sent = rows(stage, "inbox", "sqlite_sequence"), list[tuple[bytes, str]]()
        for _n in range(TOGETHER):
            name, mutate = dice.choice(mutants.MUTATIONS)
            made = person(dice, stage) | {"update_id": next(stage.updates)}
            wrong = dice.choice(("", RIGHT[1:], RIGHT + "=", RIGHT.swapcase(), "x"))
            sent.append((mutate(dice, made), RIGHT if dice.random() < 0.8 else wrong))
            came[name] += 1
        answers = await asyncio.gather(*(here.knock(body, secret) for body, secret in sent))
        assert answers == [200 if secret == RIGHT else 401 for _body, secret in sent]
        came.update(str(answer) for answer in answers)
        assert rows(stage, "inbox", "sqlite_sequence") == before, "the door writes the inbox alone"
        await handled(here)
    assert rows(stage, *TALKED) == kept
    assert '"level": "error"' not in log.getvalue()
    print(f"{number} bodies: {dict(sorted(came.items()))}")


async def test_mutated_presses(here: Doorway, seed: int, counts: Counts, log: io.StringIO) -> None:
    """Buttons that were never made, pressed by the family, by staff in the jail's chat, and by strangers; those that
    were made, by strangers alone. Each press is answered, and no request, person, place or code changes."""
    dice, number, stage = random.Random(seed), counts(40_000), here.stage
    made, came, answered = buttons(stage), Counter[str](), 0
    kept = rows(stage, *TALKED)
    for _round in range(0, number, TOGETHER):
        heard, updates = len(stage.heard), list[dict[str, Any]]()
        for _n in range(TOGETHER):
            stranger = dice.choice(STRANGERS)
            who, chat = dice.choice(
                ((FAMILY, None), (STAFF, GROUP), (STAFF, None), (stranger, GROUP), *[(stranger, None)] * 4)
            )
            data = dice.choice(made)
            if who not in STRANGERS or dice.random() < 0.5:
                data = mutants.data(dice, data)
            if data in made and who not in STRANGERS:
                data = ""
            number_ = next(stage.updates)
            updates.append(press(number_, who, data, dice.randrange(1, 99), chat) | {"update_id": number_})
            came["made" if data in made else "forged"] += 1
        assert set(await asyncio.gather(*(here.knock(one) for one in updates))) == {200}
        await handled(here)
        answered += len({one.id for one in stage.heard[heard:] if one.what == "reply"})
        assert rows(stage, *TALKED) == kept
    assert answered == sum(came.values())
    assert '"level": "error"' not in log.getvalue()
    print(f"{number} presses: {dict(sorted(came.items()))}")
