"""A backup is one moment of a living house; put into an empty database of either kind it goes on from there."""

import asyncio
import json
from collections.abc import Iterable
from pathlib import Path

import pytest
from sqlalchemy import func, insert, select, text, update

from operate import prepare
from operate.backup import back_up, check
from operate.envelope import BadBackup, Writer
from operate.restore import restore
from operate.settings import Settings
from storage import seals
from storage.database import Database
from storage.portable import KINDS, kept_tables, kind_of, lines_of
from storage.snapshot import NoDatabase, snapshot
from storage.tables import addresses, inbox, leases, meta, notes, spends
from storage.vault import Vault, WrongKey
from tests.operate.conftest import ill, settings_for, url_of
from tests.support.stage import GROUP, SECRET, Stage
from tests.support.stories import ASK, REGISTER, play

OWN = {"notes", "seals", "outbox", "addresses"}  # a restore writes into these


async def lived(stage: Stage) -> None:
    """Somebody registered, asked and was approved; somebody else asks a question; a code is out, a seal was made."""
    await play(stage, (*REGISTER, *ASK))
    await stage.press_label(201, "Approve", GROUP)
    await stage.forward(seconds=61)
    await stage.said(102, "/register")
    await stage.said(103, "कैसे मिलें? 🙏")
    async with stage.db.begin() as tx:
        await seals.seal(tx, stage.vault, stage.clock())


async def rows_of(settings: Settings) -> dict[str, list[str]]:
    """Every row of every table, as text in one order."""
    out: dict[str, list[str]] = {}
    name = ""
    async with snapshot(settings.database_url) as tx:
        async for line in lines_of(tx):
            if line.startswith("{"):
                name = json.loads(line)["table"]
                out[name] = []
            else:
                out[name].append(line)
    return {table: sorted(rows) for table, rows in out.items()}


# ---------------------------------------------------------------- there and back


async def test_all_of_it_comes_back_on_either_database(
    any_stage: Stage, here: Settings, empty: Settings, tmp_path: Path
) -> None:
    await lived(any_stage)
    before = await rows_of(here)
    taken = await back_up(here, tmp_path / "b", any_stage.clock())
    assert taken.rows == sum(map(len, before.values()))
    assert await rows_of(here) == before
    restored = await restore(empty, tmp_path / "b", any_stage.clock())
    assert (restored.rows, restored.erased, restored.trail) == (taken.rows, 0, None)
    after = await rows_of(empty)
    assert {name: rows for name, rows in after.items() if name not in OWN} == {
        name: rows for name, rows in before.items() if name not in OWN
    }
    assert set(before["notes"]) < set(after["notes"])
    assert await ill(empty) == []


async def test_life_goes_on_in_the_restored_house(
    any_stage: Stage, here: Settings, empty: Settings, tmp_path: Path
) -> None:
    """Numbers that the database gives don't collide, sealed answers open, what is owed is still owed."""
    await lived(any_stage)
    await back_up(here, tmp_path / "b", any_stage.clock())
    await restore(empty, tmp_path / "b", any_stage.clock())
    db = Database(empty.database_url)
    try:
        again = replace_db(any_stage, db)
        await again.press_label(102, "English")
        await play(again, ("/status",))
        assert "✅ approved" in again.last(101).rendered.plain  # type: ignore[union-attr]
        before = len(again.to(101))
        await again.forward(days=2)
        assert len(again.to(101)) > before, "the reminder"
        await again.said(201, "/pending", GROUP)
        async with db.begin() as tx:
            head = await seals.seal(tx, again.vault, again.clock())
        assert head is not None, "staff have looked, and it was noted"
        seals.write_head(empty.secret_file.with_name("secret.audit"), head)
    finally:
        await db.close()
    assert await ill(empty) == []


def replace_db(stage: Stage, db: Database) -> Stage:
    """The same people before another database."""
    other = Stage(db, stage.clock, stage.house, stage.renderer, stage.heard)
    other.updates, other.ids, other.nonces = stage.updates, stage.ids, stage.nonces
    for ear in other.ears.values():
        ear.ids = stage.ids
    other.open()
    return other


def test_every_column_has_a_kind() -> None:
    for table in kept_tables():
        for column in table.columns:
            assert kind_of(column.type) in KINDS


# ---------------------------------------------------------------- one moment


async def test_what_is_written_meanwhile_is_not_in_it(any_stage: Stage, here: Settings) -> None:
    """The first look fixes the moment: nothing that is written while the rest is read gets in, or waits."""
    await write_pairs(any_stage, range(5))
    async with snapshot(here.database_url) as tx:
        lines = lines_of(tx)
        found = [await anext(lines), await anext(lines)]
        await write_pairs(any_stage, range(5, 30))
        await any_stage.db.fold()
        found += [line async for line in lines]
    assert sum(line.count('"pair:') for line in found) == 2 * 5


async def write_pairs(stage: Stage, numbers: Iterable[int]) -> None:
    """Each pair in one transaction: a row in each of two tables."""
    for number in numbers:
        async with stage.db.begin() as tx:
            now = stage.clock()
            await tx.execute(insert(spends).values(key=f"pair:{number}", at=now))
            await tx.execute(insert(notes).values(at=now, talk=f"pair:{number}", kind="pair", data="{}"))


async def test_taken_while_writers_run_it_is_whole(
    any_stage: Stage, here: Settings, empty: Settings, tmp_path: Path
) -> None:
    stop, moved = asyncio.Event(), asyncio.Event()
    written = 0

    async def writer() -> None:
        nonlocal written
        while not stop.is_set():
            await write_pairs(any_stage, [written := written + 1])
            async with any_stage.db.begin() as tx:
                await seals.seal(tx, any_stage.vault, any_stage.clock())
            moved.set()

    async def backups() -> None:
        for number in range(5):
            await back_up(here, tmp_path / f"b{number}", any_stage.clock())
            moved.clear()
            await moved.wait()
        stop.set()

    await lived(any_stage)
    await asyncio.gather(writer(), backups())
    assert written > 5
    await restore(empty, tmp_path / "b3", any_stage.clock())
    db = Database(empty.database_url)
    try:
        async with db.begin() as tx:
            one = select(func.count()).where(spends.c.key.startswith("pair:"))
            other = select(func.count()).where(notes.c.kind == "pair")
            assert (await tx.execute(one)).scalar_one() == (await tx.execute(other)).scalar_one() > 0
    finally:
        await db.close()
    assert await ill(empty) == []


async def test_folding_the_log_does_not_wait_for_a_backup(stage: Stage) -> None:
    """It used to wait ten seconds, and with it all that the bot writes."""
    async with snapshot(url_of(stage)) as tx:
        await tx.execute(select(meta))
        await write_pairs(stage, range(3))
        async with asyncio.timeout(5):
            await stage.db.fold()
    async with stage.db.begin() as tx:
        assert (await tx.execute(text("PRAGMA busy_timeout"))).scalar_one() == 10000


# ---------------------------------------------------------------- the file


async def test_the_file_is_the_owners_alone_and_whole_or_not_there(
    stage: Stage, secret_file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    here = settings_for(url_of(stage), secret_file)
    folder = tmp_path / "backups"
    folder.mkdir()
    await back_up(here, folder / "b", stage.clock())
    assert (folder / "b").stat().st_mode & 0o777 == 0o600
    content = (folder / "b").read_bytes()
    assert b"Tihar" not in content and SECRET not in content
    with pytest.raises(BadBackup, match="is there already"):
        await back_up(here, folder / "b", stage.clock())
    with pytest.raises(BadBackup, match="There is no folder"):
        await back_up(here, folder / "none" / "b", stage.clock())

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Writer, "end", full)
    with pytest.raises(OSError, match="No space left"):
        await back_up(here, folder / "c", stage.clock())
    assert [one.name for one in folder.iterdir()] == ["b"]
    assert (folder / "b").read_bytes() == content


async def test_a_backup_can_be_read_to_its_end_without_a_database(
    stage: Stage, secret_file: Path, tmp_path: Path
) -> None:
    here = settings_for(url_of(stage), secret_file)
    taken = await back_up(here, tmp_path / "b", stage.clock())
    nowhere = settings_for("postgresql+asyncpg://nobody@127.0.0.1:1/none", secret_file)
    assert check(nowhere, tmp_path / "b") == taken
    short = tmp_path / "short"
    short.write_bytes((tmp_path / "b").read_bytes()[:-30])
    with pytest.raises(BadBackup, match="cut off"):
        check(here, short)


async def test_no_backup_of_nothing_or_with_another_secret(
    stage: Stage, secret_file: Path, elsewhere: Settings, tmp_path: Path
) -> None:
    here = settings_for(url_of(stage), secret_file)
    with pytest.raises(NoDatabase, match="There is no database"):
        await back_up(
            settings_for(f"sqlite+aiosqlite:///{tmp_path}/none.db", secret_file), tmp_path / "b", stage.clock()
        )
    (tmp_path / "void.db").touch()
    with pytest.raises(BadBackup, match="nothing to back up"):
        await back_up(
            settings_for(f"sqlite+aiosqlite:///{tmp_path}/void.db", secret_file), tmp_path / "b", stage.clock()
        )
    async with stage.db.begin() as tx:
        await tx.execute(update(meta).where(meta.c.name == "key").values(value="another"))
    with pytest.raises(WrongKey, match="another secret"):
        await back_up(here, tmp_path / "b", stage.clock())
    secret_file.rename(tmp_path / "mislaid")  # noqa: ASYNC240
    with pytest.raises(WrongKey, match="put back your copy"):
        await back_up(here, tmp_path / "b", stage.clock())
    assert {one.name for one in secret_file.parent.iterdir()} == {"secret.erased"}
    assert not (tmp_path / "b").exists()


async def test_a_schema_that_this_version_does_not_have_is_not_backed_up(
    stage: Stage, secret_file: Path, tmp_path: Path
) -> None:
    async with stage.db.begin() as tx:
        await tx.execute(text("UPDATE alembic_version SET version_num = '0002'"))
    with pytest.raises(BadBackup, match="schema 0002"):
        await back_up(settings_for(url_of(stage), secret_file), tmp_path / "b", stage.clock())


# ---------------------------------------------------------------- what is not put in


async def is_empty(settings: Settings) -> bool:
    db = Database(settings.database_url)
    try:
        async with db.begin() as tx:
            return (await prepare.schema(tx))[0] is None
    finally:
        await db.close()


async def test_a_damaged_backup_leaves_the_database_empty(
    any_stage: Stage, here: Settings, empty: Settings, tmp_path: Path
) -> None:
    await lived(any_stage)
    await back_up(here, tmp_path / "b", any_stage.clock())
    whole = (tmp_path / "b").read_bytes()
    flipped = bytearray(whole)
    flipped[-20] ^= 4
    for wrong, words in ((whole[:-1], "cut off"), (bytes(flipped), "damaged"), (whole + b"x", "added")):
        (tmp_path / "wrong").write_bytes(wrong)
        with pytest.raises(BadBackup, match=words):
            await restore(empty, tmp_path / "wrong", any_stage.clock())
        assert await is_empty(empty)
    await restore(empty, tmp_path / "b", any_stage.clock())
    assert await ill(empty) == []


async def test_only_into_an_empty_database(any_stage: Stage, here: Settings, tmp_path: Path) -> None:
    await back_up(here, tmp_path / "b", any_stage.clock())
    before = await rows_of(here)
    with pytest.raises(BadBackup, match="is not empty"):
        await restore(here, tmp_path / "b", any_stage.clock())
    assert await rows_of(here) == before


async def test_another_secret_opens_nothing(
    stage: Stage, secret_file: Path, elsewhere: Settings, tmp_path: Path
) -> None:
    await back_up(settings_for(url_of(stage), secret_file), tmp_path / "b", stage.clock())
    secret_file.write_text("A" * 43 + "=")  # noqa: ASYNC240
    with pytest.raises(WrongKey, match="made with another secret"):
        await restore(elsewhere, tmp_path / "b", stage.clock())
    assert await is_empty(elsewhere)


def by_hand(path: Path, secret: bytes, *lines: object) -> None:
    with path.open("wb") as file:
        writer = Writer(file, Vault(secret), b"s" * 16)
        for line in lines:
            writer.line(json.dumps(line))
        writer.end()


TAKEN = "2026-11-30T04:30:00+00:00"


async def test_an_older_backup_is_brought_up_to_date(stage: Stage, empty: Settings, tmp_path: Path) -> None:
    by_hand(
        tmp_path / "b", SECRET,
        {"taken": TAKEN, "schema": "0001"},
        {"table": "meta", "columns": {"name": "text", "value": "text"}}, ["key", Vault(SECRET).fingerprint],
        {"rows": 1},
    )  # fmt: skip
    await restore(empty, tmp_path / "b", stage.clock())
    assert await ill(empty) == []
    db = Database(empty.database_url)
    async with db.begin() as tx:
        here, newest = await prepare.schema(tx)
    await db.close()
    assert here == newest


async def test_a_newer_backup_wants_a_newer_mulakat(elsewhere: Settings, stage: Stage, tmp_path: Path) -> None:
    by_hand(tmp_path / "b", SECRET, {"taken": TAKEN, "schema": "9999"}, {"rows": 0})
    with pytest.raises(BadBackup, match="newer Mulakat"):
        await restore(elsewhere, tmp_path / "b", stage.clock())
    assert await is_empty(elsewhere)


async def test_rows_that_are_not_there_are_missed(elsewhere: Settings, stage: Stage, tmp_path: Path) -> None:
    by_hand(tmp_path / "b", SECRET, {"taken": TAKEN, "schema": "0003"}, {"rows": 4})
    with pytest.raises(BadBackup, match="says that it has"):
        await restore(elsewhere, tmp_path / "b", stage.clock())
    with pytest.raises(BadBackup, match="says that it has"):
        check(elsewhere, tmp_path / "b")


# ---------------------------------------------------------------- leases, numbers


async def test_leases_stay_behind(any_stage: Stage, here: Settings, empty: Settings, tmp_path: Path) -> None:
    until = any_stage.clock.now.replace(year=2030)
    async with any_stage.db.begin() as tx:
        await tx.execute(insert(leases).values(name="poll", holder="dead", until=until))
        await tx.execute(insert(addresses).values(hash="x", lease_until=until, not_before=until))
    await back_up(here, tmp_path / "b", any_stage.clock())
    await restore(empty, tmp_path / "b", any_stage.clock())
    db = Database(empty.database_url)
    async with db.begin() as tx:
        assert not (await tx.execute(select(leases))).all()
        kept = (await tx.execute(select(addresses).where(addresses.c.hash == "x"))).one()
    await db.close()
    assert kept.lease_until is None
    assert kept.not_before == until  # Telegram's wish to rest outlives a restore


async def test_big_numbers_fit(any_stage: Stage, here: Settings, empty: Settings, tmp_path: Path) -> None:
    row = {
        "channel": "telegram",
        "update_id": 2**40,
        "talk": "t",
        "at": any_stage.clock(),
        "handled": any_stage.clock(),
    }
    async with any_stage.db.begin() as tx:
        await tx.execute(insert(inbox).values(row))
    await back_up(here, tmp_path / "b", any_stage.clock())
    await restore(empty, tmp_path / "b", any_stage.clock())
    assert (await rows_of(empty))["inbox"] == (await rows_of(here))["inbox"]
