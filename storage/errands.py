"""Effects towards a chat as rows of the outbox: what they say is sealed, when they are due is not."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

import structlog
from msgspec import Struct
from sqlalchemy.engine import Row

from dialogue.effects import Answer, Delete, Edit, Send
from dialogue.fast_json import dumps, loads
from dialogue.model import Chat, Json, Message, Priority
from dialogue.wire import message_from_json, message_to_json, text_from_json, text_to_json
from dialogue.words import Text
from storage.database import Tx
from storage.prepared import upsert
from storage.tables import addresses, outbox
from storage.vault import Vault, WrongKey

log = structlog.get_logger("mulakat.outbox")

Errand = Send | Edit | Delete | Answer


def address_of(vault: Vault, chat: Chat) -> str:
    """The keyed digest under which an address is leased and rests."""
    return vault.address(str(chat))


class Body(Struct, frozen=True):
    """What one row says. `do`: say, change, drop or reply; `id` is the provider's message or press, `key` a row's."""

    to: Chat
    do: str
    message: Message | None = None
    id: str = ""
    key: str = ""
    text: Text | None = None
    alert: bool = False


def seal_body(vault: Vault, address: str, body: Body) -> bytes:
    data: dict[str, Json] = {"to": str(body.to), "do": body.do}
    if body.message:
        data["message"] = message_to_json(body.message)
    if body.text:
        data["text"] = text_to_json(body.text)
    data |= {name: value for name in ("id", "key", "alert") if (value := getattr(body, name))}
    return vault.seal(f"outbox:{address}", dumps(data))


def open_body(vault: Vault, address: str, blob: bytes) -> Body:
    data = loads(vault.open(f"outbox:{address}", blob))
    return Body(
        Chat.of(data["to"]),
        data["do"],
        message_from_json(data["message"]) if "message" in data else None,
        data.get("id", ""),
        data.get("key", ""),
        text_from_json(data["text"]) if "text" in data else None,
        data.get("alert", False),
    )


def body_of(vault: Vault, row: Row[Any]) -> Body | None:
    """None when the row is damaged, or was written by a release that we don't know: its own trouble, nobody else's."""
    try:
        return vault.recall(row.address, row.sealed) or open_body(vault, row.address, row.sealed)
    except (WrongKey, ValueError, TypeError, LookupError):
        log.error("a message can't be opened", row=row.id)
        return None


def _body(errand: Errand) -> Body:
    match errand:
        case Send(to, message):
            return Body(to, "say", message)
        case Edit(to, message, key, id, _at, _name):
            return Body(to, "change", message, id=id or "", key=(not id and key) or "")
        case Delete(to, id):
            return Body(to, "drop", id=id)
        case Answer(to, press, text, alert):
            return Body(to, "reply", id=press, text=text, alert=alert)


def counts(body: Body) -> bool:
    """Does it count to the pace of its chat? Telegram counts edits in groups alone, answers to presses nowhere."""
    return body.do == "say" or (body.do == "change" and body.to.id.startswith("-"))


def about(key: str | None) -> str | None:
    """The second part of a key: whose message it is, or about which visit."""
    return key.split(":", 2)[1] if key and ":" in key else None


async def write(tx: Tx, vault: Vault, errands: Iterable[tuple[Errand, str]], now: datetime) -> None:
    """All of a batch in two statements, each errand with the language that a new address is written to in. A key that
    is there already drops the new row: told once for ever."""
    rows: list[dict[str, Any]] = []
    locales: dict[str, str] = {}
    for errand, locale in errands:
        body = _body(errand)
        address = address_of(vault, body.to)
        locales.setdefault(address, locale)
        sealed = seal_body(vault, address, body)
        row: dict[str, Any] = {
            "address": address,
            "channel": body.to.channel,
            "counts": counts(body),
            "sealed": sealed,
            "due": now,
            "until": None,
            "priority": int(Priority.REPLY),
            "key": None,
            "about": None,
            "status": "waiting",
            "created": now,
        }
        if isinstance(errand, Send):
            row |= {
                "due": errand.at or now,
                "until": errand.until,
                "priority": int(errand.priority),
                "key": errand.key,
                "about": about(errand.key),
            }
        elif isinstance(errand, Edit):
            row |= {"due": errand.at or now, "key": errand.name, "about": about(errand.key)}
        elif isinstance(errand, Answer):
            row["priority"] = int(Priority.DECISION)
        if row["due"] <= now:
            vault.remember(address, sealed, body)
        rows.append(row)
    if not rows:
        return
    known = [{"hash": address, "locale": locale} for address, locale in sorted(locales.items())]
    await KNOW.run(tx, known)
    await POST.run(tx, rows)


KNOW = upsert(addresses, ("hash", "locale"), lambda insert: insert.on_conflict_do_nothing())
POST = upsert(
    outbox,
    ("address", "channel", "counts", "sealed", "due", "until", "priority", "key", "about", "status", "created"),
    lambda insert: insert.on_conflict_do_nothing(index_elements=["key"]),
)
