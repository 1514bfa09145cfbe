"""Arrivals on disk: each once, sealed, in the order of its talk, erased as it is handled; and each talk's state."""

import pytest

from channels.telegram_read import read
from dialogue.model import Talk
from dialogue.session import Session
from handlers.intake import raws
from storage import inbox, sessions
from storage.inbox import Raw, Waiting
from tests.storage.scene import TALK, number, sql
from tests.support.stage import Stage

OTHER = Talk.of("telegram:102/102")


def raw(update: int, talk: Talk | str = TALK, body: bytes = b"{}") -> Raw:
    return Raw("telegram", update, str(talk), body)


async def put(stage: Stage, *arrived: Raw) -> None:
    async with stage.db.begin() as tx:
        await inbox.put(tx, stage.vault, arrived, stage.clock())


async def oldest(stage: Stage, limit: int = 100) -> list[Waiting]:
    async with stage.db.begin() as tx:
        return await inbox.oldest(tx, stage.vault, limit)


async def test_an_update_seen_before_changes_nothing(stage: Stage) -> None:
    await put(stage, raw(7, body=b"first"), raw(8))
    await put(stage, raw(7, body=b"second"), raw(7), raw(9))
    assert [one.update_id for one in await oldest(stage)] == [7]
    assert (await oldest(stage))[0].body == b"first"
    assert await number(stage, "SELECT count(*) FROM inbox") == 3
    await put(stage, Raw("sms", 7, str(TALK), b"another channel's seven"))
    assert await number(stage, "SELECT count(*) FROM inbox") == 4


async def test_the_oldest_of_each_talk(stage: Stage) -> None:
    await put(stage, raw(1), raw(2, OTHER), raw(3), raw(4, OTHER), raw(5, "telegram:103/103"))
    assert [one.update_id for one in await oldest(stage)] == [1, 2, 5]
    assert [one.update_id for one in await oldest(stage, limit=2)] == [1, 2]
    async with stage.db.begin() as tx:
        await inbox.handled(tx, [1], stage.clock())
        await inbox.failed(tx, 2)
        assert await inbox.count_waiting(tx) == 4
    assert [(one.update_id, one.tries) for one in await oldest(stage)] == [(2, 1), (3, 0), (5, 0)]


async def test_what_is_announced_is_kept_once_it_waits_on(stage: Stage) -> None:
    """And what was kept before still says what it said."""
    await put(stage, raw(7, body=b"first"))
    announced = [raw(7, body=b"second"), raw(8, OTHER, b"new")]
    async with stage.db.begin() as tx:
        await inbox.announce(tx, stage.vault, announced, stage.clock())
        at_hand = await inbox.oldest(tx, stage.vault, 100, announced)
        await inbox.keep(tx, stage.vault, announced)
    assert [one.body for one in at_hand] == [one.body for one in await oldest(stage)] == [b"first", b"new"]


async def test_handled_is_marked_and_erased_in_one(stage: Stage) -> None:
    await put(stage, raw(1, body=b'{"text": "2345 6789 0124"}'))
    (one,) = await oldest(stage)
    async with stage.db.begin() as tx:
        assert await inbox.waits(tx, one)
        await inbox.handled(tx, [one.id], stage.clock())
        assert not await inbox.waits(tx, one)
        await inbox.handled(tx, [], stage.clock())
    (row,) = await sql(stage, "SELECT sealed, outcome, handled FROM inbox")
    assert row.sealed is None and row.outcome == "done" and row.handled


async def test_a_body_lies_sealed(stage: Stage) -> None:
    await put(stage, raw(1, body=b"plain words"))
    (row,) = await sql(stage, "SELECT sealed FROM inbox")
    assert b"plain" not in row.sealed


async def test_what_is_nobodys_is_kept_aside_as_it_came(stage: Stage) -> None:
    strange = [{"update_id": 1, "poll": {}}, {"update_id": 2, "message": {"chat": "no"}}]
    await put(stage, *raws("telegram", strange, read, stage.clock()))
    assert await oldest(stage) == []
    rows = await sql(stage, "SELECT outcome, sealed FROM inbox")
    assert [(row.outcome, row.sealed is not None) for row in rows] == [("unreadable", True)] * 2


@pytest.mark.parametrize("number", [None, "1", True, -1, 2**53, 1.5])
def test_an_update_without_a_number_is_left_out(stage: Stage, number: object) -> None:
    update = {"update_id": number, "message": {}}
    good = {"update_id": 5, "message": {"text": "\ud800"}}
    assert [one.update_id for one in raws("telegram", [update, {}, good], read, stage.clock())] == [5]


# ---------------------------------------------------------------- the state of each talk


async def test_a_session_comes_back_as_it_was(stage: Stage) -> None:
    full = Session(TALK, "hi", ("visit", "companion"), {"visit": {"whom": "new", "purpose": None}}, "find:x", {}, 2)
    async with stage.db.begin() as tx:
        assert await sessions.load(tx, stage.vault, {TALK: "hi", OTHER: "en"}) == {
            TALK: Session(TALK, "hi"),
            OTHER: Session(OTHER),
        }
        await sessions.save(tx, stage.vault, [full], stage.clock())
        await sessions.save(tx, stage.vault, [], stage.clock())
        assert await sessions.load(tx, stage.vault, {TALK: "en"}) == {TALK: full}
        empty = Session(TALK, "hi")
        await sessions.save(tx, stage.vault, [empty], stage.clock())
        assert await sessions.load(tx, stage.vault, {TALK: "en"}) == {TALK: empty}
    assert await number(stage, "SELECT count(*) FROM sessions") == 1


async def test_answers_lie_sealed_and_bound_to_their_talk(stage: Stage) -> None:
    async with stage.db.begin() as tx:
        held = [Session(TALK, forms=("register",), answers={"register": {"email": "sunita@example.org"}})]
        await sessions.save(tx, stage.vault, [*held, Session(OTHER)], stage.clock())
    one, two = await sql(stage, "SELECT sealed FROM sessions ORDER BY talk")
    assert b"sunita" not in one.sealed
    await sql(stage, "UPDATE sessions SET sealed = :s WHERE talk = :t", s=one.sealed, t=str(OTHER))
    with pytest.raises(Exception, match="doesn't open"):
        async with stage.db.begin() as tx:
            await sessions.load(tx, stage.vault, {OTHER: "en"})
    assert two.sealed
