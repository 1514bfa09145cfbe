"""What happened, as it was committed: every move of a visit, and every delivery that began or arrived.

Triggers write each move down; at every commit they are read, and the laws of a move and of the seats are checked there
and then. What is broken is kept in `wrong`, to be asserted outside, where nothing catches it.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any

from sqlalchemy import Connection, event

from channels.base import Errand
from dialogue.model import Chat
from dialogue.names import STATUSES
from storage.database import Database
from tests.support.stage import Clock, Heard
from visits.calendar import gazetted_holidays
from visits.policy import INDIA, Rules, decision_due
from visits.visit import LIVE, MOVES, UNDO, Status

RULES = Rules()
_COLUMNS = "ref, was, status, version_was, version, reason, decided_by, start, jail, visitor, hold_until"
_NEW = "NEW.reason, NEW.decided_by, NEW.start, NEW.jail, NEW.visitor, NEW.hold_until"
_LIVING = ", ".join(f"'{status}'" for status in sorted(LIVE))
TRIGGERS = (
    f"CREATE TABLE proof_moves (id INTEGER PRIMARY KEY, {_COLUMNS})",
    f"CREATE TRIGGER proof_asked AFTER INSERT ON visits BEGIN INSERT INTO proof_moves ({_COLUMNS}) "
    f"VALUES (NEW.ref, '', NEW.status, 0, NEW.version, {_NEW}); END",
    "CREATE TRIGGER proof_moved AFTER UPDATE ON visits WHEN OLD.status <> NEW.status OR OLD.version <> NEW.version "
    f"BEGIN INSERT INTO proof_moves ({_COLUMNS}) "
    f"VALUES (NEW.ref, OLD.status, NEW.status, OLD.version, NEW.version, {_NEW}); END",
)
# Each names rows that must not be there, at any commit.
SEATS = {
    "B1, B2": "SELECT jail, start, taken, capacity FROM slots s WHERE taken > capacity OR taken <> (SELECT count(*) "
    f"FROM visits v WHERE v.jail = s.jail AND v.kind = s.kind AND v.start = s.start AND v.status IN ({_LIVING}))",
    "live is not what the status says": f"SELECT ref FROM visits WHERE live <> (status IN ({_LIVING}))",
    "B6 by phone": f"SELECT mobile_key FROM visits WHERE status IN ({_LIVING}) "
    "GROUP BY mobile_key, prisoner_key HAVING count(*) > 1",
    "B6 by registration": f"SELECT visitor FROM visits WHERE status IN ({_LIVING}) "
    "GROUP BY visitor, prisoner_key HAVING count(*) > 1",
}


@dataclass(frozen=True, slots=True)
class Moved:
    """One move as it was committed. was: "" as it was asked. at: the machine's time."""

    ref: str
    was: str
    to: Status
    version_was: int
    version: int
    reason: str | None
    decided_by: str | None
    start: datetime
    jail: str
    visitor: str
    hold_until: datetime | None
    at: datetime


@dataclass(slots=True)
class Tried:
    """One delivery. moves: how many were committed when it began. outcome "killed": none was ever known."""

    row: int
    until: datetime | None
    to: Chat
    errand: Errand
    began: datetime
    moves: int
    outcome: str = ""
    ids: list[str] = field(default_factory=list)
    text: str = ""


@dataclass(frozen=True, slots=True)
class Line:
    """A row of the outbox."""

    id: int
    address: str
    due: datetime
    until: datetime | None
    key: str | None
    status: str
    attempts: int
    provider_id: str | None
    created: datetime
    settled: datetime | None


@dataclass(slots=True)
class Watch:
    """families: (chat, mailbox, mobile) by registration number. groups: by jail. deciders: by jail, Chats as text."""

    clock: Clock
    families: Mapping[str, tuple[int, str, str]]
    groups: Mapping[str, int]
    deciders: Mapping[str, frozenset[str]]
    shut: frozenset[date]
    hours: frozenset[int]
    slack: timedelta = timedelta(0)  # by which the clock goes on between a step and its commit
    moves: list[Moved] = field(default_factory=list)
    of: dict[str, list[Moved]] = field(default_factory=dict)
    tries: list[Tried] = field(default_factory=list)
    rows: dict[int, Line] = field(default_factory=dict)
    pressed: set[str] = field(default_factory=set)
    wrong: list[str] = field(default_factory=list)

    def listen(self, db: Database) -> None:
        event.listen(db.engine.sync_engine, "commit", self._committed)

    def _committed(self, connection: Connection) -> None:
        found = connection.exec_driver_sql(
            f"SELECT {_COLUMNS} FROM proof_moves WHERE id > ? ORDER BY id", (len(self.moves),)
        ).all()
        if not found:
            return
        for ref, was, to, version_was, version, reason, by, start, jail, visitor, hold in found:
            moved = Moved(
                ref, was, Status(to), version_was, version, reason, by, moment(start), jail, visitor,
                moment(hold) if hold else None, self.clock.now,
            )  # fmt: skip
            self._lawful(moved)
            self.moves.append(moved)
            self.of.setdefault(ref, []).append(moved)
        for law, query in SEATS.items():
            rows = connection.exec_driver_sql(query).all()
            if rows:
                self.wrong.append(f"{law}: {rows} after {[(m.ref, m.was, m.to) for m in self.moves[-len(found) :]]}")

    # ------------------------------------------------------------ one move

    def _lawful(self, m: Moved) -> None:
        broken = self._begun_well(m) if not m.was else self._moved_well(m)
        if broken:
            self.wrong.append(f"{broken}: {m}")

    def _begun_well(self, m: Moved) -> str | None:
        day = m.start.astimezone(INDIA)
        if m.to not in (Status.DRAFT, Status.PENDING) or m.version != 1:
            return "B5 a visit begins as a draft or a request"
        if not m.at + RULES.notice <= m.start <= m.at + RULES.horizon:
            return "B8 outside the window"
        if day.weekday() == 6 or day.date() in self.shut or day.date() in gazetted_holidays("IN-DL", (day.year,)):
            return "B8 on a day that is shut"
        if day.hour not in self.hours or day.minute:
            return "B8 not in the timetable"
        if m.to is Status.DRAFT and (m.hold_until is None or m.hold_until > m.at + timedelta(minutes=15)):
            return "B7 held for longer than 15 minutes"
        return None

    def _moved_well(self, m: Moved) -> str | None:
        was = Status(m.was)
        if m.to not in MOVES[was] or m.version != m.version_was + 1 or self.state(m.ref) != (was, m.version_was):
            return "B5 not along MOVES"
        match was, m.to:
            case Status.DRAFT, Status.PENDING if m.start < m.at + RULES.notice:
                return "B8 asked too late"
            case Status.DRAFT, Status.EXPIRED if m.hold_until is None or m.at < m.hold_until:
                return "B7 a hold ended before its time"
            case Status.PENDING, Status.EXPIRED if m.at < decision_due(m.start, INDIA, RULES.decision_hour):
                return "B9 expired before its time"
            case _, Status.APPROVED if m.start <= m.at:
                return "B8 a visit in the past was approved"
            case _, Status.APPROVED | Status.REJECTED if m.decided_by not in self.deciders[m.jail]:
                return "A1 decided by somebody who may not"
            case _, Status.APPROVED | Status.REJECTED if (m.reason is None) == (m.to is Status.REJECTED):
                return "B4 a rejection has a reason, an approval none"
            case Status.APPROVED | Status.REJECTED, Status.PENDING if m.at >= self.of[m.ref][-1].at + UNDO + self.slack:
                return "a decision was undone too late"
        return None

    def state(self, ref: str, moves: int | None = None) -> tuple[Status | None, int]:
        """(status, version) now, or after so many moves of all."""
        there = self.of.get(ref, []) if moves is None else [m for m in self.moves[:moves] if m.ref == ref]
        return (there[-1].to, there[-1].version) if there else (None, 0)

    def undone(self) -> set[tuple[str, int]]:
        """The decisions (ref, version) that were taken back."""
        return {(m.ref, m.version_was) for m in self.moves if m.was in (Status.APPROVED, Status.REJECTED)
                and m.to is Status.PENDING}  # fmt: skip

    # ------------------------------------------------------------ deliveries

    def unsettled(self, rows: set[int]) -> None:
        """The process ended before it wrote down that these had arrived: nobody knows of it."""
        newest = {tried.row: tried for tried in self.tries if tried.row in rows}
        for tried in newest.values():
            tried.outcome = "killed"

    def begun(self, row: int, until: datetime | None, to: Chat, errand: Errand) -> Tried:
        tried = Tried(row, until, to, errand, self.clock.now, len(self.moves))
        self.tries.append(tried)
        return tried

    def arrived(self, tried: Tried, number: str, heard: Heard) -> None:
        tried.ids.append(number)
        tried.text = heard.rendered.plain if heard.rendered else heard.text
        named = [ref for ref in self.of if ref in tried.text]
        for ref in named:
            about = [part for part in tried.text.split("\n\n") if ref in part] if len(named) > 1 else [tried.text]
            self._said_of(tried, self.of[ref][-1], "\n".join(about))

    def _said_of(self, tried: Tried, last: Moved, about: str) -> None:
        """A2: nobody hears of another's visit; and a decision is not shown before it is told."""
        chat, mailbox, mobile = self.families[last.visitor]
        if tried.to.id not in (str(chat), mailbox, mobile, str(self.groups[last.jail])):
            self.wrong.append(f"A2 {tried.to} hears of {last.ref}: {tried.text}")
        fresh = last.to in (Status.APPROVED, Status.REJECTED) and self.clock.now < last.at + UNDO
        if fresh and tried.to.id == str(chat) and STATUSES[last.to].msgid in about:
            self.wrong.append(f"a decision that can still be undone is shown to the family: {tried.text}")


def moment(text: Any) -> datetime:
    """A time as SQLite keeps it."""
    return datetime.fromisoformat(str(text)).replace(tzinfo=UTC)
