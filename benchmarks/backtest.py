"""Speed of the forecast: the whole backtest and one forecast, against their limits.

    python benchmarks/backtest.py            # every origin, some minutes
    python benchmarks/backtest.py --short    # a year of origins

Limits: the backtest of 85 origins in 600 s on two cores, one forecast in 20 s. Prints seconds, and the skill beside its
baseline so that nobody makes it fast by making it worse. Ends with status 1 when a limit is missed.
"""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable
from datetime import date

from roxham.forecast.ahead import forecast
from roxham.forecast.backtest import FIRST, LAST, Backtest, backtest
from roxham.forecast.ensemble import cell_models
from roxham.forecast.report import headline

WHOLE, ONE = 600.0, 20.0


def timed(work: Callable[[], object]) -> tuple[float, object]:
    """Seconds of a piece of work, and what it gave."""
    begun = time.perf_counter()
    made = work()
    return time.perf_counter() - begun, made


def main(arguments: list[str]) -> int:
    short = "--short" in arguments
    first = "2024-02" if short else FIRST
    say = sys.stdout.write
    say(f"models: {', '.join(one.name for one in cell_models())}; {os.cpu_count()} cores\n")
    alone, _ = timed(lambda: forecast(as_of_day=date(2025, 1, 31), series=["claims/QC/land_border"], horizon=6))
    say(f"one forecast: {alone:.1f} s (limit {ONE:.0f} s)\n")
    seconds, result = timed(lambda: backtest(first=first, last=LAST, jobs=2))
    assert isinstance(result, Backtest)
    count = len(result.origins)
    say(f"backtest: {count} origins in {seconds:.0f} s on two processes, {seconds / count:.2f} s each "
        f"(limit {WHOLE:.0f} s for 85)\n")  # fmt: skip
    for line in headline(result):
        if line.label.endswith("1-12"):
            say(f"  {line.label}: WIS {line.wis:,.0f} beside {line.baseline_wis:,.0f}, skill {line.skill:.1%}\n")
    return int(alone > ONE or seconds / count > WHOLE / 85)


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
