"""Statements of which a busy day has millions: put together once, and on SQLite taken straight to the driver.

SQLAlchemy looks through a statement, its values and its rows at every use. On SQLite that takes ten times as long as
the database itself. docs/adr/0023-statements-on-the-loop.md
"""

from collections import namedtuple
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cached_property
from operator import itemgetter
from typing import Any

from sqlalchemy import Column, ColumnElement, Table, any_, bindparam, column, func, select, text
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.dialects.postgresql.base import PGDialect

from storage import driver
from storage.columns import Many
from storage.database import Tx

Values = Mapping[str, Any]
Processor = Callable[[Any], Any]
Made = Callable[[str], Any]  # a statement for a dialect by its name

MODULES: Mapping[str, Any] = {"postgresql": postgresql, "sqlite": sqlite}


class Prepared:
    """`make` gives the statement, an insert that is to know its `columns`. Values go by their names in it."""

    def __init__(self, make: Made, columns: Sequence[str] | None = None) -> None:
        self._make = make
        self._columns = columns

    async def rows(self, tx: Tx, values: Values) -> Sequence[Any]:
        """What it finds or returns, each with its columns' names."""
        if tx.dialect.name == "sqlite":
            return self._on_sqlite.rows(tx, values)
        return (await tx.execute(self._on_postgresql, values)).all()

    async def run(self, tx: Tx, values: Values | Sequence[Values]) -> None:
        """Once, or with each of these values."""
        if tx.dialect.name == "sqlite":
            self._on_sqlite.run(tx, [values] if isinstance(values, Mapping) else values)
        else:
            await tx.execute(self._on_postgresql, values)

    @cached_property
    def _on_sqlite(self) -> "_Sqlite":
        return _Sqlite(self._make("sqlite"), self._columns)

    @cached_property
    def _on_postgresql(self) -> Any:
        """As text: of some kinds SQLAlchemy keeps no compiled form."""
        statement = self._make("postgresql")
        # No driver's dialect, which would write casts where text() sees no name.
        dialect = PGDialect(paramstyle="named")  # type: ignore[no-untyped-call]
        compiled = statement.compile(dialect=dialect, column_keys=self._columns)
        made = text(compiled.string).bindparams(*(_bind(bind, name) for bind, name in compiled.bind_names.items()))
        found = [column(one.key, one.type) for one in statement.exported_columns]
        return made.columns(*found) if found else made


def upsert(table: Table, columns: Sequence[str], conflict: Callable[[Any], Any]) -> Prepared:
    """INSERT ... ON CONFLICT, the values by their columns' names."""
    return Prepared(lambda dialect: conflict(MODULES[dialect].insert(table).inline()), columns)


def among(column: Column[Any], name: str, dialect: str) -> ColumnElement[bool]:
    """Is it one of the list given under this name? One value, so that lists of any length are the same statement."""
    listed = bindparam(name, type_=Many(column.type))
    if dialect == "postgresql":
        return column == any_(listed)
    return column.in_(select(func.json_each(listed).table_valued("value").c.value))


def _bind(bind: Any, name: str) -> Any:
    return bindparam(name, type_=bind.type) if bind.required else bindparam(name, bind.value, type_=bind.type)


class _Sqlite:
    def __init__(self, statement: Any, columns: Sequence[str] | None) -> None:
        dialect = sqlite.dialect(paramstyle="qmark")
        compiled = statement.compile(dialect=dialect, column_keys=columns)
        by_name = {name: bind for bind, name in compiled.bind_names.items()}
        self._text = compiled.string
        self._names = tuple(compiled.positiontup)
        self._pick = _picker(self._names)
        self._given = {name: bind.value for name, bind in by_name.items() if not bind.required}
        self._out = _changed(by_name[name].type.dialect_impl(dialect).bind_processor(dialect) for name in self._names)
        found = [(one.key, one.type) for one in statement.exported_columns]
        named: Any = namedtuple("named", [key for key, _type in found], rename=True)  # type: ignore[misc]
        self._row = named._make
        self._in = _changed(type_.dialect_impl(dialect).result_processor(dialect, None) for _key, type_ in found)

    def rows(self, tx: Tx, values: Values) -> Sequence[Any]:
        cursor = driver.execute(driver.sqlite_of(tx), self._text, self._positioned(values))
        return [self._row(_each(self._in, list(row))) for row in cursor.fetchall()]

    def run(self, tx: Tx, several: Sequence[Values]) -> None:
        driver.executemany(driver.sqlite_of(tx), self._text, [self._positioned(values) for values in several])

    def _positioned(self, values: Values) -> list[Any]:
        if self._given:
            values = {**self._given, **values}
        return _each(self._out, list(self._pick(values)))


def _picker(names: Sequence[str]) -> Callable[[Values], Iterable[Any]]:
    """Takes the values of these names, in their order."""
    if len(names) > 1:
        return itemgetter(*names)
    return lambda values: [values[name] for name in names]


def _changed(processors: Iterable[Processor | None]) -> tuple[tuple[int, Processor], ...]:
    """Those of the values, by their places, that are something else in Python."""
    return tuple((place, processor) for place, processor in enumerate(processors) if processor)


def _each(changed: tuple[tuple[int, Processor], ...], values: list[Any]) -> list[Any]:
    for place, processor in changed:
        values[place] = processor(values[place])
    return values
