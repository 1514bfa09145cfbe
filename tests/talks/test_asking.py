"""Asking, where it might end badly: a time just lost, a request that stands in the way, answers of another prisoner."""

from tests.access.ground import CAPACITY, THURSDAY, asks_now, enrolled, held, labels_now, taken, talk, visitor
from tests.support.stage import GROUP, Stage
from tests.support.stories import ASK, play

ME, OTHER = 101, 102
TO_THE_TIME = ASK[: ASK.index("[9:30 am]")]
RAMESH = ASK[: ASK.index("36")]  # to his father's name
MOHAN = tuple("Mohan Das" if line == "Ramesh Kumar" else line for line in ASK)


async def over(stage: Stage, reason: str) -> None:
    """The request that waits is refused, and the family has read why."""
    await stage.press_label(201, "Reject", GROUP)
    await stage.press_label(201, reason, GROUP)
    await stage.forward(seconds=61)


async def test_a_time_that_filled_up_meanwhile_says_so(stage: Stage) -> None:
    """The button is old, the time is full: it was somebody else, and not a fault of the button."""
    await enrolled(stage, ME)
    await talk(stage, ME, *TO_THE_TIME)
    for n in range(CAPACITY):
        await held(stage, await enrolled(stage, 110 + n))
    assert await taken(stage, THURSDAY) == CAPACITY
    await talk(stage, ME, "[9:30 am]")
    assert asks_now(stage, ME).startswith("⚠️ Somebody else has just taken that time.")
    assert not any("9:30 am" in label for label in labels_now(stage, ME))


async def test_the_day_may_be_typed_as_its_number(stage: Stage) -> None:
    await enrolled(stage, ME)
    await talk(stage, ME, *TO_THE_TIME[:-1], "4")
    assert "Friday 4 December 2026" in asks_now(stage, ME)


async def test_a_request_in_the_way_is_told_at_the_fathers_name(stage: Stage) -> None:
    """Before any day is chosen, with that request and its Cancel; once it is cancelled the same name goes through."""
    await enrolled(stage, ME)
    await play(stage, ASK)
    said = await talk(stage, ME, RAMESH[0], "[Somebody else]", *RAMESH[1:])
    assert "You have already asked to visit this person." in said[-1] and "full name" in said[-1]
    assert "with the jail, waiting" in said[-2]
    await stage.press_label(ME, "Cancel ")
    await talk(stage, ME, "[Yes, cancel it]", "[Keep: Ramesh Kumar]", "Shyam Lal")
    assert "How old is this person?" in asks_now(stage, ME)


async def test_three_that_wait_are_told_at_the_jail(stage: Stage) -> None:
    """Before anything else is answered. With one of them decided, the same jail is taken."""
    await enrolled(stage, ME)
    for name in ("Ramesh Kumar", "Mohan Das", "Suresh Pal"):
        new = () if name == "Ramesh Kumar" else ("[Somebody else]",)
        lines = [name if line == "Ramesh Kumar" else line for line in ASK]
        await talk(stage, ME, lines[0], *new, *lines[1:])
    jail = ASK[1 : ASK.index("Ramesh Kumar")]
    await talk(stage, ME, ASK[0], "[Somebody else]", *jail)
    assert asks_now(stage, ME).startswith("⚠️ Three of your requests wait for an answer.")
    await talk(stage, ME, "[Back]", "[Mohan Das]")
    assert asks_now(stage, ME).startswith("⚠️ You have already asked to visit this person.")
    await over(stage, "Released")
    await talk(stage, ME, "[Somebody else]", *jail)
    assert "What is the full name of the person in the jail?" in asks_now(stage, ME)


async def test_a_name_changed_at_the_end_meets_it_too(stage: Stage) -> None:
    """The time stays held meanwhile, and nothing else is asked again."""
    await enrolled(stage, ME)
    await play(stage, ASK)
    await talk(stage, ME, MOHAN[0], "[Somebody else]", *MOHAN[1:-1], "[✎ Prisoner]", "Ramesh Kumar")
    assert "⚠️ You have already asked to visit this person." in asks_now(stage, ME)
    assert await taken(stage) == 2
    await talk(stage, ME, "[Keep: Mohan Das]", "[Send to the jail]")
    assert "is with the jail since" in asks_now(stage, ME)


async def test_a_request_of_another_phone_with_the_same_mobile(stage: Stage) -> None:
    """Only the database knows it: the time leads back to the prisoner, and says why."""
    await enrolled(stage, ME)
    mobile = visitor(stage, ME).mobile
    await enrolled(stage, OTHER, "Mohan Lal", mobile=mobile)
    await play(stage, ASK)
    await talk(stage, OTHER, *TO_THE_TIME, "[9:30 am]")
    assert asks_now(stage, OTHER).startswith("Somebody with your mobile number has already asked")
    assert "What is the full name of the person in the jail?" in asks_now(stage, OTHER)
    assert await taken(stage) == 1


async def test_what_a_refusal_was_about_is_asked_anew(stage: Stage) -> None:
    """Not found: the name may be wrong, so it is no answer for the next request; all else is."""
    await enrolled(stage, ME)
    await play(stage, ASK)
    await over(stage, "Not found here")
    await talk(stage, ME, "[Ask again]")
    assert "What is the full name of the person in the jail?" in asks_now(stage, ME)
    await talk(stage, ME, "Ramesh Kumar Singh", "Shyam Lal", "[4🟢]", "[9:30 am]")
    review = asks_now(stage, ME)
    assert "Prisoner: Ramesh Kumar Singh" in review and "You are the prisoner's: Husband / wife" in review


async def test_a_released_person_is_not_offered(stage: Stage) -> None:
    await enrolled(stage, ME)
    await play(stage, ASK)
    await talk(stage, ME, "/start")
    assert not any("again" in label for label in labels_now(stage, ME)), "nor somebody who is asked for now"
    await over(stage, "Released")
    await talk(stage, ME, "/start")
    assert not any("again" in label for label in labels_now(stage, ME))


async def test_somebody_else_after_all(stage: Stage) -> None:
    """Back to whom: the answers of the one do not become the other's."""
    await enrolled(stage, ME)
    await play(stage, ASK)
    await over(stage, "Court / hospital")
    await talk(stage, ME, "/visit", "[Ramesh Kumar]", *("[Back]",) * 9)
    assert "Whom do you want to visit?" in asks_now(stage, ME)
    await talk(stage, ME, "[Somebody else]", *MOHAN[1 : MOHAN.index("[1]") + 1])
    review = asks_now(stage, ME)
    assert "Prisoner: Mohan Das" in review and "Ramesh" not in review


async def test_another_persons_request_begins_nothing(stage: Stage) -> None:
    await enrolled(stage, ME)
    await enrolled(stage, OTHER)
    await play(stage, ASK)
    await over(stage, "Court / hospital")
    data, message = stage.button(ME, "Ask again")
    await stage.pressed(OTHER, data, message)
    assert stage.to(OTHER)[-1].text == "That is not your visit."


async def test_no_keep_it(stage: Stage) -> None:
    """Cancel and /forget each have a way back that changes nothing."""
    await enrolled(stage, ME)
    await play(stage, ASK)
    await talk(stage, ME, "/status")
    await stage.press_label(ME, "Cancel ")
    await talk(stage, ME, "[No, keep it]")
    assert asks_now(stage, ME).startswith("Nothing is cancelled.")
    await talk(stage, ME, "/forget", "[No, keep it]")
    assert asks_now(stage, ME) == "Nothing is erased."
    assert await taken(stage) == 1
