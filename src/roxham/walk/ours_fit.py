"""Fit our rule on some conflicts and test it on others: each is left out in turn, beside forecasts without a model.

Fitted are two log weights (what opens late, what shares a country), how old counts are trusted, how growth is shared
out, and the spreads of the bands. The weights are fitted either by the measure itself (`error`) or by the likelihood
of the law that the bands are drawn from: each destination's log share is off by a Student's t (`likelihood`).
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from roxham.errors import Problem, RunError
from roxham.walk.folder import Folder
from roxham.walk.ours import TAILS, ages, bands
from roxham.walk.ours_ground import given, ground
from roxham.walk.ours_memory import LAG, View, informed
from roxham.walk.ours_pull import Parameters, blind, drawn, read_parameters, tilted
from roxham.walk.ours_score import ard, baselines, coverage, from_table
from roxham.walk.read import read_folder
from roxham.walk.series import observed_table

__all__ = ["Conflict", "LeftOut", "fit", "fit_pull", "leave_one_out", "read_conflicts", "write_parameters"]

Real = NDArray[np.float64]
By = Literal["error", "likelihood"]
Progress = Callable[[int, int], None]

POWER = 2.0  # of distance in the walks: gravity's, not fitted
MEMORY = (300.0, 1000.0, 3000.0)
BY_MAP = (0.3, 1.0, 3.0, 10.0, 30.0)
SPREADS = (0.15, 0.2, 0.3, 0.4, 0.5, 0.6, 0.8, 1.0, 1.2)
PENALTY = 0.003  # on the squares of the two log weights
FEWEST_DAYS = 10  # with people, for a destination to enter the likelihood
DRAWS = 200
SIMPLEX = ((0.0, 0.0), (0.7, 0.0), (0.0, 0.7))


class Conflict:
    """A folder with all that does not depend on what is fitted."""

    def __init__(self, folder: Folder) -> None:
        self.folder = folder
        self.name = folder.path.name
        self.counted = observed_table(folder).people
        if not (self.counted.sum(axis=1) > 0).any():
            raise RunError(Problem("nobody was counted in any destination: nothing to fit", file=str(folder.path)))
        self.told, self.ground, self.view = given(folder), ground(folder), View(folder)
        self._drawn: dict[float, Real] = {}

    def blind(self, fitted: Parameters, *, capacities: bool = False) -> Real:
        """Return people by day and destination from the totals and the first day's counts."""
        power = fitted.distance_power
        if power not in self._drawn:
            self._drawn[power] = drawn(self.ground, self.told, power)
        return blind(self.ground, self.told, tilted(self.ground, self._drawn[power], fitted, capacities=capacities))

    def informed(self, fitted: Parameters, unseen: Real) -> Real:
        """Return the same from what had been counted 30 days before each day."""
        return informed(self.view, self.told.total, unseen, fitted)

    @cached_property
    def ages(self) -> Real:
        """How old each destination's last usable count is on each day."""
        return ages(self.view, self.ground, len(self.counted))

    @cached_property
    def never(self) -> Real:
        """The same for who has no count at all."""
        return np.full(self.counted.shape, np.inf)

    def error(self, fitted: Parameters) -> float:
        """Return the measure of the blind prediction."""
        return ard(self.blind(fitted), self.counted)

    def log_errors(self, fitted: Parameters) -> Real:
        """Return by how much each destination's log share is off, the mean over the days on which it has people."""
        both = (self.counted, self.blind(fitted))
        mine, ours = (one / np.maximum(one.sum(axis=1, keepdims=True), 1.0) for one in both)
        kept = (both[0] > 0) & (both[1] > 0)
        found = [np.log(mine[row, place] / ours[row, place]).mean()
                 for place, row in enumerate(kept.T) if row.sum() >= FEWEST_DAYS]
        return np.array(found, dtype=np.float64)


@dataclass(frozen=True)
class LeftOut:
    """One conflict predicted with what was fitted on the others; errors are measure N, `cover` by percent of band."""

    case: str
    fitted: Parameters
    ard: float
    ard_capacities: float
    informed: float
    informed_capacities: float
    by_table: float
    own_fit: float
    static: float
    baselines: dict[str, float]
    cover: dict[int, float]
    cover_informed: dict[int, float]


def read_conflicts(root: str | Path) -> list[Conflict]:
    """Read every folder of a walk under a folder, in the order of names.

    Raises SpecError with the faults of a folder and RunError when fewer than two are found.
    """
    paths = [path for path in sorted(Path(root).iterdir()) if (path / "input_csv").is_dir()] \
        if Path(root).is_dir() else []
    if len(paths) < 2:
        raise RunError(Problem(f"a fit needs two folders of walks or more; {len(paths)} found", file=str(root)))
    return [Conflict(read_folder(path)) for path in paths]


def fit_pull(cases: Sequence[Conflict], power: float = POWER, *, by: By = "error") -> tuple[float, Parameters]:
    """Fit the two log weights for one power of distance, with a penalty; return the loss and the parameters."""
    from scipy.optimize import minimize

    begin = dataclasses.replace(read_parameters(), opened_late=0.0, shared_country=0.0, by_share=0.1)

    def parameters(at: Real) -> Parameters:
        return dataclasses.replace(begin, distance_power=power, opened_late=float(at[0]), shared_country=float(at[1]))

    def loss(at: Real) -> float:
        fitted = parameters(at)
        each = [one.error(fitted) if by == "error" else _surprise(one.log_errors(fitted), float(at[2]))
                for one in cases]
        return float(np.mean(each) + PENALTY * np.sum(at[:2] ** 2))

    simplex = [list(at) for at in SIMPLEX]
    if by == "likelihood":
        simplex = [[*at, -0.5] for at in SIMPLEX] + [[0.0, 0.0, 0.0]]
    best = minimize(loss, simplex[0], method="Nelder-Mead",
                    options={"maxfev": 40 * len(simplex[0]) ** 2 // 2, "xatol": 0.01, "fatol": 2e-4,
                             "initial_simplex": simplex})
    return float(best.fun), parameters(np.round(best.x, 3))


def _surprise(errors: Real, log_spread: float) -> float:
    """Return minus the mean log density of errors under a Student's t of that spread."""
    from scipy.stats import t as student

    if not len(errors):
        return 0.0
    return float(log_spread - student.logpdf(errors / np.exp(log_spread), TAILS).mean())


def fit(cases: Sequence[Conflict], *, by: By = "error") -> Parameters:
    """Fit everything but the spreads on some conflicts."""
    fitted = fit_pull(cases, by=by)[1]
    unseen = [one.blind(fitted) for one in cases]
    tried = []
    for memory in MEMORY:
        for by_map in BY_MAP:
            trial = dataclasses.replace(fitted, memory_days=memory, by_map=by_map)
            errors = [ard(one.informed(trial, known), one.counted, since=LAG)
                      for one, known in zip(cases, unseen, strict=True)]
            tried.append((float(np.nanmean(errors)), trial))
    return min(tried, key=lambda found: found[0])[1]


def leave_one_out(
    cases: Sequence[Conflict], *, by: By = "error", progress: Progress | None = None
) -> tuple[list[LeftOut], Parameters]:
    """Predict each conflict with what the others gave; return a row for each, and the fit on all of them.

    The spreads of the fit on all are the middle of those chosen with one left out. `progress` is called with
    (conflicts done, conflicts in all).
    """
    fits = []
    for number, case in enumerate(cases, start=1):
        fits.append(fit([one for one in cases if one is not case], by=by))
        if progress is not None:
            progress(number, len(cases))
    fits = _with_spreads(cases, fits)
    rows = [_row(case, fitted, by) for case, fitted in zip(cases, fits, strict=True)]
    middle = {name: float(np.median([getattr(one, name) for one in fits])) for name in ("spread", "spread_informed")}
    return rows, dataclasses.replace(fit(cases, by=by), **middle)


def _with_spreads(cases: Sequence[Conflict], fits: list[Parameters]) -> list[Parameters]:
    """Choose for each conflict the spreads whose 80 % bands cover 80 % of the others, whose own fits left them out."""
    paths = [case.blind(fitted) for case, fitted in zip(cases, fits, strict=True)]
    first = _choose(cases, fits, paths, [case.never for case in cases], "spread", 0)
    fits = [dataclasses.replace(one, spread=value) for one, value in zip(fits, first, strict=True)]
    paths = [case.informed(fitted, path) for case, fitted, path in zip(cases, fits, paths, strict=True)]
    second = _choose(cases, fits, paths, [case.ages for case in cases], "spread_informed", LAG)
    return [dataclasses.replace(one, spread_informed=value) for one, value in zip(fits, second, strict=True)]


def _choose(
    cases: Sequence[Conflict], fits: Sequence[Parameters], paths: Sequence[Real], aged: Sequence[Real], name: str,
    since: int,
) -> list[float]:
    table = np.array([
        [_cover(case, path, age, dataclasses.replace(fitted, **{name: spread}), since)[80] for spread in SPREADS]
        for case, fitted, path, age in zip(cases, fits, paths, aged, strict=True)])
    kept = ~np.eye(len(cases), dtype=np.bool_)
    return [SPREADS[int(np.argmin(np.abs(np.nanmean(table[others], axis=0) - 0.8)))] for others in kept]


def _cover(case: Conflict, central: Real, age: Real, fitted: Parameters, since: int) -> dict[int, float]:
    counts = bands(central, age, case.told.first, fitted, draws=DRAWS, seed=1)
    return coverage(counts, case.counted, since=since)


def _row(case: Conflict, fitted: Parameters, by: By) -> LeftOut:
    unseen, roomy = case.blind(fitted), case.blind(fitted, capacities=True)
    known = case.informed(fitted, unseen)
    total = case.counted.sum(axis=1, keepdims=True)
    mean = (case.counted / np.maximum(total, 1.0)).mean(axis=0)
    return LeftOut(
        case=case.name, fitted=fitted, ard=ard(unseen, case.counted), ard_capacities=ard(roomy, case.counted),
        informed=ard(known, case.counted, since=LAG),
        informed_capacities=ard(case.informed(fitted, roomy), case.counted, since=LAG),
        by_table=ard(from_table(case.counted, unseen, fitted), case.counted, since=LAG),
        own_fit=case.error(fit_pull([case], by=by)[1]), static=ard(total * mean, case.counted),
        baselines=baselines(case.folder, case.counted, unseen),
        cover=_cover(case, unseen, case.never, fitted, 0),
        cover_informed=_cover(case, known, case.ages, fitted, LAG),
    )


def write_parameters(fitted: Parameters, path: str | Path, *, conflicts: Sequence[str], by: By = "error") -> Path:
    """Write fitted parameters as the YAML that `roxham walk run --parameters` reads.

    Raises RunError when the file cannot be written.
    """
    target = Path(path)
    lines = ["# Fitted parameters of the mode `roxham` of a walk: `roxham walk fit`.", "fitted:", f"  by: {by}",
             f"  conflicts: [{', '.join(conflicts)}]", "parameters:"]
    lines += [f"  {name}: {value:g}" for name, value in dataclasses.asdict(fitted).items()]
    try:
        target.write_text("\n".join(lines) + "\n", encoding="utf-8", newline="\n")
    except OSError as error:
        raise RunError(Problem(f"cannot be written: {error.strerror}", file=str(target))) from None
    return target
