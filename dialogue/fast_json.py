"""JSON as orjson writes and reads it, and where it refuses as the standard library does: for half a letter (a lone
surrogate, as some keyboards send), a number beyond 64 bits, too many levels, an encoding that isn't UTF-8."""

import json

import orjson

from dialogue.model import Json

_NOTHING_MORE = orjson.OPT_PASSTHROUGH_DATETIME | orjson.OPT_PASSTHROUGH_DATACLASS


def dumps(value: Json) -> bytes:
    try:
        return orjson.dumps(value, option=_NOTHING_MORE)
    except TypeError:
        return json.dumps(value).encode()


def loads(data: bytes) -> Json:
    """An integer beyond 64 bits may come back as a float. Raises ValueError, or RecursionError."""
    try:
        return orjson.loads(data)
    except ValueError:
        return json.loads(data)
