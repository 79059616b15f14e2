"""How many people set out, from where, and how many are in camps when a walk begins."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from roxham.errors import Problem, RunError
from roxham.walk.folder import Folder
from roxham.walk.series import by_day, corrected, observed_table
from roxham.walk.settings import Settings
from roxham.walk.timeline import Timeline, decay

__all__ = ["Demand", "make_demand"]

Real = NDArray[np.float64]
Whole = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Demand:
    """The people who appear, by day.

    `total` are those who set out on a day, shared out by `factor` times the population of each place; `here` those
    whose place of departure is given as well, `mean` the same where only their mean is (a Poisson law). `at_first`
    are the people in each place before the first day; `debt` what the totals fell by and later arrivals make up.
    `people` is the population of each place and `capacity` each camp's, both after `hasten`.
    """

    total: Whole
    factor: Real
    here: Whole
    mean: Real
    at_first: Whole
    debt: Whole
    people: Whole
    capacity: Real


def make_demand(folder: Folder, line: Timeline, rules: Settings, *, hasten: int, documented: bool = False) -> Demand:
    """Work out the people who appear, from the observed counts or from conflict and floods.

    As in Flee, a camp's capacity shrinks by those who are in it at first, and `insert_day0: False` counts the people
    of the first day twice; with `documented` neither is so.
    """
    days, places = folder.days, len(folder.places)
    total, debt = np.zeros(days, dtype=np.int64), np.zeros(days, dtype=np.int64)
    at_first = np.zeros(places, dtype=np.int64)
    capacity = np.floor_divide(np.maximum(folder.places.capacity, -1), hasten).astype(np.float64)
    capacity[folder.places.capacity < 0] = -1.0
    by_event = bool(rules.conflict_driven_mode or rules.flood_driven_mode)
    if folder.observed and not by_event:
        total, debt, at_first = _from_counts(folder, rules, hasten, documented=documented)
        if not documented and rules.insert_day0 and not rules.empty_camps_on_day0:
            capacity = np.where(capacity > 0, capacity - at_first, capacity)
    given = folder.places.attributes.get("initial_idps", ("",) * places)
    at_first += np.array([int(float(text)) if text.replace(".", "", 1).isdecimal() else 0 for text in given]) // hasten
    for place, listed in folder.listed.items():
        at_first[place] += listed if rules.read_from_agents_csv_file else 0
    here, mean = _from_events(folder, line, rules, hasten)
    people = folder.places.people // hasten
    return Demand(
        total=total, factor=_somewhere(spawn_factor(line, rules), people, total, folder), here=here, mean=mean,
        at_first=at_first, debt=debt, people=people, capacity=capacity,
    )


def _somewhere(factor: Real, people: Whole, total: Whole, folder: Folder) -> Real:
    """Return the factors with those of the last day that had any, where people set out and no place is in conflict.

    Flee stops there. Raises RunError when people set out before any place is in conflict.
    """
    from_any = (factor * people).sum(axis=1) > 0
    last = np.maximum.accumulate(np.where(from_any, np.arange(len(factor)), -1))
    lost = np.flatnonzero((total > 0) & (last < 0))
    if len(lost):
        told = f"on day {lost[0]} {total[lost[0]]:,} people set out, but no place with people is in conflict"
        raise RunError(Problem(told, file=str(folder.path / "conflicts.csv")))
    return np.asarray(factor[np.maximum(last, 0)], dtype=np.float64)


def spawn_factor(line: Timeline, rules: Settings) -> Real:
    """Return what multiplies each place's population, by day: its conflict, or its share of people in food crisis."""
    days = np.arange(len(line.intensity))[:, None]
    left = decay(rules, (days - line.onset).astype(np.float64))
    factor = np.where(line.intensity > 0, line.intensity * left, 0.0)
    if rules.starvation_driven_spawning:
        factor[1:] += line.food[1:] / 100.0
    return np.asarray(factor, dtype=np.float64)


def _from_counts(folder: Folder, rules: Settings, hasten: int, *, documented: bool) -> tuple[Whole, Whole, Whole]:
    """Return departures by day, the debt by day, and the people in camps at first."""
    table = observed_table(folder, hasten=hasten, documented=documented)
    seen = table.spawned
    if not rules.sum_from_camps and folder.total is not None:
        days, people = corrected(folder.total, folder.corrections, hasten=hasten, documented=documented)
        seen = by_day(days, people, np.arange(folder.days))
    new = np.diff(seen, prepend=seen[:1]).astype(np.int64)
    at_first = np.zeros(len(folder.places), dtype=np.int64)
    if not rules.insert_day0:
        extra = 0.0
        if not documented and folder.total is not None:
            days, people = corrected(folder.total, folder.corrections, hasten=hasten)
            extra = float(by_day(days, people, np.zeros(1, dtype=np.int64))[0])
        new[0] = int(table.spawned[0] + extra)
    elif not rules.empty_camps_on_day0:
        camp = folder.places.is_camp[table.place]
        np.add.at(at_first, table.place[camp], table.people[0, camp].astype(np.int64))
    total, debt = np.zeros_like(new), np.zeros_like(new)
    owed = 0
    for day, change in enumerate(new):
        wanted = int(change) - owed
        owed = max(-wanted, 0)
        total[day], debt[day] = max(wanted, 0), owed
    return total, debt, at_first


def _from_events(folder: Folder, line: Timeline, rules: Settings, hasten: int) -> tuple[Whole, Real]:
    """Return departures by day and place that conflict or floods drive: as numbers, or as means of a Poisson law."""
    shape = (folder.days, len(folder.places))
    here, mean = np.zeros(shape, dtype=np.int64), np.zeros(shape)
    people = (folder.places.people // hasten).astype(np.float64)
    if rules.conflict_driven_mode:
        strength = np.where(line.intensity > 0, line.intensity, 0.0)
        here, mean = _driven(rules.conflict_driven_mode, rules.displaced_per_conflict_day * strength, people)
    if rules.flood_driven_mode and rules.displaced_per_flood_day:
        steps = np.array(rules.displaced_per_flood_day, dtype=np.float64)
        strength = np.where(line.flood > 0, np.interp(line.flood, np.arange(len(steps)), steps), 0.0)
        more, means = _driven(rules.flood_driven_mode, strength, people)
        here, mean = here + more, mean + means
    return here, mean


def _driven(mode: str, strength: Real, people: Real) -> tuple[Whole, Real]:
    if mode == "poisson":
        return np.zeros(strength.shape, dtype=np.int64), strength
    each = strength * people if mode == "pop_ratio" else strength
    return np.floor(each).astype(np.int64), np.zeros(strength.shape)
