"""`bot.py staff ...`: who may decide in which jail."""

from datetime import UTC, datetime
from typing import Annotated

import typer
from sqlalchemy import select

from dialogue.approve import ROLES
from dialogue.model import Chat
from operate import prepare
from operate.commands_jails import Code, no_such_jail
from operate.terminal import OPERATOR, done, read_settings, stop_with
from storage import jails as kept_jails
from storage import notes
from storage.tables import staff

app = typer.Typer(no_args_is_help=True, help="Who may decide in which jail.")

Person = Annotated[int, typer.Argument(help="The person's number on Telegram")]


@app.command("add")
def staff_add(
    code: Code,
    telegram_id: Person,
    role: Annotated[str, typer.Argument(help=" or ".join(sorted(ROLES)))],
    name: Annotated[str, typer.Option(help="What cards and families call them")] = "",
) -> None:
    """Give a person a place in a jail. Superintendents and deputies decide, gate reads."""
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
            stop_with(no_such_jail(code))
        print(f"{telegram_id} is {role} of {code}.")

    done(work())


@app.command("remove")
def staff_remove(code: Code, telegram_id: Person) -> None:
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
        if not there:
            stop_with(f"{telegram_id} has no place in {code}: `bot.py staff list` shows who has.")
        print(f"{telegram_id} has no place in {code} any more.")

    done(work())


@app.command("list")
def staff_list(code: Annotated[str, typer.Argument(help="The jail's code; nothing: every jail")] = "") -> None:
    """Everybody who has a place now, with jail, number, role and name."""
    found = read_settings()

    async def work() -> None:
        now_there = select(staff).where(staff.c.revoked.is_(None)).order_by(staff.c.jail, staff.c.id)
        async with prepare.looked_at(found) as tx:
            rows = (await tx.execute(now_there.where(staff.c.jail == code) if code else now_there)).all()
        for row in rows:
            print(f"{row.jail:<28} {Chat.of(row.person).id:>12} {row.role:<15} {row.name}".rstrip())
        if not rows:
            print(f"Nobody has a place in {code or 'any jail'}: bot.py staff add {code or 'CODE'} ...")

    done(work())
