"""`kill -9` under load, at random and at every named point: no update lost, none applied twice, every talk in order."""

import asyncio
import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from tests.conftest import Counts
from tests.proofs.doomed import DOORS, INSIDE
from tests.proofs.killing import killing, listening
from tests.support.cluster import cluster
from tests.support.postgres import DATABASES, fresh_database


@asynccontextmanager
async def database(kind: str) -> AsyncIterator[dict[str, str]]:
    """The settings that name it."""
    if kind == "sqlite":
        yield {}
        return
    async with fresh_database() as url:
        yield {"MULAKAT_DATABASE_URL": url}


@pytest.mark.parametrize("way", DOORS)
@pytest.mark.parametrize("kind", DATABASES)
async def test_killed_and_killed_again(kind: str, way: str, tmp_path: Path, seed: int, counts: Counts) -> None:
    """Process after process dies; the last one finds everything where it was."""
    kills, families = counts(50), counts(250)
    dice = random.Random(seed)
    inside = [*INSIDE, *DOORS[way]]
    points = [*inside, *[""] * len(inside)]
    dice.shuffle(points)
    async with database(kind) as named, killing(tmp_path, families, dice, named | listening(way)) as (load, witness):
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
    kills, families = counts(50), counts(250)
    dice = random.Random(seed)
    async with database("postgresql") as named, killing(tmp_path, families, dice, named) as (load, witness):
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


@pytest.mark.postgres
@pytest.mark.parametrize("way", DOORS)
async def test_the_server_dies(way: str, tmp_path: Path, seed: int, counts: Counts) -> None:
    """PostgreSQL is killed under load and comes back. The one process lives on, and tells all of it once."""
    kills, families = counts(10), counts(250)
    dice = random.Random(seed)
    async with cluster() as server:
        settings = {"MULAKAT_DATABASE_URL": server.url, **listening(way)}
        async with killing(tmp_path, families, dice, settings) as (load, witness):
            await load.running(await load.start())
            for _kill in range(kills):
                await load.push(load.total // kills // 2)
                await asyncio.sleep(dice.random() * 0.5)
                await server.kill()
                load.killed["the server"] += 1
                await load.push(load.total // kills // 2)
                await asyncio.sleep(dice.random() * 2)
                await server.start()
            await load.push(load.left)
            await load.quiet()
            await load.stop()
            words = await load.examine(witness)
            assert f"told twice 0, {{'sent': {families * witness.rows}}}" in words, words
            print(words)
