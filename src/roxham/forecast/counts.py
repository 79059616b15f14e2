"""Counts as targets: negative binomial, months of a window sharing one unknown factor, dispersion estimated.

A count has mean mu and variance mu + phi mu^2. What a window's months say of the parameters is the ratio of two
likelihoods: at the model's means, an error shared by all its months taken at its best, and at the means times the
factor that fits best. Its signed root is a standard normal error in large counts, so sums of squares of such facts are
exact (profile) log likelihoods, and least squares finds the same point as maximum likelihood.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

__all__ = ["PHI_MEDIAN", "PHI_SPREAD", "Counts", "Term", "deviance", "dispersions", "group", "of_blocks"]

Floats = NDArray[np.float64]
#: Prior of the dispersion (assumed): its root, the error of a month beyond chance, is log-normal with median 5 %; 90 %
#: of it lies between 1 % and 25 %.
PHI_MEDIAN, PHI_SPREAD = 0.05**2, 2.0
#: The log factor of a window stays within these limits.
WIDEST = 6.0
_GRID = np.exp(np.linspace(np.log(1e-8), 0.0, 241))


@dataclass(frozen=True)
class Term:
    """One fact that the parameters must explain: what was seen, what the model says, and the error of the log ratio."""

    name: str
    seen: float
    model: float
    sd: float

    @property
    def residual(self) -> float:
        """Log ratio in standard errors."""
        return float(np.log(max(self.model, 1e-12) / max(self.seen, 1e-12)) / self.sd)


@dataclass(frozen=True)
class Counts:
    """One fact: counts seen and what the model says, `fixed` + `model` each, with an error shared by all of `model`.

    `phi` is the dispersion of each count; `shared` the standard deviation of the log of the shared error, 0 for none.
    """

    name: str
    count: Floats
    fixed: Floats
    scaled: Floats
    phi: Floats
    shared: float

    @property
    def seen(self) -> float:
        """The sum of what was seen beyond the fixed part (persons)."""
        return float((self.count - self.fixed).sum())

    @property
    def model(self) -> float:
        """The sum of what the model says beyond the fixed part (persons)."""
        return float(self.scaled.sum())

    @property
    def residual(self) -> float:
        """Signed root of twice the log of the likelihood ratio; positive where the model says more than was seen."""
        best = self._best(0.0)
        error = self._best(self.shared) if self.shared else 0.0
        lost = self._deviance(error) - self._deviance(best) + (error / self.shared) ** 2 if self.shared else (
            self._deviance(0.0) - self._deviance(best))
        return float(-np.sign(best) * np.sqrt(max(lost, 0.0)))

    def integrated(self) -> float:
        """Log likelihood of the counts with a flat prior on the log factor (Laplace), up to a constant."""
        from scipy.stats import nbinom

        best = self._best(0.0)
        mu = self._means(best)
        size = 1 / self.phi
        part = self.scaled * np.exp(best)
        told = float((part**2 / (mu * (1 + self.phi * mu))).sum())
        logs = nbinom.logpmf(np.round(self.count), size, size / (size + mu))
        return float(logs.sum() - 0.5 * np.log(max(told, 1e-12)))

    def _means(self, error: float) -> Floats:
        return np.asarray(np.maximum(self.fixed + self.scaled * np.exp(error), 1e-9))

    def _deviance(self, error: float) -> float:
        return float(deviance(self.count, self._means(error), self.phi).sum())

    def _best(self, sd: float) -> float:
        """The log factor of greatest likelihood, with a normal prior when `sd` is given (Fisher scoring)."""
        pull = 1 / sd**2 if sd else 0.0
        at = 0.0
        for _ in range(60):
            mu = self._means(at)
            part = self.scaled * np.exp(at)
            spread = mu * (1 + self.phi * mu)
            slope = float((part * (self.count - mu) / spread).sum()) - pull * at
            step = float(np.clip(slope / (float((part**2 / spread).sum()) + pull + 1e-12), -1.0, 1.0))
            at = float(np.clip(at + step, -WIDEST, WIDEST))
            if abs(step) < 1e-12 or abs(at) == WIDEST:
                break
        return at


def deviance(count: Floats, mu: Floats, phi: Floats) -> Floats:
    """Twice the log of the likelihood ratio of each count at its own value and at a mean, negative binomial.

    >>> deviance(np.array([0.0, 5.0]), np.array([1.0, 5.0]), np.array([1e-9, 0.5])).round(6).tolist()
    [2.0, 0.0]
    """
    from scipy.special import xlogy

    return np.asarray(
        2 * (xlogy(count, count / mu) - (count + 1 / phi) * np.log1p(phi * (count - mu) / (1 + phi * mu))))


def group(values: Floats, blocks: Sequence[tuple[int, int]]) -> Floats:
    """Sums of monthly values over blocks of months, both ends included."""
    return np.array([values[first:last + 1].sum() for first, last in blocks])


def of_blocks(means: Floats, blocks: Sequence[tuple[int, int]], phi: float) -> Floats:
    """The dispersion of sums of months: that of one month, times the sum of squared means over the squared sum."""
    return phi * group(means**2, blocks) / np.maximum(group(means, blocks) ** 2, 1e-12)


def dispersions(facts: Sequence[Counts]) -> tuple[Floats, Floats]:
    """What counts and prior say of the dispersion of a month: values, and the probability below each.

    `facts` carry dispersion 1 a month (and so what a block has of it); each window is fitted by its own factor.
    """
    logs = np.array([
        sum(replace(fact, phi=fact.phi * phi).integrated() for fact in facts)
        - 0.5 * (np.log(phi / PHI_MEDIAN) / PHI_SPREAD) ** 2
        for phi in _GRID])  # fmt: skip
    weight = np.exp(logs - logs.max())
    return _GRID, np.cumsum(weight) / weight.sum()
