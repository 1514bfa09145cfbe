"""Deliveries with a fate: a channel fails as it is told to, a delivery can be held, and the postman can be killed."""

import asyncio
from collections import deque
from contextvars import ContextVar
from dataclasses import dataclass, field
from datetime import timedelta

from channels.base import Errand, Later, Never
from dialogue.model import Chat
from scheduler.postman import Postman
from storage.claims import Due
from storage.outbox import Outcome
from tests.proofs.watch import Watch
from tests.support.stage import Ear

# What the delivery that is running now carries.
CARRIED: ContextVar[Due] = ContextVar("carried")


class Carrying(Postman):
    """The real postman, whose deliveries know what they carry."""

    async def _tried(self, due: Due) -> Outcome:
        CARRIED.set(due)
        return await super()._tried(due)

    @property
    def out(self) -> int:
        return len(self._out)

    def kill(self, watch: Watch) -> None:
        """What is on its way stays without an outcome; so does what came back and was not settled."""
        for task in self._out:
            task.cancel()
        watch.unsettled({one.id for one in self._back if one.status == "sent"})


# What may become of a delivery. echo: it arrived, the answer was lost; lost: neither; hang: held before it arrives,
# hung: held after it.
PATIENCE = timedelta(seconds=45)  # that a channel waits for an answer
FATES = ("later", "slow", "flood", "lost", "echo", "never", "hang", "hung")


def kind_of(to: Chat) -> str:
    return "group" if to.id.startswith("-") else "family" if to.channel == "telegram" else to.channel


@dataclass(slots=True)
class Moody(Ear):
    """An ear with a fate for each delivery, that tells the watch what arrives."""

    watch: Watch = field(kw_only=True)
    fates: dict[str, deque[str]] = field(kw_only=True)
    held: "list[asyncio.Future[str]]" = field(kw_only=True)

    async def deliver(self, to: Chat, errand: Errand, locale: str) -> str:
        waiting = self.fates[kind_of(to)]
        fate = waiting.popleft() if waiting else "ok"
        due = CARRIED.get()
        tried = self.watch.begun(due.id, due.until, to, errand)
        number = ""
        if fate == "hung":
            number = await self._arrive(to, errand, locale)
            self.watch.arrived(tried, number, self.heard[-1])
        if fate in ("hang", "hung"):
            over: asyncio.Future[str] = asyncio.get_running_loop().create_future()
            self.held.append(over)
            tried.outcome = "killed"
            fate = await over
            fate = "echo" if number and fate != "ok" else fate  # what has arrived can't be refused any more
        if fate in ("ok", "echo") and not number:
            number = await self._arrive(to, errand, locale)
            self.watch.arrived(tried, number, self.heard[-1])
        tried.outcome = fate
        match fate:
            case "later":
                raise Later(20, "busy")
            case "slow":
                raise Later(300, "as greylisting does")
            case "flood":
                raise Later(30, "too many", flood=True)
            case "lost" | "echo":
                raise Later(5, "the answer was lost", unsure=True)
            case "never":
                raise Never("refused")
        return number

    async def _arrive(self, to: Chat, errand: Errand, locale: str) -> str:
        return await Ear.deliver(self, to, errand, locale)
