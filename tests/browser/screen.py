"""A person's hands and eyes on the demo's page: say, press, hear, look into the inbox, move the clock, play a scene."""

import os
import re
from datetime import datetime, timedelta

from playwright.async_api import Locator, Page, expect

from operate.settings import ROOT

PATIENCE = 20_000  # milliseconds
TIME = "%A %d %B %Y, %I:%M %p"


class Screen:
    """One phone on the page, by its heading."""

    def __init__(self, page: Page, label: str) -> None:
        self.page = page
        self.root = page.get_by_role("region", name=label, exact=True)
        self.log = self.root.get_by_test_id("log")

    async def say(self, text: str) -> None:
        await self.root.get_by_test_id("input").fill(text)
        await self.root.get_by_test_id("send").click()

    def buttons(self, pattern: str) -> Locator:
        return self.log.locator(".inline-button").filter(has_text=re.compile(pattern, re.IGNORECASE))

    async def offered(self, pattern: str) -> list[str]:
        """Such buttons of the newest message that has any."""
        buttons = self.buttons(pattern)
        owners: list[str] = await buttons.evaluate_all(OWNERS)
        texts = await buttons.all_inner_texts()
        return [text for text, owner in zip(texts, owners, strict=True) if owner == owners[-1]]

    async def press(self, pattern: str, last: bool = False) -> None:
        """Of the newest message that has such a button, the first; or the last."""
        buttons = self.buttons(pattern)
        await buttons.last.wait_for(timeout=PATIENCE)
        owners: list[str] = await buttons.evaluate_all(OWNERS)
        await buttons.nth(len(owners) - 1 if last else owners.index(owners[-1])).click()

    def bubbles(self, pattern: str) -> Locator:
        """What others said."""
        words = re.compile(pattern, re.IGNORECASE | re.DOTALL)
        return self.log.locator(".theirs[data-message-id]").filter(has_text=words)

    async def hears(self, pattern: str) -> str:
        """The newest bubble with these words."""
        bubble = self.bubbles(pattern).last
        await bubble.wait_for(timeout=PATIENCE)
        return await bubble.inner_text()

    async def toast(self, pattern: str) -> None:
        shown = self.root.locator(".toast, .dialog").filter(has_text=re.compile(pattern, re.IGNORECASE))
        await shown.last.wait_for(timeout=PATIENCE)


OWNERS = "all => all.map(b => b.closest('[data-message-id]')?.dataset.messageId ?? '')"


async def scene(page: Page, label: str) -> None:
    """Play it up to its moment."""
    await page.get_by_test_id("scenes").click()
    await page.get_by_role("menuitem", name=label).click()
    strip = page.locator("#strip[data-scene=ready]").filter(has_text=label)
    try:
        await expect(strip).to_be_visible(timeout=PATIENCE)
    except AssertionError as error:
        error.add_note(await page.locator("#strip").inner_text())
        raise


async def picture(page: Page, name: str) -> None:
    """To docs/, with MULAKAT_SCREENSHOTS=1."""
    if os.environ.get("MULAKAT_SCREENSHOTS"):
        await page.mouse.move(2, 300)
        for passing in await page.locator(".toast").all():
            await passing.wait_for(state="detached")
        await page.wait_for_timeout(500)  # what moves comes to rest
        await page.screenshot(path=ROOT / "docs" / f"{name}.png")


async def letter(page: Page, subject: str) -> Locator:
    """The newest letter with this subject, opened; its words stand in a frame."""
    if await page.get_by_test_id("inbox").is_hidden():
        await page.get_by_test_id("pane-inbox").click()
    await page.get_by_test_id("mail-tab").click()
    await page.get_by_test_id("mail-item").filter(has_text=re.compile(subject, re.IGNORECASE)).first.click()
    return page.get_by_test_id("mail-open")


async def code_from_inbox(page: Page, tab: str) -> None:
    """Put the newest code of the inbox into the family's chat, as the page offers."""
    if tab == "mail-tab":
        here = await letter(page, "code")
    else:
        await page.get_by_test_id(tab).click()
        here = page.get_by_test_id("inbox")
    await here.get_by_test_id("use-code").first.click()


async def tell(screen: Screen, story: tuple[tuple[str, str], ...]) -> None:
    """(what is said or pressed, what is heard then), as in tests/end_to_end/story.py."""
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


def when_in(text: str) -> datetime:
    """The time of the visit that a message names, by India's clock."""
    found = re.search(r"When: (\w+ \d+ \w+ \d{4}, \d+:\d\d [ap]m)", text)
    assert found, text
    return datetime.strptime(found[1], TIME)


async def clock_to(page: Page, there: datetime, before: timedelta = timedelta(0)) -> None:
    """By the clock's own panel."""
    await page.get_by_test_id("forward-to").click()
    await page.get_by_test_id("forward-when").fill((there - before).strftime("%Y-%m-%dT%H:%M"))
    await page.get_by_test_id("forward-go").click()
    await expect(page.get_by_test_id("forward-go")).to_be_hidden(timeout=PATIENCE)


async def words_of(opened: Locator) -> str:
    """An opened letter as plain text; it is left as it was."""
    await opened.get_by_role("button", name="Plain text").click()
    words = await opened.locator(".mail-text").inner_text()
    await opened.get_by_role("button", name="Formatted").click()
    return words
