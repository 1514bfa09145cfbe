"""The audit trail: each act and each refusal has its row, and no row holds a person's details."""

import sqlite3
from collections.abc import Awaitable, Callable
from datetime import timedelta
from pathlib import Path

import pytest
from typer.testing import CliRunner

import bot
from operate import logs
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


@act("held", "hold_lapsed")
async def lets_a_hold_lapse(stage: Stage) -> None:
    await held(stage, await enrolled(stage, FAMILY))
    await stage.forward(minutes=11)


@act("held", "asked", "approved", "undone", "rejected", "undo_late", "press_late")
async def decides(stage: Stage) -> None:
    ref = await _asked(stage)
    await decided(stage, ref, "ok")
    await decided(stage, ref, "undo")
    await decided(stage, ref, "why", "transferred")
    await stage.forward(seconds=61)
    await decided(stage, ref, "undo")
    await decided(stage, ref, "ok")


@act("held", "asked", "rejected", "held", "asked", "undo_refused")
async def undoes_too_full(stage: Stage) -> None:
    await peopled(stage)
    ref = (await asked(stage, await enrolled(stage, FAMILY), capacity=1)).ref
    await decided(stage, ref, "why", "jail_error")
    await asked(stage, await enrolled(stage, 102), "Suresh Yadav", capacity=1)
    await decided(stage, ref, "undo")


@act("held", "asked", "press_refused", "press_refused", "press_refused")
async def presses_what_is_not_theirs(stage: Stage) -> None:
    ref = await _asked(stage)
    await enrolled(stage, 102)
    await pressed(stage, STRANGER, f"card.ok={ref}.2", GROUP)
    await pressed(stage, GATE, f"card.no={ref}.2", GROUP)
    await pressed(stage, 102, f"dropped={ref}.2")


@act("held", "asked", "read", "read", "read", "read_refused", "read_refused", "read_refused")
async def reads(stage: Stage) -> None:
    ref = await _asked(stage)
    for line in ("/pending", "/today", f"/find {ref}", "/find 22222222"):
        await stage.said(GATE, line, GROUP)
    await stage.said(STRANGER, "/pending", GROUP)
    await stage.said(ELSEWHERE, f"/find {ref}", GROUP2)


@act("held", "asked", "approved", "coming", "given_back")
async def comes_and_does_not(stage: Stage) -> None:
    ref = await _asked(stage)
    await decided(stage, ref, "ok")
    await stage.forward(seconds=61)
    version = (await row_of(stage, ref)).version
    await pressed(stage, FAMILY, f"coming={ref}.{version}")
    await pressed(stage, FAMILY, f"dropped={ref}.{version}")


@act("held", "asked", "expired", "asked")
async def is_not_answered(stage: Stage) -> None:
    ref = await _asked(stage)
    await stage.forward(days=2, hours=9)
    later = int((THURSDAY + timedelta(days=7)).timestamp())
    await pressed(stage, FAMILY, f"retry={ref}.{later}")


@act("held", "asked", "approved", "unreached")
async def is_not_reached(stage: Stage) -> None:
    ref = await _asked(stage)
    await decided(stage, ref, "ok")
    for way, to in (("telegram", FAMILY), ("sms", None), ("email", None)):
        refusing(stage, way, to, blocked)
    await stage.forward(seconds=61)
    await stage.forward(seconds=20)


@act("held", "asked", "approved", "closed")
async def lets_the_day_pass(stage: Stage) -> None:
    await decided(stage, await _asked(stage), "ok")
    await stage.forward(days=3, hours=3)


@act("code_sent", "moved")
async def comes_on_a_new_phone(stage: Stage) -> None:
    await enrolled(stage, FAMILY)
    await _recovers(stage, "2345 6789 0124")


@act("code_sent", "recover_refused")
async def comes_with_a_wrong_id(stage: Stage) -> None:
    await enrolled(stage, FAMILY)
    await _recovers(stage, "4987 6543 2102")


@act("code_sent", *["recover_refused"] * 7)
async def guesses_ids_all_day(stage: Stage) -> None:
    """The guesses that are no longer looked at are noted as those that were."""
    await enrolled(stage, FAMILY)
    await _recovers(stage, "4987 6543 2102")
    for _n in range(6):
        await stage.said(103, "4987 6543 2102")


@act("code_sent", *["code_wrong"] * 7)
async def guesses_codes_all_day(stage: Stage) -> None:
    """Five tries a code: the sixth and seventh are refused before they are compared."""
    await talk(stage, FAMILY, *REGISTER[:13])
    for _n in range(7):
        await stage.said(FAMILY, "000000")


async def _recovers(stage: Stage, number: str) -> None:
    await talk(stage, 103, "/start", "[new phone]", "98000 01010", "{sms +919800001010}", "[Aadhaar]", number)


@act("amended", "told_all", "erased")
async def changes_reads_and_forgets(stage: Stage) -> None:
    await enrolled(stage, FAMILY)
    await talk(stage, FAMILY, "/me", "[✎ District]", "North Delhi", "[It is right so]", "/mydata")
    await talk(stage, FAMILY, "/forget", "[Yes, erase]")


@act("held", "asked", "given_back", "erased")
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
    await talk(stage, FAMILY, *REGISTER[:13])
    await stage.said(FAMILY, "000000")


@act("contact_shared")
async def shares_a_contact(stage: Stage) -> None:
    housed(stage, contact_counts=True)
    await talk(stage, FAMILY, *REGISTER[:12])
    await stage.message(FAMILY, contact={"phone_number": MOBILE, "user_id": FAMILY})


@act("held", "asked", "chat_gone")
async def removes_the_bot(stage: Stage) -> None:
    await _asked(stage)
    who = {"id": 201, "is_bot": False, "first_name": "Rao"}
    where = {"id": GROUP, "type": "supergroup"}
    member = {"user": {"id": 1, "is_bot": True, "first_name": "M"}, "status": "kicked"}
    await stage.arrive({"my_chat_member": {"chat": where, "from": who, "date": 0, "new_chat_member": member}})


@act("held", "asked", "press_refused")
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


def test_the_operators_acts_are_noted_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Who may decide, and where, is set on the command line: the trail tells when that changed."""
    database = tmp_path / "data" / "mulakat.db"
    monkeypatch.setenv("MULAKAT_DATABASE_URL", f"sqlite+aiosqlite:///{database}")
    monkeypatch.setenv("MULAKAT_SECRET_FILE", str(tmp_path / "secret"))
    monkeypatch.chdir(tmp_path)
    counts = []
    for line in (
        ["jails", "bind", JAIL, "--", "-1001"],
        ["staff", "add", JAIL, "201", "superintendent"],
        ["staff", "remove", JAIL, "201"],
    ):
        result = CliRunner().invoke(bot.app, line)
        assert result.exit_code == 0, result.output
        counts.append(_count(database))
    logs.set_up("WARNING", "json")
    assert counts == [1, 2, 3]


def _count(path: Path) -> int:
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
