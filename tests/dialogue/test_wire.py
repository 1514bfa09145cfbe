"""Messages as JSON: whatever can be said comes back as it was, also from rows that an older release wrote."""

import json
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dialogue.model import Button, Invite, Message
from dialogue.wire import message_from_json, message_to_json, text_from_json, text_to_json
from dialogue.words import CodeOf, Text
from tests.conftest import Counts
from tests.visits.texts import ANY
from visits.otp import Challenge

COUNT = Counts()
ZONES = st.integers(-14 * 60, 14 * 60).map(lambda minutes: timezone(timedelta(minutes=minutes)))
MOMENTS = st.datetimes(datetime(2000, 1, 1), datetime(2200, 1, 1), timezones=st.one_of(st.just(UTC), ZONES))

CHALLENGES = st.builds(
    Challenge, ANY, ANY, ANY, st.integers(0, 100), MOMENTS, MOMENTS, tries=st.just(0), used=st.just(False)
)
PLAIN = st.one_of(ANY, st.integers(), MOMENTS, st.dates(), st.times(), st.builds(CodeOf, CHALLENGES, ANY))
TEXTS = st.recursive(
    st.builds(Text, ANY),
    lambda inner: st.builds(Text, ANY, st.dictionaries(ANY, st.one_of(PLAIN, inner), max_size=4)),
    max_leaves=6,
)
BUTTONS = st.lists(st.lists(st.builds(Button, TEXTS, ANY), max_size=3).map(tuple), max_size=3).map(tuple)
INVITES = st.builds(Invite, ANY, MOMENTS, st.integers(1, 99), TEXTS, ANY, st.integers(0, 9), st.booleans())
MESSAGES = st.builds(
    Message,
    text=st.lists(TEXTS, max_size=4).map(tuple),
    buttons=BUTTONS,
    subject=st.none() | TEXTS,
    invite=st.none() | INVITES,
)


def through_json(data: Any) -> Any:
    """As in the outbox: ASCII, so that a lone surrogate survives."""
    return json.loads(json.dumps(data, ensure_ascii=True).encode())


@settings(max_examples=COUNT(2000), deadline=None)
@given(MESSAGES)
def test_a_message_comes_back_as_it_was(message: Message) -> None:
    assert message_from_json(through_json(message_to_json(message))) == message


@settings(max_examples=COUNT(2000), deadline=None)
@given(TEXTS)
def test_a_text_comes_back_as_it_was(text: Text) -> None:
    back = text_from_json(through_json(text_to_json(text)))
    assert back == text
    assert {k: type(v) for k, v in back.params.items()} == {k: type(v) for k, v in text.params.items()}


@pytest.mark.parametrize("asks", ["contact", "location", "reply"])
def test_what_a_message_asks_for_comes_along(asks: str) -> None:
    message = Message((Text("Share it"),), asks=asks)
    assert message_from_json(through_json(message_to_json(message))) == message


def test_a_message_says_no_more_than_it_has() -> None:
    """Rows that an older release wrote have only this; they are read for as long as they wait."""
    assert message_to_json(Message((Text("Hello"),))) == {"text": ["Hello"]}
    assert message_from_json({"text": ["Hello"]}) == Message((Text("Hello"),))


def test_a_kind_of_parameter_that_is_not_known() -> None:
    with pytest.raises(ValueError, match="unknown parameter kind 'colour'"):
        text_from_json(["{x}", {"x": {"colour": "red"}}])


def test_of_a_code_the_tries_stay_behind() -> None:
    """The outbox knows what was asked for; how often it was guessed is the database's."""
    now = datetime(2026, 11, 30, tzinfo=UTC)
    guessed = Challenge("id", "p", "sms:+91", 0, now, now, tries=3, used=True)
    back = text_from_json(through_json(text_to_json(Text("{code}", {"code": CodeOf(guessed, "talk")}))))
    (code,) = back.params.values()
    assert isinstance(code, CodeOf) and (code.challenge.tries, code.challenge.used) == (0, False)
