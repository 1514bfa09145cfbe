"""How a place name sounds, as far as Indian spellings agree on it: one key for Yerawada, Yervada and येरवडा.

Made for finding places among a few thousand names, never for deciding whether two people's names are the same.
"""

import re
from collections.abc import Iterable
from functools import lru_cache

from anyascii import anyascii

from visits.text import normalise

_LATIN = (  # what only spellings in Latin letters need; a romanised c is always that of "chai"
    ("tch", "ch"),
    ("ck", "k"),
    ("ch", "\0"),
    ("c(?=[eiy])", "s"),
    ("c", "k"),
    ("\0", "c"),
)
_ANY = (
    ("[^a-z0-9]", ""),
    ("zh", "l"),  # ழ, ഴ: Puzhal, Alappuzha
    ("ph", "f"),
    ("(?<=[bcdgjklprst])h", ""),  # aspirates and sh, on which no two writers agree
    ("x", "ks"),
    ("q", "k"),
    ("g(?=[eiy])|z", "j"),
    ("w(?=.)", "v"),
    ("f", "p"),
    ("ee|ii|ea", "i"),
    ("oo|uu|ou", "u"),
    ("(ow|au)$", "u"),  # Lucknow, लखनऊ
    ("(?<=.)m(?![aeioumpbv]|$)", "n"),  # an anusvara is written m by machines and n by people
    (r"(.)\1+", r"\1"),
)
_LATIN_STEPS = tuple((re.compile(old), new) for old, new in _LATIN)
_STEPS = tuple((re.compile(old), new) for old, new in _ANY)
# ड़ and ढ़ are heard as r (Tihar, Garhwa): Devanagari, Bengali, Gurmukhi, Odia and Urdu letters for them.
_FLAP = re.compile("[\u0921\u0922]\u093c|[\u09a1\u09a2]\u09bc|[\u0b21\u0b22]\u0b3c|[\u0a5c\u0691]")
_PIECE = re.compile(r"[0-9]+|[^\s,;:/()\[\]&@.\-–—\"0-9]+")
_ROMAN = {"i": "1", "ii": "2", "iii": "3", "iv": "4"}
_VOICED = str.maketrans("vbgd", "ppkt")  # Tamil has one letter for each of b and p, g and k, d and t


def sounds(raw: str) -> tuple[str, ...]:
    """The words of a name, in any script, each as its key; numbers are words (I, II, III, IV among them)."""
    found: list[str] = []
    for piece in _PIECE.findall(_FLAP.sub("\u0930", normalise(raw))):
        key = _ROMAN.get(piece.lower()) or _key(piece)
        if key:
            found.append(key)
    return tuple(found)


@lru_cache(maxsize=8192)
def voiceless(key: str) -> str:
    """A key for comparing with a script that doesn't tell voiced from voiceless consonants."""
    return key.translate(_VOICED)


@lru_cache(maxsize=8192)
def bones(key: str) -> str:
    """A key's consonants, for comparing with a script that doesn't write all vowels."""
    return re.sub(r"(.)\1+", r"\1", re.sub("[aeiouy]", "", voiceless(key)).replace("m", "n"))


@lru_cache(maxsize=8192)
def _key(word: str) -> str:
    if word.isascii() or "\u00c0" <= max(word) <= "\u024f":
        return _through(_STEPS, _through(_LATIN_STEPS, anyascii(word).lower()))
    return _through(_STEPS, anyascii(word).lower())


def _through(steps: Iterable[tuple[re.Pattern[str], str]], word: str) -> str:
    for old, new in steps:
        word = old.sub(new, word)
    return word
