"""`make messages`: collects all marked sentences and the states' names into messages.pot and each language's file.

A translation stays as it is; a new sentence comes untranslated, one that is no longer said goes. No dates, no authors.
"""

import csv
import re
import tomllib
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po, write_po

ROOT = Path(__file__).resolve().parent.parent
STATES = "data/states.csv"


def collected() -> Catalog:
    """The template, in the order of files; the states' names, which the code looks up as sentences, stand last."""
    mappings = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["babel"]["mappings"]
    methods = [(mapping["pattern"], mapping["method"]) for mapping in mappings]
    template = Catalog(charset="utf-8")
    for file, _line, msgid, *_rest in extract_from_dir(ROOT, methods, keywords={"_": None}):
        template.add(msgid, locations=[(file, None)])  # type: ignore[list-item]  # a line would change every day
    with (ROOT / STATES).open(encoding="utf-8", newline="") as table:
        for row in csv.DictReader(table):
            template.add(row["name_en"], locations=[(STATES, None)])  # type: ignore[list-item]
    return template


def write(path: Path, catalog: Catalog, head: str) -> None:
    with path.open("wb") as file:
        file.write(head.encode())
        write_po(file, catalog, width=0, omit_header=True, include_lineno=False, sort_by_file=False)


def head_of(path: Path) -> str:
    """A file's own header, as it stands: up to its first sentence."""
    text = path.read_text(encoding="utf-8")
    first = re.search(r"^#: ", text, re.MULTILINE)
    return text[: first.start()] if first else text


def main() -> None:
    template = collected()
    pot = ROOT / "locales" / "messages.pot"
    write(pot, template, head_of(pot))
    for path in sorted((ROOT / "locales").glob("*/LC_MESSAGES/mulakat.po")):
        with path.open("rb") as file:
            known = read_po(file)
        head = head_of(path)
        fresh = Catalog(charset="utf-8")
        missing = 0
        for message in template:
            if not message.id:
                continue
            old = known.get(message.id)
            said = old.string if old and not old.fuzzy else ""
            missing += not said
            fresh.add(message.id, said, locations=message.locations)
        write(path, fresh, head)
        print(f"{path.parent.parent.name}: {missing} sentences to translate")


if __name__ == "__main__":
    main()
