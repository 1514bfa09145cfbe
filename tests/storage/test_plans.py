"""However much lies in the tables: what every talk asks of the database is found by an index, never by walking through
all rows of a table that grows. SQLite tells how it would go about each statement."""

import re
from pathlib import Path

import pytest

from tests.support.heard import listening
from tests.support.stage import Stage
from tests.talks.play import Play

FOLDER = Path(__file__).parents[1] / "talks"
TALKS = {path.stem: path.read_text(encoding="utf-8") for path in sorted(FOLDER.glob("*.talk"))}
GROWS = {"inbox", "sessions", "outbox", "addresses", "challenges", "spends", "visitors", "slots", "visits", "notes"}

# What waits is little, and all of it is wanted.
WALKED = re.compile(r"SCAN (\w+)(?! USING (?:COVERING )?INDEX ix_(?:inbox|outbox)_waiting)")

# Once an hour, or when somebody asks to be forgotten.
RARELY = ("SELECT addresses.hash FROM addresses WHERE", "UPDATE outbox SET sealed=")


@pytest.mark.parametrize("talk", TALKS)
async def test_nothing_walks_through_what_grows(stage: Stage, talk: str) -> None:
    with listening() as asked:
        await Play(stage).run(TALKS[talk])
        await stage.forward(days=1)
    looked = {statement: values for statement, values in asked if re.match(r"SELECT|UPDATE|DELETE|WITH", statement)}
    assert looked
    async with stage.db.begin() as tx:
        for statement, parameters in looked.items():
            words = " ".join(statement.split())
            if words.startswith(RARELY):
                continue
            plan = await tx.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", parameters)
            walked = {found[1] for row in plan if (found := WALKED.match(row.detail))}
            assert not walked & GROWS, f"{walked & GROWS} in {words}"
