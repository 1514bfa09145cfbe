"""Updates by webhook: in order in each chat, side by side over chats, again until the bot has taken them."""

import asyncio
import random
from collections.abc import AsyncIterator
from itertools import groupby
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from telegram import Bot

from sandbox import Sandbox
from sandbox.courier import chat_of, rest
from sandbox.play import Play
from tests.sandbox.ground import CAST, GROUP, Api
from tests.sandbox.hook import SECRET, Hook, listening


@pytest.fixture
async def hook() -> AsyncIterator[Hook]:
    async with listening() as one:
        yield one


async def until(api: Api, **wanted: Any) -> dict[str, Any]:
    """The webhook's state, as soon as it is that."""
    async with asyncio.timeout(5):
        while True:
            seq = api.box.world.journal.seq
            info: dict[str, Any] = await api.ok("getWebhookInfo")
            if wanted.items() <= info.items():
                return info
            await api.box.world.journal.wait(seq, 0.5)


async def test_it_is_set_and_taken_away_in_telegrams_words(api: Api) -> None:
    nothing = {"url": "", "has_custom_certificate": False, "pending_update_count": 0}
    assert await api.ok("getWebhookInfo") == nothing
    url = "http://127.0.0.1:9/hook"
    assert (await api.call("setWebhook", url=url, secret_token=SECRET))["description"] == "Webhook was set"
    assert (await api.call("setWebhook", url=url, secret_token=SECRET))["description"] == "Webhook is already set"
    info = await api.ok("getWebhookInfo")
    assert info == {**nothing, "url": url, "max_connections": 40}, "and the secret is not told"
    await api.ok("setWebhook", url=url, max_connections=500, allowed_updates=["message"])
    info = await api.ok("getWebhookInfo")
    assert (info["max_connections"], info["allowed_updates"]) == (100, ["message"])
    assert (await api.call("deleteWebhook"))["description"] == "Webhook was deleted"
    assert (await api.call("setWebhook", url=""))["description"] == "Webhook is already deleted"
    assert await api.ok("getWebhookInfo") == {**nothing, "allowed_updates": ["message"]}


@pytest.mark.parametrize(
    ("params", "words"),
    [
        ({"url": "ftp://a.example/"}, "invalid webhook URL specified"),
        ({"url": "http://"}, "invalid webhook URL specified"),
        ({"url": "http://a.example:99999/"}, "invalid webhook URL specified"),
        ({"url": "http://a b.example/"}, "invalid webhook URL specified"),
        ({"url": "http://a.example/", "secret_token": "x" * 257}, "secret token is too long"),
        ({"url": "http://a.example/", "secret_token": "a+b"}, "secret token contains unallowed characters"),
        ({"url": "http://a.example/", "secret_token": "a\n"}, "secret token contains unallowed characters"),
        (
            {"url": "http://a.example/", "allowed_updates": "message"},
            "can't parse allowed updates JSON object",
        ),
        (
            {"url": "http://a.example/", "allowed_updates": [1]},
            "can't parse allowed_updates: expected an Array of String",
        ),
    ],
)
async def test_what_it_refuses(api: Api, play: Play, params: dict[str, Any], words: str) -> None:
    await play.phone(101).say("stays")
    assert await api.refused("setWebhook", **params, drop_pending_updates=True) == (400, f"Bad Request: {words}")
    assert (await api.ok("getWebhookInfo"))["url"] == ""
    assert len(await api.updates()) == 1


async def test_polling_and_a_webhook_exclude_each_other(api: Api, hook: Hook) -> None:
    journal = api.box.world.journal
    seq = journal.seq
    waiting = asyncio.create_task(api.refused("getUpdates", timeout=20, allowed_updates=["message"]))
    await journal.wait(seq, 5)
    await api.ok("setWebhook", url=hook.url)
    assert await waiting == (409, "Conflict: terminated by setWebhook request")
    active = (
        "Conflict: can't use getUpdates method while webhook is active; use deleteWebhook to delete the webhook first"
    )
    assert await api.refused("getUpdates") == (409, active)
    await api.ok("deleteWebhook")
    assert await api.updates() == []


async def test_what_people_do_is_carried_to_the_bot(api: Api, play: Play, hook: Hook) -> None:
    await play.phone(101).say("before it was set")
    await api.ok("setWebhook", url=hook.url, secret_token=SECRET)
    await play.phone(101).say("afterwards")
    assert await hook.words(2) == ["before it was set", "afterwards"]
    assert hook.secrets == [SECRET, SECRET]
    assert [set(update) for update in hook.took] == [{"update_id", "message"}] * 2
    await until(api, pending_update_count=0)
    await play.do("raw", update={"message": {"text": "\ud83d"}})
    assert (await hook.words(3))[-1] == "\ud83d"


async def test_dropping_what_waits(api: Api, play: Play, hook: Hook) -> None:
    await play.phone(101).say("old")
    await api.ok("setWebhook", url=hook.url, drop_pending_updates=True)
    await play.phone(101).say("new")
    assert await hook.words(1) == ["new"]
    assert hook.secrets == [None]


async def test_only_what_was_asked_for(api: Api, play: Play, hook: Hook) -> None:
    await api.ok("setWebhook", url=hook.url, allowed_updates=["callback_query"])
    await play.phone(101).say("not asked for")
    await play.phone(101).press_data("x", 1)
    assert "callback_query" in (await hook.tries(1))[0]


async def test_one_chat_waits_for_its_answer_and_the_others_do_not(api: Api, play: Play, hook: Hook) -> None:
    hook.says.append(0)
    await api.ok("setWebhook", url=hook.url)
    await play.phone(101).say("one")
    await hook.tries(1)
    await play.phone(101).say("two")
    await play.phone(201).say("mine")
    await play.phone(201, GROUP).say("/ours")
    assert sorted((await hook.words(3))[1:]) == ["/ours", "mine"]
    assert (await until(api, pending_update_count=2))["pending_update_count"] == 2
    hook.let_go.set()
    assert (await hook.words(4))[3] == "two"


@pytest.mark.parametrize(("asked", "inside"), [(2, 2), (3, 3), (40, 4)])
async def test_no_more_connections_than_were_asked_for(
    api: Api, play: Play, hook: Hook, asked: int, inside: int
) -> None:
    hook.says.extend([0] * 12)
    for text in ("one", "two", "three"):
        for chat in range(1, 5):
            await play.do("raw", update={"message": {"chat": {"id": chat}, "text": text}})
    await api.ok("setWebhook", url=hook.url, max_connections=asked)
    await hook.tries(inside)
    for _ in range(10):
        assert (await api.ok("getWebhookInfo"))["pending_update_count"] == 12
    assert len(hook.took) == inside, "the others wait for room, or for the one before them"
    hook.let_go.set()
    await hook.tries(12)
    assert hook.most_inside == inside


async def test_what_is_not_taken_is_tried_again_later_and_later(api: Api, play: Play, hook: Hook) -> None:
    """At once, and then when the town's clock says so."""
    hook.says.extend([500, 302, 404])
    hook.headers = {"Location": hook.url}
    await api.ok("setWebhook", url=hook.url)
    await play.phone(101).say("one")
    await play.phone(101).say("two")
    assert await hook.words(2) == ["one", "one"]
    info = await until(api, last_error_message="Wrong response from the webhook: 302 Found")
    assert info["pending_update_count"] == 2 and info["last_error_date"] == pytest.approx(play_now(api), abs=5)
    await play.forward(seconds=2)
    await hook.tries(3)
    await until(api, last_error_message="Wrong response from the webhook: 404 Not Found")
    await play.forward(seconds=4)
    assert await hook.words(5) == ["one", "one", "one", "one", "two"]
    info = await until(api, pending_update_count=0)
    assert info["last_error_message"] == "Wrong response from the webhook: 404 Not Found", "the last one is still told"
    assert [rest(n) for n in range(1, 9)] == [0, 2, 4, 8, 16, 32, 60, 60]


def play_now(api: Api) -> float:
    return api.box.clock.now().timestamp()


async def test_whatever_the_bot_answers_each_chat_hears_in_order(api: Api, play: Play, hook: Hook) -> None:
    dice = random.Random(7)
    await play.do("pace", factor=0)
    hook.says.extend(dice.choices([200, 201, 301, 404, 500, 503], k=200))
    chats = {number: [str(n) for n in range(20)] for number in range(1, 9)}
    for text in chats[1]:
        for chat in dice.sample(sorted(chats), len(chats)):
            await play.do("raw", update={"message": {"chat": {"id": chat}, "text": text}})
    await api.ok("setWebhook", url=hook.url, max_connections=3)
    await until(api, pending_update_count=0)
    for chat, texts in chats.items():
        heard = [one["message"]["text"] for one in hook.took if one["message"]["chat"]["id"] == chat]
        assert [text for text, _again in groupby(heard)] == texts
    assert len(hook.took) > 8 * 20


async def test_a_rest_that_the_bot_asks_for_is_heeded(api: Api, play: Play, hook: Hook) -> None:
    hook.says.append(429)
    hook.headers = {"Retry-After": "600"}
    await api.ok("setWebhook", url=hook.url)
    await play.phone(101).say("one")
    await until(api, last_error_message="Wrong response from the webhook: 429 Too Many Requests")
    await play.forward(seconds=500)
    for _ in range(10):
        assert (await api.ok("getWebhookInfo"))["pending_update_count"] == 1
    assert len(hook.took) == 1, "it rests still"
    await play.forward(seconds=101)
    assert await hook.words(2) == ["one", "one"]


async def test_a_bot_that_is_away_or_silent(api: Api, play: Play) -> None:
    async with listening() as hook:
        await play.do("pace", patience=0.05, factor=0)
        hook.says.append(0)
        await api.ok("setWebhook", url=hook.url)
        await play.phone(101).say("one")
        assert await hook.words(2) == ["one", "one"]
        await until(api, pending_update_count=0, last_error_message="Read timeout expired")
    await play.do("pace", factor=1)
    await play.phone(101).say("two")
    assert (await until(api, last_error_message="Connection refused"))["pending_update_count"] == 1
    async with listening(int(hook.url.split(":")[2].split("/")[0])) as back:
        await play.forward(minutes=2)
        assert await back.words(1) == ["two"]


async def test_a_method_in_the_answer_breaks_nothing(api: Api, play: Play, hook: Hook) -> None:
    hook.body = '{"method": "sendMessage", "chat_id": 101, "text": "by the way"}'
    await api.ok("setWebhook", url=hook.url)
    await play.phone(101).say("one")
    await until(api, pending_update_count=0)


async def test_another_address_gets_what_the_first_did_not_take(api: Api, play: Play, hook: Hook) -> None:
    hook.says.append(0)
    await api.ok("setWebhook", url=hook.url)
    await play.phone(101).say("one")
    await hook.tries(1)
    async with listening() as other:
        await api.ok("setWebhook", url=other.url)
        assert await other.words(1) == ["one"]
        await until(api, pending_update_count=0)
        other.says.append(500)
        await play.phone(101).say("twice")
        await until(
            api, pending_update_count=0, last_error_message="Wrong response from the webhook: 500 Internal Server Error"
        )
        await api.ok("setWebhook", url=hook.url)
        assert "last_error_message" not in await api.ok("getWebhookInfo"), "a new address has a clean slate"
        await api.ok("deleteWebhook")
        await play.phone(101).say("for a poll")
        assert [one["message"]["text"] for one in await api.updates()] == ["for a poll"]


async def test_deliveries_go_on_after_a_restart(tmp_path: Path, hook: Hook) -> None:
    """What was taken doesn't come again; what was in flight does."""
    box = Sandbox(CAST, tmp_path, limits=False)
    await box.start()
    async with aiohttp.ClientSession() as session, Play(box.url) as play:
        api = Api(box, session)
        await api.ok("setWebhook", url=hook.url, secret_token=SECRET)
        await play.phone(101).say("one")
        await until(api, pending_update_count=0)
        hook.says.append(0)
        await play.phone(101).say("two")
        await play.phone(101).say("three")
        await hook.tries(2)
        await box.stop()
        await box.start()
        assert await hook.words(4) == ["one", "two", "two", "three"]
        assert set(hook.secrets) == {SECRET}
        await until(api, pending_update_count=0, url=hook.url)
        await box.stop()


async def test_an_update_comes_twice_or_too_early(api: Api, play: Play, hook: Hook) -> None:
    twice = await play.fault("webhook", "duplicate", times=1)
    await api.ok("setWebhook", url=hook.url)
    await play.phone(101).say("one")
    assert await hook.words(2) == ["one", "one"]
    await play.struck(twice)
    await until(api, pending_update_count=0)
    await play.fault("webhook", "reorder", to="101", times=1, wait=5)
    await play.phone(101).say("two")
    await play.phone(201).say("not held up")
    assert (await hook.words(3))[2] == "not held up"
    await play.phone(101).say("three")
    assert (await hook.words(5))[3:] == ["three", "two"]
    await until(api, pending_update_count=0)


async def test_the_real_library_sets_it(bot: Bot, hook: Hook, play: Play) -> None:
    assert await bot.set_webhook(hook.url, secret_token=SECRET, max_connections=5, allowed_updates=["message"])
    info = await bot.get_webhook_info()
    assert (info.url, info.max_connections, info.allowed_updates) == (hook.url, 5, ("message",))
    assert await bot.set_webhook(hook.url, certificate=b"a certificate")
    assert (await bot.get_webhook_info()).has_custom_certificate
    await play.phone(101).say("heard")
    assert await hook.words(1) == ["heard"]
    assert await bot.delete_webhook(drop_pending_updates=True)


def test_whose_line_an_update_stands_in() -> None:
    bodies: tuple[dict[str, Any], ...] = (
        {"message": {"chat": {"id": 5}, "from": {"id": 6}}},
        {"callback_query": {"message": {"chat": {"id": 5}}, "from": {"id": 6}}},
        {"inline_query": {"from": {"id": 6}}},
        {"poll": {"id": "7"}},
        {"odd": None},
        {},
    )
    assert [chat_of(body) for body in bodies] == [5, 5, 6, 0, 0, 0]
