"""The keys: what is sealed opens in its own row with its own secret, and the wrong secret stops the start."""

import base64
import stat
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from operate.prepare import claim_key
from storage.database import Database
from storage.vault import LATELY, Vault, WrongKey, open_vault
from tests.support.stage import SECRET, Stage

VAULT, OTHER = Vault(SECRET), Vault(bytes(32))
ANY = st.text(alphabet=st.characters(exclude_categories=()), max_size=40)


@given(about=ANY, data=st.binary(max_size=300))
def test_opens_what_it_sealed(about: str, data: bytes) -> None:
    blob = VAULT.seal(about, data)
    assert VAULT.open(about, blob) == data
    assert blob != VAULT.seal(about, data), "the same words twice must not look the same"
    assert not data or len(data) < 4 or data not in blob


@given(about=ANY, other=ANY, data=st.binary(max_size=50))
def test_is_bound_to_its_row(about: str, other: str, data: bytes) -> None:
    blob = VAULT.seal(about, data)
    if other != about:
        with pytest.raises(WrongKey):
            VAULT.open(other, blob)
    with pytest.raises(WrongKey):
        OTHER.open(about, blob)


@given(data=st.binary(max_size=50), at=st.integers(0, 10**6), bit=st.integers(0, 7))
def test_one_bit_changed_does_not_open(data: bytes, at: int, bit: int) -> None:
    blob = bytearray(VAULT.seal("row", data))
    blob[at % len(blob)] ^= 1 << bit
    with pytest.raises(WrongKey) as refused:
        VAULT.open("row", bytes(blob))
    assert "row" in str(refused.value)


@pytest.mark.parametrize("blob", [b"", b"x", bytes(12), bytes(27)])
def test_a_blob_cut_short_does_not_open(blob: bytes) -> None:
    with pytest.raises(WrongKey):
        VAULT.open("row", blob)


def test_the_complaint_names_the_kind_and_nobody() -> None:
    with pytest.raises(WrongKey) as refused:
        OTHER.open("visitor:M-7K2P-9XWC", VAULT.seal("visitor:M-7K2P-9XWC", b"+919812345678"))
    assert "visitor" in str(refused.value) and "7K2P" not in str(refused.value)


def test_a_digest_is_the_same_for_the_same_and_tells_nothing() -> None:
    mobile = "+919812345678"
    assert VAULT.digest("address", mobile) == Vault(SECRET).digest("address", mobile)
    others = {VAULT.digest("id", mobile), VAULT.digest("address", mobile[:-1] + "9"), OTHER.digest("address", mobile)}
    assert len(others | {VAULT.digest("address", mobile)}) == 4
    assert all(len(digest) == 32 and int(digest, 16) >= 0 for digest in others)
    assert VAULT.digest("any", "\ud800")


# ---------------------------------------------------------------- the file that holds the secret


def test_the_first_run_makes_a_secret_for_its_owner_alone(tmp_path: Path) -> None:
    path = tmp_path / "keys" / "secret"
    first = open_vault(path)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert len(base64.b64decode(path.read_bytes())) == 32
    assert open_vault(path).fingerprint == first.fingerprint
    assert open_vault(tmp_path / "another").fingerprint != first.fingerprint


@pytest.mark.parametrize(
    "held", [b"", b"not base64!", base64.b64encode(bytes(31)), base64.b64encode(bytes(33)), b"\xff\xfe"]
)
def test_a_file_without_a_secret_is_refused(tmp_path: Path, held: bytes) -> None:
    path = tmp_path / "secret"
    path.write_bytes(held)
    with pytest.raises(WrongKey, match="secret"):
        open_vault(path)
    assert path.read_bytes() == held


def test_the_fingerprint_is_not_the_secret() -> None:
    assert VAULT.fingerprint != OTHER.fingerprint
    assert VAULT.fingerprint not in SECRET.hex() and len(VAULT.fingerprint) == 16


async def test_another_secret_stops_the_start(stage: Stage) -> None:
    async with stage.db.begin() as tx:
        await claim_key(tx, stage.vault)
    with pytest.raises(WrongKey, match="MULAKAT_SECRET_FILE") as refused:
        async with stage.db.begin() as tx:
            await claim_key(tx, OTHER)
    assert "put back the right file" in str(refused.value)
    async with stage.db.begin() as tx:
        await claim_key(tx, Vault(SECRET))


async def test_a_database_address_is_shown_without_its_password() -> None:
    db = Database("postgresql+asyncpg://mulakat:hunter2@db.example/mulakat")
    assert "hunter2" not in db.describe() and "db.example" in db.describe()
    await db.close()


def test_what_was_just_sealed_is_remembered_once_and_for_its_row_alone() -> None:
    vault = Vault(bytes(32))
    blob = vault.seal("row:1", b"{}")
    vault.remember("row:1", blob, "value")
    assert vault.recall("row:2", blob) is None
    assert vault.recall("row:1", blob) == "value"
    assert vault.recall("row:1", blob) is None


def test_what_nobody_comes_for_is_not_remembered_for_ever() -> None:
    vault = Vault(bytes(32))
    for n in range(LATELY + 1):
        vault.remember(f"row:{n}", b"x", n)
    assert vault.recall("row:0", b"x") is None
    assert vault.recall(f"row:{LATELY}", b"x") == LATELY
