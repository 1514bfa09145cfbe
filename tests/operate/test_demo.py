"""The demo goes on where it was after Ctrl-C."""

import signal
from pathlib import Path

from sandbox.play import Play
from tests.end_to_end.town import demo as opened


async def test_starts_again_where_it_was(tmp_path: Path) -> None:
    demo, url = await opened(tmp_path)
    async with Play(url) as play:
        sunita = play.phone(101)
        await sunita.say("/register")
        await sunita.expect("language")
        await sunita.press("English")
        await sunita.expect("Do you agree")
        await play.forward(hours=5)
        before = await play.state()
    demo.child.send_signal(signal.SIGINT)
    assert await demo.child.wait() == 0

    demo, url = await opened(tmp_path)
    async with Play(url) as play:
        after = await play.state()
        assert after["messages"] == before["messages"] and after["clock"]["offset"] == before["clock"]["offset"]
        sunita = play.phone(101)
        await sunita.press("I agree")
        await sunita.expect("full name")
    assert await demo.stop() == 0
