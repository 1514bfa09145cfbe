"""Presses that nobody should make: forged and altered ones, and cards pressed by whoever may not decide."""

import re
from collections.abc import Iterator
from typing import Any

from dialogue.model import Chat
from storage import jails
from tests.conftest import PROVE
from tests.handlers.conftest import At
from tests.handlers.door import pressed_by, toasts, unharmed
from tests.storage.scene import number, seeded, sql
from tests.support.stage import GROUP, JAIL, Stage
from tests.support.stories import play


def mutants(data: str) -> Iterator[str]:
    """Cut at every place, a letter changed at some, something behind it, other numbers, another case."""
    yield from (data[:end] for end in range(0, len(data), 3))
    yield from (data[:at] + "\u0000" + data[at + 1 :] for at in range(0, len(data), 7))
    yield from (data + "0", data + ".", data + "\n", data.upper(), data.replace(".", ":"), "x" + data, data * 2)
    yield from (re.sub(r"\d+$", "9", data), re.sub(r"\d+$", "٢", data), data.replace("=", "!"), data.replace("!", "="))


async def everything(stage: Stage) -> tuple[Any, ...]:
    """All that a press could harm."""
    found = []
    for table in ("visits", "visitors", "slots", "challenges", "staff"):
        found += [(table, *row) for row in await sql(stage, f"SELECT * FROM {table} ORDER BY 1")]
    return tuple(found)


async def seen(stage: Stage, lines: tuple[str, ...]) -> set[str]:
    """Play a story; every button that showed, in the family's chat and in the jail's."""
    await play(stage, lines)
    return {data for one in stage.heard if one.rendered for row in one.rendered.buttons for _t, data in row}


async def test_every_button_of_a_story_mutated(at: At) -> None:
    """Pressed by the family itself, by a stranger in private and in the jail's group, and by staff: nothing is decided,
    nothing is cancelled, nobody is erased. (All of them in the full run, sixty of each in the ordinary one.)"""
    chance, stage = seeded(), await at("asked")
    buttons = await seen(stage, ("/status", "/me", "/cancel", "/language"))
    ref = (await sql(stage, "SELECT ref FROM visits WHERE live"))[0].ref
    version = (await sql(stage, "SELECT version FROM visits WHERE live"))[0].version
    buttons |= {f"{verb}={ref}.{version}" for verb in ("drop", "coming", "retry")} | {f"card.more=0.{ref}"}
    forged = sorted({mutant for data in buttons for mutant in mutants(data)} - buttons)
    assert len(forged) > 1000 and any(data.startswith("card.") for data in forged)
    before = await everything(stage)
    for who, chat in ((101, None), (999, GROUP), (201, GROUP)):
        await pressed_by(stage, who, chat, forged if PROVE else chance.sample(forged, 60))
        assert await everything(stage) == before, (who, chat)
    await unharmed(stage)


async def test_a_card_pressed_by_whoever_may_not(at: At) -> None:
    """From the family's chat, other groups, strangers, the gate, another jail's staff, and who is staff no more."""
    stage = await at("asked")
    other = (await sql(stage, "SELECT code FROM jails WHERE chat IS NULL ORDER BY code LIMIT 1"))[0].code
    async with stage.db.begin() as tx:
        now = stage.clock()
        await jails.bind(tx, other, Chat("telegram", "-2002"))
        await jails.add_staff(tx, other, Chat("telegram", "205"), "superintendent", "Another", now)
        await jails.add_staff(tx, JAIL, Chat("telegram", "204"), "gate", "Gate", now)
        await jails.revoke_staff(tx, JAIL, Chat("telegram", "202"), now)
    ok = stage.button(GROUP, "Approve")[0]
    cards = [ok.replace("card.ok", f"card.{verb}") for verb in ("ok", "no", "words", "undo", "back")]
    cards.append(ok.replace("card.ok", "card.why") + ".quota_used")
    before, heard = await everything(stage), len(stage.heard)
    places = ((101, None), (201, None), (201, -2002), (205, -2002), *((who, GROUP) for who in (999, 202, 204, 205)))
    for who, chat in places:
        await pressed_by(stage, who, chat, cards)
        answers = toasts(stage, chat or who)[-len(cards) :]
        assert all("Only this jail's staff can decide" in text for text in answers), (who, chat)
    assert await everything(stage) == before
    assert all(one.what == "reply" and one.alert for one in stage.heard[heard:])
    noted = await number(stage, "SELECT count(*) FROM notes WHERE kind = 'press_refused'")
    assert noted == len(places) * len(cards)
    await unharmed(stage)
