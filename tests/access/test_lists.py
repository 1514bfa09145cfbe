"""What staff read in the jail's chat: /pending, /today and /find."""

from datetime import timedelta

from msgspec.structs import replace
from sqlalchemy import insert, select

from storage.people import visit_row
from storage.tables import visits
from tests.access.cards import FAMILY, labels, ready, words_of
from tests.access.ground import (
    DEPUTY,
    GATE,
    JAIL2,
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


async def waiting(stage: Stage, *half_hours: int) -> list[str]:
    """Requests that wait, one at each of these times after Thursday's first; their references, the soonest first."""
    refs = []
    for n, hours in enumerate(half_hours):
        start = THURSDAY + timedelta(minutes=30 * hours)
        made = await asked(stage, await enrolled(stage, 500 + n), f"Prisoner {chr(65 + n)}", start=start)
        refs.append((start, made.ref))
    return [ref for _start, ref in sorted(refs)]


def cards(said: list[str]) -> list[str]:
    """The references of the cards among what was said."""
    return [one.splitlines()[0].split()[-1] for one in said if one.startswith("Request ")]


async def test_pending_soonest_first(stage: Stage) -> None:
    await peopled(stage)
    refs = await waiting(stage, 5, 1, 6, 2, 4, 3, 0)
    heard, since = len(stage.heard), await newest_note(stage)
    await stage.said(GATE, "/pending", GROUP)
    said = plain(stage, GROUP, since=heard)
    assert cards(said) == refs[:5]
    assert said[5:] == ["2 more wait."]
    assert await kinds_noted(stage, since) == ["read"]

    for ref in refs[:5]:
        await decided(stage, ref, "ok")
    heard = len(stage.heard)
    await stage.said(GATE, "/pending", GROUP)
    said = plain(stage, GROUP, since=heard)
    assert cards(said) == refs[5:] and len(said) == 2


async def test_pending_goes_on_past_those_that_are_set_aside(any_stage: Stage) -> None:
    """Nothing of the first five is decided, and all the others are reached, also those of one and the same time."""
    stage = any_stage
    await peopled(stage)
    await waiting(stage, 0, 1, 1, 1, 1, 1, 1, 2, 2, 2, 3, 3)
    heard, since = len(stage.heard), await newest_note(stage)
    await stage.said(GATE, "/pending", GROUP)
    for label, left in (("Show 5 more", "7 more wait."), ("Show 2 more", "2 more wait.")):
        data, line = stage.button(GROUP, label)
        assert words_of(next(one for one in stage.to(GROUP) if one.id == line)) == left
        await pressed(stage, GATE, data, GROUP, line)
        newest = {one.id: one for one in stage.to(GROUP) if one.rendered}
        assert words_of(newest[line]) == "See below." and labels(newest[line]) == [], "each page is turned once"
    shown = cards(plain(stage, GROUP, since=heard))
    starts = [(await row_of(stage, ref)).start for ref in shown]
    assert len(shown) == len(set(shown)) == 12 and starts == sorted(starts)
    assert "Show" not in "".join(labels(stage.last(GROUP)))
    assert await kinds_noted(stage, since) == ["read"] * 3


async def test_pending_goes_on_when_the_last_one_shown_is_gone(stage: Stage) -> None:
    """The place is a time, not a row: it stays one when that family erases everything, or all is decided."""
    await peopled(stage)
    refs = await waiting(stage, 0, 1, 2, 3, 4, 5)
    await stage.said(GATE, "/pending", GROUP)
    data, line = stage.button(GROUP, "Show 1 more")
    await stage.said(504, "/forget")
    await stage.press_label(504, "Yes, erase everything")
    heard = len(stage.heard)
    await pressed(stage, GATE, data, GROUP, line)
    assert cards(plain(stage, GROUP, since=heard)) == refs[5:]
    await decided(stage, refs[5], "ok")
    assert await pressed(stage, GATE, data, GROUP, line) == "Nothing more waits."


async def test_a_forged_place_shows_no_other_jails_requests(stage: Stage) -> None:
    """Wherever one says to go on, it is among one's own; and no other message loses its words or its buttons."""
    await peopled(stage)
    family = await enrolled(stage, 600)
    other = await asked(stage, family, "Prisoner Y", jail=JAIL2)
    (ref,) = await waiting(stage, 1)
    card = stage.last(GROUP)
    heard = len(stage.heard)
    start = int((THURSDAY - timedelta(days=1)).timestamp())
    for place in (f"{start}.{other.ref}", "0.00000000", f"0.{ref}"):
        await pressed(stage, GATE, f"card.more={place}", GROUP, card.id)
    assert cards(plain(stage, GROUP, since=heard)) == [ref] * 3
    assert [one.what for one in stage.heard[heard:] if one.id == card.id] == []
    for place in (f"9999999999.{ref}", f"99999999999.{ref}", f"-1.{ref}", f"٣.{ref}", "1", f"{start}.{ref}.1", ""):
        heard = len(stage.heard)
        await pressed(stage, GATE, f"card.more={place}", GROUP, card.id)
        assert cards(plain(stage, GROUP, since=heard)) == []


async def test_with_a_thousand_waiting_a_page_is_a_page(stage: Stage) -> None:
    """Their number is the whole number, and the last one is as near as the first."""
    await peopled(stage)
    made = await asked(stage, await enrolled(stage, 500), start=THURSDAY)
    async with stage.db.begin() as tx:
        row = (await tx.execute(select(visits).where(visits.c.ref == made.ref))).one()._asdict()
        for n in range(1000):
            ref, start = f"{n:08}", THURSDAY + timedelta(minutes=n)
            sealed = visit_row(stage.vault, replace(made, ref=ref, start=start), {})["sealed"]
            mine = {"ref": ref, "start": start, "sealed": sealed, "prisoner_key": f"prisoner {n}"}
            await tx.execute(insert(visits).values(**row | mine))
    heard = len(stage.heard)
    await stage.said(DEPUTY, "/pending", GROUP)
    assert plain(stage, GROUP, since=heard)[-1] == "996 more wait."
    near = int((THURSDAY + timedelta(minutes=993)).timestamp())
    await pressed(stage, DEPUTY, f"card.more={near}.00000993", GROUP)
    said = plain(stage, GROUP, since=heard)
    assert cards(said)[-5:] == [f"{n:08}" for n in range(994, 999)] and said[-1] == "One more waits."


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
