"""The rows of every table as lines of JSON and back, the same from every kind of database."""

import base64
import json
from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from datetime import date, datetime, time
from typing import Any

from msgspec import Struct
from sqlalchemy import (
    BigInteger,
    Boolean,
    Date,
    Float,
    Integer,
    LargeBinary,
    String,
    Table,
    Time,
    column,
    func,
    insert,
    select,
    table,
    text,
    types,
)

from storage.columns import Utc
from storage.database import Tx
from storage.tables import leases, metadata

ROWS = 500  # read and written at a time: what bounds the memory


def _same(value: Any) -> Any:
    return value


def _iso(value: Any) -> str:
    return str(value.isoformat())


def _base64(value: bytes) -> str:
    return base64.b64encode(value).decode()


class Kind(Struct, frozen=True):
    """Columns of this class of type: how a value is written, read again, and put into a column."""

    of: type[types.TypeEngine[Any]]
    type: types.TypeEngine[Any]
    write: Callable[[Any], Any] = _same
    read: Callable[[Any], Any] = _same


KINDS = {  # by the name that stands in the file
    "moment": Kind(Utc, Utc(), _iso, datetime.fromisoformat),
    "yes": Kind(Boolean, Boolean()),
    "number": Kind(Integer, BigInteger()),
    "real": Kind(Float, Float()),
    "bytes": Kind(LargeBinary, LargeBinary(), _base64, base64.b64decode),
    "day": Kind(Date, Date(), _iso, date.fromisoformat),
    "hour": Kind(Time, Time(), _iso, time.fromisoformat),
    "text": Kind(String, String()),
}


def kept_tables() -> list[Table]:
    """Each after those it refers to. Leases are of the moment: they are not carried over."""
    return [one for one in metadata.sorted_tables if one is not leases]


def kind_of(type_: types.TypeEngine[Any]) -> str:
    return next(name for name, kind in KINDS.items() if isinstance(type_, kind.of))


async def lines_of(tx: Tx) -> AsyncIterator[str]:
    """A line that names a table and its columns, then a line for each of its rows; and so for each table."""
    for one in kept_tables():
        kinds = {col.name: kind_of(col.type) for col in one.columns}
        yield json.dumps({"table": one.name, "columns": kinds})
        write = [KINDS[kind].write for kind in kinds.values()]
        result = await tx.stream(select(one), execution_options={"yield_per": ROWS})
        async for rows in result.partitions(ROWS):
            for row in rows:
                values = [None if v is None else f(v) for f, v in zip(write, row, strict=True)]
                yield json.dumps(values, separators=(",", ":"))


async def load(tx: Tx, lines: Iterable[str]) -> int:
    """Put what `lines_of` gave into tables that are empty; how many rows. The columns are those that the lines name:
    the schema must be the one they were written in."""
    count = 0
    waiting: list[dict[str, Any]] = []
    into: Any = None
    names: Sequence[str] = ()
    read: Sequence[Callable[[Any], Any]] = ()
    for line in lines:
        found = json.loads(line)
        if isinstance(found, list):
            values = [None if v is None else f(v) for f, v in zip(read, found, strict=True)]
            waiting.append(dict(zip(names, values, strict=True)))
            count += 1
        if waiting and (isinstance(found, dict) or len(waiting) == ROWS):
            await tx.execute(insert(into), waiting)
            waiting = []
        if isinstance(found, dict) and "table" in found:
            names = list(found["columns"])
            kinds = [KINDS[kind] for kind in found["columns"].values()]
            read = [kind.read for kind in kinds]
            columns = [column(name, kind.type) for name, kind in zip(names, kinds, strict=True)]
            into = table(found["table"], *columns)
    return count


async def count_on(tx: Tx, floors: dict[str, int]) -> None:
    """Numbers that the database gives go on after the greatest there is, or after a table's floor if that is higher."""
    for one in kept_tables():
        number = one.autoincrement_column
        if number is None:
            continue
        greatest = (await tx.execute(select(func.max(number)))).scalar_one() or 0
        last = max(greatest, floors.get(one.name, 0))
        if tx.dialect.name == "postgresql":
            serial = func.pg_get_serial_sequence(one.name, number.name)
            await tx.execute(select(func.setval(serial, max(last, 1), last > 0)))
        elif one.dialect_options["sqlite"]["autoincrement"] and last:
            await tx.execute(text("DELETE FROM sqlite_sequence WHERE name = :name"), {"name": one.name})
            await tx.execute(
                text("INSERT INTO sqlite_sequence (name, seq) VALUES (:name, :last)"), {"name": one.name, "last": last}
            )
