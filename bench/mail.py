"""An SMTP server that takes every letter, after a while where that is wanted, and tells the code that was in it."""

import asyncio
import re
from collections.abc import Callable
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import cast

from bench.wire import Heard, digits_in

END = b"\r\n.\r\n"
WORDS = {b"EHLO": b"250-bench\r\n250 8BITMIME\r\n", b"DATA": b"354 go on\r\n", b"QUIT": b"221 bye\r\n"}
FINE = b"250 fine\r\n"


class Mailbox(asyncio.Protocol):
    """`pause` says how many seconds the letter to an address takes."""

    transport: asyncio.WriteTransport

    def __init__(self, heard: Heard, pause: Callable[[str], float]) -> None:
        self.heard = heard
        self.pause = pause
        self.came = b""
        self.to = ""
        self.letter = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast(asyncio.WriteTransport, transport)
        self.transport.write(b"220 bench ESMTP\r\n")

    def data_received(self, data: bytes) -> None:
        self.came += data
        while True:
            piece, end, rest = self.came.partition(END if self.letter else b"\r\n")
            if not end:
                return
            self.came = rest
            if self.letter:
                self.letter = False
                asyncio.get_running_loop().call_later(self.pause(self.to), self._taken, self.to, piece)
            else:
                self._command(piece)

    def _command(self, line: bytes) -> None:
        word = line[:4].upper()
        if word == b"RCPT":
            found = re.search(rb"<([^>]+)>", line)
            self.to = found.group(1).decode() if found else ""
        self.letter = word == b"DATA"
        self.transport.write(WORDS.get(word, FINE))
        if word == b"QUIT":
            self.transport.close()

    def _taken(self, to: str, letter: bytes) -> None:
        message = message_from_bytes(letter, policy=policy.default)
        assert isinstance(message, EmailMessage)
        words = message.get_body(("plain",))
        digits = digits_in(words.get_content()) if words else ""
        if digits:
            self.heard(to, digits)
        if not self.transport.is_closing():
            self.transport.write(FINE)
