"""People who share a phone, and people whose details change."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from dialogue.model import Visitor
from storage.people import visitor_of
from storage.tables import visitors, visits
from tests.access.ground import (
    THURSDAY,
    asked,
    asks_now,
    decided,
    enrolled,
    labels_now,
    newest_note,
    noted,
    peopled,
    plain,
    talk,
)
from tests.support.stage import GROUP, Stage
from tests.support.stories import REST

PHONE, NEW_PHONE = 101, 103
AADHAAR, ANOTHER = "2345 6789 0124", "4987 6543 2102"

NEW_PERSON = (
    "[I agree]", "Bimla Devi", "Mohan Lal", "[Female]", "61", "House 12, Gali 4, Sangam Vihar", "110062",
    "South Delhi", "[I have none]", "98111 22334", "{sms +919811122334}", "bimla@example.org",
    "{email bimla@example.org}", "[All is right]",
)  # fmt: skip

WHEN = ("[In person]", "[3🟢]", "[10:00 am]", *REST)
WHOM = ("tihar", "[Central Jail No. 1, Tihar]", "Suresh Yadav", "Babu Yadav", "30", "[Male]", "[Skip]", "[Brother]")


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


# ---------------------------------------------------------------- several on a phone


async def test_four_people_on_a_phone_and_no_fifth(stage: Stage) -> None:
    for n, name in enumerate(("Sunita Devi", "Ravi Kumar", "Meena Kumari")):
        await enrolled(stage, PHONE, name, n)
    await talk(stage, PHONE, "/register")
    old = stage.button(PHONE, "Register another person")
    await talk(stage, PHONE, "[Register another person]", *NEW_PERSON)
    assert sorted(await here(stage)) == ["Bimla Devi", "Meena Kumari", "Ravi Kumar", "Sunita Devi"]

    await talk(stage, PHONE, "/register")
    assert not any("another person" in label for label in labels_now(stage, PHONE))
    await stage.pressed(PHONE, *old)
    assert "Registration · " not in asks_now(stage, PHONE)
    await stage.said(PHONE, "Anil Kumar")
    assert len(await here(stage)) == 4


async def test_the_fifth_is_told_why(stage: Stage) -> None:
    """An old button, or /register: the words say that four is the most."""
    for n in range(4):
        await enrolled(stage, PHONE, f"Sunita {'ABCD'[n]}", n)
    (said,) = await talk(stage, PHONE, "/register")
    assert "four" in said.lower() or "4" in said


async def test_who_is_asking(stage: Stage) -> None:
    """Two on a phone: asked first; the request, its card and its letters are the chosen one's."""
    await peopled(stage)
    first = await enrolled(stage, PHONE, "Sunita Devi")
    second = await enrolled(
        stage, PHONE, "Ravi Kumar", 1, father="Gopal", mobile="+919811111111", email="ravi@example.org"
    )
    await asked(stage, first)
    (said, *_rest) = await talk(stage, PHONE, "/visit")
    assert "Who is asking?" in said
    assert labels_now(stage, PHONE)[:2] == ["Sunita Devi", "Ravi Kumar"]
    await talk(stage, PHONE, "[Ravi Kumar]")
    assert "Whom do you want to visit?" not in asks_now(stage, PHONE), "the other's prisoners are not offered"
    await talk(stage, PHONE, *WHOM, *WHEN)
    (made,) = await of(stage, second)
    assert len(await of(stage, first)) == 1
    assert "Visitor: Ravi Kumar" in plain(stage, GROUP)[-1]
    await decided(stage, made.ref, "ok")
    await stage.forward(seconds=61)
    assert len(plain(stage, "ravi@example.org", "email")) == 1
    assert plain(stage, first.email, "email") == []

    (status,) = await talk(stage, PHONE, "/status")
    assert status.count("Visitor: Sunita Devi") == status.count("Visitor: Ravi Kumar") == 1


async def test_whoever_left_the_phone_meanwhile_is_not_replaced_by_another(stage: Stage) -> None:
    """Ravi asks on the shared phone, then takes his registration to a new phone: nothing goes out in Sunita's name."""
    await peopled(stage)
    sunita = await enrolled(stage, PHONE, "Sunita Devi")
    proof = {"id_kind": "voter", "id_last4": "4567", "id_hash": stage.vault.digest("id:voter", "ABC1234567")}
    await enrolled(stage, PHONE, "Ravi Kumar", 1, mobile="+919811111111", email="ravi@example.org", **proof)
    await talk(stage, PHONE, "/visit", "[Ravi Kumar]", *WHOM, *WHEN[:-1])
    await talk(
        stage, NEW_PHONE, "/start", "[new phone]", "9811111111", "{sms +919811111111}", "[Voter ID]", "ABC1234567"
    )
    assert await here(stage, NEW_PHONE) == ["Ravi Kumar"]
    await talk(stage, PHONE, "[Send to the jail]")
    assert [row.status for row in await of(stage, sunita)] == []
    assert "Visitor: Sunita Devi" not in "\n".join(plain(stage, GROUP))


async def test_on_a_shared_phone_each_letter_says_whose_visit_it_is(stage: Stage) -> None:
    """Two ask for the same prisoner: "your visit is approved" must say whose."""
    await peopled(stage)
    for n, name in enumerate(("Sunita Devi", "Ravi Kumar")):
        who = await enrolled(stage, PHONE, name, n, mobile=f"+91981111111{n}")
        made = await asked(stage, who, start=THURSDAY + timedelta(days=n))
        await decided(stage, made.ref, "ok" if n else "why", "" if n else "transferred")
    heard = len(stage.heard)
    await stage.forward(seconds=61)
    letters = plain(stage, PHONE, since=heard)
    assert len(letters) == 2
    assert [sum(name in one for name in ("Sunita Devi", "Ravi Kumar")) for one in letters] == [1, 1]


# ---------------------------------------------------------------- changes


async def test_me_shows_and_asks_only_what_is_changed(stage: Stage) -> None:
    before = await enrolled(stage, PHONE)
    (shown,) = await talk(stage, PHONE, "/me")
    for words in ("Sunita Devi", "Ram Lal", "•••• 0124", "+91 98000 01010", before.email, "110062"):
        assert words in shown

    said = await talk(stage, PHONE, "[✎ Address]", "Flat 9, Block C, Rohini")
    assert len(said) == 3  # the pressed question's echo, the question, the review
    assert "Flat 9, Block C, Rohini" in asks_now(stage, PHONE)
    since = await newest_note(stage)
    await talk(stage, PHONE, "[It is right so]")
    assert asks_now(stage, PHONE) == "✅ Your details are changed."
    ((_kind, _talk, data),) = await noted(stage, since)
    assert data == {"visitor": before.number, "fields": ["address"]}


@pytest.mark.parametrize(
    ("label", "new", "way", "address"),
    [
        ("✎ Mobile", "98222 33445", "sms", "+919822233445"),
        ("✎ E-mail", "new@example.org", "email", "new@example.org"),
    ],
)
async def test_another_mobile_or_e_mail_is_proved_again(
    stage: Stage, label: str, new: str, way: str, address: str
) -> None:
    """The code is asked for, and nothing else; until it is right nothing is changed."""
    before = await enrolled(stage, PHONE)
    await talk(stage, PHONE, "/me", f"[{label}]", new)
    assert "6 digits" in asks_now(stage, PHONE)
    other = "email" if way == "sms" else "sms"
    assert [one for one in stage.heard if one.to.channel == other] == []
    await talk(stage, PHONE, "000000")
    assert "not right" in asks_now(stage, PHONE)
    assert await _contact(stage, before) == (before.mobile, before.email)
    await talk(stage, PHONE, f"{{{way} {address}}}")
    assert "This is what is kept about you" in asks_now(stage, PHONE)
    assert await _contact(stage, before) == (before.mobile, before.email)
    await talk(stage, PHONE, "[It is right so]")
    assert address in await _contact(stage, before)


async def _contact(stage: Stage, visitor: Visitor) -> tuple[str, str]:
    async with stage.db.begin() as tx:
        row = (await tx.execute(select(visitors).where(visitors.c.number == visitor.number))).one()
    now = visitor_of(stage.vault, row)
    return now.mobile, now.email


async def test_me_of_the_right_person(stage: Stage) -> None:
    first, second = await enrolled(stage, PHONE), await enrolled(stage, PHONE, "Ravi Kumar", 1)
    await talk(stage, PHONE, "/me", "[Ravi Kumar]", "[✎ District]", "North Delhi", "[It is right so]")
    async with stage.db.begin() as tx:
        rows = {row.number: row.district for row in await tx.execute(select(visitors))}
    assert rows == {first.number: "South Delhi", second.number: "North Delhi"}


async def test_a_changed_mobile_hears_of_a_decision_that_waits(stage: Stage) -> None:
    """Decided, and changed before the words went out: they go to the number and the mailbox that are right now."""
    await peopled(stage)
    family = await enrolled(stage, PHONE)
    made = await asked(stage, family)
    await talk(stage, PHONE, "/me", "[✎ Mobile]", "98222 33445", "{sms +919822233445}")
    await decided(stage, made.ref, "ok")
    await talk(stage, PHONE, "[It is right so]")
    heard = len(stage.heard)
    await stage.forward(seconds=61)
    assert plain(stage, family.mobile, "sms", heard) == []
    assert len(plain(stage, "+919822233445", "sms", heard)) == 1


async def test_another_pin_code_asks_for_the_district_too(stage: Stage) -> None:
    """It says the state by itself, and the district of the old address is none of that state's."""
    await enrolled(stage, PHONE)
    asked_ = await talk(stage, PHONE, "/me", "[✎ PIN code]", "226001")
    assert "In which district" in asked_[-1]
    said = await talk(stage, PHONE, "Lucknow")
    lines = said[-1].splitlines()
    assert [line for line in lines if line.startswith(("PIN code", "State", "District"))] == [
        "PIN code: 226001", "State: Uttar Pradesh", "District: Lucknow",
    ]  # fmt: skip
    await talk(stage, PHONE, "[It is right so]", "/me", "[✎ State]", "[Another state]", "[Delhi]")
    assert "In which district" in asks_now(stage, PHONE)
    await talk(stage, PHONE, "New Delhi", "[✎ PIN code]", "[Keep: 226001]")
    assert "District: New Delhi" in asks_now(stage, PHONE), "what is kept keeps what belongs to it"
