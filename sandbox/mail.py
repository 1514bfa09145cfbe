"""The mail server: takes every letter, and makes it readable for the inbox."""

import asyncio
import email
import email.policy
from email.message import EmailMessage, Message
from html.parser import HTMLParser
from typing import Any

from aiosmtpd.smtp import SMTP, AuthResult, Envelope, Session

from sandbox.world import World

LARGEST = 33_554_432  # bytes of a letter


class Letterbox:
    """aiosmtpd's handler, and a line for each connection; `lines` are those that are open."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.lines: set[asyncio.Transport] = set()

    async def handle_DATA(self, _server: SMTP, _session: Session, envelope: Envelope) -> str:
        raw = envelope.content or b""
        body = raw if isinstance(raw, bytes) else raw.encode()
        number = len(self.world.mail) + 1
        with self.world.journal.together():
            self.world.journal.keep(f"mail-{number}", f"{number}.eml", "message/rfc822", body)
            read = read_mail(body, envelope.rcpt_tos, envelope.mail_from or "")
            self.world.record("mail", {"id": number, "date": self.world.stamp(), **read})
        return f"250 2.0.0 taken as {number}"

    def line(self) -> asyncio.Protocol:
        """The protocol of one connection. Any name and password is right."""
        return _Line(
            self,
            data_size_limit=LARGEST,
            enable_SMTPUTF8=True,
            decode_data=False,
            hostname="sandbox",
            auth_require_tls=False,
            authenticator=lambda *_who: AuthResult(success=True),
            loop=asyncio.get_running_loop(),
        )

    def hang_up(self) -> None:
        for line in self.lines:
            line.abort()


class _Line(SMTP):
    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        super().connection_made(transport)
        if isinstance(transport, asyncio.Transport):
            self.event_handler.lines.add(transport)
            self._line = transport

    def connection_lost(self, error: Exception | None) -> None:
        self.event_handler.lines.discard(self._line)
        super().connection_lost(error)


def parsed(raw: bytes) -> EmailMessage:
    message = email.message_from_bytes(raw, policy=email.policy.default)
    assert isinstance(message, EmailMessage)
    return message


def read_mail(raw: bytes, recipients: list[str], sender: str = "") -> dict[str, Any]:
    """What the inbox shows of a letter. `to` are those it was really sent to, so that a hidden copy shows too."""
    message = parsed(raw)
    text, html = message.get_body(("plain",)), message.get_body(("html",))
    words = _text(text) if text else _Plain.of(_text(html)) if html else ""
    return {
        "from": str(message.get("From", "") or sender),
        "to": ", ".join(recipients),
        "subject": str(message.get("Subject", "")),
        "text": words,
        "has_html": html is not None,
        "attachments": [
            {"n": n, "name": _name(part, n), "type": part.get_content_type(), "size": len(_body(part))}
            for n, part in enumerate(attachments(message))
        ],
    }


def attachments(message: EmailMessage) -> list[EmailMessage]:
    """Named parts, and calendar entries wherever they stand; an entry that stands there twice is shown once."""
    out: list[EmailMessage] = []
    seen: set[bytes] = set()
    for part in message.walk():
        named = part.get_filename() or part.get_content_type() == "text/calendar"
        if named and not part.is_multipart() and isinstance(part, EmailMessage):
            body = _body(part)
            if body not in seen:
                seen.add(body)
                out.append(part)
    return out


def attachment(raw: bytes, n: int) -> tuple[str, str, bytes] | None:
    """(name, type, body) of the n-th."""
    parts = attachments(parsed(raw))
    if not 0 <= n < len(parts):
        return None
    return _name(parts[n], n), parts[n].get_content_type(), _body(parts[n])


def html_of(raw: bytes) -> str:
    part = parsed(raw).get_body(("html",))
    return _text(part) if part else ""


def _name(part: EmailMessage, n: int) -> str:
    return part.get_filename() or f"part-{n}"


def _text(part: Message) -> str:
    """Words of a part, in the charset that it names, or in UTF-8 when there is no such charset."""
    body = _body(part)
    try:
        return body.decode(part.get_content_charset("utf-8"), "replace").replace("\r\n", "\n")
    except LookupError:
        return body.decode("utf-8", "replace").replace("\r\n", "\n")


def _body(part: Message) -> bytes:
    body = part.get_payload(decode=True)
    return body if isinstance(body, bytes) else b""


class _Plain(HTMLParser):
    """The words of an HTML letter that has no plain part."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.words: list[str] = []
        self.unseen = 0

    @classmethod
    def of(cls, html: str) -> str:
        reader = cls()
        reader.feed(html)
        reader.close()
        lines = (" ".join(line.split()) for line in "".join(reader.words).split("\n"))
        return "\n".join(line for line in lines if line)

    def handle_starttag(self, tag: str, _attributes: list[tuple[str, str | None]]) -> None:
        self.unseen += tag in ("style", "script", "title")
        if tag in ("br", "p", "div", "tr", "li", "h1", "h2", "h3"):
            self.words.append("\n")

    def handle_endtag(self, tag: str) -> None:
        self.unseen -= tag in ("style", "script", "title") and self.unseen > 0

    def handle_data(self, data: str) -> None:
        if not self.unseen:
            self.words.append(data)
