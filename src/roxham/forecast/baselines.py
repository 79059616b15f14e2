"""Naive forecasts: what every score stands beside.

The reference is the log random walk with seasonality and drift. The last value (with all past changes, and with those
of ordinary months only) and last year's month stand beside it: a reference that is easy to beat flatters a model.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from roxham.forecast.joint import series_of, spread_out
from roxham.forecast.regimes import SCORES, to_logs
from roxham.forecast.vintage import View

__all__ = ["BASELINES", "REFERENCE", "Naive"]

Floats = NDArray[np.float64]
NaiveName = Literal["last_value", "steady_value", "seasonal_naive", "seasonal_walk"]
REFERENCE: NaiveName = "seasonal_walk"
_YEAR = 12


@dataclass(frozen=True)
class Naive:
    """A forecast of each series from its own history, sums included; it knows of no rule of travel.

    >>> from datetime import date
    >>> from roxham.forecast.vintage import as_of
    >>> Naive("last_value").predict(as_of("canada_us", date(2020, 1, 31)), 3)["claims/CA/total"].shape
    (800, 3)
    """

    name: NaiveName

    def predict(self, view: View, leads: int) -> Mapping[str, Floats]:
        """Draws of counts by series id, each of shape (draws, leads)."""
        series = series_of(view, view.history)
        logs = to_logs(np.array(list(series.values())).T)
        quantiles = self.quantiles(logs, int(view.last[5:7]), leads)
        return {name: spread_out(quantiles[:, k]) for k, name in enumerate(series)}

    def quantiles(self, logs: Floats, month: int, leads: int) -> Floats:
        """Log quantiles, shape (leads, series, 23), from log counts (months x series) that end in a calendar month."""
        middle, spread = {
            "last_value": _last_value, "steady_value": _steady_value,
            "seasonal_naive": _seasonal_naive, "seasonal_walk": _seasonal_walk,
        }[self.name](logs, month, leads)  # fmt: skip
        return np.asarray(middle[..., None] + spread[..., None] * SCORES, dtype=np.float64)


def _root(leads: int) -> Floats:
    return np.sqrt(np.arange(1, leads + 1))[:, None]


def _last_value(logs: Floats, _month: int, leads: int) -> tuple[Floats, Floats]:
    """The last level stays; the spread grows with the root of time."""
    spread = np.diff(logs, axis=0).std(axis=0, ddof=1)
    return np.broadcast_to(logs[-1], (leads, logs.shape[1])), spread * _root(leads)


def _steady_value(logs: Floats, _month: int, leads: int) -> tuple[Floats, Floats]:
    """The last level stays; the spread is that of ordinary months (1.48 x the median change)."""
    spread = 1.4826 * np.median(np.abs(np.diff(logs, axis=0)), axis=0)
    return np.broadcast_to(logs[-1], (leads, logs.shape[1])), spread * _root(leads)


def _seasonal_naive(logs: Floats, _month: int, leads: int) -> tuple[Floats, Floats]:
    """The same month of the last year known, with the spread of past changes over a year."""
    back = [-_YEAR + k % _YEAR for k in range(leads)]
    spread = (logs[_YEAR:] - logs[:-_YEAR]).std(axis=0, ddof=1)
    years = np.array([np.sqrt(1 + k // _YEAR) for k in range(leads)])[:, None]
    return logs[back], spread * years


def _seasonal_walk(logs: Floats, month: int, leads: int) -> tuple[Floats, Floats]:
    """A log random walk: drift is the mean monthly change, each calendar month has its own, normal errors."""
    steps = np.diff(logs, axis=0)
    drift = steps.mean(axis=0)
    calendar = (month - 1 - np.arange(len(steps))[::-1]) % _YEAR
    usual = np.array([steps[calendar == m].mean(axis=0) for m in range(_YEAR)])
    spread = (steps - usual[calendar]).std(axis=0, ddof=1)
    season = usual - usual.mean(axis=0)
    ahead = [(month - 1 + k) % _YEAR for k in range(1, leads + 1)]
    return logs[-1] + np.cumsum(drift + season[ahead], axis=0), spread * _root(leads)


BASELINES: tuple[Naive, ...] = (
    Naive("seasonal_walk"), Naive("last_value"), Naive("steady_value"), Naive("seasonal_naive"),
)
