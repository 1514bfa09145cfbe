"""Deadlines kept: holds that lapsed, requests that nobody answered, decisions that reached nobody, cards after a start.

Which visits are due is asked of the database; what happens to them is for `dialogue/deadlines.py` to say. Each has a
transaction of its own: a lost race (somebody pressed at that very moment) leaves it to them.
"""

from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime, timedelta
from functools import partial
from typing import Any

import structlog
from sqlalchemy import ColumnElement, Select, false, func, select
from sqlalchemy.engine import Row

from dialogue import deadlines, desk_talk
from dialogue.effects import Effect
from dialogue.model import Chat, Facts, Talk
from dialogue.needs import Request
from storage import effects as kept
from storage.database import Conflict, Tx
from storage.ground import Ground
from storage.lost import Lost
from storage.people import requests_named
from storage.tables import addresses, jails, outbox, visits
from visits.visit import Status

log = structlog.get_logger("mulakat.deadlines")

AHEAD = timedelta(days=2)  # the answer is due on the day before the visit: no other can be due
SETTLED = ("dead", "unsure", "lapsed", "withdrawn")
LOOK_BACK = timedelta(hours=6)  # for decisions that reached nobody


def _unreached(version: int, request: Request, _facts: Facts) -> tuple[Effect, ...]:
    return deadlines.unreached(request, version)


def _failing(letter: Row[Any]) -> bool:
    """It waits after a try that came to nothing, or since its address rests. After a stop of ours it is tried first."""
    return letter.status == "waiting" and (letter.attempts > 0 or bool(letter.resting))


def _live(status: Status, due: ColumnElement[bool]) -> Select[Any]:
    """That it's live stands in the statement: the index holds no others."""
    return select(visits.c.ref, visits.c.start, visits.c.minutes).where(
        visits.c.live.is_(True), visits.c.status == status.value, due
    )


class Deadlines:
    """Run by the metronome; `start` once, when a process begins. `posted` wakes the postman."""

    def __init__(self, ground: Ground, posted: Callable[[], None]) -> None:
        self.ground = ground
        self.db = ground.db
        self.vault = ground.vault
        self.house = ground.house
        self.clock = ground.clock
        self.posted = posted

    async def run(self) -> None:
        for ref in await self._refs(self._lapsed):
            await self._visit(ref, Status.DRAFT, lambda request, _facts: deadlines.lapse(request))
        for ref in await self._refs(self._due):
            await self._visit(ref, Status.PENDING, self._expired)
        for ref in await self._refs(self._over):
            await self._visit(ref, Status.APPROVED, lambda request, _facts: deadlines.close(request))
        for lost in await self._refs(self._unreached):
            ref, _sep, version = lost.partition(":")
            await self._visit(ref, None, partial(_unreached, int(version)))

    async def start(self) -> None:
        """Cards that wait are before the approvers again within moments of a start."""
        async with self.db.begin() as tx:
            there = select(jails.c.code, jails.c.chat).where(jails.c.chat.is_not(None)).order_by(jails.c.code)
            bound = await tx.execute(there)
        decided_in: dict[Chat, list[str]] = {}
        for row in bound:
            decided_in.setdefault(Chat.of(row.chat), []).append(row.code)
        for chat, codes in decided_in.items():
            await self._do("post cards again", ", ".join(codes), partial(self._reposted, chat, tuple(codes)))

    # ------------------------------------------------------------ which

    async def _refs(self, which: Callable[[Tx, datetime], Any]) -> Sequence[str]:
        async with self.db.begin() as tx:
            found: Sequence[str] = await which(tx, self.clock())
            return found

    async def _lapsed(self, tx: Tx, now: datetime) -> Sequence[str]:
        over = _live(Status.DRAFT, visits.c.hold_until <= now)
        return [row.ref for row in await tx.execute(over.limit(500))]

    async def _due(self, tx: Tx, now: datetime) -> Sequence[str]:
        soon = _live(Status.PENDING, visits.c.start <= now + AHEAD)
        return [row.ref for row in await tx.execute(soon.order_by(visits.c.start).limit(500))]

    async def _over(self, tx: Tx, now: datetime) -> Sequence[str]:
        past = _live(Status.APPROVED, visits.c.start <= now - deadlines.OVER)
        rows = await tx.execute(past.limit(500))
        return [r.ref for r in rows if r.start + timedelta(minutes=r.minutes) + deadlines.OVER <= now]

    async def _unreached(self, tx: Tx, now: datetime) -> Sequence[str]:
        """Decisions whose letters have all failed, or none of which has left in a quarter of an hour."""
        recent = outbox.c.key.startswith("decision:") & (outbox.c.created > now - LOOK_BACK)
        resting = func.coalesce(addresses.c.not_before > now, false()).label("resting")
        wanted = select(outbox.c.key, outbox.c.status, outbox.c.created, outbox.c.attempts, resting)
        rows = await tx.execute(wanted.join(addresses, addresses.c.hash == outbox.c.address).where(recent))
        letters: dict[str, list[Row[Any]]] = {}
        for row in rows:
            _word, ref, version, way = row.key.split(":", 3)
            if not way.startswith("card"):
                letters.setdefault(f"{ref}:{version}", []).append(row)
        late = now - deadlines.UNREACHED - self.house.undo
        lost = [
            decision
            for decision, there in letters.items()
            if not any(letter.status == "sent" for letter in there)
            and any(letter.status != "withdrawn" for letter in there)
            and all(
                letter.status in SETTLED or (min(one.created for one in there) < late and _failing(letter))
                for letter in there
            )
        ]
        known = await tx.execute(select(outbox.c.key).where(outbox.c.key.in_([f"unreached:{one}" for one in lost])))
        told = {row.key.removeprefix("unreached:") for row in known}
        return [one for one in lost if one not in told]

    # ------------------------------------------------------------ what

    def _expired(self, request: Request, facts: Facts) -> tuple[Effect, ...]:
        if deadlines.due(request, self.house) > facts.now:
            return ()
        return deadlines.expire(request, facts)

    async def _visit(
        self, ref: str, status: Status | None, deed: Callable[[Request, Facts], tuple[Effect, ...]]
    ) -> None:
        async def kept_in(tx: Tx) -> None:
            request = (await requests_named(tx, self.vault, [ref]))[ref]
            if request and (status is None or request.visit.status is status):
                done = await self.ground.done(tx, self.clock(), lambda facts: deed(request, facts))
                await self._apply(tx, request.visitor.chat, done)

        await self._do("keep a deadline", ref, kept_in)

    async def _reposted(self, chat: Chat, codes: tuple[str, ...], tx: Tx) -> None:
        done = await self.ground.done(tx, self.clock(), lambda facts: desk_talk.reposted(chat, codes, facts))
        await self._apply(tx, chat, done)

    async def _do(self, what: str, of: str, deed: Callable[[Tx], Awaitable[None]]) -> None:
        """In a transaction of its own. One's trouble, tried again at the next beat, is no other's; a lost database is
        everybody's."""
        try:
            async with self.db.begin() as tx:
                await deed(tx)
        except Conflict as conflict:
            log.info("left to whoever was faster", reason=conflict.reason)
        except Lost:
            raise
        except Exception:
            log.error("could not be done", what=what, of=of, exc_info=True)
        self.posted()

    async def _apply(self, tx: Tx, chat: Chat, done: tuple[Effect, ...]) -> None:
        if done:
            await kept.apply(tx, self.vault, [kept.Asked(Talk(chat, chat.id), done)], self.clock())
