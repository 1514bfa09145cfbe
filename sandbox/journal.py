"""Everything that happened, as rows: on disk before anybody is answered, read at the next start, streamed to pages."""

import asyncio
import json
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

Event = dict[str, Any]  # {"seq", "kind", "data"}

FORM = 2  # of the rows; a file of another form is refused


class Journal:
    """One SQLite file, one process at a time. A killed process loses nothing that was committed; a power cut is not
    this file's worry. Raises RuntimeError with the mend when the file can't be used.
    """

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._db = sqlite3.connect(folder / "sandbox.db", isolation_level=None, check_same_thread=False, timeout=0.2)
        try:
            self._open(folder)
        except BaseException:
            self._db.close()
            raise
        self.seq: int = self._db.execute("SELECT coalesce(max(seq), 0) FROM events").fetchone()[0]
        self._depth = 0
        self._bells: set[asyncio.Event] = set()

    def _open(self, folder: Path) -> None:
        try:
            self._db.execute("PRAGMA locking_mode=EXCLUSIVE")
            self._db.execute("PRAGMA journal_mode=WAL")
            self._db.execute("PRAGMA synchronous=NORMAL")
            self._db.execute("BEGIN IMMEDIATE")
        except sqlite3.OperationalError as error:
            raise RuntimeError(f"{folder} is in use by another sandbox: stop it, or choose another folder") from error
        old = self._db.execute("SELECT count(*) FROM sqlite_master").fetchone()[0] > 0
        if old and self._db.execute("PRAGMA user_version").fetchone()[0] != FORM:
            raise RuntimeError(f"{folder} was written by another version of the sandbox: remove it")
        self._db.execute("CREATE TABLE IF NOT EXISTS events(seq INTEGER PRIMARY KEY, kind TEXT, data TEXT)")
        self._db.execute("CREATE TABLE IF NOT EXISTS files(id TEXT PRIMARY KEY, name TEXT, type TEXT, body BLOB)")
        self._db.execute(f"PRAGMA user_version={FORM}")
        self._db.execute("COMMIT")

    def past(self) -> Iterator[Event]:
        for seq, kind, data in self._db.execute("SELECT seq, kind, data FROM events ORDER BY seq"):
            yield {"seq": seq, "kind": kind, "data": json.loads(data)}

    def since(self, seq: int) -> list[Event]:
        """At most a thousand; ask again for the rest."""
        rows = self._db.execute("SELECT seq, kind, data FROM events WHERE seq > ? ORDER BY seq LIMIT 1000", (seq,))
        return [{"seq": one, "kind": kind, "data": json.loads(data)} for one, kind, data in rows]

    @contextmanager
    def together(self) -> Iterator[None]:
        """What is written inside is committed as one. After an error too: the state in memory has seen it already."""
        if self._depth == 0:
            self._db.execute("BEGIN")
        self._depth += 1
        try:
            yield
        finally:
            self._depth -= 1
            if self._depth == 0:
                self._db.execute("COMMIT")
                self._ring()

    def write(self, kind: str, data: Any) -> Event:
        """Committed when it returns, or when `together` ends."""
        self.seq += 1
        # ASCII, since a lone surrogate in a person's words is no UTF-8.
        text = json.dumps(data, ensure_ascii=True)
        self._db.execute("INSERT INTO events VALUES(?, ?, ?)", (self.seq, kind, text))
        if self._depth == 0:
            self._ring()
        return {"seq": self.seq, "kind": kind, "data": data}

    def _ring(self) -> None:
        for bell in self._bells:
            bell.set()

    async def wait(self, seq: int, seconds: float) -> None:
        """Until something newer than `seq` was written, or the time is over."""
        bell = asyncio.Event()
        self._bells.add(bell)
        try:
            async with asyncio.timeout(seconds):
                while self.seq <= seq:
                    await bell.wait()
                    bell.clear()
        except TimeoutError:
            return
        finally:
            self._bells.discard(bell)

    def keep(self, file: str, name: str, kind: str, body: bytes) -> None:
        self._db.execute("INSERT OR REPLACE INTO files VALUES(?, ?, ?, ?)", (file, name, kind, body))

    def file(self, file: str) -> tuple[str, str, bytes] | None:
        """(name, type, body)."""
        found: tuple[str, str, bytes] | None = self._db.execute(
            "SELECT name, type, body FROM files WHERE id = ?", (file,)
        ).fetchone()
        return found

    def close(self) -> None:
        self._db.close()
