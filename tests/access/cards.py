"""The jail's chat as its staff see it: cards as they stand now, their buttons and words."""

from tests.access.ground import asked, enrolled, peopled
from tests.support.stage import GROUP, Heard, Stage

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
