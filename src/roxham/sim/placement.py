"""Which place each family goes to today: as it is asked, greedily, or at the least cost.

A placement rule is a pure function of the families waiting, the free beds and a price for every pair of family
and place (infinite where the family may not go). Families are placed together or not at all, and no place gets
more people than it has free beds. What is made small is one sum: the prices of the pairs chosen, plus
``without_bed`` for every person who is left without a bed. That last number says how much the other prices may
weigh against a night without a bed, so it has no default.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from roxham.errors import RunError

LARGEST_SEARCH = 2_000  # nodes of the branch and bound; a count, not a time, so that answers repeat


@dataclass(frozen=True)
class Placement:
    """Where each family goes.

    Attributes:
        place: column of the place for each family, in the order of the rows; -1: no bed today.
        cost: the sum that placement makes small, people without a bed included.
        persons_without_bed: people in families that got no place.
    """

    place: NDArray[np.int32]
    cost: float
    persons_without_bed: int


def as_is(
    persons: NDArray[np.int32],
    beds: NDArray[np.int32],
    price: NDArray[np.float64],
    *,
    without_bed: float,
    asked: NDArray[np.int32],
) -> Placement:
    """Every family goes where it asked, first come first served; nobody is sent elsewhere.

    Args:
        persons: size of each family, in the order in which they wait.
        beds: free beds of each place.
        price: price of each family (row) in each place (column); infinite where it may not go.
        without_bed: price of one person without a bed.
        asked: column of the place where each family asks for beds.

    >>> families, beds = np.array([3, 2]), np.array([4, 9])
    >>> as_is(families, beds, np.zeros((2, 2)), without_bed=100, asked=np.array([0, 0])).place.tolist()
    [0, -1]
    """
    _check(persons, beds, price, without_bed)
    if asked.shape != persons.shape or (asked.size and not 0 <= int(asked.min()) <= int(asked.max()) < beds.size):
        raise RunError(f"asked must name one of {beds.size} places for each of {persons.size} families")
    only = np.full(price.shape, np.inf)
    rows = np.arange(persons.size)
    only[rows, asked] = price[rows, asked]
    place = _first_come(persons, beds, only, without_bed)
    return _told(place, persons, price, without_bed)


def greedy(
    persons: NDArray[np.int32], beds: NDArray[np.int32], price: NDArray[np.float64], *, without_bed: float
) -> Placement:
    """Each family in turn takes the cheapest place that still holds all of it.

    >>> families, beds = np.array([2, 3]), np.array([3, 2])
    >>> price = np.array([[1.0, 2.0], [1.0, 9.0]])
    >>> greedy(families, beds, price, without_bed=100).place.tolist()
    [0, -1]
    """
    _check(persons, beds, price, without_bed)
    return _told(_first_come(persons, beds, price, without_bed), persons, price, without_bed)


def optimal(
    persons: NDArray[np.int32],
    beds: NDArray[np.int32],
    price: NDArray[np.float64],
    *,
    without_bed: float,
    gap: float = 1e-6,
) -> Placement:
    """The placement of least cost, all families weighed together (integer programme, solved by HiGHS).

    Families of one size and one row of prices are alike: the programme decides how many of each kind go to each
    place, and within a kind those who came first are placed first. The answer is never worse than greedy's.

    Args:
        gap: relative distance from the best bound at which the search stops.

    >>> families, beds = np.array([2, 3]), np.array([3, 2])
    >>> price = np.array([[1.0, 2.0], [1.0, 9.0]])
    >>> optimal(families, beds, price, without_bed=100).place.tolist()
    [1, 0]
    """
    floor = greedy(persons, beds, price, without_bed=without_bed)
    kinds, kind = np.unique(np.column_stack([persons, price]), axis=0, return_inverse=True)
    kind = kind.reshape(-1)
    counts = _solve(kinds, np.bincount(kind, minlength=len(kinds)), beds, without_bed=without_bed, gap=gap)
    if counts is None:
        return floor
    place = np.full(persons.size, -1, dtype=np.int32)
    for k in range(len(kinds)):
        to = np.repeat(np.arange(beds.size, dtype=np.int32), counts[k])
        place[np.flatnonzero(kind == k)[: to.size]] = to
    found = _told(place, persons, price, without_bed)
    return found if found.cost <= floor.cost else floor


def _solve(
    kinds: NDArray[np.float64],
    families: NDArray[np.int64],
    beds: NDArray[np.int32],
    *,
    without_bed: float,
    gap: float,
) -> NDArray[np.int64] | None:
    """How many families of each kind go to each place, shape (kinds, places); None if no plan was found."""
    from scipy.optimize import Bounds, LinearConstraint, milp
    from scipy.sparse import csr_array

    size, price = kinds[:, 0], kinds[:, 1:]
    gain = size[:, None] * without_bed - price
    k, j = np.nonzero(np.isfinite(price) & (gain > 0) & (size[:, None] <= beds[None, :]))
    if not k.size:
        return np.zeros(price.shape, dtype=np.int64)
    pair = np.arange(k.size)
    by_kind = csr_array((np.ones(k.size), (k, pair)), shape=(len(kinds), k.size))
    by_place = csr_array((size[k], (j, pair)), shape=(beds.size, k.size))
    answer = milp(
        -gain[k, j],
        integrality=np.ones(k.size),
        bounds=Bounds(0, np.inf),
        constraints=[LinearConstraint(by_kind, ub=families), LinearConstraint(by_place, ub=beds)],
        options={"mip_rel_gap": gap, "node_limit": LARGEST_SEARCH},
    )
    if answer.x is None:
        return None
    counts = np.zeros(price.shape, dtype=np.int64)
    counts[k, j] = np.rint(answer.x).astype(np.int64)
    return counts


def _first_come(
    persons: NDArray[np.int32], beds: NDArray[np.int32], price: NDArray[np.float64], without_bed: float
) -> NDArray[np.int32]:
    """Each family in turn takes the cheapest place that holds it, unless that costs more than no bed."""
    free = beds.astype(np.int64)
    place = np.full(persons.size, -1, dtype=np.int32)
    if not beds.size:
        return place
    for row, size in enumerate(persons.tolist()):
        here = np.where(free >= size, price[row], np.inf)
        best = int(np.argmin(here))
        if here[best] < size * without_bed:
            place[row] = best
            free[best] -= size
    return place


def _told(
    place: NDArray[np.int32], persons: NDArray[np.int32], price: NDArray[np.float64], without_bed: float
) -> Placement:
    """A placement with its cost, summed in one order whatever the rule."""
    placed = np.flatnonzero(place >= 0)
    without = int(persons[place < 0].sum())
    return Placement(place, float(price[placed, place[placed]].sum()) + without * without_bed, without)


def _check(persons: NDArray[np.int32], beds: NDArray[np.int32], price: NDArray[np.float64], without_bed: float) -> None:
    problems: list[str] = []
    if price.shape != (persons.size, beds.size):
        problems.append(f"price has shape {price.shape}; {persons.size} families and {beds.size} places were given")
    if persons.size and int(persons.min()) < 1:
        problems.append(f"a family has {int(persons.min())} persons; at least 1")
    if beds.size and int(beds.min()) < 0:
        problems.append(f"a place has {int(beds.min())} free beds; at least 0")
    if np.isnan(price).any() or np.isneginf(price).any():
        problems.append("a price is not a number")
    if not np.isfinite(without_bed) or without_bed <= 0:
        problems.append(f"without_bed must be positive; it is {without_bed}")
    if problems:
        raise RunError(problems)
