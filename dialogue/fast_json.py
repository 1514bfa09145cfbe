"""JSON as orjson writes and reads it, and where it refuses as the standard library does: for half a letter (a lone
surrogate, as some keyboards send), a number beyond 64 bits, too many levels, an encoding that isn't UTF-8."""

import json

import orjson

from dialogue.model import Json


def dumps(value: Json) -> bytes:
    try:
        return orjson.dumps(value)
    except TypeError:
        return json.dumps(value).encode()


def loads(data: bytes) -> Json:
    """An integer beyond 64 bits comes back as a float. Raises ValueError, or RecursionError."""
    try:
        return orjson.loads(data)
    except ValueError:
        return json.loads(data)
