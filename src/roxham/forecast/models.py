"""Models that need no extra library: local levels with bands from their own past errors, and a state-space count model.

All work on log counts free of the jumps of known rules (see `regimes`); what they hand on are log quantiles of single
cells, which `joint.couple` turns into draws that add up.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from roxham.forecast.joint import couple, series_of
from roxham.forecast.regimes import LEVELS, OFFSET, Prepared, apply, prepare
from roxham.forecast.vintage import View
from roxham.streams import Streams

__all__ = ["CellModel", "Level", "StateSpace", "own_models", "past_errors_to_quantiles", "predict_cells"]

Floats = NDArray[np.float64]
_YEAR = 12
_SEED = 11


class CellModel(Protocol):
    """A model of single cells: log quantiles of the months ahead from a prepared history."""

    @property
    def name(self) -> str:
        """The name that scores carry."""
        ...

    def quantiles(self, view: View, prepared: Prepared, leads: int) -> Floats:
        """Log quantiles, shape (leads, cells, 23), before announced rules are put in."""
        ...


def predict_cells(model: CellModel, view: View, leads: int) -> Mapping[str, Floats]:
    """Draws of counts by series id from a model of cells, announced rules put in."""
    prepared = prepare(view, leads)
    return series_of(view, couple(apply(prepared, model.quantiles(view, prepared, leads)), prepared))


@dataclass(frozen=True)
class Level:
    """A local level with a damped trend and a season common to all cells; bands are its own past errors.

    `gain` is the weight of the newest month, `trend` that of its change, `damping` what is left of a trend each month,
    `season` the part of the usual monthly pattern that is used.
    """

    name: str
    gain: float
    trend: float
    damping: float
    season: float
    window: int = 48

    def quantiles(self, view: View, prepared: Prepared, leads: int) -> Floats:
        """Log quantiles, shape (leads, cells, 23)."""
        logs = prepared.logs
        errors = np.full((self.window, leads, logs.shape[1]), np.nan)
        for k, cut in enumerate(range(max(18, len(logs) - self.window), len(logs) - 1)):
            ahead = min(leads, len(logs) - 1 - cut)
            month = (prepared.month - (len(logs) - 1 - cut) - 1) % _YEAR + 1
            errors[k, :ahead] = logs[cut + 1 : cut + 1 + ahead] - self.middle(logs[: cut + 1], month, ahead)
        return past_errors_to_quantiles(self.middle(logs, prepared.month, leads), errors)

    def middle(self, logs: Floats, month: int, leads: int) -> Floats:
        """Log medians, shape (leads, cells), after log counts that end in a calendar month (1 to 12)."""
        count = len(logs)
        season = self.season * common_season(logs, month)
        calendar = (month - 1 - np.arange(count)[::-1]) % _YEAR
        shape = np.concatenate([[0.0], np.cumsum(season[calendar[1:]])])
        level, slope = logs[0] - shape[0], np.zeros(logs.shape[1])
        for t in range(1, count):
            expected = level + self.damping * slope
            error = logs[t] - shape[t] - expected
            level = expected + self.gain * error
            slope = self.damping * slope + self.gain * self.trend * error
        ahead = shape[-1] + np.cumsum(season[(month - 1 + np.arange(1, leads + 1)) % _YEAR])
        growth = np.cumsum(self.damping ** np.arange(1, leads + 1))
        return np.asarray(level + growth[:, None] * slope + ahead[:, None], dtype=np.float64)


def common_season(logs: Floats, month: int) -> Floats:
    """The usual change into each calendar month: the median over cells and years, summing to zero over a year."""
    steps = np.diff(logs, axis=0)
    out = np.zeros(_YEAR)
    if len(steps) < 2 * _YEAR:
        return out
    calendar = (month - 1 - np.arange(len(steps))[::-1]) % _YEAR
    for m in range(_YEAR):
        out[m] = np.median(steps[calendar == m])
    return np.asarray(out - out.mean(), dtype=np.float64)


def past_errors_to_quantiles(middle: Floats, errors: Floats) -> Floats:
    """Widen medians (leads x cells) into quantiles by past errors (origins x leads x cells, NaN where none).

    Errors are pooled over cells after division by each cell's own scale, drawn half-way to the common one, taken with
    both signs, and never narrower at a longer lead.
    """
    near = np.nanmean(np.abs(errors[:, :4]), axis=(0, 1))
    scale = np.sqrt(np.maximum(near, 1e-3) * max(near.mean(), 1e-3))
    leads = len(middle)
    shape = np.empty((leads, len(LEVELS)))
    for k in range(leads):
        pooled = (errors[:, max(k - 1, 0) : k + 2] / scale).ravel()
        pooled = pooled[np.isfinite(pooled)]
        shape[k] = np.quantile(np.concatenate([pooled, -pooled]), LEVELS) if len(pooled) else shape[k - 1]
    shape = np.sign(shape) * np.maximum.accumulate(np.abs(shape), axis=0)
    return np.asarray(middle[..., None] + scale[:, None] * shape[:, None], dtype=np.float64)


@dataclass(frozen=True)
class StateSpace:
    """A Bayesian state-space model of counts with shocks, filtered by particles.

    The log level walks with a damped slope and now and then jumps; counts scatter around it as a gamma-Poisson mixture.
    Step size, slope, chance and size of a jump and scatter are unknown: each particle carries its own, drawn from
    priors (assumed), and those that explain the counts survive. A particle filter was taken because jumps and small
    counts fit no linear filter, and because it needs nothing but NumPy.
    """

    name: str = "state_space"
    particles: int = 1500

    def quantiles(self, view: View, prepared: Prepared, leads: int) -> Floats:
        """Log quantiles, shape (leads, cells, 23)."""
        generator = Streams(seed=_SEED, draw=0).generator("state space")
        season = 0.5 * common_season(prepared.logs, prepared.month)
        count, cells = prepared.logs.shape
        calendar = (prepared.month - 1 - np.arange(count)[::-1]) % _YEAR
        shape = np.concatenate([[0.0], np.cumsum(season[calendar[1:]])])
        counts = np.exp(prepared.logs)
        state = _State.begin(generator, prepared.logs[0], self.particles)
        for t in range(1, count):
            state.step(generator)
            state.weigh(generator, counts[t], shape[t])
        ahead = shape[-1] + np.cumsum(season[(prepared.month - 1 + np.arange(1, leads + 1)) % _YEAR])
        out = np.empty((leads, cells, len(LEVELS)))
        for k in range(leads):
            state.step(generator)
            seen = state.seen(generator, ahead[k])
            out[k] = np.quantile(seen, LEVELS, axis=0).T
        return out


@dataclass
class _State:
    """Particles (rows) of every cell (columns): level, slope and their own parameters."""

    level: Floats
    slope: Floats
    size: Floats
    bend: Floats
    chance: Floats
    jump: Floats
    scatter: Floats

    @classmethod
    def begin(cls, generator: np.random.Generator, logs: Floats, particles: int) -> _State:
        """Draw the parameters from their priors, around the first level."""
        shape = (particles, len(logs))
        return cls(
            level=logs + 0.1 * generator.normal(size=shape),
            slope=np.zeros(shape),
            size=np.exp(np.log(0.08) + 0.5 * generator.normal(size=shape)),
            bend=np.exp(np.log(0.02) + 0.5 * generator.normal(size=shape)),
            chance=np.exp(np.log(0.03) + 0.5 * generator.normal(size=shape)),
            jump=np.exp(np.log(0.6) + 0.3 * generator.normal(size=shape)),
            scatter=np.exp(np.log(0.10) + 0.5 * generator.normal(size=shape)),
        )

    def step(self, generator: np.random.Generator) -> None:
        """Move one month on."""
        shape = self.level.shape
        self.slope = 0.85 * self.slope + self.bend * generator.normal(size=shape)
        jumps = (generator.random(shape) < self.chance) * self.jump * generator.normal(size=shape)
        self.level = self.level + self.slope + self.size * generator.normal(size=shape) + jumps

    def weigh(self, generator: np.random.Generator, counts: Floats, season: float) -> None:
        """Let the particles that explain the counts survive (systematic resampling, parameters slightly moved)."""
        expected = np.exp(np.clip(self.level + season, -2, 15))
        variance = (self.scatter * expected) ** 2 + expected + _ROUNDING
        misfit = np.log1p((counts - expected) ** 2 / (4 * variance)) * 2.5 + 0.5 * np.log(variance)
        weight = np.exp(-(misfit - misfit.min(axis=0)))
        mass = np.cumsum(weight / weight.sum(axis=0), axis=0)
        points = (np.arange(len(mass)) + generator.random()) / len(mass)
        for cell in range(mass.shape[1]):
            kept = np.minimum(np.searchsorted(mass[:, cell], points), len(mass) - 1)
            for name in ("level", "slope", "size", "bend", "chance", "jump", "scatter"):
                values = getattr(self, name)
                values[:, cell] = values[kept, cell]
        for name in ("size", "bend", "chance", "jump", "scatter"):
            getattr(self, name)[...] *= np.exp(0.03 * generator.normal(size=mass.shape))

    def seen(self, generator: np.random.Generator, season: float) -> Floats:
        """Draw logs of counts plus the offset around the level."""
        shape = 1 / self.scatter**2
        expected = np.exp(np.clip(self.level + season, -2, 13))
        counts = generator.poisson(expected * generator.gamma(shape) / shape)
        return np.asarray(np.log(np.maximum(counts, OFFSET)), dtype=np.float64)


_ROUNDING = 5.0**2 / 12  # variance of rounding to 5 (claims squared)


def own_models() -> tuple[CellModel, ...]:
    """The models that need no extra, with the settings chosen on forecasts made before 2022."""
    return (
        Level("level", gain=0.7, trend=0.0, damping=0.0, season=0.5),
        Level("damped", gain=0.8, trend=0.15, damping=0.85, season=0.5),
        StateSpace(),
    )
