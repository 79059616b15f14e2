"""How far off the mode `roxham` is, beside forecasts without a model: what `--score` prints."""

from __future__ import annotations

import dataclasses
import time
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from roxham.errors import Problem, RunError
from roxham.walk.folder import Folder
from roxham.walk.ours import predict
from roxham.walk.ours_ground import given
from roxham.walk.ours_memory import LAG, Table, View, informed, shares_known
from roxham.walk.ours_pull import Parameters, read_parameters
from roxham.walk.prospect import Prospects
from roxham.walk.read import read_folder
from roxham.walk.series import observed_table

__all__ = ["ard", "baselines", "coverage", "from_table", "score"]

Real = NDArray[np.float64]

BANDS = (50, 80, 95)
SINCE = {"ard": 0, "ard_informed": LAG}  # the first day that each is scored on
KNOWN = {
    "ard": "the map, the totals, and the counts of the first day; capacities are not used",
    "ard_informed": f"also what had been counted, and corrected, {LAG} days before each day; days from {LAG} on",
    "ard_informed_by_daily_table": f"the daily table up to {LAG} days before, whose lines between counts lead to later "
    "ones: to be held against shares_30_days_ago, which is made from the same; no forecast",
}


def ard(people: Real, counted: Real, *, since: int = 0) -> float:
    """Return the averaged relative difference (measure N): the mean over days of |people - counted| over counted.

    Both have the shape (days, destinations); days without anybody counted, and days before `since`, do not enter.

    >>> ard(np.array([[3.0, 1.0]]), np.array([[2.0, 2.0]]))
    0.5
    """
    total = counted.sum(axis=1)
    kept = (total > 0) & (np.arange(len(total)) >= since)
    if not kept.any():
        return float("nan")
    return float(np.mean(np.abs(people - counted).sum(axis=1)[kept] / total[kept]))


def coverage(counts: Real, counted: Real, *, since: int = 0) -> dict[int, float]:
    """Return the part of destinations and days whose count lies in the 50, 80 and 95 percent band of the draws."""
    kept = (counted.sum(axis=1) > 0) & (np.arange(len(counted)) >= since)
    truth = counted[kept].T
    found = {}
    for band in BANDS:
        low, high = np.percentile(counts[:, :, kept], [50 - band / 2, 50 + band / 2], axis=0)
        within = (np.floor(low) <= truth) & (truth <= np.ceil(high))
        found[band] = float(np.mean(within)) if truth.size else float("nan")
    return found


def baselines(folder: Folder, counted: Real, unseen: Real) -> dict[str, float]:
    """Return the same measure of forecasts without a model, on the totals of the destinations.

    `unseen` stands in the last of them on days for which nothing was known. *Shares of 30 days ago* are those of the
    daily table, whose lines between counts lead to later ones; `_as_known` are those of the last counts themselves.
    """
    total = counted.sum(axis=1)
    out = {"uniform": ard(np.repeat(total[:, None] / counted.shape[1], counted.shape[1], axis=1), counted)}
    capacity = np.maximum(folder.places.capacity[observed_table(folder).place], 0).astype(np.float64)
    if capacity.sum() > 0:
        out["capacity_share"] = ard(total[:, None] * capacity / capacity.sum(), counted)
    if len(counted) <= LAG:
        return out
    old = np.concatenate([counted[:LAG], counted[:-LAG]])
    sums = old.sum(axis=1, keepdims=True)
    ago = np.divide(old, sums, out=np.full_like(old, 1.0 / old.shape[1]), where=sums > 0) * total[:, None]
    out["shares_30_days_ago"] = ard(ago, counted, since=LAG)
    view = View(folder)
    out["shares_30_days_ago_as_known"] = ard(shares_known(view, total, unseen), counted, since=LAG)
    if counted[LAG].sum() > 0:
        out["day_30_shares_frozen"] = ard(total[:, None] * counted[LAG] / counted[LAG].sum(), counted, since=LAG)
    return out


def score(
    folder: str | Path | Folder, *, draws: int = 50, seed: int = 1, parameters: Parameters | None = None,
    law: Prospects | None = None,
) -> dict[str, object]:
    """Predict in every way and hold it against what was counted; the object that `--score --json` prints.

    `ard` and `ard_informed` (days from 30 on) use no capacities; `with_capacities` holds both again with them as
    a pull. `baselines` are forecasts without a model, `bands` the coverage, `known` what each was told.
    Raises SpecError with every fault of the folder, and RunError when nothing was counted.
    """
    begun = time.process_time()
    read = folder if isinstance(folder, Folder) else read_folder(folder)
    fitted = parameters or read_parameters()
    if not any(one.place >= 0 for one in read.observed):
        raise RunError(Problem("nothing was counted in any destination: nothing to score", file=str(read.path)))
    counted = observed_table(read).people
    told = given(read)
    ways = {
        (name, room): predict(read, informed=name == "ard_informed", draws=0 if room else draws, seed=seed,
                              parameters=fitted, capacities=room, numbers=told, law=law)
        for name in SINCE for room in (False, True)
    }
    plain, roomy = (
        {name: _number(ard(ways[name, room].central.T, counted, since=since)) for name, since in SINCE.items()}
        for room in (False, True)
    )
    unseen = ways["ard", False].central.T
    alike = ard(from_table(counted, unseen, fitted), counted, since=LAG)
    inside = {name: coverage(ways[name, False].counts, counted, since=since) for name, since in SINCE.items() if draws}
    return {
        "mode": "roxham", **plain, "ard_informed_by_daily_table": _number(alike), "with_capacities": roomy,
        "baselines": {name: _number(value) for name, value in baselines(read, counted, unseen).items()},
        "bands": {name: {str(band): _number(part) for band, part in found.items()} for name, found in inside.items()},
        "known": KNOWN, "days": len(counted), "destinations": counted.shape[1], "draws": draws, "seed": seed,
        "seconds": round(time.process_time() - begun, 3),
    }


def from_table(counted: Real, unseen: Real, fitted: Parameters) -> Real:
    """Return the informed prediction from the daily table that the baseline uses: growth last seen, and shares."""
    plain = dataclasses.replace(fitted, by_map=0.0, memory_days=1e9)
    return informed(Table(counted), counted.sum(axis=1), unseen, plain)


def _number(value: float) -> float | None:
    return round(value, 4) if np.isfinite(value) else None
