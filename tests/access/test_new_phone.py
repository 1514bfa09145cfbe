"""A registration that comes to a new phone, and a mobile that is proved by sharing one's own contact."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from dialogue.model import Visitor
from storage.tables import visitors, visits
from tests.access.ground import (
    THURSDAY,
    asked,
    asks_now,
    decided,
    enrolled,
    housed,
    kinds_noted,
    labels_now,
    peopled,
    plain,
    pressed,
    talk,
)
from tests.support.stage import Stage
from tests.support.stories import REGISTER

PHONE, NEW_PHONE = 101, 103
AADHAAR, ANOTHER = "2345 6789 0124", "4987 6543 2102"


async def here(stage: Stage, chat: int = PHONE) -> list[str]:
    """Who is registered on a chat, by name."""
    async with stage.db.begin() as tx:
        rows = await tx.execute(
            select(visitors.c.name).where(visitors.c.chat == f"telegram:{chat}").order_by(visitors.c.name)
        )
        return [row.name for row in rows]


async def of(stage: Stage, visitor: Visitor) -> list[Any]:
    async with stage.db.begin() as tx:
        return list((await tx.execute(select(visits).where(visits.c.visitor == visitor.number))).all())


# ---------------------------------------------------------------- a new phone


RECOVER = ("/start", "[new phone]", "98000 01010", "{sms +919800001010}", "[Aadhaar card]")


async def test_a_new_phone_gets_its_registration_back(stage: Stage) -> None:
    await peopled(stage)
    family = await enrolled(stage, PHONE)
    made = await asked(stage, family)
    heard = len(stage.heard)
    await talk(stage, NEW_PHONE, *RECOVER, AADHAAR)
    assert "Welcome back, Sunita Devi" in asks_now(stage, NEW_PHONE)
    assert (await here(stage, NEW_PHONE), await here(stage, PHONE)) == (["Sunita Devi"], [])
    assert ["another phone" in one for one in plain(stage, PHONE, since=heard)] == [True]
    assert "moved" in await kinds_noted(stage)
    (status,) = await talk(stage, NEW_PHONE, "/status")
    assert made.ref in status
    assert "not registered" in (await talk(stage, PHONE, "/status"))[0]
    await decided(stage, made.ref, "ok")
    heard = len(stage.heard)
    await stage.forward(seconds=61)
    assert any("approved" in one for one in plain(stage, NEW_PHONE, since=heard))
    assert plain(stage, PHONE, since=heard) == []


async def test_letters_that_wait_follow_to_the_new_phone(stage: Stage) -> None:
    """The reminder was written at the approval: whoever has the old phone must not read it."""
    await peopled(stage)
    made = await asked(stage, await enrolled(stage, PHONE))
    await decided(stage, made.ref, "ok")
    await stage.forward(seconds=61)
    await talk(stage, NEW_PHONE, *RECOVER, AADHAAR)
    heard = len(stage.heard)
    stage.clock.now = THURSDAY - timedelta(hours=23, minutes=59)
    await stage.forward()
    assert plain(stage, PHONE, since=heard) == []
    assert ["Your visit is on" in one for one in plain(stage, NEW_PHONE, since=heard)] == [True]


async def test_a_decision_in_its_minute_follows_to_the_new_phone(stage: Stage) -> None:
    await peopled(stage)
    made = await asked(stage, await enrolled(stage, PHONE))
    await talk(stage, NEW_PHONE, *RECOVER)
    await decided(stage, made.ref, "ok")
    await talk(stage, NEW_PHONE, AADHAAR)
    heard = len(stage.heard)
    await stage.forward(seconds=61)
    assert plain(stage, PHONE, since=heard) == []
    assert any("approved" in one for one in plain(stage, NEW_PHONE, since=heard))


@pytest.mark.parametrize("registered", [True, False])
async def test_a_wrong_id_says_nothing(stage: Stage, registered: bool) -> None:
    """Word for word the same, whether that mobile is somebody's or nobody's; and nothing changes."""
    if registered:
        await enrolled(stage, PHONE)
    await talk(stage, NEW_PHONE, *RECOVER, ANOTHER)
    expected = "⚠️ With this mobile and this ID number nobody is registered. Please check the number, or register anew."
    assert asks_now(stage, NEW_PHONE).startswith(expected)
    assert "recover_refused" in await kinds_noted(stage)
    assert await here(stage, NEW_PHONE) == []
    assert plain(stage, PHONE) == []


async def test_the_id_number_can_not_be_guessed_all_day(stage: Stage) -> None:
    """Whoever got the number of a mobile later has its codes: an ID of four signs may not fall to patient guessing."""
    proof: dict[str, Any] = {"id_kind": "other", "id_last4": "42", "id_hash": stage.vault.digest("id:other", "ZX42")}
    await enrolled(stage, PHONE, **proof)
    await talk(stage, NEW_PHONE, *RECOVER[:-1], "[Another ID]")
    for n in range(20):
        await stage.said(NEW_PHONE, f"ZX{50 + n}")
    await stage.said(NEW_PHONE, "ZX42")
    assert await here(stage, NEW_PHONE) == []


async def test_the_code_alone_gives_nothing(stage: Stage) -> None:
    await enrolled(stage, PHONE)
    said = "\n".join(await talk(stage, NEW_PHONE, *RECOVER))
    assert "Sunita" not in said and await here(stage, NEW_PHONE) == []


async def test_no_fifth_by_the_way_of_a_new_phone(stage: Stage) -> None:
    for n in range(4):
        await enrolled(stage, NEW_PHONE, f"Bimla {'ABCD'[n]}", n)
    await enrolled(stage, PHONE)
    await talk(stage, NEW_PHONE, "/register")
    await pressed(stage, NEW_PHONE, "do=recover")
    await talk(stage, NEW_PHONE, *RECOVER[2:], AADHAAR)
    assert "Four people" in asks_now(stage, NEW_PHONE)
    assert await here(stage, PHONE) == ["Sunita Devi"]


# ---------------------------------------------------------------- a contact for the code


UP_TO_MOBILE = REGISTER[: REGISTER.index("98123 45678")]


async def contact(stage: Stage, person: int, owner: int | None, number: str = "+919812345678") -> None:
    shared = {"phone_number": number, "first_name": "S"} | ({"user_id": owner} if owner else {})
    await stage.message(person, contact=shared)


async def test_ones_own_contact_stands_for_the_code_where_it_is_allowed(stage: Stage) -> None:
    housed(stage, contact_counts=True)
    await talk(stage, PHONE, *UP_TO_MOBILE, "[Share my number]")
    await contact(stage, PHONE, PHONE)
    assert "What is your e-mail address?" in asks_now(stage, PHONE)
    assert [one for one in stage.heard if one.to.channel == "sms"] == []
    assert "contact_shared" in await kinds_noted(stage)


@pytest.mark.parametrize("owner", [102, None])
async def test_somebody_elses_contact_does_not_count(stage: Stage, owner: int | None) -> None:
    housed(stage, contact_counts=True)
    await talk(stage, PHONE, *UP_TO_MOBILE)
    await contact(stage, PHONE, owner)
    assert "What is your mobile number?" in asks_now(stage, PHONE)
    assert "contact_shared" not in await kinds_noted(stage)


async def test_whoever_shares_another_contact_reads_what_to_do(stage: Stage) -> None:
    """ "I don't need that now", under a question that asks for just that, helps nobody."""
    housed(stage, contact_counts=True)
    await talk(stage, PHONE, *UP_TO_MOBILE)
    await contact(stage, PHONE, 102)
    assert "I don't need that now" not in asks_now(stage, PHONE)


async def test_a_contact_needs_its_code_where_it_is_not_allowed(stage: Stage) -> None:
    await talk(stage, PHONE, *UP_TO_MOBILE)
    assert not any("Share" in label for label in labels_now(stage, PHONE))
    await contact(stage, PHONE, PHONE)
    assert "6 digits" in asks_now(stage, PHONE)
    assert len(plain(stage, "+919812345678", "sms")) == 1


async def test_a_typed_number_needs_its_code_even_where_contacts_count(stage: Stage) -> None:
    housed(stage, contact_counts=True)
    await talk(stage, PHONE, *UP_TO_MOBILE, "contact:9812345678")
    assert "e-mail" not in asks_now(stage, PHONE), "typed words must not pass for a shared contact"
