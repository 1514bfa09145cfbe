"""The keys: one secret in a file of its own, and all that is derived from it. The database has only its fingerprint."""

import base64
import contextlib
import hashlib
import hmac
import os
import tempfile
from functools import lru_cache, partial
from pathlib import Path
from typing import Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from visits import otp
from visits.otp import Challenge

LATELY = 500
NONCE = 12  # bytes, as AES-GCM wants
SECRET = 32  # bytes


class WrongKey(Exception):
    """The secret isn't the one this database was written with, or the file can't be used."""


class Vault:
    """Seals and opens blobs, digests what must be found again, derives one-time codes."""

    def __init__(self, secret: bytes) -> None:
        if len(secret) != SECRET:
            raise WrongKey(f"the secret must be {SECRET} bytes")
        self._lately: dict[tuple[str, bytes], Any] = {}
        self._box = AESGCM(_derived(secret, b"seal"))
        self._hash = _derived(secret, b"digest")
        self.address = lru_cache(LATELY)(partial(self.digest, "address"))  # what goes to one comes together
        self._pepper = _derived(secret, b"codes")
        self.audit_key = _derived(secret, b"audit")
        self.backup_key = _derived(secret, b"backup")
        self.fingerprint = hashlib.sha256(_derived(secret, b"fingerprint")).hexdigest()[:16]

    def seal(self, about: str, data: bytes) -> bytes:
        """`about` names the row: a blob moved to another row doesn't open."""
        nonce = os.urandom(NONCE)
        return nonce + self._box.encrypt(nonce, data, about.encode("utf-8", "surrogatepass"))

    def open(self, about: str, blob: bytes) -> bytes:
        try:
            return self._box.decrypt(blob[:NONCE], blob[NONCE:], about.encode("utf-8", "surrogatepass"))
        except (InvalidTag, ValueError):  # ValueError: too short to be one of ours
            raise WrongKey(f"a sealed value of {about.partition(':')[0]} doesn't open with this secret") from None

    def remember(self, about: str, blob: bytes, value: Any) -> None:
        """What was just sealed and is wanted again with the same commit, as most is, needn't be opened for that."""
        if len(self._lately) >= LATELY:  # was rolled back, or is another process's
            self._lately.clear()
        self._lately[about, blob] = value

    def recall(self, about: str, blob: bytes) -> Any:
        """What was remembered, once; None when it has to be opened."""
        return self._lately.pop((about, blob), None)

    def digest(self, kind: str, value: str) -> str:
        """32 hex digits: the same for the same value, telling nothing of it."""
        data = f"{kind}|{value}".encode("utf-8", "surrogatepass")
        return hmac.digest(self._hash, data, "sha256").hex()[:32]

    def code(self, challenge: Challenge, talk: str) -> str:
        c = challenge
        return otp.code(self._pepper, c.purpose, talk, c.address, c.id, c.counter)

    def right(self, challenge: Challenge, talk: str, typed: str) -> bool:
        c = challenge
        return otp.matches(self._pepper, c.purpose, talk, c.address, c.id, c.counter, typed)


def _derived(secret: bytes, use: bytes) -> bytes:
    return HKDF(SHA256(), 32, salt=None, info=b"mulakat:" + use).derive(secret)


def open_vault(path: Path) -> Vault:
    """Read the secret; make it on the first run, readable by its owner alone."""
    if not path.exists():
        _make(path)
    try:
        return Vault(base64.b64decode(path.read_bytes().strip(), validate=True))
    except (ValueError, WrongKey):
        raise WrongKey(
            f"{path} doesn't hold a secret: put back your copy of it. Only if no bot has ever run with it, delete it: "
            "the next start makes one."
        ) from None


def _make(path: Path) -> None:
    """Whole, or not at all; whoever else makes one at the same moment may be first."""
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)  # mode 600
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(base64.b64encode(os.urandom(SECRET)) + b"\n")
            file.flush()
            os.fsync(file.fileno())
        with contextlib.suppress(FileExistsError):
            os.link(name, path)
    finally:
        Path(name).unlink()
