"""/status: the family's requests as they stand, and giving one back."""

import re
from dataclasses import replace

from dialogue import tell
from dialogue.effects import Answer, Edit, Effect, Move, Note, Send, Turn
from dialogue.model import Button, Facts, Message, Pressed, Session
from dialogue.names import STATUSES, WHY
from dialogue.needs import Registered, Request, RequestOf, RequestsOf
from dialogue.questions import told
from dialogue.words import BLANK, Text, _, line, verbatim
from visits.visit import Status

DROP = re.compile(r"(drop|dropped)=([0-9A-Z]{8})\.(\d{1,6})")


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
    live = [r for r in requests if r.visit.status in (Status.PENDING, Status.APPROVED) and r.visit.start > facts.now]
    rows = tuple((Button(_("Cancel {ref}", ref=r.visit.ref), f"drop={r.visit.ref}.{r.visit.version}"),) for r in live)
    return told(session, facts, tuple(lines[:-1]), rows)


def fresh(request: Request, facts: Facts) -> bool:
    """Was it decided just now, so that staff may still take it back?"""
    v = request.visit
    undoable = v.status in (Status.APPROVED, Status.REJECTED) and v.decided_at is not None
    return undoable and v.decided_at is not None and facts.now < v.decided_at + facts.house.undo


def shown(request: Request, facts: Facts) -> Status:
    """The status as the family may know it: a decision shows only once its words have gone out."""
    return Status.PENDING if fresh(request, facts) else request.visit.status


def about(request: Request, facts: Facts) -> tuple[Text, ...]:
    """A decision shows here only once its words have gone out: until then it may be undone."""
    v, status = request.visit, shown(request, facts)
    lines = [
        Text("**{ref}** · {status}", {"ref": v.ref, "status": STATUSES[status]}),
        line(_("Visitor"), verbatim(request.visitor.name)),
        line(_("Prisoner"), verbatim(v.prisoner.name)),
        line(_("Jail"), verbatim(request.office.jail.name)),
        line(_("When"), Text("{start}", {"start": v.start})),
    ]
    if status is Status.PENDING:
        lines.append(_("With the jail since {asked}.", asked=v.created))
    if status is Status.REJECTED and v.reason:
        words = request.details.get("words")
        lines.append(_("The jail says: {words}", words=words) if words else WHY[v.reason])
    return tuple(lines)


def drop(session: Session, event: Pressed, facts: Facts, verb: str, ref: str, version: str) -> Turn:
    """Giving a visit back: asked once more, then done; only one's own, and only while it is live."""
    chat, request = session.talk.chat, facts[RequestOf(ref)]
    if request is None or request.visitor.chat != chat:
        note = Note("press_refused", {"ref": ref, "verb": verb})
        return Turn(session, (Answer(chat, event.press, _("That is not your visit."), alert=True), note))
    v = request.visit
    if fresh(request, facts) and (v.status is Status.REJECTED or str(v.version) != version):
        wait = _("The jail is just working on it. Please try again in a minute.")
        return Turn(session, (Answer(chat, event.press, wait, alert=True),))
    if v.status not in (Status.PENDING, Status.APPROVED) or str(v.version) != version or v.start <= facts.now:
        state = Text("{ref}: {status}", {"ref": ref, "status": STATUSES[v.status]})
        return Turn(session, (Answer(chat, event.press, state, alert=True),))
    if verb == "drop":
        words = (
            _("Do you want to cancel this visit? The place goes to another family."),
            BLANK,
            *about(request, facts),
        )
        yes = Button(_("Yes, cancel it"), f"dropped={ref}.{version}")
        return Turn(session, (Answer(chat, event.press), Send(chat, Message(words, ((yes,),)))))
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
