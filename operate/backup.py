"""A backup: everything that is kept, as it was at one moment, in one encrypted file. The secret is not in it."""

import json
import os
from datetime import datetime
from pathlib import Path

from msgspec import Struct

from operate.envelope import BadBackup, Writer, lines
from operate.erasures import Erasures, beside
from operate.files import put_in_place
from operate.prepare import ANOTHER_SECRET, key_of, other_schema, schema, vault_of
from operate.settings import Settings
from storage import portable
from storage.database import Tx
from storage.snapshot import snapshot
from storage.vault import Vault, WrongKey

SALT = 16


class Contents(Struct, frozen=True):
    """What a backup says about itself: when it was taken, of which schema, how many rows it has."""

    taken: datetime
    schema: str
    rows: int


async def back_up(settings: Settings, path: Path, now: datetime) -> Contents:
    """Write the backup, while the bot runs or not."""
    vault = vault_of(settings)
    _is_free(path)
    async with snapshot(settings.database_url) as tx:
        here = await _ours(tx, vault)
        await Erasures(beside(settings.secret_file)).copy(tx)  # a restore asks for it, even if the bot has never run
        with put_in_place(path) as file:
            writer = Writer(file, vault, os.urandom(SALT))
            writer.line(json.dumps({"taken": now.isoformat(), "schema": here}))
            rows = 0
            async for line in portable.lines_of(tx):
                writer.line(line)
                rows += line.startswith("[")
            writer.line(json.dumps({"rows": rows}))
            writer.end()
    return Contents(now, here, rows)


def _is_free(path: Path) -> None:
    if path.exists():
        raise BadBackup(f"{path} is there already and is left as it is: give another name.")
    if not path.absolute().parent.is_dir():
        raise BadBackup(f"There is no folder {path.absolute().parent}: make it first.")


async def _ours(tx: Tx, vault: Vault) -> str:
    """The schema's revision; refused when it isn't this version's, or when the secret isn't this database's."""
    here, newest = await schema(tx)
    if here is None:
        raise BadBackup("The database is empty: there is nothing to back up. Look at MULAKAT_DATABASE_URL.")
    if here != newest:
        raise BadBackup(f"{other_schema(here, newest)} Or take the backup with the version that runs.")
    if await key_of(tx) != vault.fingerprint:
        raise WrongKey(ANOTHER_SECRET)
    return here


def check(settings: Settings, path: Path) -> Contents:
    """Read a backup from end to end and put it nowhere."""
    with path.open("rb") as file:
        found = lines(file, vault_of(settings))
        about = beginning(next(found))
        rows, told = 0, -1
        for line in found:
            rows += line.startswith("[")
            if line.startswith('{"rows"'):
                told = json.loads(line)["rows"]
    if rows != told:
        raise BadBackup(f"The backup has {rows} rows and says that it has {told}: take an older one.")
    return Contents(*about, rows)


def beginning(line: str) -> tuple[datetime, str]:
    """(when it was taken, its schema)."""
    data = json.loads(line)
    return datetime.fromisoformat(data["taken"]), data["schema"]
