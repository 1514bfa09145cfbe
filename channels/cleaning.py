"""What a person typed, made safe to set among our own words, and cut to a length: letters only, no layout.

A parameter stays inside its line: line breaks become spaces, so that no name can write a second line below
our own.
"""

import unicodedata

ELLIPSIS = "…"

_LINE_BREAKS = (0x09, 0x0A, 0x0B, 0x0C, 0x0D, 0x85, 0x2028, 0x2029)
_CONTROLS = (*range(0x00, 0x20), *range(0x7F, 0xA0))
_SURROGATES = range(0xD800, 0xE000)
_FILE_MARK = (0xFEFF,)  # shows nothing; what reads a file drops it, some readers everywhere
# Embeddings, overrides and isolates turn the words around them too; a script that runs right to left needs
# none of them.
_DIRECTIONS = (*range(0x202A, 0x202F), *range(0x2066, 0x206A))

_TABLE: dict[int, str | None] = dict.fromkeys((*_CONTROLS, *_SURROGATES, *_FILE_MARK, *_DIRECTIONS))
_TABLE.update(dict.fromkeys(_LINE_BREAKS, " "))

_JOINERS = "\u200c\u200d"


def clean(text: str) -> str:
    """Without controls, lone surrogates and direction overrides; a line break is a space. Joiners (ZWJ, ZWNJ)
    stay: Indian scripts need them."""
    if text.isascii() and text.isprintable():
        return text
    return text.translate(_TABLE)


def units(text: str) -> int:
    """Length in UTF-16 units: what Telegram, and SMS outside of GSM-7, count."""
    return len(text) if text.isascii() else len(text.encode("utf-16-le", "surrogatepass")) // 2


def shortened(text: str, room: int) -> str:
    """`text` itself where it takes at most `room` UTF-16 units, else its beginning and "…". A letter keeps
    its signs (vowel signs, virama, joiners) or goes with them."""
    if units(text) <= room:
        return text
    end = 0
    used = units(ELLIPSIS)
    for letter in text:
        used += units(letter)
        if used > room:
            break
        end += 1
    while end and _belongs_to_the_one_before(text[end]):
        end -= 1
    return text[:end].rstrip(" ," + _JOINERS) + ELLIPSIS


def _belongs_to_the_one_before(letter: str) -> bool:
    return letter in _JOINERS or unicodedata.category(letter).startswith("M")
