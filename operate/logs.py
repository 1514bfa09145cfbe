"""Logs without personal data: events and their keys, and of an error its type and places, never its words or values."""

import logging
import re
import sys
import traceback
from collections.abc import Iterable
from typing import Any, TextIO

import structlog
from structlog.typing import EventDict, Processor

LOUD = (
    "telegram",
    "httpx",
    "httpcore",
    "aiohttp",
    "aiosqlite",
    "sqlalchemy",
    "asyncpg",
    "aiosmtplib",
    "mail.log",
)
"""Libraries that log values, tokens or addresses below WARNING."""


def set_up(level: str, form: str = "auto", quiet: Iterable[str] = (), stream: TextIO | None = None) -> None:
    """One line an event, to standard error. form: console, json, or auto (console where a person looks on)."""
    out = stream or sys.stderr
    console = form == "console" or (form == "auto" and out.isatty())
    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        _places_only,
        _first_words,
    ]
    renderer: Processor = (
        structlog.dev.ConsoleRenderer(colors=console and out.isatty())
        if console
        else structlog.processors.JSONRenderer()
    )
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=False,
    )
    handler = logging.StreamHandler(out)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, renderer],
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level)
    for name in (*LOUD, *quiet):
        logging.getLogger(name).setLevel(logging.WARNING)
    for name in ("alembic", "apscheduler", "asyncio", "tzlocal"):
        logging.getLogger(name).setLevel(max(logging.getLevelName(level), logging.WARNING))


def _places_only(_logger: Any, _method: str, event: EventDict) -> EventDict:
    """An exception's words may hold what a visitor typed: keep its type and where it came from."""
    found = event.pop("exc_info", None)
    if found is True:
        found = sys.exc_info()
    error = found[1] if isinstance(found, tuple) else found
    if isinstance(error, BaseException):
        event["error"] = type(error).__name__
        event["at"] = places(error)
    return event


def _first_words(_logger: Any, _method: str, event: EventDict) -> EventDict:
    """asyncio writes exceptions, arguments and results into its messages: keep what stands before all of them."""
    if event.get("logger") == "asyncio":
        event["event"] = re.split(r"[\n(<]", str(event["event"]), maxsplit=1)[0].rstrip()
    return event


def places(error: BaseException, most: int = 6) -> str:
    """`file:line in function`, innermost last."""
    frames = traceback.extract_tb(error.__traceback__)[-most:]
    return " > ".join(f"{frame.filename.rpartition('/')[2]}:{frame.lineno} in {frame.name}" for frame in frames)
