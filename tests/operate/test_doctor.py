"""The doctor sees what must never be: each broken invariant, made by hand, is named."""

import itertools

from sqlalchemy import text

from channels.telegram import WebhookState
from operate.doctor import _arrivals
from operate.settings import Settings
from storage import notes
from tests.support.health import examined, ill
from tests.support.stage import GROUP, MONDAY, Stage
from tests.support.stories import ASK, REGISTER, play
from visits.identity import holds_aadhaar

LINES = ("B1", "B2", "B4", "M5", "P1", "P3")


async def broken(stage: Stage) -> set[str]:
    return {what[:2] for what in await ill(stage.db, stage.vault)}


async def test_a_healthy_house(stage: Stage) -> None:
    assert await broken(stage) == set()
    await play(stage, (*REGISTER, *ASK))
    await stage.press_label(201, "Approve", GROUP)
    assert await broken(stage) == set()
    assert {one.what[:2] for one in await examined(stage.db, stage.vault)} == set(LINES)


async def test_each_illness_is_seen(stage: Stage) -> None:
    await play(stage, (*REGISTER, *ASK))
    await stage.press_label(201, "Approve", GROUP)
    await stage.forward(seconds=61)
    for illness, cure, name in (
        ("UPDATE slots SET taken = taken + 1", "UPDATE slots SET taken = taken - 1", "B2"),
        ("UPDATE visits SET decided_at = NULL", "UPDATE visits SET decided_at = created", "B4"),
        ("UPDATE notes SET kind = 'x'", "UPDATE notes SET kind = 'approved'", "B4"),
        (
            "UPDATE outbox SET status = 'waiting' WHERE key LIKE 'decision%chat'",
            "UPDATE outbox SET status = 'sent' WHERE key LIKE 'decision%chat'",
            "M5",
        ),
    ):
        async with stage.db.begin() as tx:
            await tx.execute(text(illness))
        assert await broken(stage) == {name}
        async with stage.db.begin() as tx:
            await tx.execute(text(cure))
        assert await broken(stage) == set()


async def test_a_keyed_hash_is_no_number(stage: Stage) -> None:
    """One in some hundreds has twelve digits in it that would pass: the note that somebody was erased holds one."""
    digests = (stage.vault.digest("erased", f"M-{n}") for n in itertools.count())
    alike = next(digest for digest in digests if holds_aadhaar(digest))
    for data, found in (({"visitor": alike}, set()), ({"visitor": "2345 6789 0124"}, {"P1"})):
        async with stage.db.begin() as tx:
            await notes.write(tx, "telegram:101/101", "erased", data, stage.clock())
        assert await broken(stage) == found


def arrivals(url: str, pending: int = 0, error: str = "", webhook_url: str = "") -> tuple[bool | None, str]:
    settings = Settings(_env_file=None, webhook_url=webhook_url, listen="127.0.0.1:1")
    found = _arrivals(settings, WebhookState(url, pending, MONDAY if error else None, error))
    return found.ok, found.what


def test_where_updates_come_to() -> None:
    ours, at = "https://visits.example.org", "https://visits.example.org/telegram"
    assert arrivals("", 3) == (None, "the bot polls, and Telegram keeps 3 updates")
    assert arrivals(at, 0, webhook_url=ours) == (True, f"Telegram sends updates to {at}, 0 wait")
    assert arrivals(at, 0, "Connection refused", ours)[0] is True  # it has been taken since
    bad, what = arrivals(at, 5, "Connection refused", ours)
    assert bad is False and what.endswith("5 wait; at 30 November, 04:30 UTC: Connection refused")
    assert arrivals("https://other.example/x", 0, webhook_url=ours)[0] is None
    assert "sends updates to" in arrivals(at)[1] and "has no webhook" in arrivals("", webhook_url=ours)[1]
