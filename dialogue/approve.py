"""What an approver's press does to a visit and to its chats.

Everything about a press is checked in the transaction that acts: the presser's role at that jail now, that the chat is
that jail's, the request, its version and its status. Whoever may not is answered and noted; nothing else happens.
"""

import re
from dataclasses import replace

from dialogue import card, tell
from dialogue.model import (
    Answer,
    Chat,
    Commanded,
    Edit,
    Effect,
    Event,
    Facts,
    Gone,
    Message,
    Move,
    Note,
    Pressed,
    Send,
    Session,
    Turn,
)
from dialogue.names import REASONS
from dialogue.needs import Request, RequestOf, Staff, StaffOf
from dialogue.words import _
from visits.visit import Reason, Status

DECIDERS = frozenset({"superintendent", "deputy"})
ROLES = DECIDERS | {"gate"}
PRESS = re.compile(r"card\.(ok|no|why|back)=([0-9A-Z]{8})\.(\d{1,6})(?:\.([a-z_]{1,24}))?")


def step(session: Session, event: Event, facts: Facts) -> Turn:
    """A group: only presses and commands are for the bot, people's talk among themselves is theirs."""
    match event:
        case Pressed():
            return press(session, event, facts)
        case Commanded("start" | "help", _rest):
            return Turn(session, (Send(session.talk.chat, Message((HELP,))),))
        case Gone():
            return Turn(session, (Note("chat_gone"),))
        case _other:
            return Turn(session, ())


HELP = _("Requests for visits come here as cards. Staff of this jail decide with the buttons under each card.")


def press(session: Session, event: Pressed, facts: Facts) -> Turn:
    chat = session.talk.chat
    found = PRESS.fullmatch(event.data)
    if found is None:
        return Turn(session, (Answer(chat, event.press, _("That button doesn't work here.")),))
    verb, ref, version, reason = found.groups()
    request = facts[RequestOf(ref)]
    staff = _may(session, request, facts)
    if request is None or staff is None:
        refusal = _("Only this jail's staff can decide. Your press was noted.")
        note = Note("press_refused", {"ref": ref, "verb": verb})
        return Turn(session, (Answer(chat, event.press, refusal, alert=True), note))
    if request.visit.status is not Status.PENDING or str(request.visit.version) != version:
        late = Answer(chat, event.press, card.decided(request), alert=True)
        return Turn(session, (late, Note("press_late", {"ref": ref, "verb": verb})))
    return Turn(session, _act(verb, reason or "", request, staff, session, event, facts))


def _may(session: Session, request: Request | None, facts: Facts) -> Staff | None:
    """The presser's place at that jail, if it decides and this is that jail's chat."""
    talk = session.talk
    places = facts[StaffOf(Chat(talk.chat.channel, talk.sender))]
    if request is None or request.office.chat != talk.chat:
        return None
    for place in places:
        if place.jail == request.visit.jail and place.role in DECIDERS:
            return place
    return None


def _act(
    verb: str, reason: str, request: Request, staff: Staff, session: Session, event: Pressed, facts: Facts
) -> tuple[Effect, ...]:
    chat = session.talk.chat
    match verb:
        case "ok":
            moved = _moved(request, Status.APPROVED, None, staff, event, facts)
            return (
                _move(request, moved, staff, session),
                Answer(chat, event.press, _("Approved. The family is told.")),
                _edit(chat, moved, card.card(moved, facts), event),
                *tell.approved(moved, facts),
                Note("approved", {"ref": moved.visit.ref, "by": session.talk.sender}),
            )
        case "why" if reason in REASONS and reason != Reason.OTHER:
            moved = _moved(request, Status.REJECTED, reason, staff, event, facts)
            return (
                _move(request, moved, staff, session),
                Answer(chat, event.press, _("Rejected. The family is told.")),
                _edit(chat, moved, card.card(moved, facts), event),
                *tell.rejected(moved),
                Note("rejected", {"ref": moved.visit.ref, "by": session.talk.sender, "reason": reason}),
            )
        case "no":
            asking = card.card(request, facts, buttons=card.reasons(request))
            return (Answer(chat, event.press, _("Why?")), _edit(chat, request, asking, event))
        case "back":
            return (Answer(chat, event.press), _edit(chat, request, card.card(request, facts), event))
    return (Answer(chat, event.press, _("That button doesn't work here.")),)


def _edit(chat: Chat, request: Request, message: Message, event: Pressed) -> Edit:
    """The card that was pressed, wherever it was posted again; else the one that was sent."""
    return (
        Edit(chat, message, id=event.message) if event.message else Edit(chat, message, key=card.key(request.visit.ref))
    )


def _moved(request: Request, to: Status, reason: str | None, staff: Staff, event: Pressed, facts: Facts) -> Request:
    """The request as it will be when the move succeeds: what the letters and the card are written from."""
    visit = replace(
        request.visit,
        status=to,
        version=request.visit.version + 1,
        reason=reason,
        decided_by=staff.name or event.by,
        decided_at=facts.now,
    )
    return replace(request, visit=visit)


def _move(request: Request, moved: Request, staff: Staff, session: Session) -> Move:
    was, to = request.visit, moved.visit
    actor = f"{session.talk.chat.channel}:{session.talk.sender}"
    return Move(was.ref, was.version, was.status, to.status, "staff", actor, to.decided_by or "", to.reason)
