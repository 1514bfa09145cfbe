"""The mail server: takes every letter, and makes it readable for the inbox."""

import email
import email.policy
from email.message import EmailMessage
from typing import Any

from aiosmtpd.smtp import SMTP, Envelope, Session

from sandbox.world import World


class Letterbox:
    """aiosmtpd's handler."""

    def __init__(self, world: World) -> None:
        self.world = world

    async def handle_DATA(self, _server: SMTP, _session: Session, envelope: Envelope) -> str:
        raw = envelope.content or b""
        body = raw if isinstance(raw, bytes) else raw.encode()
        number = len(self.world.mail) + 1
        self.world.journal.keep(f"mail-{number}", f"{number}.eml", "message/rfc822", body)
        self.world.record("mail", {"id": number, "date": self.world.stamp(), **read_mail(body, envelope.rcpt_tos)})
        return f"250 2.0.0 taken as {number}"


def server(world: World) -> SMTP:
    return SMTP(Letterbox(world), enable_SMTPUTF8=True, decode_data=False, hostname="sandbox")


def parsed(raw: bytes) -> EmailMessage:
    message = email.message_from_bytes(raw, policy=email.policy.default)
    assert isinstance(message, EmailMessage)
    return message


def read_mail(raw: bytes, recipients: list[str]) -> dict[str, Any]:
    """What the inbox shows of a letter."""
    message = parsed(raw)
    text, html = message.get_body(("plain",)), message.get_body(("html",))
    return {
        "from": str(message.get("From", "")),
        "to": ", ".join(recipients),
        "subject": str(message.get("Subject", "")),
        "text": text.get_content() if text else "",
        "has_html": html is not None,
        "attachments": [
            {
                "n": n,
                "name": part.get_filename() or f"part-{n}",
                "type": part.get_content_type(),
                "size": len(_body(part)),
            }
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


def html_of(raw: bytes) -> str:
    part = parsed(raw).get_body(("html",))
    return str(part.get_content()) if part else ""


def _body(part: EmailMessage) -> bytes:
    body = part.get_payload(decode=True)
    return body if isinstance(body, bytes) else b""


def attachment(raw: bytes, n: int) -> tuple[str, str, bytes] | None:
    """(name, type, body) of the n-th."""
    parts = attachments(parsed(raw))
    if not 0 <= n < len(parts):
        return None
    return parts[n].get_filename() or f"part-{n}", parts[n].get_content_type(), _body(parts[n])
