"""What a step of the machine is made of: one town for each example, presses by whoever may or may not, and the end."""

import asyncio
import sys
import tempfile
from collections import Counter
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any, ClassVar, TypeVar

from hypothesis.stateful import RuleBasedStateMachine, invariant

from storage import seals
from tests.proofs.laws import broken, endings, unanswered
from tests.proofs.town import DECIDERS, FAMILIES, GROUPS, Family, Town, copied, day_of, hour_of, town
from tests.proofs.watch import Moved
from tests.support.health import ill
from visits.visit import LIVE, Status

Done = TypeVar("Done")
REASONS = ("quota_used", "transferred", "barred")
THE_END = (61, 16 * 60, 3600, 15 * 86400)  # seconds, until all that was asked for is over


def has(*status: Status) -> Callable[["Life"], bool]:
    return lambda self: bool(self.visits(*status))


class Life(RuleBasedStateMachine):
    """quiet: all that was due is done; beaten: the deadlines have run too. again: the last updates. done: over all
    examples, what came to pass."""

    done: ClassVar[Counter[str]] = Counter()

    def __init__(self) -> None:
        super().__init__()
        self.folder = tempfile.TemporaryDirectory()
        path = copied(Path(self.folder.name))
        self.runner = asyncio.Runner()
        self.opened = town(path, inline=True)
        self.town: Town = self.run(self.opened.__aenter__())
        self.quiet = self.beaten = True
        self.again: list[dict[str, Any]] = []

    def run(self, what: Coroutine[Any, Any, Done]) -> Done:
        return self.runner.run(what)

    def teardown(self) -> None:
        try:
            if sys.exc_info()[0] is None:
                self.the_end()
        finally:
            self.run(self.opened.__aexit__(None, None, None))
            self.runner.close()
            self.folder.cleanup()

    @invariant()
    def laws_hold(self) -> None:
        wrong = broken(self.town, self.quiet, self.beaten)
        assert not wrong, "\n".join(wrong)

    def the_end(self) -> None:
        """All trouble ends and time goes by: every request comes to one end, every message too, every press was
        answered, and the doctor finds nothing."""
        self.town.fates.clear()
        self.run(self.town.release("ok"))
        for seconds in THE_END:
            self.passes(seconds)
            self.laws_hold()
        self.sealed()
        left = self.visits(*LIVE)
        assert not left, f"B3 they never end: {left}"
        wrong = [*endings(self.town.watch)]
        wrong += self.run(ill(self.town.db, self.town.vault))
        assert not wrong, "\n".join(wrong)
        assert not unanswered(self.town.watch), "presses that nobody answered"
        self.done.update(str(m.to) for m in self.town.watch.moves)
        self.done.update(f"delivery: {tried.outcome}" for tried in self.town.watch.tries)

    # ------------------------------------------------------------ looking

    def visits(self, *status: Status) -> list[Moved]:
        """The newest state of each visit, the newest visit first."""
        there = [moves[-1] for moves in self.town.watch.of.values()]
        return [m for m in reversed(there) if not status or m.to in status]

    def pick(self, n: int, *status: Status) -> Moved:
        there = self.visits(*status)
        return there[n % len(there)]

    def owner(self, m: Moved) -> Family:
        return next(family for family in FAMILIES if family.number == m.visitor)

    def decider(self, n: int, m: Moved) -> int:
        return DECIDERS[m.jail][n % len(DECIDERS[m.jail])]

    def form(self, family: Family) -> dict[str, Any] | None:
        """The open form's answers."""
        session = self.run(self.town.session(family))
        return dict(session.of("visit")) if session.forms == ("visit",) else None

    # ------------------------------------------------------------ doing

    def arrive(self, *updates: dict[str, Any]) -> None:
        self.again = list(updates)
        self.run(self.town.arrive(*updates))
        self.quiet, self.beaten = True, False

    def work(self) -> None:
        self.run(self.town.work())
        self.quiet, self.beaten = True, False

    def passes(self, seconds: float) -> None:
        self.run(self.town.passes(seconds))
        self.quiet = self.beaten = True

    def say(self, person: int, words: str, chat: int | None = None) -> None:
        self.run(self.town.said(person, words, chat))
        self.quiet, self.beaten = True, False

    def repeat(self) -> None:
        before = (len(self.town.watch.moves), len(self.town.heard))
        quiet = self.quiet
        self.run(self.town.put(self.again))
        self.work()
        assert (len(self.town.watch.moves), len(self.town.heard)) == before or not quiet

    def card(self, verb: str, m: Moved, person: int, more: str = "", older: int = 0) -> dict[str, Any]:
        data = f"card.{verb}={m.ref}.{max(0, m.version + older)}{more}"
        return self.town.hand(person, data, GROUPS[m.jail])

    def press(self, verb: str, n: int, person: int, family: Family, older: int) -> dict[str, Any]:
        m = self.pick(n)
        match verb:
            case "drop" | "dropped" | "coming":
                chat = self.owner(m).chat if n % 2 else family.chat
                return self.town.hand(chat, f"{verb}={m.ref}.{max(0, m.version + older)}")
            case "retry":
                return self.town.hand(self.owner(m).chat, f"retry={m.ref}.{int(m.start.timestamp())}")
            case "time":
                return self.town.hand(family.chat, "visit.time=1000")
        return self.card(verb, m, person, f".{REASONS[n % 3]}" if verb == "why" else "", older)

    def take(self, family: Family, jail: str, prisoner: str, n: int, brief: bool, *more: str) -> None:
        """A time is chosen, unless a form is open already; with more presses after it."""
        if self.form(family) is not None:
            return
        slots = self.run(self.town.slots(jail))
        slot = slots[n % min(3, len(slots))]
        self.run(self.town.asking([family], jail, prisoner, slot, brief))
        self.arrive(*(self.town.hand(family.chat, data) for data in (f"visit.time={hour_of(slot)}", *more)))

    def request(self, family: Family, jail: str, prisoner: str, n: int) -> None:
        """The whole of it at once, so that much waits for the jail."""
        self.take(family, jail, prisoner, n, True, "visit.review=yes")

    def decision(self, m: Moved, who: int, how: str) -> None:
        """Of one who may, by the card's buttons and where it takes them in words."""
        decider = self.decider(who, m)
        if how == "approve":
            self.arrive(self.card("ok", m, decider))
        elif how == "reject":
            self.arrive(self.card("no", m, decider), self.card("why", m, decider, f".{REASONS[who % 3]}"))
        else:
            self.arrive(self.card("words", m, decider))
        if how == "reject in words":
            self.words(decider, m.jail)

    def let_go(self, family: Family, how: str) -> None:
        given = self.form(family)
        if given is None or "time" not in given:
            return
        press = {"edit": "visit.review=edit:time", "day": "visit.review=edit:date"}
        self.arrive(self.town.hand(family.chat, press.get(how, f"visit.{_question(given)}!{how}")))

    def answer(self, family: Family, n: int, steps: int) -> None:
        """The next questions of the open form; with five of them the request is sent."""
        for _step in range(steps):
            given = self.form(family)
            if given is None:
                return
            at = _question(given)
            answer = {"party": "1", "purpose": "family", "help": "none", "review": "yes"}.get(at)
            if answer is None:
                slots = self.run(self.town.slots(given["jail"]))
                there = [s for s in slots if at == "date" or day_of(s) == given["date"]] or list(slots)
                slot = there[n % len(there)]
                answer = day_of(slot) if at == "date" else hour_of(slot)
            self.arrive(self.town.hand(family.chat, f"visit.{at}={answer}"))

    def words(self, person: int, jail: str) -> None:
        """The reason, by whoever was asked for it; talk by anybody else."""
        given = self.run(self.town.words_of(person, GROUPS[jail]))
        self.say(person, f"No: {given['ref']} v{given['version']} can't be." if given else "Lunch time?", GROUPS[jail])

    def sealed(self) -> None:
        self.run(self._sealed())

    async def _sealed(self) -> None:
        async with self.town.db.begin() as tx:
            await seals.seal(tx, self.town.vault, self.town.clock())
            wrong = await seals.verify(tx, self.town.vault, await seals.head(tx))
        assert wrong is None, wrong


def _question(given: dict[str, Any]) -> str:
    """The first one of the last six that has no answer."""
    return next(name for name in ("date", "time", "party", "purpose", "help", "review") if name not in given)
