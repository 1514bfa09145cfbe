"""The page's shapes: a message, a chat, and the whole state as a page gets it when it opens. Changes nothing."""

from collections.abc import Sequence
from typing import Any

from sandbox.entities import Entity
from sandbox.marks import safe_html
from sandbox.world import Message, World


def new(
    world: World,
    chat: int,
    sender: int,
    text: str = "",
    entities: Sequence[Entity] = (),
    reply_to: int | None = None,
    **content: Any,
) -> Message:
    """The next message of a chat. `content`: photo, document ... as Telegram shapes them; the keyboards."""
    bot = sender == world.cast.bot.id
    person = world.cast.bot if bot else world.cast.person(sender)
    return {
        "chat": chat,
        "message_id": world.next_message(chat),
        "from": {"id": sender, "name": person.name if person else str(sender), "is_bot": bot},
        "date": world.stamp(),
        "edited": False,
        "deleted": False,
        "hidden": False,
        "reply_to": reply_to,
        "inline_keyboard": None,
        "reply_keyboard": None,
        **_words(text, entities),
        **content,
    }


def changed(world: World, old: Message, text: str, entities: Sequence[Entity], **content: Any) -> Message:
    """An old message with other words."""
    return {**old, **_words(text, entities), **content, "edited": True, "edit_date": world.stamp()}


def _words(text: str, entities: Sequence[Entity]) -> dict[str, Any]:
    return {"text": text, "entities": list(entities), "html": safe_html(text, entities)}


def chat(world: World, number: int) -> dict[str, Any]:
    """A chat as the page lists it; `bot`: what the bot is there."""
    bot = world.cast.bot.id
    group = world.cast.group(number)
    if group:
        there = [who for who, status in world.members[number].items() if status not in ("left", "kicked")]
        people = [who for who in there if who != bot]
        return {
            "id": number, "type": "supergroup", "title": group.title, "members": people,
            "bot": world.status(number, bot),
        }  # fmt: skip
    person = world.cast.person(number)
    title = person.name if person else str(number)
    status = "kicked" if number in world.blocked else "member"
    return {"id": number, "type": "private", "title": title, "members": [number], "bot": status}


def state(world: World) -> dict[str, Any]:
    """Everything that a page needs to begin."""
    cast = world.cast
    chats = [*(person.id for person in cast.people), *(group.id for group in cast.groups)]
    commands = world.commands.get("", [])
    return {
        "title": cast.title,
        "clock": {"now": world.stamp(), "offset": world.clock.offset.total_seconds()},
        "bot": {**cast.bot.as_user(is_bot=True), "name": cast.bot.name, "commands": commands},
        "people": [{"id": p.id, "name": p.name, "username": p.username, "phone": p.phone} for p in cast.people],
        "chats": [chat(world, number) for number in chats],
        "phones": [{"label": p.label, "person": p.person, "chat": p.chat} for p in cast.phones],
        "hints": [{"label": label, "text": text} for label, text in cast.hints],
        "blocked": sorted(world.blocked),
        "messages": {str(number): list(there.values()) for number, there in world.messages.items()},
        "mail": world.mail,
        "sms": world.sms,
        "answers": {number: q["answer"] for number, q in world.queries.items() if q["answered"]},
        "pending": len(world.updates),
        "seq": world.journal.seq,
    }
