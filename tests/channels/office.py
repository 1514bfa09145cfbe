"""A mail server for tests, and a letter to send: takes what comes, or says what it is told to say at a step."""

import asyncio
from datetime import UTC, datetime
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any

from aiosmtpd.smtp import SMTP, AuthResult, Envelope, Session

from dialogue.model import Chat, Invite, Message
from dialogue.words import BLANK, Text, line, verbatim

SENDER = "Mulakat <visits@jail.example>"
SUNITA = Chat("email", "sunita@mail.example")
NOW = datetime(2026, 11, 30, 4, 0, tzinfo=UTC)
START = datetime(2026, 12, 1, 4, 0, tzinfo=UTC)

APPROVED = Message(
    (
        Text("Your visit is **approved**."),
        BLANK,
        line(Text("When"), Text("{day}", {"day": START})),
        line(Text("Where"), verbatim("Tihar <1> & co")),
        BLANK,
        Text("Hello {name}", {"name": "<script>alert(1)</script>"}),
    ),
    subject=Text("Hello {name}", {"name": "सुनीता"}),
    invite=Invite("ABCD2345", START, 30, Text("Prison visit"), "Tihar, New Delhi"),
)


class Office:
    """A mail server: takes letters, or says what it is told to say at a step."""

    def __init__(self) -> None:
        self.letters: list[EmailMessage] = []
        self.raw: list[bytes] = []
        self.envelopes: list[tuple[str | None, list[str]]] = []
        self.goodbye = asyncio.Event()
        self.says: dict[str, str] = {}
        self.delay = 0.0
        self.logins: list[tuple[bytes, bytes]] = []
        self.lines: set[SMTP] = set()

    async def handle_MAIL(
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if "MAIL" in self.says:
            return self.says["MAIL"]
        envelope.mail_from = address
        return "250 OK"

    async def handle_RCPT(
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if "RCPT" in self.says:
            return self.says["RCPT"]
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_QUIT(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        self.goodbye.set()
        return "221 Bye"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        await asyncio.sleep(self.delay)
        if "DATA" in self.says:
            return self.says["DATA"]
        content = envelope.content
        assert isinstance(content, bytes)
        parsed = message_from_bytes(content, policy=policy.default)
        assert isinstance(parsed, EmailMessage)
        self.letters.append(parsed)
        self.raw.append(content)
        self.envelopes.append((envelope.mail_from, envelope.rcpt_tos))
        return "250 OK"

    def login(self, server: SMTP, session: Session, envelope: Envelope, mechanism: str, data: Any) -> AuthResult:
        self.logins.append((data.login, data.password))
        return AuthResult(success=data.password == b"p@ss:word", handled=False)
