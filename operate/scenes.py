"""The demo's scenes: what its families and staff say and press, up to the moment that is worth seeing.

Only words, for the sandbox to play (its `script.py` says how a line is read). A and B are families that are new each
time, so that a scene can be played again.
"""

from typing import NamedTuple

GROUP = -1001
OFFICE = f"201@{GROUP}"
ONE_SEAT = "Central Jail No. 10, Rohini"  # in the demo one visitor has room there at a time
FIRST_DAY = r"[\d(🟢|🟡)]"

Lines = tuple[str, ...]


class Story(NamedTuple):
    """phones: (label, who). then: what whoever looks on may press next."""

    label: str
    phones: tuple[tuple[str, str], ...]
    lines: Lines
    then: str


def talk(who: str, *steps: tuple[str, str]) -> Lines:
    """(what is said or pressed, what must be heard before the next) by turns; `who` may be several."""
    return tuple(line for does, heard in steps for line in (f"{who}: {does}", f"{who}? {heard}"))


def one(who: str) -> tuple[tuple[str, str], ...]:
    return (("The family", who),)


TWO = (("First family", "A"), ("Second family", "B"))

# ---------------------------------------------------------------- registering


def register(who: str) -> Lines:
    """From the first hello to the registration number; two families at a time take no longer than one."""
    return (
        *talk(who, ("/start", "First you register once"), ("[▶ Register · English]", "Do you agree")),
        *talk(who, ("[I agree]", "full name")),
        *_about_oneself(who, *([f"{one}: [{GENDER[one]}]" for one in who.split()])),
    )


GENDER = {"A": "Female", "B": "^Male"}


def _about_oneself(who: str, *gender: str, of: str = "") -> Lines:
    """The registration after the consent. `of`: the person whom the details are about, when not the one who types."""
    name, phone, user, sms, mail = (
        f"{{{word}{' ' + of if of else ''}}}" for word in ("name", "phone", "user", "sms", "mail")
    )
    return (
        *talk(who, (name, "father's or husband's"), ("Mohan Lal", "man or a woman")),
        *gender,
        f"{who}? How old",
        *talk(who, ("34", "Where do you live"), ("House 12, Gali 4, Sangam Vihar", "PIN code")),
        *talk(who, ("110062", "which district"), ("South Delhi", "Which ID card")),
        *talk(who, ("[Aadhaar card]", "12 digits"), ("2345 6789 0124", "mobile number"), (phone, "code by SMS to")),
        *talk(who, (sms, "e-mail address"), (f"{user}@example.org", "code by e-mail to"), (mail, "Please check")),
        *talk(who, ("[All is right]", "registration number is")),
    )


# ---------------------------------------------------------------- asking


def whom(who: str, jail: str, prisoner: str, relation: str) -> Lines:
    """From /visit to how one wants to come."""
    return (
        *talk(
            who,
            ("[Ask for a visit]", "which jail"),
            (jail, "press the jail"),
            (f"[^{jail}]", "full name of the person"),
        ),
        *talk(who, (prisoner, "person's father"), ("Shyam Lal", "How old is this person")),
        *talk(who, ("36", "man or a woman"), ("[^Male]", "prisoner's number"), ("[Skip]", "What are you to this")),
        *talk(who, (f"[{relation}]", "by video")),
    )


def ask(who: str, jail: str, prisoner: str, kind: str = "In person", day: str = FIRST_DAY) -> Lines:
    """A whole request, with the jail at the end."""
    return (
        *whom(who, jail, prisoner, "Husband / wife"),
        *talk(who, (f"[{kind}]", "which day"), (day, "what time"), ("[free]", "How many people")),
        *talk(who, ("[^1$]", "Why do you want"), ("[To meet my family]", "Do you need")),
        *talk(who, ("[No help needed]", "check your request"), ("[Send to the jail]", "is with the jail since")),
        f"{OFFICE}? {prisoner}",
    )


APPROVED = (f"{OFFICE}: [Approve]", f"{OFFICE}? Approved by", "clock +61s", "A? approved")
TIHAR = "Central Jail No. 1, Tihar"

# ---------------------------------------------------------------- the scenes

SCENES = (
    Story(
        "Registered, ready to ask",
        one("A"),
        register("A"),
        "Press “Ask for a visit” on {name A}'s phone. Her codes and her registration are in the inbox.",
    ),
    Story(
        "A request before the superintendent",
        one("A"),
        (*register("A"), *ask("A", TIHAR, "Ramesh Kumar")),
        "Press “Approve” in the office. For a minute it can be undone; then (+1 min) the family is told.",
    ),
    Story(
        "Rejected in words, undo possible",
        one("A"),
        (
            *register("A"),
            *ask("A", TIHAR, "Vijay Prasad"),
            *talk(OFFICE, ("[Reject]", "Vijay Prasad"), ("[In words]", "reply with the reason")),
            f"{OFFICE}: {{reply}} He was taken to the hospital this morning. Please ask again next week.",
            f"{OFFICE}? Rejected by",
        ),
        "Press “Undo” in the office: the request waits again, and {name A} never hears of it. Or +1 min: she is told.",
    ),
    Story(
        "Nobody answered: expiry",
        one("A"),
        (
            *register("A"),
            *ask("A", TIHAR, "Deepak Verma", day=r"[2: \d(🟢|🟡)]"),
            r"clock 6h before A? answer before (.+?[ap]m)",
            f"{OFFICE}? still waits",
            r"clock 1m after A? answer before (.+?[ap]m)",
            "A? did not answer",
        ),
        "The clock has moved past the jail's last hour. Press one of the times: that asks again.",
    ),
    Story(
        "A video visit",
        one("A"),
        (*register("A"), *ask("A", TIHAR, "Ashok Mehta", kind="By video"), *APPROVED),
        "The link and PIN are in the chat and in the e-mail. Move the clock to 15 minutes before: they come again.",
    ),
    Story(
        "Can't come: the seat is free again",
        TWO,
        (
            *register("A B"),
            *ask("A", ONE_SEAT, "Sanjay Gupta"),
            *APPROVED,
            *whom("B", ONE_SEAT, "Kishan Lal", "Brother"),
            *talk("B", ("[In person]", "which day"), (FIRST_DAY, "what time")),
        ),
        "Press “I can't come” and “Yes” on the first phone. Then “Another day” on the second: {name A}'s time is free.",
    ),
    Story(
        "Two families after one seat",
        TWO,
        (
            *register("A B"),
            *whom("A B", ONE_SEAT, "Sanjay Gupta", "Brother"),
            *talk("A B", ("[In person]", "which day"), (FIRST_DAY, "what time")),
        ),
        "One seat at each time, and both see it. Press the same time on the first phone, then on the second.",
    ),
    Story(
        "Two people on one phone",
        one("A"),
        (
            *register("A"),
            *talk("A", ("/register", "registered as"), ("[Register another person]", "Do you agree")),
            *talk("A", ("[I agree]", "full name")),
            *_about_oneself("A", "A: [^Male]", of="B"),
            *talk("A", ("/visit", "Who is asking")),
        ),
        "Press who asks: {name A}, or {name B}, who has no phone of his own.",
    ),
)
