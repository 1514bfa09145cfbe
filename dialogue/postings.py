"""What the jail's own chat is told: cards, their changes, warnings before an answer is due."""

from datetime import timedelta

from dialogue import card
from dialogue.effects import Edit, Effect, Send
from dialogue.model import Facts, Message, Priority
from dialogue.needs import CardsLately, Request
from dialogue.words import Text, _, line, verbatim
from visits.policy import decision_due
from visits.visit import Slot

CARDS_A_MINUTE = 15  # to one chat; Telegram allows 20 messages a minute to a group, the rest is for answers


def posted(request: Request, slot: Slot | None, facts: Facts, copy: str = "") -> tuple[Effect, ...]:
    """The card in the jail's chat; when very many come at once, one line for all of the next minute instead."""
    office, ref = request.office, request.visit.ref
    if office.chat is None:
        return ()
    if facts[CardsLately(office.chat)] >= CARDS_A_MINUTE:
        minute = facts.now.replace(second=0, microsecond=0) + timedelta(minutes=1)
        text = (_("📥 Many requests have come. /pending shows those that wait, the soonest first."),)
        key = f"digest:{office.chat}:{int(minute.timestamp())}"
        return (Send(office.chat, Message(text), at=minute, key=key, priority=Priority.DECISION),)
    key = card.key(ref) + (f":{copy}" if copy else "")
    return (Send(office.chat, card.card(request, facts, slot), key=key, priority=Priority.DECISION),)


def card_changed(request: Request, facts: Facts, slot: Slot | None = None) -> tuple[Effect, ...]:
    """Every copy of the card says what became of the request."""
    if request.office.chat is None:
        return ()
    return (Edit(request.office.chat, card.card(request, facts, slot), key=card.key(request.visit.ref)),)


def warning_prefix(ref: str) -> str:
    """A warning bears the card's buttons, and is a copy of the card: whoever decides on it sees Undo there."""
    return f"{card.key(ref)}:warn:"


def warnings(request: Request, facts: Facts) -> tuple[Effect, ...]:
    """Before the answer is due the jail's chat is reminded; a warning whose time is past is not written."""
    v, office = request.visit, request.office
    due = decision_due(v.start, facts.house.zone, office.rules.decision_hour)
    out = []
    for hours in office.rules.warn_hours:
        at = due - timedelta(hours=hours)
        if office.chat is None or at <= facts.now:
            continue
        # A warning may leave late, never early.
        left = _("at most one hour is left.") if hours == 1 else _("at most {hours} hours are left.", hours=hours)
        text = (
            _("⏰ Request **{ref}** still waits: {left} Please decide before {due}.", ref=v.ref, left=left, due=due),
            line(_("Visitor"), verbatim(request.visitor.name)),
            line(_("Prisoner"), verbatim(v.prisoner.name)),
            line(_("When"), Text("{start}", {"start": v.start})),
        )
        key = f"{warning_prefix(v.ref)}{v.version}:{hours}h"
        message = Message(text, card.deciding(request))
        out.append(Send(office.chat, message, at=at, until=due, key=key, priority=Priority.REMINDER))
    return tuple(out)
