"""The words of Back, Cancel, Help and Skip, typed: they do what the button does, and are nobody's name or number."""

from typing import Any

import pytest
from msgspec.structs import replace

from dialogue import everyday
from dialogue.controls import called
from dialogue.effects import Send, Turn
from dialogue.form import Here
from dialogue.forms import FORMS
from dialogue.model import Message, Missing, Need, Pressed, Said
from dialogue.parse import bare
from dialogue.session import Session
from tests.dialogue.strategies import open_question, places, stepped, through_json
from tests.dialogue.test_what_was_meant import HINDI, at, in_hindi, said
from tests.storage.world import World

CONTROLS = (
    ("back", ("Back", "back", "◀ Back", "go back", "पीछे")),
    ("cancel", ("Cancel", "STOP", "रद्द", "रद्द करें")),
    ("help", ("Help", "help!", "मदद")),
    ("skip", ("Skip", "skip", "छोड़ें", "don't know", "I don’t know", "पता नहीं")),
)
QUESTIONS = {(s.forms[-1], open_question(s, w)): (s, w) for s, w, _screen in places() if s.forms}


def sends(turn: Turn) -> list[Message]:
    return [effect.message for effect in turn.effects if isinstance(effect, Send)]


@pytest.mark.parametrize(("form", "question"), sorted(QUESTIONS))
def test_a_control_that_is_typed_is_pressed(form: str, question: str) -> None:
    """At every question; what doesn't show there changes no answer."""
    session, world = QUESTIONS[form, question]
    optional = FORMS[form].by_name[question].optional
    for verb, words in CONTROLS:
        pressed = stepped(session, Pressed(f"{form}.{question}!{verb}", "p1", "7"), world)
        for typed in words:
            turn = stepped(session, Said(typed, "5"), world)
            if verb == "skip" and not optional:
                assert turn.session == session and "can't be skipped" in said(turn), typed
            else:
                assert (turn.session, sends(turn)) == (pressed.session, sends(pressed)), typed


@pytest.mark.parametrize(("form", "question"), sorted(QUESTIONS))
def test_no_word_of_a_control_is_a_buttons(form: str, question: str) -> None:
    session, world = QUESTIONS[form, question]
    field = FORMS[form].by_name[question]
    known: dict[Need[Any], Any] = {}
    while True:
        here = Here(replace(session, locale="hi"), FORMS[form], replace(world.facts(known), house=HINDI))
        try:
            choices = [c for row in field.choices(here) for c in row]
            break
        except Missing as missing:
            known[missing.need] = world.answer(missing.need)
    words = {bare(HINDI.said(c.text, locale)) for c in choices for locale in ("en", "hi")}
    words |= {word for c in choices for word in (c.value, *c.also)}
    assert not [word for word in words if called(word, here, field, stopping=False)]


def test_the_words_are_kept_as_they_are_compared() -> None:
    for words in (everyday.YES, everyday.NO, *everyday.CONTROLS.values()):
        assert [bare(word) for word in words] == [*words]


@pytest.mark.parametrize("typed", ["no", "नहीं", "don't know", "none"])
def test_no_is_skip_where_one_may_skip(typed: str) -> None:
    session, world, _screen = at("visit", "prisoner_number")
    kept = in_hindi(session, Said(typed, "5"), world).session.of("visit")
    assert "prisoner_number" in kept and kept["prisoner_number"] is None


@pytest.mark.parametrize("typed", ["yes", "ask the court", "हाँ"])
def test_a_number_without_a_digit_is_none(typed: str) -> None:
    session, world, _screen = at("visit", "prisoner_number")
    turn = stepped(session, Said(typed, "5"), world)
    assert "prisoner_number" not in turn.session.of("visit") and "A number has digits in it" in said(turn)


@pytest.mark.parametrize("question", ["purpose", "help"])
@pytest.mark.parametrize("typed", ["yes", "haan", "हाँ जी"])
def test_yes_doesnt_say_which(question: str, typed: str) -> None:
    session, world, _screen = at("visit", question)
    turn = stepped(session, Said(typed, "5"), world)
    assert question not in turn.session.of("visit") and "or write it in a few words" in said(turn)


@pytest.mark.parametrize("question", ["prisoner", "prisoner_father"])
@pytest.mark.parametrize("typed", ["yes", "no", "हाँ", "नहीं"])
def test_yes_is_nobodys_name(question: str, typed: str) -> None:
    session, world, _screen = at("visit", question)
    turn = stepped(session, Said(typed, "5"), world)
    assert question not in turn.session.of("visit") and "That is not a name." in said(turn)


def test_what_was_taken_back_is_kept_by_its_buttons_words() -> None:
    session, world, _screen = at("visit", "prisoner_father")
    session = stepped(session, Said("back", "5"), world).session
    name = session.kept["visit"]["prisoner"]["prisoner"]
    assert stepped(session, Said(f"Keep: {name}", "5"), world).session.of("visit")["prisoner"] == name


# ---------------------------------------------------------------- whether to stop


def stopping(form: str, question: str) -> tuple[Session, World]:
    session, world, _screen = at(form, question)
    return through_json(stepped(session, Said("stop", "5"), world).session), world


@pytest.mark.parametrize("typed", ["yes", "हाँ", "Yes, stop and erase"])
@pytest.mark.parametrize(("form", "question"), [("register", "consent"), ("visit", "review"), ("visit", "prisoner")])
def test_yes_to_stopping_stops(form: str, question: str, typed: str) -> None:
    """It agrees to nothing, sends nothing to a jail, and is no name."""
    session, world = stopping(form, question)
    turn = stepped(session, Said(typed, "5"), world)
    assert not turn.session.forms and said(turn).startswith("Stopped.")


@pytest.mark.parametrize("typed", ["no", "नहीं", "No, go on"])
def test_no_to_stopping_goes_on(typed: str) -> None:
    session, world = stopping("register", "consent")
    turn = stepped(session, Said(typed, "5"), world)
    assert turn.session == replace(session, stopping=False) and "Do you agree?" in said(turn)


def test_what_is_said_in_between_is_no_yes_to_stopping() -> None:
    session, world = stopping("register", "consent")
    session = stepped(session, Said("hello", "5"), world).session
    assert "consent" in stepped(session, Said("yes", "6"), world).session.of("register")
