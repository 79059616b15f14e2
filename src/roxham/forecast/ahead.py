"""A forecast: what the counts known on a day say about the months to come, with a warning in each series.

`forecast` is the door for scripts and for the command line. Everything is pseudo-real-time (see `vintage`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from roxham.errors import EvidenceError, Problem, did_you_mean
from roxham.forecast.alarms import AHEAD, THRESHOLD, chance_of_rise
from roxham.forecast.baselines import REFERENCE, Naive
from roxham.forecast.ensemble import ENSEMBLE, HORIZONS, Ensemble, cell_models, read_past
from roxham.forecast.entries import entries
from roxham.forecast.joint import quantiles_of, series_of
from roxham.forecast.newer import Newer
from roxham.forecast.outside import missing
from roxham.forecast.vintage import FEWEST, View, as_of, published

__all__ = ["EarlyWarning", "Forecast", "every_series", "first_day", "forecast", "latest_day"]

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class EarlyWarning:
    """The chance that a series rises by more than half in three months, and whether that is an alarm."""

    series: str
    chance: float
    alarm: bool


@dataclass(frozen=True)
class Forecast:
    """Quantiles by series and month (persons a month), known to the day.

    `months` are the targets, the first ones months already past whose counts were not published (horizon 0 is the month
    of the day). `draws[series]` has shape (draws, months) and parts add up to wholes in every draw; `baseline` holds
    the quantiles of the seasonal log random walk. `known` are the counts published by the day.
    """

    case: str
    day: date
    model: str
    last: str
    months: tuple[str, ...]
    horizons: tuple[int, ...]
    draws: Mapping[str, Floats]
    baseline: Mapping[str, Floats]
    known: Mapping[str, Mapping[str, float]]
    warnings: tuple[EarlyWarning, ...]
    weights: Mapping[str, tuple[float, float]]
    missing: tuple[str, ...]

    def quantiles(self, series: str) -> Floats:
        """The 23 quantiles of a series, shape (months, 23)."""
        return quantiles_of(self.draws[series])


def latest_day(case: str | Path, newer: Newer | None = None) -> date:
    """Give the first day on which all that the files hold, and a newer one, counts as published."""
    return published(as_of(case, date(9999, 12, 31), newer=newer.rows if newer else ()).last)


def first_day(case: str | Path) -> date:
    """Give the first day from which a forecast can be made: two years of counts were published.

    >>> first_day("canada_us")
    datetime.date(2017, 2, 15)
    """
    return published(as_of(case, date(9999, 12, 31)).months[FEWEST - 1])


def every_series(case: str | Path) -> tuple[str, ...]:
    """List the series ids that can be forecast.

    >>> every_series("canada_us")[0], len(every_series("canada_us"))
    ('claims/QC/land_border', 14)
    """
    view = as_of(case, date(9999, 12, 31))
    places = (view.design.entries.province, view.design.series.whole)
    return (*series_of(view, view.counts), *(f"entries/{place}/irregular" for place in places))


def forecast(
    case: str | Path = "canada_us",
    *,
    as_of_day: date | None = None,
    series: Sequence[str] | None = None,
    horizon: int = HORIZONS,
    lag_days: int | None = None,
    newer: Newer | None = None,
) -> Forecast:
    """Forecast monthly counts from what was known on a day.

    Args:
        as_of_day: the day; when not given, the day on which the last month of the files counts as published.
        series: ids such as `claims/QC/land_border`; every one when not given.
        horizon: months after the month of the day, 1 to 12.
        lag_days: another delay of publication than the house rule, 30 to 90 days.
        newer: a newer file of the same counts, as `read_newer` reads it: it comes after the case's own.

    Raises EvidenceError for an unknown series, a horizon outside 1 to 12, or too little known.
    """
    if not 1 <= horizon <= HORIZONS:
        raise EvidenceError(f"a horizon is 1 to {HORIZONS} months, not {horizon}")
    named = every_series(case)
    wanted = tuple(series or named)
    raise_unknown(wanted, named)
    rows = newer.rows if newer else ()
    view = as_of(case, as_of_day or latest_day(case, newer), lag_days=lag_days, newer=rows)
    leads = view.leads(HORIZONS)
    stacked = Ensemble(cell_models(), read_past(case))
    drawn = dict(stacked.predict(view, leads))
    drawn |= entries(view, drawn)
    naive = dict(Naive(REFERENCE).predict(view, leads))
    shown = view.leads(horizon)
    now = view.leads(0) - 1
    weights = stacked.weights(view, leads)
    return Forecast(
        case=str(case), day=view.day, model=ENSEMBLE, last=view.last,
        months=tuple(view.target(k) for k in range(1, shown + 1)),
        horizons=tuple(range(horizon - shown + 1, horizon + 1)),
        draws={name: drawn[name][:, :shown] for name in wanted},
        baseline={name: quantiles_of(naive[name])[:shown] for name in wanted if name in naive},
        known=_known(view, wanted),
        warnings=tuple(_warning(name, drawn[name], now) for name in wanted),
        weights={one.name: (float(weights[0, k]), float(weights[-1, k])) for k, one in enumerate(stacked.models)},
        missing=missing(),
    )  # fmt: skip


def raise_unknown(wanted: Sequence[str], named: Sequence[str]) -> None:
    """Raise EvidenceError with every name that is not a series of the forecast."""
    problems = [
        Problem(f'"{name}" is not a series that is forecast', hint=did_you_mean(name, named))
        for name in wanted if name not in named
    ]  # fmt: skip
    if problems:
        raise EvidenceError(problems)


def _warning(name: str, draws: Floats, now: int) -> EarlyWarning:
    chance = chance_of_rise(draws, now) if now + AHEAD < draws.shape[1] else float("nan")
    return EarlyWarning(name, chance, chance >= THRESHOLD)


def _known(view: View, wanted: Sequence[str]) -> dict[str, dict[str, float]]:
    """The counts published by the day, by series and month."""
    table = dict(series_of(view, view.counts))
    table[f"claims/{view.design.series.whole}/total"] = view.whole
    table |= {f"entries/{place}/irregular": values for place, values in view.entries.items()}
    return {
        name: {month: float(v) for month, v in zip(view.months, table[name], strict=True) if np.isfinite(v)}
        for name in wanted
    }


