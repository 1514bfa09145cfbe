"""A backup's file: compressed text in authenticated chunks, so that a wrong key, a flipped bit and a cut end all show.

    MAGIC, one line of JSON (fingerprint of the secret, salt), then chunks: 4 bytes of length, AES-GCM of up to 64 KiB

The key is the file's own (HKDF over the vault's backup key and the salt), so that counting nonces never come twice. The
last byte of a nonce is 1 on the last chunk only; the first lines are authenticated with every chunk.
"""

import base64
import json
import zlib
from collections.abc import Iterator
from contextlib import suppress
from typing import BinaryIO

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from storage.vault import Vault, WrongKey

MAGIC = b"mulakat backup 1\n"
CHUNK = 65536
TAG = 16
HEADER = 1024  # bytes at most


class BadBackup(Exception):
    """The file can't be used, or can't go where it was told to; says why and what mends it."""


class Writer:
    """Takes lines; `end` must come last, or what was written can't be read."""

    def __init__(self, file: BinaryIO, vault: Vault, salt: bytes) -> None:
        header = {"key": vault.fingerprint, "salt": base64.b64encode(salt).decode()}
        self._start = MAGIC + json.dumps(header).encode() + b"\n"
        self._file = file
        self._box = _box(vault, salt)
        self._zip = zlib.compressobj()
        self._waiting = bytearray()
        self._count = 0
        file.write(self._start)

    def line(self, text: str) -> None:
        self._waiting += self._zip.compress(text.encode() + b"\n")
        while len(self._waiting) > CHUNK:
            self._seal(bytes(self._waiting[:CHUNK]), last=False)
            del self._waiting[:CHUNK]

    def end(self) -> None:
        self._waiting += self._zip.flush()
        while len(self._waiting) > CHUNK:
            self._seal(bytes(self._waiting[:CHUNK]), last=False)
            del self._waiting[:CHUNK]
        self._seal(bytes(self._waiting), last=True)

    def _seal(self, data: bytes, last: bool) -> None:
        sealed = self._box.encrypt(_nonce(self._count, last), data, self._start)
        self._file.write(len(sealed).to_bytes(4, "big") + sealed)
        self._count += 1


def lines(file: BinaryIO, vault: Vault) -> Iterator[str]:
    """Every line, each only after its chunk was found genuine. Raises BadBackup or WrongKey; reads to the very end."""
    start, salt = _header(file, vault)
    box = _box(vault, salt)
    unzip = zlib.decompressobj()
    rest = b""
    for data in _chunks(file, box, start):
        *whole, rest = (rest + unzip.decompress(data)).split(b"\n")
        yield from (line.decode() for line in whole)


def _header(file: BinaryIO, vault: Vault) -> tuple[bytes, bytes]:
    magic, line = file.read(len(MAGIC)), file.readline(HEADER)
    if magic != MAGIC:
        raise BadBackup("This file is no backup of Mulakat's, or its beginning is damaged: choose another.")
    try:
        header = json.loads(line)
        key, salt = str(header["key"]), base64.b64decode(header["salt"], validate=True)
    except (ValueError, KeyError, TypeError):
        raise BadBackup(
            "The beginning of the backup is damaged: take another copy of it, or an older backup."
        ) from None
    if key != vault.fingerprint:
        raise WrongKey(
            f"This backup was made with another secret (fingerprint {key[:16]!r}; the one in MULAKAT_SECRET_FILE has "
            f"{vault.fingerprint}): put back the secret that was in use when it was taken."
        )
    return magic + line, salt


def _chunks(file: BinaryIO, box: AESGCM, start: bytes) -> Iterator[bytes]:
    count, last = 0, False
    while not last:
        size = file.read(4)
        length = int.from_bytes(size, "big")
        if len(size) == 4 and not TAG <= length <= CHUNK + TAG:
            raise _damaged(file)
        sealed = file.read(length)
        if len(size) < 4 or len(sealed) < length:
            raise BadBackup("The backup ends too early, it was cut off: copy it again, or take an older one.")
        found = _opened(box, count, sealed, start)
        if found is None:
            raise _damaged(file)
        data, last = found
        yield data
        count += 1
    if file.read(1):
        raise BadBackup("Something was added after the end of the backup: take another copy of it.")


def _opened(box: AESGCM, count: int, sealed: bytes, start: bytes) -> tuple[bytes, bool] | None:
    """(what is in a chunk, whether it is the last); None when it isn't genuine."""
    for last in (False, True):
        with suppress(InvalidTag):
            return box.decrypt(_nonce(count, last), sealed, start), last
    return None


def _damaged(file: BinaryIO) -> BadBackup:
    return BadBackup(
        f"The backup is damaged before byte {file.tell()}: it is not as it was written. "
        "Take another copy of it, or an older backup."
    )


def _box(vault: Vault, salt: bytes) -> AESGCM:
    return AESGCM(HKDF(SHA256(), 32, salt=salt, info=b"mulakat:backup file").derive(vault.backup_key))


def _nonce(count: int, last: bool) -> bytes:
    return count.to_bytes(11, "big") + bytes([last])
