"""Backup and restore as an operator types them, beside the running bot: another database, and life goes on."""

import asyncio
from pathlib import Path

from operate import erasures
from tests.end_to_end.families import Family
from tests.end_to_end.town import Town, town


async def listed(here: Town) -> None:
    """Until the running bot has written an erasure into the list beside the secret."""
    async with asyncio.timeout(20):
        while not erasures.read(erasures.beside(here.folder / "secret")):  # noqa: ASYNC110 a file rings no bell
            await asyncio.sleep(0.05)


async def test_backed_up_while_it_runs_lost_and_restored(tmp_path: Path) -> None:
    """Sunita and Ravi are in the backup, then Sunita has herself erased, then the disk dies."""
    async with town(tmp_path) as here:
        await here.play.do("limits", on=False)
        await here.start_bot()
        sunita = Family(here.play, 101, "Sunita Devi", "Female", "+919812345678", "sunita@example.org")
        ravi = Family(here.play, 102, "Ravi Kumar", "Male", "+919812345679", "ravi@example.org")
        await sunita.register()
        await ravi.register()

        said = await here.command("backup", str(tmp_path / "b"))
        assert "The secret is not in it" in said

        await sunita.does("/forget", "Shall everything about Sunita Devi be erased")
        await sunita.does("[Yes, erase everything]", "is erased")
        await listed(here)
        await here.kill_bot()
        here.env["MULAKAT_DATABASE_URL"] = f"sqlite+aiosqlite:///{tmp_path}/new/mulakat.db"

        said = await here.command("restore", str(tmp_path / "b"))
        assert "erased after that: 1." in said
        said = await here.command("staff", "list")
        assert "Supt. Rao" in said
        assert "BAD" not in await here.command("doctor")

        await here.start_bot()
        await ravi.does("/me", "Ravi Kumar")
        await sunita.does("/me", "not registered|register once|Register")
