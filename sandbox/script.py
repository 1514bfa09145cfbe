"""A scene's lines, as people write them.

    A: /register                says; A and B are fresh people of the crowd, 101 would be somebody of the cast
    A B: [English]              presses, A and then B: in the newest message that has it, the first button that matches
    201@-1001: [Approve]        in a group
    A: [last: 🟢] A: [2: 🟢]    the last, or the second, of the buttons that match
    201@-1001: {reply} words    in reply to the bot's newest message there
    A: {sms} A: {mail}          the newest six digits that were sent to A
    A: {name} {phone} {user}    what A is called, ten digits, and the short name; {name B} is another's
    A? regex                    waits for something that the bot said or changed since A did something, or heard it
    clock +61s                  s, m, h or d
    clock 6h before A? regex    to the time in the pattern's brackets, such as Thursday 3 December 2026, 9:30 am

What is pressed, or sent by post, is waited for.
"""

import re
from dataclasses import dataclass
from datetime import timedelta

LETTERS = "AB"
UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}


@dataclass(frozen=True, slots=True)
class Line:
    """One line: `heads` are (who, group) pairs; verb: does, hears, moves (by a time) or goes (to a time that was told).

    move: how far, backwards when negative.
    """

    words: str
    verb: str
    heads: tuple[tuple[str, int], ...] = ()
    rest: str = ""
    move: timedelta = timedelta(0)


_WHO = rf"(?:[{LETTERS}]|\d+)(?:@-\d+)?"
_HEADED = re.compile(rf"(?P<heads>{_WHO}(?: {_WHO})*)(?P<sign>[:?]) (?P<rest>.+)", re.DOTALL)
_CLOCK = re.compile(r"clock \+(?P<number>\d+)(?P<unit>[smhd])")
_GOES = re.compile(rf"clock (?P<number>\d+)(?P<unit>[smhd]) (?P<way>before|after) (?P<head>{_WHO})\? (?P<rest>.+)")


def read(words: str) -> Line:
    """ValueError for a line that says nothing that can be played."""
    if found := _HEADED.fullmatch(words):
        heads = tuple(_head(one) for one in found["heads"].split())
        return Line(words, "does" if found["sign"] == ":" else "hears", heads, found["rest"])
    if found := _CLOCK.fullmatch(words):
        return Line(words, "moves", move=_span(found))
    if found := _GOES.fullmatch(words):
        move = _span(found) * (1 if found["way"] == "after" else -1)
        return Line(words, "goes", (_head(found["head"]),), found["rest"], move)
    raise ValueError(f"a scene can't play {words!r}")


def _head(text: str) -> tuple[str, int]:
    who, _at, group = text.partition("@")
    return who, int(group or 0)


def needs_crowd(line: Line) -> bool:
    return any(who in LETTERS for who, _group in line.heads)


def _span(found: re.Match[str]) -> timedelta:
    return timedelta(**{UNITS[found["unit"]]: int(found["number"])})
