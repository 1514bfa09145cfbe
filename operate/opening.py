"""A jail begins to take requests: the families who asked to be told, are."""

from datetime import datetime

from dialogue.effects import Send
from dialogue.model import Button, Message
from dialogue.words import _
from storage import errands, jails
from storage.database import Tx
from storage.vault import Vault


async def opened(tx: Tx, vault: Vault, code: str, now: datetime) -> int:
    """Write the letters of one jail's watchers; how many they are."""
    office = (await jails.offices(tx, [code]))[code]
    text = _("🔔 {jail} takes requests here now.", jail=office.jail.name)
    message = Message((text,), ((Button(_("🗓️ Ask for a visit"), "do=visit"),),))
    chats = await jails.watchers_of(tx, code)
    await errands.write(tx, vault, [(Send(chat, message), "en") for chat in chats], now)
    return len(chats)
