"""Sharing out a difference between its factors, with nothing left over.

Everything here has shape (2, lines, draws): what was in the first run, and in the second. Each function gives the
shares of the difference, one array of shape (lines, draws) for each effect; together they add up to it.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

Numbers = NDArray[np.float64]
#: Two prices that differ by less than this share are one price, and rounding.
SAME = 1e-12
#: Shares of whole numbers are multiples of one over this power of two.
FINE = 1024.0


def product(quantity: Numbers, amount: Numbers) -> tuple[Numbers, Numbers]:
    """Share the difference of amount = quantity x price: first what the quantity made, then the price.

    Each factor's change is taken at the mean of the other. Where one side has no quantity, and so no price, all of the
    difference is the quantity's, unless an amount stands without any quantity. Where amounts are whole numbers the
    shares are rounded to a 1,024th, so that their sum is exact.

    >>> product(np.array([[2.0], [3.0]]), np.array([[20.0], [60.0]]))
    (array([15.]), array([25.]))
    """
    change: Numbers = amount[1] - amount[0]
    whole = (quantity > 0).all(axis=0)
    with np.errstate(divide="ignore", invalid="ignore"):
        price = amount / quantity
        same = np.abs(price[1] - price[0]) <= SAME * np.abs(price[0])
        made = np.where(whole, np.where(same, change, (quantity[1] - quantity[0]) * (price[0] + price[1]) / 2), 0.0)
    if np.array_equal(amount, np.rint(amount)):
        made = np.rint(made * FINE) / FINE
    lone = ~whole & (np.where(quantity > 0, 0.0, amount) == 0).all(axis=0)
    made = np.where(lone, change, made)
    return made, change - made


def by_product(amount: Numbers, weight: Numbers, weighted: NDArray[np.bool_]) -> dict[str, Numbers]:
    """Shares of lines: of quantity and price where a line has a weight, else the difference as it stands.

    >>> shares = by_product(np.array([[[5.0]], [[7.0]]]), np.full((2, 1, 1), np.nan), np.array([False]))
    >>> {effect: part.tolist() for effect, part in shares.items() if part.any()}
    {'count': [[2.0]]}
    """
    quantity, price = product(np.nan_to_num(weight), amount)
    of = weighted[:, None]
    change = amount[1] - amount[0]
    return {"count": np.where(of, 0.0, change), "quantity": np.where(of, quantity, 0.0),
            "price": np.where(of, price, 0.0)}


def by_cohort(amount: Numbers, weight: Numbers, ahead: Numbers) -> dict[str, Numbers]:
    """Shares of a mean wait: who waits (`mix`), how many were ahead (`ahead`), how long each took (`pace`).

    The mean is the sum over cohorts of a cohort's share times its wait; the wait is how many were decided meanwhile
    times the days that each of them took. Where nothing was noted ahead, all of the wait's change is `wait`.
    """
    count = np.nan_to_num(weight)
    with np.errstate(divide="ignore", invalid="ignore"):
        share = count / count.sum(axis=1, keepdims=True)
        wait = amount / count
        mean = amount.sum(axis=1) / count.sum(axis=1)
    there = count > 0
    both = there.all(axis=0)
    filled = np.where(there, wait, 0.0)
    middle = np.where(both, (filled[0] + filled[1]) / 2, filled[0] + filled[1])
    mix = (share[1] - share[0]) * (middle - (mean[0] + mean[1]) / 2)
    weightiness = (share[0] + share[1]) / 2
    noted = both & (ahead > 0).all(axis=0)
    safe = np.where(there, count, 1.0)
    queue, _ = product(np.where(noted, ahead / safe, 0.0), np.where(noted, filled, 0.0))
    change = np.where(both, filled[1] - filled[0], 0.0)
    return {
        "mix": mix,
        "ahead": np.where(noted, weightiness * queue, 0.0),
        "pace": np.where(noted, weightiness * (change - queue), 0.0),
        "wait": np.where(both & ~noted, weightiness * change, 0.0),
    }


def nights_without(without: Numbers, in_bed: Numbers, asked: Numbers, offered: Numbers) -> dict[str, Numbers]:
    """Shares of the nights without a bed of each place and month: who asks, beds on offer, how long each waits.

    They are people who ask times nights that each waits without a bed. A change of the beds on offer has the nights
    that the people there, as in either run, would miss by it; the rest is how long each waits.

    >>> one = lambda a, b: np.array([[[float(a)]], [[float(b)]]])
    >>> shares = nights_without(one(0, 60), one(100, 140), one(10, 20), one(150, 150))
    >>> {effect: part.item() for effect, part in shares.items()}
    {'demand': 15.0, 'beds': 0.0, 'waited': 45.0}
    """
    demand, rest = product(asked, without)
    room = _room(without + in_bed, offered, _beyond)
    return {"demand": demand, "beds": room, "waited": rest - room}


def nights_in_bed(in_bed: Numbers, without: Numbers, asked: Numbers, offered: Numbers) -> dict[str, Numbers]:
    """Shares of the nights in a bed of each place and month: who asks, how long they are there, beds, timing.

    Nights that people are there, in a bed or waiting, are people who ask times nights of each. Of those nights, as many
    as there are beds on offer are in a bed; but for those on which a bed stood empty (`timing`).
    """
    there = without + in_bed
    room = _room(there, offered, np.minimum)
    crowd = np.minimum(there[1], offered[1]) - np.minimum(there[0], offered[0]) - room
    demand, _ = product(asked, there)
    change = there[1] - there[0]
    with np.errstate(divide="ignore", invalid="ignore"):
        felt = np.where(change != 0, crowd / change, 0.0)
    asking = np.rint(felt * demand * FINE) / FINE
    return {"demand": asking, "stay": crowd - asking, "beds": room, "timing": in_bed[1] - in_bed[0] - crowd - room}


def _beyond(people: Numbers, offer: Numbers) -> Numbers:
    return np.maximum(people - offer, 0.0)


def _room(there: Numbers, beds: Numbers, of: Callable[[Numbers, Numbers], Numbers]) -> Numbers:
    """What the change of the beds makes, at the mean of the people there in both runs."""
    room: Numbers = (of(there[0], beds[1]) - of(there[0], beds[0]) + of(there[1], beds[1]) - of(there[1], beds[0])) / 2
    return room
