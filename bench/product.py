"""The product as it runs, `bot.py run` but for one thing: the rate at which Telegram takes messages has no bound here,
since MULAKAT_TELEGRAM_RATE ends at the 1,000 a second that Telegram ever allows. Every other limit holds."""

import asyncio
import signal

from channels.telegram import QUIET
from operate import logs, run, settings

RATE = 1_000_000.0


async def work(found: settings.Settings) -> None:
    stop = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)
    await run.serve(found, stop)


def main() -> None:
    found = settings.load().model_copy(update={"telegram_rate": RATE})
    logs.set_up(found.log_level, found.log_format, QUIET)
    asyncio.run(work(found))


if __name__ == "__main__":
    main()
