"""Ranking scenarios: which is best on the whole, in how many worlds, and how much is lost where it is not.

A world is one draw of chance in one sample of what nobody knows (`worlds` of a study). All scenarios meet in each
world, so they are compared there; the regret of a scenario is how far it falls behind the best one of that world
(Savage 1951, doi 10.1080/01621459.1951.10500768).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from roxham.errors import RunError
from roxham.lab.store import as_result
from roxham.lab.summary import ALL, StudyResult
from roxham.sim.metrics import unit_of

__all__ = ["Rank", "Ranking", "rank"]

Numbers = NDArray[np.float64]


@dataclass(frozen=True)
class Band:
    """A mean and the 90 % band about it, over worlds."""

    mean: float
    low: float
    high: float


@dataclass(frozen=True)
class Rank:
    """One scenario among the others: its value, its paired difference to the baseline, and how often it is best.

    ``best`` counts the worlds in which it is best, an equal first place shared out; ``better`` those in which it beats
    the baseline. ``regret`` is how far it falls behind the best one: mean, in nine worlds of ten at most, at the worst.
    """

    place: int
    scenario: str
    title: str
    value: Band
    difference: Band
    best: float
    better: int
    regret: float
    regret_q90: float
    regret_worst: float
    values: dict[str, str]

    @property
    def settled(self) -> bool:
        """True where nine worlds in ten agree on the direction of the difference."""
        return self.difference.low > 0 or self.difference.high < 0


@dataclass(frozen=True)
class Ranking:
    """All scenarios by their mean, the best first, with how many worlds they were compared in."""

    metric: str
    unit: str
    less_is_better: bool
    place: str
    period: str
    baseline: str
    worlds: int
    samples: int
    draws: int
    left_out: int
    ranks: tuple[Rank, ...]

    @property
    def first(self) -> Rank:
        """The scenario that is best on the whole."""
        return self.ranks[0]

    @property
    def most_often(self) -> Rank:
        """The scenario that is best in the most worlds."""
        return max(self.ranks, key=lambda one: (one.best, -one.place))

    @property
    def least_regret(self) -> Rank:
        """The scenario whose worst regret is least."""
        return min(self.ranks, key=lambda one: (one.regret_worst, one.place))

    def to_dict(self) -> dict[str, Any]:
        """Give the ranking as plain data, for programs."""
        told = {key: value for key, value in asdict(self).items() if key != "ranks"}
        picked = {"best_mean": self.first, "most_often_best": self.most_often, "least_worst_regret": self.least_regret}
        names = {key: one.scenario for key, one in picked.items()}
        return {**told, **names, "ranks": [{**asdict(one), "best_share": one.best / self.worlds} for one in self.ranks]}


def rank(
    source: StudyResult | str | Path,
    metric: str,
    *,
    less_is_better: bool = False,
    place: str = ALL,
    period: str = ALL,
    language: str = "en",
) -> Ranking:
    """Rank the scenarios of a result, or of the folder that it was written to, by one metric.

    A world in which some scenario has no value (a mean over nobody) is left out for all, and counted. Raises RunError
    when the result holds one scenario only, or no world with a value for each; UnknownName when the run holds no such
    metric, place or period.
    """
    result = as_result(source)
    listed = result.study.scenarios
    options = list(dict.fromkeys(one.option for one in listed))
    samples = list(dict.fromkeys(one.world for one in listed))
    named = {(one.option, one.world): one.name for one in listed}
    if len(options) < 2:
        raise RunError("there is one scenario only, and nothing to rank it with")
    if len(named) < len(options) * len(samples):
        raise RunError("some scenarios were not run in every world, so they cannot be ranked together")
    held = np.array([
        np.concatenate([result.by_draw(named[option, sample], metric, place, period) for sample in samples])
        for option in options])  # fmt: skip
    whole = np.isfinite(held).all(axis=0)
    if not whole.any():
        raise RunError(f"in no world does every scenario have a value of {metric} at {place} in {period}")
    titles = {one.option: one.title.fr if language == "fr" else one.title.en for one in reversed(listed)}
    values = {one.option: _own(one.setting.values if one.setting else {}, one.world) for one in reversed(listed)}
    ranks = _ranks(held[:, whole], options, titles, values, less_is_better)
    return Ranking(
        metric=metric, unit=unit_of(metric, result.currency), less_is_better=less_is_better, place=place,
        period=period, baseline=result.study.baseline.option, worlds=int(whole.sum()), samples=len(samples),
        draws=result.draws, left_out=int((~whole).sum()), ranks=tuple(ranks))  # fmt: skip


def _own(values: Any, world: str) -> dict[str, str]:
    """The values that a sweep gave a scenario itself; those of a world are not its own."""
    return {} if world else dict(values)


def _ranks(
    values: Numbers, options: Sequence[str], titles: dict[str, str], own: dict[str, dict[str, str]], less: bool
) -> list[Rank]:
    """One line a scenario, in the order of their means; values have shape (scenarios, worlds)."""
    good = -values if less else values
    top = good.max(axis=0)
    regret = top - good
    first = regret == 0
    best = (first / first.sum(axis=0)).sum(axis=1)
    better = (good > good[0]).sum(axis=1)
    order = sorted(range(len(options)), key=lambda k: (-float(good[k].mean()), k))
    return [
        Rank(
            place=place, scenario=options[k], title=titles[options[k]], value=_band(values[k]),
            difference=_band(values[k] - values[0]), best=float(best[k]), better=int(better[k]),
            regret=float(regret[k].mean()), regret_q90=float(np.quantile(regret[k], 0.9)),
            regret_worst=float(regret[k].max()), values=own[options[k]])
        for place, k in enumerate(order, start=1)
    ]  # fmt: skip


def _band(values: Numbers) -> Band:
    low, high = np.percentile(values, (5, 95))
    return Band(float(values.mean()), float(low), float(high))
