"""What SQLite does for each statement, in steps of its virtual machine: no other load on the machine changes them."""

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from storage import driver

GRAIN = 20  # steps; what is less goes unseen


@contextmanager
def effort() -> Iterator["Counter[str]"]:
    """Steps by the words of the statement. What it does while its rows are fetched is counted too."""
    spent: Counter[str] = Counter()
    execute, executemany = driver.execute, driver.executemany

    def counting(raw: Any, operation: str) -> None:
        words = " ".join(operation.split())

        def step() -> None:
            spent[words] += GRAIN

        raw.set_progress_handler(step, GRAIN)

    def once(raw: Any, operation: str, values: Any) -> Any:
        counting(raw, operation)
        return execute(raw, operation, values)

    def many(raw: Any, operation: str, values: Any) -> Any:
        counting(raw, operation)
        return executemany(raw, operation, values)

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(driver, "execute", once)
        patched.setattr(driver, "executemany", many)
        yield spent
