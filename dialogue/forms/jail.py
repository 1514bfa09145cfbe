"""Which jail: by typing part of its name, or by state and district."""

from dialogue.form import Choice, Choices, Field, Here, Invalid, Look, Parsed, Valid
from dialogue.forms.whom import is_known
from dialogue.model import Json
from dialogue.needs import JailsLike, JailsOf, Office, States
from dialogue.words import Text, _, verbatim
from visits.jails import Jail
from visits.text import normalise

PAGE = 10  # jails on one keyboard: more than that, and thumbs miss

SHUT = _("**{jail}** doesn't take requests here yet. Please ask at its office, or choose another jail.")


def _jails(found: tuple[Jail, ...]) -> Choices:
    """Jails that take requests first; the others are shown with a lock, so that nobody searches in vain."""
    rows = []
    for jail in sorted(found, key=lambda j: not j.open):
        mark = _("{jail}, {district}", jail=jail.name, district=jail.district) if jail.district else verbatim(jail.name)
        rows.append((Choice(mark if jail.open else Text("🔒 {jail}", {"jail": mark}), jail.code),))
    return tuple(rows)


def _choices(here: Here) -> Choices:
    """view: "" at first, "find:words", "states", "state:IN-DL", "state:IN-DL:2" for its third page."""
    kind, _sep, rest = here.view.partition(":")
    if kind == "find":
        return (*_jails(here.facts[JailsLike(rest)]), (Choice(_("By state ▶"), "states"),))
    if kind == "states":
        flat = [Choice(Text(name), f"state:{code}") for code, name in here.facts[States()]]
        return tuple(tuple(flat[i : i + 2]) for i in range(0, len(flat), 2))
    if kind == "state":
        code, _sep, page = rest.partition(":")
        at = int(page) if page.isdigit() else 0
        ordered = sorted(here.facts[JailsOf(code)], key=lambda j: (not j.open, j.district, j.name))
        part = tuple(ordered[at * PAGE : (at + 1) * PAGE])
        turn = [Choice(_("◀ Earlier"), f"state:{code}:{at - 1}")] if at else []
        if len(ordered) > (at + 1) * PAGE:
            turn.append(Choice(_("More ▶"), f"state:{code}:{at + 1}"))
        back = (Choice(_("Other states"), "states"),)
        return (*_jails(part), *((tuple(turn),) if turn else ()), back)
    return ((Choice(_("By state ▶"), "states"),),)


def _prompt(here: Here) -> tuple[Text, ...]:
    kind, _sep, rest = here.view.partition(":")
    if kind == "find" and not here.facts[JailsLike(rest)]:
        return (
            _("I found no jail like “{words}”.", words=rest),
            _("Try the name of its town, or look by state."),
        )
    if kind:
        return (_("Please press the jail. 🔒 means: it takes no requests here yet."),)
    return (
        _("In which jail is the person?"),
        _("Type a part of its name or its town, for example: Tihar"),
    )


def _parse(raw: str, here: Here) -> Parsed:
    if raw == "states" or (raw.startswith("state:IN-") and len(raw) < 20):
        return Look(raw)
    words = normalise(raw)
    if words.startswith("IN-") and words.isascii():
        office = here.facts[Office(words[:60])]
        if office and office.chat:
            return Valid(office.jail.code)
        if office:
            return Invalid(Text(SHUT.msgid, {"jail": office.jail.name}))
    if len(words) < 2:
        return Invalid(_("Please type at least two letters of the jail's name or town."))
    return Look(f"find:{words[:40]}")


def _shown(value: Json, here: Here) -> Text:
    office = here.facts[Office(value)]
    return verbatim(office.jail.name if office else value)


JAIL = Field(
    "jail",
    _prompt,
    _parse,
    label=_("Jail"),
    help=_("The court's or the police's paper says in which jail the person is. Type the town, or look by state."),
    choices=_choices,
    show=_shown,
    skip=is_known,
    depends=("whom",),
)
