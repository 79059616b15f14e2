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

import numpy as np
from scipy.optimize import minimize
from walk_accuracy_page import page

from roxham.walk.ours import bands
from roxham.walk.ours_ground import given, ground
from roxham.walk.ours_memory import LAG, View, informed
from roxham.walk.ours_pull import Parameters, blind, drawn, read_parameters, tilted
from roxham.walk.ours_score import ard, baselines, coverage, from_table
from roxham.walk.read import read_folder
from roxham.walk.series import observed_table

POWER = 2.0  # of distance in the walks: gravity's, not fitted
POWERS = (1.2, 1.6, 2.0, 2.4)  # tried to see what fitting it as well would give
MEMORY = (300.0, 1000.0, 3000.0)
BY_MAP = (0.3, 1.0, 3.0, 10.0, 30.0)
SPREADS = (0.15, 0.2, 0.3, 0.4, 0.5, 0.6, 0.8, 1.0, 1.2)
PENALTY = 0.003  # on the squares of the two log weights
DRAWS = 200
START = dataclasses.replace(read_parameters(), opened_late=0.0, shared_country=0.0, by_share=0.1)
YAML = Path(__file__).parents[1] / "src" / "roxham" / "walk" / "ours.yaml"


def say(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


class Case:
    """A folder with all that does not depend on what is fitted."""

    def __init__(self, path: Path) -> None:
        self.name = path.name
        self.folder = read_folder(path)
        self.counted = observed_table(self.folder).people
        self.told = given(self.folder)
        self.ground = ground(self.folder)
        self.view = View(self.folder)
        self.drawn = {power: drawn(self.ground, self.told, power) for power in POWERS}

    def blind(self, fitted: Parameters, *, capacities: bool = False) -> np.ndarray:
        share = tilted(self.ground, self.drawn[fitted.distance_power], fitted, capacities=capacities)
        return blind(self.ground, self.told, share)

    def informed(self, fitted: Parameters, unseen: np.ndarray) -> np.ndarray:
        return informed(self.view, self.told.total, unseen, fitted)

    def ages(self) -> np.ndarray:
        out = np.full(self.counted.shape, np.inf)
        for day in range(LAG, len(out)):
            when = self.view.on(day - LAG).day
            out[day] = np.where(np.isfinite(when), day - when, np.inf)
        return out

    def error(self, fitted: Parameters) -> float:
        return ard(self.blind(fitted), self.counted)


def fit_pull(cases: list[Case], power: float) -> tuple[float, Parameters]:
    """Fit the two log weights for one power of distance: the mean error over cases, with a penalty."""

    def with_weights(weights: np.ndarray) -> Parameters:
        return dataclasses.replace(START, distance_power=power, opened_late=float(weights[0]),
                                   shared_country=float(weights[1]))

    def loss(weights: np.ndarray) -> float:
        return float(np.mean([one.error(with_weights(weights)) for one in cases]) + PENALTY * np.sum(weights**2))

    best = minimize(loss, [0.0, 0.0], method="Nelder-Mead",
                    options={"maxfev": 80, "xatol": 0.01, "fatol": 2e-4,
                             "initial_simplex": [[0.0, 0.0], [0.7, 0.0], [0.0, 0.7]]})
    return float(best.fun), with_weights(np.round(best.x, 3))


def fit(cases: list[Case]) -> Parameters:
    """Fit everything but the spreads on some cases."""
    fitted = fit_pull(cases, POWER)[1]
    unseen = [one.blind(fitted) for one in cases]
    tried = []
    for memory in MEMORY:
        for by_map in BY_MAP:
            trial = dataclasses.replace(fitted, memory_days=memory, by_map=by_map)
            errors = [ard(one.informed(trial, known), one.counted, since=LAG)
                      for one, known in zip(cases, unseen, strict=True)]
            tried.append((float(np.mean(errors)), trial))
    return min(tried, key=lambda found: found[0])[1]


def cover(case: Case, central: np.ndarray, age: np.ndarray, fitted: Parameters, since: int) -> dict[int, float]:
    counts = bands(central, age, case.told.first, fitted, draws=DRAWS, seed=1)
    return coverage(counts, case.counted, since=since)


def leave_one_out(cases: list[Case]) -> list[dict[str, object]]:
    """Return a row for each case, predicted with what was fitted on the others."""
    rows: list[dict[str, object]] = []
    free: list[float] = []
    blinds, informeds, fits = [], [], []
    for case in cases:
        others = [one for one in cases if one is not case]
        fitted = fit(others)
        free.append(case.error(min((fit_pull(others, power) for power in POWERS), key=lambda found: found[0])[1]))
        fits.append(fitted)
        blinds.append(case.blind(fitted))
        informeds.append(case.informed(fitted, blinds[-1]))
        say(f"{case.name:16} {ard(blinds[-1], case.counted):.3f} {ard(informeds[-1], case.counted, since=LAG):.3f}")
    never = [np.full(case.counted.shape, np.inf) for case in cases]
    ages = [case.ages() for case in cases]
    first = choose(cases, fits, blinds, never, "spread", 0)
    fits = [dataclasses.replace(one, spread=value) for one, value in zip(fits, first, strict=True)]
    second = choose(cases, fits, informeds, ages, "spread_informed", LAG)
    fits = [dataclasses.replace(one, spread_informed=value) for one, value in zip(fits, second, strict=True)]
    for number, case in enumerate(cases):
        rows.append(row_of(case, fits[number], blinds[number], informeds[number], never[number], ages[number]))
        rows[-1]["free"] = free[number]
        rows[-1]["cover"] = cover(case, blinds[number], never[number], fits[number], 0)
        rows[-1]["cover_informed"] = cover(case, informeds[number], ages[number], fits[number], LAG)
    return rows


def choose(cases: list[Case], fits: list[Parameters], paths: list[np.ndarray], ages: list[np.ndarray], name: str,
           since: int) -> list[float]:
    """Return for each case the spread whose 80 % bands cover 80 % of the other cases, whose own fits left them out."""
    table = np.array([[cover(case, path, age, dataclasses.replace(fitted, **{name: spread}), since)[80]
                       for spread in SPREADS]
                      for case, fitted, path, age in zip(cases, fits, paths, ages, strict=True)])
    kept = ~np.eye(len(cases), dtype=bool)
    found = [SPREADS[int(np.argmin(np.abs(table[others].mean(axis=0) - 0.8)))] for others in kept]
    say(f"{name}: coverage by spread {dict(zip(SPREADS, table.mean(axis=0).round(2).tolist(), strict=True))} {found}")
    return found


def row_of(case: Case, fitted: Parameters, unseen: np.ndarray, known: np.ndarray, never: np.ndarray,
           age: np.ndarray) -> dict[str, object]:
    roomy = case.blind(fitted, capacities=True)
    own = case.error(fit_pull([case], POWER)[1])
    mean = (case.counted / np.maximum(case.counted.sum(axis=1, keepdims=True), 1.0)).mean(axis=0)
    total = case.counted.sum(axis=1, keepdims=True)
    return {
        "case": case.name, "ard": ard(unseen, case.counted), "ard_capacities": ard(roomy, case.counted),
        "informed": ard(known, case.counted, since=LAG),
        "informed_capacities": ard(case.informed(fitted, roomy), case.counted, since=LAG),
        "by_table": ard(from_table(case.counted, unseen, fitted), case.counted, since=LAG),
        **baselines(case.folder, case.counted, unseen), "own_fit": own,
        "static": ard(total * mean, case.counted), "fitted": fitted,
    }


def recorded(path: Path) -> dict[str, float]:
    """Read Flee's error from the file of recorded runs, where there is one."""
    if not path.exists():
        return {}
    with path.open(encoding="utf-8") as lines:
        return {row["case"].removeprefix("validation/"): float(row["flee_N"])
                for row in csv.DictReader(lines) if row["case"].startswith("validation/")}


def write_parameters(cases: list[Case], rows: list[dict[str, object]]) -> None:
    """Write the fit on all cases, with the middle of the spreads that were chosen with a case left out."""
    fitted = fit(cases)
    spreads = {name: float(np.median([getattr(row["fitted"], name) for row in rows]))
               for name in ("spread", "spread_informed")}
    fitted = dataclasses.replace(fitted, **spreads)
    text = YAML.read_text(encoding="utf-8").split("parameters:")[0]
    values = "".join(f"  {name}: {value:g}\n" for name, value in dataclasses.asdict(fitted).items())
    YAML.write_text(f"{text}parameters:\n{values}", encoding="utf-8")
    say(f"in sample {({one.name: round(one.error(fitted), 3) for one in cases})} {fitted}")


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("cases", type=Path)
    parser.add_argument("--out", type=Path)
    parser.add_argument("--fit", action="store_true", help="write the parameters into the package")
    asked = parser.parse_args()
    cases = [Case(path) for path in sorted(asked.cases.iterdir()) if (path / "input_csv").is_dir()]
    rows = leave_one_out(cases)
    if asked.fit:
        write_parameters(cases, rows)
    text = page(rows, recorded(asked.cases.parent / "naive.csv"))
    say(text)
    if asked.out:
        asked.out.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
