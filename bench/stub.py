"""The stub's process: Telegram, the mail server, the SMS gateway and the crowd, on one core and on loopback.

It says what happens as lines of JSON: "ready", "polled" (then it waits for a line on its standard input), "measuring",
and at the end its figures. It ends by itself in any case.
"""

import argparse
import asyncio
import json
import re
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, fields
from typing import Any

import uvloop

from bench.botapi import BotApi
from bench.crowd import Crowd, Load
from bench.forms import FORMS
from bench.mail import Mailbox
from bench.wire import Connection


def say(event: str, **more: object) -> None:
    print(json.dumps({"event": event, **more}), flush=True)


def quantile(values: Sequence[float], part: float) -> float | None:
    """In milliseconds."""
    ordered = sorted(values)
    return round(ordered[min(len(ordered) - 1, int(len(ordered) * part))] * 1000, 2) if ordered else None


class Stub:
    def __init__(self, form: str, load: Load, round_trip: float, mail_takes: float) -> None:
        self.load = load
        self.round_trip = round_trip
        self.mail_takes = mail_takes
        self.ended = asyncio.Event()
        self.begun = self.end = self.spent = 0.0
        self.api = BotApi(time.time, self._later, lambda: say("polled"))
        self.crowd = Crowd(FORMS[form], load, time.time, self._later, self.api.post, self._end)
        self.api.crowd = self.crowd

    async def run(self, limit: float) -> None:
        loop = asyncio.get_running_loop()
        heard = self.crowd.code_came
        web = await loop.create_server(lambda: Connection(self.api, heard, self.round_trip), "127.0.0.1", 0)
        mail = await loop.create_server(lambda: Mailbox(heard, self._pause), "127.0.0.1", 0)
        loop.add_reader(sys.stdin, self._begin)
        say("ready", web=web.sockets[0].getsockname()[1], smtp=mail.sockets[0].getsockname()[1])
        try:
            await asyncio.wait_for(self.ended.wait(), limit)
        except TimeoutError:
            self.end = time.time()
        say("done", **self._figures())

    def _later(self, seconds: float, what: Callable[[], None]) -> None:
        asyncio.get_running_loop().call_later(seconds, what)

    def _pause(self, to: str) -> float:
        number = re.search(r"\d+", to)
        return self.mail_takes if number and self.load.slow(int(number.group())) else 0.0

    def _begin(self) -> None:
        asyncio.get_running_loop().remove_reader(sys.stdin)
        self.crowd.begin()
        self._later(self.load.warm, self._measure)

    def _measure(self) -> None:
        self.api.calls.clear()
        self.begun, self.spent = time.time(), time.process_time()
        say("measuring")
        self.crowd.measure()

    def _end(self) -> None:
        self.end = time.time()
        self.ended.set()

    def _figures(self) -> dict[str, Any]:
        measured, crowd = self.crowd.measured, self.crowd
        seconds = self.end - self.begun
        return {
            "answers": measured.answers,
            "seconds": round(seconds, 3),
            "per_second": round(measured.answers / seconds, 1),
            "answered": [quantile(measured.answered, part) for part in (0.5, 0.99, 1.0)],
            "felt": [quantile(measured.felt, part) for part in (0.5, 0.99, 1.0)],
            "codes": {name: [quantile(took, part) for part in (0.5, 0.99)] for name, took in measured.codes.items()},
            "forms": crowd.finished,
            "visitors": len(crowd.visitors),
            "odd": dict(crowd.odd),
            "calls": dict(self.api.calls),
            "stub_busy": round((time.process_time() - self.spent) / seconds, 3),
        }


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench.stub")
    parser.add_argument("--form", choices=sorted(FORMS), required=True)
    parser.add_argument("--round-trip", type=float, default=0.0)
    parser.add_argument("--mail-takes", type=float, default=0.0)
    parser.add_argument("--limit", type=float, default=120.0)
    for name, value in asdict(Load()).items():
        parser.add_argument(f"--{name.replace('_', '-')}", type=type(value), default=value)
    given = parser.parse_args()
    load = Load(**{one.name: getattr(given, one.name) for one in fields(Load)})

    async def work() -> None:
        await Stub(given.form, load, given.round_trip, given.mail_takes).run(given.limit)

    uvloop.run(work())


if __name__ == "__main__":
    main()
