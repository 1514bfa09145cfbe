"""Small ways of writing a question: fixed words, a fixed list of choices, a choice worded again."""

from collections.abc import Callable, Mapping
from datetime import date

from dialogue.everyday import Words
from dialogue.form import Choice, Choices, Here
from dialogue.model import Json
from dialogue.words import Text, verbatim

NO_WORDS: Words = {}


def said(*words: Text) -> Callable[[Here], tuple[Text, ...]]:
    return lambda _here: words


def named(names: Mapping[str, Text]) -> Callable[[Json, Here], Text]:
    return lambda value, _here: names.get(str(value)) or verbatim(str(value))


def listed(names: Mapping[str, Text], a_row: int = 1, also: Words = NO_WORDS) -> Callable[[Here], Choices]:
    flat = [Choice(text, value, also.get(value, ())) for value, text in names.items()]
    rows = tuple(tuple(flat[i : i + a_row]) for i in range(0, len(flat), a_row))
    return lambda _here: rows


def today(here: Here) -> date:
    """The day it is where the jails are."""
    return here.facts.now.astimezone(here.facts.house.zone).date()
