"""Proper scores of a forecast against what came: lower is better, and zero is a forecast that knew.

Written out because they are short and must work without extras; the tests hold them against two libraries. The weighted
interval score is that of Bracher et al. (2021, doi 10.1371/journal.pcbi.1008618), the score of draws the continuous
ranked probability score in the form of Gneiting and Raftery (2007, doi 10.1198/016214506000001437).
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from roxham.errors import EvidenceError

__all__ = ["covered", "crps", "interval_score", "pit", "quantile_loss", "skill", "wis"]

Floats = NDArray[np.float64]


def quantile_loss(quantile: Floats, observed: Floats, level: float) -> Floats:
    """Give the pinball loss of a quantile at its level, in the unit of the counts.

    >>> quantile_loss(np.array([10.0, 10.0]), np.array([14.0, 6.0]), 0.95).round(3).tolist()
    [3.8, 0.2]
    """
    miss = observed - quantile
    return np.where(miss >= 0, level * miss, (level - 1) * miss)


def interval_score(low: Floats, high: Floats, observed: Floats, share: float) -> Floats:
    """Give the interval score of a central band that should hold this share, in the unit of the counts.

    >>> interval_score(np.array([10.0]), np.array([20.0]), np.array([22.0]), 0.8).round(3).tolist()
    [30.0]
    """
    alpha = 1 - share
    below = np.maximum(low - observed, 0.0)
    above = np.maximum(observed - high, 0.0)
    return np.asarray(high - low + 2 / alpha * (below + above), dtype=np.float64)


def wis(quantiles: Floats, observed: Floats, levels: Sequence[float] | Floats) -> Floats:
    """Give the weighted interval score of quantiles (last axis) at symmetric levels with a median.

    Raises EvidenceError when the levels are not symmetric around 0.5.

    >>> wis(np.array([[8.0, 10.0, 12.0]]), np.array([13.0]), [0.25, 0.5, 0.75]).round(3).tolist()
    [2.333]
    """
    places = np.asarray(levels, dtype=np.float64)
    bands = len(places) // 2
    if len(places) % 2 == 0 or not np.allclose(places + places[::-1], 1.0):
        raise EvidenceError("a weighted interval score needs levels that lie in pairs around a median")
    total = 0.5 * np.abs(observed - quantiles[..., bands])
    for k in range(bands):
        share = float(places[-1 - k] - places[k])
        band = interval_score(quantiles[..., k], quantiles[..., -1 - k], observed, share)
        total = total + (1 - share) / 2 * band
    return np.asarray(total / (bands + 0.5), dtype=np.float64)


def crps(draws: Floats, observed: Floats) -> Floats:
    """Give the continuous ranked probability score of draws (first axis), in the unit of the counts.

    The mean distance to the outcome less half the mean distance between two draws, the same draw twice included.

    >>> crps(np.array([[9.0], [11.0]]), np.array([10.0])).tolist()
    [0.5]
    """
    ordered = np.sort(draws, axis=0)
    count = len(ordered)
    weights = (2 * np.arange(1, count + 1) - count - 1).reshape((-1,) + (1,) * (ordered.ndim - 1))
    between = (weights * ordered).sum(axis=0) * 2 / count**2
    return np.asarray(np.abs(ordered - observed).mean(axis=0) - between / 2, dtype=np.float64)


def covered(quantiles: Floats, observed: Floats, levels: Sequence[float] | Floats, share: float) -> NDArray[np.bool_]:
    """Say whether the central band that should hold this share holds the outcome, its ends included.

    Raises EvidenceError when the band's ends are not among the levels.

    >>> covered(np.array([[8.0, 10.0, 12.0]]), np.array([12.0]), [0.25, 0.5, 0.75], 0.5).tolist()
    [True]
    """
    places = np.asarray(levels, dtype=np.float64)
    ends = [np.flatnonzero(np.isclose(places, end)) for end in ((1 - share) / 2, (1 + share) / 2)]
    if any(len(end) != 1 for end in ends):
        raise EvidenceError(f"a band of {share:.0%} needs levels that are not given")
    low, high = (quantiles[..., int(end[0])] for end in ends)
    return np.asarray((low <= observed) & (observed <= high))


def pit(quantiles: Floats, observed: Floats, levels: Sequence[float] | Floats) -> Floats:
    """Give the place of the outcome among the quantiles: even between 0 and 1 when bands are honest.

    Straight lines join the levels; an outcome beyond the outer quantiles lies half-way to 0 or 1. Of a stretch of equal
    quantiles the middle counts.

    >>> pit(np.array([[8.0, 10.0, 12.0]]), np.array([11.0]), [0.25, 0.5, 0.75]).tolist()
    [0.625]
    """
    places = np.asarray(levels, dtype=np.float64)
    flat = quantiles.reshape(quantiles.size // len(places), len(places))
    out = np.empty(len(flat))
    for k, (row, value) in enumerate(zip(flat, np.broadcast_to(observed, quantiles.shape[:-1]).ravel(), strict=True)):
        if value < row[0]:
            out[k] = places[0] / 2
        elif value > row[-1]:
            out[k] = (1 + places[-1]) / 2
        else:
            equal = places[row == value]
            out[k] = equal.mean() if len(equal) else np.interp(value, row, places)
    return out.reshape(quantiles.shape[:-1])


def skill(score: float, baseline: float) -> float:
    """Give the share of a baseline's score that a forecast saves: 0 as good, 1 perfect, below 0 worse; NaN without one.

    >>> skill(80.0, 100.0).__round__(3)
    0.2
    """
    return 1 - score / baseline if baseline > 0 else float("nan")
