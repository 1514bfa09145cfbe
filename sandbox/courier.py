"""Carries updates to the bot's webhook: a chat's one after another, chats side by side, again until they are taken.

A 2xx takes an update; what the bot writes with it is not read. Anything else, and silence, is tried again: at once,
then after 2, 4, 8 ... 60 seconds of the town's clock, or as long as a Retry-After says; the chat's next updates wait
meanwhile. What is not taken when the town stops is carried after its next start.

At Telegram what people press has a line of its own beside what they write; here a chat is one line, and the fault
"reorder" shows the bot what may happen.
"""

import asyncio
import os
from collections import deque
from dataclasses import dataclass
from datetime import timedelta
from itertools import takewhile
from typing import Any

import aiohttp

from sandbox.clock import pause
from sandbox.faults.switch import Faults
from sandbox.webhook import MOST_CONNECTIONS
from sandbox.world import Webhook, World

LONGEST_REST = 60.0  # seconds
LONGEST_ASKED = 3600.0  # seconds of rest that a Retry-After gets
COMPANY = 1.0  # seconds for which an update that is to be overtaken waits for another, unless the fault says

Line = deque[int]


@dataclass(slots=True)
class Pace:
    """factor: of every rest between two tries. patience: seconds in which the bot must answer."""

    factor: float = 1.0
    patience: float = 60.0


def rest(failures: int) -> float:
    """Seconds, after the n-th failure."""
    return 0.0 if failures == 1 else min(2.0 ** min(failures - 1, 10), LONGEST_REST)


def chat_of(body: dict[str, Any]) -> int:
    """Whose line an update stands in; 0 for those of no chat."""
    inner = next(iter(body.values()), None)
    at = inner if isinstance(inner, dict) else {}
    for name in ("message", "chat", "from"):
        found = at.get(name)
        if name == "message" and isinstance(found, dict):
            found = found.get("chat")
        if isinstance(found, dict) and isinstance(found.get("id"), int):
            return int(found["id"])
    return 0


class Courier:
    """One bot's deliveries, from start to stop."""

    def __init__(self, world: World, faults: Faults, pace: Pace) -> None:
        self.world = world
        self.faults = faults
        self.pace = pace
        self._session: aiohttp.ClientSession | None = None
        self._to: Webhook | None = None
        self._room = asyncio.Semaphore()
        self._lines: dict[int, Line] = {}
        self._seen = 0
        self._walks: set[asyncio.Task[None]] = set()
        self._moved = asyncio.Event()
        world.arrived.append(self._look)
        world.moved.append(self._hurry)

    async def start(self) -> None:
        self._session = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(limit=MOST_CONNECTIONS), cookie_jar=aiohttp.DummyCookieJar()
        )
        self._look()

    async def stop(self) -> None:
        session, self._session = self._session, None
        for walk in self._walks:
            walk.cancel()
        await asyncio.gather(*self._walks, return_exceptions=True)
        if session:
            await session.close()

    def _look(self) -> None:
        """What is new stands in line; where there is another address, everything starts again."""
        if self._session is None:
            return
        if self.world.webhook is not self._to:
            self._turn(self.world.webhook)
        if self._to is None:
            return
        newest = takewhile(lambda number: number > self._seen, reversed(self.world.updates))
        for number in reversed(list(newest)):
            chat = chat_of(self.world.updates[number])
            if chat not in self._lines:
                self._lines[chat] = deque()
                walk = asyncio.create_task(self._walk(self._session, self._to, chat, self._lines[chat]))
                self._walks.add(walk)
                walk.add_done_callback(self._ended)
            self._lines[chat].append(number)
        self._seen = self.world.last_update

    def _ended(self, walk: asyncio.Task[None]) -> None:
        self._walks.discard(walk)
        if not walk.cancelled():
            walk.result()  # what went wrong there is heard of

    def _turn(self, to: Webhook | None) -> None:
        for walk in self._walks:
            walk.cancel()
        self._to, self._lines, self._seen = to, {}, 0
        if to:
            self._room = asyncio.Semaphore(to["max_connections"])

    async def _walk(self, session: aiohttp.ClientSession, to: Webhook, chat: int, line: Line) -> None:
        """Until nobody stands in this line."""
        lines, room = self._lines, self._room
        while line:
            fault = self.faults.strike("webhook", {str(chat)})
            if fault and fault.kind == "reorder":
                await self._company(line, fault.wait or COMPANY)
            number, failures = line[0], 0
            while number in self.world.updates:
                async with room:
                    error, asked = await self._carry(session, to, number)
                if not error and fault and fault.kind == "duplicate":
                    await self._carry(session, to, number)
                if not error:
                    self.world.record("delivered", number)
                    break
                failures += 1
                self.world.record("webhook_error", {"date": self.world.clock.stamp, "message": error})
                await self._rest(asked or rest(failures))
            line.popleft()
        del lines[chat]

    async def _carry(self, session: aiohttp.ClientSession, to: Webhook, number: int) -> tuple[str, float]:
        """("", 0), or what went wrong as getWebhookInfo tells it, and the rest that was asked for."""
        url = to["url"] if "://" in to["url"] else f"https://{to['url']}"
        headers = {"X-Telegram-Bot-Api-Secret-Token": to["secret_token"]} if to["secret_token"] else {}
        body = {"update_id": number, **self.world.updates[number]}
        limits = aiohttp.ClientTimeout(total=self.pace.patience)
        try:
            async with session.post(url, json=body, headers=headers, timeout=limits, allow_redirects=False) as answer:
                await answer.read()
                if 200 <= answer.status < 300:
                    return "", 0.0
                asked = answer.headers.get("Retry-After", "")
                words = f"Wrong response from the webhook: {answer.status} {answer.reason}"
                return words, min(float(asked), LONGEST_ASKED) if asked.isdecimal() else 0.0
        except TimeoutError:
            return "Read timeout expired", 0.0
        except aiohttp.ClientConnectorError as error:
            return os.strerror(error.errno) if error.errno and error.errno > 0 else "Failed to resolve host", 0.0
        except aiohttp.ClientError:
            return "Webhook connection closed", 0.0

    async def _rest(self, seconds: float) -> None:
        """On the town's clock: moving that on is enough."""
        end = self.world.clock.now() + timedelta(seconds=seconds * self.pace.factor)
        while (left := (end - self.world.clock.now()).total_seconds()) > 0:
            await pause(left, self._moved)

    def _hurry(self) -> None:
        """The clock was moved on: some have rested enough."""
        old, self._moved = self._moved, asyncio.Event()
        old.set()

    async def _company(self, line: Line, seconds: float) -> None:
        """The first and the second change places, when there is a second in time."""
        loop = asyncio.get_running_loop()
        end = loop.time() + seconds
        while len(line) < 2 and (left := end - loop.time()) > 0:
            await self.world.journal.wait(self.world.journal.seq, left)
        if len(line) > 1:
            line[0], line[1] = line[1], line[0]
