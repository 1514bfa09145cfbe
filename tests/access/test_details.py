"""The audit trail holds references and kinds, and nobody's details."""

from tests.access.ground import (
    SUPERINTENDENT,
    decided,
    noted,
    peopled,
    talk,
)
from tests.support.stage import GROUP, Stage
from tests.support.stories import ASK, EMAIL, MOBILE, REGISTER, play

FAMILY = 101


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
