"""The town as one object: started, stopped, and started again where it was."""

import asyncio
import re
from functools import partial
from pathlib import Path

from aiohttp import web

from sandbox import files
from sandbox.botapi import BotApi
from sandbox.cast import TOKEN, Cast
from sandbox.clock import Clock
from sandbox.control import Control
from sandbox.courier import Courier, Pace
from sandbox.errors import ApiError, refused
from sandbox.faults.mail import FaultyLetterbox
from sandbox.faults.switch import Faults
from sandbox.faults.web import faulty
from sandbox.journal import Journal
from sandbox.limits import Limits
from sandbox.reading import params_of
from sandbox.sms import gateway
from sandbox.webhook import Told
from sandbox.world import World

PAGE = Path(__file__).parent / "page"
LARGEST = 64 * 1024 * 1024  # of a request: a file of 50 MB, which Telegram takes, and what is around it


class Sandbox:
    """port, smtp_port 0: any that is free, and the same one at the next start. `folder` keeps the state over a restart.

    RuntimeError, with the mend, when the folder is another sandbox's; OSError when a port is taken.
    """

    def __init__(
        self,
        cast: Cast,
        folder: Path,
        host: str = "127.0.0.1",
        port: int = 0,
        smtp_port: int = 0,
        clock: Clock | None = None,
        limits: bool = True,
    ) -> None:
        self.cast = cast
        self.host = host
        self.folder = Path(folder)
        self.clock = clock or Clock()
        self.limits = Limits(self.clock.now, on=limits)
        self.faults = Faults(self.clock.now)
        self.pace = Pace()
        self._ports = [port, smtp_port]
        self._open: _Open | None = None

    async def start(self) -> None:
        journal = Journal(self.folder)
        opening = _Open(self, journal)
        try:
            await opening.start(self.host, self._ports)
        except BaseException:
            await opening.stop()
            raise
        self._open = opening
        self._ports = [opening.port, opening.smtp_port]

    async def stop(self) -> None:
        """Whoever waits for an answer gets one, then the doors close. Nothing happens when it isn't open."""
        opened, self._open = self._open, None
        if opened:
            await opened.stop()

    @property
    def world(self) -> World:
        """What is there. AssertionError before the start."""
        assert self._open, "the sandbox is not started"
        return self._open.world

    @property
    def url(self) -> str:
        return f"http://{self.host}:{self._ports[0]}"

    @property
    def telegram_api(self) -> str:
        """The Bot API's root: methods are at {root}/bot<token>/<method>, files at {root}/file/bot<token>/<path>."""
        return self.url

    @property
    def smtp_url(self) -> str:
        return f"smtp://{self.host}:{self._ports[1]}"

    @property
    def sms_url(self) -> str:
        return f"{self.url}/sms"


class _Open:
    """What there is between a start and a stop."""

    def __init__(self, box: Sandbox, journal: Journal) -> None:
        self.token = box.cast.token
        self.journal = journal
        self.world = World(box.cast, box.clock, journal)
        self.api = BotApi(self.world, box.limits)
        self.courier = Courier(self.world, box.faults, box.pace)
        self.control = Control(self.world, self.api, box.limits, box.faults, box.pace)
        self.letterbox = FaultyLetterbox(self.world, box.faults, self.control.closing)
        box.faults.told = partial(journal.write, "struck")
        spoiling = faulty(self.world, box.faults, self.control.closing)
        app = web.Application(client_max_size=LARGEST, middlewares=[spoiling])
        app.add_routes(self.control.routes())
        app.add_routes(
            [
                web.route("*", "/bot{token}/{method}", self._method),
                web.get("/file/bot{token}/{path:.+}", self._file),
                gateway(self.world),
                web.get("/", _index),
                web.static("/page", PAGE),
            ]
        )
        app.on_response_prepare.append(_fresh)
        self.runner = web.AppRunner(app, access_log=None, shutdown_timeout=2.0)
        self.smtp: asyncio.Server | None = None
        self.port = self.smtp_port = 0

    async def start(self, host: str, ports: list[int]) -> None:
        await self.runner.setup()
        await web.TCPSite(self.runner, host, ports[0]).start()
        self.smtp = await asyncio.get_running_loop().create_server(self.letterbox.line, host, ports[1])
        await self.courier.start()
        self.port = self.runner.addresses[0][1]
        self.smtp_port = self.smtp.sockets[0].getsockname()[1]

    async def stop(self) -> None:
        self.api.close()
        self.control.closing.set()
        await self.control.scenes.stop()
        await self.courier.stop()
        if self.smtp:
            self.smtp.close()
            self.letterbox.hang_up()
            await self.smtp.wait_closed()
        await self.runner.cleanup()
        self.journal.close()

    async def _method(self, request: web.Request) -> web.Response:
        token = request.match_info["token"]
        if not re.fullmatch(TOKEN, token):
            return refused(ApiError(404, "Not Found"))
        if token != self.token:
            return refused(ApiError(401, "Unauthorized"))
        try:
            params = await params_of(request)
            result = await self.api.call(request.match_info["method"], params, lambda: request.transport is not None)
        except web.HTTPRequestEntityTooLarge:
            return refused(ApiError(413, "Request Entity Too Large"))
        except ApiError as error:
            return refused(error)
        told = {"description": result.description} if isinstance(result, Told) else {}
        return web.json_response({"ok": True, "result": result.result if isinstance(result, Told) else result, **told})

    async def _file(self, request: web.Request) -> web.Response:
        body = files.at_path(self.world, request.match_info["path"])
        if request.match_info["token"] != self.token or body is None:
            return refused(ApiError(404, "Not Found"))
        return web.Response(body=body, content_type="application/octet-stream")


async def _index(_request: web.Request) -> web.FileResponse:
    return web.FileResponse(PAGE / "index.html")


async def _fresh(_request: web.Request, response: web.StreamResponse) -> None:
    response.headers.setdefault("Cache-Control", "no-store")
