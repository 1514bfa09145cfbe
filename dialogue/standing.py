"""How a request stands, as its family may know it: a decision shows only once its words have gone out."""

from dialogue.model import Button, Facts, Rows
from dialogue.names import STATUSES, WHY
from dialogue.needs import Request
from dialogue.room import room
from dialogue.words import Text, _, line, verbatim
from visits.visit import Status


def fresh(request: Request, facts: Facts) -> bool:
    """Was it decided just now, so that staff may still take it back?"""
    v = request.visit
    undoable = v.status in (Status.APPROVED, Status.REJECTED) and v.decided_at is not None
    return undoable and v.decided_at is not None and facts.now < v.decided_at + facts.house.undo


def shown(request: Request, facts: Facts) -> Status:
    return Status.PENDING if fresh(request, facts) else request.visit.status


def about(request: Request, facts: Facts) -> tuple[Text, ...]:
    """The lines of one request in /status."""
    v, status = request.visit, shown(request, facts)
    lines = [
        Text("**{ref}** · {status}", {"ref": v.ref, "status": STATUSES[status]}),
        line(_("Visitor"), verbatim(request.visitor.name)),
        line(_("Prisoner"), verbatim(v.prisoner.name)),
        line(_("Jail"), verbatim(request.office.jail.name)),
        line(_("When"), Text("{start}", {"start": v.start})),
    ]
    if status is Status.APPROVED:
        lines += room(request, facts)
    if status is Status.PENDING:
        lines.append(_("With the jail since {asked}.", asked=v.created))
    if status is Status.REJECTED and v.reason:
        words = request.details.get("words")
        lines.append(_("The jail says: {words}", words=words) if words else WHY[v.reason])
    return tuple(lines)


def can_cancel(request: Request, facts: Facts) -> bool:
    """May the family still give it back?"""
    return request.visit.status in (Status.PENDING, Status.APPROVED) and request.visit.start > facts.now


def cancel(request: Request, facts: Facts) -> Rows:
    """The button that gives it back, where that can still be done."""
    v = request.visit
    return ((Button(_("Cancel {ref}", ref=v.ref), f"drop={v.ref}.{v.version}"),),) if can_cancel(request, facts) else ()
