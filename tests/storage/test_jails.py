"""Jails, their timetables and staff: imported and refreshed, bound once, people given a place and losing it."""

from datetime import time
from pathlib import Path

import pytest

from dialogue.model import Chat
from operate.prepare import JAILS
from storage import jails
from storage.jails import BadFile
from tests.storage.scene import number, sql
from tests.support.stage import GROUP, JAIL, Stage
from visits.calendar import SessionTemplate
from visits.policy import Rules
from visits.visit import Kind

HEAD = "code,name,state_code,state,district,kind,lat,lon,source\n"
ROW = "IN-UP-X,District Jail X,IN-UP,Uttar Pradesh,Agra,district,27.1,78.0,a list\n"
OTHER = "IN-UP-AGRA"


def written(folder: Path, text: str) -> Path:
    path = folder / "jails.csv"
    path.write_text(text, encoding="utf-8")
    return path


def test_the_list_that_comes_along() -> None:
    rows = jails.read_csv(JAILS)
    assert len(rows) > 500 and len({row["code"] for row in rows}) == len(rows)
    assert all(len(f"visit.jail={row['code']}".encode()) <= 64 for row in rows)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (HEAD + ROW.replace("District Jail X", ""), "line 2: name is empty"),
        (HEAD + ROW + ROW.replace("IN-UP-X", "").replace("district,27", ",27"), "line 3: code, kind is empty"),
        (HEAD + ROW.replace("27.1", "north"), "line 2: lat and lon are numbers"),
        (ROW, "line 2"),
    ],
)
def test_a_bad_list_is_refused_with_its_line(tmp_path: Path, text: str, said: str) -> None:
    path = written(tmp_path, text if text.count("\n") > 1 else text * 2)
    with pytest.raises(BadFile, match=said):
        jails.read_csv(path)


@pytest.mark.parametrize("held", [None, b"\xff\xfe\x00code"])
def test_a_list_that_can_not_be_read(tmp_path: Path, held: bytes | None) -> None:
    path = tmp_path / "jails.csv"
    if held:
        path.write_bytes(held)
    with pytest.raises(BadFile, match="can't be read"):
        jails.read_csv(path)


async def test_importing_again_refreshes_and_keeps_what_the_jail_has(stage: Stage, tmp_path: Path) -> None:
    before = await number(stage, "SELECT count(*) FROM jails")
    text = HEAD + f"{JAIL},Tihar One,IN-DL,Delhi,West Delhi,central,,,a newer list\n" + ROW
    async with stage.db.begin() as tx:
        assert await jails.import_rows(tx, jails.read_csv(written(tmp_path, text))) == 2
        assert await jails.import_rows(tx, []) == 0
        assert await jails.count(tx) == before + 1
        office = (await jails.offices(tx, [JAIL]))[JAIL]
    assert office.jail.name == "Tihar One" and office.chat == Chat("telegram", str(GROUP))
    assert office.kinds == (Kind.IN_PERSON, Kind.VIDEO)
    assert await number(stage, "SELECT count(*) FROM staff WHERE revoked IS NULL") == 2


async def test_binding(stage: Stage) -> None:
    plain = await sql(stage, "SELECT code FROM jails WHERE chat IS NULL ORDER BY code LIMIT 1")
    code = plain[0].code
    async with stage.db.begin() as tx:
        assert not (await jails.offices(tx, [code]))[code].kinds
        assert await jails.bind(tx, code, Chat("telegram", "-7"))
        first = (await jails.timetables(tx, [code]))[code]
        own = [SessionTemplate(2, Kind.VIDEO, time(10), time(11), 30, 1)]
        await jails.set_timetable(tx, code, own)
        assert await jails.bind(tx, code, Chat("telegram", "-8"))
        assert (await jails.timetables(tx, [code]))[code] == own and len(first) == 24
        office = (await jails.offices(tx, [code]))[code]
        assert office.chat == Chat("telegram", "-8") and office.kinds == (Kind.VIDEO,) and office.jail.open
        assert not await jails.bind(tx, "IN-XX-NOWHERE", Chat("telegram", "-9"))


async def test_a_jail_keeps_only_its_own_numbers(stage: Stage) -> None:
    mine = Rules(party=5, remind_hours=(48, 24, 3), video=False)
    async with stage.db.begin() as tx:
        await jails.set_rules(tx, JAIL, mine)
        assert (await jails.offices(tx, [JAIL]))[JAIL].rules == mine
        await jails.set_rules(tx, JAIL, Rules())
        assert (await jails.offices(tx, [JAIL]))[JAIL].rules == Rules()
    assert (await sql(stage, "SELECT rules FROM jails WHERE code = :code", code=JAIL))[0].rules == "{}"


async def test_a_place_ends_when_it_is_taken_or_given_anew(stage: Stage) -> None:
    rao = Chat("telegram", "201")
    async with stage.db.begin() as tx:
        assert [one.role for one in (await jails.staff_of(tx, [rao]))[rao]] == ["superintendent"]
        assert await jails.add_staff(tx, JAIL, rao, "gate", "Rao", stage.clock())
        assert [(one.role, one.name) for one in (await jails.staff_of(tx, [rao]))[rao]] == [("gate", "Rao")]
        assert not await jails.add_staff(tx, "IN-XX-NOWHERE", rao, "gate", "Rao", stage.clock())
        assert await jails.revoke_staff(tx, JAIL, rao, stage.clock())
        assert (await jails.staff_of(tx, [rao]))[rao] == ()
        assert not await jails.revoke_staff(tx, JAIL, rao, stage.clock())
        nobody = Chat("telegram", "404")
        assert await jails.staff_of(tx, [nobody]) == {nobody: ()}
    assert await number(stage, "SELECT count(*) FROM staff WHERE person = 'telegram:201'") == 2
