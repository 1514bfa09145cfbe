"""Scenes: a story of the cast played up to its moment, line by line, by the same doors that the page uses.

`script.py` says how a line is written. What is pressed, or sent by post, is waited for.
"""

import asyncio
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

from sandbox import people
from sandbox.cast import Scene
from sandbox.errors import ApiError
from sandbox.script import LETTERS, Line, needs_crowd, read
from sandbox.world import Message, World

PATIENCE = 15.0  # seconds for one line
INDIA = ZoneInfo("Asia/Kolkata")  # the zone of the page's clock, and of the times that people are told
TIME = "%A %d %B %Y, %I:%M %p"

T = TypeVar("T")

# ---------------------------------------------------------------- playing


@dataclass(slots=True)
class Player:
    """One scene being played. `marks`: up to which event each chat was heard; `used`: letters whose code was taken."""

    world: World
    people: Mapping[str, int]
    since: int = 0
    marks: dict[int, int] = field(default_factory=dict)
    used: set[tuple[str, int]] = field(default_factory=set)

    async def play(self, line: Line) -> None:
        """ValueError, or ApiError, in a sentence, when it can't be."""
        match line.verb:
            case "moves":
                self.world.clock.forward(line.move.total_seconds())
            case "goes":
                await self._go(line)
            case "hears":
                for head in line.heads:
                    chat = self._chat(head)
                    self.marks[chat] = (await self._heard(chat, line.rest, self.marks.get(chat, self.since)))["seq"]
            case _does:
                for head in line.heads:
                    await self._act(self._number(head[0]), self._chat(head), line.rest)

    def _number(self, who: str) -> int:
        return self.people[who] if who in self.people else int(who)

    def _chat(self, head: tuple[str, int]) -> int:
        return head[1] or self._number(head[0])

    async def _act(self, person: int, chat: int, what: str) -> None:
        who = {"person": person, "chat": chat}
        if pressed := re.fullmatch(r"\[(?:(last|\d+): )?(.+)\]", what):
            place = -1 if pressed[1] == "last" else int(pressed[1] or 1) - 1
            number, data = await self._wait(lambda: self._button(chat, pressed[2], place), f"no button {what} came")
            self.marks[chat] = self.world.journal.seq
            people.press(self.world, {**who, "message_id": number, "data": data})
            return
        reply = what.startswith("{reply} ")
        text = await self._filled(what.removeprefix("{reply} "), person)
        answered = {"reply_to": self._newest(chat)} if reply else {}
        self.marks[chat] = self.world.journal.seq
        with self.world.journal.together():
            people.say(self.world, {**who, "text": text, **answered})

    async def _go(self, line: Line) -> None:
        """To a time that somebody was told; where it's past already, nowhere."""
        told = await self._heard(self._chat(line.heads[0]), line.rest, 0)
        found = re.search(line.rest, told["text"], re.IGNORECASE | re.DOTALL)
        if not found or not found.groups():
            raise ValueError(f"{line.rest!r} has no brackets around a time")
        there = datetime.strptime(found[1], TIME).replace(tzinfo=INDIA) + line.move
        self.world.clock.forward(max(0.0, (there - self.world.clock.now()).total_seconds()))

    # ------------------------------------------------------------ what is there

    async def _wait(self, look: Callable[[], T | None], otherwise: str) -> T:
        """What `look` finds, as soon as it does."""
        loop = asyncio.get_running_loop()
        end = loop.time() + PATIENCE
        while True:
            seq = self.world.journal.seq
            found = look()
            if found is not None:
                return found
            if loop.time() >= end:
                raise ValueError(f"{otherwise} in {PATIENCE:g} seconds")
            await self.world.journal.wait(seq, end - loop.time())

    def _said(self, chat: int) -> list[Message]:
        """What the bot says there, newest first."""
        there = self.world.messages.get(chat, {}).values()
        return [m for m in reversed(there) if m["from"]["is_bot"] and not m["deleted"]]

    def _newest(self, chat: int) -> int:
        said = self._said(chat)
        if not said:
            raise ValueError("there is nothing to reply to")
        return int(said[0]["message_id"])

    def _button(self, chat: int, wanted: str, place: int) -> tuple[int, str] | None:
        for message in self._said(chat):
            flat = [button for row in message["inline_keyboard"] or () for button in row]
            fits = [b for b in flat if re.search(wanted, b["text"], re.IGNORECASE) and "data" in b]
            if fits and len(fits) > place:
                return message["message_id"], fits[place]["data"]
        return None

    async def _heard(self, chat: int, wanted: str, mark: int) -> Message:
        def look() -> Message | None:
            fits = [
                m
                for m in self._said(chat)
                if m["seq"] > mark and re.search(wanted, m["text"], re.IGNORECASE | re.DOTALL)
            ]
            return fits[0] if fits else None

        return await self._wait(look, f"{wanted!r} was not said")

    async def _filled(self, text: str, person: int) -> str:
        """The words in braces replaced."""
        out, at = "", 0
        for found in re.finditer(r"\{(sms|mail|name|phone|user)(?: (\w+))?\}", text):
            who = self._number(found[2]) if found[2] else person
            out, at = out + text[at : found.start()] + await self._word(found[1], who), found.end()
        return out + text[at:]

    async def _word(self, word: str, who: int) -> str:
        somebody = self.world.cast.person(who)
        if somebody is None:
            raise ValueError(f"there is no person {who} in the cast")
        if word in ("sms", "mail"):
            address = somebody.phone if word == "sms" else f"{somebody.username}@"
            return await self._wait(lambda: self._code(word, address), f"no code came by {word} to {address}")
        return {"name": somebody.name, "phone": somebody.phone[-10:], "user": somebody.username}[word]

    def _code(self, box: str, address: str) -> str | None:
        for letter in reversed(self.world.mail if box == "mail" else self.world.sms):
            if (box, letter["id"]) in self.used or not letter["to"].startswith(address):
                continue
            if found := re.search(r"\b\d{6}\b", letter["text"]):
                self.used.add((box, letter["id"]))
                return found[0]
        return None


# ---------------------------------------------------------------- one at a time


class Scenes:
    """The cast's scenes. `shown` is the one that is played, or was last: it outlives a restart, half a scene doesn't.

    {"label", "state": playing | ready | failed, "done", "of", "then", "error", "phones", "people"}, or {} for none.
    """

    def __init__(self, world: World) -> None:
        self.world = world
        self.scenes = {one.label: (one, tuple(read(line) for line in one.lines)) for one in world.cast.scenes}
        self.shown: dict[str, Any] = {}
        self._playing: asyncio.Task[None] | None = None
        if world.cast.scenes and world.cast.crowd is None:
            strangers = [line.words for _scene, lines in self.scenes.values() for line in lines if needs_crowd(line)]
            if strangers:
                raise ValueError(f"{strangers[0]!r} needs somebody of a crowd, and the cast has none")
        for event in world.journal.past():
            if event["kind"] == "scene":
                self._show(event["data"])
        if self.shown.get("state") == "playing":
            self.shown |= {"state": "failed", "error": "It was interrupted. Play it again from the menu."}

    def labels(self) -> list[str]:
        return list(self.scenes)

    def play(self, data: Mapping[str, Any]) -> dict[str, Any]:
        """Begins `name`; an empty name puts the last scene away. ValueError in a sentence when it can't begin."""
        label = str(data["name"])
        if self._playing and not self._playing.done():
            raise ValueError(f"“{self.shown['label']}” is being played: wait until it has come to its moment")
        if not label:
            self._tell({})
            return {}
        if label not in self.scenes:
            raise ValueError(f"there is no scene “{label}”")
        scene, lines = self.scenes[label]
        fresh = self._fresh()
        self._tell({"label": label, "state": "playing", "done": 0, "of": len(lines), **self._on_page(scene, fresh)})
        self._playing = asyncio.create_task(self._play(lines, fresh), name=f"scene {label}")
        return self.shown

    async def stop(self) -> None:
        if self._playing:
            self._playing.cancel()
            await asyncio.wait({self._playing})

    async def _play(self, lines: tuple[Line, ...], fresh: Mapping[str, int]) -> None:
        player = Player(self.world, fresh, self.world.journal.seq)
        for done, line in enumerate(lines):
            try:
                await player.play(line)
            except (ApiError, ValueError, LookupError) as error:
                words = f"It stopped at “{line.words}”: {error}."
                self._tell({**self.shown, "state": "failed", "error": words})
                return
            self._tell({"done": done + 1})
        self._tell({"state": "ready"})

    def _fresh(self) -> dict[str, int]:
        """The next two of the crowd, after those who have spoken and those whom the last scene had."""
        crowd = self.world.cast.crowd
        if crowd is None:
            return {}
        known = [*self.world.messages, *self.shown.get("fresh", {}).values()]
        last = max((number for number in known if number >= crowd.first), default=crowd.first - 1)
        first = crowd.first + -(-(last + 1 - crowd.first) // len(LETTERS)) * len(LETTERS)
        return {letter: first + place for place, letter in enumerate(LETTERS)}

    def _on_page(self, scene: Scene, fresh: Mapping[str, int]) -> dict[str, Any]:
        """What the page shows of it: its phones before those of groups, and who they are."""
        family = [(label, fresh[who] if who in fresh else int(who)) for label, who in scene.phones]
        phones = [{"label": label, "person": number, "chat": number} for label, number in family]
        groups = [
            {"label": one.label, "person": one.person, "chat": one.chat}
            for one in self.world.cast.phones
            if one.chat < 0
        ]
        known = [self.world.cast.person(number) for number in fresh.values()]
        people_ = [{"id": p.id, "name": p.name, "username": p.username, "phone": p.phone} for p in known if p]
        names = {letter: p.name.split()[0] for letter, p in zip(fresh, known, strict=True) if p}
        then = re.sub(r"\{name (\w)\}", lambda found: names.get(found[1], found[0]), scene.then)
        return {
            "then": then, "error": "", "fresh": dict(fresh), "people": people_,
            "phones": [*phones, *groups] if phones else [],
        }  # fmt: skip

    def _tell(self, data: dict[str, Any]) -> None:
        self._show(data)
        self.world.journal.write("scene", data)

    def _show(self, data: dict[str, Any]) -> None:
        """A whole scene, or what has changed of it."""
        self.shown = {**self.shown, **data} if data and "label" not in data else dict(data)
