"""The bot's side of a webhook: takes what is carried to it, or answers as a test says."""

import asyncio
from collections import deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web

SECRET = "a-Secret_1"


@dataclass(slots=True)
class Hook:
    """`says`: statuses for the next deliveries, 200 afterwards; 0 for none before `let_go`."""

    url: str = ""
    took: list[dict[str, Any]] = field(default_factory=list)
    secrets: list[str | None] = field(default_factory=list)
    says: deque[int] = field(default_factory=deque)
    headers: dict[str, str] = field(default_factory=dict)
    body: str = ""
    let_go: asyncio.Event = field(default_factory=asyncio.Event)
    inside: int = 0
    most_inside: int = 0
    knocked: asyncio.Condition = field(default_factory=asyncio.Condition)

    async def answer(self, request: web.Request) -> web.Response:
        status = self.says.popleft() if self.says else 200
        self.secrets.append(request.headers.get("X-Telegram-Bot-Api-Secret-Token"))
        update = await request.json()
        self.inside += 1
        self.most_inside = max(self.most_inside, self.inside)
        async with self.knocked:
            self.took.append(update)
            self.knocked.notify_all()
        if not status:
            await self.let_go.wait()
        self.inside -= 1
        headers = {} if status == 200 else self.headers
        return web.Response(status=status or 200, text=self.body, headers=headers, content_type="application/json")

    async def tries(self, count: int) -> list[dict[str, Any]]:
        """What was carried here, as soon as it is so many."""
        async with asyncio.timeout(5), self.knocked:
            await self.knocked.wait_for(lambda: len(self.took) >= count)
        return self.took

    async def words(self, count: int) -> list[str]:
        return [update["message"]["text"] for update in await self.tries(count)]


@asynccontextmanager
async def listening(port: int = 0) -> AsyncIterator[Hook]:
    hook = Hook()
    app = web.Application()
    app.router.add_post("/hook", hook.answer)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", port).start()
    hook.url = f"http://127.0.0.1:{runner.addresses[0][1]}/hook"
    try:
        yield hook
    finally:
        hook.let_go.set()
        await runner.cleanup()
