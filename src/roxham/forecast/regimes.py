"""Rules of travel in a forecast: jumps they made are taken out of the history, jumps announced are put into the future.

A model sees log counts without the jump of a known rule. Where a rule was announced but no full month under it is
counted yet, the level moves by an assumed share with its range; a closure that is not lasting may end in any month.
"""

from __future__ import annotations

import calendar
from dataclasses import dataclass
from statistics import NormalDist

import numpy as np
from numpy.typing import NDArray

from roxham.forecast.vintage import Regime, View, later_month
from roxham.spec import Number

__all__ = ["LEVELS", "OFFSET", "SCORES", "Prepared", "apply", "prepare", "spread_of", "to_counts", "to_logs"]

Floats = NDArray[np.float64]
#: The 23 quantile levels of a hubverse forecast.
LEVELS: Floats = np.array([0.01, 0.025, *(round(0.05 * k, 2) for k in range(1, 20)), 0.975, 0.99])
#: Their places on the standard normal scale.
SCORES: Floats = np.array([NormalDist().inv_cdf(level) for level in LEVELS])
#: Added to a count before the logarithm: twice the middle of a suppressed cell (claims a month).
OFFSET = 5.0
_YEAR = 12
_GRID: Floats = (np.arange(201) + 0.5) / 201
_GRID_SCORES: Floats = np.array([NormalDist().inv_cdf(level) for level in _GRID])
_Z95 = 1.6448536269514722


@dataclass(frozen=True)
class _Jump:
    """A jump not counted yet: the log shift against the last level, its spread, and the share of each lead in force."""

    cell: int
    shift: float
    spread: float
    weight: Floats


@dataclass(frozen=True)
class Prepared:
    """Log counts free of the jumps of known rules, and what is still to come.

    `logs` has shape (months, cells) and ends at the last level counted; `before` is the log level of the year before
    a closure that may end, NaN elsewhere.
    """

    logs: Floats
    month: int
    jumps: tuple[_Jump, ...]
    before: Floats
    lifted_per_month: float
    return_spread: float


def to_logs(counts: Floats) -> Floats:
    """Logarithm of counts plus the offset."""
    return np.asarray(np.log(counts + OFFSET), dtype=np.float64)


def to_counts(logs: Floats) -> Floats:
    """Counts from logarithms, never below zero.

    >>> to_counts(to_logs(np.array([0.0, 120.0]))).round(6).tolist()
    [0.0, 120.0]
    """
    return np.asarray(np.maximum(np.exp(logs) - OFFSET, 0.0), dtype=np.float64)


def prepare(view: View, leads: int) -> Prepared:
    """Make the log history of a view free of the jumps of its known rules."""
    logs = to_logs(view.history)
    steps = np.diff(logs, axis=0)
    last, first = len(logs) - 1, _index(view.months[0])
    before = np.full(logs.shape[1], np.nan)
    jumps: dict[int, _Jump] = {}
    for rule in sorted(view.regimes.values(), key=lambda one: one.from_):
        start = _index(f"{rule.from_:%Y-%m}") - first
        for name in (*rule.cells, *rule.milder):
            cell = view.cells.index(name)
            known = [t for t in (start, start + 1) if 0 < t <= last]
            steps[[t - 1 for t in known], cell] = 0.0
            year = slice(max(min(start, last + 1) - _YEAR, 0), min(start, last + 1))
            level = float(to_logs(np.mean(view.history[year, cell], keepdims=True))[0])
            if start + 1 > last:
                jumps[cell] = _jump(view, rule, cell, logs, before, start, leads)
            else:
                jumps.pop(cell, None)
            before[cell] = level if rule.kind == "closed" and not rule.lasting else np.nan
    free = logs.copy()
    free[:-1] = logs[-1] - np.cumsum(steps[::-1], axis=0)[::-1]
    effects = view.design.effects
    return Prepared(
        logs=free,
        month=int(view.last[5:7]),
        jumps=tuple(jumps.values()),
        before=before,
        lifted_per_month=effects.lifted_per_month.value,
        return_spread=spread_of(effects.returning),
    )


def _index(month: str) -> int:
    return int(month[:4]) * 12 + int(month[5:7]) - 1


def spread_of(number: Number) -> float:
    """Standard deviation on the log scale of a number whose range is its 5 % and 95 %."""
    low, high = number.low or number.value, number.high or number.value
    return float(np.log(high / low) / (2 * _Z95))


def _jump(view: View, rule: Regime, cell: int, logs: Floats, before: Floats, start: int, leads: int) -> _Jump:
    """The jump that a rule makes after the last month counted."""
    effects, last = view.design.effects, len(logs) - 1
    if rule.kind == "open":
        number = effects.returning
        level = before[cell] if np.isfinite(before[cell]) else logs[last, cell]
    else:
        number = effects.surviving_milder if view.cells[cell] in rule.milder else effects.surviving
        level = logs[min(max(start - 1, 0), last), cell]
    weight = np.array([_in_force(rule, later_month(view.last, k)) for k in range(1, leads + 1)])
    return _Jump(cell, float(np.log(number.value) + level - logs[last, cell]), spread_of(number), weight)


def _in_force(rule: Regime, month: str) -> float:
    """The share of a month in which a rule is in force."""
    start = f"{rule.from_:%Y-%m}"
    if month != start:
        return float(month > start)
    days = calendar.monthrange(rule.from_.year, rule.from_.month)[1]
    return (days - rule.from_.day + 1) / days


def apply(prepared: Prepared, quantiles: Floats) -> Floats:
    """Put announced jumps and possible ends of closures into log quantiles (leads x cells x 23).

    >>> still = Prepared(np.zeros((30, 1)), 1, (), np.array([np.nan]), 0.05, 0.7)
    >>> bool((apply(still, np.ones((2, 1, 23))) == 1).all())
    True
    """
    out = quantiles.copy()
    for jump in prepared.jumps:
        now = out[:, jump.cell]
        middle = now[:, 11:12] + jump.shift
        away = now - now[:, 11:12]
        moved = middle + np.sign(SCORES) * np.hypot(away, jump.spread * SCORES)
        share = jump.weight[:, None]
        out[:, jump.cell] = np.log((1 - share) * np.exp(now) + share * np.exp(moved))
    for cell in np.flatnonzero(np.isfinite(prepared.before)):
        out[:, cell] = _may_end(prepared, out[:, cell], int(cell))
    return out


def _may_end(prepared: Prepared, quantiles: Floats, cell: int) -> Floats:
    """Mix a closure with its end: back to the level before, with the chance that it ended by each lead."""
    level = prepared.before[cell]
    out = quantiles.copy()
    for k in range(len(quantiles)):
        if level <= quantiles[k, 11]:
            continue
        ended = 1 - (1 - prepared.lifted_per_month) ** (k + 1)
        closed = np.interp(_GRID_SCORES, SCORES, quantiles[k])
        values = np.concatenate([closed, level + prepared.return_spread * _GRID_SCORES])
        weights = np.concatenate([np.full(len(_GRID), 1 - ended), np.full(len(_GRID), ended)])
        order = np.argsort(values)
        mass = (np.cumsum(weights[order]) - weights[order] / 2) / weights.sum()
        out[k] = np.interp(LEVELS, mass, values[order])
    return out
