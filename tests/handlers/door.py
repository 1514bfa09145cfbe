"""At the door: updates as Telegram writes them, put into the inbox or played whole, and what a person was told."""

from collections.abc import Iterable, Sequence
from typing import Any

from channels.telegram_read import read
from dialogue.model import Chat, Talk
from dialogue.session import Session
from handlers.desk import SORRY
from handlers.intake import raws
from storage import inbox, sessions
from storage.inbox import Waiting
from tests.storage.scene import sql
from tests.support.health import ill
from tests.support.stage import Stage, spoken


def message(person: int, text: str, **more: Any) -> dict[str, Any]:
    who = {"chat": {"id": person, "type": "private"}, "from": {"id": person, "is_bot": False, "first_name": "S"}}
    return {"message": {"message_id": 1, "date": 0, **who, **spoken(text)}, **more}


async def put(stage: Stage, *updates: dict[str, Any]) -> None:
    """Into the inbox, and nothing more."""
    for update in updates:
        update.setdefault("update_id", next(stage.updates))
    async with stage.db.begin() as tx:
        await inbox.put(tx, stage.vault, raws("telegram", updates, read, stage.clock()), stage.clock())


async def waiting(stage: Stage) -> Sequence[Waiting]:
    """The oldest arrival of each talk, as the desk would take it."""
    async with stage.db.begin() as tx:
        return await inbox.oldest(tx, stage.vault, 1000)


def told(stage: Stage, person: int | str, channel: str = "telegram") -> list[str]:
    return [one.rendered.plain for one in stage.to(person, channel) if one.rendered]


def toasts(stage: Stage, chat: int) -> list[str]:
    """The answers to presses, the empty ones left out."""
    return [one.text for one in stage.to(chat) if one.what == "reply" and one.text]


def private(person: int) -> Talk:
    return Talk(Chat("telegram", str(person)), str(person))


async def session_of(stage: Stage, person: int) -> Session:
    async with stage.db.begin() as tx:
        return (await sessions.load(tx, stage.vault, {private(person): "en"}))[private(person)]


async def stand(stage: Stage, *where: Session) -> None:
    """Talks that stand where these sessions say."""
    async with stage.db.begin() as tx:
        await sessions.save(tx, stage.vault, where, stage.clock())


async def pressed_by(stage: Stage, who: int, chat: int | None, data: Iterable[str]) -> int:
    """All of these at once; how many answers came."""
    presses = [stage.press(who, one, 1, chat) for one in data]
    before = len([one for one in stage.heard if one.what == "reply"])
    await stage.arrive(*presses)
    answers = [one.id for one in stage.heard if one.what == "reply"][before:]
    assert len(set(answers)) == len(answers) == len(presses), "each press is answered once"
    return len(presses)


async def unharmed(stage: Stage) -> None:
    """Nobody was parked, nothing broke."""
    parked = await sql(stage, "SELECT update_id FROM inbox WHERE outcome = 'parked' OR handled IS NULL")
    assert not parked, f"updates {[row.update_id for row in parked]} were not handled"
    assert not any(SORRY.msgid in one.rendered.plain for one in stage.heard if one.rendered)
    bad = await ill(stage.db, stage.vault)
    assert not bad, bad
