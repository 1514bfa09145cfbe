"""What every test of the sandbox stands on: a small cast, and a caller that shows the Bot API's bare answers."""

from typing import Any

import aiohttp

from sandbox import Cast, Group, Person, Phone, Sandbox

TOKEN = "4242:sandbox"
GROUP = -1001

CAST = Cast(
    title="Town",
    token=TOKEN,
    bot=Person(4242, "Mulakat", username="mulakat_bot"),
    people=(
        Person(101, "Sunita Devi", username="sunita", phone="+919812345678", language="hi", met=True),
        Person(102, "Ravi"),
        Person(201, "Rao", phone="+911123456789", met=True),
        Person(202, "Iqbal"),
    ),
    groups=(
        Group(GROUP, "Tihar 1 visits", members=(201, 202), admins=(201,)),
        Group(-1002, "Admins' room", members=(201,), admins=(201, 4242)),
        Group(-1003, "Elsewhere", members=(202,), bot=False),
    ),
    phones=(Phone("Family", 101, 101), Phone("Office", 201, GROUP)),
    hints=(("A mobile", "98123 45678"),),
)


class Api:
    """Calls methods without a library. `ok` gives the result, `refused` (code, description)."""

    def __init__(self, box: Sandbox, session: aiohttp.ClientSession) -> None:
        self.box = box
        self.session = session

    async def call(self, method: str, token: str = TOKEN, **params: Any) -> dict[str, Any]:
        async with self.session.post(f"{self.box.telegram_api}/bot{token}/{method}", json=params) as response:
            answer: dict[str, Any] = await response.json()
            assert answer["ok"] == (response.status == 200)
            assert answer["ok"] or answer["error_code"] == response.status
            return answer

    async def ok(self, method: str, **params: Any) -> Any:
        answer = await self.call(method, **params)
        assert answer["ok"], answer
        return answer["result"]

    async def refused(self, method: str, **params: Any) -> tuple[int, str]:
        answer = await self.call(method, **params)
        assert not answer["ok"], answer
        return answer["error_code"], answer["description"]

    async def updates(self, offset: int = 0, **params: Any) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = await self.ok("getUpdates", offset=offset, **params)
        return found

    async def newest(self) -> dict[str, Any]:
        """The update that came last."""
        return (await self.updates(offset=-1))[0]


def inline(*rows: tuple[tuple[str, str], ...]) -> dict[str, Any]:
    """An inline keyboard of (text, data)."""
    return {"inline_keyboard": [[{"text": text, "callback_data": data} for text, data in row] for row in rows]}
