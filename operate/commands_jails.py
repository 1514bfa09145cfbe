"""`bot.py jails ...`: the list of jails, and where each one's staff decide."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from dialogue.model import Chat
from operate import prepare
from operate.opening import opened
from operate.terminal import OPERATOR, done, read_settings, stop_with
from storage import jails as kept_jails
from storage import notes

app = typer.Typer(no_args_is_help=True, help="The list of jails, and where each one's staff decide.")

Code = Annotated[str, typer.Argument(help="The jail's code, such as IN-DL-TIHAR-CJ-1")]


def no_such_jail(code: str) -> str:
    return f"There is no jail {code}. Look for its code with `bot.py jails list WORDS`, or import a list first."


@app.command("import")
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


@app.command("bind")
def jails_bind(
    code: Code,
    chat: Annotated[int, typer.Argument(help="Telegram's number of the approver chat; a group's begins with -")],
) -> None:
    """From now on this jail takes requests: its cards go to CHAT. A group's number: write -- before it."""
    found = read_settings()

    async def work() -> None:
        db, vault = await prepare.open_house(found)
        now = datetime.now(UTC)
        async with db.begin() as tx:
            known = await kept_jails.bind(tx, code, Chat("telegram", str(chat)))
            told = await opened(tx, vault, code, now) if known else 0
            if known:
                await notes.write(tx, OPERATOR, "jail_bound", {"jail": code, "chat": chat}, now)
        await db.close()
        if not known:
            stop_with(no_such_jail(code))
        print(f"{code} takes requests, decided in chat {chat}. Now name its staff: bot.py staff add {code} ...")
        if told:
            print(f"{told} families asked to be told: they are, as soon as the bot runs.")

    done(work())


@app.command("list")
def jails_list(
    words: Annotated[
        str, typer.Argument(help="Part of a name, a town or a state; nothing: all that take requests")
    ] = "",
) -> None:
    """Jails with their codes; those that take requests are marked."""
    found = read_settings()

    async def work() -> None:
        async with prepare.looked_at(found) as tx:
            everywhere = await kept_jails.all_jails(tx)
        wanted = words.casefold()
        there = [j for j in everywhere if wanted in f"{j.code} {j.name} {j.district} {j.state_name}".casefold()]
        for jail in [j for j in everywhere if j.open] if not words else there:
            print(f"{'*' if jail.open else ' '} {jail.code:<28} {jail.name}, {jail.district or jail.state_name}")
        print("* takes requests. Sources and attribution: data/SOURCES.md")

    done(work())
