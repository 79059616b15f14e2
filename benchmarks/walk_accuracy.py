"""How well the mode `roxham` of a walk does on conflicts that it was not fitted on.

    python benchmarks/walk_accuracy.py CASES [--out docs/trust/walk.md] [--fit]

CASES is a folder of walk folders; a file `naive.csv` beside it gives Flee's recorded error (column flee_N). Each case
is left out in turn: parameters are fitted on the others, the case is predicted and scored. With `--fit`, the
parameters fitted on all cases are written into the package.
"""

from __future__ import annotations

import argparse
import csv
import dataclasses
import sys
from pathlib import Path

from walk_accuracy_page import page

from roxham.walk.ours_fit import Conflict, fit_pull, leave_one_out, read_conflicts
from roxham.walk.ours_pull import Parameters

POWERS = (1.2, 1.6, 2.0, 2.4)  # of distance, tried to see what fitting it as well would give
YAML = Path(__file__).parents[1] / "src" / "roxham" / "walk" / "ours.yaml"


def say(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


def otherwise(cases: list[Conflict]) -> dict[str, dict[str, float]]:
    """Return each case's error with weights fitted in other ways on the others: the power of distance as well, and by
    likelihood instead of by the measure itself."""
    found: dict[str, dict[str, float]] = {}
    for case in cases:
        others = [one for one in cases if one is not case]
        free = min((fit_pull(others, power) for power in POWERS), key=lambda one: one[0])[1]
        likely = fit_pull(others, by="likelihood")[1]
        found[case.name] = {"free": case.error(free), "likely": case.error(likely)}
    return found


def recorded(path: Path) -> dict[str, float]:
    """Read Flee's error from the file of recorded runs, where there is one."""
    if not path.exists():
        return {}
    with path.open(encoding="utf-8") as lines:
        return {row["case"].removeprefix("validation/"): float(row["flee_N"])
                for row in csv.DictReader(lines) if row["case"].startswith("validation/")}


def write_into_package(fitted: Parameters) -> None:
    text = YAML.read_text(encoding="utf-8").split("parameters:")[0]
    values = "".join(f"  {name}: {value:g}\n" for name, value in dataclasses.asdict(fitted).items())
    YAML.write_text(f"{text}parameters:\n{values}", encoding="utf-8")


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("cases", type=Path)
    parser.add_argument("--out", type=Path)
    parser.add_argument("--fit", action="store_true", help="write the parameters into the package")
    asked = parser.parse_args()
    cases = read_conflicts(asked.cases)
    found, fitted = leave_one_out(cases, progress=lambda done, total: say(f"{done} of {total} left out"))
    if asked.fit:
        write_into_package(fitted)
    ways = otherwise(cases)
    rows = [{**dataclasses.asdict(one), **one.baselines, **ways[one.case], "fitted": one.fitted} for one in found]
    text = page(rows, recorded(asked.cases.parent / "naive.csv"))
    say(text)
    if asked.out:
        asked.out.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
