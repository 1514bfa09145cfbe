"""Scenes without a browser: played again with other people, one at a time, and stopped with a sentence."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from operate.scenes import SCENES
from sandbox import Cast, Person, Sandbox, scenes
from sandbox.cast import Crowd, Scene
from sandbox.play import Play
from sandbox.script import read

SUNITA = Person(101, "Sunita Devi", phone="+919812345678")
CROWD = Crowd(500, ("Meena Kumari", "Imran Khan"), 919810000001)


async def shown(play: Play) -> dict[str, Any]:
    """The scene as it is when it's no longer played."""
    async with asyncio.timeout(20):
        while True:
            scene: dict[str, Any] = (await play.state())["scene"]
            if scene.get("state") != "playing":
                return scene
            await asyncio.sleep(0.05)


@asynccontextmanager
async def town(folder: Path, *lines: str) -> AsyncIterator[tuple[Sandbox, Play]]:
    """A sandbox without a bot, and one scene."""
    scene = Scene("A scene", lines, "{name A} is next", (("The family", "A"),))
    cast = Cast("Town", "42:x", Person(42, "Bot"), (SUNITA,), scenes=(scene,), crowd=CROWD)
    box = Sandbox(cast, folder)
    await box.start()
    try:
        async with Play(box.url) as play:
            yield box, play
    finally:
        await box.stop()


@pytest.mark.asyncio(loop_scope="session")
async def test_played_twice_with_other_people(demo: str) -> None:
    label = SCENES[1].label
    async with Play(demo) as play:
        people = []
        for _time in range(2):
            begun = await play.do("scene", name=label)
            assert begun["state"] == "playing" and begun["of"] == len(SCENES[1].lines)
            with pytest.raises(AssertionError, match="is being played: wait"):
                await play.do("scene", name=label)
            done = await shown(play)
            assert (done["state"], done["error"]) == ("ready", "")
            people.append(done["people"][0]["id"])
        assert people[0] != people[1]
        await play.do("scene", name="")
        assert (await play.state())["scene"] == {}


async def test_people_of_a_scene_are_new_and_outlive_a_restart(tmp_path: Path) -> None:
    async with town(tmp_path, "A: hello, I am {name}, {phone}", "101: and I am {user A}'s friend") as (box, play):
        await play.do("scene", name="A scene")
        first = await shown(play)
        assert first["then"] == "Meena is next"
        assert first["phones"] == [{"label": "The family", "person": 500, "chat": 500}]
        assert [m["text"] for m in await play.phone(500).messages()] == ["hello, I am Meena Kumari, 9810000001"]
        assert [m["text"] for m in await play.phone(101).messages()] == ["and I am meena1's friend"]
        await box.stop()
        await box.start()
        assert (await play.state())["scene"] == first
        await play.do("scene", name="A scene")
        assert (await shown(play))["phones"][0]["person"] == 502


async def test_where_a_scene_stops_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(scenes, "PATIENCE", 0.1)
    for line, words in (
        ("A: [Approve]", "no button [Approve] came in 0.1 seconds"),
        ("A? hello", "'hello' was not said in 0.1 seconds"),
        ("A: {sms}", "no code came by sms to +919810000001"),
        ("A: {reply} yes", "there is nothing to reply to"),
        ("7: hello", "there is no person 7 in the cast"),
    ):
        async with town(tmp_path / words[:9], line) as (_box, play):
            await play.do("scene", name="A scene")
            found = await shown(play)
            assert found["state"] == "failed" and line in found["error"] and words in found["error"]
            with pytest.raises(AssertionError, match="there is no scene"):
                await play.do("scene", name="Another")


async def test_a_scene_that_was_interrupted_says_so(tmp_path: Path) -> None:
    async with town(tmp_path, "A? never said") as (box, play):
        await play.do("scene", name="A scene")
        await box.stop()
        await box.start()
        assert "interrupted" in (await play.state())["scene"]["error"]


@pytest.mark.parametrize("line", ["Z: hello", "A hello", "clock back 3h", ""])
def test_a_line_that_cannot_be_played_is_refused(line: str) -> None:
    with pytest.raises(ValueError, match="can't play"):
        read(line)


def test_every_line_of_the_demo_can_be_read() -> None:
    for story in SCENES:
        assert [read(line).words for line in story.lines] == list(story.lines)
