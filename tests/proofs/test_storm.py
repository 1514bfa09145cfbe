"""A storm: for two minutes of the town's clock three of ten requests fail, at every door; in two more all is said."""

import random
from collections import Counter
from pathlib import Path

from dialogue.model import Chat, Priority
from tests.conftest import Counts
from tests.proofs.troubled import Trouble, send, trouble

STORM = 120  # seconds, and as many to drain
PEOPLE = range(1001, 1041)
# At each door, one after the other: together they strike three times of ten.
FAULTS = (
    ("*", "reset", 0.1, True),
    ("*", "502", 0.1 / 0.9, False),
    ("*", "flood", 0.1 / 0.8, False),
    ("smtp", "busy", 0.15, False),
    ("smtp", "reset", 0.15 / 0.85, True),
    ("sms", "503", 0.1, False),
    ("sms", "500", 0.1 / 0.9, True),
    ("sms", "flood", 0.1 / 0.8, False),
)
URGENCIES = (Priority.DECISION, Priority.REPLY, Priority.REMINDER)


def address(dice: random.Random, number: int) -> Chat:
    way = dice.choice(("telegram", "telegram", "telegram", "email", "sms"))
    if way == "email":
        return Chat(way, f"p{number}@example.org")
    return Chat(way, f"+91981{number:07}") if way == "sms" else Chat(way, str(dice.choice(PEOPLE)))


async def arrived(here: Trouble) -> Counter[str]:
    """How often each was heard, by its words."""
    seen = here.play.seen
    while seen.seq < here.box.world.journal.seq:
        await here.play.catch_up()
    chats = Counter(m["text"] for chat in seen.messages.values() for m in chat.values())
    sms = Counter(letter["text"] for letter in seen.sms)
    return chats + sms + Counter(letter["text"].split("\n")[0].strip() for letter in seen.mail)


async def test_a_storm_of_failures_drains(tmp_path: Path, seed: int, counts: Counts) -> None:
    dice, each = random.Random(seed), counts(50)
    async with trouble(tmp_path, PEOPLE) as here:
        for place, (on, kind, chance, accepted) in enumerate(FAULTS):
            wait = 3.0 if kind == "flood" else 0.0
            await here.play.fault(
                on, kind, chance=chance, seed=seed + place, accepted=accepted, lasts=float(STORM), wait=wait
            )
        said: dict[str, Priority] = {}
        for second in range(STORM):
            for n in range(each):
                number = second * each + n
                said[f"n{number:05}"] = urgency = dice.choice(URGENCIES)
                await here.write(send(f"n{number:05}", address(dice, number), urgency))
            await here.go()
            here.box.clock.forward(1.0)
        drained = 0
        while any(row.status == "waiting" for row in await here.rows()):
            await here.go()
            here.box.clock.forward(1.0)
            drained += 1
            assert drained <= STORM, Counter(row.status for row in await here.rows())

        heard, rows = await arrived(here), await here.rows()
        ends = dict(zip(said, (row.status for row in rows), strict=True))
        assert set(ends.values()) <= {"sent", "unsure"}
        for words, urgency in said.items():
            most = 2 if urgency <= Priority.REPLY else 1
            assert (ends[words] == "sent") <= heard[words] <= most, (words, urgency, ends[words], heard[words])
        struck = sum(here.box.faults.struck(place + 1) for place in range(len(FAULTS)))
        unsure = Counter(said[words].name for words, end in ends.items() if end == "unsure")
        twice = sum(heard[words] == 2 for words in said)
        print(f"{len(said)} messages, {struck} failures, drained in {drained} s, twice {twice}, unsure {dict(unsure)}")
