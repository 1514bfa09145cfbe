"""Everything that happened, as rows: on disk before anybody is answered, read at the next start, streamed to pages."""

import asyncio
import json
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any

Event = dict[str, Any]  # {"seq", "kind", "data"}


class Journal:
    """One SQLite file. A killed process loses nothing that was committed; a power cut is not this file's worry."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._db = sqlite3.connect(folder / "sandbox.db", isolation_level=None, check_same_thread=False)
        self._db.execute("PRAGMA journal_mode=WAL")
        self._db.execute("PRAGMA synchronous=NORMAL")
        self._db.execute("CREATE TABLE IF NOT EXISTS events(seq INTEGER PRIMARY KEY, kind TEXT, data TEXT)")
        self._db.execute("CREATE TABLE IF NOT EXISTS files(id TEXT PRIMARY KEY, name TEXT, type TEXT, body BLOB)")
        self.seq: int = self._db.execute("SELECT coalesce(max(seq), 0) FROM events").fetchone()[0]
        self._news = asyncio.Condition()

    def past(self) -> Iterator[Event]:
        for seq, kind, data in self._db.execute("SELECT seq, kind, data FROM events ORDER BY seq"):
            yield {"seq": seq, "kind": kind, "data": json.loads(data)}

    def since(self, seq: int) -> list[Event]:
        rows = self._db.execute("SELECT seq, kind, data FROM events WHERE seq > ? ORDER BY seq LIMIT 1000", (seq,))
        return [{"seq": one, "kind": kind, "data": json.loads(data)} for one, kind, data in rows]

    def write(self, kind: str, data: Any) -> Event:
        """Committed when it returns."""
        self.seq += 1
        text = json.dumps(data, ensure_ascii=True)
        self._db.execute("INSERT INTO events VALUES(?, ?, ?)", (self.seq, kind, text))
        asyncio.get_running_loop().call_soon(self._tell)
        return {"seq": self.seq, "kind": kind, "data": data}

    def _tell(self) -> None:
        async def notify() -> None:
            async with self._news:
                self._news.notify_all()

        task = asyncio.ensure_future(notify())
        self._telling = task  # held, so that it isn't collected before it ran

    async def wait(self, seq: int, seconds: float) -> None:
        """Until something newer than `seq` was written, or the time is over."""
        try:
            async with asyncio.timeout(seconds):
                async with self._news:
                    await self._news.wait_for(lambda: self.seq > seq)
        except TimeoutError:
            return

    def keep(self, file: str, name: str, kind: str, body: bytes) -> None:
        self._db.execute("INSERT OR REPLACE INTO files VALUES(?, ?, ?, ?)", (file, name, kind, body))

    def file(self, file: str) -> tuple[str, str, bytes] | None:
        found: tuple[str, str, bytes] | None = self._db.execute(
            "SELECT name, type, body FROM files WHERE id = ?", (file,)
        ).fetchone()
        return found

    def close(self) -> None:
        self._db.close()
