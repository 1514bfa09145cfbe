"""Random talks: the places to begin at, and what a person may do next, drawn by Hypothesis.

Draws are small (a kind, a number, some text), so that Hypothesis can shrink them; what they mean depends on the talk so
far: "the third button that shows", "a good answer to the open question".
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from functools import lru_cache
from types import MappingProxyType
from typing import Any

from hypothesis import strategies as st
from msgspec.structs import replace

from dialogue.answers import current
from dialogue.effects import Edit, Send, Turn
from dialogue.form import Here
from dialogue.forms import FORMS
from dialogue.menu import COMMANDS
from dialogue.model import Commanded, Event, Gone, Message, Missing, Moved, Need, Pressed, Refused, Said, Sent, Shared
from dialogue.session import Session
from dialogue.talk import step
from tests.storage.world import SUNITA, World
from tests.visits.texts import ANY
from visits.visit import Status

AADHAAR = "234567890124"
NOTHING: Mapping[str, str] = MappingProxyType({})

# A right answer for each question that is typed; the others are pressed.
GOOD = {
    "name": "Sunita Devi", "father": "Ram Lal", "age": "34", "address": "House 12, Gali 4, Sangam Vihar",
    "pincode": "110062", "district": "South Delhi", "id_number": AADHAAR, "mobile": "98123 45678",
    "email": "sunita@example.org", "jail": "tihar", "prisoner_father": "Shyam Lal",
    "prisoner_age": "36", "prisoner_number": "F-1234/2026", "enrolment": "D/1234/2015", "words": "He is at court.",
}  # fmt: skip

HOSTILE = (
    "", " ", "\u0000", "\ud800", "\u202eevil", "\u200b\u200b", "x" * 10_000, "<b>x</b>", "**x**", "{name}", "{0}", "%s",
    "Ramesh @Pappu", "रमेश कुमार", "५४", "१२३४५६", "a@b", "a\nb@example.org", "again", "change", "states",
    "state:IN-DL:²", "state:IN-DL:1", "state:IN-XX", "all", "share", "yes", "no", "new", "day", "x", "1", "2", "0",
    "999999", "-1",
    "contact:9812345678", "location:28.600000,77.100000", "watch:IN-DL-SHUT", "unlisted", "first", "where", "again:0",
    "edit:name", "IN-DL-SHUT", "IN-DL-TIHAR-CJ-1", "2026-12-03", "0930", "110062", "9812345678", "hello", "नमस्ते", "ok",
)  # fmt: skip

FORGED = (
    "", "x", "do=", "do=visit", "do=forget", "do=recover", "do=nothing", "lang=xx", "lang=hi", "drop=AAAAAAAA.1",
    "card.ok=AAAAAAAA.1", "card.why=AAAAAAAA.1.other", "card.words=AAAAAAAA.1", "retry=AAAAAAAA.99999999999",
    "card.more=0.AAAAAAAA", "card.more=9999999999.AAAAAAAA", "card.more=99999999999.AAAAAAAA",
    "coming=AAAAAAAA.1", "me=M-AAAA-AAAA", "forgotten=M-AAAA-AAAA", "register.review=yes", "register.mobile_code!keep",
    "register.email_code!skip", "visit.review=yes", "visit.time=0930", "visit.jail=state:IN-DL:99", "companion.age=5",
    "register.name!stop", "me.review=yes", "recover.id_number=1", "reason.words=ok", "visit.companions=yes", "nope.x=1",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Drawn:
    """kind: what the person does. at: which button, command or word. text: what chance typed. unlucky: which of the
    database's reasons comes in between; 0 is none."""

    kind: str
    at: int
    text: str
    unlucky: int


KINDS = (
    "press", "press", "press", "press", "good", "good", "good", "old", "cut", "forged", "said", "hostile", "command",
    "unknown", "sent", "contact", "location", "gone", "later",
)  # fmt: skip

DRAWN = st.builds(Drawn, st.sampled_from(KINDS), st.integers(0, 10_000), ANY, st.sampled_from((0, 0, 0, 0, 0, 1, 2, 3)))
TALKS = st.lists(DRAWN, min_size=1, max_size=16)


@dataclass(slots=True)
class Screen:
    """What the person sees: the buttons that show now, and all that ever did."""

    now: list[str]
    ever: list[str]

    def shows(self, message: Message) -> None:
        data = [button.data for row in message.buttons for button in row]
        if data:
            self.now = data
        self.ever = list(dict.fromkeys([*self.ever, *data]))[-200:]

    def hears(self, session: Session, turn: Turn) -> None:
        for effect in turn.effects:
            if isinstance(effect, Send | Edit) and effect.to == session.talk.chat:
                self.shows(effect.message)

    def fork(self) -> "Screen":
        return Screen([*self.now], [*self.ever])


def event(drawn: Drawn, session: Session, world: World, screen: Screen) -> Event:
    """What the draw comes to, here and now. "later" moves the clock and is a hello."""
    press, message = f"p{world.count}", "7" if drawn.at % 5 else ""
    match drawn.kind:
        case "press" if screen.now:
            return Pressed(screen.now[drawn.at % len(screen.now)], press, message)
        case "old" if screen.ever:
            return Pressed(screen.ever[drawn.at % len(screen.ever)], press, message)
        case "cut" if screen.ever:
            whole = screen.ever[drawn.at % len(screen.ever)]
            return Pressed(whole[: drawn.at % (len(whole) + 1)], press, message)
        case "forged":
            return Pressed((*FORGED, drawn.text)[drawn.at % (len(FORGED) + 1)], press, message)
        case "hostile":
            return Said(HOSTILE[drawn.at % len(HOSTILE)], message)
        case "command":
            return Commanded((*(name for name, _text in COMMANDS), "another", "recover", "pending", "today", "find")[
                drawn.at % (len(COMMANDS) + 5)
            ], drawn.text)  # fmt: skip
        case "unknown":
            return Commanded(drawn.text, drawn.text)
        case "sent":
            return Sent(("sticker", "voice", "photo", "edited", "poll", drawn.text)[drawn.at % 6])
        case "contact":
            return Shared("contact", ("+919812345678", "123", drawn.text)[drawn.at % 3], own=bool(drawn.at % 2))
        case "location":
            return Shared("location", ("28.600000,77.100000", "-90.000000,180.000000")[drawn.at % 2])
        case "gone":
            return Gone() if drawn.at % 2 else Moved("-1002002")
        case "later":
            world.now += timedelta(seconds=(1, 61, 301, 700, 86_400, 8 * 86_400)[drawn.at % 6])
            return Said("hello", message)
        case "good":
            return good(session, world, screen, drawn.at)
    return Said(drawn.text, message)


def good(session: Session, world: World, screen: Screen, at: int = 0, wish: Mapping[str, str] = NOTHING) -> Event:
    """A right answer to the open question, where there is one: what is wished, else one of those that lead on."""
    if not session.forms or session.forms[-1] not in FORMS:
        return Commanded(("register", "visit", "me", "recover")[at % 4])
    form, name = session.forms[-1], open_question(session, world)
    if name in wish:
        return Pressed(f"{form}.{name}={wish[name]}", f"p{world.count}", "7")
    if name.endswith("_code"):
        return Said(world.right(session.talk, name), "5")
    if name == "prisoner":  # somebody else each time: there is one open request for a person
        return Said(f"Ramesh {FATHERS[len(world.requests) % len(FATHERS)]}", "5")
    if name in GOOD and not (name == "jail" and session.view):
        return Said(GOOD[name], "5")
    mine = [data for data in screen.now if data.startswith(f"{form}.{name}=")]
    mine = [data for data in mine if not data.partition("=")[2].startswith(ASIDE)]
    return Pressed(mine[at % len(mine)], f"p{world.count}", "7") if mine else Said("1", "5")


FATHERS = ("Kumar", "Yadav", "Singh", "Verma", "Prasad", "Sharma", "Gupta", "Rawat")
ASIDE = (
    "x", "day", "no", "all", "edit:", "states", "where", "unlisted", "first", "watch:", "state:", "again", "IN-DL-N",
)  # fmt: skip


def open_question(session: Session, world: World) -> str:
    """The name of the field that is asked now."""
    form = FORMS[session.forms[-1]]
    known: dict[Need[Any], Any] = {}
    while True:
        try:
            field = current(Here(session, form, world.facts(known)))
        except Missing as missing:
            known[missing.need] = world.answer(missing.need)
        else:
            return field.name if field else ""


# ---------------------------------------------------------------- stepping

ROUNDS = 12  # as at the desk


def stepped(session: Session, what: Event | Refused, world: World) -> Turn:
    """As the desk does it: what the step wants is answered, and it steps again."""
    known: dict[Need[Any], Any] = {}
    for _round in range(ROUNDS):
        done = step(session, what, world.facts(known))
        if isinstance(done, Turn):
            return done
        known |= {need: world.answer(need) for need in done.needs}
    raise AssertionError(f"{what} wants facts after {ROUNDS} rounds")


def through_json(session: Session) -> Session:
    return Session.from_json(session.talk, json.loads(json.dumps(session.to_json())))


def gone_on(session: Session, world: World, screen: Screen, what: Event) -> Session:
    """One event, done: the world has what was asked for, the screen shows what was said."""
    turn = stepped(session, what, world)
    world.do(session.talk, turn.effects)
    screen.hears(session, turn)
    return through_json(turn.session)


ROADS: tuple[tuple[str, Mapping[str, str]], ...] = (
    ("register", {}),
    ("visit", {"relation": "lawyer", "party": "3", "jail": "IN-DL-TIHAR-CJ-1"}),
    ("visit", {"whom": "new", "kind": "video", "jail": "IN-DL-TIHAR-CJ-1", "prisoner": "Mohan Das"}),
    ("visit", {"whom": "new", "jail": "IN-DL-SMALL"}),
    ("visit", {"whom": "new", "jail": "IN-DL-TIHAR-CJ-1", "prisoner": "Gopal Singh", "party": "2", "name": "again:0"}),
    ("visit", {"whom": "known"}),
    ("me", {}),
    ("another", {"id_kind": "none"}),
    ("visit", {"whom": "new", "prisoner": "Hari Om"}),
    ("recover", {}),
)


@lru_cache
def places() -> tuple[tuple[Session, World, Screen], ...]:
    """Every stop on the straight ways through every form: registering, asking (with company, as a lawyer, by video),
    one's details, a new phone."""
    found = []
    session, world, screen = Session(SUNITA), World(), Screen([], [])
    for command, wish in ROADS:
        world.now += timedelta(minutes=5)  # a number that was proved a moment ago gets no new code yet
        what: Event = Commanded(command)
        if wish.get("whom") == "known":  # asked for again: the first request is over
            ref, first = next(iter(world.requests.items()))
            wish = {"whom": ref}
            world.requests[ref] = replace(first, visit=replace(first.visit, status=Status.COMPLETED))
        waiting = [ref for ref, one in world.requests.items() if one.visit.status is Status.PENDING]
        for ref in waiting[:-2]:  # three that wait would be in the way
            one = world.requests[ref]
            world.requests[ref] = replace(one, visit=replace(one.visit, status=Status.APPROVED))
        for _question in range(60):
            found.append((session, world.fork(), screen.fork()))
            session = gone_on(session, world, screen, what)
            if not session.forms:
                break
            what = good(session, world, screen, wish=wish)
        else:
            raise AssertionError(f"/{command} comes to no end: {session}")
        found.append((session, world.fork(), screen.fork()))
    return tuple(found)
