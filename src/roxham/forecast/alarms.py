"""Early warning: the chance that claims rise by more than half within three months, and how good such alarms were.

An alarm is raised when the chance, seen from a month's end, reaches a threshold. It is judged by how long before a rise
it came and how often it came for nothing, beside an alarm that only looks at the last months known.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from roxham.forecast.vintage import later_month

if TYPE_CHECKING:
    from roxham.forecast.backtest import Backtest

__all__ = [
    "AHEAD",
    "RISE",
    "SMALL",
    "THRESHOLD",
    "Alarms",
    "chance_of_rise",
    "judge_alarms",
    "judge_last_seen",
    "rises",
]

Floats = NDArray[np.float64]
RISE = 1.5
AHEAD = 3
#: Counts below this are too small for a rise to matter (persons a month).
SMALL = 100.0
#: The chance from which an alarm is raised (a judgement: one in three).
THRESHOLD = 1 / 3


@dataclass(frozen=True)
class Alarms:
    """How alarms did: rises in all, rises warned of, mean months before, and false alarms a year in one series."""

    model: str
    rises: int
    warned: int
    months_before: float
    false_a_year: float


def rises(counts: Floats) -> NDArray[np.bool_]:
    """Mark the months in which a rise begins: more than half above three months before, not so in the month before.

    >>> rises(np.array([100.0, 100, 100, 100, 200, 220, 200, 200])).nonzero()[0].tolist()
    [4]
    """
    high = _high(counts)
    begins = high.copy()
    begins[1:] &= ~high[:-1]
    return begins


def _high(counts: Floats) -> NDArray[np.bool_]:
    high = np.zeros(len(counts), dtype=bool)
    high[AHEAD:] = (counts[AHEAD:] > RISE * counts[:-AHEAD]) & (counts[AHEAD:] >= SMALL)
    return high


def chance_of_rise(draws: Floats, now: int) -> float:
    """Give the chance that the count three months on is more than half above that of now; `draws` is draws x months.

    >>> chance_of_rise(np.array([[100.0, 0, 0, 160], [100.0, 0, 0, 140]]), 0)
    0.5
    """
    later = draws[:, now + AHEAD]
    return float(np.mean((later > RISE * draws[:, now]) & (later >= SMALL)))


def judge_alarms(
    result: Backtest, model: str, series: Sequence[str], threshold: float = THRESHOLD, *, from_: str = "", to: str = "9"
) -> Alarms:
    """Set the alarms of a model over some series and origins beside the rises that came."""
    chance = result.rise[result.of(model)]
    raised = {
        (name, month): bool(chance[o, result.series.index(name)] >= threshold)
        for o, month in enumerate(result.origins)
        for name in series
        if from_ <= month <= to
    }
    return _judge(result, model, series, raised)


def judge_last_seen(result: Backtest, series: Sequence[str], *, lag: int = 2, from_: str = "", to: str = "9") -> Alarms:
    """Do the same for an alarm that says: what was known had already risen by more than half in three months."""
    raised = {}
    for name in series:
        counts = result.counts[result.series.index(name)]
        for month in result.origins:
            last = result.months.index(month) - lag if month in result.months else len(result.months) - 1
            high = counts[last] > RISE * counts[last - AHEAD] and counts[last] >= SMALL
            if from_ <= month <= to:
                raised[name, month] = bool(high)
    return _judge(result, "last_seen", series, raised)


def _judge(result: Backtest, model: str, series: Sequence[str], raised: dict[tuple[str, str], bool]) -> Alarms:
    found, warned, false, judged = 0, 0, 0, 0
    before: list[int] = []
    for name in series:
        counts = result.counts[result.series.index(name)]
        high = {month for month, one in zip(result.months, _high(counts), strict=True) if one}
        origins = {month for one, month in raised if one == name}
        for month in (month for month, begin in zip(result.months, rises(counts), strict=True) if begin):
            sources = [later_month(month, -k) for k in range(AHEAD, 0, -1)]
            if origins.issuperset(sources):
                early = [AHEAD - k for k, source in enumerate(sources) if raised[name, source]]
                found, warned = found + 1, warned + bool(early)
                before += early[:1]
        for month in origins:
            ahead = {later_month(month, k) for k in range(1, AHEAD + 1)}
            if ahead <= set(result.months):
                judged += 1
                false += raised[name, month] and not ahead & high
    mean = float(np.mean(before)) if before else float("nan")
    return Alarms(model, found, warned, mean, 12 * false / judged if judged else float("nan"))
