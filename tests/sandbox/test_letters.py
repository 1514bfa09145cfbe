"""Mail by SMTP and messages by SMS: everything is taken, kept as it came, and shown readably."""

import asyncio
from email.message import EmailMessage

import aiohttp
import aiosmtplib
import pytest

from sandbox import Sandbox
from sandbox.mail import read_mail
from sandbox.play import Play

CALENDAR = b"BEGIN:VCALENDAR\r\nEND:VCALENDAR\r\n"


def letter(**headers: str) -> EmailMessage:
    message = EmailMessage()
    for name, value in ({"From": "Mulakat <visits@a.example>", "To": "sunita@b.example"} | headers).items():
        message[name] = value
    return message


async def post(box: Sandbox, message: EmailMessage | bytes, *to: str, username: str | None = None) -> None:
    host, port = box.smtp_url.removeprefix("smtp://").split(":")
    async with aiosmtplib.SMTP(
        hostname=host, port=int(port), use_tls=False, start_tls=False, username=username, password=username
    ) as smtp:
        if isinstance(message, bytes):
            await smtp.sendmail("visits@a.example", list(to), message)
        else:
            await smtp.send_message(message, recipients=list(to) or None)


async def test_a_letter_with_a_calendar(box: Sandbox, play: Play) -> None:
    message = letter(Subject="आपकी मुलाक़ात · visit approved")
    message.set_content("Come at 9:30.\nBring your ID.")
    message.add_alternative("<p>Come at <b>9:30</b>.<script>alert(1)</script></p>", subtype="html")
    message.add_attachment(CALENDAR, maintype="text", subtype="calendar", filename="visit.ics")
    await post(box, message)
    shown = await play.mail(to="sunita@b.example", subject="मुलाक़ात")
    assert shown["from"] == "Mulakat <visits@a.example>"
    assert shown["text"] == "Come at 9:30.\nBring your ID.\n" and shown["has_html"]
    assert shown["attachments"] == [{"n": 0, "name": "visit.ics", "type": "text/calendar", "size": len(CALENDAR)}]
    where = f"{box.url}/play/mail/{shown['id']}"
    async with aiohttp.ClientSession() as session:
        async with session.get(f"{where}/attachment/0") as response:
            assert await response.read() == CALENDAR
            assert response.headers["Content-Disposition"] == 'attachment; filename="visit.ics"'
        async with session.get(f"{where}/html") as response:
            assert "<b>9:30</b>" in await response.text()
            assert response.headers["Content-Security-Policy"].startswith("sandbox; default-src 'none'")
        async with session.get(f"{where}/raw") as response:
            assert "text/plain" in response.headers["Content-Type"] and b"BEGIN" not in await response.read()
        for nothing in (f"{where}/attachment/1", f"{where}/attachment/x", f"{box.url}/play/mail/9/raw"):
            async with session.get(nothing) as response:
                assert response.status == 404


async def test_hidden_copies_show_and_the_newest_is_given(box: Sandbox, play: Play) -> None:
    for code in ("111111", "222222"):
        message = letter(Subject=f"Your code {code}")
        message.set_content(code)
        await post(box, message, "sunita@b.example", "hidden@b.example")
    assert (await play.mail(to="hidden@b.example", subject="code"))["text"] == "222222\n"
    with pytest.raises(AssertionError, match=r"no mail to .* 'read'"):
        await play.mail(to="hidden@b.example", subject="code", timeout=0)


async def test_any_login_is_right_and_bytes_stay_bytes(box: Sandbox, play: Play) -> None:
    raw = b"Subject: plain\r\n\r\nline\r\n.dot\r\ncaf\xe9\r\n"
    await post(box, raw, "x@b.example", username="anybody")
    shown = await play.mail(to="x@b.example")
    assert await play.get(f"/play/mail/{shown['id']}/raw") == raw
    assert shown["from"] == "visits@a.example", "without a From, the envelope's"


ODD = (
    (b"Subject: =?utf-8?b?4KS4?=\r\n\r\nx", "स", "x"),
    (b"Content-Type: text/plain; charset=klingon\r\n\r\n\xe0\xa4\xb8", "", "स"),
    (b"Content-Type: text/html\r\n\r\n<style>p{}</style><h1>A</h1><p>b&amp;c<br>d", "", "A\nb&c\nd"),
    (b"Content-Type: multipart/mixed; boundary=x\r\n\r\nno parts", "", ""),
    (b"", "", ""),
)


@pytest.mark.parametrize(("raw", "subject", "text"), ODD)
def test_odd_letters_are_read(raw: bytes, subject: str, text: str) -> None:
    shown = read_mail(raw, ["x@b.example"])
    assert (shown["subject"], shown["text"]) == (subject, text)


async def test_many_connections_at_once(box: Sandbox, play: Play) -> None:
    async def one(number: int) -> None:
        message = letter(Subject=f"number {number}")
        message.set_content("x")
        await post(box, message)

    await asyncio.gather(*(one(number) for number in range(20)))
    mail = (await play.state())["mail"]
    assert [one["id"] for one in mail] == list(range(1, 21))
    assert {one["subject"] for one in mail} == {f"number {number}" for number in range(20)}


async def test_sms_in_every_form(box: Sandbox, play: Play) -> None:
    async with aiohttp.ClientSession() as session:
        for number, call in enumerate(
            (
                session.post(box.sms_url, json={"to": "+919812345678", "text": "आपका कोड 1"}),
                session.post(box.sms_url, data={"to": "+919812345678", "text": "आपका कोड 2"}),
                session.get(box.sms_url, params={"to": "+919812345678", "text": "आपका कोड 3"}),
            ),
            start=1,
        ):
            async with call as response:
                assert (response.status, await response.json()) == (200, {"id": str(number)})
            assert (await play.sms(to="+919812345678", text="कोड"))["text"] == f"आपका कोड {number}"
        for wrong in ({"to": "+91"}, {"text": "x"}, {"to": "+91", "text": " "}, {"to": "+91", "text": "x" * 1601}):
            async with session.post(box.sms_url, json=wrong) as response:
                assert response.status == 400 and (await response.json())["error"]
        async with session.post(box.sms_url, data=b"{", headers={"Content-Type": "application/json"}) as response:
            assert response.status == 400
    assert len((await play.state())["sms"]) == 3
