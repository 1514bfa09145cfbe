"""The sweep: each line of what is kept and for how long, at its edge."""

from datetime import timedelta

import pytest
from msgspec.structs import replace
from sqlalchemy import insert

from dialogue.effects import Edit, Erase, Note, Speak
from dialogue.model import Chat, Talk
from dialogue.session import Session
from handlers.intake import raws
from scheduler.sweep import Sweep
from storage import inbox, seals, sessions
from storage.errands import address_of
from storage.tables import challenges, spends
from tests.storage.people import book, enrol, visit
from tests.storage.scene import TALK, claim, number, post, send, settle, sql, words
from tests.storage.scene import came_to as as_
from tests.support.people import visitor
from tests.support.stage import GROUP, Clock, Stage

MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)


async def swept(stage: Stage, after: timedelta) -> None:
    """The sweep, as it would run `after` this moment."""
    await Sweep(stage.db, stage.vault, Clock(stage.clock() + after)).run()


async def lasts(stage: Stage, statement: str, until: timedelta) -> None:
    """`statement` counts 1 up to `until`, and 0 soon afterwards."""
    await swept(stage, until - MINUTE)
    assert await number(stage, statement) == 1
    await swept(stage, until + MINUTE)
    assert await number(stage, statement) == 0


async def test_unfinished_answers_live_72_hours_and_the_language_stays(stage: Stage) -> None:
    held = Session(
        TALK, "hi", ("register",), {"register": {"name": "Sunita"}}, "", {"register": {"age": {"age": 3}}}, 1
    )
    done = replace(held, talk=Talk.of("telegram:102/102"), forms=(), answers={}, kept={})
    async with stage.db.begin() as tx:
        await sessions.save(tx, stage.vault, [held, done], stage.clock())

    async def kept() -> dict[Talk, Session]:
        async with stage.db.begin() as tx:
            return await sessions.load(tx, stage.vault, {held.talk: "en", done.talk: "en"})

    await swept(stage, timedelta(hours=72) - MINUTE)
    assert await kept() == {held.talk: held, done.talk: done}
    await swept(stage, timedelta(hours=72) + MINUTE)
    assert await kept() == {held.talk: Session(TALK, "hi", lapsed=True), done.talk: done}


async def test_every_stale_talk_is_erased_however_many(stage: Stage) -> None:
    many = [Session(Talk.of(f"telegram:{n}/{n}"), forms=("visit",)) for n in range(1, 1102)]
    async with stage.db.begin() as tx:
        await sessions.save(tx, stage.vault, many, stage.clock())
    for _run in range(3):
        await swept(stage, timedelta(hours=73))
    assert await number(stage, "SELECT count(*) FROM sessions WHERE open") == 0


async def test_codes_live_until_ten_minutes_after_they_expire(stage: Stage) -> None:
    row = {"id": "c", "talk": str(TALK), "purpose": "p", "address_hash": "h", "sealed": b"x", "counter": 0}
    times = {"issued": stage.clock(), "expires": stage.clock() + 10 * MINUTE}
    async with stage.db.begin() as tx:
        await tx.execute(insert(challenges).values(**row, **times))
    await lasts(stage, "SELECT count(*) FROM challenges", 20 * MINUTE)


async def test_counts_outlive_the_longest_window(stage: Stage) -> None:
    async with stage.db.begin() as tx:
        await tx.execute(insert(spends).values(key="k", of="", at=stage.clock()))
    await lasts(stage, "SELECT count(*) FROM spends", 25 * HOUR)


async def test_what_was_unreadable_lives_a_week_and_ids_a_month(stage: Stage) -> None:
    async with stage.db.begin() as tx:
        strange = [{"update_id": 1, "poll": {}}]
        await inbox.put(tx, stage.vault, raws("telegram", strange, lambda _u, _n: None, stage.clock()), stage.clock())
    await lasts(stage, "SELECT count(*) FROM inbox WHERE sealed IS NOT NULL", 7 * DAY)
    await lasts(stage, "SELECT count(*) FROM inbox", 30 * DAY)


async def test_what_waits_is_never_swept_away(stage: Stage) -> None:
    async with stage.db.begin() as tx:
        await inbox.put(tx, stage.vault, [inbox.Raw("telegram", 1, str(TALK), b"{}")], stage.clock())
    await post(stage, send("to come", at=stage.clock() + 900 * DAY))
    await swept(stage, 800 * DAY)
    assert await number(stage, "SELECT count(*) FROM inbox WHERE sealed IS NOT NULL AND handled IS NULL") == 1
    assert await number(stage, "SELECT count(*) FROM outbox WHERE sealed IS NOT NULL AND status = 'waiting'") == 1


@pytest.mark.parametrize("status", ["sent", "lapsed", "dead", "unsure", "withdrawn"])
async def test_what_was_said_lives_a_week(stage: Stage, status: str) -> None:
    await post(stage, send("approved", key="decision:X:2:chat"))
    (due,) = await claim(stage)
    await settle(stage, as_(due, status))
    await lasts(stage, "SELECT count(*) FROM outbox WHERE sealed IS NOT NULL", 7 * DAY)


async def test_a_card_is_found_again_as_long_as_its_visit_is_kept(stage: Stage) -> None:
    """A small jail hears nothing for a fortnight; then the family cancels, and the card in its chat must say so."""
    group = Chat("telegram", str(GROUP))
    await post(stage, send("the card", group, key="card:X"))
    await stage.work()
    await swept(stage, 14 * DAY)
    stage.clock.forward(days=14)
    await post(stage, Edit(group, words("cancelled by the visitor"), key="card:X"))
    await stage.work()
    assert [one.what for one in stage.to(GROUP)] == ["say", "change"]


async def test_what_was_told_once_is_not_told_again(stage: Stage) -> None:
    """Keys are for ever, or for as long as OUTBOX_ROWS says: a month without a word does not free them."""
    await post(stage, send("approved", key="decision:X:2:chat"))
    await stage.work()
    await swept(stage, 30 * DAY)
    await post(stage, send("approved", key="decision:X:2:chat"))
    await stage.work()
    assert len(stage.heard) == 1


async def test_what_has_no_key_is_of_no_use_without_its_words(stage: Stage) -> None:
    await post(stage, send("hello"))
    await stage.work()
    await lasts(stage, "SELECT count(*) FROM outbox", 7 * DAY)


async def test_an_address_is_forgotten_with_its_last_row_but_a_jails_is_kept(stage: Stage) -> None:
    """The group's language is chosen once; it may be quiet for longer than anything of it is kept."""
    group = Chat("telegram", str(GROUP))
    await post(stage, send("hello", group), send("hello", Chat("telegram", "999")))
    await post(stage, Speak((group,), "hi"))
    await stage.work()
    await swept(stage, 8 * DAY)
    rows = await sql(stage, "SELECT hash, locale FROM addresses")
    assert [tuple(row) for row in rows] == [(address_of(stage.vault, group), "hi")]


@pytest.mark.parametrize("back", [False, True])
async def test_the_addresses_of_the_erased_go_with_the_last_words_to_them(stage: Stage, back: bool) -> None:
    """Unless they register again: then what was told once is known again."""
    await post(stage, *enrol(1))
    await post(stage, Erase(visitor(1).number), send("erased", visitor(1).chat, key="cancelled:X:chat"))
    if back:
        await post(stage, *enrol(1))
    await stage.work()
    await swept(stage, 7 * DAY - MINUTE)
    assert await number(stage, "SELECT count(*) FROM addresses WHERE hash IN (SELECT address FROM outbox)") == 1
    await swept(stage, 7 * DAY + MINUTE)
    left = await number(stage, "SELECT count(*) FROM addresses"), await number(stage, "SELECT count(*) FROM outbox")
    assert left == ((3, 1) if back else (0, 0))


async def test_addresses_are_looked_through_some_at_a_time(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    """They may be a hundred thousand: what is erased each minute has to be quick."""
    monkeypatch.setattr("scheduler.sweep.ADDRESSES", 3)
    sweep = Sweep(stage.db, stage.vault, stage.clock)
    for name in range(7):
        await sql(stage, "INSERT INTO addresses (hash) VALUES (:name)", name=f"of nobody {name}")
    left = []
    for _round in range(3):
        await sweep.run()
        left.append(await number(stage, "SELECT count(*) FROM addresses"))
    assert left == [4, 1, 0]
    await sql(stage, "INSERT INTO addresses (hash) VALUES ('and from the beginning')")
    await sweep.run()
    assert await number(stage, "SELECT count(*) FROM addresses") == 0


async def test_a_talk_that_can_not_be_opened_is_erased_like_the_others(stage: Stage) -> None:
    async with stage.db.begin() as tx:
        there = [Session(Talk.of(f"telegram:{n}/{n}"), forms=("visit",)) for n in (1, 2)]
        await sessions.save(tx, stage.vault, there, stage.clock())
    await sql(stage, "UPDATE sessions SET sealed = x'00' WHERE talk = 'telegram:1/1'")
    await swept(stage, timedelta(hours=73))
    async with stage.db.begin() as tx:
        kept = await sessions.load(tx, stage.vault, {one.talk: "en" for one in there})
    assert [one.forms for one in kept.values()] == [(), ()]


async def test_the_audit_lives_400_days(stage: Stage) -> None:
    await post(stage, Note("approved", {"ref": "X"}))
    async with stage.db.begin() as tx:
        await seals.seal(tx, stage.vault, stage.clock())
    await lasts(stage, "SELECT count(*) FROM notes WHERE kind = 'approved'", 400 * DAY)


async def test_requests_live_180_days_after_the_visit(stage: Stage) -> None:
    await post(stage, *enrol(1), book(stage.vault, visit(1)))
    await sql(stage, "UPDATE visits SET status = 'COMPLETED', live = false")
    await sql(stage, "UPDATE slots SET taken = 0")
    ahead = visit(1).start - stage.clock()
    await lasts(stage, "SELECT count(*) FROM visits", 180 * DAY + ahead)
    assert await number(stage, "SELECT count(*) FROM slots") == 0


async def test_sweeping_a_house_in_use_changes_nothing(stage: Stage) -> None:
    await post(stage, *enrol(1), book(stage.vault, visit(1)), send("hello"), Note("asked"))
    counted = "SELECT (SELECT count(*) FROM visits) + (SELECT count(*) FROM outbox) + (SELECT count(*) FROM visitors)"
    before = await number(stage, counted)
    await swept(stage, MINUTE)
    assert await number(stage, counted) == before
