"""Files of messages: taken in, given ids as Telegram gives them, found again by id or by path."""

import mimetypes
import uuid
from pathlib import PurePosixPath
from typing import Any

from sandbox import pictures
from sandbox.errors import ApiError, bad
from sandbox.reading import Params, Upload
from sandbox.world import World, fingerprint

LARGEST = 50 * 1024 * 1024  # bytes that a bot may send, https://core.telegram.org/bots/api#sending-files
LARGEST_PHOTO = 10 * 1024 * 1024
LARGEST_DOWN = 20 * 1024 * 1024  # bytes that a bot may fetch, https://core.telegram.org/bots/api#getfile

_TYPES = mimetypes.MimeTypes()  # Python's own list, whatever the machine knows besides
_TYPES.add_type("text/calendar", ".ics")

# Ids begin with what kind of file it is, as Telegram's do.
_BEGIN = {"photo": "AgACAgQ", "document": "BQACAgQ", "voice": "AwACAgQ", "sticker": "CAACAgQ"}
_FOLDER = {"photo": "photos", "document": "documents", "voice": "voice", "sticker": "stickers"}


def keep(world: World, kind: str, file: Upload) -> str:
    """The id of a new file."""
    number = f"{_BEGIN[kind]}{uuid.uuid4().hex}"
    guessed = _TYPES.guess_type(file.name)[0] or "application/octet-stream"
    plain = file.type in ("", "application/octet-stream")
    world.journal.keep(number, file.name, guessed if plain else file.type, file.body)
    return number


def content(world: World, kind: str, number: str, **more: Any) -> dict[str, Any]:
    """What a message holds of a file, as Telegram shapes it: {"document": {...}} or {"photo": [{...}]} and so on."""
    name, mime, body = _found(world, number, "wrong file identifier/HTTP URL specified")
    base = {"file_id": number, "file_unique_id": fingerprint(number), "file_size": len(body)}
    match kind:
        case "photo":
            width, height = pictures.size_of(body) or (320, 240)
            return {"photo": [{**base, "width": width, "height": height}]}
        case "document":
            return {"document": {"file_name": name, "mime_type": mime, **base}}
        case "voice":
            return {"voice": {"duration": 3, "mime_type": "audio/ogg", **more, **base}}
        case _:
            flat = {"type": "regular", "width": 512, "height": 512, "is_animated": False, "is_video": False}
            return {"sticker": {**flat, "emoji": "🙏", **more, **base}}


def sent(world: World, kind: str, params: Params) -> dict[str, Any]:
    """The file that a bot sends: a new one, or one that is known, by its id. ApiError for anything else."""
    given = params.get(kind)
    if isinstance(given, Upload):
        _check(kind, given)
        return content(world, kind, keep(world, kind, given))
    if not given:
        raise bad(f"there is no {kind} in the request")
    number = str(given)
    if number.startswith(("http://", "https://")):
        raise bad("failed to get HTTP URL content")  # the town has no way out
    if any(number.startswith(begin) for other, begin in _BEGIN.items() if other != kind):
        raise bad("type of file mismatch")
    return content(world, kind, number)


def _check(kind: str, file: Upload) -> None:
    if not file.body:
        raise bad("file must be non-empty")
    if len(file.body) > LARGEST:
        raise ApiError(413, "Request Entity Too Large")
    if kind != "photo":
        return
    if len(file.body) > LARGEST_PHOTO:
        raise bad(f"file is too big for a photo; the maximum size is {LARGEST_PHOTO} bytes")
    size = pictures.size_of(file.body)
    if size is None or not all(size):
        raise bad("IMAGE_PROCESS_FAILED")
    if sum(size) > 10_000 or max(size) > 20 * min(size):
        raise bad("PHOTO_INVALID_DIMENSIONS")


def described(world: World, number: str) -> dict[str, Any]:
    """A File, with the path to fetch it by."""
    name, _mime, body = _found(world, number, "wrong file_id or the file is temporarily unavailable")
    if len(body) > LARGEST_DOWN:
        raise bad("file is too big")
    kind = next((kind for kind, begin in _BEGIN.items() if number.startswith(begin)), "document")
    path = f"{_FOLDER[kind]}/{number}{PurePosixPath(name).suffix}"
    return {"file_id": number, "file_unique_id": fingerprint(number), "file_size": len(body), "file_path": path}


def at_path(world: World, path: str) -> bytes | None:
    """The file that `described` told of."""
    found = world.journal.file(PurePosixPath(path).name.partition(".")[0])
    return found[2] if found else None


def _found(world: World, number: str, wrong: str) -> tuple[str, str, bytes]:
    found = world.journal.file(number) if number.startswith(tuple(_BEGIN.values())) else None
    if found is None:
        raise bad(wrong)
    return found
