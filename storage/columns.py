"""Kinds of columns and indexes that both databases understand."""

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import BigInteger, ColumnElement, DateTime, Dialect, Integer, String
from sqlalchemy.types import TypeDecorator


class Utc(TypeDecorator[datetime]):
    """Aware UTC in Python; timestamptz on PostgreSQL, text on SQLite."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> Any:
        if value is None:
            return None
        value = value.astimezone(UTC)
        return value.replace(tzinfo=None) if dialect.name == "sqlite" else value

    def process_result_value(self, value: Any, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        found: datetime = value
        return found.replace(tzinfo=UTC) if found.tzinfo is None else found.astimezone(UTC)


Key = String().with_variant(String(collation="C"), "postgresql")  # so that its index knows how keys begin
Id = BigInteger().with_variant(Integer, "sqlite")  # SQLite's rowid alias must be INTEGER


def where(condition: ColumnElement[bool]) -> dict[str, Any]:
    """A partial index, on both."""
    return {"sqlite_where": condition, "postgresql_where": condition}
