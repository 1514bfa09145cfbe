"""What a family and its jail are told of a visit: who shows which card at the gate, and the words of a video visit."""

from typing import Any

import pytest

from tests.access.cards import FAMILY, ready, shown, words_of
from tests.access.ground import decided, labels_now, plain, pressed, row_of, talk
from tests.support.stage import GROUP, Stage
from tests.support.stories import REST
from visits.visit import Kind


def coming(name: str, age: int, card: str = "", last4: str = "") -> dict[str, Any]:
    """A companion as the form keeps one: a child is asked for no card."""
    person: dict[str, Any] = {"name": name, "age": age, "gender": "male", "relation": "brother"}
    person |= {"id_kind": card} if card else {}
    return person | ({"id_number": {"last4": last4}} if last4 else {})


ADULT, CHILD, BARE = coming("Anil Kumar", 40, "pan", "234F"), coming("Chotu", 9), coming("Mohan Lal", 61, "none")


async def told(stage: Stage, **request: Any) -> str:
    """The words by which a family hears that such a request is approved."""
    ref = await ready(stage, **request)
    await decided(stage, ref, "ok")
    await stage.forward(seconds=61)
    return plain(stage, FAMILY)[-1]


# ---------------------------------------------------------------- who shows which card


@pytest.mark.parametrize(
    ("party", "says"),
    [
        ((), None),
        ((ADULT,), "Every adult with you brings an ID card. Children need none."),
        ((ADULT, CHILD), "Every adult with you brings an ID card. Children need none."),
        ((CHILD,), "Children need no ID card."),
        ((BARE,), "Every adult with you brings an ID card, or whatever shows who they are. Children need none."),
    ],
)
async def test_who_brings_a_card(stage: Stage, party: tuple[dict[str, Any], ...], says: str | None) -> None:
    """As they were asked: an adult for a card, which some have not, a child for none."""
    words = await told(stage, party=1 + len(party), details={"companions": list(party) or None})
    about = [line for line in words.splitlines() if "dult" in line or "hildren" in line]
    assert about == ([says] if says else [])


async def test_the_card_names_what_an_adult_will_show(stage: Stage) -> None:
    """The kind and the last four, as of the visitor; of a child, and of who has none, just that."""
    ref = await ready(stage, party=4, details={"companions": [ADULT, CHILD, BARE]})
    (card,) = shown(stage, ref).values()
    assert [line for line in words_of(card).splitlines() if line.startswith("•")] == [
        "• Anil Kumar, 40, Brother, PAN card •••• 234F",
        "• Chotu, 9, Brother",
        "• Mohan Lal, 61, Brother, ⚠️ no ID card",
    ]


# ---------------------------------------------------------------- a video visit


async def test_to_a_video_visit_nobody_comes(stage: Stage) -> None:
    """Neither asked, nor answered, nor told to the jail."""
    await told(stage, kind=Kind.VIDEO)
    assert labels_now(stage, FAMILY) == ["I can't be there"]
    await stage.forward(days=2)
    reminder = plain(stage, FAMILY)[-1]
    assert "Will you be there?" in reminder and "come" not in reminder
    data, number = stage.button(FAMILY, "We will be there")
    assert "that you will be there" in await pressed(stage, FAMILY, data, message=number)
    ref = data.removeprefix("coming=").split(".")[0]
    (card,) = shown(stage, ref).values()
    assert "The family says: we will be there." in words_of(card)


async def test_status_tells_where_a_video_visit_is(stage: Stage) -> None:
    """The link and the PIN that the approval told, once it has told them, and no longer than it stands."""
    ref = await ready(stage, kind=Kind.VIDEO)
    await decided(stage, ref, "ok")
    (status,) = await talk(stage, FAMILY, "/status")
    assert "Link" not in status and "PIN" not in status, "it can still be undone"
    await stage.forward(seconds=61)
    room = [line for line in plain(stage, FAMILY)[-1].splitlines() if line.startswith(("Link: ", "PIN: "))]
    (status,) = await talk(stage, FAMILY, "/status")
    assert len(room) == 2 and [line for line in room if line not in status.splitlines()] == []
    await pressed(stage, FAMILY, f"dropped={ref}.{(await row_of(stage, ref)).version}")
    (status,) = await talk(stage, FAMILY, "/status")
    assert "cancelled" in status and "Link" not in status and "PIN" not in status


async def test_help_at_the_jail_is_not_asked_for_by_video(stage: Stage) -> None:
    """What was answered before somebody chose video isn't sent; it is there when they come after all. An interpreter
    may be needed either way."""
    await ready(stage)
    review = ["[Wheelchair]" if line == "[No help needed]" else line for line in REST[:-1]]
    await talk(
        stage, FAMILY, "/visit", "[Somebody else]", "tihar", "[Central Jail No. 1, Tihar]", "Suresh Yadav",
        "Babu Yadav", "30", "[Male]", "[Skip]", "[Brother]", "[In person]", "[3🟢]", "[10:00 am]", *review,
        "[✎ Visit]", "[By video]", "[3🟢]", "[10:00 am]", "[An interpreter]",
    )  # fmt: skip
    assert "Help needed: An interpreter" in plain(stage, FAMILY)[-1] and "Wheelchair" not in plain(stage, FAMILY)[-1]
    await talk(stage, FAMILY, "[✎ Visit]", "[In person]", "[3🟢]", "[10:00 am]")
    assert "Help needed: Wheelchair" in plain(stage, FAMILY)[-1] and "interpreter" not in plain(stage, FAMILY)[-1]
    await talk(stage, FAMILY, "[✎ Visit]", "[By video]", "[3🟢]", "[10:00 am]", "[Send to the jail]")
    card = plain(stage, GROUP)[-1]
    assert "By video" in card and "Help needed: An interpreter" in card and "Wheelchair" not in card
