"""Draws that add up: quantiles of single cells become joint draws, and sums are taken draw by draw.

The quantiles of a cell stay as they are. What the draws add is how cells and months move together: ranks correlated
between cells as past monthly changes were, and between months as a random walk is.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from roxham.forecast.regimes import LEVELS, SCORES, Prepared, to_counts
from roxham.forecast.vintage import REST, View
from roxham.streams import Streams

__all__ = ["DRAWS", "Model", "couple", "quantiles_of", "series_of", "spread_out"]

Floats = NDArray[np.float64]
DRAWS = 800
_SEED = 5
_SHRINK = 0.5  # half of the correlation seen, half of its mean: too few months for 36 correlations


class Model(Protocol):
    """What can forecast: it is handed a view and can reach nothing else."""

    @property
    def name(self) -> str:
        """The name that scores carry."""
        ...

    def predict(self, view: View, leads: int) -> Mapping[str, Floats]:
        """Draws of counts by series id, each of shape (draws, leads), for the months after the last one known."""
        ...


def couple(logs: Floats, prepared: Prepared, *, draws: int = DRAWS) -> Floats:
    """Make joint draws of counts, shape (draws, leads, cells), from log quantiles (leads x cells x 23)."""
    leads, cells, _ = logs.shape
    noise = Streams(seed=_SEED, draw=0).generator("forecast ranks").normal(size=(draws, leads, cells))
    between = np.linalg.cholesky(_correlation(prepared.logs))
    walk = np.cumsum(noise @ between.T, axis=1)
    ranks = walk.argsort(axis=0).argsort(axis=0)
    scores = _scores((ranks + 0.5) / draws)
    out = np.empty_like(scores)
    for k in range(leads):
        for cell in range(cells):
            out[:, k, cell] = _between(scores[:, k, cell], np.maximum.accumulate(logs[k, cell]))
    return to_counts(out)


def spread_out(logs: Floats, *, draws: int = DRAWS) -> Floats:
    """Evenly spread draws of counts, shape (draws, leads), from log quantiles of one series (leads x 23)."""
    scores = _scores((np.arange(draws) + 0.5) / draws)
    return to_counts(np.array([_between(scores, np.maximum.accumulate(row)) for row in logs]).T)


def _scores(shares: Floats) -> Floats:
    from scipy.special import ndtri

    return np.asarray(ndtri(shares), dtype=np.float64)


def _between(scores: Floats, logs: Floats) -> Floats:
    """Quantile function through 23 points on the normal scale, straight beyond the outer ones."""
    out = np.interp(scores, SCORES, logs)
    low, high = scores < SCORES[0], scores > SCORES[-1]
    out[low] = logs[0] + (scores[low] - SCORES[0]) * (logs[1] - logs[0]) / (SCORES[1] - SCORES[0])
    out[high] = logs[-1] + (scores[high] - SCORES[-1]) * (logs[-1] - logs[-2]) / (SCORES[-1] - SCORES[-2])
    return np.asarray(out, dtype=np.float64)


def _correlation(logs: Floats) -> Floats:
    """Correlation of monthly changes between cells, drawn half-way to its mean."""
    from scipy.stats import rankdata

    steps = np.diff(logs, axis=0)
    seen = np.corrcoef(rankdata(steps, axis=0), rowvar=False)
    seen = np.where(np.isfinite(seen), seen, 0.0)
    cells = len(seen)
    mean = max((seen.sum() - np.trace(seen)) / (cells * (cells - 1)), 0.0) if cells > 1 else 0.0
    out = (1 - _SHRINK) * seen + _SHRINK * mean
    np.fill_diagonal(out, 1.0)
    values, vectors = np.linalg.eigh(out)
    fixed = (vectors * np.maximum(values, 1e-6)) @ vectors.T
    scale = np.sqrt(np.diag(fixed))
    return np.asarray(fixed / np.outer(scale, scale), dtype=np.float64)


def quantiles_of(draws: Floats) -> Floats:
    """The 23 quantiles of draws (first axis), last in the result."""
    return np.moveaxis(np.quantile(draws, LEVELS, axis=0), 0, -1)


def series_of(view: View, draws: Floats) -> Mapping[str, Floats]:
    """Counts by series id from counts by cell (last axis): cells, province totals, offices and all of the country.

    Sums are taken draw by draw, so parts and wholes agree in every one of them.
    """
    plan = view.design.series
    by_cell = {name: draws[..., k] for k, name in enumerate(view.cells)}
    out: dict[str, Floats] = {}
    for place in plan.provinces:
        parts = {office: by_cell[f"{place}/{office}"] for office in plan.offices}
        out |= {f"claims/{place}/{office}": values for office, values in parts.items()}
        out[f"claims/{place}/total"] = np.sum(list(parts.values()), axis=0)
    for office in plan.offices:
        places = [by_cell[f"{place}/{office}"] for place in (*plan.provinces, REST)]
        out[f"claims/{plan.whole}/{office}"] = np.sum(places, axis=0)
    out[f"claims/{plan.whole}/total"] = draws.sum(axis=-1)
    return out
