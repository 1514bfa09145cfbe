"""Messages as JSON and back, for the outbox: what is written today is read by next year's code."""

from collections.abc import Mapping
from datetime import date, datetime, time

from dialogue.model import Button, Invite, Json, Message
from dialogue.words import CodeOf, Param, Text
from visits.otp import Challenge


def message_to_json(message: Message) -> dict[str, Json]:
    out: dict[str, Json] = {"text": [text_to_json(text) for text in message.text]}
    if message.buttons:
        out["buttons"] = [[[text_to_json(b.text), b.data] for b in row] for row in message.buttons]
    if message.asks:
        out["asks"] = message.asks
    if message.subject:
        out["subject"] = text_to_json(message.subject)
    if message.invite:
        i = message.invite
        out["invite"] = [
            i.ref,
            i.start.isoformat(),
            i.minutes,
            text_to_json(i.summary),
            i.place,
            i.sequence,
            i.cancelled,
        ]
    return out


def message_from_json(data: Mapping[str, Json]) -> Message:
    invite = None
    if "invite" in data:
        ref, start, minutes, summary, place, sequence, cancelled = data["invite"]
        start = datetime.fromisoformat(start)
        invite = Invite(ref, start, minutes, text_from_json(summary), place, sequence, cancelled)
    return Message(
        text=tuple(text_from_json(text) for text in data["text"]),
        buttons=tuple(
            tuple(Button(text_from_json(text), press) for text, press in row) for row in data.get("buttons", ())
        ),
        asks=data.get("asks", ""),
        subject=text_from_json(data["subject"]) if "subject" in data else None,
        invite=invite,
    )


def text_to_json(text: Text) -> Json:
    if not text.params:
        return text.msgid
    return [text.msgid, {name: _param_to_json(value) for name, value in text.params.items()}]


def text_from_json(data: Json) -> Text:
    if isinstance(data, str):
        return Text(data)
    msgid, params = data
    return Text(msgid, {name: _param_from_json(value) for name, value in params.items()})


def _param_to_json(value: Param) -> Json:
    match value:
        case str() | int():
            return value
        case datetime():
            return {"at": value.isoformat()}
        case date():
            return {"on": value.isoformat()}
        case time():
            return {"time": value.isoformat()}
        case Text():
            return {"text": text_to_json(value)}
        case CodeOf(c, talk):
            times = [c.issued.isoformat(), c.expires.isoformat()]
            return {"code": [c.id, c.purpose, c.address, c.counter, *times, talk]}


def _param_from_json(value: Json) -> Param:
    if isinstance(value, str | int):
        return value
    ((kind, data),) = value.items()
    match kind:
        case "at":
            return datetime.fromisoformat(data)
        case "on":
            return date.fromisoformat(data)
        case "time":
            return time.fromisoformat(data)
        case "text":
            return text_from_json(data)
        case "code":
            ref, purpose, address, counter, issued, expires, talk = data
            life = (datetime.fromisoformat(issued), datetime.fromisoformat(expires))
            return CodeOf(Challenge(ref, purpose, address, counter, *life, tries=0, used=False), talk)
    raise ValueError(f"unknown parameter kind {kind!r}")
