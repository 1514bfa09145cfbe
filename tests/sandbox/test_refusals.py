"""What the Bot API refuses, word for word; and what it lets pass, to the last character."""

import json
from typing import Any

import aiohttp
import pytest

from sandbox import Sandbox
from sandbox.play import Play
from tests.sandbox.ground import GROUP, TOKEN, Api, inline

LONGEST = "न" * 4096
URL = {"inline_keyboard": [[{"text": "Pay", "url": "nowhere"}]]}
NO_TEXT = "can't parse inline keyboard button: Can't find field \"text\""
UNALLOWED = "can't parse inline keyboard button: Text buttons are unallowed in the inline keyboard"
NO_ACTION = {"inline_keyboard": [[{"text": "x"}]]}
TOO_MANY = inline(*([(("x", "y"),) * 4] * 26))


def bad(words: str) -> tuple[int, str]:
    return 400, f"Bad Request: {words}"


SENDS: tuple[tuple[dict[str, Any], str], ...] = (
    ({"text": LONGEST + "x"}, "message is too long"),
    ({"text": ""}, "message text is empty"),
    ({"text": " \n"}, "message text is empty"),
    ({"text": "<b> </b>", "parse_mode": "HTML"}, "message text is empty"),
    ({}, "message text is empty"),
    ({"text": "*x*", "parse_mode": "MarkdownV2"}, "unsupported parse_mode"),
    (
        {"text": "<b>x", "parse_mode": "html"},
        "can't parse entities: Can't find end tag corresponding to start tag \"b\"",
    ),
    ({"text": "x", "reply_markup": "nonsense"}, "can't parse reply markup JSON object"),
    ({"text": "x", "reply_markup": [1]}, "object expected as reply markup"),
    ({"text": "x", "reply_markup": inline((("x", ""),))}, "BUTTON_DATA_INVALID"),
    ({"text": "x", "reply_markup": inline((("x", "न" * 22),))}, "BUTTON_DATA_INVALID"),
    ({"text": "x", "reply_markup": inline((("", "y"),))}, NO_TEXT),
    ({"text": "x", "reply_markup": NO_ACTION}, UNALLOWED),
    ({"text": "x", "reply_markup": TOO_MANY}, "reply markup is too long"),
    (
        {"text": "x", "reply_markup": URL},
        "inline keyboard button URL 'nowhere' is invalid: Wrong HTTP URL",
    ),
    ({"text": "x", "reply_parameters": {"message_id": 77}}, "message to be replied not found"),
    ({"text": "x", "chat_id": "@nobody"}, "chat not found"),
    ({"text": "x", "chat_id": 5}, "chat not found"),
    ({"text": "x", "chat_id": -1003}, "chat not found"),
    ({"text": "x", "chat_id": ""}, "chat_id is empty"),
)


@pytest.mark.parametrize(("params", "words"), SENDS)
async def test_send_message(api: Api, params: dict[str, Any], words: str) -> None:
    assert await api.refused("sendMessage", **{"chat_id": 101, **params}) == bad(words)


async def test_what_just_fits(api: Api, play: Play) -> None:
    """4,096 characters without the tags, be they emoji; 64 bytes of data; 100 buttons."""
    sent = await api.ok("sendMessage", chat_id=101, text=f"<b>{LONGEST}</b>", parse_mode="HTML")
    assert sent["text"] == LONGEST
    assert (await api.ok("sendMessage", chat_id=101, text="🙏" * 4096))["text"] == "🙏" * 4096
    assert await api.ok(
        "sendMessage", chat_id=101, text="x", reply_markup=inline(*([(("x", "न" * 21 + "x"),) * 4] * 25))
    )
    assert len(await play.phone(101).buttons()) == 100


async def test_edits(api: Api, play: Play) -> None:
    where = {"chat_id": 101}
    same = (
        "message is not modified: specified new message content and reply markup are exactly the same "
        "as a current content and reply markup of the message"
    )
    await play.phone(101).say("mine")
    number = (
        await api.ok("sendMessage", **where, text="<b>x</b>", parse_mode="HTML", reply_markup=inline((("a", "b"),)))
    )["message_id"]
    at = {**where, "message_id": number}
    buttons = {"reply_markup": inline((("a", "b"),))}
    assert await api.refused("editMessageText", **where, message_id=99, text="y") == bad("message to edit not found")
    assert await api.refused("editMessageText", **where, text="y") == bad("message identifier is not specified")
    assert await api.refused("editMessageText", **where, message_id=1, text="y") == bad("message can't be edited")
    assert await api.refused("editMessageText", **at, text="<b>x</b>", parse_mode="HTML", **buttons) == bad(same)
    assert await api.refused("editMessageReplyMarkup", **at, **buttons) == bad(same)
    keys = {"reply_markup": {"keyboard": [["x"]]}}
    assert await api.refused("editMessageText", **at, text="y", **keys) == bad("inline keyboard expected")
    assert await api.refused("editMessageCaption", **at, caption="y") == bad(
        "there is no caption in the message to edit"
    )

    plain = await api.ok("editMessageText", **at, text="x", **buttons)
    assert "entities" not in plain, "other entities are another message"
    bare = await api.ok("editMessageText", **at, text="x")
    assert "reply_markup" not in bare, "an edit without buttons takes them away"
    assert await api.refused("editMessageReplyMarkup", **at) == bad(same)

    await api.ok("deleteMessage", **at)
    assert await api.refused("editMessageText", **at, text="z") == bad("message to edit not found")


async def test_deletes(api: Api, play: Play) -> None:
    not_found = bad("message to delete not found")
    await play.phone(101).say("my Aadhaar number")
    assert await api.refused("deleteMessage", chat_id=101, message_id=9) == not_found
    assert await api.ok("deleteMessage", chat_id=101, message_id=1), "in a private chat a bot deletes what people write"
    assert await api.refused("deleteMessage", chat_id=101, message_id=1) == not_found

    await play.phone(201, GROUP).say("/visit")
    await play.phone(201, -1002).say("/visit")
    assert await api.refused("deleteMessage", chat_id=GROUP, message_id=1) == bad("message can't be deleted")
    assert await api.ok("deleteMessage", chat_id=-1002, message_id=1), "it is an admin there"

    numbers = [(await api.ok("sendMessage", chat_id=101, text=str(n)))["message_id"] for n in range(3)]
    await play.forward(hours=48, seconds=1)
    assert await api.refused("deleteMessage", chat_id=101, message_id=numbers[0]) == bad(
        "message can't be deleted for everyone"
    )
    fresh = (await api.ok("sendMessage", chat_id=101, text="new"))["message_id"]
    assert await api.ok("deleteMessages", chat_id=101, message_ids=[fresh, 999])
    assert await api.refused("deleteMessages", chat_id=101, message_ids=[]) == bad(
        "message identifiers are not specified"
    )


async def test_answers_to_presses(api: Api, play: Play) -> None:
    late = bad("query is too old and response timeout expired or query ID is invalid")
    sunita = play.phone(101)
    assert await api.refused("answerCallbackQuery", callback_query_id="1") == late
    await sunita.press_data("a", 1)
    query = (await api.newest())["callback_query"]["id"]
    assert await api.refused("answerCallbackQuery", callback_query_id=query, text="x" * 201) == bad("MESSAGE_TOO_LONG")
    await play.forward(seconds=149)
    assert await api.ok("answerCallbackQuery", callback_query_id=query, text="x" * 200)
    assert await sunita.answered() == "x" * 200
    assert await api.refused("answerCallbackQuery", callback_query_id=query) == late


async def test_chats_that_are_closed(api: Api, play: Play) -> None:
    async def told(chat: int) -> tuple[int, str]:
        return await api.refused("sendMessage", chat_id=chat, text="x")

    assert await told(102) == (403, "Forbidden: bot can't initiate conversation with a user")
    await play.phone(102).say("/start")
    await api.ok("sendMessage", chat_id=102, text="welcome")
    await play.phone(102).block()
    assert await told(102) == (403, "Forbidden: bot was blocked by the user")
    assert await api.refused("editMessageText", chat_id=102, message_id=2, text="y") == (
        403, "Forbidden: bot was blocked by the user",
    )  # fmt: skip
    await play.do("member", person=201, chat=GROUP, of=4242, status="kicked")
    assert await told(GROUP) == (403, "Forbidden: bot was kicked from the supergroup chat")
    await play.do("member", person=201, chat=GROUP, of=4242, status="left")
    assert await told(GROUP) == (403, "Forbidden: bot is not a member of the supergroup chat")


async def test_files(api: Api, box: Sandbox) -> None:
    for kind in ("document", "photo"):
        method = f"send{kind.capitalize()}"
        assert await api.refused(method, chat_id=101) == bad(f"there is no {kind} in the request")
        assert await api.refused(method, chat_id=101, **{kind: "nonsense"}) == bad(
            "wrong file identifier/HTTP URL specified"
        )
        assert await api.refused(method, chat_id=101, **{kind: "https://a.example/x.png"}) == bad(
            "failed to get HTTP URL content"
        )
    assert await posted(api, "sendPhoto", "photo", b"no picture") == bad("IMAGE_PROCESS_FAILED")
    assert await posted(api, "sendDocument", "document", b"") == bad("file must be non-empty")
    assert await posted(api, "sendDocument", "document", b"x", caption="x" * 1025) == bad("message caption is too long")
    document = await posted(api, "sendDocument", "document", b"x", caption="x" * 1024)
    assert await api.refused("sendPhoto", chat_id=101, photo=document["document"]["file_id"]) == bad(
        "type of file mismatch"
    )
    at = {"chat_id": 101, "message_id": document["message_id"]}
    assert await api.refused("editMessageText", **at, text="y") == bad("there is no text in the message to edit")
    assert (await api.ok("editMessageCaption", **at, caption="y"))["caption"] == "y"
    assert await api.refused("getFile", file_id="nonsense") == bad(
        "wrong file_id or the file is temporarily unavailable"
    )
    path = (await api.ok("getFile", file_id=document["document"]["file_id"]))["file_path"]
    assert path.startswith("documents/") and path.endswith(".txt")
    for token, where, status in ((TOKEN, path, 200), (TOKEN, "documents/x", 404), ("4242:other", path, 404)):
        async with api.session.get(f"{box.telegram_api}/file/bot{token}/{where}") as response:
            assert response.status == status


async def posted(api: Api, method: str, name: str, body: bytes, **fields: str) -> Any:
    """By multipart, with the file attached under another name; the result, or the refusal's words."""
    form = aiohttp.FormData({"chat_id": "101", name: "attach://part", **fields})
    form.add_field("part", body, filename="file.txt", content_type="application/octet-stream")
    async with api.session.post(f"{api.box.telegram_api}/bot{TOKEN}/{method}", data=form) as response:
        answer = await response.json()
        return answer.get("result") or (answer["error_code"], answer["description"])


async def test_commands(api: Api) -> None:
    def menu(name: str, description: str) -> dict[str, Any]:
        return {"commands": [{"command": name, "description": description}]}

    assert await api.refused("setMyCommands", **menu("Visit", "x")) == bad("BOT_COMMAND_INVALID")
    assert await api.refused("setMyCommands", **menu("visit", "")) == bad("BOT_COMMAND_DESCRIPTION_INVALID")
    group = {"scope": {"type": "all_group_chats"}}
    assert await api.ok("setMyCommands", **menu("visit", "x"))
    assert await api.ok("setMyCommands", **menu("pending", "x"), **group)
    assert [one["command"] for one in await api.ok("getMyCommands")] == ["visit"]
    assert [one["command"] for one in await api.ok("getMyCommands", **group)] == ["pending"]
    assert await api.ok("deleteMyCommands")
    assert await api.ok("getMyCommands") == []


async def test_the_door(api: Api, box: Sandbox) -> None:
    """Wrong tokens, unknown methods, and the forms in which a call may come."""
    assert await api.refused("getMe", token="4242:other") == (401, "Unauthorized")
    assert await api.refused("getMe", token="nonsense") == (404, "Not Found")
    assert await api.refused("sendPigeon") == (404, "Not Found")
    assert await api.ok("GETME")
    url = f"{box.telegram_api}/bot{TOKEN}/sendMessage"
    async with api.session.get(url, params={"chat_id": "101", "text": "by query"}) as response:
        assert (await response.json())["result"]["text"] == "by query"
    form = {"chat_id": "101", "text": "by form", "reply_markup": json.dumps(inline((("a", "b"),)))}
    async with api.session.post(url, data=form) as response:
        assert (await response.json())["result"]["reply_markup"] == inline((("a", "b"),))
    for body, words in (
        (b'{"text": "\\ud83d", "chat_id": 101}', "strings must be encoded in UTF-8"),
        (b'{"text": ', "can't parse JSON object"),
        (b"[]", "JSON object expected"),
    ):
        async with api.session.post(url, data=body, headers={"Content-Type": "application/json"}) as response:
            assert (response.status, (await response.json())["description"]) == bad(words)


async def test_looking_up_what_is_not_there(api: Api) -> None:
    for method in ("getChat", "getChatMember", "getChatAdministrators", "getChatMemberCount"):
        assert await api.refused(method, chat_id=5, user_id=101) == bad("chat not found")
    assert await api.refused("getChatMember", chat_id=GROUP, user_id=5) == bad("user not found")
    assert await api.ok("getChatMemberCount", chat_id=GROUP) == 3
    assert await api.refused("sendChatAction", chat_id=101, action="dancing") == bad(
        "wrong parameter action in request"
    )
