"""What the product and its libraries write to the log, caught."""

import io
from collections.abc import Iterator
from contextlib import contextmanager

from channels.telegram import QUIET
from operate import logs


@contextmanager
def logged(level: str) -> Iterator[io.StringIO]:
    out = io.StringIO()
    logs.set_up(level, "json", QUIET, out)
    yield out
    logs.set_up("WARNING", "json", QUIET)
