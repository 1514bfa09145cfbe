"""All three channels against the sandbox: what is sent is seen, what is pressed comes back, in Telegram's own terms."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from channels.base import Change, Drop, Later, Never, Reply, Say
from channels.email import Email
from channels.render import Renderer
from channels.sms import Sms
from channels.telegram import Telegram
from channels.telegram_read import read
from dialogue.model import Button, Chat, Commanded, Event, Gone, Message, Pressed, Said, Sent, Shared
from dialogue.words import Text, verbatim
from sandbox import Cast, Group, Person, Sandbox
from sandbox.play import Play
from tests.channels.office import APPROVED, SENDER

SUNITA = Chat("telegram", "101")
CAST = Cast(
    title="Mulakat",
    token="4242:sandbox",
    bot=Person(4242, "Mulakat", username="mulakat_bot"),
    people=(Person(101, "Sunita", username="sunita", phone="+919812345678"), Person(201, "Supt. Rao")),
    groups=(Group(id=-1001, title="Tihar 1 visits", members=(201,), admins=(201,)),),
)


@pytest.fixture
async def box(tmp_path: Path) -> AsyncIterator[Sandbox]:
    sandbox = Sandbox(CAST, folder=tmp_path, host="127.0.0.1", port=0, limits=False)
    await sandbox.start()
    yield sandbox
    await sandbox.stop()


@pytest.fixture
async def telegram(box: Sandbox, renderer: Renderer) -> AsyncIterator[Telegram]:
    channel = Telegram(CAST.token, box.telegram_api, renderer)
    yield channel
    await channel.close()


class Ears:
    """Asks for what is new, as the poll loop does."""

    def __init__(self, telegram: Telegram) -> None:
        self.telegram = telegram
        self.offset = 0

    async def events(self) -> list[Event]:
        updates = await self.telegram.updates(self.offset, 0)
        arrivals = [read(update, datetime.now(UTC), "mulakat_bot") for update in updates]
        self.offset = max((int(update["update_id"]) + 1 for update in updates), default=self.offset)
        return [arrival.event for arrival in arrivals if arrival]


async def test_a_talk(box: Sandbox, telegram: Telegram) -> None:
    assert await telegram.me() == "mulakat_bot"
    await telegram.take_polling()
    await telegram.set_commands([("visit", Text("When"))], ("en", "hi"))
    ears = Ears(telegram)
    async with Play(box.url) as play:
        sunita = play.phone(person=101, chat=101)

        await sunita.say("/start")
        await sunita.say("<b>Sunita</b>")
        await sunita.share_contact()
        await sunita.send("sticker")
        start, said, contact, sticker = await ears.events()
        assert start == Commanded("start", by="Sunita")
        assert isinstance(said, Said) and said.text == "<b>Sunita</b>"
        assert isinstance(contact, Shared) and contact.own and contact.value == "+919812345678"
        assert sticker == Sent("sticker")

        asked = Message((Text("Hello {name}", {"name": said.text}),), ((Button(Text("When"), "when:1"),),))
        id = await telegram.deliver(SUNITA, Say(asked), "en")
        await sunita.expect(r"^Hello <b>Sunita</b>$")
        await sunita.press("When")
        (press,) = await ears.events()
        assert isinstance(press, Pressed) and (press.data, press.message, press.by) == ("when:1", id, "Sunita")
        await telegram.deliver(SUNITA, Reply(press.press, Text("When")), "hi")
        assert await sunita.answered() == "कब"

        changed = Message((Text("Your visit is **approved**."),))
        assert await telegram.deliver(SUNITA, Change(id, changed), "en") == id
        await sunita.expect(r"^Your visit is approved\.$")
        assert await telegram.deliver(SUNITA, Change(id, changed), "en") == id  # "message is not modified"
        with pytest.raises(Never):
            await telegram.deliver(SUNITA, Change("99999", changed), "en")

        await telegram.deliver(SUNITA, Drop(id), "en")
        await telegram.deliver(SUNITA, Drop(id), "en")

        await sunita.press_data("forged")
        (late,) = await ears.events()
        assert isinstance(late, Pressed)
        await play.forward(seconds=200)
        await telegram.deliver(SUNITA, Reply(late.press), "en")  # nobody waits any more: nothing to do

        long = Message(tuple(verbatim("<&>" * 10) for _ in range(500)))
        await telegram.deliver(SUNITA, Say(long), "en")
        assert (await sunita.expect("<&>"))["text"].endswith("\n…")

        await sunita.block()
        assert await ears.events() == [Gone()]
        with pytest.raises(Never) as told:
            await telegram.deliver(SUNITA, Say(asked), "en")
        assert told.value.gone
        with pytest.raises(Never) as told:
            await telegram.deliver(Chat("telegram", "999"), Say(asked), "en")
        assert told.value.gone


async def test_a_letter_and_an_sms(box: Sandbox, renderer: Renderer) -> None:
    email, sms = Email(box.smtp_url, SENDER, renderer), Sms(box.sms_url, renderer)
    assert await email.deliver(Chat("email", "sunita@mail.example"), Say(APPROVED), "hi")
    assert await sms.deliver(Chat("sms", "+919812345678"), Say(Message((Text("When"),))), "hi")
    async with Play(box.url) as play:
        letter = await play.mail(to="sunita@mail.example", subject="सुनीता")
        assert "मंज़ूर" in letter["text"] and letter["has_html"]
        assert [file["name"] for file in letter["attachments"]] == ["visit.ics"]
        assert (await play.sms(to="+919812345678"))["text"] == "कब"
    await email.close()
    await sms.close()


async def test_too_many_at_once_must_rest(tmp_path: Path, renderer: Renderer) -> None:
    box = Sandbox(CAST, folder=tmp_path, host="127.0.0.1", port=0, limits=True)
    await box.start()
    telegram = Telegram(CAST.token, box.telegram_api, renderer)
    async with Play(box.url) as play:
        await play.phone(person=101, chat=101).say("/start")
    with pytest.raises(Later) as told:
        for number in range(40):
            await telegram.deliver(SUNITA, Say(Message((verbatim(str(number)),))), "en")
    assert told.value.flood and told.value.seconds >= 1 and not told.value.unsure
    await telegram.close()
    await box.stop()
