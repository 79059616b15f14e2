"""Scores of a backtest as tables: by horizon, year, series and model, always beside the baseline."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass, replace
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from roxham.forecast.backtest import Backtest
from roxham.forecast.baselines import BASELINES, REFERENCE
from roxham.forecast.ensemble import ENSEMBLE, HORIZONS
from roxham.forecast.regimes import LEVELS
from roxham.forecast.score import covered, pit, quantile_loss, skill, wis

__all__ = [
    "BANDS",
    "SPLIT",
    "Line",
    "beside",
    "by_horizon",
    "by_model",
    "by_series",
    "by_year",
    "headline",
    "pit_shares",
    "scored",
]

Floats = NDArray[np.float64]
BANDS = (0.5, 0.8, 0.95)
#: Origins before this month chose the settings; those from it on were only tested.
SPLIT = "2022-01"
_UPPER = 0.95


@dataclass(frozen=True)
class Line:
    """Mean scores over some cells, and the same of the baseline (claims a month); `skill` is the share saved.

    `hardest` names the baseline with the lowest score here, and `skill_hardest` is measured against it. `coverage`
    holds the shares of outcomes inside the 50, 80 and 95 % bands.
    """

    label: str
    cells: int
    wis: float
    baseline_wis: float
    skill: float
    hardest: str
    skill_hardest: float
    crps: float
    baseline_crps: float
    loss95: float
    baseline_loss95: float
    skill95: float
    coverage: tuple[float, float, float]

    def to_dict(self) -> dict[str, Any]:
        """Give the line as plain data."""
        return asdict(self)


def scored(result: Backtest) -> tuple[str, ...]:
    """Give the series that headline scores are taken over: single offices, and the national sum."""
    plain = [name for name in result.series if not name.endswith("/total") and "/CA/" not in name]
    return (*plain, result.series[-1])


Chosen = NDArray[np.bool_]


def _table(result: Backtest, model: str, score: Callable[[Floats, Floats], Floats]) -> Floats:
    return score(result.quantiles[result.of(model)], result.observed)


def _wis(quantiles: Floats, observed: Floats) -> Floats:
    return wis(quantiles, observed, LEVELS)


def _loss(quantiles: Floats, observed: Floats) -> Floats:
    upper = int(np.argmin(np.abs(LEVELS - _UPPER)))
    return quantile_loss(quantiles[..., upper], observed, _UPPER)


def _line(result: Backtest, label: str, model: str, chosen: Chosen) -> Line:
    """Scores of a model and of the baselines over the chosen cells that have an outcome."""
    here = chosen & np.isfinite(result.observed)
    means: dict[str, float] = {one.name: float(_table(result, one.name, _wis)[here].mean()) for one in BASELINES}
    hardest = min(means, key=lambda name: means[name])
    own = float(_table(result, model, _wis)[here].mean())
    upper, upper_base = (float(_table(result, name, _loss)[here].mean()) for name in (model, REFERENCE))
    quantiles = result.quantiles[result.of(model)][here]
    inside = [float(covered(quantiles, result.observed[here], LEVELS, band).mean()) for band in BANDS]
    return Line(
        label=label,
        cells=int(here.sum()),
        wis=own,
        baseline_wis=means[REFERENCE],
        skill=skill(own, means[REFERENCE]),
        hardest=hardest,
        skill_hardest=skill(own, means[hardest]),
        crps=float(result.crps[result.of(model)][here].mean()),
        baseline_crps=float(result.crps[result.of(REFERENCE)][here].mean()),
        loss95=upper,
        baseline_loss95=upper_base,
        skill95=skill(upper, upper_base),
        coverage=(inside[0], inside[1], inside[2]),
    )


def _chosen(
    result: Backtest, *, horizons: Iterable[int] | None = None, origins: Callable[[str], bool] | None = None,
    series: Sequence[str] | None = None,
) -> Chosen:  # fmt: skip
    """Mark cells (origins x horizons x series)."""
    ahead = set(horizons or range(1, HORIZONS + 1))
    names = set(series if series is not None else scored(result))
    rows = np.array([origins is None or origins(month) for month in result.origins])
    columns = np.array([h in ahead for h in range(1, HORIZONS + 1)])
    deep = np.array([name in names for name in result.series])
    return np.asarray(rows[:, None, None] & columns[None, :, None] & deep[None, None, :], dtype=bool)


def headline(result: Backtest, model: str = ENSEMBLE) -> tuple[Line, ...]:
    """Give the lines that the wanted figures are held against: near and far, tuned and tested origins, and all."""
    near, far, every = range(1, 4), range(4, HORIZONS + 1), range(1, HORIZONS + 1)
    lines = []
    for when, picked in (("all", None), ("tuned", lambda m: m < SPLIT), ("tested", lambda m: m >= SPLIT)):
        for name, horizons in (("1-3", near), ("4-12", far), ("1-12", every)):
            chosen = _chosen(result, horizons=horizons, origins=picked)
            if (chosen & np.isfinite(result.observed)).any():
                lines.append(_line(result, f"{when} {name}", model, chosen))
    return tuple(lines)


def by_horizon(result: Backtest, model: str = ENSEMBLE) -> tuple[Line, ...]:
    """Give a line per horizon."""
    every = range(1, HORIZONS + 1)
    return _lines(result, model, [(str(h), _chosen(result, horizons=[h])) for h in every])


def by_year(result: Backtest, model: str = ENSEMBLE) -> tuple[Line, ...]:
    """Give a line per year of origin."""
    years = sorted({month[:4] for month in result.origins})
    return _lines(result, model, [(year, _chosen(result, origins=partial(_in_year, year))) for year in years])


def _in_year(year: str, month: str) -> bool:
    return month.startswith(year)


def by_series(result: Backtest, model: str = ENSEMBLE, *, from_: str = "") -> tuple[Line, ...]:
    """Give a line per series, sums included."""
    parts = [(name, _chosen(result, series=[name], origins=lambda m: m >= from_)) for name in result.series]
    return _lines(result, model, parts)


def by_model(
    result: Backtest, *, from_: str = "", until: str = "9999", series: Sequence[str] | None = None
) -> tuple[Line, ...]:
    """Give a line per model, baselines included: origins from a month on and before another, scored series or these."""
    chosen = _chosen(result, origins=lambda m: from_ <= m < until, series=series)
    return tuple(_line(result, name, name, chosen) for name in result.models)


def beside(result: Backtest, other: Backtest, model: str) -> Backtest:
    """Give a backtest at the origins of another, with a model of that one as its last.

    Raises ValueError when the other has an origin that this one lacks.
    """
    rows = [result.origins.index(month) for month in other.origins]
    k = other.of(model)

    def both(name: str) -> Floats:
        return np.concatenate([getattr(result, name)[:, rows], getattr(other, name)[[k]]])

    return replace(
        result, models=(*result.models, model), origins=other.origins, observed=result.observed[rows],
        quantiles=both("quantiles"), crps=both("crps"), rise=both("rise"))


def _lines(result: Backtest, model: str, parts: Sequence[tuple[str, Chosen]]) -> tuple[Line, ...]:
    held = [(label, chosen) for label, chosen in parts if (chosen & np.isfinite(result.observed)).any()]
    return tuple(_line(result, label, model, chosen) for label, chosen in held)


def pit_shares(result: Backtest, model: str = ENSEMBLE, bins: int = 10) -> Floats:
    """Give the share of outcomes in each tenth of the forecast: all 0.1 when bands are honest."""
    here = _chosen(result) & np.isfinite(result.observed)
    places = pit(result.quantiles[result.of(model)][here], result.observed[here], LEVELS)
    counts, _ = np.histogram(places, bins=bins, range=(0, 1))
    return np.asarray(counts / counts.sum(), dtype=np.float64)
