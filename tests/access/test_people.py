"""People who share a phone, who change, who come on a new phone, who ask what is kept, and who want to be forgotten."""

import sqlite3
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select, text

from dialogue.model import Visitor
from storage.people import visitor_of
from storage.tables import addresses, challenges, erased, visitors, visits, watchers
from tests.access.ground import (
    SUPERINTENDENT,
    THURSDAY,
    asked,
    asks_now,
    bodies,
    decided,
    enrolled,
    held,
    housed,
    kinds_noted,
    labels_now,
    newest_note,
    noted,
    peopled,
    plain,
    pressed,
    row_of,
    taken,
    talk,
)
from tests.support.stage import GROUP, Stage
from tests.support.stories import REGISTER

PHONE, NEW_PHONE = 101, 103
AADHAAR, ANOTHER = "2345 6789 0124", "4987 6543 2102"

NEW_PERSON = (
    "[I agree]", "Bimla Devi", "Mohan Lal", "[Female]", "61", "House 12, Gali 4, Sangam Vihar", "110062", "[Delhi]",
    "South Delhi", "[I have none]", "98111 22334", "{sms +919811122334}", "bimla@example.org",
    "{email bimla@example.org}", "[All is right]",
)  # fmt: skip

WHEN = ("[In person]", "[3🟢]", "[10:00 am]", "[1]", "[To meet my family]", "[No help needed]", "[Send to the jail]")
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
    second = await enrolled(stage, PHONE, "Ravi Kumar", 1, father="Gopal", mobile="+919811111111", email="ravi@example.org")
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
    ravi = await enrolled(stage, PHONE, "Ravi Kumar", 1, mobile="+919811111111", email="ravi@example.org", id_last4="7781",
                          id_hash=stage.vault.digest("id:voter", "ABC1234567"), id_kind="voter")  # fmt: skip
    await talk(stage, PHONE, "/visit", "[Ravi Kumar]", *WHOM, *WHEN[:-1])
    await talk(stage, NEW_PHONE, "/start", "[new phone]", "9811111111", "{sms +919811111111}", "[Voter ID]", "ABC1234567")
    assert await here(stage, NEW_PHONE) == ["Ravi Kumar"]
    await talk(stage, PHONE, "[Send to the jail]")
    assert [row.status for row in await of(stage, sunita)] == []
    assert "Visitor: Sunita Devi" not in "\n".join(plain(stage, GROUP))
    assert ravi.number


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
async def test_another_mobile_or_e_mail_is_proved_again(stage: Stage, label: str, new: str, way: str, address: str) -> None:
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
    """The reminder was written at the approval: whoever has the old phone now must not read whom she visits and when."""
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
    proof = {"id_kind": "other", "id_last4": "42", "id_hash": stage.vault.digest("id:other", "ZX42")}
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

UP_TO_MOBILE = REGISTER[:13]


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
    assert "6 digits" in asks_now(stage, PHONE), "typed words must not pass for a shared contact"


# ---------------------------------------------------------------- what is kept

COMPANION = {"name": "Anil Kumar", "age": 40, "gender": "male", "relation": "brother", "id_kind": "pan",
             "id_number": {"last4": "234F"}}  # fmt: skip


async def test_mydata_tells_all(stage: Stage) -> None:
    """Everything that was typed: of the visitor, and of each request."""
    await peopled(stage)
    family = await enrolled(stage, PHONE, district="Najafgarh")
    details = {"companions": [COMPANION], "purpose": "papers", "help": "wheelchair", "enrolment": "D/1234/2015"}
    made = await asked(stage, family, details=details)
    (said,) = await talk(stage, PHONE, "/mydata")
    wanted = (
        family.name, family.number, family.father, "Female", "34", family.address, family.pincode, "Delhi",
        family.district, "Aadhaar card", "0124", "98000 01010", family.email, "2026-11",
        made.ref, "Ramesh Kumar", "Shyam Lal", "36", "C-77/2026", "Husband / wife", "In person", "Central Jail No. 1",
        "Anil Kumar", "40", "Brother", "PAN card", "234F", "Papers to sign", "Wheelchair", "D/1234/2015",
    )  # fmt: skip
    assert [words for words in wanted if words not in said] == []


async def test_mydata_tells_of_old_requests_as_long_as_they_are_kept(stage: Stage) -> None:
    await peopled(stage)
    made = await asked(stage, await enrolled(stage, PHONE))
    await stage.forward(days=60)
    assert (await row_of(stage, made.ref)).prisoner_name == "Ramesh Kumar"
    (said,) = await talk(stage, PHONE, "/mydata")
    assert made.ref in said


async def test_mydata_tells_of_all_requests_and_not_of_ten(stage: Stage) -> None:
    await peopled(stage)
    family = await enrolled(stage, PHONE)
    made = [await asked(stage, family, f"Prisoner {chr(65 + n)}") for n in range(12)]
    said = "\n".join(await talk(stage, PHONE, "/mydata"))
    assert [one.ref for one in made if one.ref not in said] == []


async def test_mydata_is_only_ones_own(stage: Stage) -> None:
    await peopled(stage)
    other = await enrolled(stage, 102, "Meena Kumari", mobile="+919811111111", email="meena@example.org")
    theirs = await asked(stage, other, "Suresh Yadav")
    await enrolled(stage, PHONE)
    said = "\n".join(await talk(stage, PHONE, "/mydata"))
    assert "Sunita Devi" in said
    for secret in (other.name, other.mobile[3:8], other.email, other.number, theirs.ref, "Suresh"):
        assert secret not in said
    assert "told_all" in await kinds_noted(stage)


# ---------------------------------------------------------------- forgotten


async def forgotten(stage: Stage, visitor: Visitor) -> list[str]:
    return await talk(stage, int(visitor.chat.id), "/forget", "[Yes, erase everything]")


async def test_forget_cancels_what_is_open_and_erases(stage: Stage) -> None:
    await peopled(stage)
    family = await enrolled(stage, PHONE)
    waiting = await asked(stage, family, capacity=1)
    approved = await asked(stage, family, "Suresh Yadav", start=THURSDAY + timedelta(minutes=30))
    await decided(stage, approved.ref, "ok")
    await stage.forward(seconds=61)
    since = await newest_note(stage)
    said = await forgotten(stage, family)
    assert said[-1] == "Everything about Sunita Devi is erased."
    assert (await taken(stage), await taken(stage, THURSDAY + timedelta(minutes=30))) == (0, 0)
    assert await of(stage, family) == [] and await here(stage) == []
    async with stage.db.begin() as tx:
        assert [row.hash for row in await tx.execute(select(erased))] == [stage.vault.digest("erased", family.number)]
    assert await kinds_noted(stage, since) == ["given_back", "given_back", "erased"]
    cards = {one.id: one.rendered.plain for one in stage.to(GROUP) if one.rendered}
    assert all("Cancelled by the visitor." in words for words in cards.values()) and len(cards) == 2

    heard = len(stage.heard)
    await stage.forward(days=3)
    assert plain(stage, PHONE, since=heard) == [], "no reminder comes after that"
    assert waiting.ref not in "\n".join(plain(stage, GROUP, since=heard))


async def test_forget_with_a_seat_held(stage: Stage) -> None:
    """In the middle of asking, with a time held: the seat goes back, and all is erased."""
    await peopled(stage)
    family = await enrolled(stage, PHONE)
    await held(stage, family)
    said = await forgotten(stage, family)
    assert said[-1] == "Everything about Sunita Devi is erased."
    assert await here(stage) == [] and await taken(stage) == 0


async def test_forget_with_more_requests_than_are_shown(stage: Stage) -> None:
    await peopled(stage)
    family = await enrolled(stage, PHONE)
    for n in range(12):
        await asked(stage, family, f"Prisoner {chr(65 + n)}")
    said = await forgotten(stage, family)
    assert said[-1] == "Everything about Sunita Devi is erased."
    assert await taken(stage) == 0


async def test_forget_leaves_nothing_in_the_database_file(stage: Stage) -> None:
    """Her name stands in no page of the file; her mobile's digest in no table; no sealed letter names her."""
    await peopled(stage)
    family = await enrolled(stage, PHONE, "Sunitaben Vaghela")
    made = await asked(stage, family)
    await decided(stage, made.ref, "ok")
    await stage.forward(seconds=61)
    assert _file(stage).count(b"Sunitaben") > 0
    await forgotten(stage, family)
    assert _file(stage).count(b"Sunitaben") == 0
    digest = stage.vault.digest("address", f"sms:{family.mobile}")
    found = []
    async with stage.db.begin() as tx:
        for table, column in ((visitors, "mobile_hash"), (visits, "mobile_key"), (challenges, "address_hash")):
            found += [table.name for _row in await tx.execute(select(table).where(table.c[column] == digest))]
    assert found == []


async def test_forget_leaves_nothing_in_the_log_for_long(stage: Stage) -> None:
    """SQLite's write-ahead log keeps what was written until it is folded in: not longer than a day."""
    await forgotten(stage, await enrolled(stage, PHONE, "Sunitaben Vaghela"))
    await stage.forward(days=1)
    assert _file(stage, fold=False).count(b"Sunitaben") == 0


async def test_forget_leaves_no_sealed_letter_that_names_her(stage: Stage) -> None:
    """What was sent before lies sealed in the outbox for days: "everything is erased" must hold for it too."""
    await peopled(stage)
    family = await enrolled(stage, PHONE, "Sunitaben Vaghela")
    made = await asked(stage, family)
    await decided(stage, made.ref, "ok")
    await stage.forward(seconds=61)
    last = (await bodies(stage))[-1][0].id
    await forgotten(stage, family)
    kept = [(row.id, str(body.to)) for row, body in await bodies(stage) if row.id <= last and family.name in str(body)]
    assert kept == []


async def test_forget_leaves_no_address_of_hers(stage: Stage) -> None:
    """The digests of her mobile and mailbox, by which letters were leased, go too once nothing waits for them."""
    await peopled(stage)
    family = await enrolled(stage, PHONE)
    made = await asked(stage, family)
    await decided(stage, made.ref, "ok")
    await stage.forward(seconds=61)
    await forgotten(stage, family)
    await stage.forward(days=8)
    wanted = [stage.vault.digest("address", f"{way}:{to}") for way, to in (("sms", family.mobile), ("email", family.email))]
    async with stage.db.begin() as tx:
        assert (await tx.execute(select(addresses.c.hash).where(addresses.c.hash.in_(wanted)))).all() == []


async def test_forget_ends_what_was_asked_to_be_told(stage: Stage) -> None:
    family = await enrolled(stage, PHONE)
    await talk(stage, PHONE, "/visit", "tihar", "[Central Jail No. 2, Tihar]", "[Tell me when]", "/cancel", "[Yes, stop]")
    await forgotten(stage, family)
    async with stage.db.begin() as tx:
        assert (await tx.execute(select(watchers))).all() == []


async def test_forget_of_one_leaves_the_other(stage: Stage) -> None:
    await peopled(stage)
    first, second = await enrolled(stage, PHONE), await enrolled(stage, PHONE, "Ravi Kumar", 1)
    theirs = await asked(stage, second, "Suresh Yadav")
    await talk(stage, PHONE, "/forget", "[Sunita Devi]", "[Yes, erase everything]")
    assert await here(stage) == ["Ravi Kumar"]
    assert (await row_of(stage, theirs.ref)).status == "PENDING"
    await pressed(stage, PHONE, f"forgotten={first.number}")
    assert await here(stage) == ["Ravi Kumar"]


async def test_staff_who_press_the_card_of_an_erased_family_read_that_it_is_gone(stage: Stage) -> None:
    """The superintendent is not told that only staff may decide."""
    await peopled(stage)
    family = await enrolled(stage, PHONE)
    made = await asked(stage, family)
    await forgotten(stage, family)
    said = await pressed(stage, SUPERINTENDENT, f"card.ok={made.ref}.2", GROUP)
    assert "Only this jail's staff" not in said


def _file(stage: Stage, fold: bool = True) -> bytes:
    """The database file and its log; `fold`: after what is in the log was put into the file."""
    name = stage.db.url.database
    assert name
    if fold:
        with sqlite3.connect(name) as connection:
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        connection.close()
    return Path(name).read_bytes() + Path(name + "-wal").read_bytes()
