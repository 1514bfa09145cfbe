"""Whoever changes several addresses locks them in one order: else two transactions wait for each other, and PostgreSQL
ends one of them. SQLite has one writer."""

from collections.abc import Collection

from sqlalchemy import select

from storage.database import Tx
from storage.prepared import Prepared, among
from storage.tables import addresses


async def hold(tx: Tx, hashes: Collection[str]) -> None:
    """Until the end of the transaction. What is written to them is not held up."""
    if hashes and tx.dialect.name == "postgresql":
        await HELD.rows(tx, {"hashes": list(hashes)})


HELD = Prepared(
    lambda dialect: (
        select(addresses.c.hash)
        .where(among(addresses.c.hash, "hashes", dialect))
        .order_by(addresses.c.hash)
        .with_for_update(key_share=True)
    )
)
