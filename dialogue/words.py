"""Words still to be translated: the English sentence is the key, and its parameters travel beside it."""

from collections.abc import Callable, Mapping
from datetime import date, datetime, time

from msgspec import Struct

from visits.otp import Challenge


class CodeOf(Struct, frozen=True):
    """Stands for a one-time code in a text: only the postman turns it into digits, as the message leaves."""

    challenge: Challenge
    talk: str


class Text(Struct, frozen=True):
    """One sentence or line. `msgid` is English with `{name}` places and `**bold**`; a `datetime` (aware) is shown in
    the product's time zone, a `date` and a `time` as they are, a nested `Text` is translated first."""

    msgid: str
    params: Mapping[str, "Param"] = {}


Param = str | int | date | datetime | time | Text | CodeOf


def _(msgid: str, /, **params: Param) -> Text:
    """Mark a sentence for translation where it stands."""
    return Text(msgid, params)


def verbatim(text: str) -> Text:
    """What a person typed or a list names: never translated."""
    return Text("{text}", {"text": text})


def link(address: str) -> Text:
    """An address of ours that can be followed: never one that a person typed."""
    return Text("{link}", {"link": address})


def line(label: Text, value: Text) -> Text:
    """`Label: value`, the shape of every summary."""
    return Text("{label}: **{value}**", {"label": label, "value": value})


BLANK = Text("")

Speech = Callable[[Text, str], str]  # how a label is said in a language


def in_english(text: Text, _locale: str = "en") -> str:
    """A label as it stands in the source; what only a channel can word (a day, a code) is left out."""
    plain = {name: in_english(it) if isinstance(it, Text) else str(it) for name, it in text.params.items()}
    return text.msgid.format(**plain) if text.params else text.msgid
