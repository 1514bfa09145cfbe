"""What staff ask in the jail's chat: /pending, /today, /find REF. Whatever is read leaves an audit row."""

import re
from datetime import UTC, datetime

from dialogue import card, postings
from dialogue.effects import Answer, Edit, Effect, Note, Send, Turn
from dialogue.model import Button, Chat, Facts, Message, Pressed, Priority, Rows
from dialogue.needs import Fill, OfficesIn, PendingIn, Place, Request, RequestOf, Staff, TodayIn, Waiting
from dialogue.session import Session
from dialogue.words import BLANK, Text, _
from visits.reference import check_reference

SHOWN = 5  # cards at once; a button shows those after them
MORE = re.compile(r"card\.more=([0-9]{1,10})\.([0-9A-Z]{8})")  # after which place: when it starts, and its reference

HELP = (
    _("Requests for visits come here as cards. Staff of this jail decide with the buttons under each card."),
    _("/pending what waits, the soonest first · /today who comes today · /find REFERENCE one request"),
)


def command(session: Session, name: str, rest: str, facts: Facts, places: tuple[Staff, ...]) -> Turn:
    """Staff of a jail that is decided here are answered; for anybody else a group is silent, and it is noted."""
    chat = session.talk.chat
    mine = _jails(chat, facts, places)
    if name in ("start", "help"):
        return Turn(session, (Send(chat, Message(HELP)),))
    if name not in ("pending", "today", "find"):
        return Turn(session, ())
    if not mine:
        words = Message((_("Only staff of a jail that is decided in this chat can ask that."),))
        silent: tuple[Effect, ...] = () if not session.talk.private else (Send(chat, words),)
        return Turn(session, (*silent, Note("read_refused", {"command": name})))
    match name:
        case "pending":
            return _pending(session, facts, mine)
        case "today":
            return _today(session, facts, mine)
    return _find(session, rest, facts, mine)


def _jails(chat: Chat, facts: Facts, places: tuple[Staff, ...]) -> tuple[str, ...]:
    """The jails that are decided in this chat and have this person among their staff."""
    here = {office.jail.code for office in facts[OfficesIn(chat)]}
    return tuple(sorted(here & {place.jail for place in places}))


def more(session: Session, event: Pressed, start: str, ref: str, facts: Facts, places: tuple[Staff, ...]) -> Turn:
    """The button under a page. What it says is only where to go on: who may read is looked up, as for /pending."""
    chat = session.talk.chat
    mine = _jails(chat, facts, places)
    if not mine:
        refusal = _("Only staff of a jail that is decided in this chat can ask that.")
        note = Note("press_refused", {"ref": ref, "verb": "more"})
        return Turn(session, (Answer(chat, event.press, refusal, alert=True), note))
    after = (datetime.fromtimestamp(int(start), UTC), ref)
    waiting = facts[PendingIn(mine, after, SHOWN)]
    if not waiting.count:
        return Turn(session, (Answer(chat, event.press, _("Nothing more waits."), alert=True), _nothing_read()))
    done = Edit(chat, Message((_("See below."),)), key=_more_key(after))
    return Turn(session, (Answer(chat, event.press), done, *_page(chat, waiting, facts)))


def _pending(session: Session, facts: Facts, mine: tuple[str, ...]) -> Turn:
    chat, waiting = session.talk.chat, facts[PendingIn(mine, None, SHOWN)]
    if not waiting.count:
        return Turn(session, (Send(chat, Message((_("Nothing waits."),))), _nothing_read()))
    return Turn(session, _page(chat, waiting, facts))


def _nothing_read() -> Note:
    return Note("read", {"command": "pending", "count": 0})


def _page(chat: Chat, waiting: Waiting, facts: Facts) -> tuple[Effect, ...]:
    """The cards of some that wait, and the button to those after them: none needs to be decided to see the others."""
    effects: list[Effect] = []
    for request in waiting.requests:
        slot = facts[Fill(request.visit.jail, request.visit.kind, request.visit.start)]
        key = f"{card.key(request.visit.ref)}:{facts.nonce[:8]}"
        effects.append(Send(chat, card.card(request, facts, slot), key=key, priority=Priority.DECISION))
    if waiting.last and waiting.left:
        words = _("One more waits.") if waiting.left == 1 else _("{count} more wait.", count=waiting.left)
        key = f"{_more_key(waiting.last)}:{facts.nonce[:8]}"
        effects.append(
            Send(chat, Message((words,), _next(waiting.last, waiting.left)), key=key, priority=Priority.DECISION)
        )
    return (*effects, Note("read", {"command": "pending", "refs": [r.visit.ref for r in waiting.requests]}))


def _more_key(place: Place) -> str:
    """Under which the line with the button was sent: it loses its button by this, whatever message a press names."""
    start, ref = place
    return f"more:{int(start.timestamp())}.{ref}"


def _next(place: Place, left: int) -> Rows:
    start, ref = place
    return ((Button(_("Show {count} more", count=min(left, SHOWN)), f"card.more={int(start.timestamp())}.{ref}"),),)


def _today(session: Session, facts: Facts, mine: tuple[str, ...]) -> Turn:
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


def _find(session: Session, rest: str, facts: Facts, mine: tuple[str, ...]) -> Turn:
    chat, ref = session.talk.chat, check_reference(rest)
    request = facts[RequestOf(ref)] if ref else None
    if request is None or request.held or request.visit.jail not in mine or request.office.chat != chat:
        text = _("There is no such request here. A reference has 8 signs, for example /find 7K2P9XWC.")
        return Turn(session, (Send(chat, Message((text,))), Note("read_refused", {"command": "find"})))
    slot = facts[Fill(request.visit.jail, request.visit.kind, request.visit.start)]
    key = f"{card.key(request.visit.ref)}:{facts.nonce[:8]}"
    shown = Send(chat, card.card(request, facts, slot), key=key, priority=Priority.DECISION)
    return Turn(session, (shown, Note("read", {"command": "find", "refs": [request.visit.ref]})))


def reposted(chat: Chat, jails: tuple[str, ...], facts: Facts) -> tuple[Effect, ...]:
    """After every start the cards that wait are posted again: few as cards, many as one line."""
    waiting = facts[PendingIn(jails, None, SHOWN)]
    if waiting.left:
        text = _("📥 {count} requests wait. /pending shows them, the soonest first.", count=waiting.count)
        return (Send(chat, Message((text,)), key=f"digest:{chat}:{facts.nonce[:8]}", priority=Priority.DECISION),)
    effects: list[Effect] = []
    for request in waiting.requests:
        slot = facts[Fill(request.visit.jail, request.visit.kind, request.visit.start)]
        effects += postings.posted(request, slot, facts, copy=facts.nonce[:8])
    return tuple(effects)
