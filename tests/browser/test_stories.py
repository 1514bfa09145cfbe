"""What may go otherwise, on the demo's page: each scene of its menu, and then real clicks.

MULAKAT_SCREENSHOTS=1 writes the pictures to docs/.
"""

import re
from datetime import timedelta

import pytest
from playwright.async_api import Page, expect

from tests.browser.screen import PATIENCE, Screen, clock_to, letter, picture, scene, tell, when_in, words_of
from tests.end_to_end.story import REST, SEND

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]

FAMILY, FIRST, SECOND, OFFICE = "The family", "First family", "Second family", "The jail's office"


async def test_rejected_in_words_and_undone(page: Page) -> None:
    """Undone within a minute the family hears nothing; rejected again it hears the staff's own words."""
    family, office = Screen(page, FAMILY), Screen(page, OFFICE)
    await scene(page, "Rejected in words, undo possible")
    await office.hears("Rejected by Supt. A. Rao: He was taken to the hospital")
    await picture(page, "undo")
    await office.press("Undo")
    await office.toast("Taken back. The family was not told.")
    await expect(office.buttons("Reject").last).to_be_visible(timeout=PATIENCE)

    await page.get_by_test_id("forward-1m").click()
    await office.press("Reject")
    await office.press("In words")
    await office.bubbles("Please reply with the reason").nth(1).wait_for(timeout=PATIENCE)
    await office.say("His court date is on that day. Please choose the day after.")
    await office.hears("Rejected by.*court date")
    await expect(family.bubbles("not possible")).to_have_count(0)
    await page.get_by_test_id("forward-1m").click()
    await family.hears("not possible.*The jail says: His court date is on that day")
    assert await family.bubbles("not possible").count() == 1
    assert "His court date is on that day" in await words_of(await letter(page, "not possible"))
    await picture(page, "rejected")


async def test_nobody_answered(page: Page) -> None:
    """The request expires by the clock; one press asks again, with the same answers."""
    family, office = Screen(page, FAMILY), Screen(page, OFFICE)
    await scene(page, "Nobody answered: expiry")
    await family.hears("did not answer your request")
    await office.hears("Nobody decided in time")
    times = family.buttons(r", \d+:\d\d [ap]m")
    await expect(times).to_have_count(4)
    await picture(page, "expiry")
    chosen = await times.last.inner_text()
    asked = await family.bubbles("is with the jail since").count()
    await times.last.click()
    again = family.bubbles("is with the jail since").nth(asked)
    await again.wait_for(timeout=PATIENCE)
    told = await again.inner_text()
    reference = re.search(r"request (\w{8}) is", told)
    assert reference and when_in(told).strftime("%a %-d %b, %-I:%M ").lower() in chosen.lower()
    card = await office.hears(f"Request {reference[1]}.*Deepak Verma.*Please decide before")
    assert when_in(card) == when_in(told)


async def test_a_video_visit(page: Page) -> None:
    """The link and PIN come by chat and e-mail, and once more 15 minutes before."""
    family = Screen(page, FAMILY)
    await scene(page, "A video visit")
    told = await family.hears("Your visit is approved")
    link, pin = re.search(r"Link: (\S+)", told), re.search(r"PIN: (\d{6})", told)
    assert link and pin and link[1].startswith("https://meet.example/mulakat-")
    words = await words_of(await letter(page, "approved"))
    assert link[1] in words and pin[1] in words
    start = when_in(told)
    for before in (timedelta(hours=4), timedelta(hours=2, minutes=30)):
        await clock_to(page, start, before)
    await family.hears("Your visit is on")
    reminders = await family.bubbles("Your visit is on").count()
    await clock_to(page, start, timedelta(minutes=15))
    last = family.bubbles("Your visit is on").nth(reminders)
    await last.wait_for(timeout=PATIENCE)
    assert link[1] in await last.inner_text() and pin[1] in await last.inner_text()
    await picture(page, "video")


async def test_cannot_come_and_the_seat_is_free_again(page: Page) -> None:
    """The only seat of a time is another family's again, as soon as it is given back."""
    first, second, office = Screen(page, FIRST), Screen(page, SECOND), Screen(page, OFFICE)
    await scene(page, "Can't come: the seat is free again")
    start = when_in(await first.hears("Your visit is approved"))
    hour = start.strftime("%-I:%M %p").lower()
    await second.hears("At what time")
    assert await second.buttons(f"^{hour}").count() == 0
    await first.press("I can't come")
    await first.press("Yes, cancel it")
    await first.hears("is cancelled. The place is free for another family")
    await office.hears("Cancelled by the visitor")
    await second.press("Another day")
    await second.press(rf"^{start.day}(🟢|🟡)")
    await picture(page, "seat")
    await second.press(f"^{hour}")
    await second.hears("How many people")
    assert "you have cancelled this visit" in await words_of(await letter(page, "Visit cancelled"))


TAKEN = "Somebody else has just taken that time|That time isn't open"


async def test_two_families_after_one_seat(page: Page) -> None:
    """Both press at once: one has it, the other is told and offered the other times."""
    first, second = Screen(page, FIRST), Screen(page, SECOND)
    await scene(page, "Two families after one seat")
    there, here = first.buttons("free"), second.buttons("free")
    assert await there.all_inner_texts() == await here.all_inner_texts()
    label = await there.first.inner_text()
    both = [await one.first.element_handle() for one in (there, here)]
    await page.evaluate("both => both.forEach(button => button.click())", both)
    told = page.locator(".phone .theirs").filter(has_text=re.compile(TAKEN))
    await told.wait_for(timeout=PATIENCE)
    lost, won = (first, second) if await first.bubbles(TAKEN).count() else (second, first)
    await won.hears("How many people")
    assert await won.bubbles(TAKEN).count() == 0
    others = await lost.offered("free")
    assert others and label not in others
    await picture(page, "race")
    await lost.press(f"^{others[0].split(' ·')[0]}")
    await lost.hears("How many people")


async def test_two_people_on_one_phone(page: Page) -> None:
    """Who asks is chosen first, and the jail's card names that person."""
    family, office = Screen(page, FAMILY), Screen(page, OFFICE)
    await scene(page, "Two people on one phone")
    await family.hears("Who is asking")
    _herself, other = await family.buttons(r"^[A-Z]\w+ [A-Z]\w+$").all_inner_texts()
    await picture(page, "two-people")
    await family.press(f"^{other}$")
    await tell(
        family,
        (
            ("Tihar", "press the jail"),
            ("[Central Jail No. 1, Tihar]", "full name"),
            ("Arun Kumar", "person's father"),
            ("Shyam Lal", "How old"),
            ("30", "man or a woman"),
            ("[^Male]", "prisoner's number"),
            ("[Skip]", "What are you"),
            ("[^Brother]", "by video"),
            ("[In person]", "which day"),
            ("{last day}", "what time"),
            ("[free]", "How many people"),
            *REST,
            SEND,
        ),
    )
    await office.hears(f"Visitor: {other}.*Arun Kumar")


async def test_the_nearest_jails(page: Page) -> None:
    """Sharing where one is, as the bot asks for it, and from the attach menu."""
    family = Screen(page, FAMILY)
    await scene(page, "Registered, ready to ask")
    await family.press("Ask for a visit")
    await family.press("Near me")
    await family.root.get_by_role("button", name=re.compile("where I am", re.IGNORECASE)).click()
    await family.root.get_by_label("Place", exact=True).select_option("Delhi (Tihar)")
    await family.root.get_by_role("button", name="Share", exact=True).click()
    await family.hears("Some jails near you")
    await family.buttons("Ghaziabad|Gurugram|Tihar").first.wait_for(timeout=PATIENCE)
    await picture(page, "near")
    await family.root.get_by_role("button", name="Attach").click()
    await page.get_by_role("menuitem", name="Location").click()
    await family.root.get_by_label("Place", exact=True).select_option("Pune")
    await family.root.get_by_role("button", name="Send", exact=True).last.click()
    await family.buttons("Pune").first.wait_for(timeout=PATIENCE)


async def test_back_to_our_own_phones(page: Page) -> None:
    """A scene's phones stay over a reload, until they are put away."""
    await scene(page, "Registered, ready to ask")
    await page.reload()
    await Screen(page, FAMILY).hears("You are registered")
    await page.get_by_test_id("scenes").click()
    await picture(page, "scenes")
    await page.keyboard.press("Escape")
    await page.get_by_test_id("scene-away").click()
    await Screen(page, FIRST).root.wait_for(timeout=PATIENCE)
    await expect(Screen(page, FAMILY).root).to_have_count(0)
