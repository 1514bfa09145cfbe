"""How much a family types and taps from /start to a request with the jail: what the README says."""

import re

from operate.settings import ROOT
from tests.support.stage import GROUP, Stage
from tests.support.stories import AGAIN, ASK, FIRST, play


async def test_how_much_a_family_types_and_taps(stage: Stage) -> None:
    """The first time, and for the next visit to the same person: that one must stay under ten."""
    first = (*FIRST, "[Ask for a visit]", *ASK[1:])
    await play(stage, first)
    await stage.press_label(201, "Reject", GROUP)
    await stage.press_label(201, "Court / hospital", GROUP)
    await stage.forward(seconds=61)
    await play(stage, AGAIN)
    cards = [one for one in stage.to(GROUP) if one.what == "say" and one.rendered and "Request" in one.rendered.plain]
    assert len(cards) == 2, "both requests are with the jail"
    print(f"from /start to a request with the jail: {len(first)} messages and taps, {len(AGAIN)} for the next one")
    readme = " ".join((ROOT / "README.md").read_text(encoding="utf-8").split())
    said = re.search(r"takes (\d+) messages and taps.*?the next one.*?(\d+)", readme)
    assert said and (len(first), len(AGAIN)) == (int(said[1]), int(said[2]))
    assert len(AGAIN) < 10
