"""A family in a test over HTTP: registers, asks for a visit, counts what it types and presses."""

import re
from dataclasses import dataclass, field

from sandbox.play import Phone, Play
from tests.end_to_end.story import REST, SEND

JAIL_NAME = "Central Jail No. 1, Tihar"


@dataclass(slots=True)
class Family:
    """`acts` counts every message typed and every button pressed."""

    play: Play
    person: int
    name: str
    gender: str
    mobile: str
    email: str
    acts: int = 0
    phone: Phone = field(init=False)

    def __post_init__(self) -> None:
        self.phone = self.play.phone(self.person)

    async def does(self, what: str, heard: str) -> str:
        """[button], or words; what the bot says then."""
        self.acts += 1
        if what.startswith("["):
            await self.phone.press(what[1:-1])
        else:
            await self.phone.say(what)
        return str((await self.phone.expect(heard, timeout=20))["text"])

    async def code(self, way: str) -> str:
        """The digits of the newest code."""
        if way == "sms":
            letter = await self.play.sms(to=self.mobile, text=r"\d{6}")
        else:
            letter = await self.play.mail(to=self.email, subject="code")
        found = re.search(r"\b\d{6}\b", letter["text"])
        assert found
        return found.group()

    async def register(self) -> None:
        """From /start, by the buttons that the bot offers."""
        for what, heard in (
            ("/start", "First you register once"),
            ("[Register.*English]", "Do you agree"),
            ("[I agree]", "full name"),
            (self.name, "father's or husband's"),
            ("Ram Lal", "man or a woman"),
            (f"[{self.gender}]", "How old"),
            ("34", "Where do you live"),
            ("House 12, Gali 4, Sangam Vihar", "PIN code"),
            ("110062", "which district"),
            ("South Delhi", "Which ID card"),
            ("[Aadhaar card]", "12 digits"),
            ("2345 6789 0124", "mobile number"),
            (self.mobile[-10:], "code by SMS to"),
        ):
            await self.does(what, heard)
        await self.does(await self.code("sms"), "e-mail address")
        await self.does(self.email, "code by e-mail to")
        await self.does(await self.code("email"), "Please check what you told me")
        await self.does("[All is right]", "registration number is")

    async def whom(self, prisoner: str) -> None:
        """Somebody new, up to the day."""
        self.acts += 1
        await self.phone.say("/visit")
        asked = (await self.phone.expect("which jail|Whom do you want"))["text"]
        if "Whom" in asked:
            await self.does("[Somebody else]", "which jail")
        for what, heard in (
            ("tihar", "press the jail"),
            (f"[{JAIL_NAME}]", "full name of the person"),
            (prisoner, "person's father"),
            ("Shyam Lal", "How old is this person"),
            ("36", "man or a woman"),
            ("[^Male]", "prisoner's number"),
            ("[Skip]", "What are you to this person"),
            ("[Husband / wife]", "by video"),
            ("[In person]", "which day"),
        ):
            await self.does(what, heard)

    async def day(self) -> None:
        await self.does("[🟢|🟡]", "what time")

    async def rest(self) -> str:
        """From how many come to the jail; the reference."""
        for what, heard in REST:
            await self.does(what, heard)
        return await self.send()

    async def send(self) -> str:
        """The last tap; the reference."""
        told = await self.does(*SEND)
        found = re.search(r"request (\w{8}) is", told)
        assert found
        return found.group(1)

    async def ask(self, prisoner: str) -> str:
        """A whole request for somebody new; its reference."""
        await self.whom(prisoner)
        await self.day()
        await self.does("[free]", "How many people")
        return await self.rest()

    async def told(self, words: str) -> int:
        """How often the bot has said this here."""
        return sum(bool(re.search(words, m["text"], re.DOTALL)) for m in await self.phone.messages())
