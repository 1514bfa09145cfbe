"""What stands in the way of another request, said as soon as it is known, with the way out beside it: one live request
a visitor and prisoner, and few that wait for an answer."""

from collections.abc import Iterator

from dialogue.effects import Effect, Send
from dialogue.form import Here
from dialogue.forms.who import asking
from dialogue.model import Chat, Facts, Message, Visitor
from dialogue.needs import Registered, Request, RequestsOf
from dialogue.standing import about, cancel
from dialogue.words import Text, _
from visits.policy import Rules
from visits.visit import LIVE, Status

ONE_AT_A_TIME = _("You have already asked to visit this person. Wait for that visit, or cancel it.")
MANY = _("Three of your requests wait for an answer. Please wait for one of them, or cancel one: /status")
ELSEWHERE = _("Somebody with your mobile number has already asked to visit this person.")


def same_prisoner(jail: str, name: str, father: str) -> str:
    """By what one prisoner is told from another, until a jail's register says more."""
    return f"{jail}|{name.casefold()}|{father.casefold()}"


def _requests(facts: Facts, chat: Chat, visitor: Visitor) -> Iterator[Request]:
    """The visitor's, and those of others on this chat with the same mobile."""
    for one in facts[Registered(chat)]:
        if one.number == visitor.number or one.mobile == visitor.mobile:
            yield from facts[RequestsOf(one.number)]


def live_request(facts: Facts, chat: Chat, visitor: Visitor, whom: str) -> Request | None:
    """The request for this prisoner that stands in the way."""
    for request in _requests(facts, chat, visitor):
        v = request.visit
        if v.status in LIVE and same_prisoner(v.jail, v.prisoner.name, v.prisoner.father) == whom:
            return request
    return None


def many_wait(here: Here, rules: Rules) -> Text | None:
    """What is said when so many wait for an answer that this jail takes no other."""
    visitor = asking(here)
    if visitor is None:
        return None
    there = _requests(here.facts, here.session.talk.chat, visitor)
    waiting = sum(request.visit.status is Status.PENDING for request in there)
    return MANY if waiting >= rules.open_per_mobile else None


def shown_to_cancel(request: Request, facts: Facts) -> tuple[Effect, ...]:
    """That request as it stands, with the button that cancels it."""
    return (Send(request.visitor.chat, Message(about(request, facts), cancel(request, facts))),)


def already(here: Here, whom: str) -> tuple[Text, tuple[Effect, ...]] | None:
    """What is said when this prisoner can't be asked for now; None when nothing is in the way."""
    visitor, chat = asking(here), here.session.talk.chat
    request = live_request(here.facts, chat, visitor, whom) if visitor else None
    return (ONE_AT_A_TIME, shown_to_cancel(request, here.facts)) if request else None
