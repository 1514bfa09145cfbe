"""A town for proofs: two jails decided in two groups, their staff, families with chats of their own; few places.

The database is the real one, made once and then copied. Channels fail as they are told to, and a delivery can be held.
"""

import asyncio
import contextlib
import sqlite3
import tempfile
from collections import defaultdict, deque
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from functools import cache
from pathlib import Path
from typing import Any

from sqlalchemy import insert, text

from channels.render import Renderer
from channels.telegram_read import read
from dialogue.effects import Enrol
from dialogue.model import Chat, House, Json, Talk, Visitor
from dialogue.needs import OpenSlots
from dialogue.session import Session
from handlers.desk import Desk
from handlers.intake import raws
from operate.prepare import JAILS, claim_key, migrate
from operate.settings import ROOT
from scheduler.deadlines import Deadlines
from storage import effects, facts, inbox, jails, sessions
from storage.database import Database
from storage.ground import Ground
from storage.tables import closures
from storage.vault import Vault
from tests.proofs.fates import PATIENCE, Carrying, Moody
from tests.proofs.speed import hurry
from tests.proofs.watch import RULES, TRIGGERS, Line, Watch, moment
from tests.support.stage import MONDAY, SECRET, Clock, Stage, Unlimited, press, sweep_of
from visits.atlas import Atlas
from visits.calendar import SessionTemplate
from visits.policy import INDIA, decision_due
from visits.visit import Kind, Slot, Status

POINTS = ("kept", "handled", "claimed", "arrived")  # at which a process is killed: what it had just done

# Group by jail. A place at 10 for one, at 15 for two, on six days a week; one day is shut.
GROUPS = {"IN-DL-TIHAR-CJ-1": -1001, "IN-DL-TIHAR-CJ-2": -1002}
CODES = tuple(GROUPS)
TIMETABLE = tuple(
    SessionTemplate(day, Kind.IN_PERSON, time(hour), time(hour, 30), 30, places)
    for day in range(6)
    for hour, places in ((10, 1), (15, 2))
)
SHUT = date(2026, 12, 4)
STAFF = (
    (201, CODES[0], "superintendent", "Supt. Rao"),
    (202, CODES[0], "deputy", "Dy. Supt. Iqbal"),
    (203, CODES[1], "superintendent", "Supt. Nair"),
    (204, CODES[0], "gate", "Gate"),
)
DECIDERS = {code: tuple(n for n, jail, role, _name in STAFF if jail == code and role != "gate") for code in CODES}
STRANGER = 999
ATLAS = Atlas((("IN-DL", "Delhi"),), {})


@dataclass(frozen=True, slots=True)
class Family:
    """Who has a private chat, a mobile and a mailbox. The first and the third share their mobile."""

    chat: int
    mobile: str

    @property
    def number(self) -> str:
        return f"M-{self.chat:04}-TEST"

    @property
    def email(self) -> str:
        return f"f{self.chat}@example.org"

    @property
    def talk(self) -> Talk:
        return Talk(Chat("telegram", str(self.chat)), str(self.chat))

    @property
    def visitor(self) -> Visitor:
        return Visitor(
            self.number, self.talk.chat, "en", f"Visitor {self.chat}", "Ram Lal", "female", 34, "2026-11-30",
            "House 12, Gali 4", "110062", "IN-DL", "South Delhi", "aadhaar", "0124", f"hash{self.chat}", self.mobile,
            self.email, "2026-11",
        )  # fmt: skip


FAMILIES = (
    Family(101, "+919810000101"),
    Family(102, "+919810000102"),
    Family(103, "+919810000101"),
    Family(104, "+919810000104"),
)
CROWD = tuple(Family(301 + n, f"+9198200{n:05}") for n in range(16))
ADDRESSES = {family.number: (family.chat, family.email, family.mobile) for family in (*FAMILIES, *CROWD)}


@dataclass(frozen=True, slots=True)
class Started:
    """When the process began: the time, how many moves and deliveries there had been."""

    at: datetime
    moves: int = 0
    tries: int = 0


@dataclass
class Town(Stage):
    """A stage with more people, where things break."""

    watch: Watch = field(kw_only=True)
    reader: sqlite3.Connection = field(kw_only=True)
    fates: dict[str, deque[str]] = field(default_factory=lambda: defaultdict(deque))
    held: "list[asyncio.Future[str]]" = field(default_factory=list)
    held_since: datetime = MONDAY
    started: Started = field(default_factory=lambda: Started(MONDAY))
    slept: list[tuple[datetime, datetime]] = field(default_factory=list)

    def __post_init__(self) -> None:
        for name in ("telegram", "email", "sms"):
            self.ears[name] = Moody(
                name, self.renderer, self.heard, self.ids, watch=self.watch, fates=self.fates, held=self.held
            )
        self.open()

    def open(self) -> None:
        self.vault = Vault(SECRET)
        self.postman = Carrying(self.db, self.vault, dict(self.ears), Unlimited(1.0), self.clock)
        self.ground = Ground(self.db, self.vault, self.house, ATLAS, self.clock, self.nonce)
        self.desk = self.new_desk()
        self.deadlines = Deadlines(self.ground, self.postman.bell.set)

    def new_desk(self) -> Desk:
        return Desk(self.ground, {"telegram": read}, self.postman.bell.set, along=self.postman.along)

    async def restart(self) -> None:
        """Killed, and started as `operate/run.py` does it."""
        assert isinstance(self.postman, Carrying)
        self.postman.kill(self.watch)
        await asyncio.sleep(0)
        self.held.clear()
        self.open()
        self.started = Started(self.clock(), len(self.watch.moves), len(self.watch.tries))
        await self.deadlines.start()
        await self.postman.recover(void_leases=True)
        await self.work()

    async def killed(self, point: str, updates: Sequence[dict[str, Any]]) -> None:
        """These arrive, and the process ends at one of POINTS: what the next one finds is what was committed."""
        assert isinstance(self.postman, Carrying)
        await self.put(updates)
        while point != "kept" and await self.desk.round():
            pass
        if point in ("claimed", "arrived"):
            await self.postman.round()
        if point == "arrived":
            await self._carried()
        await self.restart()

    async def put(self, updates: Sequence[dict[str, Any]]) -> None:
        async with self.db.begin() as tx:
            await inbox.put(tx, self.vault, raws("telegram", updates, read, self.clock()), self.clock())

    async def arrive(self, *updates: dict[str, Any]) -> None:
        for update in updates:
            update.setdefault("update_id", next(self.updates))
        await self.put(updates)
        await self.work()

    async def work(self) -> None:
        """Until nothing waits and nothing is due; what is held stays on its way."""
        while await self.desk.round():
            pass
        await self.post()

    async def post(self) -> None:
        assert isinstance(self.postman, Carrying)
        while True:
            if not self.held:
                self.held_since = self.clock.now
            claimed = await self.postman.round()
            await self._carried()
            if not claimed and self.postman._back == []:
                return

    async def _carried(self) -> None:
        """All that is on its way has come to something, but for what is held."""
        assert isinstance(self.postman, Carrying)
        while self.postman.out > len(self.held):  # noqa: ASYNC110 (it is the loop that must turn)
            await asyncio.sleep(0)

    async def release(self, fate: str) -> None:
        for over in self.held:
            over.set_result(fate)
        self.held.clear()
        await self.post()

    async def patience(self, seconds: float) -> None:
        """A channel gives up before an address's lease ends; what it carried may have arrived. So may what it takes on
        then, and does not get rid of either."""
        while self.held and self.clock.now + timedelta(seconds=seconds) >= self.held_since + PATIENCE:
            await self.release("echo")

    def noted(self) -> dict[int, Line]:
        """The outbox as it is. What the sweep will take is remembered in the watch's `rows`."""
        names = "id, address, due, until, key, status, attempts, provider_id, created, settled"
        there = {}
        for id, address, due, until, key, status, attempts, provider, created, settled in self.reader.execute(
            f"SELECT {names} FROM outbox ORDER BY id"
        ):
            times = (moment(until) if until else None, moment(created), moment(settled) if settled else None)
            there[id] = Line(id, address, moment(due), times[0], key, status, attempts, provider, *times[1:])
        self.watch.rows.update(there)
        return there

    def next_due(self) -> datetime | None:
        """What comes soonest: a message, the end of a hold, of a request, of a visit, of a rest."""
        found = [due for (due,) in self.reader.execute("SELECT due FROM outbox WHERE status = 'waiting'")]
        for times in self.reader.execute("SELECT not_before, lease_until FROM addresses"):
            found += [time for time in times if time]
        moments = [moment(due) for due in found]
        for status, start, hold in self.reader.execute("SELECT status, start, hold_until FROM visits"):
            if status == Status.DRAFT:
                moments.append(moment(hold))
            elif status == Status.PENDING:
                moments.append(decision_due(moment(start), INDIA, RULES.decision_hour))
            elif status == Status.APPROVED:
                moments.append(moment(start))
        return min((due for due in moments if due > self.clock.now), default=None)

    async def passes(self, seconds: float) -> None:
        """Time as a running process sees it: whatever becomes due meanwhile is done when it is due."""
        end = self.clock.now + timedelta(seconds=seconds)
        await self._beat()
        while (due := self.next_due()) and due < end:
            await self._until(due)
        await self._until(end)
        self.noted()
        await sweep_of(self).run()

    async def _until(self, moment: datetime) -> None:
        seconds = (moment - self.clock.now).total_seconds()
        await self.patience(seconds)
        self.clock.forward(seconds=seconds)
        await self._beat()

    async def sleeps(self, seconds: float) -> None:
        """The clock moves and nothing runs."""
        await self.patience(seconds)
        self.slept.append((self.clock.now, self.clock.now + timedelta(seconds=seconds)))
        self.clock.forward(seconds=seconds)

    async def forward(self, **by: float) -> None:
        self.clock.forward(**by)
        await self._beat()
        await sweep_of(self).run()

    async def _beat(self) -> None:
        """The metronome's."""
        await self.deadlines.run()
        await self.postman.recover()
        await self.work()

    async def clear(self) -> None:
        """Nobody has asked for anything, and nobody was told of anything."""
        async with self.db.begin() as tx:
            for table in ("visits", "slots", "sessions", "inbox", "outbox", "notes"):
                await tx.execute(text(f"DELETE FROM {table}"))
        for kept in (self.watch.of, self.watch.pressed, self.watch.tries, self.watch.rows, self.heard):
            kept.clear()

    # ------------------------------------------------------------ a form all but answered

    async def slots(self, jail: str) -> tuple[Slot, ...]:
        """All in the jail's window, full ones too."""
        need = OpenSlots(jail, Kind.IN_PERSON)
        async with self.db.begin() as tx:
            known = await facts.read(facts.Reading(tx, self.vault, self.house, self.clock(), ATLAS), [need])
        found: tuple[Slot, ...] = known[need]
        return found

    async def asking(self, families: Sequence[Family], jail: str, prisoner: str, slot: Slot, brief: bool) -> None:
        """Their talks stand at the time; with `brief` only the review comes after it."""
        given: dict[str, Json] = {
            "whom": "new", "jail": jail, "prisoner": prisoner, "prisoner_father": "Shyam Lal", "prisoner_age": 36,
            "prisoner_gender": "male", "prisoner_number": None, "relation": "brother", "date": day_of(slot),
        }  # fmt: skip
        if brief:
            given |= {"party": 1, "purpose": None, "help": "none"}
        there = [Session(family.talk, forms=("visit",), answers={"visit": given}) for family in families]
        async with self.db.begin() as tx:
            await sessions.save(tx, self.vault, there, self.clock())

    async def session(self, family: Family) -> Session:
        async with self.db.begin() as tx:
            return (await sessions.load(tx, self.vault, {family.talk: "en"}))[family.talk]

    async def words_of(self, person: int, group: int) -> dict[str, Json] | None:
        """What this approver was asked to give the reason for, in this group."""
        talk = Talk(Chat("telegram", str(group)), str(person))
        async with self.db.begin() as tx:
            session = (await sessions.load(tx, self.vault, {talk: "en"}))[talk]
        return dict(session.of("reason")) if session.forms == ("reason",) else None

    def hand(self, person: int, data: str, chat: int | None = None) -> dict[str, Any]:
        """A press as an update, with a number of its own."""
        number = next(self.updates)
        self.watch.pressed.add(f"q{number}")
        return press(number, person, data, 7, chat) | {"update_id": number}


def day_of(slot: Slot) -> str:
    return slot.start.astimezone(INDIA).date().isoformat()


def hour_of(slot: Slot) -> str:
    return slot.start.astimezone(INDIA).strftime("%H%M")


# ---------------------------------------------------------------- made once, copied often


async def _made(path: Path) -> None:
    db, vault = Database(f"sqlite+aiosqlite:///{path}"), Vault(SECRET)
    wanted = [row for row in jails.read_csv(JAILS) if row["code"] in GROUPS]
    await migrate(db)
    async with db.begin() as tx:
        await claim_key(tx, vault)
        await jails.import_rows(tx, wanted)
        for code, group in GROUPS.items():
            await jails.bind(tx, code, Chat("telegram", str(group)))
            await jails.set_timetable(tx, code, TIMETABLE)
            await tx.execute(insert(closures).values(jail=code, day=SHUT, why="A feast"))
        for person, code, role, name in STAFF:
            await jails.add_staff(tx, code, Chat("telegram", str(person)), role, name, MONDAY)
        enrolled = [effects.Asked(family.talk, (Enrol(family.visitor),)) for family in (*FAMILIES, *CROWD)]
        await effects.apply(tx, vault, enrolled, MONDAY)
        for statement in TRIGGERS:
            await tx.exec_driver_sql(statement)
    await db.close()


@cache
def _template() -> bytes:
    with tempfile.TemporaryDirectory() as folder, asyncio.Runner() as runner:
        path = Path(folder) / "town.db"
        runner.run(_made(path))
        return path.read_bytes()


@cache
def _renderer() -> Renderer:
    return Renderer(ROOT / "locales", INDIA)


def copied(folder: Path) -> Path:
    """The database file in a folder of its own. Not to be called from inside an event loop the first time."""
    path = folder / "town.db"
    path.write_bytes(_template())
    return path


@contextlib.asynccontextmanager
async def town(path: Path, clock: Clock | None = None, inline: bool = False) -> AsyncIterator[Town]:
    """On this copy. No power is cut here, so SQLite needn't wait for the disk. inline: nothing races here either, so a
    statement needn't go through a thread."""
    clock = clock or Clock()
    db = Database(f"sqlite+aiosqlite:///{path}?check_same_thread=false")
    hurry(db, inline)
    reader = sqlite3.connect(f"file:{path}?mode=ro", uri=True)
    try:
        house = House(INDIA, ("en",), (Chat("telegram", "900"),))
        deciders = {code: frozenset(f"telegram:{person}" for person in there) for code, there in DECIDERS.items()}
        watch = Watch(clock, ADDRESSES, GROUPS, deciders, frozenset({SHUT}), frozenset({10, 15}))
        watch.listen(db)
        yield Town(db, clock, house, _renderer(), watch=watch, reader=reader)
    finally:
        reader.close()
        await db.close()
