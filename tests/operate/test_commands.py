"""The command line as an operator meets it: what they can mend is one sentence and status 2, and to look changes
nothing."""

import asyncio
import base64
import os
import sqlite3
import stat
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

import bot
from channels.base import OperatorError
from operate import alone as alone_module
from operate.alone import alone
from storage.database import Database
from tests.support.stage import SECRET

pytestmark = pytest.mark.filterwarnings("ignore:There is no current event loop")


@pytest.fixture
def house(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with the settings of a house in its environment; no database yet."""
    for name in [name for name in os.environ if name.startswith("MULAKAT_")]:
        monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("MULAKAT_DATABASE_URL", url(tmp_path))
    monkeypatch.setenv("MULAKAT_SECRET_FILE", str(tmp_path / "keys" / "secret"))
    return tmp_path


def url(house: Path) -> str:
    return f"sqlite+aiosqlite:///{house}/data/mulakat.db"


def told(*words: str) -> Result:
    return CliRunner().invoke(bot.app, words)


def refused(*words: str) -> str:
    """The sentence that a command ends with."""
    done = told(*words)
    assert done.exit_code == 2, done.output + repr(done.exception)
    assert "Traceback" not in done.output
    return done.output.strip()


def revised(house: Path, revision: str) -> None:
    """The database was left by another version."""
    told("migrate")
    with sqlite3.connect(house / "data" / "mulakat.db") as raw:
        raw.execute("UPDATE alembic_version SET version_num = ?", (revision,))


# ---------------------------------------------------------------- one sentence


def test_settings_that_can_not_be_read(house: Path) -> None:
    (house / ".env").write_bytes("MULAKAT_MAIL_FROM=é".encode("latin-1"))
    assert refused("doctor") == ".env can't be read: it is not UTF-8."
    (house / ".env").unlink()
    (house / ".env").mkdir()
    assert told("migrate").exit_code == 0


def test_a_database_of_a_newer_version(house: Path) -> None:
    revised(house, "9999")
    for command in ("migrate", "backup x", "jails list", "staff list"):
        assert "schema 9999 by a newer Mulakat" in refused(*command.split()), command
    assert "BAD  The database was brought to schema 9999 by a newer Mulakat" in told("doctor").output


def test_a_database_that_another_process_holds(house: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("storage.driver.BUSY", 100)
    told("migrate")
    holder = sqlite3.connect(house / "data" / "mulakat.db", isolation_level=None)
    holder.execute("BEGIN IMMEDIATE")
    assert "another process has locked the database" in refused("migrate")
    assert told("jails", "list", "tihar").exit_code == 0  # to look needs no lock
    holder.close()


def test_a_secret_that_was_never_written(house: Path) -> None:
    (house / "keys").mkdir()
    (house / "keys" / "secret").touch()
    assert "keys/secret doesn't hold a secret: put back your copy" in refused("migrate")


def test_a_secret_is_made_whole_or_not_at_all(house: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(_descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr("storage.vault.os.fsync", full)
        assert "No space left on device" in refused("migrate")
    assert list((house / "keys").iterdir()) == []
    assert told("migrate").exit_code == 0
    path = house / "keys" / "secret"
    assert len(base64.b64decode(path.read_bytes())) == len(SECRET) and stat.S_IMODE(path.stat().st_mode) == 0o600


# ---------------------------------------------------------------- to look changes nothing


def test_the_doctor_makes_nothing(house: Path) -> None:
    found = told("doctor").output
    assert "There is no database at" in found and "the first start makes it" in found
    assert list(house.iterdir()) == []


def test_nobody_who_looks_brings_the_schema_up_to_date(house: Path) -> None:
    revised(house, "0007")
    for command in ("jails list", "staff list", "backup x"):
        assert "has the schema 0007" in refused(*command.split()), command
    found = told("doctor")
    assert found.exit_code == 1 and "BAD  The database has the schema 0007" in found.output
    with sqlite3.connect(house / "data" / "mulakat.db") as raw:
        assert raw.execute("SELECT version_num FROM alembic_version").fetchall() == [("0007",)]


def test_lists_are_there_before_the_first_start(house: Path) -> None:
    assert "IN-DL-TIHAR-CJ-1" in told("jails", "list", "tihar").output
    assert "Nobody has a place" in told("staff", "list").output


async def test_the_doctor_stops_nobody(house: Path) -> None:
    """While it looks at a moment, others write."""
    await asyncio.to_thread(told, "migrate")
    db = Database(url(house))
    async with db.begin():
        found = await asyncio.to_thread(told, "doctor")
    await db.close()
    assert "B1 no slot holds more" in found.output


# ---------------------------------------------------------------- one process on SQLite


async def test_a_second_process_waits_for_the_first_and_then_gives_up(
    house: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(alone_module, "PATIENCE", 0.5)
    async with alone(url(house)):
        with pytest.raises(OperatorError, match="Another process runs the bot on"):
            async with alone(url(house)):
                raise AssertionError("both run")
        leaving = asyncio.create_task(entered(url(house)))
        await asyncio.sleep(0.2)
    assert await leaving


async def entered(database_url: str) -> bool:
    async with alone(database_url):
        return True


async def test_postgresql_takes_several() -> None:
    async with alone("postgresql+asyncpg://u@db.example/x"):
        assert await entered("postgresql+asyncpg://u@db.example/x")
