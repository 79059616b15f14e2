"""Placement on one day's columns: families together, beds respected, the best plan never worse, and truly the best."""

from __future__ import annotations

from dataclasses import replace
from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import linear_sum_assignment

from roxham.errors import RunError
from roxham.sim.placement.data import Day
from roxham.sim.placement.improve import improve
from roxham.sim.placement.rules import OPEN, Places, as_is, check, cost, fairness, greedy, left, optimal, simple
from roxham.sim.placement.solve import EXACT

WITHOUT_BED = 50.0


@st.composite
def days(draw: st.DrawFn, families: int = 20, places: int = 5) -> Day:
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    n, m, d = draw(st.integers(0, families)), draw(st.integers(1, places)), draw(st.integers(1, 3))
    price = rng.integers(0, 40, (n, m)).astype(float)
    price[rng.random(price.shape) < draw(st.sampled_from([0.0, 0.3]))] = np.inf
    groups = draw(st.integers(1, 3))
    there = np.sort(rng.random((n, d)) < 0.7, axis=1)[:, ::-1]
    there[:, :1] = True
    persons = rng.integers(1, 7, n)
    share = rng.random(groups) + 0.05
    return Day(persons, there, rng.integers(0, draw(st.sampled_from([4, 15, 60])) + 1, (m, d)), price,
               persons * WITHOUT_BED, rng.integers(0, groups, m), share / share.sum(),
               rng.integers(0, 9, groups).astype(float), draw(st.sampled_from([0.0, 3.0])))


def keeps_the_hard_rules(day: Day, place: Places) -> None:
    """Each family in one place at most, where it may go; nobody beyond the free beds of any day."""
    assert place.shape == day.persons.shape
    housed = np.flatnonzero(place >= 0)
    for d in range(day.free.shape[1]):
        people = np.bincount(place[housed], weights=(day.persons * day.there[:, d])[housed],
                             minlength=day.free.shape[0])
        assert (people <= day.free[:, d]).all()
    assert np.isfinite(day.price[housed, place[housed]]).all()
    assert (left(day, place) >= 0).all()


@given(days())
@settings(max_examples=60, deadline=None)
def test_every_rule_keeps_families_together_and_within_the_beds_of_every_day(day: Day) -> None:
    check(day)
    asked = np.arange(day.persons.size) % day.free.shape[0]
    for place in (as_is(day, asked), greedy(day), optimal(day)):
        keeps_the_hard_rules(day, place)


@given(days())
@settings(max_examples=60, deadline=None)
def test_optimal_is_never_worse_than_greedy_or_as_is(day: Day) -> None:
    best = cost(day, optimal(day))
    assert best <= cost(day, greedy(day)) + 1e-9
    at_home = cost(day, as_is(day, np.zeros(day.persons.size, dtype=np.int64)))
    assert best <= at_home + 1e-4 * abs(at_home) + 1e-6


@given(days(families=5, places=3))
@settings(max_examples=60, deadline=None)
def test_optimal_is_the_best_of_all_placements(day: Day) -> None:
    best = np.inf
    for places in product(range(-1, day.free.shape[0]), repeat=day.persons.size):
        tried = np.array(places, dtype=np.int64)
        at = tried[tried >= 0]
        if np.isfinite(day.price[np.flatnonzero(tried >= 0), at]).all() and (left(day, tried) >= 0).all():
            best = min(best, cost(day, tried))
    assert cost(day, optimal(day)) == pytest.approx(best, rel=1e-5, abs=1e-6)


@given(st.integers(0, 2**32 - 1))
@settings(max_examples=25, deadline=None)
def test_single_persons_are_placed_as_an_assignment_solver_places_them(seed: int) -> None:
    rng = np.random.default_rng(seed)
    beds = rng.integers(0, 5, 4)
    price = rng.integers(0, 40, (12, 4)).astype(float)
    day = simple([1] * 12, beds.tolist(), price, without_bed=WITHOUT_BED)
    slots = np.hstack([np.repeat(price, beds, axis=1), np.full((12, 12), WITHOUT_BED)])  # a column for each bed
    rows, columns = linear_sum_assignment(slots)
    assert cost(day, optimal(day)) == pytest.approx(slots[rows, columns].sum())


def test_alike_families_are_placed_in_the_order_in_which_they_came_or_stay_where_they_were() -> None:
    day = simple([2, 2, 2, 2], [4], np.ones((4, 1)), without_bed=WITHOUT_BED)
    assert optimal(day).tolist() == [0, 0, -1, -1]
    assert optimal(day, keep=np.array([-1, -1, 0, 0])).tolist() == [-1, -1, 0, 0]


def test_a_decision_taken_is_kept_and_the_others_go_around_it() -> None:
    day = simple([2, 2], [2, 2], np.array([[1.0, 9.0], [1.0, 9.0]]), without_bed=WITHOUT_BED)
    for rule in (greedy, optimal):
        assert rule(day, np.array([1, OPEN])).tolist() == [1, 0]
        assert rule(day, np.array([-1, OPEN])).tolist() == [-1, 0]


def test_a_place_that_loses_beds_during_the_stay_is_not_taken() -> None:
    day = replace(simple([3], [5], np.ones((1, 1)), without_bed=WITHOUT_BED), free=np.array([[5, 2]]),
                  there=np.array([[True, True]]))
    for rule in (greedy, optimal):
        assert rule(day).tolist() == [-1]
        assert rule(replace(day, there=np.array([[True, False]]))).tolist() == [0]


def test_shares_of_provinces_are_weighed_and_sum_over_days() -> None:
    day = replace(simple([2, 2], [4, 4], np.array([[0.0, 1.0], [0.0, 1.0]]), without_bed=WITHOUT_BED),
                  province=np.array([0, 1]), share=np.array([0.5, 0.5]), before=np.zeros(2), unfair=5.0)
    assert sorted(optimal(day).tolist()) == [0, 1] == sorted(greedy(day).tolist())
    both = np.array([0, 0])
    assert fairness(day, both) == 5.0 * 2
    first, second = np.array([0, -1]), np.array([-1, 0])
    later = replace(day, before=np.array([2.0, 0.0]))
    assert fairness(day, first) + fairness(later, second) == fairness(day, both)


def test_nobody_waiting_or_no_places() -> None:
    assert optimal(simple([], [3], np.empty((0, 1)), without_bed=1)).tolist() == []
    assert optimal(simple([2], [], np.empty((1, 0)), without_bed=1)).tolist() == [-1]


def test_a_large_day_is_near_its_bound_and_far_better_than_greedy() -> None:
    from roxham.sim.placement.rules import kinds_of, pairs_of, programme
    from roxham.sim.placement.solve import relax

    rng = np.random.default_rng(3)
    price = rng.integers(0, 40, (300, 20)).astype(float)
    price[rng.random(price.shape) < 0.4] = np.inf
    day = simple(rng.integers(1, 7, 300).tolist(), rng.integers(20, 60, 20).tolist(), price, without_bed=WITHOUT_BED)
    fixed = np.full(300, OPEN)
    kinds = kinds_of(day, fixed)
    pairs = pairs_of(day, fixed, kinds)
    assert pairs.kind.size > EXACT
    relaxed = relax(programme(day, kinds, pairs))
    assert relaxed is not None
    place = optimal(day)
    keeps_the_hard_rules(day, place)
    gained = day.without.sum() - cost(day, place)
    assert -relaxed.cost * 0.98 <= gained <= -relaxed.cost * (1 + 1e-9)
    assert gained > day.without.sum() - cost(day, greedy(day))


@given(days())
@settings(max_examples=40, deadline=None)
def test_an_exchange_never_makes_a_plan_worse(day: Day) -> None:
    day = replace(day, unfair=0.0)
    before = greedy(day)
    after = improve(day, before, np.ones(before.size, dtype=bool))
    keeps_the_hard_rules(day, after)
    assert cost(day, after) <= cost(day, before) + 1e-9


def test_all_problems_are_told_at_once() -> None:
    day = simple([0], [-1], np.full((2, 1), np.nan), without_bed=0)
    with pytest.raises(RunError) as told:
        check(day)
    for words in ("persons has shape", "0 persons", "-1 free beds", "not a number", "without a bed must be"):
        assert words in str(told.value)
    with pytest.raises(RunError, match="asked must name"):
        as_is(simple([1], [1], np.ones((1, 1)), without_bed=1), np.array([1]))
