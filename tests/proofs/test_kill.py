"""`kill -9` under load, at random and at every named point: no update lost, none applied twice, every talk in order."""

import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from tests.conftest import PROVE
from tests.end_to_end.town import town
from tests.proofs.doomed import POINTS
from tests.proofs.killing import Killing, Witness, crowd, lines_of, witnessed


@asynccontextmanager
async def killing(folder: Path, families: int, dice: random.Random) -> AsyncIterator[tuple[Killing, Witness]]:
    """A town under load; in the end all that was sent must have come to what the witness came to."""
    lines = lines_of(8)
    witness = await witnessed(folder / "witness", lines)
    settings = {"MULAKAT_LOG_LEVEL": "INFO", "MULAKAT_TELEGRAM_RATE": "1000"}
    async with town(folder, crowd(families), **settings) as here:
        await here.play.do("limits", on=False)
        yield Killing(here, families, lines, dice), witness


async def test_killed_and_killed_again(tmp_path: Path, seed: int) -> None:
    """Process after process dies; the last one finds everything where it was."""
    kills, families = (200, 1000) if PROVE else (5, 50)
    dice = random.Random(seed)
    points = [*POINTS, *[""] * len(POINTS)]
    dice.shuffle(points)
    async with killing(tmp_path, families, dice) as (load, witness):
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
