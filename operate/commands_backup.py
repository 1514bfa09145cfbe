"""`bot.py backup` and `bot.py restore`, as the operator types them."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from operate.backup import Contents, back_up, check
from operate.restore import Restored
from operate.restore import restore as put_back
from operate.settings import Settings
from operate.terminal import done, read_settings


def backup(file: Annotated[Path, typer.Argument(help="A new file; its folder must be there")]) -> None:
    """Write all that is kept into FILE, encrypted, as it is at one moment. The bot may run meanwhile.

    The secret is NOT in the file. It opens only with the secret of
    MULAKAT_SECRET_FILE: keep a copy of that elsewhere, with the two files
    beside it that end in .audit and .erased. Who has the backup alone can
    read nothing; who has lost the secret can't either.
    """
    found = read_settings()
    contents = done(back_up(found, file, datetime.now(UTC)))
    print(f"{file}: {_said(contents)}, {file.stat().st_size:,} bytes.")
    print(f"The secret is not in it: keep a copy of {found.secret_file} elsewhere, and of the files beside it.")


def restore(
    file: Annotated[Path, typer.Argument(help="Written by `bot.py backup`, from SQLite or PostgreSQL")],
    check_only: Annotated[
        bool, typer.Option("--check", help="Only read FILE to its end and say what is in it; no database is touched")
    ] = False,
    erasures_unknown: Annotated[
        bool,
        typer.Option(
            "--erasures-unknown", help="Go on without the list of the erased: they come back, and you answer for it"
        ),
    ] = False,
) -> None:
    """Put FILE into the EMPTY database that MULAKAT_DATABASE_URL names, SQLite or PostgreSQL. Stop the bot first.

    It needs the secret that was in use when the backup was taken, which is
    NOT in FILE, and the list beside the secret whose name ends in .erased:
    whoever was erased after the backup is erased in it again. It is all or
    nothing. What happened after the backup is lost: look at `staff list` and
    `doctor` before you run the bot.
    """
    found = read_settings()
    if check_only:
        done(_checked(found, file))
    else:
        _tell(found, done(put_back(found, file, datetime.now(UTC), erasures_unknown)))


async def _checked(found: Settings, file: Path) -> None:
    print(f"{file} is whole: {_said(check(found, file))}. It can be restored with the secret that is here.")


def _said(contents: Contents) -> str:
    return f"{contents.rows:,} rows as they were on {contents.taken:%d %B %Y, %H:%M:%S} UTC, schema {contents.schema}"


def _tell(found: Settings, restored: Restored) -> None:
    print(f"{restored.rows:,} rows are back as they were on {restored.taken:%d %B %Y, %H:%M:%S} UTC.")
    if restored.erased is None:
        print("Nobody knows who was erased since then: they are back. The audit trail says so.")
    else:
        print(f"Erased again, since they were erased after that: {restored.erased}.")
    if restored.trail:
        print(f"The audit trail was not whole already when the backup was taken: {restored.trail}")
    print("Whoever was removed from the staff since then has their place again: look at `bot.py staff list`.")
    print("Then: bot.py doctor")
