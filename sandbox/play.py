"""Playing people from a test, over HTTP: what they say and press, and what they must hear."""

import asyncio
import re
from types import TracebackType
from typing import Any, Self

import aiohttp

from sandbox.mirror import Letter, Message, Mirror

TIMEOUT = 10.0
_UNITS = {"seconds": 1, "minutes": 60, "hours": 3600, "days": 86400}


class Play:
    """A way into a running sandbox, in this process or another. What it saw is kept, so that asking again is cheap."""

    def __init__(self, url: str) -> None:
        self.url = url.rstrip("/")
        self.seen = Mirror()
        self._session: aiohttp.ClientSession | None = None
        self._read: set[tuple[str, Any]] = set()

    async def __aenter__(self) -> Self:
        self._session = aiohttp.ClientSession()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._session:
            await self._session.close()

    async def state(self) -> dict[str, Any]:
        """All that the page would get."""
        return dict(await self._asked("/play/state"))

    async def do(self, act: str, **data: Any) -> dict[str, Any]:
        """Any act of /play, such as do("raw", update={...}). AssertionError with the sentence when it is refused."""
        assert self._session, "use it as `async with Play(url) as play`"
        form = _form(data) if any(isinstance(value, bytes) for value in data.values()) else None
        async with self._session.post(f"{self.url}/play/{act}", data=form, json=None if form else data) as response:
            found: dict[str, Any] = await response.json()
            assert response.status == 200, f"{act}: {found}"
            return found

    async def get(self, path: str) -> bytes:
        """Anything that the sandbox serves, such as /play/mail/1/attachment/0."""
        assert self._session, "use it as `async with Play(url) as play`"
        async with self._session.get(f"{self.url}{path}") as response:
            assert response.status == 200, f"{path}: {response.status}"
            return await response.read()

    async def _asked(self, path: str) -> Any:
        assert self._session, "use it as `async with Play(url) as play`"
        async with self._session.get(f"{self.url}{path}") as response:
            assert response.status == 200, f"{path}: {response.status}"
            return await response.json()

    async def catch_up(self, wait: float = 0.0) -> None:
        """See all that has happened by now; with `wait`, when that is nothing new, wait so long for something."""
        self.seen.take(await self._asked(f"/play/news?after={self.seen.seq}&wait={wait:.3f}"))

    def phone(self, person: int, chat: int | None = None) -> "Phone":
        """A person's phone in a chat: the private one when none is named."""
        return Phone(self, person, chat or person)

    async def forward(self, **by: float) -> None:
        """hours=1, minutes=5, days=2 ..."""
        await self.do("clock", forward=sum(_UNITS[unit] * number for unit, number in by.items()))

    async def fault(self, on: str, kind: str, **more: Any) -> int:
        """Switch a Fault on: fault("sendMessage", "flood", to=101, wait=3, times=2). Its number."""
        return int((await self.do("fault", on=on, kind=kind, **more))["fault"])

    async def mend(self, fault: int | None = None) -> None:
        """Switch one off; all, when none is named."""
        await self.do("mend", fault=fault)

    async def struck(self, fault: int, times: int = 1, timeout: float = TIMEOUT) -> None:  # noqa: ASYNC109
        """Until this fault has struck so often."""
        look = _Look(self, timeout)
        while await look.again():
            if self.seen.struck.get(fault, 0) >= times:
                return
        raise AssertionError(f"fault {fault} struck {self.seen.struck.get(fault, 0)} times in {timeout:g} s")

    async def mail(self, to: str, subject: str = "", timeout: float = TIMEOUT) -> Letter:  # noqa: ASYNC109
        """The newest unread letter to an address whose subject matches; it and the older ones are read then."""
        return await self._letter("mail", "subject", to, subject, timeout)

    async def sms(self, to: str, text: str = "", timeout: float = TIMEOUT) -> Letter:  # noqa: ASYNC109
        """The newest unread SMS to a number whose text matches; it and the older ones are read then."""
        return await self._letter("sms", "text", to, text, timeout)

    async def _letter(self, box: str, field: str, to: str, wanted: str, seconds: float) -> Letter:
        letters: list[Letter] = []
        look = _Look(self, seconds)
        while await look.again():
            letters = self.seen.mail if box == "mail" else self.seen.sms
            fits = [
                one
                for one in letters
                if to in one["to"].split(", ")
                and re.search(wanted, one[field], re.IGNORECASE | re.DOTALL)
                and (box, one["id"]) not in self._read
            ]
            if fits:
                self._read |= {(box, one["id"]) for one in fits}
                return dict(fits[-1])
        there = [(one["to"], one[field], "read" if (box, one["id"]) in self._read else "new") for one in letters]
        raise AssertionError(f"no {box} to {to} with {wanted!r} came in {seconds:g} s; there are {there}")


class _Look:
    """Looking again whenever something happened, until the time is over. A sandbox that is down may come back."""

    def __init__(self, play: Play, seconds: float) -> None:
        self.play = play
        self.end = asyncio.get_running_loop().time() + seconds
        self.looked = False

    async def again(self) -> bool:
        """True after each look; False when there is no time for another."""
        left = self.end - asyncio.get_running_loop().time()
        if self.looked and left <= 0:
            return False
        try:
            await self.play.catch_up(min(left, 5.0) if self.looked else 0.0)
        except aiohttp.ClientConnectionError:
            if left <= 0:
                raise
            await asyncio.sleep(0.05)
        self.looked = True
        return True


class Phone:
    """One person in one chat. `heard` is how far this phone has read."""

    def __init__(self, play: Play, person: int, chat: int) -> None:
        self.play = play
        self.person = person
        self.chat = chat
        self.heard = 0
        self._query = ""

    @property
    def _who(self) -> dict[str, Any]:
        return {"person": self.person, "chat": self.chat}

    async def messages(self) -> list[Message]:
        """All in this chat, by what happened last."""
        await self.play.catch_up()
        return sorted(self.play.seen.messages.get(self.chat, {}).values(), key=lambda m: int(m["seq"]))

    async def say(self, text: str, reply_to: int | None = None) -> None:
        await self.play.do("say", **self._who, text=text, **({"reply_to": reply_to} if reply_to else {}))

    async def expect(self, wanted: str, timeout: float = TIMEOUT) -> Message:  # noqa: ASYNC109
        """The next message or edit of the bot that matches; older unread ones before it are passed over."""
        unread: list[Message] = []
        look = _Look(self.play, timeout)
        while await look.again():
            unread = self.play.seen.heard(self.chat, self.heard)
            for message in unread:
                if re.search(wanted, message["text"], re.IGNORECASE | re.DOTALL):
                    self.heard = message["seq"]
                    return message
        came = "\n---\n".join(m["text"] for m in unread) or "nothing"
        raise AssertionError(f"{wanted!r} did not come in {timeout:g} s; what came:\n{came}")

    async def silent(self, seconds: float) -> None:
        """AssertionError when the bot says anything within this time that was not read."""
        look = _Look(self.play, seconds)
        while await look.again():
            if unread := self.play.seen.heard(self.chat, self.heard):
                raise AssertionError(f"nothing was to come, but this came: {unread[0]['text']!r}")

    async def buttons(self) -> list[tuple[str, str, int]]:
        """(text, data, message id) of every button that shows, newest message first."""
        await self.play.catch_up()
        return self.play.seen.buttons(self.chat)

    async def press(self, wanted: str, last: bool = False) -> None:
        """The first button (or, on the newest keyboard that has one, the last) whose text matches; else whose data."""
        shown = await self.buttons()
        fits = [b for b in shown if re.search(wanted, b[0], re.IGNORECASE)]
        fits = fits or [b for b in shown if re.search(wanted, b[1])]
        if not fits:
            raise AssertionError(f"no button {wanted!r}; there are {[text for text, _d, _m in shown[:20]]}")
        newest = [b for b in fits if b[2] == fits[0][2]]
        _text, data, message = newest[-1] if last else newest[0]
        await self.press_data(data, message)

    async def press_data(self, data: str, message: int | None = None) -> None:
        """Any data, forged too, on a message (the newest when none is named)."""
        if message is None:
            message = max((m["message_id"] for m in await self.messages()), default=1)
        self._query = (await self.play.do("press", **self._who, message_id=message, data=data))["query_id"]

    async def answered(self, timeout: float = TIMEOUT) -> str:  # noqa: ASYNC109
        """The words that answered this phone's last press."""
        look = _Look(self.play, timeout)
        while await look.again():
            if self._query in self.play.seen.answers:
                return self.play.seen.answers[self._query]
        raise AssertionError(f"the press was not answered in {timeout:g} s")

    async def share_contact(self, of: int | None = None) -> None:
        """One's own contact, or another person's."""
        await self.play.do("contact", **self._who, **({"of": of} if of else {}))

    async def send(self, kind: str, file: bytes | None = None, name: str = "file.bin", **more: Any) -> None:
        """photo, document, sticker, voice or location; `more`: caption, emoji, duration, latitude, longitude."""
        upload = {"file": file, "name": name} if file is not None else {}
        await self.play.do("send", **self._who, kind=kind, **upload, **more)

    async def edit_last(self, text: str) -> None:
        mine = [m for m in await self.messages() if m["from"]["id"] == self.person and m["text"]]
        assert mine, "there is nothing of one's own to edit"
        await self.play.do("edit", **self._who, message_id=max(m["message_id"] for m in mine), text=text)

    async def block(self, blocked: bool = True) -> None:
        await self.play.do("block", person=self.person, blocked=blocked)

    async def unblock(self) -> None:
        await self.block(False)

    async def transcript(self) -> str:
        """The chat as text: "> said", "< heard", [buttons]."""
        await self.play.catch_up()
        return self.play.seen.transcript(self.chat)


def _form(data: dict[str, Any]) -> aiohttp.FormData:
    form = aiohttp.FormData(quote_fields=False)  # names stand as they are, not %20
    for key, value in data.items():
        if isinstance(value, bytes):
            form.add_field(
                key, value, filename=str(data.get("name", "file.bin")), content_type="application/octet-stream"
            )
        else:
            form.add_field(key, str(value))
    return form
