"""`kill -9` under load, at random and at every named point: no update lost, none applied twice, every talk in order."""

import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from tests.conftest import PROVE, Counts
from tests.end_to_end.town import town
from tests.proofs.doomed import DOORS, INSIDE
from tests.proofs.killing import Killing, Witness, crowd, lines_of, listening, witnessed
from tests.support.postgres import SERVER, fresh_database

DATABASES = ["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)]


@asynccontextmanager
async def database(kind: str) -> AsyncIterator[dict[str, str]]:
    """The settings that name it."""
    if kind == "sqlite":
        yield {}
        return
    if not SERVER:
        pytest.skip("no PostgreSQL: set MULAKAT_TEST_POSTGRES=postgresql+asyncpg://user@host/name")
    async with fresh_database() as url:
        yield {"MULAKAT_DATABASE_URL": url}


@asynccontextmanager
async def killing(
    folder: Path, kind: str, families: int, dice: random.Random, listens: dict[str, str]
) -> AsyncIterator[tuple[Killing, Witness]]:
    """A town under load; in the end all that was sent must have come to what the witness came to."""
    lines = lines_of(8)
    witness = await witnessed(folder / "witness", lines)
    settings = {"MULAKAT_LOG_LEVEL": "INFO", "MULAKAT_TELEGRAM_RATE": "1000", **listens}
    async with database(kind) as named, town(folder, crowd(families), False, **settings, **named) as here:
        await here.play.do("limits", on=False)
        yield Killing(here, families, lines, dice), witness


@pytest.mark.parametrize("way", DOORS)
@pytest.mark.parametrize("kind", DATABASES)
async def test_killed_and_killed_again(kind: str, way: str, tmp_path: Path, seed: int, counts: Counts) -> None:
    """Process after process dies; the last one finds everything where it was."""
    kills, families = 50 if PROVE else 3, counts(250)
    dice = random.Random(seed)
    named = [*INSIDE, *DOORS[way]]
    points = [*named, *[""] * len(named)]
    dice.shuffle(points)
    async with killing(tmp_path, kind, families, dice, listening(way)) as (load, witness):
        for kill in range(kills):
            point = points[kill % len(points)]
            bot = await load.start(point)
            await load.running(bot)
            await load.push(load.total // kills)
            await load.die(bot, point)
        bot = await load.start()
        await load.running(bot)
        await load.push(load.left)
        await load.quiet()
        await load.stop()
        print(await load.examine(witness))


@pytest.mark.postgres
async def test_four_processes_of_which_one_after_another_dies(tmp_path: Path, seed: int, counts: Counts) -> None:
    kills, families = 50 if PROVE else 3, counts(250)
    dice = random.Random(seed)
    async with killing(tmp_path, "postgresql", families, dice, {}) as (load, witness):
        for bot in [await load.start() for _each in range(4)]:
            await load.running(bot)
        for _kill in range(kills):
            await load.push(load.total // kills)
            await load.die(dice.choice(load.bots), "")
            await load.running(await load.start())
        await load.push(load.left)
        await load.quiet()
        await load.stop()
        print(await load.examine(witness))
