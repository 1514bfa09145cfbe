"""/status: the family's requests as they stand, and giving one back."""

import re

from msgspec.structs import replace

from dialogue import tell
from dialogue.effects import Answer, Edit, Effect, Move, Note, Send, Turn
from dialogue.model import Button, Facts, Message, Pressed
from dialogue.names import STATUSES
from dialogue.needs import Registered, Request, RequestOf, RequestsOf
from dialogue.questions import told
from dialogue.session import Session
from dialogue.standing import about, can_cancel, cancel, fresh, shown
from dialogue.words import BLANK, Text, _
from visits.visit import Status

DROP = re.compile(r"(drop|dropped|kept)=([0-9A-Z]{8})\.(\d{1,6})")


def requests_of(session: Session, facts: Facts) -> tuple[Request, ...]:
    """The requests of everybody who shares this chat, soonest first."""
    people = facts[Registered(session.talk.chat)]
    found = [r for visitor in people for r in facts[RequestsOf(visitor.number)]]
    return tuple(sorted(found, key=lambda r: r.visit.start))


def status_list(session: Session, facts: Facts) -> Turn:
    if not facts[Registered(session.talk.chat)]:
        return told(session, facts, (_("You are not registered yet. Press /register to begin."),))
    requests = requests_of(session, facts)
    if not requests:
        return told(session, facts, (_("You have no visits. Press /visit to ask for one."),))
    lines: list[Text] = []
    for request in requests[-10:]:
        lines += [*about(request, facts), BLANK]
    rows = tuple(row for r in requests for row in cancel(r, facts))
    return told(session, facts, tuple(lines[:-1]), rows)


def drop(session: Session, event: Pressed, facts: Facts, verb: str, ref: str, version: str) -> Turn:
    """Giving a visit back: asked once more, then done; only one's own, and only while it is live."""
    chat, request = session.talk.chat, facts[RequestOf(ref)]
    if request is None or request.visitor.chat != chat:
        note = Note("press_refused", {"ref": ref, "verb": verb})
        return Turn(session, (Answer(chat, event.press, _("That is not your visit."), alert=True), note))
    v = request.visit
    if verb == "kept":
        stays = Message((_("Nothing is cancelled."), BLANK, *about(request, facts)))
        shows: Effect = Edit(chat, stays, id=event.message) if event.message else Send(chat, stays)
        return Turn(session, (Answer(chat, event.press), shows))
    if fresh(request, facts) and (v.status is Status.REJECTED or str(v.version) != version):
        wait = _("The jail is just working on it. Please try again in a minute.")
        return Turn(session, (Answer(chat, event.press, wait, alert=True),))
    if not can_cancel(request, facts) or str(v.version) != version:
        state = Text("{ref}: {status}", {"ref": ref, "status": STATUSES[v.status]})
        return Turn(session, (Answer(chat, event.press, state, alert=True),))
    if verb == "drop":
        words = (_("Cancel this visit? The place goes to another family."), BLANK, *about(request, facts))
        yes, no = (
            Button(_("Yes, cancel it"), f"dropped={ref}.{version}"),
            Button(_("No, keep it"), f"kept={ref}.{version}"),
        )
        return Turn(session, (Answer(chat, event.press), Send(chat, Message(words, ((yes,), (no,))))))
    to = Status.WITHDRAWN if v.status is Status.PENDING else Status.CANCELLED
    gone = replace(request, visit=replace(v, status=to, version=v.version + 1), coming=False)
    effects: tuple[Effect, ...] = (
        Move(ref, v.version, v.status, to, "visitor", str(chat)),
        Answer(chat, event.press),
        *tell.withdrawn(gone, facts, was_approved=shown(request, facts) is Status.APPROVED),
        Note("given_back", {"ref": ref}),
    )
    if event.message:
        effects = (*effects, Edit(chat, Message(about(gone, facts)), id=event.message))
    return Turn(session, effects)
