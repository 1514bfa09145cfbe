"""A lost database: its connections end in the middle of everything, and the loops go on as if it had been slow."""

import asyncio
import random
from collections import Counter
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast

import pytest
from sqlalchemy import select

from channels.telegram_read import read
from dialogue.model import Chat, Talk
from handlers.intake import Intake
from operate.listen import Bell
from operate.outage import Outage
from operate.run import Parts, run
from scheduler import clock
from storage import inbox, outbox, sessions
from storage.lost import Lost
from storage.tables import inbox as arrivals
from storage.tables import outbox as letters
from tests.conftest import PROVE
from tests.proofs.doomed import WRITTEN
from tests.proofs.killing import FIRST, Witness, lines_of, update_of, witnessed
from tests.support.cut import Cut, ground
from tests.support.logged import logged
from tests.support.stage import Ear, Stage, sweep_of

# point: (what holds the function, its name, whether the connections end before it or after it)
POINTS: dict[str, tuple[Any, str, str]] = WRITTEN | {
    "updates not announced": (inbox, "announce", "before"),
    "updates announced, not committed": (inbox, "announce", "after"),
    "those that wait on kept, not committed": (inbox, "keep", "after"),
    "message about to leave": (Ear, "deliver", "before"),
    "message delivered, not settled": (Ear, "deliver", "after"),
    "message about to be settled": (outbox, "settle", "before"),
    "message settled, not committed": (outbox, "settle", "after"),
    "what others left looked for": (outbox, "recover", "after"),
}
FAMILIES, EVERY, MOST = 8, 7, 25


@dataclass(slots=True)
class Server:
    """What waits at Telegram, until an offset confirms it."""

    waiting: list[dict[str, Any]]
    empty: asyncio.Event = field(default_factory=asyncio.Event)
    name: str = "telegram"

    async def updates(self, offset: int, timeout: int) -> list[dict[str, Any]]:  # noqa: ASYNC109 (Telegram's)
        self.waiting = [one for one in self.waiting if one["update_id"] >= offset]
        if not self.waiting:
            self.empty.set()
            await asyncio.Event().wait()
        return self.waiting[:5]


def cut_at(cut: Cut, patch: pytest.MonkeyPatch, point: str) -> None:
    """From now on at some of a point's passings, each time at a later one."""
    owner, name, when = POINTS[point]
    real: Callable[..., Awaitable[Any]] = getattr(owner, name)
    passed = 0

    async def wrapped(*args: Any, **kwargs: Any) -> Any:
        nonlocal passed
        passed += 1
        now = passed % EVERY == 1 and cut.times < MOST
        if now and when == "before":
            await cut()
        answer = await real(*args, **kwargs)
        if now and when == "after":
            await cut()
        return answer

    patch.setattr(owner, name, wrapped)


async def lived(stage: Stage, server: Server, folder: Path) -> None:
    """The whole product as it is put together in a process, until all is handled and sent. What ends it ends the test:
    nothing may. Nothing listens here, and Telegram is the server."""
    stop = asyncio.Event()
    intake = Intake(server, read, stage.db, stage.desk.take, stage.clock)
    made = {"username": "", "telegram": None, "door": None, "channels": stage.ears, "intake": intake, "written": Bell()}
    made |= {name: getattr(stage, name) for name in ("db", "vault", "desk", "postman", "deadlines")}
    parts = Parts(**cast(dict[str, Any], made | {"sweep": sweep_of(stage)}))
    running = asyncio.create_task(run(parts, Outage(stage.db, stop), intake.run, folder / "audit"))
    try:
        async with asyncio.timeout(400):
            while not running.done() and (not server.empty.is_set() or await _owed(stage)):
                await asyncio.wait({running}, timeout=0.05)
    finally:
        stop.set()
        await running


async def _owed(stage: Stage) -> bool:
    with suppress(Lost):
        async with stage.db.begin() as tx:
            open_ = select(arrivals.c.id).where(arrivals.c.handled.is_(None)).limit(1)
            owed = select(letters.c.id).where(letters.c.status.in_(("waiting", "sending"))).limit(1)
            return any([(await tx.execute(one)).first() for one in (open_, owed)])
    return True


@pytest.fixture(scope="module")
def lines() -> list[str]:
    return lines_of(2)


def load(lines: list[str], dice: random.Random) -> Server:
    """The lines of all families, mixed."""
    left = {family: list(lines) for family in range(FAMILIES)}
    out: list[dict[str, Any]] = []
    while left:
        family = dice.choice(list(left))
        number = len(out) + 1
        out.append({"update_id": number, **update_of(FIRST + family, left[family].pop(0), number)})
        left = {one: more for one, more in left.items() if more}
    return Server(out)


def quick(patch: pytest.MonkeyPatch) -> None:
    """The metronome's jobs run often."""
    for beat in ("BELLS", "SEAL", "DEADLINES", "SWEEP"):
        patch.setattr(clock, beat, 0.2)


async def examine(stage: Stage, witness: Witness) -> None:
    await stage.db.engine.dispose()  # a connection that was ended at the last moment may not have noticed yet
    async with stage.db.begin() as tx:
        came = Counter((row.outcome, row.tries) for row in await tx.execute(select(arrivals)))
        ends = Counter(row.status for row in await tx.execute(select(letters)))
        talks = {Talk(Chat("telegram", str(FIRST + n)), str(FIRST + n)): "en" for n in range(FAMILIES)}
        kept = await sessions.load(tx, stage.vault, talks)
    assert set(came) == {("done", 0)}, "no arrival is blamed"
    assert ends == {"sent": FAMILIES * witness.rows}
    assert {str(one.to_json()) for one in kept.values()} == {str(witness.session)}
    for n in range(FAMILIES):
        said = tuple(one.rendered.plain for one in stage.to(FIRST + n) if one.what == "say" and one.rendered)
        assert said == witness.read, "each message once, in order"


@pytest.mark.postgres
@pytest.mark.parametrize("point", POINTS)
async def test_lost_at_every_point(
    point: str, lines: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    witness = await witnessed(tmp_path / "witness", lines)
    quick(monkeypatch)
    async with ground(tmp_path) as (stage, cut):
        cut_at(cut, monkeypatch, point)
        with logged("INFO"):
            await lived(stage, load(lines, random.Random(point)), tmp_path)
        assert cut.times
        await examine(stage, witness)


@pytest.mark.postgres
async def test_lost_at_any_moment(seed: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Between a commit and its answer too."""
    lines = lines_of(8 if PROVE else 1)
    witness = await witnessed(tmp_path / "witness", lines)
    quick(monkeypatch)
    dice = random.Random(seed)
    async with ground(tmp_path) as (stage, cut):
        over = asyncio.Event()

        async def cutting() -> None:
            while not over.is_set():
                await asyncio.sleep(dice.random() * 0.1)
                await cut()

        scissors = asyncio.create_task(cutting())
        with logged("INFO"):
            await lived(stage, load(lines, dice), tmp_path)
        over.set()
        await scissors
        await examine(stage, witness)
        print(f"{cut.times} times all connections ended, {FAMILIES * len(lines)} updates")
