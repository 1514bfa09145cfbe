"""Words to be said, in the reader's language: the only look-up of translations, and the only escaping."""

from datetime import date, datetime, time
from functools import lru_cache
from pathlib import Path
from zoneinfo import ZoneInfo

from msgspec import Struct

from channels.catalogue import Mark, Template, read_catalogues, taken_apart
from channels.cleaning import clean
from channels.days import Style, at_moment, at_time, names, on_day
from dialogue.model import Message
from dialogue.words import CodeOf, Param, Text, _

ENGLISH = "en"

ASKS = {
    "contact": _("📱 Share my number"),
    "location": _("📍 Share where I am"),
    "reply": _("The reason, in a sentence"),
}


class Rendered(Struct, frozen=True):
    """A message in one language. `html` is what Telegram reads (only <b>). buttons: rows of (label, data). asks: what
    the reader's keyboard is opened for, with its label."""

    html: str
    buttons: tuple[tuple[tuple[str, str], ...], ...]
    asks: tuple[str, str] = ("", "")

    @property
    def plain(self) -> str:
        """The same lines as they are read."""
        return as_read(self.html)


class Renderer:
    """locales: "en" first, then every language that has a usable translation. faults: what is wrong with the
    catalogues, each as a sentence for the operator."""

    def __init__(self, locales_folder: Path, zone: ZoneInfo) -> None:
        self._zone = zone
        self._catalogues, self.faults = read_catalogues(locales_folder)
        self.locales = (ENGLISH, *(language for language in self._catalogues if language != ENGLISH))
        self._fixed = lru_cache(4096)(self._always)

    def plain(self, text: Text, locale: str, style: Style = "full") -> str:
        """Without markup. style: how long days and times may be."""
        return self._said(text, locale, html=False, style=style, bold=False)

    def label(self, text: Text, locale: str) -> str:
        """As it stands on a button."""
        return self.plain(text, locale, "button")

    def html(self, text: Text, locale: str) -> str:
        """Bold as <b>; everything else escaped. Fit for Telegram and for the body of a page, not for an
        attribute."""
        return self._said(text, locale, html=True, style="full", bold=False)

    def message(self, message: Message, locale: str) -> Rendered:
        return Rendered(
            html="\n".join(self.html(text, locale) for text in message.text),
            buttons=tuple(
                tuple((self.label(button.text, locale), button.data) for button in row) for row in message.buttons
            ),
            asks=(message.asks, self.plain(ASKS[message.asks], locale)) if message.asks else ("", ""),
        )

    def direction(self, locale: str) -> str:
        """Which way the language runs: "ltr" or "rtl"."""
        return names(self._spoken(locale)).direction

    def _spoken(self, locale: str) -> str:
        return locale if locale in self.locales else ENGLISH

    def _said(self, text: Text, locale: str, *, html: bool, style: Style, bold: bool) -> str:
        if text.params:
            return self._filled(text, locale, html, style, bold)
        return self._fixed(text.msgid, locale, html, bold) if text.msgid else ""

    def _always(self, msgid: str, locale: str, html: bool, bold: bool) -> str:
        """What is said in the same words each time, as most labels are: `_fixed` remembers it."""
        return self._filled(Text(msgid), locale, html, "full", bold)

    def _filled(self, text: Text, locale: str, html: bool, style: Style, bold: bool) -> str:
        said: list[str] = []
        within = bold
        for part in self._template(text.msgid, locale):
            if isinstance(part, str):
                said.append(escaped(part) if html else part)
            elif isinstance(part, Mark):
                within = not within
                if html and not bold:  # a bold text inside a bold one adds nothing
                    said.append("<b>" if within else "</b>")
            else:
                value = self._value(text, part.name)
                if isinstance(value, Text):
                    said.append(self._said(value, locale, html=html, style=style, bold=bold or within))
                else:
                    shown = self._shown(value, locale, style)
                    said.append(escaped(shown) if html else shown)
        return "".join(said)

    def _template(self, msgid: str, locale: str) -> Template:
        catalogue = self._catalogues.get(locale)
        translated = catalogue.get(msgid) if catalogue else None
        return taken_apart(msgid) if translated is None else translated

    def _value(self, text: Text, name: str) -> Param:
        try:
            return text.params[name]
        except KeyError:
            raise ValueError(f"{text.msgid!r} was given no {name!r}") from None

    def _shown(self, value: str | int | date | datetime | time | CodeOf, locale: str, style: Style) -> str:
        match value:
            case str():
                return clean(value)
            case int():
                return str(value)
            case datetime():
                return at_moment(value, self._zone, names(self._spoken(locale)), style)
            case date():
                return on_day(value, names(self._spoken(locale)), style)
            case time():
                return at_time(value, names(self._spoken(locale)))
            case CodeOf():
                raise ValueError("a code leaves only as digits: the postman puts them in before it delivers")


def escaped(text: str) -> str:
    """Not a tag, whatever is in it. Quotes stay: nothing of ours stands in an attribute."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def as_read(html: str) -> str:
    """Without our only tag, and the other way round."""
    bare = html.replace("<b>", "").replace("</b>", "")
    return bare.replace("&gt;", ">").replace("&lt;", "<").replace("&amp;", "&")
