"""A letter's subject as it is written: RFC 2047 words of our own, since a person's words are in it.

The standard library folds a header at its blanks, and leaves a line of nothing but blanks where there are many.
"""

from base64 import b64encode
from email import policy
from email.headerregistry import HeaderRegistry, UniqueUnstructuredHeader
from functools import cache

from channels.cleaning import shortened

LONGEST = 150
LINE = 76  # with its break the 78 that RFC 5322 asks for
WORD = 39  # octets in an encoded word: the first shares its line with the header's name


def subject(text: str) -> str:
    """Fit for a header. The standard library decodes `=?...?=` as it takes a header in, and then writes what was hidden
    there, a line break and a Bcc for instance: so a person's words never hold that sign. Blanks are put together."""
    return shortened(" ".join(text.replace("=?", "= ?").split()), LONGEST)


class _Subject(UniqueUnstructuredHeader):
    """Written as it stands where it fits and is plain, else in encoded words, each whole letters and a line."""

    def fold(self, *, policy: object) -> str:
        text = str(self)
        if text.isascii() and text.isprintable() and len(f"Subject: {text}") <= LINE:
            return f"Subject: {text}\r\n"
        words = (f"=?utf-8?b?{b64encode(part).decode()}?=" for part in _parts(text))
        return "Subject: " + "\r\n ".join(words) + "\r\n"


def _parts(text: str) -> list[bytes]:
    """At most WORD octets each, and no letter cut in two."""
    parts = [b""]
    for letter in text:
        octets = letter.encode()
        if len(parts[-1]) + len(octets) > WORD:
            parts.append(b"")
        parts[-1] += octets
    return parts


class _Registry(HeaderRegistry):
    """As the library's, which makes a new class for every header of every letter."""

    __getitem__ = cache(HeaderRegistry.__getitem__)


_REGISTRY = _Registry()
_REGISTRY.map_to_type("subject", _Subject)  # type: ignore[arg-type]  # a mix-in, as the library has them
POLICY = policy.SMTP.clone(header_factory=_REGISTRY)
INTERNATIONAL = policy.SMTPUTF8.clone(header_factory=_REGISTRY)
