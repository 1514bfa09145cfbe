"""The whole story on the demo's page: register, both codes from the inbox, ask, approve, calendar file, reminder.

MULAKAT_SCREENSHOTS=1 writes the pictures to docs/ instead of a temporary folder.
"""

import os
import re
import shutil
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from playwright.async_api import Locator, Page, async_playwright, expect

from operate.settings import ROOT
from tests.end_to_end.story import ASK, REGISTER
from tests.end_to_end.town import Process, started

pytestmark = pytest.mark.browser

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
PATIENCE = 20_000  # milliseconds


@pytest.fixture
async def demo(tmp_path: Path) -> AsyncIterator[tuple[Process, str]]:
    """`bot.py demo` as a user starts it; its page's address."""
    env = {k: v for k, v in os.environ.items() if not k.startswith("MULAKAT_")} | {"PYTHONUNBUFFERED": "1"}
    process = await started("bot.py", "demo", "--port", "0", "--folder", str(tmp_path / "demo"), env=env)
    try:
        line = await process.line("http://")
        found = re.search(r"http://\S+", line)
        assert found
        yield process, found.group()
    finally:
        assert await process.stop() == 0


@pytest.fixture
async def page(demo: tuple[Process, str]) -> AsyncIterator[Page]:
    if CHROMIUM is None:
        pytest.skip("no Chromium on this machine: apt-get install chromium")
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        page = await browser.new_page(viewport={"width": 1440, "height": 900}, device_scale_factor=1.5)
        page.set_default_timeout(PATIENCE)
        errors: list[str] = []
        page.on("pageerror", lambda error: errors.append(str(error)))
        await page.goto(demo[1])
        yield page
        await browser.close()
        assert errors == []


class Screen:
    """One phone on the page."""

    def __init__(self, page: Page, person: int) -> None:
        self.page = page
        self.root = page.get_by_test_id(f"phone-{person}")
        self.log = self.root.get_by_test_id("log")

    async def say(self, text: str) -> None:
        await self.root.get_by_test_id("input").fill(text)
        await self.root.get_by_test_id("send").click()

    async def press(self, pattern: str, last: bool = False) -> None:
        """The newest button with these words."""
        buttons = self.log.get_by_role("button", name=re.compile(pattern.replace("/", "."), re.IGNORECASE))
        await expect(buttons.last).to_be_visible(timeout=PATIENCE)
        await (buttons.last if last else await newest(buttons)).click()

    async def hears(self, pattern: str) -> None:
        bubble = self.log.locator("[data-message-id]").filter(has_text=re.compile(pattern, re.IGNORECASE | re.DOTALL))
        await expect(bubble.last).to_be_visible(timeout=PATIENCE)


async def newest(buttons: Locator) -> Locator:
    """The first matching button of the newest message that has one."""
    count = await buttons.count()
    owners = [await buttons.nth(i).evaluate(OWNER) for i in range(count)]
    return buttons.nth(owners.index(owners[-1]))


OWNER = "b => b.closest('[data-message-id]')?.dataset.messageId ?? ''"


async def picture(page: Page, name: str, folder: Path) -> None:
    where = ROOT / "docs" if os.environ.get("MULAKAT_SCREENSHOTS") else folder
    await page.wait_for_timeout(400)  # what moves comes to rest
    await page.screenshot(path=where / f"{name}.png")


async def code_from_inbox(page: Page, tab: str) -> None:
    """Open the newest code in the inbox and put it into the family's chat, as the page offers."""
    await page.get_by_test_id(tab).click()
    inbox = page.get_by_test_id("inbox")
    if tab == "mail-tab":
        await page.get_by_test_id("mail-item").filter(has_text=re.compile("code", re.IGNORECASE)).first.click()
    await inbox.get_by_role("button", name="Use in the family's chat").first.click()


async def play(screen: Screen, story: tuple[tuple[str, str], ...]) -> None:
    for what, heard in story:
        if what in ("{sms}", "{email}"):
            await code_from_inbox(screen.page, "sms-tab" if what == "{sms}" else "mail-tab")
            await expect(screen.root.get_by_test_id("input")).to_have_value(re.compile(r"\d{6}"))
            await screen.root.get_by_test_id("send").click()
        elif what == "{last day}":
            await screen.press(r"^\d+🟢", last=True)
        elif what.startswith("["):
            await screen.press(what[1:-1])
        else:
            await screen.say(what)
        await screen.hears(heard)


async def test_the_story_on_the_page(page: Page, tmp_path: Path) -> None:
    family, office = Screen(page, 101), Screen(page, 201)
    await family.root.get_by_role("button", name="Start", exact=False).first.click()
    await family.hears("First you register once")
    await play(family, REGISTER[:9])
    await picture(page, "register", tmp_path)
    await play(family, REGISTER[9:])
    await play(family, ASK[:-1])
    await picture(page, "review", tmp_path)
    await play(family, ASK[-1:])

    await office.hears("Sunita Devi.*Ramesh Kumar")
    await picture(page, "card", tmp_path)
    await office.press("Approve")
    await office.hears("Approved by")
    await family.hears("Your visit is approved")

    await page.get_by_test_id("mail-tab").click()
    await page.get_by_test_id("mail-item").filter(has_text="approved").first.click()
    await expect(page.get_by_test_id("calendar-card")).to_contain_text("Ramesh Kumar", timeout=PATIENCE)
    await picture(page, "demo", tmp_path)

    for _day in range(15):  # forward until the day before the visit
        if await family.log.get_by_text("Your visit is on").count():
            break
        await page.get_by_test_id("forward-1d").click()
        await page.wait_for_timeout(1500)
    await family.hears("Your visit is on")
    await picture(page, "reminder", tmp_path)


async def test_on_a_small_screen(page: Page, tmp_path: Path) -> None:
    """At the width of a cheap phone nothing is cut off and nothing scrolls sideways."""
    await page.set_viewport_size({"width": 360, "height": 740})
    family = Screen(page, 101)
    await family.root.get_by_role("button", name="Start", exact=False).first.click()
    await family.hears("First you register once")
    await picture(page, "phone", tmp_path)
    wide = await page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    assert wide == 0
