"""The connections to Telegram against a server that says, byte by byte, what the case says."""

import asyncio
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from channels import keep_alive
from channels.keep_alive import Answer, KeepAlive, NoAnswer, NoConnection

HELLO = b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello"
WORLD = b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nworld"


class Server:
    """Answers the requests in turn, each with the parts of one script; a script's None ends the connection."""

    def __init__(self, *scripts: tuple[bytes | None, ...]) -> None:
        self._scripts = list(scripts)
        self.asked: list[bytes] = []
        self.connections = 0
        self.one_ended = asyncio.Event()

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        try:
            while self._scripts:
                self.asked.append(await reader.readuntil(b"\r\n\r\n{}"))
                for part in self._scripts.pop(0):
                    if part is None:
                        return
                    writer.write(part)
                    await writer.drain()
                    await asyncio.sleep(0.005)  # so that each part comes alone
            await reader.read()
        except asyncio.IncompleteReadError:
            return
        finally:
            self.one_ended.set()
            writer.close()


@asynccontextmanager
async def serving(server: Server, context: ssl.SSLContext | None = None) -> AsyncIterator[str]:
    listening = await asyncio.start_server(server.serve, "127.0.0.1", 0, ssl=context)
    async with listening:
        port = listening.sockets[0].getsockname()[1]
        yield f"https://localhost:{port}" if context else f"http://127.0.0.1:{port}"


@asynccontextmanager
async def client(server: Server, read: float = 10.0) -> AsyncIterator[Callable[[], Awaitable[Answer]]]:
    async with serving(server) as address:
        connections = KeepAlive(address)
        yield lambda: connections.ask("POST", f"{address}/bot/getMe", "application/json", b"{}", 5.0, read)
        connections.close()
        await asyncio.sleep(0)


@pytest.mark.parametrize(
    ("script", "body"),
    [
        ((HELLO,), b"hello"),
        (tuple(bytes([byte]) for byte in HELLO), b"hello"),
        ((b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhe\r\n", b"3\r\nllo\r\n0\r\n\r\n"), b"hello"),
        ((b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n",), b""),
        ((b"HTTP/1.1 102 Processing\r\n\r\n", HELLO), b"hello"),
    ],
    ids=["at once", "byte by byte", "in chunks", "empty", "not yet, then"],
)
async def test_an_answer_and_the_next_on_the_same_connection(script: tuple[bytes, ...], body: bytes) -> None:
    server = Server(script, (WORLD,))
    async with client(server) as ask:
        assert await ask() == Answer(200, body, "")
        assert await ask() == Answer(200, b"world", "")
    assert server.connections == 1
    assert server.asked[0].startswith(b"POST /bot/getMe HTTP/1.1\r\nHost: 127.0.0.1:")
    assert b"\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}" in server.asked[0]


async def test_what_a_server_that_refuses_says() -> None:
    server = Server((b"HTTP/1.1 429 Too Many\r\nRETRY-AFTER: 7\r\nContent-Length: 2\r\n\r\n{}",), (HELLO,))
    async with client(server) as ask:
        assert await ask() == Answer(429, b"{}", "7")
        assert await ask() == Answer(200, b"hello", "")


@pytest.mark.parametrize(
    "script",
    [
        (b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 5\r\n\r\nhello",),
        (b"HTTP/1.0 200 OK\r\nContent-Length: 5\r\n\r\nhello",),
        (HELLO + WORLD,),
        (HELLO, WORLD),
        (HELLO, b"bytes"),
        (HELLO, None),
        (b"HTTP/1.1 200 OK\r\n\r\nhel", b"lo", None),
    ],
    ids=[
        "says close",
        "is old",
        "says more at once",
        "says more later",
        "goes on with none",
        "ends it",
        "has no length",
    ],
)
async def test_after_some_answers_a_connection_is_not_used_again(script: tuple[bytes | None, ...]) -> None:
    """What it says next would else be taken for another request's answer."""
    server = Server(script, (b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nmine",))
    async with client(server) as ask:
        assert (await ask()).body == b"hello"
        await asyncio.sleep(0.05)
        assert (await ask()).body == b"mine"
    assert server.connections == 2


@pytest.mark.parametrize(
    ("script", "why"),
    [
        ((None,), "ConnectionResetError"),
        ((b"HTTP/1.1 200 OK\r\nContent-", None), "ConnectionResetError"),
        ((b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhel", None), "ConnectionResetError"),
        ((b"220 mail.example.org ESMTP\r\n",), "HttpParserError"),
        ((b"HTTP/1.1 101 Switching\r\nUpgrade: h2c\r\nConnection: upgrade\r\n\r\n",), "HttpParserUpgrade"),
        ((b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhel",), "TimeoutError"),
        ((), "TimeoutError"),
    ],
    ids=[
        "nothing",
        "half a head",
        "half",
        "no HTTP",
        "another protocol",
        "half, and stands still",
        "nothing, and stands still",
    ],
)
async def test_an_answer_that_is_none(script: tuple[bytes | None, ...], why: str) -> None:
    server = Server(script, (HELLO,))
    async with client(server, 0.3 if why == "TimeoutError" else 10.0) as ask:
        with pytest.raises(NoAnswer, match=why):
            await ask()
        assert (await ask()).body == b"hello"
        await asyncio.wait_for(server.one_ended.wait(), 5)
    assert server.connections == 2


async def test_a_request_that_is_given_up_leaves_no_answer_behind() -> None:
    server = Server((), (HELLO,))
    async with client(server) as ask:
        given_up = asyncio.ensure_future(ask())
        await asyncio.sleep(0.05)
        given_up.cancel()
        await asyncio.wait([given_up])
        assert given_up.cancelled() and (await ask()).body == b"hello"
        await asyncio.wait_for(server.one_ended.wait(), 5)
    assert server.connections == 2


async def test_the_limit_of_an_answer_ends_with_it() -> None:
    """The next on the same connection has one of its own."""
    server = Server((HELLO,), tuple(bytes([byte]) for byte in WORLD))
    async with client(server, read=1.0) as ask:
        await ask()
        await asyncio.sleep(0.9)
        assert (await ask()).body == b"world"  # longer than a tenth of a second on its way


async def test_what_is_closing_is_known_before_anything_leaves() -> None:
    """The end of an idle connection is read, and the loop hasn't come to say so yet."""
    server = Server((HELLO,), (HELLO,))
    async with serving(server) as address:
        connections = KeepAlive(address)
        await connections.ask("POST", address, "text/plain", b"{}", 5.0, 5.0)
        (idle,) = connections._idle
        idle._transport.close()
        assert (await connections.ask("POST", address, "text/plain", b"{}", 5.0, 5.0)).body == b"hello"
        connections.close()
        await asyncio.sleep(0)
    assert len(server.asked) == server.connections == 2


async def test_a_new_connection_that_is_closing_already_takes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """As over TLS 1.2, where a server may end it as the handshake is over."""
    made = keep_alive._Connection.connection_made

    def ended(self: keep_alive._Connection, transport: asyncio.BaseTransport) -> None:
        made(self, transport)
        transport.close()

    monkeypatch.setattr(keep_alive._Connection, "connection_made", ended)
    server = Server((HELLO,))
    async with client(server) as ask:
        with pytest.raises(NoConnection):
            await ask()
    assert server.asked == []


async def test_a_name_and_a_password() -> None:
    server = Server((HELLO,))
    async with serving(server) as address:
        named = address.replace("//", "//a%40b:c%3A@")
        connections = KeepAlive(named)
        await connections.ask("POST", f"{named}/bot/getMe", "text/plain", b"{}", 5.0, 5.0)
        connections.close()
        await asyncio.sleep(0)
    assert b"POST /bot/getMe HTTP" in server.asked[0] and b"\r\nHost: 127.0.0.1:" in server.asked[0]
    assert b"\r\nAuthorization: Basic YUBiOmM6\r\n" in server.asked[0]  # a@b:c:


async def test_to_connect_has_a_limit_of_its_own() -> None:
    """Whoever takes the connection and never says a word of TLS."""
    async with serving(Server(())) as address:
        silent = address.replace("http:", "https:")
        with pytest.raises(NoConnection, match="TimeoutError"):
            await KeepAlive(silent).ask("POST", silent, "text/plain", b"{}", 0.1, 5.0)


async def test_what_is_connecting_as_all_is_closed_goes_nowhere() -> None:
    server = Server((HELLO,))
    async with serving(server) as address:
        connections = KeepAlive(address)
        asking = asyncio.ensure_future(connections.ask("POST", address, "text/plain", b"{}", 5.0, 5.0))
        await asyncio.sleep(0)
        connections.close()
        with pytest.raises(NoConnection):
            await asking
        await asyncio.sleep(0)
    assert server.asked == []


async def test_as_many_connections_as_requests_at_a_time() -> None:
    server = Server(*[(HELLO,)] * 12)
    async with client(server) as ask:
        assert {one.body for one in await asyncio.gather(*(ask() for _ in range(10)))} == {b"hello"}
        assert server.connections == 10
        await ask(), await ask()
    assert server.connections == 10


async def test_one_that_was_idle_for_long_is_not_trusted(monkeypatch: pytest.MonkeyPatch) -> None:
    server = Server(*[(HELLO,)] * 3)
    async with client(server) as ask:
        await ask()
        monkeypatch.setattr(keep_alive, "IDLE", 0.02)
        await asyncio.sleep(0.05)
        await ask()
        await ask()
    assert server.connections == 2


async def test_to_close_ends_what_is_on_its_way() -> None:
    server = Server(())
    async with serving(server) as address:
        connections = KeepAlive(address)
        asking = asyncio.ensure_future(connections.ask("POST", address, "text/plain", b"{}", 1.0, None))
        await asyncio.sleep(0.05)
        connections.close()
        with pytest.raises(NoAnswer):
            await asking


async def test_over_tls_only_with_a_certificate_that_is_trusted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ours = certificate(tmp_path / "ours.pem")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(ours)
    server = Server((HELLO,))
    async with serving(server, context) as address:
        with pytest.raises(NoConnection, match="SSLCertVerificationError"):
            await KeepAlive(address).ask("POST", address, "text/plain", b"{}", 5.0, 5.0)
        monkeypatch.setenv("SSL_CERT_FILE", str(ours))
        connections = KeepAlive(address)
        assert (await connections.ask("POST", address, "text/plain", b"{}", 5.0, 5.0)).body == b"hello"
        connections.close()
        await asyncio.sleep(0.05)
    assert len(server.asked) == 1


def certificate(path: Path) -> Path:
    """Its own, for localhost, with its key, in one file."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    now = datetime.now(UTC)
    signed = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + timedelta(hours=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .sign(key, hashes.SHA256())
    )
    encoding = serialization.Encoding.PEM
    secret = key.private_bytes(encoding, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    path.write_bytes(secret + signed.public_bytes(encoding))
    return path


@pytest.mark.parametrize("host", ["127.0.0.1:9", "nobody.invalid", "a..b", "x" * 70, "a\0b"], ids=str)
async def test_nobody_there(host: str) -> None:
    with pytest.raises(NoConnection):
        await KeepAlive(f"http://{host}").ask("POST", f"http://{host}/", "text/plain", b"{}", 1.0, 1.0)
