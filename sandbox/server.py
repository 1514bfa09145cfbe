"""The town as one object: started, stopped, and started again where it was."""

import asyncio
from pathlib import Path
from typing import Any

from aiohttp import web

from sandbox import mail
from sandbox.botapi import BotApi, Upload
from sandbox.cast import Cast
from sandbox.clock import Clock
from sandbox.control import Control
from sandbox.journal import Journal
from sandbox.limits import Limits
from sandbox.world import ApiError, World

PAGE = Path(__file__).parent / "page"
LARGEST = 52 * 1024 * 1024  # Telegram takes files of up to 50 MB


class Sandbox:
    """port, smtp_port 0: any that is free. `folder` keeps the state over a restart."""

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
        self.clock = clock or Clock()
        self.world = World(cast, self.clock, Journal(folder))
        self.limits = Limits(on=limits)
        self.api = BotApi(self.world, self.limits)
        self._ports = (port, smtp_port)
        self._runner: web.AppRunner | None = None
        self._smtp: asyncio.Server | None = None

    async def start(self) -> None:
        app = web.Application(client_max_size=LARGEST)
        app.add_routes(Control(self.world, self.api, self.limits).routes())
        app.add_routes(
            [
                web.route("*", "/bot{token}/{method}", self._method),
                web.get("/file/bot{token}/files/{id}", self._file),
                web.route("*", "/sms", self._sms),
                web.get("/", _index),
                web.static("/page", PAGE),
            ]
        )
        app.on_response_prepare.append(_fresh)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.5)
        await self._runner.setup()
        await web.TCPSite(self._runner, self.host, self._ports[0]).start()
        loop = asyncio.get_running_loop()
        self._smtp = await loop.create_server(lambda: mail.server(self.world), self.host, self._ports[1])

    async def stop(self) -> None:
        if self._smtp:
            self._smtp.close()
        if self._runner:
            await self._runner.cleanup()
        self.world.journal.close()

    @property
    def url(self) -> str:
        assert self._runner
        return f"http://{self.host}:{self._runner.addresses[0][1]}"

    @property
    def telegram_api(self) -> str:
        """The root of the Bot API: methods are at {root}/bot<token>/<method>."""
        return self.url

    @property
    def smtp_url(self) -> str:
        assert self._smtp
        return f"smtp://{self.host}:{self._smtp.sockets[0].getsockname()[1]}"

    @property
    def sms_url(self) -> str:
        return f"{self.url}/sms"

    # ------------------------------------------------------------ routes

    async def _method(self, request: web.Request) -> web.Response:
        if request.match_info["token"] != self.cast.token:
            return _refused(ApiError(401, "Unauthorized"))
        try:
            params = await _params(request)
            result = await self.api.call(request.match_info["method"], params, lambda: request.transport is not None)
        except ApiError as error:
            return _refused(error)
        return web.json_response({"ok": True, "result": result})

    async def _file(self, request: web.Request) -> web.Response:
        found = self.world.journal.file(request.match_info["id"])
        if request.match_info["token"] != self.cast.token or found is None:
            return _refused(ApiError(404, "Not Found"))
        return web.Response(body=found[2], content_type="application/octet-stream")

    async def _sms(self, request: web.Request) -> web.Response:
        """An SMS gateway as there are many: `to` and `text` as JSON, form or query."""
        data = {**request.query, **await _params(request)}
        to, text = str(data.get("to") or ""), str(data.get("text") or "")
        if not to or not text:
            return web.json_response({"error": "give `to` and `text`"}, status=400)
        number = len(self.world.sms) + 1
        self.world.record("sms", {"id": number, "date": self.world.stamp(), "to": to, "text": text})
        return web.json_response({"id": str(number)})


async def _params(request: web.Request) -> dict[str, Any]:
    """The parameters of a request, whichever way they come."""
    params: dict[str, Any] = dict(request.query)
    if request.content_type == "application/json":
        body = await request.json()
        return params | (body if isinstance(body, dict) else {})
    for name, value in (await request.post()).items():
        if isinstance(value, web.FileField):
            params[name] = Upload(value.filename, value.content_type, value.file.read())
        else:
            params[name] = value
    for name, value in list(params.items()):
        if isinstance(value, str) and value.startswith("attach://"):
            params[name] = params.get(value.removeprefix("attach://"))
    return params


def _refused(error: ApiError) -> web.Response:
    body: dict[str, Any] = {"ok": False, "error_code": error.code, "description": error.description}
    if error.retry_after:
        body["parameters"] = {"retry_after": error.retry_after}
    return web.json_response(body, status=error.code)


async def _index(_request: web.Request) -> web.FileResponse:
    return web.FileResponse(PAGE / "index.html")


async def _fresh(_request: web.Request, response: web.StreamResponse) -> None:
    response.headers.setdefault("Cache-Control", "no-store")
