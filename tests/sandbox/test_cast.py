"""A cast that can't be is refused in a sentence; one from a file is the same as one from code."""

import json
from dataclasses import asdict, replace

import pytest

from sandbox import Cast, Group, Person, Phone
from sandbox.cast import cast_from_json
from tests.sandbox.ground import CAST


def test_from_a_file_it_is_the_same() -> None:
    assert cast_from_json(json.loads(json.dumps(asdict(CAST)))) == CAST


WRONG: tuple[tuple[dict[str, object], str], ...] = (
    ({"token": "nonsense"}, "token looks like"),
    ({"people": (Person(101, "A"), Person(101, "B"))}, "101 twice"),
    ({"people": (Person(4242, "A"),)}, "4242 twice"),
    ({"people": (Person(-1, "A"),)}, "positive ids"),
    ({"groups": (Group(1, "A", ()),)}, "groups negative"),
    ({"groups": (Group(-1, "A", (7,)),)}, "names 7"),
    ({"phones": (Phone("x", 101, -7),)}, "not in the cast"),
)


@pytest.mark.parametrize(("change", "words"), WRONG)
def test_what_cannot_be(change: dict[str, object], words: str) -> None:
    bare = Cast(CAST.title, CAST.token, CAST.bot, CAST.people)
    with pytest.raises(ValueError, match=words):
        replace(bare, **change)  # type: ignore[arg-type]


def test_what_is_missing_in_a_file_is_named() -> None:
    data = asdict(CAST)
    del data["bot"]
    with pytest.raises(KeyError, match="bot"):
        cast_from_json(data)
