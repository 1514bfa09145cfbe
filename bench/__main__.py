"""`make bench`: every scenario with both bots in turn, and a table of what came of it."""

import argparse
import json
import statistics
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, replace
from pathlib import Path

from bench.crowd import Load
from bench.race import FIRST_ROW, PRODUCT, Run, Scenario, run

# A chat that nobody knows may cause 400 SMS an hour (visits/otp.py), so that no run has more than 400 visitors.
# They come in while the first of them walk through the form, so that at any moment every question is asked.
PACED = Load(at_once=100, think=1.0, ramp=17.0, warm=20.0, seconds=20.0)

SCENARIOS = (
    Scenario("saturated", Load(warm=0.5)),
    Scenario("100 a second", PACED),
    Scenario("100 a second, 1 letter in 20 takes 2 s", replace(PACED, slow_every=20), mail_takes=2.0, letters=True),
    Scenario("100 a second, each letter takes 2 s", replace(PACED, slow_every=1), mail_takes=2.0, letters=True),
    Scenario("saturated, a million visits before", Load(warm=0.5), history=1_000_000),
    Scenario("saturated, 50 ms to Telegram", Load(warm=0.5), round_trip=0.05),
)

BUSY = 0.85  # of its core: then the stub is measured, and not the bot

COLUMNS = ("updates/s", "CPU us", "MB", "p50 ms", "p99 ms", "felt p99", "calls", "SMS p99", "mail p99")


def main() -> None:
    parser = argparse.ArgumentParser(prog="make bench", description=__doc__)
    parser.add_argument("--rounds", type=int, default=1, help="of each scenario; the table shows medians")
    parser.add_argument("--only", default="", help="part of the scenarios' names")
    parser.add_argument("--json", type=Path, help="append every run to this file, a line each")
    given = parser.parse_args()
    for scenario in [one for one in SCENARIOS if given.only in one.name]:
        runs: dict[str, list[Run]] = {FIRST_ROW.name: [], PRODUCT.name: []}
        for number in range(given.rounds):
            bots = (FIRST_ROW, PRODUCT)
            for bot in bots[:: 1 if number % 2 == 0 else -1]:  # whatever the machine does meanwhile meets both
                done = run(bot, scenario)
                runs[bot.name].append(done)
                if given.json:
                    keep(done, given.json)
        print(table(scenario, runs), flush=True)


def keep(done: Run, path: Path) -> None:
    with path.open("a") as file:
        file.write(json.dumps(asdict(done)) + "\n")


# ---------------------------------------------------------------- the table


def table(scenario: Scenario, runs: Mapping[str, Sequence[Run]]) -> str:
    lines = [f"{scenario.name:<40}" + "".join(f"{name:>11}" for name in COLUMNS)]
    lines += [f"  {name:<38}" + "".join(f"{shown(value):>11}" for value in row(mine)) for name, mine in runs.items()]
    lines.append(f"  {'product : first row':<38}{times(runs, rate):>10.2f}x{1 / times(runs, cpu):>10.2f}x")
    odd: Counter[str] = Counter()
    for name, mine in runs.items():
        for one in mine:
            odd.update({f"{name}: {what}": count for what, count in one.figures["odd"].items()})
            odd[f"{name}: the stub was the slower side"] += int(one.figures["stub_busy"] > BUSY)
    lines += [f"  ! {count} times {what}" for what, count in odd.most_common(8) if count]
    return "\n".join(lines) + "\n"


def rate(run: Run) -> float:
    return float(run.figures["per_second"])


def cpu(run: Run) -> float:
    return run.cpu


def times(runs: Mapping[str, Sequence[Run]], which: Callable[[Run], float]) -> float:
    """How many times the first row's figure the product's is."""
    usual, ours = ([which(one) for one in runs[bot.name]] for bot in (FIRST_ROW, PRODUCT))
    return statistics.median(ours) / statistics.median(usual)


def row(runs: Sequence[Run]) -> tuple[float | None, ...]:
    def middle(which: Callable[[Run], float | None]) -> float | None:
        return median([which(run) for run in runs])

    return (
        middle(rate),
        middle(cpu),
        middle(lambda run: run.memory),
        middle(lambda run: run.figures["answered"][0]),
        middle(lambda run: run.figures["answered"][1]),
        middle(lambda run: run.figures["felt"][1]),
        middle(lambda run: sum(run.figures["calls"].values()) / max(1, run.figures["answers"])),
        middle(lambda run: run.figures["codes"]["sms"][1]),
        middle(lambda run: run.figures["codes"]["email"][1]),
    )


def median(values: Sequence[float | None]) -> float | None:
    there = [value for value in values if value is not None]
    return statistics.median(there) if there else None


def shown(value: float | None) -> str:
    if value is None:
        return "-"
    return f"{value:,.0f}" if value >= 100 else f"{value:.1f}"


if __name__ == "__main__":
    main()
