"""The Bot API's methods that change what people see: send, edit, delete, answer. Checked first, then written as one."""

from typing import Any

from sandbox import files, shown, wire
from sandbox.errors import bad, too_many
from sandbox.keyboards import inline_keyboard, keyboards_in
from sandbox.limits import Limits
from sandbox.reading import (
    LONGEST,
    LONGEST_CAPTION,
    Params,
    chat_in,
    json_in,
    message_in,
    text_in,
    true,
    whole,
    words_in,
)
from sandbox.world import DELETABLE, Message, World

LONGEST_ANSWER = 200  # characters, https://core.telegram.org/bots/api#answercallbackquery
NOT_MODIFIED = (
    "message is not modified: specified new message content and reply markup are exactly the same as a current content "
    "and reply markup of the message"
)
ACTIONS = frozenset({
    "typing", "upload_photo", "record_video", "upload_video", "record_voice", "upload_voice", "upload_document",
    "choose_sticker", "find_location", "record_video_note", "upload_video_note",
})  # fmt: skip


def send_message(world: World, limits: Limits, params: Params) -> Any:
    chat = _open(world, params)
    text, entities = words_in(params, "text", LONGEST, "message")
    if not text:
        raise bad("message text is empty")
    return _send(world, limits, params, chat, text, entities, {})


def send_photo(world: World, limits: Limits, params: Params) -> Any:
    return _send_file(world, limits, params, "photo")


def send_document(world: World, limits: Limits, params: Params) -> Any:
    return _send_file(world, limits, params, "document")


def _send_file(world: World, limits: Limits, params: Params, kind: str) -> Any:
    chat = _open(world, params)
    text, entities = words_in(params, "caption", LONGEST_CAPTION, "message caption")
    keyboards_in(params, private=chat > 0)
    return _send(world, limits, params, chat, text, entities, files.sent(world, kind, params))


def _send(
    world: World,
    limits: Limits,
    params: Params,
    chat: int,
    text: str,
    entities: list[dict[str, Any]],
    content: dict[str, Any],
) -> Any:
    keyboard = keyboards_in(params, private=chat > 0)
    reply_to = _reply(world, params, chat)
    _count(limits, chat)
    message = shown.new(world, chat, world.cast.bot.id, text, entities, reply_to, **content, **keyboard)
    world.record("message", message)
    return wire.message(world, message)


def edit_text(world: World, limits: Limits, params: Params) -> Any:
    old = _editable(world, params)
    text, entities = words_in(params, "text", LONGEST, "message")
    if not text:
        raise bad("message text is empty")
    if any(kind in old for kind in wire.CONTENT):
        raise bad("there is no text in the message to edit")
    return _edit(world, limits, old, text, entities, params)


def edit_caption(world: World, limits: Limits, params: Params) -> Any:
    old = _editable(world, params)
    text, entities = words_in(params, "caption", LONGEST_CAPTION, "message caption")
    if not any(kind in old for kind in wire.FILES):
        raise bad("there is no caption in the message to edit")
    return _edit(world, limits, old, text, entities, params)


def edit_markup(world: World, limits: Limits, params: Params) -> Any:
    old = _editable(world, params)
    return _edit(world, limits, old, old["text"], old["entities"], params)


def _editable(world: World, params: Params) -> Message:
    chat = _open(world, params)
    old = world.message_at(chat, message_in(params), "edit")
    # What hangs below the text field depends on the words above it, so such a message stays as it is.
    if not old["from"]["is_bot"] or old["reply_keyboard"] or "force_reply" in old:
        raise bad("message can't be edited")
    return old


def _edit(world: World, limits: Limits, old: Message, text: str, entities: list[dict[str, Any]], params: Params) -> Any:
    keyboard = inline_keyboard(params)
    if (text, entities, keyboard) == (old["text"], old["entities"], old["inline_keyboard"]):
        raise bad(NOT_MODIFIED)
    _count(limits, old["chat"], edit=True)
    new = shown.changed(world, old, text, entities, inline_keyboard=keyboard)
    world.record("edited", new)
    return wire.message(world, new)


def delete_message(world: World, _limits: Limits, params: Params) -> Any:
    """Its own messages everywhere, a person's in a private chat, or in a group where it is an admin; for 48 hours."""
    chat = _open(world, params)
    message = world.message_at(chat, message_in(params), "delete")
    _deletable(world, message)
    world.record("deleted", {"chat": chat, "message_id": message["message_id"]})
    return True


def delete_messages(world: World, _limits: Limits, params: Params) -> Any:
    """Up to a hundred; those that are not found are passed over."""
    chat = _open(world, params)
    numbers = json_in(params, "message_ids")
    if not isinstance(numbers, list) or not 1 <= len(numbers) <= 100:
        raise bad("message identifiers are not specified")
    there = [world.messages.get(chat, {}).get(number) for number in numbers if isinstance(number, int)]
    found = [one for one in there if one and (not one["deleted"] or one["hidden"])]
    for message in found:
        _deletable(world, message)
    for message in found:
        world.record("deleted", {"chat": chat, "message_id": message["message_id"]})
    return True


def _deletable(world: World, message: Message) -> None:
    admin = world.status(message["chat"], world.cast.bot.id) == "administrator"
    if message["chat"] < 0 and not message["from"]["is_bot"] and not admin:
        raise bad("message can't be deleted")
    if not admin and world.clock.stamp - wire.seconds(message["date"]) > DELETABLE:
        raise bad("message can't be deleted for everyone")


def answer_press(world: World, _limits: Limits, params: Params) -> Any:
    number = text_in(params, "callback_query_id")
    query = world.query(number)
    text = text_in(params, "text")
    if len(text) > LONGEST_ANSWER:
        raise bad("MESSAGE_TOO_LONG")
    answer = {
        "query_id": number,
        "person": query["person"],
        "chat": query["chat"],
        "text": text,
        "show_alert": true(params, "show_alert"),
    }
    world.record("answer", answer)
    return True


def chat_action(world: World, _limits: Limits, params: Params) -> Any:
    chat = _open(world, params)
    action = text_in(params, "action")
    if action not in ACTIONS:
        raise bad("wrong parameter action in request")
    world.journal.write("typing", {"chat": chat, "action": action})
    return True


def _open(world: World, params: Params) -> int:
    chat = chat_in(params)
    world.open_chat(chat)
    return chat


def _reply(world: World, params: Params, chat: int) -> int | None:
    """The message that this one replies to."""
    asked = json_in(params, "reply_parameters")
    where: Params = asked if isinstance(asked, dict) else {"message_id": params.get("reply_to_message_id")}
    number = whole(where, "message_id")
    if number <= 0:
        return None
    found = world.messages.get(chat, {}).get(number)
    if found and not found["deleted"]:
        return number
    if true(where, "allow_sending_without_reply") or true(params, "allow_sending_without_reply"):
        return None
    raise bad("message to be replied not found")


def _count(limits: Limits, chat: int, edit: bool = False) -> None:
    if wait := limits.refusal(chat, edit):
        raise too_many(wait)
