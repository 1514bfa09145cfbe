"""The ground that tests of channels stand on: a zone, two catalogues as translators leave them, and some
answers."""

from collections.abc import Awaitable, Callable
from pathlib import Path
from zoneinfo import ZoneInfo

from aiohttp import web
from hypothesis import strategies as st

INDIA = ZoneInfo("Asia/Kolkata")

HINDI = """
msgid ""
msgstr "Content-Type: text/plain; charset=UTF-8\\n"

msgid "Hello {name}"
msgstr "नमस्ते {name}"

msgid "When"
msgstr "कब"

msgid "{day}"
msgstr "{day} को"

msgid "Your visit is **approved**."
msgstr "आपकी मुलाक़ात **मंज़ूर** है।"

#, fuzzy
msgid "Only a guess"
msgstr "अंदाज़ा"

msgid "Not yet"
msgstr ""

msgid "Come at {time}"
msgstr "{hour} बजे आइए"

msgid "A **loud** word"
msgstr "एक **ऊँचा शब्द"
"""

URDU = """
msgid ""
msgstr "Content-Type: text/plain; charset=UTF-8\\n"

msgid "When"
msgstr "کب"
"""

# Lone surrogates and controls too.
ANY_TEXT = st.text(alphabet=st.characters(exclude_categories=()))

Answerer = Callable[[web.BaseRequest], Awaitable[web.StreamResponse]]
Serve = Callable[[Answerer], Awaitable[str]]


def catalogue(folder: Path, language: str, text: str) -> None:
    path = folder / language / "LC_MESSAGES" / "mulakat.po"
    path.parent.mkdir(parents=True)
    path.write_text(text, encoding="utf-8")
