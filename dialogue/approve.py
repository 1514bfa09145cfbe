"""What an approver's press does to a visit and to its chats.

Everything about a press is checked in the transaction that acts: the presser's role at that jail now, that the chat is
that jail's, the request, its version and its status. Whoever may not is answered and noted; nothing else happens.
The words go out 60 s after a decision; until then Undo takes it back.
"""

import re
from collections.abc import Callable, Sequence

from msgspec.structs import replace

from dialogue import card, desk_talk, postings, tell
from dialogue.answers import begin, leave
from dialogue.effects import Answer, Delete, Edit, Effect, Move, Note, Rebind, Send, Turn, Unsend
from dialogue.form import Here, Invalid
from dialogue.forms.reason import REASON, answers_it, asked, too_old
from dialogue.model import Chat, Commanded, Event, Facts, Gone, Message, Moved, Pressed, Said
from dialogue.names import REASONS
from dialogue.needs import Fill, OfficesIn, Request, RequestOf, Staff, StaffOf
from dialogue.session import Session
from dialogue.words import Text, _
from visits.identity import holds_aadhaar
from visits.text import normalise
from visits.visit import Reason, Slot, Status

DECIDERS = frozenset({"superintendent", "deputy"})
ROLES = DECIDERS | {"gate"}
UNDOES = frozenset({Status.APPROVED, Status.REJECTED})
PRESS = re.compile(r"card\.(ok|no|why|words|back|undo)=([0-9A-Z]{8})\.(\d{1,6})(?:\.([a-z_]{1,24}))?")


def step(session: Session, event: Event, facts: Facts) -> Turn:
    """A group: presses, commands and the replies that were asked for; people's talk among themselves is theirs."""
    match event:
        case Pressed():
            return press(session, event, facts)
        case Commanded("cancel") if session.forms[-1:] == (REASON.name,):
            return Turn(leave(session, REASON), (Send(session.talk.chat, Message((REASON.stop,))),))
        case Commanded(name, rest):
            return desk_talk.command(session, name, rest, facts, _places(session, facts))
        case Said() if session.forms[-1:] == (REASON.name,):
            return _in_words(session, event, facts)
        case Gone():
            return _gone(session, facts)
        case Moved(to):
            new = Chat(session.talk.chat.channel, to)
            told = moved(new, facts.house.admins)
            return Turn(session, (Rebind(session.talk.chat, new), *told, Note("chat_moved", {"to": to})))
        case _other:
            return Turn(session, ())


def moved(to: Chat, admins: Sequence[Chat]) -> tuple[Send, ...]:
    """A group became a supergroup: the operators hear of it once, from whatever we heard it."""
    told = _("A group has become a supergroup: its number is {new} now. Nothing needs to be done.", new=to.id)
    return tuple(Send(admin, Message((told,)), key=f"moved:{to}:{admin}") for admin in admins)


def _gone(session: Session, facts: Facts) -> Turn:
    """The bot was removed from a chat: the operators hear of the jails that can't decide any more."""
    offices = facts[OfficesIn(session.talk.chat)]
    text = [
        _("⚠️ The bot was removed from the chat of {jail}. Its requests reach nobody.", jail=o.jail.name)
        for o in offices
    ]
    sends = [Send(admin, Message((line,))) for line in text for admin in facts.house.admins]
    return Turn(session, (*sends, Note("chat_gone", {"jails": [o.jail.code for o in offices]})))


# ---------------------------------------------------------------- who may


def _places(session: Session, facts: Facts) -> tuple[Staff, ...]:
    talk = session.talk
    return facts[StaffOf(Chat(talk.chat.channel, talk.sender))]


def _may(session: Session, request: Request | None, facts: Facts) -> Staff | None:
    """The presser's place at that jail, if it decides and this is that jail's chat."""
    places = _places(session, facts)
    if request is None or request.held or request.office.chat != session.talk.chat:
        return None
    return next((p for p in places if p.jail == request.visit.jail and p.role in DECIDERS), None)


def _works_here(session: Session, facts: Facts) -> bool:
    here = {office.jail.code for office in facts[OfficesIn(session.talk.chat)]}
    return any(place.jail in here for place in _places(session, facts))


# ---------------------------------------------------------------- presses


def press(session: Session, event: Pressed, facts: Facts) -> Turn:
    chat = session.talk.chat
    if page := desk_talk.MORE.fullmatch(event.data):
        return desk_talk.more(session, event, page[1], page[2], facts, _places(session, facts))
    found = PRESS.fullmatch(event.data)
    if found is None:
        note = Note("press_refused", {"verb": re.sub(r"[^a-z].*", "", event.data, flags=re.DOTALL)[:16]})
        return Turn(session, (Answer(chat, event.press, _("That button doesn't work here.")), note))
    verb, ref, version, reason = found.groups()
    request = facts[RequestOf(ref)]
    staff = _may(session, request, facts)
    if request is None and _works_here(session, facts):
        gone = _("This request is no longer kept: the family has taken back its details.")
        return Turn(
            session, (Answer(chat, event.press, gone, alert=True), Note("press_late", {"ref": ref, "verb": verb}))
        )
    if request is None or staff is None:
        refusal = _("Only this jail's staff can decide. Your press was noted.")
        note = Note("press_refused", {"ref": ref, "verb": verb})
        return Turn(session, (Answer(chat, event.press, refusal, alert=True), note))
    if session.forms[-1:] == (REASON.name,):
        session = leave(session, REASON)
    if verb == "undo":
        return _undo(session, event, request, version, facts)
    if request.visit.status is not Status.PENDING or str(request.visit.version) != version:
        late = Answer(chat, event.press, card.decided(request), alert=True)
        return Turn(session, (late, Note("press_late", {"ref": ref, "verb": verb})))
    if request.visit.start <= facts.now:
        past = Answer(chat, event.press, _("The time of this visit is past."), alert=True)
        return Turn(session, (past, Note("press_late", {"ref": ref, "verb": verb})))
    slot = facts[Fill(request.visit.jail, request.visit.kind, request.visit.start)]
    return _act(verb, reason or "", request, staff, session, event, slot, facts)


def _act(
    verb: str,
    reason: str,
    request: Request,
    staff: Staff,
    session: Session,
    event: Pressed,
    slot: Slot | None,
    facts: Facts,
) -> Turn:
    chat = session.talk.chat
    match verb:
        case "ok":
            moved = _moved(request, Status.APPROVED, None, staff, event.by, facts)
            told = Answer(chat, event.press, _("Approved. The family is told in a minute; until then you can undo."))
            return Turn(session, (told, *_decided(request, moved, session, tell.approved, slot, facts)))
        case "why" if reason in REASONS and reason != Reason.OTHER:
            moved = _moved(request, Status.REJECTED, reason, staff, event.by, facts)
            told = Answer(chat, event.press, _("Rejected. The family is told in a minute; until then you can undo."))
            return Turn(session, (told, *_decided(request, moved, session, tell.rejected, slot, facts)))
        case "no":
            asking = card.card(request, facts, slot, card.reasons(request))
            return Turn(session, (Answer(chat, event.press, _("Why?")), _edit(chat, request, asking, event)))
        case "back":
            bare = card.card(request, facts, slot)
            return Turn(session, (Answer(chat, event.press), _edit(chat, request, bare, event)))
        case "words":
            v = request.visit
            session = begin(session, REASON, asked(v.ref, v.version, facts.now))
            asks = _why(session, Text("{name}, {ref}:", {"name": staff.name or _shown(event.by), "ref": v.ref}), facts)
            return Turn(session, (Answer(chat, event.press), asks))
    return Turn(session, (Answer(chat, event.press, _("That button doesn't work here.")),))


def _edit(chat: Chat, request: Request, message: Message, event: Pressed) -> Edit:
    """The card that was pressed; else every copy that was sent."""
    key = card.key(request.visit.ref)
    return Edit(chat, message, key=key, id=event.message or None)


def _why(session: Session, lead: Text, facts: Facts) -> Send:
    """The question for the reason; a reply to it is known by the request that it names."""
    prompt = REASON.fields[0].prompt(Here(session, REASON, facts))
    return Send(session.talk.chat, Message((lead, *prompt), asks="reply"))


def _in_words(session: Session, event: Said, facts: Facts) -> Turn:
    """The reply that says why not."""
    chat, given = session.talk.chat, session.of(REASON.name)
    if not answers_it(event, given, session.talk.private):
        return Turn(session, ())
    if too_old(given, facts.now):
        old = _("{ref}: that was asked long ago. Please press Reject on the card again.", ref=given["ref"])
        return Turn(leave(session, REASON), (Send(chat, Message((old,))),))
    parsed = REASON.fields[0].parse(event.text, Here(session, REASON, facts))
    if isinstance(parsed, Invalid):
        told = Text("{ref}: {text}", {"ref": given["ref"], "text": parsed.text})
        gone = (Delete(chat, event.message),) if holds_aadhaar(event.text) and event.message else ()
        return Turn(session, (*gone, _why(session, told, facts)))
    session = leave(session, REASON)
    request = facts[RequestOf(given["ref"])]
    staff = _may(session, request, facts)
    if request is None or staff is None:
        nothing = Message((_("Only this jail's staff can decide. Nothing was done."),))
        return Turn(session, (Send(chat, nothing), Note("press_refused", {"ref": given["ref"], "verb": "words"})))
    if request.visit.status is not Status.PENDING or request.visit.version != given["version"]:
        return Turn(session, (Send(chat, Message((card.decided(request),))),))
    words = str(getattr(parsed, "value", ""))
    moved = _moved(request, Status.REJECTED, Reason.OTHER, staff, "", facts)
    moved = replace(moved, details={**moved.details, "words": words})
    slot = facts[Fill(request.visit.jail, request.visit.kind, request.visit.start)]
    return Turn(session, _decided(request, moved, session, tell.rejected, slot, facts))


# ---------------------------------------------------------------- deciding and undoing


def _moved(request: Request, to: Status, reason: str | None, staff: Staff, by: str, facts: Facts) -> Request:
    """The request as it will be when the move succeeds: what the letters and the card are written from."""
    visit = replace(
        request.visit,
        status=to,
        version=request.visit.version + 1,
        reason=reason,
        decided_by=staff.name or _shown(by),
        decided_at=facts.now,
    )
    return replace(request, visit=visit)


def _shown(by: str) -> str:
    """The name that a person's app shows, fit to be kept."""
    return normalise(by)[:80]


def _decided(
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


def _undo(session: Session, event: Pressed, request: Request, version: str, facts: Facts) -> Turn:
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
