"""Telegram's shapes: how the Bot API writes users, chats, messages and members. Changes nothing."""

from datetime import datetime
from typing import Any

from sandbox.errors import bad
from sandbox.world import Message, World

FILES = ("photo", "document", "voice", "sticker")
CONTENT = (*FILES, "contact", "location", "new_chat_members", "left_chat_member")


def user(world: World, number: int) -> dict[str, Any]:
    """A User: the bot, or a person of the cast."""
    if number == world.cast.bot.id:
        return world.cast.bot.as_user(is_bot=True)
    person = world.cast.person(number)
    if person is None:
        raise bad("user not found")
    return person.as_user()


def chat(world: World, number: int) -> dict[str, Any]:
    """A Chat."""
    group = world.cast.group(number)
    if group:
        return {"id": number, "title": group.title, "type": "supergroup"}
    person = world.cast.person(number)
    if person is None:
        raise bad("chat not found")
    names = {key: value for key, value in person.as_user().items() if key.endswith("name")}
    return {"id": number, **names, "type": "private"}


def message(world: World, shown: Message, nested: bool = False) -> dict[str, Any]:
    """A Message; `nested`: within a reply, where the message it replies to itself is left out."""
    out: dict[str, Any] = {
        "message_id": shown["message_id"],
        "from": user(world, shown["from"]["id"]),
        "chat": chat(world, shown["chat"]),
        "date": seconds(shown["date"]),
    }
    if "edit_date" in shown:
        out["edit_date"] = seconds(shown["edit_date"])
    answered = world.messages.get(shown["chat"], {}).get(shown["reply_to"] or 0)
    if answered and not nested:
        out["reply_to_message"] = message(world, answered, nested=True)
    out |= {kind: shown[kind] for kind in CONTENT if kind in shown}
    content = any(kind in shown for kind in CONTENT)
    if shown["text"]:
        out["caption" if content else "text"] = shown["text"]
        if shown["entities"]:
            out["caption_entities" if content else "entities"] = [_entity(world, e) for e in shown["entities"]]
    if shown["inline_keyboard"]:
        rows = [[_button(one) for one in row] for row in shown["inline_keyboard"]]
        out["reply_markup"] = {"inline_keyboard": rows}
    return out


def reachable(world: World, number: int, where: int) -> dict[str, Any]:
    """The message under a pressed button; when it is gone, all that Telegram still says of it."""
    shown = world.messages.get(where, {}).get(number)
    if shown is None or (shown["deleted"] and not shown["hidden"]):
        return {"message_id": number, "chat": chat(world, where), "date": 0}
    return message(world, shown)


def member(world: World, where: int, number: int) -> dict[str, Any]:
    """A ChatMember."""
    status = world.status(where, number) if where < 0 else "member"
    return as_member(user(world, number), status)


def as_member(who: dict[str, Any], status: str) -> dict[str, Any]:
    rights: dict[str, Any] = {}
    if status == "administrator":
        rights = dict.fromkeys(_MAY, True) | dict.fromkeys(_MAY_NOT, False)
    if status == "kicked":
        rights = {"until_date": 0}
    return {"user": who, "status": status, **rights}


_MAY = (
    "can_manage_chat", "can_delete_messages", "can_manage_video_chats", "can_restrict_members", "can_change_info",
    "can_invite_users", "can_pin_messages",
)  # fmt: skip
_MAY_NOT = (
    "can_be_edited", "is_anonymous", "can_promote_members", "can_post_stories", "can_edit_stories",
    "can_delete_stories", "can_manage_topics",
)  # fmt: skip


def seconds(iso: str) -> int:
    return int(datetime.fromisoformat(iso).timestamp())


def _entity(world: World, entity: dict[str, Any]) -> dict[str, Any]:
    if entity["type"] != "text_mention":
        return entity
    person = world.cast.person(int(entity["user"]["id"]))
    return {**entity, "user": person.as_user()} if person else entity


def _button(shown: dict[str, Any]) -> dict[str, str]:
    kind = {"url": shown["url"]} if "url" in shown else {"callback_data": shown["data"]}
    return {"text": shown["text"], **kind}
