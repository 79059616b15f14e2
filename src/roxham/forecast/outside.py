"""Models from well-kept libraries (the extra `forecast`): exponential smoothing, ARIMA, a forest with outside signals.

Each works on the log counts that `regimes` prepared. Where a library is missing, `missing` names its models and
`INSTALL` the command that installs it; a forecast then goes on with the models that need none.
"""

from __future__ import annotations

import importlib.util
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from numpy.typing import NDArray

from roxham.forecast.models import CellModel
from roxham.forecast.regimes import LEVELS, SCORES, Prepared
from roxham.forecast.vintage import View
from roxham.streams import Streams

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["INSTALL", "Classical", "Forest", "missing", "outside_models"]

Floats = NDArray[np.float64]
INSTALL = 'pip install "roxham[forecast]"'
_NEEDS = {"statsforecast": ("ets", "arima"), "sklearn": ("forest",)}
_SEED = 13
_YEAR = 12
_Z90 = 1.6448536269514722


def missing() -> tuple[str, ...]:
    """Name the models that cannot run because their library is not installed."""
    absent = [names for library, names in _NEEDS.items() if importlib.util.find_spec(library) is None]
    return tuple(name for names in absent for name in names)


def outside_models() -> tuple[CellModel, ...]:
    """The models whose libraries are installed."""
    every: Sequence[CellModel] = (Classical("ets"), Classical("arima"), Forest())
    absent = missing()
    return tuple(model for model in every if model.name not in absent)


@dataclass(frozen=True)
class Classical:
    """Exponential smoothing (additive errors, season where it helps) or ARIMA, chosen by the corrected AIC."""

    name: Literal["ets", "arima"]

    def quantiles(self, view: View, prepared: Prepared, leads: int) -> Floats:
        """Log quantiles, shape (leads, cells, 23), normal around the model's mean."""
        cells = prepared.logs.shape[1]
        middle, spread = np.empty((leads, cells)), np.empty((leads, cells))
        for cell in range(cells):
            told = self._fresh().forecast(prepared.logs[:, cell], leads, level=[90])
            middle[:, cell] = told["mean"]
            spread[:, cell] = (told["hi-90"] - told["lo-90"]) / (2 * _Z90)
        return np.asarray(middle[..., None] + spread[..., None] * SCORES, dtype=np.float64)

    def _fresh(self) -> Any:
        from statsforecast.models import AutoARIMA, AutoETS

        if self.name == "ets":
            return AutoETS(season_length=_YEAR, model="AZZ", damped=True)
        return AutoARIMA(season_length=_YEAR, seasonal=False, max_p=3, max_q=3)


@dataclass(frozen=True)
class Forest:
    """A quantile regression forest over all cells, leads and past months, with outside signals.

    It sees the level against last month, quarter, half-year and year, the season, the mood of all cells, encounters of
    the US Border Patrol, and how long ago the newest rule of travel came. Quantiles are those of past changes in the
    leaves (Meinshausen 2006).
    """

    name: str = "forest"
    trees: int = 100
    leaf: int = 30
    per_tree: int = 8

    def quantiles(self, view: View, prepared: Prepared, leads: int) -> Floats:
        """Log quantiles, shape (leads, cells, 23)."""
        from sklearn.ensemble import ExtraTreesRegressor

        logs = prepared.logs
        count, cells = logs.shape
        signs = _signs(view, prepared)
        rows: list[Floats] = []
        targets: list[Floats] = []
        for lead in sorted({*range(1, min(leads, 4) + 1), *range(6, leads + 1, 2)}):
            for t in range(_YEAR, count - lead):
                rows.append(_row(signs, prepared, t, lead))
                targets.append(logs[t + lead] - logs[t])
        forest = ExtraTreesRegressor(
            self.trees, min_samples_leaf=self.leaf, max_features=0.5, bootstrap=True, random_state=_SEED, n_jobs=1
        )
        learnt, changes = np.concatenate(rows), np.concatenate(targets)
        forest.fit(learnt, changes)
        asked = np.concatenate([_row(signs, prepared, count - 1, lead) for lead in range(1, leads + 1)])
        drawn = self._draw(np.asarray(forest.apply(learnt)), np.asarray(forest.apply(asked)), changes)
        shape = np.quantile(drawn, LEVELS, axis=1).T.reshape(leads, cells, len(LEVELS))
        return np.asarray(logs[-1][:, None] + shape, dtype=np.float64)

    def _draw(self, learnt: NDArray[np.int64], asked: NDArray[np.int64], changes: Floats) -> Floats:
        """Past changes that share a leaf with each row asked for, a few of every tree."""
        generator = Streams(seed=_SEED, draw=0).generator("forest leaves")
        out = np.empty((len(asked), learnt.shape[1] * self.per_tree))
        for tree in range(learnt.shape[1]):
            order = np.argsort(learnt[:, tree], kind="stable")
            leaves = learnt[order, tree]
            first, after = (np.searchsorted(leaves, asked[:, tree], side) for side in ("left", "right"))
            picked = first[:, None] + generator.random((len(asked), self.per_tree)) * (after - first)[:, None]
            out[:, tree * self.per_tree : (tree + 1) * self.per_tree] = changes[order[picked.astype(np.int64)]]
        return out


def _signs(view: View, prepared: Prepared) -> Floats:
    """What is seen of every month: shape (months, 1 + 2 per signal + 1)."""
    logs = prepared.logs
    count = len(logs)
    columns = [_change(logs.mean(axis=1), 3)]
    for values in view.signals.values():
        seen = np.where(np.isfinite(values), np.log(np.maximum(values, 1.0)), np.nan)
        change = _change(seen, 3)
        columns += [np.nan_to_num(change), np.isfinite(change).astype(np.float64)]
    since = np.full(count, 24.0)
    for rule in view.regimes.values():
        months = np.array([_months_between(f"{rule.from_:%Y-%m}", month) for month in view.months])
        since = np.where(months >= 0, np.minimum(since, months), since)
    return np.column_stack([*columns, since])


def _months_between(first: str, last: str) -> int:
    return (int(last[:4]) - int(first[:4])) * _YEAR + int(last[5:7]) - int(first[5:7])


def _change(values: Floats, back: int) -> Floats:
    out = np.zeros(len(values))
    out[back:] = values[back:] - values[:-back]
    return out


def _row(signs: Floats, prepared: Prepared, t: int, lead: int) -> Floats:
    """The features of every cell at month `t` for a lead: shape (cells, features)."""
    logs, cells = prepared.logs, prepared.logs.shape[1]
    month = (prepared.month - (len(logs) - 1 - t) + lead - 1) % _YEAR
    angle = 2 * np.pi * month / _YEAR
    moves = [logs[t] - logs[t - back] for back in (1, 3, 6, 12)]
    level = logs[t] - logs[t - _YEAR + 1 : t + 1].mean(axis=0)
    common = np.array([lead, np.sin(angle), np.cos(angle), *signs[t]])
    return np.column_stack([*moves, level, np.arange(cells) % 3, np.tile(common, (cells, 1))])
