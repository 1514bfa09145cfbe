"""Finding a jail by whatever its visitors call it: part of its name, its town or district, any script, any spelling."""

from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from itertools import pairwise

from msgspec import Struct
from rapidfuzz import fuzz

from visits.places import ALSO, KIND_WORDS, KNOWN_AS, PLAIN_WORDS, STATE_LETTERS
from visits.spelling import bones, sounds, voiceless
from visits.text import normalise

_MOST_WORDS, _MOST_NAMES = 12, 5  # of a query; more is a story, and each name costs a millisecond
_KNOWN = 0.6  # a word less like every name than this is taken for a word around the name
_SURE = 0.84  # ... and at least one word of a query must be this much like some name
_SURE_UNROMANISED = 0.8  # ... or this much in a script that doesn't write all vowels, or has fewer letters
_JOINT = 0.95  # ... and so much two words written apart must be like one name to be read as one
_CLOSE = 0.2  # how far behind the best a jail may be and still be shown
_JOINED_TO_IT = ("jail", "jel", "prison", "karagar")  # "tiharjail"
_KIND_ORDER = ("central", "district", "women", "special", "borstal", "open", "sub", "unspecified")


class Jail(Struct, frozen=True):
    """One row of the list. `state` is the ISO code; `open` says that it takes requests here."""

    code: str
    name: str
    state: str
    state_name: str
    district: str
    kind: str
    open: bool


class _Index(Struct, frozen=True):
    """The words of one jail: what each is worth when it is named, its kinds, and its numbers."""

    worth: Mapping[str, float]
    kinds: frozenset[str]
    numbers: frozenset[str]


class _Query(Struct, frozen=True):
    names: tuple[str, ...]
    kinds: frozenset[str]
    numbers: frozenset[str]


def search(query: str, jails: Sequence[Jail], limit: int = 8) -> tuple[Jail, ...]:
    """The jails most likely meant, best first; open ones first among equals; nothing for what is no place here."""
    asked = _read(query)
    if not asked.names:
        return ()
    indexes = [_index(jail) for jail in jails]
    vocabulary = {word for index in indexes for word in index.worth}
    alike = _understood(asked.names, vocabulary, _SURE if query.isascii() else _SURE_UNROMANISED)
    if not alike:
        return ()
    scored = [(_score(index, asked, alike), jail) for index, jail in zip(indexes, jails, strict=True)]
    best = max(score for score, _jail in scored)
    near = [(score, jail) for score, jail in scored if score > 0 and score >= best - _CLOSE]
    return tuple(jail for _score, jail in sorted(near, key=_order)[: max(0, limit)])


def district_names(state: str, jails: Iterable[Jail]) -> tuple[str, ...]:
    """The districts of a state (its ISO code) that have a jail in the list, by name."""
    return tuple(sorted({jail.district for jail in jails if jail.state == state and jail.district}))


def _read(query: str) -> _Query:
    names: list[str] = []
    kinds: set[str] = set()
    numbers: set[str] = set()
    for word in _words(query[:200])[:_MOST_WORDS]:
        if word.isdigit():
            numbers.add(word.lstrip("0"))
        elif word in _KINDS:
            kinds.add(_KINDS[word])
        elif word not in _PLAIN:
            names.append(word)
    return _Query(tuple(names[:_MOST_NAMES]), frozenset(kinds), frozenset(numbers))


def _words(query: str) -> list[str]:
    """The words as they sound; what is a few letters only because the rest of it has no sound of its own ("zzqq") is
    no word."""
    return [
        word
        for piece in normalise(query).split()
        for word in sounds(piece)
        if len(word) > 2 or word.isdigit() or not piece.isascii() or len(piece) <= len(word) + 1
    ]


def _understood(names: Sequence[str], vocabulary: Iterable[str], sure: float) -> Mapping[str, Mapping[str, float]]:
    """Each word of the query that is like some word of the list -> how much it is like each of them.

    Empty when none is surely one: then the query is about something else.
    """
    known: dict[str, Mapping[str, float]] = {}
    for word in names:
        known[word] = _likes(word, vocabulary)
        if max(known[word].values(), default=0) < sure:
            for ending in _JOINED_TO_IT:
                if word.endswith(ending) and len(word) - len(ending) >= 4:
                    known[word] = _likes(word.removesuffix(ending), vocabulary)
    for first, second in pairwise(names):
        parts = min(max(known.get(part, {}).values(), default=0) for part in (first, second))
        whole = _likes(first + second, vocabulary)
        if parts < _JOINT <= max(whole.values(), default=0):  # "yera wada", "bhubanes war"
            known.pop(first, None)
            known.pop(second, None)
            known[first + second] = whole
    known = {word: likes for word, likes in known.items() if likes}
    return known if any(max(likes.values()) >= sure for likes in known.values()) else {}


def _likes(word: str, vocabulary: Iterable[str]) -> Mapping[str, float]:
    """What is like a word; where the very word is there, only it and what begins with it."""
    found = {other: like for other in vocabulary if (like := _like(word, other)) >= _KNOWN}
    if word in found:
        return {other: like for other, like in found.items() if other.startswith(word)}
    return found


def _like(asked: str, name: str) -> float:
    """0 to 1. People get the middle of a word wrong, hardly ever its beginning."""
    if asked == name:
        return 1.0
    first, second = voiceless(asked), voiceless(name)
    if len(asked) < 3 or first[0] != second[0]:
        return 0.0
    if len(asked) >= 4 and name.startswith(asked):
        return 0.85 + 0.1 * len(asked) / len(name)
    ratio = fuzz.ratio(first, second) / 100
    skeleton = bones(asked)
    if skeleton == bones(name) and (ratio >= 0.7 or (len(skeleton) >= 3 and ratio >= 0.5)):
        return 0.6 + 0.35 * ratio
    if ratio >= 0.75 and min(len(asked), len(name)) >= 4:
        return 0.95 * ratio
    return 0.0


def _score(index: _Index, asked: _Query, alike: Mapping[str, Mapping[str, float]]) -> float:
    """How well a jail answers: the mean of its words, long words weighing more; its kind and number decide ties."""
    total = weight = 0.0
    for word, likes in alike.items():
        best = max((likes[own] * worth for own, worth in index.worth.items() if own in likes), default=0.0)
        total += best * len(word)
        weight += len(word)
    score = total / weight
    if not score:
        return 0.0
    score += 0.04 * len(asked.kinds & index.kinds) - 0.04 * len(asked.kinds - index.kinds)
    if asked.numbers and index.numbers:
        score += 0.15 if asked.numbers & index.numbers else -0.1
    return score


def _order(scored: tuple[float, Jail]) -> tuple[float, bool, int, int, str]:
    score, jail = scored
    rank = _KIND_ORDER.index(jail.kind) if jail.kind in _KIND_ORDER else len(_KIND_ORDER)
    number = max((int(number) for number in _index(jail).numbers), default=0)
    return (-round(score, 2), not jail.open, rank, number, jail.code)


@lru_cache(maxsize=4096)
def _index(jail: Jail) -> _Index:
    worth: dict[str, float] = {}
    kinds: set[str] = {jail.kind}
    numbers: set[str] = set()

    def add(text: str, value: float) -> None:
        before = ""
        for word in sounds(text):
            if word.isdigit():
                numbers.add(word)
            elif word in _KINDS:
                kinds.add(_KINDS[word])
            elif word not in _PLAIN:
                worth[word] = max(value, worth.get(word, 0.0))
                if before:
                    worth.setdefault(before + word, value)  # Dumdum, Nashikroad
                for other in _ALSO.get(word, ()):
                    worth.setdefault(other, value * 0.95)
                before = word
                continue
            before = ""

    add(jail.name, 1.0)
    for name in KNOWN_AS.get(jail.code, ()):
        add(name, 1.0)
    add(jail.district, 0.97)
    add(jail.state_name, 0.8)
    letters = jail.state.removeprefix("IN-")
    if letters in STATE_LETTERS:
        worth.setdefault(letters.lower(), 0.8)
    return _Index(worth, frozenset(kinds), frozenset(numbers))


_KINDS = {word: kind for kind, names in KIND_WORDS.items() for word in sounds(names)}
_PLAIN = frozenset(sounds(PLAIN_WORDS))
_ALSO = {sounds(new)[0]: tuple(word for name in old for word in sounds(name)) for new, old in ALSO.items()}
