"""Telegram's HTML mode: tags to a text and its entities, offsets in UTF-16 units. Bad HTML is refused as Telegram does.

The rules are those of https://core.telegram.org/bots/api#html-style.
"""

import re
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

Entity = dict[str, Any]

TAGS = {
    "b": "bold", "strong": "bold", "i": "italic", "em": "italic", "u": "underline", "ins": "underline",
    "s": "strikethrough", "strike": "strikethrough", "del": "strikethrough", "tg-spoiler": "spoiler", "span": "spoiler",
    "code": "code", "pre": "pre", "blockquote": "blockquote", "a": "text_link", "tg-emoji": "custom_emoji",
}  # fmt: skip

_NAMED = {"lt": "<", "gt": ">", "amp": "&", "quot": '"'}  # the only ones that Telegram knows
_ENTITY = re.compile(r"&(?:#([0-9]{1,8})|#x([0-9a-fA-F]{1,7})|([a-zA-Z]+));?")


class BadMarkup(ValueError):
    """Telegram's own words for what is wrong."""


def units(text: str) -> int:
    """Length in UTF-16 units, in which offsets and lengths of entities are given."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


@dataclass(slots=True)
class _Open:
    """A tag that isn't closed yet; `at` and `begin` are where its text begins, in units and in pieces."""

    name: str
    at: int
    begin: int
    attributes: dict[str, str]


@dataclass(slots=True)
class _Reader:
    source: str
    at: int = 0
    pieces: list[str] = field(default_factory=list)
    length: int = 0
    open: list[_Open] = field(default_factory=list)
    entities: list[Entity] = field(default_factory=list)

    def read(self) -> tuple[str, list[Entity]]:
        while self.at < len(self.source):
            here = self.source[self.at]
            if here == "<":
                self._end_tag() if self.source.startswith("</", self.at) else self._start_tag()
                continue
            if here == "&":
                plain, self.at = _reference(self.source, self.at)
            else:
                plain = self._run(r"[^<&]+")
            self.pieces.append(plain)
            self.length += units(plain)
        if self.open:
            raise BadMarkup(f'Can\'t find end tag corresponding to start tag "{self.open[-1].name}"')
        return "".join(self.pieces), sorted(self.entities, key=lambda e: (e["offset"], -e["length"]))

    def _wrong(self, what: str, at: int) -> BadMarkup:
        offset = len(self.source[:at].encode("utf-8", "surrogatepass"))
        return BadMarkup(f"{what} at byte offset {offset}")

    def _run(self, pattern: str) -> str:
        """What matches here, and steps over it."""
        found = re.compile(pattern).match(self.source, self.at)
        text = found.group() if found else ""
        self.at += len(text)
        return text

    def _start_tag(self) -> None:
        begin, self.at = self.at, self.at + 1
        name = self._run(r"[^\s>]*").lower()
        if self.at == len(self.source):
            raise self._wrong("Unclosed start tag", begin)
        if name not in TAGS:
            raise self._wrong(f'Unsupported start tag "{name}"', begin)
        attributes: dict[str, str] = {}
        while True:
            self._run(r"\s*")
            if self.at == len(self.source):
                raise self._wrong("Unclosed start tag", begin)
            if self.source[self.at] == ">":
                break
            key, value = self._attribute(name, begin)
            attributes[key] = value
        self.at += 1
        if name == "span" and attributes.get("class") != "tg-spoiler":
            raise self._wrong('Tag "span" must have class "tg-spoiler"', begin)
        self.open.append(_Open(name, self.length, len(self.pieces), attributes))

    def _attribute(self, tag: str, begin: int) -> tuple[str, str]:
        key = self._run(r"[^\s=>]*").lower()
        if not key:
            raise self._wrong(f'Empty attribute name in the tag "{tag}"', begin)
        self._run(r"\s*")
        if not self.source.startswith("=", self.at):
            if key == "expandable":
                return key, ""
            raise self._wrong(f'Expected equal sign in declaration of an attribute of the tag "{tag}"', begin)
        self.at += 1
        self._run(r"\s*")
        quote = self.source[self.at : self.at + 1]
        if quote not in ('"', "'"):
            value = self._run(r"[a-zA-Z0-9.\-]*").lower()
            if self.at < len(self.source) and not re.match(r"[\s>]", self.source[self.at]):
                raise self._wrong("Unexpected end of name token", begin)
            return key, value
        end = self.source.find(quote, self.at + 1)
        if end < 0:
            raise self._wrong("Unclosed start tag", begin)
        raw, self.at = self.source[self.at + 1 : end], end + 1
        return key, _ENTITY.sub(_unescaped, raw)

    def _end_tag(self) -> None:
        begin = self.at
        if not self.open:
            raise self._wrong("Unexpected end tag", begin)
        self.at += 2
        name = self._run(r"[^\s>]*").lower()
        self._run(r"\s*")
        if not self.source.startswith(">", self.at):
            raise self._wrong("Unclosed end tag", begin)
        self.at += 1
        tag = self.open.pop()
        if name and name != tag.name:
            raise BadMarkup(f'{self._wrong("Unmatched end tag", begin)}, expected "</{tag.name}>", found "</{name}>"')
        if self.length > tag.at:
            self._mark(tag, "".join(self.pieces[tag.begin :]))

    def _mark(self, tag: _Open, text: str) -> None:
        entity: Entity = {"type": TAGS[tag.name], "offset": tag.at, "length": self.length - tag.at}
        in_pre = any(one.name == "pre" for one in self.open)
        match tag.name:
            case "a":
                target = _target(tag.attributes.get("href") or text)
                if target is None:
                    return
                entity |= target
            case "tg-emoji":
                return  # a bot without a bought name may send none: Telegram shows the plain emoji
            case "blockquote" if "expandable" in tag.attributes:
                entity["type"] = "expandable_blockquote"
            case "code" if in_pre and (found := re.fullmatch(r"language-(.+)", tag.attributes.get("class", ""))):
                entity["language"] = found.group(1)
            case "pre":
                inside = [e for e in self.entities if e["type"] == "code" and e["offset"] >= tag.at]
                for one in inside:
                    self.entities.remove(one)
                    if one["length"] == entity["length"] and "language" in one:
                        entity["language"] = one["language"]
        self.entities.append(entity)


def read_html(source: str) -> tuple[str, list[Entity]]:
    """(text without tags, entities). Raises BadMarkup."""
    return _Reader(source).read()


def _reference(source: str, at: int) -> tuple[str, int]:
    """What `&...;` stands for and where it ends; an unknown one is just an ampersand. The semicolon may be missing."""
    found = _ENTITY.match(source, at)
    if found is None:
        return "&", at + 1
    decimal, hexadecimal, name = found.groups()
    if name is not None:
        return (_NAMED[name], found.end()) if name in _NAMED else ("&", at + 1)
    number = int(decimal) if decimal else int(hexadecimal, 16)
    if number == 0 or number > 0x10FFFF or 0xD800 <= number <= 0xDFFF:
        return "&", at + 1
    return chr(number), found.end()


def _unescaped(found: re.Match[str]) -> str:
    plain, end = _reference(found.group(), 0)
    return plain + found.group()[end:]


def _target(link: str) -> Entity | None:
    """Where a link leads; None when nowhere, and then Telegram shows its words only."""
    if found := re.fullmatch(r"tg:(?://)?user\?id=(\d+)", link):
        return {"type": "text_mention", "user": {"id": int(found.group(1)), "is_bot": False, "first_name": ""}}
    if not re.match(r"[a-zA-Z][a-zA-Z0-9+.\-]*:", link):
        link = f"http://{link}"
    parts = urlsplit(link)
    if parts.scheme.lower() == "tg" and parts.netloc:
        return {"url": link}
    if parts.scheme.lower() in ("http", "https") and "." in parts.netloc:
        return {"url": link if parts.path or parts.query or parts.fragment else f"{link}/"}
    return None
