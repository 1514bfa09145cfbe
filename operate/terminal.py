"""What every command shares: settings are read, and an operator's mistake ends with a sentence and status 2."""

import asyncio
import signal
import socket
import sys
from collections.abc import Coroutine
from typing import Any, NoReturn, TypeVar

import typer
from asyncpg import PostgresError
from sqlalchemy.exc import DatabaseError, DBAPIError, OperationalError

from channels.base import Later, OperatorError
from channels.telegram import QUIET
from operate import logs, settings
from operate.envelope import BadBackup
from operate.erasures import BadList
from operate.prepare import OtherSchema
from storage.jails import BadFile
from storage.snapshot import NoDatabase
from storage.vault import WrongKey

T = TypeVar("T")

OPERATOR = "operator"  # whose acts these are, in the audit trail
DATABASE = "Look at MULAKAT_DATABASE_URL"
MISTAKES = (settings.BadSettings, WrongKey, BadFile, OperatorError, BadBackup, BadList, NoDatabase, OtherSchema)


def done(work: Coroutine[Any, Any, T]) -> T:
    """Run it; what the operator can mend ends with a sentence and status 2, not with a traceback."""
    try:
        return asyncio.run(work)
    except MISTAKES as error:
        stop_with(str(error))
    except Later as later:
        stop_with(f"{later.why}. Check the connection and MULAKAT_TELEGRAM_API, then start again.")
    except (ConnectionError, socket.gaierror) as error:
        stop_with(f"{error.strerror or error}. {DATABASE}, and whether its server runs and can be reached.")
    except TimeoutError:
        stop_with(f"No answer came. {DATABASE}, and whether its server can be reached.")
    except OSError as error:
        stop_with(f"{error.strerror or error}: {error.filename or ''}".rstrip(": "))
    except PostgresError as error:  # raised as it is where no connection came about
        stop_with(f"PostgreSQL refuses: {error}. {DATABASE}.")
    except DBAPIError as error:
        if type(error) not in (DatabaseError, OperationalError):
            raise
        stop_with(f"The database can't be used: {error.orig}. {DATABASE}.")


def stop_with(words: str) -> NoReturn:
    print(words, file=sys.stderr)
    raise typer.Exit(2)


def read_settings() -> settings.Settings:
    try:
        found = settings.load()
    except settings.BadSettings as error:
        stop_with(str(error))
    logs.set_up(found.log_level, found.log_format, QUIET)
    return found


def told_to_stop() -> asyncio.Event:
    """An event that SIGTERM and Ctrl-C set."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    return stop
