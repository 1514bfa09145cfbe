"""One demo and one browser for all of this folder; every test has a page of its own."""

import os
import shutil
from collections.abc import AsyncIterator
from datetime import datetime, timedelta

import pytest
import pytest_asyncio
from playwright.async_api import Browser, Page, async_playwright

from sandbox.play import Play
from tests.browser.screen import PATIENCE
from tests.end_to_end.town import demo as opened
from visits.policy import INDIA

NAMES = (
    os.environ.get("MULAKAT_CHROMIUM", ""),
    "chromium",
    "chromium-browser",
    "google-chrome",
    "google-chrome-stable",
)
CHROMIUM = next((found for name in NAMES if (found := shutil.which(name))), None)
FLAGS = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
]  # fmt: skip


def morning() -> datetime:
    """The next ten o'clock in the jails' zone."""
    now = datetime.now(INDIA)
    there = now.replace(hour=10, minute=0, second=0, microsecond=0)
    return there if there > now else there + timedelta(days=1)


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def demo(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[str]:
    """`bot.py demo` as a user starts it; its page's address."""
    folder = tmp_path_factory.mktemp("demo")
    process, url = await opened(folder)
    try:
        async with Play(url) as play:
            await play.do("clock", to=morning().isoformat())
        yield url
        wrong = [line for line in process.lines if "error" in line]
        assert wrong == []
    finally:
        assert await process.stop() == 0, "\n".join(process.lines[-20:])


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def browser() -> AsyncIterator[Browser]:
    if CHROMIUM is None:
        pytest.skip("no Chromium on this machine: apt-get install chromium")
    async with async_playwright() as playwright:
        opened = await playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield opened
        await opened.close()


@pytest_asyncio.fixture(loop_scope="session")
async def page(demo: str, browser: Browser) -> AsyncIterator[Page]:
    """At the size of a laptop; a script's error fails the test."""
    page = await browser.new_page(viewport={"width": 1440, "height": 900}, device_scale_factor=1.5)
    page.set_default_timeout(PATIENCE)
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    await page.goto(demo)
    yield page
    await page.close()
    assert errors == []
