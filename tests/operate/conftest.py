"""A house with a secret on disk, and an empty database beside it of each kind, for what goes from one to the other."""

import base64
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from operate import erasures
from operate.doctor import audit_trail, invariants
from operate.settings import Settings
from storage.database import Database
from storage.vault import Vault
from tests.support.postgres import DATABASES, fresh_database
from tests.support.stage import SECRET, Stage


@pytest.fixture
def secret_file(tmp_path: Path) -> Path:
    path = tmp_path / "keys" / "secret"
    path.parent.mkdir()
    path.write_bytes(base64.b64encode(SECRET))
    path.chmod(0o600)
    erasures.write(erasures.beside(path), {})
    return path


def settings_for(url: str, secret_file: Path) -> Settings:
    return Settings(database_url=url, secret_file=secret_file, _env_file=None)


def url_of(stage: Stage) -> str:
    return stage.db.url.render_as_string(hide_password=False)


async def ill(settings: Settings) -> list[str]:
    """What the doctor finds wrong."""
    db = Database(settings.database_url)
    try:
        async with db.begin() as tx:
            found = [*await invariants(tx, Vault(SECRET)), await audit_trail(tx, Vault(SECRET), settings)]
    finally:
        await db.close()
    return [one.what for one in found if one.ok is False]


@pytest.fixture
def here(any_stage: Stage, secret_file: Path) -> Settings:
    """The settings of a house that lives, on either database."""
    return settings_for(url_of(any_stage), secret_file)


@pytest.fixture(params=DATABASES)
async def empty(request: pytest.FixtureRequest, tmp_path: Path, secret_file: Path) -> AsyncIterator[Settings]:
    """The settings of another house with the same secret, whose database is empty."""
    if request.param == "sqlite":
        yield settings_for(f"sqlite+aiosqlite:///{tmp_path}/other/mulakat.db", secret_file)
        return
    async with fresh_database() as url:
        yield settings_for(url, secret_file)


@pytest.fixture
def elsewhere(tmp_path: Path, secret_file: Path) -> Settings:
    """An empty SQLite, for what doesn't depend on the kind."""
    return settings_for(f"sqlite+aiosqlite:///{tmp_path}/other/mulakat.db", secret_file)
