"""The Bot API as far as a bot of ours needs it: updates by long polling, messages that are heard by the crowd.

https://core.telegram.org/bots/api. Nothing is checked, limited or kept: `sandbox/` is the careful one.
"""

import json
from collections import Counter, deque
from collections.abc import Callable, Mapping
from typing import Any

from bench.crowd import BOT, Crowd, Visitor

GATHER = 0.001  # seconds from the first update until a waiting poll is answered: the real server takes as long
AT_MOST = 100  # updates in one answer

Reply = Callable[[bytes], None]

NOTHING = b'{"ok":true,"result":[]}'
YES = b'{"ok":true,"result":true}'
ME = json.dumps({"ok": True, "result": BOT}).encode()


class BotApi:
    """`crowd` is to be set before the first call. `polled` is called at the first poll."""

    crowd: Crowd

    def __init__(
        self,
        clock: Callable[[], float],
        later: Callable[[float, Callable[[], None]], Any],
        polled: Callable[[], None],
    ) -> None:
        self.clock = clock
        self.later = later
        self.polled = polled
        self.calls: Counter[str] = Counter()
        self._queue: deque[tuple[int, Visitor, bytes]] = deque()
        self._poll: tuple[int, Reply] | None = None  # whoever waits, and where they are
        self._turn = 0

    def post(self, visitor: Visitor, number: int, update: bytes) -> None:
        self._queue.append((number, visitor, update))
        if self._poll:
            turn = self._turn
            self.later(GATHER, lambda: self._give(turn))

    # ---------------------------------------------------------------- calls

    def call(self, method: str, given: Mapping[str, Any], reply: Reply) -> None:
        """Answer one call, now or as soon as there is something."""
        method = method.lower()
        if method == "getupdates":
            self._updates(int(given.get("offset") or 0), float(given.get("timeout") or 0), reply)
            return
        self.calls[method] += 1
        if method == "getme":
            reply(ME)
        elif method in ("sendmessage", "editmessagetext"):
            reply(self._message(method, given))
        else:
            reply(YES)

    def _message(self, method: str, given: Mapping[str, Any]) -> bytes:
        chat, text, markup = int(given["chat_id"]), str(given["text"]), given.get("reply_markup")
        if isinstance(markup, str):
            markup = json.loads(markup) if markup else None
        keyboard = markup.get("inline_keyboard", []) if markup else []
        new = method == "sendmessage"
        number = self.crowd.number_of_message() if new else int(given["message_id"])
        said = {"message_id": number, "from": BOT, "chat": {"id": chat, "type": "private"}, "text": text}
        said["date"] = int(self.clock())
        if keyboard:
            said["reply_markup"] = markup
        if new:
            self.crowd.heard(chat, text, keyboard, number)
        return json.dumps({"ok": True, "result": said}, separators=(",", ":")).encode()

    # ---------------------------------------------------------------- polling

    def _updates(self, offset: int, timeout: float, reply: Reply) -> None:
        if not self._turn:
            self.polled()
        self.calls["getupdates"] += 1
        while self._queue and self._queue[0][0] < offset:
            self._queue.popleft()
        self._turn += 1
        self._poll = offset, reply
        turn = self._turn
        if self._queue or not timeout:
            self._give(turn)
        else:
            self.later(timeout, lambda: self._give(turn))

    def _give(self, turn: int) -> None:
        """Answer the poll that waits, unless that was done already."""
        if self._poll is None or turn != self._turn:
            return
        (offset, reply), self._poll = self._poll, None
        now = self.clock()
        out: list[bytes] = []
        for number, visitor, update in self._queue:
            if len(out) == AT_MOST:
                break
            if number >= offset:
                out.append(update)
                visitor.handed = visitor.handed or now
        reply(b'{"ok":true,"result":[' + b",".join(out) + b"]}" if out else NOTHING)
