"""The stacked ensemble: quantiles of several models averaged, weighted by how well each did before the day.

Weights read only scores of forecasts whose outcome was published by the day of the view. Quantiles are averaged on the
log scale (Lichtendahl et al. 2013, doi 10.1287/mnsc.1120.1667), and the outer ones widened a little, by a factor chosen
on forecasts made before 2022.
"""

from __future__ import annotations

import csv
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from roxham._csv import write_csv
from roxham.evidence.tables import case_folder
from roxham.forecast.joint import couple, series_of
from roxham.forecast.models import CellModel, own_models
from roxham.forecast.outside import outside_models
from roxham.forecast.regimes import SCORES, apply, prepare
from roxham.forecast.vintage import View, later_month, published

__all__ = [
    "ENSEMBLE",
    "HORIZONS",
    "Ensemble",
    "PastScore",
    "average",
    "cell_models",
    "read_past",
    "weigh",
    "write_past",
]

Floats = NDArray[np.float64]
ENSEMBLE = "ensemble"
HORIZONS = 12
#: The horizons whose scores are weighed together: the near ones and the far ones.
NEAR = 3
#: A model this much worse than the best so far has no weight, in between in proportion. Fewer scores say nothing.
CUT = 0.05
FEWEST = 24
#: How much wider the outer quantiles are made: 1 + TAIL x (place on the normal scale)^2.
TAIL = 0.03


@dataclass(frozen=True)
class PastScore:
    """How a model did from one origin (a month): the mean score over cells at each horizon, NaN where none came."""

    model: str
    origin: str
    scores: tuple[float, ...]


def cell_models() -> tuple[CellModel, ...]:
    """Every model of cells that can run here."""
    return (*own_models(), *outside_models())


def weigh(
    past: Sequence[PastScore], names: Sequence[str], day: date, horizon: int, lag_days: int | None = None
) -> Floats:
    """Give the weights of models for a horizon from scores known on a day.

    When too few are known, the models that need no extra share the weight.

    >>> weigh([], ["level", "damped", "ets"], date(2020, 1, 31), 1).tolist()
    [0.5, 0.5, 0.0]
    """
    group = range(1, NEAR + 1) if horizon <= NEAR else range(NEAR + 1, HORIZONS + 1)
    found: dict[str, dict[tuple[str, int], float]] = {name: {} for name in names}
    for row in past:
        if row.model in found:
            for ahead in group:
                value = row.scores[ahead - 1]
                if np.isfinite(value) and published(later_month(row.origin, ahead), lag_days) <= day:
                    found[row.model][row.origin, ahead] = value
    common = set.intersection(*(set(one) for one in found.values()))
    if len(common) < FEWEST:
        own = np.array([float(name in {one.name for one in own_models()}) for name in names])
        return own / own.sum() if own.any() else np.full(len(names), 1 / len(names))
    mean = np.array([np.mean([found[name][key] for key in sorted(common)]) for name in names])
    weights = np.maximum(1 - (mean / mean.min() - 1) / CUT, 0.0)
    return np.asarray(weights / weights.sum(), dtype=np.float64)


def average(quantiles: Floats, weights: Floats) -> Floats:
    """Average log quantiles (models x leads x cells x 23) with weights (leads x models), and widen the outer ones."""
    mixed = np.einsum("lm,mlcq->lcq", weights, quantiles)
    middle = mixed[..., 11:12]
    return np.asarray(middle + (mixed - middle) * (1 + TAIL * SCORES**2), dtype=np.float64)


@dataclass(frozen=True)
class Ensemble:
    """Several models of cells as one forecast that adds up."""

    models: tuple[CellModel, ...]
    past: tuple[PastScore, ...] = ()
    name: str = ENSEMBLE

    def predict(self, view: View, leads: int) -> Mapping[str, Floats]:
        """Draws of counts by series id, each of shape (draws, leads)."""
        return series_of(view, self.cells(view, leads))

    def cells(self, view: View, leads: int) -> Floats:
        """Draws of counts by cell, shape (draws, leads, cells)."""
        prepared = prepare(view, leads)
        used = self.weights(view, leads).max(axis=0) > 0
        quantiles = np.zeros((len(self.models), leads, len(view.cells), len(SCORES)))
        for k, model in enumerate(self.models):
            if used[k]:
                quantiles[k] = apply(prepared, model.quantiles(view, prepared, leads))
        return couple(self.mix(view, quantiles), prepared)

    def mix(self, view: View, quantiles: Floats) -> Floats:
        """Log quantiles of the ensemble (leads x cells x 23) from those of its models (first axis)."""
        return average(quantiles, self.weights(view, quantiles.shape[1]))

    def weights(self, view: View, leads: int) -> Floats:
        """The weight of each model at each lead, shape (leads, models)."""
        names = [model.name for model in self.models]
        first = view.leads(0)
        by_horizon = {h: weigh(self.past, names, view.day, h, view.lag_days) for h in (NEAR, NEAR + 1)}
        return np.array([by_horizon[NEAR if k - first <= NEAR else NEAR + 1] for k in range(1, leads + 1)])


def _file(case: str | Path) -> Path:
    return case_folder(case) / "past_scores.csv"


def read_past(case: str | Path) -> tuple[PastScore, ...]:
    """Read the past scores that ship with a case; none when it has no such file."""
    path = _file(case)
    if not path.is_file():
        return ()
    with path.open(encoding="utf-8", newline="") as file:
        return tuple(
            PastScore(row["model"], row["origin"], tuple(_number(row[f"h{h}"]) for h in range(1, HORIZONS + 1)))
            for row in csv.DictReader(file)
        )


def write_past(past: Sequence[PastScore], path: Path) -> None:
    """Write past scores as CSV, a row per model and origin."""
    with path.open("w", encoding="utf-8", newline="") as file:
        columns = ["model", "origin", *(f"h{h}" for h in range(1, HORIZONS + 1))]
        write_csv(file, ([row.model, row.origin, *("" if np.isnan(x) else f"{x:.4f}" for x in row.scores)]
                         for row in past), columns)


def _number(text: str) -> float:
    return float(text) if text else float("nan")
