"""Faults of the mail server and the SMS gateway: what the sender sees, and what was kept."""

from email.message import EmailMessage
from typing import Any

import aiohttp
import aiosmtplib
import pytest

from sandbox import Sandbox
from sandbox.play import Play
from tests.sandbox.ground import Api

SUNITA = "sunita@b.example"
NUMBER = "+919812345678"


async def post(box: Sandbox, *to: str) -> None:
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = "visits@a.example", ", ".join(to), "a code"
    host, port = box.smtp_url.removeprefix("smtp://").split(":")
    client = aiosmtplib.SMTP(hostname=host, port=int(port), use_tls=False, start_tls=False, timeout=0.3)
    try:
        await client.connect()
        await client.sendmail("visits@a.example", list(to), message.as_bytes())
    finally:
        client.close()


async def kept(play: Play) -> int:
    await play.catch_up()
    return len(play.seen.mail)


@pytest.mark.parametrize(
    ("kind", "error", "words"),
    [
        ("busy", aiosmtplib.SMTPConnectError, "421|4.3.2"),
        ("greylisted", aiosmtplib.SMTPRecipientsRefused, "450.*Greylisted"),
        ("full", aiosmtplib.SMTPRecipientsRefused, "452.*Mailbox full"),
        ("no_mailbox", aiosmtplib.SMTPRecipientsRefused, "550.*5.1.1.*User unknown"),
        ("later", aiosmtplib.SMTPDataError, "451"),
        ("spam", aiosmtplib.SMTPDataError, "554.*spam"),
        ("garbage", aiosmtplib.SMTPException, "."),
        ("timeout", aiosmtplib.SMTPTimeoutError, "."),
        ("reset", aiosmtplib.SMTPServerDisconnected, "."),
    ],
)
async def test_a_letter_that_is_not_taken(
    box: Sandbox, play: Play, kind: str, error: type[Exception], words: str
) -> None:
    number = await play.fault("smtp", kind, times=1)
    with pytest.raises(error, match=words):
        await post(box, SUNITA)
    await play.struck(number)
    assert await kept(play) == 0
    await post(box, SUNITA)
    assert await kept(play) == 1


@pytest.mark.parametrize("kind", ["timeout", "reset", "garbage"])
async def test_a_letter_that_is_taken_and_nobody_says_so(box: Sandbox, play: Play, kind: str) -> None:
    await play.fault("smtp", kind, accepted=True)
    with pytest.raises(aiosmtplib.SMTPException):
        await post(box, SUNITA)
    assert (await play.mail(SUNITA))["subject"] == "a code"


async def test_a_slow_mail_server(box: Sandbox, play: Play) -> None:
    number = await play.fault("smtp", "slow", wait=0.05)
    await post(box, SUNITA)
    await play.mend(number)
    await play.fault("smtp", "slow", wait=30)
    with pytest.raises(aiosmtplib.SMTPTimeoutError):
        await post(box, SUNITA)
    assert await kept(play) == 2


async def test_only_one_address(box: Sandbox, play: Play) -> None:
    await play.fault("smtp", "no_mailbox", to="ravi@b.example")
    await play.fault("smtp", "spam", to="rao@b.example")
    await post(box, SUNITA, "ravi@b.example")
    assert (await play.mail(SUNITA))["to"] == SUNITA
    with pytest.raises(aiosmtplib.SMTPDataError):
        await post(box, "rao@b.example")


# ---------------------------------------------------------------- SMS


async def sms(api: Api, to: str = NUMBER, **more: Any) -> aiohttp.ClientResponse:
    timeout = aiohttp.ClientTimeout(total=0.2)
    async with api.session.post(api.box.sms_url, timeout=timeout, **{"json": {"to": to, "text": "x"}} | more) as answer:
        await answer.read()
        return answer


@pytest.mark.parametrize(
    ("kind", "status"),
    [("500", 500), ("502", 502), ("503", 503), ("flood", 429), ("unauthorized", 401), ("refused", 400)],
)
async def test_an_sms_that_is_not_taken(api: Api, play: Play, kind: str, status: int) -> None:
    await play.fault("sms", kind, wait=7, times=1)
    answer = await sms(api)
    assert answer.status == status
    assert answer.headers.get("Retry-After") == ("7" if kind == "flood" else None)
    await sms(api)
    assert len((await play.state())["sms"]) == 1


@pytest.mark.parametrize("accepted", [False, True])
@pytest.mark.parametrize(
    ("kind", "error"), [("timeout", TimeoutError), ("reset", aiohttp.ClientOSError), ("garbage", ValueError)]
)
async def test_an_sms_without_a_clear_answer(
    api: Api, play: Play, kind: str, error: type[Exception], accepted: bool
) -> None:
    await play.fault("sms", kind, accepted=accepted)
    with pytest.raises(error):
        await (await sms(api)).json()
    assert len((await play.state())["sms"]) == accepted


async def test_an_error_after_it_was_taken(api: Api, play: Play) -> None:
    await play.fault("sms", "500", accepted=True)
    assert (await sms(api)).status == 500
    assert (await play.sms(NUMBER))["text"] == "x"


@pytest.mark.parametrize("kind", ["slow", "drip"])
async def test_a_slow_gateway(api: Api, play: Play, kind: str) -> None:
    await play.fault("sms", kind, wait=30)
    with pytest.raises(TimeoutError):
        await sms(api)
    assert len((await play.state())["sms"]) == 1


async def test_only_one_number(api: Api, play: Play) -> None:
    await play.fault("sms", "refused", to=NUMBER)
    assert (await sms(api)).status == 400
    assert (await sms(api, json=None, data={"to": NUMBER, "text": "as a form"})).status == 400
    assert (await sms(api, "+911")).status == 200
