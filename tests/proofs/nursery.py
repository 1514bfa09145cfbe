"""`python -m tests.proofs.nursery`: where doomed processes come from. It has imported all that they need and forks
them, since they live for less than the seconds that an import takes.

It reads orders, a line of JSON each, and tells births and deaths in the same way.
"""

import json
import os
import select
import sys
import traceback
from typing import Any, NoReturn

from tests.proofs.doomed import live

LOOK = 0.02  # seconds between two looks for who has died


def main() -> None:
    """Until nobody orders any more."""
    waiting = b""
    while True:
        if select.select([0], [], [], LOOK)[0]:
            read = os.read(0, 65536)
            if not read:
                return
            *orders, waiting = (waiting + read).split(b"\n")
            for order in orders:
                _bear(json.loads(order))
        _bury()


def _bear(order: dict[str, Any]) -> None:
    child = os.fork()
    if child == 0:
        _be(order)
    _tell(born=child)


def _be(order: dict[str, Any]) -> NoReturn:
    """The child: words go to the named pipe `words`, settings are those of `env`."""
    words, nothing = os.open(order["words"], os.O_WRONLY), os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.dup2(words, 1)
    os.dup2(words, 2)
    os.environ.clear()
    os.environ.update(order["env"])
    status = 1
    try:
        live(order["point"], order["count"])
    except SystemExit as end:
        status = end.code if isinstance(end.code, int) else int(end.code is not None)
    except BaseException:
        traceback.print_exc()
    sys.stdout.flush()
    os._exit(status)


def _bury() -> None:
    while True:
        try:
            child, status = os.waitpid(-1, os.WNOHANG)
        except ChildProcessError:
            return
        if child == 0:
            return
        _tell(ended=child, status=os.waitstatus_to_exitcode(status))


def _tell(**what: int) -> None:
    print(json.dumps(what), flush=True)


if __name__ == "__main__":
    main()
