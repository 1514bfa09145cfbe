"""The approver's card: who, whom, when, and the buttons that decide. Its callback data is `card.VERB=REF.VERSION`."""

from dialogue.model import Button, Facts, Json, Message, Rows
from dialogue.names import GENDERS, HELP, ID_KINDS, KINDS, PURPOSES, REASONS, RELATIONS, STATUSES
from dialogue.needs import Request
from dialogue.words import BLANK, Param, Text, _, line, verbatim
from visits.identity import IdKind
from visits.policy import decision_due
from visits.visit import Kind, Reason, Slot, Status

SAYS = {
    Kind.IN_PERSON: _("✋ The family says: we are coming."),
    Kind.VIDEO: _("✋ The family says: we will be there."),
}

ASKED = (
    (_("Purpose"), PURPOSES, "purpose"),
    (_("Help needed"), HELP, "help"),
    (_("Help needed"), HELP, "video_help"),
)


def key(ref: str) -> str:
    """The outbox key under which a card was sent, and is edited."""
    return f"card:{ref}"


def data(verb: str, request: Request, reason: str = "") -> str:
    v = request.visit
    return f"card.{verb}={v.ref}.{v.version}" + (f".{reason}" if reason else "")


def card(request: Request, facts: Facts, slot: Slot | None = None, buttons: Rows | None = None) -> Message:
    """`slot` tells how full the time is; without `buttons`, those that decide."""
    v = request.visit
    if buttons is None:
        buttons = deciding(request) if v.status is Status.PENDING else ()
    closing: tuple[Text, ...] = ()
    if v.status is not Status.PENDING:
        closing = (BLANK, decided(request))
    else:
        due = decision_due(v.start, facts.house.zone, request.office.rules.decision_hour)
        closing = (BLANK, _("Please decide before {due}.", due=due))
    return Message((_("Request **{ref}**", ref=v.ref), BLANK, *_body(request, slot), *closing), buttons)


def _body(request: Request, slot: Slot | None) -> tuple[Text, ...]:
    v, visitor, p = request.visit, request.visitor, request.visit.prisoner
    lines = [
        line(_("Visitor"), Text("{name}, {age}", {"name": visitor.name, "age": visitor.age})),
        line(_("Father / husband"), verbatim(visitor.father)),
        line(_("Relation"), RELATIONS[v.relation]),
        line(_("ID card"), _proof(visitor.id_kind, visitor.id_last4)),
        line(_("From"), verbatim(visitor.district)),
        BLANK,
        line(_("Prisoner"), verbatim(p.name)),
        line(_("Father"), verbatim(p.father)),
        line(_("About"), _("{age} years, {gender}", age=p.age, gender=GENDERS[p.gender])),
    ]
    if p.number:
        lines.append(line(_("Number"), verbatim(p.number)))
    if request.coming and v.status is Status.APPROVED:
        lines.append(SAYS[v.kind])
    lines += [
        _("Unchecked: the visitor's own words."),
        BLANK,
        line(_("When"), Text("{start}", {"start": v.start})),
        line(_("Visit"), KINDS[v.kind]),
        line(_("Jail"), verbatim(request.office.jail.name)),
        line(_("People"), Text("{n}", {"n": v.party})),
    ]
    for person in request.details.get("companions") or ():
        lines.append(Text("• {who}", {"who": companion(person)}))
    if slot:
        lines.append(line(_("Places taken at that time"), _("{taken} of {all}", taken=slot.taken, all=slot.capacity)))
    for label, names, name in ASKED:
        value = request.details.get(name)
        if value and value != "none":
            lines.append(line(label, names.get(value) or verbatim(value)))
    if request.details.get("enrolment"):
        lines.append(line(_("Enrolment number"), verbatim(request.details["enrolment"])))
    return tuple(lines)


def companion(person: dict[str, Json]) -> Text:
    """One who comes along, on one line. The gate compares an adult's card, as the visitor's own; a child shows none."""
    parts: dict[str, Param] = {"name": person["name"], "age": person["age"], "relation": RELATIONS[person["relation"]]}
    if person.get("id_number"):
        parts["card"] = _proof(person["id_kind"], person["id_number"]["last4"])
        return Text("{name}, {age}, {relation}, {card}", parts)
    if person.get("id_kind") == IdKind.NONE:
        return _("{name}, {age}, {relation}, ⚠️ no ID card", **parts)
    return Text("{name}, {age}, {relation}", parts)


def _proof(kind: str, last4: str) -> Text:
    if kind == IdKind.NONE:
        return _("⚠️ none")
    return Text("{kind} •••• {last4}", {"kind": ID_KINDS[kind], "last4": last4})


def deciding(request: Request) -> Rows:
    return (
        (
            Button(_("✅ Approve"), data("ok", request)),
            Button(_("❌ Reject"), data("no", request)),
        ),
    )


def undoing(request: Request) -> Rows:
    return ((Button(_("↩ Undo"), data("undo", request)),),)


def reasons(request: Request) -> Rows:
    """Every reason in one tap, two in a row; `other` is in words."""
    flat = [Button(text, data("why", request, reason)) for reason, text in REASONS.items() if reason != Reason.OTHER]
    pairs = tuple(tuple(flat[i : i + 2]) for i in range(0, len(flat), 2))
    words = (Button(_("✍ In words"), data("words", request)),)
    return (*pairs, words, (Button(_("◀ Back"), data("back", request)),))


def decided(request: Request) -> Text:
    """Who did what: the last line of a card that is no longer open, and the answer to a press that came too late."""
    v = request.visit
    match v.status:
        case Status.APPROVED:
            return _("✅ Approved by {name}", name=v.decided_by or "")
        case Status.REJECTED:
            why = REASONS[Reason(v.reason)] if v.reason else _("Other")
            if request.details.get("words"):
                why = verbatim(request.details["words"])
            return _("❌ Rejected by {name}: {reason}", name=v.decided_by or "", reason=why)
        case Status.EXPIRED:
            return _("⌛ Nobody decided in time. The family was told.")
        case Status.WITHDRAWN | Status.CANCELLED:
            return _("Cancelled by the visitor.")
        case _other:
            return STATUSES[v.status]
