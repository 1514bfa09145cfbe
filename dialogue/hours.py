"""A time of day as people type it: every time that may be meant. Which of them is open is asked elsewhere."""

import re
from datetime import time

from visits.text import normalise

# The hours that a word leaves possible, the last one left out.
PARTS = {
    ("am", "morning", "subah", "savere", "सुबह", "सवेरे"): (0, 12),
    ("pm", "evening", "night", "shaam", "sham", "raat", "शाम", "रात"): (12, 24),
    ("noon", "afternoon", "dopahar", "dopehar", "दोपहर"): (10, 17),
}
HALF_PAST = ("साढ़े", "sadhe", "saadhe", "half past")
BESIDE = (
    "at", "o'clock", "o’clock", "oclock", "hrs", "hours", "in the", "baje", "bajey", "ko", "me", "mein", "बजे", "को",
    "में",
)  # fmt: skip

_PARTS = {normalise(word): hours for words, hours in PARTS.items() for word in words}
_HALF_PAST, _BESIDE = frozenset(map(normalise, HALF_PAST)), frozenset(map(normalise, BESIDE))
_BUTTON = re.compile(r"([01]\d|2[0-3])([0-5]\d)", re.ASCII)
_TIME = re.compile(r"(\D*?) ?(\d{1,2})(?: ?[:.-] ?(\d{2})| ?(\d{2}))? ?(\D*)", re.ASCII)


def read_time(typed: str) -> frozenset[time]:
    """None at all: it says no time, or something besides. 9 may be in the morning or in the evening; four figures
    together are what a button carries, and mean one time."""
    words = normalise(typed).casefold()[:60].strip(" .!?।")
    if button := _BUTTON.fullmatch(words):
        return frozenset((time(int(button[1]), int(button[2])),))
    found = _TIME.fullmatch(re.sub(r"([ap])\.? ?m(?![a-z])\.?", r"\1m", words))
    beside = None if found is None else _beside(found[1], found[5])
    if found is None or beside is None:
        return frozenset()
    hour, minutes = int(found[2]), found[3] or found[4]
    half = bool(beside & _HALF_PAST)
    minute = 30 if half else int(minutes or 0)
    if hour > 23 or minute > 59 or (half and minutes):
        return frozenset()
    hours = {hour % 12, hour % 12 + 12} if hour in range(1, 13) else {hour}
    for word in beside - _HALF_PAST:
        first, end = _PARTS[word]
        hours = {one for one in hours if first <= one < end}
    return frozenset(time(one, minute) for one in hours)


def _beside(*sides: str) -> set[str] | None:
    """The words around the number that say something; None: one of them is not known."""
    known = _PARTS.keys() | _HALF_PAST | _BESIDE
    found: set[str] = set()
    for side in sides:
        words = side.replace(",", " ").split()
        while words:
            size = next((n for n in (2, 1) if " ".join(words[:n]) in known), None)
            if size is None:
                return None
            found.add(" ".join(words[:size]))
            words = words[size:]
    return found - _BESIDE
