"""Whatever comes in, through whole talks: it is answered clearly, it does no harm, and what is kept of it is clean."""

import re
import unicodedata
from collections.abc import Iterable
from typing import Any

import pytest
from msgspec.structs import replace

from channels.base import Never
from dialogue.model import Chat
from dialogue.session import Session
from tests.conftest import PROVE
from tests.dialogue.strategies import HOSTILE
from tests.handlers.conftest import At
from tests.handlers.door import message, pressed_by, private, session_of, stand, told, unharmed
from tests.storage.people import enrol
from tests.storage.scene import number, post, sql
from tests.support.stage import GROUP, Stage
from tests.support.stories import ASK, REGISTER, play

CROWD = 1000  # the first of the people who stand where Sunita stands
NASTY = (
    *HOSTILE, "\u0000name", "a\u0000b", "Sunita\u202eveD", "Su\u200bnita", "\ud83d", "e\u0301" * 60,
    "z" + "\u0301" * 50, "<script>x</script>", "</b>", "&lt;b&gt;", "[x](http://x)", "`x`", "{text}", "%(x)s", "${x}",
    "'; DROP TABLE visits; --", "watch:IN-\u0000", "state:IN-DL:٣", "IN-\ud800", "find:x", "near:nan,nan",
    "location:999.000000,999.000000", "shut:IN-DL-TIHAR-CJ-1", "again:99999999999999999999", "edit:nothing",
    "register.name=x", "1" * 400, "²", "½", "٣٤", "-" * 4096, "\n" * 100, "a\nb\nc\nd", "🙏" * 2000, "ﷺ" * 500,
    "\u2028x\u2029", "\ufeffSunita Devi", "0x1F", "1e9",
)  # fmt: skip


def clean(value: Any) -> bool:
    """Kept text has no controls, no lone surrogates, nothing that turns a line round, and an end."""
    if isinstance(value, str):
        odd = {unicodedata.category(char) for char in value} & {"Cc", "Cs", "Co", "Cn"}
        return not odd and not re.search("[\u202a-\u202e\u2066-\u2069\u200b\ufeff]", value) and len(value) <= 250
    if isinstance(value, dict):
        return all(clean(part) for part in (*value, *value.values()))
    return all(clean(part) for part in value) if isinstance(value, list | tuple) else True


def well_formed(stage: Stage, people: Iterable[int | str]) -> None:
    """What was said is what Telegram takes: our own bold and nothing else; the lines are ours alone."""
    for person in people:
        for one in stage.to(person):
            if one.rendered:
                bare = re.sub(r"</?b>", "", one.rendered.html)
                assert "<" not in bare and ">" not in bare
                assert one.rendered.html.count("<b>") == one.rendered.html.count("</b>")
                assert "\ud800" not in one.rendered.plain and "\u202e" not in one.rendered.plain
                assert all(0 < len(data.encode()) <= 64 for row in one.rendered.buttons for _t, data in row)


async def crowd(stage: Stage, texts: Iterable[str], person: int = 101) -> list[tuple[int, str, Session]]:
    """As many people as texts, all standing where `person` stands, each typing one; and where they stand then."""
    stage.heard[:] = [one for one in stage.heard if not one.to.id.isdigit() or int(one.to.id) < CROWD]
    where = await session_of(stage, person)
    typing = list(enumerate(texts, start=CROWD))
    await stand(stage, *(replace(where, talk=private(n)) for n, _text in typing))
    await stage.arrive(*(message(n, text) for n, text in typing))
    return [(n, text, await session_of(stage, n)) for n, text in typing]


# ---------------------------------------------------------------- typed


@pytest.mark.parametrize("story", ["register", "visit"])
async def test_nasty_words_at_every_question(stage: Stage, story: str) -> None:
    """Each is answered; a refused one changes nothing but the count of tries; a taken one is kept clean. (In the
    ordinary run every question hears a quarter of them, another one each time.)"""
    if story == "visit":
        await play(stage, REGISTER)
        await post(stage, *enrol(*range(len(NASTY))))
    lines = REGISTER if story == "register" else ASK
    await play(stage, lines[:1])
    for place, line in enumerate(lines[1:]):
        before, texts = await session_of(stage, 101), NASTY if PROVE else NASTY[place % 4 :: 4]
        heard = list(stage.heard)
        for n, text, after in await crowd(stage, texts):
            said = [one for one in stage.to(n) if one.what in ("say", "change")]
            assert said, f"{text[:40]!r} at {line} is not answered"
            assert clean(after.to_json()["answers"]), f"{text[:40]!r} at {line} is kept as it came"
            if after.tries > before.tries:
                assert after.answers == before.answers
        well_formed(stage, range(CROWD, CROWD + len(texts)))
        await unharmed(stage)
        stage.heard[:] = heard  # one of them may have had a code sent to her address
        await play(stage, (line,))


@pytest.mark.parametrize(
    "typed", ["watch:\ud800", "watch:\u0000", "IN-\ud800", "state:IN-DL:\u00b2", "near:x", "find:\ud800"]
)
async def test_words_that_look_like_a_buttons(at: At, typed: str) -> None:
    """What the buttons of the jail's question carry, typed and forged: answered, and nothing breaks."""
    stage = await at("registered")
    await play(stage, ASK[:1])
    heard = len(told(stage, 101))
    await stage.said(101, typed)
    assert len(told(stage, 101)) > heard
    await pressed_by(stage, 101, None, [f"visit.jail={typed}"])
    await unharmed(stage)


@pytest.mark.parametrize(
    ("question", "typed", "says"),
    [
        ("sunita@example.org", "sunita@example.org\u2028x", "not an e-mail address"),
        ("98123 45678", "+1 650 253 0000", "Only Indian mobile numbers"),
        ("98123 45678", "98123 45678; 98123 45679", "not a mobile number"),
        ("34", "-34", "as a number of years"),
        ("34", "3" * 400, "as a number of years"),
    ],
)
async def test_a_wrong_answer_changes_nothing(stage: Stage, question: str, typed: str, says: str) -> None:
    await play(stage, REGISTER[: REGISTER.index(question)])
    before = await session_of(stage, 101)
    await stage.said(101, typed)
    assert says in told(stage, 101)[-1]
    assert replace(await session_of(stage, 101), tries=0) == replace(before, tries=0)


async def test_markup_in_free_words_is_shown_as_it_was_typed(stage: Stage) -> None:
    """To the family, on the card, in the e-mail: signs, and no bold, no tag, no place that is filled in."""
    evil = "12 <b>Gali</b> & **four** {name} `x`"
    lines = tuple(evil if line.startswith("House 12") else line for line in REGISTER)
    await play(stage, lines[:-1])
    review = stage.last(101)
    assert review.rendered and evil in review.rendered.plain
    assert "12 &lt;b&gt;Gali&lt;/b&gt; &amp; **four** {name} `x`" in review.rendered.html
    await play(stage, (lines[-1], *(evil if line == "[To meet my family]" else line for line in ASK)))
    card = stage.last(GROUP)
    assert card.rendered and evil in card.rendered.plain and "<b>Gali" not in card.rendered.html
    assert any(evil in text for text in told(stage, "sunita@example.org", "email"))
    well_formed(stage, (101, GROUP))
    await unharmed(stage)


async def test_a_form_whose_visitor_has_moved_to_another_phone(at: At) -> None:
    """In the middle of asking, the registration is taken to a new phone: what is pressed here is answered kindly."""
    stage = await at("time")
    await sql(stage, "UPDATE visitors SET chat = 'telegram:102'")
    await stage.press_label(101, "9:30 am")
    await stage.said(101, "hello")
    assert await number(stage, "SELECT count(*) FROM visits") == 0
    await unharmed(stage)


# ---------------------------------------------------------------- everything else that Telegram may send


COMMAND = {"type": "bot_command", "offset": 0}
KINDS: tuple[dict[str, Any], ...] = (
    {"sticker": {"file_id": "x"}}, {"voice": {"file_id": "x"}}, {"photo": [{"file_id": "x"}]}, {"video": {}},
    {"document": {"file_id": "x"}, "caption": "2345 6789 0124"}, {"animation": {}, "document": {}}, {"poll": {}},
    {"dice": {"value": 6}}, {"location": {"latitude": 28.6, "longitude": 77.1}}, {"venue": {}}, {"story": {}},
    {"location": {"latitude": "x", "longitude": None}}, {"contact": {"phone_number": "+919812345678", "user_id": 999}},
    {"contact": {"phone_number": 5}}, {"contact": {"phone_number": "\ud800", "user_id": 101}}, {"text": ""},
    {"text": 5}, {"text": None}, {"web_app_data": {"data": "x"}}, {"text": "x", "entities": 5},
    {"text": "/\u0000", "entities": [COMMAND | {"length": 2}]},
    {"text": "/" + "x" * 3000, "entities": [COMMAND | {"length": 3001}]},
)  # fmt: skip


async def test_every_kind_of_message_costs_nothing(stage: Stage) -> None:
    """In the middle of a form: each is answered, and the question stands as it stood."""
    await play(stage, REGISTER[: REGISTER.index("110062")])
    before = await session_of(stage, 101)
    for content in KINDS:
        heard = len(told(stage, 101))
        await stage.message(101, **content)
        assert len(told(stage, 101)) > heard, content
        after = await session_of(stage, 101)
        assert replace(after, tries=0) == replace(before, tries=0), content
    await unharmed(stage)


HERE, WHO = {"id": 101, "type": "private"}, {"id": 101}
TEXT = {"message_id": 1, "text": "x"}
UNKNOWN: tuple[dict[str, Any], ...] = (
    {"poll": {"id": "1"}}, {"inline_query": {"id": "1", "from": WHO, "query": "x"}}, {"message": None}, {"message": []},
    {"message": {}}, {"message": {"chat": {"id": True, "type": "private"}, "from": WHO, **TEXT}},
    {"message": {"chat": {"id": 2**60, "type": "private"}, "from": WHO, **TEXT}},
    {"message": {"chat": HERE, "from": {"id": 101, "is_bot": True}, **TEXT}},
    {"message": {"chat": {"id": -5, "type": "channel"}, "from": WHO, **TEXT}},
    {"message": {"chat": HERE, "from": WHO, "message_id": 1, "pinned_message": {}}}, {"callback_query": {"id": 1}},
    {"callback_query": {"id": "1", "from": WHO, "data": "do=visit"}}, {"chat_member": {}},
    {"callback_query": {"id": "1", "from": WHO, "game_short_name": "x", "message": {"chat": HERE}}},
    {"my_chat_member": {"new_chat_member": {"status": "member"}}}, {"message_reaction": {"chat": {"id": 101}}},
    {"business_message": {"text": "x"}}, {"purchased_paid_media": {}}, {"something_new": {"deep": [[[{}]]]}}, {},
)  # fmt: skip


async def test_updates_of_unknown_kinds(stage: Stage) -> None:
    """Kept aside, never answered, and the good one behind them is."""
    await stage.arrive(*({**update, "update_id": 9000 + n} for n, update in enumerate(UNKNOWN)), message(101, "hello"))
    assert len(told(stage, 101)) == 1 and len(stage.heard) == 1
    assert await number(stage, "SELECT count(*) FROM inbox WHERE outcome = 'unreadable'") == len(UNKNOWN)
    await unharmed(stage)


async def test_a_visitor_who_blocked_the_bot(at: At) -> None:
    """The decision reaches them by e-mail and SMS; nobody else waits; back again, the talk goes on."""
    stage = await at("asked")
    blocked = {"my_chat_member": {"chat": {"id": 101, "type": "private"}, "from": {"id": 101}, "date": 0}}
    blocked["my_chat_member"]["new_chat_member"] = {"status": "kicked"}
    await stage.arrive(blocked)

    def gone(to: Chat, errand: Any) -> None:
        if to == Chat("telegram", "101"):
            raise Never("Forbidden: bot was blocked by the user", gone=True)

    stage.ears["telegram"].trouble = gone
    await stage.press_label(201, "Approve", GROUP)
    await stage.forward(seconds=61)
    assert any("approved" in text for text in told(stage, "sunita@example.org", "email"))
    assert any("APPROVED" in text for text in told(stage, "+919812345678", "sms"))
    await stage.said(102, "hello")
    assert len(told(stage, 102)) == 1
    assert await number(stage, "SELECT count(*) FROM outbox WHERE status = 'sending'") == 0
    stage.ears["telegram"].trouble = lambda _to, _errand: None
    await stage.said(101, "/status")
    assert "approved" in told(stage, 101)[-1]
    await unharmed(stage)
