"""What an outcome means beyond its own row: a chat that moved goes on under its new number, a stuck one is told of."""

from collections.abc import Sequence
from datetime import datetime

import structlog
from msgspec import Struct

from dialogue.approve import moved
from dialogue.effects import Send
from dialogue.model import Chat, Message, Talk
from dialogue.words import _
from storage import errands, jails, notes, outbox
from storage.database import Tx
from storage.outbox import Outcome
from storage.vault import Vault

log = structlog.get_logger("mulakat.postman")


class Consequences(Struct, frozen=True):
    """Written in the transaction that settles; `admins` are told."""

    vault: Vault
    admins: Sequence[Chat]

    async def __call__(self, tx: Tx, back: Sequence[Outcome], now: datetime) -> None:
        await self._moved(tx, back, now)
        await self._stuck(tx, back, now)

    async def _moved(self, tx: Tx, back: Sequence[Outcome], now: datetime) -> None:
        """A group that became a supergroup goes on under its new number, and the operators are told."""
        for old, new in {(one.to, one.moved_to) for one in back if one.to and one.moved_to}:
            count = await outbox.readdress(tx, self.vault, old, new)
            await jails.moved(tx, old, new)
            await notes.write(tx, str(Talk(old, old.id)), "chat_moved", {"to": new.id}, now)
            log.warning("a chat has moved", waiting=count)
            await errands.write(tx, self.vault, [(told, "en") for told in moved(new, self.admins)], now)

    async def _stuck(self, tx: Tx, back: Sequence[Outcome], now: datetime) -> None:
        """A jail's chat that takes no messages (the bot lost its rights there) is the operators' to mend: told once an
        hour."""
        dead = [one for one in back if one.said and one.status == "dead"]
        lost = {one.to: one.error for one in dead if one.to and one.to.id.startswith("-")}
        for chat, why in lost.items():
            told = _("⚠️ Messages to chat {chat} can't be delivered: {why}", chat=chat.id, why=why)
            key = f"stuck:{chat}:{now:%Y%m%d%H}"
            letters = [(Send(admin, Message((told,)), key=f"{key}:{admin}"), "en") for admin in self.admins]
            await errands.write(tx, self.vault, letters, now)
