"""What comes with a call of the Bot API: text, numbers, truth, JSON or files, whichever way they were sent."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from aiohttp import web

from sandbox.entities import BadMarkup, Entity, read_html
from sandbox.errors import bad
from sandbox.marks import found_in, given, trimmed

LONGEST = 4096  # characters after the tags are taken out, https://core.telegram.org/bots/api#sendmessage
LONGEST_CAPTION = 1024


@dataclass(frozen=True, slots=True)
class Upload:
    """A file in a request."""

    name: str
    type: str
    body: bytes


Params = Mapping[str, Any]


async def params_of(request: web.Request) -> dict[str, Any]:
    """Query, JSON, form or multipart, all as one; `attach://name` is replaced by the file of that name."""
    params: dict[str, Any] = dict(request.query)
    if request.content_type == "application/json":
        params |= await _body(request)
    else:
        try:
            fields = await request.post()
        except UnicodeDecodeError:
            raise bad("strings must be encoded in UTF-8") from None
        except ValueError:
            raise bad("failed to parse the request's body") from None
        for name, value in fields.items():
            if isinstance(value, web.FileField):
                params[name] = Upload(value.filename, value.content_type, value.file.read())
            else:
                params[name] = value.decode("utf-8", "replace") if isinstance(value, (bytes, bytearray)) else value
    for name, value in list(params.items()):
        if isinstance(value, str) and value.startswith("attach://"):
            params[name] = params.get(value.removeprefix("attach://"))
    return params


async def _body(request: web.Request) -> dict[str, Any]:
    raw = await request.read()
    if not raw.strip():
        return {}
    try:
        body = json.loads(raw)
    except UnicodeDecodeError:
        raise bad("strings must be encoded in UTF-8") from None
    except (ValueError, RecursionError):
        raise bad("can't parse JSON object") from None
    if not isinstance(body, dict):
        raise bad("JSON object expected")
    return body


def json_in(params: Params, name: str) -> Any:
    """None when it is not there."""
    value = params.get(name)
    if not isinstance(value, str):
        return value
    if not value.strip():
        return None
    try:
        return json.loads(value)
    except (ValueError, RecursionError):
        raise bad(f"can't parse {name.replace('_', ' ')} JSON object") from None


def text_in(params: Params, name: str) -> str:
    """ "" when it is not there."""
    value = params.get(name)
    if value is None or isinstance(value, (Upload, list, dict)):
        return ""
    text = str(value)
    try:
        text.encode()
    except UnicodeEncodeError:
        raise bad("strings must be encoded in UTF-8") from None
    return text


def whole(params: Params, name: str, default: int = 0) -> int:
    """Telegram reads a number as far as it is one, and takes the rest for none."""
    value = params.get(name)
    try:
        return int(value) if value not in (None, "") else default
    except (TypeError, ValueError):
        return default


def true(params: Params, name: str) -> bool:
    value = params.get(name)
    return value is True or str(value).strip().lower() in ("true", "1", "yes")


def chat_in(params: Params) -> int:
    """A chat's number. Names of the form @name belong to channels, and there are none here."""
    value = params.get("chat_id")
    if value in (None, ""):
        raise bad("chat_id is empty")
    try:
        return int(str(value))
    except ValueError:
        raise bad("chat not found") from None


def message_in(params: Params) -> int:
    number = whole(params, "message_id")
    if number <= 0:
        raise bad("message identifier is not specified")
    return number


def words_in(params: Params, name: str, longest: int, what: str) -> tuple[str, list[Entity]]:
    """(text, entities), trimmed, with what Telegram finds by itself. HTML is the one parse mode that is known."""
    text = text_in(params, name)
    mode = text_in(params, "parse_mode").lower()
    if mode not in ("", "html"):
        raise bad("unsupported parse_mode")
    if mode:
        try:
            text, entities = read_html(text)
        except BadMarkup as error:
            raise bad(f"can't parse entities: {error}") from None
    else:
        entities = given(json_in(params, "entities" if name == "text" else f"{name}_entities"), text)
    text, entities = trimmed(text, entities)
    if len(text) > longest:
        raise bad(f"{what} is too long")
    return text, found_in(text, entities)
