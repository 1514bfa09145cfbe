"""Faults of the Bot API, seen bare: what is answered, whether the message was taken, and how long it goes on."""

import asyncio
from typing import Any

import aiohttp
import pytest

from sandbox import Fault, Sandbox
from sandbox.play import Play
from tests.sandbox.ground import GROUP, TOKEN, Api, inline

SHORT = aiohttp.ClientTimeout(total=0.2)


async def texts(play: Play, chat: int = 101) -> list[str]:
    return [message["text"] for message in await play.phone(chat).messages()]


async def said(api: Api, text: str, chat: int = 101) -> aiohttp.ClientResponse:
    url = f"{api.box.telegram_api}/bot{TOKEN}/sendMessage"
    async with api.session.post(url, json={"chat_id": chat, "text": text}, timeout=SHORT) as answer:
        await answer.read()
        return answer


@pytest.mark.parametrize(
    ("kind", "more", "code", "description", "parameters"),
    [
        ("flood", {"wait": 3}, 429, "Too Many Requests: retry after 3", {"retry_after": 3}),
        ("flood", {"wait": 3600}, 429, "Too Many Requests: retry after 3600", {"retry_after": 3600}),
        ("500", {}, 500, "Internal Server Error", None),
        ("unauthorized", {}, 401, "Unauthorized", None),
        ("blocked", {}, 403, "Forbidden: bot was blocked by the user", None),
        ("kicked", {}, 403, "Forbidden: bot was kicked from the supergroup chat", None),
        ("deactivated", {}, 403, "Forbidden: user is deactivated", None),
        ("not_found", {}, 400, "Bad Request: chat not found", None),
        (
            "migrated",
            {"moved_to": -1002},
            400,
            "Bad Request: group chat was upgraded to a supergroup chat",
            {"migrate_to_chat_id": -1002},
        ),
        (
            "not_modified",
            {},
            400,
            "Bad Request: message is not modified: specified new message content and reply markup are exactly the same "
            "as a current content and reply markup of the message",
            None,
        ),
        (
            "too_old",
            {},
            400,
            "Bad Request: query is too old and response timeout expired or query ID is invalid",
            None,
        ),
    ],
)
async def test_refusals_in_telegrams_words(
    api: Api,
    play: Play,
    kind: str,
    more: dict[str, Any],
    code: int,
    description: str,
    parameters: dict[str, int] | None,
) -> None:
    await play.fault("sendMessage", kind, times=1, **more)
    answer = await api.call("sendMessage", chat_id=101, text="lost")
    assert (answer["error_code"], answer["description"]) == (code, description)
    assert answer.get("parameters") == parameters
    await api.ok("sendMessage", chat_id=101, text="kept")
    assert await texts(play) == ["kept"]


async def test_a_poll_that_meets_another(api: Api, play: Play) -> None:
    await play.phone(101).say("stays")
    await play.fault("getUpdates", "conflict", times=2)
    for _ in range(2):
        code, words = await api.refused("getUpdates")
        assert code == 409 and words.startswith("Conflict: terminated by other getUpdates request")
    assert len(await api.updates()) == 1


@pytest.mark.parametrize("accepted", [False, True])
@pytest.mark.parametrize(("kind", "title"), [("502", "502 Bad Gateway"), ("503", "503 Service Temporarily")])
async def test_the_page_of_a_proxy(api: Api, play: Play, kind: str, title: str, accepted: bool) -> None:
    await play.fault("sendMessage", kind, accepted=accepted)
    answer = await said(api, "x")
    assert (answer.status, answer.content_type) == (int(kind), "text/html")
    assert title in await answer.text()
    assert await texts(play) == ["x"] * accepted


@pytest.mark.parametrize("accepted", [False, True])
@pytest.mark.parametrize(
    ("kind", "error"), [("timeout", TimeoutError), ("reset", aiohttp.ClientOSError), ("garbage", ValueError)]
)
async def test_an_answer_that_says_nothing(
    api: Api, play: Play, kind: str, error: type[Exception], accepted: bool
) -> None:
    """Whether the message was taken can't be seen from outside, and is either."""
    number = await play.fault("sendMessage", kind, accepted=accepted, times=1)
    with pytest.raises(error):
        await (await said(api, "x")).json()
    await play.struck(number)
    assert await texts(play) == ["x"] * accepted
    await said(api, "y")
    assert (await texts(play))[-1] == "y"


@pytest.mark.parametrize("kind", ["slow", "drip"])
async def test_a_true_answer_too_late(api: Api, play: Play, kind: str) -> None:
    await play.fault("sendMessage", kind, wait=0.05)
    assert (await api.ok("sendMessage", chat_id=101, text="in time"))["text"] == "in time"
    await play.mend()
    await play.fault("sendMessage", kind, wait=30)
    with pytest.raises(TimeoutError):
        await said(api, "too late")
    assert await texts(play) == ["in time", "too late"]


async def test_only_for_one_chat(api: Api, play: Play) -> None:
    await play.fault("sendMessage", "blocked", to=101)
    assert (await api.refused("sendMessage", chat_id=101, text="x"))[0] == 403
    await api.ok("sendMessage", chat_id=201, text="x")
    await api.ok("getMe")
    async with api.session.post(
        f"{api.box.telegram_api}/bot{TOKEN}/sendMessage", data={"chat_id": "101", "text": "as a form"}
    ) as answer:
        assert answer.status == 403
    query = f"{api.box.telegram_api}/bot{TOKEN}/sendMessage?chat_id=101&text=as+a+query"
    async with api.session.get(query) as answer:
        assert answer.status == 403


async def test_the_answer_to_a_press_is_about_the_chat_it_was_pressed_in(api: Api, play: Play) -> None:
    await api.ok("sendMessage", chat_id=101, text="?", reply_markup=inline((("a", "b"),)))
    await api.ok("sendMessage", chat_id=201, text="?", reply_markup=inline((("a", "b"),)))
    await play.fault("answerCallbackQuery", "too_old", to=101)
    for person, done in ((201, True), (101, False)):
        await play.phone(person).press("a")
        query = (await api.newest())["callback_query"]["id"]
        assert (await api.call("answerCallbackQuery", callback_query_id=query))["ok"] is done


async def test_any_method(api: Api, play: Play) -> None:
    await play.fault("*", "500", times=3)
    for method in ("getMe", "GETUPDATES", "setWebhook"):
        assert (await api.refused(method))[0] == 500
    await api.ok("getMe")


async def test_so_often_and_so_long(api: Api, play: Play) -> None:
    await play.fault("getMe", "500", times=2)
    await play.fault("getMe", "flood", lasts=60)
    codes = [(await api.call("getMe")).get("error_code") for _ in range(4)]
    assert codes == [500, 500, 429, 429], "the one that was switched on first strikes first"
    await play.forward(seconds=61)
    await api.ok("getMe")
    assert [one["struck"] for one in (await listed(api))] == [2, 2]


async def test_the_dice_fall_the_same_way_in_every_run(api: Api, play: Play) -> None:
    async def thrown(seed: int) -> list[bool]:
        number = await play.fault("getMe", "500", chance=0.5, seed=seed)
        fell = [(await api.call("getMe"))["ok"] for _ in range(30)]
        await play.mend(number)
        return fell

    first, again, other = await thrown(1), await thrown(1), await thrown(2)
    assert first == again != other
    assert 5 < sum(first) < 25


async def test_mending(api: Api, play: Play) -> None:
    number = await play.fault("getMe", "500")
    other = await play.fault("getMe", "flood")
    assert (await api.refused("getMe"))[0] == 500
    await play.mend(number)
    assert (await api.refused("getMe"))[0] == 429
    await play.mend()
    await api.ok("getMe")
    assert [(one["fault"], one["off"]) for one in await listed(api)] == [(number, True), (other, True)]
    with pytest.raises(AssertionError, match="there is no fault 99"):
        await play.mend(99)


async def listed(api: Api) -> list[dict[str, Any]]:
    async with api.session.get(f"{api.box.url}/play/faults") as answer:
        found: list[dict[str, Any]] = (await answer.json())["faults"]
        return found


async def test_from_python_and_by_form(box: Sandbox, api: Api, play: Play) -> None:
    number = box.faults.switch_on(Fault("sendMessage", "blocked", to=101, times=1))
    assert (await api.refused("sendMessage", chat_id=101, text="x"))[0] == 403
    assert box.faults.struck(number) == 1
    form = {"on": "sendMessage", "kind": "timeout", "accepted": "true", "times": "1", "to": ""}
    async with api.session.post(f"{box.url}/play/fault", data=form) as answer:
        assert await answer.json() == {"fault": number + 1}
    with pytest.raises(TimeoutError):
        await said(api, "taken all the same")
    assert await texts(play) == ["taken all the same"]


@pytest.mark.parametrize(
    ("data", "words"),
    [
        ({"kind": "500"}, "on is missing"),
        ({"on": "getMe"}, "kind is missing"),
        ({"on": "sendMesage", "kind": "500"}, "'sendMesage' is no method that the sandbox knows"),
        ({"on": "getMe", "kind": "spam"}, "'spam' is nothing that goes wrong at getMe: timeout, reset"),
        ({"on": "smtp", "kind": "flood"}, "'flood' is nothing that goes wrong at smtp: timeout, reset, garbage, slow"),
        ({"on": "webhook", "kind": "500"}, "at webhook: duplicate, reorder"),
        ({"on": "getMe", "kind": "flood", "accepted": True}, "with 'flood' nothing is ever accepted"),
        ({"on": "smtp", "kind": "busy", "to": "a@b.example"}, "leave `to` out"),
        ({"on": "getMe", "kind": "migrated"}, "'migrated' needs moved_to"),
        ({"on": "getMe", "kind": "500", "chance": 1.5}, "chance is above 0 and at most 1"),
        ({"on": "getMe", "kind": "500", "times": -1}, "not below 0"),
        ({"on": "getMe", "kind": "500", "time": 1}, "a fault has no time; it has accepted, chance"),
        ({"on": "getMe", "kind": "500", "times": "x"}, "invalid literal"),
    ],
)
async def test_a_fault_that_can_not_be_is_refused(api: Api, data: dict[str, Any], words: str) -> None:
    async with api.session.post(f"{api.box.url}/play/fault", json=data) as answer:
        assert answer.status == 400
        assert words in (await answer.json())["error"]
    await api.ok("getMe")


async def test_a_broken_request_is_told_so_all_the_same(api: Api, play: Play) -> None:
    await play.fault("sendMessage", "blocked", to=101)
    url = f"{api.box.telegram_api}/bot{TOKEN}/sendMessage"
    for body in (b"{", b"[1]", b"\xff"):
        async with api.session.post(url, data=body, headers={"Content-Type": "application/json"}) as answer:
            assert answer.status == 400


async def test_closing_lets_everybody_go(box: Sandbox, api: Api, play: Play) -> None:
    """Nobody is kept waiting by a fault when the doors close."""
    waits = [await play.fault("getMe", "timeout"), await play.fault("sendMessage", "slow", wait=60)]
    tasks = [
        asyncio.create_task(api.call("getMe")),
        asyncio.create_task(api.call("sendMessage", chat_id=GROUP, text="x")),
    ]
    for number in waits:
        await play.struck(number)
    await asyncio.wait_for(box.stop(), 1.5)
    never, late = await asyncio.gather(*tasks, return_exceptions=True)
    assert isinstance(never, ConnectionError | aiohttp.ClientError)
    assert isinstance(late, dict) and late["ok"]
