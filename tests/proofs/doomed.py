"""`bot.py run`, killed the Nth time that it comes to a named point.

The points are where the promises change hands: before and after each commit, and around each delivery. What a process
leases is free again after seconds here, so that a proof need not wait a minute for each of the dead.
"""

import os
import signal
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import bot
from channels.telegram import Telegram
from handlers import intake
from handlers.intake import Intake
from handlers.webhook import Webhook
from scheduler import clock
from scheduler.postman import Postman
from storage import claims, effects, inbox, outbox, sessions

# point: (what holds the function, its name, whether the end comes before it or after it)
DOORS: dict[str, dict[str, tuple[Any, str, str]]] = {
    "polling": {
        "updates fetched": (Intake, "keep", "before"),
        "updates announced, not committed": (inbox, "announce", "after"),
        "those that wait on kept, not committed": (inbox, "keep", "after"),
        "updates committed, not confirmed": (Intake, "keep", "after"),
    },
    "webhook": {
        "update come": (Webhook, "keep", "before"),
        "updates in the inbox, not committed": (inbox, "put", "after"),
        "update committed, not answered": (Webhook, "keep", "after"),
    },
}
WRITTEN: dict[str, tuple[Any, str, str]] = {
    "arrivals taken": (inbox, "oldest", "after"),
    "sessions saved": (sessions, "save", "after"),
    "effects written": (effects, "apply", "after"),
    "arrivals marked, not committed": (inbox, "handled", "after"),
    "messages claimed, not committed": (claims, "claim", "after"),
}
INSIDE = WRITTEN | {
    "message about to leave": (Telegram, "deliver", "before"),
    "message delivered, not settled": (Telegram, "deliver", "after"),
    "message settled, not committed": (outbox, "settle", "after"),
    "round of the postman over": (Postman, "round", "after"),
}
POINTS = INSIDE | DOORS["polling"] | DOORS["webhook"]


def doom(point: str, count: int) -> None:
    """From now on the process ends at the point's `count`th passing."""
    owner, name, when = POINTS[point]
    real: Callable[..., Any] = getattr(owner, name)
    left = count

    async def wrapped(*args: Any, **kwargs: Any) -> Any:
        nonlocal left
        if name == "settle" and not args[1]:  # nothing came back: a round like most
            return await real(*args, **kwargs)
        left -= 1
        if left == 0 and when == "before":
            os.kill(os.getpid(), signal.SIGKILL)
        answer = await real(*args, **kwargs)
        if left == 0:
            os.kill(os.getpid(), signal.SIGKILL)
        return answer

    setattr(owner, name, wrapped)


def hurry() -> None:
    claims.LEASE = timedelta(seconds=4)
    intake.LEASE, intake.POLL = 3.0, 1
    clock.SWEEP, clock.RECOVER, clock.BELLS = 2.0, 2.0, 0.2


def live(point: str, count: int) -> None:
    """Until told to stop, or to the `count`th passing of a point, if one is named. Raises SystemExit."""
    hurry()
    if point:
        doom(point, count)
    bot.app(["run"])
