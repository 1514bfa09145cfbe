"""HTTP for the stub, as fast as one core can: calls of the Bot API, and an SMS gateway beside it."""

import asyncio
import json
import re
from collections.abc import Callable
from typing import Any, cast
from urllib.parse import parse_qsl

import httptools

from bench.botapi import BotApi

HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n"
TAKEN = b'{"id":"1"}'

Heard = Callable[[str, str], None]  # an address and the digits that came there


def digits_in(text: str) -> str:
    found = re.search(r"(?<!\d)\d{6}(?!\d)", text)
    return found.group() if found else ""


class Connection(asyncio.Protocol):
    """One call at a time, as clients do. `round_trip`: seconds until an answer is back at the bot."""

    transport: asyncio.WriteTransport

    def __init__(self, api: BotApi, heard: Heard, round_trip: float) -> None:
        self.api = api
        self.heard = heard
        self.round_trip = round_trip
        self.parser = httptools.HttpRequestParser(self)
        self.url = b""
        self.body = b""
        self.form = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast(asyncio.WriteTransport, transport)

    def data_received(self, data: bytes) -> None:
        self.parser.feed_data(data)

    def on_message_begin(self) -> None:
        self.url, self.body, self.form = b"", b"", False

    def on_url(self, url: bytes) -> None:
        self.url += url

    def on_header(self, name: bytes, value: bytes) -> None:
        if name.lower() == b"content-type":
            self.form = value.startswith(b"application/x-www-form-urlencoded")

    def on_body(self, body: bytes) -> None:
        self.body += body

    def on_message_complete(self) -> None:
        method = self.url.rpartition(b"/")[2].decode()
        given = self._given()
        if method == "sms":
            digits = digits_in(given["text"])
            if digits:
                self.heard(given["to"], digits)
            self._reply(TAKEN)
        else:
            self.api.call(method, given, self._reply)

    def _given(self) -> dict[str, Any]:
        if not self.body:
            return {}
        if self.form:
            return dict(parse_qsl(self.body.decode(), keep_blank_values=True))
        given: dict[str, Any] = json.loads(self.body)
        return given

    def _reply(self, body: bytes) -> None:
        if self.round_trip:
            asyncio.get_running_loop().call_later(self.round_trip, self._write, body)
        else:
            self._write(body)

    def _write(self, body: bytes) -> None:
        if not self.transport.is_closing():
            self.transport.write(HEAD % len(body) + body)
