"""What people do, and what the bot hears of it."""

from typing import Any

import aiohttp
import pytest

from sandbox import Sandbox
from sandbox.pictures import made, size_of
from sandbox.play import Play
from tests.sandbox.ground import CAST, GROUP, Api, inline


async def heard(api: Api) -> list[str]:
    """The words of all messages that wait for the bot."""
    return [update["message"].get("text", "") for update in await api.updates() if "message" in update]


async def test_message_ids_count_up_in_each_chat(api: Api, play: Play) -> None:
    numbers = []
    for chat in (101, 201, 101, 101):
        await play.phone(chat).say("x")
        numbers.append((chat, (await api.newest())["message"]["message_id"]))
        sent = await api.ok("sendMessage", chat_id=chat, text="y")
        numbers.append((chat, sent["message_id"]))
    assert [n for chat, n in numbers if chat == 101] == [1, 2, 3, 4, 5, 6]
    assert [n for chat, n in numbers if chat == 201] == [1, 2]
    await api.ok("deleteMessage", chat_id=101, message_id=6)
    assert (await api.ok("sendMessage", chat_id=101, text="z"))["message_id"] == 7, "no number is given twice"


async def test_with_privacy_on_a_group_bot_hears_little(api: Api, play: Play) -> None:
    """Commands for it, and replies to it. Where it is an admin, everything."""
    rao = play.phone(201, GROUP)
    asked = await api.ok("sendMessage", chat_id=GROUP, text="Why?", reply_markup={"force_reply": True})
    await rao.say("good morning")
    await rao.say("/pending@other_bot")
    await rao.say("/pending")
    await rao.say("today /pending@mulakat_bot please")
    await rao.say("he is ill", reply_to=asked["message_id"])
    assert await heard(api) == ["/pending", "today /pending@mulakat_bot please", "he is ill"]
    assert (await api.newest())["message"]["reply_to_message"]["text"] == "Why?"
    await play.phone(201, -1002).say("good morning, admin")
    assert (await heard(api))[-1] == "good morning, admin"


async def test_with_privacy_off_it_hears_all(tmp_path: Any) -> None:
    cast = type(CAST)(CAST.title, CAST.token, CAST.bot, CAST.people, CAST.groups, privacy=False)
    box = Sandbox(cast, tmp_path)
    await box.start()
    async with Play(box.url) as play, aiohttp.ClientSession() as session:
        await play.phone(202, GROUP).say("good morning")
        api = Api(box, session)
        assert await heard(api) == ["good morning"]
        assert (await api.ok("getMe"))["can_read_all_group_messages"] is True
    await box.stop()


async def test_edits_are_heard_and_shown(api: Api, play: Play) -> None:
    sunita = play.phone(101)
    await sunita.say("Sunta")
    await sunita.edit_last("Sunita")
    update = await api.newest()
    assert update["edited_message"]["text"] == "Sunita"
    assert update["edited_message"]["edit_date"] >= update["edited_message"]["date"]
    (shown,) = await sunita.messages()
    assert (shown["text"], shown["edited"]) == ("Sunita", True)


async def test_what_a_person_deletes_is_still_there_for_the_bot(api: Api, play: Play) -> None:
    sent = await api.ok("sendMessage", chat_id=101, text="x", reply_markup=inline((("a", "b"),)))
    count = len(await api.updates())
    await play.do("delete", person=101, chat=101, message_id=sent["message_id"])
    assert len(await api.updates()) == count, "Telegram tells the bot nothing"
    (shown,) = await play.phone(101).messages()
    assert shown["deleted"] and await play.phone(101).buttons() == []
    at = {"chat_id": 101, "message_id": sent["message_id"]}
    assert await api.ok("editMessageText", **at, text="y")
    (shown,) = await play.phone(101).messages()
    assert shown["deleted"], "an edit does not bring it back"
    assert await api.ok("deleteMessage", **at)
    assert await api.refused("deleteMessage", **at) == (400, "Bad Request: message to delete not found")


async def test_in_a_group_deleting_is_for_all(api: Api, play: Play) -> None:
    await play.phone(202, GROUP).say("/visit")
    with pytest.raises(AssertionError, match="only an admin"):
        sent = await api.ok("sendMessage", chat_id=GROUP, text="card")
        await play.do("delete", person=202, chat=GROUP, message_id=sent["message_id"])
    await play.do("delete", person=201, chat=GROUP, message_id=sent["message_id"])
    at = {"chat_id": GROUP, "message_id": sent["message_id"]}
    assert await api.refused("editMessageText", **at, text="y") == (400, "Bad Request: message to edit not found")


async def test_presses_carry_the_message_and_may_be_forged(api: Api, play: Play) -> None:
    sent = await api.ok("sendMessage", chat_id=101, text="x", reply_markup=inline((("a", "b"),)))
    await play.phone(101).press_data("forged: " + "x" * 100)
    query = (await api.newest())["callback_query"]
    assert query["message"] == sent and query["data"].startswith("forged") and query["from"]["id"] == 101
    await api.ok("deleteMessage", chat_id=101, message_id=sent["message_id"])
    await play.phone(101).press_data("b", sent["message_id"])
    gone = (await api.newest())["callback_query"]["message"]
    assert gone == {"message_id": sent["message_id"], "chat": query["message"]["chat"], "date": 0}
    await play.phone(102, GROUP).press_data("approve", 1)
    assert (await api.newest())["callback_query"]["from"]["id"] == 102, "a press may come from outside of the group"


async def test_blocking_is_told_once(api: Api, play: Play) -> None:
    sunita = play.phone(101)
    await sunita.block()
    await sunita.block()
    assert len(await api.updates()) == 1
    with pytest.raises(AssertionError, match="unblock it first"):
        await sunita.say("hello?")
    assert (await play.state())["blocked"] == [101]
    await sunita.unblock()
    assert (await play.state())["blocked"] == []
    change = (await api.newest())["my_chat_member"]
    assert change["chat"]["id"] == change["from"]["id"] == 101


async def test_the_bot_comes_to_a_group_and_is_thrown_out(api: Api, play: Play) -> None:
    await play.do("member", person=202, chat=-1003, of=4242, status="member")
    came, service = await api.updates()
    assert came["my_chat_member"]["old_chat_member"]["status"] == "left"
    assert came["my_chat_member"]["new_chat_member"]["status"] == "member"
    assert [one["id"] for one in service["message"]["new_chat_members"]] == [4242]
    assert await api.ok("sendMessage", chat_id=-1003, text="hello")
    await play.do("member", person=202, chat=-1003, of=4242, status="kicked")
    assert (await api.newest())["my_chat_member"]["new_chat_member"]["status"] == "kicked"


async def test_people_come_and_go(api: Api, play: Play) -> None:
    await play.do("member", person=101, chat=GROUP, status="member")
    assert [one["id"] for one in (await api.newest())["message"]["new_chat_members"]] == [101]
    assert (await api.ok("getChatMember", chat_id=GROUP, user_id=101))["status"] == "member"
    (chat,) = [one for one in (await play.state())["chats"] if one["id"] == GROUP]
    assert chat["members"] == [201, 202, 101]
    await play.do("member", person=101, chat=GROUP, status="left")
    assert (await api.newest())["message"]["left_chat_member"]["id"] == 101
    with pytest.raises(AssertionError, match="only members can write"):
        await play.phone(101, GROUP).say("/pending")
    await play.do("member", person=201, chat=GROUP, of=202, status="administrator")
    assert len(await api.ok("getChatAdministrators", chat_id=GROUP)) == 2


async def test_a_photo_without_a_file_is_a_made_one(api: Api, play: Play) -> None:
    await play.phone(101).send("photo", caption="my card")
    message = (await api.newest())["message"]
    assert (message["caption"], [(s["width"], s["height"]) for s in message["photo"]]) == ("my card", [(320, 240)])
    body = await play.get(f"/play/file/{message['photo'][0]['file_id']}")
    assert size_of(body) == (320, 240)


async def test_a_document_keeps_its_name_and_type(api: Api, play: Play) -> None:
    await play.phone(101).send("document", b"%PDF-1.7", "order of the court.pdf")
    document = (await api.newest())["message"]["document"]
    assert (document["file_name"], document["mime_type"]) == ("order of the court.pdf", "application/pdf")
    assert document["file_size"] == 8


REFUSED: tuple[tuple[str, dict[str, Any], str], ...] = (
    ("say", {"person": 101, "chat": 101}, "text is missing"),
    ("say", {"person": 101, "chat": 101, "text": "  "}, "text is empty"),
    ("say", {"person": 9, "chat": 9, "text": "x"}, "no person 9"),
    ("say", {"person": 101, "chat": 201, "text": "x"}, "own number"),
    ("say", {"person": 101, "chat": GROUP, "text": "x"}, "only members"),
    ("say", {"person": 101, "chat": -5, "text": "x"}, "chat not found"),
    ("say", {"person": "x", "chat": 101, "text": "x"}, "invalid literal"),
    ("contact", {"person": 102, "chat": 102}, "no telephone number"),
    ("send", {"person": 101, "chat": 101, "kind": "pigeon"}, "pigeon can't be sent"),
    ("send", {"person": 101, "chat": 101, "kind": "location", "latitude": 99}, "latitude"),
    ("edit", {"person": 101, "chat": 101, "message_id": 1, "text": "x"}, "message to edit not found"),
    ("delete", {"person": 101, "chat": 101, "message_id": 1}, "message to delete not found"),
    ("member", {"person": 101, "chat": 101, "status": "left"}, "block it"),
    ("member", {"person": 201, "chat": GROUP, "status": "king"}, "status is"),
    ("raw", {"update": [1]}, "JSON object"),
    ("clock", {"forward": -1}, "forward only"),
    ("clock", {"forward": 1e300}, "so far"),
    ("clock", {"to": "yesterday"}, "isoformat"),
)


@pytest.mark.parametrize(("act", "data", "words"), REFUSED)
async def test_what_cannot_be_is_said(play: Play, act: str, data: dict[str, Any], words: str) -> None:
    with pytest.raises(AssertionError, match=words):
        await play.do(act, **data)
    assert (await play.state())["messages"] == {}


async def test_only_pictures_are_photos(play: Play) -> None:
    with pytest.raises(AssertionError, match="is no picture"):
        await play.phone(101).send("photo", b"no picture", "x.png")


PICTURES = (
    (made(31, 17), (31, 17)),
    (b"GIF89a" + bytes((5, 0, 7, 0)) + b"rest", (5, 7)),
    (bytes.fromhex("ffd8ffe000104a46494600010100000100010000ffc0001108000700050301"), (5, 7)),
    (b"RIFF\0\0\0\0WEBPVP8X" + bytes(8) + bytes((4, 0, 0, 6, 0, 0)), (5, 7)),
    (b"RIFF\0\0\0\0WEBPVP8L" + bytes(5) + (4 | 6 << 14).to_bytes(4, "little"), (5, 7)),
    (b"RIFF\0\0\0\0WEBPVP8 " + bytes(10) + bytes((5, 0, 7, 0)), (5, 7)),
    (b"%PDF-1.7", None),
    (b"", None),
    (b"\xff\xd8\xff", None),
    (b"\xff\xd8" + bytes(20), None),
)


@pytest.mark.parametrize(("body", "size"), PICTURES)
def test_the_size_of_a_picture(body: bytes, size: tuple[int, int] | None) -> None:
    assert size_of(body) == size
