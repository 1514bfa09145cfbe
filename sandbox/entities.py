"""Telegram's HTML mode: tags to entities with offsets in UTF-16 units, and entities to HTML that is safe to show."""

import html
from html.parser import HTMLParser
from typing import Any

TAGS = {
    "b": "bold", "strong": "bold", "i": "italic", "em": "italic", "u": "underline", "ins": "underline",
    "s": "strikethrough", "del": "strikethrough", "code": "code", "pre": "pre", "blockquote": "blockquote",
    "tg-spoiler": "spoiler", "a": "text_link",
}  # fmt: skip
SHOWN = {"bold": "b", "italic": "i", "underline": "u", "strikethrough": "s", "code": "code", "pre": "pre",
         "blockquote": "blockquote", "bot_command": "b"}  # fmt: skip


class BadMarkup(ValueError):
    """Telegram's own words for what is wrong."""


def units(text: str) -> int:
    """Length as Telegram counts it."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.text = ""
        self.open: list[tuple[str, int, str]] = []
        self.entities: list[dict[str, Any]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in TAGS:
            raise BadMarkup(f'Unsupported start tag "{tag}" at byte offset {len(self.text.encode())}')
        self.open.append((tag, units(self.text), dict(attrs).get("href") or ""))

    def handle_endtag(self, tag: str) -> None:
        if not self.open or self.open[-1][0] != tag:
            raise BadMarkup(f"Unmatched end tag at byte offset {len(self.text.encode())}")
        name, start, link = self.open.pop()
        length = units(self.text) - start
        if length:
            entity: dict[str, Any] = {"type": TAGS[name], "offset": start, "length": length}
            self.entities.append(entity | ({"url": link} if link else {}))

    def handle_data(self, data: str) -> None:
        self.text += data


def read_html(text: str) -> tuple[str, list[dict[str, Any]]]:
    """(text without tags, entities). Raises BadMarkup."""
    reader = _Reader()
    reader.feed(text)
    reader.close()
    if reader.open:
        raise BadMarkup(f'Can\'t find end tag corresponding to start tag "{reader.open[-1][0]}"')
    return reader.text, sorted(reader.entities, key=lambda e: (e["offset"], -e["length"]))


def commands_in(text: str) -> list[dict[str, Any]]:
    """The bot commands that a person's words hold, as Telegram marks them."""
    out, at = [], 0
    for word in text.split(" "):
        line = word.split("\n")[0]
        if line.startswith("/") and len(line) > 1 and line[1:].split("@")[0].replace("_", "a").isalnum():
            out.append({"type": "bot_command", "offset": at, "length": units(line)})
        at += units(word) + 1
    return out


def safe_html(text: str, entities: list[dict[str, Any]]) -> str:
    """To be shown on a page: everything escaped but our own few tags."""
    raw = text.encode("utf-16-le", "surrogatepass")
    opens: dict[int, list[str]] = {}
    closes: dict[int, list[str]] = {}
    for entity in entities:
        tag = SHOWN.get(entity["type"])
        if tag:
            opens.setdefault(entity["offset"], []).append(f"<{tag}>")
            closes.setdefault(entity["offset"] + entity["length"], []).insert(0, f"</{tag}>")
    out, last = [], 0
    for at in sorted({*opens, *closes, len(raw) // 2}):
        piece = raw[last * 2 : at * 2].decode("utf-16-le", "replace")
        out += [html.escape(piece), *closes.get(at, []), *opens.get(at, [])]
        last = at
    return "".join(out).replace("\n", "<br>")
