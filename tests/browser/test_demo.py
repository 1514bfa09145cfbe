"""The whole story on the demo's page: register, both codes from the inbox, ask, approve, calendar file, reminder.

MULAKAT_SCREENSHOTS=1 writes the pictures to docs/.
"""

from datetime import timedelta

import pytest
from playwright.async_api import Page, expect

from tests.browser.screen import PATIENCE, Screen, clock_to, letter, picture, tell, when_in
from tests.end_to_end.story import ASK, REGISTER

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]


async def test_the_story_on_the_page(page: Page) -> None:
    family, office = Screen(page, "First family"), Screen(page, "The jail's office")
    await family.root.get_by_role("button", name="Start", exact=False).first.click()
    await family.hears("First you register once")
    await tell(family, REGISTER[:9])
    await picture(page, "register")
    await tell(family, REGISTER[9:])
    day = next(n for n, (does, _heard) in enumerate(ASK) if does == "{last day}")
    await tell(family, ASK[:day])
    await picture(page, "calendar")
    await tell(family, ASK[day:-1])
    await family.bubbles("check your request").last.evaluate("bubble => bubble.scrollIntoView({block: 'start'})")
    await picture(page, "review")
    await tell(family, ASK[-1:])

    await office.hears("Sunita Devi.*Ramesh Kumar")
    await picture(page, "card")
    await office.press("Approve")
    await office.hears("Approved by")
    await expect(office.buttons("Undo")).to_have_count(1, timeout=PATIENCE)
    await expect(family.bubbles("Your visit is approved")).to_have_count(0)
    await page.get_by_test_id("forward-1m").click()
    told = await family.hears("Your visit is approved")
    await expect(office.buttons("Undo")).to_have_count(0, timeout=PATIENCE)

    open_letter = await letter(page, "approved")
    await expect(open_letter.get_by_test_id("calendar-card")).to_contain_text("Ramesh Kumar", timeout=PATIENCE)
    await picture(page, "demo")

    await clock_to(page, when_in(told), before=timedelta(hours=23))
    await family.hears("Your visit is on")
    await family.press("We are coming")
    await office.hears("we are coming")
    await picture(page, "reminder")


async def test_on_a_small_screen(page: Page) -> None:
    """At the width of a cheap phone nothing is cut off and nothing scrolls sideways."""
    await page.set_viewport_size({"width": 360, "height": 740})
    await page.get_by_role("button", name="Second family").click()
    family = Screen(page, "Second family")
    await family.root.get_by_role("button", name="Start", exact=False).first.click()
    await family.hears("First you register once")
    await picture(page, "phone")
    wide = await page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    assert wide == 0
