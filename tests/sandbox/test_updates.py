"""What waits for the bot: kept until it is confirmed, handed out in order, to one poller at a time."""

import asyncio

from sandbox import Sandbox
from sandbox.play import Play
from tests.sandbox.ground import GROUP, Api


async def spoken(play: Play, count: int) -> None:
    for number in range(count):
        await play.phone(101).say(f"word {number}")


def words(updates: list[dict[str, object]]) -> list[str]:
    return [str(update["message"]["text"]) for update in updates]  # type: ignore[index]


async def test_they_stay_until_a_higher_offset_is_asked(api: Api, play: Play) -> None:
    await spoken(play, 5)
    first = await api.updates()
    assert words(first) == [f"word {number}" for number in range(5)]
    assert [one["update_id"] for one in first] == list(range(first[0]["update_id"], first[0]["update_id"] + 5))
    assert await api.updates() == first, "nothing is confirmed by being handed out"
    assert await api.updates(limit=2) == first[:2]
    assert await api.updates(first[3]["update_id"]) == first[3:]
    assert await api.updates() == first[3:], "what is below the offset is gone for good"
    assert await api.updates(first[4]["update_id"] + 1) == []
    assert (await api.ok("getWebhookInfo"))["pending_update_count"] == 0


async def test_a_negative_offset_counts_from_the_end(api: Api, play: Play) -> None:
    await spoken(play, 5)
    assert words(await api.updates(-2)) == ["word 3", "word 4"]
    assert words(await api.updates()) == ["word 3", "word 4"]
    assert words(await api.updates(-10)) == ["word 3", "word 4"]


async def test_a_hundred_at_most(api: Api, play: Play) -> None:
    await asyncio.gather(*(play.phone(101).say(str(number)) for number in range(103)))
    assert len(await api.updates()) == len(await api.updates(limit=500)) == 100
    assert len(await api.updates(limit=1)) == 1


async def test_a_poll_waits_for_the_first(api: Api, play: Play) -> None:
    waiting = asyncio.create_task(api.updates(timeout=20))
    await asyncio.sleep(0.05)
    assert not waiting.done()
    await play.phone(101).say("now")
    assert words(await asyncio.wait_for(waiting, 2)) == ["now"]
    offset = (await api.newest())["update_id"] + 1
    assert await asyncio.wait_for(api.updates(offset, timeout=1), 3) == []


async def test_one_poller_at_a_time(api: Api, play: Play) -> None:
    first = asyncio.create_task(api.call("getUpdates", timeout=20))
    await asyncio.sleep(0.05)
    second = asyncio.create_task(api.call("getUpdates", timeout=20))
    lost = await asyncio.wait_for(first, 2)
    assert lost["error_code"] == 409
    assert lost["description"] == (
        "Conflict: terminated by other getUpdates request; make sure that only one bot instance is running"
    )
    await play.phone(101).say("for the second")
    assert words((await asyncio.wait_for(second, 2))["result"]) == ["for the second"]


async def test_a_poller_that_died_loses_nothing(api: Api, play: Play) -> None:
    """It hangs up while it waits; the answer that was meant for it goes to the next who asks."""
    waiting = asyncio.create_task(api.updates(timeout=20))
    await asyncio.sleep(0.05)
    waiting.cancel()
    await asyncio.wait({waiting})
    await play.phone(101).say("into the dark")
    assert words(await api.updates(timeout=5)) == ["into the dark"]


async def test_only_what_was_asked_for(api: Api, play: Play) -> None:
    sunita = play.phone(101)
    await api.updates(allowed_updates=["callback_query"])
    await sunita.say("not asked for")
    await sunita.press_data("x", 1)
    assert [list(update)[1] for update in await api.updates()] == ["callback_query"], "the choice is kept"
    assert (await api.ok("getWebhookInfo"))["allowed_updates"] == ["callback_query"]
    await api.updates(allowed_updates=[])
    await sunita.say("asked for again")
    assert list(await api.newest()) == ["update_id", "message"]
    await play.do("member", person=201, chat=-1002, of=202, status="member")
    assert not [update for update in await api.updates() if "chat_member" in update], (
        "comes only when asked for by name"
    )
    await api.updates(allowed_updates=["chat_member"])
    await play.do("member", person=201, chat=-1002, of=202, status="left")
    assert (await api.newest())["chat_member"]["new_chat_member"]["status"] == "left"


async def test_dropping_what_waits(api: Api, play: Play) -> None:
    await spoken(play, 3)
    assert await api.ok("deleteWebhook")
    assert len(await api.updates()) == 3
    assert await api.ok("deleteWebhook", drop_pending_updates=True)
    assert await api.updates() == []


async def test_raw_updates_are_handed_on_as_they_are(api: Api, play: Play) -> None:
    """Of kinds that nobody knows, broken ones, and words that are no UTF-8."""
    odd: tuple[dict[str, object], ...] = (
        {"poll_of_the_year": {"x": [1, None]}},
        {"callback_query": {}},
        {},
        {"message": {"text": "\ud83d"}},
    )
    numbers = [(await play.do("raw", update=update))["update_id"] for update in odd]
    assert await api.updates() == [{"update_id": n, **update} for n, update in zip(numbers, odd, strict=True)]


async def test_a_held_method_waits(api: Api, play: Play) -> None:
    await play.do("hold", methods=["sendMessage"])
    sending = asyncio.create_task(api.ok("sendMessage", chat_id=101, text="late"))
    await asyncio.sleep(0.05)
    assert not sending.done() and await play.phone(101).messages() == []
    await play.do("hold", methods=[])
    assert (await asyncio.wait_for(sending, 2))["text"] == "late"


async def test_closing_lets_everybody_go(box: Sandbox, api: Api, play: Play) -> None:
    """A poll, a held call and two watching pages: each gets its answer, and the doors close at once."""
    loop = asyncio.get_running_loop()
    await play.do("hold", methods=["getMe"])
    poll = asyncio.create_task(api.call("getUpdates", timeout=50))
    held = asyncio.create_task(api.call("getMe"))
    watching = await api.session.get(f"{box.url}/play/events?after=0")
    news = asyncio.create_task(play.catch_up(wait=30))
    await asyncio.sleep(0.05)
    begin = loop.time()
    await box.stop()
    assert loop.time() - begin < 1.0
    assert (await poll)["result"] == [] and (await held)["ok"]
    await watching.read()
    await news


async def test_group_updates_name_the_group(api: Api, play: Play) -> None:
    await play.phone(201, GROUP).say("/pending")
    message = (await api.newest())["message"]
    assert message["chat"] == {"id": GROUP, "title": "Tihar 1 visits", "type": "supergroup"}
    assert message["from"]["id"] == 201
