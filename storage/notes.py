"""The audit row, written by whoever acts: a talk, the clock, or the operator at the command line."""

import json
from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import insert

from dialogue.model import Json
from storage import tables
from storage.database import Tx
from storage.prepared import Prepared


def row(talk: str, kind: str, data: Mapping[str, Json], now: datetime) -> dict[str, object]:
    return {"at": now, "talk": talk, "kind": kind, "data": json.dumps(dict(data))}


async def write(tx: Tx, talk: str, kind: str, data: Mapping[str, Json], now: datetime) -> None:
    await NOTED.run(tx, row(talk, kind, data, now))


NOTED = Prepared(lambda _dialect: insert(tables.notes), ("at", "talk", "kind", "data"))
