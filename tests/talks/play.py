"""Whole-talk transcripts: a text file is the test. Lines at the margin are played, what comes of them stands indented.

    Sunita: hello                 types;  /register is a command
    Sunita: [I agree]             presses the newest button that shows these words; [old: Male] one that shows no more
    Sunita: {sticker} {voice} {photo} {contact} {edit: words} {data: forged} {twice: Female}
    Sunita: {sms code} {old sms code} {email code} {wrong code}
    Rao: [Approve]                staff press in the jail's group
    Rao: {supergroup} {removes the bot} {takes the bot back};  Sunita: {blocks the bot} {unblocks the bot}
    @ 2 hours / 3 days            the clock moves;  @ restart is a new process over the same database

`UPDATE_TALKS=1 pytest tests/talks` writes what comes of them anew: read it before you commit it.
"""

import re
from dataclasses import dataclass, field

from channels.base import Errand, Never
from dialogue.model import Chat, Talk
from storage import sessions
from tests.support.stage import GROUP, Heard, Stage

PEOPLE = {"Sunita": (101, None), "Ravi": (102, None)} | {
    name: (number, GROUP) for name, number in (("Rao", 201), ("Iqbal", 202), ("Stranger", 999))
}
SUPERGROUP = -1009
NAMES = {
    "telegram:101": "Sunita", "telegram:102": "Ravi", "telegram:900": "operator",
    f"telegram:{GROUP}": "the jail", f"telegram:{SUPERGROUP}": "the jail's supergroup",
}  # fmt: skip
SMS = {"Sunita": "+919812345678", "Ravi": "+919876543210"}
MAIL = {"Sunita": "sunita@example.org", "Ravi": "ravi@example.org"}


@dataclass(slots=True)
class Play:
    """One transcript on one stage; `lines` is what was played with what came of it."""

    stage: Stage
    lines: list[str] = field(default_factory=list)
    shown: int = 0
    pressed: dict[str, tuple[str, str]] = field(default_factory=dict)
    group: int = GROUP
    shut: dict[int, Never] = field(default_factory=dict)  # what a chat answers to every message

    def __post_init__(self) -> None:
        self.stage.ears["telegram"].trouble = self._answered

    def _answered(self, to: Chat, _errand: Errand) -> None:
        if answer := self.shut.get(int(to.id)):
            raise answer

    async def run(self, script: str) -> str:
        for line in script.splitlines():
            if line.startswith((" ", "\t")):
                continue
            if not line.strip():
                if self.lines and self.lines[-1]:
                    self.lines.append("")
                continue
            self.lines.append(line)
            if not line.startswith("#"):
                await self._act(line)
                await self._through_json()
                self._write()
        return "\n".join(self.lines).rstrip() + "\n"

    async def _act(self, line: str) -> None:
        if line.startswith("@"):
            await self._time(line[1:].strip())
            return
        name, _sep, what = line.partition(": ")
        person, chat = PEOPLE[name]
        chat = self.group if chat else None
        if found := re.fullmatch(r"\[old: (.+)\]", what):
            data, message = self.pressed[found.group(1)]
            await self.stage.pressed(person, data, message, chat)
        elif found := re.fullmatch(r"\[(.+)\]", what):
            data, message = self.stage.button(chat or person, found.group(1))
            self.pressed[found.group(1)] = (data, message)
            await self.stage.pressed(person, data, message, chat)
        elif found := re.fullmatch(r"\{(.+)\}", what):
            await self._special(name, person, chat, found.group(1))
        else:
            await self.stage.said(person, what.replace("\\n", "\n"), chat)

    async def _special(self, name: str, person: int, chat: int | None, what: str) -> None:
        stage = self.stage
        kind, _sep, words = what.partition(": ")
        match kind:
            case "sms code" | "email code":
                channel, address = ("sms", SMS[name]) if kind == "sms code" else ("email", MAIL[name])
                await stage.said(person, stage.code(words or address, channel), chat)
            case "old sms code":
                await stage.said(person, stage.code(SMS[name], "sms", back=1), chat)
            case "wrong code":
                await stage.said(person, "000000", chat)
            case "sticker":
                await stage.message(person, chat, sticker={"file_id": "s"})
            case "voice":
                await stage.message(person, chat, voice={"file_id": "v"})
            case "photo":
                await stage.message(person, chat, photo=[{"file_id": "p"}])
            case "contact":
                await stage.message(person, chat, contact={"phone_number": SMS[name], "user_id": person})
            case "edit":
                await stage.arrive({"edited_message": {"message_id": 1, "date": 0, **_chat(person), "text": words}})
            case "data":
                await stage.pressed(person, words, 1, chat)
            case "twice":
                data, message = stage.button(chat or person, words)
                both = [stage.press(person, data, message, chat) for _n in range(2)]
                await stage.arrive(*both)
            case "supergroup":
                await stage.message(person, chat, migrate_to_chat_id=SUPERGROUP)
                self.shut[GROUP] = Never("the group became a supergroup", moved_to=str(SUPERGROUP))
                self.group = SUPERGROUP
            case "removes the bot" | "blocks the bot":
                self.shut[chat or person] = Never("Telegram: Forbidden", gone=True)
                await stage.arrive(_member(person, chat, "kicked"))
            case "takes the bot back" | "unblocks the bot":
                del self.shut[chat or person]
                await stage.arrive(_member(person, chat, "member"))
            case _:
                raise AssertionError(f"the script's {{{what}}} is not known")

    async def _time(self, what: str) -> None:
        if what == "restart":
            self.stage.open()
            await self.stage.deadlines.start()
        else:
            number, unit = what.split()
            await self.stage.forward(**{unit if unit.endswith("s") else unit + "s": float(number)})
        await self.stage.work()

    async def _through_json(self) -> None:
        """Every session lives as sealed JSON between two steps: what loads must be what was saved."""
        async with self.stage.db.begin() as tx:
            talks = {Talk.of(f"telegram:{person}/{person}"): "en" for person in (101, 102)}
            for session in (await sessions.load(tx, self.stage.vault, talks)).values():
                assert type(session).from_json(session.talk, session.to_json()) == session

    def _write(self) -> None:
        new, self.shown = self.stage.heard[self.shown :], len(self.stage.heard)
        for one in sorted(new, key=lambda h: (h.to.channel != "telegram", str(h.to))):
            self.lines += [("    " + line).rstrip() for line in _worded(one)]


def _worded(one: Heard) -> list[str]:
    who = NAMES.get(str(one.to), one.to.id)
    if one.what == "drop":
        return [f"({who}: that message is deleted)"]
    if one.what == "reply":
        return [f"({who}: {'alert' if one.alert else 'toast'} “{one.text}”)"] if one.text else []
    assert one.rendered and one.message
    sign = {"telegram": "→", "email": "✉", "sms": "☎"}[one.to.channel]
    head = f"{sign} {who}" + (" (in the place of what stood there)" if one.what == "change" else "")
    bars = ["  │ " + line for line in one.rendered.plain.split("\n")]
    buttons = ["  " + " ".join(f"[{text}]" for text, _data in row) for row in one.rendered.buttons]
    invite = one.message.invite
    files = [f"  📎 {'cancellation' if invite.cancelled else 'invitation'}.ics"] if invite else []
    return [head, *bars, *buttons, *files]


def _member(person: int, chat: int | None, status: str) -> dict[str, object]:
    """What Telegram says when the bot's place in a chat changes."""
    where = {"id": chat, "type": "group"} if chat else {"id": person, "type": "private"}
    who = {"id": person, "is_bot": False, "first_name": "S"}
    return {"my_chat_member": {"chat": where, "from": who, "date": 0, "new_chat_member": {"status": status}}}


def _chat(person: int) -> dict[str, object]:
    return {"chat": {"id": person, "type": "private"}, "from": {"id": person, "is_bot": False, "first_name": "S"}}
