"""Forms: a bad declaration is refused, Back and Edit lose nothing, and what is offered again is still true."""

from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dialogue.answers import answer, begin, current, forget, leave, previous, progress, restore
from dialogue.effects import Guess, Send
from dialogue.form import Field, Finished, Form, Here, Valid
from dialogue.forms import FORMS
from dialogue.model import Facts, Pressed, Said
from dialogue.session import Session
from dialogue.words import Text
from tests.conftest import Counts
from tests.dialogue.strategies import Screen, gone_on, good, open_question, places, stepped
from tests.storage.world import HOUSE, SUNITA, VAULT, World
from tests.support.stage import MONDAY

COUNT = Counts()
FACTS = Facts(MONDAY, "n" * 32, VAULT, HOUSE)


def field(name: str, **more: object) -> Field:
    return Field(name, lambda _here: (Text(name),), lambda raw, _here: Valid(raw), **more)  # type: ignore[arg-type]


def form(*fields: Field, name: str = "f") -> Form:
    return Form(name, Text("A form"), fields, lambda _here: Finished(), Text("Stopped."))


# ---------------------------------------------------------------- declarations


@pytest.mark.parametrize(
    ("build", "said"),
    [
        (lambda: form(field("a"), field("b"), field("a")), "two fields of one name"),
        (lambda: form(field("a", depends=("b",)), field("b")), "depends on"),
        (lambda: form(field("a", depends=("a",))), "depends on"),
        (lambda: form(field("a", depends=("nowhere",))), "depends on"),
        (lambda: form(field("a" * 40)), "64 bytes"),
    ],
)
def test_a_bad_declaration_is_refused_where_it_stands(build: Callable[[], Form], said: str) -> None:
    with pytest.raises(ValueError, match=said) as refused:
        build()
    assert "f" in str(refused.value)


def test_every_form_of_ours_is_found_under_its_name() -> None:
    assert all(name == form.name for name, form in FORMS.items())
    for one in FORMS.values():
        assert all(sub in FORMS for sub in (f.sub for f in one.fields if f.sub))


# ---------------------------------------------------------------- random forms

NAMES = "abcdefgh"


@st.composite
def filled(draw: st.DrawFn) -> tuple[Form, Session]:
    """A form of up to eight fields that depend on earlier ones, some skipped, with some answers."""
    fields = []
    for place, name in enumerate(NAMES[: draw(st.integers(1, 8))]):
        depends = tuple(draw(st.sets(st.sampled_from(NAMES[:place])))) if place else ()
        skipped = draw(st.integers(0, 4)) == 0
        fields.append(field(name, depends=depends, skip=lambda _here, s=skipped: s))
    made = form(*fields)
    session = begin(Session(SUNITA), made)
    for one in fields:
        if draw(st.booleans()):
            session = answer(session, made, one.name, draw(st.one_of(st.none(), st.integers(), st.text(max_size=3))))
    return made, session


def needed(made: Form, name: str) -> set[str]:
    """The field, and all that depends on it."""
    gone = {name}
    for one in made.fields:
        if gone & set(one.depends):
            gone.add(one.name)
    return gone


@settings(max_examples=COUNT(500), deadline=None)
@given(filled(), st.integers(0, 7))
def test_forget_and_restore(both: tuple[Form, Session], at: int) -> None:
    """Restoring what was forgotten is as if nothing had been; forgetting takes what depends on it and nothing else."""
    made, session = both
    name = made.fields[at % len(made.fields)].name
    before, after = session.of("f"), forget(session, made, name)
    assert dict(after.of("f")) == {k: v for k, v in before.items() if k not in needed(made, name)}
    if name in before:
        back = restore(after, made, name)
        assert dict(back.of("f")) == dict(before) and dict(back.kept.get("f", {})) == dict(session.kept.get("f", {}))


@settings(max_examples=COUNT(500), deadline=None)
@given(filled())
def test_progress_and_back(both: tuple[Form, Session]) -> None:
    made, session = both
    here = Here(session, made, FACTS)
    for one in made.fields:
        place, of = progress(here, one.name)
        assert 1 <= place <= of <= len(made.fields)
        before = previous(here, one.name)
        if before:
            assert before.name in session.of("f") and not before.skip(here)
            assert [f.name for f in made.fields].index(before.name) < [f.name for f in made.fields].index(one.name)
    asked = current(here)
    assert asked is None or (asked.name not in session.of("f") and not asked.skip(here))


@settings(max_examples=COUNT(500), deadline=None)
@given(filled(), st.lists(st.integers(0, 7), max_size=8), st.integers())
def test_what_is_offered_again_fits_the_answers_it_was_given_with(
    both: tuple[Form, Session], backs: list[int], new: int
) -> None:
    """Take back any answers in any order, then answer one of them anew: nothing that depended on its old answer is
    offered with the new one."""
    made, session = both
    for at in backs:
        session = forget(session, made, made.fields[at % len(made.fields)].name)
    open_ = current(Here(session, made, FACTS))
    if open_ is None:
        return
    session = answer(session, made, open_.name, {"new": new})
    offered = set(session.kept.get("f", {}))
    assert not offered & needed(made, open_.name)


@given(filled())
def test_leaving_forgets_all_of_it(both: tuple[Form, Session]) -> None:
    made, session = both
    name = made.fields[0].name
    for one in (session, forget(session, made, name)):
        gone = leave(one, made)
        assert not gone.forms and not gone.answers and not gone.kept


# ---------------------------------------------------------------- our forms


def at(form_name: str, question: str) -> tuple[Session, World, Screen]:
    """The first place on the straight ways where `question` is asked."""
    for session, world, screen in places():
        if session.forms and session.forms[-1] == form_name and open_question(session, world) == question:
            return session, world.fork(), screen.fork()
    raise AssertionError(f"{form_name}.{question} is never asked")


def pressed(session: Session, world: World, data: str) -> Session:
    turn = stepped(session, Pressed(data, "p1", "7"), world)
    world.do(session.talk, turn.effects)
    return turn.session


def typed(session: Session, world: World, text: str) -> Session:
    turn = stepped(session, Said(text, "5"), world)
    world.do(session.talk, turn.effects)
    return turn.session


def test_back_through_a_whole_form_and_keep_each_answer() -> None:
    """From the review back to the first question, and forward again by Keep: every answer is there again."""
    for form_name in ("register", "me"):
        session, world, _screen = at(form_name, "review")
        answers = dict(session.of(form_name))
        while before := previous(Here(session, FORMS[form_name], world.facts({})), open_question(session, world)):
            session = pressed(session, world, f"{form_name}.{open_question(session, world)}!back")
            assert open_question(session, world) == before.name
        for _step in range(40):
            name = open_question(session, world)
            if name == "review":
                break
            assert name in session.kept[form_name], f"{name} is not offered again"
            session = pressed(session, world, f"{form_name}.{name}!keep")
        assert dict(session.of(form_name)) == answers


@pytest.mark.parametrize(
    ("form_name", "after", "code", "source", "other"),
    [
        ("register", "email", "mobile_code", "mobile", "9876500000"),
        ("register", "review", "email_code", "email", "other@example.org"),
        ("recover", "id_kind", "recover_code", "mobile", "9876500000"),
        ("me", "review", "email_code", "email", "other@example.org"),
    ],
)
def test_another_address_is_proved_again(form_name: str, after: str, code: str, source: str, other: str) -> None:
    """Back over a proof, back over its address, another address typed: Keep must not give the old proof to it."""
    session, world, _screen = at(form_name, after)
    for back in (code, source):
        session = pressed(session, world, f"{form_name}.{open_question(session, world)}!back")
        assert open_question(session, world) == back
    session = typed(session, world, other)
    assert open_question(session, world) == code
    session = pressed(session, world, f"{form_name}.{code}!keep")
    assert code not in session.of(form_name), f"{other} was never proved"


def test_another_card_has_another_number() -> None:
    """Back over the number and the kind of an ID, another kind chosen: the old number is not offered for it."""
    session, world, _screen = at("register", "mobile")
    session = pressed(session, world, "register.mobile!back")
    session = pressed(session, world, "register.id_number!back")
    session = pressed(session, world, "register.id_kind=pan")
    session = pressed(session, world, "register.id_number!keep")
    assert "id_number" not in session.of("register")


def test_another_day_has_other_times() -> None:
    session, world, _screen = at("visit", "party")
    assert "time" in session.of("visit")
    session = pressed(session, world, "visit.party!back")
    session = pressed(session, world, "visit.time!back")
    assert open_question(session, world) == "date"
    other = next(
        data
        for data in buttons(session, world)
        if data.startswith("visit.date=2") and data != f"visit.date={session.kept['visit']['date']['date']}"
    )
    session = pressed(session, world, other)
    assert "time" not in session.kept["visit"]


def buttons(session: Session, world: World) -> list[str]:
    turn = stepped(session, Said("", ""), world)
    return [b.data for e in turn.effects if isinstance(e, Send) for row in e.message.buttons for b in row]


# ---------------------------------------------------------------- what people really type


@pytest.mark.parametrize("typed_as", ["{n}", "+{n}", "+91 {t}", "0{t}", "{t}"])
def test_every_mobile_number_is_taken_however_it_is_written(typed_as: str) -> None:
    """One number in ten has a check digit that makes +91... look like an Aadhaar number."""
    session, world, _screen = at("register", "mobile")
    refused = []
    for last in range(40):
        ten = f"98123459{last:02}"
        turn = stepped(session, Said(typed_as.format(n=f"91{ten}", t=ten), "5"), world)
        if turn.session.of("register").get("mobile") != f"+91{ten}":
            refused.append(ten)
    assert refused == []


def test_a_name_that_is_a_greeting_elsewhere() -> None:
    """Salam is a man's name. Where a name is asked it is taken, at the second time at the latest."""
    session, world, _screen = at("register", "father")
    session = typed(typed(session, world, "Salam"), world, "Salam")
    assert session.of("register").get("father") == "Salam"


def test_a_form_that_a_newer_release_no_longer_knows() -> None:
    """Somebody stands in a form that is gone: they can begin, finish and stop another one."""
    retired = Session(SUNITA, forms=("old_form",), answers={"old_form": {"x": 1}})
    world, screen = World(), Screen([], [])
    session = pressed(retired, world, "do=register")
    for _question in range(40):
        if session.forms[-1:] != ("register",):
            break
        session = gone_on(session, world, screen, good(session, world, screen))
    assert world.visitors, "the registration was never finished"
    stopped = pressed(pressed(retired, world, "do=visit"), world, "visit.jail!stop")
    assert "visit" not in stopped.forms


def test_a_code_that_was_ended_by_a_newer_number_says_so() -> None:
    """A to B and back to A: A's first code is dead. Typing it must not ask to type it once more, for ever."""
    session, world, _screen = at("register", "mobile_code")
    first = world.right(SUNITA, "mobile_code")
    session = typed(pressed(session, world, "register.mobile_code=change"), world, "9876500000")
    session = typed(pressed(session, world, "register.mobile_code=change"), world, "9812345678")
    turn = stepped(session, Said(first, "5"), world)
    assert not any(isinstance(e, Guess) for e in turn.effects), "a dead code is compared"
