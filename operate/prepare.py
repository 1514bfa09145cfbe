"""Before anything runs: the schema at its newest, the secret the right one, the list of jails there."""

import csv
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, select

from operate.settings import ROOT, Settings
from storage import jails
from storage.database import Database, Tx, hold_key, insert_for
from storage.tables import meta
from storage.vault import Vault, WrongKey, open_vault
from visits.atlas import Atlas, with_middles

JAILS = ROOT / "data" / "jails.csv"
STATES = ROOT / "data" / "states.csv"
PLACES = ROOT / "data" / "jail_places.csv"
MIGRATIONS = ROOT / "storage" / "migrations"


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
    await tx.run_sync(run)


def known(revision: str) -> bool:
    """Is this one of the schema's revisions that we have?"""
    return revision in {one.revision for one in ScriptDirectory.from_config(_alembic()).walk_revisions()}


async def schema(tx: Tx) -> tuple[str | None, str | None]:
    """(the schema's revision in the database, the newest one)."""
    newest = ScriptDirectory.from_config(_alembic()).get_current_head()
    here = await tx.run_sync(lambda connection: MigrationContext.configure(connection).get_current_revision())
    return here, newest


async def claim_key(tx: Tx, vault: Vault) -> None:
    """The database remembers which secret wrote it; another one stops the start."""
    await tx.execute(insert_for(tx)(meta).values(name="key", value=vault.fingerprint).on_conflict_do_nothing())
    known = (await tx.execute(select(meta.c.value).where(meta.c.name == "key"))).scalar_one()
    if known != vault.fingerprint:
        raise WrongKey(
            "MULAKAT_SECRET_FILE holds another secret than the one this database was written with: "
            "put back the right file, or begin with a new database."
        )


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
