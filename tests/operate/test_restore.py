"""What a restore must not undo: the erased stay erased, the audit trail tells of it, reminders aren't said twice."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select, text

from operate import erasures
from operate.backup import back_up
from operate.doctor import Finding, listed_erasures
from operate.envelope import BadBackup
from operate.erasures import BadList, Erasures, beside
from operate.restore import restore
from operate.settings import Settings
from storage import seals
from storage.database import Database
from storage.tables import erased, notes, outbox, sessions, slots, visitors, visits
from tests.access.ground import enrolled
from tests.operate.conftest import ill, settings_for, url_of
from tests.support.stage import GROUP, Stage
from tests.support.stories import ASK, EMAIL, MOBILE, REGISTER, play


@pytest.fixture
def house(stage: Stage, secret_file: Path) -> Settings:
    return settings_for(url_of(stage), secret_file)


async def forgotten(stage: Stage, person: int = 101) -> None:
    await stage.said(person, "/forget")
    await stage.press_label(person, "Yes, erase everything")


async def listed(stage: Stage, settings: Settings) -> None:
    """What the running bot does each second."""
    async with stage.db.begin() as tx:
        await Erasures(beside(settings.secret_file)).copy(tx)


async def sealed(stage: Stage, settings: Settings) -> None:
    async with stage.db.begin() as tx:
        head = await seals.seal(tx, stage.vault, stage.clock())
    if head:
        seals.write_head(settings.secret_file.with_name("secret.audit"), head)


async def all_of(settings: Settings, query: Any) -> list[Any]:
    db = Database(settings.database_url)
    try:
        async with db.begin() as tx:
            return list((await tx.execute(query)).all())
    finally:
        await db.close()


# ---------------------------------------------------------------- P3: the erased


async def test_whoever_was_erased_since_stays_erased(
    any_stage: Stage, here: Settings, empty: Settings, tmp_path: Path
) -> None:
    """A live request, a reminder, half an answer and an address: all of it was in the backup, none of it comes back."""
    await play(any_stage, (*REGISTER, *ASK))
    await any_stage.press_label(201, "Approve", GROUP)
    await any_stage.said(101, "/visit")
    await any_stage.said(101, "tihar")
    await sealed(any_stage, here)
    await back_up(here, tmp_path / "b", any_stage.clock())
    await forgotten(any_stage)
    await listed(any_stage, here)
    await sealed(any_stage, here)
    any_stage.clock.forward(days=1)

    restored = await restore(empty, tmp_path / "b", any_stage.clock())

    assert restored.erased == 1
    assert await ill(empty) == []
    assert await all_of(empty, select(visitors)) == await all_of(empty, select(visits)) == []
    assert [row.taken for row in await all_of(empty, select(slots))] == [0]
    assert [row.hash for row in await all_of(empty, select(erased))] == list(
        erasures.read(beside(here.secret_file)) or {}
    )
    assert not [row for row in await all_of(empty, select(sessions)) if row.open]
    waiting = [row for row in await all_of(empty, select(outbox)) if row.status in ("waiting", "sending")]
    assert [row.key for row in waiting if row.key and ("reminder" in row.key or "decision" in row.key)] == []


async def test_others_on_the_same_phone_keep_what_is_theirs(
    stage: Stage, house: Settings, elsewhere: Settings, tmp_path: Path
) -> None:
    """Two share chat, mobile and mailbox; one is erased: the other's visit and reminders come back."""
    await play(stage, (*REGISTER, *ASK))
    await stage.press_label(201, "Approve", GROUP)
    await stage.forward(seconds=61)
    await enrolled(stage, 101, "Geeta Devi", mobile=MOBILE, email=EMAIL)
    people = await all_of(house, select(visitors.c.number, visitors.c.name))
    assert {row.name for row in people} == {"Sunita Devi", "Geeta Devi"}
    await back_up(house, tmp_path / "b", stage.clock())
    gone = next(row.number for row in people if row.name == "Geeta Devi")
    erasures.write(beside(house.secret_file), {stage.vault.digest("erased", gone): stage.clock()})

    await restore(elsewhere, tmp_path / "b", stage.clock())

    assert [row.name for row in await all_of(elsewhere, select(visitors.c.name))] == ["Sunita Devi"]
    left = await all_of(elsewhere, select(outbox.c.key).where(outbox.c.status == "waiting"))
    assert any(row.key and row.key.startswith("reminder:") for row in left)
    assert await ill(elsewhere) == []


async def test_without_the_list_nothing_is_restored_unless_somebody_answers_for_it(
    stage: Stage, house: Settings, elsewhere: Settings, tmp_path: Path
) -> None:
    await play(stage, REGISTER)
    await back_up(house, tmp_path / "b", stage.clock())
    beside(house.secret_file).unlink()
    with pytest.raises(BadBackup, match="the list of those who were erased"):
        await restore(elsewhere, tmp_path / "b", stage.clock())
    restored = await restore(elsewhere, tmp_path / "b", stage.clock(), erasures_unknown=True)
    assert restored.erased is None
    note = (await all_of(elsewhere, select(notes.c.data).where(notes.c.kind == "restored")))[0]
    assert json.loads(note.data)["erasures"] == "unknown"
    assert erasures.read(beside(house.secret_file)) == {}, "from now on there is one"


async def test_the_list_follows_the_table(stage: Stage, house: Settings) -> None:
    path = beside(house.secret_file)
    keeper = Erasures(path)
    await play(stage, REGISTER)
    async with stage.db.begin() as tx:
        await keeper.copy(tx)
    assert erasures.read(path) == {}
    await forgotten(stage)
    for who in (keeper, Erasures(path)):
        async with stage.db.begin() as tx:
            await who.copy(tx)
            there = {row.hash: row.at for row in await tx.execute(select(erased))}
        assert erasures.read(path) == there
        assert len(there) == 1
    assert path.stat().st_mode & 0o777 == 0o600


async def test_what_the_list_has_lost_comes_back_with_the_next_start(stage: Stage, house: Settings) -> None:
    """However long ago it was: by the list a restore knows whom not to bring back."""
    now = stage.clock()
    async with stage.db.begin() as tx:
        for hash, days in (("a" * 32, 3), ("b" * 32, 0)):
            await tx.execute(erased.insert().values(hash=hash, at=now - timedelta(days=days)))
    erasures.write(beside(house.secret_file), {"b" * 32: now})
    async with stage.db.begin() as tx:
        await Erasures(beside(house.secret_file)).copy(tx)
    assert set(erasures.read(beside(house.secret_file)) or {}) == {"a" * 32, "b" * 32}


async def test_an_erasure_that_ended_after_a_later_one_is_listed_too(stage: Stage, house: Settings) -> None:
    """Two transactions: the one that began first is seen last."""
    keeper, now = Erasures(beside(house.secret_file)), stage.clock()
    for hash, at in (("b" * 32, now), ("a" * 32, now - timedelta(seconds=9))):
        async with stage.db.begin() as tx:
            await tx.execute(erased.insert().values(hash=hash, at=at))
            await keeper.copy(tx)
    assert set(erasures.read(keeper.path) or {}) == {"a" * 32, "b" * 32}


async def test_the_doctor_misses_whoever_is_not_in_the_list(stage: Stage, house: Settings) -> None:
    """Times are the doctor's own clock's: the newest minute's erasures may still be on their way into the list."""

    async def said() -> Finding:
        async with stage.db.begin() as tx:
            return await listed_erasures(tx, house)

    now = datetime.now(UTC)
    assert (await said()).ok is True
    async with stage.db.begin() as tx:
        await tx.execute(erased.insert().values(hash="a" * 32, at=now + timedelta(hours=1)))
    assert (await said()).ok is True
    async with stage.db.begin() as tx:
        await tx.execute(erased.insert().values(hash="b" * 32, at=now - timedelta(hours=1)))
    assert (await said()).what.endswith("1 erased are not in it: start the bot")
    beside(house.secret_file).unlink()
    assert (await said()).ok is False
    await listed(stage, house)
    assert (await said()).ok is True


async def test_a_backup_completes_the_list(stage: Stage, house: Settings, tmp_path: Path) -> None:
    """So that it can be restored, even where the bot has never run."""
    beside(house.secret_file).unlink()
    async with stage.db.begin() as tx:
        await tx.execute(erased.insert().values(hash="b" * 32, at=stage.clock()))
    await back_up(house, tmp_path / "b", stage.clock())
    assert set(erasures.read(beside(house.secret_file)) or {}) == {"b" * 32}


def test_the_list_is_never_cut_short_and_a_broken_one_is_named(house: Settings, stage: Stage) -> None:
    path = beside(house.secret_file)
    erasures.write(path, {"a" * 32: stage.clock()})
    erasures.write(path, {"b" * 32: stage.clock()})
    assert set(erasures.read(path) or {}) == {"a" * 32, "b" * 32}
    whole = path.read_text()
    for length in range(len(whole) - 1):
        path.write_text(whole[:length])
        with pytest.raises(BadList, match=r"cut off|can't be read"):
            erasures.write(path, {})
    path.write_text(whole.replace("a" * 32, "a" * 31))
    with pytest.raises(BadList, match="Line 2 of"):
        erasures.read(path)


# ---------------------------------------------------------------- A4: the audit trail


async def test_the_trail_says_that_it_was_cut_and_by_whom(
    any_stage: Stage, here: Settings, empty: Settings, tmp_path: Path
) -> None:
    await play(any_stage, REGISTER)
    await sealed(any_stage, here)
    await back_up(here, tmp_path / "b", any_stage.clock())
    await play(any_stage, ASK)
    await any_stage.press_label(201, "Approve", GROUP)
    await sealed(any_stage, here)
    head = seals.read_head(here.secret_file.with_name("secret.audit"))
    assert head is not None

    await restore(empty, tmp_path / "b", any_stage.clock())

    assert await ill(empty) == []
    last = (await all_of(empty, select(notes).order_by(notes.c.id.desc()).limit(1)))[0]
    assert (last.talk, last.kind) == ("operator", "restored")
    assert json.loads(last.data)["head"] == f"{head.upto}:{head.total}:{head.mac}"
    assert last.id > head.upto, "no number of a lost note is given again"


async def test_a_trail_that_was_forged_before_the_backup_stays_found(
    stage: Stage, house: Settings, elsewhere: Settings, tmp_path: Path
) -> None:
    await play(stage, REGISTER)
    await sealed(stage, house)
    async with stage.db.begin() as tx:
        await tx.execute(text("UPDATE notes SET kind = 'approved' WHERE id = (SELECT min(id) FROM notes)"))
    await back_up(house, tmp_path / "b", stage.clock())
    restored = await restore(elsewhere, tmp_path / "b", stage.clock())
    assert restored.trail is not None
    assert "are not those that were sealed" in restored.trail
    assert any("A4" in one for one in await ill(elsewhere))


async def test_numbers_go_on_after_a_purge(any_stage: Stage, here: Settings, empty: Settings, tmp_path: Path) -> None:
    """All notes were purged: their numbers are taken all the same."""
    await play(any_stage, REGISTER)
    await sealed(any_stage, here)
    upto = (seals.read_head(here.secret_file.with_name("secret.audit")) or seals.Head(0, 0, "")).upto
    any_stage.clock.forward(days=401)
    async with any_stage.db.begin() as tx:
        await seals.purge(tx, any_stage.vault, any_stage.clock())
        assert (await tx.execute(select(func.count()).select_from(notes))).scalar_one() == 0
    await back_up(here, tmp_path / "b", any_stage.clock())
    await restore(empty, tmp_path / "b", any_stage.clock())
    assert [row.id for row in await all_of(empty, select(notes.c.id))] == [upto + 1]
    assert await ill(empty) == []


# ---------------------------------------------------------------- what was due


async def test_what_may_have_been_told_since_is_treated_as_unknown(
    any_stage: Stage, here: Settings, empty: Settings, tmp_path: Path
) -> None:
    """A decision waits out its minute, a reminder its day. The restore comes after both: the decision is told, once
    more perhaps; the reminder, which a living bot has certainly sent, is not."""
    await play(any_stage, (*REGISTER, *ASK))
    await any_stage.press_label(201, "Approve", GROUP)
    await back_up(here, tmp_path / "b", any_stage.clock())
    any_stage.clock.forward(days=2, hours=1)
    await restore(empty, tmp_path / "b", any_stage.clock())
    found = {row.key: row.status for row in await all_of(empty, select(outbox.c.key, outbox.c.status)) if row.key}
    decisions = {status for key, status in found.items() if key.startswith("decision:")}
    assert decisions == {"waiting"}
    day = {status for key, status in found.items() if key.startswith("reminder:") and ":24h" in key}
    hours = {status for key, status in found.items() if key.startswith("reminder:") and ":3h" in key}
    assert (day, hours) == ({"unsure"}, {"waiting"})
