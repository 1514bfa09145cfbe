"""Random talks from any place in any form: the step never raises, is never silent, and its session is its JSON."""

import json
import os
import random
from collections import Counter
from typing import Any

import pytest
from hypothesis import given, seed, settings
from hypothesis import strategies as st
from msgspec import Struct
from msgspec.structs import asdict, replace

from dialogue.codes import LIMITS
from dialogue.effects import Answer, Delete, Edit, Send, Turn, Wants
from dialogue.model import Event, Gone, Message, Moved, Pressed, Refused, Said, Shared, Talk
from dialogue.session import Session
from dialogue.talk import step
from dialogue.wire import message_from_json, message_to_json, text_from_json, text_to_json
from tests.conftest import Counts
from tests.dialogue.strategies import (
    AADHAAR,
    TALKS,
    Drawn,
    Screen,
    event,
    good,
    open_question,
    places,
    stepped,
    through_json,
)
from tests.storage.world import GROUP, HOUSE, RAO, REASONS, World
from visits.text import normalise

COUNT = Counts()
SEED = int(os.environ.get("MULAKAT_SEED") or random.randrange(2**32))


@pytest.fixture(scope="module", autouse=True)
def _seed_is_printed() -> None:
    print(f"any talk: {COUNT(5000)} talks, MULAKAT_SEED={SEED}")


# ---------------------------------------------------------------- what holds of every turn


def sound(before: Session, what: Event, turn: Turn) -> None:
    """The rules for one turn of a private talk."""
    talk = before.talk
    heard = [e for e in turn.effects if isinstance(e, Send | Answer | Edit) and e.to == talk.chat]
    assert heard or isinstance(what, Gone | Moved), f"silent after {what}"
    presses = [e.press for e in turn.effects if isinstance(e, Answer)]
    assert presses == ([what.press] if isinstance(what, Pressed) else []), f"{what} was answered {presses}"
    written(turn)
    session = turn.session
    assert session.talk == talk
    assert through_json(session) == session
    if not session.forms:
        assert not any(session.answers.values()), "answers outlive their form"
        assert not any(session.kept.values()) and not session.view


def written(turn: Turn) -> None:
    """Every message fits its buttons, and comes back from the wire as it went."""
    for effect in turn.effects:
        if isinstance(effect, Send | Edit):
            message = effect.message
            assert message_from_json(json.loads(json.dumps(message_to_json(message)))) == message
            data = [button.data for row in message.buttons for button in row]
            assert all(0 < len(one.encode()) <= 64 for one in data), data
            assert len(data) <= 100, "Telegram takes a hundred buttons"
        if isinstance(effect, Answer) and effect.text:
            assert text_from_json(json.loads(json.dumps(text_to_json(effect.text)))) == effect.text
        if isinstance(effect, Edit):
            assert effect.id is not None or effect.key
        if isinstance(effect, Delete):
            assert effect.id


def play(session: Session, world: World, screen: Screen, what: Event, unlucky: int) -> Session:
    """One event with all that must hold of it, a lost race included."""
    turn = stepped(session, what, world)
    again = stepped(through_json(session), what, world)
    assert again == turn, "the session from JSON goes on differently, or the step is no function"
    reason = world.refusal(turn.effects, unlucky) if unlucky else ""
    if reason:
        turn = stepped(session, Refused(what, reason), world)
        assert world.refusal(turn.effects, 1) in ("", reason, *COUNTED), f"{what} after {reason} asks for more"
    if session.talk.private:
        sound(session, what, turn)
    else:
        written(turn)
        answered = Counter(e.press for e in turn.effects if isinstance(e, Answer))
        assert answered == Counter([what.press] if isinstance(what, Pressed) else [])
    world.do(session.talk, turn.effects)
    screen.hears(session, turn)
    return through_json(turn.session)


COUNTED = ("codes_chat", "guess", "slot_full", "moved", "told", "erased", "live_requests")


# ---------------------------------------------------------------- properties


def test_the_straight_ways_lead_through_every_question() -> None:
    asked = {(s.forms[-1], *sorted(s.of(s.forms[-1]))) for s, _w, _s in places() if s.forms}
    forms = Counter(way[0] for way in asked)
    assert set(forms) == {"register", "visit", "companion", "me", "recover"}
    assert forms["register"] >= 16 and forms["visit"] >= 15 and forms["companion"] >= 5
    world = places()[-1][1]
    assert len(world.visitors) == 2 and len([r for r in world.requests.values() if r.visit.version == 2]) >= 3


@seed(SEED)
@settings(max_examples=COUNT(5000), deadline=None, print_blob=True)
@given(start=st.integers(0, 10**6), drawn=TALKS)
def test_any_talk(start: int, drawn: list[Drawn]) -> None:
    """From any place in any form: whatever comes is answered, costs nothing it should not, and survives JSON."""
    session, world, screen = places()[start % len(places())]
    world, screen = world.fork(), screen.fork()
    for one in drawn:
        session = play(session, world, screen, event(one, session, world, screen), one.unlucky)


@seed(SEED)
@settings(max_examples=COUNT(1500), deadline=None, print_blob=True)
@given(people=st.lists(st.sampled_from(("201", "203", "999")), min_size=1, max_size=10), drawn=TALKS)
def test_any_talk_in_a_group(people: list[str], drawn: list[Drawn]) -> None:
    """Cards, commands and chatter in the jail's chat: presses are answered once each, and nothing is raised."""
    _session, world, _screen = places()[-1]
    world, screen = world.fork(), Screen([], [])
    waiting = [r for r in world.requests.values() if r.visit.status == "PENDING"]
    ever = [f"card.{verb}={r.visit.ref}.{r.visit.version}" for r in waiting for verb in CARD_VERBS]
    screen.ever, screen.now = ever, ever
    sessions = {who: Session(Talk(GROUP, who)) for who in ("201", "203", "999")}
    for place, one in enumerate(drawn):
        who = people[place % len(people)]
        what = event(one, sessions[who], world, screen)
        if who != RAO.sender and isinstance(what, Pressed):
            before = {ref: r.visit for ref, r in world.requests.items()}
            sessions[who] = play(sessions[who], world, screen, what, one.unlucky)
            assert {ref: r.visit for ref, r in world.requests.items()} == before, "a stranger moved a visit"
        else:
            sessions[who] = play(sessions[who], world, screen, what, one.unlucky)


CARD_VERBS = ("ok", "no", "why", "words", "back", "undo")


SPELLINGS = (
    AADHAAR, "2345 6789 0124", "2345-6789-0124", "my Aadhaar is 2345 6789 0124 sir", "२३४५ ६७८९ ०१२४",
    "2345\n6789\n0124", "UID:234567890124", "House 4444 2345 6789 0124", "2345.6789.0124", "2345–6789–0124",
    "2345/6789/0124",
    "\u200b2345\u200b6789\u200b0124", "23 45 67 89 01 24",
)  # fmt: skip


@pytest.mark.parametrize("typed", SPELLINGS)
def test_no_aadhaar_number_stays_in_any_answer(typed: str) -> None:
    """Typed at any question, as people write it, it is in no session, and in nothing that is kept or sent (P1)."""
    kept_at = set()
    for session, world, _screen in places():
        turn = stepped(session, Said(typed, "5"), world)
        if holds(turn.session.to_json()) or holds(turn.effects):
            kept_at.add(f"{session.forms[-1]}.{open_question(session, world)}")
    assert sorted(kept_at) == []


def test_nor_in_a_reason_in_words() -> None:
    """What staff write to the family is read, sent and kept too."""
    world = places()[-1][1].fork()
    request = next(r for r in world.requests.values() if r.visit.status == "PENDING")
    given = {"ref": request.visit.ref, "version": request.visit.version}
    session = Session(RAO, forms=("reason",), answers={"reason": given})
    turn = stepped(session, Said("ID 2345 6789 0124 is another person's", "5"), world)
    assert not holds(turn.effects)


def holds(value: Any) -> bool:
    """Is the planted number in any text of it, whatever stands between its digits?"""
    if isinstance(value, str):
        return AADHAAR in "".join(c for c in normalise(value) if c.isdigit())
    if isinstance(value, dict):
        return any(holds(k) or holds(v) for k, v in value.items())
    if isinstance(value, list | tuple):
        return any(holds(one) for one in value)
    if isinstance(value, Struct):
        return any(holds(one) for one in asdict(value).values())
    return False


# ---------------------------------------------------------------- every reason, at every question

EVERY_REASON = sorted({*(r for reasons in REASONS.values() for r in reasons), *LIMITS, "told", "deadlock"})


def test_a_refusal_for_any_reason_is_answered_at_every_question() -> None:
    """The step is total: also for a reason that nobody thought of at this place."""
    raised = set()
    for session, world, screen in places():
        for what in (good(session, world, screen), Said("x", "5"), Pressed("do=forget", "p1")):
            for reason in EVERY_REASON:
                try:
                    turn = stepped(session, Refused(what, reason), world)
                except LookupError as error:
                    raised.add((session.forms[-1:], type(what).__name__, repr(error)))
                else:
                    assert any(isinstance(e, Send | Answer | Edit) for e in turn.effects)
                    assert through_json(turn.session) == turn.session
    assert sorted(raised) == []


def test_sharing_is_not_typed() -> None:
    """Only Telegram says whose a number is: `contact:` in typed or forged words proves nothing."""
    session, world, _screen = next(
        place for place in places() if place[0].forms == ("register",) and set(place[0].of("register")) >= {"id_number"}
    )
    house = replace(HOUSE, contact_counts=True)
    marked = ("contact:9812345678", "\x01contact:9812345678", "\x01\x01contact:9812345678")
    forged = [Pressed(f"register.mobile={words}", "p1", "7") for words in marked]
    tried: list[Event] = [*map(Said, marked), *forged]
    for what in tried:
        known: dict[Any, Any] = {}
        done: Turn | Wants = Wants(())
        while isinstance(done, Wants):
            known |= {need: world.answer(need) for need in done.needs}
            done = step(session, what, replace(world.facts(known), house=house))
        assert not done.session.of("register").get("mobile_code"), f"{what} stood for the code"
    shared = stepped(session, Shared("contact", "+919812345678", own=True), world)
    assert "mobile_code" not in shared.session.of("register"), "and not where the operator has not allowed it"


def test_messages_are_no_larger_than_a_screen() -> None:
    """The whole of what the straight ways say, in characters: Telegram's message holds 4,096."""
    for session, world, screen in places():
        turn = stepped(session, good(session, world, screen), world)
        for effect in turn.effects:
            if isinstance(effect, Send):
                assert size(effect.message) < 3000


def size(message: Message) -> int:
    return sum(len(t.msgid) + sum(len(str(v)) for v in t.params.values() if isinstance(v, str)) for t in message.text)
