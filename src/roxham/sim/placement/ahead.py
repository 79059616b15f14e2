"""Place today's families with an eye on those expected: try each choice on drawn futures, and take what costs least.

First a premium is set on places that meet a need (accessible, school, a language): what those who can do without should
pay to leave them to those who cannot. The premiums are the ones with which drawn futures cost least. Today's families
are then placed exactly at prices with premiums. Last, one after the other, each family of today is tried in the other
places that hold it: the same drawn futures are lived with it here and there, and it moves where cost today and later is
less. All of it is a function of the day's files: the futures are drawn from a seed made of the date.

Nobody is left without a bed tonight for the sake of somebody who may come: a bed tonight comes before all else. As many
as the best plan of today alone can house are housed, by nights of need; look-ahead only chooses where.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from roxham.sim.placement.data import Day, Desk, Expected, Family, hard_rules, lay_out
from roxham.sim.placement.futures import Beds, Draws, Kinds, draw, live
from roxham.sim.placement.rules import GAP, OPEN, Places, left, optimal

HORIZON = 60  # days ahead on which families are still drawn
FUTURES = (16, 48, 128)  # lived by all places tried for a family, by the best FEW of them, by the last two
FEW = 4
TRIED = 12  # places tried for a family, cheapest with premiums first
TRIALS = 64  # futures on which premiums are chosen
LEVELS = (0.0, 0.01, 0.02, 0.04, 0.06, 0.1)  # of a night without a bed, tried as premiums
FIRST_LEVEL = 0.02
ROUNDS = 2  # of choosing the premium of each need
WORK = 2_000_000  # families lived through to choose premiums, and at most half as many again to try places, about;
# counts, not times, so that answers repeat
LEAST_PLANS = 60
FEWEST = 4  # futures below which no premium is tried
Floats = NDArray[np.float64]


def look_ahead(
    desk: Desk, forecast: Sequence[Expected], fixed: Places | None = None, *, keep: Places | None = None,
    gap: float = GAP,
) -> Places:
    """Place today's families where what they cost and what it leads to on drawn futures is least.

    Without a forecast the answer is that of `optimal`. On a day so large that futures cannot be lived in reasonable
    time, fewer are drawn, and in the end only the premiums count.

    Args:
        forecast: mean numbers of families expected by day; what is not after the desk's day is not used.
    """
    coming = [one for one in forecast
              if 0 < (one.day - desk.date).days <= HORIZON and one.families > 0]
    if not coming or not desk.day.price.size:
        return optimal(desk.day, fixed, keep=keep, gap=gap)
    fixed = np.full(desk.day.persons.size, OPEN) if fixed is None else fixed
    view = _view(desk, coming)
    premium = _premiums(desk, view)
    view = view.at(premium)
    priced = _priced(desk, premium)
    plan = optimal(priced, fixed, keep=keep, gap=gap)
    return _try_others(desk, view, priced, plan, fixed)


@dataclass(frozen=True)
class View:
    """What is ahead: kinds of families, beds if nobody of today is placed, drawn futures, and places by need met.

    Attributes:
        expected: how many of the kinds are expected ones; today's families follow.
        may: where each kind may go, shape (kinds, places).
        meets: a row for each hard rule that some places do not keep: which keep it for all, shape (R, P).
    """

    kinds: Kinds
    expected: int
    may: NDArray[np.bool_]
    beds: Beds
    draws: Draws
    meets: NDArray[np.bool_]

    def at(self, premium: Floats) -> View:
        """The same with a premium a person-night on each place."""
        size, stay, paid = self.kinds.size, self.kinds.stay, self.kinds.paid
        weighed = paid + (size * stay)[:, None] * premium[None, :]
        order = np.argsort(np.where(self.may, weighed, np.inf), axis=1, kind="stable")
        order = np.where(np.take_along_axis(self.may, order, axis=1), order, -1).astype(np.int64)
        return replace(self, kinds=replace(self.kinds, weighed=weighed, order=order))


def _view(desk: Desk, coming: Sequence[Expected]) -> View:
    likes, days, kinds, rates = _by_kind(coming, desk)
    other = lay_out(likes, desk.places, desk.date, desk.weights)
    paid = np.vstack([one.parts["beds"] + one.parts["ties"] for one in (other, desk)])
    stay = np.concatenate([other.nights, desk.nights])
    table = Kinds(np.concatenate([other.day.persons, desk.day.persons]), stay, paid,
                  np.vstack([other.parts["distance"], desk.parts["distance"]]), paid,
                  np.zeros(paid.shape, dtype=np.int64))
    many = int(WORK / LEAST_PLANS / (rates.sum() + desk.day.persons.size))
    draws = draw(rates, days, kinds, min(FUTURES[-1], many), desk.date.toordinal())
    rules = hard_rules([*likes, *desk.families], desk.places)
    meets = np.array([kept.all(axis=0) for kept in rules.values()], dtype=bool).reshape(len(rules), len(desk.places))
    may = np.vstack([np.isfinite(other.day.price), np.isfinite(desk.day.price)])
    return View(table, len(likes), may, _beds(desk, HORIZON + int(stay.max()) + 2), draws, meets).at(
        np.zeros(len(desk.places)))


def _by_kind(
    coming: Sequence[Expected], desk: Desk
) -> tuple[list[Family], NDArray[np.int64], NDArray[np.int64], Floats]:
    """Kinds of families expected, and by day and kind how many come on average."""
    known: dict[Family, int] = {}
    at: dict[int, int] = {}
    for one in coming:
        if id(one.like) not in at:
            like = replace(one.like, id="", override="", arrived=None, asked="")
            at[id(one.like)] = known.setdefault(like, len(known))
    rows = sorted(((one.day - desk.date).days, at[id(one.like)], one.families) for one in coming)
    days, kinds, rates = zip(*rows, strict=True)
    likes = [replace(like, id=f"expected {number}") for like, number in known.items()]
    return likes, np.array(days, dtype=np.int64), np.array(kinds, dtype=np.int64), np.array(rates, dtype=float)


def _beds(desk: Desk, days: int) -> Beds:
    """Free beds of each place on each of the coming days, if nobody of today is sent there."""
    free = np.zeros((len(desk.places), days), dtype=np.int32)
    for p, one in enumerate(desk.places):
        for since, beds in sorted((day or desk.date.min, beds) for day, beds in one.beds):
            free[p, max((since - desk.date).days, 0) :] = beds
    falls = [np.flatnonzero(np.diff(row) < 0) + 1 for row in free]
    told = np.zeros((len(falls), max([1, *(one.size for one in falls)])), dtype=np.int64)
    for p, on in enumerate(falls):
        told[p, : on.size] = on
    day = desk.day
    return Beds(free, told, day.province, day.share, day.before.astype(float), day.unfair, desk.weights.without_bed)


def _premiums(desk: Desk, view: View) -> Floats:
    """The premium of each place, CAD a person-night: those of the rules it keeps, chosen one after the other."""
    levels = [desk.weights.without_bed * one for one in LEVELS]
    chosen = np.full(view.meets.shape[0], desk.weights.without_bed * FIRST_LEVEL)
    if view.draws.many < FEWEST:
        return chosen @ view.meets
    draws, nobody = view.draws.part(0, min(TRIALS, view.draws.many)), np.zeros(0, dtype=np.int64)
    known: dict[tuple[float, ...], float] = {}

    def cost(one: Floats) -> float:
        if tuple(one) not in known:
            there = view.at(one @ view.meets)
            known[tuple(one)] = float(live(there.beds, there.kinds, draws, nobody).mean())
        return known[tuple(one)]

    for _ in range(ROUNDS):
        for rule in range(chosen.size):
            tried = [np.where(np.arange(chosen.size) == rule, level, chosen) for level in levels]
            chosen = min([chosen, *tried], key=cost)
    return chosen @ view.meets


def _priced(desk: Desk, premium: Floats) -> Day:
    """The day with premiums in its prices, and a bed tonight before all else."""
    day = desk.day
    price = day.price + (day.persons * desk.nights)[:, None] * premium[None, :]
    most = 2 * float(price[np.isfinite(price)].max(initial=0.0))
    return replace(day, price=price, without=day.without + day.persons * most)


def _try_others(desk: Desk, view: View, priced: Day, plan: Places, fixed: Places) -> Places:
    """Try each family of today, decided ones aside, in other places that hold it, and move it where that costs less."""
    plan, day = plan.copy(), desk.day
    if view.draws.many < FUTURES[0]:
        return plan
    for f in np.flatnonzero((fixed == OPEN) & (plan >= 0))[: _can_try(view)]:
        others = np.where(np.arange(plan.size) == f, -1, plan)
        room = left(day, others)
        holds = (room >= np.where(day.there[f], day.persons[f], 0)).all(axis=1) & np.isfinite(day.price[f])
        at = np.argsort(np.where(holds, priced.price[f], np.inf), kind="stable")[: min(TRIED, int(holds.sum()))]
        tried = list(dict.fromkeys([int(plan[f]), *at.tolist()]))
        plan[f] = _best(desk, view, others, int(f), tried)
    return plan


def _can_try(view: View) -> int:
    """How many families can be tried in other places within the work allowed; those who came first are."""
    steps = zip((TRIED, FEW, 2), (0, *FUTURES[:-1]), FUTURES, strict=True)
    lived = sum(few * (until - since) for few, since, until in steps)
    return max(int(1.5 * WORK / lived / max(view.draws.when.size / view.draws.many, 1.0)), 1)


def _best(desk: Desk, view: View, others: Places, f: int, tried: list[int]) -> int:
    """Of the places tried for a family the one with the least cost today and later; the first of those alike.

    All are lived through a few futures, the best of them through more, the last two through all.
    """
    total = {p: np.zeros(0) for p in tried}
    for few, until in zip((len(tried), FEW, 2), FUTURES, strict=True):
        tried = sorted(tried, key=lambda p: float(total[p].mean()) if total[p].size else 0.0)[:few]
        for p in tried:
            plan = others.copy()
            plan[f] = p
            draws = view.draws.part(min(total[p].size, view.draws.many), min(until, view.draws.many))
            later = live(_filled(desk, view.beds, plan), view.kinds, draws,
                         view.expected + np.flatnonzero(plan < 0)) + desk.day.price[f, p]
            total[p] = np.concatenate([total[p], later])
    return min(tried, key=lambda p: float(total[p].mean()))


def _filled(desk: Desk, beds: Beds, plan: Places) -> Beds:
    """The beds once today's families are in their places."""
    free, people = beds.free.copy(), beds.people.copy()
    for f in np.flatnonzero(plan >= 0):
        free[plan[f], : desk.nights[f]] -= int(desk.day.persons[f])
        people[beds.province[plan[f]]] += desk.day.persons[f]
    return replace(beds, free=free, people=people)
