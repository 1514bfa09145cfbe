"""The desk: what waits, the oldest arrival of each talk, stepped and committed as one batch.

A turn whose effects the database refuses (a seat, a code, a move), or that failed, leaves the batch and is stepped
alone.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from datetime import datetime
from typing import Any

import structlog

from dialogue.effects import Effect, Note, Send, Turn, Wants
from dialogue.fast_json import loads
from dialogue.model import Arrival, Event, Message, Need, Refused, Talk
from dialogue.session import Session
from dialogue.talk import step
from dialogue.words import Text, _
from storage import effects, inbox, sessions
from storage.booking import TAKEN
from storage.database import Conflict, Tx, attempt
from storage.facts import read
from storage.ground import ROUNDS, Ground
from storage.inbox import Raw, Waiting
from storage.lost import Lost
from storage.vault import WrongKey

log = structlog.get_logger("mulakat.desk")

BATCH = 100  # talks in one transaction
TRIES = 3  # then an arrival is parked

Seen = Callable[[Waiting, Sequence[Effect]], None]
Read = Callable[[Mapping[str, Any], datetime], Arrival | None]
Known = dict[Need[Any], Any]
Done = dict[int, Sequence[Effect]]  # arrivals handled in a batch, with the effects that had a condition
Along = Callable[[], AbstractAsyncContextManager[Callable[[Tx], Awaitable[object]]]]

SORRY = _("Sorry, something went wrong on our side. Nothing is lost: please try again, or press /help.")


def trouble(update: int) -> Text:
    return _("Update {number} could not be handled and was put aside. The log says where.", number=str(update))


class Desk:
    """One loop. `readers` decode a channel's raw update; `posted` wakes the postman after a commit, unless the postman
    comes `along` in the batch's transaction; `seen` is told of each arrival handled, and of its effects where they had
    a condition."""

    def __init__(
        self,
        ground: Ground,
        readers: Mapping[str, Read],
        posted: Callable[[], None],
        seen: Seen = lambda *_: None,
        along: Along | None = None,
    ) -> None:
        self.ground = ground
        self.db = ground.db
        self.vault = ground.vault
        self.house = ground.house
        self.clock = ground.clock
        self.readers = readers
        self.posted = posted
        self.seen = seen
        self.along = along or self._called
        self.bell = asyncio.Event()

    async def run(self, stop: asyncio.Event) -> None:
        """Until `stop`. The bell is rung by the doors, after their commit: nothing waits that was not rung for."""
        while not stop.is_set():
            self.bell.clear()
            if not await self.round():
                await self.bell.wait()

    async def take(self, raws: Sequence[Raw]) -> None:
        """From a door: on disk when this returns, and handled by the same commit where nothing goes wrong. A commit
        waits for the disk some milliseconds, longer than all the rest takes."""
        if await self.round(raws) != len(raws):
            self.bell.set()

    async def round(self, raws: Sequence[Raw] = ()) -> int:
        """Handle one batch, with what has just come; how many arrivals it held."""
        waiting: list[Waiting] = []
        done: Done = {}  # none of them, when the batch fails
        try:
            async with self.along() as part, self.db.begin() as tx:
                await inbox.announce(tx, self.vault, raws, self.clock())
                waiting = await inbox.oldest(tx, self.vault, BATCH, raws)
                if waiting:
                    done = await self._batch(tx, waiting)
                handled = {(one.channel, one.update_id) for one in waiting if one.id in done}
                await inbox.keep(tx, self.vault, [r for r in raws if (r.channel, r.update_id) not in handled])
                if done:
                    await part(tx)
        except Lost:  # nobody's fault who waits
            raise
        except Exception:
            if not waiting:
                raise
            log.error("batch failed", arrivals=len(waiting), exc_info=True)
            if raws:  # gone with the batch: first of all they are kept, and then they wait like all others
                async with self.db.begin() as tx:
                    await inbox.put(tx, self.vault, raws, self.clock())
                return 0
        for one in waiting:
            if one.id in done:
                self.seen(one, done[one.id])
        for one in waiting:
            if one.id not in done:
                await self._alone(one)
                self.posted()
        return len(waiting)

    @asynccontextmanager
    async def _called(self) -> AsyncIterator[Callable[[Tx], Awaitable[object]]]:
        """Where nobody comes along, whoever is to go on is called when the transaction is committed."""
        wanted = False

        async def part(_tx: Tx) -> None:
            nonlocal wanted
            wanted = True

        yield part
        if wanted:
            self.posted()

    # ---------------------------------------------------------------- together

    async def _batch(self, tx: Tx, waiting: Sequence[Waiting]) -> Done:
        """Step all of them, and write what can go in sets; what is not in the answer is to be stepped alone."""
        now = self.clock()
        read_, unreadable = self._decoded(waiting)
        await inbox.handled(tx, [one.id for one in unreadable], now, "unreadable")
        kept = await sessions.load(tx, self.vault, {arrival.talk: self._locale(arrival) for _one, arrival in read_})
        turns = await self._turns(tx, read_, kept, now)
        done: Done = {one.id: () for one in unreadable}
        # Not where others write at the same time, unless it is all of the batch: they would wait for the rest, or it
        # for them.
        may_ask = self.db.sqlite or len(waiting) == 1
        together, apart = [], []
        for one, turn in turns:
            early, rest = effects.parted(turn.effects)
            if effects.stands_alone(rest):
                apart.append((one, turn))
            elif not early or (may_ask and await self._granted(tx, turn, early, now)):
                together.append((one, Turn(turn.session, tuple(rest))))
                done[one.id] = turn.effects if early else ()
        await self._write(tx, together, kept, now)
        for one, turn in apart if may_ask else ():
            try:
                async with attempt(tx):
                    await self._write(tx, [(one, turn)], kept, now)
            except Conflict:
                continue
            done[one.id] = turn.effects
        return done

    async def _granted(self, tx: Tx, turn: Turn, conditions: Sequence[Effect], now: datetime) -> bool:
        """What the database may refuse, within the batch; where it does, the turn is stepped again alone."""
        try:
            async with attempt(tx):
                await effects.apply(tx, self.vault, [effects.Asked(turn.session.talk, conditions)], now)
        except Conflict:
            return False
        return True

    async def _write(
        self, tx: Tx, turns: Sequence[tuple[Waiting, Turn]], kept: Mapping[Talk, Session], now: datetime
    ) -> None:
        changed = [turn.session for _one, turn in turns if turn.session != kept[turn.session.talk]]
        await sessions.save(tx, self.vault, changed, now)
        asked = [effects.Asked(turn.session.talk, turn.effects, turn.session.locale) for _one, turn in turns]
        await effects.apply(tx, self.vault, asked, now)
        await inbox.handled(tx, [one.id for one, _turn in turns], now)

    def _decoded(self, waiting: Sequence[Waiting]) -> tuple[list[tuple[Waiting, Arrival]], list[Waiting]]:
        """(what was read, what is nobody's)"""
        read_, unreadable = [], []
        for one in waiting:
            try:
                arrival = self._read(one)
            except Exception:  # told by `_failed`, when it goes wrong alone too
                continue
            if arrival is None:
                unreadable.append(one)
            else:
                read_.append((one, arrival))
        return read_, unreadable

    def _read(self, one: Waiting) -> Arrival | None:
        if one.arrival:
            return one.arrival
        if one.body is None:
            raise WrongKey("a sealed arrival doesn't open with this secret")
        return self.readers[one.channel](loads(one.body), one.at)

    async def _turns(
        self, tx: Tx, arrivals: Sequence[tuple[Waiting, Arrival]], kept: Mapping[Talk, Session], now: datetime
    ) -> list[tuple[Waiting, Turn]]:
        """Step every arrival; the facts that steps want are read for all of them at once, and they step again."""
        reading = self.ground.reading(tx, now)
        turns: list[tuple[Waiting, Turn]] = []
        open_: list[tuple[Waiting, Arrival, Known]] = [(one, arrival, {}) for one, arrival in arrivals]
        while open_:
            wants: list[tuple[Waiting, Arrival, Known, Wants]] = []
            for one, arrival, known in open_:
                try:
                    result = step(kept[arrival.talk], arrival.event, self.ground.facts(now, known))
                except Exception:
                    log.error("step failed", update=one.update_id, exc_info=True)
                    continue
                if isinstance(result, Turn):
                    turns.append((one, result))
                elif len(known) < ROUNDS:
                    wants.append((one, arrival, known, result))
            found = await read(reading, [need for *_rest, want in wants for need in want.needs])
            open_ = [
                (one, arrival, {**known, **{need: found[need] for need in want.needs}})
                for one, arrival, known, want in wants
            ]
        return turns

    def _locale(self, arrival: Arrival) -> str:
        """A new talk begins in the language of the sender's app, where it is one of ours."""
        return arrival.locale if arrival.talk.private and arrival.locale in self.house.locales else "en"

    # ---------------------------------------------------------------- alone

    async def _alone(self, one: Waiting) -> None:
        """One arrival in a transaction of its own; a lost race is handed back to the talk, once. A reference that was
        there already is nothing to tell: the second step draws another one."""
        try:
            try:
                await self._handle(one, refused="")
            except Conflict as conflict:
                await self._handle(one, refused="" if conflict.reason == TAKEN else conflict.reason)
        except Lost:
            raise
        except Exception:
            await self._failed(one)

    async def _handle(self, one: Waiting, refused: str) -> None:
        now = self.clock()
        arrival = self._read(one)
        async with self.db.begin() as tx:
            if not await inbox.waits(tx, one):
                return
            if arrival is None:
                await inbox.handled(tx, [one.id], now, "unreadable")
                return
            kept = await sessions.load(tx, self.vault, {arrival.talk: self._locale(arrival)})
            session = kept[arrival.talk]
            event: Event | Refused = Refused(arrival.event, refused) if refused else arrival.event
            turn = await self.ground.done(tx, now, lambda facts: step(session, event, facts))
            await self._write(tx, [(one, turn)], kept, now)
        self.seen(one, turn.effects)

    async def _failed(self, one: Waiting) -> None:
        """A bug rolls back. After three tries, or when it can't be opened, the arrival is parked: an apology to the
        visitor, operators are told."""
        log.error("arrival failed", update=one.update_id, tries=one.tries + 1, exc_info=True)
        now = self.clock()
        async with self.db.begin() as tx:
            await inbox.failed(tx, one.id)
            if (one.body is not None or one.arrival) and one.tries + 1 < TRIES:
                return
            await inbox.handled(tx, [one.id], now, "parked")
            talk = Talk.of(one.talk)
            told = [Send(admin, Message((trouble(one.update_id),))) for admin in self.house.admins]
            if talk.private:
                told.append(Send(talk.chat, Message((SORRY,))))
            note = Note("parked", {"update": one.update_id})
            await effects.apply(tx, self.vault, [effects.Asked(talk, (*told, note))], now)
        self.posted()
