"""What SQLite is asked, as it is asked: statements with their values, whether SQLAlchemy knows of them or not."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from storage import driver

Asked = list[tuple[str, Any]]


@contextmanager
def listening() -> Iterator[Asked]:
    """Each statement once for every time that it is executed, of those that are executed with many values the first."""
    asked: Asked = []
    execute, executemany = driver.execute, driver.executemany

    def once(raw: Any, operation: str, values: Any) -> Any:
        asked.append((operation, tuple(values)))
        return execute(raw, operation, values)

    def many(raw: Any, operation: str, values: Any) -> Any:
        asked.append((operation, tuple(values[0])))
        return executemany(raw, operation, values)

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(driver, "execute", once)
        patched.setattr(driver, "executemany", many)
        yield asked
