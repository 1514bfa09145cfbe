"""The real python-telegram-bot against the sandbox: it reads every answer, and has an error for every refusal."""

import asyncio
from datetime import timedelta
from pathlib import Path

import pytest
from telegram import (
    Bot,
    BotCommand,
    ChatMemberAdministrator,
    ChatMemberLeft,
    ForceReply,
    InlineKeyboardButton,
    InlineKeyboardMarkup,
    KeyboardButton,
    MessageEntity,
    ReplyKeyboardMarkup,
    ReplyKeyboardRemove,
    Update,
)  # fmt: skip
from telegram.error import BadRequest, Conflict, Forbidden, InvalidToken, RetryAfter

from sandbox import Sandbox
from sandbox.pictures import made
from sandbox.play import Play
from tests.sandbox.ground import CAST, GROUP, TOKEN

YES_NO = InlineKeyboardMarkup(
    [[InlineKeyboardButton("Yes", callback_data="yes")], [InlineKeyboardButton("No", callback_data="no")]]
)


async def news(bot: Bot, offset: int = 0) -> tuple[Update, ...]:
    return await bot.get_updates(offset=offset, timeout=0)


async def test_a_talk_with_buttons(bot: Bot, play: Play) -> None:
    me = await bot.get_me()
    assert (me.id, me.username, me.is_bot, me.can_read_all_group_messages) == (4242, "mulakat_bot", True, False)
    sunita = play.phone(101)
    await sunita.say("/start now")
    (start,) = await news(bot)
    assert start.message and start.message.text == "/start now" and start.message.from_user
    assert start.message.parse_entities() == {start.message.entities[0]: "/start"}
    assert (start.message.from_user.full_name, start.message.from_user.language_code) == ("Sunita Devi", "hi")

    asked = await bot.send_message(101, "Come <b>today</b>?", parse_mode="HTML", reply_markup=YES_NO)
    assert asked.text == "Come today?" and asked.parse_entities() == {asked.entities[0]: "today"}
    assert asked.reply_markup == YES_NO
    await sunita.expect("come today")
    await sunita.press("yes")
    (press,) = await news(bot, start.update_id + 1)
    query = press.callback_query
    assert query and query.message == asked and (query.data, query.from_user.id) == ("yes", 101)
    assert await query.answer("Good", show_alert=True)
    assert await sunita.answered() == "Good"

    edited = await query.edit_message_text("You come.")
    assert isinstance(edited, type(asked)) and edited.edit_date and edited.reply_markup is None
    await sunita.expect("^You come")
    assert await sunita.buttons() == []
    assert await asked.delete()
    assert "You come" not in await sunita.transcript()


async def test_keyboards_below_the_text_field(bot: Bot, play: Play) -> None:
    keys = ReplyKeyboardMarkup(
        [[KeyboardButton("My number", request_contact=True)], ["No"]],
        one_time_keyboard=True,
        input_field_placeholder="Press one",
    )
    sent = await bot.send_message(101, "Your number?", reply_markup=keys)
    (shown,) = await play.phone(101).messages()
    assert shown["reply_keyboard"] == {
        "rows": [[{"text": "My number", "request_contact": True}], [{"text": "No"}]],
        "one_time": True,
        "placeholder": "Press one",
    }
    removed = await bot.send_message(101, "Thanks", reply_markup=ReplyKeyboardRemove())
    forced = await bot.send_message(101, "Why?", reply_markup=ForceReply())
    for message in (sent, removed, forced):
        with pytest.raises(BadRequest, match="Message can't be edited"):
            await message.edit_text("Other words")
    with pytest.raises(BadRequest, match="Phone number can be requested in private chats only"):
        await bot.send_message(GROUP, "Your number?", reply_markup=keys)


async def test_files_up_and_down(bot: Bot, play: Play, tmp_path: Path) -> None:
    calendar = b"BEGIN:VCALENDAR\r\nEND:VCALENDAR\r\n" * 1000
    sent = await bot.send_document(101, calendar, filename="visit.ics", caption="<i>Your</i> visit", parse_mode="HTML")
    assert sent.document and sent.document.file_name == "visit.ics" and sent.document.mime_type == "text/calendar"
    assert sent.document.file_size == len(calendar)
    assert sent.caption == "Your visit" and sent.parse_caption_entities() == {sent.caption_entities[0]: "Your"}
    (shown,) = await play.phone(101).messages()
    assert await play.get(f"/play/file/{shown['document']['file_id']}") == calendar

    again = await bot.send_document(201, sent.document.file_id)
    assert again.document and again.document.file_unique_id == sent.document.file_unique_id
    file = await bot.get_file(again.document.file_id)
    assert bytes(await file.download_as_bytearray()) == calendar

    photo = await bot.send_photo(101, made(64, 48))
    assert [(size.width, size.height) for size in photo.photo] == [(64, 48)]
    await play.phone(101).send("photo", made(30, 20), "card.png", caption="my card")
    (update,) = await news(bot)
    assert update.message and update.message.caption == "my card"
    got = await (await update.message.photo[-1].get_file()).download_to_drive(tmp_path / "card.png")
    assert await asyncio.to_thread(Path(got).read_bytes) == made(30, 20)


async def test_what_people_send(bot: Bot, play: Play) -> None:
    sunita = play.phone(101)
    await sunita.share_contact()
    await sunita.share_contact(of=201)
    await play.do("contact", person=101, chat=101, phone="+4912345678", name="Cousin")
    for kind in ("sticker", "voice", "location", "document", "photo"):
        await sunita.send(kind)
    own, others, cousin, sticker, voice, place, document, photo = [u.message for u in await news(bot)]
    assert own and own.contact and (own.contact.phone_number, own.contact.user_id) == ("+919812345678", 101)
    assert others and others.contact and others.contact.user_id == 201
    assert cousin and cousin.contact and cousin.contact.user_id is None and cousin.contact.first_name == "Cousin"
    assert sticker and sticker.sticker and sticker.sticker.emoji == "🙏"
    assert voice and voice.voice and voice.voice.duration == timedelta(seconds=3)
    assert place and place.location and -90 <= place.location.latitude <= 90
    assert document and document.document and photo and photo.photo

    await sunita.say("my name is Sunta")
    await sunita.edit_last("my name is Sunita")
    edit = (await news(bot))[-1]
    assert edit.edited_message and edit.edited_message.text == "my name is Sunita" and edit.edited_message.edit_date


async def test_blocked_and_unblocked(bot: Bot, play: Play) -> None:
    await play.phone(101).block()
    with pytest.raises(Forbidden, match="bot was blocked by the user"):
        await bot.send_message(101, "hello")
    await play.phone(101).unblock()
    gone, back = [update.my_chat_member for update in await news(bot)]
    assert gone and (gone.old_chat_member.status, gone.new_chat_member.status) == ("member", "kicked")
    assert back and (back.old_chat_member.status, back.new_chat_member.status) == ("kicked", "member")
    assert await bot.send_message(101, "hello")


async def test_looking_up(bot: Bot, play: Play) -> None:
    chat = await bot.get_chat(GROUP)
    assert (chat.type, chat.title) == ("supergroup", "Tihar 1 visits")
    assert (await bot.get_chat(101)).first_name == "Sunita"
    assert isinstance(await bot.get_chat_member(GROUP, 201), ChatMemberAdministrator)
    assert isinstance(await bot.get_chat_member(GROUP, 101), ChatMemberLeft)
    assert [admin.user.id for admin in await bot.get_chat_administrators(GROUP)] == [201]
    await bot.set_my_commands([BotCommand("visit", "Ask for a visit")])
    await bot.set_my_commands([BotCommand("visit", "मुलाक़ात")], language_code="hi")
    assert (await bot.get_my_commands())[0].description == "Ask for a visit"
    assert (await bot.get_my_commands(language_code="hi"))[0].description == "मुलाक़ात"
    assert (await play.state())["bot"]["commands"] == [{"command": "visit", "description": "Ask for a visit"}]
    assert await bot.send_chat_action(101, "typing")
    assert (await bot.get_webhook_info()).url == ""


async def test_a_press_on_what_is_gone(bot: Bot, play: Play) -> None:
    await play.phone(101).press_data("forged", message=99)
    (press,) = await news(bot)
    assert press.callback_query and press.callback_query.message and not press.callback_query.message.is_accessible
    assert press.callback_query.data == "forged"
    await play.forward(seconds=151)
    with pytest.raises(BadRequest, match="Query is too old"):
        await press.callback_query.answer()


async def test_each_refusal_has_its_error(box: Sandbox, bot: Bot) -> None:
    with pytest.raises(BadRequest, match="Chat not found"):
        await bot.send_message(999, "hello")
    with pytest.raises(Forbidden, match="can't initiate conversation"):
        await bot.send_message(102, "hello")
    with pytest.raises(BadRequest, match="Can't parse entities: unsupported start tag"):
        await bot.send_message(101, "<x>", parse_mode="HTML")
    for token in ("4242:other", "nonsense"):
        wrong = Bot(token, base_url=f"{box.telegram_api}/bot")
        with pytest.raises(InvalidToken):
            await wrong.initialize()
        await wrong.shutdown()


async def test_too_many_requests(tmp_path: Path) -> None:
    box = Sandbox(CAST, tmp_path, limits=True)
    await box.start()
    async with Bot(TOKEN, base_url=f"{box.telegram_api}/bot") as bot:
        with pytest.raises(RetryAfter) as told:
            for _ in range(10):
                await bot.send_message(101, "hello")
        assert told.value.retry_after == timedelta(seconds=1)
        box.clock.forward(1)
        assert await bot.send_message(101, "after a rest")
    await box.stop()


async def test_a_second_poller_ends_the_first(box: Sandbox, bot: Bot) -> None:
    first = asyncio.create_task(bot.get_updates(timeout=20))
    await asyncio.sleep(0.1)
    async with Bot(TOKEN, base_url=f"{box.telegram_api}/bot") as other:
        assert await other.get_updates(timeout=0) == ()
    with pytest.raises(Conflict, match="terminated by other getUpdates request"):
        await first


async def test_entities_count_in_utf16(bot: Bot) -> None:
    sent = await bot.send_message(101, "🙏🏽 <b>नमस्ते</b> 🙏", parse_mode="HTML")
    assert sent.parse_entities([MessageEntity.BOLD]) == {sent.entities[0]: "नमस्ते"}
    assert sent.entities[0].offset == 5
