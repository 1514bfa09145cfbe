"""What every proof prints: the seed by which it can be played again (MULAKAT_SEED), and its count."""

import os
import secrets
from collections.abc import Iterator

import pytest


@pytest.fixture
def seed(request: pytest.FixtureRequest, capsys: pytest.CaptureFixture[str]) -> Iterator[int]:
    number = int(os.environ.get("MULAKAT_SEED") or secrets.randbits(32))
    with capsys.disabled():
        print(f"\n{request.node.name}: MULAKAT_SEED={number}", end=" ", flush=True)
    yield number
