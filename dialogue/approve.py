"""What an approver's press does to a visit and to its chats.

Everything about a press is checked in the transaction that acts: the presser's role at that jail now, that the chat is
that jail's, the request, its version and its status. Whoever may not is answered and noted; nothing else happens.
`decision.py` has what a decision then does.
"""

import re
from collections.abc import Sequence

from msgspec.structs import replace

from dialogue import card, decision, desk_talk, tell
from dialogue.answers import begin, leave
from dialogue.effects import Answer, Delete, Edit, Note, Rebind, Send, Turn
from dialogue.form import Here, Invalid
from dialogue.forms.reason import REASON, answers_it, asked, too_old
from dialogue.model import Chat, Commanded, Event, Facts, Gone, Message, Moved, Pressed, Said
from dialogue.names import REASONS
from dialogue.needs import Fill, OfficesIn, Request, RequestOf, Staff, StaffOf
from dialogue.session import Session
from dialogue.words import Text, _
from visits.identity import holds_aadhaar
from visits.visit import Reason, Slot, Status

DECIDERS = frozenset({"superintendent", "deputy"})
ROLES = DECIDERS | {"gate"}
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
        return decision.undo(session, event, request, version, facts)
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
            moved = decision.will_be(request, Status.APPROVED, None, staff, event.by, facts)
            told = Answer(chat, event.press, _("Approved. The family is told in a minute; until then you can undo."))
            return Turn(session, (told, *decision.decided(request, moved, session, tell.approved, slot, facts)))
        case "why" if reason in REASONS and reason != Reason.OTHER:
            moved = decision.will_be(request, Status.REJECTED, reason, staff, event.by, facts)
            told = Answer(chat, event.press, _("Rejected. The family is told in a minute; until then you can undo."))
            return Turn(session, (told, *decision.decided(request, moved, session, tell.rejected, slot, facts)))
        case "no":
            asking = card.card(request, facts, slot, card.reasons(request))
            return Turn(session, (Answer(chat, event.press, _("Why?")), _edit(chat, request, asking, event)))
        case "back":
            bare = card.card(request, facts, slot)
            return Turn(session, (Answer(chat, event.press), _edit(chat, request, bare, event)))
        case "words":
            v = request.visit
            session = begin(session, REASON, asked(v.ref, v.version, facts.now))
            whose = Text("{name}, {ref}:", {"name": staff.name or decision.shown(event.by), "ref": v.ref})
            asks = _why(session, whose, facts)
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
    moved = decision.will_be(request, Status.REJECTED, Reason.OTHER, staff, "", facts)
    moved = replace(moved, details={**moved.details, "words": words})
    slot = facts[Fill(request.visit.jail, request.visit.kind, request.visit.start)]
    return Turn(session, decision.decided(request, moved, session, tell.rejected, slot, facts))
