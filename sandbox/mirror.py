"""What a player has seen of the town, from its news: every version of every message, answers, letters."""

from dataclasses import dataclass, field
from typing import Any

Message = dict[str, Any]
Letter = dict[str, Any]

HELD = ("photo", "document", "sticker", "voice", "contact", "location")


@dataclass(slots=True)
class Mirror:
    """`seq` is how far it has seen. Reads only what `take` was given; asks nobody."""

    seq: int = 0
    messages: dict[int, dict[int, Message]] = field(default_factory=dict)
    answers: dict[str, str] = field(default_factory=dict)
    mail: list[Letter] = field(default_factory=list)
    sms: list[Letter] = field(default_factory=list)
    struck: dict[int, int] = field(default_factory=dict)
    _versions: dict[int, list[Message]] = field(default_factory=dict)

    def take(self, news: dict[str, Any]) -> None:
        """{"seq", "events"}, as /play/news gives it. What was seen already is passed over."""
        for event in news["events"]:
            if event["seq"] > self.seq:
                self._apply(event["kind"], event["data"], event["seq"])
                self.seq = event["seq"]
        self.seq = max(self.seq, news["seq"])

    def _apply(self, kind: str, data: Any, seq: int) -> None:
        match kind:
            case "message" | "edited":
                version = {**data, "seq": seq}
                self.messages.setdefault(data["chat"], {})[data["message_id"]] = version
                if data["from"]["is_bot"]:
                    self._versions.setdefault(data["chat"], []).append(version)
            case "deleted":
                self.messages[data["chat"]][data["message_id"]]["deleted"] = True
            case "answer":
                self.answers[data["query_id"]] = data["text"]
            case "mail":
                self.mail.append(data)
            case "sms":
                self.sms.append(data)
            case "struck":
                self.struck[data["fault"]] = data["struck"]

    def heard(self, chat: int, after: int) -> list[Message]:
        """What the bot said and edited there since, without what is deleted by now."""
        versions = self._versions.get(chat, [])
        alive = self.messages.get(chat, {})
        return [one for one in versions if one["seq"] > after and not alive[one["message_id"]]["deleted"]]

    def buttons(self, chat: int) -> list[tuple[str, str, int]]:
        """(text, data, message id) of every inline button that shows, newest message first."""
        shown = [m for m in self.messages.get(chat, {}).values() if m["inline_keyboard"] and not m["deleted"]]
        newest = sorted(shown, key=lambda m: -int(m["message_id"]))
        return [
            (button["text"], button.get("data", ""), message["message_id"])
            for message in newest
            for row in message["inline_keyboard"]
            for button in row
        ]

    def transcript(self, chat: int) -> str:
        """ "> said", "< heard", with [buttons]; a file as (photo)."""
        lines: list[str] = []
        for message in self.messages.get(chat, {}).values():
            if message["deleted"]:
                continue
            sign = "<" if message["from"]["is_bot"] else ">"
            held = [f"({kind})" for kind in HELD if kind in message]
            lines += [f"{sign} {line}" for line in (*held, *message["text"].split("\n")) if line or not held]
            for row in message["inline_keyboard"] or ():
                lines.append("  " + " ".join(f"[{button['text']}]" for button in row))
        return "\n".join(lines)
