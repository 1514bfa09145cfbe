"""What Telegram hands over, read into the events of a dialogue. Whatever JSON comes, it never raises.

Shapes: https://core.telegram.org/bots/api#update
"""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, TypeGuard

from dialogue.model import Arrival, Chat, Commanded, Event, Gone, Moved, Pressed, Said, Sent, Shared, Talk

NAME = "telegram"
ALLOWED_UPDATES = ("message", "edited_message", "callback_query", "my_chat_member")

# Looked for in this order: an animation is a document too.
_KINDS = (
    "sticker", "voice", "video_note", "video", "animation", "audio", "photo", "document", "poll", "dice",
    "game", "story", "paid_media", "checklist", "invoice", "giveaway",
)  # fmt: skip

# What a chat says about itself comes as a `message` too, and nobody said it.
_SERVICE = frozenset((
    "new_chat_members", "left_chat_member", "new_chat_title", "new_chat_photo", "delete_chat_photo",
    "group_chat_created", "supergroup_chat_created", "channel_chat_created", "migrate_to_chat_id",
    "migrate_from_chat_id", "pinned_message", "message_auto_delete_timer_changed", "write_access_allowed",
    "users_shared", "chat_shared", "proximity_alert_triggered", "boost_added", "chat_background_set",
    "forum_topic_created", "forum_topic_edited", "forum_topic_closed", "forum_topic_reopened",
    "general_forum_topic_hidden", "general_forum_topic_unhidden", "giveaway_created", "giveaway_winners",
    "giveaway_completed", "video_chat_scheduled", "video_chat_started", "video_chat_ended",
    "video_chat_participants_invited", "connected_website",
))  # fmt: skip

_LARGEST_ID = 2**53  # Telegram promises at most 52 significant bits
_LATEST = 2**33  # seconds: the year 2242


def read(update: Mapping[str, Any], now: datetime, username: str = "") -> Arrival | None:
    """None for what is nobody's talk (channel posts, service messages, bots) and for what is malformed.

    now: for updates that bear no date. username: our own, without "@"; a command to another bot is not ours.
    """
    dated: Mapping[str, Any] = {}
    match update:
        case {"message": dict(message)}:
            talk, event, dated = _speaker(message), _event_of(message, username), message
        case {"edited_message": dict(message)} if "location" not in message:  # a live location edits itself
            talk, event, dated = _speaker(message), Sent("edited"), message
        case {"callback_query": {"id": str(press), "data": str(data), "message": dict(message), **query}}:
            talk = _talk(message.get("chat"), query.get("from"))
            event = Pressed(data, press, _id(message.get("message_id")), _shown(query.get("from")))
        case {"my_chat_member": dict(change)} if _left(change.get("new_chat_member")):
            talk, event, dated = _talk(change.get("chat"), change.get("from")), Gone(), change
        case _:
            return None
    number = update.get("update_id")
    if talk is None or event is None or not _is_id(number) or number < 0:
        return None
    return Arrival(number, talk, _when(dated, now), event, _language(update))


def _speaker(message: Mapping[str, Any]) -> Talk | None:
    """Whose words these are: not a bot's, nor those of a channel or of a group's hidden admin
    (`sender_chat`)."""
    person = message.get("from")
    if message.get("sender_chat") is not None or (isinstance(person, dict) and person.get("is_bot") is True):
        return None
    return _talk(message.get("chat"), person)


def _talk(chat: object, person: object) -> Talk | None:
    match chat, person:
        case {"id": int(where), "type": str(kind)}, {"id": int(who)}:
            if _is_id(where) and _is_id(who) and kind != "channel":
                return Talk(Chat(NAME, str(where)), str(who))
    return None


def _event_of(message: Mapping[str, Any], username: str) -> Event | None:
    here = _id(message.get("message_id"))
    match message:
        case {"migrate_to_chat_id": int(new)} if _is_id(new):
            return Moved(str(new))
    if not here or not _SERVICE.isdisjoint(message):
        return None
    match message:
        case {"text": str(text)}:
            command = _command(text, message.get("entities"))
            if not command:
                return Said(text, message=here, reply_to=_ours(message.get("reply_to_message"), username))
            name, _at, bot = command.partition("@")
            if bot and username and bot.lower() != username.lower():
                return None
            return Commanded(name.lower(), text[len(command) + 1 :].strip(), by=_shown(message.get("from")))
        case {"contact": {"phone_number": str(number), **contact}, "from": {"id": int(sender)}}:
            owner = contact.get("user_id")
            return Shared("contact", number, own=_is_id(owner) and owner == sender, message=here)
        case {"location": {"latitude": int() | float() as lat, "longitude": int() | float() as lon}}:
            if abs(lat) <= 90 and abs(lon) <= 180:  # not so for NaN
                return Shared("location", f"{lat:.6f},{lon:.6f}", message=here)
    return Sent(next((kind for kind in _KINDS if kind in message), "unknown"))


def _command(text: str, entities: object) -> str:
    """`name` or `name@bot` without the slash, where the text begins with a command. A command is ASCII, so
    that Telegram's lengths, which count UTF-16 units, are ours."""
    for entity in entities if isinstance(entities, list) else ():
        match entity:
            case {"type": "bot_command", "offset": 0, "length": int(length)} if text.startswith("/"):
                command = text[1:length]
                return command if command.isascii() else ""
    return ""


def _ours(answered: object, username: str) -> str:
    """The words of the message that is replied to, where a bot wrote it; not those of another bot."""
    match answered:
        case {"text": str(words), "from": {"is_bot": True, **bot}}:
            name = bot.get("username")
            other = username and isinstance(name, str) and name.lower() != username.lower()
            return "" if other else words
    return ""


def _language(update: Mapping[str, Any]) -> str:
    """The two letters of the sender's app, such as `hi`."""
    for part in update.values():
        match part:
            case {"from": {"language_code": str(tag)}} if tag[:2].isascii() and tag[:2].isalpha():
                return tag[:2].lower()
    return ""


def _left(member: object) -> bool:
    match member:
        case {"status": "kicked" | "left"} | {"status": "restricted", "is_member": False}:
            return True
    return False


def _shown(person: object) -> str:
    """The name that Telegram shows for a person."""
    if not isinstance(person, dict):
        return ""
    parts = [person.get(key) for key in ("first_name", "last_name")]
    shown = " ".join(part for part in parts if isinstance(part, str) and part)
    username = person.get("username")
    return shown or (username if isinstance(username, str) else "")


def _when(dated: Mapping[str, Any], now: datetime) -> datetime:
    for key in ("edit_date", "date"):
        seconds = dated.get(key)
        if _is_id(seconds) and 0 < seconds < _LATEST:
            return datetime.fromtimestamp(seconds, UTC)
    return now


def _is_id(number: object) -> TypeGuard[int]:
    return isinstance(number, int) and not isinstance(number, bool) and abs(number) < _LARGEST_ID


def _id(number: object) -> str:
    return str(number) if _is_id(number) and number > 0 else ""
