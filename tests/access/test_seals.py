"""The audit trail sealed: no row can be changed, taken out, put in or cut off unseen, and a purge is no alarm."""

import json
import shutil
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import delete, func, insert, select, text

from operate.doctor import audit_trail
from operate.settings import Settings
from storage import seals
from storage.seals import Head, read_head, verify, write_head
from storage.tables import notes
from storage.tables import seals as seals_table
from storage.vault import Vault
from tests.support.stage import Stage


class _Undo(Exception):
    """Nothing of a tampering is kept."""


@dataclass(slots=True)
class Trail:
    """A trail of several seals, each over some notes, and its head outside."""

    stage: Stage
    path: Path

    async def lives(self, days: int = 4, notes_each: int = 3) -> None:
        for day in range(days):
            data = json.dumps({"ref": f"AAAA{day}"})
            row = {"at": self.stage.clock(), "talk": "telegram:101/101", "kind": "asked", "data": data}
            async with self.stage.db.begin() as tx:
                await tx.execute(insert(notes), [row] * notes_each)
            await self.sealed()
            self.stage.clock.forward(days=1)

    async def sealed(self) -> None:
        async with self.stage.db.begin() as tx:
            head = await seals.seal(tx, self.stage.vault, self.stage.clock())
        if head:
            write_head(self.path, head)

    async def wrong(self, *tampering: str) -> str | None:
        """What is found wrong with it after `tampering`, which is then undone."""
        found = None
        try:
            async with self.stage.db.begin() as tx:
                for sql in tampering:
                    assert (await tx.execute(text(sql))).rowcount, f"{sql} has changed nothing"
                found = await verify(tx, self.stage.vault, read_head(self.path))
                raise _Undo
        except _Undo:
            return found

    async def unseen(self, *tamperings: str | tuple[str, ...]) -> list[str | tuple[str, ...]]:
        """Those that are not found."""
        return [one for one in tamperings if await self.wrong(*([one] if isinstance(one, str) else one)) is None]

    async def count(self) -> int:
        async with self.stage.db.begin() as tx:
            return int((await tx.execute(select(func.count()).select_from(notes))).scalar_one())


@pytest.fixture
async def trail(stage: Stage, tmp_path: Path) -> Trail:
    made = Trail(stage, tmp_path / "secret.audit")
    await made.lives()
    return made


COPY = "INSERT INTO notes (id, at, talk, kind, data) SELECT {id}, at, talk, kind, data FROM notes WHERE id = 1"

# ---------------------------------------------------------------- whole


async def test_a_whole_trail_verifies(trail: Trail) -> None:
    assert await trail.wrong() is None
    await trail.sealed()  # nothing new: no new seal
    assert await trail.wrong() is None
    head = read_head(trail.path)
    assert head and (head.total, head.upto) == (12, 12)


async def test_notes_of_the_last_second_wait_for_their_seal(trail: Trail) -> None:
    assert await trail.wrong(COPY.format(id=13)) is None
    await trail.lives(days=1)
    assert await trail.wrong() is None


# ---------------------------------------------------------------- tampered with


async def test_a_changed_row_is_found(trail: Trail) -> None:
    values = {"at": "'2026-11-29 00:00:00.000000'", "talk": "'x'", "kind": "'x'", "data": "'{}'"}
    tries = [
        f"UPDATE notes SET {name} = {value} WHERE id = {id}" for name, value in values.items() for id in (1, 5, 12)
    ]
    assert await trail.unseen(*tries) == []


async def test_a_removed_row_is_found(trail: Trail) -> None:
    tries = [f"DELETE FROM notes WHERE id IN ({ids})" for ids in ("2", "5", "12", "4, 5, 6", "10, 11, 12")]
    assert await trail.unseen(*tries, "DELETE FROM notes") == []


async def test_the_oldest_rows_removed_are_found(trail: Trail) -> None:
    """What is four days old was not taken by a purge."""
    tries = [f"DELETE FROM notes WHERE id <= {upto}" for upto in (1, 3, 6, 11)]
    assert await trail.unseen(*tries) == []


async def test_an_inserted_row_is_found(trail: Trail) -> None:
    """Among numbers that were left out, and below the first."""
    async with trail.stage.db.begin() as tx:
        await tx.execute(text(COPY.format(id=20)))
    await trail.sealed()
    assert await trail.wrong() is None
    assert await trail.unseen(*[COPY.format(id=id) for id in (15, 0, -1)]) == []


async def test_two_rows_that_changed_places_are_found(trail: Trail) -> None:
    places = ((2, 99), (8, 2), (99, 8))
    assert await trail.unseen(tuple(f"UPDATE notes SET id = {to} WHERE id = {id}" for id, to in places)) == []


async def test_a_cut_tail_is_found(trail: Trail) -> None:
    """The newest notes and their seals: the head outside remembers."""
    cuts = [(f"DELETE FROM notes WHERE id > {id}", f"DELETE FROM seals WHERE upto > {id}") for id in (9, 3)]
    assert await trail.unseen(*cuts, ("DELETE FROM notes", "DELETE FROM seals")) == []


async def test_a_changed_or_removed_seal_is_found(trail: Trail) -> None:
    changes = ("mac = 'x' || substr(mac, 2)", "total = total + 1", "upto = upto - 1")
    tries = [f"UPDATE seals SET {change} WHERE id = {id}" for change in changes for id in (1, 2, 4)]
    assert await trail.unseen(*tries, *(f"DELETE FROM seals WHERE id = {id}" for id in (1, 2, 4))) == []


async def test_the_time_of_a_seal_is_sealed_too(trail: Trail) -> None:
    """By it a purge is told from a removal."""
    at = "'2025-01-01 00:00:00.000000'"
    assert await trail.unseen(*(f"UPDATE seals SET at = {at} WHERE id = {id}" for id in (1, 2, 4))) == []


async def test_seals_by_another_key_are_found(trail: Trail) -> None:
    async with trail.stage.db.begin() as tx:
        await tx.execute(delete(seals_table))
        head = await seals.seal(tx, Vault(bytes(range(1, 33))), trail.stage.clock())
    assert head and await trail.wrong()


# ---------------------------------------------------------------- the head outside


async def test_a_replaced_head_file_is_found(trail: Trail) -> None:
    """A head that no seal of the database bears, whatever number stands in it."""
    unseen = []
    for count in (12, 15, 9, 0):
        write_head(trail.path, Head(count, count, "0" * 64))
        if await trail.wrong() is None:
            unseen.append(count)
    assert unseen == []


async def test_a_head_one_seal_behind_is_no_alarm(trail: Trail) -> None:
    """A process that ended between the commit and the file."""
    old = trail.path.with_suffix(".old")
    shutil.copy(trail.path, old)
    await trail.lives(days=1)
    shutil.copy(old, trail.path)
    assert await trail.wrong() is None


async def _doctor(trail: Trail) -> bool | None:
    found = Settings(secret_file=trail.path.with_suffix(""), _env_file=None)
    async with trail.stage.db.begin() as tx:
        return (await audit_trail(tx, trail.stage.vault, found)).ok


async def test_the_doctor_reads_the_head(trail: Trail) -> None:
    assert await _doctor(trail) is True
    async with trail.stage.db.begin() as tx:
        await tx.execute(text("UPDATE notes SET kind = 'x' WHERE id = 7"))
    assert await _doctor(trail) is False


async def test_a_missing_head_is_a_finding(trail: Trail) -> None:
    """Seals are there and their head is not: that is how a cut tail would be hidden."""
    trail.path.unlink()
    assert await _doctor(trail) is False


@pytest.mark.parametrize("content", ["", "[]", '{"upto": "a", "total": "b", "mac": 5}'])
async def test_a_broken_head_is_a_finding_and_no_crash(trail: Trail, content: str) -> None:
    trail.path.write_text(content)
    assert await _doctor(trail) is False


# ---------------------------------------------------------------- purged


async def test_a_purge_of_old_notes_still_verifies(trail: Trail) -> None:
    await trail.stage.forward(days=398)  # the first two of four days are older than 400 days now
    assert 0 < await trail.count() < 12
    assert await trail.wrong() is None
    await trail.lives(days=1)
    assert await trail.wrong() is None
    assert await trail.unseen("UPDATE notes SET kind = 'x' WHERE id = 12", "DELETE FROM notes WHERE id = 13") == []


async def test_a_purge_of_everything_still_verifies(trail: Trail) -> None:
    """A house that rested for 400 days: what it notes from then on is sealed and verified as before."""
    await trail.stage.forward(days=405)
    assert await trail.count() == 0 and await trail.wrong() is None
    await trail.lives(days=2)
    assert await trail.wrong() is None
    head = read_head(trail.path)
    assert head and head.total == 18
    assert await trail.unseen("UPDATE notes SET kind = 'x'") == []


async def test_a_seal_that_a_purge_cut_in_two_still_watches(trail: Trail) -> None:
    """One seal over old and newer notes: the newer half can't be changed unseen because the older half is gone."""
    begun = trail.stage.clock()
    rows = [{"at": begun + timedelta(hours=h), "talk": "t", "kind": "k", "data": "{}"} for h in (0, 12)]
    async with trail.stage.db.begin() as tx:
        await tx.execute(insert(notes), rows)
    await trail.sealed()
    trail.stage.clock.now = begun + timedelta(days=400, hours=6)
    await trail.stage.forward()
    assert await trail.count() == 2 and await trail.wrong() is None, "a purge takes whole seals only"
    assert await trail.unseen("UPDATE notes SET kind = 'x'") == []
