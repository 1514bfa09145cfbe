"""Orders processes of the nursery, and knows who lives."""

import asyncio
import itertools
import json
import os
import signal
import sys
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from operate.settings import ROOT
from tests.end_to_end.town import Process


@dataclass(slots=True)
class Child:
    """As asyncio's own processes, which only a parent can have. pid: 0 until it is born."""

    pid: int = 0
    returncode: int | None = None
    born: asyncio.Event = field(default_factory=asyncio.Event)
    ended: asyncio.Event = field(default_factory=asyncio.Event)

    async def wait(self) -> int:
        await self.ended.wait()
        assert self.returncode is not None, "the nursery has ended"
        return self.returncode

    def send_signal(self, number: int) -> None:
        if self.returncode is None:
            with suppress(ProcessLookupError):  # it has ended, and that is just being told
                os.kill(self.pid, number)

    def kill(self) -> None:
        self.send_signal(signal.SIGKILL)


class Nurse:
    """`folder` is for the named pipes."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._numbers = itertools.count(1)
        self._unborn: list[Child] = []
        self._living: dict[int, Child] = {}
        self._hearing: asyncio.Task[None] | None = None

    async def __aenter__(self) -> "Nurse":
        pipe = asyncio.subprocess.PIPE
        self._nursery = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "tests.proofs.nursery", cwd=ROOT, stdin=pipe, stdout=pipe
        )
        self._hearing = asyncio.create_task(self._hear())
        return self

    async def __aexit__(self, *_of: object) -> None:
        """None outlives a proof that failed."""
        for child in list(self._living.values()):
            child.kill()
            await child.ended.wait()
        assert self._nursery.stdin and self._hearing
        self._nursery.stdin.close()
        await self._nursery.wait()
        await self._hearing

    async def started(self, point: str, count: int, env: dict[str, str]) -> Process:
        words = self._folder / f"words-{next(self._numbers)}"
        os.mkfifo(words)
        reader = asyncio.StreamReader()
        end = os.fdopen(os.open(words, os.O_RDONLY | os.O_NONBLOCK), "rb")
        await asyncio.get_running_loop().connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), end)
        child = Child()
        self._unborn.append(child)
        assert self._nursery.stdin
        order = {"words": str(words), "env": env, "point": point, "count": count}
        self._nursery.stdin.write(json.dumps(order).encode() + b"\n")
        await child.born.wait()
        assert child.pid, "the nursery has ended"
        return Process.of(child, reader)

    async def _hear(self) -> None:
        assert self._nursery.stdout
        async for line in self._nursery.stdout:
            told = json.loads(line)
            if "born" in told:
                child = self._unborn.pop(0)
                child.pid = told["born"]
                self._living[child.pid] = child
                child.born.set()
            else:
                child = self._living.pop(told["ended"])
                child.returncode = told["status"]
                child.ended.set()
        for child in (*self._unborn, *self._living.values()):  # of them nobody tells any more
            child.born.set()
            child.ended.set()
