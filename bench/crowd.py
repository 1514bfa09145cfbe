"""The crowd: scripted visitors who write again once they were answered, and what each of them had to wait.

Nothing here does I/O: updates go out by `post`, times come from `clock`, pauses by `later`.
"""

import json
import random
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from bench.forms import FIRST, Form, email, mobile

PATIENCE = 3  # so often a question is asked again before a visitor gives up

Keyboard = list[list[dict[str, Any]]]


@dataclass(frozen=True, slots=True)
class Load:
    """`at_once` visitors are in the talk, `in_all` there are to come; each waits about `think` seconds before the next
    message. They come within `ramp` seconds, the first `warm` are not measured, the next `seconds` are; zero: until
    the first who leaves is followed by nobody. Letters to every `slow_every`th visitor are the slow ones."""

    at_once: int = 200
    in_all: int = 400
    think: float = 0.0
    ramp: float = 0.0
    warm: float = 0.0
    seconds: float = 0.0
    slow_every: int = 0

    def slow(self, number: int) -> bool:
        return bool(self.slow_every) and number % self.slow_every == 0


@dataclass(slots=True, eq=False)
class Visitor:
    number: int
    answering: int | None = None  # the place of the question in the form
    waiting: bool = False
    written: float = 0.0
    handed: float = 0.0
    keyboard: Keyboard = field(default_factory=list)
    keyboard_of: int = 0
    asked: Counter[int] = field(default_factory=Counter)

    @property
    def chat(self) -> int:
        return FIRST + self.number


@dataclass(slots=True)
class Measured:
    """Seconds, each list one figure an update: `answered` from the moment the bot got it, `felt` from when it was
    written. `codes`: from the question for a code until the code was there."""

    answers: int = 0
    answered: list[float] = field(default_factory=list)
    felt: list[float] = field(default_factory=list)
    codes: dict[str, list[float]] = field(default_factory=lambda: {"sms": [], "email": []})


class Crowd:
    """`post` hands an update to the bot's queue; `ended` is called once, when the measuring is over."""

    def __init__(
        self,
        form: Form,
        load: Load,
        clock: Callable[[], float],
        later: Callable[[float, Callable[[], None]], Any],
        post: Callable[[Visitor, int, bytes], None],
        ended: Callable[[], None],
    ) -> None:
        self.form = form
        self.load = load
        self.clock = clock
        self.later = later
        self.post = post
        self.ended = ended
        self.random = random.Random(1)
        self.visitors: dict[int, Visitor] = {}
        self.codes: dict[str, str] = {}
        self.reached: set[str] = set()
        self.asked_for: dict[str, float] = {}
        self.wanted: dict[str, Visitor] = {}
        self.measured = Measured()
        self.measuring = False
        self.over = False
        self.finished = 0
        self.odd: Counter[str] = Counter()
        self._updates = 0
        self._messages = 0

    def begin(self) -> None:
        for _place in range(min(self.load.at_once, self.load.in_all)):
            if self.load.ramp:
                self.later(self.random.random() * self.load.ramp, self._enter)
            else:
                self._enter()

    def measure(self) -> None:
        """From here on it counts."""
        self.measuring = True
        if self.load.seconds:
            self.later(self.load.seconds, self._end)

    def number_of_message(self) -> int:
        self._messages += 1
        return self._messages

    def _end(self) -> None:
        if not self.over:
            self.over = True
            self.ended()

    # ---------------------------------------------------------------- coming and going

    def _enter(self) -> None:
        visitor = Visitor(len(self.visitors))
        self.visitors[visitor.chat] = visitor
        self._write(visitor, self.form.opening)

    def _leave(self) -> None:
        if len(self.visitors) < self.load.in_all:
            self._enter()
        elif not self.load.seconds:
            self._end()

    # ---------------------------------------------------------------- what the bot says

    def heard(self, chat: int, text: str, keyboard: Keyboard, message: int) -> None:
        """A new message of the bot's. Only the one that is waited for is an answer."""
        visitor = self.visitors.get(chat)
        if visitor is None or self.over:
            return
        if keyboard:
            visitor.keyboard, visitor.keyboard_of = keyboard, message
        if not visitor.waiting:
            self.odd["said without being asked"] += 1
            return
        if self.form.closing in text:
            self._answered(visitor)
            self.finished += 1
            self._leave()
            return
        place = self.form.answer_to(text)
        if place is None:
            self.odd[f"not understood: {text[:60]!r}"] += 1
            return
        self._answered(visitor)
        visitor.asked[place] += 1
        if visitor.asked[place] > 1:
            self.odd[f"asked again: {text[:60]!r}"] += 1
        if visitor.asked[place] > PATIENCE:
            self._leave()
            return
        visitor.answering = place
        if self.form.answers[place].code:
            self.asked_for[self._address(visitor, place)] = self.clock()
        self._think(visitor)

    def _answered(self, visitor: Visitor) -> None:
        now = self.clock()
        visitor.waiting = False
        if not self.measuring:
            return
        self.measured.answers += 1
        there = self.form.answers[visitor.answering] if visitor.answering is not None else None
        if there and there.mails and self.load.slow(visitor.number):
            return
        self.measured.answered.append(now - visitor.handed)
        self.measured.felt.append(now - visitor.written)

    # ---------------------------------------------------------------- what a visitor says

    def _think(self, visitor: Visitor) -> None:
        if self.load.think:
            self.later(self.load.think * (0.5 + self.random.random()), lambda: self._reply(visitor))
        else:
            self._reply(visitor)

    def _reply(self, visitor: Visitor) -> None:
        if self.over or visitor.answering is None:
            return
        answer = self.form.answers[visitor.answering]
        if answer.press:
            self._press(visitor, answer.press)
        elif answer.code:
            address = self._address(visitor, visitor.answering)
            if address in self.codes:
                self._write(visitor, self.codes.pop(address))
            else:
                self.wanted[address] = visitor
        else:
            self._write(visitor, answer.text.format(n=visitor.number))

    def _address(self, visitor: Visitor, place: int) -> str:
        return mobile(visitor.number) if self.form.answers[place].code == "sms" else email(visitor.number)

    def code_came(self, address: str, digits: str) -> None:
        """By SMS or e-mail, whether somebody looks for it already or not yet. Later letters hold numbers too."""
        if address in self.reached:
            return
        self.reached.add(address)
        if self.measuring:
            now = self.clock()
            took = now - self.asked_for.get(address, now)  # it may overtake the words that ask for it
            self.measured.codes["email" if "@" in address else "sms"].append(took)
        visitor = self.wanted.pop(address, None)
        if visitor is None:
            self.codes[address] = digits
        elif not self.over:
            self._write(visitor, digits)

    def _write(self, visitor: Visitor, text: str) -> None:
        visitor.written = self.clock()
        message = {"message_id": self.number_of_message(), "date": int(visitor.written), "text": text} | _who(visitor)
        if text.startswith("/"):
            message["entities"] = [{"offset": 0, "length": len(text), "type": "bot_command"}]
        self._post(visitor, {"message": message})

    def _press(self, visitor: Visitor, label: str) -> None:
        buttons = [button for row in visitor.keyboard for button in row]
        data = next((b.get("callback_data", "") for b in buttons if label in b["text"]), None)
        if data is None:
            self.odd[f"no button {label!r}"] += 1
            return
        visitor.written = self.clock()
        who = _who(visitor)
        there = {"message_id": visitor.keyboard_of, "date": int(visitor.written), "text": "…"}
        under = there | {"chat": who["chat"], "from": BOT}
        press = {"id": str(self._updates + 1), "from": who["from"], "chat_instance": "1", "data": data}
        self._post(visitor, {"callback_query": press | {"message": under}})

    def _post(self, visitor: Visitor, update: dict[str, Any]) -> None:
        self._updates += 1
        visitor.waiting, visitor.handed = True, 0.0
        update["update_id"] = self._updates
        self.post(visitor, self._updates, json.dumps(update, separators=(",", ":")).encode())


BOT = {"id": 4242, "is_bot": True, "first_name": "Bot", "username": "bench_bot"}


def _who(visitor: Visitor) -> dict[str, Any]:
    name = f"Visitor{visitor.number}"
    person = {"id": visitor.chat, "is_bot": False, "first_name": name, "language_code": "en"}
    return {"from": person, "chat": {"id": visitor.chat, "first_name": name, "type": "private"}}
