"""A visit as a calendar file (RFC 5545), sent as an invitation (RFC 5546): what changes later, changes there
too."""

from datetime import UTC, datetime, timedelta
from urllib.parse import quote

from icalendar import Alarm, Calendar, Event, vCalAddress, vText

from channels.cleaning import clean
from dialogue.model import Invite

REQUEST = "REQUEST"
CANCEL = "CANCEL"

_REMIND_BEFORE = timedelta(hours=3)
_BARE_IN_MAILTO = "@!$'*+-._~"  # of what an address may hold; `?` would begin header fields, Cc among them


def method(invite: Invite) -> str:
    """REQUEST and CANCEL, not PUBLISH: a mail program matches them with what it has, by UID and SEQUENCE, and
    both need an organizer and an attendee."""
    return CANCEL if invite.cancelled else REQUEST


def calendar_file(invite: Invite, summary: str, organizer: str, attendee: str, now: datetime) -> bytes:
    """One event. organizer, attendee: mail addresses. now: aware, when this is said. Times are UTC, which
    every calendar shows in its reader's zone without knowing our zone's rules."""
    event = Event()
    event["UID"] = _Words(clean(f"{invite.ref}@mulakat"))
    event.add("sequence", invite.sequence)
    event.add("dtstamp", now.astimezone(UTC))
    event.add("dtstart", invite.start.astimezone(UTC))
    event.add("dtend", invite.start.astimezone(UTC) + timedelta(minutes=invite.minutes))
    event["SUMMARY"] = _Words(clean(summary))
    event["LOCATION"] = _Words(clean(invite.place))
    event.add("status", "CANCELLED" if invite.cancelled else "CONFIRMED")
    event.add("organizer", _address(organizer))
    event.add("attendee", _guest(attendee))
    if not invite.cancelled:
        event.add_component(_alarm(clean(summary)))
    calendar = Calendar()
    calendar.add("prodid", "-//Mulakat//Mulakat//EN")
    calendar.add("version", "2.0")
    calendar.add("method", method(invite))
    calendar.add_component(event)
    return bytes(calendar.to_ical())


class _Words(vText):
    """A text of one line, every sign of which arrives: the library takes a backslash before an N for a line break."""

    def to_ical(self) -> bytes:
        escaped = self.replace("\\", "\\\\").replace(";", "\\;").replace(",", "\\,")
        return escaped.encode()


def _alarm(summary: str) -> Alarm:
    alarm = Alarm()
    alarm.add("action", "DISPLAY")
    alarm["DESCRIPTION"] = _Words(summary)
    alarm.add("trigger", -_REMIND_BEFORE)
    return alarm


def _address(mail: str) -> vCalAddress:
    return vCalAddress("mailto:" + quote(clean(mail), safe=_BARE_IN_MAILTO))


def _guest(mail: str) -> vCalAddress:
    """Coming already, and not asked: an answer by mail would reach nobody. Visits are called off in the
    chat."""
    guest = _address(mail)
    guest.params["partstat"] = vText("ACCEPTED")
    guest.params["rsvp"] = vText("FALSE")
    guest.params["role"] = vText("REQ-PARTICIPANT")
    return guest
