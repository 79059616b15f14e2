"""What our rule is given: the map by spells of days, who sets out, and the totals and first counts as Flee has them."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from roxham.errors import Problem, RunError
from roxham.walk.demand import make_demand, spawn_factor
from roxham.walk.folder import Folder
from roxham.walk.network import Network, directed
from roxham.walk.series import observed_table
from roxham.walk.timeline import Timeline, make_timeline

__all__ = ["Given", "Ground", "given", "ground"]

Real = NDArray[np.float64]
Whole = NDArray[np.int64]
Flag = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Given:
    """The numbers that Flee is given too: people in all destinations by day, who set out, and who is there at first.

    `total` and `leaving` have the shape (days,), `first` (destinations,), `origin` (days, places): how many of
    those who set out on a day come from each place, up to a factor.
    """

    total: Real
    leaving: Real
    first: Real
    origin: Real


@dataclass(frozen=True, slots=True)
class Ground:
    """The map in spells, in each of which nothing opens or closes and no conflict begins or ends.

    `place` are the destinations; `spell` (days,) numbers the spells and `links_open`, `stops`, `at_war` (spells, ...)
    describe them: links that are open, places where people may stay, places in conflict. `reachable`
    (spells, destinations) says which destinations can be reached, `opened` the day since when (-1 never).
    """

    folder: Folder
    network: Network
    name: tuple[str, ...]
    place: Whole
    spell: Whole
    links_open: Flag
    stops: Flag
    at_war: Flag
    km: Real
    reachable: Flag
    opened: Whole
    siblings: Real


def ground(folder: Folder) -> Ground:
    """Cut the map into spells and measure the road from every place to every destination in each.

    Roads lead through destinations. Raises RunError when the folder names no destination.
    """
    rules = folder.settings
    network = directed(folder, rules, doubled=False)
    line = make_timeline(folder, network, rules)
    name, place = _destinations(folder)
    stops = line.is_camp.copy()
    never = ~stops[:, place].any(axis=0)
    stops[:, place[never]] = True
    state = np.concatenate([line.is_open, stops, line.intensity > 0], axis=1)
    _, first, spell = np.unique(state, axis=0, return_index=True, return_inverse=True)
    spell = np.asarray(spell, dtype=np.int64).reshape(-1)
    km = np.stack([_roads(network, line.is_open[day], len(folder.places), place) for day in first])
    km = np.where(stops[first][:, None, place], km, np.inf)
    reachable = np.isfinite(km).sum(axis=1) > 1
    by_day = reachable[spell]
    opened = np.where(by_day.any(axis=0), by_day.argmax(axis=0), -1).astype(np.int64)
    country = np.array(folder.places.country)[place]
    return Ground(
        folder=folder, network=network, name=name, place=place, spell=spell, links_open=line.is_open[first],
        stops=stops[first], at_war=line.intensity[first] > 0, km=km, reachable=reachable, opened=opened,
        siblings=np.array([(country == one).sum() for one in country], dtype=np.float64),
    )


def given(folder: Folder) -> Given:
    """Return the totals, departures and first counts of a folder, with the decay of conflicts that it sets."""
    rules = folder.settings
    line = make_timeline(folder, directed(folder, rules, doubled=False), rules)
    demand = make_demand(folder, line, dataclasses.replace(rules, insert_day0=True), hasten=1)
    _, place = _destinations(folder)
    by_place = demand.here + demand.mean
    leaving = demand.total + by_place.sum(axis=1)
    first = demand.at_first[place].astype(np.float64)
    driven = bool(by_place.any())
    total = first.sum() + np.cumsum(leaving)
    if folder.observed and not driven:
        total = observed_table(folder).spawned
    return Given(np.asarray(total, dtype=np.float64), np.asarray(leaving, dtype=np.float64), first,
                 by_place if driven else _origin(folder, line))


def _origin(folder: Folder, line: Timeline) -> Real:
    """Return each place's conflict, and where there is none on a day, every place that is no destination."""
    factor = spawn_factor(line, folder.settings)
    quiet = factor.sum(axis=1) <= 0
    factor[quiet] = ~folder.places.is_camp
    return factor


def _destinations(folder: Folder) -> tuple[tuple[str, ...], Whole]:
    kept = [(one.name, one.place) for one in folder.observed if one.place >= 0]
    if not kept:
        kept = [(folder.places.name[camp], int(camp)) for camp in np.flatnonzero(folder.places.is_camp)]
    if not kept:
        message = "the folder names no destination: no camp, and no observed place"
        raise RunError(Problem(message, file=str(folder.path)))
    return tuple(name for name, _ in kept), np.array([place for _, place in kept], dtype=np.int64)


def _roads(network: Network, is_open: Flag, places: int, ends: Whole) -> Real:
    """Return the shortest way in km from every place to every end, infinite where there is none."""
    from scipy.sparse import csr_array
    from scipy.sparse.csgraph import dijkstra

    shortest: dict[tuple[int, int], float] = {}
    for link in np.flatnonzero(is_open):
        pair = (int(network.end[link]), int(network.start[link]))
        shortest[pair] = min(shortest.get(pair, np.inf), max(float(network.km[link]), 1.0))
    rows, columns = (np.array([pair[side] for pair in shortest], dtype=np.int64) for side in (0, 1))
    back = csr_array((np.array(list(shortest.values()), dtype=np.float64), (rows, columns)), shape=(places, places))
    return np.asarray(dijkstra(back, indices=ends).T, dtype=np.float64)
