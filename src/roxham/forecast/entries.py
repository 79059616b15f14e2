"""Irregular entries from land-border claims: a share of them, as last published for the rule of travel in force.

Entries by month ended when the road closed; a share seen before a rule says little under it, so after a new rule the
share comes from published sums of longer periods, and before those from an assumed range.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from roxham.evidence.tables import months
from roxham.forecast.regimes import spread_of
from roxham.forecast.vintage import ALL, View
from roxham.streams import Streams

__all__ = ["entries"]

Floats = NDArray[np.float64]
_YEAR = 12
_FEWEST = 3
_SEED = 17


def entries(view: View, series: Mapping[str, Floats]) -> dict[str, Floats]:
    """Draws of irregular entries by series id, in the province where they are counted and in the whole country."""
    plan = view.design
    claims = series[f"claims/{plan.entries.province}/{plan.entries.at}"]
    luck = Streams(seed=_SEED, draw=0).generator("entries share").normal(size=len(claims))
    here, whole = np.empty_like(claims), np.empty_like(claims)
    for k in range(claims.shape[1]):
        since = _since(view, view.target(k + 1))
        share, spread = _share(view, since)
        here[:, k] = claims[:, k] * share * np.exp(spread * luck)
        whole[:, k] = here[:, k] * _elsewhere(view, since)
    ids = [f"entries/{place}/irregular" for place in (plan.entries.province, plan.series.whole)]
    return {ids[0]: here, ids[1]: whole}


def _since(view: View, month: str) -> str:
    """The month in which the rule began that holds through a month where the entries are counted; empty if none."""
    cell = f"{view.design.entries.province}/{view.design.entries.at}"
    starts = [f"{rule.from_:%Y-%m}" for rule in view.regimes.values() if cell in rule.cells]
    return max((start for start in starts if start < month), default="")


def _openings(view: View) -> set[str]:
    """Months in which a rule opened: after them the share before any rule is the best guess."""
    return {f"{rule.from_:%Y-%m}" for rule in view.regimes.values() if rule.kind == "open"}


def _share(view: View, since: str) -> tuple[float, float]:
    """Entries per claim under the rule that began in a month, and its spread on the log scale."""
    place, at = view.design.entries.province, view.design.entries.at
    claims = view.history[:, view.cells.index(f"{place}/{at}")]
    seen = view.entries[place]
    held = [t for t, month in enumerate(view.months) if _since(view, month) == since]
    fit = [t for t in held if np.isfinite(seen[t]) and seen[t] > 0]
    if len(fit) >= _FEWEST:
        ratios = np.log(seen[fit[-_YEAR:]] / claims[fit[-_YEAR:]])
        return float(np.exp(ratios.mean())), float(ratios.std(ddof=1))
    if since and since in _openings(view):
        return _share(view, "")
    unseen = view.design.entries.share_unseen
    for one in reversed(view.sums):
        span = months(one.first, one.last)
        if one.province == place and one.first > since and set(span) <= set(view.months):
            counted = sum(claims[view.months.index(month)] for month in span)
            return one.persons / counted, spread_of(unseen) / 2
    return unseen.value, spread_of(unseen)


def _elsewhere(view: View, since: str) -> float:
    """Entries in the whole country per entry in the province, under the rule that began in a month."""
    plan = view.design
    spans = [one for one in view.sums if one.first > since and one.province == plan.entries.province]
    if spans and since:
        span = spans[-1]
        every = sum(
            one.persons for one in view.sums
            if (one.first, one.last) == (span.first, span.last) and one.province != ALL
        )  # fmt: skip
        return every / span.persons
    here, whole = view.entries[plan.entries.province], view.entries[plan.series.whole]
    both = [t for t in range(len(here)) if here[t] > 0 and np.isfinite(whole[t])]
    recent = both[-_YEAR:]
    return float(whole[recent].sum() / here[recent].sum()) if recent else 1.0
