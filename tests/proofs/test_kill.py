"""`kill -9` under load, at random and at every named point: no update lost, none applied twice, every talk in order."""

import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from tests.conftest import PROVE
from tests.end_to_end.town import town
from tests.proofs.doomed import POINTS
from tests.proofs.killing import Killing, Witness, crowd, lines_of, witnessed
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
    folder: Path, kind: str, families: int, dice: random.Random
) -> AsyncIterator[tuple[Killing, Witness]]:
    """A town under load; in the end all that was sent must have come to what the witness came to."""
    lines = lines_of(8)
    witness = await witnessed(folder / "witness", lines)
    settings = {"MULAKAT_LOG_LEVEL": "INFO", "MULAKAT_TELEGRAM_RATE": "1000"}
    async with database(kind) as named, town(folder, crowd(families), **settings, **named) as here:
        await here.play.do("limits", on=False)
        yield Killing(here, families, lines, dice), witness


@pytest.mark.parametrize("kind", DATABASES)
async def test_killed_and_killed_again(kind: str, tmp_path: Path, seed: int) -> None:
    """Process after process dies; the last one finds everything where it was."""
    kills, families = (200, 1000) if PROVE else (5, 50)
    dice = random.Random(seed)
    points = [*POINTS, *[""] * len(POINTS)]
    dice.shuffle(points)
    async with killing(tmp_path, kind, families, dice) as (load, witness):
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
