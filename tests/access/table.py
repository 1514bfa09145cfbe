"""Who may do what, as a table: who, from where, with which button or command, in which state of a request.

ALLOWED lists what may change something or tell something; whatever is not in it may do neither.
"""

from dataclasses import dataclass

from tests.access.ground import (
    DEPUTY,
    ELSEWHERE,
    GATE,
    GROUP2,
    OPERATOR,
    REVOKED,
    STRANGER,
    SUPERINTENDENT,
)
from tests.support.stage import GROUP

VISITOR, OTHER = 101, 102
WHO = {
    "visitor": VISITOR,
    "another visitor": OTHER,
    "superintendent": SUPERINTENDENT,
    "deputy": DEPUTY,
    "gate": GATE,
    "superintendent elsewhere": ELSEWHERE,
    "revoked": REVOKED,
    "stranger": STRANGER,
    "operator": OPERATOR,
}
GROUPS = {"the jail's group": GROUP, "another group": GROUP2}
PRIVATE = "a private chat"
WHERE = (*GROUPS, PRIVATE)

DECIDERS = ("superintendent", "deputy")
STAFF = (*DECIDERS, "gate")

STATES = (
    "DRAFT",
    "PENDING",
    "PENDING, older button",
    "PENDING again, older button",
    "APPROVED just now",
    "APPROVED just now, older button",
    "APPROVED",
    "REJECTED just now",
    "REJECTED",
    "EXPIRED",
    "WITHDRAWN",
    "CANCELLED",
)
ANY = STATES

# what is pressed or typed; {ref}, {version}, {number}: the request's and its visitor's, {later}: an open time
PRESSES = {
    "ok": "card.ok={ref}.{version}",
    "no": "card.no={ref}.{version}",
    "why": "card.why={ref}.{version}.transferred",
    "words": "card.words={ref}.{version}",
    "back": "card.back={ref}.{version}",
    "undo": "card.undo={ref}.{version}",
    "more": "card.more=0.{ref}",
    "drop": "drop={ref}.{version}",
    "dropped": "dropped={ref}.{version}",
    "coming": "coming={ref}.{version}",
    "retry": "retry={ref}.{later}",
    "me": "me={number}",
    "forget": "forget={number}",
    "forgotten": "forgotten={number}",
}
TYPED = {
    "/pending": "/pending",
    "/today": "/today",
    "/find": "/find {ref}",
    "/me": "/me",
    "/mydata": "/mydata",
    "/forget": "/forget",
}

OPEN = ("PENDING", "APPROVED just now", "APPROVED")
NO_CHANGE = ""


@dataclass(frozen=True, slots=True)
class Allowed:
    """`to`: the status afterwards where it changes; `note`: the audit row of the act, where there is one."""

    what: str
    who: tuple[str, ...]
    where: str
    states: tuple[str, ...]
    to: str = NO_CHANGE
    note: str = ""


ALLOWED = (
    Allowed("ok", DECIDERS, "the jail's group", ("PENDING",), "APPROVED", "approved"),
    Allowed("no", DECIDERS, "the jail's group", ("PENDING",)),
    Allowed("why", DECIDERS, "the jail's group", ("PENDING",), "REJECTED", "rejected"),
    Allowed("words", DECIDERS, "the jail's group", ("PENDING",)),
    Allowed("back", DECIDERS, "the jail's group", ("PENDING",)),
    Allowed("undo", DECIDERS, "the jail's group", ("APPROVED just now", "REJECTED just now"), "PENDING", "undone"),
    Allowed("/pending", STAFF, "the jail's group", ANY, note="read"),
    Allowed("more", STAFF, "the jail's group", ANY, note="read"),
    Allowed("/today", STAFF, "the jail's group", ANY, note="read"),
    Allowed("/find", STAFF, "the jail's group", tuple(s for s in ANY if s != "DRAFT"), note="read"),
    Allowed("drop", ("visitor",), PRIVATE, OPEN),
    Allowed("dropped", ("visitor",), PRIVATE, ("PENDING",), "WITHDRAWN", "given_back"),
    Allowed("dropped", ("visitor",), PRIVATE, ("APPROVED just now", "APPROVED"), "CANCELLED", "given_back"),
    # The version on this button isn't looked at: the visit is approved, and its family comes.
    Allowed("coming", ("visitor",), PRIVATE, ("APPROVED", "APPROVED just now", "APPROVED just now, older button"),
            "APPROVED", "coming"),
    Allowed("retry", ("visitor",), PRIVATE, ("EXPIRED",), "EXPIRED", "asked"),
    Allowed("retry", ("visitor",), PRIVATE, ("REJECTED",), "REJECTED", "asked"),
    Allowed("me", ("visitor",), PRIVATE, ANY),
    Allowed("forget", ("visitor",), PRIVATE, ANY),
    Allowed("forgotten", ("visitor",), PRIVATE, ANY, "erased", "erased"),
    Allowed("/me", ("visitor", "another visitor"), PRIVATE, ANY),
    Allowed("/mydata", ("visitor", "another visitor"), PRIVATE, ANY, note="told_all"),
    Allowed("/forget", ("visitor", "another visitor"), PRIVATE, ANY),
)  # fmt: skip

# A family's own button that has had its day, and somebody who has nothing to be told, are no breach: no audit row.
OWN = ("drop", "dropped", "coming", "retry", "me", "forget", "forgotten")
NO_BREACH = {(what, PRIVATE) for what in ("/me", "/mydata", "/forget", "/pending", "/today", "/find")} | {
    (what, group) for what in ("/me", "/mydata", "/forget") for group in GROUPS
}


def may(who: str, where: str, what: str, state: str) -> bool:
    return any(a.what == what and who in a.who and where == a.where and state in a.states for a in ALLOWED)


def ever(who: str, where: str, what: str) -> bool:
    """May this person do it from there in some state?"""
    return any(a.what == what and who in a.who and where == a.where for a in ALLOWED)
