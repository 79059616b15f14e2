"""Rolling origins: forecast from what was known at each month's end, and score against what came.

Every origin is handed its own as-of view. The ensemble of an origin weighs models by scores whose outcome was published
by then. All of it is pseudo-real-time: the files hold one vintage (see `vintage`).
"""

from __future__ import annotations

import calendar
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, ProcessPoolExecutor, wait
from dataclasses import dataclass
from datetime import date
from multiprocessing import get_context
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from roxham.errors import EvidenceError
from roxham.evidence.tables import months
from roxham.forecast.alarms import chance_of_rise
from roxham.forecast.baselines import BASELINES
from roxham.forecast.ensemble import ENSEMBLE, HORIZONS, Ensemble, PastScore, cell_models
from roxham.forecast.joint import Model, couple, quantiles_of, series_of
from roxham.forecast.models import CellModel
from roxham.forecast.regimes import LEVELS, Prepared, apply, prepare, to_logs
from roxham.forecast.score import crps, wis
from roxham.forecast.vintage import View, as_of, later_month

__all__ = ["FIRST", "LAST", "Backtest", "backtest", "month_end", "outcomes"]

Floats = NDArray[np.float64]
Progress = Callable[[int, int], None]
FIRST, LAST = "2018-01", "2025-01"
#: A day after every file: the outcomes are all that was ever published.
EVER = date(9999, 12, 31)


@dataclass(frozen=True)
class Backtest:
    """Forecasts and outcomes: `quantiles` models x origins x horizons x series x 23, `observed` without models (NaN).

    `crps` goes with them; `rise[model, origin, series]` is the chance, seen from the origin, that the count three
    months on is more than half as large again as in the month of the origin.
    """

    models: tuple[str, ...]
    origins: tuple[str, ...]
    series: tuple[str, ...]
    quantiles: Floats
    observed: Floats
    crps: Floats
    rise: Floats
    past: tuple[PastScore, ...]
    months: tuple[str, ...]
    counts: Floats

    def of(self, model: str) -> int:
        """Position of a model."""
        return self.models.index(model)


@dataclass(frozen=True)
class _Origin:
    """What one origin gives: cell quantiles of the members, and what every model alone said of the series."""

    prepared: Prepared
    cells: Floats
    alone: dict[str, tuple[Floats, Floats, Floats]]


def month_end(month: str) -> date:
    """Give the last day of a month.

    >>> month_end("2024-02")
    datetime.date(2024, 2, 29)
    """
    year, number = int(month[:4]), int(month[5:7])
    return date(year, number, calendar.monthrange(year, number)[1])


def outcomes(case: str | Path) -> tuple[tuple[str, ...], dict[str, Floats]]:
    """Give every count ever published: the months, and counts by series id."""
    view = as_of(case, EVER)
    found = dict(series_of(view, view.counts))
    found[f"claims/{view.design.series.whole}/total"] = view.whole
    return view.months, found


def backtest(
    case: str | Path = "canada_us",
    *,
    first: str = FIRST,
    last: str = LAST,
    members: Sequence[CellModel] | None = None,
    others: Sequence[Model] = (),
    lag_days: int | None = None,
    every: int = 1,
    jobs: int = 1,
    progress: Progress | None = None,
) -> Backtest:
    """Forecast from every month's end between two months (or every so many months) and set the outcomes beside it.

    Args:
        members: models of cells, in the ensemble and alone; every one that can run here when not given.
        others: further models, scored alone (the corridor, a user's own).
        lag_days: another delay of publication than the house rule, 30 to 90 days.
        every: months from one origin to the next.
        jobs: processes that share the origins; the result is the same.
        progress: called with (origins done, origins in all).

    Raises EvidenceError when an origin knows fewer than two years.
    """
    chosen = tuple(members) if members is not None else cell_models()
    origins = months(first, last)[::every]
    held, counts = outcomes(case)
    task = _Task(str(case), chosen, (*BASELINES, *others), lag_days)
    done: dict[str, _Origin] = {}
    for month, found in _each(task, origins, jobs):
        done[month] = found
        if progress is not None:
            progress(len(done), len(origins))
    past = _past(chosen, origins, done, held, as_of(case, EVER))
    return _gather(task, origins, done, past, held, counts)


@dataclass(frozen=True)
class _Task:
    case: str
    members: tuple[CellModel, ...]
    alone: tuple[Model, ...]
    lag_days: int | None

    def view(self, month: str) -> View:
        return as_of(self.case, month_end(month), lag_days=self.lag_days)

    def run(self, month: str) -> _Origin:
        view = self.view(month)
        leads = view.leads(HORIZONS)
        prepared = prepare(view, leads)
        cells = np.array([apply(prepared, one.quantiles(view, prepared, leads)) for one in self.members])
        seen = outcomes(self.case)
        said = {one.name: one.predict(view, leads) for one in self.alone}
        for member, logs in zip(self.members, cells, strict=True):
            said[member.name] = series_of(view, couple(logs, prepared))
        return _Origin(prepared, cells, {name: _reduced(series, month, *seen) for name, series in said.items()})


def _reduced(
    series: Mapping[str, Floats], month: str, held: tuple[str, ...], counts: Mapping[str, Floats]
) -> tuple[Floats, Floats, Floats]:
    """Of draws by series: quantiles (horizons x series x 23), CRPS against the outcomes, and the chance of a rise."""
    draws = np.array([series[name] for name in counts]).transpose(1, 2, 0)
    ahead = draws[:, -HORIZONS:]
    seen = _seen(month, held, counts)
    rise = [chance_of_rise(draws[:, -HORIZONS - 1 :, k], 0) for k in range(draws.shape[2])]
    return quantiles_of(ahead), crps(ahead, seen), np.array(rise)


def _seen(month: str, held: tuple[str, ...], counts: Mapping[str, Floats]) -> Floats:
    """Outcomes of the months after an origin: horizons x series, NaN where none was published."""
    out = np.full((HORIZONS, len(counts)), np.nan)
    for h in range(HORIZONS):
        target = later_month(month, h + 1)
        if target in held:
            out[h] = [values[held.index(target)] for values in counts.values()]
    return out


# The task of a worker process: set once by `_start`.
_TASK: list[_Task] = []


def _start(task: _Task) -> None:
    import signal

    signal.signal(signal.SIGINT, signal.SIG_IGN)
    _TASK[:] = [task]


def _work(month: str) -> _Origin:
    return _TASK[0].run(month)


def _each(task: _Task, origins: Sequence[str], jobs: int) -> Iterator[tuple[str, _Origin]]:
    if jobs == 1:
        for month in origins:
            yield month, task.run(month)
        return
    pool = ProcessPoolExecutor(jobs, mp_context=get_context("spawn"), initializer=_start, initargs=(task,))
    try:
        waiting = {pool.submit(_work, month): month for month in origins}
        while waiting:
            finished, _ = wait(waiting, return_when=FIRST_COMPLETED)
            for future in finished:
                yield waiting.pop(future), future.result()
    finally:
        pool.shutdown(wait=True, cancel_futures=True)


def _past(
    members: Sequence[CellModel], origins: Sequence[str], done: Mapping[str, _Origin], held: tuple[str, ...], ever: View
) -> tuple[PastScore, ...]:
    """The mean log score over cells of every member, origin and horizon."""
    logs = to_logs(ever.counts)
    rows: list[PastScore] = []
    for k, member in enumerate(members):
        for month in origins:
            scores = []
            for h in range(HORIZONS):
                target = later_month(month, h + 1)
                quantiles = done[month].cells[k][h - HORIZONS]
                seen = target in held
                scores.append(float(wis(quantiles, logs[held.index(target)], LEVELS).mean()) if seen else float("nan"))
            rows.append(PastScore(member.name, month, tuple(scores)))
    return tuple(rows)


def _gather(
    task: _Task, origins: Sequence[str], done: Mapping[str, _Origin], past: tuple[PastScore, ...],
    held: tuple[str, ...], counts: Mapping[str, Floats],
) -> Backtest:  # fmt: skip
    """Put the ensemble and every model alone beside the outcomes."""
    stacked = Ensemble(task.members, past)
    names = [ENSEMBLE, *(one.name for one in task.members), *(one.name for one in task.alone)]
    if len(set(names)) < len(names):
        raise EvidenceError(f"two models share a name: {', '.join(names)}")
    by_model: dict[str, list[tuple[Floats, Floats, Floats]]] = {name: [] for name in names}
    for month in origins:
        view, one = task.view(month), done[month]
        drawn = series_of(view, couple(stacked.mix(view, one.cells), one.prepared))
        for name, found in {ENSEMBLE: _reduced(drawn, month, held, counts), **one.alone}.items():
            by_model[name].append(found)
    parts = [np.array([[row[part] for row in by_model[name]] for name in names]) for part in range(3)]
    observed = np.array([_seen(month, held, counts) for month in origins])
    known = (held, np.array(list(counts.values())))
    return Backtest(tuple(names), tuple(origins), tuple(counts), parts[0], observed, parts[1], parts[2], past, *known)
