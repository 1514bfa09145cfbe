"""Which jail: by typing part of its name, or by state and district."""

import re

from dialogue.effects import Note, Send, Watch
from dialogue.form import SHARED, Act, Choice, Choices, Field, Here, Invalid, Look, Parsed, Valid
from dialogue.forms.already import many_wait
from dialogue.model import Json, Message
from dialogue.needs import JailsLike, JailsNear, JailsOf, Office, States
from dialogue.words import Text, _, verbatim
from visits.jails import Jail
from visits.text import normalise

PAGE = 10  # jails on one keyboard: more than that, and thumbs miss


def _jails(found: tuple[Jail, ...]) -> Choices:
    """Jails that take requests first; the others are shown with a lock, so that nobody searches in vain."""
    rows = []
    for jail in sorted(found, key=lambda j: not j.open):
        mark = _("{jail}, {district}", jail=jail.name, district=jail.district) if jail.district else verbatim(jail.name)
        rows.append((Choice(mark if jail.open else Text("🔒 {jail}", {"jail": mark}), jail.code),))
    return tuple(rows)


def _choices(here: Here) -> Choices:
    """view: "" at first; "find:words", "near:28.6,77.1", "states", "state:IN-DL", "state:IN-DL:2" for its third page,
    "shut:CODE" for one that takes no requests, "unlisted"."""
    kind, _sep, rest = here.view.partition(":")
    ways = ((Choice(_("By state ▶"), "states"), Choice(_("📍 Near me"), "where")),)
    missing = (Choice(_("My jail isn't listed"), "unlisted"),)
    if kind == "find":
        return (*_jails(here.facts[JailsLike(rest)]), *ways, missing)
    if kind == "near":
        lat, _comma, lon = rest.partition(",")
        return (*_jails(here.facts[JailsNear(float(lat), float(lon))]), *ways, missing)
    if kind == "shut":
        return ((Choice(_("🔔 Tell me when it opens here"), f"watch:{rest}"),), (Choice(_("Another jail"), "first"),))
    if kind == "unlisted":
        return ((Choice(_("Another jail"), "first"),),)
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
        return (*_jails(part), *((tuple(turn),) if turn else ()), back, missing)
    return ways


def _prompt(here: Here) -> tuple[Text, ...]:
    kind, _sep, rest = here.view.partition(":")
    if kind == "find" and not here.facts[JailsLike(rest)]:
        return (
            _("I found no jail like “{words}”.", words=rest),
            _("Try the name of its town, or look by state."),
        )
    if kind == "shut":
        office = here.facts[Office(rest)]
        name = office.jail.name if office else rest
        return (
            _("**{jail}** doesn't take requests here yet.", jail=name),
            _("Please ask at the jail's own office; with a paper of the court or the police they can help you."),
        )
    if kind == "unlisted":
        return (_("Please type the name of the jail and its town. Those who run this service are told."),)
    if kind == "near":
        return (
            _("Some jails near you. Not of every jail is it known where it lies: if yours isn't here, type its name."),
            _("🔒 means: it takes no requests here yet."),
            _("Places: India Post directory, data.gov.in"),
        )
    if kind:
        return (_("Please press the jail. 🔒 means: it takes no requests here yet."),)
    return (
        _("In which jail is the person?"),
        _("Type a part of its name or its town, for example: Tihar"),
    )


def _parse(raw: str, here: Here) -> Parsed:
    if raw in ("states", "unlisted") or STATE.fullmatch(raw):
        return Look(raw)
    if raw == "first":
        return Look("")
    if raw == "where":
        asks = Message((_("Press the button below your keyboard to share where you are."),), asks="location")
        return Act(_("You can also go on typing the name."), (Send(here.session.talk.chat, asks),))
    if PLACE.fullmatch(raw):
        return Look("near:" + raw.removeprefix(f"{SHARED}location:"))
    if raw.startswith("watch:"):
        return _watch(raw.removeprefix("watch:"), here)
    words = normalise(raw)
    if here.view == "unlisted" and len(words) >= 3:
        told = _("A family looks for a jail that isn't listed: {words}", words=words[:100])
        once = f"unlisted:{here.session.talk.chat}:{here.facts.vault.digest('unlisted', words.casefold())}"
        sends = [Send(admin, Message((told,)), key=f"{once}:{admin}") for admin in here.facts.house.admins]
        if not sends:
            return Act(_("Please ask at the jail's own office. You can also choose another jail."), (Note("unlisted"),))
        return Act(_("Thank you. I pass it on. You can also choose another jail."), (*sends, Note("unlisted")))
    if words.startswith("IN-") and words.isascii():
        office = here.facts[Office(words[:60])]
        if office and not office.chat:
            return Look(f"shut:{office.jail.code}")
        if office:
            many = many_wait(here, office.rules)
            return Invalid(many) if many else Valid(office.jail.code)
    if len(words) < 2:
        return Invalid(_("Please type at least two letters of the jail's name or town."))
    return Look(f"find:{words[:40]}")


STATE = re.compile(r"state:IN-[A-Z]{2}(:[0-9]{1,2})?")
PLACE = re.compile(SHARED + r"location:-?[0-9]{1,3}\.[0-9]{6},-?[0-9]{1,3}\.[0-9]{6}")


def _watch(code: str, here: Here) -> Parsed:
    office = here.facts[Office(normalise(code)[:60])]
    if office is None or office.chat:
        return Look("")
    text = _("I tell you here when {jail} takes requests.", jail=office.jail.name)
    return Act(text, (Watch(here.session.talk.chat, office.jail.code), Note("watched", {"jail": office.jail.code})))


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
    depends=("whom",),
    takes="location",
)
