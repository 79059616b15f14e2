"""The mode `roxham` of a walk: how many people are in each destination on each day, with bands.

Two ways to be told things. `blind` knows the map, the totals and the counts of the first day, as Flee does;
`informed` knows also what had been counted up to 30 days before each day. Neither uses capacities unless asked to.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from roxham.errors import Problem, RunError
from roxham.streams import Streams
from roxham.walk.folder import Folder
from roxham.walk.ours_ground import Given, Ground, given, ground
from roxham.walk.ours_memory import LAG, View, informed
from roxham.walk.ours_pull import Parameters, blind, pull, read_parameters
from roxham.walk.prospect import Prospects
from roxham.walk.read import read_folder

__all__ = ["TAILS", "Prediction", "ages", "bands", "predict"]

Real = NDArray[np.float64]

TAILS = 3.0  # degrees of freedom of the errors of log shares: a few destinations are far off


@dataclass(frozen=True, slots=True)
class Prediction:
    """People by destination and day: `central` (destinations, days), and `counts` (draws, destinations, days)."""

    name: tuple[str, ...]
    central: Real
    counts: Real
    informed: bool
    capacities: bool


def predict(
    folder: str | Path | Folder, *, informed: bool = False, draws: int = 50, seed: int = 1,
    parameters: Parameters | None = None, capacities: bool = False, numbers: Given | None = None,
    law: Prospects | None = None,
) -> Prediction:
    """Predict the people in each observed destination on each day.

    `numbers` are the totals and first counts that are taken as given (the folder's own by default). With
    `informed`, each day is predicted from counts dated 30 days before it or earlier. With `law`, each destination's
    pull is weighed by what its law lets people expect. Raises SpecError with every fault of the folder, UnknownName
    for a country of the law that the folder does not have, and RunError when it has no destination.
    """
    if draws < 0:
        raise RunError(Problem(f"draws must be 0 or more, not {draws}"))
    read = folder if isinstance(folder, Folder) else read_folder(folder)
    fitted = parameters or read_parameters()
    told = numbers or given(read)
    terrain = ground(read)
    share = pull(terrain, told, fitted, capacities=capacities)
    view = View(read)
    heed = None if law is None else law.weight(read, terrain.place)
    central = _path(terrain, told, share, fitted, view=view if informed else None, heed=heed)
    age = ages(view, terrain, len(central)) if informed else np.full(central.shape, np.inf)
    counts = bands(central, age, told.first, fitted, draws=draws, seed=seed)
    return Prediction(terrain.name, np.ascontiguousarray(central.T), counts, informed, capacities)


def _path(
    terrain: Ground, told: Given, share: Real, fitted: Parameters, *, view: View | None, heed: Real | None
) -> Real:
    unseen = blind(terrain, told, share, heed=heed)
    return unseen if view is None else informed(view, told.total, unseen, fitted)


def ages(view: View, terrain: Ground, days: int) -> Real:
    """Return how many days old each destination's last usable count is; infinite where there is none."""
    out = np.full((days, len(terrain.place)), np.inf)
    for day in range(LAG, days):
        when = view.on(day - LAG).day
        if np.isfinite(when).any():
            out[day] = np.where(np.isfinite(when), day - when, np.inf)
    return out


def bands(central: Real, age: Real, first: Real, fitted: Parameters, *, draws: int, seed: int) -> Real:
    """Return draws of people (draws, destinations, days) whose log shares are off by noise of the fitted spread.

    Totals stay. What was there on the first day is known and stays too; where there is a later count, its `age` in
    days sets how far off shares are (infinite: no count).
    """
    counts = np.empty((draws, *central.T.shape))
    known = np.where(np.isfinite(age), 0.0, np.minimum(first, central))
    old = np.where(np.isfinite(age), age, 0.0)
    with_count = np.minimum(fitted.spread_informed * np.sqrt(old / LAG), fitted.spread)
    spread = np.where(np.isfinite(age), with_count, fitted.spread)
    total = (central - known).sum(axis=1, keepdims=True)
    for draw in range(draws):
        noise = Streams(seed=seed, draw=draw).generator("walk: pull").standard_t(TAILS, size=central.shape[1])
        came = (central - known) * np.exp(np.clip(spread * noise, -20.0, 20.0))
        found = came.sum(axis=1, keepdims=True)
        counts[draw] = (known + came * np.divide(total, found, out=np.zeros_like(total), where=found > 0)).T
    return counts
