"""What staff ask in the jail's chat: /pending, /today, /find REF. Whatever is read leaves an audit row."""

from dialogue import card, postings
from dialogue.effects import Effect, Note, Send, Turn
from dialogue.model import Facts, Message, Priority, Session
from dialogue.needs import Fill, OfficesIn, PendingIn, Request, RequestOf, Staff, TodayIn
from dialogue.words import BLANK, Text, _
from visits.reference import check_reference

SHOWN = 5  # cards at once; /pending again shows what still waits

HELP = (
    _("Requests for visits come here as cards. Staff of this jail decide with the buttons under each card."),
    _("/pending what waits, the soonest first · /today who comes today · /find REFERENCE one request"),
)


def command(session: Session, name: str, rest: str, facts: Facts, places: tuple[Staff, ...]) -> Turn:
    """Staff of a jail that is decided here are answered; for anybody else a group is silent, and it is noted."""
    chat = session.talk.chat
    mine = {place.jail for place in places}
    here = [office.jail.code for office in facts[OfficesIn(chat)]]
    if name in ("start", "help"):
        return Turn(session, (Send(chat, Message(HELP)),))
    if name not in ("pending", "today", "find"):
        return Turn(session, ())
    if not mine & set(here):
        words = Message((_("Only staff of a jail that is decided in this chat can ask that."),))
        silent: tuple[Effect, ...] = () if not session.talk.private else (Send(chat, words),)
        return Turn(session, (*silent, Note("read_refused", {"command": name})))
    match name:
        case "pending":
            return _pending(session, facts, mine)
        case "today":
            return _today(session, facts, mine)
    return _find(session, rest, facts, mine)


def _pending(session: Session, facts: Facts, mine: set[str]) -> Turn:
    chat = session.talk.chat
    waiting = [r for r in facts[PendingIn(chat)] if r.visit.jail in mine]
    if not waiting:
        return Turn(
            session, (Send(chat, Message((_("Nothing waits."),))), Note("read", {"command": "pending", "count": 0}))
        )
    effects: list[Effect] = []
    for request in waiting[:SHOWN]:
        slot = facts[Fill(request.visit.jail, request.visit.kind, request.visit.start)]
        key = f"{card.key(request.visit.ref)}:{facts.nonce[:8]}"
        effects.append(Send(chat, card.card(request, facts, slot), key=key, priority=Priority.DECISION))
    rest = len(waiting) - SHOWN
    if rest > 0:
        more = _("{count} more wait. Press /pending again when these are decided.", count=rest)
        if rest == 1:
            more = _("One more waits. Press /pending again when these are decided.")
        effects.append(Send(chat, Message((more,)), priority=Priority.DECISION))
    note = Note("read", {"command": "pending", "refs": [r.visit.ref for r in waiting[:SHOWN]]})
    return Turn(session, (*effects, note))


def _today(session: Session, facts: Facts, mine: set[str]) -> Turn:
    chat = session.talk.chat
    day = facts.now.astimezone(facts.house.zone).date()
    coming = [r for r in facts[TodayIn(chat, day)] if r.visit.jail in mine]
    lines = [
        _("**Visits on {day}: {count}**", day=day, count=len(coming)),
        BLANK,
        *(_row(r, facts) for r in coming[:60]),
    ]
    note = Note("read", {"command": "today", "refs": [r.visit.ref for r in coming]})
    return Turn(session, (Send(chat, Message(tuple(lines))), note))


def _row(request: Request, facts: Facts) -> Text:
    v = request.visit
    return Text(
        "{time} {ref} {name} ({party}) → {prisoner}{coming}",
        {
            "time": v.start.astimezone(facts.house.zone).time(),
            "ref": v.ref,
            "name": request.visitor.name,
            "party": v.party,
            "prisoner": v.prisoner.name,
            "coming": " ✋" if request.coming else "",
        },
    )


def _find(session: Session, rest: str, facts: Facts, mine: set[str]) -> Turn:
    chat, ref = session.talk.chat, check_reference(rest)
    request = facts[RequestOf(ref)] if ref else None
    if request is None or request.held or request.visit.jail not in mine or request.office.chat != chat:
        text = _("There is no such request here. A reference has 8 signs, for example /find 7K2P9XWC.")
        return Turn(session, (Send(chat, Message((text,))), Note("read_refused", {"command": "find"})))
    slot = facts[Fill(request.visit.jail, request.visit.kind, request.visit.start)]
    key = f"{card.key(request.visit.ref)}:{facts.nonce[:8]}"
    shown = Send(chat, card.card(request, facts, slot), key=key, priority=Priority.DECISION)
    return Turn(session, (shown, Note("read", {"command": "find", "refs": [request.visit.ref]})))


def reposted(requests: tuple[Request, ...], facts: Facts) -> tuple[Effect, ...]:
    """After every start the cards that wait are posted again: few as cards, many as one line."""
    if not requests or requests[0].office.chat is None:
        return ()
    chat = requests[0].office.chat
    if len(requests) > SHOWN:
        text = _("📥 {count} requests wait. /pending shows them, the soonest first.", count=len(requests))
        return (Send(chat, Message((text,)), key=f"digest:{chat}:{facts.nonce[:8]}", priority=Priority.DECISION),)
    effects: list[Effect] = []
    for request in requests:
        slot = facts[Fill(request.visit.jail, request.visit.kind, request.visit.start)]
        effects += postings.posted(request, slot, facts, copy=facts.nonce[:8])
    return tuple(effects)
