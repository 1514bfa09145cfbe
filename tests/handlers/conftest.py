"""Stages on which a story has been played already: told once a session, copied for each test."""

import asyncio
import itertools
import sqlite3
import threading
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager, closing
from dataclasses import dataclass
from pathlib import Path

import pytest

from storage.database import Database
from tests.support.stage import Clock, Heard, Stage, staged
from tests.support.stories import ASK, REGISTER, play

STOPS: Mapping[str, tuple[str, ...]] = {
    "mobile": REGISTER[: REGISTER.index("98123 45678")],  # the question for the mobile
    "code": ("98123 45678",),
    "registered": REGISTER[REGISTER.index("{sms}") :],
    "time": ASK[: ASK.index("[9:30 am]")],
    "asked": ASK[ASK.index("[9:30 am]") :],
}

At = Callable[[str], Awaitable[Stage]]


@dataclass(frozen=True, slots=True)
class Stop:
    """A stage as it was after some lines: its database, what was heard, the next number of everything. like: the stage
    on which it was told, for its vault, house and renderer."""

    database: Path
    heard: tuple[Heard, ...]
    like: Stage
    next: int


async def _told(folder: Path) -> dict[str, Stop]:
    found: dict[str, Stop] = {}
    async with staged(folder) as stage:
        for name, lines in STOPS.items():
            await play(stage, lines)
            copy = folder / f"{name}.db"
            with closing(sqlite3.connect(str(stage.db.url.database))) as here, closing(sqlite3.connect(copy)) as there:
                here.backup(there)
            found[name] = Stop(copy, tuple(stage.heard), stage, 10_000 * (len(found) + 1))
    return found


@asynccontextmanager
async def _opened(stop: Stop, folder: Path) -> AsyncIterator[Stage]:
    path = folder / "data" / "mulakat.db"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(stop.database.read_bytes())
    db, like = Database(f"sqlite+aiosqlite:///{path}"), stop.like
    try:
        numbers = [itertools.count(stop.next) for _n in range(3)]
        yield Stage(db, Clock(), like.house, like.renderer, list(stop.heard), {}, *numbers)
    finally:
        await db.close()


@pytest.fixture(scope="session")
def stops(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Stop]:
    """In a thread: a loop of its own, whatever loop the test that asks first runs in."""
    folder, found = tmp_path_factory.mktemp("story"), dict[str, Stop]()
    teller = threading.Thread(target=lambda: found.update(asyncio.run(_told(folder))))
    teller.start()
    teller.join()
    assert set(found) == set(STOPS), "the story could not be told"
    return found


@pytest.fixture
async def at(stops: dict[str, Stop], tmp_path: Path) -> AsyncIterator[At]:
    """`stage = await at("asked")`: a stage of the test's own, where the story stands there."""
    async with AsyncExitStack() as stack:

        async def opened(name: str) -> Stage:
            return await stack.enter_async_context(_opened(stops[name], tmp_path))

        yield opened
