"""Cards in the jail's chat: every copy follows what becomes of the request, and the chat itself may move or be lost."""

import pytest

from channels.base import Change, Errand, Later, Never
from dialogue.model import Chat
from storage import jails
from tests.access.cards import FAMILY, labels, ready, shown, words_of
from tests.access.ground import (
    DEPUTY,
    OPERATOR,
    SUPERINTENDENT,
    asked,
    decided,
    enrolled,
    held,
    housed,
    kinds_noted,
    newest_note,
    peopled,
    plain,
    pressed,
    quiet,
    refusing,
    row_of,
    sent,
)
from tests.support.stage import GROUP, JAIL, Stage

# ---------------------------------------------------------------- cards


async def test_after_a_start_few_are_cards_and_every_copy_follows(stage: Stage) -> None:
    ref = await ready(stage)
    for _start in range(2):
        stage.open()
        await stage.deadlines.start()
        await stage.work()
    assert len(shown(stage, ref)) == 3
    await decided(stage, ref, "ok")
    assert {tuple(labels(card)) for card in shown(stage, ref).values()} == {("↩ Undo",)}
    await stage.forward(seconds=61)
    assert {tuple(labels(card)) for card in shown(stage, ref).values()} == {()}
    assert all("Approved by Supt. Rao" in words_of(card) for card in shown(stage, ref).values())
    assert len(shown(stage, ref)) == 3


async def test_after_many_starts_every_copy_still_follows(stage: Stage) -> None:
    """Seven copies of a card: none of them may keep its Approve button."""
    ref = await ready(stage)
    for _start in range(6):
        await stage.forward(minutes=3)
        stage.open()
        await stage.deadlines.start()
        await stage.work()
    assert len(shown(stage, ref)) == 7
    await decided(stage, ref, "ok")
    assert [number for number, card in shown(stage, ref).items() if "✅ Approve" in labels(card)] == []


async def test_after_a_start_many_are_one_line(stage: Stage) -> None:
    await peopled(stage)
    for n in range(6):
        await asked(stage, await enrolled(stage, 500 + n), f"Prisoner {chr(65 + n)}")
    await stage.forward(minutes=2)
    heard = len(stage.heard)
    stage.open()
    await stage.deadlines.start()
    await stage.work()
    assert plain(stage, GROUP, since=heard) == ["📥 6 requests wait. /pending shows them, the soonest first."]


async def test_more_than_fifteen_cards_in_a_minute_become_one_line(stage: Stage) -> None:
    await peopled(stage)
    heard = len(stage.heard)
    for n in range(18):
        await asked(stage, await enrolled(stage, 500 + n), f"Prisoner {chr(65 + n)}")
    assert len(plain(stage, GROUP, since=heard)) == 15
    await stage.forward(seconds=60)
    lines = plain(stage, GROUP, since=heard)[15:]
    assert lines == ["📥 Many requests have come. /pending shows those that wait, the soonest first."]
    await stage.forward(seconds=60)
    await asked(stage, await enrolled(stage, 600), "Prisoner Z")
    assert plain(stage, GROUP, since=heard)[-1].startswith("Request ")


async def test_whoever_decides_on_a_warning_sees_undo_there(stage: Stage) -> None:
    """A warning bears the card's buttons: after the press it is a card that is decided, with Undo."""
    await ready(stage)
    await stage.forward(days=2, hours=2, minutes=1)
    data, number = stage.button(GROUP, "Approve")
    assert "still waits" in words_of(next(one for one in stage.to(GROUP) if one.id == number))
    await pressed(stage, SUPERINTENDENT, data, GROUP, number)
    now = [one for one in stage.to(GROUP) if one.id == number and one.rendered][-1]
    assert labels(now) == ["↩ Undo"]


async def test_a_warning_of_a_decided_request_asks_no_more(stage: Stage) -> None:
    """Decided on its card: the warning above doesn't go on asking for an answer."""
    ref = await ready(stage)
    await stage.forward(days=2, hours=2, minutes=1)
    await decided(stage, ref, "ok")
    newest = {one.id: one for one in stage.to(GROUP) if one.rendered}
    assert [words_of(one).splitlines()[0] for one in newest.values() if "✅ Approve" in labels(one)] == []


async def test_a_card_that_comes_late_is_as_things_are(stage: Stage) -> None:
    """The card had to wait, the family gave the visit back meanwhile: no Approve button comes after that."""
    await peopled(stage)
    family = await enrolled(stage, FAMILY)
    draft = await held(stage, family)
    refusing(stage, "telegram", GROUP, lambda: Later(30.0, "out of order"))
    made = await sent(stage, family, draft)
    await pressed(stage, FAMILY, f"dropped={made.ref}.2")
    quiet(stage, "telegram")
    await stage.forward(minutes=2)
    await stage.forward(minutes=2)
    assert [labels(card) for card in shown(stage, made.ref).values()] in ([], [[]])


async def test_the_fill_on_a_card_is_as_the_press_leaves_it(stage: Stage) -> None:
    """Rejected, its own place is free again; taken back, it is taken."""
    ref = await ready(stage)
    fills = []
    for verb, reason in (("why", "jail_error"), ("undo", "")):
        await decided(stage, ref, verb, reason)
        (card,) = shown(stage, ref).values()
        fills.append([line for line in words_of(card).splitlines() if line.startswith("Places taken")])
    assert fills == [["Places taken at that time: 0 of 40"], ["Places taken at that time: 1 of 40"]]


async def test_a_family_that_has_cancelled_is_not_coming(stage: Stage) -> None:
    ref = await ready(stage)
    await decided(stage, ref, "ok")
    await stage.forward(seconds=61)
    version = (await row_of(stage, ref)).version
    await pressed(stage, FAMILY, f"coming={ref}.{version}")
    await pressed(stage, FAMILY, f"dropped={ref}.{version}")
    (card,) = shown(stage, ref).values()
    assert "Cancelled by the visitor." in words_of(card)
    assert "we are coming" not in words_of(card)


# ---------------------------------------------------------------- the group itself


def supergroup(stage: Stage, new: str) -> None:
    def trouble(chat: Chat, _errand: Errand) -> None:
        if chat.id == str(GROUP):
            raise Never("the group became a supergroup", moved_to=new)

    stage.ears["telegram"].trouble = trouble


async def test_a_group_that_became_a_supergroup(stage: Stage) -> None:
    await peopled(stage)
    housed(stage)
    new = -1002002002
    supergroup(stage, str(new))
    for n in range(3):
        await asked(stage, await enrolled(stage, 500 + n), f"Prisoner {chr(65 + n)}")
    cards = plain(stage, new)
    assert len(cards) == 3 and all(card.startswith("Request ") for card in cards)
    async with stage.db.begin() as tx:
        assert (await jails.offices(tx, [JAIL]))[JAIL].chat == Chat("telegram", str(new))
    assert len([one for one in plain(stage, OPERATOR) if "supergroup" in one]) == 1

    data, number = stage.button(new, "Approve")
    assert "Approved" in await pressed(stage, SUPERINTENDENT, data, new, number)
    assert "Your press was noted" in await pressed(stage, SUPERINTENDENT, data, GROUP)
    await stage.said(DEPUTY, "/pending", new)
    assert plain(stage, new)[-1].startswith("Request ")


async def test_the_move_of_a_jails_chat_is_in_the_audit_trail(stage: Stage) -> None:
    """From now on other people read and decide: that is an act, whoever did it."""
    await peopled(stage)
    housed(stage)
    supergroup(stage, "-1002002002")
    family = await enrolled(stage, FAMILY)
    draft = await held(stage, family)
    since = await newest_note(stage)
    await sent(stage, family, draft)
    assert [kind for kind in await kinds_noted(stage, since) if kind != "asked"] != []


async def test_telegram_says_itself_that_a_group_has_moved(stage: Stage) -> None:
    """The service message comes before anything of ours fails: the staff's next command is answered."""
    ref = await ready(stage)
    new = -1002002002
    await stage.message(SUPERINTENDENT, GROUP, migrate_to_chat_id=new)
    await stage.said(SUPERINTENDENT, "/pending", new)
    assert any(ref in one for one in plain(stage, new))


def removed(status: str, chat: int = GROUP) -> dict[str, object]:
    person = {"id": 201, "is_bot": False, "first_name": "Rao"}
    bot = {"id": 1, "is_bot": True, "first_name": "Mulakat"}
    where = {"id": chat, "type": "supergroup"}
    old, new = {"user": bot, "status": "member"}, {"user": bot, "status": status}
    return {
        "my_chat_member": {"chat": where, "from": person, "date": 0, "old_chat_member": old, "new_chat_member": new}
    }


@pytest.mark.parametrize("status", ["kicked", "left"])
async def test_the_bot_was_removed_from_the_group(stage: Stage, status: str) -> None:
    await ready(stage)
    async with stage.db.begin() as tx:
        await jails.bind(tx, "IN-DL-TIHAR-CJ-3", Chat("telegram", str(GROUP)))
    await stage.arrive(removed(status))
    told = plain(stage, OPERATOR)
    assert len(told) == 2
    assert all(any(f"Central Jail No. {n}, Tihar" in one for one in told) for n in (1, 3))
    assert "chat_gone" in await kinds_noted(stage)


async def test_a_family_that_blocks_the_bot_alarms_nobody(stage: Stage) -> None:
    await ready(stage)
    gone = removed("kicked", FAMILY)
    gone["my_chat_member"]["from"]["id"] = FAMILY  # type: ignore[index]
    await stage.arrive(gone)
    assert plain(stage, OPERATOR) == []


async def test_one_card_that_was_deleted_alarms_no_operator(stage: Stage) -> None:
    """A card that staff have deleted can't be changed: that is no chat that takes no messages."""
    ref = await ready(stage)
    housed(stage)

    def trouble(chat: Chat, errand: Errand) -> None:
        if isinstance(errand, Change):
            raise Never("Telegram: message to edit not found")

    stage.ears["telegram"].trouble = trouble
    await decided(stage, ref, "ok")
    assert plain(stage, OPERATOR) == []


async def test_a_private_chat_may_decide_too(stage: Stage) -> None:
    """`jails bind` takes a superintendent's own chat: presses, lists and words work there as in a group."""
    async with stage.db.begin() as tx:
        await jails.bind(tx, JAIL, Chat("telegram", str(SUPERINTENDENT)))
    family = await enrolled(stage, FAMILY)
    made = await asked(stage, family)
    await stage.said(SUPERINTENDENT, "/pending")
    assert words_of(stage.last(SUPERINTENDENT)).startswith(f"Request {made.ref}")
    await pressed(stage, SUPERINTENDENT, f"card.words={made.ref}.2")
    await stage.said(SUPERINTENDENT, "Please bring the court's letter first.")
    assert (await row_of(stage, made.ref)).status == "REJECTED"
