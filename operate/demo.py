"""The demo: the real product over HTTP against the sandbox, with a jail, its staff and two families made up for it."""

import asyncio
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

from dialogue.model import Chat
from operate.prepare import open_house
from operate.run import serve
from operate.settings import Settings
from sandbox import Cast, Group, Person, Phone, Sandbox
from storage import jails

GROUP = -1001
STAFF = ((201, "Supt. A. Rao", "superintendent"), (202, "Dy. Supt. M. Iqbal", "deputy"))
JAILS = 8  # of one state: they share the demo's approver chat
STATE = "IN-DL"

CAST = Cast(
    title="Mulakat",
    token="4242:sandbox",
    bot=Person(4242, "Mulakat", username="mulakat_bot"),
    people=(
        Person(101, "Sunita Devi", username="sunita", phone="+919812345678"),
        *(Person(number, name) for number, name, _role in STAFF),
        Person(203, "Gate clerk"),
    ),
    groups=(Group(GROUP, "Tihar visits · approvals", members=(201, 202, 203), admins=(201,)),),
    phones=(
        Phone("A family's phone", person=101, chat=101),
        Phone("The jail's office", person=201, chat=GROUP),
    ),
    hints=(
        ("A made-up Aadhaar number", "2345 6789 0124"),
        ("A mobile", "98123 45678"),
        ("An e-mail", "sunita@example.org"),
        ("A jail", "Tihar"),
    ),
)


def settings_for(box: Sandbox, folder: Path) -> Settings:
    """The same settings as for real use, pointing at the sandbox. The secret lies beside the data folder, not in it."""
    return Settings(
        _env_file=None,
        bot_token=box.cast.token,
        telegram_api=box.telegram_api,
        database_url=f"sqlite+aiosqlite:///{folder}/bot/mulakat.db",
        smtp_url=box.smtp_url,
        mail_from="Mulakat <visits@mulakat.example>",
        sms_url=box.sms_url,
        secret_file=folder / "secret",
    )


async def furnish(settings: Settings, now: Callable[[], datetime]) -> None:
    """Bind the demo's jails and give them staff, on the first start only."""
    db, _vault = await open_house(settings)
    async with db.begin() as tx:
        there = [jail for jail in await jails.all_jails(tx) if jail.state == STATE][:JAILS]
        for jail in there:
            if jail.open:
                continue
            await jails.bind(tx, jail.code, Chat("telegram", str(GROUP)))
            for number, name, role in STAFF:
                await jails.add_staff(tx, jail.code, Chat("telegram", str(number)), role, name, now())
    await db.close()


async def play(folder: Path, port: int, stop: asyncio.Event, say: Callable[[str], None]) -> None:
    """Until `stop`. What happened is kept in `folder`: the next start goes on from there."""
    box = Sandbox(CAST, folder / "sandbox", port=port)
    await box.start()
    try:
        settings = settings_for(box, folder)
        await furnish(settings, box.clock.now)
        say(f"\n  Mulakat's demo is at {box.url}\n  Ctrl-C ends it; it goes on where it was. Its data: {folder}\n")
        await serve(settings, stop, clock=box.clock.now)
    finally:
        await box.stop()
