"""E-mail, by SMTP: letters go out over a few connections, each kept some seconds for the next one.

What the server writes beside its number stays here: it often repeats the address.
"""

import asyncio
import ipaddress
import re
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from email.headerregistry import Address
from email.utils import make_msgid, parseaddr
from typing import Any
from urllib.parse import unquote, urlsplit

from aiosmtplib import (
    SMTP,
    SMTPAuthenticationError,
    SMTPDataError,
    SMTPException,
    SMTPRecipientRefused,
    SMTPResponseException,
    SMTPSenderRefused,
)

from channels.base import Errand, Later, Never, OperatorError, Say
from channels.cleaning import clean
from channels.letter import PRODUCT, Envelope, letter
from channels.render import Renderer
from dialogue.model import Chat

TIMEOUT = 20.0  # seconds, for each step of the talk with the server
WHOLE = 45.0  # seconds, from the wish to the answer
KEPT = 10.0  # seconds that a connection waits for the next letter
AT_ONCE = 4  # connections

_UNREACHABLE = 30.0
_ASKS_TO_WAIT = 300.0  # greylisting lets a letter in after some minutes
_OPERATOR_MUST_MEND = 300.0

_NO_SUCH_MAILBOX = re.compile(r"\b5\.(1\.(1|2|3|6|10)|2\.1)\b")  # RFC 3463, RFC 7505
_PLAIN_ADDRESS = re.compile(r"[^\s@<>()\[\]\\,;:\"]+@[^\s@<>()\[\]\\,;:\"]+")

Clock = Callable[[], datetime]


def _now() -> datetime:
    return datetime.now(UTC)


@dataclass(slots=True)
class _Posting:
    """A letter on its way. left: it may have arrived from here on."""

    mail: bytes
    to: str
    left: bool = False


class Email:
    """smtp_url: smtp://host:25 (in the clear), smtp+starttls://user:password@host:587,
    smtps://user:password@host:465; signs that a URL can't hold are percent-encoded. sender:
    "visits@jail.example" or "Name <visits@jail.example>"."""

    name = "email"

    def __init__(self, smtp_url: str, sender: str, renderer: Renderer, clock: Clock = _now) -> None:
        self._server = _server(smtp_url)
        self._sender = _sender(sender)
        self._renderer = renderer
        self._clock = clock
        self._lines = asyncio.Semaphore(AT_ONCE)
        self._idle: dict[SMTP, asyncio.TimerHandle] = {}
        self._leaving: set[asyncio.Task[None]] = set()

    async def deliver(self, to: Chat, errand: Errand, locale: str) -> str:
        """The Message-ID. Only Say can be done: what was mailed stays mailed."""
        if not isinstance(errand, Say):
            raise Never("a letter that is sent can't be changed, taken back or answered")
        address = _address(to.id)
        if address is None:
            raise Never("this is not a mail address")
        envelope = Envelope(self._sender, address, make_msgid(domain=self._sender.domain), self._clock())
        mail = letter(errand.message, envelope, self._renderer, locale)
        posting = _Posting(mail.as_bytes(), address.addr_spec)
        try:
            async with asyncio.timeout(WHOLE), self._lines:
                await self._post(posting)
        except TimeoutError:
            raise Later(_UNREACHABLE, "the mail server is too slow", unsure=posting.left) from None
        return envelope.id

    async def close(self) -> None:
        for client in list(self._idle):
            self._retire(client)
        await asyncio.gather(*self._leaving)

    async def _post(self, posting: _Posting) -> None:
        while self._idle:
            client = next(iter(self._idle))
            self._idle.pop(client).cancel()
            try:
                return await self._hand_over(client, posting)
            except Later as later:
                # The server may have hung up since the last letter. Nothing left yet: a fresh connection will
                # tell.
                if later.unsure:
                    raise
        await self._hand_over(await self._connected(), posting)

    async def _connected(self) -> SMTP:
        client = SMTP(**self._server, local_hostname=self._sender.domain, timeout=TIMEOUT)
        try:
            await client.connect()
            if client.is_ehlo_or_helo_needed:
                await client.ehlo()  # what it can do is asked for below
        except SMTPAuthenticationError as error:
            raise Later(_OPERATOR_MUST_MEND, f"the mail server refuses our name and password ({error.code})") from None
        except SMTPResponseException as error:
            raise Later(_UNREACHABLE, f"the mail server takes no letters now ({error.code})") from None
        except (SMTPException, OSError) as error:
            raise Later(_UNREACHABLE, f"the mail server can't be reached ({type(error).__name__})") from None
        return client

    async def _hand_over(self, client: SMTP, posting: _Posting) -> None:
        try:
            await _handed_over(client, self._sender.addr_spec, posting)
        except BaseException:
            client.close()
            raise
        self._idle[client] = asyncio.get_running_loop().call_later(KEPT, self._retire, client)

    def _retire(self, client: SMTP) -> None:
        self._idle.pop(client).cancel()
        leaving = asyncio.create_task(_quit(client))
        self._leaving.add(leaving)
        leaving.add_done_callback(self._leaving.discard)


async def _handed_over(client: SMTP, sender: str, posting: _Posting) -> None:
    international = not posting.to.isascii()
    if international and not client.supports_extension("smtputf8"):
        raise Never("the mail server takes no address in this script")
    options = [f"size={len(posting.mail)}"] if client.supports_extension("size") else []
    options += ["SMTPUTF8"] if international else []
    encoding = "utf-8" if international else "ascii"
    try:
        await client.mail(sender, options=options, encoding=encoding)
        await client.rcpt(posting.to, encoding=encoding)
        posting.left = True
        await client.data(posting.mail)
    except SMTPRecipientRefused as error:
        if error.code < 500:
            raise Later(_ASKS_TO_WAIT, f"the mail server asks us to wait ({error.code})") from None
        gone = bool(_NO_SUCH_MAILBOX.search(error.message))
        raise Never(f"the mail server refuses the address ({error.code})", gone=gone) from None
    except SMTPDataError as error:
        if error.code < 500:
            raise Later(_ASKS_TO_WAIT, f"the mail server asks us to wait ({error.code})") from None
        raise Never(f"the mail server refuses the letter ({error.code})") from None
    except SMTPSenderRefused as error:
        raise Later(_OPERATOR_MUST_MEND, f"the mail server refuses our own address ({error.code})") from None
    except ValueError:
        raise Never("this address can't be sent to a mail server") from None
    except (SMTPException, OSError) as error:
        raise Later(_UNREACHABLE, f"the mail server was lost ({type(error).__name__})", unsure=posting.left) from None


async def _quit(client: SMTP) -> None:
    with suppress(SMTPException, OSError):  # whether it says goodbye changes nothing any more
        await client.quit()
    client.close()


def _address(text: str, name: str = "") -> Address | None:
    """One plain address, in any script: no comment, no quotes, no list. `=?` would be decoded by the standard
    library when the header is written, line breaks and all."""
    local, _at, domain = text.rpartition("@")
    if not _PLAIN_ADDRESS.fullmatch(text) or clean(text) != text or "=?" in text + name:
        return None
    return Address(name, local, domain)


def _sender(text: str) -> Address:
    name, spec = parseaddr(text)
    address = _address(spec, name or PRODUCT)
    if address is None or not spec.isascii() or clean(text) != text:
        raise OperatorError(
            f"{text!r} is no mail address to send from. Write for example: {PRODUCT} <visits@jail.example>"
        )
    return address


def _server(url: str) -> dict[str, Any]:
    """aiosmtplib's arguments for this server."""
    parts = urlsplit(url)
    try:
        host, port = parts.hostname, parts.port
    except ValueError:
        host, port = None, None
    if not host or parts.scheme not in ("smtp", "smtps", "smtp+starttls"):
        raise OperatorError(
            "The mail server is written smtp+starttls://name:password@host:587, or "
            "smtps://name:password@host:465, or, without password and encryption, smtp://host:25."
        )
    if parts.scheme == "smtp" and parts.password and not _this_machine(host):
        raise OperatorError(
            "smtp:// would send the mail server's password in the clear. Write smtp+starttls:// or smtps:// instead."
        )
    return {
        "hostname": host,
        "port": port,
        "username": unquote(parts.username) if parts.username else None,
        "password": unquote(parts.password) if parts.password else None,
        "use_tls": parts.scheme == "smtps",
        "start_tls": parts.scheme == "smtp+starttls",
    }


def _this_machine(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
