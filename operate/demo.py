"""The demo: the real product over HTTP against the sandbox, with a jail, its staff and two families made up for it."""

import asyncio
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

from msgspec.structs import replace

from dialogue.model import Chat
from operate.prepare import open_house
from operate.run import Clock, built, serve
from operate.scenes import GROUP, ONE_SEAT, SCENES
from operate.settings import Settings
from sandbox import Cast, Group, Person, Phone, Sandbox
from sandbox.cast import Crowd, Scene
from storage import jails
from visits.calendar import DEFAULT_TIMETABLE

STAFF = ((201, "Supt. A. Rao", "superintendent"), (202, "Dy. Supt. M. Iqbal", "deputy"))
JAILS = 8  # of one state: they share the demo's approver chat
STATE = "IN-DL"
BEAT = 1.2  # seconds: longer than the postman waits before it looks again
RATE = 300.0  # messages a second: nobody shall wait for Telegram's limits, which the demo's sandbox leaves off too

CAST = Cast(
    title="Mulakat",
    token="4242:sandbox",
    bot=Person(4242, "Mulakat", username="mulakat_bot"),
    people=(
        Person(101, "Sunita Devi", username="sunita", phone="+919812345678"),
        Person(102, "Ravi Kumar", username="ravi", phone="+919876543210"),
        *(Person(number, name) for number, name, _role in STAFF),
        Person(203, "Gate clerk"),
    ),
    groups=(Group(GROUP, "Tihar visits · approvals", members=(201, 202, 203), admins=(201,)),),
    phones=(
        Phone("First family", person=101, chat=101),
        Phone("Second family", person=102, chat=102),
        Phone("The jail's office", person=201, chat=GROUP),
    ),
    hints=(("A jail", "Tihar"),),
    own_hints=(
        (101, "A made-up Aadhaar number", "2345 6789 0124"),
        (101, "A mobile", "98123 45678"),
        (101, "An e-mail", "sunita@example.org"),
        (102, "A made-up Aadhaar number", "3456 7890 1238"),
        (102, "A mobile", "98765 43210"),
        (102, "An e-mail", "ravi@example.org"),
    ),
    scenes=tuple(Scene(story.label, story.lines, story.then, story.phones) for story in SCENES),
    crowd=Crowd(
        first=10_001,
        names=(
            *("Meena Kumari", "Imran Khan", "Lakshmi Devi", "Suresh Yadav", "Fatima Begum", "Gurpreet Singh"),
            *("Anita Sharma", "Joseph Lobo", "Kavita Das", "Mahesh Patel", "Rekha Nair", "Bilal Ahmed"),
        ),
        mobile=919810000001,
    ),
)


def settings_for(box: Sandbox, folder: Path) -> Settings:
    """The same settings as for real use, pointing at the sandbox. The secret lies beside the data folder, not in it."""
    return Settings(
        _env_file=None,
        bot_token=box.cast.token,
        telegram_api=box.telegram_api,
        telegram_rate=RATE,
        database_url=f"sqlite+aiosqlite:///{folder}/bot/mulakat.db",
        smtp_url=box.smtp_url,
        mail_from="Mulakat <visits@mulakat.example>",
        sms_url=box.sms_url,
        secret_file=folder / "secret",
        video_url="https://meet.example",
    )


async def furnish(settings: Settings, now: Callable[[], datetime]) -> None:
    """Bind the demo's jails and give them staff, on the first start only; one of them has a single seat."""
    db, _vault = await open_house(settings)
    async with db.begin() as tx:
        there = [jail for jail in await jails.all_jails(tx) if jail.state == STATE][:JAILS]
        for jail in there:
            if jail.open:
                continue
            await jails.bind(tx, jail.code, Chat("telegram", str(GROUP)))
            for number, name, role in STAFF:
                await jails.add_staff(tx, jail.code, Chat("telegram", str(number)), role, name, now())
            if jail.name == ONE_SEAT:
                await jails.set_timetable(tx, jail.code, [replace(one, capacity=1) for one in DEFAULT_TIMETABLE])
    await db.close()


async def hurry(settings: Settings, box: Sandbox) -> None:
    """Deadlines are looked at every 20 seconds; whoever moves the clock on sees soon what has become due.

    After the postman has looked: what was due before is sent by then, and isn't taken for lost.
    """
    clock: Clock = box.clock.now
    async with built(settings, clock) as parts:
        looked = seen = box.clock.offset
        while True:
            await asyncio.sleep(BEAT if seen != looked else 0.1)
            if seen != looked and seen == box.clock.offset:
                looked = seen
                await parts.deadlines.run()
            seen = box.clock.offset


async def play(folder: Path, port: int, stop: asyncio.Event, say: Callable[[str], None]) -> None:
    """Until `stop`. What happened is kept in `folder`: the next start goes on from there."""
    box = Sandbox(CAST, folder / "sandbox", port=port, limits=False)
    await box.start()
    try:
        settings = settings_for(box, folder)
        await furnish(settings, box.clock.now)
        say(f"\n  Mulakat's demo is at {box.url}\n  Ctrl-C ends it; it goes on where it was. Its data: {folder}\n")
        hurrying = asyncio.create_task(hurry(settings, box))
        try:
            await serve(settings, stop, clock=box.clock.now)
        finally:
            hurrying.cancel()
            await asyncio.wait({hurrying})
        if not hurrying.cancelled():
            hurrying.result()  # what went wrong there
    finally:
        await box.stop()
