"""Letters through a real SMTP session: who gets them, how connections are kept, and what each refusal means."""

import asyncio
import contextlib
import socket

import pytest

from channels.base import Change, Drop, Errand, Later, Never, OperatorError, Reply, Say
from channels.email import Email
from channels.render import Renderer
from dialogue.model import Chat
from tests.channels.office import APPROVED, SENDER, SUNITA, Office


@pytest.mark.parametrize(
    "address",
    [
        "",
        "sunita",
        "@mail.example",
        "a@b\r\nBcc: c@d",
        "a@b, c@d",
        "a@b> <c@d",
        "a b@c",
        "half\ud800@b.example",
        "a@b\x00",
        "=?utf-8?q?x=0D=0ABcc=3A_all=40mail.example?=@mail.example",
        '"a b"@c',
        "a(b)@c",
    ],
)
async def test_what_is_no_address(office: Office, email: Email, address: str) -> None:
    with pytest.raises(Never):
        await email.deliver(Chat("email", address), Say(APPROVED), "en")
    assert not office.letters


async def test_an_address_in_another_script(office: Office, email: Email, monkeypatch: pytest.MonkeyPatch) -> None:
    await email.deliver(Chat("email", "सुनीता@डाक.भारत"), Say(APPROVED), "en")
    assert office.envelopes[0][1] == ["सुनीता@डाक.भारत"]
    assert office.letters[0]["To"] == "सुनीता@डाक.भारत"
    monkeypatch.setattr("aiosmtplib.SMTP.supports_extension", lambda self, name: False)
    with pytest.raises(Never, match="script"):
        await email.deliver(Chat("email", "सुनीता@डाक.भारत"), Say(APPROVED), "en")


@pytest.mark.parametrize(
    ("step", "says", "outcome"),
    [
        ("RCPT", "450 4.2.1 greylisted sunita@mail.example", Later(300, "the mail server asks us to wait (450)")),
        ("RCPT", "550 5.1.1 sunita@mail.example", Never("the mail server refuses the address (550)", gone=True)),
        ("RCPT", "554 5.7.1 we don't like you", Never("the mail server refuses the address (554)")),
        ("MAIL", "550 5.7.1 not your sender", Later(300, "the mail server refuses our own address (550)")),
        ("DATA", "452 4.3.1 full", Later(300, "the mail server asks us to wait (452)")),
        ("DATA", "554 5.6.0 looks like spam", Never("the mail server refuses the letter (554)")),
    ],
)  # fmt: skip
async def test_refusals(office: Office, email: Email, step: str, says: str, outcome: Later | Never) -> None:
    office.says[step] = says
    with pytest.raises(type(outcome)) as told:
        await email.deliver(SUNITA, Say(APPROVED), "en")
    assert vars(told.value) == vars(outcome) and told.value.__suppress_context__
    office.says.clear()
    assert await email.deliver(SUNITA, Say(APPROVED), "en")  # and the next letter goes out


async def test_a_lost_answer_is_unsure(
    office: Office, port: int, renderer: Renderer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("channels.email.TIMEOUT", 0.1)
    office.delay = 0.5
    email = Email(f"smtp://127.0.0.1:{port}", SENDER, renderer)
    with pytest.raises(Later) as told:
        await email.deliver(SUNITA, Say(APPROVED), "en")
    assert told.value.unsure
    await email.close()


async def test_a_server_that_drags_on_is_left_in_time(
    office: Office, port: int, renderer: Renderer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("channels.email.WHOLE", 0.1)
    email = Email(f"smtp://127.0.0.1:{port}", SENDER, renderer)
    office.delay = 0.5
    with pytest.raises(Later, match="too slow") as told:
        await email.deliver(SUNITA, Say(APPROVED), "en")
    assert told.value.unsure
    async with asyncio.timeout(1), contextlib.AsyncExitStack() as others:
        for _ in range(4):  # every connection is in use by somebody else
            await others.enter_async_context(email._lines)
        with pytest.raises(Later, match="too slow") as told:
            await email.deliver(SUNITA, Say(APPROVED), "en")
        assert not told.value.unsure
    await email.close()


async def test_nobody_listens(renderer: Renderer) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        email = Email(f"smtp://127.0.0.1:{taken.getsockname()[1]}", SENDER, renderer)
        with pytest.raises(Later) as told:
            await email.deliver(SUNITA, Say(APPROVED), "en")
        assert not told.value.unsure
        await email.close()


async def test_a_connection_is_kept_for_the_next_letter_and_replaced_when_it_is_dead(
    office: Office, email: Email
) -> None:
    for _ in range(3):
        await email.deliver(SUNITA, Say(APPROVED), "en")
    assert len(office.lines) == 1
    for smtp in office.lines:
        assert smtp.transport is not None
        smtp.transport.close()
    await asyncio.sleep(0.01)
    await email.deliver(SUNITA, Say(APPROVED), "en")
    assert len(office.lines) == 2 and len(office.letters) == 4


async def test_a_connection_that_nobody_needs_says_goodbye(
    office: Office, email: Email, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("channels.email.KEPT", 0.01)
    await email.deliver(SUNITA, Say(APPROVED), "en")
    async with asyncio.timeout(2):
        await office.goodbye.wait()
    await email.deliver(SUNITA, Say(APPROVED), "en")
    assert len(office.lines) == 2


async def test_many_at_once_share_a_few_connections(office: Office, email: Email) -> None:
    office.delay = 0.01
    ids = await asyncio.gather(*(email.deliver(SUNITA, Say(APPROVED), "en") for _ in range(12)))
    assert len(set(ids)) == len(office.letters) == 12 and len(office.lines) == 4


async def test_a_password_with_odd_signs(office: Office, port: int, renderer: Renderer) -> None:
    email = Email(f"smtp://visits%40jail:p%40ss%3Aword@127.0.0.1:{port}", SENDER, renderer)
    await email.deliver(SUNITA, Say(APPROVED), "en")
    await email.close()
    assert office.logins == [(b"visits@jail", b"p@ss:word")]
    wrong = Email(f"smtp://visits:wrong@127.0.0.1:{port}", SENDER, renderer)
    with pytest.raises(Later, match="our name and password"):
        await wrong.deliver(SUNITA, Say(APPROVED), "en")
    await wrong.close()


async def test_encryption_that_was_asked_for_is_not_done_without(port: int, renderer: Renderer) -> None:
    for scheme in ("smtp+starttls", "smtps"):
        email = Email(f"{scheme}://127.0.0.1:{port}", SENDER, renderer)
        with pytest.raises(Later) as told:
            await email.deliver(SUNITA, Say(APPROVED), "en")
        assert not told.value.unsure
        await email.close()


@pytest.mark.parametrize("errand", [Change("<1@x>", APPROVED), Drop("<1@x>"), Reply("1")])
async def test_a_letter_stays_sent(email: Email, errand: Errand) -> None:
    with pytest.raises(Never):
        await email.deliver(SUNITA, errand, "en")


@pytest.mark.parametrize(
    ("url", "sender", "mend"),
    [
        ("mail.example:25", SENDER, "The mail server is written"),
        ("smtp://", SENDER, "The mail server is written"),
        ("smtp://mail.example:port", SENDER, "The mail server is written"),
        ("smtp://visits:secret@mail.example", SENDER, "in the clear"),
        ("smtps://mail.example", "Mulakat", "no mail address to send from"),
        ("smtps://mail.example", "a@b\nBcc: c@d", "no mail address to send from"),
    ],
)
def test_the_operator_hears_of_it_at_the_start(renderer: Renderer, url: str, sender: str, mend: str) -> None:
    with pytest.raises(OperatorError, match=mend) as told:
        Email(url, sender, renderer)
    assert "secret" not in str(told.value)
