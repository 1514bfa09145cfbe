"""The ground for kills: families whose updates wait at the sandbox, processes that die, and a witness that doesn't.

All families send the same lines, so what their talks must come to is read off one talk that nobody disturbed.
"""

import asyncio
import random
import socket
import time
from collections import Counter
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from itertools import groupby
from pathlib import Path
from typing import Any

import aiohttp
from sqlalchemy import Column, func, select

from dialogue.model import Chat, Json, Talk
from operate.figures import FRESH
from storage import sessions
from storage.database import Database, Tx
from storage.tables import inbox, outbox
from storage.vault import Vault, open_vault
from tests.end_to_end.town import Process, Town, town
from tests.proofs.nurse import Nurse
from tests.support.stage import press, spoken, staged

FIRST = 1001  # the families' numbers begin here
READY = 120.0  # seconds in which a process must run, on a machine that has much else to do
STUCK = 60.0  # seconds without anything handled or sent; what a dead process has leased is free again after 4

LETTERS = "abcdefghij"


def name_of(turn: int) -> str:
    return "Sunita " + "".join(LETTERS[int(digit)] for digit in f"{turn:03}").title()


def lines_of(cycles: int) -> list[str]:
    """What each family sends: it registers, and changes its mind about its name so many times."""
    out = ["/register", "register.language=en", "register.consent=yes"]
    for turn in range(cycles):
        out += [name_of(turn), "register.father!back"]
    return [*out, name_of(cycles)]


def update_of(person: int, line: str, number: int) -> dict[str, Any]:
    if line.startswith("register."):
        return press(number, person, line, 2)
    who = {"id": person, "is_bot": False, "first_name": "Sunita"}
    where = {"id": person, "type": "private"}
    return {"message": {"message_id": number, "date": 0, "chat": where, "from": who, **spoken(line)}}


@dataclass(frozen=True, slots=True)
class Witness:
    """A talk to which nothing happened: its session, its rows of the outbox, and what the family read, in order."""

    session: dict[str, Json]
    rows: int
    read: tuple[str, ...]


async def witnessed(folder: Path, lines: Sequence[str]) -> Witness:
    async with staged(folder) as stage:
        for number, line in enumerate(lines):
            await stage.arrive(update_of(FIRST, line, number + 1))
        async with stage.db.begin() as tx:
            talk = Talk(Chat("telegram", str(FIRST)), str(FIRST))
            kept = (await sessions.load(tx, stage.vault, {talk: "en"}))[talk]
            rows = (await tx.execute(select(func.count()).select_from(outbox))).scalar_one()
        said = tuple(one.rendered.plain for one in stage.to(FIRST) if one.what == "say" and one.rendered)
        return Witness(kept.to_json(), rows, said)


def free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


def listening(way: str) -> dict[str, str]:
    """The settings of a process that can be asked how much waits, and of one that Telegram calls."""
    where = f"127.0.0.1:{free_port()}"
    called = {"MULAKAT_WEBHOOK_URL": f"http://{where}/telegram"} if way == "webhook" else {}
    return {"MULAKAT_LISTEN": where} | called


def crowd(count: int) -> list[dict[str, Any]]:
    return [{"id": FIRST + n, "name": f"Family {n}"} for n in range(count)]


@dataclass(slots=True)
class Killing:
    """The town under load. `bots`: the processes that run now."""

    here: Town
    families: int
    lines: Sequence[str]
    dice: random.Random
    nurse: Nurse
    bots: list[Process] = field(default_factory=list)
    sent: "Counter[int]" = field(default_factory=Counter)
    killed: "Counter[str]" = field(default_factory=Counter)

    # ------------------------------------------------------------ processes

    async def start(self, point: str = "") -> Process:
        """A process; one that ends at a point, the some-th time it comes there, when one is named."""
        bot = await self.nurse.started(point, self.dice.randrange(1, 12) if point else 0, self.here.env)
        self.bots.append(bot)
        return bot

    async def running(self, bot: Process) -> None:
        """Until it runs, or is dead: a point may come before the start is over."""
        end = time.monotonic() + READY
        while bot.child.returncode is None and not any('"running"' in line for line in bot.lines):
            assert time.monotonic() < end, bot.lines[-20:]
            await asyncio.sleep(0.01)
        assert bot.child.returncode in (None, -9), bot.lines[-20:]

    async def die(self, bot: Process, point: str) -> None:
        """By itself at its point; by us, at a random moment, when it has none or doesn't come there."""
        seconds = 1.5 if point else self.dice.random() * 0.6
        try:
            await asyncio.wait_for(bot.child.wait(), seconds)
            assert bot.child.returncode == -9, bot.lines[-20:]
            self.killed[point] += 1
        except TimeoutError:
            bot.kill()
            await bot.child.wait()
            self.killed["at random"] += 1
        self.bots.remove(bot)

    async def stop(self) -> None:
        """All that run, in order; none may have ended by itself."""
        for bot in self.bots:
            assert bot.child.returncode is None and await bot.stop() == 0, bot.lines[-20:]

    # ------------------------------------------------------------ load

    @property
    def total(self) -> int:
        return self.families * len(self.lines)

    @property
    def left(self) -> int:
        return self.total - sum(self.sent.values())

    async def push(self, count: int) -> None:
        """The next lines of families chosen at random."""
        for _more in range(min(count, self.left)):
            open_ = [n for n in range(self.families) if self.sent[n] < len(self.lines)]
            family = self.dice.choice(open_)
            number = self.sent[family]
            self.sent[family] += 1
            person, line = FIRST + family, self.lines[number]
            if number == 0:  # said by a person whom the sandbox knows from then on: a bot can't speak first
                await self.here.play.do("say", person=person, chat=person, text=line)
            else:
                await self.here.play.do("raw", update=update_of(person, line, person * 1000 + number))

    # ------------------------------------------------------------ the end

    async def quiet(self) -> None:
        """Until no update waits and nothing is owed."""
        last, moved, calm = dict[str, int](), time.monotonic(), 0
        while calm < 2:  # a figure may be a second old
            await asyncio.sleep(FRESH * 1.1)
            waiting = {"at the sandbox": (await self.here.play.state())["pending"], **await self._owed()}
            calm = 0 if any(waiting.values()) else calm + 1
            if waiting != last:
                last, moved = waiting, time.monotonic()
            assert time.monotonic() < moved + STUCK, f"{waiting} for {STUCK} s\n" + "\n".join(self._last_words())

    def _last_words(self) -> Iterator[str]:
        for bot in self.bots:
            yield f"a process, {'which runs' if bot.child.returncode is None else 'ended'}:"
            yield from bot.lines[-20:]

    async def _owed(self) -> dict[str, int]:
        """What waits in the database; of a SQLite file, which isn't opened beside a process that writes it, what that
        process says."""
        async with opened(self.here) as (db, _vault):
            if db.sqlite:
                return await self._asked()
            async with db.begin() as tx:
                owed = outbox.c.status.in_(("waiting", "sending"))
                arrivals = await tx.execute(select(func.count()).where(inbox.c.handled.is_(None)))
                messages = await tx.execute(select(func.count()).where(owed))
                return {"arrivals": arrivals.scalar_one(), "messages": messages.scalar_one()}

    async def _asked(self) -> dict[str, int]:
        page = f"http://{self.here.env['MULAKAT_LISTEN']}/metrics"
        async with aiohttp.ClientSession() as session, session.get(page) as answer:
            lines = dict(line.rsplit(" ", 1) for line in (await answer.text()).splitlines() if line[0] != "#")
        return {name: int(float(lines[f"mulakat_{name}"])) for name in ("arrivals_waiting", "outbox_due")}

    async def examine(self, witness: Witness) -> str:
        """What must hold of every talk; the figures for the proof's line."""
        async with opened(self.here) as (db, vault), db.begin() as tx:
            outcomes = await _counted(tx, inbox.c.outcome)
            talks = {Talk(Chat("telegram", str(FIRST + n)), str(FIRST + n)): "en" for n in range(self.families)}
            kept = await sessions.load(tx, vault, talks)
            per_talk = [row[0] for row in await tx.execute(select(func.count(outbox.c.id)).group_by(outbox.c.address))]
            ends = await _counted(tx, outbox.c.status)
            errors = await _counted(tx, outbox.c.error)
        assert outcomes == {"done": self.total}, outcomes
        wrong = [str(talk) for talk, session in kept.items() if session.to_json() != witness.session]
        assert not wrong, f"{len(wrong)} talks came to something else, {wrong[0]} among them"
        assert per_talk == [witness.rows] * self.families, Counter(per_talk)
        # A process was killed twice with the same message: it may never have come, and then can't be edited by the
        # press that the load pretends to be on it.
        unedited = sum(count for error, count in errors.items() if error and "to edit not found" in error)
        assert ends.get("dead", 0) == unedited <= ends.get("unsure", 0), (ends, errors)
        assert set(ends) <= {"sent", "unsure", "dead"}, (ends, errors)
        twice = await self._read(witness, ends.get("unsure", 0))
        return (
            f"{self.total} updates, {sum(self.killed.values())} kills {dict(self.killed)}, told twice {twice}, {ends}"
        )

    async def _read(self, witness: Witness, unsure: int) -> int:
        """Each family read the same in the same order; what was repeated after a kill stands beside itself."""
        state = await self.here.play.state()
        twice, wrong = 0, list[tuple[int, list[str]]]()
        for n in range(self.families):
            there = [
                m for m in state["messages"][str(FIRST + n)] if m["from"]["is_bot"] and not m["edited"]
            ]  # a press edits the first one
            texts = [m["text"] for m in there if m["text"] != witness.read[0]]
            once = [text for text, _same in groupby(texts)]
            twice += len(texts) - len(once)
            if once != list(witness.read[1:]):
                wrong.append((n, [f"{m['message_id']} {m['text'][:40]!r}" for m in there]))
        assert len(wrong) <= unsure, f"{len(wrong)} families read something else: {wrong[:2]}"
        return twice


async def _counted(tx: Tx, column: Column[Any]) -> dict[str, int]:
    rows = await tx.execute(select(column, func.count()).group_by(column))
    return {value: count for value, count in rows}


@asynccontextmanager
async def opened(here: Town) -> AsyncIterator[tuple[Database, Vault]]:
    db = Database(here.env["MULAKAT_DATABASE_URL"])
    try:
        yield db, open_vault(Path(here.env["MULAKAT_SECRET_FILE"]))
    finally:
        await db.close()


@asynccontextmanager
async def killing(
    folder: Path, families: int, dice: random.Random, settings: dict[str, str]
) -> AsyncIterator[tuple[Killing, Witness]]:
    """A town under load; in the end all that was sent must have come to what the witness came to."""
    lines = lines_of(8)
    witness = await witnessed(folder / "witness", lines)
    given = {"MULAKAT_LOG_LEVEL": "INFO", "MULAKAT_TELEGRAM_RATE": "1000", **settings}
    async with town(folder, crowd(families), False, **given) as here:
        await here.play.do("limits", on=False)
        async with Nurse(folder) as nurse:
            yield Killing(here, families, lines, dice, nurse), witness
