"""Futures in which families come one by one and are housed as they come: what a plan of today leads to.

A future is a draw of the families expected on the coming days. In each, every family takes the place that costs least
by the prices and premiums given, families that find none wait and try again each night, and the cost is summed until
the last of them has left. The same futures are lived for every plan compared, so that only the plans differ.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from roxham.sim.compiled import compiled

Floats = NDArray[np.float64]
Whole = NDArray[np.int64]
Grid = NDArray[np.int32]


@dataclass(frozen=True)
class Draws:
    """Who comes in each future: day and kind of each family by day, and where each future begins, shape (S + 1,)."""

    begin: Whole
    when: Whole
    kind: Whole

    @property
    def many(self) -> int:
        """How many futures there are."""
        return self.begin.size - 1

    def part(self, first: int, last: int) -> Draws:
        """Some of the futures."""
        a, b = self.begin[first], self.begin[last]
        return Draws(self.begin[first : last + 1] - a, self.when[a:b], self.kind[a:b])


@dataclass(frozen=True)
class Kinds:
    """Kinds of families, expected ones first and then today's, one row each.

    Attributes:
        size: persons; stay: nights.
        paid: price of the whole stay in each place; once: price on entering; shape (kinds, places).
        weighed: `paid` with the premiums, by which a place is chosen.
        order: columns of the places that a kind may go to, cheapest first, then -1.
    """

    size: Whole
    stay: Whole
    paid: Floats
    once: Floats
    weighed: Floats
    order: Whole


@dataclass(frozen=True)
class Beds:
    """Free beds by place and day, the days on which they fall (0: none), and the provinces with their shares."""

    free: Grid
    falls: Whole
    province: Whole
    share: Floats
    people: Floats
    unfair: float
    without_bed: float


def draw(rates: Floats, days: Whole, kinds: Whole, many: int, seed: int) -> Draws:
    """Draw futures: Poisson numbers of families with the rates given by day and kind, days ascending."""
    rng = np.random.default_rng(seed)
    count = rng.poisson(rates.sum(), many)
    begin = np.concatenate([[0], np.cumsum(count)]).astype(np.int64)
    row = np.searchsorted(np.cumsum(rates), rng.random(int(begin[-1])) * rates.sum(), side="right")
    row = np.minimum(row, rates.size - 1)
    for a, b in pairwise(begin):
        row[a:b] = np.sort(row[a:b])
    return Draws(begin, days[row], kinds[row])


def live(beds: Beds, kinds: Kinds, draws: Draws, waiting: Whole) -> Floats:
    """The cost of each future, shape (S,): beds, distance, nights without one, and shares passed at its end.

    Args:
        waiting: rows of the kinds that have no bed tonight and try again tomorrow.
    """
    out = np.empty(draws.many)
    most = int(np.diff(draws.begin).max(initial=0)) + waiting.size + 1
    scratch = np.empty((2, most), dtype=np.int64)
    run = compiled(_futures, _SIGNATURE, _unfair, _above, _choose, _future)
    run(beds.free, np.empty_like(beds.free), beds.falls, beds.province, beds.share, beds.people,
        np.empty((2, beds.share.size)), beds.unfair, beds.without_bed, kinds.size, kinds.stay, kinds.paid, kinds.once,
        kinds.weighed, kinds.order, draws.begin, draws.when, draws.kind, waiting, scratch, out)
    return out


_SIGNATURE = (
    "void(i4[:,::1], i4[:,::1], i8[:,::1], i8[::1], f8[::1], f8[::1], f8[:,::1], f8, f8, i8[::1], i8[::1], f8[:,::1], "
    "f8[:,::1], f8[:,::1], i8[:,::1], i8[::1], i8[::1], i8[::1], i8[::1], i8[:,::1], f8[::1])"
)


def _above(people: Floats, share: Floats, more: float, to: int) -> float:
    """People above the share of their province once so many more are in one of them."""
    total, above = more, 0.0
    for g in range(share.size):
        total += people[g]
    for g in range(share.size):
        over = people[g] - share[g] * total
        if g == to:
            over += more
        if over > 0:
            above += over
    return above


def _unfair(people: Floats, share: Floats, size: float, unfair: float, added: Floats) -> float:
    """Write what a family more would add to the price of unfair shares, by province; return the least."""
    least = 0.0
    if unfair > 0:
        now = _above(people, share, 0.0, 0)
        for g in range(share.size):
            added[g] = unfair * (_above(people, share, size, g) - now)
            least = min(least, added[g])
    return least


def _choose(
    free: Grid, falls: Whole, order: Whole, weighed: Floats, once: Floats, province: Whole, added: Floats,
    least: float, size: int, t: int, end: int, part: float, most: float,
) -> int:
    """The cheapest place that holds a family from a day to its last night, or -1; places come cheapest first."""
    best = -1
    for k in range(order.size):
        p = order[k]
        if p < 0 or weighed[p] * part + least >= most:
            break
        cost = weighed[p] * part + once[p] + added[province[p]]
        holds = cost < most and free[p, t] >= size
        if holds:
            for j in range(falls.shape[1]):
                d = falls[p, j]
                if t < d and d < end and free[p, d] < size:
                    holds = False
        if holds:
            best, most = p, cost
    return best


def _future(
    free: Grid, falls: Whole, province: Whole, share: Floats, people: Floats, added: Floats, unfair: float,
    without_bed: float, size: Whole, stay: Whole, paid: Floats, once: Floats, weighed: Floats, order: Whole,
    when: Whole, kind: Whole, i: int, last: int, row: Whole, end: Whole, waits: int,
) -> float:
    """Live one future to its end and return its cost."""
    cost, t = 0.0, 1
    while i < last or waits > 0:
        if waits == 0:
            t = when[i]
        while i < last and when[i] == t:
            row[waits], end[waits] = kind[i], t + stay[kind[i]]
            waits += 1
            i += 1
        still = 0
        for j in range(waits):
            k, left = row[j], end[j] - t
            if left <= 0:
                continue
            part, lost = left / stay[k], without_bed * size[k]
            least = _unfair(people, share, size[k], unfair, added)
            p = _choose(free, falls, order[k], weighed[k], once[k], province, added, least, size[k], t, end[j], part,
                        lost * left)
            if p < 0:
                cost += lost
                row[still], end[still] = k, end[j]
                still += 1
                continue
            for d in range(t, min(end[j], free.shape[1])):
                free[p, d] -= size[k]
            people[province[p]] += size[k]
            cost += paid[k, p] * part + once[k, p]
        waits = still
        t += 1
    return cost + unfair * _above(people, share, 0.0, 0)


def _futures(
    base: Grid, free: Grid, falls: Whole, province: Whole, share: Floats, people: Floats, held: Floats, unfair: float,
    without_bed: float, size: Whole, stay: Whole, paid: Floats, once: Floats, weighed: Floats, order: Whole,
    begin: Whole, when: Whole, kind: Whole, waiting: Whole, scratch: Whole, out: Floats,
) -> None:
    """Live all futures from the same beds."""
    for s in range(begin.size - 1):
        free[:, :] = base
        held[0, :] = people
        held[1, :] = 0.0
        for w in range(waiting.size):
            scratch[0, w], scratch[1, w] = waiting[w], stay[waiting[w]]
        out[s] = _future(free, falls, province, share, held[0], held[1], unfair, without_bed, size, stay, paid, once,
                         weighed, order, when, kind, begin[s], begin[s + 1], scratch[0], scratch[1], waiting.size)
