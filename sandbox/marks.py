"""What Telegram finds in plain words (commands, links, names), and a text with its entities as HTML safe to show."""

import html
import re
from collections.abc import Sequence
from typing import Any

from sandbox.entities import Entity, units

# In this order: what is found first keeps its place.
_FOUND = (
    ("url", re.compile(r"(?<![\w@/.])(?:https?://|tg://)[^\s<>\"]*[^\s<>\".,;:!?)\]'»]")),
    ("email", re.compile(r"(?<![\w@.+\-])[A-Za-z0-9._+\-]{1,64}@[A-Za-z0-9\-]{1,63}(?:\.[A-Za-z0-9\-]{2,63})+(?!\w)")),
    ("bot_command", re.compile(r"(?<![\w/<>@])/[A-Za-z0-9_]{1,64}(?:@[A-Za-z0-9_]{3,32})?(?![\w/@])")),
    ("mention", re.compile(r"(?<![\w@/])@[A-Za-z0-9_]{3,32}(?!\w)")),
    ("hashtag", re.compile(r"(?<![\w#])#\w*[^\W\d]\w*")),
    ("phone_number", re.compile(r"(?<![\w+])\+[1-9](?:[ \-]?\d){7,14}(?!\w)")),
)
_CLOSED = frozenset({"code", "pre", "text_link", "text_mention"})  # nothing is looked for in these
_UNSEEN = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")

_SHOWN = {
    "bold": "b", "italic": "i", "underline": "u", "strikethrough": "s", "code": "code", "pre": "pre",
    "blockquote": "blockquote", "expandable_blockquote": "blockquote", "bot_command": "b", "hashtag": "b",
    "mention": "b", "text_mention": "b",
}  # fmt: skip
_SAFE = re.compile(r"(?i)(?:https?|tg|mailto):")


def found_in(text: str, known: Sequence[Entity] = ()) -> list[Entity]:
    """The entities that `known` leaves room for, together with them, in order."""
    out = list(known)
    taken = [(e["offset"], e["offset"] + e["length"]) for e in known if e["type"] in _CLOSED]
    at = _offsets(text)
    for kind, pattern in _FOUND:
        for match in pattern.finditer(text):
            begin, end = at[match.start()], at[match.end()]
            if all(end <= first or begin >= last for first, last in taken):
                taken.append((begin, end))
                out.append({"type": kind, "offset": begin, "length": end - begin})
    return sorted(out, key=lambda e: (e["offset"], -e["length"]))


def trimmed(text: str, entities: Sequence[Entity] = ()) -> tuple[str, list[Entity]]:
    """As Telegram keeps it: no control characters, no space at either end; entities moved and cut to what is left."""
    text = _UNSEEN.sub(" ", text.replace("\r\n", "\n").replace("\r", " "))
    left = units(text) - units(text.lstrip())
    kept = text.strip()
    end = units(kept)
    out = []
    for entity in entities:
        begin = max(entity["offset"] - left, 0)
        length = min(entity["offset"] + entity["length"] - left, end) - begin
        if length > 0:
            out.append({**entity, "offset": begin, "length": length})
    return kept, out


def commands_in(text: str, username: str) -> list[str]:
    """The commands that a bot of this name may take to be its own, with their slash."""
    marks = [e for e in found_in(text) if e["type"] == "bot_command"]
    words = [_cut(text, e["offset"], e["offset"] + e["length"]) for e in marks]
    return [w for w in words if "@" not in w or w.partition("@")[2].lower() == username.lower()]


def safe_html(text: str, entities: Sequence[Entity]) -> str:
    """To be shown on a page: everything escaped but our own few tags, which are always well nested."""
    ends = {units(text), *(e["offset"] for e in entities), *(e["offset"] + e["length"] for e in entities)}
    edges = sorted(edge for edge in ends if 0 <= edge <= units(text))
    out: list[str] = []
    last = 0
    for edge in edges:
        inside = [e for e in entities if e["offset"] <= last and edge <= e["offset"] + e["length"]]
        piece = html.escape(_cut(text, last, edge))
        if piece:
            tags = [tag for e in inside if (tag := _tag(e, text))]
            out += [f"<{opening}>" for opening, _name in tags]
            out.append(piece)
            out += [f"</{name}>" for _opening, name in reversed(tags)]
        last = edge
    return "".join(out).replace("\n", "<br>")


def _tag(entity: Entity, text: str) -> tuple[str, str] | None:
    """(what opens, what closes)."""
    kind = entity["type"]
    link = str(entity.get("url", ""))
    if kind == "url":
        link = _cut(text, entity["offset"], entity["offset"] + entity["length"])
    if kind == "email":
        link = "mailto:" + _cut(text, entity["offset"], entity["offset"] + entity["length"])
    if kind == "spoiler":
        return 'span class="tg-spoiler"', "span"
    if link and _SAFE.match(link):
        return f'a href="{html.escape(link)}" rel="noopener noreferrer" target="_blank"', "a"
    name = _SHOWN.get(kind)
    return (name, name) if name else None


def _cut(text: str, begin: int, end: int) -> str:
    """By UTF-16 units; half a character becomes a question mark."""
    raw: bytes = text.encode("utf-16-le", "surrogatepass")[begin * 2 : end * 2]
    return raw.decode("utf-16-le", "replace")


def _offsets(text: str) -> list[int]:
    """For each place between two characters, how many units come before it."""
    out = [0]
    for character in text:
        out.append(out[-1] + (2 if ord(character) > 0xFFFF else 1))
    return out


def given(entities: Any, text: str) -> list[Entity]:
    """Entities that a bot gave itself, those that fit the text."""
    whole = units(text)
    out = []
    for one in entities if isinstance(entities, list) else ():
        match one:
            case {"type": str(), "offset": int(begin), "length": int(length)} if begin >= 0 and length > 0:
                if begin + length <= whole:
                    out.append(dict(one))
    return sorted(out, key=lambda e: (e["offset"], -e["length"]))
