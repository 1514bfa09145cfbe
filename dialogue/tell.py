"""What the family is told, and by which ways: chat, e-mail and SMS. No text promises what has not been done.

An SMS equals its registered template and holds at most 70 signs (India's DLT rules); its parameter `jail` may be cut.
"""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from dialogue import postings
from dialogue.effects import Effect, Send, Unsend
from dialogue.letters import HONEST
from dialogue.model import Button, Chat, Facts, Invite, Message, Priority
from dialogue.names import KINDS, WHY
from dialogue.needs import Request
from dialogue.room import room
from dialogue.words import BLANK, Text, _, line, verbatim
from visits.identity import IdKind
from visits.policy import decision_due
from visits.visit import Kind, Slot

# ---------------------------------------------------------------- asked


def asked(request: Request, slot: Slot | None, facts: Facts) -> tuple[Effect, ...]:
    """To the family that it is with the jail; to the jail its card, and its warnings before the answer is due."""
    v, office = request.visit, request.office
    due = decision_due(v.start, facts.house.zone, office.rules.decision_hour)
    chat = Message(
        (
            _("📨 Your request **{ref}** is with the jail since {now}.", ref=v.ref, now=facts.now),
            *_what(request),
            BLANK,
            _(
                "The jail should answer before {due}. I tell you at once, here, by e-mail and by SMS.",
                due=due,
            ),
            _("To see or cancel it: /status"),
        )
    )
    told = Send(request.visitor.chat, chat, key=f"asked:{v.ref}")
    return (told, *postings.posted(request, slot, facts), *postings.warnings(request, facts))


def nothing_booked(chat: Chat) -> tuple[Effect, ...]:
    return (Send(chat, Message((_("Nothing was sent to the jail. Please press /visit to begin again."),))),)


def _what(request: Request) -> tuple[Text, ...]:
    v = request.visit
    return (
        line(_("Visitor"), verbatim(request.visitor.name)),
        line(_("Prisoner"), verbatim(v.prisoner.name)),
        line(_("Jail"), verbatim(request.office.jail.name)),
        line(_("When"), Text("{start}", {"start": v.start})),
        line(_("Visit"), KINDS[v.kind]),
    )


# ---------------------------------------------------------------- decided


def approved(request: Request, facts: Facts) -> tuple[Effect, ...]:
    """The answer by three ways, and the reminders, in the approval's own transaction."""
    v, visitor = request.visit, request.visitor
    facts_lines = (
        *_what(request),
        line(_("Reference"), verbatim(v.ref)),
        *room(request, facts),
        BLANK,
        *_bring(request, facts.house.zone),
        BLANK,
        HONEST,
    )
    chat = Message((_("✅ Your visit is **approved**."), BLANK, *facts_lines), (_cant(request),))
    mail = Message(
        (_("Namaste {name},", name=visitor.name), _("your visit is approved."), BLANK, *facts_lines),
        subject=_("Visit approved: {start}", start=v.start),
        invite=_invite(request),
    )
    jail = request.office.jail.name
    sms = Message((_("Mulakat: APPROVED {start} {jail} Ref {ref}", start=v.start, jail=jail, ref=v.ref),))
    if v.kind is Kind.VIDEO:
        sms = Message((_("Mulakat: VIDEO APPROVED {start} {jail} Ref {ref}", start=v.start, jail=jail, ref=v.ref),))
    return (*three_ways(request, chat, mail, sms, facts.now + facts.house.undo), *reminders(request, facts))


def _bring(request: Request, zone: ZoneInfo) -> tuple[Text, ...]:
    v, visitor = request.visit, request.visitor
    if v.kind is Kind.VIDEO:
        return (_("Be ready at your phone 10 minutes before. Keep your ID card with you."),)
    arrive = v.start - timedelta(minutes=request.office.rules.arrive_minutes)
    if visitor.id_kind == IdKind.NONE:
        proof = _("Bring whatever shows who you are, and this reference.")
    else:
        proof = _("Bring your ID card itself (••••{last4}) and this reference.", last4=visitor.id_last4)
    lines = [_("Be at the gate at **{arrive}**.", arrive=arrive.astimezone(zone).time()), proof]
    if v.party > 1:
        lines.append(_cards(request))
    return (*lines, _("No phones, no tobacco, no cooked food at the gate."))


def _cards(request: Request) -> Text:
    """What those who come along show at the gate: only adults were asked for a card, and some have none."""
    kinds = {person["id_kind"] for person in request.details.get("companions") or () if person.get("id_kind")}
    if not kinds:
        return _("Children need no ID card.")
    if IdKind.NONE in kinds:
        return _("Every adult with you brings an ID card, or whatever shows who they are. Children need none.")
    return _("Every adult with you brings an ID card. Children need none.")


def _invite(request: Request, cancelled: bool = False) -> Invite:
    v, jail = request.visit, request.office.jail
    place = ", ".join(part for part in (jail.name, jail.district, jail.state_name) if part)
    if v.kind is Kind.VIDEO:
        place = "Video"
    summary = _("Visit to {prisoner}, reference {ref}", prisoner=v.prisoner.name, ref=v.ref)
    return Invite(v.ref, v.start, v.minutes, summary, place, sequence=int(cancelled), cancelled=cancelled)


def decision_prefix(ref: str, version: int) -> str:
    return f"decision:{ref}:{version}:"


def three_ways(request: Request, chat: Message, mail: Message, sms: Message, at: datetime) -> tuple[Effect, ...]:
    """A decision goes by chat, e-mail and SMS, each once for ever; not before `at`, so that it can be undone."""
    v, visitor = request.visit, request.visitor
    ways = (
        (visitor.chat, chat, "chat"),
        (Chat("email", visitor.email), mail, "email"),
        (Chat("sms", visitor.mobile), sms, "sms"),
    )
    return tuple(
        Send(to, message, at=at, key=decision_prefix(v.ref, v.version) + way, priority=Priority.DECISION)
        for to, message, way in ways
    )


def rejected(request: Request, facts: Facts) -> tuple[Effect, ...]:
    v, visitor = request.visit, request.visitor
    words = request.details.get("words")
    why = _("The jail says: {words}", words=words) if words else WHY[v.reason or "other"]
    again = ((Button(_("🗓️ Ask again"), f"again={v.ref}"),),)
    chat = Message((_("❌ Your visit is **not possible**."), why, BLANK, *_what(request), BLANK, HONEST), again)
    mail = Message(
        (
            _("Namaste {name},", name=visitor.name),
            _("your visit is not possible."),
            why,
            BLANK,
            *_what(request),
            line(_("Reference"), verbatim(v.ref)),
            BLANK,
            _("To ask again, go back to the chat and press /visit."),
            HONEST,
        ),
        subject=_("Visit not possible: {ref}", ref=v.ref),
    )
    sms = Message((_("Mulakat: visit {ref} is not possible. Why: see the chat or e-mail.", ref=v.ref),))
    return three_ways(request, chat, mail, sms, facts.now + facts.house.undo)


def _cant(request: Request) -> tuple[Button, ...]:
    v = request.visit
    return (Button(CANT[v.kind], f"drop={v.ref}.{v.version}"),)


# ---------------------------------------------------------------- reminded, cancelled

# To a video visit nobody comes.
WILL_YOU = {Kind.IN_PERSON: _("Will you come?"), Kind.VIDEO: _("Will you be there?")}
WE_WILL = {Kind.IN_PERSON: _("✅ We are coming"), Kind.VIDEO: _("✅ We will be there")}
CANT = {Kind.IN_PERSON: _("I can't come"), Kind.VIDEO: _("I can't be there")}
IF_NOT = {
    Kind.IN_PERSON: _("If you can't come any more, please press the button: the place goes to another family."),
    Kind.VIDEO: _("If you can't be there any more, please press the button: the place goes to another family."),
}


def reminder_prefix(ref: str) -> str:
    return f"reminder:{ref}:"


def reminders(request: Request, facts: Facts) -> tuple[Effect, ...]:
    """One for each of the jail's hours before the start, a video visit's once more shortly before; one whose time is
    past already is not written. Only the first asks: who has said that they come isn't asked again."""
    v, rules = request.visit, request.office.rules
    times = [(f"{hours}h", timedelta(hours=hours)) for hours in rules.remind_hours]
    if v.kind is Kind.VIDEO:
        times.append((f"{rules.remind_video_minutes}m", timedelta(minutes=rules.remind_video_minutes)))
    ahead = [(name, v.start - before) for name, before in times if v.start - before > facts.now + facts.house.undo]
    first = min((at for _name, at in ahead), default=None)
    out = []
    for name, at in ahead:
        message = Message(
            (
                _("🔔 Your visit is on {start}.", start=v.start),
                *_what(request)[:3],
                line(_("Reference"), verbatim(v.ref)),
                *room(request, facts),
                BLANK,
                *_bring(request, facts.house.zone),
                BLANK,
                WILL_YOU[v.kind] if at == first else IF_NOT[v.kind],
            ),
            ((Button(WE_WILL[v.kind], f"coming={v.ref}.{v.version}"),), _cant(request)),
        )
        key = f"{reminder_prefix(v.ref)}{v.version}:{name}"
        out.append(Send(request.visitor.chat, message, at=at, until=v.start, key=key, priority=Priority.REMINDER))
    return tuple(out)


def withdrawn(request: Request, facts: Facts, was_approved: bool) -> tuple[Effect, ...]:
    """The visitor gave the visit back: the reminders go, the jail's card says so, an invitation is taken back."""
    v, visitor = request.visit, request.visitor
    effects: list[Effect] = [
        Unsend(reminder_prefix(v.ref)),
        Unsend(postings.warning_prefix(v.ref)),
        Unsend(f"decision:{v.ref}:"),
        *postings.card_changed(request, facts),
    ]
    again = ((Button(_("🗓️ Ask for another visit"), "do=visit"),),)
    chat = Message((_("Your visit **{ref}** is cancelled. The place is free for another family.", ref=v.ref),), again)
    effects.append(Send(visitor.chat, chat))
    if was_approved:
        effects += calendar_taken_back(request)
    return tuple(effects)


def calendar_taken_back(request: Request) -> tuple[Effect, ...]:
    """The entry that the approval put into a calendar goes."""
    v, visitor = request.visit, request.visitor
    mail = Message(
        (_("Namaste {name},", name=visitor.name), _("you have cancelled this visit."), *_what(request)),
        subject=_("Visit cancelled: {ref}", ref=v.ref),
        invite=_invite(request, cancelled=True),
    )
    return (Send(Chat("email", visitor.email), mail, key=f"cancelled:{v.ref}:email"),)
