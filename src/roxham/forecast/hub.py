"""Forecasts as hubverse model output: written, kept before their outcome, and scored once it is held.

A row is one quantile: `origin_date, target, horizon, target_end_date, location, output_type, output_type_id, value`.
The series `claims/QC/land_border` is the target `claims/land_border` at the location `QC`; horizons count months from
the month of the origin, so those not above 0 are nowcasts.
"""

from __future__ import annotations

import csv
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from roxham._csv import csv_text
from roxham.errors import EvidenceError, Problem
from roxham.forecast.ahead import Forecast
from roxham.forecast.backtest import month_end, outcomes
from roxham.forecast.baselines import REFERENCE, Naive
from roxham.forecast.joint import quantiles_of
from roxham.forecast.regimes import LEVELS
from roxham.forecast.report import BANDS
from roxham.forecast.score import covered, quantile_loss, skill, wis
from roxham.forecast.vintage import as_of, later_month

__all__ = ["COLUMNS", "Kept", "Scored", "archive", "as_data", "read_archive", "score_archive", "to_csv"]

Floats = NDArray[np.float64]
COLUMNS = (
    "origin_date", "target", "horizon", "target_end_date", "location", "output_type", "output_type_id", "value",
)  # fmt: skip
TEAM = "roxham"


@dataclass(frozen=True)
class Kept:
    """One forecast of an archive: the 23 quantiles of a model for a series and month."""

    model: str
    origin: date
    series: str
    horizon: int
    month: str
    quantiles: Floats


@dataclass(frozen=True)
class Scored:
    """Mean scores of an archived model at a horizon beside the seasonal log random walk (persons a month)."""

    model: str
    horizon: int
    cells: int
    wis: float
    baseline_wis: float
    skill: float
    loss95: float
    baseline_loss95: float
    coverage: tuple[float, float, float]


def rows(forecast: Forecast, quantiles: dict[str, Floats]) -> Iterable[dict[str, str]]:
    """Give the rows of a forecast; `quantiles` by series, shape (months, 23)."""
    for series, values in quantiles.items():
        kind, location, what = series.split("/")
        for horizon, month, row in zip(forecast.horizons, forecast.months, values, strict=True):
            for level, value in zip(LEVELS, row, strict=True):
                yield {
                    "origin_date": forecast.day.isoformat(),
                    "target": f"{kind}/{what}",
                    "horizon": str(horizon),
                    "target_end_date": month_end(month).isoformat(),
                    "location": location,
                    "output_type": "quantile",
                    "output_type_id": f"{level:g}",
                    "value": f"{value:.1f}",
                }


def as_data(forecast: Forecast) -> dict[str, Any]:
    """Give a forecast as plain data: what `roxham forecast --json` prints and the API answers, without the rooms."""
    return {
        "as_of": forecast.day,
        "known_to": forecast.last,
        "pseudo_real_time": True,
        "model": forecast.model,
        "quantiles": list(rows(forecast, {name: forecast.quantiles(name) for name in forecast.draws})),
        "baseline": list(rows(forecast, dict(forecast.baseline))),
        "early_warning": [vars(one) for one in forecast.warnings],
        "weights": {
            name: {"horizons_1_3": near, "horizons_4_12": far} for name, (near, far) in forecast.weights.items()
        },
        "not_run": forecast.missing,
    }


def to_csv(forecast: Forecast, model: str | None = None) -> str:
    """Give a forecast, or its baseline, as the text of a hubverse file."""
    if model == REFERENCE:
        quantiles = dict(forecast.baseline)
    else:
        quantiles = {name: forecast.quantiles(name) for name in forecast.draws}
    return csv_text(rows(forecast, quantiles), COLUMNS)


def archive(forecast: Forecast, folder: Path) -> tuple[Path, ...]:
    """Keep a forecast and its baseline before the outcome, one file a model and day.

    Raises EvidenceError when another forecast of that model and day is already kept: what was said stays said.
    """
    written = []
    for model in (forecast.model, REFERENCE):
        name = f"{TEAM}-{model}"
        path = folder / name / f"{forecast.day}-{name}.csv"
        text = to_csv(forecast, model)
        if path.exists() and path.read_text(encoding="utf-8") != text:
            said = "another forecast of this day is already kept; choose another folder"
            raise EvidenceError(Problem(said, str(path)))
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8", newline="\n")
        written.append(path)
    return tuple(written)


def read_archive(folder: Path) -> tuple[Kept, ...]:
    """Read every hubverse file below a folder; the folder of a file names its model.

    Raises EvidenceError when there is none, with every file that cannot be read.
    """
    kept: list[Kept] = []
    problems: list[Problem] = []
    files = sorted(folder.rglob("*.csv")) if folder.is_dir() else []
    for path in files:
        try:
            kept += _read(path)
        except (KeyError, ValueError, TypeError, AttributeError, OverflowError, csv.Error) as error:
            problems.append(Problem(f"this is not a file of quantile forecasts ({error})", str(path)))
    if problems:
        raise EvidenceError(problems)
    if not kept:
        raise EvidenceError(Problem("no forecast is kept here", str(folder)))
    return tuple(kept)


def _read(path: Path) -> list[Kept]:
    found: dict[tuple[date, str, int, str], dict[float, float]] = {}
    with path.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            if row["output_type"] != "quantile":
                continue
            kind, what = row["target"].split("/")
            series = f"{kind}/{row['location']}/{what}"
            key = (date.fromisoformat(row["origin_date"]), series, int(row["horizon"]), row["target_end_date"][:7])
            found.setdefault(key, {})[float(row["output_type_id"])] = float(row["value"])
    for key, values in found.items():
        if not np.allclose(sorted(values), LEVELS):
            raise ValueError(f"{key[1]}, horizon {key[2]}: the quantile levels are not the 23 of the hub")
        if later_month(f"{key[0]:%Y-%m}", key[2]) != key[3]:
            raise ValueError(f"{key[1]}: horizon {key[2]} does not lead from {key[0]} to {key[3]}")
    model = path.parent.name
    return [Kept(model, *key, np.array([values[v] for v in sorted(values)])) for key, values in found.items()]


def score_archive(folder: Path, case: str | Path = "canada_us") -> tuple[tuple[Scored, ...], int]:
    """Score kept forecasts whose outcome is held, by model and horizon, and count those whose outcome is not.

    The baseline is made again from what was known on the day where it was not kept.
    """
    held, counts = outcomes(case)
    kept = read_archive(folder)
    base = {(one.origin, one.series, one.month): one.quantiles for one in kept if one.model.endswith(REFERENCE)}
    groups: dict[tuple[str, int], list[tuple[Floats, Floats, float]]] = {}
    waiting = 0
    made: dict[date, dict[tuple[str, str], Floats]] = {}
    for one in kept:
        if one.series not in counts or one.month not in held:
            waiting += 1
            continue
        beside = base.get((one.origin, one.series, one.month))
        if beside is None:
            if one.origin not in made:
                made[one.origin] = _baseline(case, one.origin)
            beside = made[one.origin][one.series, one.month]
        seen = float(counts[one.series][held.index(one.month)])
        groups.setdefault((one.model, one.horizon), []).append((one.quantiles, beside, seen))
    return tuple(_scored(model, horizon, found) for (model, horizon), found in sorted(groups.items())), waiting


def _baseline(case: str | Path, day: date) -> dict[tuple[str, str], Floats]:
    view = as_of(case, day)
    leads = view.leads(12)
    drawn = Naive(REFERENCE).predict(view, leads)
    return {
        (name, view.target(k + 1)): quantiles_of(values)[k] for name, values in drawn.items() for k in range(leads)
    }


def _scored(model: str, horizon: int, found: Sequence[tuple[Floats, Floats, float]]) -> Scored:
    own, beside = (np.array([one[part] for one in found]) for part in (0, 1))
    seen = np.array([one[2] for one in found])
    upper = int(np.argmin(np.abs(LEVELS - 0.95)))
    mean, base = (float(wis(values, seen, LEVELS).mean()) for values in (own, beside))
    inside = [float(covered(own, seen, LEVELS, band).mean()) for band in BANDS]
    losses = [float(quantile_loss(values[:, upper], seen, 0.95).mean()) for values in (own, beside)]
    return Scored(
        model, horizon, len(found), mean, base, skill(mean, base), losses[0], losses[1],
        (inside[0], inside[1], inside[2]),
    )  # fmt: skip
