"""What time alone does to a visit: a hold that lapses, a request that nobody answered, a decision that reached nobody.

Pure, as the steps are: the sweep finds the visits, reads the facts and carries the effects out.
"""

from datetime import datetime, timedelta

from msgspec.structs import replace

from dialogue import card, postings, tell
from dialogue.effects import Effect, Move, Note, Send, Unsend
from dialogue.model import Button, Facts, House, Message, Priority, Rows
from dialogue.needs import OpenSlots, Request
from dialogue.words import BLANK, Text, _, line, verbatim
from visits.policy import decision_due
from visits.visit import Kind, Slot, Status

CHOICES = 4  # open times offered again in one press
UNREACHED = timedelta(minutes=15)  # after which staff are told that a decision reached nobody


def due(request: Request, house: House) -> datetime:
    """Until when the jail must have decided."""
    return decision_due(request.visit.start, house.zone, request.office.rules.decision_hour)


def _moved(request: Request, to: Status) -> Request:
    return replace(request, visit=replace(request.visit, status=to, version=request.visit.version + 1))


def _by_clock(request: Request, to: Status) -> Move:
    v = request.visit
    return Move(v.ref, v.version, v.status, to, "clock", "clock")


def lapse(request: Request) -> tuple[Effect, ...]:
    """A hold is over: the seat goes back, and the family hears that its answers are still there."""
    ref = request.visit.ref
    minutes = request.office.rules.hold_minutes
    text = (
        _("⌛ {minutes} minutes are over. Your time is free for other families again.", minutes=minutes),
        _("Your other answers are kept. Please go on. Before you send, I ask you for a time again."),
    )
    return (
        _by_clock(request, Status.EXPIRED),
        Send(request.visitor.chat, Message(text), key=f"lapsed:{ref}"),
        Note("hold_lapsed", {"ref": ref}),
    )


def expire(request: Request, facts: Facts) -> tuple[Effect, ...]:
    """Nobody answered in time: the family is told, with open times to ask for again in one press."""
    v, visitor, office = request.visit, request.visitor, request.office
    gone = _moved(request, Status.EXPIRED)
    text = (
        _("⌛ The jail did not answer your request **{ref}** in time. We are sorry.", ref=v.ref),
        BLANK,
        line(_("Prisoner"), verbatim(v.prisoner.name)),
        line(_("Jail"), verbatim(office.jail.name)),
        BLANK,
        _("You can ask again for another time with one press:"),
    )
    chat = Message(text, again(request, facts))
    mail = Message(
        (_("Namaste {name},", name=visitor.name), *text[:-1], _("To ask again, go back to the chat.")),
        subject=_("Not answered in time: {ref}", ref=v.ref),
    )
    sms = Message((_("Mulakat: {ref} was not answered in time. Ask again in the chat.", ref=v.ref),))
    return (
        _by_clock(request, Status.EXPIRED),
        Unsend(postings.warning_prefix(v.ref)),
        *postings.card_changed(gone, facts),
        *tell.three_ways(gone, chat, mail, sms, facts.now),
        Note("expired", {"ref": v.ref}),
    )


def again(request: Request, facts: Facts) -> Rows:
    """Open times at the same jail, soonest first, each one press; and the long way."""
    v = request.visit
    if v.kind is Kind.VIDEO and not facts.house.video_url:
        return ((Button(_("🗓️ Another time"), f"again={v.ref}"),),)
    open_: list[Slot] = [s for s in facts[OpenSlots(v.jail, v.kind)] if s.left > 0][:CHOICES]
    rows = [(Button(Text("{start}", {"start": s.start}), f"retry={v.ref}.{int(s.start.timestamp())}"),) for s in open_]
    return (*rows, (Button(_("🗓️ Another time"), f"again={v.ref}"),))


OVER = timedelta(hours=1)  # after its end an approved visit is closed, if nobody has written down more


def close(request: Request) -> tuple[Effect, ...]:
    """The time of an approved visit is past. A jail that doesn't check people in at its gate has written nothing down:
    the visit counts as done, since silence must not be held against a family."""
    return (_by_clock(request, Status.COMPLETED), Note("closed", {"ref": request.visit.ref}))


def unreached(request: Request, version: int) -> tuple[Effect, ...]:
    """Neither chat nor e-mail nor SMS took the decision: the jail's staff are told, with the number to call. Nothing to
    do when the visit has moved on since."""
    v, office = request.visit, request.office
    if office.chat is None or v.version != version:
        return ()
    text = (
        _("📞 The family could not be told about **{ref}** by chat, e-mail or SMS.", ref=v.ref),
        _("Please call {name}: {mobile}", name=request.visitor.name, mobile=request.visitor.mobile),
        card.decided(request),
    )
    key = f"unreached:{v.ref}:{v.version}"
    return (
        Send(office.chat, Message(text), key=key, priority=Priority.DECISION),
        Note("unreached", {"ref": v.ref}),
    )
