"""How python-telegram-bot reaches the Bot API here: over connections of ours, saying whether a request went out or not.

What PTB's errors don't tell: a refused connection is no time-out. Nothing here puts a URL into a text, since the bot's
token stands in it.
"""

import asyncio
from collections.abc import Mapping
from typing import Any, cast

import aiohttp
from telegram.error import NetworkError, TelegramError
from telegram.request import BaseRequest, RequestData

from channels.keep_alive import KeepAlive, NoAnswer, NoConnection
from dialogue.fast_json import dumps, loads

JSON = "application/json"
CONNECT = 10.0
READ = 20.0
Timeout = Any  # seconds, None for no limit, or BaseRequest.DEFAULT_NONE
NO_HINT = 5.0  # a 429 without a number; Telegram's own always has one


class NotSent(NetworkError):
    """The request did not leave: nobody can have got it."""


class Unclear(NetworkError):
    """The request went out, and no answer says what became of it."""


class Flooded(TelegramError):
    """429: at most this much was allowed. Raised here and not as PTB's RetryAfter, which reads PTB_TIMEDELTA
    from the environment and else warns of a deprecation where it is built."""

    def __init__(self, seconds: float) -> None:
        super().__init__("too many requests")
        self.seconds = seconds


class Request(BaseRequest):
    """To the server of this address, whatever path it has."""

    def __init__(self, address: str) -> None:
        self._connections = KeepAlive(address)

    @property
    def read_timeout(self) -> float:
        return READ

    async def initialize(self) -> None:
        """Nothing: a connection opens with the first request."""

    async def shutdown(self) -> None:
        self._connections.close()
        await asyncio.sleep(0)  # until the loop has let go of them

    async def do_request(
        self,
        url: str,
        method: str,
        request_data: RequestData | None = None,
        read_timeout: Timeout = BaseRequest.DEFAULT_NONE,
        write_timeout: Timeout = BaseRequest.DEFAULT_NONE,
        connect_timeout: Timeout = BaseRequest.DEFAULT_NONE,
        pool_timeout: Timeout = BaseRequest.DEFAULT_NONE,
    ) -> tuple[int, bytes]:
        """(HTTP status, body). Raises NotSent, Unclear or Flooded. The time to write counts into the time to read,
        which is that for the whole answer; nothing waits for a connection of others."""
        kind, body = await _body(request_data)
        connect, read = _seconds(connect_timeout, CONNECT), _seconds(read_timeout, READ)
        return await self._ask(method, url, kind, body, connect, read)

    async def call(self, url: str, given: Mapping[str, Any], read: float | None = None) -> Any:
        """What `post` does, for values that are JSON already, and Telegram's result as it came: PTB makes objects of
        all that goes out and comes back, which takes longer than the rest of the way. Its errors are its own."""
        there = {name: value for name, value in given.items() if value is not None}
        status, body = await self._ask("POST", url, JSON, dumps(there), CONNECT, read or READ)
        if not 200 <= status < 300:
            await _Heard(status, body).post(url)
        try:
            return self.parse_json_payload(body)["result"]
        except KeyError:
            raise Unclear("an answer without a result") from None

    async def _ask(
        self, method: str, url: str, kind: str, body: bytes, connect: float | None, read: float | None
    ) -> tuple[int, bytes]:
        try:
            answer = await self._connections.ask(method, url, kind, body, connect, read)
        except NoConnection as error:
            raise NotSent(str(error)) from error
        except NoAnswer as error:
            raise Unclear(str(error)) from error
        if answer.status == 429:
            raise Flooded(_rest(answer.body, answer.retry_after))
        if answer.status >= 500:
            raise Unclear(f"HTTP {answer.status}")
        return answer.status, answer.body

    @staticmethod
    def parse_json_payload(payload: bytes) -> dict[str, Any]:
        """As PTB's own, but without its log line: it shows the whole answer, with names and numbers in it."""
        try:
            parsed = _read(payload)
        except (ValueError, RecursionError) as error:
            raise TelegramError("no JSON") from error
        if not isinstance(parsed, dict):
            raise TelegramError("no JSON object")
        return parsed


class _Heard(Request):
    """An answer that is here already, of which PTB shall make its error."""

    def __init__(self, status: int, body: bytes) -> None:
        self._answer = status, body

    async def do_request(self, *_: Any, **__: Any) -> tuple[int, bytes]:
        return self._answer


def _seconds(given: Timeout, otherwise: float) -> float | None:
    return otherwise if given is BaseRequest.DEFAULT_NONE else cast(float | None, given)


async def _body(data: RequestData | None) -> tuple[str, bytes]:
    """(its content type, itself)"""
    if data is None:
        return JSON, b"{}"
    if not data.contains_files:
        return JSON, dumps(data.parameters)
    form = aiohttp.FormData()
    for name, value in data.json_parameters.items():
        form.add_field(name, value)
    for name, file in data.multipart_data.items():
        filename, content, content_type = file
        form.add_field(name, content, filename=filename, content_type=content_type)
    parts = form()
    return parts.content_type, await parts.as_bytes()


def _read(payload: bytes) -> Any:
    """An update with bytes in it that are no text must not hold up those that came with it."""
    try:
        return loads(payload)
    except UnicodeDecodeError:
        return loads(payload.decode("utf-8", "replace").encode())


def _rest(body: bytes, header: str) -> float:
    """How long a 429 asks us to wait, in seconds: as Telegram writes it, or as a server before it does."""
    try:
        found: Any = loads(body)["parameters"]["retry_after"]
    except (ValueError, LookupError, TypeError, RecursionError):
        found = header
    try:
        return max(float(found), 0.0)
    except (ValueError, TypeError, OverflowError):
        return NO_HINT
