"""A letter's headers as they are written; the subject in RFC 2047 words of our own, since a person's words are in it.

The standard library folds a header at its blanks, and leaves a line of nothing but blanks where there are many. It
takes each apart as it comes in, which is most of the time of a letter.
"""

from base64 import b64encode
from email.headerregistry import BaseHeader, HeaderRegistry, UniqueUnstructuredHeader
from email.policy import EmailPolicy
from functools import cache, lru_cache
from typing import Any

from channels.cleaning import shortened

LONGEST = 150
LINE = 76  # with its break the 78 that RFC 5322 asks for
WORD = 39  # octets in an encoded word: the first shares its line with the header's name


def subject(text: str) -> str:
    """Fit for a header. Whoever reads one decodes `=?...?=`, a line break and a Bcc for instance: so a person's words
    never hold that sign. Blanks are put together."""
    return shortened(" ".join(text.replace("=?", "= ?").split()), LONGEST)


class _Written(UniqueUnstructuredHeader):
    """One word or a few, written as they stand; the policy has seen that there is no break in them."""

    name: str

    @classmethod
    def parse(cls, value: str, kwds: dict[str, Any]) -> None:
        kwds |= {"decoded": value, "parse_tree": None}  # only `fold` would ask for that

    def fold(self, *, policy: object) -> str:
        gap = " " if len(f"{self.name}: {self}") <= LINE else "\r\n "
        return f"{self.name}:{gap}{self}\r\n"


class _Subject(_Written):
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


# Headers that are the same in every letter: the library takes half of a letter's time to read and fold them.
_OURS = frozenset(
    ("from", "auto-submitted", "mime-version", "content-type", "content-transfer-encoding", "content-disposition")
)


class _Registry(HeaderRegistry):
    """As the library's, which makes a new class for every header of every letter."""

    __getitem__ = cache(HeaderRegistry.__getitem__)
    _known = lru_cache(64)(HeaderRegistry.__call__)

    def __call__(self, name: str, value: Any) -> BaseHeader:
        return (self._known if name.lower() in _OURS else super().__call__)(name, value)


class _Policy(EmailPolicy):
    def fold_binary(self, name: str, value: str) -> bytes:
        return _folded(self.utf8, name, value) if name.lower() in _OURS else super().fold_binary(name, value)


@lru_cache(64)
def _folded(international: bool, name: str, value: str) -> bytes:
    """Not by the policy that is asked, of which the library makes a new one for each letter."""
    return EmailPolicy.fold_binary(INTERNATIONAL if international else POLICY, name, value)


_REGISTRY = _Registry()
_REGISTRY.map_to_type("subject", _Subject)  # type: ignore[arg-type]  # a mix-in, as the library has them
for _name in ("to", "date", "message-id"):
    _REGISTRY.map_to_type(_name, _Written)  # type: ignore[arg-type]
POLICY = _Policy(header_factory=_REGISTRY, linesep="\r\n")
INTERNATIONAL = POLICY.clone(utf8=True)
