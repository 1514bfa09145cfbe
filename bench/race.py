"""One run: the stub on one core, a bot on the other, both ended at the end; and what the bot used of its core."""

import json
import os
import select
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from bench.crowd import Load
from bench.history import fill
from operate.settings import ROOT

TICK = os.sysconf("SC_CLK_TCK")
PAGE = os.sysconf("SC_PAGE_SIZE")
ENDING = 15.0  # seconds
NOWHERE = "http://127.0.0.1:9"  # nobody is reached while a database is filled

Environment = dict[str, str]


class Failed(Exception):
    """A bot or the stub ended, or said nothing in time."""


@dataclass(frozen=True, slots=True)
class Bot:
    """`environment` is made of the stub's addresses and a folder of the run's own."""

    name: str
    form: str
    command: tuple[str, ...]
    environment: Callable[[str, int, Path], Environment]


@dataclass(frozen=True, slots=True)
class Scenario:
    """`letters`: the usual bot too writes to the mail server, whose letters take `mail_takes` seconds. `history`: so
    many visits lie in the product's database already; the usual bot keeps none."""

    name: str
    load: Load
    round_trip: float = 0.0
    mail_takes: float = 0.0
    letters: bool = False
    history: int = 0


@dataclass(frozen=True, slots=True)
class Run:
    """`cpu`: microseconds of the bot's core for each update. `memory`: MB at the end."""

    bot: str
    scenario: str
    cpu: float
    memory: float
    figures: dict[str, Any] = field(repr=False)


def _product(api: str, smtp: int, folder: Path) -> Environment:
    return {
        "MULAKAT_BOT_TOKEN": "4242:bench",
        "MULAKAT_TELEGRAM_API": api,
        "MULAKAT_DATABASE_URL": f"sqlite+aiosqlite:///{folder}/data/mulakat.db",
        "MULAKAT_SECRET_FILE": f"{folder}/secret",
        "MULAKAT_SMTP_URL": f"smtp://127.0.0.1:{smtp}",
        "MULAKAT_SMS_URL": f"{api}/sms",
        "MULAKAT_LOG_LEVEL": "WARNING",
    }


def _first_row(api: str, smtp: int, folder: Path) -> Environment:
    return {"BENCH_API": api, "BENCH_FOLDER": str(folder), "BENCH_SMTP": str(smtp)}


FIRST_ROW = Bot("first row", "plain", ("-m", "bench.first_row"), _first_row)
PRODUCT = Bot("product", "registration", ("-m", "bench.product"), _product)


def run(bot: Bot, scenario: Scenario, watch: Callable[[int], None] = lambda _process: None) -> Run:
    """`watch` is told the bot's process as the measuring begins."""
    home = ROOT / "var" / "bench"
    home.mkdir(parents=True, exist_ok=True)
    with ExitStack() as opened:
        folder = opened.enter_context(tempfile.TemporaryDirectory(dir=home))
        if scenario.history and bot is PRODUCT:  # takes minutes, for which the stub doesn't wait
            fill(bot.environment(NOWHERE, 0, Path(folder)), scenario.history)
        stub = opened.enter_context(_stub(bot, scenario))
        ready = _event(stub, "ready")
        api = f"http://127.0.0.1:{ready['web']}"
        environment = bot.environment(api, ready["smtp"], Path(folder))
        if not scenario.letters:
            environment.pop("BENCH_SMTP", None)
        log = Path(folder) / "log"
        with _bot(bot, environment, log) as process:
            try:
                _event(stub, "polled", process)
                assert stub.stdin
                stub.stdin.write("begin\n")
                stub.stdin.flush()
                _event(stub, "measuring")
                watch(process.pid)
                before = cpu_seconds(process.pid)
                figures = _event(stub, "done")
                spent = cpu_seconds(process.pid) - before
                memory = megabytes(process.pid)
            except (Failed, FileNotFoundError) as error:
                raise Failed(f"{bot.name}, {scenario.name}: {error}\n{log.read_text()[-3000:]}") from None
    return Run(bot.name, scenario.name, round(spent / max(1, figures["answers"]) * 1e6), memory, figures)


def _event(stub: "subprocess.Popen[str]", wanted: str, bot: "subprocess.Popen[bytes] | None" = None) -> dict[str, Any]:
    """The stub's next event, which must be this one. The stub ends in any case, so this does too; a bot that ends is
    not waited for."""
    assert stub.stdout
    while bot and not select.select([stub.stdout], [], [], 0.1)[0]:
        if bot.poll() is not None:
            raise Failed("the bot ended")
    line = stub.stdout.readline()
    event: dict[str, Any] = json.loads(line) if line else {"event": "the end"}
    if event["event"] != wanted:
        raise Failed(f"the stub came to {event['event']} instead of {wanted}")
    return event


# ---------------------------------------------------------------- processes


def cores() -> tuple[int, int]:
    """The bot's and the stub's."""
    there = sorted(os.sched_getaffinity(0))
    return there[0], there[-1]


@contextmanager
def _stub(bot: Bot, scenario: Scenario) -> Iterator["subprocess.Popen[str]"]:
    arguments = ["--form", bot.form, "--round-trip", str(scenario.round_trip), "--mail-takes", str(scenario.mail_takes)]
    for name, value in asdict(scenario.load).items():
        arguments += [f"--{name.replace('_', '-')}", str(value)]
    stub = subprocess.Popen(
        [sys.executable, "-m", "bench.stub", *arguments],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    os.sched_setaffinity(stub.pid, {cores()[1]})
    with _ended(stub):
        yield stub


@contextmanager
def _bot(bot: Bot, environment: Environment, log: Path) -> Iterator["subprocess.Popen[bytes]"]:
    inherited = {name: value for name, value in os.environ.items() if not name.startswith(("MULAKAT_", "BENCH_"))}
    with log.open("wb") as out:
        process = subprocess.Popen(
            [sys.executable, *bot.command], cwd=ROOT, env=inherited | environment, stdout=out, stderr=out
        )
    os.sched_setaffinity(process.pid, {cores()[0]})
    with _ended(process):
        yield process


@contextmanager
def _ended(process: "subprocess.Popen[Any]") -> Iterator[None]:
    with process:
        try:
            yield
        finally:
            process.terminate()
            try:
                process.wait(ENDING)
            except subprocess.TimeoutExpired:
                process.kill()


def cpu_seconds(process: int) -> float:
    """Of all its threads, in user and kernel mode: https://man7.org/linux/man-pages/man5/proc_pid_stat.5.html"""
    fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / TICK


def megabytes(process: int) -> float:
    """What it holds in memory."""
    pages = int(Path(f"/proc/{process}/statm").read_text().split()[1])
    return round(pages * PAGE / 1e6, 1)
