"""What a superintendent meets at the card: undo, and a refusal in words."""

from datetime import timedelta

import pytest

from dialogue.model import Chat
from storage import jails
from tests.access.cards import FAMILY, labels, ready, shown, words_of
from tests.access.ground import (
    CAPACITY,
    DEPUTY,
    SUPERINTENDENT,
    THURSDAY,
    asked,
    decided,
    enrolled,
    kinds_noted,
    newest_note,
    peopled,
    plain,
    pressed,
    row_of,
    taken,
)
from tests.support.stage import GROUP, JAIL, Stage, quoted

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


async def test_what_is_said_in_the_group_meanwhile_is_not_the_reason(stage: Stage) -> None:
    """Asked for the reason, the superintendent first says good morning to all: only a reply to the question counts."""
    ref = await ready(stage)
    await decided(stage, ref, "words")
    heard = len(stage.heard)
    await stage.said(SUPERINTENDENT, "Good morning to all of you.", GROUP, aside=True)
    assert (await row_of(stage, ref)).status == "PENDING" and plain(stage, GROUP, since=heard) == []
    await stage.said(SUPERINTENDENT, "He is at the court on that day.", GROUP)
    assert (await row_of(stage, ref)).status == "REJECTED"


async def test_a_reply_to_an_older_question_is_no_reason_for_the_newer_one(stage: Stage) -> None:
    first = await ready(stage)
    second = (await asked(stage, await enrolled(stage, 102, "Meena Kumari"), "Suresh Lal")).ref
    await decided(stage, first, "words")
    older = stage.last(GROUP)
    await decided(stage, second, "words")
    late = {"text": "He is at the court.", "reply_to_message": quoted(older)}
    await stage.message(SUPERINTENDENT, GROUP, **late)
    assert {(await row_of(stage, ref)).status for ref in (first, second)} == {"PENDING"}


async def test_a_reply_after_an_hour_is_asked_for_again(stage: Stage) -> None:
    ref = await ready(stage)
    await decided(stage, ref, "words")
    await stage.forward(minutes=61)
    await stage.said(SUPERINTENDENT, "He is at the court on that day.", GROUP)
    assert (await row_of(stage, ref)).status == "PENDING"
    assert "press Reject on the card again" in words_of(stage.last(GROUP))


async def test_an_aadhaar_number_in_a_reason_is_deleted_and_asked_for_again(stage: Stage) -> None:
    """Staff copy from a card too: the number reaches no table and no letter."""
    ref = await ready(stage)
    await decided(stage, ref, "words")
    number = await stage.said(SUPERINTENDENT, "ID 2345.6789.0124 is another person's", GROUP)
    assert (await row_of(stage, ref)).status == "PENDING"
    assert [one.id for one in stage.to(GROUP) if one.what == "drop"] == [str(number)]
    asks = stage.last(GROUP)
    assert asks.message and asks.message.asks == "reply" and "looks like an Aadhaar number" in words_of(asks)
    await stage.said(SUPERINTENDENT, "The ID is another person's", GROUP)
    assert (await row_of(stage, ref)).status == "REJECTED"
