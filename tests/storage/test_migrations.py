"""The schema: what the migrations build is what `tables.py` says, and times come back as they went in."""

import asyncio
from contextlib import nullcontext
from datetime import UTC, date, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection, Dialect, bindparam, insert, select, text
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import IntegrityError

from operate.prepare import migrate, open_house, schema, upgrade
from operate.settings import Settings
from storage.columns import Utc
from storage.database import Database
from storage.errands import about
from storage.tables import inbox, metadata, outbox, spends
from tests.storage.scene import number, sql
from tests.support.postgres import DATABASES, fresh_database
from tests.support.stage import Stage


def differences(connection: Connection) -> list[Any]:
    context = MigrationContext.configure(connection, opts={"compare_type": True, "compare_server_default": False})
    return list(compare_metadata(context, metadata))


async def test_the_migrations_build_the_tables(stage: Stage) -> None:
    async with stage.db.begin() as tx:
        assert await tx.run_sync(differences) == []
        here, newest = await schema(tx)
        assert here == newest is not None


async def test_migrating_again_changes_nothing(stage: Stage) -> None:
    before = await sql(stage, "SELECT name, sql FROM sqlite_master ORDER BY name")
    await migrate(stage.db)
    assert await sql(stage, "SELECT name, sql FROM sqlite_master ORDER BY name") == before


@pytest.mark.postgres
async def test_processes_that_start_together_on_a_new_database(tmp_path: Path) -> None:
    """One brings the schema up to date, the others wait, and find it so."""
    async with fresh_database() as url:
        houses = [Settings(database_url=url, secret_file=tmp_path / "secret", _env_file=None) for _each in range(4)]
        async with asyncio.timeout(60):
            opened = await asyncio.gather(*(open_house(one) for one in houses))
        for db, _vault in opened:
            async with db.begin() as tx:
                here, newest = await schema(tx)
            assert here == newest is not None
            await db.close()


@pytest.mark.parametrize("kind", DATABASES)
async def test_messages_of_old_tell_what_they_are_about(kind: str, tmp_path: Path) -> None:
    """0009 reads it from their keys, as it is read since then when they are written."""
    keys = ["card:ABCD2345", "decision:ABCD2345:3:chat", "registered:M-1:sms", "plain", None]
    async with fresh_database() if kind == "postgresql" else nullcontext("") as url:
        db = Database(url or f"sqlite+aiosqlite:///{tmp_path}/mulakat.db")
        async with db.begin() as tx:
            await upgrade(tx, "0008")
            await tx.execute(text("INSERT INTO addresses (hash) VALUES ('a')"))
            columns = "address, due, priority, key, status, created"
            row = text(f"INSERT INTO outbox ({columns}) VALUES ('a', :at, 1, :key, 'sent', :at)")
            await tx.execute(
                row.bindparams(bindparam("at", type_=Utc)), [{"key": key, "at": datetime.now(UTC)} for key in keys]
            )
            await upgrade(tx, "head")
            found = (await tx.execute(select(outbox.c.about).order_by(outbox.c.id))).scalars().all()
        await db.close()
    assert found == ["ABCD2345", "ABCD2345", "M-1", None, None] == [about(key) for key in keys]


async def test_checks_and_partial_indexes_are_there_too(stage: Stage) -> None:
    """What autogeneration doesn't compare: the rules that the database itself enforces."""
    made = {row.name: row.sql or "" for row in await sql(stage, "SELECT name, sql FROM sqlite_master")}
    assert "taken <= capacity" in made["slots"] and "taken >= 0" in made["slots"]
    assert "tries <= 5" in made["challenges"]
    assert "UNIQUE" in made["uq_visits_live"] and "WHERE" in made["uq_visits_live"]
    assert "WHERE" in made["ix_inbox_waiting"] and "WHERE" in made["ix_outbox_waiting"]
    unique = await sql(stage, "PRAGMA index_list(outbox)")
    assert any(row.unique for row in unique)


async def test_pragmas(stage: Stage) -> None:
    """FULL: NORMAL loses acknowledged commits when the power fails."""
    expected = {
        "journal_mode": "wal",
        "synchronous": 2,
        "foreign_keys": 1,
        "secure_delete": 1,
        "busy_timeout": 10000,
        "wal_autocheckpoint": 4000,
    }
    for name, value in expected.items():
        ((found,),) = await sql(stage, f"PRAGMA {name}")
        assert found == value, name


async def test_foreign_keys_hold(stage: Stage) -> None:
    with pytest.raises(IntegrityError):
        await sql(stage, "INSERT INTO slots (jail, kind, start, capacity) VALUES ('nowhere', 'video', '2026', 1)")


async def test_a_transaction_that_fails_leaves_nothing(stage: Stage) -> None:
    with pytest.raises(RuntimeError):
        async with stage.db.begin() as tx:
            await tx.execute(insert(spends).values(key="x", of="", at=stage.clock()))
            raise RuntimeError
    assert await number(stage, "SELECT count(*) FROM spends") == 0


async def test_the_folder_of_a_new_database_is_made(tmp_path: Path) -> None:
    db = Database(f"sqlite+aiosqlite:///{tmp_path}/a/b/mulakat.db")
    await migrate(db)
    await db.close()
    assert (tmp_path / "a" / "b" / "mulakat.db").exists()


# ---------------------------------------------------------------- times

ZONES = st.integers(-14 * 60, 14 * 60).map(lambda minutes: timezone(timedelta(minutes=minutes)))
MOMENTS = st.datetimes(datetime(1990, 1, 1), datetime(2200, 1, 1), timezones=ZONES)
DIALECTS: tuple[Dialect, ...] = (sqlite.dialect(), postgresql.dialect())  # type: ignore[no-untyped-call]


@given(moment=MOMENTS)
def test_a_moment_goes_in_from_any_zone_and_comes_back_in_utc(moment: datetime) -> None:
    for dialect in DIALECTS:
        kept = Utc().process_bind_param(moment, dialect)
        back = Utc().process_result_value(kept, dialect)
        assert back == moment and back is not None and back.tzinfo is UTC
        assert Utc().process_bind_param(None, dialect) is None and Utc().process_result_value(None, dialect) is None


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=20)
@given(moments=st.lists(MOMENTS, min_size=2, max_size=5, unique=True))
async def test_moments_in_the_database_stand_in_their_order(stage: Stage, moments: list[datetime]) -> None:
    async with stage.db.begin() as tx:
        await tx.execute(spends.delete())
        await tx.execute(insert(spends), [{"key": "k", "of": "", "at": moment} for moment in moments])
        found = (await tx.execute(select(spends.c.at).order_by(spends.c.at))).scalars().all()
        assert found == sorted(moments)
        middle = sorted(moments)[len(moments) // 2]
        later = (await tx.execute(select(spends.c.at).where(spends.c.at >= middle))).scalars().all()
        assert sorted(later) == [moment for moment in sorted(moments) if moment >= middle]


async def test_ids_are_numbered_by_sqlite_itself(stage: Stage) -> None:
    async with stage.db.begin() as tx:
        for update in (5, 6):
            row = {"channel": "telegram", "update_id": update, "talk": "t", "at": stage.clock(), "sealed": b""}
            await tx.execute(insert(inbox).values(row))
        assert list((await tx.execute(select(inbox.c.id).order_by(inbox.c.id))).scalars()) == [1, 2]
    assert date(2026, 11, 30) == stage.clock().date()
