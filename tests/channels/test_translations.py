"""The catalogues in locales/ say all that the code says: complete, with the same places and signs, each SMS one SMS.

What is to be translated is extracted from the code here and now, so that a sentence changed in the code is missed at
once. Whether a translation is good is for its readers.
"""

import ast
import csv
import re
import tomllib
import unicodedata
from collections import Counter
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from functools import cache
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po

from channels.cleaning import units
from channels.render import Renderer
from channels.sms import LONGEST, fitting
from dialogue.model import Message
from dialogue.words import Param, Text
from visits.policy import INDIA

ROOT = Path(__file__).parents[2]
CATALOGUES = sorted((ROOT / "locales").glob("*/LC_MESSAGES/mulakat.po"))
LANGUAGES = [path.parent.parent.name for path in CATALOGUES]

PLACES = re.compile(r"\{[A-Za-z_][A-Za-z0-9_]*\}")
COMMANDS = re.compile(r"(?<!\S)/[a-z]+")
ROOM_FOR_JAIL = 15  # units: what a family needs to know which jail an SMS means


@cache
def sentences() -> tuple[str, ...]:
    """Every msgid: what `_()` marks in the code, as pyproject.toml says where to look, and the states' names."""
    mappings = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["babel"]["mappings"]
    methods = [(mapping["pattern"], mapping["method"]) for mapping in mappings]
    found = {str(msgid) for _file, _line, msgid, *_rest in extract_from_dir(ROOT, methods, keywords={"_": None})}
    with (ROOT / "data" / "states.csv").open(newline="") as file:
        found |= {row["name_en"] for row in csv.DictReader(file)}
    return tuple(sorted(found))


def read(path: Path) -> Catalog:
    with path.open("rb") as file:
        return read_po(file, abort_invalid=True)


@cache
def catalogue(language: str) -> Mapping[str, str]:
    """What is translated; a fuzzy entry is not."""
    entries = read(ROOT / "locales" / language / "LC_MESSAGES" / "mulakat.po")
    return {str(e.id): str(e.string) for e in entries if e.id and e.string and not e.fuzzy}


def pairs(language: str) -> Iterator[tuple[str, str]]:
    words = catalogue(language)
    return ((msgid, words[msgid]) for msgid in sentences() if msgid in words)


def signs(sentence: str) -> Counter[str]:
    """✅, ◀, ✎ and their like: what a person who reads little goes by."""
    return Counter(sign for sign in sentence if unicodedata.category(sign) == "So")


@pytest.fixture(scope="module")
def spoken() -> Renderer:
    """As the product renders: over the catalogues in locales/."""
    return Renderer(ROOT / "locales", INDIA)


def test_the_bot_speaks_every_language_that_has_a_catalogue(spoken: Renderer) -> None:
    assert not spoken.faults
    assert "hi" in LANGUAGES
    assert spoken.locales == ("en", *LANGUAGES)


def test_the_template_holds_every_sentence() -> None:
    template = {str(entry.id) for entry in read(ROOT / "locales" / "messages.pot") if entry.id}
    assert sorted(set(sentences()) - template) == [], "add these to locales/messages.pot"
    assert sorted(template - set(sentences())) == [], "take these out of locales/messages.pot"


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_sentence_is_translated(language: str) -> None:
    missing = [msgid for msgid in sentences() if msgid not in catalogue(language)]
    assert not missing, f"without a translation in locales/{language}"


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_translation_without_its_sentence(language: str) -> None:
    left_over = sorted(set(catalogue(language)) - set(sentences()))
    assert not left_over, f"the code says these no longer: take them out of locales/{language}"


@pytest.mark.parametrize("language", LANGUAGES)
def test_places_marks_signs_and_commands_are_those_of_the_english(language: str) -> None:
    for msgid, said in pairs(language):
        assert Counter(PLACES.findall(said)) == Counter(PLACES.findall(msgid)), said
        assert said.count("**") == msgid.count("**"), said
        assert signs(msgid) <= signs(said), said
        assert set(COMMANDS.findall(said)) == set(COMMANDS.findall(msgid)), said


@pytest.mark.parametrize("language", LANGUAGES)
def test_letters_are_normal_and_digits_ascii(language: str) -> None:
    """As what people type is kept: so that a word typed from a button equals the button's."""
    for _msgid, said in pairs(language):
        assert said == unicodedata.normalize("NFC", said), said
        assert not [sign for sign in said if sign.isdigit() and not sign.isascii()], said


# ---------------------------------------------------------------- SMS


def sms_sentences() -> tuple[str, ...]:
    """The msgids of `sms = Message(...)` and of functions `..._by_sms`, wherever they stand in dialogue."""
    found: dict[str, None] = {}
    for path in sorted((ROOT / "dialogue").rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text())):
            assigned = isinstance(node, ast.Assign) and any(_called(t, "sms") for t in node.targets)
            if assigned or (isinstance(node, ast.FunctionDef) and node.name.endswith("_by_sms")):
                found.update(dict.fromkeys(_marked(node)))
    return tuple(found)


def _called(target: ast.expr, name: str) -> bool:
    return isinstance(target, ast.Name) and target.id == name


def _marked(node: ast.AST) -> Iterator[str]:
    for call in ast.walk(node):
        if isinstance(call, ast.Call) and isinstance(call.func, ast.Name) and call.func.id == "_":
            text = call.args[0]
            assert isinstance(text, ast.Constant)
            yield str(text.value)


def longest() -> Iterator[dict[str, Param]]:
    """The parameters at their longest, once for each month's name."""
    with (ROOT / "data" / "jails.csv").open(newline="") as file:
        jail = max((row["name"] for row in csv.DictReader(file)), key=units)
    for month in range(1, 13):
        half_past_twelve = datetime(2026, month, 28, 7, 0, tzinfo=UTC)
        yield {"code": "123456", "number": "M-DKN4-Y7F5", "ref": "K7M2PQ9X", "jail": jail, "start": half_past_twelve}


SMS = sms_sentences()


def test_the_sms_are_found() -> None:
    assert len(SMS) >= 4
    assert any("{jail}" in msgid for msgid in SMS) and any("{code}" in msgid for msgid in SMS)


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_the_readme_says_to_register_is_every_sms(language: str) -> None:
    """By its own command: an operator delivers nothing else."""
    found = re.search(r"grep -hA1 -E '(.+)' locales/\*/LC_MESSAGES/mulakat.po", (ROOT / "README.md").read_text())
    assert found
    lines = (ROOT / "locales" / language / "LC_MESSAGES" / "mulakat.po").read_text().splitlines()
    printed = [line for line in lines if re.match(found.group(1), line)]
    assert sorted(printed) == sorted(f'msgid "{msgid}"' for msgid in SMS)
    files = {path.name for path in (ROOT / "dialogue").rglob("*.py") if any(sms in path.read_text() for sms in SMS)}
    assert all(f"`dialogue/{name}`" in (ROOT / "README.md").read_text() for name in files), files


@pytest.mark.parametrize("language", ["en", *LANGUAGES])
@pytest.mark.parametrize("msgid", SMS)
def test_each_sms_is_one_sms(spoken: Renderer, msgid: str, language: str) -> None:
    for given in longest():
        said = fitting(Message((Text(msgid, given),)), spoken, language)
        assert units(said) <= LONGEST
        for name in ("code", "number", "ref"):
            assert f"{{{name}}}" not in msgid or str(given[name]) in said
        if "{jail}" in msgid:
            without = spoken.plain(Text(msgid, {**given, "jail": ""}), language, style="sms")
            assert units(without) <= LONGEST - ROOM_FOR_JAIL, without
