"""What a letter holds when it arrives, and what a hostile name can't do: no header, no tag, no other event."""

from datetime import timedelta
from email import message_from_bytes, policy
from email.headerregistry import Address
from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st
from icalendar import Alarm, Calendar, Event, vCalAddress

from channels.base import Say
from channels.cleaning import clean
from channels.email import Email
from channels.ics import calendar_file
from channels.letter import Envelope, letter
from channels.render import Renderer
from dialogue.model import Invite, Message
from dialogue.words import Text, line
from tests.channels.ground import ANY_TEXT
from tests.channels.office import APPROVED, NOW, SENDER, START, SUNITA, Office

VISIT = Text("Prison visit")


def invite(
    ref: str = "ABCD2345",
    summary: Text = VISIT,
    place: str = "Tihar, New Delhi",
    sequence: int = 0,
    cancelled: bool = False,
) -> Invite:
    return Invite(ref, START, 30, summary, place, sequence, cancelled)


def calendar(what: Invite, summary: str = "Prison visit") -> tuple[Calendar, Event]:
    """The calendar file, read back, and its only event."""
    read = Calendar.from_ical(calendar_file(what, summary, "visits@jail.example", "sunita@mail.example", NOW))
    assert isinstance(read, Calendar)
    (event,) = read.walk("VEVENT")
    assert isinstance(event, Event)
    return read, event


async def test_a_letter_arrives_whole(office: Office, email: Email) -> None:
    id = await email.deliver(SUNITA, Say(APPROVED), "en")
    (letter,) = office.letters
    assert office.envelopes == [("visits@jail.example", ["sunita@mail.example"])]
    assert (letter["From"], letter["To"], letter["Subject"]) == (SENDER, SUNITA.id, "Hello सुनीता")
    assert letter["Message-ID"] == id and id.endswith("@jail.example>")
    assert letter["Date"].datetime == NOW
    plain = letter.get_body(("plain",))
    assert plain is not None
    words = plain.get_content().replace("\r\n", "\n")
    assert words.startswith("Your visit is approved.\n\nWhen: Tuesday 1 December 2026, 9:30 am\n")
    assert "Staff never ask for a code or for money." in words
    page = letter.get_body(("html",))
    assert page is not None
    html = page.get_content()
    assert "<b>approved</b>" in html and "Staff never ask for a code or for money." in html
    assert tags(html)["tr"] == 2 and "script" not in tags(html)
    assert ">Tihar &lt;1&gt; &amp; co</td>" in html and '<html lang="en" dir="ltr">' in html
    (attached,) = letter.iter_attachments()
    assert (attached.get_content_type(), attached.get_filename()) == ("text/calendar", "visit.ics")
    assert attached["Content-Type"].params["method"] == "REQUEST"
    (event,) = Calendar.from_ical(attached.get_content()).walk("VEVENT")
    assert event["UID"] == "ABCD2345@mulakat" and event["ATTENDEE"] == "mailto:sunita@mail.example"


async def test_a_letter_in_the_readers_language(office: Office, email: Email) -> None:
    await email.deliver(SUNITA, Say(APPROVED), "hi")
    await email.deliver(SUNITA, Say(Message((Text("When"),))), "ur")
    (hindi, urdu) = (letter.get_body(("html",)) for letter in office.letters)
    assert hindi is not None and urdu is not None
    assert "आपकी मुलाक़ात <b>मंज़ूर</b> है।" in hindi.get_content() and ">कब</td>" in hindi.get_content()
    assert '<html lang="ur" dir="rtl">' in urdu.get_content() and "کب" in urdu.get_content()
    assert office.letters[1]["Subject"] == "A message about your prison visit"


HOSTILE = (
    "x\r\nBcc: all@mail.example",
    "x\nContent-Type: text/html\n\n<b>",
    "x\r\n.\r\nMAIL FROM:<a@b>",
    "=?utf-8?q?x=0D=0ABcc:_all@mail.example?=",
    "\u2028Bcc: all@mail.example\x00\ud800",
    "देवी " * 40 + "\r\nBcc: all@mail.example",
    "END:VEVENT\r\nBEGIN:VEVENT\r\nUID:other",
    "x;ATTENDEE=mailto:all@mail.example:,\\n",
)


@pytest.mark.parametrize("name", HOSTILE)
async def test_a_hostile_name_is_only_a_name(office: Office, email: Email, name: str) -> None:
    hello = Text("Hello {name}", {"name": name})
    hostile = Message((hello, line(hello, hello)), subject=hello, invite=invite(ref=name, summary=hello, place=name))
    await email.deliver(SUNITA, Say(APPROVED), "en")
    await email.deliver(SUNITA, Say(hostile), "en")
    friendly, letter = office.letters
    assert letter.keys() == friendly.keys()
    assert [part.get_content_type() for part in letter.walk()] == [
        "multipart/mixed", "multipart/alternative", "text/plain", "text/html", "text/calendar"
    ]  # fmt: skip
    assert office.envelopes[1] == office.envelopes[0]
    html, usual = (mail.get_body(("html",)) for mail in (letter, friendly))
    assert html is not None and usual is not None
    assert set(tags(html.get_content())) <= set(tags(usual.get_content()))
    (attached,) = letter.iter_attachments()
    calendar = Calendar.from_ical(attached.get_content())
    (event,) = calendar.walk("VEVENT")
    assert event["SUMMARY"] == clean(f"Hello {name}") and event["LOCATION"] == clean(name)
    assert [part.name for part in calendar.walk()] == ["VCALENDAR", "VEVENT", "VALARM"]


def test_a_calendar_file() -> None:
    _, event = calendar(invite(sequence=2))
    assert (event.start, event.end) == (START, START + timedelta(minutes=30))
    assert (event["SEQUENCE"], event["STATUS"], event["LOCATION"]) == (2, "CONFIRMED", "Tihar, New Delhi")
    assert event["ORGANIZER"] == "mailto:visits@jail.example"
    guest = event["ATTENDEE"]
    assert isinstance(guest, vCalAddress)
    assert guest.params == {"PARTSTAT": "ACCEPTED", "ROLE": "REQ-PARTICIPANT", "RSVP": "FALSE"}
    (alarm,) = event.walk("VALARM")
    assert isinstance(alarm, Alarm)
    before = alarm.TRIGGER
    assert before == timedelta(hours=-3)


def test_a_cancelled_visit_takes_the_same_event_away() -> None:
    cancelled, event = calendar(invite(sequence=3, cancelled=True))
    assert cancelled["METHOD"] == "CANCEL"
    assert (event["UID"], event["SEQUENCE"], event["STATUS"]) == ("ABCD2345@mulakat", 3, "CANCELLED")
    assert not event.walk("VALARM")


NASTY = st.lists(
    st.sampled_from(["=?", "?=", "utf-8", "?q?", "?b?", "=0D=0A", "Bcc:", "\r\n", " ", "=", "?", "क", "\ud800"])
)


@given(NASTY.map("".join) | ANY_TEXT)
def test_no_subject_makes_another_header(renderer: Renderer, name: str) -> None:
    said = Message((Text("When"),), subject=Text("Hello {name}", {"name": name}))
    to = Address("", "sunita", "mail.example")
    written = letter(said, Envelope(Address("Mulakat", "visits", "jail.example"), to, "<1@x>", NOW), renderer, "en")
    read = message_from_bytes(written.as_bytes(), policy=policy.default)
    assert read.keys() == written.keys() and len(read.keys()) == 8
    assert read["To"] == "sunita@mail.example" and not read.defects


@given(ANY_TEXT, ANY_TEXT)
def test_no_words_make_another_event(summary: str, place: str) -> None:
    whole, event = calendar(invite(place=place), summary)
    assert [part.name for part in whole.walk()] == ["VCALENDAR", "VEVENT", "VALARM"]
    assert (event["SUMMARY"], event["LOCATION"]) == (clean(summary), clean(place))


def tags(html: str) -> dict[str, int]:
    """How many of each tag."""
    found: dict[str, int] = {}

    class Reader(HTMLParser):
        def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
            found[tag] = found.get(tag, 0) + 1

    reader = Reader()
    reader.feed(html)
    return found
