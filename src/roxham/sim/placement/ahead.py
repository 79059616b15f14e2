"""Place today's families with an eye on those expected: what each bed will be worth on each of the next nights.

A relaxed programme weighs today's families and the expected ones over the coming weeks, in stretches of days that grow.
It gives each bed in each stretch a worth: what one more such bed would save. Today's families are then placed exactly,
at their own prices plus the worth of the beds that they would keep from others. Nobody's arrival is known, only means;
and nobody is left without a bed tonight for the sake of somebody who may come.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from roxham.sim.placement.data import Day, Desk, Expected, Family, lay_out
from roxham.sim.placement.rules import GAP, Places, kinds_of, optimal, shares
from roxham.sim.placement.solve import Programme, relax

EDGES = (0, 1, 3, 7, 14, 25, 45, 75, 110)  # days at which the stretches begin; the last one ends there
LATEST_START = 3  # stretches in which a family of today may still be thought to get a bed
# Times the mean numbers expected: arrivals bunch, and a bed that then lacks costs more than one left over. Chosen
# among 1, 1.5 and 2 on seeds 500 and 501 of the benchmark, which is not reported on these.
CAUTION = 2.0
Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Worth:
    """What one bed is worth: by place and stretch of days, and one person by province, in the unit of the prices."""

    beds: Floats
    province: Floats


def look_ahead(
    desk: Desk, forecast: Sequence[Expected], fixed: Places | None = None, *, keep: Places | None = None,
    gap: float = GAP,
) -> Places:
    """Place today's families at the least cost once beds kept for expected families have their worth.

    Without a forecast the answer is that of `optimal`.

    Args:
        forecast: mean numbers of families expected by day; what is not after the desk's day is not used.
    """
    coming = [one for one in forecast if one.day > desk.date and one.families > 0]
    if not coming or not desk.day.price.size:
        return optimal(desk.day, fixed, keep=keep, gap=gap)
    today, expected = _today(desk, fixed), _expected(desk, coming)
    worth = _worth(desk, today, expected)
    if worth is None:
        return optimal(desk.day, fixed, keep=keep, gap=gap)
    return optimal(_priced(desk, worth), fixed, keep=keep, gap=gap)


@dataclass(frozen=True)
class Wanting:
    """Columns of kinds of families that want a bed from a day on: one row per kind and first night."""

    kind: NDArray[np.int64]
    stay: Floats  # share of each stretch of days that they fill, shape (rows, stretches)
    persons: Floats
    gain: Floats  # beside no bed, by place; minus infinity where they may not go
    most: Floats  # how many there are of each kind


def _overlap(start: Floats, end: Floats) -> Floats:
    """Share of each stretch of days between a first and a last night, shape (rows, stretches)."""
    edges = np.array(EDGES, dtype=float)
    inside = np.minimum(end[:, None], edges[None, 1:]) - np.maximum(start[:, None], edges[None, :-1])
    return np.asarray(np.maximum(inside, 0) / np.diff(edges)[None, :])


def _today(desk: Desk, fixed: Places | None) -> Wanting:
    """Today's families by kind, each from tonight on or from a later stretch on."""
    day = desk.day
    kinds = kinds_of(day, np.full(day.persons.size, -2) if fixed is None else fixed)
    rows = kinds.first
    starts = np.array(EDGES[: LATEST_START + 1], dtype=float)
    kind = np.repeat(np.arange(rows.size), starts.size)
    start, nights = np.tile(starts, rows.size), desk.nights[rows][kind].astype(float)
    gain = _gain(day.price[rows], day.without[rows], day.fits()[rows])[kind]
    left = np.maximum(1 - start / nights, 0)[:, None]
    gain = np.where(left > 0, gain * np.where(np.isfinite(gain), left, 1), -np.inf)
    return Wanting(kind, _overlap(start, nights), day.persons[rows][kind].astype(float), gain,
                   kinds.families.astype(float))


def _expected(desk: Desk, coming: Sequence[Expected]) -> Wanting:
    """People expected, by kind and stretch of days in which they come; their sizes do not count among means."""
    edges = np.array(EDGES)
    told: dict[int, tuple[Family, Floats]] = {}
    for one in coming:
        at = bisect_right(EDGES, (one.day - desk.date).days) - 1
        if at < edges.size - 1:
            told.setdefault(id(one.like), (one.like, np.zeros(edges.size - 1)))[1][at] += one.families
    many: dict[Family, Floats] = {}
    for family, families in told.values():
        like = replace(family, id="", persons=1, school_age=min(family.school_age, 1), override="", arrived=None,
                       asked="")
        many[like] = many.get(like, np.zeros(edges.size - 1)) + family.persons * families
    likes = [replace(like, id=f"expected {number}") for number, like in enumerate(many)]
    other = lay_out(likes, desk.places, desk.date, desk.weights)
    kind, stretch = np.nonzero(np.array(list(many.values())).reshape(len(likes), edges.size - 1))
    start = (edges[stretch] + edges[stretch + 1] - 1) / 2
    gain = _gain(other.day.price, other.day.without, np.ones(other.day.price.shape, dtype=bool))
    most = np.array(list(many.values()))[kind, stretch]
    return Wanting(np.arange(kind.size), _overlap(start, start + other.nights[kind]),
                   other.day.persons[kind].astype(float), gain[kind], most)


def _gain(price: Floats, without: Floats, usable: NDArray[np.bool_]) -> Floats:
    return np.where(usable & np.isfinite(price), without[:, None] - np.where(np.isfinite(price), price, 0), -np.inf)


def _worth(desk: Desk, today: Wanting, expected: Wanting) -> Worth | None:
    """Solve the relaxed programme of the coming weeks; what one more bed, or person under a share, would save."""
    places, stretches = len(desk.places), len(EDGES) - 1
    kinds = today.most.size + expected.most.size
    solved = relax(_weeks(desk, today, replace(expected, most=expected.most * CAUTION)), "highs-ipm")
    if solved is None:
        return None
    worth = solved.worth[kinds:]
    return Worth(worth[: places * stretches].reshape(places, stretches), worth[places * stretches :])


def _weeks(desk: Desk, today: Wanting, expected: Wanting) -> Programme:
    from scipy.sparse import csr_array, hstack, vstack

    day, stretches = desk.day, len(EDGES) - 1
    gain = np.vstack([today.gain, expected.gain])
    kind = np.concatenate([today.kind, today.most.size + expected.kind])
    stay, persons = np.vstack([today.stay, expected.stay]), np.concatenate([today.persons, expected.persons])
    row, place = np.nonzero(gain > 0)
    column = np.arange(row.size)
    kinds = today.most.size + expected.most.size
    by_kind = csr_array((np.ones(row.size), (kind[row], column)), shape=(kinds, row.size))
    fills = stay[row] * persons[row][:, None]
    c, s = np.nonzero(fills)
    by_bed = csr_array((fills[c, s], (place[c] * stretches + s, c)),
                       shape=(len(desk.places) * stretches, row.size))
    matrix = vstack([by_kind, by_bed])
    bound = np.concatenate([today.most, expected.most, _free(desk).reshape(-1)])
    groups = day.share.size if day.unfair else 0
    if groups:
        over, limit = shares(day, persons[row], day.province[place])
        matrix = vstack([hstack([matrix, csr_array((matrix.shape[0], groups))]), csr_array(over)])
        bound = np.concatenate([bound, limit])
    cost = np.concatenate([-gain[row, place], np.full(groups, day.unfair)])
    return Programme(cost, matrix.tocsr(), bound, np.zeros(cost.size), np.full(cost.size, np.inf), 0)


def _free(desk: Desk) -> Floats:
    """Mean free beds of each place in each stretch of days, shape (places, stretches)."""
    by_day = np.empty((len(desk.places), EDGES[-1]))
    for p, one in enumerate(desk.places):
        if len(one.beds) == 1 and one.beds[0][0] is None:
            by_day[p] = one.beds[0][1]
        else:
            steps = sorted(((since - desk.date).days if since else -10**6, free) for since, free in one.beds)
            at = np.searchsorted([step for step, _ in steps], np.arange(EDGES[-1]), side="right") - 1
            by_day[p] = np.where(at >= 0, np.array([free for _, free in steps])[np.maximum(at, 0)], 0)
    edges = np.array(EDGES)
    return np.asarray(np.add.reduceat(by_day, edges[:-1], axis=1) / np.diff(edges)[None, :])


def _priced(desk: Desk, worth: Worth) -> Day:
    """The day with the worth of later beds in its prices.

    Nobody is left without a bed tonight for the sake of somebody who may come: a bed tonight comes before all else.
    """
    day = desk.day
    nights, persons = desk.nights.astype(float), day.persons.astype(float)
    apart = np.zeros(day.price.shape[1])
    if day.unfair:
        apart = (worth.province - float(day.share @ worth.province))[day.province]
    after = _overlap(np.ones(nights.size), nights) @ worth.beds.T + apart[None, :]
    price = day.price + persons[:, None] * after
    usable = price[np.isfinite(price)]
    first = 2 * float(np.abs(usable).max(initial=0.0))
    return replace(day, price=price, without=day.without + persons * first, unfair=0.0)
