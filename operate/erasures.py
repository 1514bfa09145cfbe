"""The list of the erased, beside the secret, outside the database: by it a restore knows whom not to bring back.

It holds keyed hashes of registration numbers and times, as the table `erased` does: nothing without the secret.
"""

import re
from datetime import datetime, timedelta
from pathlib import Path

from sqlalchemy import select

from operate.files import locked, put_in_place
from storage.database import Tx
from storage.tables import erased

TITLE = "# Who was erased, as keyed hashes: a restore reads this. Keep a copy with the secret's."
END = "# {} in all"
LATE = timedelta(hours=1)  # a transaction that began before the newest one known may have ended after it


class BadList(Exception):
    """The list can't be read."""


def beside(secret_file: Path) -> Path:
    return secret_file.with_name(secret_file.name + ".erased")


def read(path: Path) -> dict[str, datetime] | None:
    """Hash and time of each; None when there is no list."""
    try:
        _title, *written = path.read_text().splitlines() or [""]
    except FileNotFoundError:
        return None
    last = written.pop() if written else ""
    if last != END.format(len(written)):
        raise BadList(f"{path} was cut off, or lines were put in by hand: put back a copy of that file that is whole.")
    known = {}
    for number, line in enumerate(written, 2):
        if not (found := re.fullmatch(r"([0-9a-f]{32}) (\S+)", line)):
            raise BadList(f"Line {number} of {path} can't be read: put back a copy of that file that is whole.")
        known[found[1]] = datetime.fromisoformat(found[2])
    return known


def write(path: Path, more: dict[str, datetime]) -> dict[str, datetime]:
    """Add these; what stands there stays. Put in place whole."""
    with locked(path):
        known = (read(path) or {}) | more
        lines = sorted(known.items(), key=lambda one: (one[1], one[0]))
        body = "".join(f"{hash} {at.isoformat()}\n" for hash, at in lines)
        with put_in_place(path) as file:
            file.write(f"{TITLE}\n{body}{END.format(len(known))}\n".encode())
    return known


class Erasures:
    """Keeps the list up with the table; asked each second by the running bot."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._known: dict[str, datetime] | None = None

    async def copy(self, tx: Tx) -> None:
        """The whole table the first time: whatever the list has lost comes back."""
        found = select(erased.c.hash, erased.c.at)
        if self._known is None:
            self._known = write(self.path, {})
        elif self._known:
            found = found.where(erased.c.at >= max(self._known.values()) - LATE)
        fresh = {row.hash: row.at for row in await tx.execute(found) if row.hash not in self._known}
        if fresh:
            self._known = write(self.path, fresh)
