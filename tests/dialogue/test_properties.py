"""The talk as a whole, under any sequence of events: never raises, is never silent, lives as JSON between steps."""

import json
import os
from typing import Any

from hypothesis import HealthCheck, given, seed, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from dialogue.effects import Answer, Edit, Send, Turn
from dialogue.forms import FORMS
from dialogue.model import Chat, Commanded, Event, Gone, Message, Need, Pressed, Refused, Said, Sent, Shared, Talk
from dialogue.session import Session
from dialogue.talk import step
from dialogue.wire import message_from_json, message_to_json
from tests.dialogue.answerer import GROUP, Town
from visits.identity import holds_aadhaar
from visits.visit import Status

SEED = int(os.environ.get("MULAKAT_SEED", "20261124"))
SEQUENCES = 5_000 if os.environ.get("MULAKAT_PROVE") == "1" else 500

WORDS = st.one_of(
    st.sampled_from(
        (
            "Sunita Devi", "सुनीता", "34", "३४", "110062", "South Delhi", "2345 6789 0124", "98123 45678", "246810",
            "000000", "sunita@example.org", "tihar", "Ramesh Kumar", "hello", "1", "Male", "Ramesh @Pappu",
            "x" * 10_000,
            "\x00\ud800", "<b>x</b>", "{name}", "IN-DL-TIHAR-CJ-1", "Shyam Lal", "House 12, Gali 4, Sangam Vihar",
        )
    ),
    st.text(max_size=40),
)  # fmt: skip
DATA = st.one_of(
    st.sampled_from(
        (
            "do=register", "do=visit", "do=status", "do=help", "do=recover", "do=another", "lang=hi", "lang=xx",
            "drop=53NRMNFM.1", "dropped=53NRMNFM.1", "card.ok=53NRMNFM.1", "card.no=53NRMNFM.1",
            "card.words=53NRMNFM.1", "card.more=1796284200.53NRMNFM",
            "card.undo=53NRMNFM.1", "card.why=53NRMNFM.1.released", "retry=53NRMNFM.1796284200", "coming=53NRMNFM.1",
            "me=M-7K2P-9XWC", "forget=M-7K2P-9XWC", "forgotten=M-7K2P-9XWC", "", "visit.time=", "register.age=5",
        )
    ),
    st.builds(
        lambda form, field, sign, rest: f"{form}.{field}{sign}{rest}",
        st.sampled_from(tuple(FORMS)),
        st.sampled_from(tuple(f.name for form in FORMS.values() for f in form.fields)),
        st.sampled_from("=!"),
        st.sampled_from(("yes", "back", "cancel", "stop", "go", "keep", "skip", "help", "male", "edit:name", "en")),
    ),
    st.text(max_size=64),
)  # fmt: skip
REASONS = (
    "slot_full",
    "moved",
    "guess",
    "told",
    "open_request",
    "codes_chat",
    "sms_hour",
    "wrong_number",
    "live_requests",
)
PLAIN: st.SearchStrategy[Any] = st.one_of(
    st.builds(Said, WORDS, st.just("7")),
    st.builds(Pressed, DATA, st.just("q1"), st.just("8"), st.just("Rao")),
    st.builds(Commanded, st.sampled_from(("start", "register", "visit", "status", "cancel", "language", "help", "me",
              "mydata", "forget", "privacy", "pending", "today", "find", "nonsense")), st.text(max_size=12)),
    st.builds(Shared, st.just("contact"), st.just("+919812345678"), st.booleans()),
    st.builds(Shared, st.just("location"), st.just("28.636900,77.104400")),
    st.builds(Sent, st.sampled_from(("sticker", "voice", "photo", "edited", "unknown", "dice"))),
    st.just(Gone()),
)  # fmt: skip
PRESS_SHOWN = st.integers(0, 30)  # one of the buttons that the last turn showed
EVENTS = st.lists(st.one_of(PLAIN, PRESS_SHOWN, st.builds(Refused, PLAIN, st.sampled_from(REASONS))), max_size=25)
TOWNS = st.builds(
    Town,
    registered=st.booleans(),
    staff=st.booleans(),
    code=st.sampled_from((None, 0, 4, 5)),
    status=st.sampled_from(tuple(Status)),
)
TALKS = st.sampled_from((Talk(Chat("telegram", "101"), "101"), Talk(GROUP, "201")))


def stepped(session: Session, event: Event | Refused, town: Town, nonce: str) -> Turn:
    """A step with all the facts that it asks for."""
    known: dict[Need[Any], Any] = {}
    for _round in range(12):
        result = step(session, event, town.facts(session.talk, nonce, known))
        if isinstance(result, Turn):
            return result
        known |= {need: town.answer(need, session.talk) for need in result.needs}
    raise AssertionError("it still wants facts after twelve rounds")


def shown(turn: Turn) -> list[str]:
    """The data of all buttons that this turn shows to its own chat."""
    messages = [e.message for e in turn.effects if isinstance(e, Send | Edit) and e.to == turn.session.talk.chat]
    return [button.data for message in messages for row in message.buttons for button in row]


def check(turn: Turn, event: Event) -> None:
    messages: list[Message] = [e.message for e in turn.effects if isinstance(e, Send | Edit)]
    for message in messages:
        assert message_from_json(json.loads(json.dumps(message_to_json(message)))) == message
        assert all(len(button.data.encode()) <= 64 for row in message.buttons for button in row)
    answers = [e for e in turn.effects if isinstance(e, Answer)]
    if isinstance(event, Pressed):
        assert [a.press for a in answers] == [event.press]
    else:
        assert answers == []
    if turn.session.talk.private and not isinstance(event, Gone):
        assert messages or answers, f"silent after {event}"
    assert not holds_aadhaar(json.dumps(turn.session.to_json(), ensure_ascii=False))


@seed(SEED)
@settings(max_examples=SEQUENCES, deadline=None, suppress_health_check=list(HealthCheck))
@given(EVENTS, TOWNS, TALKS)
def test_any_sequence(events: list[Any], town: Town, talk: Talk) -> None:
    session = Session(talk)
    buttons: list[str] = []
    for number, one in enumerate(events):
        event = Pressed(buttons[one % len(buttons)], "q1", "8") if isinstance(one, int) and buttons else one
        if isinstance(event, int):
            continue
        nonce = f"{number:032x}"
        turn = stepped(session, event, town, nonce)
        assert stepped(session, event, town, nonce) == turn
        check(turn, event.event if isinstance(event, Refused) else event)
        again = json.loads(json.dumps(turn.session.to_json()))
        session = Session.from_json(talk, again)
        assert session == replace(turn.session)
        buttons = shown(turn) or buttons


def test_the_seed_is_printed() -> None:
    print(f"properties: {SEQUENCES} sequences, seed {SEED} (MULAKAT_SEED)")
