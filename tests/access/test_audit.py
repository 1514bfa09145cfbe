"""The audit trail: each act and each refusal has its row, no row holds a person's details, and no row can be tampered
with unseen."""

import json
import shutil
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import delete, func, insert, select, text, update
from typer.testing import CliRunner

import bot
from channels.base import Never
from dialogue.model import Chat
from operate import prepare
from operate.doctor import audit_trail
from operate.settings import Settings
from storage import jails, seals
from storage.seals import Head, read_head, verify, write_head
from storage.tables import notes
from storage.tables import seals as seals_table
from tests.access.ground import (
    ELSEWHERE,
    GATE,
    GROUP2,
    STRANGER,
    SUPERINTENDENT,
    THURSDAY,
    asked,
    blocked,
    decided,
    enrolled,
    held,
    housed,
    kinds_noted,
    newest_note,
    noted,
    peopled,
    pressed,
    refusing,
    row_of,
    talk,
)
from tests.support.stage import GROUP, JAIL, Stage
from tests.support.stories import ASK, EMAIL, MOBILE, REGISTER, play

FAMILY = 101

# ---------------------------------------------------------------- every act, every refusal


Act = Callable[[Stage], Awaitable[None]]
ACTS: dict[str, Act] = {}


def act(*kinds: str) -> Callable[[Act], Act]:
    """What the function does must leave these rows, in this order, and no others."""

    def keep(deed: Act) -> Act:
        ACTS[" ".join(kinds)] = deed
        return deed

    return keep


async def _asked(stage: Stage) -> str:
    await peopled(stage)
    return (await asked(stage, await enrolled(stage, FAMILY))).ref


@act("code_sent", "code_sent", "registered")
async def registers(stage: Stage) -> None:
    await play(stage, REGISTER)


@act("code_sent", "code_sent", "registered", "held", "asked")
async def asks(stage: Stage) -> None:
    await play(stage, (*REGISTER, *ASK))


@act("held", "hold_given_back", "form_stopped")
async def stops(stage: Stage) -> None:
    await enrolled(stage, FAMILY)
    await talk(stage, FAMILY, *ASK[:12], "/cancel", "[Yes, stop]")


@act("hold_lapsed")
async def lets_a_hold_lapse(stage: Stage) -> None:
    await held(stage, await enrolled(stage, FAMILY))
    await stage.forward(minutes=11)


@act("asked", "approved", "undone", "rejected", "undo_late", "press_late")
async def decides(stage: Stage) -> None:
    ref = await _asked(stage)
    await decided(stage, ref, "ok")
    await decided(stage, ref, "undo")
    await decided(stage, ref, "why", "transferred")
    await stage.forward(seconds=61)
    await decided(stage, ref, "undo")
    await decided(stage, ref, "ok")


@act("asked", "rejected", "asked", "undo_refused")
async def undoes_too_full(stage: Stage) -> None:
    await peopled(stage)
    ref = (await asked(stage, await enrolled(stage, FAMILY), capacity=1)).ref
    await decided(stage, ref, "why", "jail_error")
    await asked(stage, await enrolled(stage, 102), "Suresh Yadav", capacity=1)
    await decided(stage, ref, "undo")


@act("asked", "press_refused", "press_refused", "press_refused")
async def presses_what_is_not_theirs(stage: Stage) -> None:
    ref = await _asked(stage)
    await enrolled(stage, 102)
    await pressed(stage, STRANGER, f"card.ok={ref}.2", GROUP)
    await pressed(stage, GATE, f"card.no={ref}.2", GROUP)
    await pressed(stage, 102, f"dropped={ref}.2")


@act("asked", "read", "read", "read", "read_refused", "read_refused", "read_refused")
async def reads(stage: Stage) -> None:
    ref = await _asked(stage)
    for line in ("/pending", "/today", f"/find {ref}", "/find 22222222"):
        await stage.said(GATE, line, GROUP)
    await stage.said(STRANGER, "/pending", GROUP)
    await stage.said(ELSEWHERE, f"/find {ref}", GROUP2)


@act("asked", "approved", "coming", "given_back")
async def comes_and_does_not(stage: Stage) -> None:
    ref = await _asked(stage)
    await decided(stage, ref, "ok")
    await stage.forward(seconds=61)
    version = (await row_of(stage, ref)).version
    await pressed(stage, FAMILY, f"coming={ref}.{version}")
    await pressed(stage, FAMILY, f"dropped={ref}.{version}")


@act("asked", "expired", "asked")
async def is_not_answered(stage: Stage) -> None:
    ref = await _asked(stage)
    await stage.forward(days=2, hours=9)
    later = int((THURSDAY + timedelta(days=7)).timestamp())
    await pressed(stage, FAMILY, f"retry={ref}.{later}")


@act("asked", "approved", "unreached")
async def is_not_reached(stage: Stage) -> None:
    ref = await _asked(stage)
    await decided(stage, ref, "ok")
    for way, to in (("telegram", FAMILY), ("sms", None), ("email", None)):
        refusing(stage, way, to, blocked)
    await stage.forward(seconds=61)
    await stage.forward(seconds=20)


@act("code_sent", "moved")
async def comes_on_a_new_phone(stage: Stage) -> None:
    await enrolled(stage, FAMILY)
    await _recovers(stage, "2345 6789 0124")


@act("code_sent", "recover_refused")
async def comes_with_a_wrong_id(stage: Stage) -> None:
    await enrolled(stage, FAMILY)
    await _recovers(stage, "4987 6543 2102")


async def _recovers(stage: Stage, number: str) -> None:
    await talk(stage, 103, "/start", "[new phone]", "98000 01010", "{sms +919800001010}", "[Aadhaar]", number)


@act("amended", "told_all", "erased")
async def changes_reads_and_forgets(stage: Stage) -> None:
    await enrolled(stage, FAMILY)
    await talk(stage, FAMILY, "/me", "[✎ District]", "North Delhi", "[It is right so]", "/mydata")
    await talk(stage, FAMILY, "/forget", "[Yes, erase]")


@act("asked", "given_back", "erased")
async def forgets_with_a_request_open(stage: Stage) -> None:
    await _asked(stage)
    await talk(stage, FAMILY, "/forget", "[Yes, erase]")


@act("watched", "unlisted")
async def looks_for_a_jail(stage: Stage) -> None:
    await enrolled(stage, FAMILY)
    await talk(stage, FAMILY, "/visit", "tihar", "[No. 3, Tihar]", "[Tell me when]")
    await talk(stage, FAMILY, "tihar", "[isn't listed]", "Sub Jail Ghumarwin")


@act("code_sent", "code_wrong")
async def types_a_wrong_code(stage: Stage) -> None:
    """A guess that failed is a refusal: whoever tries codes must be seen to."""
    await talk(stage, FAMILY, *REGISTER[:14])
    await stage.said(FAMILY, "000000")


@act("contact_shared")
async def shares_a_contact(stage: Stage) -> None:
    housed(stage, contact_counts=True)
    await talk(stage, FAMILY, *REGISTER[:13])
    await stage.message(FAMILY, contact={"phone_number": MOBILE, "user_id": FAMILY})


@act("asked", "chat_gone")
async def removes_the_bot(stage: Stage) -> None:
    await _asked(stage)
    who = {"id": 201, "is_bot": False, "first_name": "Rao"}
    where = {"id": GROUP, "type": "supergroup"}
    member = {"user": {"id": 1, "is_bot": True, "first_name": "M"}, "status": "kicked"}
    await stage.arrive({"my_chat_member": {"chat": where, "from": who, "date": 0, "new_chat_member": member}})


@act("asked", "press_refused")
async def presses_the_details_of_another(stage: Stage) -> None:
    await _asked(stage)
    other = await enrolled(stage, 102, "Meena Kumari")
    await pressed(stage, FAMILY, f"forgotten={other.number}")


@pytest.mark.parametrize("kinds", ACTS)
async def test_every_act_and_every_refusal_has_its_row(stage: Stage, kinds: str) -> None:
    await ACTS[kinds](stage)
    assert " ".join(await kinds_noted(stage)) == kinds


async def test_an_open_request_that_forgetting_ends_is_noted_by_its_reference(stage: Stage) -> None:
    ref = await _asked(stage)
    since = await newest_note(stage)
    await talk(stage, FAMILY, "/forget", "[Yes, erase]")
    assert ref in str(await noted(stage, since))


# ---------------------------------------------------------------- the operator's acts


async def test_the_operators_acts_are_noted_too(stage: Stage, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Who may decide, and where, is set on the command line: the trail tells when that changed."""
    await stage.db.close()
    secret = tmp_path / "secret"
    monkeypatch.setenv("MULAKAT_DATABASE_URL", f"sqlite+aiosqlite:///{tmp_path}/other/mulakat.db")
    monkeypatch.setenv("MULAKAT_SECRET_FILE", str(secret))
    monkeypatch.chdir(tmp_path)
    run = CliRunner()
    lines = (
        ["jails", "bind", JAIL, "--", "-1001"],
        ["staff", "add", JAIL, "201", "superintendent"],
        ["staff", "remove", JAIL, "201"],
    )

    def played() -> list[int]:
        counts = []
        for line in lines:
            result = run.invoke(bot.app, line)
            assert result.exit_code == 0, result.output
            counts.append(_count(tmp_path / "other" / "mulakat.db"))
        return counts

    assert await _in_a_thread(played) == [1, 2, 3]


async def _in_a_thread(work: Callable[[], list[int]]) -> list[int]:
    import asyncio

    return await asyncio.to_thread(work)


def _count(path: Path) -> int:
    import sqlite3

    connection = sqlite3.connect(path)
    try:
        return int(connection.execute("SELECT count(*) FROM notes").fetchone()[0])
    finally:
        connection.close()


# ---------------------------------------------------------------- no person's details

DETAILS = (
    "Sunita", "Devi", "Ram Lal", "Sangam", "110062", "South Delhi", "0124", "98123", MOBILE, EMAIL, "sunita",
    "Ramesh", "Kumar", "Shyam", "C-77", "Suresh", "Rao", "Anil", "98222", "court's letter", "Ghumarwin",
)  # fmt: skip


async def test_no_row_holds_a_persons_details(stage: Stage) -> None:
    """A long story with everything in it: references and kinds stand in the trail, and nobody's details."""
    await peopled(stage)
    await play(stage, (*REGISTER, *ASK))
    ref = next(data["ref"] for kind, _talk, data in await noted(stage) if kind == "asked")
    await decided(stage, ref, "words")
    await stage.said(SUPERINTENDENT, "Please bring the court's letter.", GROUP)
    await decided(stage, ref, "undo")
    await decided(stage, ref, "ok")
    for line in ("/pending", "/today", f"/find {ref}", "/find Ramesh Kumar"):
        await stage.said(SUPERINTENDENT, line, GROUP)
    await stage.forward(seconds=61)
    await talk(stage, FAMILY, "/mydata", "/me", "[✎ Mobile]", "98222 33445", "{sms +919822233445}", "[It is right so]")
    await talk(stage, FAMILY, "/visit", "[Somebody else]", "tihar", "[isn't listed]", "Sub Jail Ghumarwin", "/cancel",
               "[Yes, stop]", "/forget", "[Yes, erase]")  # fmt: skip
    found = await noted(stage)
    assert len({kind for kind, _talk, _data in found}) >= 12
    held_ = [(kind, word) for kind, _talk, data in found for word in DETAILS if word.casefold() in str(data).casefold()]
    assert held_ == []


# ---------------------------------------------------------------- sealed

Tamper = Callable[[Stage], Awaitable[None]]


@dataclass(slots=True)
class Trail:
    """A trail of several seals, each over some notes, and its head outside."""

    stage: Stage
    path: Path

    async def lives(self, days: int = 4, notes_each: int = 3) -> None:
        for day in range(days):
            async with self.stage.db.begin() as tx:
                now = self.stage.clock()
                data = json.dumps({"ref": f"AAAA{day}"})
                row = {"at": now, "talk": "telegram:101/101", "kind": "asked", "data": data}
                await tx.execute(insert(notes), [row] * notes_each)
            await self.sealed()
            self.stage.clock.forward(days=1)

    async def sealed(self) -> None:
        async with self.stage.db.begin() as tx:
            head = await seals.seal(tx, self.stage.vault, self.stage.clock())
        if head:
            write_head(self.path, head)

    async def wrong(self) -> str | None:
        async with self.stage.db.begin() as tx:
            return await verify(tx, self.stage.vault, read_head(self.path))

    async def do(self, sql: str) -> None:
        async with self.stage.db.begin() as tx:
            await tx.execute(text(sql))


@pytest.fixture
async def trail(stage: Stage, tmp_path: Path) -> Trail:
    made = Trail(stage, tmp_path / "secret.audit")
    await made.lives()
    return made


async def test_a_whole_trail_verifies(trail: Trail) -> None:
    assert await trail.wrong() is None
    await trail.sealed()  # nothing new: no new seal
    assert await trail.wrong() is None
    head = read_head(trail.path)
    assert head and (head.total, head.upto) == (12, 12)


async def test_notes_of_the_last_second_wait_for_their_seal(trail: Trail) -> None:
    await trail.do("INSERT INTO notes (at, talk, kind, data) SELECT at, talk, kind, data FROM notes WHERE id = 12")
    assert await trail.wrong() is None
    await trail.sealed()
    assert await trail.wrong() is None


@pytest.mark.parametrize("column", ["at", "talk", "kind", "data"])
@pytest.mark.parametrize("id", [1, 5, 12])
async def test_a_changed_row_is_found(trail: Trail, column: str, id: int) -> None:
    value = "'2026-11-29 00:00:00.000000'" if column == "at" else "'x'" if column != "data" else "'{}'"
    await trail.do(f"UPDATE notes SET {column} = {value} WHERE id = {id}")
    assert await trail.wrong()


@pytest.mark.parametrize("ids", ["1", "2", "5", "12", "1, 2, 3", "4, 5, 6", "1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11"])
async def test_a_removed_row_is_found(trail: Trail, ids: str) -> None:
    """The oldest rows too: what is four days old was not taken by a purge."""
    await trail.do(f"DELETE FROM notes WHERE id IN ({ids})")
    assert await trail.wrong()


async def test_all_rows_removed_is_found(trail: Trail) -> None:
    await trail.do("DELETE FROM notes")
    assert await trail.wrong()


@pytest.mark.parametrize("id", [0, -1, 5])
async def test_an_inserted_row_is_found(trail: Trail, id: int) -> None:
    await trail.do("UPDATE notes SET id = id + 100 WHERE id > 4")
    await trail.do("UPDATE notes SET id = id - 99 WHERE id > 100")
    if id != 5:
        await trail.do("UPDATE notes SET id = id - 1 WHERE id > 5")
        assert await trail.wrong() is None
    await trail.do(f"INSERT INTO notes (id, at, talk, kind, data) SELECT {id}, at, talk, kind, data FROM notes WHERE id = 1")
    assert await trail.wrong()


async def test_two_rows_that_changed_places_are_found(trail: Trail) -> None:
    for sql in ("id = 99 WHERE id = 2", "id = 2 WHERE id = 8", "id = 8 WHERE id = 99"):
        await trail.do(f"UPDATE notes SET {sql}")
    await trail.do("UPDATE notes SET kind = 'x' WHERE id = 2")
    await trail.do("UPDATE notes SET kind = 'asked' WHERE id = 2")
    assert await trail.wrong()


async def test_a_cut_tail_is_found(trail: Trail) -> None:
    """The newest notes and their seal: the head outside remembers."""
    await trail.do("DELETE FROM notes WHERE id > 9")
    await trail.do("DELETE FROM seals WHERE upto > 9")
    assert "cut off" in str(await trail.wrong())


@pytest.mark.parametrize(
    "change", ["mac = '0' || substr(mac, 2)", "total = total + 1", "upto = upto - 1", "at = '2026-01-01 00:00:00.000000'"]
)
@pytest.mark.parametrize("id", [1, 2, 4])
async def test_a_changed_seal_is_found(trail: Trail, change: str, id: int) -> None:
    async with trail.stage.db.begin() as tx:
        before = (await tx.execute(select(seals_table).where(seals_table.c.id == id))).one()
    await trail.do(f"UPDATE seals SET {change} WHERE id = {id}")
    async with trail.stage.db.begin() as tx:
        after = (await tx.execute(select(seals_table).where(seals_table.c.id == id))).one()
    assert (await trail.wrong() is None) == (tuple(before) == tuple(after))


async def test_a_removed_seal_is_found(trail: Trail) -> None:
    await trail.do("DELETE FROM seals WHERE id = 2")
    assert await trail.wrong()


async def test_seals_by_another_key_are_found(trail: Trail) -> None:
    from storage.vault import Vault

    other = Vault(bytes(range(1, 33)))
    async with trail.stage.db.begin() as tx:
        await tx.execute(delete(seals_table))
        head = await seals.seal(tx, other, trail.stage.clock())
    assert head and await trail.wrong()


@pytest.mark.parametrize(
    "head",
    [
        Head(12, 12, "0" * 64),
        Head(15, 15, "0" * 64),
        Head(9, 9, "0" * 64),
        Head(0, 0, "0" * 64),
    ],
)
async def test_a_replaced_head_file_is_found(trail: Trail, head: Head) -> None:
    """A head that no seal of the database bears, whatever number stands in it."""
    write_head(trail.path, head)
    assert await trail.wrong()


async def test_a_head_one_seal_behind_is_no_alarm(trail: Trail) -> None:
    """A process that ended between the commit and the file."""
    shutil.copy(trail.path, trail.path.with_suffix(".old"))
    await trail.lives(days=1)
    shutil.copy(trail.path.with_suffix(".old"), trail.path)
    assert await trail.wrong() is None


async def _doctor(trail: Trail, secret: Path) -> bool | None:
    return (await audit_trail(trail.stage.db, trail.stage.vault, Settings(secret_file=secret, _env_file=None))).ok  # type: ignore[call-arg]


async def test_the_doctor_reads_the_head(trail: Trail, tmp_path: Path) -> None:
    assert await _doctor(trail, tmp_path / "secret") is True
    await trail.do("UPDATE notes SET kind = 'x' WHERE id = 7")
    assert await _doctor(trail, tmp_path / "secret") is False


@pytest.mark.parametrize("content", [None, "", "{", "[]", '{"upto": 1}', '{"upto": "a", "total": "b", "mac": 5}'])
async def test_a_missing_or_broken_head_is_a_finding_and_no_crash(
    trail: Trail, tmp_path: Path, content: str | None
) -> None:
    """Seals are there and their head is not: that is how a cut tail would be hidden."""
    trail.path.unlink()
    if content is not None:
        trail.path.write_text(content)
    assert await _doctor(trail, tmp_path / "secret") is False


async def test_a_purge_of_old_notes_still_verifies(trail: Trail) -> None:
    await trail.stage.forward(days=398)  # the first two of four days are older than 400 days now
    async with trail.stage.db.begin() as tx:
        left = (await tx.execute(select(func.count()).select_from(notes))).scalar_one()
    assert 0 < left < 12
    assert await trail.wrong() is None
    await trail.lives(days=1)
    assert await trail.wrong() is None
    await trail.do("UPDATE notes SET kind = 'x' WHERE id = 12")
    assert await trail.wrong()


async def test_a_purge_of_everything_still_verifies(trail: Trail) -> None:
    """A house that rested for 400 days: what it notes from then on is sealed and verified as before."""
    await trail.stage.forward(days=405)
    assert await trail.wrong() is None
    await trail.lives(days=2)
    assert await trail.wrong() is None
    head = read_head(trail.path)
    assert head and head.total == 18
    await trail.do("UPDATE notes SET kind = 'x'")
    assert await trail.wrong()


async def test_a_note_that_a_purge_cut_a_seal_in_two_is_still_watched(trail: Trail) -> None:
    """One seal over old and newer notes: the newer half can't be changed unseen because the older half is gone."""
    async with trail.stage.db.begin() as tx:
        await tx.execute(insert(notes), [
            {"at": at, "talk": "t", "kind": "k", "data": "{}"}
            for at in (trail.stage.clock(), trail.stage.clock() + timedelta(hours=12))
        ])  # fmt: skip
    await trail.sealed()
    oldest = trail.stage.clock()
    trail.stage.clock.now = oldest + timedelta(days=400, hours=6)
    await trail.stage.forward()
    async with trail.stage.db.begin() as tx:
        assert (await tx.execute(select(func.count()).select_from(notes))).scalar_one() == 1
    assert await trail.wrong() is None
    await trail.do("UPDATE notes SET kind = 'x'")
    assert await trail.wrong()


__all__ = ["UTC", "Chat", "Never", "datetime", "jails", "prepare", "replace", "update"]
