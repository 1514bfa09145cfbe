"""HTTP to one server as cheap as it gets: over connections that stay open, one request at a time on each.

For Telegram, which is asked several times for every update. httptools reads the answers; the redirects, cookies and
compression that a Bot API never needs are what a full client takes six times as long for (ADR 0024).
"""

import asyncio
import ssl
from base64 import b64encode
from typing import NamedTuple
from urllib.parse import SplitResult, unquote, urlsplit

import httptools

IDLE = 15.0  # seconds; a server ends what was idle for longer, and a request that meets that end is lost
_HAPPY_EYEBALLS = 0.25  # seconds, https://www.rfc-editor.org/rfc/rfc8305#section-8


class NoConnection(Exception):
    """The request did not leave: nobody can have got it."""


class NoAnswer(Exception):
    """The request went out, and nothing says what became of it."""


class Answer(NamedTuple):
    """retry_after: that header, or ""."""

    status: int
    body: bytes
    retry_after: str


class KeepAlive:
    """address: of anything on that server. There are as many connections as requests at a time: the caller bounds
    them."""

    def __init__(self, address: str) -> None:
        parts = urlsplit(address)
        self._site = f"{parts.scheme}://{parts.netloc}"
        self._headers = f"Host: {parts.netloc.rpartition('@')[2]}\r\nUser-Agent: mulakat\r\n{_login(parts)}"
        self._ssl = ssl.create_default_context() if parts.scheme == "https" else None
        self._host, self._port = parts.hostname or "", parts.port or (443 if self._ssl else 80)
        self._open: set[_Connection] = set()
        self._idle: list[_Connection] = []
        self._closed = False

    async def ask(
        self, method: str, url: str, kind: str, body: bytes, connect: float | None, read: float | None
    ) -> Answer:
        """kind: the body's content type. connect, read: seconds, for the connection and for the whole answer; None for
        no limit. Raises NoConnection or NoAnswer, whose text says nothing of the URL, since tokens stand in them."""
        connection = self._free() or await self._opened(connect)
        head = f"{method} {url.removeprefix(self._site)} HTTP/1.1\r\n{self._headers}"
        head += f"Content-Type: {kind}\r\nContent-Length: {len(body)}\r\n\r\n"
        try:
            return await connection.ask(head.encode() + body, read)
        finally:
            if connection.ready:
                self._idle.append(connection)
            else:
                connection.close()

    def _free(self) -> "_Connection | None":
        oldest = asyncio.get_running_loop().time() - IDLE
        while self._idle:  # the last one used comes first: where that was idle for too long, all were
            connection = self._idle.pop()
            if connection.ready and connection.since > oldest:
                return connection
            connection.close()
        return None

    async def _opened(self, within: float | None) -> "_Connection":
        try:
            async with asyncio.timeout(within):
                _, connection = await asyncio.get_running_loop().create_connection(
                    lambda: _Connection(self._open),
                    self._host,
                    self._port,
                    ssl=self._ssl,
                    happy_eyeballs_delay=_HAPPY_EYEBALLS,
                )
        except (OSError, ValueError) as error:  # ValueError: a host's name that can't be one
            raise NoConnection(type(error).__name__) from error
        if connection.closing or self._closed:
            connection.close()
            raise NoConnection("ConnectionResetError")
        return connection

    def close(self) -> None:
        """What is on its way gets NoAnswer, and what is still connecting NoConnection."""
        self._closed = True
        for connection in tuple(self._open):
            connection.close()


def _login(parts: SplitResult) -> str:
    """The header for a server that asks for a name and a password; "" for others."""
    if parts.username is None:
        return ""
    both = f"{unquote(parts.username)}:{unquote(parts.password or '')}"
    return f"Authorization: Basic {b64encode(both.encode()).decode()}\r\n"


class _Connection(asyncio.Protocol):
    """since: when it became ready for the next request, by the loop's clock. among: all that are open."""

    def __init__(self, among: "set[_Connection]") -> None:
        self._among = among
        self._loop = asyncio.get_running_loop()
        self._parser = httptools.HttpResponseParser(self)
        self._answer: asyncio.Future[Answer] | None = None
        self._body: list[bytes] = []
        self._retry_after = ""
        self._framed = self._to_the_end = False
        self._kept = False
        self.since = 0.0

    @property
    def ready(self) -> bool:
        """For the next request: the answer to the last one is here, and nothing after it."""
        return self._kept and not self.closing

    @property
    def closing(self) -> bool:
        """What is written now does not leave."""
        return self._transport.is_closing()

    async def ask(self, request: bytes, within: float | None) -> Answer:
        self._kept = False
        self._answer = self._loop.create_future()
        self._transport.write(request)
        late = None if within is None else self._loop.call_later(within, self._lost, TimeoutError())
        try:
            return await self._answer
        finally:
            if late:
                late.cancel()

    def close(self) -> None:
        self._transport.abort()

    # ------------------------------------------------------------ asyncio's side

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        self._among.add(self)

    def data_received(self, data: bytes) -> None:
        try:
            self._parser.feed_data(data)
        except (httptools.HttpParserError, httptools.HttpParserUpgrade) as error:
            self._lost(error)

    def eof_received(self) -> None:
        if self._to_the_end:
            self.on_message_complete()

    def connection_lost(self, error: Exception | None) -> None:
        self._among.discard(self)
        self._lost(error or ConnectionResetError())

    def _lost(self, error: Exception) -> None:
        self.close()
        if self._answer is not None and not self._answer.done():
            self._answer.set_exception(NoAnswer(type(error).__name__))

    # ------------------------------------------------------------ the parser's side

    def on_message_begin(self) -> None:
        self._body.clear()
        self._retry_after = ""
        self._framed = self._to_the_end = False
        if self._answer is None or self._answer.done():  # nobody asked: whose answer the next would be is unknown
            self.close()

    def on_header(self, name: bytes, value: bytes) -> None:
        match name.lower():
            case b"retry-after":
                self._retry_after = value.decode("latin-1")
            case b"content-length" | b"transfer-encoding":
                self._framed = True

    def on_headers_complete(self) -> None:
        self._to_the_end = not self._framed  # then the answer ends where the connection does

    def on_body(self, part: bytes) -> None:
        self._body.append(part)

    def on_message_complete(self) -> None:
        status = self._parser.get_status_code()
        if status < 200 or self._answer is None or self._answer.done():
            return
        self._kept, self.since = self._parser.should_keep_alive(), self._loop.time()
        self._answer.set_result(Answer(status, b"".join(self._body), self._retry_after))
