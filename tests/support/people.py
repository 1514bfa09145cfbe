"""Somebody who has registered, as a test needs them."""

from typing import Any

from msgspec.structs import replace

from dialogue.model import Chat, Visitor


def visitor(n: int, **other: Any) -> Visitor:
    """The nth: with a number, a chat, a mobile and a mailbox of their own, unless `other` says so."""
    made = Visitor(
        number=f"M-TEST-{n:04}",
        chat=Chat("telegram", str(1000 + n)),
        locale="en",
        name="Sunita Devi",
        father="Ram Lal",
        gender="female",
        age=34,
        age_on="2026-11-30",
        address="House 12, Gali 4, Sangam Vihar",
        pincode="110062",
        state="IN-DL",
        district="South Delhi",
        id_kind="aadhaar",
        id_last4="0124",
        id_hash=f"hash-{n}",
        mobile=f"+9198{n:08}",
        email=f"visitor{n}@example.org",
        consent="2026-11",
    )
    return replace(made, **other)
