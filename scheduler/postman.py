"""The postman: takes what is due from the outbox, one message after the other to an address, and settles what came of
it."""

import asyncio
import itertools
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial

import structlog
from msgspec.structs import replace

from channels.base import Change, Channel, Later, Never, Say
from dialogue.model import Chat, Priority
from scheduler.chain import Chain, lanes
from scheduler.consequences import Consequences
from scheduler.hands import HANDS, Hands, telegrams
from scheduler.leaving import leaving
from scheduler.rate import Rate
from scheduler.share import Share
from storage import claims, errands, outbox
from storage.claims import Due, Lease, Room
from storage.database import Database, Tx
from storage.outbox import TRIES, Outcome
from storage.vault import Vault

log = structlog.get_logger("mulakat.postman")

Part = Callable[[Tx], Awaitable[Sequence[Due]]]

TOGETHER = 0.02  # seconds that a settled message waits for others
SLOWEST = timedelta(minutes=30)  # between two tries of one message


@dataclass(slots=True)
class _Round:
    """What one transaction settles and claims. `lost`: what was claimed before, but a lost database didn't say so."""

    at: datetime
    back: list[Outcome] = field(default_factory=list)
    lost: list[Due] = field(default_factory=list)
    claimed: list[Due] = field(default_factory=list)


class Postman:
    """`channels` by name; `rate` is Telegram's. The bell is rung by the desk, the metronome and each return."""

    def __init__(
        self,
        db: Database,
        vault: Vault,
        channels: Mapping[str, Channel],
        rate: Rate,
        clock: Callable[[], datetime],
        admins: Sequence[Chat] = (),
        seen: Callable[[Due, Outcome], None] = lambda *_: None,
        share: Share | None = None,
        holder: str = "this",
    ) -> None:
        self.db = db
        self.vault = vault
        self.channels = channels
        self.rate = rate
        numbers = {**HANDS, "telegram": telegrams(rate.per_second)}
        self.hands = {name: Hands(number) for name, number in numbers.items()}
        if strange := set(channels) - set(HANDS):
            raise ValueError(f"nobody would carry {', '.join(sorted(strange))}: say how many hands it has (HANDS)")
        self.clock = clock
        self.consequences = Consequences(vault, admins)
        self.seen = seen  # told of each try
        self.share = share  # None: there can be no other process
        self.bell = asyncio.Event()
        rate.short = self.ring
        self._out: set[asyncio.Task[None]] = set()
        self._leases = (f"{holder}:{number}" for number in itertools.count())  # a name for each claim
        self._sending: dict[int, Lease] = {}  # rows on their way, or back and not settled
        self._back: list[Outcome] = []
        self._lost: list[Due] = []
        self._soon: asyncio.TimerHandle | None = None

    async def run(self, stop: asyncio.Event) -> None:
        """Until `stop`; then `drain`."""
        if self.share:
            await self.share.run()
        await self.recover(void_leases=self.share is None)
        while not stop.is_set():
            self.bell.clear()
            await self.round()
            await self.bell.wait()

    async def recover(self, void_leases: bool = False) -> None:
        """What a process left on its way when it ended; asked at the start, and again and again where others may
        end."""
        claimed = {due.id for due in self._lost}
        async with self.db.begin() as tx:
            leases = {lease.name for lease in self._sending.values()}
            await outbox.recover(tx, self.clock(), void_leases, self._sending.keys() | claimed, leases)
        self.bell.set()

    async def renew(self) -> None:
        """Where there are others: this one lives, and what it has on its way is its own."""
        if self.share:
            await self.share.run()
            if self._sending:
                async with self.db.begin() as tx:
                    await claims.renew(tx, set(self._sending.values()), self.clock())

    async def round(self) -> bool:
        """A transaction of its own; whether anything was claimed. The disk is waited for only where it matters: a power
        cut that takes a claim or an outcome leaves them unknown, and what is said again then is said again anyway; a
        reminder never is."""
        async with self.along() as part:
            async with self.db.begin(synced=False) as tx:
                claimed = await part(tx)
            if any(due.priority > Priority.REPLY for due in claimed):
                await self.db.sync()
        return bool(claimed)

    @asynccontextmanager
    async def along(self) -> AsyncIterator[Part]:
        """A round as a part of a transaction that begins and ends in here: settle what came back and claim what is due,
        which leaves when that is committed. Not for two transactions at a time."""
        this = _Round(self.clock())
        try:
            yield partial(self._part, this)
        except BaseException:
            self._back = this.back + self._back
            self._lost += [*this.lost, *this.claimed]
            self._forget(this.claimed)
            for first, *_rest in claims.chains(this.claimed):
                self.hands[first.channel].free(first.priority)
            raise
        self._forget(this.back)
        self._wait_for_paces(this.back, this.at)
        for chain in claims.chains(this.claimed):
            task = asyncio.create_task(self._carry(chain))
            self._out.add(task)
            task.add_done_callback(self._out.discard)

    def _forget(self, rows: Sequence[Due | Outcome]) -> None:
        for one in rows:
            self._sending.pop(one.id, None)

    async def _part(self, this: "_Round", tx: Tx) -> Sequence[Due]:
        this.back, self._back = self._back, []
        this.lost, self._lost = self._lost, []
        this.at = self.clock()
        await self._settle(tx, this.lost, this.back, this.at)
        await self.consequences(tx, this.back, this.at)
        this.claimed = await claims.claim(tx, self.vault, this.at, self._rooms(), next(self._leases))
        for first, *_rest in claims.chains(this.claimed):
            self.hands[first.channel].take(first.priority)
        self._sending |= {due.id: Lease(due.address, due.lease) for due in this.claimed}
        this.claimed = [await self._addressed(tx, due) for due in this.claimed]
        return this.claimed

    async def _settle(self, tx: Tx, lost: Sequence[Due], back: Sequence[Outcome], now: datetime) -> None:
        await claims.put_back(tx, lost)
        await outbox.settle(tx, back, now)

    def ring(self) -> None:
        self.bell.set()

    def _rooms(self) -> dict[str, Room]:
        rooms = {name: hands.room() for name, hands in self.hands.items()}
        rooms["telegram"] = Room(0, 0) if self.rate.closed else self.hands["telegram"].room(self.rate.line)
        return rooms

    def _wait_for_paces(self, back: Sequence[Outcome], now: datetime) -> None:
        """A chat that has had its burst goes on when its pace lets it: the metronome's beat would be late for it."""
        for one in back:
            if one.paced and one.paced > now:
                asyncio.get_running_loop().call_later((one.paced - now).total_seconds(), self.ring)

    async def drain(self, seconds: float) -> None:
        """Claim no more; let what is on its way arrive, and settle it."""
        if self._out:
            await asyncio.wait(self._out, timeout=seconds)
        back, self._back = self._back, []
        if back or self._lost:
            async with self.db.begin() as tx:
                await self._settle(tx, self._lost, back, self.clock())

    @property
    def idle(self) -> bool:
        return not self._out and not self._back

    async def arrived(self) -> None:
        """Wait until all that is on its way has come to something."""
        if self._out:
            await asyncio.wait(self._out)

    async def _addressed(self, tx: Tx, due: Due) -> Due:
        """An edit names the row it changes by its key: put in the id under which that was sent."""
        if not due.body.key:
            return due
        return replace(due, body=replace(due.body, id=await outbox.sent_as(tx, due.body.key) or ""))

    async def _carry(self, chain: Sequence[Due]) -> None:
        """What was claimed of one address, in order; only for the answer to a press nothing waits."""
        this = Chain(len(chain))
        first, last = chain[0], chain[-1]
        try:
            lane, *other = lanes(chain)
            beside = [asyncio.create_task(self._carry_on(one, this)) for one in other]
            await self._carry_on(lane, this)
            for task in beside:
                await task
        finally:
            self.hands[first.channel].free(first.priority)
        self._ring(now=last.followed)

    async def _carry_on(self, lane: Sequence[Due], this: Chain) -> None:
        """One after the other. A rest that is asked for sends back those behind."""
        turned: Outcome | None = None
        sent: dict[str | None, str] = {}  # the ids of those that left before, by their keys
        for due in lane:
            if turned:
                outcome = replace(turned, id=due.id, attempt=due.attempts, due=due.due)
            else:
                if due.body.key and not due.body.id:
                    due = replace(due, body=replace(due.body, id=sent.get(due.body.key, "")))
                outcome = await self._tried(due)
                self.seen(due, outcome)
                turned = outcome if outcome.rest else None
                sent[due.key] = outcome.provider_id
            this.count(outcome)
            self._back.append(outcome)

    def _ring(self, now: bool) -> None:
        """Whom nobody waits behind is settled a moment later, with others that return meanwhile."""
        if now:
            self.bell.set()
        elif self._soon is None:
            self._soon = asyncio.get_running_loop().call_later(TOGETHER, self._rung)

    def _rung(self) -> None:
        self._soon = None
        if self._back:  # not settled along with something else meanwhile
            self.bell.set()

    async def _tried(self, due: Due) -> Outcome:
        """One try, and what it came to. Nothing escapes: this is one of the two doors that catch everything."""
        now = self.clock()
        here = Outcome(due.id, due.address, due.attempts, due.lease, "sent", to=due.body.to, said=due.body.do == "say")
        if due.until and now >= due.until:
            here.status = "lapsed"
            return here
        try:
            errand = leaving(due.body, self.vault, now)
            channel = self.channels.get(due.body.to.channel)
            if errand is None:
                here.status, here.error = "lapsed", "nothing to do it to"
            elif channel is None:
                here.status, here.error = "dead", f"no {due.body.to.channel} is set up"
            else:
                if channel.name == "telegram" and isinstance(errand, Say | Change):
                    await self.rate.take(due.priority)
                    if errands.counts(due.body):
                        here.paced = self.rate.paced(due.body.to.id, due.paced, self.clock())
                here.provider_id = await channel.deliver(due.body.to, errand, due.locale)
        except Later as later:
            self._later(here, due, later)
        except Never as never:
            log.warning("not delivered", row=due.id, why=never.why)
            here.status, here.error = "dead", never.why
            if never.moved_to not in (None, due.body.to.id) and due.attempts < TRIES:
                here.status, here.due = "waiting", now
                here.moved_to = Chat(due.body.to.channel, str(never.moved_to))
        except Exception as error:
            log.error("delivery failed", row=due.id, exc_info=True)
            here.status, here.error = "dead", type(error).__name__
        return here

    def _later(self, here: Outcome, due: Due, later: Later) -> None:
        """Again later, unless it may have arrived and isn't worth saying twice, or was tried often enough."""
        log.info("delivery waits", row=due.id, why=later.why, unsure=later.unsure, tries=due.attempts)
        here.error = later.why
        now = self.clock()
        if later.flood:
            here.status, here.due = "waiting", due.due
            here.rest = now + timedelta(seconds=later.seconds)
        elif later.unsure and (due.priority > Priority.REPLY or due.unsure):
            here.status = "unsure"
        elif due.attempts >= TRIES:
            here.status = "dead"
        else:
            pause = max(timedelta(seconds=later.seconds), timedelta(seconds=2**due.attempts))
            here.status, here.due, here.unsure = "waiting", now + min(pause, SLOWEST), later.unsure
