"""Faults of the mail server: at the open line, at the recipient, or when the letter has been handed over."""

import asyncio
from collections.abc import Mapping

from aiosmtpd.smtp import SMTP, Envelope, Session

from sandbox.clock import pause
from sandbox.faults.kinds import SMTP as DOOR
from sandbox.faults.line import reset
from sandbox.faults.switch import Faults
from sandbox.mail import Letterbox
from sandbox.world import World

BUSY = b"421 4.3.2 sandbox Service not available, try again later\r\n"
AT_RECIPIENT: Mapping[str, str] = {
    "greylisted": "450 4.2.0 <{to}>: Recipient address rejected: Greylisted, try again in five minutes",
    "full": "452 4.2.2 <{to}>: Recipient address rejected: Mailbox full",
    "no_mailbox": "550 5.1.1 <{to}>: Recipient address rejected: User unknown in virtual mailbox table",
}
AT_LETTER: Mapping[str, str] = {
    "later": "451 4.3.0 Error: queue file write error",
    "spam": "554 5.7.1 Message rejected as spam",
    "garbage": "\x00\x1b? hello",
    "timeout": "",
    "reset": "",
    "slow": "",
}


class FaultyLetterbox(Letterbox):
    """The ordinary one, where nothing is to happen."""

    def __init__(self, world: World, faults: Faults, closing: asyncio.Event) -> None:
        super().__init__(world)
        self.faults = faults
        self.closing = closing

    def line(self) -> asyncio.Protocol:
        return _Busy() if self.faults.strike(DOOR, kinds=("busy",)) else super().line()

    async def handle_RCPT(
        self, _server: SMTP, _session: Session, envelope: Envelope, address: str, _options: list[str]
    ) -> str:
        if fault := self.faults.strike(DOOR, (address,), AT_RECIPIENT):
            return AT_RECIPIENT[fault.kind].format(to=address)
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        fault = self.faults.strike(DOOR, envelope.rcpt_tos, AT_LETTER)
        if fault is None:
            return await super().handle_DATA(server, session, envelope)
        answer = await super().handle_DATA(server, session, envelope) if fault.done else ""
        if fault.kind == "slow":
            await pause(fault.wait, self.closing)
            return answer
        if fault.kind == "timeout":
            await self.closing.wait()
        if fault.kind in ("timeout", "reset") and isinstance(server.transport, asyncio.Transport):
            reset(server.transport)
        return AT_LETTER[fault.kind]


class _Busy(asyncio.Protocol):
    """Says so, and hangs up."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        transport.write(BUSY)
        transport.close()
