"""What the page gets: itself, the state, and the stream of what happens, which it can take up again."""

import asyncio
import json
from datetime import UTC, datetime
from typing import Any

import aiohttp
import pytest

from sandbox import Sandbox
from sandbox.play import Play
from tests.sandbox.ground import GROUP, Api, inline


async def test_the_page_itself_is_never_kept(box: Sandbox, api: Api) -> None:
    for path, kind in (("/", "text/html"), ("/page/app.js", "application/javascript"), ("/page/style.css", "text/css")):
        async with api.session.get(box.url + path) as response:
            assert response.status == 200 and response.content_type.replace("text/java", "application/java") == kind
            assert response.headers["Cache-Control"] == "no-store"
    async with api.session.get(f"{box.url}/page/../server.py") as response:
        assert response.status == 404


async def test_the_state_is_all_that_a_page_needs(api: Api, play: Play) -> None:
    await play.phone(101).say("/start")
    await api.ok(
        "sendMessage", chat_id=101, text="<b>Hi</b> &lt;x&gt;", parse_mode="HTML", reply_markup=inline((("a", "b"),))
    )
    state = await play.state()
    assert state["title"] == "Town" and state["bot"]["name"] == "Mulakat" and state["bot"]["commands"] == []
    assert state["phones"] == [
        {"label": "Family", "person": 101, "chat": 101}, {"label": "Office", "person": 201, "chat": GROUP},
    ]  # fmt: skip
    assert state["hints"] == [{"label": "A mobile", "text": "98123 45678"}]
    assert state["people"][0] == {"id": 101, "name": "Sunita Devi", "username": "sunita", "phone": "+919812345678"}
    (group,) = [chat for chat in state["chats"] if chat["id"] == GROUP]
    assert (group["type"], group["title"], group["members"]) == ("supergroup", "Tihar 1 visits", [201, 202])
    said, heard = state["messages"]["101"]
    assert (said["text"], said["entities"]) == ("/start", [{"type": "bot_command", "offset": 0, "length": 6}])
    assert said["from"] == {"id": 101, "name": "Sunita Devi", "is_bot": False}
    assert (heard["html"], heard["inline_keyboard"]) == ("<b>Hi</b> &lt;x&gt;", [[{"text": "a", "data": "b"}]])
    assert heard["reply_keyboard"] is None and not heard["edited"] and not heard["deleted"]
    assert said["seq"] < heard["seq"] <= state["seq"]


async def stream(session: aiohttp.ClientSession, url: str, count: int, **headers: str) -> list[dict[str, Any]]:
    """The first events of a stream."""
    out: list[dict[str, Any]] = []
    async with asyncio.timeout(10), session.get(url, headers={"Accept": "text/event-stream", **headers}) as response:
        assert response.content_type == "text/event-stream"
        number = ""
        while len(out) < count:
            line = (await response.content.readline()).decode().strip()
            number = line.removeprefix("id: ") if line.startswith("id: ") else number
            if line.startswith("data: "):
                out.append(json.loads(line.removeprefix("data: ")))
                assert number == str(out[-1]["seq"])
    return out


async def test_every_kind_of_event_is_streamed(box: Sandbox, api: Api, play: Play) -> None:
    sunita = play.phone(101)
    await api.ok("sendChatAction", chat_id=101, action="typing")
    sent = await api.ok("sendMessage", chat_id=101, text="x")
    at = {"chat_id": 101, "message_id": sent["message_id"]}
    await api.ok("editMessageText", **at, text="y")
    await sunita.press_data("b")
    query = (await api.newest())["callback_query"]["id"]
    await api.ok("answerCallbackQuery", callback_query_id=query, text="Good", show_alert=True)
    await api.ok("deleteMessage", **at)
    await api.ok("setMyCommands", commands=[{"command": "visit", "description": "x"}])
    async with api.session.post(box.sms_url, json={"to": "+91", "text": "x"}):
        pass
    await play.forward(minutes=1)
    await sunita.block()
    kinds = ("typing", "message", "edited", "answer", "deleted", "commands", "sms", "clock", "chat")
    events = await stream(api.session, f"{box.url}/play/events?after=0", len(kinds))
    assert tuple(event["kind"] for event in events) == kinds
    by = {event["kind"]: event["data"] for event in events}
    assert by["typing"] == {"chat": 101, "action": "typing"}
    assert (by["edited"]["text"], by["edited"]["edited"]) == ("y", True)
    assert by["answer"] == {"query_id": query, "person": 101, "chat": 101, "text": "Good", "show_alert": True}
    assert by["deleted"] == {"chat": 101, "message_id": sent["message_id"]}
    assert by["commands"]["commands"] == [{"command": "visit", "description": "x"}]
    assert by["clock"]["offset"] == 60 and by["clock"]["now"]
    assert (by["chat"]["person"], by["chat"]["blocked"], by["chat"]["id"]) == (101, True, 101)


async def test_a_broken_stream_goes_on_where_it_was(box: Sandbox, api: Api, play: Play) -> None:
    for number in range(5):
        await play.phone(101).say(str(number))
    url = f"{box.url}/play/events"
    first = await stream(api.session, f"{url}?after=0", 2)
    rest = await stream(api.session, f"{url}?after=0", 3, **{"Last-Event-ID": str(first[-1]["seq"])})
    assert [event["data"]["text"] for event in first + rest] == ["0", "1", "2", "3", "4"]
    async with asyncio.timeout(10), api.session.get(url) as response:
        assert (await response.content.readline()).startswith(b":")
        await play.phone(101).say("new")
        found = b""
        while b"data: " not in found:
            found = await response.content.readline()
        assert json.loads(found.removeprefix(b"data: "))["data"]["text"] == "new", (
            "without a number: what comes from now on"
        )


async def test_news_are_the_same_as_a_list(box: Sandbox, api: Api, play: Play) -> None:
    await play.phone(101).say("one")
    async with api.session.get(f"{box.url}/play/news?after=0") as response:
        news = await response.json()
    assert [event["data"]["text"] for event in news["events"]] == ["one"]
    async with api.session.get(f"{box.url}/play/news?after={news['seq']}&wait=0.01") as response:
        assert await response.json() == {"seq": news["seq"], "events": []}
    async with api.session.get(f"{box.url}/play/news?after=x") as response:
        assert response.status == 400


async def test_limits_are_switched_and_counted(box: Sandbox, api: Api, play: Play) -> None:
    await play.do("limits", on=True)
    answers = [await api.call("sendMessage", chat_id=101, text="x") for _ in range(8)]
    refused = [one for one in answers if not one["ok"]]
    assert refused[0] == {
        "ok": False,
        "error_code": 429,
        "description": "Too Many Requests: retry after 1",
        "parameters": {"retry_after": 1},
    }
    assert (await play.state())["limits"] == {"on": True, "refused": len(refused)}
    await play.do("limits", on=False)
    assert (await api.call("sendMessage", chat_id=101, text="x"))["ok"]


async def test_the_clock_goes_to_a_time(play: Play, api: Api) -> None:
    assert (await play.do("clock", to="2099-12-01T09:00:00+00:00"))["now"].startswith("2099-12-01T09:00:0")
    sent = await api.ok("sendMessage", chat_id=101, text="x")
    assert 0 <= sent["date"] - datetime(2099, 12, 1, 9, tzinfo=UTC).timestamp() < 10
    with pytest.raises(AssertionError, match="forward only"):
        await play.do("clock", to="2026-01-01T00:00:00")


async def test_a_file_that_could_run_is_only_saved(box: Sandbox, api: Api, play: Play) -> None:
    await play.phone(101).send("document", b"<script>alert(1)</script>", "page.html")
    (message,) = await play.phone(101).messages()
    async with api.session.get(f"{box.url}/play/file/{message['document']['file_id']}") as response:
        assert response.headers["Content-Disposition"].startswith("attachment")
        assert response.headers["X-Content-Type-Options"] == "nosniff"
    async with api.session.get(f"{box.url}/play/file/nothing") as response:
        assert response.status == 404
