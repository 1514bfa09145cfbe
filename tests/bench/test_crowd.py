"""The crowd of the bench: it answers what it is asked, waits for its codes, and says so when something is odd."""

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from bench.crowd import Crowd, Keyboard, Load, Visitor
from bench.first_row import question
from bench.forms import FIRST, PLAIN, QUESTIONS, REGISTRATION, Form
from tests.support.stage import Stage, staged


@dataclass
class World:
    """Time stands until it is moved, and pauses are over at once."""

    now: float = 1000.0
    posted: list[tuple[Visitor, dict[str, Any]]] = field(default_factory=list)
    ended: int = 0

    def crowd(self, form: Form, load: Load) -> Crowd:
        def post(visitor: Visitor, _number: int, update: bytes) -> None:
            visitor.handed = self.now
            self.posted.append((visitor, json.loads(update)))

        def end() -> None:
            self.ended += 1

        return Crowd(form, load, lambda: self.now, lambda _seconds, what: what(), post, end)


def plain_bot(world: World, crowd: Crowd) -> None:
    """Asks the plain form of everybody, and takes a hundredth of a second for each answer."""
    places: dict[int, int] = {}
    while world.posted and not world.ended:
        visitor, _update = world.posted.pop(0)
        place = places[visitor.chat] = places.get(visitor.chat, 0) + 1
        world.now += 0.01
        crowd.heard(visitor.chat, question(place) if place <= QUESTIONS else "Done.", [], place)


def test_who_leaves_is_followed_until_nobody_is_left() -> None:
    world = World()
    crowd = world.crowd(PLAIN, Load(at_once=2, in_all=5))
    crowd.measure()
    crowd.begin()
    plain_bot(world, crowd)
    assert (world.ended, len(crowd.visitors), crowd.odd) == (1, 5, {})
    assert crowd.measured.answers == len(crowd.measured.felt)
    assert min(crowd.measured.felt) > 0.009


def test_a_slow_letter_is_no_other_visitors_figure() -> None:
    world = World()
    crowd = world.crowd(PLAIN, Load(at_once=1, in_all=1, slow_every=1))
    crowd.measure()
    crowd.begin()
    plain_bot(world, crowd)
    assert len(crowd.measured.felt) == crowd.measured.answers - 1 == QUESTIONS


def test_a_question_asked_again_and_words_nobody_understands_are_odd() -> None:
    world = World()
    crowd = world.crowd(PLAIN, Load(at_once=1, in_all=1))
    crowd.begin()
    for words in (question(1), "Sorry?", question(1)):
        crowd.heard(FIRST, words, [], 1)
    assert sorted(crowd.odd) == [f"asked again: {question(1)[:60]!r}", "not understood: 'Sorry?'"]


def test_a_code_may_come_before_or_after_it_is_looked_for() -> None:
    world = World()
    crowd = world.crowd(REGISTRATION, Load(at_once=1, in_all=1))
    crowd.measure()
    crowd.begin()
    crowd.code_came("+919800000000", "111111")
    crowd.heard(FIRST, "We send a code by SMS to …", [], 1)
    assert world.posted[-1][1]["message"]["text"] == "111111"
    crowd.heard(FIRST, "We send a code by e-mail to …", [], 2)
    world.now += 2.0
    crowd.code_came("visitor0@example.org", "222222")
    assert world.posted[-1][1]["message"]["text"] == "222222"
    assert crowd.measured.codes == {"sms": [0.0], "email": [2.0]}


async def test_the_products_registration_is_walked_without_an_odd_word(tmp_path: Path) -> None:
    """The bench measures nothing when a question got other words: this test fails then."""
    world = World()
    crowd = world.crowd(REGISTRATION, Load(at_once=1, in_all=1))
    crowd.begin()
    async with staged(tmp_path) as stage:
        while world.posted and not world.ended:
            _visitor, update = world.posted.pop(0)
            await overheard(stage, crowd, update)
    assert (crowd.finished, crowd.odd, world.ended) == (1, {}, 1)


async def overheard(stage: Stage, crowd: Crowd, update: dict[str, Any]) -> None:
    """One update handled, and all that it led to told to the crowd."""
    before = len(stage.heard)
    await stage.arrive(update)
    for one in stage.heard[before:]:
        if one.what == "say" and one.rendered and one.to.channel == "telegram":
            crowd.heard(int(one.to.id), one.rendered.plain, keyboard(one.rendered.buttons), int(one.id))
        elif one.rendered and any(word.isdigit() and len(word) == 6 for word in one.rendered.plain.split()):
            crowd.code_came(one.to.id, stage.code(one.to.id, one.to.channel))


def keyboard(rows: tuple[tuple[tuple[str, str], ...], ...]) -> Keyboard:
    return [[{"text": label, "callback_data": data} for label, data in row] for row in rows]
