"""Before anything runs: the schema at its newest, the secret the right one, the list of jails there."""

import csv
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, select

from operate.settings import ROOT, Settings
from storage import jails
from storage.database import Database, Tx, hold_key, insert_for
from storage.snapshot import NoDatabase, snapshot
from storage.tables import meta
from storage.vault import Vault, WrongKey, open_vault
from visits.atlas import Atlas, with_middles

JAILS = ROOT / "data" / "jails.csv"
STATES = ROOT / "data" / "states.csv"
PLACES = ROOT / "data" / "jail_places.csv"
MIGRATIONS = ROOT / "storage" / "migrations"
ANOTHER_SECRET = (
    "MULAKAT_SECRET_FILE holds another secret than the one this database was written with: "
    "put back the right file, or begin with a new database."
)


class OtherSchema(Exception):
    """The database isn't of this version. The text says what to do."""


def _alembic() -> Config:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    return config


async def migrate(db: Database) -> None:
    """Bring the schema to its newest form, in one transaction."""
    async with db.begin() as tx:
        await upgrade(tx, "head")


async def upgrade(tx: Tx, to: str) -> None:
    """Bring the schema to a revision. Of processes that start together one does it, the others wait for it."""

    def run(connection: Connection) -> None:
        config = _alembic()
        config.attributes["connection"] = connection
        command.upgrade(config, to)

    await hold_key(tx, "schema")
    here, newest = await schema(tx)
    if here and not known(here):
        raise OtherSchema(other_schema(here, newest))
    await tx.run_sync(run)


def known(revision: str) -> bool:
    """Is this one of the schema's revisions that we have?"""
    return revision in {one.revision for one in ScriptDirectory.from_config(_alembic()).walk_revisions()}


async def schema(tx: Tx) -> tuple[str | None, str | None]:
    """(the schema's revision in the database, the newest one)."""
    newest = ScriptDirectory.from_config(_alembic()).get_current_head()
    here = await tx.run_sync(lambda connection: MigrationContext.configure(connection).get_current_revision())
    return here, newest


def other_schema(here: str | None, newest: str | None) -> str:
    """What to do about a database that isn't of this version."""
    if here is None:
        return "The database is empty: look at MULAKAT_DATABASE_URL, or run `bot.py migrate`."
    if not known(here):
        return f"The database was brought to schema {here} by a newer Mulakat: run that version, or restore a backup."
    return f"The database has the schema {here}, this version's is {newest}: stop the bot, then run `bot.py migrate`."


@asynccontextmanager
async def looked_at(settings: Settings) -> AsyncIterator[Tx]:
    """The database as it is at this moment, which can't be changed. One that isn't there yet is made first."""
    try:
        async with snapshot(settings.database_url) as tx:
            empty = (await schema(tx))[0] is None
    except NoDatabase:
        empty = True
    if empty:
        db, _vault = await open_house(settings)
        await db.close()
    async with snapshot(settings.database_url) as tx:
        here, newest = await schema(tx)
        if here != newest:
            raise OtherSchema(other_schema(here, newest))
        yield tx


async def key_of(tx: Tx) -> str | None:
    """The fingerprint of the secret that this database was written with."""
    return (await tx.execute(select(meta.c.value).where(meta.c.name == "key"))).scalar_one_or_none()


async def claim_key(tx: Tx, vault: Vault) -> None:
    """The database remembers which secret wrote it; another one stops the start."""
    await tx.execute(insert_for(tx)(meta).values(name="key", value=vault.fingerprint).on_conflict_do_nothing())
    if await key_of(tx) != vault.fingerprint:
        raise WrongKey(ANOTHER_SECRET)


def vault_of(settings: Settings) -> Vault:
    """The secret that is there. None is made: a new one would open nothing."""
    if not settings.secret_file.exists():
        raise WrongKey(
            f"There is no secret at {settings.secret_file}: put back your copy of it, or name its place in "
            "MULAKAT_SECRET_FILE."
        )
    return open_vault(settings.secret_file)


def atlas() -> Atlas:
    """The states by name, and where jails are: the jail's own place before its town's post office."""
    states = sorted(((row["state_code"], row["name_en"]) for row in _rows(STATES)), key=lambda state: state[1])
    known = [row for path in (PLACES, JAILS) for row in _rows(path) if row["lat"] and row["lon"]]
    there = {row["code"]: row["district"] and (row["state_code"], row["district"]) for row in _rows(JAILS)}
    places = {row["code"]: (float(row["lat"]), float(row["lon"])) for row in known if row["code"] in there}
    return Atlas(tuple(states), with_middles(places, there))


def _rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


async def open_house(settings: Settings) -> tuple[Database, Vault]:
    """A database that is ready, and its keys."""
    vault = open_vault(settings.secret_file)
    db = Database(settings.database_url)
    try:
        await migrate(db)
        async with db.begin() as tx:
            await claim_key(tx, vault)
            if not await jails.count(tx):
                await jails.import_rows(tx, jails.read_csv(JAILS))
    except BaseException:
        await db.close()
        raise
    return db, vault
