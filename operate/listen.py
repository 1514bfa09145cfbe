"""Where the process listens: the channels' webhooks, /healthz for whoever restarts it, /metrics for Prometheus."""

import asyncio
import time
from collections.abc import Callable, Iterable, Mapping

import structlog
from aiohttp import web
from prometheus_client import CONTENT_TYPE_LATEST

from channels.base import OperatorError
from handlers.webhook import Webhook
from operate.figures import Reader
from operate.metrics import Metrics

log = structlog.get_logger("mulakat.listen")

STUCK = 30.0  # seconds without a turn of a loop whose bell is rung each second
ENDING = 2.0  # seconds that requests have at the end: they wait for a commit alone
LINGER = 2.0  # seconds for what a stranger still sends after the answer


class Bell(asyncio.Event):
    """A loop clears its bell at each turn: so it can be seen that it turns."""

    def __init__(self, seconds: Callable[[], float] = time.monotonic) -> None:
        super().__init__()
        self.seconds = seconds
        self.turned = seconds()

    def clear(self) -> None:
        self.turned = self.seconds()
        super().clear()

    @property
    def turns(self) -> bool:
        return self.seconds() - self.turned < STUCK


class Door:
    """Opened by `start`, closed by `close`, any number of times. `loops`: the bell of each loop that must turn."""

    def __init__(
        self, reader: Reader, metrics: Metrics, loops: Mapping[str, Bell], webhooks: Iterable[Webhook] = ()
    ) -> None:
        self.reader = reader
        self.metrics = metrics
        self.loops = loops
        self.webhooks = tuple(webhooks)
        self.ending = False
        self._runner: web.AppRunner | None = None

    async def start(self, host: str, port: int) -> tuple[str, int]:
        """The address taken: of port 0, one that is free."""
        app = web.Application()
        app.add_routes([web.get("/healthz", self._health), web.get("/metrics", self._metrics)])
        for webhook in self.webhooks:
            app.add_routes(webhook.routes())
        # A body that is packed stays so: unpacked, a small one could become any size.
        self._runner = web.AppRunner(
            app, access_log=None, auto_decompress=False, lingering_time=LINGER, shutdown_timeout=ENDING
        )
        await self._runner.setup()
        try:
            await web.TCPSite(self._runner, host, port).start()
        except OSError as error:
            await self.close()
            raise OperatorError(f"MULAKAT_LISTEN can't be used: {error.strerror or error}.") from None
        address = self._runner.addresses[0]
        log.info("listening", host=address[0], port=address[1], webhooks=[one.channel for one in self.webhooks])
        return address[0], address[1]

    async def run(self, stop: asyncio.Event) -> None:
        """Until `stop`: then no more is taken in, and what came is answered."""
        await stop.wait()
        await self.close()

    async def close(self) -> None:
        self.ending = True
        runner, self._runner = self._runner, None
        if runner:
            await runner.cleanup()
            for webhook in self.webhooks:
                await webhook.written()
            await self.reader.close()

    async def _health(self, _request: web.Request) -> web.Response:
        """503 while anything isn't as it must be: its name is false."""
        found = {"database": await self.reader.figures() is not None, "running": not self.ending}
        found |= {name: bell.turns for name, bell in self.loops.items()}
        return web.json_response(found, status=200 if all(found.values()) else 503)

    async def _metrics(self, _request: web.Request) -> web.Response:
        text = self.metrics.shown(await self.reader.figures())
        return web.Response(body=text, headers={"Content-Type": CONTENT_TYPE_LATEST})
