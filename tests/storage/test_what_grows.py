"""However much lies in the tables: what every talk asks of the database, and what is done each minute, takes as much
after forty times the visits. No statement walks through what grows, nor through a part of it that grows with it."""

from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import pytest

from bench import history
from operate import figures
from scheduler import sweep
from tests.support.effort import effort
from tests.support.stage import GROUP, Stage, staged, sweep_of
from tests.talks.play import Play

FOLDER = Path(__file__).parents[1] / "talks"
TALKS = {path.stem: path.read_text(encoding="utf-8") for path in sorted(FOLDER.glob("*.talk"))}
FEW, MANY = 100, 4_000  # visits
SLACK = 400  # steps: an index gets deeper

Growth = dict[str, tuple[int, int]]


@pytest.fixture
async def stages(tmp_path: Path) -> AsyncIterator[tuple[Stage, Stage]]:
    """With few and with many visits of old."""
    async with staged(tmp_path / "few") as few, staged(tmp_path / "many") as many:
        for stage, visits in ((few, FEW), (many, MANY)):
            assert stage.db.url.database
            history.write(stage.db.url.database, visits, stage.clock())
        yield few, many


async def growth(stages: tuple[Stage, Stage], what: Callable[[Stage], Awaitable[object]]) -> Growth:
    """Statements that take more where more lies, with their steps there and here."""
    spent: list[Counter[str]] = []
    for stage in stages:
        with effort() as steps:
            await what(stage)
        spent.append(steps)
    few, many = spent
    return {words: (few[words], many[words]) for words in many if many[words] > 2 * few[words] + SLACK}


@pytest.mark.parametrize("talk", TALKS)
async def test_no_talk_takes_more_where_more_lies(
    stages: tuple[Stage, Stage], talk: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def nothing(_sweep: sweep.Sweep) -> None:
        """In the days of a talk more comes of age where there is more."""

    monkeypatch.setattr(sweep.Sweep, "run", nothing)
    assert not await growth(stages, lambda stage: Play(stage).run(TALKS[talk]))


async def test_nor_does_what_is_done_each_minute(stages: tuple[Stage, Stage], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sweep, "ADDRESSES", 20)
    sweeps = {id(stage): sweep_of(stage) for stage in stages}

    async def minute(stage: Stage) -> None:
        await stage.postman.recover()
        await stage.deadlines.run()
        await sweeps[id(stage)].run()
        async with stage.db.begin() as tx:
            await figures.read(tx, stage.clock())

    for stage in stages:
        await minute(stage)  # what had been due
    assert not await growth(stages, minute)


async def test_nor_does_what_staff_ask(stages: tuple[Stage, Stage]) -> None:
    """Of a jail where much has been; and after a start, what waits there."""

    async def asked(stage: Stage) -> None:
        for command in ("/pending", "/today", "/find ABCD2345"):
            await stage.said(201, command, GROUP)
        await stage.deadlines.start()

    assert not await growth(stages, asked)


async def test_growth_would_be_seen(stages: tuple[Stage, Stage]) -> None:
    async def walk(stage: Stage) -> None:
        async with stage.db.begin() as tx:
            await tx.exec_driver_sql("SELECT count(*) FROM visits WHERE minutes = 31")

    ((few, many),) = (await growth(stages, walk)).values()
    assert many > 10 * few > 0
