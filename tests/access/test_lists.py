"""What staff read in the jail's chat: /pending, /today and /find."""

from datetime import timedelta

from tests.access.cards import FAMILY, ready, words_of
from tests.access.ground import (
    DEPUTY,
    GATE,
    SUPERINTENDENT,
    THURSDAY,
    asked,
    decided,
    enrolled,
    held,
    kinds_noted,
    newest_note,
    peopled,
    plain,
    pressed,
    row_of,
)
from tests.support.stage import GROUP, Stage

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
    for n, (hours, name) in enumerate(
        ((2, "Second Yadav"), (0, "First Yadav"), (1, "Waiting Yadav"), (24, "Late Yadav"))
    ):
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


async def test_find(stage: Stage) -> None:
    """As people write references down and type them again; and what can't be one."""
    ref = await ready(stage)
    looks_like = ref.replace("D", "O").replace("7", "I").replace("5", "S").replace("2", "Z").replace("8", "B")
    assert looks_like != ref
    right = (ref, ref.lower(), f" {ref} ", f"#{ref[:4]}-{ref[4:]}", f"{ref[:4]} {ref[4:].lower()}", looks_like)
    wrong = (ref[:-1] + ("3" if ref[-1] != "3" else "4"), "", "Ramesh", ref + "2", ref[1] + ref[0] + ref[2:])
    for typed in (*right, *wrong):
        heard, since = len(stage.heard), await newest_note(stage)
        await stage.said(DEPUTY, f"/find {typed}", GROUP)
        (said,) = plain(stage, GROUP, since=heard)
        assert said.startswith(f"Request {ref}") if typed in right else "no such request" in said, typed
        assert await kinds_noted(stage, since) == (["read"] if typed in right else ["read_refused"]), typed


async def test_a_hold_that_lapsed_is_no_request_that_nobody_decided(stage: Stage) -> None:
    """It was never before the jail: it is not to be found there, least of all as one that the jail let pass."""
    await peopled(stage)
    made = await held(stage, await enrolled(stage, FAMILY))
    await stage.forward(minutes=11)
    assert (await row_of(stage, made.ref)).status == "EXPIRED"
    await stage.said(DEPUTY, f"/find {made.ref}", GROUP)
    assert "Nobody decided in time" not in words_of(stage.last(GROUP))
