"""The story as a family lives it: what is typed and pressed, and what must be heard before the next."""

import re

from sandbox.play import Phone, Play

MOBILE, EMAIL = "+919812345678", "sunita@example.org"

REGISTER = (
    ("/register", "Choose your language"),
    ("[English]", "Do you agree"),
    ("[I agree]", "full name"),
    ("Sunita Devi", "father's or husband's"),
    ("Ram Lal", "man or a woman"),
    ("[Female]", "How old"),
    ("34", "Where do you live"),
    ("House 12, Gali 4, Sangam Vihar", "PIN code"),
    ("110062", "which district"),
    ("South Delhi", "Which ID card"),
    ("[Aadhaar card]", "12 digits"),
    ("2345 6789 0124", "mobile number"),
    ("98123 45678", "code by SMS"),
    ("{sms}", "e-mail address"),
    (EMAIL, "code by e-mail"),
    ("{email}", "Please check what you told me"),
    ("[All is right]", "registration number is"),
)

# From how many come to the review.
REST = (
    ("[^1$]", "Why do you want"),
    ("[To meet my family]", "need help"),
    ("[No help needed]", "check your request"),
)
SEND = ("[Send to the jail]", "is with the jail since")

ASK = (
    ("/visit", "which jail"),
    ("tihar", "press the jail"),
    ("[Central Jail No. 1, Tihar]", "full name of the person"),
    ("Ramesh Kumar", "person's father"),
    ("Shyam Lal", "How old is this person"),
    ("36", "man or a woman"),
    ("[^Male]", "prisoner's number"),
    ("[Skip]", "What are you to this person"),
    ("[Husband / wife]", "by video"),
    ("[In person]", "which day"),
    ("{last day}", "what time"),
    ("[9:30 am]", "How many people"),
    *REST,
    SEND,
)


async def act(play: Play, phone: Phone, what: str) -> None:
    """One line of a story: [button], {sms}, {email}, {last day}, or words."""
    if what == "{sms}":
        what = await newest_code(play, sms=True)
    elif what == "{email}":
        what = await newest_code(play, sms=False)
    if what == "{last day}":
        await phone.press("🟢", last=True)
    elif what.startswith("["):
        await phone.press(what[1:-1])
    else:
        await phone.say(what)


async def newest_code(play: Play, sms: bool) -> str:
    letter = await (play.sms(to=MOBILE, text=r"\d{6}") if sms else play.mail(to=EMAIL, subject="code"))
    text = letter["text"]
    found = re.search(r"\b\d{6}\b", text)
    assert found
    return found.group()


async def tell(play: Play, phone: Phone, story: tuple[tuple[str, str], ...]) -> None:
    for what, heard in story:
        await act(play, phone, what)
        await phone.expect(heard)
