"""SQLite made fast for proofs in which no power is cut: the same statements in the same file, without the waiting."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any


def hurry(connection: Any, _record: Any) -> None:
    """Commits don't wait for the disk."""
    cursor = connection.cursor()
    cursor.execute("PRAGMA synchronous=OFF")
    cursor.close()


def threadless(connection: Any, _record: Any) -> None:
    """Each statement runs where it is awaited, and in no thread of its own: for proofs whose steps come one by one."""
    driver = connection.driver_connection
    driver._tx = AtOnce(driver._tx)


@dataclass(slots=True)
class AtOnce:
    """Stands in the place of the queue to the driver's thread. What ends that thread still goes to it."""

    queue: Any

    def put_nowait(self, job: tuple[Any, Callable[[], Any]]) -> None:
        future, work = job
        if getattr(work, "__name__", "") == "close_and_stop":
            self.queue.put_nowait(job)
            return
        try:
            result = work()
        except Exception as error:
            future.set_exception(error)
        else:
            future.set_result(result)
