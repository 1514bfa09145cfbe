"""Mulakat's command line: `python bot.py --help`."""

import asyncio
import os
import signal
import sys
from collections.abc import Coroutine
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any, NoReturn, TypeVar

import typer

from channels.base import Later, OperatorError
from channels.telegram import QUIET
from dialogue.approve import ROLES
from dialogue.model import Chat
from operate import logs, prepare, run, settings
from operate.doctor import examine
from operate.opening import opened
from storage import jails as kept_jails
from storage import notes
from storage.vault import WrongKey

T = TypeVar("T")

OPERATOR = "operator"  # whose acts these are, in the audit trail

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
jails_app = typer.Typer(no_args_is_help=True, help="The list of jails, and where each one's staff decide.")
staff_app = typer.Typer(no_args_is_help=True, help="Who may decide in which jail.")
app.add_typer(jails_app, name="jails")
app.add_typer(staff_app, name="staff")


@app.callback()
def before_all() -> None:
    """Mulakat: families ask in a chat to visit a prisoner, the jail decides in a chat."""
    os.umask(0o077)  # what is written is for the owner alone


def done(work: Coroutine[Any, Any, T]) -> T:
    """Run it; an operator's mistake ends with a sentence and status 2, not with a traceback."""
    try:
        return asyncio.run(work)
    except (settings.BadSettings, WrongKey, kept_jails.BadFile, OperatorError) as error:
        stop_with(str(error))
    except Later as later:
        stop_with(f"{later.why}. Check the connection and MULAKAT_TELEGRAM_API, then start again.")
    except OSError as error:
        stop_with(f"{error.strerror or error}: {error.filename or ''}".rstrip(": "))


def stop_with(words: str) -> NoReturn:
    print(words, file=sys.stderr)
    raise typer.Exit(2)


def read_settings() -> settings.Settings:
    try:
        found = settings.load()
    except settings.BadSettings as error:
        stop_with(str(error))
    logs.set_up(found.log_level, found.log_format, QUIET)
    return found


def told_to_stop() -> asyncio.Event:
    """An event that SIGTERM and Ctrl-C set."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    return stop


@app.command("run")
def run_() -> None:
    """Run the bot: take in updates, handle them, send what is due. Ends within 10 s of SIGTERM."""
    found = read_settings()

    async def work() -> None:
        await run.serve(found, told_to_stop())

    done(work())


@app.command()
def demo(
    port: Annotated[int, typer.Option(envvar="PORT", help="Of the page; 0 takes any that is free.")] = 8080,
    folder: Annotated[Path, typer.Option(help="Where the demo keeps what happened.")] = settings.ROOT / "var" / "demo",
) -> None:
    """The whole product on one page, without any account: a family's phone, the jail's chat, mails and SMS."""
    from operate.demo import play  # the only way from the product to the sandbox

    async def work() -> None:
        await play(place, port, told_to_stop(), print)

    place = folder.resolve()
    place.mkdir(parents=True, exist_ok=True)
    logs.set_up("WARNING", "console", QUIET)
    done(work())


@app.command()
def doctor() -> None:
    """Examine the settings and the live database; status 1 when something is wrong."""
    found = read_settings()
    healthy = done(examine(found, print))
    raise typer.Exit(0 if healthy else 1)


@app.command()
def migrate() -> None:
    """Bring the database's schema to its newest form. (`run` does it too.)"""
    found = read_settings()

    async def work() -> None:
        db, _vault = await prepare.open_house(found)
        print(f"{db.describe()} is ready.")
        await db.close()

    done(work())


@jails_app.command("import")
def jails_import(file: Annotated[Path, typer.Argument(help="CSV: " + ", ".join(kept_jails.COLUMNS))]) -> None:
    """Add the jails of FILE, or refresh those that are known; what is bound stays bound."""
    found = read_settings()

    async def work() -> None:
        rows = kept_jails.read_csv(file)
        db, _vault = await prepare.open_house(found)
        async with db.begin() as tx:
            number = await kept_jails.import_rows(tx, rows)
        await db.close()
        print(f"{number} jails are known now.")

    done(work())


@jails_app.command("bind")
def jails_bind(
    code: Annotated[str, typer.Argument(help="Of the list of jails, such as IN-DL-TIHAR-CJ-1")],
    chat: Annotated[int, typer.Argument(help="Telegram's number of the approver chat; a group's begins with -")],
) -> None:
    """From now on this jail takes requests: its cards go to CHAT. A group's number: write -- before it."""
    found = read_settings()

    async def work() -> None:
        db, vault = await prepare.open_house(found)
        async with db.begin() as tx:
            known = await kept_jails.bind(tx, code, Chat("telegram", str(chat)))
            told = await opened(tx, vault, code) if known else 0
            if known:
                await notes.write(tx, OPERATOR, "jail_bound", {"jail": code, "chat": chat}, datetime.now(UTC))
        await db.close()
        if not known:
            stop_with(f"There is no jail {code}. Look for its code in data/jails.csv, or import a list first.")
        print(f"{code} takes requests, decided in chat {chat}. Now name its staff: bot.py staff add {code} ...")
        if told:
            print(f"{told} families asked to be told: they are, as soon as the bot runs.")

    done(work())


@jails_app.command("list")
def jails_list(
    words: Annotated[
        str, typer.Argument(help="Part of a name, a town or a state; nothing: all that take requests")
    ] = "",
) -> None:
    """Jails with their codes; those that take requests are marked."""
    found = read_settings()

    async def work() -> None:
        db, _vault = await prepare.open_house(found)
        async with db.begin() as tx:
            everywhere = await kept_jails.all_jails(tx)
        await db.close()
        wanted = words.casefold()
        there = [j for j in everywhere if wanted in f"{j.code} {j.name} {j.district} {j.state_name}".casefold()]
        for jail in [j for j in everywhere if j.open] if not words else there:
            print(f"{'*' if jail.open else ' '} {jail.code:<28} {jail.name}, {jail.district or jail.state_name}")
        print("* takes requests. Sources and attribution: data/SOURCES.md")

    done(work())


@staff_app.command("add")
def staff_add(
    code: Annotated[str, typer.Argument(help="The jail's code")],
    telegram_id: Annotated[int, typer.Argument(help="The person's number on Telegram")],
    role: Annotated[str, typer.Argument(help=" or ".join(sorted(ROLES)))],
    name: Annotated[str, typer.Option(help="What cards and families call them")] = "",
) -> None:
    """Give a person a place in a jail. Superintendents and deputies decide."""
    if role not in ROLES:
        stop_with(f"{role} is no role: give {' or '.join(sorted(ROLES))}.")
    found = read_settings()

    async def work() -> None:
        db, _vault = await prepare.open_house(found)
        person = Chat("telegram", str(telegram_id))
        async with db.begin() as tx:
            known = await kept_jails.add_staff(tx, code, person, role, name, datetime.now(UTC))
            if known:
                data = {"jail": code, "person": telegram_id, "role": role}
                await notes.write(tx, OPERATOR, "staff_added", data, datetime.now(UTC))
        await db.close()
        if not known:
            stop_with(f"There is no jail {code}. Look for its code in data/jails.csv, or import a list first.")
        print(f"{telegram_id} is {role} of {code}.")

    done(work())


@staff_app.command("remove")
def staff_remove(code: str, telegram_id: int) -> None:
    """End a person's place in a jail; their next press is refused."""
    found = read_settings()

    async def work() -> None:
        db, _vault = await prepare.open_house(found)
        async with db.begin() as tx:
            person = Chat("telegram", str(telegram_id))
            there = await kept_jails.revoke_staff(tx, code, person, datetime.now(UTC))
            if there:
                data = {"jail": code, "person": telegram_id}
                await notes.write(tx, OPERATOR, "staff_removed", data, datetime.now(UTC))
        await db.close()
        print(f"{telegram_id} has no place in {code} any more." if there else "There was no such place.")

    done(work())


if __name__ == "__main__":
    app()
