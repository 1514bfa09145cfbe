"""The whole product as one process: every part built once, run until told to stop, drained and closed."""

import asyncio
import contextlib
import gc
import os
from collections.abc import AsyncIterator, Callable, Coroutine, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import structlog

from channels.base import Channel, Later
from channels.email import Email
from channels.render import Renderer
from channels.sms import Sms
from channels.telegram import Telegram
from channels.telegram_read import read
from dialogue.menu import COMMANDS
from dialogue.model import Chat, House
from handlers.desk import Desk
from handlers.intake import Intake, unless
from handlers.webhook import Webhook
from operate.alone import alone
from operate.erasures import Erasures
from operate.figures import Reader
from operate.listen import Bell, Door
from operate.metrics import Metrics
from operate.outage import Outage
from operate.prepare import atlas, open_house
from operate.settings import ROOT, BadSettings, Settings
from scheduler.clock import metronome
from scheduler.deadlines import Deadlines
from scheduler.postman import Postman
from scheduler.rate import Rate
from scheduler.share import Share
from scheduler.sweep import Sweep
from storage import leases, seals
from storage.database import Database
from storage.ground import Ground
from storage.lost import Lost
from storage.vault import Vault

log = structlog.get_logger("mulakat")

DRAIN = 7.0  # seconds for what is on its way when told to stop; the whole end takes less than ten

Clock = Callable[[], datetime]
Take = Callable[[asyncio.Event], Coroutine[Any, Any, None]]


def wall_clock() -> datetime:
    return datetime.now(UTC)


def nonce() -> str:
    return os.urandom(16).hex()


@dataclass(slots=True)
class Parts:
    """The running product, for whoever composes it: the process, the demo and the tests."""

    username: str
    db: Database
    vault: Vault
    telegram: Telegram
    desk: Desk
    intake: Intake
    postman: Postman
    sweep: Sweep
    deadlines: Deadlines
    channels: Mapping[str, Channel]
    door: Door
    written: Bell  # rung each second that something could be written


@contextlib.asynccontextmanager
async def built(settings: Settings, clock: Clock = wall_clock) -> AsyncIterator[Parts]:
    """Open the database, make the parts, and close them all at the end."""
    if not settings.bot_token.get_secret_value():
        raise BadSettings(
            "MULAKAT_BOT_TOKEN is not set: ask @BotFather on Telegram for a token, and write it into .env. "
            "(Without any account: make demo.)"
        )
    renderer = Renderer(ROOT / "locales", settings.zone)
    for fault in renderer.faults:
        log.warning("translation", fault=fault)
    telegram = Telegram(settings.bot_token.get_secret_value(), settings.telegram_api, renderer)
    channels: dict[str, Channel] = {"telegram": telegram}
    if settings.smtp_url.get_secret_value():
        channels["email"] = Email(settings.smtp_url.get_secret_value(), settings.mail_from, renderer, clock)
    if settings.sms_url.get_secret_value():
        url, method = settings.sms_url.get_secret_value(), settings.sms_method
        channels["sms"] = Sms(url, renderer, method, settings.sms_body, settings.sms_headers)
    db, vault = await open_house(settings)
    admins = tuple(Chat("telegram", str(number)) for number in settings.admins)
    house = House(
        settings.zone,
        renderer.locales,
        admins,
        settings.video_url,
        settings.contact_counts,
        timedelta(seconds=settings.undo_seconds),
        renderer.label,
    )
    metrics = Metrics(clock)
    rate, holder = Rate(settings.telegram_rate), nonce()
    share = None if db.sqlite else Share(db, rate, clock, holder)
    postman = Postman(db, vault, channels, rate, clock, admins, metrics.carried, share, holder)
    postman.bell = posting = Bell()
    try:
        username = await telegram.me()
        reader = partial(read, username=username)
        ground = Ground(db, vault, house, atlas(), clock, nonce)
        along = postman.along if db.sqlite else None  # elsewhere each transaction is short, for those beside it
        desk = Desk(ground, {"telegram": reader}, postman.bell.set, metrics.handled, along)
        desk.bell = desking = Bell()
        if db.sqlite:
            async with db.begin() as tx:
                await leases.void(tx)
        intake = Intake(telegram, reader, db, desk.take, clock, holder)
        deadlines = Deadlines(ground, postman.bell.set)
        sweep = Sweep(db, vault, clock)
        secret = webhook_secret(settings, vault)
        webhook = Webhook(telegram.name, secret, reader, db, vault, clock, desk.bell.set, metrics.knocked)
        loops = {"desk": desking, "postman": posting, "writing": (writing := Bell())}
        door = Door(Reader(db, clock), metrics, loops, [webhook] if settings.webhook_url else [])
        yield Parts(username, db, vault, telegram, desk, intake, postman, sweep, deadlines, channels, door, writing)
    finally:
        for channel in channels.values():
            await channel.close()
        await db.close()


def webhook_secret(settings: Settings, vault: Vault) -> str:
    """The operator's, or one that every process makes alike, and that ends with the token."""
    return settings.webhook_secret.get_secret_value() or vault.digest("webhook", settings.bot_token.get_secret_value())


async def serve(settings: Settings, stop: asyncio.Event, clock: Clock = wall_clock) -> None:
    """Run until `stop`: then no more is taken in, what is on its way arrives, and everything is closed."""
    async with alone(settings.database_url), built(settings, clock) as parts:
        try:
            if settings.listens_at:
                await parts.door.start(*settings.listens_at)
            await _open_to_telegram(parts, settings, stop)
            await parts.telegram.set_commands(COMMANDS, parts.desk.house.locales)
            _say_what_is_missing(parts)
            log.info("running", bot=parts.username, database=parts.db.describe())
            outage = Outage(parts.db, stop)
            await outage.outlived(parts.deadlines.start)
            gc.freeze()  # what was made until now stays: to look through it again and again cost a tenth of all time
            gc.set_threshold(10_000, 20, 20)  # few things go in circles: Python looks 14 times as often
            taking = parts.door if settings.webhook_url else parts.intake
            await run(parts, outage, taking.run, settings.audit_file)
        finally:
            await parts.door.close()
        log.info("stopped")


async def _open_to_telegram(parts: Parts, settings: Settings, stop: asyncio.Event) -> None:
    """Its webhook, or our polling. Processes that start together are asked to wait a little for each other. A webhook
    stays at the end: what comes until the next start waits at Telegram, and the other processes go on."""
    while not stop.is_set():
        try:
            if settings.webhook_url:
                secret = webhook_secret(settings, parts.vault)
                return await parts.telegram.take_webhook(settings.webhook_at(parts.telegram.name), secret)
            return await parts.telegram.take_polling()
        except Later as later:
            if not later.flood:
                raise
            await unless(stop, asyncio.sleep(later.seconds))


async def run(parts: Parts, outage: Outage, take: Take, audit: Path) -> None:
    """The loops and the metronome over parts that are ready, until its `stop`. audit: for the trail's head."""

    async def seal() -> None:
        now = parts.sweep.clock()
        async with parts.db.begin(synced=False) as tx:
            mine = await leases.take(tx, "seal", parts.intake.holder, now, 10)
            sealed = await seals.seal(tx, parts.vault, now) if mine else None
        if sealed:
            await parts.db.sync()
            seals.write_head(audit, sealed)
        async with parts.db.begin() as tx:
            await listed.copy(tx)
        parts.written.clear()

    listed = Erasures(audit.with_suffix(".erased"))
    await outage.outlived(seal)  # a list that can't be read stops the start
    bells = (parts.desk.bell, parts.postman.bell)
    beats = metronome(bells, parts.postman, parts.sweep, parts.deadlines, seal, outage.beat)
    beats.start()
    stop = outage.stop
    loops = [
        asyncio.create_task(outage.outlived(partial(loop, stop)), name=name)
        for name, loop in (("intake", take), ("desk", parts.desk.run), ("postman", parts.postman.run))
    ]
    stopped = asyncio.create_task(stop.wait(), name="stop")
    try:
        await asyncio.wait([*loops, stopped], return_when=asyncio.FIRST_COMPLETED)
    finally:
        stop.set()
        stopped.cancel()
        beats.shutdown(wait=False)
        parts.desk.bell.set()
        parts.postman.bell.set()
        ends = await asyncio.gather(*loops, return_exceptions=True)
        await outage.end()
        try:
            await parts.postman.drain(DRAIN)
            await seal()
            async with parts.db.begin() as tx:
                await leases.give_back(tx, parts.intake.holder)
        except Lost:
            log.warning("the database is away at the end: what was on its way has an unknown outcome")
    for end in ends:
        if isinstance(end, BaseException):
            raise end


def _say_what_is_missing(parts: Parts) -> None:
    for name, setting in (("email", "MULAKAT_SMTP_URL"), ("sms", "MULAKAT_SMS_URL")):
        if name not in parts.channels:
            log.warning("nothing can be sent this way, and codes neither", channel=name, set=setting)
