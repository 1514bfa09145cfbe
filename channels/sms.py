"""SMS, by any gateway that takes a request over HTTPS: one message, at most 70 letters, nothing but words.

An Indian operator delivers only texts registered with it (DLT), each over its own id; 70 UTF-16 units is one
SMS in any script.
"""

import json
import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any
from urllib.parse import quote, quote_plus

import aiohttp

from channels.base import Errand, Later, Never, OperatorError, Say
from channels.cleaning import clean, shortened, units
from channels.render import Renderer
from dialogue.model import Chat, Message
from dialogue.words import Param, Text

LONGEST = 70  # UTF-16 units
JSON_BODY = '{"to":"{to}","text":"{text}"}'
TIMEOUT = 20.0  # seconds for the whole request
_CONNECT = 10.0

_UNREACHABLE = 15.0
_OPERATOR_MUST_MEND = 300.0
_NO_HINT = 30.0  # a 429 without a Retry-After

_SHORTENED = "jail"  # the one parameter that may lose its end
_SHORTEST = 4  # units that must be left of it, the "…" included

_PLACE = re.compile(r"\{(to|digits|text)\}")

Escape = Callable[[str], str]


def in_json(text: str) -> str:
    """For the inside of a JSON string."""
    return json.dumps(text)[1:-1]


def in_url(text: str) -> str:
    return quote(text, safe="")


def fitting(message: Message, renderer: Renderer, locale: str) -> str:
    """The words of one SMS. Where they are too long, the jail's name loses its end, and nothing else: raises
    Never where that is not enough, since a text that lost something else is no longer the registered one."""
    said = _spoken(message.text, renderer, locale)
    over = units(said) - LONGEST
    if over > 0:
        said = _spoken([_shortened(text, over) for text in message.text], renderer, locale)
        if units(said) > LONGEST:
            raise Never("too long for one SMS")
    return said


def _spoken(texts: Iterable[Text], renderer: Renderer, locale: str) -> str:
    return "\n".join(renderer.plain(text, locale, style="sms") for text in texts)


def _shortened(text: Text, over: int) -> Text:
    jail = text.params.get(_SHORTENED)
    if not isinstance(jail, str):
        return text
    jail = clean(jail)
    params: dict[str, Param] = {
        **text.params,
        _SHORTENED: shortened(jail, max(units(jail) - over, _SHORTEST)),
    }
    return Text(text.msgid, params)


class Sms:
    """url, body: with the places {to} (as in +919812345678), {digits} (the same without +) and {text}; each
    is escaped for where it stands: the url, and a body of JSON or of form fields, as the Content-Type header
    says (JSON without one). A GET has no body. headers: sent as they are."""

    name = "sms"

    def __init__(
        self,
        url: str,
        renderer: Renderer,
        method: str = "POST",
        body: str = JSON_BODY,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        self._url = url
        self._renderer = renderer
        self._method = method.upper()
        self._body = "" if self._method == "GET" else body
        self._headers = {"Content-Type": "application/json"} if self._body else {}
        self._headers.update({name.title(): value for name, value in (headers or {}).items()})
        self._escape = _escape(self._headers.get("Content-Type", ""))
        self._session: aiohttp.ClientSession | None = None
        _check(url, self._body, self._escape)

    async def deliver(self, to: Chat, errand: Errand, locale: str) -> str:
        """The gateway's "id", or "". Only Say can be done."""
        if not isinstance(errand, Say):
            raise Never("an SMS that is sent can't be changed, taken back or answered")
        text = fitting(errand.message, self._renderer, locale)
        number = clean(to.id)
        return await self._ask(
            _filled(self._url, number, text, in_url), _filled(self._body, number, text, self._escape).encode()
        )

    async def close(self) -> None:
        if self._session is not None:
            session, self._session = self._session, None
            await session.close()

    async def _ask(self, url: str, body: bytes) -> str:
        if self._session is None:
            self._session = aiohttp.ClientSession(cookie_jar=aiohttp.DummyCookieJar())
        limits = aiohttp.ClientTimeout(total=TIMEOUT, sock_connect=_CONNECT)
        try:
            async with self._session.request(
                self._method,
                url,
                data=body or None,
                headers=self._headers,
                timeout=limits,
                allow_redirects=False,
            ) as answer:
                _refuse(answer.status, answer.headers.get("Retry-After", ""))
                return _id_in(await answer.read())
        except (aiohttp.ConnectionTimeoutError, aiohttp.ClientConnectorError, aiohttp.InvalidURL) as error:
            raise Later(_UNREACHABLE, f"the SMS gateway can't be reached ({type(error).__name__})") from None
        except (aiohttp.ClientError, TimeoutError) as error:
            why = f"no clear answer from the SMS gateway ({type(error).__name__})"
            raise Later(_UNREACHABLE, why, unsure=True) from None


def _refuse(status: int, retry_after: str) -> None:
    if 200 <= status < 300:
        return
    if status == 429:
        seconds = float(retry_after) if retry_after.isdecimal() else _NO_HINT
        raise Later(seconds, "the SMS gateway asks for a rest (429)", flood=True)
    if status >= 500 or status == 408:
        # 503 says that it took nothing; the others don't say.
        raise Later(_UNREACHABLE, f"the SMS gateway is out of order ({status})", unsure=status != 503)
    if status in (401, 402, 403, 407) or status < 400:
        raise Later(_OPERATOR_MUST_MEND, f"the SMS gateway refuses us, not the message ({status}): see its settings")
    raise Never(f"the SMS gateway refuses the message ({status})")


def _id_in(body: bytes) -> str:
    try:
        found: Any = json.loads(body)["id"]
    except (ValueError, LookupError, TypeError, RecursionError):
        return ""
    return str(found) if isinstance(found, str | int) else ""


def _filled(template: str, number: str, text: str, escape: Escape) -> str:
    """In one pass: a place inside the text stays text."""
    values = {"to": number, "digits": number.removeprefix("+"), "text": text}
    return _PLACE.sub(lambda place: escape(values[place[1]]), template)


def _escape(content_type: str) -> Escape:
    kind = content_type.partition(";")[0].strip().lower()
    if kind == "application/x-www-form-urlencoded":
        return quote_plus
    if kind in ("", "application/json") or kind.endswith("+json"):
        return in_json
    raise OperatorError(
        f"A body of the type {kind!r} can't be written for the SMS gateway. Set the Content-Type header to "
        "application/json or application/x-www-form-urlencoded."
    )


def _check(url: str, body: str, escape: Escape) -> None:
    if not url.startswith(("https://", "http://")):
        raise OperatorError("The address of the SMS gateway must begin with https://")
    found = set(_PLACE.findall(url + body))
    if "text" not in found or not found & {"to", "digits"}:
        raise OperatorError(
            "The SMS gateway would get no text or no number: put {text} and {to} (or {digits}, which is the "
            "number without its +) into the body or the address."
        )
    if body and escape is in_json:
        try:
            json.loads(_filled(body, "+910000000000", "text", escape))
        except ValueError:
            raise OperatorError(f"The body for the SMS gateway is no JSON. Compare: {JSON_BODY}") from None
