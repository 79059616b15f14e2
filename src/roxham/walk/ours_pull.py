"""Where those who set out end: the average of three simple rules, with what opens late and where many camps share a
country weighing as was learned from other conflicts.

The rules: a walk from place to place that ends in the first good destination, the same walk by people who pass on
nearly always, and gravity over the roads. Each is wrong in some conflict and none in all, which is why
they are averaged. Nothing that was counted after the first day enters here.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from importlib import resources
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from roxham._yaml import parse
from roxham.errors import Problem, RunError
from roxham.spec import read_text
from roxham.walk.ours_ground import Given, Ground

__all__ = ["Parameters", "blind", "drawn", "pull", "read_parameters", "tilted"]

Real = NDArray[np.float64]
Whole = NDArray[np.int64]

SOFTENING_KM = 50.0  # as Flee's validation settings have it
CONFLICT_WEIGHT = 0.25  # the same
PEOPLE_POWER = 0.5  # halfway between "every place in conflict counts the same" and "in proportion to its people"
STAY_SOMETIMES = 0.047  # chance to stay in a destination, each time that the walk comes to one
STAY_RARELY = 0.001
NEARBY = 0.1  # of the median road: added to every road in the rule of gravity
LOST = 0.0005  # chance that a walk ends at no destination at a step, so that every walk ends


@dataclass(frozen=True, slots=True)
class Parameters:
    """What was fitted, in `ours.yaml` with how.

    `distance_power`: how fast a road's draw falls with its length, in the walks. `opened_late`: log weight of
    destinations that open after the first day. `shared_country`: the power with which the number of destinations in a
    country divides each one's pull. `memory_days`: after so many days a count is trusted by a factor of e
    less. `by_map`, `by_share`: how growth since the last counts is shared out by this rule, and evenly by share,
    against the growth last seen (weight 1). `spread`, `spread_informed`: standard deviation of the log of each
    destination's share, the second after 30 days.
    """

    distance_power: float
    opened_late: float
    shared_country: float
    memory_days: float
    by_map: float
    by_share: float
    spread: float
    spread_informed: float


def read_parameters(path: str | Path | None = None) -> Parameters:
    """Read fitted parameters: those of a file, or those that come with the package.

    Raises SpecError where the file is no YAML and RunError naming every number that it lacks.

    >>> read_parameters().distance_power > 0
    True
    """
    if path is None:
        name, text = "ours.yaml", resources.files("roxham.walk").joinpath("ours.yaml").read_text(encoding="utf-8")
    else:
        name, text = str(path), read_text(path)
    data = parse(text, name)
    values = data.get("parameters", {}) if isinstance(data, dict) else {}
    values = values if isinstance(values, dict) else {}
    lacking = [one.name for one in fields(Parameters) if not isinstance(values.get(one.name), int | float)]
    if lacking:
        raise RunError(Problem(f"no number for {', '.join(lacking)}", file=name))
    return Parameters(**{one.name: float(values[one.name]) for one in fields(Parameters)})


def pull(terrain: Ground, numbers: Given, parameters: Parameters, *, capacities: bool = False) -> Real:
    """Return the share of each day's departures that each destination draws, of shape (days, destinations).

    With `capacities`, capacity shares and the learned pull count in equal parts (a geometric mean).
    """
    return tilted(terrain, drawn(terrain, numbers, parameters.distance_power), parameters, capacities=capacities)


def drawn(terrain: Ground, numbers: Given, distance_power: float) -> Real:
    """Return the average share of the three rules by day and destination, before anything that was learned."""
    share = np.zeros((len(terrain.spell), len(terrain.place)))
    people = np.maximum(terrain.folder.places.people, 0).astype(np.float64)
    size = people**PEOPLE_POWER  # 0 where nobody lives
    leave = numbers.origin * size
    none = leave.sum(axis=1) <= 0
    leave[none] = numbers.origin[none]
    for spell in range(len(terrain.reachable)):
        days = np.flatnonzero(terrain.spell == spell)
        for rule in _rules(terrain, spell, distance_power):
            share[days] += _by_origin(leave[days], size, rule, terrain.reachable[spell])
    return np.asarray(share / share.sum(axis=1, keepdims=True))


def tilted(terrain: Ground, share: Real, parameters: Parameters, *, capacities: bool = False) -> Real:
    """Return shares changed by what was learned: late openings, shared countries, and capacities if asked for."""
    weight = np.where(terrain.opened > 0, np.exp(parameters.opened_late), 1.0)
    share = share * weight * terrain.siblings**-parameters.shared_country
    share = share / share.sum(axis=1, keepdims=True)
    if capacities:
        share = np.sqrt(share * _room(terrain))
        share = share / share.sum(axis=1, keepdims=True)
    return np.asarray(share, dtype=np.float64)


def _by_origin(leave: Real, size: Real, rule: Real, reachable: NDArray[np.bool_]) -> Real:
    """Return the shares of those who leave; where no way leads from there, of all places, or of all that is open."""
    spread = reachable.astype(np.float64) if reachable.any() else np.ones(len(reachable))
    found = leave @ rule
    for other in (size @ rule, rule.sum(axis=0), spread):
        found = np.where(found.sum(axis=1, keepdims=True) > 0, found, other)
    return np.asarray(found / found.sum(axis=1, keepdims=True), dtype=np.float64)


def _rules(terrain: Ground, spell: int, power: float) -> list[Real]:
    """Return the chance of each destination from each place, by the three rules, in one spell."""
    network, places = terrain.network, len(terrain.folder.places)
    is_open, stops = terrain.links_open[spell], terrain.stops[spell]
    draw = np.where(terrain.at_war[spell], CONFLICT_WEIGHT, 1.0)
    step = np.zeros((places, places))
    weight = (draw[network.end] / (SOFTENING_KM + network.km)) ** power
    np.add.at(step, (network.start[is_open], network.end[is_open]), weight[is_open])
    out = step.sum(axis=1, keepdims=True)
    step = np.divide(step, out, out=np.zeros_like(step), where=out > 0)
    rules = []
    for stay in (STAY_SOMETIMES, STAY_RARELY):
        on = step * np.where(stops, 1.0 - stay, 1.0)[:, None] * (1.0 - LOST)
        ends = np.zeros((places, len(terrain.place)))
        ends[terrain.place, np.arange(len(terrain.place))] = np.where(stops[terrain.place], stay, 0.0)
        rules.append(np.maximum(np.linalg.solve(np.eye(places) - on, ends), 0.0))
    rules.append(_gravity(terrain.km[spell]))
    return rules


def _gravity(km: Real) -> Real:
    known = np.isfinite(km)
    near = NEARBY * float(np.median(km[known])) if known.any() else 1.0
    draw = np.where(known, 1.0 / (np.where(known, km, 0.0) + max(near, 1.0)), 0.0)
    total = draw.sum(axis=1, keepdims=True)
    return np.asarray(np.divide(draw, total, out=np.zeros_like(draw), where=total > 0))


def _room(terrain: Ground) -> Real:
    """Return capacity relative to the others', 1 where it is not known."""
    capacity = terrain.folder.places.capacity[terrain.place].astype(np.float64)
    known = capacity > 0
    return np.asarray(np.where(known, capacity / (capacity[known].mean() if known.any() else 1.0), 1.0))


def blind(terrain: Ground, numbers: Given, share: Real, *, heed: Real | None = None) -> Real:
    """Return people by day and destination from the totals and the first day's counts alone.

    Newcomers follow those who are there: with S people at first and A arrivals since, a part S / (S + A) of
    the newcomers goes where the first are (among what can be reached), the others where the map draws them.
    `heed` (days, destinations) weighs both by what the law of each destination lets people expect; where it leaves
    nothing, people go as if there were no law.
    """
    here = numbers.first
    if here.sum() > 0:
        arrived = np.cumsum(numbers.leaving) - numbers.leaving
        kept = np.where(terrain.reachable[terrain.spell], here, 0.0)
        stock = kept.sum(axis=1, keepdims=True)
        part = np.where(stock > 0, here.sum() / (here.sum() + arrived)[:, None], 0.0)
        share = (1.0 - part) * share + part * np.divide(kept, stock, out=np.zeros_like(kept), where=stock > 0)
    if heed is not None:
        weighed = share * heed
        found = weighed.sum(axis=1, keepdims=True)
        share = np.where(found > 0, np.divide(weighed, found, out=np.zeros_like(weighed), where=found > 0), share)
    return np.asarray(here + np.cumsum(numbers.leaving[:, None] * share, axis=0), dtype=np.float64)
