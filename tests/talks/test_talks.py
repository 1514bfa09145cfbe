"""Every transcript in this folder, played against the real desk, postman and database."""

import os
from functools import partial
from pathlib import Path

import pytest

from tests.support.stage import Stage
from tests.talks.play import Play

HERE = Path(__file__).parent
TALKS = sorted(HERE.glob("*.talk"))


@pytest.mark.parametrize("path", TALKS, ids=lambda path: path.stem)
async def test_talk(path: Path, any_stage: Stage) -> None:
    script = READ(path)
    played = await Play(any_stage).run(script)
    if os.environ.get("UPDATE_TALKS"):
        WRITE(path, played)
    assert played == script


READ = partial(Path.read_text, encoding="utf-8")
WRITE = partial(Path.write_text, encoding="utf-8")
