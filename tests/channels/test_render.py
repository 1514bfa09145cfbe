"""Sentences become words in a language: the right ones, and never markup that a person brought in."""

import re
from datetime import UTC, date, datetime, time
from html import unescape
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from channels.cleaning import clean
from channels.render import Renderer, as_read
from dialogue.model import Button, Message
from dialogue.words import BLANK, CodeOf, Param, Text, line, verbatim
from tests.channels.ground import ANY_TEXT, HINDI, INDIA, catalogue
from visits.otp import Challenge

MORNING = datetime(2026, 12, 1, 4, 0, tzinfo=UTC)  # 9:30 am in India
DEVI = {"name": "देवी"}


@pytest.mark.parametrize(
    ("text", "locale", "plain", "html"),
    [
        (Text("Hello {name}", {"name": "Devi"}), "en", "Hello Devi", "Hello Devi"),
        (Text("Hello {name}", DEVI), "hi", "नमस्ते देवी", "नमस्ते देवी"),
        (Text("Your visit is **approved**."), "en", "Your visit is approved.", "Your visit is <b>approved</b>."),
        (Text("Your visit is **approved**."), "hi", "आपकी मुलाक़ात मंज़ूर है।", "आपकी मुलाक़ात <b>मंज़ूर</b> है।"),
        (line(Text("When"), Text("{day}", {"day": "Monday"})), "hi", "कब: Monday को", "कब: <b>Monday को</b>"),
        (line(Text("When"), Text("a **b**")), "en", "When: a b", "When: <b>a b</b>"),
        (verbatim("<b>{name}</b> & **x**"), "en", "<b>{name}</b> & **x**", "&lt;b&gt;{name}&lt;/b&gt; &amp; **x**"),
        (Text("5 < 6 & {n}", {"n": 7}), "en", "5 < 6 & 7", "5 &lt; 6 &amp; 7"),
        (Text("no {such place} { } {}"), "en", "no {such place} { } {}", "no {such place} { } {}"),
        (Text("one ** star, **two** stars **"), "en", "one  star, two stars ", "one <b> star, </b>two<b> stars </b>"),
        (Text("a ** lonely pair"), "en", "a ** lonely pair", "a ** lonely pair"),
        (Text("Only a guess"), "hi", "Only a guess", "Only a guess"),  # fuzzy
        (Text("Not yet"), "hi", "Not yet", "Not yet"),  # untranslated
        (Text("Come at {time}", {"time": "9"}), "hi", "Come at 9", "Come at 9"),  # {hour} in Hindi: a fault
        (Text("Hello {name}", DEVI), "xx", "Hello देवी", "Hello देवी"),
        (BLANK, "hi", "", ""),
    ],
)  # fmt: skip
def test_words(renderer: Renderer, text: Text, locale: str, plain: str, html: str) -> None:
    assert (renderer.plain(text, locale), renderer.html(text, locale)) == (plain, html)


@pytest.mark.parametrize(
    ("value", "locale", "short", "said"),
    [
        (MORNING, "en", False, "Tuesday 1 December 2026, 9:30 am"),
        (MORNING, "en", True, "1 Dec, 9:30 am"),
        (MORNING, "hi", False, "मंगलवार 1 दिसंबर 2026, 9:30 am"),
        (datetime(2026, 12, 1, 18, 30, tzinfo=UTC), "en", False, "Wednesday 2 December 2026, 12:00 am"),
        (datetime(2026, 12, 1, 6, 30, tzinfo=UTC), "en", True, "1 Dec, 12:00 pm"),
        (date(2026, 1, 26), "en", False, "Monday 26 January 2026"),
        (date(2026, 1, 26), "en", True, "26 Jan"),
        (date(2026, 1, 26), "ur", False, "پیر 26 جنوری 2026"),
        (date(2026, 1, 26), "ta", False, "Monday 26 January 2026"),  # no catalogue: all of it is English
        (time(15, 5), "en", False, "3:05 pm"),
        (1234567, "hi", False, "1234567"),
    ],
)
def test_days_and_numbers(renderer: Renderer, value: Param, locale: str, short: bool, said: str) -> None:
    assert renderer.plain(Text("{it}", {"it": value}), locale, "sms" if short else "full") == said


@pytest.mark.parametrize("month", range(1, 13))
@pytest.mark.parametrize("locale", ["en", "hi", "ur"])
def test_digits_are_latin_in_every_language(renderer: Renderer, locale: str, month: int) -> None:
    said = renderer.plain(Text("{it}", {"it": datetime(2026, month, 28, 9, 15, tzinfo=UTC)}), locale)
    assert [digit for digit in said if digit.isdigit()] == list("282026245")


def test_what_has_no_words(renderer: Renderer) -> None:
    challenge = Challenge("c", "mobile", "+91", 0, MORNING, MORNING, tries=0, used=False)
    for text in (
        Text("Code {code}", {"code": CodeOf(challenge, "telegram:1/1")}),
        Text("Hello {name}"),
        Text("At {time}", {"time": MORNING.replace(tzinfo=None)}),
    ):
        with pytest.raises(ValueError):
            renderer.plain(text, "en")


def test_a_message_has_the_same_lines_in_both_kinds(renderer: Renderer) -> None:
    button = Button(Text("When"), "when")
    rendered = renderer.message(Message((Text("**A**"), BLANK, verbatim("b\nc")), ((button,), (button,))), "hi")
    assert rendered.plain == "A\n\nb c"
    assert rendered.html == "<b>A</b>\n\nb c"
    assert rendered.buttons == ((("कब", "when"),), (("कब", "when"),))


def test_languages_directions_and_faults(renderer: Renderer) -> None:
    assert renderer.locales == ("en", "hi", "ur")
    assert [renderer.direction(locale) for locale in ("en", "hi", "ur", "xx")] == ["ltr", "ltr", "rtl", "ltr"]
    assert renderer.faults == (
        "hi: 'Come at {time}': the places differ (hour, time): English is used",
        "hi: 'A **loud** word': a ** has no partner: English is used",
    )


def test_a_broken_catalogue_is_left_out_and_named(tmp_path: Path) -> None:
    catalogue(tmp_path, "hi", HINDI)
    catalogue(tmp_path, "bn", "When = kakhan\n")
    catalogue(tmp_path, "ta", 'msgid "When"\nmsgstr ""\n')
    renderer = Renderer(tmp_path, INDIA)
    assert renderer.locales == ("en", "hi")
    assert renderer.faults[0].startswith("bn: mulakat.po is not a catalogue")


def test_without_catalogues_it_speaks_english(tmp_path: Path) -> None:
    renderer = Renderer(tmp_path / "none", INDIA)
    assert (renderer.locales, renderer.faults) == (("en",), ())
    assert renderer.plain(Text("Hello {name}", {"name": "Devi"}), "hi") == "Hello Devi"


SENTENCES = ("Hello {name}", "**{name}**", "{name} and **{name}** & co", "{label}: **{value}**", "{text}")


@given(st.sampled_from(SENTENCES), ANY_TEXT, st.sampled_from(("en", "hi")))
def test_no_parameter_makes_markup(renderer: Renderer, sentence: str, typed: str, locale: str) -> None:
    text = Text(sentence, dict.fromkeys(("name", "label", "value", "text"), typed))
    html = renderer.html(Text("Outer {it}", {"it": text}), locale)
    assert re.findall(r"<[^>]*>?", html) == ["<b>", "</b>"] * (sentence.count("**") // 2)
    assert re.fullmatch(r"(?:[^&]|&(?:amp|lt|gt);)*", html, re.DOTALL)
    assert "\n" not in html
    html.encode()
    # What is read is what was typed, once for each place, whatever braces and stars are in it.
    plain = renderer.plain(Text("Outer {it}", {"it": text}), locale)
    assert unescape(re.sub(r"</?b>", "", html)) == as_read(html) == plain
    assert plain.count(clean(typed)) >= sentence.count("{")
