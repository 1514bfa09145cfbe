"""A row of the outbox as its channel takes it. The digits of a code are in no row: they come in as it leaves."""

from datetime import datetime

from msgspec.structs import replace

from channels.base import Change, Drop, Errand, Reply, Say
from dialogue.model import Message
from dialogue.words import CodeOf, Param, Text
from storage.errands import Body
from storage.vault import Vault


def leaving(body: Body, vault: Vault, now: datetime) -> Errand | None:
    """None when what it changes was never sent, or its code is too old to be of use."""
    match body.do:
        case "say" if body.message:
            said = _with_digits(body.message, vault, now)
            return Say(said) if said else None
        case "change" if body.message and body.id:
            return Change(body.id, body.message)
        case "drop":
            return Drop(body.id)
        case "reply":
            return Reply(body.id, body.text, body.alert)
    return None


def _with_digits(message: Message, vault: Vault, now: datetime) -> Message | None:
    codes = [value for text in message.text for value in text.params.values() if isinstance(value, CodeOf)]
    if not codes:
        return message
    if any(now >= code.challenge.expires for code in codes):
        return None

    def put_in(value: Param) -> Param:
        return vault.code(value.challenge, value.talk) if isinstance(value, CodeOf) else value

    texts = tuple(Text(t.msgid, {name: put_in(value) for name, value in t.params.items()}) for t in message.text)
    return replace(message, text=texts)
