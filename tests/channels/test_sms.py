"""An SMS is one SMS, and reaches whatever gateway in the form that it asks for."""

import asyncio
import json
import socket
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qs

import pytest
from aiohttp import web
from hypothesis import given
from hypothesis import strategies as st

from channels.base import Drop, Errand, Later, Never, OperatorError, Reply, Say
from channels.cleaning import units
from channels.render import Renderer
from channels.sms import LONGEST, Sms, fitting
from dialogue.model import Chat, Message
from dialogue.words import Text
from tests.channels.ground import ANY_TEXT, Serve

SUNITA = Chat("sms", "+919812345678")
WHEN = datetime(2026, 12, 1, 4, 0, tzinfo=UTC)
FORM = {"content-type": "application/x-www-form-urlencoded"}


def visit(jail: str) -> Message:
    return Message((Text("Visit {ref}: {at}, {jail}", {"ref": "ABCD2345", "at": WHEN, "jail": jail}),))


class Gateway:
    def __init__(self) -> None:
        self.status = 200
        self.body = b'{"id": "m-1"}'
        self.headers: dict[str, str] = {}
        self.delay = 0.0
        self.asked: list[tuple[str, str, str, bytes]] = []

    async def answer(self, request: web.BaseRequest) -> web.StreamResponse:
        self.asked.append((request.method, str(request.rel_url), request.content_type, await request.read()))
        await asyncio.sleep(self.delay)
        return web.Response(status=self.status, body=self.body, headers=self.headers)


@pytest.fixture
def gateway() -> Gateway:
    return Gateway()


@pytest.fixture
async def url(gateway: Gateway, serve: Serve) -> str:
    return await serve(gateway.answer)


@pytest.fixture
async def sms(url: str, renderer: Renderer) -> AsyncIterator[Sms]:
    channel = Sms(url, renderer)
    yield channel
    await channel.close()


async def test_the_usual_gateway(gateway: Gateway, sms: Sms) -> None:
    assert await sms.deliver(SUNITA, Say(visit('Tihar "1"')), "en") == "m-1"
    ((method, _url, kind, body),) = gateway.asked
    assert (method, kind) == ("POST", "application/json")
    assert json.loads(body) == {"to": "+919812345678", "text": 'Visit ABCD2345: 1 Dec, 9:30 am, Tihar "1"'}


@pytest.mark.parametrize("said", ['"&to=1&x=', "{to} {digits}", '","to":"+911', "नमस्ते\n\\"])
async def test_a_text_stays_a_text(gateway: Gateway, url: str, renderer: Renderer, said: str) -> None:
    message = Message((Text("{it}", {"it": said}),))
    text = renderer.plain(message.text[0], "en")
    posted = Sms(url, renderer, body="to={digits}&text={text}", headers=FORM)
    asked = Sms(f"{url}/send?to={{to}}&text={{text}}", renderer, method="get")
    plain = Sms(url, renderer, body='{"messages":[{"text":"{text}","to":"{to}"}]}')
    for channel in (posted, asked, plain):
        await channel.deliver(SUNITA, Say(message), "en")
        await channel.close()
    form, get, nested = gateway.asked
    assert parse_qs(form[3].decode()) == {"to": ["919812345678"], "text": [text]}
    assert (get[0], get[3]) == ("GET", b"")
    assert parse_qs(get[1].partition("?")[2]) == {"to": ["+919812345678"], "text": [text]}
    assert json.loads(nested[3]) == {"messages": [{"text": text, "to": "+919812345678"}]}


@pytest.mark.parametrize(("body", "id"), [(b'{"id": 17}', "17"), (b'{"no": 1}', ""), (b"[]", ""), (b"OK", "")])
async def test_an_id_where_there_is_one(gateway: Gateway, sms: Sms, body: bytes, id: str) -> None:
    gateway.body = body
    assert await sms.deliver(SUNITA, Say(visit("Tihar")), "en") == id


@pytest.mark.parametrize(
    ("status", "headers", "seconds", "flood", "unsure"),
    [
        (429, {"Retry-After": "40"}, 40, True, False),
        (429, {"Retry-After": "soon"}, 30, True, False),
        (429, {"Retry-After": "1764412345000"}, 86400, True, False),  # a moment in milliseconds
        (500, {}, 15, False, True),
        (503, {}, 15, False, False),
        (401, {}, 300, False, False),
        (302, {"Location": "/elsewhere"}, 300, False, False),
    ],
)
async def test_later(
    gateway: Gateway,
    sms: Sms,
    status: int,
    headers: dict[str, str],
    seconds: float,
    flood: bool,
    unsure: bool,
) -> None:
    gateway.status, gateway.headers = status, headers
    with pytest.raises(Later) as told:
        await sms.deliver(SUNITA, Say(visit("Tihar")), "en")
    assert (told.value.seconds, told.value.flood, told.value.unsure) == (seconds, flood, unsure)
    assert len(gateway.asked) == 1


async def test_a_lost_answer_is_unsure_and_a_refused_connection_is_not(
    gateway: Gateway, sms: Sms, renderer: Renderer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("channels.sms.TIMEOUT", 0.05)
    gateway.delay = 0.3
    with pytest.raises(Later) as told:
        await sms.deliver(SUNITA, Say(visit("Tihar")), "en")
    assert told.value.unsure
    with socket.socket() as taken:  # bound, and nobody listens
        taken.bind(("127.0.0.1", 0))
        nobody = Sms(f"http://127.0.0.1:{taken.getsockname()[1]}/?key=secret", renderer)
        with pytest.raises(Later) as told:
            await nobody.deliver(SUNITA, Say(visit("Tihar")), "en")
        await nobody.close()
    assert not told.value.unsure and "secret" not in told.value.why and told.value.__suppress_context__


@pytest.mark.parametrize("errand", [Drop("1"), Reply("1")])
async def test_only_words_can_be_said(gateway: Gateway, sms: Sms, errand: Errand) -> None:
    with pytest.raises(Never):
        await sms.deliver(SUNITA, errand, "en")
    gateway.status = 400
    with pytest.raises(Never, match="400"):
        await sms.deliver(SUNITA, Say(visit("Tihar")), "en")
    assert len(gateway.asked) == 1


@pytest.mark.parametrize(
    ("jail", "said"),
    [
        ("Central Jail 1, Tihar", "Visit ABCD2345: 1 Dec, 9:30 am, Central Jail 1, Tihar"),
        ("Central Jail Number 1, Tihar, New Delhi",
         "Visit ABCD2345: 1 Dec, 9:30 am, Central Jail Number 1, Tihar, New Del…"),
        ("केन्द्रीय कारागार संख्या एक, तिहाड़, नई दिल्ली",
         "Visit ABCD2345: 1 Dec, 9:30 am, केन्द्रीय कारागार संख्या एक, तिहाड़…"),
    ],
)  # fmt: skip
def test_a_long_jail_loses_its_end(renderer: Renderer, jail: str, said: str) -> None:
    assert fitting(visit(jail), renderer, "en") == said


def test_nothing_else_is_cut(renderer: Renderer) -> None:
    long = Text("Visit {ref}, {jail}", {"ref": "A" * 70, "jail": "Central Jail 1, Tihar"})
    stump = Text("{ref}, {jail}", {"ref": "A" * 66, "jail": "Tihar"})  # "T…" names no jail
    for text in (long, stump, Text("a" * 71), Text("{jail}", {"jail": Text("b" * 71)})):
        with pytest.raises(Never, match="too long for one SMS"):
            fitting(Message((text,)), renderer, "en")
    assert fitting(Message((Text("a" * 70),)), renderer, "en") == "a" * 70


@given(ANY_TEXT, st.text(max_size=30))
def test_whatever_the_jail_is_called(renderer: Renderer, jail: str, ref: str) -> None:
    text = Text("{ref} at {jail}", {"ref": ref, "jail": jail})
    said = fitting(Message((text,)), renderer, "en")
    assert units(said) <= LONGEST
    assert said.startswith(renderer.plain(Text("{ref} at ", {"ref": ref}), "en"))


@pytest.mark.parametrize(
    ("given_", "mend"),
    [
        ({"url": "ftp://x/{text}{to}"}, "must begin with https://"),
        ({"body": '{"text":"{text}"}'}, "no text or no number"),
        ({"body": '{"to":"{to}"}'}, "no text or no number"),
        ({"body": '{"to":"{to}","text":{text}}'}, "is no JSON"),
        ({"headers": {"content-type": "text/xml"}}, "application/json"),
        ({"method": "GET"}, "no text or no number"),
    ],
)
def test_the_operator_hears_of_it_at_the_start(renderer: Renderer, given_: dict[str, Any], mend: str) -> None:
    with pytest.raises(OperatorError, match=mend):
        Sms(**{"url": "https://sms.example"} | given_, renderer=renderer)
