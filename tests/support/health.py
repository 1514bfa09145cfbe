"""What the doctor says of a database, as a test wants it."""

from operate.doctor import Finding, invariants
from storage.database import Database
from storage.vault import Vault


async def examined(db: Database, vault: Vault) -> list[Finding]:
    async with db.begin() as tx:
        return await invariants(tx, vault)


async def ill(db: Database, vault: Vault) -> list[str]:
    """What must never be, and is."""
    return [one.what for one in await examined(db, vault) if one.ok is False]
