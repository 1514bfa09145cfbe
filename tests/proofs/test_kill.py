"""`kill -9` under load, at random and at every named point: no update lost, none applied twice, every talk in order."""

import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from tests.conftest import PROVE
from tests.end_to_end.town import town
from tests.proofs.doomed import POINTS
from tests.proofs.killing import Killing, Witness, crowd, lines_of, webhook_settings, witnessed
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
    folder: Path, kind: str, way: str, families: int, dice: random.Random
) -> AsyncIterator[tuple[Killing, Witness]]:
    """A town under load; in the end all that was sent must have come to what the witness came to."""
    lines = lines_of(8)
    witness = await witnessed(folder / "witness", lines)
    settings = {"MULAKAT_LOG_LEVEL": "INFO", "MULAKAT_TELEGRAM_RATE": "1000"}
    settings |= webhook_settings() if way == "webhook" else {}
    async with database(kind) as named, town(folder, crowd(families), **settings, **named) as here:
        await here.play.do("limits", on=False)
        yield Killing(here, families, lines, dice), witness


@pytest.mark.parametrize("way", ["polling", "webhook"])
@pytest.mark.parametrize("kind", DATABASES)
async def test_killed_and_killed_again(kind: str, way: str, tmp_path: Path, seed: int) -> None:
    """Process after process dies; the last one finds everything where it was."""
    kills, families = (200, 1000) if PROVE else (5, 100)
    dice = random.Random(seed)
    points = [*POINTS, *[""] * len(POINTS)]
    dice.shuffle(points)
    async with killing(tmp_path, kind, way, families, dice) as (load, witness):
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
        await bot.stop()
        print(await load.examine(witness))


@pytest.mark.postgres
@pytest.mark.parametrize("way", ["polling", "webhook"] if PROVE else ["webhook"])
async def test_four_processes_of_which_one_after_another_dies(way: str, tmp_path: Path, seed: int) -> None:
    kills, families = (50, 1000) if PROVE else (3, 100)
    dice = random.Random(seed)
    async with killing(tmp_path, "postgresql", way, families, dice) as (load, witness):
        four = [await load.start() for _each in range(4)]
        for bot in four:
            await load.running(bot)
        for _kill in range(kills):
            await load.push(load.total // kills)
            bot = dice.choice(load.bots)
            await load.die(bot, "")
            await load.running(await load.start())
        await load.push(load.left)
        await load.quiet()
        for bot in load.bots:
            assert await bot.stop() == 0
        print(await load.examine(witness))
