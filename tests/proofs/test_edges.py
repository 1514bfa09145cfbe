"""Edges that the machine found, each told as the story it is."""

from datetime import time, timedelta

from storage import jails
from tests.proofs.laws import broken, unanswered
from tests.proofs.town import CODES, FAMILIES, GROUPS, Family, Town, hour_of
from visits.calendar import SessionTemplate
from visits.policy import INDIA, decision_due
from visits.visit import Kind, Status

JAIL = CODES[0]
GROUP = GROUPS[JAIL]
SUNITA = FAMILIES[0]


async def held(street: Town, family: Family = SUNITA, prisoner: str = "Ramesh", place: int = 1) -> str:
    """A time is chosen; the reference."""
    slot = (await street.slots(JAIL))[place]
    await street.asking([family], JAIL, prisoner, slot, brief=True)
    await street.arrive(street.hand(family.chat, f"visit.time={hour_of(slot)}"))
    return street.watch.moves[-1].ref


async def asked(street: Town, family: Family = SUNITA, prisoner: str = "Ramesh", place: int = 1) -> str:
    ref = await held(street, family, prisoner, place)
    await street.arrive(street.hand(family.chat, "visit.review=yes"))
    return ref


async def card(street: Town, verb: str, ref: str, version: int, more: str = "") -> str:
    """What the approver's press is answered with."""
    await street.arrive(street.hand(201, f"card.{verb}={ref}.{version}{more}", GROUP))
    return [one.text for one in street.heard if one.what == "reply"][-1]


def at(street: Town, ref: str) -> Status | None:
    return street.watch.state(ref)[0]


async def test_a_rejection_is_undone_while_the_family_asks_for_the_same_prisoner_again(street: Town) -> None:
    """The rejected request is dead, so that another one may hold a time: the undo must be refused in words."""
    ref = await asked(street)
    await card(street, "why", ref, 2, ".barred")
    await held(street, place=3)
    words = await card(street, "undo", ref, 3)
    assert "undone" in words and at(street, ref) is Status.REJECTED
    assert not unanswered(street.watch) and not broken(street, quiet=True, beaten=False)


async def test_the_reason_that_is_told_is_the_last_one(street: Town) -> None:
    """Rejected in words, taken back, rejected for another reason: the words are gone with the first decision."""
    ref = await asked(street)
    await card(street, "words", ref, 2)
    await street.said(201, f"No: {ref} v2 is barred for ever.", GROUP)
    await card(street, "undo", ref, 3)
    await card(street, "why", ref, 4, ".quota_used")
    assert "for ever" not in street.last(GROUP).rendered.plain  # type: ignore[union-attr]
    await street.forward(seconds=61)
    assert not broken(street, quiet=True, beaten=True)
    await street.said(SUNITA.chat, "/status")
    assert "for ever" not in street.last(SUNITA.chat).rendered.plain  # type: ignore[union-attr]


async def test_a_reminder_on_its_way_is_not_tried_again_once_the_visit_is_cancelled(street: Town) -> None:
    ref = await asked(street, place=3)
    await card(street, "ok", ref, 2)
    await street.forward(seconds=61)
    due = street.watch.of[ref][-1].start - timedelta(hours=24)
    street.fates["family"].append("hang")
    await street.forward(seconds=(due - street.clock()).total_seconds())
    assert len(street.held) == 1
    await street.arrive(street.hand(SUNITA.chat, f"dropped={ref}.3"))
    assert at(street, ref) is Status.CANCELLED
    await street.release("flood")  # Telegram took nothing: too many messages
    for _minute in range(3):
        await street.forward(seconds=61)
    assert not broken(street, quiet=True, beaten=True)


async def test_the_jail_hears_within_15_minutes_that_no_letter_arrives(street: Town) -> None:
    """Chat, e-mail and SMS all say "later", again and again: nothing is dead yet, and nobody knows."""
    ref = await asked(street)
    for way in ("family", "email", "sms"):
        street.fates[way].extend(["slow"] * 30)
    await card(street, "ok", ref, 2)
    for _minute in range(17):
        await street.forward(seconds=61)
    assert not broken(street, quiet=True, beaten=True)
    assert any(one.message and "could not be told" in one.message.text[0].msgid for one in street.to(GROUP))


async def test_an_old_button_does_not_tell_what_can_still_be_undone(street: Town) -> None:
    ref = await asked(street)
    await card(street, "ok", ref, 2)
    await street.arrive(street.hand(SUNITA.chat, f"drop={ref}.2"))
    assert "approved" not in street.to(SUNITA.chat)[-1].text
    assert not broken(street, quiet=True, beaten=False)


async def test_all_that_is_kept_does_not_tell_what_can_still_be_undone(street: Town) -> None:
    ref = await asked(street)
    await card(street, "why", ref, 2, ".barred")
    await street.said(SUNITA.chat, "/mydata")
    assert not broken(street, quiet=True, beaten=False)


async def test_a_visit_of_the_past_is_not_approved(street: Town) -> None:
    """The machine slept over the visit; the approver's press is handled before the deadlines run."""
    ref = await asked(street)
    street.clock.now = street.watch.of[ref][-1].start + timedelta(hours=1)
    await card(street, "ok", ref, 2)
    assert at(street, ref) is not Status.APPROVED


async def test_who_cancels_within_a_minute_of_the_decision_sees_it_cancelled(street: Town) -> None:
    ref = await asked(street)
    await card(street, "ok", ref, 2)
    await street.arrive(street.hand(SUNITA.chat, f"dropped={ref}.3"))
    assert at(street, ref) is Status.CANCELLED
    shown = [one for one in street.to(SUNITA.chat) if one.what == "change"][-1].rendered
    assert shown and "waiting for its answer" not in shown.plain


async def test_a_decision_that_may_have_arrived_is_not_undone_when_the_clock_is_set_back(street: Town) -> None:
    ref = await asked(street)
    await card(street, "ok", ref, 2)
    street.fates["family"].append("echo")
    for way in ("email", "sms", "group"):
        street.fates[way].append("later")
    street.clock.forward(seconds=60)
    await street.work()
    street.clock.forward(seconds=-5)
    await card(street, "undo", ref, 3)
    assert at(street, ref) is Status.APPROVED


async def test_whoever_holds_a_time_can_be_forgotten(street: Town) -> None:
    """The hold is given back with everything else."""
    ref = await held(street)
    await street.arrive(street.hand(SUNITA.chat, f"forgotten={SUNITA.number}"))
    assert "is erased" in street.last(SUNITA.chat).rendered.plain  # type: ignore[union-attr]
    assert at(street, ref) is Status.WITHDRAWN


async def test_a_quiet_jail_hears_after_a_week_that_a_family_does_not_come(street: Town) -> None:
    """For eight days nothing else is said in its chat: its card of the visit is still changed."""
    ref = await asked(street, place=19)
    await card(street, "ok", ref, 2)
    for _day in range(8):
        await street.forward(days=1)
    assert at(street, ref) is Status.APPROVED
    await street.arrive(street.hand(SUNITA.chat, f"dropped={ref}.3"))
    assert at(street, ref) is Status.CANCELLED
    shown = street.last(GROUP).rendered
    assert shown and "Cancelled by the visitor" in shown.plain


async def test_no_time_is_offered_for_which_the_answer_is_due_already(street: Town) -> None:
    """In the evening, for the next evening: a request would expire in the same minute."""
    evening = [SessionTemplate(day, Kind.IN_PERSON, time(19), time(19, 30), 30, 1) for day in range(6)]
    async with street.db.begin() as tx:
        await jails.set_timetable(tx, JAIL, evening)
    street.clock.forward(hours=8, minutes=30)  # Monday, half past 6
    offered = await street.slots(JAIL)
    assert offered and all(decision_due(slot.start, INDIA) > street.clock() for slot in offered)
