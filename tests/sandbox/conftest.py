"""A town for each test, a way to play its people, a bare caller, and the real python-telegram-bot."""

import os

os.environ.setdefault("PTB_TIMEDELTA", "1")  # else python-telegram-bot warns of RetryAfter's number of seconds

from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp
import pytest
from telegram import Bot

from sandbox import Sandbox
from sandbox.play import Play
from tests.sandbox.ground import CAST, TOKEN, Api


@pytest.fixture
async def box(tmp_path: Path) -> AsyncIterator[Sandbox]:
    town = Sandbox(CAST, tmp_path / "town", limits=False)
    await town.start()
    yield town
    await town.stop()


@pytest.fixture
async def play(box: Sandbox) -> AsyncIterator[Play]:
    async with Play(box.url) as playing:
        yield playing


@pytest.fixture
async def api(box: Sandbox) -> AsyncIterator[Api]:
    async with aiohttp.ClientSession() as session:
        yield Api(box, session)


@pytest.fixture
async def bot(box: Sandbox) -> AsyncIterator[Bot]:
    """python-telegram-bot over its own httpx."""
    async with Bot(TOKEN, base_url=f"{box.telegram_api}/bot", base_file_url=f"{box.telegram_api}/file/bot") as one:
        yield one
