"""Fixtures for every room: a stage with a database of its own. Seeds and counts are printed by the proofs."""

import asyncio
import os

os.environ.setdefault("PTB_TIMEDELTA", "1")

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from operate import logs
from tests.support.postgres import DATABASES
from tests.support.ready_made import on_postgresql, thrown_away
from tests.support.stage import Stage, staged

logs.set_up("WARNING", "json")

PROVE = os.environ.get("MULAKAT_PROVE") == "1"


# Whose words are shown when they pass too: seeds, counts, figures.
PROOFS = ("tests/proofs/", "tests/dialogue/test_properties.py", "tests/talks/test_how_much.py")


# Files that take long, longest first: begun last, one of them would run alone at the end.
LONG = (
    "proofs/test_kill.py", "end_to_end/test_story.py", "end_to_end/test_full.py", "proofs/test_races.py",
    "browser/", "end_to_end/", "proofs/", "test_hostile_input.py", "talks/",
)  # fmt: skip


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_auto_num_workers() -> int:
    """One more than there are cores: many tests wait, for a clock, a disk or a process that ends."""
    return (os.cpu_count() or 1) + 1


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    def place(item: pytest.Item) -> int:
        name = item.nodeid.removeprefix("tests/")
        return next((n for n, long in enumerate(LONG) if name.startswith(long)), len(LONG))

    items.sort(key=place)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    passed = [one for one in terminalreporter.stats.get("passed", []) if one.nodeid.startswith(PROOFS)]
    if passed:
        terminalreporter.section("proofs", sep="-")
    for report in sorted(passed, key=lambda one: str(one.nodeid)):
        if words := " ".join(report.capstdout.split()):
            terminalreporter.line(f"{report.nodeid.removeprefix('tests/')} ({report.duration:.1f} s): {words}")


def pytest_sessionfinish() -> None:
    asyncio.run(thrown_away())


@pytest.fixture
async def stage(tmp_path: Path) -> AsyncIterator[Stage]:
    async with staged(tmp_path) as made:
        yield made


@pytest.fixture(params=DATABASES)
async def any_stage(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Stage]:
    """The same stage on each kind of database."""
    if request.param == "sqlite":
        async with staged(tmp_path) as made:
            yield made
        return
    async with on_postgresql() as url, staged(tmp_path, url) as made:
        yield made


@pytest.fixture
def counts() -> "Counts":
    return Counts()


class Counts:
    """A proof's count: a tenth in the ordinary run, all of it in `make prove`."""

    def __call__(self, full: int) -> int:
        return full if PROVE else max(1, full // 10)
