"""10,000 reminders due at once, under Telegram's limits; several processes that share them; a chat that must rest."""

import asyncio
from pathlib import Path

from dialogue.model import Chat, Priority
from tests.conftest import Counts
from tests.proofs.rush import Rush, Server, most_within, rushed

GROUP, OTHER_GROUP = Chat("telegram", "-1001"), Chat("telegram", "-1002")


DUE = 5.0  # seconds


def chat(number: int) -> Chat:
    return Chat("telegram", str(number))


def p99(ordered: list[float]) -> float:
    return ordered[int(len(ordered) * 0.99)]


def limited(telegram: Server) -> float:
    """How many of its answers were a 429, the one that asked a group to rest left out."""
    assert telegram.limits
    return telegram.limits.refused / telegram.tries


async def meanwhile(rush: Rush, seconds: int) -> None:
    """What a busy bot has to say beside the reminders, three times a second; the two groups get a card now and then."""
    for n in range(seconds * 2):
        await asyncio.sleep(0.5)
        await rush.write((f"decision {n}", chat(500_000 + n), Priority.DECISION))
        if n % 2:
            await rush.write((f"reply {n}", chat(600_000 + n % 40), Priority.REPLY))
        if n % 4 == 0:
            await rush.write((f"code sms {n}", Chat("sms", f"+91981{n:07}"), Priority.DECISION))
            await rush.write((f"code email {n}", Chat("email", f"{n}@example.org"), Priority.DECISION))
        if n % 20 == 0:
            await rush.write((f"resting {n}", GROUP, Priority.REPLY), (f"card {n}", OTHER_GROUP, Priority.REPLY))


def test_reminders_due_at_once_delay_nobody(tmp_path: Path, seed: int, counts: Counts) -> None:
    """All within 400 s, below 0.5 % of Telegram's answers a 429; codes and decisions meanwhile within 2 s; and one
    group, asked to rest for an hour, gets all that was said to it in its order."""
    reminders, letters = counts(10_000), counts(1_000)

    async def work(rush: Rush) -> None:
        telegram = rush.servers["telegram"]
        telegram.resting.add(GROUP.id)
        due = [(f"reminder {n}", chat(n + 1), Priority.REMINDER) for n in range(reminders)]
        due += [(f"letter {n}", Chat("email", f"r{n}@example.org"), Priority.REMINDER) for n in range(letters)]
        await rush.write(*due, at=DUE)
        rush.start()
        talking = asyncio.create_task(meanwhile(rush, int(DUE) + reminders // 25))
        await rush.until(lambda: not rush.missing() & {says for says, _to, _priority in due}, DUE + 400)
        last = max(times[0] for says, times in rush.came.items() if says.startswith("reminder"))
        await talking
        await rush.until(lambda: not rush.missing("resting"), DUE + 500)
        assert not any(says.startswith("resting") for says in rush.came)
        rush.beat = 60.0
        await rush.until(lambda: not rush.missing(), 2 * 3600)
        await rush.end()

        assert last <= DUE + 400 * reminders / 10_000
        assert limited(telegram) < 0.005
        waits = {kind: rush.waits(kind) for kind in ("decision", "code sms", "code email", "reply", "card")}
        assert all(p99(waits[kind]) < 2 for kind in ("decision", "code sms", "code email")), waits
        assert max(waits["card"]) < 2, "what one group waits for holds up no other"
        assert {len(times) for times in rush.came.values()} == {1}
        rested = [says for says in telegram.came if says.startswith("resting")]
        assert rested == [says for says in rush.written if says.startswith("resting")]
        figures = ", ".join(f"{kind} {p99(times):.2f}" for kind, times in waits.items())
        print(f"{reminders} reminders in {last - DUE:.0f} s, {limited(telegram):.2%} 429s; p99 in s: {figures}")

    rushed(tmp_path, seed, work)


def test_several_processes_keep_to_the_limits_of_one(tmp_path: Path, seed: int, counts: Counts) -> None:
    """Four share the rate in all, and each chat's pace; one leaves, another begins."""
    reminders = counts(4_000)

    async def work(rush: Rush) -> None:
        telegram = rush.servers["telegram"]
        await rush.write(*((f"reminder {n}", chat(n + 1), Priority.REMINDER) for n in range(reminders)), at=DUE)
        busy = [(f"busy {n}", chat(700_001 + n % 2), Priority.REPLY) for n in range(80)]
        await rush.write(*busy, *((f"card {n}", GROUP, Priority.REPLY) for n in range(60)), at=DUE)
        rush.start(processes=4)
        await rush.until(lambda: len(telegram.came) > reminders // 3, 4000)
        await rush.leave()
        await rush.until(lambda: len(telegram.came) > reminders // 2, 4000)
        rush.start_one(shared=True)
        end = await rush.until(lambda: not rush.missing(), 4000)
        await rush.end()

        begun = [at for at, _chat in telegram.began]
        assert most_within(begun, 1.0) <= 30
        assert telegram.limits and telegram.limits.refused == 0
        groups = [at for at, to in telegram.began if to == GROUP.id]
        assert most_within(groups, 60.0) <= 20
        assert {len(times) for times in rush.came.values()} == {1}
        print(f"{reminders} reminders in {end - DUE:.0f} s, most in a second {most_within(begun, 1.0)}")

    rushed(tmp_path, seed, work)
