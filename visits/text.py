"""What people type, made comparable: one form of a letter, plain spaces, ASCII digits, nothing invisible."""

import re
import unicodedata

_ZWNJ, _ZWJ = "\u200c", "\u200d"
_JOINERS = _ZWNJ + _ZWJ
_SPACES = "\t\n\v\f\r\x1c\x1d\x1e\x1f\x85"  # controls that part words; the rest of the controls are dropped
# Invisible signs that Unicode doesn't class as format characters: grapheme joiner, Hangul fillers, Khmer
# inherent vowels, Mongolian and other variation selectors, the empty Braille cell.
_INVISIBLE = re.compile(
    "[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u2800\u3164\ufe00-\ufe0f\uffa0\U000e0100-\U000e01ef]"
)
_LINE_ENDS = re.compile("\r\n|[\n\v\f\r\x1c\x1d\x1e\x85\u2028\u2029]")
_PLAIN = re.compile(r"[ -~]*")

# Old spellings with ZWJ, for which the Unicode Standard (chapter 12) has one letter of its own: Malayalam chillus
# and the Bengali khanda ta. They stand at the ends of words, where a bare ZWJ would otherwise be lost.
_OLD_LETTERS = {
    "\u0d23\u0d4d\u200d": "\u0d7a",
    "\u0d28\u0d4d\u200d": "\u0d7b",
    "\u0d30\u0d4d\u200d": "\u0d7c",
    "\u0d32\u0d4d\u200d": "\u0d7d",
    "\u0d33\u0d4d\u200d": "\u0d7e",
    "\u0d15\u0d4d\u200d": "\u0d7f",
    "\u09a4\u09cd\u200d": "\u09ce",
}


def normalise(raw: str) -> str:
    """One line of NFC text, trimmed, with single spaces and ASCII digits; never raises on any str.

    Dropped: controls, lone surrogates, bidi and other format characters, zero-width signs, noncharacters. ZWJ
    and ZWNJ stay between two letters or marks of Indic and Arabic scripts, whose shaping needs them.
    """
    if _PLAIN.fullmatch(raw):
        return " ".join(raw.split())
    text = unicodedata.normalize("NFC", "".join(map(_char, raw)))
    while any(joiner in text for joiner in _JOINERS):
        for old, letter in _OLD_LETTERS.items():
            text = text.replace(old, letter)
        kept = unicodedata.normalize("NFC", _drop_loose_joiners(text))
        if kept == text:
            break
        text = kept
    return re.sub(" +", " ", text).strip(" ")


def normalise_lines(raw: str) -> str:
    """The same for what is naturally written on several lines (an address): line ends become ", "."""
    lines = (normalise(line).strip(" ,") for line in _LINE_ENDS.split(raw))
    return ", ".join(line for line in lines if line)


def _char(char: str) -> str:
    if " " <= char <= "~":
        return char
    if char in _SPACES:
        return " "
    if char in _JOINERS:
        return char
    kind = unicodedata.category(char)
    if kind in ("Zs", "Zl", "Zp"):
        return " "
    if kind in ("Cc", "Cf", "Cs") or _nonchar(char) or _INVISIBLE.match(char):
        return ""
    if kind == "Nd":
        return str(unicodedata.decimal(char))
    return char


def _nonchar(char: str) -> bool:
    return "\ufdd0" <= char <= "\ufdef" or ord(char) & 0xFFFE == 0xFFFE


def _drop_loose_joiners(text: str) -> str:
    out: list[str] = []
    for at, char in enumerate(text):
        if char in _JOINERS:
            after = text[at + 1] if at + 1 < len(text) else ""
            if not (out and _joins(out[-1]) and after and _joins(after)):
                continue
        out.append(char)
    return "".join(out)


def _joins(char: str) -> bool:
    """A letter or mark of the Indic (Devanagari to Sinhala) or the Arabic blocks."""
    block = (
        "\u0900" <= char <= "\u0dff"
        or "\u0600" <= char <= "\u06ff"
        or "\u0750" <= char <= "\u077f"
        or "\u08a0" <= char <= "\u08ff"
    )
    return block and unicodedata.category(char)[0] in "LM"
