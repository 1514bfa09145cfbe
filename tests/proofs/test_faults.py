"""Every fault at every method that the bot sends with, all at once: nothing is lost, nothing said too often, and what
is said to others does not wait for it."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from dialogue.effects import Answer, Delete, Edit
from dialogue.model import Chat, Priority
from sandbox.faults.kinds import API, KINDS, SMS, SMTP, Done
from storage.claims import Due
from storage.errands import Errand, address_of
from tests.proofs.troubled import Trouble, send, trouble, words

METHODS = ("sendMessage", "editMessageText", "deleteMessage", "answerCallbackQuery")
PLACES = (*METHODS, "smtp", "sms")

HELD = ("timeout", "slow", "drip")
UNCLEAR = ("timeout", "reset", "garbage", "500", "502", "503")
AGAIN = ("flood", "unauthorized", "conflict", "busy", "greylisted", "full", "later")
NEVER = ("refused", "blocked", "kicked", "deactivated", "not_found", "no_mailbox", "spam")
SO_ALREADY = {"not_modified": "editMessageText", "too_old": "answerCallbackQuery"}


@dataclass(frozen=True, slots=True)
class Case:
    """One message and what goes wrong with it: once, or for ever."""

    number: int
    on: str
    kind: str
    accepted: bool
    priority: Priority
    ever: bool

    @property
    def name(self) -> str:
        return f"{self.kind}{' accepted' if self.accepted else ''} {self.priority.name}"

    @property
    def chat(self) -> Chat:
        if self.on == "smtp":
            return Chat("email", f"p{self.number}@example.org")
        if self.on == "sms":
            return Chat("sms", f"+91981{self.number:07}")
        return Chat("telegram", str(-self.number if self.kind in ("kicked", "migrated") else self.number))

    @property
    def moved_to(self) -> Chat:
        return Chat("telegram", str(-self.number - 5000))

    def end(self) -> tuple[str, int]:
        """(the row's status, how often it arrives): what is changed, taken away or answered twice is so once."""
        status, times = self._end()
        return status, times if self.on in ("sendMessage", SMTP, SMS) else min(times, 1)

    @property
    def unclear(self) -> bool:
        """A gateway that says 503 took nothing."""
        return self.kind in UNCLEAR and (self.on, self.kind) != ("sms", "503")

    @property
    def held(self) -> bool:
        """Its answer comes when the sandbox stops. A mail server that stops hangs up: there a slow one is not held."""
        return self.kind in HELD and (self.on, self.kind) != ("smtp", "slow")

    def _end(self) -> tuple[str, int]:
        urgent = self.priority <= Priority.REPLY
        if (self.on, self.kind) == ("sms", "garbage"):  # a gateway that says 200 has taken it, whatever else it says
            return "sent", int(self.accepted)
        if self.unclear:
            if self.ever:
                return "unsure", (1 + urgent) * self.accepted
            return ("sent", 1 + self.accepted) if urgent else ("unsure", int(self.accepted))
        if self.kind in AGAIN or self.kind == "503":
            return ("waiting" if self.kind == "flood" else "dead", 0) if self.ever else ("sent", 1)
        if self.kind == "migrated" and self.on == "answerCallbackQuery":  # it is asked for where the button was
            return ("dead", 0) if self.ever else ("sent", 1)
        if self.kind == "migrated":  # there it has no such message to change, and none that is still to be deleted
            return {"editMessageText": ("dead", 0), "deleteMessage": ("sent", 0)}.get(self.on, ("sent", 1))
        if self.kind in SO_ALREADY:
            return ("sent" if SO_ALREADY[self.kind] == self.on else "dead"), 0
        if self.kind in NEVER:
            return "dead", 0
        assert self.kind in HELD, self.kind
        return "sent", 1


def cases(on: str, priorities: tuple[Priority, ...], ever: bool) -> Iterator[Case]:
    door = on if on in (SMTP, SMS) else API
    number = 2000
    for kind, known in KINDS.items():
        if door not in known.doors or kind == "busy":  # strikes before the server hears who is written to
            continue
        for accepted in (False, True) if known.done is Done.AS_SAID else (False,):
            if (on, kind, accepted) == ("sms", "503", True):  # a gateway that says 503 has taken nothing
                continue
            for priority in priorities:
                number += 1
                yield Case(number, on, kind, accepted, priority, ever)


BOTH = (Priority.DECISION, Priority.REMINDER)
OTHERS = (Chat("telegram", "1001"), Chat("email", "other@example.org"), Chat("sms", "+919999999999"))
# Mail has few hands: what nobody answers would take all of them at once.
SENT: dict[str, tuple[tuple[Priority, ...], ...]] = {
    "sendMessage": (BOTH,),
    "sms": (BOTH,),
    "smtp": (BOTH[:1], BOTH[1:]),
}
TABLE = [(on, urgencies) for on in PLACES for urgencies in SENT.get(on, ((Priority.REPLY,),))]


@pytest.mark.parametrize("ever", [False, True], ids=["once", "ever"])
@pytest.mark.parametrize(("on", "priorities"), TABLE, ids=[f"{on}-{'-'.join(map(str, of))}" for on, of in TABLE])
async def test_every_fault(on: str, priorities: tuple[Priority, ...], ever: bool, tmp_path: Path) -> None:
    table = list(cases(on, priorities, ever))
    chats = [one.chat for one in table if one.chat.channel == "telegram"]
    groups = [int(chat.id) for chat in chats if chat.id.startswith("-")]
    people = [1001, *(int(chat.id) for chat in chats if not chat.id.startswith("-"))]
    async with trouble(tmp_path, people, [*groups, *(number - 5000 for number in groups)]) as here:
        errands = [await wanted(here, case) for case in table]
        before = len(await here.rows())
        for case in table:
            more = {"moved_to": int(case.moved_to.id)} if case.kind == "migrated" else {}
            wait = 10_000.0 if case.held else 1.0 if case.kind == "flood" else 0.0
            await here.play.fault(
                on, case.kind, to=case.chat.id, times=0 if ever else 1, accepted=case.accepted, wait=wait, **more
            )
        known = {address_of(here.vault, case.chat): case for case in table}

        def held(due: Due) -> bool:
            case = known.get(due.address)
            return case is not None and case.held and (ever or due.attempts == 1)

        here.held = held
        await here.write(*errands, *(send("to another", to) for to in OTHERS))
        await here.go()

        waiting = {due.address for due in here.postman.flying.values()}
        assert waiting == {address for address, case in known.items() if case.held}
        others = {address_of(here.vault, to) for to in OTHERS}
        assert {due.address for due, outcome in here.outcomes if outcome.status == "sent"} >= others

        for seconds in (100, *(1800,) * 11):  # a press can be answered for 150
            await here.later(seconds)
        rows = (await here.rows())[before:]
        ends = {
            case.name: (row.status, arrived)
            for case, row, arrived in zip(table, rows, await arrivals(here, table), strict=False)
        }
        assert ends == {case.name: case.end() for case in table}
        assert all(row.attempts == 1 for row in rows[len(table) :])
        print(f"{len(table)} faults")


async def wanted(here: Trouble, case: Case) -> Errand:
    """What is to be carried; what it changes, takes away or answers is there before anything goes wrong."""
    if case.on in ("sendMessage", "smtp", "sms"):
        return send("news", case.chat, case.priority)
    await here.write(send("old", case.chat, key=f"card:{case.number}"))
    await here.go()
    id = here.outcomes[-1][1].provider_id
    if case.on == "editMessageText":
        return Edit(case.chat, words("news"), key=f"card:{case.number}")
    if case.on == "deleteMessage":
        return Delete(case.chat, id)
    who = int(case.chat.id) if int(case.chat.id) > 0 else 1001
    press = await here.play.do("press", person=who, chat=int(case.chat.id), message_id=int(id), data="x")
    return Answer(case.chat, press["query_id"])


async def arrivals(here: Trouble, table: list[Case]) -> list[int]:
    await here.play.catch_up()
    seen = here.play.seen
    found = []
    for case in table:
        if case.on == "smtp":
            found.append(sum(case.chat.id == letter["to"] for letter in seen.mail))
        elif case.on == "sms":
            found.append(sum(case.chat.id == letter["to"] for letter in seen.sms))
        else:
            there = [m for chat in (case.chat, case.moved_to) for m in seen.messages.get(int(chat.id), {}).values()]
            if case.on == "answerCallbackQuery":
                press = next(
                    due.body.id
                    for due, _outcome in here.outcomes
                    if due.body.do == "reply" and due.body.to in (case.chat, case.moved_to)
                )
                found.append(int(press in seen.answers))
            elif case.on == "deleteMessage":
                found.append(sum(m["deleted"] for m in there))
            else:
                found.append(sum(m["text"] == "news" for m in there))
    return found
