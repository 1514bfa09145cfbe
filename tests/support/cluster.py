"""A PostgreSQL server of a test's own, to be killed: made in a temporary folder, on a free port."""

import asyncio
import os
import pwd
import shutil
import signal
import socket
import tempfile
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import asyncpg
import pytest

OWNER = "postgres"  # the server doesn't run as root
READY = 60.0  # seconds until it must take connections again, with what the dead one left to be read


def binaries() -> Path | None:
    """Where PostgreSQL's programs are: on the path, or where Debian puts them."""
    found = shutil.which("initdb")
    if found:
        return Path(found).parent
    there = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: float(path.parts[-3]))
    return there[-1].parent if there else None


def as_whom() -> dict[str, Any]:
    """For a child process: ourselves, or for root the server's own user."""
    if os.getuid():
        return {}
    try:
        owner = pwd.getpwnam(OWNER)
    except KeyError:
        pytest.skip(f"PostgreSQL doesn't run as root, and there is no user {OWNER}")
    return {"user": owner.pw_uid, "group": owner.pw_gid, "extra_groups": ()}


@dataclass(slots=True)
class Cluster:
    folder: Path
    programs: Path
    port: int
    whom: dict[str, Any]
    postmaster: asyncio.subprocess.Process | None = None

    @property
    def url(self) -> str:
        return f"postgresql+asyncpg://{OWNER}@127.0.0.1:{self.port}/postgres"

    async def start(self) -> None:
        """Until it takes connections. What the dead one's children still hold lets it end at first: then again."""
        end = time.monotonic() + READY
        while not await self._takes():
            assert time.monotonic() < end, "PostgreSQL doesn't come up"
            if self.postmaster is None or self.postmaster.returncode is not None:
                self.postmaster = await self._run(
                    *("postgres", "-D", self.folder / "data", "-p", str(self.port), "-k", self.folder),
                    *("-c", "listen_addresses=127.0.0.1", "-c", "logging_collector=off"),
                )
            await asyncio.sleep(0.1)

    async def _takes(self) -> bool:
        try:
            one = await asyncpg.connect(host="127.0.0.1", port=self.port, user=OWNER, database="postgres")
        except (OSError, asyncpg.PostgresError):
            return False
        await one.close()
        return True

    async def kill(self) -> None:
        """kill -9 of the postmaster; its children see that it is gone, and go too."""
        assert self.postmaster
        self.postmaster.send_signal(signal.SIGKILL)
        await self.postmaster.wait()

    async def _run(self, program: str, *arguments: str | Path) -> asyncio.subprocess.Process:
        quiet = asyncio.subprocess.DEVNULL
        command = [str(self.programs / program), *map(str, arguments)]
        return await asyncio.create_subprocess_exec(*command, stdout=quiet, stderr=quiet, cwd=self.folder, **self.whom)

    async def made(self) -> None:
        arguments = ("-D", self.folder / "data", "-U", OWNER, "-A", "trust", "-E", "UTF8", "--no-locale", "--no-sync")
        assert await (await self._run("initdb", *arguments)).wait() == 0, "initdb failed"


@asynccontextmanager
async def cluster() -> AsyncIterator[Cluster]:
    """It runs; skipped, and listed, where PostgreSQL's programs are not installed."""
    programs = binaries()
    if programs is None:
        pytest.skip("no programs of PostgreSQL (initdb) are installed")
    whom = as_whom()
    folder = Path(tempfile.mkdtemp())
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = int(free.getsockname()[1])
    here = Cluster(folder, programs, port, whom)
    try:
        if whom:
            os.chown(folder, whom["user"], whom["group"])
        await here.made()
        await here.start()
        yield here
    finally:
        if here.postmaster and here.postmaster.returncode is None:
            here.postmaster.send_signal(signal.SIGINT)  # its fast end
            await here.postmaster.wait()
        shutil.rmtree(folder, ignore_errors=True)
