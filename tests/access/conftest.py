"""These tests ask who may do what, and not what survives a power cut: their databases don't wait for the disk."""

import pytest

from storage import database


@pytest.fixture(autouse=True)
def no_waiting_for_the_disk(monkeypatch: pytest.MonkeyPatch) -> None:
    quick = tuple("synchronous=OFF" if one.startswith("synchronous=") else one for one in database.PRAGMAS)
    monkeypatch.setattr(database, "PRAGMAS", quick)
