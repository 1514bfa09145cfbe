"""Which jail: by name, by state, by where one is; one that takes no requests yet, and one that isn't listed."""

from datetime import UTC, datetime

import pytest
from sqlalchemy import select

from dialogue.model import Chat, Talk
from operate.opening import opened
from storage import jails, sessions
from storage.tables import watchers
from tests.access.ground import (
    OPERATOR,
    asks_now,
    enrolled,
    housed,
    kinds_noted,
    noted,
    peopled,
    plain,
    talk,
)
from tests.support.stage import Stage
from visits.atlas import distance

FAMILY = 101
SHUT = "IN-DL-TIHAR-CJ-3"
DELHI, PUNE, CHENNAI, NOWHERE = (28.62, 77.10), (18.56, 73.89), (13.0, 80.2), (0.0, 0.0)


async def asking(stage: Stage, person: int = FAMILY) -> None:
    await enrolled(stage, person)
    await talk(stage, person, "/visit")


async def located(stage: Stage, lat: float, lon: float, person: int = FAMILY) -> None:
    await stage.message(person, location={"latitude": lat, "longitude": lon})


def offered(stage: Stage, person: int = FAMILY) -> list[tuple[str, str]]:
    """The jails on the keyboard: (label, code)."""
    rendered = stage.last(person).rendered
    assert rendered
    found = [(label, data.partition("=")[2]) for row in rendered.buttons for label, data in row]
    return [(label, code) for label, code in found if code.startswith("IN-")]


def named(stage: Stage, person: int = FAMILY) -> list[str]:
    return [label for label, _code in offered(stage, person)]


# ---------------------------------------------------------------- finding


async def test_by_a_typed_part(stage: Stage) -> None:
    await asking(stage)
    for typed in ("tihar", "Tihar jail", "tihaar", "central jail 1 tihar", "तिहाड़", "TIHAR NO 1"):
        await talk(stage, FAMILY, typed)
        first, *others = named(stage)
        assert first.startswith("Central Jail No. 1, Tihar"), "the one that takes requests comes first"
        assert all(label.startswith("🔒") for label in others)
    await talk(stage, FAMILY, f"[{first[:25]}]")
    assert "full name of the person" in asks_now(stage, FAMILY)


async def test_nothing_like_it(stage: Stage) -> None:
    await asking(stage)
    await talk(stage, FAMILY, "xyzzy")
    assert "I found no jail like “xyzzy”" in asks_now(stage, FAMILY)
    assert named(stage) == []
    await talk(stage, FAMILY, "t")
    assert "at least two letters" in asks_now(stage, FAMILY)


async def test_by_state_page_by_page(stage: Stage) -> None:
    await asking(stage)
    await talk(stage, FAMILY, "[By state]")
    rendered = stage.last(FAMILY).rendered
    assert rendered and sum("state:IN-" in data for row in rendered.buttons for _label, data in row) == 36
    await talk(stage, FAMILY, "[Delhi]")
    first = named(stage)
    assert first[0].startswith("Central Jail No. 1, Tihar") and len(first) == 10
    await talk(stage, FAMILY, "[More]")
    second = named(stage)
    assert second and not set(first) & set(second)
    await talk(stage, FAMILY, "[Earlier]")
    assert named(stage) == first
    await talk(stage, FAMILY, "[Other states]", "[Kerala]")
    assert all(label.startswith("🔒") for label in named(stage))


@pytest.mark.parametrize(("place", "first"), [(PUNE, "IN-MH-PUNE-WJ"), (CHENNAI, "IN-TN-SAIDAPET-SJ")])
async def test_by_where_one_is(stage: Stage, place: tuple[float, float], first: str) -> None:
    """The nearest ones, nearest first, and whose list of places it is."""
    await asking(stage)
    await talk(stage, FAMILY, "[Near me]")
    asks = [one.message.asks for one in stage.to(FAMILY) if one.message and one.message.asks]
    assert asks == ["location"]
    await located(stage, *place)
    assert "Places: India Post directory, data.gov.in" in asks_now(stage, FAMILY)
    codes, places = [code for _label, code in offered(stage)], stage.desk.ground.atlas.places
    far = [distance(place, places[code]) for code in codes]
    assert len(codes) == 6 and codes[0] == first and far == sorted(far)
    assert far[-1] <= min(distance(place, at) for code, at in places.items() if code not in codes)


async def test_where_one_is_is_not_kept(stage: Stage) -> None:
    """A place is looked up and forgotten: it is no answer, and stands in no audit row."""
    await asking(stage)
    await talk(stage, FAMILY, "[Near me]")
    await located(stage, *PUNE)
    await talk(stage, FAMILY, f"[{named(stage)[0]}]")
    assert "73.8" not in str(await noted(stage)) + await _session(stage)


async def _session(stage: Stage) -> str:
    talk_ = Talk.of(f"telegram:{FAMILY}/{FAMILY}")
    async with stage.db.begin() as tx:
        return str((await sessions.load(tx, stage.vault, {talk_: "en"}))[talk_].to_json())


async def test_every_place_is_that_of_a_jail_in_the_list(stage: Stage) -> None:
    """A place without its jail takes one of the six rows and shows nothing."""
    async with stage.db.begin() as tx:
        known = {jail.code for jail in await jails.all_jails(tx)}
    assert sorted(set(stage.desk.ground.atlas.places) - known) == []


async def test_a_place_far_from_everything(stage: Stage) -> None:
    await asking(stage)
    for place in (NOWHERE, (-90.0, 180.0), (90.0, -180.0)):
        await located(stage, *place)
        assert 1 <= len(named(stage)) <= 6


async def test_a_location_at_another_question_costs_nothing(stage: Stage) -> None:
    await asking(stage)
    await talk(stage, FAMILY, "tihar", "[Central Jail No. 1, Tihar]")
    await located(stage, *DELHI)
    assert "full name of the person" in asks_now(stage, FAMILY)


# ---------------------------------------------------------------- not yet


async def test_a_jail_that_takes_no_requests_says_where_to_go(stage: Stage) -> None:
    await asking(stage)
    await talk(stage, FAMILY, "tihar", "[No. 3, Tihar]")
    said = asks_now(stage, FAMILY)
    assert "Central Jail No. 3, Tihar doesn't take requests here yet." in said
    assert "the jail's own office" in said
    await talk(stage, FAMILY, "[Another jail]")
    assert "In which jail is the person?" in asks_now(stage, FAMILY)


async def test_tell_me_when_it_opens_and_told_once(stage: Stage) -> None:
    await peopled(stage)
    for person in (FAMILY, 102):
        await asking(stage, person)
        await talk(stage, person, "tihar", "[No. 3, Tihar]", "[Tell me when]")
        assert "I tell you here when Central Jail No. 3, Tihar takes requests." in asks_now(stage, person)
    await talk(stage, FAMILY, "tihar", "[No. 3, Tihar]", "[Tell me when]")  # a second time: still one letter
    assert "watched" in await kinds_noted(stage)

    stage.clock.now = max(stage.clock.now, datetime.now(UTC))  # the letters are written by the wall clock
    heard = len(stage.heard)
    for told in (2, 0):
        async with stage.db.begin() as tx:
            assert await jails.bind(tx, SHUT, Chat("telegram", "-4004"))
            assert await opened(tx, stage.vault, SHUT, stage.clock()) == told
        await stage.work()
    for person in (FAMILY, 102):
        assert plain(stage, person, since=heard) == ["🔔 Central Jail No. 3, Tihar takes requests here now."]
    async with stage.db.begin() as tx:
        assert (await tx.execute(select(watchers))).all() == []
    await talk(stage, FAMILY, "[Ask for a visit]", "tihar")
    assert sum(not label.startswith("🔒") for label in named(stage)) == 3  # with the stage's two


async def test_the_letter_of_an_opening_speaks_the_familys_language(stage: Stage) -> None:
    await enrolled(stage, FAMILY)
    await talk(stage, FAMILY, "/language", "[हिन्दी]", "/visit", "tihar", "[3, Tihar]")
    rendered = stage.last(FAMILY).rendered
    assert rendered
    (watch,) = [data for row in rendered.buttons for _label, data in row if "watch:" in data]
    await stage.pressed(FAMILY, watch, stage.last(FAMILY).id)
    stage.clock.now = max(stage.clock.now, datetime.now(UTC))
    async with stage.db.begin() as tx:
        await jails.bind(tx, SHUT, Chat("telegram", "-4004"))
        await opened(tx, stage.vault, SHUT, stage.clock())
    await stage.work()
    assert "takes requests here now" not in asks_now(stage, FAMILY)


# ---------------------------------------------------------------- not listed


async def test_an_unlisted_jail_reaches_the_operators(stage: Stage) -> None:
    await asking(stage)
    await talk(stage, FAMILY, "tihar", "[isn't listed]")
    assert "type the name of the jail" in asks_now(stage, FAMILY)
    await talk(stage, FAMILY, "Sub Jail Ghumarwin, Bilaspur")
    assert "I pass it on." in asks_now(stage, FAMILY)
    assert plain(stage, OPERATOR) == ["A family looks for a jail that isn't listed: Sub Jail Ghumarwin, Bilaspur"]
    assert "unlisted" in await kinds_noted(stage)
    await talk(stage, FAMILY, "tihar", "[Central Jail No. 1, Tihar]")
    assert "full name of the person" in asks_now(stage, FAMILY)


async def test_nothing_is_said_to_be_passed_on_where_nobody_listens(stage: Stage) -> None:
    """No operator's chat is set: no text promises what was not done."""
    housed(stage, admins=())
    await asking(stage)
    await talk(stage, FAMILY, "tihar", "[isn't listed]", "Sub Jail Ghumarwin, Bilaspur")
    assert "passed it on" not in asks_now(stage, FAMILY)


async def test_operators_are_not_flooded(stage: Stage) -> None:
    """One family that types the same again and again is told on once or a few times, not fifty times."""
    await asking(stage)
    for _n in range(15):
        await talk(stage, FAMILY, "xyzzy", "[isn't listed]", "Sub Jail Ghumarwin, Bilaspur")
    assert len(plain(stage, OPERATOR)) <= 5
