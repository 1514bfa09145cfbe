"""Mulakat's command line: `python bot.py --help`."""

import os
from pathlib import Path
from typing import Annotated

import typer

from channels.telegram import QUIET
from operate import commands_backup, commands_jails, commands_staff, logs, prepare, run, settings
from operate.doctor import examine
from operate.terminal import done, read_settings, told_to_stop

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
app.add_typer(commands_jails.app, name="jails")
app.add_typer(commands_staff.app, name="staff")


@app.callback()
def before_all() -> None:
    """Mulakat: families ask in a chat to visit a prisoner, the jail decides in a chat."""
    os.umask(0o077)  # what is written is for the owner alone


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


app.command()(commands_backup.backup)
app.command()(commands_backup.restore)


if __name__ == "__main__":
    app()
