"""What is kept about a family, told in full to nobody but them, and erased when they say so."""

import sqlite3
from datetime import timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import select

from dialogue.effects import Move
from dialogue.model import Visitor
from storage.tables import addresses, challenges, erased, visitors, visits, watchers
from tests.access.ground import (
    SUPERINTENDENT,
    THURSDAY,
    asked,
    bodies,
    carried_out,
    decided,
    enrolled,
    held,
    kinds_noted,
    newest_note,
    peopled,
    plain,
    pressed,
    row_of,
    taken,
    talk,
)
from tests.support.stage import GROUP, Stage
from visits.visit import Status

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


async def test_mydata_says_of_a_time_that_was_not_sent_just_that(stage: Stage) -> None:
    """Chosen and left, or given back: no request, whose reference nobody was told, and whom no jail kept waiting."""
    await peopled(stage)
    family = await enrolled(stage, PHONE)
    lapsed, back = await held(stage, family, "Ramesh Kumar"), await held(stage, family, "Suresh Yadav")
    gone = Move(back.ref, 1, Status.DRAFT, Status.WITHDRAWN, "visitor", str(family.chat))
    await carried_out(stage, family.chat, lambda _facts: (gone,))
    for _time in range(2):  # while it is held, and afterwards
        (said,) = await talk(stage, PHONE, "/mydata")
        assert said.count("A time that you chose and did not send") == 2
        assert "Ramesh Kumar" in said and "Suresh Yadav" in said
        for words in (lapsed.ref, back.ref, "not answered", "taken back", "not sent yet"):
            assert words not in said
        await stage.forward(minutes=11)


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
    assert all("taken back all its details" in words for words in cards.values()) and len(cards) == 2

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
    for press in ("no", "back", "ok"):  # each puts other words on the card
        await decided(stage, made.ref, press)
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
    wanted = [
        stage.vault.digest("address", f"{way}:{to}") for way, to in (("sms", family.mobile), ("email", family.email))
    ]
    async with stage.db.begin() as tx:
        assert (await tx.execute(select(addresses.c.hash).where(addresses.c.hash.in_(wanted)))).all() == []


async def test_forget_ends_what_was_asked_to_be_told(stage: Stage) -> None:
    family = await enrolled(stage, PHONE)
    await talk(
        stage, PHONE, "/visit", "tihar", "[Central Jail No. 2, Tihar]", "[Tell me when]", "/cancel", "[Yes, stop]"
    )
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


async def test_after_forgetting_the_card_in_the_jails_chat_names_nobody(stage: Stage) -> None:
    """The card is changed anyway: it keeps its reference and loses the family."""
    await peopled(stage)
    family = await enrolled(stage, PHONE)
    await asked(stage, family)
    await forgotten(stage, family)
    cards = {one.id: one.rendered.plain for one in stage.to(GROUP) if one.rendered}
    assert [word for word in ("Sunita", "Ram Lal", "0124") for card in cards.values() if word in card] == []


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
