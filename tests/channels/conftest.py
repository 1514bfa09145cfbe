"""What every test of a channel needs: a renderer over catalogues of its own, and a server on a free port."""

import asyncio
from collections.abc import AsyncIterator

import pytest
from aiohttp import web
from aiosmtpd.smtp import SMTP

from channels.email import Email
from channels.render import Renderer
from tests.channels.ground import HINDI, INDIA, URDU, Answerer, Serve, catalogue
from tests.channels.office import NOW, SENDER, Office


@pytest.fixture(scope="session")
def renderer(tmp_path_factory: pytest.TempPathFactory) -> Renderer:
    folder = tmp_path_factory.mktemp("locales")
    catalogue(folder, "hi", HINDI)
    catalogue(folder, "ur", URDU)
    return Renderer(folder, INDIA)


@pytest.fixture
async def serve() -> AsyncIterator[Serve]:
    """Starts a web server whose every request goes to the function given; returns its address."""
    runners: list[web.ServerRunner] = []

    async def start(answer: Answerer) -> str:
        runner = web.ServerRunner(web.Server(answer), shutdown_timeout=0.1)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        runners.append(runner)
        host, port = runner.addresses[0][:2]
        return f"http://{host}:{port}"

    yield start
    for runner in runners:
        await runner.cleanup()


@pytest.fixture
def office() -> Office:
    return Office()


@pytest.fixture
async def port(office: Office) -> AsyncIterator[int]:
    def line() -> SMTP:
        smtp = SMTP(
            office,
            hostname="post.example",
            enable_SMTPUTF8=True,
            authenticator=office.login,
            auth_require_tls=False,
            loop=asyncio.get_running_loop(),
        )
        office.lines.add(smtp)
        return smtp

    server = await asyncio.get_running_loop().create_server(line, "127.0.0.1", 0)
    yield server.sockets[0].getsockname()[1]
    server.close()
    await server.wait_closed()


@pytest.fixture
async def email(port: int, renderer: Renderer) -> AsyncIterator[Email]:
    channel = Email(f"smtp://127.0.0.1:{port}", SENDER, renderer, clock=lambda: NOW)
    yield channel
    await channel.close()
