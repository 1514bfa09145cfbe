"""Translations, read from .po files, and a sentence taken apart into words, places and bold marks."""

import re
from collections.abc import Mapping
from enum import Enum
from functools import lru_cache
from pathlib import Path

from babel.messages.pofile import PoFileError, read_po
from msgspec import Struct


class Mark(Enum):
    """`**`: bold begins, or ends."""

    BOLD = "**"


class Place(Struct, frozen=True):
    """`{name}`: where a parameter goes."""

    name: str


Template = tuple[str | Place | Mark, ...]

_MARKUP = re.compile(r"\*\*|\{([A-Za-z_][A-Za-z0-9_]*)\}")


@lru_cache(maxsize=4096)
def taken_apart(sentence: str) -> Template:
    """The parts of a sentence in order. A `**` without its partner stays two stars; other braces stay
    braces."""
    marks = sentence.count("**") // 2 * 2
    parts: list[str | Place | Mark] = []
    done = 0
    for found in _MARKUP.finditer(sentence):
        if found[1] is None:
            if not marks:
                continue
            marks -= 1
        if found.start() > done:
            parts.append(sentence[done : found.start()])
        parts.append(Mark.BOLD if found[1] is None else Place(found[1]))
        done = found.end()
    if done < len(sentence):
        parts.append(sentence[done:])
    return tuple(parts)


def places(template: Template) -> frozenset[str]:
    return frozenset(part.name for part in template if isinstance(part, Place))


def read_catalogues(folder: Path) -> tuple[Mapping[str, Mapping[str, Template]], tuple[str, ...]]:
    """(language -> English sentence -> its translation, what was found wrong) of
    folder/<language>/LC_MESSAGES/mulakat.po.

    A fuzzy or empty entry is not used; neither is one whose places or bold marks differ from the English:
    such an entry is named in the second value. A file that cannot be read as a catalogue is left out and
    named too.
    """
    catalogues: dict[str, Mapping[str, Template]] = {}
    faults: list[str] = []
    for path in sorted(folder.glob("*/LC_MESSAGES/mulakat.po")):
        language = path.parent.parent.name
        try:
            pairs = _pairs(path)
        except (PoFileError, ValueError, LookupError) as error:
            faults.append(f"{language}: {path.name} is not a catalogue ({error}): the language is left out")
            continue
        good: dict[str, Template] = {}
        for english, translated in pairs:
            fault = _fault(english, translated)
            if fault:
                faults.append(f"{language}: {english!r}: {fault}: English is used")
            else:
                good[english] = taken_apart(translated)
        if good:
            catalogues[language] = good
    return catalogues, tuple(faults)


def _pairs(path: Path) -> list[tuple[str, str]]:
    with path.open("rb") as file:
        catalogue = read_po(file, abort_invalid=True)
    return [
        (entry.id, entry.string)
        for entry in catalogue
        if isinstance(entry.id, str) and isinstance(entry.string, str) and entry.id and entry.string and not entry.fuzzy
    ]


def _fault(english: str, translated: str) -> str:
    ours, theirs = places(taken_apart(english)), places(taken_apart(translated))
    if ours != theirs:
        return f"the places differ ({', '.join(sorted(ours ^ theirs))})"
    if translated.count("**") % 2:
        return "a ** has no partner"
    return ""
