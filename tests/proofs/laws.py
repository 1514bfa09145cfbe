"""The laws read from the database after a step: audit rows, letters, reminders, cards, and the doctor's own."""

import json
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from sqlite3 import Connection

from channels.base import Reply
from dialogue.names import WHY
from tests.proofs.town import Started, Town
from tests.proofs.watch import RULES, Line, Moved, Tried, Watch, moment
from visits.policy import INDIA, decision_due
from visits.visit import TERMINAL, UNDO, Status

WAYS = ("chat", "email", "sms")
REACHED = timedelta(minutes=16)  # M9's quarter of an hour, and the next beat of the deadlines
LOOK_BACK = timedelta(hours=6)
CARD = timedelta(minutes=10)
RESTS = timedelta(minutes=30)  # more than all the trouble that a channel can have
KEPT = timedelta(days=7)
TOLD = (Status.APPROVED, Status.REJECTED)
AUDIT = {
    ("", Status.DRAFT): "held",
    ("", Status.PENDING): "asked",
    (Status.DRAFT, Status.PENDING): "asked",
    (Status.DRAFT, Status.WITHDRAWN): "hold_given_back",
    (Status.DRAFT, Status.EXPIRED): "hold_lapsed",
    (Status.PENDING, Status.APPROVED): "approved",
    (Status.PENDING, Status.REJECTED): "rejected",
    (Status.PENDING, Status.EXPIRED): "expired",
    (Status.PENDING, Status.WITHDRAWN): "given_back",
    (Status.APPROVED, Status.CANCELLED): "given_back",
    (Status.APPROVED, Status.PENDING): "undone",
    (Status.APPROVED, Status.COMPLETED): "closed",
    (Status.REJECTED, Status.PENDING): "undone",
}


@dataclass(slots=True)
class Look:
    """The database after a step. quiet: the desk and the postman have done all that was due; beaten: the deadlines
    too."""

    now: datetime
    started: Started
    watch: Watch
    rows: dict[int, Line]
    keys: dict[str, Line]
    resting: set[str]
    swept: set[int]
    quiet: bool
    beaten: bool


def broken(town: Town, quiet: bool, beaten: bool) -> list[str]:
    """Every law that does not hold now. Read over a connection of its own, which sees what is committed."""
    look = _look(town, quiet, beaten)
    tries: dict[int, list[Tried]] = defaultdict(list)
    for tried in town.watch.tries:
        tries[tried.row].append(tried)
    return [
        *town.watch.wrong,
        *_handled(town.reader, quiet),
        *_audited(town.reader, town.watch),
        *_deciders(town.reader, town.watch),
        *_received(look),
        *_holds(town.reader, look),
        *_carried(look, tries),
        *_reminders(look, tries),
        *_untried(look, tries, town.slept),
        *_decisions(look, tries),
        *_reached(look),
        *_cards(look),
    ]


def _look(town: Town, quiet: bool, beaten: bool) -> Look:
    there = town.noted()
    rows = town.watch.rows
    now = town.clock()
    addresses = town.reader.execute("SELECT hash, not_before, lease_until FROM addresses")
    resting = {hash for hash, *times in addresses if any(moment(time) > now for time in times if time)}
    # What hangs in its hands holds up what comes after it.
    resting |= {lease.address for lease in town.postman._sending.values()}
    keys = {row.key: row for row in rows.values() if row.key}
    swept = {id for id in rows if id not in there}
    return Look(now, town.started, town.watch, rows, keys, resting, swept, quiet, beaten)


def _handled(reader: Connection, quiet: bool) -> Iterator[str]:
    """Nothing is parked, nothing fails, nothing is left over."""
    failed = "SELECT update_id, outcome FROM inbox WHERE tries > 0 OR outcome = 'parked'"
    for update, outcome in reader.execute(failed):
        yield f"update {update} failed at the desk ({outcome})"
    if quiet and reader.execute("SELECT 1 FROM inbox WHERE handled IS NULL").fetchone():
        yield "arrivals wait that nobody handles"


def _audited(reader: Connection, watch: Watch) -> Iterator[str]:
    """B4: one audit row for each move."""
    kinds = set(AUDIT.values())
    noted: Counter[tuple[str, str]] = Counter()
    for kind, data in reader.execute("SELECT kind, data FROM notes"):
        if kind in kinds:
            noted[json.loads(data)["ref"], kind] += 1
    done = Counter((m.ref, AUDIT[Status(m.was) if m.was else "", m.to]) for m in watch.moves)
    if noted != done:
        yield f"B4 audit rows {noted - done} too many, {done - noted} missing"


def _deciders(reader: Connection, watch: Watch) -> Iterator[str]:
    """B4: whose decision it is, and when it fell, is what the last move that decided says; an undo leaves nothing."""
    names = "ref, decided_by, decided_at, reason, decided_name"
    for ref, by, at, reason, name in reader.execute(f"SELECT {names} FROM visits"):
        last: Moved | None = None
        for m in watch.of[ref]:
            if m.to in TOLD or (m.was in TOLD and m.to is Status.PENDING):
                last = m if m.to in TOLD else None
        kept = (by, moment(at) if at else None, reason, bool(name))
        want = (last.decided_by, last.at, last.reason, True) if last else (None, None, None, False)
        if kept != want:
            yield f"B4 the decision of {ref} is {kept}, and was {want}"


def _received(look: Look) -> Iterator[str]:
    """B3: what was reported as received is there, and what is there was reported, once."""
    told = {key.removeprefix("asked:") for key in look.keys if key.startswith("asked:")}
    there = {m.ref for m in look.watch.moves if m.to is Status.PENDING}
    if told != there:
        yield f"B3 reported and not there: {told - there}; there and not reported: {there - told}"


def _holds(reader: Connection, look: Look) -> Iterator[str]:
    """B7, and the announced expiry: once the deadlines ran nothing is overdue."""
    for ref, status, start, hold in reader.execute("SELECT ref, status, start, hold_until FROM visits"):
        if look.beaten and status == Status.DRAFT and moment(hold) <= look.now:
            yield f"B7 {ref} is still held"
        due = decision_due(moment(start), INDIA, RULES.decision_hour)
        if look.beaten and status == Status.PENDING and due <= look.now:
            yield f"B9 {ref} was not answered in time, and the family is not told"


# ---------------------------------------------------------------- every message


def _carried(look: Look, tries: dict[int, list[Tried]]) -> Iterator[str]:
    for number, there in tries.items():
        row = look.rows.get(number)
        if row is None:
            yield f"M4 {there[0].to} heard what no row says"
            continue
        confirmed = [tried for tried in there if tried.outcome == "ok"]
        arrived = [number for tried in there for number in tried.ids]
        if len(confirmed) > 1 or len(arrived) > 2:
            yield f"M5 row {row.key or row.id} was confirmed {len(confirmed)} times and arrived {len(arrived)} times"
        if len(arrived) > 1 and not any(tried.ids and tried.outcome in ("echo", "killed") for tried in there):
            yield f"M5 row {row.key or row.id} was repeated without need"
        if look.quiet and confirmed and (row.status != "sent" or row.provider_id != confirmed[0].ids[-1]):
            yield f"M5 row {row.key or row.id} was confirmed, and is {row.status}"
        if any(tried.until and tried.began >= tried.until for tried in there):
            yield f"M6 {row.key} was said when it was of no use any more"
    for row in look.rows.values():
        if row.id in look.swept:
            if row.settled is None or row.settled > look.now - KEPT:
                yield f"M4 {row.key or row.id} is gone before its time"
            continue
        if row.status == "sent" and not any(tried.outcome == "ok" for tried in tries[row.id]):
            yield f"M5 row {row.key or row.id} counts as sent, and nobody heard it"
        idle = row.status == "waiting" and row.due <= look.now and row.address not in look.resting
        if look.quiet and idle:
            yield f"M6 {row.key or row.id} is due since {row.due}, and nobody carries it"


def _reminder(row: Line) -> tuple[str, tuple[Status, int]] | None:
    """Of which visit this reminds, and while it is what: of an approved one the family, of a pending one the jail."""
    match (row.key or "").split(":"):
        case ["reminder", ref, version, _hours]:
            return ref, (Status.APPROVED, int(version))
        case ["card", ref, "warn", version, _hours]:
            return ref, (Status.PENDING, int(version))
    return None


def _reminders(look: Look, tries: dict[int, list[Tried]]) -> Iterator[str]:
    for row in look.rows.values():
        found_ = _reminder(row)
        if found_ is None:
            continue
        ref, wanted = found_
        there = tries[row.id]
        if len([number for tried in there for number in tried.ids]) > 1:
            yield f"M6 {row.key} arrived twice"
        for tried in there:
            if look.watch.state(ref, tried.moves) != wanted:
                yield f"M6 {row.key} was tried while {ref} was {look.watch.state(ref, tried.moves)}"
        if any(tried.outcome in ("echo", "lost", "killed") for tried in there[:-1]):
            yield f"M6 {row.key} was tried again though it may have arrived"
        useful = row.until is None or row.until > look.now
        if row.status == "waiting" and useful and look.watch.state(ref) != wanted:
            yield f"M6 {row.key} still waits while {ref} is {look.watch.state(ref)}"
    for ref, moves in look.watch.of.items():
        last = moves[-1]
        if last.to is not Status.APPROVED:
            continue
        for hours in RULES.remind_hours:
            due = last.start - timedelta(hours=hours)
            found = look.keys.get(f"reminder:{ref}:{last.version}:{hours}h")
            if due > last.at + UNDO and (found is None or found.status == "withdrawn"):
                yield f"M6 {ref} is approved, and the reminder {hours} h before is not there"


def _untried(look: Look, tries: dict[int, list[Tried]], slept: list[tuple[datetime, datetime]]) -> Iterator[str]:
    """M6: a reminder whose time is over was tried, unless the process slept through nearly all of that time."""
    for row in look.rows.values():
        if row.status != "lapsed" or row.until is None or _reminder(row) is None or tries[row.id]:
            continue
        until = row.until
        asleep = [min(end, until) - max(start, row.due) for start, end in slept if start < until and end > row.due]
        if until - row.due - sum(asleep, timedelta(0)) > RESTS:
            yield f"M6 {row.key} was never tried, though there was time from {row.due} to {row.until}"


# ---------------------------------------------------------------- decisions


def _letters(look: Look, m: Moved) -> dict[str, Line | None]:
    return {way: look.keys.get(f"decision:{m.ref}:{m.version}:{way}") for way in WAYS}


def _is_decision(m: Moved) -> bool:
    return m.to in TOLD or (m.was, m.to) == (Status.PENDING, Status.EXPIRED)


def _decisions(look: Look, tries: dict[int, list[Tried]]) -> Iterator[str]:
    undone = look.watch.undone()
    heard: Counter[tuple[str, str]] = Counter()
    for m in look.watch.moves:
        if not _is_decision(m):
            continue
        for way, row in _letters(look, m).items():
            if row is None:
                yield f"M4 the letter of {m.ref} by {way} is not there"
                continue
            there = tries[row.id]
            heard[m.ref, way] += sum(tried.outcome == "ok" for tried in there)
            if there and (m.ref, m.version) in undone:
                yield f"{row.key} was told and undone"
            if m.to in TOLD and any(tried.began < m.at + UNDO for tried in there):
                yield f"{row.key} was told before the minute was over"
            for tried in there:
                if tried.ids and m.to is Status.REJECTED and way == "chat" and not _says_why(m, tried.text):
                    yield f"{row.key} tells another reason than {m.reason}: {tried.text}"
    for (ref, way), count in heard.items():
        if count > 1:
            yield f"{count} decisions of {ref} were told by {way}"


def _says_why(m: Moved, text: str) -> bool:
    """The machine's approvers write the reference and the version into their words."""
    if m.reason == "other":
        return f"{m.ref} v{m.version_was}" in text
    return WHY[m.reason or ""].msgid in text and "The jail says" not in text


def _reached(look: Look) -> Iterator[str]:
    """M9: some letter arrived, or the jail was told in time."""
    for m in look.watch.moves:
        due = m.at + (UNDO if m.to in TOLD else timedelta(0))
        if not _is_decision(m) or not look.beaten or not due + REACHED <= look.now < m.at + LOOK_BACK:
            continue
        there = [row.status for row in _letters(look, m).values() if row is not None]
        lost = "sent" not in there and set(there) != {"withdrawn"}
        if lost and f"unreached:{m.ref}:{m.version}" not in look.keys:
            yield f"M9 no letter of {m.ref} arrived ({there}), and the jail does not know since {due + REACHED}"


def _cards(look: Look) -> Iterator[str]:
    """B9: what waits is before an approver within 10 minutes of its creation or of a start, as far as its chat takes
    messages."""
    carried = {tried.row for tried in look.watch.tries[look.started.tries :]}
    for ref, moves in look.watch.of.items():
        last = moves[-1]
        if last.to is not Status.PENDING or not look.quiet:
            continue
        waited = look.watch.state(ref, look.started.moves)[0] is Status.PENDING
        since = max(last.at, look.started.at) if waited else last.at
        digest = f"digest:telegram:{look.watch.groups[last.jail]}:"
        cards = [row for key, row in look.keys.items() if f"{key}:".startswith((f"card:{ref}:", digest))]
        if waited:
            cards = [row for row in cards if row.id in carried or row.address in look.resting]
        if look.now >= since + CARD and not any(row.attempts or row.address in look.resting for row in cards):
            yield f"B9 {ref} waits since {since}, and no approver has its card"


def unanswered(watch: Watch) -> set[str]:
    """Presses that nobody has tried to answer."""
    return watch.pressed - {tried.errand.press for tried in watch.tries if isinstance(tried.errand, Reply)}


def endings(watch: Watch) -> Iterator[str]:
    """B3, once all time is over: each request came to exactly one end. A rejection that was undone was none."""
    undone = watch.undone()
    for ref, moves in watch.of.items():
        ends = [m.to for m in moves if m.to in TERMINAL and (ref, m.version) not in undone]
        if len(ends) != 1 or moves[-1].to != ends[0]:
            yield f"B3 {ref} came to {ends}: {[m.to for m in moves]}"


__all__ = ["broken", "endings", "unanswered"]
