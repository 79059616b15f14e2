"""What the data cannot tell apart: how far each estimated parameter left its prior, and which mixtures stay open.

From the shipped draws come the widths and correlations; from the slopes of the facts at the central fit comes the
information of the data, in units of the priors. A direction with information below one is told by the prior.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from roxham.forecast.calibrate import ESTIMATED, Problem, prior_of, terms
from roxham.sim.posterior import Posterior

__all__ = ["Direction", "Estimate", "Identified", "identify", "information"]

Floats = NDArray[np.float64]
STEP = 0.02
STRONG = 0.4


@dataclass(frozen=True)
class Estimate:
    """One estimated parameter: prior and posterior, the variance that is left, and the fact that says most about it."""

    name: str
    prior_mean: float
    prior_sd: float
    mean: float
    sd: float
    q05: float
    q95: float
    variance_left: float
    told_by: str
    told_share: float


@dataclass(frozen=True)
class Direction:
    """A mixture of parameters: the information of the data on it (prior = 1), and its weights in prior widths."""

    information: float
    weights: Mapping[str, float]


@dataclass(frozen=True)
class Identified:
    """The report: parameters, directions from the best told to the worst, and strong correlations of the draws."""

    estimates: tuple[Estimate, ...]
    directions: tuple[Direction, ...]
    correlated: tuple[tuple[str, str, float], ...]
    assumed_correlated: tuple[tuple[str, str, float], ...]


def information(problem: Problem, centre: Mapping[str, float]) -> tuple[tuple[str, ...], Floats]:
    """Give the facts' names and the slope of each fact's residual by parameter, per prior standard deviation."""
    base = terms(problem, centre)
    slopes = np.empty((len(base), len(ESTIMATED)))
    for k, name in enumerate(ESTIMATED):
        _, sd = prior_of(problem.corridor, name)
        ends = [terms(problem, {**centre, name: centre[name] + sign * STEP * sd}) for sign in (1, -1)]
        slopes[:, k] = [(a.residual - b.residual) / (2 * STEP) for a, b in zip(*ends, strict=True)]
    return tuple(one.name for one in base), slopes


def identify(problem: Problem, posterior: Posterior) -> Identified:
    """Report what the data of a calibration tell about the estimated parameters, and what they leave open."""
    draws = posterior.parameters[1:]
    facts, slopes = information(problem, posterior.parameters[0])
    values = np.array([[one[name] for name in ESTIMATED] for one in draws])
    estimates = []
    for k, name in enumerate(ESTIMATED):
        mean, sd = prior_of(problem.corridor, name)
        told = slopes[:, k] ** 2
        best = int(told.argmax())
        low, high = np.quantile(values[:, k], (0.05, 0.95))
        estimates.append(Estimate(
            name, mean, sd, float(values[:, k].mean()), float(values[:, k].std()), float(low), float(high),
            float(values[:, k].var() / sd**2), facts[best], float(told[best] / max(told.sum(), 1e-12))))
    found, vectors = np.linalg.eigh(slopes.T @ slopes)
    directions = tuple(
        Direction(float(found[k]), {name: float(vectors[i, k]) for i, name in enumerate(ESTIMATED)})
        for k in np.argsort(-found))
    assumed = [name for name in problem.corridor.parameters if name not in ESTIMATED]
    others = np.array([[one[name] for name in assumed] for one in draws])
    return Identified(tuple(estimates), directions, _pairs(ESTIMATED, values, ESTIMATED, values),
                      _pairs(ESTIMATED, values, tuple(assumed), others))  # fmt: skip


def _pairs(
    left: tuple[str, ...], a: Floats, right: tuple[str, ...], b: Floats
) -> tuple[tuple[str, str, float], ...]:
    """Pairs whose draws go together, the strongest first."""
    found = {}
    for i, one in enumerate(left):
        for j, other in enumerate(right):
            if one != other and b[:, j].std() > 0:
                value = float(np.corrcoef(a[:, i], b[:, j])[0, 1])
                if abs(value) > STRONG:
                    found[min(one, other), max(one, other)] = value
    return tuple((one, other, value) for (one, other), value in sorted(found.items(), key=lambda item: -abs(item[1])))

