"""`python -m sandbox --cast cast.json --folder DIR`: the town alone, until SIGTERM or Ctrl-C."""

import argparse
import asyncio
import json
import signal
import sys
from pathlib import Path

from sandbox.cast import Cast, cast_from_json
from sandbox.server import Sandbox


async def main(cast: Cast, folder: Path, host: str, port: int, smtp_port: int, limits: bool) -> None:
    box = Sandbox(cast, folder, host, port, smtp_port, limits=limits)
    await box.start()
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    print(json.dumps({"ready": True, "url": box.url, "smtp": box.smtp_url}), flush=True)
    await stop.wait()
    await box.stop()


def cast_from(path: Path) -> Cast:
    """Exits with a sentence when the file is not there or is not a cast."""
    try:
        return cast_from_json(json.loads(path.read_text(encoding="utf-8")))
    except OSError as error:
        sys.exit(f"--cast {path}: {error.strerror}")
    except KeyError as error:
        sys.exit(f"--cast {path}: {error.args[0]} is missing")
    except (TypeError, ValueError) as error:
        sys.exit(f"--cast {path}: {error}")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="python -m sandbox", description=__doc__)
    parser.add_argument(
        "--cast", type=Path, required=True, help="JSON: title, token, bot, people, groups, phones, hints"
    )
    parser.add_argument("--folder", type=Path, required=True, help="where the state is kept")
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=8081, help="0: any that is free")
    parser.add_argument("--smtp-port", type=int, default=0, help="0: any that is free")
    parser.add_argument("--no-limits", action="store_true", help="send as fast as the bot likes")
    given = parser.parse_args()
    who = cast_from(given.cast)
    try:
        asyncio.run(main(who, given.folder.resolve(), given.host, given.port, given.smtp_port, not given.no_limits))
    except (OSError, RuntimeError) as error:
        sys.exit(f"The sandbox can't start: {error}")
