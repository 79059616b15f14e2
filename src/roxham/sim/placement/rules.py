"""Which place each family goes to today: as it is asked, greedily, or at the least cost.

A placement rule is a pure function of one day's columns. Families are placed together or not at all, nobody is sent
where a hard rule forbids it (there the price is infinite), and no place gets more people than it has free beds on
any day of their stay. An answer is the column of the place of each family, -1 where it gets none today.

``fixed`` holds decisions already taken: a place, -1 (keep waiting), or `OPEN` (decide).
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from roxham.errors import RunError
from roxham.sim.placement.data import Day
from roxham.sim.placement.improve import improve
from roxham.sim.placement.solve import Programme, solve

GAP = 1e-6  # relative distance from the best bound at which the search stops
OPEN = -2
Places = NDArray[np.int64]


def as_is(day: Day, asked: Places, fixed: Places | None = None) -> Places:
    """Every family goes where it asked, first come first served; nobody is sent elsewhere.

    >>> day = simple([3, 2], [4, 9], np.zeros((2, 2)), without_bed=100)
    >>> as_is(day, np.array([0, 0])).tolist()
    [0, -1]
    """
    families, places = day.price.shape
    if asked.shape != (families,) or (families and not -1 <= int(asked.min()) <= int(asked.max()) < places):
        raise RunError(f"asked must name one of {places} places for each of {families} families")
    only = np.full(day.price.shape, np.inf)
    rows = np.flatnonzero(asked >= 0)
    only[rows, asked[rows]] = day.price[rows, asked[rows]]
    return _first_come(day, only, fixed)


def greedy(day: Day, fixed: Places | None = None) -> Places:
    """Each family in turn takes the cheapest place that still holds all of it.

    >>> greedy(simple([2, 3], [3, 2], np.array([[1.0, 2.0], [1.0, 9.0]]), without_bed=100)).tolist()
    [0, -1]
    """
    return _first_come(day, day.price, fixed)


def optimal(day: Day, fixed: Places | None = None, *, keep: Places | None = None, gap: float = GAP) -> Places:
    """The placement of least cost, all families weighed together (integer programme, solved by HiGHS).

    Families alike in size, days, prices and needs are one kind: the programme decides how many of each kind go to each
    place, and within a kind those who came first are placed first. The answer is never worse than greedy's.

    Args:
        keep: an earlier answer; among plans of equal cost the one that moves the fewest people from it is taken.
        gap: relative distance from the best bound at which the search stops.

    >>> optimal(simple([2, 3], [3, 2], np.array([[1.0, 2.0], [1.0, 9.0]]), without_bed=100)).tolist()
    [1, 0]
    """
    floor = greedy(day, fixed)
    if not day.price.size:
        return floor
    fixed = _open(day) if fixed is None else fixed
    kinds = kinds_of(day, fixed)
    counts = _solve(day, fixed, kinds, gap)
    found = [floor] if counts is None else [floor, hand_out(kinds, counts, keep)]
    found.append(improve(day, found[-1], fixed == OPEN))
    costs = [cost(day, one) for one in found]
    best = found[min(range(len(found)), key=lambda one: (costs[one], one != 1))]
    return best if keep is None else nearest(day, best, fixed, keep, gap)


def nearest(day: Day, place: Places, fixed: Places, keep: Places, gap: float = GAP) -> Places:
    """Among the plans that cost no more than one given, the one that moves the fewest people from an earlier answer.

    Solved as a second programme with the cost as a row; on a day too large to be searched whole, a plan may be missed.
    """

    def moved(one: Places) -> int:
        return int(day.persons[one != keep].sum())

    if not moved(place):
        return place
    kinds = kinds_of(day, fixed, keep)
    pairs = pairs_of(day, fixed, kinds)
    if not pairs.kind.size:
        return place
    x, _ = solve(_stay(day, kinds, pairs, keep, cost(day, place)), gap)
    if x is None:
        return place
    counts = np.zeros((kinds.first.size, day.free.shape[0]), dtype=np.int64)
    counts[pairs.kind, pairs.place] = np.rint(x[: pairs.kind.size]).astype(np.int64)
    other = hand_out(kinds, counts, keep)
    dearer = cost(day, other) > cost(day, place) + _alike(cost(day, place))
    return place if dearer or moved(other) >= moved(place) else other


def _alike(cost: float) -> float:
    """How far apart costs may be that count as equal: what floats lose in a sum."""
    return 1e-9 * abs(cost) + 1e-6


def _stay(day: Day, kinds: Kinds, pairs: Pairs, keep: Places, most: float) -> Programme:
    """The day's programme with its cost bounded, in which people who stay where they were are what is gained.

    A family that waited before gains by waiting on, which is said as a price on every place it could go to.
    """
    from scipy.sparse import csr_array, vstack

    task = programme(day, kinds, pairs)
    was = keep[kinds.first][pairs.kind]
    stays = np.where(was == pairs.place, -1.0, np.where(was < 0, 1.0, 0.0)) * pairs.size
    limit = most + _alike(most) / 2 - float(day.without.sum()) + day.unfair * _above(day, day.before)
    scale = float(np.abs(task.cost).max(initial=1.0))
    matrix = vstack([task.matrix, csr_array(task.cost[None, :] / scale)]).tocsr()
    return replace(task, cost=np.concatenate([stays, np.zeros(task.cost.size - stays.size)]), matrix=matrix,
                   bound=np.append(task.bound, limit / scale))


def cost(day: Day, place: Places) -> float:
    """The sum that placement makes small, in the unit of the prices."""
    placed = np.flatnonzero(place >= 0)
    paid = float(day.price[placed, place[placed]].sum())
    return paid + float(day.without[place < 0].sum()) + fairness(day, place)


def fairness(day: Day, place: Places) -> float:
    """Price of the people above the share of their province, less that of those who were above it before."""
    return day.unfair * (_above(day, housed(day, place)) - _above(day, day.before))


def housed(day: Day, place: Places) -> NDArray[np.float64]:
    """People in each province once all are in their places, those from before included."""
    placed = np.flatnonzero(place >= 0)
    now = np.bincount(day.province[place[placed]], weights=day.persons[placed], minlength=day.share.size)
    return np.asarray(day.before + now)


def left(day: Day, place: Places) -> NDArray[np.int64]:
    """Free beds of each place on each day once all are in their places, shape (P, D)."""
    free = day.free.copy()
    placed = np.flatnonzero(place >= 0)
    np.subtract.at(free, place[placed], np.where(day.there[placed], day.persons[placed, None], 0))
    return free


def simple(persons: list[int], beds: list[int], price: NDArray[np.float64], *, without_bed: float) -> Day:
    """A day without dates, needs or shares: sizes, free beds, prices of the pairs, and of a person without a bed."""
    size = np.array(persons, dtype=np.int64)
    free = np.array(beds, dtype=np.int64)[:, None]
    return Day(size, np.ones((size.size, 1), dtype=bool), free, price, (size * without_bed).astype(float),
               np.zeros(free.size, dtype=np.int64), np.ones(1), np.zeros(1))


def check(day: Day) -> None:
    """Raise RunError with everything that is wrong with the columns of a day."""
    families, places = day.price.shape
    days = day.there.shape[1]
    problems: list[str] = []
    shapes = {"persons": (families,), "there": (families, days), "free": (places, days), "without": (families,),
              "province": (places,), "before": day.share.shape}
    for name, shape in shapes.items():
        if getattr(day, name).shape != shape:
            problems.append(f"{name} has shape {getattr(day, name).shape}; it must be {shape}")
    if day.persons.size and int(day.persons.min()) < 1:
        problems.append(f"a family has {int(day.persons.min())} persons; at least 1")
    if day.free.size and int(day.free.min()) < 0:
        problems.append(f"a place has {int(day.free.min())} free beds; at least 0")
    if np.isnan(day.price).any() or np.isneginf(day.price).any():
        problems.append("a price is not a number")
    if day.without.size and not (np.isfinite(day.without).all() and day.without.min() > 0):
        problems.append("the price of a family without a bed must be positive")
    if problems:
        raise RunError(problems)


@dataclass(frozen=True)
class Kinds:
    """Families that are alike for the programme: the kind of each, the first row and the number of each kind."""

    of: NDArray[np.int64]
    first: NDArray[np.int64]
    families: NDArray[np.int64]


def kinds_of(day: Day, fixed: Places, keep: Places | None = None) -> Kinds:
    """Group families of one size, one set of days, one row of prices, one decision taken and one earlier place."""
    apart = fixed if keep is None else np.column_stack([fixed, keep])
    columns = np.column_stack([day.persons, day.there, day.without, apart, day.price])
    _, first, of = np.unique(columns, axis=0, return_index=True, return_inverse=True)
    of = of.reshape(-1)
    return Kinds(of, first, np.bincount(of, minlength=first.size))


def hand_out(kinds: Kinds, counts: NDArray[np.int64], keep: Places | None) -> Places:
    """Give the families of each kind their places, in the order in which they came, staying where they were."""
    place = np.full(kinds.of.size, -1, dtype=np.int64)
    for k, count in enumerate(counts):
        rows = np.flatnonzero(kinds.of == k)
        rest = count.copy()
        if keep is not None:
            for row in rows:
                if keep[row] >= 0 and rest[keep[row]] > 0:
                    place[row] = keep[row]
                    rest[keep[row]] -= 1
            rows = rows[place[rows] < 0]
        to = np.repeat(np.arange(rest.size), rest)
        place[rows[: to.size]] = to
    return place


@dataclass(frozen=True)
class Pairs:
    """The pairs of kind and place that a programme may choose, and the rows that bound them."""

    kind: NDArray[np.int64]
    place: NDArray[np.int64]
    size: NDArray[np.int64]
    gain: NDArray[np.float64]
    most: NDArray[np.int64]
    least: NDArray[np.int64]


def pairs_of(day: Day, fixed: Places, kinds: Kinds) -> Pairs:
    """Every pair that keeps the hard rules, with what it gains beside no bed and how often it may be chosen."""
    first = kinds.first
    price, decided = day.price[first], fixed[first]
    gain = day.without[first][:, None] - price
    usable = np.isfinite(price) & ((gain > 0) | (decided >= 0)[:, None]) & day.fits()[first]
    chosen = decided[:, None] == np.arange(price.shape[1])[None, :]
    usable &= (decided == OPEN)[:, None] | chosen
    kind, place = np.nonzero(usable)
    forced = decided[kind] >= 0
    return Pairs(kind, place, day.persons[first][kind], gain[kind, place], kinds.families[kind],
                 np.where(forced, kinds.families[kind], 0))


def _solve(day: Day, fixed: Places, kinds: Kinds, gap: float) -> NDArray[np.int64] | None:
    """How many families of each kind go to each place, shape (kinds, places); None if no plan was found."""
    pairs = pairs_of(day, fixed, kinds)
    counts = np.zeros((kinds.first.size, day.free.shape[0]), dtype=np.int64)
    if not pairs.kind.size:
        return counts
    x, _ = solve(programme(day, kinds, pairs), gap)
    if x is None:
        return None
    counts[pairs.kind, pairs.place] = np.rint(x[: pairs.kind.size]).astype(np.int64)
    return counts


def programme(day: Day, kinds: Kinds, pairs: Pairs) -> Programme:
    """The day as a programme: families of each kind, beds of each place on each day, people above the shares."""
    from scipy.sparse import csr_array, hstack, vstack

    many, groups, places = pairs.kind.size, day.share.size if day.unfair else 0, day.free.shape[0]
    column = np.arange(many)
    rows = [csr_array((np.ones(many), (pairs.kind, column)), shape=(kinds.first.size, many))]
    for d in range(day.free.shape[1]):
        there = (pairs.size * day.there[kinds.first][pairs.kind, d]).astype(float)
        rows.append(csr_array((there, (pairs.place, column)), shape=(places, many)))
    matrix = vstack(rows)
    bound = np.concatenate([kinds.families.astype(float), day.free.T.reshape(-1).astype(float)])
    if groups:
        over, limit = shares(day, pairs.size, day.province[pairs.place])
        matrix = vstack([hstack([matrix, csr_array((matrix.shape[0], groups))]), csr_array(over)])
        bound = np.concatenate([bound, limit])
    return Programme(
        np.concatenate([-pairs.gain, np.full(groups, day.unfair)]), matrix.tocsr(), bound,
        np.concatenate([pairs.least, np.zeros(groups)]),
        np.concatenate([pairs.most, np.full(groups, np.inf)]), many,
    )


def shares(
    day: Day, size: NDArray[np.float64] | NDArray[np.int64], province: NDArray[np.int64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Rows that make the last columns at least the people of each province above its share: matrix and bounds."""
    groups = day.share.size
    inside = (province[None, :] == np.arange(groups)[:, None]).astype(float)
    over = (inside - day.share[:, None]) * size[None, :]
    bound = day.share * day.before.sum() - day.before
    return np.hstack([over, -np.eye(groups)]), bound


def _above(day: Day, people: NDArray[np.float64]) -> float:
    return float(np.maximum(people - day.share * people.sum(), 0).sum())


def _first_come(day: Day, price: NDArray[np.float64], fixed: Places | None) -> Places:
    """Decisions taken first; then each family in turn takes the cheapest place that holds it, shares included."""
    free = day.free.copy()
    fixed = _open(day) if fixed is None else fixed
    place = np.where(fixed == OPEN, -1, fixed)
    if not day.free.size:
        return place
    people = housed(day, place)
    for row in np.flatnonzero(place >= 0):
        free[place[row]] -= np.where(day.there[row], day.persons[row], 0)
    for row in np.flatnonzero(fixed == OPEN):
        size = int(day.persons[row])
        holds = (free >= np.where(day.there[row], size, 0)).all(axis=1)
        here = np.where(holds, price[row], np.inf)
        if day.unfair:
            here = here + _unfair_by_place(day, people, size)
        best = int(np.argmin(here))
        if here[best] < day.without[row]:
            place[row] = best
            free[best] -= np.where(day.there[row], size, 0)
            people[day.province[best]] += size
    return place


def _unfair_by_place(day: Day, people: NDArray[np.float64], size: int) -> NDArray[np.float64]:
    """What one more family would add to the price of unfair shares, by place."""
    after = people[None, :] + size * np.eye(day.share.size)
    above = np.maximum(after - day.share[None, :] * (people.sum() + size), 0).sum(axis=1)
    return np.asarray(day.unfair * (above - _above(day, people))[day.province])


def _open(day: Day) -> Places:
    return np.full(day.persons.size, OPEN, dtype=np.int64)
