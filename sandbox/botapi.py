"""The Bot API's front desk: a table of methods, methods that are held, and long polling."""

import asyncio
from collections.abc import Callable, Mapping
from typing import Any

from sandbox import asking, sending, webhook
from sandbox.errors import ApiError, conflict
from sandbox.limits import Limits
from sandbox.reading import Params, whole
from sandbox.world import World

LONGEST_POLL = 50  # seconds

Method = Callable[[World, Limits, Params], Any]

METHODS: Mapping[str, Method] = {
    "getme": asking.get_me,
    "getchat": asking.get_chat,
    "getchatmember": asking.get_member,
    "getchatadministrators": asking.get_admins,
    "getchatmembercount": asking.count_members,
    "getfile": asking.get_file,
    "setmycommands": asking.set_commands,
    "deletemycommands": asking.delete_commands,
    "getmycommands": asking.get_commands,
    "setwebhook": webhook.set_webhook,
    "deletewebhook": webhook.delete_webhook,
    "getwebhookinfo": webhook.webhook_info,
    "sendmessage": sending.send_message,
    "sendphoto": sending.send_photo,
    "senddocument": sending.send_document,
    "sendchataction": sending.chat_action,
    "editmessagetext": sending.edit_text,
    "editmessagecaption": sending.edit_caption,
    "editmessagereplymarkup": sending.edit_markup,
    "deletemessage": sending.delete_message,
    "deletemessages": sending.delete_messages,
    "answercallbackquery": sending.answer_press,
}

TAKEN = "terminated by other getUpdates request; make sure that only one bot instance is running"
_ENDED = "terminated by setWebhook request"
_WEBHOOK = "can't use getUpdates method while webhook is active; use deleteWebhook to delete the webhook first"


class BotApi:
    """One bot's API over one world. `held` are methods that are kept waiting, unaccepted, until they are let go."""

    def __init__(self, world: World, limits: Limits) -> None:
        self.world = world
        self.limits = limits
        self.held: set[str] = set()
        self.let_go = asyncio.Event()
        self._closing = False
        self._poll: asyncio.Future[bool] | None = None
        world.arrived.append(self._wake)

    async def call(self, name: str, params: Params, still_there: Callable[[], bool] = lambda: True) -> Any:
        """The result, or ApiError. What was held is not done for a caller who went away meanwhile."""
        name = name.lower()
        while name in self.held and not self._closing:
            await self.let_go.wait()
            if not still_there():
                raise ApiError(499, "Client Closed Request")
        if name == "getupdates":
            return await self.get_updates(params)
        method = METHODS.get(name)
        if method is None:
            raise ApiError(404, "Not Found")
        with self.world.journal.together():
            return method(self.world, self.limits, params)

    def hold(self, methods: set[str]) -> None:
        self.held = {name.lower() for name in methods}
        old, self.let_go = self.let_go, asyncio.Event()
        old.set()

    def close(self) -> None:
        """Nobody waits from now on."""
        self._closing = True
        self.hold(set())
        self._wake()

    async def get_updates(self, params: Params) -> Any:
        """Long polling: what is there at once, else what comes first. A second poll or a webhook ends it with a 409."""
        if self.world.webhook:
            raise conflict(_WEBHOOK)
        limit = whole(params, "limit", 100)
        limit = limit if 1 <= limit <= 100 else 100
        offset = whole(params, "offset")
        with self.world.journal.together():
            webhook.heed_allowed(self.world, params)
            found = self.world.waiting(offset, limit)
        if self._poll and not self._poll.done():
            self._poll.set_result(False)
        seconds = min(max(whole(params, "timeout"), 0), LONGEST_POLL)
        if found or seconds == 0 or self._closing:
            return found
        mine = self._poll = asyncio.get_running_loop().create_future()
        done, _pending = await asyncio.wait({mine}, timeout=seconds)
        if self._poll is mine:
            self._poll = None
        if done and not mine.result():
            raise conflict(TAKEN)
        if self.world.webhook:
            raise conflict(_ENDED)
        return self.world.waiting(max(offset, 0), limit)

    def _wake(self) -> None:
        if self._poll and not self._poll.done():
            self._poll.set_result(True)
