"""Playing people from a test, over HTTP: what they say and press, and what they must hear."""

import asyncio
import re
from types import TracebackType
from typing import Any, Self

import aiohttp

TIMEOUT = 10.0


class Play:
    """A way into a running sandbox, in this process or another."""

    def __init__(self, url: str) -> None:
        self.url = url.rstrip("/")
        self._session: aiohttp.ClientSession | None = None
        self._read: set[tuple[str, int]] = set()

    async def __aenter__(self) -> Self:
        self._session = aiohttp.ClientSession()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._session:
            await self._session.close()

    async def state(self) -> dict[str, Any]:
        assert self._session
        async with self._session.get(f"{self.url}/play/state") as response:
            found: dict[str, Any] = await response.json()
            return found

    async def do(self, act: str, **data: Any) -> dict[str, Any]:
        assert self._session
        async with self._session.post(f"{self.url}/play/{act}", json=data) as response:
            found: dict[str, Any] = await response.json()
            assert response.status == 200, f"{act}: {found}"
            return found

    async def get(self, path: str) -> bytes:
        assert self._session
        async with self._session.get(f"{self.url}{path}") as response:
            assert response.status == 200, f"{path}: {response.status}"
            return await response.read()

    def phone(self, person: int, chat: int | None = None) -> "Phone":
        return Phone(self, person, chat or person)

    async def forward(self, **by: float) -> None:
        """hours=1, minutes=5, days=2 ..."""
        units = {"seconds": 1, "minutes": 60, "hours": 3600, "days": 86400}
        await self.do("clock", forward=sum(units[unit] * number for unit, number in by.items()))

    async def mail(self, to: str, subject: str = "", timeout: float = TIMEOUT) -> dict[str, Any]:  # noqa: ASYNC109
        """The newest unread letter to an address whose subject matches."""
        return await self._letter("mail", "subject", to, subject, timeout)

    async def sms(self, to: str, text: str = "", timeout: float = TIMEOUT) -> dict[str, Any]:  # noqa: ASYNC109
        return await self._letter("sms", "text", to, text, timeout)

    async def _letter(self, box: str, field: str, to: str, wanted: str, seconds: float) -> dict[str, Any]:
        end = asyncio.get_running_loop().time() + seconds
        while True:
            letters = (await self.state())[box]
            for one in reversed(letters):
                fits = one["to"] == to and re.search(wanted, one[field], re.IGNORECASE | re.DOTALL)
                if fits and (box, one["id"]) not in self._read:
                    self._read.add((box, one["id"]))
                    return dict(one)
            if asyncio.get_running_loop().time() > end:
                raise AssertionError(f"no {box} to {to} with {wanted!r}; there are {[o[field] for o in letters]}")
            await asyncio.sleep(0.02)


class Phone:
    """One person in one chat. `heard` is how far this phone has read."""

    def __init__(self, play: Play, person: int, chat: int) -> None:
        self.play = play
        self.person = person
        self.chat = chat
        self.heard = 0
        self.answers: list[str] = []
        self._query = ""

    @property
    def _who(self) -> dict[str, Any]:
        return {"person": self.person, "chat": self.chat}

    async def messages(self) -> list[dict[str, Any]]:
        """All in this chat, by what happened last."""
        found = (await self.play.state())["messages"].get(str(self.chat), [])
        return sorted(found, key=lambda m: m["seq"])

    async def say(self, text: str) -> None:
        await self.play.do("say", **self._who, text=text)

    async def expect(self, wanted: str, timeout: float = TIMEOUT) -> dict[str, Any]:  # noqa: ASYNC109
        """The next message or edit of the bot that matches; older unread ones before it are passed over."""
        end = asyncio.get_running_loop().time() + timeout
        while True:
            unread = [m for m in await self.messages() if m["from"]["is_bot"] and m["seq"] > self.heard]
            for message in unread:
                if not message["deleted"] and re.search(wanted, message["text"], re.IGNORECASE | re.DOTALL):
                    self.heard = message["seq"]
                    return message
            if asyncio.get_running_loop().time() > end:
                came = "\n---\n".join(m["text"] for m in unread) or "nothing"
                raise AssertionError(f"{wanted!r} did not come; what came:\n{came}")
            await asyncio.sleep(0.01)

    async def buttons(self) -> list[tuple[str, str, int]]:
        """(text, data, message id) of every button that shows, newest first."""
        out = []
        for message in reversed(sorted(await self.messages(), key=lambda m: m["message_id"])):
            if message["inline_keyboard"] and not message["deleted"]:
                rows = message["inline_keyboard"]
                out += [(b["text"], b.get("data", ""), message["message_id"]) for row in rows for b in row]
        return out

    async def press(self, wanted: str, last: bool = False) -> None:
        """The first button (or, on the newest keyboard, the last) whose text matches."""
        shown = await self.buttons()
        fits = [b for b in shown if re.search(wanted, b[0], re.IGNORECASE)]
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
        end = asyncio.get_running_loop().time() + timeout
        while True:
            answers = (await self.play.state())["answers"]
            if self._query in answers:
                return str(answers[self._query])
            if asyncio.get_running_loop().time() > end:
                raise AssertionError("the press was not answered")
            await asyncio.sleep(0.01)

    async def share_contact(self) -> None:
        await self.play.do("contact", **self._who)

    async def send(self, kind: str) -> None:
        await self.play.do("send", **self._who, kind=kind)

    async def edit_last(self, text: str) -> None:
        mine = [m for m in await self.messages() if m["from"]["id"] == self.person]
        await self.play.do("edit", **self._who, message_id=max(m["message_id"] for m in mine), text=text)

    async def block(self, blocked: bool = True) -> None:
        await self.play.do("block", person=self.person, blocked=blocked)

    async def transcript(self) -> str:
        """The chat as text: "> said", "< heard", [buttons]."""
        lines = []
        for message in sorted(await self.messages(), key=lambda m: m["message_id"]):
            if message["deleted"]:
                continue
            sign = "<" if message["from"]["is_bot"] else ">"
            lines += [f"{sign} {line}" for line in message["text"].split("\n")]
            for row in message["inline_keyboard"] or ():
                lines.append("  " + " ".join(f"[{b['text']}]" for b in row))
        return "\n".join(lines)
