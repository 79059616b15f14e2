"""The best that anybody could have done who knew every arrival: a bound, and a plan of whole families.

Nobody can pass the bound: it is that of a relaxed programme in which families may be divided, so the true best of whole
families lies at or below it. The plan of whole families is built from that programme, or from one given, and made
better by exchanges, so the true best lies at or above its value.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from placement_world import FIRST, SHARES, World

from roxham.sim.placement.data import Weights, lay_out

STRETCH = 5  # nights that share a price in the bound


@dataclass(frozen=True)
class Problem:
    """The whole world as one problem: what each family gains a night in each place, and once, on entering."""

    came: NDArray[np.int64]
    ends: NDArray[np.int64]
    persons: NDArray[np.int64]
    nightly: NDArray[np.float64]
    once: NDArray[np.float64]
    everything: float


def problem(now: World, prices: Weights) -> Problem:
    """Gains beside no bed at all; minus infinity where a hard rule forbids."""
    desk = lay_out(now.families, [replace(one, beds=((None, 10_000),)) for one in now.places], FIRST, prices)
    persons, nights = desk.day.persons, desk.nights
    nightly = persons[:, None] * prices.without_bed - (desk.parts["beds"] + desk.parts["ties"]) / nights[:, None]
    nightly = np.where(np.isfinite(desk.day.price), nightly, -np.inf)
    came = np.array([((one.arrived or FIRST) - FIRST).days for one in now.families])
    everything = float((persons * nights).sum() * prices.without_bed)
    return Problem(came, came + nights, persons, nightly, desk.parts["distance"], everything)


def value(now: World, task: Problem, prices: Weights, place: NDArray[np.int64], since: NDArray[np.int64]) -> float:
    """Shelter less costs."""
    r = np.flatnonzero(place >= 0)
    got = (task.ends[r] - since[r]) * task.nightly[r, place[r]] - task.once[r, place[r]]
    return float(got.sum()) - prices.fairness * above(now, task, place)


def above(now: World, task: Problem, place: NDArray[np.int64]) -> float:
    """People above the share of their province."""
    r = np.flatnonzero(place >= 0)
    names = sorted({one.province for one in now.places})
    share = np.array([SHARES[name] for name in names]) / sum(SHARES[name] for name in names)
    of = np.array([names.index(one.province) for one in now.places])
    people = np.bincount(of[place[r]], weights=task.persons[r], minlength=len(names))
    return float(np.maximum(people - share * people.sum(), 0).sum())


class Hindsight:
    """The relaxed programme that knows every arrival: each family is divided over places and first nights at will.

    Its rows are families, places x stretches of nights (the mean of people over a stretch may not pass that of beds)
    and provinces. Columns are generated: each round solves the programme with the columns found so far and prices all
    others. Whatever the prices, what every family would gain at most beside them plus what all beds would fetch is at
    least the value of any plan: the least such sum is the bound, true even where the rounds stop early.
    """

    def __init__(self, now: World, task: Problem, prices: Weights) -> None:
        self.now, self.task, self.prices = now, task, prices
        self.f, self.p = np.nonzero(np.isfinite(task.nightly))
        nights, last = (task.ends - task.came)[self.f], task.ends[self.f][:, None]
        t = np.arange(int(nights.max()))
        self.first = np.minimum(task.came[self.f][:, None] + t, last)
        self.gain = (last - self.first) * task.nightly[self.f, self.p][:, None] - task.once[self.f, self.p][:, None]
        self.gain[t[None, :] >= nights[:, None]] = -np.inf
        self.starts = np.flatnonzero(np.diff(self.f, prepend=-1))
        names = sorted({one.province for one in now.places})
        share = np.array([SHARES[name] for name in names])
        self.share = share / share.sum()
        self.of = np.array([names.index(one.province) for one in now.places])
        self.cuts = np.arange(0, now.beds.shape[1] + STRETCH, STRETCH)
        self.fill = np.add.reduceat(now.beds, self.cuts[:-1], axis=1)
        self.columns: dict[tuple[int, int], None] = {}
        self.bound = np.inf
        self.chosen: list[tuple[float, int, int]] = []  # share, family and place of the last programme solved
        self.worth = np.zeros(self.share.size)

    def price(self, bed: NDArray[np.float64], province: NDArray[np.float64], tell: int = 3) -> None:
        """Bound the value at some prices of beds and of provinces, and note the best columns of every family."""
        until = np.concatenate([np.zeros((bed.shape[0], 1)), bed.cumsum(axis=1)], axis=1)
        apart = (province - self.share @ province)[self.of]
        paid = until[self.p, self.task.ends[self.f]][:, None] - until[self.p[:, None], self.first]
        rest = self.gain - self.task.persons[self.f][:, None] * (paid + apart[self.p][:, None])
        entry = rest.argmax(axis=1)
        top = rest[np.arange(self.f.size), entry]
        total = float((bed * self.now.beds).sum())
        for a, b in zip(self.starts, [*self.starts[1:], self.f.size], strict=True):
            best = a + np.argsort(-top[a:b], kind="stable")[:tell]
            total += max(float(top[best[0]]), 0.0)
            self.columns.update({(int(pair), int(entry[pair])): None for pair in best if top[pair] > 0})
        self.bound = min(self.bound, total)

    def solve(self) -> tuple[float, NDArray[np.float64], NDArray[np.float64]]:
        """The value with the columns found so far, and the prices of beds on each night and of provinces."""
        from scipy.optimize import linprog
        from scipy.sparse import csr_array, hstack, vstack

        pair, entry = np.array(list(self.columns)).T
        f, p, many, groups = self.f[pair], self.p[pair], pair.size, self.share.size
        first, last, size = self.first[pair, entry], self.task.ends[self.f[pair]], self.task.persons[self.f[pair]]
        inside = np.minimum(last[:, None], self.cuts[1:]) - np.maximum(first[:, None], self.cuts[:-1])
        c, s = np.nonzero(inside > 0)
        by_family = csr_array((np.ones(many), (f, np.arange(many))), shape=(self.task.came.size, many))
        by_bed = csr_array((inside[c, s] * size[c], (p[c] * (self.cuts.size - 1) + s, c)),
                           shape=(self.fill.size, many))
        over = ((self.of[p][None, :] == np.arange(groups)[:, None]) - self.share[:, None]) * size[None, :]
        top = vstack([by_family, by_bed])
        matrix = vstack([hstack([top, csr_array((top.shape[0], groups))]),
                         csr_array(np.hstack([over, -np.eye(groups)]))])
        bound = np.concatenate([np.ones(self.task.came.size), self.fill.reshape(-1), np.zeros(groups)])
        scale = self.prices.without_bed * 100
        cost = np.concatenate([-self.gain[pair, entry], np.full(groups, self.prices.fairness)]) / scale
        answer = linprog(cost, A_ub=matrix.tocsr(), b_ub=bound, method="highs-ipm")
        worth = np.maximum(-answer.ineqlin.marginals * scale, 0)[self.task.came.size :]
        bed = worth[: self.fill.size].reshape(self.fill.shape)
        used = np.flatnonzero(answer.x[:many] > 1e-6)
        self.chosen = [(float(answer.x[c]), int(f[c]), int(p[c])) for c in used]
        self.worth = worth[self.fill.size :]
        nightly = np.repeat(bed, STRETCH, axis=1)[:, : self.now.beds.shape[1]]
        return -float(answer.fun) * scale, nightly, worth[self.fill.size :]


def hindsight(held: Hindsight, rounds: int) -> tuple[float, float]:
    """The bound, and the value that the programme of the columns found so far attains: the true optimum of the relaxed
    programme lies between the two."""
    bed, province = np.zeros(held.now.beds.shape), np.zeros(held.share.size)
    held.price(bed, province, tell=12)
    value_, smooth = 0.0, bed
    for number in range(rounds):
        value_, bed, province = held.solve()
        smooth = bed if number == 0 else 0.5 * smooth + 0.5 * bed  # prices leap less, and bound better
        held.price(smooth, province)
        held.price(bed, province)
        if held.bound - value_ <= 2e-3 * held.bound:
            break
    return held.bound, value_


class Whole:
    """A plan of whole families that knows every arrival, made better by moving families and by letting one give way.

    `place` and `since` hold where and from which night each family is housed; -1 where it never is.
    """

    def __init__(self, held: Hindsight) -> None:
        self.task, self.now = held.task, held.now
        self.free = held.now.beds.astype(np.int64).copy()
        many = self.task.came.size
        self.place, self.since = np.full(many, -1), np.full(many, -1)
        apart = (held.worth - held.share @ held.worth)[held.of]
        self.once = self.task.once + self.task.persons[:, None] * apart[None, :]
        self.open = [np.flatnonzero(np.isfinite(row)) for row in self.task.nightly]

    def take(self, f: int) -> float:
        """Take a family out of its bed; return what it gained there."""
        p, since, end = int(self.place[f]), int(self.since[f]), int(self.task.ends[f])
        if p < 0:
            return 0.0
        self.free[p, since:end] += self.task.persons[f]
        self.place[f] = self.since[f] = -1
        return float((end - since) * self.task.nightly[f, p] - self.once[f, p])

    def options(self, f: int, among: NDArray[np.int64]) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
        """What a family would gain in each of some places, from the first night on which it fits to its last."""
        came, end = int(self.task.came[f]), int(self.task.ends[f])
        lacks = (self.free[among, came:end] < self.task.persons[f])[:, ::-1]
        nights = np.where(lacks.any(axis=1), lacks.argmax(axis=1), end - came)
        gain = np.where(nights > 0, nights * self.task.nightly[f, among] - self.once[f, among], 0.0)
        return gain, end - nights

    def put(self, f: int, among: NDArray[np.int64] | None = None) -> float:
        """Put a family where it gains most; return what it gains."""
        among = self.open[f] if among is None else among
        if not among.size:
            return 0.0
        gain, since = self.options(f, among)
        best = int(gain.argmax())
        if gain[best] <= 0:
            return 0.0
        p = int(among[best])
        self.place[f], self.since[f] = p, since[best]
        self.free[p, since[best] : int(self.task.ends[f])] -= self.task.persons[f]
        return float(gain[best])

    def back(self, f: int, p: int, since: int) -> None:
        """Put a family back where it was."""
        if p >= 0:
            self.place[f], self.since[f] = p, since
            self.free[p, since : int(self.task.ends[f])] -= self.task.persons[f]

    def swap(self, f: int) -> bool:
        """Let a family into a place where it gains more and one that is in its way go elsewhere, if both gain by it."""
        was, where = (int(self.place[f]), int(self.since[f])), self.open[f]
        had = self.take(f)
        came, end = int(self.task.came[f]), int(self.task.ends[f])
        most = (end - came) * self.task.nightly[f, where] - self.once[f, where]
        for p in where[np.argsort(-most, kind="stable")][: SWAPS]:
            if most[where == p][0] <= had + 1.0:
                break
            days = np.flatnonzero(self.free[p, came:end] < self.task.persons[f]) + came
            if not days.size:
                continue
            inside = np.flatnonzero((self.place == p) & (self.since <= days[0]) & (self.task.ends > days[-1]))
            for g in inside:
                at = (int(self.place[g]), int(self.since[g]))
                lost = self.take(g)
                gained = self.put(f, np.array([p]))
                if gained + self.put(g) > had + lost + 1.0:
                    return True
                self.take(g)
                self.take(f)
                self.back(g, *at)
        self.back(f, *was)
        return False

    def better(self, rounds: int) -> None:
        """Move families and let families give way until nothing is gained, or so many rounds are over."""
        order = np.argsort(self.task.came, kind="stable")
        for _ in range(rounds):
            moved = 0
            for f in order:
                at = (int(self.place[f]), int(self.since[f]))
                self.take(f)
                self.put(f)
                moved += at != (int(self.place[f]), int(self.since[f]))
            moved += sum(self.swap(f) for f in order)
            if not moved:
                break


SWAPS = 8  # places into which a family is let at the cost of another
ROUNDS = 6  # of moving all families


def whole_plan(held: Hindsight, prices: Weights, start: tuple[NDArray[np.int64], NDArray[np.int64]] | None) -> float:
    """The value of a plan of whole families that knows everything, begun from the relaxed one or from a plan given."""
    plan = Whole(held)
    if start is None:
        for _, f, p in sorted(held.chosen, key=lambda one: (-one[0], one[1], one[2])):
            if plan.place[f] < 0:
                plan.put(f, np.array([p]))
    else:
        for f in np.flatnonzero(start[0] >= 0):
            plan.back(int(f), int(start[0][f]), int(start[1][f]))
    plan.better(ROUNDS)
    return value(held.now, held.task, prices, plan.place, plan.since)
