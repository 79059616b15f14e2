"""How far off a walk is, as users of Flee score it, and beside it what needs no model at all.

The measure is N of the literature: the mean over days of the sum over camps of |predicted - counted|, over the sum
counted. Half of it is the share of people in the wrong place. Days on which nobody was counted do not enter; Flee takes
them for days without error, which makes its numbers a little smaller where there are some.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from roxham.errors import Problem, RunError
from roxham.walk.folder import Folder
from roxham.walk.ours_score import ard
from roxham.walk.series import ObservedTable, observed_table
from roxham.walk.simulate import Walk

__all__ = ["LAG", "baselines", "counted_at", "rescaled", "score"]

Real = NDArray[np.float64]

LAG = 30  # days after which counts may be used in what is called informed


def rescaled(people: Real, counted: Real) -> Real:
    """Return predicted people scaled, day by day, so that they add up to those counted.

    >>> rescaled(np.array([[1.0, 1.0]]), np.array([[6.0, 2.0]])).tolist()
    [[4.0, 4.0]]
    """
    total = people.sum(axis=-1, keepdims=True)
    wanted = counted.sum(axis=-1, keepdims=True)
    return np.asarray(np.divide(people * wanted, total, out=np.zeros_like(people, dtype=float), where=total > 0))


def counted_at(folder: Folder, *, hasten: int = 1) -> ObservedTable:
    """Return the counts that a walk is held against; raise RunError when the folder has none."""
    table = observed_table(folder, hasten=hasten)
    if not table.name or not table.people.any():
        raise RunError(Problem("nothing was counted in any place, so there is nothing to score", file=str(folder.path)))
    return table


def baselines(folder: Folder, table: ObservedTable) -> dict[str, float]:
    """Return the same measure of forecasts without a model: the total divided by fixed shares.

    `capacity_share` uses capacities that are as a rule the largest count of the camp, so it knows the answer. The
    shares of a day are those counted on it, used for all days; those of 30 days ago enter from day 30 on. A forecast
    whose shares do not exist is left out.
    """
    total = table.people.sum(axis=1, keepdims=True)
    capacity = np.maximum(folder.places.capacity[table.place], 0).astype(np.float64)
    shares: dict[str, Real] = {"uniform": np.ones(len(table.name)), "capacity_share": capacity}
    for day in (0, 7, LAG):
        if day < len(total):
            shares[f"share_day{day}"] = table.people[day]
    found = {name: ard(total * share / share.sum(), table.people) for name, share in shares.items() if share.sum() > 0}
    if len(total) > LAG:
        old = rescaled(table.people[:-LAG], table.people[LAG:])
        found["shares_30_days_ago"] = ard(old, table.people[LAG:])
        if table.people[LAG].sum() > 0:
            frozen = total * table.people[LAG] / table.people[LAG].sum()
            found["day_30_shares_frozen"] = ard(frozen, table.people, since=LAG)
    return found


def score(walk: Walk) -> dict[str, object]:
    """Return how far off a walk is, with baselines; every number is a share of the people counted.

    `ard` is the mean over replicates, each scored as one run of Flee is; `ard_sd` how much they differ; `ard_rescaled`
    the same after scaling to the people counted; `ard_of_mean` that of the mean of all replicates. `ard_informed` is
    the measure from day 30 on; this walk has used no counts but the totals. Raises RunError when nothing was counted.
    """
    hasten = 1 if walk.plan is None else max(walk.plan.hasten, 1)
    table = counted_at(walk.folder, hasten=hasten)
    columns = [walk.name.index(name) for name in table.name if name in walk.name]
    people = walk.people[:, :, columns].astype(np.float64)
    each = np.array([ard(one, table.people) for one in people])
    late = np.array([ard(one, table.people, since=LAG) for one in people])
    scaled = np.array([ard(rescaled(one, table.people), table.people) for one in people])
    return {
        "mode": walk.mode,
        "ard": _number(each.mean()),
        "ard_sd": _number(each.std(ddof=1)) if len(each) > 1 else None,
        "ard_informed": _number(late.mean()),
        "ard_rescaled": _number(scaled.mean()),
        "ard_of_mean": _number(ard(people.mean(axis=0), table.people)),
        "baselines": {name: _number(value) for name, value in baselines(walk.folder, table).items()},
        "known": {
            "ard": "the map, the totals, the counts of the first day, and the capacities, as Flee knows them",
            "ard_informed": "the same, on days from 30 on; no counts are used",
        },
        "days": walk.people.shape[1], "destinations": len(columns), "draws": walk.replicates, "seed": walk.seed,
        "seconds": round(walk.seconds, 3),
    }


def _number(value: float) -> float | None:
    return round(float(value), 4) if np.isfinite(value) else None
