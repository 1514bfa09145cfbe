"""Telegram's updates become events, and nothing that JSON can hold makes the reader stumble."""

import json
from copy import deepcopy
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from channels.telegram_read import read
from dialogue.model import Arrival, Chat, Commanded, Event, Gone, Pressed, Said, Sent, Shared, Talk
from tests.channels.ground import ANY_TEXT

NOW = datetime(2026, 12, 1, 4, 0, tzinfo=UTC)
SENT_AT = datetime(2026, 11, 30, 4, 0, tzinfo=UTC)

SUNITA = {"id": 101, "is_bot": False, "first_name": "Sunita", "last_name": "Devi", "username": "sunita"}
PRIVATE = {"id": 101, "type": "private"}
GROUP = {"id": -1001, "type": "supergroup", "title": "Tihar 1 visits"}
COMMAND = [{"type": "bot_command", "offset": 0, "length": 6}]
PHOTO = {"photo": [{"file_id": "x"}], "caption": "my pass"}


def message(**what: Any) -> dict[str, Any]:
    return {"message_id": 7, "from": SUNITA, "chat": PRIVATE, "date": int(SENT_AT.timestamp()), **what}


def update(**what: Any) -> dict[str, Any]:
    return {"update_id": 9000, **what}


@pytest.mark.parametrize(
    ("what", "event"),
    [
        ({"text": "hello"}, Said("hello", "7")),
        ({"text": "half \ud800"}, Said("half \ud800", "7")),
        ({"text": "/Start", "entities": COMMAND}, Commanded("start", "", "Sunita Devi")),
        ({"text": "/start"}, Said("/start", "7")),  # Telegram says what is a command
        ({"text": "not /start", "entities": [{**COMMAND[0], "offset": 4}]}, Said("not /start", "7")),
        ({"text": "/visit  ABCD 2345 ", "entities": COMMAND}, Commanded("visit", "ABCD 2345", "Sunita Devi")),
        ({"text": "/start@Mulakat_Bot x", "entities": [{**COMMAND[0], "length": 18}]},
         Commanded("start", "x", "Sunita Devi")),
        ({"text": "/start@other_bot", "entities": [{**COMMAND[0], "length": 16}]}, None),
        ({"contact": {"phone_number": "+919812345678", "user_id": 101}},
         Shared("contact", "+919812345678", own=True, message="7")),
        ({"contact": {"phone_number": "+919812345678", "user_id": 102}},
         Shared("contact", "+919812345678", own=False, message="7")),
        ({"contact": {"phone_number": "+919812345678"}}, Shared("contact", "+919812345678", message="7")),
        ({"location": {"latitude": 28.6139, "longitude": 77}},
         Shared("location", "28.613900,77.000000", message="7")),
        ({"location": {"latitude": float("nan"), "longitude": 77}}, Sent("unknown")),
        ({"location": {"latitude": 91, "longitude": 77}}, Sent("unknown")),
        (PHOTO, Sent("photo")),
        ({"sticker": {}}, Sent("sticker")),
        ({"voice": {}}, Sent("voice")),
        ({"document": {}, "animation": {}}, Sent("animation")),
        ({"hologram": {}}, Sent("unknown")),
        ({"new_chat_members": [SUNITA]}, None),
        ({"pinned_message": {}}, None),
        ({"text": "spam", "from": {**SUNITA, "is_bot": True}}, None),
        ({"text": "news", "sender_chat": {"id": -1002, "type": "channel"}}, None),
        ({"text": "hidden", "sender_chat": GROUP, "chat": GROUP}, None),
        ({"text": "hello", "chat": {"id": -1002, "type": "channel"}}, None),
    ],
)  # fmt: skip
def test_messages(what: dict[str, Any], event: Event | None) -> None:
    arrival = read(update(message=message(**what)), NOW, username="mulakat_bot")
    talk = Talk(Chat("telegram", "101"), "101")
    assert arrival == (None if event is None else Arrival(9000, talk, SENT_AT, event))


def test_an_edit_bears_the_time_of_the_edit() -> None:
    edited = message(text="Sunitha", edit_date=int(NOW.timestamp()))
    assert read(update(edited_message=edited), SENT_AT) == Arrival(
        9000, Talk(Chat("telegram", "101"), "101"), NOW, Sent("edited")
    )
    assert read(update(edited_message={**edited, "location": {}}), NOW) is None


def test_a_press_is_the_persons_and_not_the_bots_whose_message_bears_the_button() -> None:
    card = {"message_id": 12, "from": {"id": 4242, "is_bot": True}, "chat": GROUP, "date": 0}
    press = {"id": "5561", "from": SUNITA, "data": "approve:ABCD2345:3", "message": card}
    assert read(update(callback_query=press), NOW) == Arrival(
        9000,
        Talk(Chat("telegram", "-1001"), "101"),
        NOW,
        Pressed("approve:ABCD2345:3", "5561", "12", "Sunita Devi"),
    )
    assert read(update(callback_query={**press, "message": None, "inline_message_id": "x"}), NOW) is None


@pytest.mark.parametrize(
    ("member", "gone"),
    [
        ({"status": "kicked"}, True),
        ({"status": "left"}, True),
        ({"status": "restricted", "is_member": False}, True),
        ({"status": "restricted", "is_member": True}, False),
        ({"status": "member"}, False),
    ],
)
def test_who_is_gone(member: dict[str, Any], gone: bool) -> None:
    change = {"chat": GROUP, "from": SUNITA, "date": 0, "new_chat_member": member}
    arrival = read(update(my_chat_member=change), NOW)
    assert (arrival is not None and arrival.event == Gone()) == gone


@pytest.mark.parametrize(
    ("person", "shown"),
    [
        ({"id": 5, "first_name": "Sunita"}, "Sunita"),
        ({"id": 5, "first_name": "", "username": "sunita"}, "sunita"),
        ({"id": 5, "first_name": 3, "username": None}, ""),
    ],
)
def test_the_name_shown(person: dict[str, Any], shown: str) -> None:
    arrival = read(update(message={**message(text="/start", entities=COMMAND), "from": person}), NOW)
    assert arrival is not None and arrival.event == Commanded("start", "", shown)


@pytest.mark.parametrize(
    "odd",
    [
        {},
        {"update_id": 1},
        {"update_id": True, "message": message(text="x")},
        {"update_id": -1, "message": message(text="x")},
        {"update_id": 10**30, "message": message(text="x")},
        update(channel_post=message(text="x")),
        update(message=None),
        update(message={**message(text="x"), "chat": {"id": 10**30, "type": "private"}}),
        update(message={**message(text="x"), "chat": {"id": True, "type": "private"}}),
        update(message={**message(text="x"), "from": {"id": "101"}}),
        update(message={**message(text="x"), "message_id": None}),
    ],
)
def test_nobodys_talk(odd: dict[str, Any]) -> None:
    assert read(odd, NOW) is None


def test_an_impossible_date_is_now() -> None:
    for date in (10**30, -5, None, "soon", True, 1.5):
        arrival = read(update(message=message(text="x", date=date)), NOW)
        assert arrival is not None and arrival.at == NOW


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.integers(-5, 5) | st.floats() | ANY_TEXT,
    lambda deeper: st.lists(deeper, max_size=3) | st.dictionaries(st.text(max_size=5), deeper, max_size=3),
    max_leaves=8,
)
WHOLE = (
    update(message=message(text="/start", entities=COMMAND)),
    update(message=message(contact={"phone_number": "1", "user_id": 101})),
    update(message=message(location={"latitude": 1, "longitude": 2})),
    update(edited_message=message(text="x", edit_date=5)),
    update(callback_query={"id": "1", "from": SUNITA, "data": "x", "message": message()}),
    update(my_chat_member={"chat": PRIVATE, "from": SUNITA, "new_chat_member": {"status": "left"}}),
)


def paths(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Every place in a JSON value, its own included."""
    inside = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [path, *(deeper for key, part in inside for deeper in paths(part, (*path, key)))]


@settings(max_examples=400)
@given(data=st.data())
def test_it_never_raises_whatever_stands_in_one_place(data: st.DataObject) -> None:
    whole: Any = deepcopy(data.draw(st.sampled_from(WHOLE)))
    path = data.draw(st.sampled_from(paths(whole)))
    odd = data.draw(JSON)
    if not path:
        whole = odd
    else:
        place = whole
        for key in path[:-1]:
            place = place[key]
        place[path[-1]] = odd
    whole = json.loads(json.dumps(whole))
    arrival = read(whole, NOW)
    if arrival is not None:
        assert type(arrival.id) is int
        assert arrival.talk.chat.id.lstrip("-").isdecimal() and arrival.at.tzinfo is UTC
        json.dumps(str(arrival))
