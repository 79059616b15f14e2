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
_SEED = 17


def entries(view: View, series: Mapping[str, Floats]) -> dict[str, Floats]:
    """Draws of irregular entries by series id, in the province where they are counted and in the whole country."""
    plan = view.design
    claims = series[f"claims/{plan.entries.province}/{plan.entries.at}"]
    share, spread = _share(view)
    luck = Streams(seed=_SEED, draw=0).generator("entries share").normal(size=(len(claims), 1))
    here = claims * share * np.exp(spread * luck)
    ids = [f"entries/{place}/irregular" for place in (plan.entries.province, plan.series.whole)]
    return {ids[0]: here, ids[1]: here * _elsewhere(view)}


def _since(view: View) -> str:
    """The first whole month under the rule in force where the entries are counted."""
    cell = f"{view.design.entries.province}/{view.design.entries.at}"
    starts = [f"{rule.from_:%Y-%m}" for rule in view.regimes.values() if cell in rule.cells and rule.from_ <= view.day]
    return max(starts, default="")


def _share(view: View) -> tuple[float, float]:
    """Entries per claim under the rule in force, and its spread on the log scale."""
    place, at = view.design.entries.province, view.design.entries.at
    claims = view.history[:, view.cells.index(f"{place}/{at}")]
    seen = view.entries[place]
    since = _since(view)
    fit = [t for t, month in enumerate(view.months) if month > since and np.isfinite(seen[t]) and seen[t] > 0]
    if len(fit) >= 3:
        ratios = np.log(seen[fit[-_YEAR:]] / claims[fit[-_YEAR:]])
        return float(np.exp(ratios.mean())), float(ratios.std(ddof=1))
    unseen = view.design.entries.share_unseen
    for one in reversed(view.sums):
        span = months(one.first, one.last)
        if one.province == place and one.first > since and set(span) <= set(view.months):
            counted = sum(claims[view.months.index(month)] for month in span)
            return one.persons / counted, spread_of(unseen) / 2
    return unseen.value, spread_of(unseen)


def _elsewhere(view: View) -> float:
    """Entries in the whole country per entry in the province."""
    plan, since = view.design, _since(view)
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
