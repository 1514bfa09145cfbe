"""Who is in the town: the bot, the people, their groups, and the phones that the page shows."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Person:
    """A Telegram account; `phone` is what sharing one's contact gives away."""

    id: int
    name: str
    username: str = ""
    phone: str = ""
    language: str = "en"

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
    """A supergroup; ids of groups are negative."""

    id: int
    title: str
    members: tuple[int, ...]
    admins: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Phone:
    """One screen on the page: whose, and which chat it shows."""

    label: str
    person: int
    chat: int


@dataclass(frozen=True, slots=True)
class Cast:
    """Everything that is there at the start. `hints`: (label, text) that the page offers to insert."""

    title: str
    token: str
    bot: Person
    people: tuple[Person, ...]
    groups: tuple[Group, ...] = ()
    phones: tuple[Phone, ...] = ()
    hints: tuple[tuple[str, str], ...] = ()

    def person(self, number: int) -> Person | None:
        return next((one for one in self.people if one.id == number), None)

    def group(self, number: int) -> Group | None:
        return next((one for one in self.groups if one.id == number), None)


def cast_from_json(data: Mapping[str, Any]) -> Cast:
    """The same from a JSON file; KeyError or TypeError when something is missing."""
    return Cast(
        title=data["title"],
        token=data["token"],
        bot=Person(**data["bot"]),
        people=tuple(Person(**one) for one in data["people"]),
        groups=tuple(
            Group(one["id"], one["title"], tuple(one["members"]), tuple(one.get("admins", ())))
            for one in data.get("groups", ())
        ),
        phones=tuple(Phone(**one) for one in data.get("phones", ())),
        hints=tuple((label, text) for label, text in data.get("hints", ())),
    )
