"""What every proof prints: the seed by which it can be played again (MULAKAT_SEED), and its count."""

import os
import secrets
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.proofs.town import Town, copied, town


@pytest.fixture
def seed() -> int:
    number = int(os.environ.get("MULAKAT_SEED") or secrets.randbits(32))
    print(f"MULAKAT_SEED={number}", end=" ")
    return number


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """The town's database in a folder of its own."""
    return copied(tmp_path)


@pytest.fixture
async def street(copy: Path) -> AsyncIterator[Town]:
    async with town(copy) as made:
        yield made
