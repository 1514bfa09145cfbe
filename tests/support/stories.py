"""The same talks again and again: registering and asking, as lines to be played on a stage."""

from tests.support.stage import Stage

MOBILE, EMAIL = "+919812345678", "sunita@example.org"

REGISTER = (
    "/register", "[English]", "[I agree]", "Sunita Devi", "Ram Lal", "[Female]", "34",
    "House 12, Gali 4, Sangam Vihar", "110062", "South Delhi", "[Aadhaar card]", "2345 6789 0124",
    "98123 45678", "{sms}", EMAIL, "{email}", "[All is right]",
)  # fmt: skip

FIRST = ("/start", "[Register · English]", *REGISTER[2:])

REST = ("[1]", "[To meet my family]", "[No help needed]", "[Send to the jail]")  # from how many come to the end

ASK = (
    "/visit", "tihar", "[Central Jail No. 1, Tihar]", "Ramesh Kumar", "Shyam Lal", "36", "[Male]", "[Skip]",
    "[Husband / wife]", "[In person]", "[3🟢]", "[9:30 am]", *REST,
)  # fmt: skip

AGAIN = ("/start", "[Visit Ramesh Kumar again]", "[4🟢]", "[9:30 am]", "[Send to the jail]")


async def play(stage: Stage, lines: tuple[str, ...], person: int = 101) -> None:
    """Each line typed, or pressed where it stands in brackets."""
    for line in lines:
        if line == "{sms}":
            await stage.said(person, stage.code(MOBILE, "sms"))
        elif line == "{email}":
            await stage.said(person, stage.code(EMAIL, "email"))
        elif line.startswith("["):
            await stage.press_label(person, line[1:-1])
        else:
            await stage.said(person, line)
