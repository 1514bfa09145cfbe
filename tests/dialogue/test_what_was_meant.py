"""What people type and press beside the plain answer: a button's words, an old button, a form that is no more."""

from collections import Counter
from collections.abc import Mapping
from typing import Any

import pytest
from msgspec.structs import asdict, replace

from channels.render import Renderer
from dialogue import everyday
from dialogue.effects import Edit, Send, Turn
from dialogue.forms.register import AGREE, NOTICE
from dialogue.model import Facts, Pressed, Said
from dialogue.names import GENDERS, HELP, ID_KINDS, KINDS, RELATIONS
from dialogue.session import Session
from dialogue.talk import step
from dialogue.words import Text
from operate.settings import ROOT
from tests.dialogue.strategies import Screen, open_question, places, stepped
from tests.storage.world import HOUSE, SUNITA, World
from visits.policy import INDIA
from visits.text import normalise
from visits.visit import Status

RENDERER = Renderer(ROOT / "locales", INDIA)
HINDI = replace(HOUSE, said=RENDERER.label)


def at(form: str, question: str) -> tuple[Session, World, Screen]:
    for session, world, screen in places():
        if session.forms[-1:] == (form,) and open_question(session, world) == question:
            return session, world.fork(), screen.fork()
    raise AssertionError(f"{form}.{question} is never asked")


def in_hindi(session: Session, what: Any, world: World) -> Turn:
    """As `stepped`, where buttons bear the words of a language."""
    known: dict[Any, Any] = {}
    for _round in range(12):
        facts: Facts = replace(world.facts(known), house=HINDI)
        done = step(replace(session, locale="hi"), what, facts)
        if isinstance(done, Turn):
            return done
        known |= {need: world.answer(need) for need in done.needs}
    raise AssertionError("it wants ever more")


def said(turn: Turn) -> str:
    messages = [e.message for e in turn.effects if isinstance(e, Send | Edit)]
    return "\n".join(RENDERER.message(message, "en").plain for message in messages)


# ---------------------------------------------------------------- a button's words, typed


@pytest.mark.parametrize(
    ("form", "question", "typed", "value"),
    [
        ("register", "gender", "Female", "female"),
        ("register", "gender", "महिला", "female"),
        ("register", "gender", "  FEMALE. ", "female"),
        ("register", "gender", "Woman", "female"),
        ("register", "gender", "aurat", "female"),
        ("register", "id_kind", "आधार कार्ड", "aadhaar"),
        ("register", "id_kind", "Adhar card", "aadhaar"),
        ("visit", "prisoner_gender", "man", "male"),
        ("visit", "relation", "Wife", "spouse"),
        ("visit", "relation", "maa", "mother"),
        ("companion", "relation", "bhai", "brother"),
        ("register", "consent", "yes", NOTICE),
        ("register", "consent", "हाँ", NOTICE),
        ("register", "consent", "haan ji", NOTICE),
        ("register", "consent", "सहमत हूँ", NOTICE),
        ("visit", "kind", "in person", "in_person"),
        ("visit", "kind", "jail", "in_person"),
        ("visit", "kind", "Face to face", "in_person"),
        ("visit", "kind", "मिलकर", "in_person"),
        ("visit", "kind", "video", "video"),
        ("visit", "kind", "वीडियो कॉल", "video"),
        ("visit", "help", "no", "none"),
        ("visit", "help", "नहीं", "none"),
    ],
)
def test_the_words_of_a_button_are_its_answer(form: str, question: str, typed: str, value: str) -> None:
    session, world, _screen = at(form, question)
    assert in_hindi(session, Said(typed, "5"), world).session.of(form).get(question) == value


@pytest.mark.parametrize(
    ("labels", "words"),
    [
        (GENDERS, everyday.GENDERS),
        (ID_KINDS, everyday.ID_KINDS),
        (RELATIONS, everyday.RELATIONS),
        (KINDS, everyday.KINDS),
        (HELP, everyday.HELP),
        (AGREE, everyday.CONSENT),
    ],
)
def test_no_word_means_two_buttons(labels: Mapping[str, Text], words: everyday.Words) -> None:
    """As `meant` sees it: neither another button's everyday words nor its label, in any of our languages."""
    seen = Counter(word for several in words.values() for word in several)
    named = {RENDERER.label(text, locale).casefold() for text in labels.values() for locale in ("en", "hi")}
    assert set(words) <= set(labels) and max(seen.values()) == 1
    assert not named & set(seen) and all(word == normalise(word).casefold() for word in seen)


@pytest.mark.parametrize("typed", ["हाँ सही है", "yes", "haan", "Sahi hai.", "सब सही है", "correct", "भेजें"])
@pytest.mark.parametrize("form", ["register", "visit", "me"])
def test_what_was_read_at_the_end_is_right(form: str, typed: str) -> None:
    session, world, _screen = at(form, "review")
    turn = in_hindi(session, Said(typed, "5"), world)
    assert not turn.session.forms and len(turn.effects) > 0


def test_no_at_the_end_sends_nothing() -> None:
    session, world, _screen = at("visit", "review")
    assert in_hindi(session, Said("नहीं", "5"), world).session.forms == ("visit",)


def test_words_of_no_button_are_no_answer() -> None:
    session, world, _screen = at("register", "gender")
    assert "gender" not in in_hindi(session, Said("मैं", "5"), world).session.of("register")


def test_a_number_is_the_place_in_the_list() -> None:
    """Of those who can be visited again, too."""
    session, world = [(s, w) for s, w, _screen in places() if s.forms and open_question(s, w) == "whom"][-1]
    world = world.fork()
    for ref, one in world.requests.items():
        world.requests[ref] = replace(one, visit=replace(one.visit, status=Status.COMPLETED))
    turn = stepped(session, Said("hello", "5"), world)
    shown = [
        b.data.partition("=")[2] for e in turn.effects if isinstance(e, Send) for row in e.message.buttons for b in row
    ]
    shown = [value for value in shown if value]
    assert len(shown) > 3 and shown[-1] == "new"
    for place, value in enumerate(shown, 1):
        assert stepped(session, Said(str(place), "5"), world).session.of("visit")["whom"] == value


# ---------------------------------------------------------------- old buttons


def test_an_old_cancel_still_means_stop() -> None:
    """The keyboard of an earlier question is still in the chat: its Cancel asks whether to stop, and stops nothing."""
    session, world, _screen = at("register", "address")
    turn = stepped(session, Pressed("register.name!cancel", "p1", "7"), world)
    assert "Do you want to stop?" in said(turn) and turn.session == replace(session, stopping=True)


def test_an_old_yes_stop_asks_again() -> None:
    session, world, _screen = at("register", "address")
    turn = stepped(session, Pressed("register.name!stop", "p1", "7"), world)
    assert "Do you want to stop?" in said(turn) and turn.session == replace(session, stopping=True)


def test_an_old_go_on_goes_on() -> None:
    session, world, _screen = at("register", "address")
    turn = stepped(session, Pressed("register.name!go", "p1", "7"), world)
    assert "Where do you live?" in said(turn) and turn.session == session


# ---------------------------------------------------------------- forged and broken


@pytest.mark.parametrize("code", ["\ud800", "IN-DL-SHUT\ud800", "\x00", "x" * 60])
def test_a_jail_to_watch_that_no_database_could_look_up(code: str) -> None:
    """A lone surrogate in a key fails the whole batch of other people's turns."""
    session, world, _screen = at("visit", "jail")
    asked: list[Any] = []
    known: dict[Any, Any] = {}
    while not isinstance(
        done := step(session, Pressed(f"visit.jail=watch:{code}", "p1", "7"), world.facts(known)), Turn
    ):
        asked += done.needs
        known |= {need: world.answer(need) for need in done.needs}
    keys = [value for need in asked for value in asdict(need).values()]
    assert all(key.encode() and "\x00" not in key for key in keys if isinstance(key, str) and key)


def test_an_aadhaar_number_in_a_forged_press_is_kept_nowhere() -> None:
    session, world, _screen = at("register", "address")
    turn = stepped(session, Pressed("register.address=House 2345 6789 0124", "p1", "7"), world)
    assert turn.session == session


# ---------------------------------------------------------------- after an upgrade


@pytest.mark.parametrize("forms", [("old",), ("old", "companion"), ("visit", "old"), ("old", "old")])
@pytest.mark.parametrize("what", [Said("x", "5"), Pressed("companion.name!back", "p1", "7"), Pressed("do=visit", "p1")])
def test_a_form_that_is_no_more_stands_somewhere_in_the_stack(forms: tuple[str, ...], what: Any) -> None:
    _session, world, _screen = at("visit", "jail")
    session = Session(SUNITA, forms=forms, answers={name: {"x": 1} for name in forms}, kept={"old": {"x": {"x": 1}}})
    turn = stepped(session, what, world)
    assert "old" not in turn.session.forms and "old" not in turn.session.answers and "old" not in turn.session.kept
    assert said(turn) or turn.effects
