"""A hold that ran out, over HTTP and with `kill -9` in its middle. Only the demo has a clock that can be moved."""

from pathlib import Path

from sandbox.play import Play
from tests.end_to_end.families import Family
from tests.end_to_end.story import REST
from tests.end_to_end.town import demo


async def test_a_hold_that_ran_out(tmp_path: Path) -> None:
    """The seat is given back while nobody is there to see it; the family is told, keeps its answers, and has the time
    again when it asks for it."""
    process, url = await demo(tmp_path)
    async with Play(url) as play:
        family = Family(play, 101, "Sunita Devi", "Female", "+919812345678", "sunita@example.org")
        await family.register()
        await family.whom("Ramesh Kumar")
        await family.day()
        await family.does("[free]", "held for you|How many people")
    process.kill()
    await process.child.wait()

    process, url = await demo(tmp_path)
    async with Play(url) as play:
        family = Family(play, 101, "Sunita Devi", "Female", "+919812345678", "sunita@example.org")
        await play.forward(minutes=11)
        await family.phone.expect("10 minutes are over", timeout=60)
        for what, heard in REST:
            await family.does(what, heard)
        await family.does("[Send to the jail]", "what time|which day")
        await family.does("[free]", "check your request")
        ref = await family.send()
        assert await family.told("10 minutes are over") == 1
        await family.does("/status", ref)
    assert await process.stop() == 0
