"""In person or by video, on which day, at what time: the slots that are really open are the keyboard."""

from datetime import date, time

from dialogue.form import Choice, Choices, Field, Forget, Here, Invalid, Parsed, Valid
from dialogue.forms.whom import jail_of
from dialogue.lists import named
from dialogue.model import Json
from dialogue.names import KINDS
from dialogue.needs import Office, OpenSlots
from dialogue.parse import chosen
from dialogue.words import Text, _
from visits.visit import Kind, Slot

WHEN = ("whom", "jail")


def _kinds(here: Here) -> tuple[Kind, ...]:
    office = here.facts[Office(jail_of(here))]
    return office.kinds if office else ()


def _kind_choices(here: Here) -> Choices:
    return tuple((Choice(KINDS[kind], kind.value),) for kind in _kinds(here))


def _kind_parse(raw: str, here: Here) -> Parsed:
    value = chosen(raw, _kind_choices(here))
    return Invalid(_("Please press one of the buttons below.")) if value is None else Valid(value)


def _kind(here: Here) -> Kind:
    """What was chosen; where a jail has one kind only, that."""
    kinds = _kinds(here)
    return Kind(here.answers["kind"]) if len(kinds) > 1 and "kind" in here.answers else (kinds or (Kind.IN_PERSON,))[0]


def _open(here: Here) -> tuple[Slot, ...]:
    return tuple(s for s in here.facts[OpenSlots(jail_of(here), _kind(here))] if s.left > 0)


def _day(slot: Slot, here: Here) -> date:
    return slot.start.astimezone(here.facts.house.zone).date()


def _clock(slot: Slot, here: Here) -> time:
    return slot.start.astimezone(here.facts.house.zone).time()


def _days(here: Here) -> Choices:
    days = sorted({_day(slot, here) for slot in _open(here)})
    flat = [Choice(_("{day}", day=day), day.isoformat()) for day in days]
    return tuple(tuple(flat[i : i + 2]) for i in range(0, len(flat), 2))


def _times(here: Here) -> Choices:
    day = here.answers.get("date")
    flat = [
        Choice(
            Text("{time}", {"time": _clock(slot, here)}),
            slot.start.astimezone(here.facts.house.zone).strftime("%H%M"),
        )
        for slot in _open(here)
        if _day(slot, here).isoformat() == day
    ]
    return (*(tuple(flat[i : i + 3]) for i in range(0, len(flat), 3)), (Choice(_("Another day"), "day"),))


def _date_prompt(here: Here) -> tuple[Text, ...]:
    if not _open(here):
        return (_("No time is open in the next days. Please come back tomorrow, or press Cancel."),)
    return (_("On which day do you want to come?"), _("These days still have places."))


def _date_parse(raw: str, here: Here) -> Parsed:
    value = chosen(raw, _days(here))
    return Invalid(_("Please press one of the days below: only they are open.")) if value is None else Valid(value)


def _time_parse(raw: str, here: Here) -> Parsed:
    value = chosen(raw, _times(here))
    if value == "day":
        return Forget("date")
    if value is None:
        return Invalid(_("That time isn't open. Please press one of the times below."))
    return Valid(value)


def slot_chosen(here: Here) -> Slot | None:
    """The slot of the chosen day and time, as it is now; None when it is gone."""
    wanted = (here.answers.get("date"), here.answers.get("time"))
    for slot in here.facts[OpenSlots(jail_of(here), _kind(here))]:
        local = slot.start.astimezone(here.facts.house.zone)
        if (local.date().isoformat(), local.strftime("%H%M")) == wanted:
            return slot
    return None


def _time_shown(value: Json, here: Here) -> Text:
    slot = slot_chosen(here)
    return Text("{time}", {"time": _clock(slot, here)}) if slot else Text(f"{value[:2]}:{value[2:]}")


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
    lambda _here: (_("At what time?"), _("Come half an hour earlier.")),
    _time_parse,
    label=_("Time"),
    choices=_times,
    show=_time_shown,
    depends=("date",),
)
