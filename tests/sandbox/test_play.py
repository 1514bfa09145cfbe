"""The player that other tests lean on: it waits as long as it was told, and says what came instead."""

import asyncio
from pathlib import Path

import pytest

from sandbox import Sandbox
from sandbox.play import Play
from tests.sandbox.ground import CAST, GROUP, TOKEN, Api, inline


async def test_expecting_passes_over_and_never_twice(api: Api, play: Play) -> None:
    sunita = play.phone(101)
    for text in ("one", "two", "three"):
        await api.ok("sendMessage", chat_id=101, text=text)
    assert (await sunita.expect("TWO"))["text"] == "two"
    with pytest.raises(AssertionError, match=r"'one' did not come in 0.05 s; what came:\nthree$"):
        await sunita.expect("one", timeout=0.05)
    assert (await sunita.expect("three"))["text"] == "three"
    with pytest.raises(AssertionError, match="what came:\nnothing"):
        await sunita.expect("three", timeout=0)
    await sunita.silent(0.05)


async def test_an_edit_is_heard_and_so_is_what_it_was(api: Api, play: Play) -> None:
    sunita = play.phone(101)
    sent = await api.ok("sendMessage", chat_id=101, text="waiting")
    await api.ok("editMessageText", chat_id=101, message_id=sent["message_id"], text="approved")
    assert (await sunita.expect("waiting"))["message_id"] == (await sunita.expect("approved"))["message_id"]
    deleted = await api.ok("sendMessage", chat_id=101, text="never mind")
    await api.ok("deleteMessage", chat_id=101, message_id=deleted["message_id"])
    await sunita.silent(0)


async def test_it_waits_for_what_comes_later(api: Api, play: Play) -> None:
    waiting = asyncio.create_task(play.phone(101).expect("later"))
    await asyncio.sleep(0.05)
    await play.phone(201).say("something else meanwhile")
    await api.ok("sendMessage", chat_id=101, text="later")
    assert (await asyncio.wait_for(waiting, 1))["text"] == "later"
    with pytest.raises(AssertionError):
        await play.phone(101).silent(0)


async def test_pressing(api: Api, play: Play) -> None:
    sunita = play.phone(101)
    with pytest.raises(AssertionError, match=r"no button 'Yes'; there are \[\]"):
        await sunita.press("Yes")
    old = await api.ok(
        "sendMessage", chat_id=101, text="x", reply_markup=inline((("Yes", "old"), ("Only here", "only")))
    )
    new = await api.ok(
        "sendMessage", chat_id=101, text="y", reply_markup=inline((("Yes", "1"),), (("Yes, again", "2"),))
    )

    async def pressed() -> tuple[int, str]:
        query = (await api.newest())["callback_query"]
        return query["message"]["message_id"], query["data"]

    await sunita.press("yes")
    assert await pressed() == (new["message_id"], "1")
    await sunita.press("yes", last=True)
    assert await pressed() == (new["message_id"], "2")
    await sunita.press("only here")
    assert await pressed() == (old["message_id"], "only")
    await sunita.press("^old$")
    assert await pressed() == (old["message_id"], "old"), "by its data, when no text fits"
    with pytest.raises(AssertionError, match="not answered"):
        await sunita.answered(timeout=0.05)
    await api.ok("answerCallbackQuery", callback_query_id=(await api.newest())["callback_query"]["id"])
    assert await sunita.answered() == ""


async def test_a_transcript(api: Api, play: Play) -> None:
    sunita = play.phone(101)
    await sunita.say("/start\nplease")
    await sunita.send("photo", caption="me")
    await sunita.send("sticker")
    await api.ok("sendMessage", chat_id=101, text="Yes?", reply_markup=inline((("A", "1"), ("B", "2")), (("C", "3"),)))
    assert await sunita.transcript() == ("> /start\n> please\n> (photo)\n> me\n> (sticker)\n< Yes?\n  [A] [B]\n  [C]")


async def test_two_phones_in_a_group_read_each_for_itself(api: Api, play: Play) -> None:
    rao, iqbal = play.phone(201, GROUP), play.phone(202, GROUP)
    await api.ok("sendMessage", chat_id=GROUP, text="a card")
    await rao.expect("card")
    await iqbal.expect("card")


async def test_it_lives_through_a_restart(tmp_path: Path) -> None:
    box = Sandbox(CAST, tmp_path, limits=False)
    await box.start()
    async with Play(box.url) as play:
        await play.phone(101).say("before")
        waiting = asyncio.create_task(play.phone(101).expect("after"))
        await asyncio.sleep(0.05)
        await box.stop()
        await box.start()
        async with Play(box.url) as other:
            assert len(await other.phone(101).messages()) == 1
            await other.get(f"/bot{TOKEN}/sendMessage?chat_id=101&text=after")
        assert (await asyncio.wait_for(waiting, 5))["text"] == "after"
    await box.stop()
