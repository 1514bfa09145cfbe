"""Telegram's HTML, read as Telegram reads it, and refused in its words."""

import html
from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sandbox.entities import BadMarkup, read_html, units
from sandbox.marks import commands_in, found_in, safe_html, trimmed

GOOD: tuple[tuple[str, str, list[tuple[str, int, int]]], ...] = (
    ("plain", "plain", []),
    ("<b>bold</b>", "bold", [("bold", 0, 4)]),
    ("<STRONG>x</STRONG>", "x", [("bold", 0, 1)]),
    ("a <i>b <u>c</u></i>", "a b c", [("italic", 2, 3), ("underline", 4, 1)]),
    ("<s>1</s><strike>2</strike><del>3</del>", "123", [("strikethrough", n, 1) for n in range(3)]),
    ("<tg-spoiler>x</tg-spoiler>", "x", [("spoiler", 0, 1)]),
    ('<span class="tg-spoiler">x</span>', "x", [("spoiler", 0, 1)]),
    ("<b></b>x", "x", []),
    ("<b>x</>", "x", [("bold", 0, 1)]),
    ("<b\n>x</b >", "x", [("bold", 0, 1)]),
    ("1 &lt; 2 &amp;&amp; 3 &gt; 2 &quot;", '1 < 2 && 3 > 2 "', []),
    ("&lt no semicolon, &nbsp; and &copy; are nothing", "< no semicolon, &nbsp; and &copy; are nothing", []),
    ("&#128591; &#x1F64F; &#0; &#xD800; & &;", "🙏 🙏 &#0; &#xD800; & &;", []),
    ("🙏<b>न</b>", "🙏न", [("bold", 2, 1)]),
    ("<blockquote>q</blockquote>", "q", [("blockquote", 0, 1)]),
    ("<blockquote expandable>q</blockquote>", "q", [("expandable_blockquote", 0, 1)]),
    ("<pre>a\n b</pre>", "a\n b", [("pre", 0, 4)]),
    ("<code>c</code>", "c", [("code", 0, 1)]),
    ('<tg-emoji emoji-id="1">👍</tg-emoji>', "👍", []),
    ("a > b", "a > b", []),
)

BAD = (
    ("a < b", 'Unsupported start tag "" at byte offset 2'),
    ("<x>y</x>", 'Unsupported start tag "x" at byte offset 0'),
    ("<br/>", 'Unsupported start tag "br/" at byte offset 0'),
    ("न<p>", 'Unsupported start tag "p" at byte offset 3'),
    ("<!-- note -->", 'Unsupported start tag "!--" at byte offset 0'),
    ("<b", "Unclosed start tag at byte offset 0"),
    ("<a href='x", "Unclosed start tag at byte offset 0"),
    ("<b>x", 'Can\'t find end tag corresponding to start tag "b"'),
    ("x</b>", "Unexpected end tag at byte offset 1"),
    ("<b>x</b", "Unclosed end tag at byte offset 4"),
    ("<b><i>x</b></i>", 'Unmatched end tag at byte offset 7, expected "</i>", found "</b>"'),
    ("<span>x</span>", 'Tag "span" must have class "tg-spoiler" at byte offset 0'),
    ("<a href>x</a>", 'Expected equal sign in declaration of an attribute of the tag "a" at byte offset 0'),
    ("<a ='x'>x</a>", 'Empty attribute name in the tag "a" at byte offset 0'),
    ("<a href=http://x.y>x</a>", "Unexpected end of name token at byte offset 0"),
)

LINKS = (
    ('<a href="https://a.example/x?y=1&amp;z=2">here</a>', "https://a.example/x?y=1&z=2"),
    ("<a href='https://a.example'>here</a>", "https://a.example/"),
    ('<a href="a.example">here</a>', "http://a.example/"),
    ("<a>a.example/x</a>", "http://a.example/x"),
    ('<a href="tg://resolve?domain=x">here</a>', "tg://resolve?domain=x"),
)


@pytest.mark.parametrize(("source", "text", "entities"), GOOD)
def test_good(source: str, text: str, entities: list[tuple[str, int, int]]) -> None:
    assert read_html(source) == (text, [{"type": kind, "offset": at, "length": n} for kind, at, n in entities])


@pytest.mark.parametrize(("source", "words"), BAD)
def test_bad(source: str, words: str) -> None:
    with pytest.raises(BadMarkup) as told:
        read_html(source)
    assert str(told.value) == words


@pytest.mark.parametrize(("source", "url"), LINKS)
def test_links(source: str, url: str) -> None:
    assert [entity["url"] for entity in read_html(source)[1]] == [url]


def test_a_link_to_nowhere_is_only_its_words() -> None:
    assert read_html('<a href="javascript:alert(1)">x</a>') == ("x", [])
    assert read_html('<a href="tg://user?id=101">Sunita</a>')[1][0]["user"]["id"] == 101


def test_code_with_its_language() -> None:
    text, entities = read_html('<pre><code class="language-python">x = 1</code></pre>')
    assert (text, entities) == ("x = 1", [{"type": "pre", "offset": 0, "length": 5, "language": "python"}])


@given(st.text())
def test_what_is_escaped_comes_back(text: str) -> None:
    assert read_html(html.escape(text, quote=False)) == (text, [])


@given(st.text(alphabet="<>/abius&;#\"'= x3नa🙏", max_size=40))
def test_any_text_is_read_or_refused(source: str) -> None:
    try:
        text, entities = read_html(source)
    except BadMarkup:
        return
    for entity in entities:
        assert entity["offset"] >= 0 and entity["length"] > 0 and entity["offset"] + entity["length"] <= units(text)


def kinds(text: str) -> list[tuple[str, str]]:
    raw = text.encode("utf-16-le")
    return [
        (e["type"], raw[e["offset"] * 2 : (e["offset"] + e["length"]) * 2].decode("utf-16-le")) for e in found_in(text)
    ]


def test_what_is_found_in_plain_words() -> None:
    assert kinds("/start@mulakat_bot now") == [("bot_command", "/start@mulakat_bot")]
    assert kinds("🙏 /visit, or /help.") == [("bot_command", "/visit"), ("bot_command", "/help")]
    assert kinds("see https://a.example/x_(y)?z=1.") == [("url", "https://a.example/x_(y)?z=1")]
    assert kinds("write to sunita@example.org or @rao") == [("email", "sunita@example.org"), ("mention", "@rao")]
    assert kinds("call +91 98123 45678 #visit") == [("phone_number", "+91 98123 45678"), ("hashtag", "#visit")]
    for nothing in ("and/or", "1/2", "a//b", "#1", "24/7", "98123 45678", "< /", "x@y"):
        assert kinds(nothing) == []


def test_commands_are_meant_for_the_bot_or_not() -> None:
    assert commands_in("/a /b@Mulakat_bot /c@other_bot", "mulakat_bot") == ["/a", "/b@Mulakat_bot"]


def test_nothing_is_found_inside_code() -> None:
    text, entities = read_html("<code>/start</code> /help")
    assert [(e["type"], e["offset"]) for e in found_in(text, entities)] == [("code", 0), ("bot_command", 7)]


def test_spaces_at_both_ends_go_and_entities_move() -> None:
    text, entities = read_html("\n  <b> x </b>\x01\r\n")
    assert trimmed(text, entities) == ("x", [{"type": "bold", "offset": 0, "length": 1}])


def test_html_that_is_shown_is_safe() -> None:
    text, entities = read_html('<b>&lt;script&gt;</b>\n<a href="https://a.example/?x=&quot;">y</a>')
    assert safe_html(text, entities) == (
        '<b>&lt;script&gt;</b><br><a href="https://a.example/?x=&quot;" rel="noopener noreferrer" target="_blank">y</a>'
    )
    assert safe_html("x", [{"type": "text_link", "offset": 0, "length": 1, "url": "javascript:x"}]) == "x"
    assert safe_html("\ud83d!", []) == "\ufffd!"


class Nested(HTMLParser):
    """Fails where a tag is closed that isn't the last opened."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []

    def handle_starttag(self, tag: str, _attributes: list[tuple[str, str | None]]) -> None:
        if tag != "br":
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


KINDS = st.sampled_from(["bold", "italic", "code", "spoiler", "underline"])
ENTITY = st.fixed_dictionaries({"type": KINDS, "offset": st.integers(0, 9), "length": st.integers(1, 9)})


@given(st.text(alphabet="a<&🙏\n", min_size=5, max_size=10), st.lists(ENTITY, max_size=5))
def test_crossing_entities_become_nested_tags(text: str, entities: list[dict[str, object]]) -> None:
    reader = Nested()
    reader.feed(safe_html(text, entities))
    reader.close()
    assert reader.open == []
