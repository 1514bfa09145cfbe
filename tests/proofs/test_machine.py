"""Everything that families, approvers, time and bad luck can do, in any order, over the real database: the laws hold
after every step. `watch.py` has the laws of each commit, `laws.py` those of the whole; MULAKAT_SEED plays one again."""

import asyncio
import sys
import tempfile
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, Phase, settings
from hypothesis import seed as seeded
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule, run_state_machine_as_test

from storage import seals
from tests.conftest import Counts
from tests.proofs.laws import broken, unanswered
from tests.proofs.town import (
    CODES,
    DECIDERS,
    FAMILIES,
    FATES,
    GROUPS,
    STAFF,
    STRANGER,
    Family,
    copied,
    day_of,
    hour_of,
    town,
)
from tests.proofs.watch import Moved
from visits.visit import LIVE, Status

FEW = st.integers(0, 5)
FAMILY = st.sampled_from(FAMILIES)
REASONS = ("quota_used", "transferred", "barred")
MINUTE, HOUR, DAY = 60, 3600, 86400
AMOUNTS = (1, 30, 59, 60, 61, 5 * MINUTE, 10 * MINUTE, 16 * MINUTE, HOUR, 3 * HOUR, 7 * HOUR, DAY, 2 * DAY)
PEOPLE = (*(person for person, *_rest in STAFF), STRANGER)
VERBS = ("ok", "no", "why", "back", "words", "undo", "drop", "dropped", "coming", "retry", "time")
ACT = st.tuples(st.sampled_from(VERBS), FEW, st.sampled_from(PEOPLE), FAMILY, st.integers(-1, 0))


class Machine(RuleBasedStateMachine):
    """Visits are chosen by their age among those that fit, the newest being 0."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = tempfile.TemporaryDirectory()
        path = copied(Path(self.folder.name))
        self.runner = asyncio.Runner()
        self.opened = town(path)
        self.town = self.run(self.opened.__aenter__())
        self.quiet = self.beaten = True
        self.again: list[dict[str, Any]] = []

    def run(self, what: Coroutine[Any, Any, Any]) -> Any:
        return self.runner.run(what)

    def teardown(self) -> None:
        try:
            if sys.exc_info()[0] is None:
                self.finale()
        finally:
            self.run(self.opened.__aexit__(None, None, None))
            self.runner.close()
            self.folder.cleanup()

    @invariant()
    def laws_hold(self) -> None:
        wrong = self.run(broken(self.town, self.quiet, self.beaten))
        assert not wrong, "\n".join(wrong)

    # ------------------------------------------------------------ helpers

    def visits(self, *status: Status) -> list[Moved]:
        """The newest state of each visit, the newest visit first."""
        there = [moves[-1] for moves in self.town.watch.of.values()]
        return [m for m in reversed(there) if not status or m.to in status]

    def has(*status: Status) -> Callable[["Machine"], bool]:  # type: ignore[misc]
        return lambda self: bool(self.visits(*status))

    def pick(self, n: int, *status: Status) -> Moved:
        there = self.visits(*status)
        return there[n % len(there)]

    def owner(self, m: Moved) -> Family:
        return next(family for family in FAMILIES if family.number == m.visitor)

    def arrive(self, *updates: dict[str, Any]) -> None:
        self.again = list(updates)
        self.run(self.town.arrive(*updates))
        self.quiet, self.beaten = True, False

    def card(self, verb: str, m: Moved, person: int, more: str = "", older: int = 0) -> dict[str, Any]:
        data = f"card.{verb}={m.ref}.{max(0, m.version + older)}{more}"
        return self.town.hand(person, data, GROUPS[m.jail])

    def decider(self, n: int, m: Moved) -> int:
        return DECIDERS[m.jail][n % len(DECIDERS[m.jail])]

    def form(self, family: Family) -> dict[str, Any] | None:
        """The open form's answers."""
        session = self.run(self.town.session(family))
        return dict(session.of("visit")) if session.forms == ("visit",) else None

    # ------------------------------------------------------------ families

    @rule(family=FAMILY, jail=st.sampled_from(CODES), prisoner=st.sampled_from(("Ramesh", "Suresh")), n=FEW,
          brief=st.booleans())  # fmt: skip
    def choose_a_time(self, family: Family, jail: str, prisoner: str, n: int, brief: bool) -> None:
        if self.form(family) is not None:
            return
        slots = self.run(self.town.slots(jail))
        slot = slots[n % min(3, len(slots))]
        self.run(self.town.asking(family, jail, prisoner, slot, brief))
        self.arrive(self.town.hand(family.chat, f"visit.time={hour_of(slot)}"))

    @rule(family=FAMILY, how=st.sampled_from(("back", "edit", "stop", "day")))
    def give_the_hold_back(self, family: Family, how: str) -> None:
        given = self.form(family)
        if given is None or "time" not in given:
            return
        at = question(given)
        press = {"edit": "visit.review=edit:time", "day": "visit.review=edit:date"}.get(how, f"visit.{at}!{how}")
        self.arrive(self.town.hand(family.chat, press))

    @rule(family=FAMILY, n=FEW, steps=st.integers(1, 5))
    def go_on(self, family: Family, n: int, steps: int = 5) -> None:
        """Answer the next questions; with five the request is sent."""
        for _step in range(steps):
            given = self.form(family)
            if given is None:
                return
            at = question(given)
            answer = {"party": "1", "purpose": "family", "help": "none", "review": "yes"}.get(at)
            if answer is None:
                slots = self.run(self.town.slots(given["jail"]))
                there = [s for s in slots if at == "date" or day_of(s) == given["date"]] or list(slots)
                slot = there[n % len(there)]
                answer = day_of(slot) if at == "date" else hour_of(slot)
            self.arrive(self.town.hand(family.chat, f"visit.{at}={answer}"))

    @rule(family=FAMILY, n=FEW, jail=st.sampled_from(CODES), prisoner=st.sampled_from(("Ramesh", "Suresh")))
    def ask(self, family: Family, n: int, jail: str, prisoner: str) -> None:
        """The whole of it at once, so that much waits for the jail."""
        self.choose_a_time(family, jail, prisoner, n, True)
        self.go_on(family, n, 3)

    @precondition(has(Status.PENDING, Status.APPROVED))
    @rule(n=FEW, twice=st.booleans())
    def cancel(self, n: int, twice: bool) -> None:
        m = self.pick(n, Status.PENDING, Status.APPROVED)
        chat = self.owner(m).chat
        self.arrive(self.town.hand(chat, f"drop={m.ref}.{m.version}"))
        yes = [self.town.hand(chat, f"dropped={m.ref}.{m.version}") for _time in range(1 + twice)]
        self.arrive(*yes)

    @precondition(has(Status.APPROVED))
    @rule(n=FEW)
    def coming(self, n: int) -> None:
        m = self.pick(n, Status.APPROVED)
        self.arrive(self.town.hand(self.owner(m).chat, f"coming={m.ref}.{m.version}"))

    @precondition(has(Status.EXPIRED, Status.REJECTED))
    @rule(n=FEW, slot=FEW, twice=st.booleans())
    def ask_again(self, n: int, slot: int, twice: bool) -> None:
        m = self.pick(n, Status.EXPIRED, Status.REJECTED)
        slots = self.run(self.town.slots(m.jail))
        data = f"retry={m.ref}.{int(slots[slot % 4].start.timestamp())}"
        self.arrive(*(self.town.hand(self.owner(m).chat, data) for _time in range(1 + twice)))

    @rule(family=FAMILY)
    def status(self, family: Family) -> None:
        self.run(self.town.said(family.chat, "/status"))

    # ------------------------------------------------------------ the jail

    @precondition(has(Status.PENDING))
    @rule(n=FEW, who=FEW)
    def approve(self, n: int, who: int) -> None:
        m = self.pick(n, Status.PENDING)
        self.arrive(self.card("ok", m, self.decider(who, m)))

    @precondition(has(Status.PENDING))
    @rule(n=FEW, who=FEW, reason=st.sampled_from(REASONS))
    def reject(self, n: int, who: int, reason: str) -> None:
        m = self.pick(n, Status.PENDING)
        self.arrive(self.card("no", m, self.decider(who, m)))
        self.arrive(self.card("why", m, self.decider(who, m), f".{reason}"))

    @precondition(has(Status.PENDING))
    @rule(n=FEW, who=FEW, at_once=st.booleans())
    def reject_in_words(self, n: int, who: int, at_once: bool) -> None:
        m = self.pick(n, Status.PENDING)
        self.arrive(self.card("words", m, self.decider(who, m)))
        if at_once:
            self.type_words(self.decider(who, m), m.jail)

    @rule(person=st.sampled_from(PEOPLE), jail=st.sampled_from(CODES))
    def type_words(self, person: int, jail: str) -> None:
        """Whoever was asked for them; anybody else only talks in the group."""
        given = self.run(self.town.words_of(person, GROUPS[jail]))
        words = f"No: {given['ref']} v{given['version']} can't be." if given else "Is it lunch time?"
        self.run(self.town.said(person, words, GROUPS[jail]))
        self.quiet, self.beaten = True, False

    @precondition(has(Status.APPROVED, Status.REJECTED))
    @rule(n=FEW, who=FEW)
    def undo(self, n: int, who: int) -> None:
        m = self.pick(n, Status.APPROVED, Status.REJECTED)
        self.arrive(self.card("undo", m, self.decider(who, m)))

    @rule(jail=st.sampled_from(CODES), person=st.sampled_from(PEOPLE))
    def pending(self, jail: str, person: int) -> None:
        self.run(self.town.said(person, "/pending", GROUPS[jail]))

    # ------------------------------------------------------------ presses at the same moment, old, forged, repeated

    @precondition(has())
    @rule(acts=st.lists(ACT, min_size=1, max_size=5))
    def at_once(self, acts: list[tuple[str, int, int, Family, int]]) -> None:
        """Presses that wait together: each by anybody, on a card or letter of any age. Who may is for the desk to say."""
        self.arrive(*(self._press(*act) for act in acts))

    def _press(self, verb: str, n: int, person: int, family: Family, older: int) -> dict[str, Any]:
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

    @rule()
    def telegram_sends_it_again(self) -> None:
        """The same updates under the same numbers: known, and so nothing happens."""
        before = (len(self.town.watch.moves), len(self.town.heard))
        self.run(self.town.put(self.again))
        self.run(self.town.work())
        assert (len(self.town.watch.moves), len(self.town.heard)) == before or not self.quiet
        self.quiet, self.beaten = True, False

    # ------------------------------------------------------------ time, restarts, trouble

    @rule(seconds=st.sampled_from(AMOUNTS))
    def time_goes_by(self, seconds: int) -> None:
        self.run(self.town.patience(seconds))
        self.run(self.town.forward(seconds=seconds))
        self.quiet = self.beaten = True

    @rule(seconds=st.sampled_from(AMOUNTS))
    def the_machine_sleeps(self, seconds: int) -> None:
        """The clock moves and nothing runs: presses may come before the deadlines do."""
        self.run(self.town.patience(seconds))
        self.town.clock.forward(seconds=seconds)
        self.quiet = self.beaten = False

    @rule(seconds=st.sampled_from((1, 30, 5 * MINUTE)))
    def the_clock_is_set_back(self, seconds: int) -> None:
        self.town.clock.forward(seconds=-seconds)
        self.run(self.town.work())
        self.quiet, self.beaten = True, False

    @rule()
    def restart(self) -> None:
        self.run(self.town.restart())
        self.quiet, self.beaten = True, False

    @rule(where=st.sampled_from(("family", "group", "email", "sms")), what=st.lists(st.sampled_from(FATES), max_size=3))
    def trouble(self, where: str, what: list[str]) -> None:
        """What becomes of the next deliveries of this kind."""
        self.town.fates[where].clear()
        self.town.fates[where].extend(what)

    @precondition(lambda self: bool(self.town.held))
    @rule(fate=st.sampled_from(("ok", "later", "flood", "echo", "never")))
    def what_was_held_comes_back(self, fate: str) -> None:
        self.run(self.town.release(fate))

    @rule()
    def seal(self) -> None:
        self.run(self._seal())

    async def _seal(self) -> None:
        async with self.town.db.begin() as tx:
            await seals.seal(tx, self.town.vault, self.town.clock())
            wrong = await seals.verify(tx, self.town.vault, await seals.head(tx))
        assert wrong is None, wrong

    # ------------------------------------------------------------ the end

    def finale(self) -> None:
        """All trouble ends and time goes by: every request comes to its end, every message too, every press was
        answered."""
        self.town.fates.clear()
        self.run(self.town.release("ok"))
        for seconds in (61, 16 * MINUTE, HOUR, DAY, 2 * DAY, 12 * DAY):
            self.time_goes_by(seconds)
            self.laws_hold()
        self.seal()
        left = self.visits(*LIVE)
        assert not left, f"B3 they never end: {left}"
        assert not unanswered(self.town.watch), "presses that nobody answered"


def question(given: dict[str, Any]) -> str:
    """The first one of the last six that has no answer."""
    return next(name for name in ("date", "time", "party", "purpose", "help", "review") if name not in given)


def test_the_laws_hold_whatever_happens(seed: int, counts: Counts) -> None:
    examples = counts(200)
    print(f"{examples} examples of 30 steps")
    chosen = settings(
        max_examples=examples,
        stateful_step_count=30,
        deadline=None,
        database=None,
        phases=(Phase.generate, Phase.shrink),
        suppress_health_check=list(HealthCheck),
        print_blob=False,
    )
    run_state_machine_as_test(seeded(seed)(Machine), settings=chosen)
