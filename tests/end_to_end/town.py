"""A town of two processes: the sandbox, which plays Telegram, the mail and the SMS gateway, and `bot.py run`."""

import asyncio
import json
import os
import re
import signal
import sys
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Protocol

import aiohttp

from dialogue.model import Chat
from operate.prepare import open_house
from operate.settings import ROOT, Settings
from sandbox.play import Play
from storage import jails
from tests.support.stage import GROUP, JAIL

TOKEN = "4242:sandbox-token"
SUPERGROUP = GROUP - 1
CAST: dict[str, Any] = {
    "title": "Test",
    "token": TOKEN,
    "bot": {"id": 4242, "name": "Mulakat", "username": "mulakat_bot"},
    "people": [
        {"id": 101, "name": "Sunita Devi", "phone": "+919812345678"},
        {"id": 102, "name": "Ravi"},
        {"id": 201, "name": "Rao"},
        {"id": 202, "name": "Iqbal"},
        {"id": 999, "name": "Stranger"},
    ],
    "groups": [
        {"id": GROUP, "title": "Tihar 1", "members": [201, 202, 999], "admins": [201]},
        {"id": SUPERGROUP, "title": "Tihar 1, grown", "members": [201, 202, 999], "admins": [201]},
    ],
    "phones": [{"label": "family", "person": 101, "chat": 101}, {"label": "jail", "person": 201, "chat": GROUP}],
}
STAFF = (("201", "Supt. Rao", "superintendent"), ("202", "Dy. Supt. Iqbal", "deputy"))
READY = 30.0  # seconds
LEASES = 25.0  # with PostgreSQL others may be alive: what a killed process held is theirs after half a minute


class Child(Protocol):
    """What asyncio knows of a process."""

    @property
    def returncode(self) -> int | None: ...

    async def wait(self) -> int: ...

    def send_signal(self, signal: int, /) -> None: ...

    def kill(self) -> None: ...


@dataclass(slots=True)
class Process:
    """A child, with its lines collected."""

    child: Child
    lines: list[str] = field(default_factory=list)
    reading: asyncio.Task[None] | None = None

    @classmethod
    def of(cls, child: Child, words: asyncio.StreamReader) -> "Process":
        made = cls(child)

        async def read() -> None:
            async for line in words:
                made.lines.append(line.decode(errors="replace").rstrip())

        made.reading = asyncio.create_task(read())
        return made

    async def line(self, wanted: str, timeout: float = READY) -> str:  # noqa: ASYNC109 (a test says how long)
        """The first line that holds `wanted`."""
        async with asyncio.timeout(timeout):
            while True:
                for one in self.lines:
                    if wanted in one:
                        return one
                if self.child.returncode is not None:
                    raise AssertionError("it ended: " + "\n".join(self.lines[-20:]))
                await asyncio.sleep(0.02)

    def kill(self) -> None:
        """kill -9"""
        self.child.send_signal(signal.SIGKILL)

    async def stop(self, timeout: float = 10.0) -> int:  # noqa: ASYNC109
        """SIGTERM, and the status it ended with; ten seconds are all it may take."""
        if self.child.returncode is None:
            self.child.send_signal(signal.SIGTERM)
        try:
            return await asyncio.wait_for(self.child.wait(), timeout)
        finally:
            if self.child.returncode is None:
                self.child.kill()


async def demo(folder: Path) -> tuple[Process, str]:
    """`bot.py demo` as a user starts it, and its page's address."""
    env = {k: v for k, v in os.environ.items() if not k.startswith("MULAKAT_")} | {"PYTHONUNBUFFERED": "1"}
    process = await started("bot.py", "demo", "--port", "0", "--folder", str(folder), env=env)
    found = re.search(r"http://\S+", await process.line("http://"))
    assert found
    return process, found.group()


async def started(*arguments: str, env: dict[str, str]) -> Process:
    child = await asyncio.create_subprocess_exec(
        sys.executable,
        *arguments,
        cwd=ROOT,
        env=env,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    assert child.stdout
    return Process.of(child, child.stdout)


@dataclass(slots=True)
class Town:
    """`play` drives the people; `bot` is the running product, started and killed at will."""

    folder: Path
    env: dict[str, str]
    play: Play
    sandbox: Process
    bot: Process | None = None
    killed: float = 0.0

    async def start_bot(self) -> Process:
        self.bot = await started("bot.py", "run", env=self.env)
        await self.bot.line('"running"')
        if self.killed:
            if "MULAKAT_WEBHOOK_URL" in self.env:
                await self.play.forward(seconds=90)  # Telegram rests before it tries again
            if self.env["MULAKAT_DATABASE_URL"].startswith("postgresql"):
                await asyncio.sleep(max(0.0, self.killed + LEASES - time.monotonic()))
        return self.bot

    async def kill_bot(self) -> None:
        assert self.bot
        self.bot.kill()
        await self.bot.child.wait()
        self.killed = time.monotonic()

    @property
    def settings(self) -> Settings:
        """Enough of them to open the database in this process."""
        url, secret = self.env["MULAKAT_DATABASE_URL"], Path(self.env["MULAKAT_SECRET_FILE"])
        return Settings(_env_file=None, database_url=url, secret_file=secret)

    async def staff(self) -> None:
        """By the operator's own commands."""
        await self.command("jails", "bind", JAIL, "--", str(GROUP))
        for person, name, role in STAFF:
            await self.command("staff", "add", JAIL, person, role, "--name", name)

    async def look(self, path: str) -> tuple[int, str]:
        """What the bot's own server answers."""
        url = f"http://{self.env['MULAKAT_LISTEN']}{path}"
        async with aiohttp.ClientSession() as session, session.get(url) as answer:
            return answer.status, await answer.text()

    async def command(self, *arguments: str) -> str:
        """One of the operator's commands; its output."""
        process = await started("bot.py", *arguments, env=self.env)
        status = await asyncio.wait_for(process.child.wait(), READY)
        if process.reading:
            await process.reading
        assert status == 0, "\n".join(process.lines)
        return "\n".join(process.lines)


@asynccontextmanager
async def town(
    folder: Path, people: Sequence[dict[str, Any]] = (), staffed: bool = True, /, **settings: str
) -> AsyncIterator[Town]:
    """A sandbox, a database with one jail bound and staffed, and no bot yet. With `staffed` false nothing has touched
    the database."""
    cast = folder / "cast.json"
    cast.write_text(json.dumps(CAST | {"people": [*CAST["people"], *people]}))
    base = {k: v for k, v in os.environ.items() if not k.startswith("MULAKAT_")}
    arguments = ("--port", "0", "--smtp-port", "0", "--folder", str(folder / "sandbox"), "--cast", str(cast))
    sandbox = await started("-m", "sandbox", *arguments, env=base)
    try:
        ready: dict[str, Any] = json.loads(await sandbox.line('"ready"'))
        env = base | {
            "MULAKAT_BOT_TOKEN": TOKEN,
            "MULAKAT_TELEGRAM_API": ready["url"],
            "MULAKAT_DATABASE_URL": f"sqlite+aiosqlite:///{folder}/data/mulakat.db",
            "MULAKAT_SECRET_FILE": str(folder / "secret"),
            "MULAKAT_SMTP_URL": ready["smtp"],
            "MULAKAT_SMS_URL": ready["url"] + "/sms",
            "MULAKAT_TELEGRAM_RATE": "1000",
            "MULAKAT_UNDO_SECONDS": "2",
            "MULAKAT_VIDEO_URL": "https://meet.example",
            "MULAKAT_LOG_FORMAT": "json",
            "MULAKAT_LOG_LEVEL": "DEBUG",
            **settings,
        }
        async with Play(ready["url"]) as play:
            made = Town(folder, env, play, sandbox)
            if staffed:
                await _staffed(made)
            try:
                yield made
            except AssertionError as error:
                log = made.bot.lines[-25:] if made.bot else []
                error.add_note("\n".join(["the bot's last lines:", *log, "the sandbox's:", *sandbox.lines[-25:]]))
                raise
            finally:
                if made.bot:
                    await made.bot.stop()
    finally:
        await sandbox.stop()


async def _staffed(made: Town) -> None:
    """What the operator's commands do, each of which takes seconds to begin."""
    db, _vault = await open_house(made.settings)
    async with db.begin() as tx:
        await jails.bind(tx, JAIL, Chat("telegram", str(GROUP)))
        for person, name, role in STAFF:
            await jails.add_staff(tx, JAIL, Chat("telegram", person), role, name, datetime.now(UTC))
    await db.close()
