"""A decision, by somebody who may take it: the move, the card, the letters, and the minute in which Undo takes it back.

docs/adr/0015-undo-before-telling.md
"""

from collections.abc import Callable

from msgspec.structs import replace

from dialogue import card, postings, tell
from dialogue.effects import Answer, Edit, Effect, Move, Note, Turn, Unsend
from dialogue.model import Facts, Pressed
from dialogue.needs import Fill, Request, Staff
from dialogue.session import Session
from dialogue.words import Text, _
from visits.text import normalise
from visits.visit import Reason, Slot, Status

UNDOES = frozenset({Status.APPROVED, Status.REJECTED})


def will_be(request: Request, to: Status, reason: str | None, staff: Staff, by: str, facts: Facts) -> Request:
    """The request as it will be when the move succeeds: what the letters and the card are written from."""
    visit = replace(
        request.visit,
        status=to,
        version=request.visit.version + 1,
        reason=reason,
        decided_by=staff.name or shown(by),
        decided_at=facts.now,
    )
    return replace(request, visit=visit)


def shown(by: str) -> str:
    """The name that a person's app shows, fit to be kept."""
    return normalise(by)[:80]


def decided(
    request: Request,
    moved: Request,
    session: Session,
    letters: Callable[[Request, Facts], tuple[Effect, ...]],
    slot: Slot | None,
    facts: Facts,
) -> tuple[Effect, ...]:
    """The move, the card with Undo and a minute later without, the letters, the audit row."""
    v = moved.visit
    actor = f"{session.talk.chat.channel}:{session.talk.sender}"
    words = str(moved.details.get("words") or "") if v.reason == Reason.OTHER else ""
    move = Move(
        v.ref,
        request.visit.version,
        request.visit.status,
        v.status,
        "staff",
        actor,
        v.decided_by or "",
        v.reason,
        words,
    )
    if slot and v.status is Status.REJECTED:
        slot = replace(slot, taken=slot.taken - 1)
    now_ = Edit(session.talk.chat, card.card(moved, facts, slot, card.undoing(moved)), key=card.key(v.ref))
    after = Edit(
        session.talk.chat,
        card.card(moved, facts, slot),
        key=card.key(v.ref),
        at=facts.now + facts.house.undo,
        name=tell.decision_prefix(v.ref, v.version) + "card",
    )
    note = Note(v.status.value.lower(), {"ref": v.ref, "by": session.talk.sender, "reason": v.reason})
    return (move, Unsend(postings.warning_prefix(v.ref)), now_, after, *letters(moved, facts), note)


def _no_undo(request: Request, version: str, facts: Facts) -> Text | None:
    """Why a decision can't be taken back any more; None while it can."""
    v = request.visit
    if facts.refused == "slot_full":
        return _("It can't be undone: the place was taken by another family.")
    if facts.refused == "open_request":
        return _("It can't be undone: the family has asked again. Please decide that request.")
    if v.status is Status.PENDING:
        return _("It waits for a decision again.")
    if v.status not in UNDOES:
        return card.decided(request)
    past = v.decided_at is None or facts.now >= v.decided_at + facts.house.undo
    if str(v.version) != version or past or facts.refused:
        return _("Too late to undo: the family has been told.")
    return None


def undo(session: Session, event: Pressed, request: Request, version: str, facts: Facts) -> Turn:
    """Within a minute, and while nothing of the decision has left: the request waits again."""
    chat, v = session.talk.chat, request.visit
    if refusal := _no_undo(request, version, facts):
        kind = "undo_late" if facts.refused in ("", "told") else "undo_refused"
        return Turn(session, (Answer(chat, event.press, refusal, alert=True), Note(kind, {"ref": v.ref})))
    visit = replace(v, status=Status.PENDING, version=v.version + 1, reason=None, decided_by=None, decided_at=None)
    back = replace(request, visit=visit, details={k: w for k, w in request.details.items() if k != "words"})
    actor = f"{chat.channel}:{session.talk.sender}"
    slot = facts[Fill(v.jail, v.kind, v.start)]
    if slot and v.status is Status.REJECTED:
        slot = replace(slot, taken=slot.taken + 1)
    return Turn(
        session,
        (
            Move(v.ref, v.version, v.status, Status.PENDING, "staff", actor),
            Unsend(tell.decision_prefix(v.ref, v.version), all_or_none=True),
            Unsend(tell.reminder_prefix(v.ref)),
            Answer(chat, event.press, _("Taken back. The family was not told.")),
            *postings.card_changed(back, facts, slot),
            *postings.warnings(back, facts),
            Note("undone", {"ref": v.ref, "by": session.talk.sender}),
        ),
    )
