"""A door that listens, over a stage's database: requests come to it by HTTP, as Telegram's do."""

import io
import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import aiohttp

from channels.telegram_read import read
from handlers.webhook import SECRET, Webhook
from operate.figures import Reader
from operate.listen import Bell, Door
from operate.metrics import Metrics
from tests.support.stage import Stage

RIGHT = "right-SECRET_0"


@dataclass(slots=True)
class Doorway:
    """`knock` as Telegram does, `look` as a person does. `rung`: how often the desk was woken."""

    stage: Stage
    session: aiohttp.ClientSession
    root: str
    door: Door
    metrics: Metrics
    webhook: Webhook
    loops: Mapping[str, Bell]
    rung: list[int]

    async def knock(self, body: Any, secret: str | None = RIGHT, **headers: str) -> int:
        """The status; `body` is bytes as they go out, or becomes JSON."""
        data = body if isinstance(body, bytes) else json.dumps(body).encode()
        if secret is not None:
            headers[SECRET] = secret
        async with self.session.post(f"{self.root}/telegram", data=io.BytesIO(data), headers=headers) as answer:
            return answer.status

    async def look(self, path: str) -> tuple[int, str]:
        async with self.session.get(self.root + path) as answer:
            return answer.status, await answer.text()

    async def metric(self, line: str) -> float:
        """The value that stands behind `line`."""
        _status, text = await self.look("/metrics")
        (found,) = [one for one in text.splitlines() if one.startswith(line + " ")]
        return float(found.rpartition(" ")[2])


@asynccontextmanager
async def doorway(stage: Stage) -> AsyncIterator[Doorway]:
    """The stage's desk and postman are watched as in a running process."""
    metrics, rung = Metrics(stage.clock), list[int]()
    stage.desk.seen, stage.postman.seen = metrics.handled, metrics.carried
    stage.desk.bell, stage.postman.bell = loops = Bell(), Bell()
    webhook = Webhook(
        "telegram", RIGHT, read, stage.db, stage.vault, stage.clock, lambda: rung.append(1), metrics.knocked
    )
    named = {"desk": loops[0], "postman": loops[1]}
    reader = Reader(stage.db, stage.clock, Ticking())
    door = Door(reader, metrics, named, [webhook])
    try:
        host, port = await door.start("127.0.0.1", 0)
        async with aiohttp.ClientSession() as session:
            yield Doorway(stage, session, f"http://{host}:{port}", door, metrics, webhook, named, rung)
    finally:
        await door.close()


class Ticking:
    """A second goes by at each look."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        self.now += 1.0
        return self.now
