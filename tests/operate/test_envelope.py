"""A backup's file gives back what was put in; nothing of a damaged, cut, prolonged or foreign one passes unseen."""

import io
import random
from collections.abc import Iterator

import pytest

from operate import envelope
from operate.envelope import BadBackup, Writer, lines
from storage.vault import Vault, WrongKey
from tests.support.stage import SECRET

SALT = b"s" * 16
FEW = ["one", "two", "तीन", ""]


def written(these: list[str], secret: bytes = SECRET, salt: bytes = SALT) -> bytes:
    file = io.BytesIO()
    writer = Writer(file, Vault(secret), salt)
    for line in these:
        writer.line(line)
    writer.end()
    return file.getvalue()


def read(data: bytes) -> list[str]:
    return list(lines(io.BytesIO(data), Vault(SECRET)))


def noise(count: int) -> list[str]:
    """Lines that hardly compress."""
    chance = random.Random(7)
    return [chance.randbytes(600).hex() for _ in range(count)]


@pytest.fixture
def many_chunks(monkeypatch: pytest.MonkeyPatch) -> Iterator[bytes]:
    """A file of several small chunks."""
    monkeypatch.setattr(envelope, "CHUNK", 100)
    yield written(noise(1))


@pytest.mark.parametrize("these", [[], FEW, noise(400)], ids=["none", "few", "several chunks"])
def test_what_was_put_in_comes_out(these: list[str]) -> None:
    assert read(written(these)) == these


def test_a_chunk_that_is_just_full_is_no_other_file() -> None:
    for size in range(120, 140):
        with pytest.MonkeyPatch.context() as patched:
            patched.setattr(envelope, "CHUNK", size)
            assert read(written(noise(1))) == noise(1)


def test_nothing_readable_is_in_it() -> None:
    assert b"Sunita" not in written(["Sunita"])
    assert SECRET not in written(FEW)
    assert written(FEW) != written(FEW, salt=b"t" * 16)


def test_every_flipped_bit_is_seen(many_chunks: bytes) -> None:
    unseen = []
    for place in range(len(many_chunks)):
        for bit in (0, 7):
            flipped = bytearray(many_chunks)
            flipped[place] ^= 1 << bit
            try:
                read(bytes(flipped))
                unseen.append(place)
            except (BadBackup, WrongKey):
                continue
    assert unseen == []


def test_every_cut_is_seen(many_chunks: bytes) -> None:
    for length in range(len(many_chunks)):
        with pytest.raises(BadBackup):
            read(many_chunks[:length])


def test_a_file_without_its_last_chunk_says_that_it_was_cut(many_chunks: bytes) -> None:
    start = many_chunks.index(b"}\n") + 2
    ends, place = [], start
    while place < len(many_chunks):
        place += 4 + int.from_bytes(many_chunks[place : place + 4], "big")
        ends.append(place)
    assert len(ends) > 3
    for end in (start, *ends[:-1]):
        with pytest.raises(BadBackup, match="cut off"):
            read(many_chunks[:end])


def test_chunks_out_of_order_repeated_or_of_another_file_are_seen(many_chunks: bytes) -> None:
    start = many_chunks.index(b"}\n") + 2
    size = 4 + 100 + 16
    first, second = many_chunks[start : start + size], many_chunks[start + size : start + 2 * size]
    rest = many_chunks[start + 2 * size :]
    other = written(noise(1), salt=b"t" * 16)
    for wrong in (second + first + rest, first + first + second + rest, second + rest, other[start:]):
        with pytest.raises(BadBackup):
            read(many_chunks[:start] + wrong)


def test_something_added_is_seen() -> None:
    with pytest.raises(BadBackup, match="added after the end"):
        read(written(FEW) + b"x")


def test_another_secret_is_named() -> None:
    with pytest.raises(WrongKey, match="made with another secret"):
        read(written(FEW, secret=bytes(32)))


def test_another_file_is_no_backup() -> None:
    for other in (b"", b"SQLite format 3\0" + b"\0" * 100):
        with pytest.raises(BadBackup, match=r"no backup of Mulakat"):
            read(other)
