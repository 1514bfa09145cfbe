"""Numbers that people read out, write down and type: short, no look-alikes, and with a check character."""

import hashlib
import re

from visits.text import normalise

# No 0 O Q, 1 I L, S, Z, B, G, U (look-alikes of others) and no A or E, so that no word comes out. 23 is a
# prime: with weights 1 to 8 the check character then notices every single wrong character and every two that
# changed places.
ALPHABET = "23456789CDFHJKMNPRTVWXY"
_LOOKS_LIKE = str.maketrans("0OQ1ILSZBGU", "DDD7775286V")
_LENGTH = 8


def reference(nonce: bytes | str) -> str:
    """A request's reference: 8 characters, the last a check. 23**7 values: its table must still keep it unique."""
    return _number("reference", nonce)


def registration_number(nonce: bytes | str) -> str:
    """A visitor's registration number, such as M-7K2P-9XWC; the last character is a check."""
    number = _number("registration", nonce)
    return f"M-{number[:4]}-{number[4:]}"


def check_reference(raw: str) -> str | None:
    """The reference meant: any case, spaces, dashes, look-alikes. None: it can't be one, or was mistyped."""
    typed = re.sub(r"[\s#.:_\u2010-\u2015-]", "", normalise(raw)).upper()
    number = typed.translate(_LOOKS_LIKE)
    return number if _sound(number) else None


def check_registration(raw: str) -> str | None:
    """The same for a registration number, with or without its M-."""
    typed = re.sub(r"[\s#.:_\u2010-\u2015-]", "", normalise(raw)).upper()
    if len(typed) == _LENGTH + 1 and typed.startswith("M"):
        typed = typed[1:]
    number = typed.translate(_LOOKS_LIKE)
    return f"M-{number[:4]}-{number[4:]}" if _sound(number) else None


def _number(what: str, nonce: bytes | str) -> str:
    seed = nonce if isinstance(nonce, bytes) else nonce.encode("utf-8", "surrogatepass")
    left = int.from_bytes(hashlib.sha256(what.encode() + b"\0" + seed).digest(), "big")
    body = ""
    for _ in range(_LENGTH - 1):
        left, at = divmod(left, len(ALPHABET))
        body += ALPHABET[at]
    # The last weight is 8; its inverse modulo 23 is 3 (8 * 3 = 24), so this makes the whole weigh zero.
    return body + ALPHABET[-_weight(body) * 3 % len(ALPHABET)]


def _sound(number: str) -> bool:
    if len(number) != _LENGTH or any(char not in ALPHABET for char in number):
        return False
    return _weight(number) == 0


def _weight(number: str) -> int:
    return sum(weight * ALPHABET.index(char) for weight, char in enumerate(number, 1)) % len(ALPHABET)
