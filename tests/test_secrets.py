"""Planted secrets: nowhere in the logs at DEBUG, nowhere readable in the database, its WAL or a dump."""

import io
import logging
import re
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest

from dialogue.effects import Turn, Wants
from dialogue.model import Event, Facts, Refused
from dialogue.session import Session
from handlers import desk
from tests.support.logged import logged
from tests.support.stage import GROUP, Stage
from tests.support.stories import ASK, EMAIL, MOBILE, REGISTER, play

AADHAAR = "234567890124"
NAME = "Sunita Devi"
DIGITS = MOBILE.removeprefix("+91")


@pytest.fixture
def log() -> Iterator[io.StringIO]:
    """Everything that is logged at DEBUG, by us and by every library."""
    with logged("DEBUG") as out:
        yield out


def spaced(number: str) -> re.Pattern[bytes]:
    """A number with or without signs between its digits."""
    return re.compile(rb"[ \-]?".join(re.escape(digit.encode()) for digit in number))


def files(stage: Stage) -> dict[str, bytes]:
    """The database file, its companions, and a dump."""
    path = Path(str(stage.db.url.database))
    found = {file.name: file.read_bytes() for file in path.parent.iterdir()}
    with sqlite3.connect(path) as connection:
        found["dump"] = "\n".join(connection.iterdump()).encode("utf-8", "surrogatepass")
    connection.close()
    return found


async def the_story(stage: Stage) -> list[str]:
    """Register, ask, approve, be reminded, cancel; the codes that were sent."""
    await play(stage, REGISTER)
    await play(stage, ASK)
    await stage.press_label(201, "Approve", GROUP)
    await stage.forward(seconds=61)
    await stage.forward(days=2)
    await stage.press_label(101, "can't come")
    await stage.press_label(101, "Yes, cancel")
    return [stage.code(MOBILE, "sms"), stage.code(EMAIL, "email")]


async def test_nothing_in_the_logs(stage: Stage, log: io.StringIO) -> None:
    codes = await the_story(stage)
    logging.getLogger("mulakat.test").debug("the log is open")
    text = log.getvalue().encode()
    assert b"the log is open" in text
    for planted in (NAME, "Ramesh Kumar", EMAIL, *codes):
        assert planted.encode() not in text
    for number in (AADHAAR, DIGITS):
        assert not spaced(number).search(text)


async def test_nothing_in_the_logs_of_an_error(stage: Stage, log: io.StringIO, monkeypatch: pytest.MonkeyPatch) -> None:
    """A step that fails with what was typed in its exception: the log has its type and place, not its words."""

    def fails(session: Session, event: Event | Refused, facts: Facts) -> Turn | Wants:
        raise ValueError(f"cannot handle {event} of {NAME} {AADHAAR} {EMAIL}")

    monkeypatch.setattr(desk, "step", fails)
    await stage.said(101, f"{NAME} {AADHAAR} {EMAIL}")
    text = log.getvalue()
    assert "ValueError" in text and "desk.py" in text
    for planted in (NAME, AADHAAR, EMAIL, "cannot handle"):
        assert planted not in text
    assert "put aside" in stage.last(900).rendered.plain  # type: ignore[union-attr]
    assert "Sorry" in stage.last(101).rendered.plain  # type: ignore[union-attr]


async def test_nothing_readable_in_the_database(stage: Stage) -> None:
    await the_story(stage)
    for name, body in files(stage).items():
        assert EMAIL.encode() not in body, name
        for number in (AADHAAR, DIGITS):
            assert not spaced(number).search(body), name
        assert b"Gali 4" not in body, name


async def test_a_number_in_the_wrong_place_is_not_kept_either(stage: Stage) -> None:
    """An Aadhaar number typed where a name, an address or the prisoner's number is asked for."""
    await play(stage, REGISTER[:3])
    for words in ("2345 6789 0124", "my number is 2345-6789-0124"):
        await stage.said(101, words)
        assert "delete your message" in stage.last(101).rendered.plain  # type: ignore[union-attr]
    await play(stage, REGISTER[3:])
    await play(stage, ASK[:7])
    await stage.said(101, "234567890124")
    assert "delete your message" in stage.last(101).rendered.plain  # type: ignore[union-attr]
    for name, body in files(stage).items():
        assert not spaced(AADHAAR).search(body), name
