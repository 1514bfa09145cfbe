"""The doctor: what is set, what is reachable, and the invariants that must hold on a live database. It changes nothing,
and looks at one moment of a database that others write."""

import asyncio
import re
import stat
from collections.abc import Callable
from datetime import timedelta

from msgspec import Struct
from sqlalchemy import and_, func, or_, select

from channels.base import Later, OperatorError
from channels.render import Renderer
from channels.telegram import Telegram, WebhookState
from channels.telegram_read import NAME
from dialogue.approve import DECIDERS
from operate.erasures import beside, read
from operate.prepare import ANOTHER_SECRET, key_of, other_schema, schema, vault_of
from operate.run import wall_clock
from operate.settings import ROOT, Settings
from storage import seals
from storage.database import Tx, sqlite_version
from storage.snapshot import NoDatabase, snapshot
from storage.tables import erased, inbox, is_lost, jails, notes, outbox, slots, staff, visitors, visits
from storage.vault import Vault
from visits.identity import holds_aadhaar
from visits.visit import LIVE, Status

LIVING = [status.value for status in LIVE]


class Finding(Struct, frozen=True):
    """One line of the report. `ok` None: worth knowing, nothing wrong."""

    ok: bool | None
    what: str


async def examine(settings: Settings, say: Callable[[str], None]) -> bool:
    """Print every finding; whether all is well."""
    well = True
    for one in (*_files(settings), *await _database(settings), *await _outside(settings)):
        mark = {True: "ok  ", False: "BAD ", None: "    "}[one.ok]
        say(f"{mark} {one.what}")
        well = well and one.ok is not False
    return well


def _files(settings: Settings) -> list[Finding]:
    path = settings.secret_file
    if not path.exists():
        return [Finding(None, f"{path} does not exist yet: the first start makes it. Keep a copy apart from the data")]
    mode = stat.S_IMODE(path.stat().st_mode)
    if mode & 0o077:
        return [Finding(False, f"{path} can be read by others (mode {mode:o}): chmod 600 {path}")]
    return [Finding(True, f"the secret is readable by its owner alone ({path})")]


async def _database(settings: Settings) -> list[Finding]:
    try:
        async with snapshot(settings.database_url) as tx:
            here, newest = await schema(tx)
            if here != newest:
                return [Finding(False, other_schema(here, newest))]
            vault = vault_of(settings)
            return [
                Finding(True, f"the schema is {here}, this version's"),
                await _key(tx, vault),
                *await invariants(tx, vault),
                await audit_trail(tx, vault, settings),
                await listed_erasures(tx, settings),
                *await _state(tx),
            ]
    except NoDatabase as none:
        return [Finding(None, f"{none} The first start makes it")]


async def _key(tx: Tx, vault: Vault) -> Finding:
    ours = await key_of(tx) == vault.fingerprint
    return Finding(ours, "the secret is this database's" if ours else ANOTHER_SECRET)


async def invariants(tx: Tx, vault: Vault) -> list[Finding]:
    """The rules marked d in the quality page, as far as this version keeps them: B1, B2, B4, M5."""
    return [
        await _none(tx, "B1 no slot holds more than it can", slots, slots.c.taken > slots.c.capacity),
        await _counters(tx),
        await _none(
            tx,
            "B4 each decision has its decider, time and reason",
            visits,
            or_(
                and_(
                    visits.c.status.in_((Status.APPROVED.value, Status.REJECTED.value)),
                    or_(visits.c.decided_by.is_(None), visits.c.decided_at.is_(None)),
                ),
                and_(visits.c.status == Status.REJECTED.value, visits.c.reason.is_(None)),
            ),
        ),
        await _audited(tx),
        await _no_aadhaar(tx),
        await _nobody_back(tx, vault),
        await _none(
            tx,
            "M5 a message is settled once: none is sent and still waiting",
            outbox,
            and_(outbox.c.provider_id.is_not(None), outbox.c.status.in_(("waiting", "sending"))),
        ),
    ]


PLAIN = (
    (visitors.c.name, visitors.c.father, visitors.c.district, visitors.c.id_last4),
    (visits.c.prisoner_name, visits.c.prisoner_father, visits.c.decided_name),
    (notes.c.data,),
    (outbox.c.error,),
)
DIGEST = re.compile(r"\b[0-9a-f]{32}\b")  # a keyed hash: one in 700 has twelve digits in it that look like a number
NEWEST = 100_000  # rows of each table that are looked through


async def _no_aadhaar(tx: Tx) -> Finding:
    """P1: no whole Aadhaar number in any readable column."""
    count = 0
    for columns in PLAIN:
        for row in await tx.execute(select(*columns).order_by(*columns[0].table.primary_key.columns).limit(NEWEST)):
            count += any(holds_aadhaar(DIGEST.sub("", str(value))) for value in row if value)
    return Finding(count == 0, f"P1 {count} readable rows hold an Aadhaar number" if count else "P1 no Aadhaar number")


async def _nobody_back(tx: Tx, vault: Vault) -> Finding:
    """P3: nobody who was erased is there again."""
    gone = {row.hash for row in await tx.execute(select(erased.c.hash))}
    numbers = [row.number for row in await tx.execute(select(visitors.c.number))] if gone else []
    back = sum(vault.digest("erased", number) in gone for number in numbers)
    return Finding(back == 0, f"P3 {back} erased visitors are there again" if back else "P3 nobody erased is there")


async def _none(tx: Tx, what: str, table: object, wrong: object) -> Finding:
    count = (await tx.execute(select(func.count()).select_from(table).where(wrong))).scalar_one()  # type: ignore[arg-type]
    return Finding(count == 0, what if count == 0 else f"{what}: {count} do not")


async def _counters(tx: Tx) -> Finding:
    """B2: the slot's counter equals its live rows."""
    same = and_(visits.c.jail == slots.c.jail, visits.c.kind == slots.c.kind, visits.c.start == slots.c.start)
    live = select(func.count()).select_from(visits).where(same, visits.c.status.in_(LIVING)).scalar_subquery()
    return await _none(tx, "B2 each slot's counter equals its live requests", slots, slots.c.taken != live)


async def _audited(tx: Tx) -> Finding:
    decided = select(func.count()).where(visits.c.decided_by.is_not(None))
    noted = select(func.count()).where(notes.c.kind.in_(("approved", "rejected")))
    visits_, rows = (await tx.execute(decided)).scalar_one(), (await tx.execute(noted)).scalar_one()
    return Finding(visits_ <= rows, f"B4 {visits_} decided requests, {rows} decisions in the audit trail")


async def audit_trail(tx: Tx, vault: Vault, settings: Settings) -> Finding:
    """A4: every note is as it was sealed, and none was cut off."""
    outside = seals.read_head(settings.audit_file)
    wrong = await seals.verify(tx, vault, outside)
    return Finding(wrong is None, f"A4 the audit trail: {wrong}" if wrong else "A4 the audit trail is whole")


async def listed_erasures(tx: Tx, settings: Settings) -> Finding:
    """P3: the list outside, by which a restore knows the erased, has all that the table has but the newest minute's."""
    listed = read(beside(settings.secret_file))
    before = wall_clock() - timedelta(minutes=1)
    gone = {row.hash for row in await tx.execute(select(erased.c.hash).where(erased.c.at < before))}
    if listed is None:
        wrong = False if gone else None
        return Finding(wrong, "P3 there is no list of the erased beside the secret: bot.py run makes it")
    missing = len(gone - listed.keys())
    words = f"{missing} erased are not in it: start the bot" if missing else f"{len(listed)} erased are in it"
    return Finding(not missing, f"P3 the list beside the secret: {words}")


async def _state(tx: Tx) -> list[Finding]:
    bound = {row.code for row in await tx.execute(select(jails.c.code).where(jails.c.chat.is_not(None)))}
    known = (await tx.execute(select(func.count()).select_from(jails))).scalar_one()
    deciders = select(staff.c.jail).where(staff.c.revoked.is_(None), staff.c.role.in_(DECIDERS))
    manned = {row.jail for row in await tx.execute(deciders)}
    waiting = (await tx.execute(select(func.count()).where(inbox.c.handled.is_(None)))).scalar_one()
    dead = (await tx.execute(select(func.count()).where(is_lost))).scalar_one()
    found = [
        Finding(None, f"{known} jails known, {len(bound)} take requests, {len(manned)} have somebody who decides"),
        Finding(None, f"{waiting} updates wait, {dead} messages could not be delivered"),
    ]
    for code in sorted(bound - manned):
        found.append(Finding(False, f"{code} takes requests but nobody may decide there: bot.py staff add {code} ..."))
    if tx.dialect.name == "sqlite" and sqlite_version() < (3, 51, 3):
        version = ".".join(map(str, sqlite_version()))
        found.append(Finding(None, f"SQLite {version}: one process only (Mulakat uses one connection)"))
    return found


def _arrivals(settings: Settings, state: WebhookState) -> Finding:
    """Whether updates come to where they are waited for."""
    wanted = settings.webhook_at(NAME) if settings.webhook_url else ""
    if state.url != wanted:
        now = f"sends updates to {state.url}" if state.url else "has no webhook"
        return Finding(None, f"Telegram {now}: the next bot.py run changes that")
    if not wanted:
        return Finding(None, f"the bot polls, and Telegram keeps {state.pending} updates")
    late = f"; at {state.failed:%d %B, %H:%M} UTC: {state.error}" if state.failed and state.error else ""
    bad = bool(state.pending and late)
    return Finding(not bad, f"Telegram sends updates to {state.url}, {state.pending} wait{late}")


async def _outside(settings: Settings) -> list[Finding]:
    found = []
    if not settings.bot_token.get_secret_value():
        found.append(Finding(False, "MULAKAT_BOT_TOKEN is not set: ask @BotFather for a token"))
    else:
        telegram = Telegram(
            settings.bot_token.get_secret_value(),
            settings.telegram_api,
            Renderer(ROOT / "locales", settings.zone),
        )
        try:
            name = await asyncio.wait_for(telegram.me(), timeout=15)
            found.append(Finding(True, f"Telegram knows the bot as @{name}"))
            found.append(_arrivals(settings, await asyncio.wait_for(telegram.webhook(), timeout=15)))
        except (OperatorError, Later) as error:
            found.append(Finding(False, str(error)))
        except TimeoutError:
            found.append(Finding(False, "Telegram did not answer within 15 s: check MULAKAT_TELEGRAM_API"))
        finally:
            await telegram.close()
    for name, value in (("MULAKAT_SMTP_URL", settings.smtp_url), ("MULAKAT_SMS_URL", settings.sms_url)):
        isset = bool(value.get_secret_value())
        found.append(Finding(isset, f"{name} is set" if isset else f"{name} is not set: its codes can't be sent"))
    found.append(Finding(None, f"now is {wall_clock().astimezone(settings.zone):%A %d %B %Y, %H:%M %Z}"))
    return found
