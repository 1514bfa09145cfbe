"""Everything that families, approvers, time and bad luck can do, in any order, over the real database: the laws hold
after every step. `watch.py` has the laws of each commit, `laws.py` those of the whole; MULAKAT_SEED plays one again."""

from collections import Counter
from datetime import timedelta

from hypothesis import HealthCheck, Phase, settings
from hypothesis import seed as seeded
from hypothesis import strategies as st
from hypothesis.stateful import initialize, precondition, rule, run_state_machine_as_test

from tests.conftest import PROVE, Counts
from tests.proofs.fates import FATES
from tests.proofs.life import Life, has
from tests.proofs.town import CODES, FAMILIES, GROUPS, POINTS, STAFF, STRANGER, Family
from visits.visit import Status

FEW = st.integers(0, 5)
FAMILY = st.sampled_from(FAMILIES)
PRISONER = st.sampled_from(("Ramesh", "Suresh"))
WISH = (FAMILY, st.sampled_from(CODES), PRISONER, FEW)
MINUTE, HOUR, DAY = 60, 3600, 86400
AMOUNTS = (1, 30, 59, 60, 61, 5 * MINUTE, 10 * MINUTE, 16 * MINUTE, HOUR, 3 * HOUR, 7 * HOUR, DAY, 2 * DAY)
SLEEPS = (1, 61, 10 * MINUTE, HOUR, DAY)
PEOPLE = (*(person for person, *_rest in STAFF), STRANGER)
VERBS = ("ok", "no", "why", "back", "words", "undo", "drop", "dropped", "coming", "retry", "time")
ACT = st.tuples(st.sampled_from(VERBS), FEW, st.sampled_from(PEOPLE), FAMILY, st.integers(-1, 0))
DECISIONS = st.sampled_from(("approve", "approve", "reject", "ask for words", "reject in words"))
TROUBLE = st.lists(st.sampled_from(FATES), max_size=3)
DECIDED = (Status.APPROVED, Status.REJECTED)
OPEN = (Status.PENDING, Status.APPROVED)


class Machine(Life):
    """Visits are chosen by their age among those that fit, the newest being 0."""

    @initialize(wishes=st.lists(st.tuples(st.tuples(*WISH), DECISIONS | st.just("")), max_size=3))
    def a_day_has_begun(self, wishes: list[tuple[tuple[Family, str, str, int], str]]) -> None:
        """Some have asked, some of them are answered."""
        for wish, how in wishes:
            self.request(*wish)
            if how and self.visits(Status.PENDING):
                self.decision(self.pick(0, Status.PENDING), 0, how)

    # ------------------------------------------------------------ families

    @rule(wish=st.tuples(*WISH), brief=st.booleans())
    def hold(self, wish: tuple[Family, str, str, int], brief: bool) -> None:
        """A time is chosen; the rest of the form, or with `brief` its review, is still to come."""
        self.take(*wish, brief)

    @rule(family=FAMILY, n=FEW, steps=st.integers(1, 5), leave=st.sampled_from(("", "", "back", "edit", "stop", "day")))
    def go_on(self, family: Family, n: int, steps: int, leave: str) -> None:
        """With the form that is open, or away from the time that it holds."""
        if leave:
            self.let_go(family, leave)
        else:
            self.answer(family, n, steps)

    @rule(wish=st.tuples(*WISH))
    def ask(self, wish: tuple[Family, str, str, int]) -> None:
        self.request(*wish)

    @precondition(has(*OPEN))
    @rule(n=FEW, twice=st.booleans())
    def cancel(self, n: int, twice: bool) -> None:
        """By /status, or under the letter that approves and under each reminder: "I can't come"."""
        m = self.pick(n, *OPEN)
        chat = self.owner(m).chat
        self.arrive(self.town.hand(chat, f"drop={m.ref}.{m.version}"))
        self.arrive(*(self.town.hand(chat, f"dropped={m.ref}.{m.version}") for _time in range(1 + twice)))

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

    # ------------------------------------------------------------ the jail

    @precondition(has(Status.PENDING))
    @rule(n=FEW, who=FEW, how=DECISIONS)
    def decide(self, n: int, who: int, how: str) -> None:
        self.decision(self.pick(n, Status.PENDING), who, how)

    @precondition(has(*DECIDED))
    @rule(n=FEW, who=FEW, asked=st.none() | PRISONER)
    def undo(self, n: int, who: int, asked: str | None) -> None:
        """Also when the family has asked anew meanwhile, for the same prisoner or for another."""
        m = self.pick(n, *DECIDED)
        if asked:
            self.request(self.owner(m), m.jail, asked, n)
        self.arrive(self.card("undo", m, self.decider(who, m)))

    @rule(person=st.sampled_from(PEOPLE), jail=st.sampled_from(CODES), family=FAMILY, words=st.booleans())
    def talk(self, person: int, jail: str, family: Family, words: bool) -> None:
        """Whoever was asked for a reason gives it, anybody else only talks in the group; or they ask what waits."""
        if words:
            self.words(person, jail)
        else:
            self.say(family.chat, "/status")
            self.say(person, "/pending", GROUPS[jail])

    # ------------------------------------------------------------ presses at the same moment, old, forged, repeated

    @precondition(has())
    @rule(acts=st.lists(ACT, min_size=1, max_size=5))
    def at_once(self, acts: list[tuple[str, int, int, Family, int]]) -> None:
        """Presses that wait together: each by anybody, on a card or letter of any age. Who may is for the desk to
        say."""
        self.arrive(*(self.press(*act) for act in acts))

    @rule()
    def telegram_sends_it_again(self) -> None:
        """The same updates under the same numbers: known, and so nothing happens."""
        self.repeat()

    # ------------------------------------------------------------ time, restarts, trouble

    @rule(seconds=st.sampled_from(AMOUNTS))
    def time_goes_by(self, seconds: int) -> None:
        self.passes(seconds)

    @rule(by=st.sampled_from((-1, 0, 1)))
    def time_comes_to_the_next_deadline(self, by: int) -> None:
        """The second before it, the same, and the one after it: a hold's end, a letter's or a reminder's hour."""
        due = self.town.next_due()
        if due is not None and due - self.town.clock.now > timedelta(seconds=1):
            self.passes((due - self.town.clock.now).total_seconds() + by)

    @rule(seconds=st.sampled_from(SLEEPS))
    def the_machine_sleeps(self, seconds: int) -> None:
        """The clock moves and nothing runs: presses may come before the deadlines do."""
        self.run(self.town.sleeps(seconds))
        self.quiet = self.beaten = False

    @rule(seconds=st.sampled_from((1, 30, 5 * MINUTE)))
    def the_clock_is_set_back(self, seconds: int) -> None:
        self.town.clock.forward(seconds=-seconds)
        self.work()

    @precondition(has())
    @rule(acts=st.lists(ACT, max_size=2), point=st.sampled_from(POINTS), asleep=st.sampled_from((0, 0, *SLEEPS)))
    def killed(self, acts: list[tuple[str, int, int, Family, int]], point: str, asleep: int) -> None:
        """The end of the process while presses, what they caused, or what had become due meanwhile is on its way."""
        if asleep:
            self.run(self.town.sleeps(asleep))
        self.sealed()
        self.again = [self.press(*act) for act in acts]
        self.run(self.town.killed(point, self.again))
        self.quiet, self.beaten = True, False

    @rule(
        where=st.sampled_from((("family",), ("group",), ("email",), ("sms",), ("family", "email", "sms"))), what=TROUBLE
    )
    def trouble(self, where: tuple[str, ...], what: list[str]) -> None:
        """What becomes of the next deliveries by these ways."""
        for way in where:
            self.town.fates[way].clear()
            self.town.fates[way].extend(what)

    @precondition(lambda self: bool(self.town.held))
    @rule(fate=st.sampled_from(("ok", "later", "flood", "echo", "never")))
    def what_was_held_comes_back(self, fate: str) -> None:
        self.run(self.town.release(fate))


def test_the_laws_hold_whatever_happens(seed: int, counts: Counts) -> None:
    examples, steps = counts(200), 30 if PROVE else 15
    Machine.done = Counter()
    chosen = settings(
        max_examples=examples,
        stateful_step_count=steps,
        deadline=None,
        database=None,
        phases=(Phase.generate, Phase.shrink),
        suppress_health_check=list(HealthCheck),
        print_blob=False,
    )
    run_state_machine_as_test(seeded(seed)(Machine), settings=chosen)
    print(f"{examples} lives of {steps} steps: {dict(sorted(Machine.done.items()))}")
