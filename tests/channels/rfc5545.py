"""A strict reader of calendar files by RFC 5545 and 5546, written for tests from the standards alone: it refuses what
they don't allow, and what an invitation of ours does not need."""

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

LONGEST = 75  # octets of a line, its break left out
NAME = re.compile(r"[A-Z][A-Z0-9-]*")
PARAM = re.compile(r';([A-Z][A-Z0-9-]*)=("[^"\x00-\x08\x0a-\x1f\x7f]*"|[^";:,\x00-\x08\x0a-\x1f\x7f]*)')
MOMENT = re.compile(r"\d{8}T\d{6}Z")
BEFORE = re.compile(r"-P(?:\d+W|\d+D|(?:\d+D)?T(?:\d+H)?(?:\d+M)?(?:\d+S)?)")
URI_OF_A_MAILBOX = re.compile(r"mailto:(?:[A-Za-z0-9!$'*+._~-]|%[0-9A-F]{2})+@(?:[A-Za-z0-9._-]|%[0-9A-F]{2})+")
ESCAPED = {"\\": "\\", ";": ";", ",": ",", "n": "\n", "N": "\n"}

# By component: what must be there once, and what may be there once.
MUST = {
    "VCALENDAR": {"PRODID", "VERSION", "METHOD"},
    "VEVENT": {"UID", "DTSTAMP", "DTSTART", "DTEND", "SEQUENCE", "STATUS", "SUMMARY", "ORGANIZER", "ATTENDEE"},
    "VALARM": {"ACTION", "TRIGGER", "DESCRIPTION"},
}
MAY = {"VCALENDAR": {"CALSCALE"}, "VEVENT": {"LOCATION"}, "VALARM": set[str]()}
WITHIN = {"": {"VCALENDAR"}, "VCALENDAR": {"VEVENT"}, "VEVENT": {"VALARM"}, "VALARM": set[str]()}
TEXTS = frozenset(("UID", "SUMMARY", "LOCATION", "DESCRIPTION", "PRODID"))


class Malformed(ValueError):
    """Against the standard."""


@dataclass(frozen=True, slots=True)
class Property:
    params: dict[str, str]
    value: str


@dataclass(slots=True)
class Component:
    name: str
    properties: dict[str, Property] = field(default_factory=dict)
    parts: list["Component"] = field(default_factory=list)

    def __getitem__(self, name: str) -> str:
        """The value: a text's without its escapes."""
        return self.properties[name].value

    def moment(self, name: str) -> datetime:
        if not MOMENT.fullmatch(self[name]):
            raise Malformed(f"{name} is no time in UTC: {self[name]!r}")
        return datetime.strptime(self[name], "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)


def read(data: bytes) -> Component:
    """The calendar, with one event that an invitation may hold. Raises Malformed."""
    lines = list(_unfolded(data))
    calendar, rest = _component(lines, "")
    if rest:
        raise Malformed(f"after the calendar comes {rest[0]!r}")
    _consistent(calendar)
    return calendar


def the_event(calendar: Component) -> Component:
    (event,) = calendar.parts
    return event


# ---------------------------------------------------------------- lines


def _unfolded(data: bytes) -> Iterator[str]:
    if not data.endswith(b"\r\n"):
        raise Malformed("the last line has no end")
    whole = ""
    for octets in data[:-2].split(b"\r\n"):
        line = _physical(octets)
        if line.startswith((" ", "\t")):
            if not whole or len(line) == 1:
                raise Malformed(f"{line!r} continues nothing, or with nothing")
            whole += line[1:]
            continue
        if whole:
            yield whole
        whole = line
    yield whole


def _physical(octets: bytes) -> str:
    if not octets or len(octets) > LONGEST:
        raise Malformed(f"a line of {len(octets)} octets: {octets!r}")
    try:
        line = octets.decode("utf-8")
    except UnicodeDecodeError:
        raise Malformed(f"no UTF-8, or a sign cut in two: {octets!r}") from None
    if any((sign < " " and sign != "\t") or sign == "\x7f" for sign in line) or line.startswith("\ufeff"):
        raise Malformed(f"a control character in {line!r}")
    return line


def _property(line: str) -> tuple[str, Property]:
    found = NAME.match(line)
    if not found:
        raise Malformed(f"no name begins {line!r}")
    name, at = found.group(), found.end()
    params: dict[str, str] = {}
    while param := PARAM.match(line, at):
        if param.group(1) in params:
            raise Malformed(f"twice {param.group(1)} in {line!r}")
        params[param.group(1)] = param.group(2).strip('"')
        at = param.end()
    if line[at : at + 1] != ":":
        raise Malformed(f"no value in {line!r}")
    value = line[at + 1 :]
    return name, Property(params, _text(value) if name in TEXTS else value)


def _text(value: str) -> str:
    out, signs = "", iter(value)
    for sign in signs:
        if sign in ";,":
            raise Malformed(f"a bare {sign!r} in the text {value!r}")
        if sign == "\\":
            escaped = next(signs, "")
            if escaped not in ESCAPED:
                raise Malformed(f"{sign + escaped!r} in the text {value!r}")
            sign = ESCAPED[escaped]
        out += sign
    return out


# ---------------------------------------------------------------- components


def _component(lines: list[str], within: str) -> tuple[Component, list[str]]:
    word, _sep, name = lines[0].partition(":")
    if word != "BEGIN" or name not in WITHIN[within]:
        raise Malformed(f"{lines[0]!r} begins nothing that may be in {within or 'a file'}")
    here, rest, seen = Component(name), lines[1:], Counter[str]()
    while rest and not rest[0].startswith("END:"):
        if rest[0].startswith("BEGIN:"):
            part, rest = _component(rest, name)
            here.parts.append(part)
            continue
        found, there = _property(rest[0])
        here.properties[found] = there
        seen[found] += 1
        rest = rest[1:]
    if not rest or rest[0] != f"END:{name}":
        raise Malformed(f"{name} does not end")
    wrong = (MUST[name] - set(seen)) | (set(seen) - MUST[name] - MAY[name]) | {n for n in seen if seen[n] > 1}
    if wrong:
        raise Malformed(f"{name} has not once, or may not have: {wrong}")
    return here, rest[1:]


def _consistent(calendar: Component) -> None:
    """What the properties say together: of RFC 5545 the event's, of RFC 5546 the method's."""
    if calendar["VERSION"] != "2.0" or len(calendar.parts) != 1:
        raise Malformed("not version 2.0, or not one event")
    event = the_event(calendar)
    event.moment("DTSTAMP")
    if event.moment("DTEND") <= event.moment("DTSTART"):
        raise Malformed("it ends before it begins")
    if not re.fullmatch(r"0|[1-9]\d*", event["SEQUENCE"]):
        raise Malformed(f"SEQUENCE is {event['SEQUENCE']!r}")
    for name in ("ORGANIZER", "ATTENDEE"):
        if not URI_OF_A_MAILBOX.fullmatch(event[name]):
            raise Malformed(f"{name} is no mailbox: {event[name]!r}")
    allowed = {"REQUEST": {"CONFIRMED", "TENTATIVE"}, "CANCEL": {"CANCELLED"}}.get(calendar["METHOD"], set())
    if event["STATUS"] not in allowed or (event.parts and calendar["METHOD"] == "CANCEL"):
        raise Malformed(f"{event['STATUS']} in {calendar['METHOD']}, with {len(event.parts)} alarms")
    for alarm in event.parts:
        if alarm["ACTION"] != "DISPLAY" or not BEFORE.fullmatch(alarm["TRIGGER"]):
            raise Malformed(f"the alarm {alarm['ACTION']} at {alarm['TRIGGER']}")


def updates(newer: bytes, older: bytes) -> timedelta:
    """The same event, later said, with a higher number: a calendar takes the newer for the older. By how much later."""
    new, old = the_event(read(newer)), the_event(read(older))
    if new["UID"] != old["UID"] or new["ORGANIZER"] != old["ORGANIZER"]:
        raise Malformed("that is another event")
    if int(new["SEQUENCE"]) <= int(old["SEQUENCE"]) or new.moment("DTSTAMP") < old.moment("DTSTAMP"):
        raise Malformed("that is no newer word of it")
    return new.moment("DTSTAMP") - old.moment("DTSTAMP")
