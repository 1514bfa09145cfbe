"""What people do: say, press, share, send, edit, delete, block, come and go. Each is shown, and handed to the bot.

Every act takes a request's data, and answers with what it made. ValueError, or ApiError, says what is wrong.
"""

from typing import Any

from sandbox import files, pictures, shown, wire
from sandbox.marks import commands_in, found_in
from sandbox.reading import LONGEST, LONGEST_CAPTION, Upload
from sandbox.world import PRESENT, Message, World, fingerprint

Data = dict[str, Any]


def say(world: World, data: Data) -> Any:
    text = str(data["text"])
    if not text.strip():
        raise ValueError("text is empty: nothing was said")
    return _post(world, data, text[:LONGEST])


def contact(world: World, data: Data) -> Any:
    """One's own contact; another person's with `of`; anybody's with `phone` and `name`."""
    if "phone" in data:
        card: Data = {"phone_number": str(data["phone"]), "first_name": str(data.get("name") or "Somebody")}
    else:
        of = world.cast.person(int(data.get("of") or data["person"]))
        if of is None or not of.phone:
            raise ValueError("this person has no telephone number to share")
        user = of.as_user()
        names: Data = {key: user[key] for key in ("first_name", "last_name") if key in user}
        card = {"phone_number": of.phone, "user_id": of.id, **names}
    return _post(world, data, contact=card)


def send(world: World, data: Data) -> Any:
    """A photo or document (`file`: the upload; a small made picture without one), sticker, voice note or location."""
    kind = str(data["kind"])
    person_and_chat(world, data)
    caption = str(data.get("caption") or "")[:LONGEST_CAPTION]
    match kind:
        case "photo" | "document":
            file = data.get("file")
            if not isinstance(file, Upload):
                file = Upload("picture.png", "image/png", pictures.made())
            if kind == "photo" and pictures.size_of(file.body) is None:
                raise ValueError(f"{file.name} is no picture: send a PNG, JPEG, GIF or WebP, or send it as a file")
            if not file.body:
                raise ValueError(f"{file.name} is empty")
            content = files.content(world, kind, files.keep(world, kind, file))
        case "sticker":
            number = files.keep(world, kind, Upload("sticker.png", "image/png", pictures.made(64, 64)))
            content = files.content(world, kind, number, emoji=str(data.get("emoji") or "🙏"))
            caption = ""
        case "voice":
            number = files.keep(world, kind, Upload("voice.oga", "audio/ogg", b"OggS\0sandbox"))
            content = files.content(world, kind, number, duration=int(data.get("duration") or 3))
        case "location":
            place = float(data.get("latitude", 28.6369)), float(data.get("longitude", 77.1044))
            if not (-90 <= place[0] <= 90 and -180 <= place[1] <= 180):
                raise ValueError("latitude goes from -90 to 90, longitude from -180 to 180")
            content, caption = {"location": {"latitude": place[0], "longitude": place[1]}}, ""
        case _:
            raise ValueError(f"{kind} can't be sent: photo, document, sticker, voice or location can")
    return _post(world, data, caption, **content)


def press(world: World, data: Data) -> Any:
    """An inline button. The data may be forged, the message need not exist, and whoever presses need not be there."""
    person, chat = person_and_chat(world, data)
    query = str(int(fingerprint(f"{world.cast.token} {world.journal.seq}", 15), 16))
    body = {
        "id": query,
        "from": wire.user(world, person),
        "message": wire.reachable(world, int(data["message_id"]), chat),
        "chat_instance": str(-int(fingerprint(f"chat {chat}", 15), 16)),
        "data": str(data["data"]),
    }
    world.record("query", {"query_id": query, "person": person, "chat": chat, "at": world.clock.stamp})
    world.push({"callback_query": body})
    return {"query_id": query}


def edit(world: World, data: Data) -> Any:
    person, chat = person_and_chat(world, data)
    old = world.message_at(chat, int(data["message_id"]), "edit")
    if old["from"]["id"] != person:
        raise ValueError("one can edit only one's own messages")
    text = str(data["text"])[:LONGEST]
    if not text.strip():
        raise ValueError("text is empty: delete the message instead")
    if any(kind in old for kind in wire.CONTENT if kind not in wire.FILES):
        raise ValueError("there is no text in this message")
    new = shown.changed(world, old, text, found_in(text))
    world.record("edited", new)
    if _heard(world, new):
        world.push({"edited_message": wire.message(world, new)})
    return {"message_id": new["message_id"]}


def delete(world: World, data: Data) -> Any:
    """In a private chat on the own side only: for the bot the message is still there. In a group for everybody.
    Telegram tells the bot of neither.
    """
    person, chat = person_and_chat(world, data)
    message = world.message_at(chat, int(data["message_id"]), "delete")
    if chat < 0 and message["from"]["id"] != person and world.status(chat, person) != "administrator":
        raise ValueError("in a group only an admin can delete what others wrote")
    world.record("deleted", {"chat": chat, "message_id": message["message_id"], "hidden": chat > 0})
    return {}


def block(world: World, data: Data) -> Any:
    person = _person(world, data)
    blocked = data["blocked"] is True or str(data["blocked"]).lower() == "true"
    if blocked == (person in world.blocked):
        return {}
    was, now = ("member", "kicked") if blocked else ("kicked", "member")
    status = {"bot": now, "person": person, "blocked": blocked}
    world.record("chat", {**shown.chat(world, person), **status})
    _tell_of_bot(world, person, person, was, now)
    return {}


def member(world: World, data: Data) -> Any:
    """Somebody (`of`; the bot too) comes to a group, goes, or is made an admin by a person.

    status: member, administrator, left or kicked.
    """
    person, chat = person_and_chat(world, data)
    of, status = int(data.get("of") or person), str(data["status"])
    if chat > 0:
        raise ValueError("one comes and goes in groups only: to leave the bot, block it")
    if status not in ("member", "administrator", "left", "kicked"):
        raise ValueError("status is member, administrator, left or kicked")
    who, was = wire.user(world, of), world.status(chat, of)
    if was == status:
        return {}
    world.record("member", {"chat": chat, "person": of, "status": status})
    world.journal.write("chat", shown.chat(world, chat))
    bot = of == world.cast.bot.id
    change = {"old": was, "new": status}
    if bot:
        _tell_of_bot(world, chat, person, was, status)
    elif world.status(chat, world.cast.bot.id) == "administrator":
        world.push({"chat_member": _change(world, chat, person, who, **change)})
    came, went = was not in PRESENT and status in PRESENT, was in PRESENT and status not in PRESENT
    if came:
        _service(world, chat, person, new_chat_members=[who])
    if went and not bot:
        _service(world, chat, person, left_chat_member=who)
    return {}


def raw(world: World, data: Data) -> Any:
    """An update just as it is given, whatever the bot asked to hear of."""
    update = data["update"]
    if not isinstance(update, dict):
        raise ValueError("update is a JSON object")
    return {"update_id": world.push({k: v for k, v in update.items() if k != "update_id"}, always=True)}


# ---------------------------------------------------------------- behind the acts


def person_and_chat(world: World, data: Data) -> tuple[int, int]:
    person, chat = _person(world, data), int(data["chat"])
    if chat > 0 and chat != person:
        raise ValueError("a person's private chat with the bot has the person's own number")
    wire.chat(world, chat)
    return person, chat


def _person(world: World, data: Data) -> int:
    person = int(data["person"])
    if world.cast.person(person) is None:
        raise ValueError(f"there is no person {person} in the cast")
    return person


def _post(world: World, data: Data, text: str = "", **content: Any) -> Data:
    person, chat = person_and_chat(world, data)
    if chat > 0 and chat in world.blocked:
        raise ValueError("this person has blocked the bot: unblock it first")
    if chat < 0 and world.status(chat, person) not in PRESENT:
        raise ValueError("only members can write to the group")
    reply_to = int(data["reply_to"]) if data.get("reply_to") else None
    message = shown.new(world, chat, person, text, found_in(text), reply_to, **content)
    world.record("message", message)
    if _heard(world, message):
        world.push({"message": wire.message(world, message)})
    return {"message_id": message["message_id"]}


def _service(world: World, chat: int, person: int, **content: Any) -> None:
    """What a group says about itself: the bot always hears it, when it is there."""
    message = shown.new(world, chat, person, **content)
    world.record("message", message)
    if world.status(chat, world.cast.bot.id) in PRESENT:
        world.push({"message": wire.message(world, message)})


def _heard(world: World, message: Message) -> bool:
    """Does the bot hear it? All in a private chat; in a group, with privacy on, only commands and replies to itself.
    https://core.telegram.org/bots/features#privacy-mode
    """
    chat, bot = message["chat"], world.cast.bot
    if chat > 0:
        return True
    status = world.status(chat, bot.id)
    if status not in PRESENT:
        return False
    if status == "administrator" or not world.cast.privacy:
        return True
    answered = world.messages[chat].get(message["reply_to"] or 0)
    to_bot = answered is not None and answered["from"]["is_bot"]
    return to_bot or bool(commands_in(message["text"], bot.username))


def _tell_of_bot(world: World, chat: int, by: int, was: str, now: str) -> None:
    bot = wire.user(world, world.cast.bot.id)
    world.push({"my_chat_member": _change(world, chat, by, bot, was, now)})


def _change(world: World, chat: int, by: int, who: Data, old: str, new: str) -> Data:
    return {
        "chat": wire.chat(world, chat),
        "from": wire.user(world, by),
        "date": world.clock.stamp,
        "old_chat_member": wire.as_member(who, old),
        "new_chat_member": wire.as_member(who, new),
    }
