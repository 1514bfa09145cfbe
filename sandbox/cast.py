"""Who is in the town: the bot, the people, their groups, and the phones that the page shows."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

TOKEN = r"[0-9]+:[A-Za-z0-9_-]+"  # what Telegram takes for one at all
MANY = 100_000  # people in a crowd


@dataclass(frozen=True, slots=True)
class Person:
    """A Telegram account; `phone` is what sharing one's contact gives away.

    A bot can't write to a person first: `met` says that this one has spoken with it before the story begins.
    """

    id: int
    name: str
    username: str = ""
    phone: str = ""
    language: str = "en"
    met: bool = False

    def as_user(self, is_bot: bool = False) -> dict[str, Any]:
        """As Telegram writes a User."""
        first, _space, last = self.name.partition(" ")
        out: dict[str, Any] = {"id": self.id, "is_bot": is_bot, "first_name": first}
        if last:
            out["last_name"] = last
        if self.username:
            out["username"] = self.username
        if not is_bot:
            out["language_code"] = self.language
        return out


@dataclass(frozen=True, slots=True)
class Group:
    """A supergroup; ids of groups are negative. The bot is a member, an admin when `admins` names it too; not at all
    with `bot` False.
    """

    id: int
    title: str
    members: tuple[int, ...]
    admins: tuple[int, ...] = ()
    bot: bool = True


@dataclass(frozen=True, slots=True)
class Phone:
    """One screen on the page: whose, and which chat it shows."""

    label: str
    person: int
    chat: int


@dataclass(frozen=True, slots=True)
class Crowd:
    """People whom nobody writes down: from the number `first` on there is always one more, named in turn.

    `mobile` is the first one's number; each of the others has the next one.
    """

    first: int
    names: tuple[str, ...]
    mobile: int

    def person(self, number: int) -> Person | None:
        place = number - self.first
        if not 0 <= place < MANY:
            return None
        name = self.names[place % len(self.names)]
        short = re.sub(r"[^a-z]", "", name.partition(" ")[0].lower())
        return Person(number, name, username=f"{short}{place + 1}", phone=f"+{self.mobile + place}")


@dataclass(frozen=True, slots=True)
class Scene:
    """A story played up to its moment: `lines` as `script.py` reads them, `then` what a person does next.

    phones: (label, who) that the page shows instead of its own, `who` one of the crowd's letters or a person's number.
    """

    label: str
    lines: tuple[str, ...]
    then: str
    phones: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Cast:
    """Everything that is there at the start. `hints`: (label, text) that the page offers to insert; `own_hints`:
    (person, label, text), offered on that person's phone alone.

    `privacy`: in a group the bot hears commands and replies to itself only, as Telegram's bots do unless @BotFather is
    told otherwise, or unless the bot is an admin there. Raises ValueError for a cast that can't be.
    """

    title: str
    token: str
    bot: Person
    people: tuple[Person, ...]
    groups: tuple[Group, ...] = ()
    phones: tuple[Phone, ...] = ()
    hints: tuple[tuple[str, str], ...] = ()
    privacy: bool = True
    own_hints: tuple[tuple[int, str, str], ...] = ()
    scenes: tuple[Scene, ...] = ()
    crowd: Crowd | None = None

    def __post_init__(self) -> None:
        if not re.fullmatch(TOKEN, self.token):
            raise ValueError(f"a bot's token looks like 4242:letters, not like {self.token!r}")
        numbers = [self.bot.id, *(one.id for one in self.people), *(one.id for one in self.groups)]
        twice = {number for number in numbers if numbers.count(number) > 1}
        if twice:
            raise ValueError(f"the cast names {min(twice)} twice")
        if any(one.id <= 0 for one in (self.bot, *self.people)) or any(one.id >= 0 for one in self.groups):
            raise ValueError("people have positive ids, groups negative ones")
        for group in self.groups:
            for number in {*group.members, *group.admins} - {self.bot.id}:
                if self.person(number) is None:
                    raise ValueError(f"the group {group.title!r} names {number}, who is not in the cast")
        for phone in self.phones:
            known = self.person(phone.chat) if phone.chat > 0 else self.group(phone.chat)
            if self.person(phone.person) is None or known is None:
                raise ValueError(f"the phone {phone.label!r} names a person or chat that is not in the cast")
        if self.crowd and not (self.crowd.names and self.crowd.first > max(numbers)):
            raise ValueError("a crowd has names, and its numbers begin above everybody's")
        labels = [scene.label for scene in self.scenes]
        if len(set(labels)) < len(labels):
            raise ValueError("two scenes have the same label")

    def person(self, number: int) -> Person | None:
        known = next((one for one in self.people if one.id == number), None)
        return known or (self.crowd.person(number) if self.crowd else None)

    def group(self, number: int) -> Group | None:
        return next((one for one in self.groups if one.id == number), None)


def cast_from_json(data: Mapping[str, Any]) -> Cast:
    """The same from a JSON file; KeyError, TypeError or ValueError when something is missing or wrong."""
    return Cast(
        title=data["title"],
        token=data["token"],
        bot=Person(**data["bot"]),
        people=tuple(Person(**one) for one in data["people"]),
        groups=tuple(
            Group(one["id"], one["title"], tuple(one["members"]), tuple(one.get("admins", ())), one.get("bot", True))
            for one in data.get("groups", ())
        ),
        phones=tuple(Phone(**one) for one in data.get("phones", ())),
        hints=tuple((label, text) for label, text in data.get("hints", ())),
        privacy=data.get("privacy", True),
        own_hints=tuple((person, label, text) for person, label, text in data.get("own_hints", ())),
        scenes=tuple(
            Scene(one["label"], tuple(one["lines"]), one["then"], tuple((a, b) for a, b in one.get("phones", ())))
            for one in data.get("scenes", ())
        ),
        crowd=_crowd(data.get("crowd")),
    )


def _crowd(data: Mapping[str, Any] | None) -> Crowd | None:
    return Crowd(data["first"], tuple(data["names"]), data["mobile"]) if data else None
