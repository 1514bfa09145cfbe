"""Letters and calendar files against readers that are not ours: whatever a person is called, there is one letter to one
address with one event in it, which every reader reads the same."""

import asyncio
import re
from collections.abc import Iterator
from datetime import timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage
from html.parser import HTMLParser

import pytest
from aiosmtpd.smtp import SMTP
from hypothesis import example, given, settings
from hypothesis import strategies as st
from icalendar import Calendar

from channels.base import Say
from channels.cleaning import clean
from channels.email import Email
from channels.ics import calendar_file
from channels.render import Renderer
from dialogue.model import Chat, Invite, Message
from dialogue.words import BLANK, Text, line, link, verbatim
from tests.channels.hostile import MAILBOXES, NAMES, WORDS
from tests.channels.office import NOW, SENDER, START, SUNITA, Office
from tests.channels.rfc5545 import Malformed, read, the_event, updates
from tests.conftest import PROVE

OURS, THEIRS = "visits@jail.example", "sunita@mail.example"
LINK = "https://meet.example/mulakat-" + "0123456789abcdef" * 4
VISIT = Text("Prison visit")
MANY = settings(max_examples=1000 if PROVE else 100, deadline=None)


def invited(place: str = "Tihar", cancelled: bool = False, ref: str = "ABCD2345") -> Invite:
    return Invite(ref, START, 30, VISIT, place, sequence=int(cancelled), cancelled=cancelled)


# ---------------------------------------------------------------- calendar files


@given(WORDS, WORDS, MAILBOXES, st.booleans())
@MANY
def test_every_reader_reads_the_same_event(summary: str, place: str, mailbox: str, cancelled: bool) -> None:
    data = calendar_file(invited(place, cancelled), summary, OURS, mailbox, NOW)
    event = the_event(read(data))
    assert (event["SUMMARY"], event["LOCATION"]) == (clean(summary), clean(place))
    assert (event["UID"], event.moment("DTSTART"), event.moment("DTSTAMP")) == ("ABCD2345@mulakat", START, NOW)
    assert [alarm["DESCRIPTION"] for alarm in event.parts] == ([] if cancelled else [clean(summary)])
    (other,) = Calendar.from_ical(data).walk("VEVENT")
    assert (other["SUMMARY"], other["LOCATION"], other["UID"]) == (event["SUMMARY"], event["LOCATION"], event["UID"])
    assert str(other["ATTENDEE"]) == event["ATTENDEE"]


@given(WORDS, WORDS)
@MANY
def test_a_cancellation_takes_the_place_of_the_invitation(summary: str, place: str) -> None:
    asked = calendar_file(invited(place), summary, OURS, THEIRS, NOW)
    called_off = calendar_file(invited(place, cancelled=True), summary, OURS, THEIRS, NOW + timedelta(hours=1))
    assert updates(called_off, asked) == timedelta(hours=1)
    assert read(called_off)["METHOD"] == "CANCEL"
    with pytest.raises(Malformed):
        updates(asked, called_off)


@pytest.mark.parametrize("mailbox", ["a?cc=all@mail.example", "a%0d@b.example", "सुनीता@डाक.भारत"])
def test_an_address_in_a_calendar_file_is_one_mailbox(mailbox: str) -> None:
    event = the_event(read(calendar_file(invited(), "Visit", OURS, mailbox, NOW)))
    assert "?" not in event["ATTENDEE"] and event["ATTENDEE"].isascii()


FILE = calendar_file(invited(), "Visit, to see", OURS, THEIRS, NOW)


@pytest.mark.parametrize(
    ("good", "bad"),
    [
        (b"\r\n", b"\n"),
        (b"Visit\\, to", b"Visit, to"),
        (b"Visit\\, to", b"Visit\\x to"),
        (b"LOCATION:Tihar", b"LOCATION:" + b"T" * 70),
        (b"LOCATION:Tihar", b"LOCATION:T\xe0"),
        (b"LOCATION:Tihar", b"LOCATION:T\x07"),
        (b"LOCATION:Tihar", b"LOCATION:Tihar\r\n "),
        (b"LOCATION:Tihar", b"LOCATION:Tihar\r\n"),
        (b"LOCATION:Tihar", b"LOCATION Tihar"),
        (b"LOCATION:Tihar", b"LOCATION:A\r\nLOCATION:B"),
        (b"LOCATION:Tihar", b"COMMENT:Tihar"),
        (b"METHOD:REQUEST", b"METHOD:CANCEL"),
        (b"STATUS:CONFIRMED", b"STATUS:CANCELLED"),
        (b"VERSION:2.0", b"VERSION:1.0"),
        (b"SEQUENCE:0", b"SEQUENCE:-1"),
        (b"END:VEVENT", b"END:VALARM"),
        (b"END:VEVENT", b"END:VEVENT\r\nBEGIN:VEVENT\r\nUID:x\r\nEND:VEVENT"),
        (b"DTEND:20261201T043000Z", b"DTEND:20261201T040000Z"),
        (b"DTEND:20261201T043000Z", b"DTEND:20261201T043000"),
        (b"TRIGGER:-PT3H", b"TRIGGER:-3H"),
        (b"mailto:visits@jail.example", b"mailto:visits@jail.example?cc=a@b"),
    ],
)
def test_the_strict_reader_is_strict(good: bytes, bad: bytes) -> None:
    assert good in FILE
    read(FILE)
    with pytest.raises(Malformed):
        read(FILE.replace(good, bad))


# ---------------------------------------------------------------- letters


class Post:
    """A mail server and the product's channel to it, on a loop of their own."""

    def __init__(self, renderer: Renderer) -> None:
        self.office = Office()
        self.runner = asyncio.Runner()
        self.renderer = renderer
        self.runner.run(self._open())

    async def _open(self) -> None:
        loop = asyncio.get_running_loop()
        line = lambda: SMTP(self.office, hostname="post.example", enable_SMTPUTF8=True, loop=loop)  # noqa: E731
        self.server = await loop.create_server(line, "127.0.0.1", 0)
        port = self.server.sockets[0].getsockname()[1]
        self.email = Email(f"smtp://127.0.0.1:{port}", SENDER, self.renderer, clock=lambda: NOW)

    def send(self, message: Message, to: Chat = SUNITA) -> bytes:
        """The letter as it came to the server."""
        self.runner.run(self.email.deliver(to, Say(message), "en"))
        assert self.office.envelopes.pop() == (OURS, [to.id]) and not self.office.envelopes
        return self.office.raw.pop()

    def close(self) -> None:
        self.runner.run(self.email.close())
        self.server.close()
        self.runner.run(self.server.wait_closed())
        self.runner.close()


@pytest.fixture(scope="module")
def post(renderer: Renderer) -> Iterator[Post]:
    made = Post(renderer)
    yield made
    made.close()


HEADERS = [
    "From", "To", "Subject", "Date", "Message-ID", "Auto-Submitted", "MIME-Version", "Content-Type"
]  # fmt: skip
PARTS = ["multipart/mixed", "multipart/alternative", "text/plain", "text/html", "text/calendar"]
LAYOUT = {"html", "head", "meta", "title", "body", "div", "p", "table", "tr", "td"}


def about(name: str, place: str) -> Message:
    hello = Text("Hello {name}", {"name": name})
    return Message(
        (hello, BLANK, line(hello, hello), line(verbatim(name), verbatim(place))),
        subject=hello,
        invite=Invite("ABCD2345", START, 30, hello, place),
    )


@given(name=WORDS, place=WORDS)
@MANY
def test_one_letter_to_one_address_with_one_event(post: Post, name: str, place: str) -> None:
    data = post.send(about(name, place))
    letter = well_formed(data)
    assert letter.keys() == HEADERS and [part.get_content_type() for part in letter.walk()] == PARTS
    assert (letter["From"], letter["To"]) == (SENDER, THEIRS)
    assert _bare(str(letter["Subject"])) == _bare(f"Hello {clean(name)}")[: len(_bare(str(letter["Subject"])))]
    (attached,) = letter.iter_attachments()
    event = the_event(read(attached.get_content().encode()))
    assert (event["SUMMARY"], event["LOCATION"]) == (clean(f"Hello {name}"), clean(place))
    assert attached["Content-Type"].params["method"] == "REQUEST"
    words = body(letter, "plain").splitlines()
    assert words[0] == clean(f"Hello {name}") and len(words) == 8
    assert {tag for tag, _attrs in tags(body(letter, "html"))} <= LAYOUT


@pytest.mark.parametrize("name", NAMES)
def test_a_name_in_every_script_arrives_as_it_was_typed(post: Post, name: str) -> None:
    letter = well_formed(post.send(about(name, name)))
    assert letter["Subject"] == f"Hello {name}"
    assert name in body(letter, "plain") and name in body(letter, "html")


BLANKS = (
    "क " + "a" * 10 + " " * 40 + "a" * 60 + " क",
    "क a" + " " * 49 + "a" * 40 + " क",
    "\u2028" * 60 + "x" * 40,
    "क" + "\u3000" * 90,
    "x" * 140,
)


@pytest.mark.parametrize("name", BLANKS)
def test_no_header_holds_a_line_without_words(post: Post, name: str) -> None:
    well_formed(post.send(about(name, "")))


@given(mailbox=MAILBOXES)
@example(mailbox="sunita." + "devi" * 9 + "@" + ".".join(["aaaaaaaaaa"] * 3))  # a line too long with its name
@example(mailbox="sunita." + "devi" * 8 + "@" + ".".join(["aaaaaaaaaa"] * 5))  # and without
@MANY
def test_a_letter_goes_to_one_mailbox_whatever_its_signs(post: Post, mailbox: str) -> None:
    letter = well_formed(post.send(about("Sunita", "Tihar"), Chat("email", mailbox)))
    (to,) = letter["To"].addresses
    assert to.addr_spec == mailbox and letter.keys() == HEADERS


def test_a_cancellation_arrives_as_one(post: Post) -> None:
    asked, called_off = (
        calendar_of(well_formed(post.send(Message((VISIT,), invite=invited(cancelled=cancelled)))))
        for cancelled in (False, True)
    )
    updates(called_off, asked)


# ---------------------------------------------------------------- links


def test_the_link_of_a_video_visit_can_be_followed(post: Post) -> None:
    letter = well_formed(post.send(Message((line(Text("Link"), link(LINK)),))))
    links = [attrs for tag, attrs in tags(body(letter, "html")) if tag == "a"]
    assert [attrs["href"] for attrs in links] == [LINK]
    assert f">{LINK}</a>" in body(letter, "html") and LINK in body(letter, "plain")
    assert "overflow-wrap:anywhere" in body(letter, "html")  # or the page is wider than a small screen


def test_a_link_stays_within_its_attribute(post: Post) -> None:
    address = "https://a.example/\"onclick='x'>&amp;"
    html = body(well_formed(post.send(Message((line(Text("Link"), link(address)),)))), "html")
    (attrs,) = (attrs for tag, attrs in tags(html) if tag == "a")
    assert attrs["href"] == address and set(attrs) == {"href", "style"}


@pytest.mark.parametrize("address", ["javascript:alert(1)", "data:text/html,x", "http:", "//a.example"])
def test_what_is_no_link_is_only_words(post: Post, address: str) -> None:
    html = body(well_formed(post.send(Message((line(Text("Link"), link(address)),)))), "html")
    assert not [tag for tag, _attrs in tags(html) if tag == "a"]


# ---------------------------------------------------------------- reading


def well_formed(data: bytes) -> EmailMessage:
    """Every line as the standards want it, in each part's head too; and nothing that a reader must forgive."""
    assert b"\r\n" in data and not re.search(rb"(?<!\r)\n|\r(?!\n)|\x00", data)
    for octets in data.split(b"\r\n"):
        assert len(octets) <= 78 or b" " not in octets.strip(), octets  # only at a blank can it be cut
        assert not octets or octets.strip(), "a line of nothing but blanks"
    assert data.isascii()
    letter = message_from_bytes(data, policy=policy.default)
    assert isinstance(letter, EmailMessage)
    for part in letter.walk():
        assert not part.defects
        assert not [header for header in part.values() if header.defects]
    return letter


def body(letter: EmailMessage, kind: str) -> str:
    found = letter.get_body((kind,))
    assert found is not None
    return str(found.get_content()).replace("\r\n", "\n")


def calendar_of(letter: EmailMessage) -> bytes:
    (attached,) = letter.iter_attachments()
    return str(attached.get_content()).encode()


def _bare(words: str) -> str:
    """A subject's letters: blanks are put together in a header, `=?` is kept apart, and a long one is cut."""
    return "".join(words.removesuffix("…").split())


def tags(html: str) -> list[tuple[str, dict[str, str | None]]]:
    found: list[tuple[str, dict[str, str | None]]] = []

    class Reader(HTMLParser):
        def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
            found.append((tag, dict(attrs)))

    Reader().feed(html)
    return found
