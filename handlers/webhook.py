"""The door for what a channel sends by itself: on disk before it is answered, what comes together in one transaction.

Telegram takes anything but a 2xx for "again", and holds that chat back until then: whoever knows the secret gets
another answer only when the body did not come whole, or could not be kept.
"""

import asyncio
import hashlib
import hmac
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any

import structlog
from aiohttp import ClientError, web

from dialogue.fast_json import loads
from dialogue.model import Arrival
from handlers.intake import raws
from storage import inbox
from storage.database import Database
from storage.inbox import Raw
from storage.vault import Vault

log = structlog.get_logger("mulakat.webhook")

SECRET = "X-Telegram-Bot-Api-Secret-Token"
LARGEST = 1024 * 1024  # bytes of an update; Telegram's have some thousands
DEEPEST = 100  # lists and objects in one another; Telegram's have ten
TOGETHER = 200  # updates in one transaction
BODY = 15.0  # seconds in which a body must come
COMMIT = 20.0  # seconds that a commit may take; Telegram waits a minute

Seen = Callable[[str, int], None]


def unseen(_what: str, _number: int) -> None:
    """Nobody counts."""


def decoded(
    channel: str, body: bytes, read: Callable[[Mapping[str, Any], datetime], Arrival | None], now: datetime
) -> Raw:
    """What the poll loop would have kept. What is no update is kept as it came, under a number below zero that is made
    from it: sent again, it is known."""
    try:
        update = loads(body)
        found = raws(channel, [update], read, now) if isinstance(update, dict) and not _deep(update) else []
    except (ValueError, RecursionError):  # UnicodeDecodeError is a ValueError
        found = []
    except Exception:  # nothing that comes may hold up its chat: it is kept, and can be looked at
        log.error("an update can't be read", exc_info=True)
        found = []
    if found:
        return found[0]
    return Raw(channel, -1 - int.from_bytes(hashlib.sha256(body).digest()[:6], "big"), "", body)


def _deep(value: object) -> bool:
    """What just passes here could be too deep for whoever reads it later."""
    level = [value]
    for _depth in range(DEEPEST):
        level = [part for one in level for part in _parts(one) if isinstance(part, dict | list)]
        if not level:
            return False
    return True


def _parts(one: object) -> Sequence[object]:
    return list(one.values()) if isinstance(one, dict) else one if isinstance(one, list) else ()


class Webhook:
    """One channel's route. `arrived` wakes the desk after a commit. `seen` is told, for whoever counts: "kept",
    "unreadable", "refused", "cut" (not come whole) and "failed" with a number of requests, "batch" with its size."""

    def __init__(
        self,
        channel: str,
        secret: str,
        read: Callable[[Mapping[str, Any], datetime], Arrival | None],
        db: Database,
        vault: Vault,
        clock: Callable[[], datetime],
        arrived: Callable[[], None],
        seen: Seen = unseen,
    ) -> None:
        self.channel = channel
        self.read = read
        self.db = db
        self.vault = vault
        self.clock = clock
        self.arrived = arrived
        self.seen = seen
        self._secret = secret.encode()
        self._waiting: list[tuple[Raw, asyncio.Future[bool]]] = []
        self._writing: asyncio.Task[None] | None = None

    def routes(self) -> list[web.RouteDef]:
        """Below any path: some proxies cut off what leads to them, others hand on all of it."""
        return [web.post(f"/{{above:(?:.*/)?}}{self.channel}", self.take)]

    async def take(self, request: web.Request) -> web.Response:
        """One update. The secret comes first: a stranger's body is not even read."""
        shown = request.headers.get(SECRET, "").encode("utf-8", "surrogateescape")
        if not hmac.compare_digest(shown, self._secret):
            self.seen("refused", 1)
            return web.Response(status=401)
        body = await _whole(request)
        if body is None:
            self.seen("cut", 1)
            return web.Response(status=408)
        raw = decoded(self.channel, body, self.read, self.clock())
        if not await self.keep(raw):
            self.seen("failed", 1)
            return web.Response(status=503)
        self.seen("kept" if raw.talk else "unreadable", 1)
        return web.Response()

    async def keep(self, raw: Raw) -> bool:
        """Commit it, with what comes while another commit runs; false when that can't be done now."""
        done: asyncio.Future[bool] = asyncio.get_running_loop().create_future()
        self._waiting.append((raw, done))
        if self._writing is None or self._writing.done():
            self._writing = asyncio.create_task(self._write())
        try:
            return await asyncio.wait_for(done, COMMIT)
        except TimeoutError:  # it may be kept yet: then it is known when it comes again
            log.error("the database doesn't answer")
            return False

    async def _write(self) -> None:
        while self._waiting:
            batch, self._waiting = self._waiting[:TOGETHER], self._waiting[TOGETHER:]
            kept = await self._commit([raw for raw, _done in batch])
            for _raw, done in batch:
                if not done.done():
                    done.set_result(kept)

    async def _commit(self, batch: Sequence[Raw]) -> bool:
        """In the order of their numbers: theirs, and the same for two processes that are sent the same ones. Whatever
        the database says, the next ones are tried again."""
        try:
            async with self.db.begin() as tx:
                await inbox.put(tx, self.vault, sorted(batch, key=lambda raw: raw.update_id), self.clock())
        except Exception:
            log.error("updates can't be kept", updates=len(batch), exc_info=True)
            return False
        self.arrived()
        self.seen("batch", len(batch))
        return True

    async def written(self) -> None:
        """Wait for the commit that runs, at the end."""
        if self._writing:
            await self._writing


async def _whole(request: web.Request) -> bytes | None:
    """The body, of one that is too large its beginning; None when it did not come whole."""
    parts, size = [], 0
    try:
        async with asyncio.timeout(BODY):
            async for part in request.content.iter_any():
                parts.append(part)
                size += len(part)
                if size > LARGEST:
                    log.warning("an update is too large", bytes=size)
                    break
    except (TimeoutError, ClientError, ConnectionError):
        return None
    return b"".join(parts)[:LARGEST]
