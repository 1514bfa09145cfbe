"""The postman: what becomes of each try, on every way that a channel can fail, and what a restart remembers."""

import asyncio
from datetime import timedelta

import pytest

from channels.base import Change, Drop, Errand, Later, Never, Reply, Say
from dialogue.effects import Answer, Delete, Edit, Unsend
from dialogue.model import Chat, Priority
from scheduler import postman
from scheduler.hands import HANDS
from scheduler.postman import SLOWEST, Postman
from scheduler.rate import TELEGRAM, Rate
from storage import claims, errands, outbox
from storage.outbox import TRIES
from tests.storage.scene import RAVI, SUNITA, outbox_rows, post, send, statuses, words
from tests.support.stage import Ear, Stage


def heard(stage: Stage, to: Chat = SUNITA) -> list[str]:
    return [one.rendered.plain for one in stage.heard if one.to == to and one.rendered]


def trouble(stage: Stage, *raised: Exception | None, to: Chat = SUNITA) -> list[Errand]:
    """The next tries for an address raise these, one each; None lets it through. The list is what was tried."""
    waiting, tried = list(raised), list[Errand]()

    def happens(chat: Chat, errand: Errand) -> None:
        if chat != to:
            return
        tried.append(errand)
        error = waiting.pop(0) if waiting else None
        if error:
            raise error

    stage.ears[to.channel].trouble = happens
    return tried


async def restarted(stage: Stage) -> None:
    """A new process: its postman recovers before it claims."""
    stage.open()
    async with stage.db.begin() as tx:
        await outbox.recover(tx, stage.clock(), void_leases=True)


class Gate:
    """A channel that takes everything of a kind in hand and lets nothing of it go until it is opened."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, channel: str, kind: type = object) -> None:
        self.opened, self.held = asyncio.Event(), 0
        deliver = Ear.deliver

        async def slow(ear: Ear, to: Chat, errand: Errand, locale: str) -> str:
            if to.channel == channel and isinstance(errand, kind):
                self.held += 1
                await self.opened.wait()
            return await deliver(ear, to, errand, locale)

        monkeypatch.setattr(Ear, "deliver", slow)


async def turned(stage: Stage) -> None:
    """The rounds that can be made, and what needs no waiting for."""
    while await stage.postman.round():
        for _n in range(20):
            await asyncio.sleep(0)


# ---------------------------------------------------------------- errands


async def test_every_errand_reaches_the_channel(stage: Stage) -> None:
    await post(stage, send("one", key="card:X"), Delete(SUNITA, "77"), Answer(SUNITA, "p1"))
    await stage.work()
    await post(stage, Edit(SUNITA, words("two"), key="card:X"), Edit(SUNITA, words("three"), id="55"))
    await stage.work()
    told = [(one.what, one.id) for one in stage.heard]
    assert sorted(told[:3]) == [("drop", "77"), ("reply", "p1"), ("say", told[[t[0] for t in told].index("say")][1])]
    assert told[3:] == [("change", dict(told[:3])["say"]), ("change", "55")]
    assert set(await statuses(stage)) == {"sent"}


async def test_a_press_is_answered_before_words_are_said(stage: Stage) -> None:
    tried = trouble(stage)
    await post(stage, send("words"), Delete(SUNITA, "1"), Answer(SUNITA, "p1"))
    await stage.work()
    assert [type(errand) for errand in tried] == [Reply, Say, Drop]


async def test_an_edit_right_behind_its_message_finds_it(stage: Stage) -> None:
    await post(stage, send("one", key="card:X"))
    await post(stage, Edit(SUNITA, words("two"), key="card:X", at=stage.clock() + timedelta(seconds=1)))
    stage.clock.forward(seconds=1)
    await stage.postman.round()
    await stage.postman.arrived()
    said, changed = stage.heard
    assert (said.what, changed.what, changed.id) == ("say", "change", said.id)


async def test_an_edit_behind_another_message_does_not_take_it_for_its_own(stage: Stage) -> None:
    both = send("one", key="card:X"), Edit(SUNITA, words("two"), key="card:Y")
    async with stage.db.begin() as tx:
        await errands.write(tx, stage.vault, [(one, "en") for one in both], stage.clock())
    await stage.work()
    assert [one.what for one in stage.heard] == ["say"]
    assert await statuses(stage) == ["sent", "lapsed"]


async def test_an_edit_of_what_was_never_sent_lapses(stage: Stage) -> None:
    await post(stage, Edit(SUNITA, words("x"), key="card:NOWHERE"), Edit(SUNITA, words("x"), id=""))
    await stage.work()
    assert stage.heard == [] and set(await statuses(stage)) <= {"lapsed"}


async def test_a_way_that_is_not_set_up(stage: Stage) -> None:
    del stage.ears["sms"]
    stage.open()
    await post(stage, send("code", Chat("sms", "+919812345678")), send("here"))
    await stage.work()
    assert await statuses(stage) == ["dead", "sent"]
    assert (await outbox_rows(stage))[0].error == "no sms is set up"


# ---------------------------------------------------------------- later


async def test_pauses_grow_and_the_message_arrives_once(stage: Stage) -> None:
    tried = trouble(stage, *(Later(0.1, "no route") for _n in range(4)))
    await post(stage, send("hello"))
    pauses = []
    await stage.work()
    while not heard(stage):
        before = len(tried)
        seconds = 0
        while len(tried) == before:
            stage.clock.forward(seconds=1)
            seconds += 1
            await stage.work()
        pauses.append(seconds)
    assert pauses == [2, 4, 8, 16] and heard(stage) == ["hello"] and await statuses(stage) == ["sent"]


async def test_the_servers_own_pause_is_kept(stage: Stage) -> None:
    tried = trouble(stage, Later(90, "maintenance"))
    await post(stage, send("hello"))
    await stage.work()
    stage.clock.forward(seconds=89)
    await stage.work()
    assert len(tried) == 1
    stage.clock.forward(seconds=1)
    await stage.work()
    assert heard(stage) == ["hello"]


async def test_after_too_many_tries_it_is_dead_and_the_next_goes(stage: Stage) -> None:
    tried = trouble(stage, *(Later(1, "no route") for _n in range(TRIES)))
    await post(stage, send("lost"))
    for _n in range(TRIES):
        await stage.work()
        stage.clock.forward(seconds=SLOWEST.total_seconds())
    await post(stage, send("next"))
    await stage.work()
    assert len(tried) == TRIES + 1 and await statuses(stage) == ["dead", "sent"]
    assert (await outbox_rows(stage))[0].error == "no route"


async def test_flood_waits_are_no_failed_tries(stage: Stage) -> None:
    """A busy chat is asked to rest again and again: its message isn't given up for that."""
    trouble(stage, *(Later(10, "rest", flood=True) for _n in range(TRIES + 2)), Later(1, "no route"))
    await post(stage, send("approved", priority=Priority.DECISION))
    for _n in range(TRIES + 4):
        await stage.work()
        stage.clock.forward(seconds=10)
    assert heard(stage) == ["approved"] and await statuses(stage) == ["sent"]


async def test_a_message_that_waits_holds_up_no_later_one(stage: Stage) -> None:
    trouble(stage, Later(60, "no route"))
    await post(stage, send("first"))
    await stage.work()
    await post(stage, send("second"), send("ravi's", RAVI))
    await stage.work()
    assert heard(stage) == ["second"] and heard(stage, RAVI) == ["ravi's"]


# ---------------------------------------------------------------- unsure


@pytest.mark.parametrize(
    ("priority", "tries", "end"),
    [
        (Priority.DECISION, 2, "unsure"),
        (Priority.REPLY, 2, "unsure"),
        (Priority.REMINDER, 1, "unsure"),
        (Priority.BROADCAST, 1, "unsure"),
    ],
)
async def test_what_may_have_arrived_is_repeated_once_or_not(
    stage: Stage, priority: Priority, tries: int, end: str
) -> None:
    tried = trouble(stage, *(Later(1, "no answer", unsure=True) for _n in range(5)))
    await post(stage, send("x", priority=priority))
    for _n in range(5):
        await stage.work()
        stage.clock.forward(minutes=5)
    assert len(tried) == tries and await statuses(stage) == [end]


async def test_only_tries_with_an_unknown_end_count(stage: Stage) -> None:
    """The first try never left; the second may have. A decision is owed one repetition still."""
    tried = trouble(stage, Later(1, "no route"), Later(1, "no answer", unsure=True))
    await post(stage, send("approved", priority=Priority.DECISION))
    for _n in range(4):
        await stage.work()
        stage.clock.forward(minutes=1)
    assert len(tried) == 3 and await statuses(stage) == ["sent"]


# ---------------------------------------------------------------- flood


async def test_a_flood_wait_rests_its_address_alone_and_outlives_a_restart(stage: Stage) -> None:
    tried = trouble(stage, Later(300, "rest", flood=True))
    await post(stage, send("s1"), send("s2"), send("r1", RAVI))
    await stage.work()
    assert heard(stage, RAVI) == ["r1"] and len(tried) == 1
    await restarted(stage)
    trouble(stage)
    await post(stage, send("r2", RAVI), send("s3", priority=Priority.DECISION))
    await stage.work()
    assert heard(stage, RAVI) == ["r1", "r2"] and heard(stage) == []
    stage.clock.forward(seconds=299)
    await stage.work()
    assert heard(stage) == []
    stage.clock.forward(seconds=1)
    await stage.work()
    assert heard(stage) == ["s3", "s1", "s2"]


async def test_a_flood_wait_sends_back_what_was_to_leave_behind_it(stage: Stage) -> None:
    tried = trouble(stage, Later(300, "rest", flood=True))
    await post(stage, send("one", key="card:X"))
    await post(stage, Edit(SUNITA, words("two"), key="card:X", at=stage.clock() + timedelta(seconds=1)))
    stage.clock.forward(seconds=1)
    await stage.work()
    assert len(tried) == 1
    assert [(row.status, row.attempts) for row in await outbox_rows(stage)] == [("waiting", 0), ("waiting", 0)]
    stage.clock.forward(seconds=300)
    await stage.work()
    assert [type(errand) for errand in tried[1:]] == [Say, Change]


async def test_what_leaves_beside_it_leaves_and_then_the_address_rests(stage: Stage) -> None:
    tried = trouble(stage, Later(300, "rest", flood=True))
    await post(stage, Answer(SUNITA, "p1"), Edit(SUNITA, words("x"), id="6"), send("words"))
    await stage.work()
    await post(stage, send("more words"))
    await stage.work()
    assert [type(errand) for errand in tried] == [Reply, Change, Say]
    assert await statuses(stage) == ["waiting", "sent", "sent", "waiting"]
    stage.clock.forward(seconds=300)
    await stage.work()
    assert [type(errand) for errand in tried[3:]] == [Reply, Say]


async def test_trouble_with_one_message_is_not_that_of_those_behind_it(stage: Stage) -> None:
    tried = trouble(stage, Later(5, "a moment"), Never("no such message"))
    await post(stage, Answer(SUNITA, "p1"), Edit(SUNITA, words("x"), id="6"), send("words"))
    await stage.work()
    assert heard(stage) == ["words"] and await statuses(stage) == ["waiting", "dead", "sent"]
    stage.clock.forward(seconds=5)
    await stage.work()
    assert type(tried[-1]) is Reply and await statuses(stage) == ["sent", "dead", "sent"]


@pytest.mark.parametrize(
    ("slow", "read", "then"),
    [
        pytest.param(Reply, ["words"], ["sending", "sent", "waiting"], id="nothing waits for the answer to a press"),
        pytest.param(Say, [], ["sent", "sending", "waiting"], id="what has left is settled"),
    ],
)
async def test_the_address_is_held_while_something_is_on_its_way(
    stage: Stage, monkeypatch: pytest.MonkeyPatch, slow: type, read: list[str], then: list[str]
) -> None:
    gate = Gate(monkeypatch, "telegram", slow)
    await post(stage, Answer(SUNITA, "p1"), send("words"), send("more words"))
    await turned(stage)
    assert heard(stage) == read and await statuses(stage) == then
    gate.opened.set()
    await stage.work()
    assert heard(stage) == ["words", "more words"]


# ---------------------------------------------------------------- never, and bugs


async def test_who_blocked_the_bot_harms_nobody(stage: Stage) -> None:
    trouble(stage, Never("Forbidden: bot was blocked by the user", gone=True))
    await post(stage, send("lost"), send("r1", RAVI))
    await stage.work()
    assert await statuses(stage) == ["dead", "sent"]
    await post(stage, send("back again"))
    await stage.work()
    assert heard(stage) == ["back again"]


async def test_a_bug_in_a_channel_is_one_messages_death(stage: Stage) -> None:
    trouble(stage, ValueError("+919812345678"))
    await post(stage, send("lost"), send("next"), send("r1", RAVI))
    await stage.work()
    assert await statuses(stage) == ["dead", "sent", "sent"]
    assert (await outbox_rows(stage))[0].error == "ValueError", "its words may hold a number"


async def test_a_bug_before_the_channel_is_one_messages_death_too(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    def bug(*_given: object) -> None:
        raise KeyError("+919812345678")

    await post(stage, send("lost"))
    monkeypatch.setattr(postman, "leaving", bug)
    await stage.postman.round()
    await stage.postman.arrived()
    monkeypatch.undo()
    await post(stage, send("next"))
    await stage.work()
    assert await statuses(stage) == ["dead", "sent"]


# ---------------------------------------------------------------- too late


async def test_what_is_useless_by_now_lapses(stage: Stage) -> None:
    soon = stage.clock() + timedelta(minutes=10)
    trouble(stage, Later(3600, "no route"))
    await post(stage, send("remember", until=soon, priority=Priority.REMINDER))
    await stage.work()
    stage.clock.forward(hours=2)
    await stage.work()
    assert heard(stage) == [] and await statuses(stage) == ["lapsed"]


async def test_a_reminder_that_was_cancelled_in_flight_is_not_tried_again(stage: Stage) -> None:
    """M6: the try fails while the family cancels; nothing of it is said afterwards."""

    def cancelled(_chat: Chat, _errand: Errand) -> None:
        raise Later(5, "no route")

    stage.ears["telegram"].trouble = cancelled
    await post(stage, send("tomorrow at ten", key="reminder:X:24h", priority=Priority.REMINDER))
    await stage.postman.round()
    await post(stage, Unsend("reminder:X:"))
    await stage.postman.arrived()
    trouble(stage)
    await stage.work()
    stage.clock.forward(hours=1)
    await stage.work()
    assert heard(stage) == []


# ---------------------------------------------------------------- hands


async def test_a_slow_mail_server_delays_no_chat(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    gate = Gate(monkeypatch, "email")
    await post(stage, *(send(f"m{n}", Chat("email", f"{n}@x.example"), Priority.DECISION) for n in range(100)))
    await post(stage, *(send(f"r{n}", Chat("telegram", str(n)), Priority.REMINDER) for n in range(1, 101)))
    await post(stage, send("code", priority=Priority.DECISION), send("sms", Chat("sms", "+919812345678")))
    await turned(stage)
    assert len(stage.heard) == 102 and gate.held == HANDS["email"]
    assert (await statuses(stage)).count("sending") == HANDS["email"], "what has no hand is not claimed"
    gate.opened.set()
    await stage.work()
    assert len(stage.heard) == 202


@pytest.mark.parametrize(("per_second", "hands"), [(1.0, 64), (TELEGRAM, 64), (50.0, 100), (1000.0, 128)])
async def test_a_server_that_takes_more_has_more_hands(stage: Stage, per_second: float, hands: int) -> None:
    postman = Postman(stage.db, stage.vault, stage.ears, Rate(per_second), stage.clock)
    assert {name: room.hands for name, room in postman._rooms().items()} == {"telegram": hands, "email": 8, "sms": 16}


async def test_reminders_leave_hands_free_for_a_code(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    gate = Gate(monkeypatch, "sms")
    phones = [Chat("sms", f"+919812345{n:03}") for n in range(100)]
    await post(stage, *(send("remember", phone, Priority.REMINDER) for phone in phones))
    await turned(stage)
    assert gate.held == HANDS["sms"] * 3 // 4
    await post(stage, send("code", Chat("sms", "+919999999999"), Priority.DECISION))
    await turned(stage)
    assert gate.held == HANDS["sms"] * 3 // 4 + 1
    gate.opened.set()
    await stage.work()
    assert len(stage.heard) == 101


async def test_a_channel_nobody_carries_is_refused_at_the_start(stage: Stage) -> None:
    stage.ears["pigeon"] = stage.ears["sms"]
    with pytest.raises(ValueError, match="pigeon"):
        stage.open()


# ---------------------------------------------------------------- a chat's pace


async def test_a_chats_pace_outlives_a_restart(stage: Stage) -> None:
    """Twenty in any minute to a group, whoever sends them."""
    told = []
    for n in range(30):
        stage.open()
        stage.postman.rate = Rate(1000.0)
        stage.postman.rate.per_second = 30.0
        await post(stage, send(str(n), Chat("telegram", "-1001")))
        await stage.work()
        told.append(len(stage.heard))
        stage.clock.forward(seconds=1)
    assert told[4] == 5 and told[19] == 9 and told[-1] <= 12
    stage.clock.forward(minutes=2)
    while await stage.postman.round():
        await stage.postman.arrived()
        stage.clock.forward(seconds=4)
    assert len(stage.heard) == 30


# ---------------------------------------------------------------- starting


async def test_what_left_before_the_start_was_over_keeps_its_address(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The desk may be the first to begin, and takes the postman along: what dead processes have leased is free then,
    what this one has on its way isn't. The next message would overtake it, and a kill would have it told again."""
    gate = Gate(monkeypatch, "telegram")
    await post(stage, send("one"), send("two"))
    await turned(stage)
    await stage.postman.recover(void_leases=True)
    await turned(stage)
    assert gate.held == 1
    gate.opened.set()
    await stage.work()
    assert [one.rendered.plain for one in stage.heard if one.rendered] == ["one", "two"]


# ---------------------------------------------------------------- stopping


async def test_told_to_stop_it_settles_what_is_on_its_way(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    began, gate, stop = asyncio.Event(), asyncio.Event(), asyncio.Event()
    deliver = Ear.deliver

    async def slow(_ear: Ear, to: Chat, errand: Errand, locale: str) -> str:
        began.set()
        await gate.wait()
        return await deliver(_ear, to, errand, locale)

    monkeypatch.setattr(Ear, "deliver", slow)
    await post(stage, send("one"), send("two"))
    loop = asyncio.create_task(stage.postman.run(stop))
    await asyncio.wait_for(began.wait(), 5)
    stop.set()
    stage.postman.bell.set()
    await loop
    gate.set()
    await stage.postman.drain(5)
    assert await statuses(stage) == ["sent", "waiting"] and stage.postman.idle


async def test_a_round_that_can_not_commit_loses_no_outcome(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    await post(stage, send("once"))
    await stage.postman.round()
    await stage.postman.arrived()
    with monkeypatch.context() as broken:
        broken.setattr(claims, "claim", _broken)
        with pytest.raises(OSError, match="disk"):
            await stage.postman.round()
    assert await statuses(stage) == ["sending"]
    await stage.work()
    assert await statuses(stage) == ["sent"] and heard(stage) == ["once"]


async def _broken(*_of: object) -> None:
    raise OSError("the disk is full")


async def test_a_reminder_leaves_when_its_claim_is_on_the_disk(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    """After a power cut a reply whose claim is gone is said again, as any whose outcome nobody knows; a reminder must
    not be."""
    real, done = stage.db.sync, list[str]()

    async def synced() -> None:
        await real()
        done.append("sync")

    monkeypatch.setattr(stage.db, "sync", synced)
    stage.ears["telegram"].trouble = lambda to, _errand: done.append(to.id)
    await post(stage, send("reply"))
    await stage.work()
    await post(stage, send("reminder", RAVI, priority=Priority.REMINDER))
    await stage.work()
    assert done == [SUNITA.id, "sync", RAVI.id]
