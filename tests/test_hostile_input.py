"""Bad input, each with a clear answer and no harm."""

from typing import Any

import pytest
from sqlalchemy import func, select

from channels.base import Errand, Never
from dialogue.model import Chat
from storage.tables import inbox, outbox, visits
from tests.support.stage import GROUP, Stage
from tests.support.stories import ASK, REGISTER, play

TO_THE_NAME = REGISTER[:3]

NAMES = (
    "Sunita Devi", "सुनीता देवी", "সুনীতা দেবী", "ਸੁਨੀਤਾ ਦੇਵੀ", "સુનીતા દેવી", "ସୁନୀତା ଦେବୀ", "சுனிதா தேவி",
    "సునీత దేవి", "ಸುನೀತಾ ದೇವಿ", "സുനിത ദേവി", "سنیتا دیوی", "ᱥᱩᱱᱤᱛᱟ ᱫᱮᱵᱤ",
)  # fmt: skip


def heard(stage: Stage, chat: int = 101) -> str:
    rendered = stage.last(chat).rendered
    assert rendered
    return rendered.plain


@pytest.mark.parametrize(
    ("typed", "answer"),
    [
        ("x" * 10_000, "longer than 80"),
        ("x\x00y" * 3_000, "longer than 80"),
        ("\x00", "at least two letters"),
        ("\ud800 \ud800", "at least two letters"),
        ("\u202e\u200b\u2066", "at least two letters"),
        ("<b>Sunita</b>", "can't have these signs"),
        ("**Sunita** [x](y)", "can't have these signs"),
        ("{name}", "can't have these signs"),
        ("Ramesh @Pappu", "can't have these signs: @"),
        ("Sunita\nRam", "father's or husband's"),
        ("Su\u202enita", "father's or husband's"),
    ],
)
async def test_a_name(stage: Stage, typed: str, answer: str) -> None:
    await play(stage, TO_THE_NAME)
    await stage.said(101, typed)
    assert answer in heard(stage)


@pytest.mark.parametrize("name", NAMES)
async def test_names_in_every_script(stage: Stage, name: str) -> None:
    await play(stage, TO_THE_NAME)
    await stage.said(101, name)
    assert "father's or husband's" in heard(stage)


@pytest.mark.parametrize("zero", "०০੦૦୦௦౦೦൦۰")
async def test_indic_digits_in_every_number(stage: Stage, zero: str) -> None:
    """Age, PIN code, Aadhaar, mobile, code: in the digits of the visitor's own script."""

    def own(number: str) -> str:
        return "".join(chr(ord(zero) + int(c)) if c.isdigit() else c for c in number)

    story = [own(line) if line[:1].isdigit() else line for line in REGISTER[:13]]
    await play(stage, tuple(story))
    await stage.said(101, own(stage.code("+919812345678", "sms")))
    assert "e-mail address" in heard(stage)


@pytest.mark.parametrize("typed", ["a@b.example\nBcc: x@y.example", "a@b.example\r\n.\r\n", "<a@b.example>", "a@b"])
async def test_an_email_with_a_line_too_many(stage: Stage, typed: str) -> None:
    await play(stage, REGISTER[:14])
    await stage.said(101, typed)
    assert "not an e-mail address" in heard(stage)
    assert not [one for one in stage.heard if one.to.channel == "email"]


async def state(stage: Stage) -> list[Any]:
    async with stage.db.begin() as tx:
        rows = await tx.execute(select(visits.c.ref, visits.c.status, visits.c.version).order_by(visits.c.ref))
        return [tuple(row) for row in rows]


async def test_forged_and_cut_presses(stage: Stage) -> None:
    """Every button of a whole story, cut, stretched and altered, pressed by the family and by a stranger."""
    await play(stage, (*REGISTER, *ASK))
    before = await state(stage)
    datas = {
        data
        for one in stage.heard
        if one.rendered
        for row in one.rendered.buttons
        for _label, data in row
        if not data.startswith("do=")
    }
    assert len(datas) > 60
    for data in sorted(datas):
        forged = (data[:-1], data + "x", data.swapcase(), data.replace("=", "!"), data.replace(".", "=", 1), data[::-1])
        presses = [stage.press(101, f[:64], 1) for f in forged]
        presses += [stage.press(999, f[:64], 1, GROUP) for f in (data, *forged)]
        seen = len(stage.heard)
        await stage.arrive(*presses)
        answered = [one.id for one in stage.heard[seen:] if one.what == "reply"]
        assert len(answered) == len(set(answered)) == len(presses), data
    assert await state(stage) == before
    assert await parked(stage) == 0


async def parked(stage: Stage) -> int:
    async with stage.db.begin() as tx:
        return int((await tx.execute(select(func.count()).where(inbox.c.outcome == "parked"))).scalar_one())


@pytest.mark.parametrize(
    "update",
    [
        {"poll": {"id": "1"}},
        {"message": {}},
        {"message": {"message_id": 1, "date": 0, "chat": {"id": 101, "type": "private"}}},
        {"message": "no object"},
        {"callback_query": {"id": 5, "from": None, "data": ["x"]}},
        {"channel_post": {"message_id": 1, "chat": {"id": -5, "type": "channel"}, "text": "x"}},
        {"my_chat_member": {"chat": 5}},
        {"something_new": {"nested": [[[{}]]]}},
        {},
    ],
)
async def test_updates_of_unknown_kinds(stage: Stage, update: dict[str, Any]) -> None:
    """Kept as unreadable, in nobody's way; those behind them are handled."""
    await stage.arrive(dict(update))
    assert stage.heard == []
    async with stage.db.begin() as tx:
        assert (await tx.execute(select(inbox.c.outcome))).scalars().all() == ["unreadable"]
    await stage.said(101, "/start")
    assert "First you register once" in heard(stage)


async def test_a_visitor_who_blocked_the_bot(stage: Stage) -> None:
    """Their messages are given up, nobody else's wait; when they come back they are answered."""
    await play(stage, REGISTER)

    def gone(to: Chat, _errand: Errand) -> None:
        if to.id == "101":
            raise Never("Forbidden: bot was blocked by the user", gone=True)

    stage.ears["telegram"].trouble = gone
    await stage.said(101, "/status")
    await stage.said(102, "/start")
    assert "First you register once" in heard(stage, 102)
    async with stage.db.begin() as tx:
        dead = (await tx.execute(select(func.count()).where(outbox.c.status == "dead"))).scalar_one()
    assert dead == 1
    stage.ears["telegram"].trouble = lambda _to, _errand: None
    await stage.said(101, "/status")
    assert "You have no visits" in heard(stage)


async def test_a_mobile_with_its_country_is_no_aadhaar_number(stage: Stage) -> None:
    """919810000002 has an Aadhaar number's check digit by chance."""
    await play(stage, REGISTER[:12])
    await stage.said(101, "+919810000002")
    assert "code by SMS" in heard(stage)
