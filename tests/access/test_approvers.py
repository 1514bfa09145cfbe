"""What a superintendent meets: undo, words, lists, cards that follow, a group that moves, families out of reach, time."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest

from channels.base import Change, Errand, Later, Never
from dialogue.model import Chat
from storage import jails
from storage.tables import visits
from tests.access.ground import (
    CAPACITY,
    DEPUTY,
    GATE,
    OPERATOR,
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
    peopled,
    plain,
    pressed,
    quiet,
    refusing,
    row_of,
    sent,
    taken,
)
from tests.support.stage import GROUP, JAIL, Heard, Stage
from visits.policy import Rules
from visits.visit import Kind

FAMILY = 101


async def ready(stage: Stage, prisoner: str = "Ramesh Kumar", **other: object) -> str:
    """One family with one request before the jail; its reference."""
    await peopled(stage)
    made = await asked(stage, await enrolled(stage, FAMILY), prisoner, **other)  # type: ignore[arg-type]
    return made.ref


def shown(stage: Stage, ref: str) -> dict[str, Heard]:
    """Every copy of a card as it stands in the group now, by the message's number."""
    there: dict[str, Heard] = {}
    for one in stage.to(GROUP):
        if one.rendered and (one.id in there or one.rendered.plain.startswith(f"Request {ref}")):
            there[one.id] = one
    return there


def labels(one: Heard) -> list[str]:
    return [text for row in (one.rendered.buttons if one.rendered else ()) for text, _data in row]


def offers(stage: Stage, ref: str) -> list[str]:
    """The presses by which the family may ask again for another time."""
    rendered = stage.last(FAMILY).rendered
    assert rendered
    return [data for row in rendered.buttons for _label, data in row if data.startswith(f"retry={ref}.")]


def words_of(one: Heard) -> str:
    return one.rendered.plain if one.rendered else ""


# ---------------------------------------------------------------- undo


@pytest.mark.parametrize("verb", ["ok", "why"])
async def test_undo_in_time_tells_nobody(stage: Stage, verb: str) -> None:
    ref = await ready(stage)
    heard = len(stage.heard)
    await decided(stage, ref, verb, "transferred" if verb == "why" else "")
    await stage.forward(seconds=59)
    assert "Taken back" in await decided(stage, ref, "undo", by=DEPUTY)
    await stage.forward(hours=2)
    assert plain(stage, FAMILY, since=heard) == []
    assert plain(stage, "family1010@example.org", "email", heard) == []
    row = await row_of(stage, ref)
    assert (row.status, row.decided_by, row.decided_at, row.reason) == ("PENDING", None, None, None)
    assert await taken(stage) == 1


async def test_undo_too_late(stage: Stage) -> None:
    ref = await ready(stage)
    await decided(stage, ref, "ok")
    await stage.forward(seconds=60)
    assert "Too late" in await decided(stage, ref, "undo")
    assert (await row_of(stage, ref)).status == "APPROVED"
    assert "undo_late" in await kinds_noted(stage)


async def test_an_undone_decision_can_be_taken_anew_and_is_told_once(stage: Stage) -> None:
    ref = await ready(stage)
    for verb in ("ok", "undo", "ok"):
        await decided(stage, ref, verb)
    heard = len(stage.heard)
    await stage.forward(seconds=61)
    assert [("approved" in one) for one in plain(stage, FAMILY, since=heard)] == [True]
    assert len(plain(stage, "+919800001010", "sms", heard)) == 1


async def test_undo_after_the_seat_was_taken(stage: Stage) -> None:
    """A rejection frees the seat at once; when another family has it, the rejection stands."""
    await peopled(stage)
    first = await asked(stage, await enrolled(stage, FAMILY), capacity=1)
    await decided(stage, first.ref, "why", "jail_error")
    await asked(stage, await enrolled(stage, 102, "Meena Kumari"), "Suresh Yadav", capacity=1)
    heard = len(stage.heard)
    assert "taken by another family" in await decided(stage, first.ref, "undo")
    assert (await row_of(stage, first.ref)).status == "REJECTED"
    assert await taken(stage) == 1
    await stage.forward(seconds=61)
    assert "not possible" in plain(stage, FAMILY, since=heard)[-1]


async def test_undo_after_the_family_has_asked_again(stage: Stage) -> None:
    """Rejected, asked again within the minute, taken back: one live request for a prisoner, and an answer."""
    await peopled(stage)
    family = await enrolled(stage, FAMILY)
    first = await asked(stage, family)
    await decided(stage, first.ref, "why", "jail_error")
    again = await asked(stage, family, start=THURSDAY + timedelta(hours=1))
    assert await decided(stage, first.ref, "undo")
    assert ((await row_of(stage, first.ref)).status, (await row_of(stage, again.ref)).status) == ("REJECTED", "PENDING")


async def test_a_second_press_of_undo_does_not_say_that_the_family_was_told(stage: Stage) -> None:
    """A double tap is common: after "the family was not told" must not come "the family has been told"."""
    ref = await ready(stage)
    await decided(stage, ref, "ok")
    version = (await row_of(stage, ref)).version
    first = await pressed(stage, SUPERINTENDENT, f"card.undo={ref}.{version}", GROUP)
    second = await pressed(stage, SUPERINTENDENT, f"card.undo={ref}.{version}", GROUP)
    assert "was not told" in first
    assert "has been told" not in second


async def test_undo_of_what_the_family_gave_back_says_so(stage: Stage) -> None:
    ref = await ready(stage)
    await decided(stage, ref, "ok")
    version = (await row_of(stage, ref)).version
    await pressed(stage, FAMILY, f"dropped={ref}.{version}")
    said = await pressed(stage, SUPERINTENDENT, f"card.undo={ref}.{version}", GROUP)
    assert "has been told" not in said and "ancelled" in said


async def test_within_the_minute_the_family_learns_nothing(stage: Stage) -> None:
    """A decision that may still be undone shows in none of the ways in which a family looks."""
    await peopled(stage)
    for n, (verb, reason) in enumerate((("ok", ""), ("why", "barred"))):
        person = FAMILY + n
        made = await asked(stage, await enrolled(stage, person), capacity=CAPACITY)
        await decided(stage, made.ref, verb, reason)
        told: list[str] = []
        for line in ("/status", "/mydata", "/cancel"):
            heard = len(stage.heard)
            await stage.said(person, line)
            told += [f"{line}: {words}" for words in plain(stage, person, since=heard)]
        for data in (f"drop={made.ref}.2", f"dropped={made.ref}.2"):
            told.append(f"{data}: {await pressed(stage, person, data)}")
        leaks = [one for one in told if "approved" in one or "not possible" in one]
        assert leaks == [], f"after {verb}"


async def test_given_back_within_the_minute_reads_so(stage: Stage) -> None:
    """Approved, and cancelled by the family before it was told: the letter, the chat and the card say cancelled."""
    ref = await ready(stage)
    await decided(stage, ref, "ok")
    await stage.said(FAMILY, "/status")
    heard = len(stage.heard)
    await stage.press_label(FAMILY, f"Cancel {ref}")
    await stage.press_label(FAMILY, "Yes, cancel it")
    told = plain(stage, FAMILY, since=heard)
    assert not any("waiting for its answer" in one for one in told[1:]), told[1:]
    assert (await row_of(stage, ref)).status in ("CANCELLED", "WITHDRAWN")
    await stage.forward(minutes=5)
    assert not any("approved" in one for one in plain(stage, FAMILY, since=heard))


# ---------------------------------------------------------------- in words


async def test_reject_in_words(stage: Stage) -> None:
    ref = await ready(stage)
    await decided(stage, ref, "words")
    asks = stage.last(GROUP)
    assert asks.message and asks.message.asks == "reply"
    assert "Supt. Rao" in words_of(asks) and ref in words_of(asks)

    await stage.said(SUPERINTENDENT, "no", GROUP)
    assert "a little more" in words_of(stage.last(GROUP))
    assert (await row_of(stage, ref)).status == "PENDING"

    await stage.said(DEPUTY, "This is somebody else's sentence.", GROUP)
    assert (await row_of(stage, ref)).status == "PENDING"

    await stage.said(SUPERINTENDENT, "Please bring the court's letter first.", GROUP)
    row = await row_of(stage, ref)
    assert (row.status, row.reason, row.decided_name) == ("REJECTED", "other", "Supt. Rao")
    (card,) = shown(stage, ref).values()
    assert "court's letter" in words_of(card) and labels(card) == ["↩ Undo"]

    await stage.forward(seconds=61)
    assert "The jail says: Please bring the court's letter first." in words_of(stage.last(FAMILY))
    assert "court's letter" in words_of(stage.last("family1010@example.org", "email"))


async def test_words_after_somebody_else_has_decided(stage: Stage) -> None:
    ref = await ready(stage)
    await decided(stage, ref, "words")
    await decided(stage, ref, "ok", by=DEPUTY)
    await stage.said(SUPERINTENDENT, "Please bring the court's letter first.", GROUP)
    assert "Approved by Dy. Supt. Iqbal" in words_of(stage.last(GROUP))
    assert (await row_of(stage, ref)).status == "APPROVED"


async def test_words_by_one_whose_role_has_ended_meanwhile(stage: Stage) -> None:
    """He is refused at the reply too, reads that, and it is noted."""
    ref = await ready(stage)
    await decided(stage, ref, "words")
    async with stage.db.begin() as tx:
        await jails.revoke_staff(tx, JAIL, Chat("telegram", str(SUPERINTENDENT)), stage.clock())
    heard, since = len(stage.heard), await newest_note(stage)
    await stage.said(SUPERINTENDENT, "Please bring the court's letter first.", GROUP)
    assert (await row_of(stage, ref)).status == "PENDING"
    assert await kinds_noted(stage, since) == ["press_refused"]
    assert plain(stage, GROUP, since=heard), "he isn't told that it did not count"


async def test_the_question_for_words_ends_with_any_other_decision(stage: Stage) -> None:
    """In words, then Approve instead: what he says later in the group is nobody's answer."""
    ref = await ready(stage)
    await decided(stage, ref, "words")
    await decided(stage, ref, "ok")
    heard = len(stage.heard)
    await stage.said(SUPERINTENDENT, "Good morning to all.", GROUP)
    assert plain(stage, GROUP, since=heard) == []


async def test_the_question_for_words_can_be_left(stage: Stage) -> None:
    """/cancel takes it back; talk in the group afterwards rejects nobody."""
    ref = await ready(stage)
    await decided(stage, ref, "words")
    await stage.said(SUPERINTENDENT, "/cancel", GROUP)
    await stage.said(SUPERINTENDENT, "Good morning to all.", GROUP)
    assert (await row_of(stage, ref)).status == "PENDING"


async def test_words_that_were_undone_are_forgotten(stage: Stage) -> None:
    """Rejected in words, taken back, rejected for a reason: the family reads the reason and not the old words."""
    ref = await ready(stage)
    await decided(stage, ref, "words")
    await stage.said(SUPERINTENDENT, "He is barred for fighting.", GROUP)
    await decided(stage, ref, "undo")
    await decided(stage, ref, "why", "transferred")
    await stage.forward(seconds=61)
    letter = words_of(stage.last(FAMILY))
    assert "fighting" not in letter
    assert "moved to another jail" in letter
    await stage.said(FAMILY, "/status")
    assert "fighting" not in words_of(stage.last(FAMILY))
    assert all("fighting" not in words_of(card) for card in shown(stage, ref).values())


# ---------------------------------------------------------------- lists


async def test_pending_soonest_first_and_more(stage: Stage) -> None:
    await peopled(stage)
    refs = []
    for n, hours in enumerate((5, 1, 6, 2, 4, 3, 0)):
        start = THURSDAY + timedelta(minutes=30 * hours)
        made = await asked(stage, await enrolled(stage, 500 + n), f"Prisoner {chr(65 + n)}", start=start)
        refs.append((start, made.ref))
    heard, since = len(stage.heard), await newest_note(stage)
    await stage.said(GATE, "/pending", GROUP)
    said = plain(stage, GROUP, since=heard)
    assert [one.splitlines()[0].split()[-1] for one in said[:5]] == [ref for _start, ref in sorted(refs)[:5]]
    assert said[5].startswith("2 more wait") and len(said) == 6
    assert await kinds_noted(stage, since) == ["read"]

    for _start, ref in sorted(refs)[:5]:
        await decided(stage, ref, "ok")
    heard = len(stage.heard)
    await stage.said(GATE, "/pending", GROUP)
    assert [one.splitlines()[0].split()[-1] for one in plain(stage, GROUP, since=heard)] == [
        ref for _start, ref in sorted(refs)[5:]
    ]


async def test_pending_with_nothing(stage: Stage) -> None:
    await peopled(stage)
    await stage.said(SUPERINTENDENT, "/pending", GROUP)
    assert words_of(stage.last(GROUP)) == "Nothing waits."


async def test_today(stage: Stage) -> None:
    """The approved visits of the day, in order; neither those that wait nor another day's."""
    await peopled(stage)
    names = {}
    for n, (hours, name) in enumerate(((2, "Second Yadav"), (0, "First Yadav"), (1, "Waiting Yadav"), (24, "Late Yadav"))):
        family = await enrolled(stage, 500 + n, f"Family {chr(65 + n)}")
        made = await asked(stage, family, name, start=THURSDAY + timedelta(hours=hours))
        names[name] = made.ref
        if name != "Waiting Yadav":
            await decided(stage, made.ref, "ok")
    first = (await row_of(stage, names["First Yadav"])).version
    stage.clock.now = THURSDAY - timedelta(hours=1)
    await pressed(stage, 501, f"coming={names['First Yadav']}.{first}")
    await stage.said(GATE, "/today", GROUP)
    lines = words_of(stage.last(GROUP)).splitlines()
    assert lines[0].endswith(": 2")
    assert [line.split()[2] for line in lines[2:]] == [names["First Yadav"], names["Second Yadav"]]
    assert lines[2].endswith("✋") and not lines[3].endswith("✋")


@pytest.mark.parametrize(
    ("typed", "right"),
    [
        ("{ref}", True),
        ("{lower}", True),
        (" {ref} ", True),
        ("#{half}-{rest}", True),
        ("{half} {rest}", True),
        ("{looks_like}", True),
        ("{wrong}", False),
        ("", False),
        ("Ramesh", False),
        ("{ref}2", False),
    ],
)
async def test_find(stage: Stage, typed: str, right: bool) -> None:
    ref = await ready(stage)
    looks_like = ref.replace("D", "O").replace("7", "I").replace("5", "S").replace("2", "Z").replace("8", "B")
    wrong = ref[:-1] + ("3" if ref[-1] != "3" else "4")
    words = typed.format(
        ref=ref, lower=ref.lower(), half=ref[:4], rest=ref[4:].lower(), looks_like=looks_like, wrong=wrong
    )
    heard, since = len(stage.heard), await newest_note(stage)
    await stage.said(DEPUTY, f"/find {words}", GROUP)
    (said,) = plain(stage, GROUP, since=heard)
    assert said.startswith(f"Request {ref}") if right else "no such request" in said
    assert await kinds_noted(stage, since) == (["read"] if right else ["read_refused"])


async def test_a_hold_that_lapsed_is_no_request_that_nobody_decided(stage: Stage) -> None:
    """It was never before the jail: it is not to be found there, least of all as one that the jail let pass."""
    await peopled(stage)
    made = await held(stage, await enrolled(stage, FAMILY))
    await stage.forward(minutes=11)
    assert (await row_of(stage, made.ref)).status == "EXPIRED"
    await stage.said(DEPUTY, f"/find {made.ref}", GROUP)
    assert "Nobody decided in time" not in words_of(stage.last(GROUP))


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
    ref = await ready(stage)
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
    return {"my_chat_member": {"chat": where, "from": person, "date": 0, "old_chat_member": old, "new_chat_member": new}}


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


# ---------------------------------------------------------------- out of reach


def all_ways(stage: Stage, error: Callable[[], Exception], family: str = "1010") -> None:
    for channel, to in (
        ("telegram", FAMILY),
        ("email", f"family{family}@example.org"),
        ("sms", f"+91980000{family}"),
    ):
        refusing(stage, channel, to, error)


async def minutes(stage: Stage, count: int) -> None:
    for _minute in range(count):
        await stage.forward(minutes=1)


async def test_a_family_out_of_reach_is_called_once(stage: Stage) -> None:
    ref = await ready(stage)
    await decided(stage, ref, "ok")
    all_ways(stage, blocked)
    heard = len(stage.heard)
    await minutes(stage, 16)
    calls = [one for one in plain(stage, GROUP, since=heard) if one.startswith("📞")]
    assert len(calls) == 1
    assert ref in calls[0] and "Sunita Devi: +919800001010" in calls[0] and "Approved by Supt. Rao" in calls[0]
    await minutes(stage, 30)
    assert len([one for one in plain(stage, GROUP, since=heard) if one.startswith("📞")]) == 1
    assert (await kinds_noted(stage)).count("unreached") == 1


async def test_one_way_that_works_is_enough(stage: Stage) -> None:
    ref = await ready(stage)
    await decided(stage, ref, "why", "transferred")
    for channel, to in (("telegram", FAMILY), ("email", "family1010@example.org")):
        refusing(stage, channel, to, blocked)
    heard = len(stage.heard)
    await minutes(stage, 20)
    assert [one for one in plain(stage, GROUP, since=heard) if one.startswith("📞")] == []
    assert len(plain(stage, "+919800001010", "sms", heard)) == 1


async def test_ways_that_only_ask_to_wait_do_not_put_off_the_call(stage: Stage) -> None:
    """Each way says "in ten minutes" again and again: a quarter of an hour after the decision staff are told."""
    ref = await ready(stage)
    await decided(stage, ref, "ok")
    all_ways(stage, lambda: Later(600.0, "asks us to wait"))
    heard = len(stage.heard)
    await minutes(stage, 17)
    assert [ref in one for one in plain(stage, GROUP, since=heard) if one.startswith("📞")] == [True]


async def test_a_visit_given_back_after_nobody_was_reached_is_not_noted_for_ever(stage: Stage) -> None:
    """Nobody was reached, then the family came by itself and cancelled: one line at most, one audit row at most."""
    ref = await ready(stage)
    await decided(stage, ref, "ok")
    all_ways(stage, blocked)
    await stage.forward(seconds=61)
    stage.clock.forward(seconds=0)
    version = (await row_of(stage, ref)).version
    quiet(stage, "telegram")
    await pressed(stage, FAMILY, f"dropped={ref}.{version}")
    await minutes(stage, 5)
    assert (await kinds_noted(stage)).count("unreached") <= 1


# ---------------------------------------------------------------- time


async def test_warned_twice_then_expired_told_by_three_ways_and_asked_again_once(stage: Stage) -> None:
    ref = await ready(stage)
    heard = len(stage.heard)
    warned = [datetime(2026, 12, 1, 12, 30, tzinfo=UTC), datetime(2026, 12, 2, 6, 30, tzinfo=UTC)]
    for count, at in enumerate(warned, 1):
        await _until(stage, at - timedelta(minutes=1))
        assert len(plain(stage, GROUP, since=heard)) == count - 1
        await _until(stage, at + timedelta(minutes=1))
        warning = plain(stage, GROUP, since=heard)[-1]
        assert len(plain(stage, GROUP, since=heard)) == count
        assert f"Request {ref} still waits. Please decide before Wednesday 2 December 2026, 6:00 pm." in warning

    due = datetime(2026, 12, 2, 12, 30, tzinfo=UTC)  # six o'clock the day before
    await _until(stage, due - timedelta(seconds=30))
    assert (await row_of(stage, ref)).status == "PENDING"
    await _until(stage, due + timedelta(seconds=20))
    row = await row_of(stage, ref)
    assert (row.status, row.decided_by, row.live) == ("EXPIRED", None, False)
    assert await taken(stage) == 0
    assert "did not answer your request" in words_of(stage.last(FAMILY))
    assert "did not answer your request" in words_of(stage.last("family1010@example.org", "email"))
    assert "not answered in time" in words_of(stage.last("+919800001010", "sms"))
    assert ["Nobody decided in time" in words_of(card) for card in shown(stage, ref).values()] == [True]
    assert await decided(stage, ref, "ok") == "⌛ Nobody decided in time. The family was told."

    offered = stage.last(FAMILY).rendered
    assert offered and len(offered.buttons) == 5
    ((_label, data),) = offered.buttons[0]
    for _press in range(2):
        await pressed(stage, FAMILY, data, message=stage.last(FAMILY).id)
    async with stage.db.begin() as tx:
        rows = (await tx.execute(visits.select().where(visits.c.visitor == row.visitor))).all()
    assert sorted(one.status for one in rows) == ["EXPIRED", "PENDING"]
    again = next(one for one in rows if one.status == "PENDING")
    assert again.start == datetime.fromtimestamp(int(data.rpartition(".")[2]), UTC)
    assert await taken(stage, again.start) == 1
    assert any(f"Request {again.ref}" in one for one in plain(stage, GROUP))
    assert again.ref in words_of(stage.last(FAMILY))


async def _until(stage: Stage, moment: datetime) -> None:
    stage.clock.now = moment
    await stage.forward()


async def test_a_second_press_for_another_time_says_that_it_was_asked(stage: Stage) -> None:
    ref = await ready(stage)
    await _until(stage, datetime(2026, 12, 2, 12, 31, tzinfo=UTC))
    first, second = offers(stage, ref)[:2]
    assert await pressed(stage, FAMILY, first) == ""
    assert "already asked again" in await pressed(stage, FAMILY, second)


async def test_a_warning_is_not_sent_for_what_is_decided(stage: Stage) -> None:
    ref = await ready(stage)
    await decided(stage, ref, "ok")
    heard = len(stage.heard)
    await _until(stage, datetime(2026, 12, 2, 12, 0, tzinfo=UTC))
    assert [one for one in plain(stage, GROUP, since=heard) if "still waits" in one] == []


async def test_after_undo_the_warnings_are_back(stage: Stage) -> None:
    ref = await ready(stage)
    await decided(stage, ref, "ok")
    await decided(stage, ref, "undo")
    heard = len(stage.heard)
    await _until(stage, datetime(2026, 12, 1, 12, 31, tzinfo=UTC))
    assert len([one for one in plain(stage, GROUP, since=heard) if "still waits" in one]) == 1


async def test_a_jails_own_numbers_decide_when_it_is_warned(stage: Stage) -> None:
    await peopled(stage)
    async with stage.db.begin() as tx:
        await jails.set_rules(tx, JAIL, Rules(warn_hours=(2,), decision_hour=12))
    await asked(stage, await enrolled(stage, FAMILY))
    heard = len(stage.heard)
    await _until(stage, datetime(2026, 12, 2, 4, 31, tzinfo=UTC))  # 10:01, two hours before noon
    assert ["before Wednesday 2 December 2026, 12:00 pm" in one for one in plain(stage, GROUP, since=heard)] == [True]
    await _until(stage, datetime(2026, 12, 2, 6, 31, tzinfo=UTC))
    assert "did not answer" in words_of(stage.last(FAMILY))


async def test_a_hold_that_lapses_frees_the_seat_and_says_so(stage: Stage) -> None:
    await peopled(stage)
    await held(stage, await enrolled(stage, FAMILY), capacity=1)
    assert await taken(stage) == 1
    await stage.forward(minutes=9)
    assert await taken(stage) == 1
    await stage.forward(minutes=1, seconds=20)
    assert await taken(stage) == 0
    assert [one.splitlines()[0] for one in plain(stage, FAMILY)] == [
        "The time that I held for you is free again, since 10 minutes are over."
    ]
    await stage.forward(minutes=5)
    assert len(plain(stage, FAMILY)) == 1
    assert (await kinds_noted(stage)).count("hold_lapsed") == 1


async def test_the_words_about_a_lapsed_hold_name_the_jails_own_minutes(stage: Stage) -> None:
    """Where a jail holds a time for 5 minutes, no text says 10."""
    async with stage.db.begin() as tx:
        await jails.set_rules(tx, JAIL, Rules(hold_minutes=5))
    await peopled(stage)
    await held(stage, await enrolled(stage, FAMILY), minutes=5)
    await stage.forward(minutes=6)
    assert "10 minutes" not in plain(stage, FAMILY)[-1]


# ---------------------------------------------------------------- video


async def test_without_rooms_no_video_is_asked_for_again(stage: Stage) -> None:
    """The operator has taken the rooms away: an expired video visit isn't offered again as one."""
    await peopled(stage)
    made = await asked(stage, await enrolled(stage, FAMILY), kind=Kind.VIDEO)
    housed(stage, video_url="")
    await _until(stage, datetime(2026, 12, 2, 12, 31, tzinfo=UTC))
    assert offers(stage, made.ref) == []
