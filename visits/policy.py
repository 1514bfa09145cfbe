"""The visiting rules: a jail's numbers as one record, and one function for each rule, naming its refusal.

Quotas per prisoner count a jail's records and are not here. A superintendent may override any of these with a
reason.
"""

from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from msgspec import Struct

from visits.visit import Kind, Reason, Relation, Slot

INDIA = ZoneInfo("Asia/Kolkata")
HORIZON_MOST = 30  # days
_AT_LEAST_ONE = (
    *("party", "minutes", "video_minutes", "horizon_days", "hold_minutes", "adult"),
    *("open_per_prisoner", "open_per_mobile", "prisoners_per_mobile"),
)


class Rules(Struct, frozen=True):
    """A jail's numbers. Plain ints, so that they are kept as JSON; each timedelta of them is a property."""

    party: int = 3  # people, the visitor included
    minutes: int = 30  # of a visit in person
    video_minutes: int = 15
    notice_hours: int = 24
    horizon_days: int = 14
    hold_minutes: int = 10  # a DRAFT keeps its seat this long; the sweep follows within five more
    decision_hour: int = 18  # of the day before, by the jail's clock
    warn_hours: tuple[int, ...] = (24, 6)  # before the decision is due
    open_per_prisoner: int = 1  # open requests of one visitor for one prisoner
    open_per_mobile: int = 3  # open requests from one mobile
    prisoners_per_mobile: int = 5
    arrive_minutes: int = 30  # before the start
    remind_hours: tuple[int, ...] = (24, 3)  # before the start
    remind_video_minutes: int = 15
    adult: int = 18
    video: bool = True
    sundays_closed: bool = True
    holidays_closed: bool = True
    email_required: bool = True
    contact_counts: bool = False  # a shared contact of one's own stands for the code by SMS

    def __post_init__(self) -> None:
        for name in _AT_LEAST_ONE:
            if getattr(self, name) < 1:
                raise ValueError(f"{name} is {getattr(self, name)}: give 1 or more")
        for name in ("notice_hours", "arrive_minutes", "remind_video_minutes"):
            if getattr(self, name) < 0:
                raise ValueError(f"{name} is {getattr(self, name)}: give 0 or more")
        if self.horizon_days > HORIZON_MOST:
            raise ValueError(f"horizon_days is {self.horizon_days}: give {HORIZON_MOST} or less")
        if not 0 <= self.decision_hour <= 23:
            raise ValueError(f"decision_hour is {self.decision_hour}: give an hour from 0 to 23")

    @property
    def notice(self) -> timedelta:
        return timedelta(hours=self.notice_hours)

    @property
    def horizon(self) -> timedelta:
        return timedelta(days=self.horizon_days)

    @property
    def hold(self) -> timedelta:
        return timedelta(minutes=self.hold_minutes)

    @property
    def arrive(self) -> timedelta:
        return timedelta(minutes=self.arrive_minutes)

    def length(self, kind: Kind) -> int:
        """Minutes of one visit."""
        return self.video_minutes if kind is Kind.VIDEO else self.minutes


class Case(Struct, frozen=True):
    """What is asked, as far as it is known by now: a rule whose part is still None has nothing to say.

    ages: of all who come, the visitor included. open_same: this visitor's other open requests for him.
    open_mobile, prisoners_mobile: other open requests, and other prisoners asked for, on this mobile. held: the
    slot's seat is this request's own. closed: days shut, holidays included. video_barred: by the superintendent.
    """

    slot: Slot | None = None
    kind: Kind | None = None
    party: int | None = None
    ages: tuple[int, ...] | None = None
    relation: Relation | None = None
    open_same: int = 0
    open_mobile: int = 0
    prisoners_mobile: int = 0
    held: bool = False
    video_barred: bool = False
    closed: frozenset[date] = frozenset()
    zone: ZoneInfo = INDIA


class Refusal(Struct, frozen=True):
    """`code` is the rule's name (a Reason where staff refuse for the same); `params` are its numbers."""

    code: str
    params: Mapping[str, str | int] = {}


def refusals(case: Case, rules: Rules, now: datetime) -> tuple[Refusal, ...]:
    """Every rule that is against it, in the order of RULES; empty: allowed."""
    found = (rule(case, rules, now) for rule in RULES)
    return tuple(refusal for refusal in found if refusal)


def notice(case: Case, rules: Rules, now: datetime) -> Refusal | None:
    """Too soon (or past): the jail needs its notice."""
    if case.slot and case.slot.start < now + rules.notice:
        return Refusal("notice", {"hours": rules.notice_hours})
    return None


def horizon(case: Case, rules: Rules, now: datetime) -> Refusal | None:
    """Too far ahead."""
    if case.slot and case.slot.start > now + rules.horizon:
        return Refusal("horizon", {"days": rules.horizon_days})
    return None


def date_closed(case: Case, rules: Rules, now: datetime) -> Refusal | None:
    """A day of the jail's zone on which it is shut."""
    if not case.slot:
        return None
    day = case.slot.start.astimezone(case.zone).date()
    if day in case.closed or (rules.sundays_closed and day.weekday() == 6):
        return Refusal(Reason.DATE_CLOSED, {"day": day.isoformat()})
    return None


def slot_full(case: Case, rules: Rules, now: datetime) -> Refusal | None:
    if case.slot and not case.held and not case.slot.left:
        return Refusal(Reason.SLOT_FULL)
    return None


def video_not_permitted(case: Case, rules: Rules, now: datetime) -> Refusal | None:
    kind = case.slot.kind if case.slot else case.kind
    if kind is Kind.VIDEO and (case.video_barred or not rules.video):
        return Refusal(Reason.VIDEO_NOT_PERMITTED)
    return None


def too_many_visitors(case: Case, rules: Rules, now: datetime) -> Refusal | None:
    party = case.party if case.party is not None else len(case.ages or ())
    if party > rules.party:
        return Refusal(Reason.TOO_MANY_VISITORS, {"most": rules.party, "asked": party})
    return None


def no_adult(case: Case, rules: Rules, now: datetime) -> Refusal | None:
    if case.ages is not None and not any(age >= rules.adult for age in case.ages):
        return Refusal(Reason.NO_ADULT, {"adult": rules.adult})
    return None


def open_request(case: Case, rules: Rules, now: datetime) -> Refusal | None:
    """This visitor waits for an answer about this prisoner already."""
    if case.open_same >= rules.open_per_prisoner:
        return Refusal("open_request", {"most": rules.open_per_prisoner})
    return None


def open_requests_mobile(case: Case, rules: Rules, now: datetime) -> Refusal | None:
    """Against touts: so many open requests from one mobile."""
    if case.open_mobile >= rules.open_per_mobile:
        return Refusal("open_requests_mobile", {"most": rules.open_per_mobile})
    return None


def prisoners_mobile(case: Case, rules: Rules, now: datetime) -> Refusal | None:
    """Against touts: so many prisoners from one mobile."""
    if case.prisoners_mobile >= rules.prisoners_per_mobile:
        return Refusal("prisoners_mobile", {"most": rules.prisoners_per_mobile})
    return None


RULES: tuple[Callable[[Case, Rules, datetime], Refusal | None], ...] = (
    open_request,
    open_requests_mobile,
    prisoners_mobile,
    video_not_permitted,
    notice,
    horizon,
    date_closed,
    slot_full,
    too_many_visitors,
    no_adult,
)


def decision_due(start: datetime, zone: ZoneInfo, hour: int = 18) -> datetime:
    """When the jail must have decided: `hour` o'clock by its own clock, the day before the visit; aware UTC."""
    day = start.astimezone(zone).date() - timedelta(days=1)
    return datetime.combine(day, time(hour), zone).astimezone(UTC)
