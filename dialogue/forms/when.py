"""In person or by video, on which day, at what time: the slots that are really open are the keyboard."""

from datetime import date, datetime, time, timedelta

from dialogue import everyday
from dialogue.days import read_day
from dialogue.form import IDLE, Choice, Choices, Field, Forget, Here, Invalid, Parsed, Valid
from dialogue.forms.already import ELSEWHERE, MANY, already, same_prisoner
from dialogue.forms.booking import hold, release
from dialogue.forms.who import asking
from dialogue.forms.whom import NEW, jail_of, prisoner_of
from dialogue.hours import read_time
from dialogue.lists import named, today
from dialogue.model import Json
from dialogue.names import KINDS
from dialogue.needs import Office, OpenSlots
from dialogue.parse import chosen
from dialogue.words import Text, _
from visits.visit import Kind, Slot

WHEN = ("who", "whom", "jail")

MONTHS = (
    _("January {year}"), _("February {year}"), _("March {year}"), _("April {year}"), _("May {year}"),
    _("June {year}"), _("July {year}"), _("August {year}"), _("September {year}"), _("October {year}"),
    _("November {year}"), _("December {year}"),
)  # fmt: skip
ANOTHER_DAY = "day"
WEEKDAYS = (_("Mo"), _("Tu"), _("We"), _("Th"), _("Fr"), _("Sa"), _("Su"))


def _kinds(here: Here) -> tuple[Kind, ...]:
    office = here.facts[Office(jail_of(here))]
    return office.kinds if office else ()


def _kind_choices(here: Here) -> Choices:
    return tuple((Choice(KINDS[kind], kind.value, everyday.KINDS[kind]),) for kind in _kinds(here))


def _kind_parse(raw: str, here: Here) -> Parsed:
    value = chosen(raw, _kind_choices(here))
    return Invalid(_("Please press one of the buttons below.")) if value is None else Valid(value)


def kind_of(here: Here) -> Kind:
    """What was chosen; where a jail has one kind only, that."""
    kinds = _kinds(here)
    return Kind(here.answers["kind"]) if len(kinds) > 1 and "kind" in here.answers else (kinds or (Kind.IN_PERSON,))[0]


def _open(here: Here) -> tuple[Slot, ...]:
    return tuple(s for s in here.facts[OpenSlots(jail_of(here), kind_of(here))] if s.left > 0)


def _day(slot: Slot, here: Here) -> date:
    return slot.start.astimezone(here.facts.house.zone).date()


def _clock(slot: Slot, here: Here) -> time:
    return slot.start.astimezone(here.facts.house.zone).time()


def _mark(slots: list[Slot]) -> str:
    """How full a day is: green while a third of its places are free."""
    left, places = sum(s.left for s in slots), sum(s.capacity for s in slots)
    return "🟢" if left * 3 >= places else "🟡" if left else "✖"


def _days(here: Here) -> Choices:
    """A calendar, Monday first, each month under its name: open days with how full they are, other days a dot."""
    by_day: dict[date, list[Slot]] = {}
    for slot in here.facts[OpenSlots(jail_of(here), kind_of(here))]:
        by_day.setdefault(_day(slot, here), []).append(slot)
    if not by_day:
        return ()
    first, last = min(by_day), max(by_day)
    monday, month = first - timedelta(days=first.weekday()), 0
    rows: list[tuple[Choice, ...]] = [tuple(Choice(name, IDLE) for name in WEEKDAYS)]
    while monday <= last:
        week = [monday + timedelta(days=n) for n in range(7)]
        for this in sorted({(day.year, day.month) for day in week if first <= day <= last}):
            if this[1] != month:
                month = this[1]
                rows.append((Choice(Text(MONTHS[month - 1].msgid, {"year": this[0]}), IDLE),))
            rows.append(tuple(_cell(day, by_day.get(day, []) if day.month == month else []) for day in week))
        monday += timedelta(days=7)
    return tuple(rows)


def _cell(day: date, slots: list[Slot]) -> Choice:
    mark = _mark(slots) if slots else "·"
    if mark in "✖·":
        return Choice(Text("{mark}", {"mark": mark}), IDLE)
    return Choice(Text("{day}{mark}", {"day": day.day, "mark": mark}), day.isoformat())


def _times(here: Here) -> Choices:
    day = here.answers.get("date")
    flat = [
        Choice(_("{time} · {left} free", time=_clock(slot, here), left=slot.left), _hhmm(slot, here))
        for slot in _open(here)
        if _day(slot, here).isoformat() == day
    ]
    return (*(tuple(flat[i : i + 2]) for i in range(0, len(flat), 2)), (Choice(_("Another day"), ANOTHER_DAY),))


def _time_prompt(here: Here) -> tuple[Text, ...]:
    office = here.facts[Office(jail_of(here))]
    minutes = office.rules.hold_minutes if office else 10
    day = date.fromisoformat(here.answers["date"])
    return (
        _("At what time?"),
        Text("**{day}**", {"day": day}),
        _("Press a time. I hold it for you for {minutes} minutes.", minutes=minutes),
    )


def _hhmm(slot: Slot, here: Here) -> str:
    return slot.start.astimezone(here.facts.house.zone).strftime("%H%M")


def _date_prompt(here: Here) -> tuple[Text, ...]:
    if not _open(here):
        return (_("No time is open in the next days. Please come back tomorrow, or press Cancel."),)
    first = min(_day(slot, here) for slot in _open(here))
    return (
        ON_WHICH_DAY[kind_of(here)],
        _("The first open day is {day}.", day=first),
        _("🟢 many places · 🟡 few places · ✖ full"),
    )


ON_WHICH_DAY = {
    Kind.IN_PERSON: _("On which day do you want to come to the jail?"),
    Kind.VIDEO: _("On which day do you want to speak by video?"),
}


MANY_FIT = _("More than one button fits. Please press the one that you mean.")


def _date_parse(raw: str, here: Here) -> Parsed:
    """A button carries its day as it may also be typed. A number is a day of the month, never a place in the list."""
    if raw == IDLE:
        return Invalid(_("That day is closed or full. Please press a day with 🟢 or 🟡."))
    typed = read_day(raw)
    if typed is None:
        return Invalid(_("I can't read that as a day. Please press one of the days below."))
    now, open_days = today(here), {_day(slot, here) for slot in _open(here)}
    fitting = [day for day in sorted(open_days) if typed.fits(day, now)]
    if len(fitting) == 1:
        return Valid(fitting[0].isoformat())
    if fitting:
        return Invalid(MANY_FIT)
    coming = (now + timedelta(days=n) for n in range((max(open_days, default=now) - now).days + 1))
    closed = [day for day in coming if typed.fits(day, now)]
    if len(closed) == 1:
        return Invalid(_("{day} is closed or full. Please press a day with 🟢 or 🟡.", day=closed[0]))
    return Invalid(_("That day isn't open. Please press one of the days below."))


def _time_parse(raw: str, here: Here) -> Parsed:
    """Choosing a time holds its seat: the database decides who was first. A button carries its time as it may also be
    typed."""
    if back := held_back(here):
        return back
    if raw == ANOTHER_DAY:
        return Forget("date")
    if asking(here) is None:  # the registration has moved to another phone meanwhile
        return Invalid(_("Nothing was sent to the jail. Please press /visit to begin again."))
    typed, day = read_time(raw), here.answers.get("date")
    if not typed:
        return Invalid(_("I can't read that as a time. Please press one of the times below."))
    that_day = [s for s in here.facts[OpenSlots(jail_of(here), kind_of(here))] if _day(s, here).isoformat() == day]
    fitting = [slot for slot in that_day if _clock(slot, here) in typed]
    free = [slot for slot in fitting if slot.left > 0]
    if len(free) == 1:
        return Valid(*hold(here, free[0]))
    if free:
        return Invalid(MANY_FIT)
    return Invalid(
        HELD_BACK["slot_full"] if fitting else _("That time isn't open. Please press one of the times below.")
    )


HELD_BACK = {
    "slot_full": _("Somebody else has just taken that time. Please choose another one."),
    "open_requests_mobile": MANY,
    "prisoners_mobile": _("You have asked for five different prisoners. Please call the jail's office."),
}


def held_back(here: Here) -> Parsed | None:
    """What the database refused, when it is about the visitor or the prisoner: another prisoner may be chosen."""
    reason = here.facts.refused
    if reason != "open_request":
        return Invalid(HELD_BACK[reason]) if reason in HELD_BACK else None
    p = prisoner_of(here)
    words, effects = already(here, same_prisoner(jail_of(here), p.name, p.father)) or (ELSEWHERE, ())
    return Forget("prisoner" if here.answers.get("whom", NEW) == NEW else "whom", words, effects)


def slot_chosen(here: Here) -> Slot | None:
    """The slot that is held, as it is now; None when it is out of the window by now."""
    held = here.answers.get("time")
    start = datetime.fromisoformat(held["start"]) if held else None
    return next((s for s in here.facts[OpenSlots(jail_of(here), kind_of(here))] if s.start == start), None)


def _time_shown(value: Json, here: Here) -> Text:
    start = datetime.fromisoformat(value["start"])
    return Text("{time}", {"time": start.astimezone(here.facts.house.zone).time()})


def _date_shown(value: Json, _here: Here) -> Text:
    return Text("{day}", {"day": date.fromisoformat(value)})


KIND = Field(
    "kind",
    lambda _here: (_("Do you want to come to the jail, or speak by video?"),),
    _kind_parse,
    label=_("Visit"),
    choices=_kind_choices,
    show=named(KINDS),
    skip=lambda here: len(_kinds(here)) < 2,
    depends=WHEN,
)

DATE = Field(
    "date",
    _date_prompt,
    _date_parse,
    label=_("Day"),
    help=_("Sundays and public holidays are closed. A day without places isn't shown."),
    choices=_days,
    show=_date_shown,
    depends=(*WHEN, "kind"),
)

TIME = Field(
    "time",
    _time_prompt,
    _time_parse,
    label=_("Time"),
    choices=_times,
    show=_time_shown,
    depends=("date",),
    on_forget=release,
)
