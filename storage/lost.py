"""When the database is lost: its server went away, lets nobody in just now, or has ended one of two that waited for
each other. What was asked of it is not at fault."""

import sqlite3

from asyncpg import InterfaceError, InternalClientError, PostgresError
from sqlalchemy.exc import DBAPIError

CLASS = "08"  # of SQLSTATE: the connection
ENDS, CRASHED, BEGINS, CROWDED = "57P01", "57P02", "57P03", "53300"
DEADLOCK = "40P01"


class Lost(ConnectionError):
    """The database is not there. What was about to be committed was, or was not: to be found out when it is back."""


def lost(error: Exception, reached: bool) -> bool:
    """reached: there was a connection when it happened. Before that, all that a network can do is the database's."""
    state = _state(error)
    if state.startswith(CLASS) or state in (ENDS, CRASHED, BEGINS, CROWDED, DEADLOCK):
        return True
    if isinstance(error, DBAPIError):
        return error.connection_invalidated
    # Raised as they are where SQLAlchemy has no connection yet, or none any more.
    unmade = (InterfaceError, InternalClientError, OSError)
    return isinstance(error, ConnectionError if reached else unmade)


def _state(error: Exception) -> str:
    """https://www.postgresql.org/docs/current/errcodes-appendix.html"""
    return str(getattr(error.orig if isinstance(error, DBAPIError) else error, "sqlstate", None) or "")


def held(error: Exception) -> bool:
    """SQLite: another process has had the database for longer than it was waited for."""
    original = error.orig if isinstance(error, DBAPIError) else error
    return getattr(original, "sqlite_errorcode", 0) & 0xFF == sqlite3.SQLITE_BUSY


def why(error: Exception, reached: bool) -> str:
    """For an operator: what no value of a statement can be in."""
    if held(error):
        return "another process has locked the database"
    if _state(error) == DEADLOCK:
        return "two wait for each other: PostgreSQL has ended one, and it begins anew"
    if reached or isinstance(error, DBAPIError):
        return "the connection was lost"
    if isinstance(error, PostgresError):
        return f"PostgreSQL refuses: {error}"
    return getattr(error, "strerror", None) or str(error) or "no answer came"
