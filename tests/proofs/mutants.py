"""Updates that went wrong on their way: bytes turned, cut and doubled, values of another kind, buttons nobody made."""

import copy
import json
import random
from collections.abc import Callable, Sequence
from typing import Any

Update = dict[str, Any]

ODD: tuple[Any, ...] = (
    None, True, False, 0, -1, 1.5, 2**31, 2**53, 2**63, 10**30, float("inf"), float("nan"), "", " ", "\x00", "\ud800",
    "0", "-1001", "/start", "x" * 10_000, "\u202e", "🙏" * 50, [], {}, [None], {"id": 1}, [[[]]],
)  # fmt: skip
SIGNS = "abcxyzABC0123456789=.:-_!|/ \x00éक🙏\ud800"


def _places(value: Any) -> list[tuple[Any, Any]]:
    """Every (holder, key) inside."""
    here = list(value.items()) if isinstance(value, dict) else list(enumerate(value)) if isinstance(value, list) else []
    return [(value, key) for key, _part in here] + [place for _key, part in here for place in _places(part)]


def data(dice: random.Random, made: str) -> str:
    """A button's data, changed a little or a lot; as long as Telegram lets it be."""
    signs = list(made)
    for _n in range(dice.choice((1, 1, 1, 2, 5))):
        at = dice.randrange(len(signs) + 1)
        match dice.randrange(5):
            case 0:
                signs.insert(at, dice.choice(SIGNS))
            case 1:
                signs[at : at + 1] = [dice.choice(SIGNS)]
            case 2:
                del signs[at : at + dice.choice((1, 1, 4, 20))]
            case 3:
                signs[at:at] = signs[dice.randrange(len(signs) + 1) :]
            case _:
                dice.shuffle(signs)
    return "".join(signs)[:64]


def update(dice: random.Random, made: Update) -> Update:
    """The same JSON with some parts gone, renamed, doubled elsewhere, or of another kind."""
    made = copy.deepcopy(made)
    for _n in range(dice.choice((1, 1, 2, 4))):
        places = _places(made)
        if not places:
            break
        holder, key = dice.choice(places)
        other, there = dice.choice(places)
        match dice.randrange(5):
            case 0:
                del holder[key]
            case 1:
                holder[key] = copy.deepcopy(dice.choice(ODD))
            case 2:
                holder[key] = copy.deepcopy(other[there])
            case 3 if isinstance(holder, dict):
                holder[dice.choice(("id", "text", "data", "from", "chat", "x"))] = holder.pop(key)
            case _:
                holder[key] = _wrapped(holder[key], dice.choice((1, 3)))
    return made


def _wrapped(value: Any, times: int) -> Any:
    for _n in range(times):
        value = [value]
    return value


def body(dice: random.Random, made: bytes) -> bytes:
    """The same bytes, turned, cut, doubled, or others altogether."""
    out = bytearray(made)
    match dice.randrange(7):
        case 0:
            for _n in range(dice.randrange(1, 6)):
                out[dice.randrange(len(out))] = dice.randrange(256)
        case 1:
            del out[dice.randrange(len(out)) :]
        case 2:
            at = dice.randrange(len(out))
            out[at:at] = dice.randbytes(dice.randrange(1, 40))
        case 3:
            out += out[: dice.randrange(len(out))]
        case 4:
            return dice.randbytes(dice.randrange(200))
        case 5:
            deep = dice.choice((50, 99, 150, 700, 5000))
            return made.replace(b'"N"', b"[" * deep + b"]" * deep)
        case _:
            at = dice.randrange(len(out))
            del out[at : at + dice.randrange(1, 20)]
    return bytes(out)


def written(made: Update) -> bytes:
    return json.dumps(made).encode()


Mutation = Callable[[random.Random, Update], bytes]

MUTATIONS: Sequence[tuple[str, Mutation]] = (
    ("bytes", lambda dice, made: body(dice, written(made))),
    ("values", lambda dice, made: written(update(dice, made))),
    ("both", lambda dice, made: body(dice, written(update(dice, made)))),
    ("none", lambda _dice, made: written(made)),
)
