"""Kinds of columns and indexes that both databases understand."""

from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

from sqlalchemy import ARRAY, BigInteger, ColumnElement, DateTime, Dialect, Integer, String
from sqlalchemy.types import TypeDecorator, TypeEngine

from dialogue.fast_json import dumps


class Utc(TypeDecorator[datetime]):
    """Aware UTC in Python; timestamptz on PostgreSQL, text on SQLite."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> Any:
        return value.astimezone(UTC) if value else None

    def process_result_value(self, value: Any, dialect: Dialect) -> datetime | None:
        found: datetime | None = value
        return found.astimezone(UTC) if found else None

    # SQLAlchemy's own way to SQLite's text and back takes several times as long.

    def bind_processor(self, dialect: Dialect) -> Callable[[datetime | None], Any] | None:
        return _to_text if dialect.name == "sqlite" else super().bind_processor(dialect)

    def result_processor(self, dialect: Dialect, coltype: Any) -> Callable[[Any], datetime | None] | None:
        return _from_text if dialect.name == "sqlite" else super().result_processor(dialect, coltype)


@lru_cache(1024)  # of a batch many have the same
def _to_text(value: datetime | None) -> str | None:
    """As SQLAlchemy's DateTime writes it, which sorts as the times do."""
    if value is None:
        return None
    plain = value if value.tzinfo is UTC else value.astimezone(UTC)
    return plain.replace(tzinfo=None).isoformat(" ", "microseconds")


def _from_text(value: str | None) -> datetime | None:
    return datetime.fromisoformat(value).replace(tzinfo=UTC) if value else None


class Many(TypeDecorator[Iterable[Any]]):
    """A list as one value: an array on PostgreSQL, JSON on SQLite."""

    impl = String
    cache_ok = True

    def __init__(self, item: TypeEngine[Any]) -> None:
        super().__init__()
        self.item = item

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        made: TypeEngine[Any] = ARRAY(self.item) if dialect.name == "postgresql" else String()
        return dialect.type_descriptor(made)

    def process_bind_param(self, value: Iterable[Any] | None, dialect: Dialect) -> Any:
        listed = list(value or ())
        return listed if dialect.name == "postgresql" else dumps(listed).decode()


Key = String().with_variant(String(collation="C"), "postgresql")  # so that its index knows how keys begin
Id = BigInteger().with_variant(Integer, "sqlite")  # SQLite's rowid alias must be INTEGER


def where(condition: ColumnElement[bool]) -> dict[str, Any]:
    """A partial index, on both."""
    return {"sqlite_where": condition, "postgresql_where": condition}
