"""SQLite made fast for proofs in which no power is cut: the same statements in the same file, without the waiting."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import event

from storage.database import Database


def hurry(db: Database, inline: bool = False) -> None:
    """Nobody waits for the disk. inline: each statement runs where it is awaited, and in no thread of its own, for
    proofs whose steps come one by one."""
    event.listen(db.engine.sync_engine, "connect", _unsynced)
    db.sync = _nothing  # type: ignore[method-assign]
    if inline:
        event.listen(db.engine.sync_engine, "connect", _threadless)


async def _nothing() -> None:
    return None


def _unsynced(connection: Any, _record: Any) -> None:
    cursor = connection.cursor()
    cursor.execute("PRAGMA synchronous=OFF")
    cursor.close()


def _threadless(connection: Any, _record: Any) -> None:
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
