"""Placement rules: families together, beds respected, and the optimal one never worse."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from roxham.errors import RunError
from roxham.sim.placement import Placement, as_is, greedy, optimal

WITHOUT_BED = 50.0


@dataclass(frozen=True)
class Today:
    persons: NDArray[np.int32]
    beds: NDArray[np.int32]
    price: NDArray[np.float64]


@st.composite
def today(draw: st.DrawFn, families: int = 25, places: int = 5) -> Today:
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    n, m = draw(st.integers(0, families)), draw(st.integers(1, places))
    kinds = draw(st.integers(1, 30))
    price = rng.integers(0, 200, (kinds, m)).astype(float)[rng.integers(0, kinds, n)]
    price[rng.random(price.shape) < draw(st.sampled_from([0.0, 0.3]))] = np.inf
    return Today(
        persons=rng.integers(1, 7, n).astype(np.int32),
        beds=rng.integers(0, draw(st.sampled_from([4, 15, 60])) + 1, m).astype(np.int32),
        price=price,
    )


def keeps_the_hard_rules(day: Today, placed: Placement) -> None:
    """Each family in one place at most, where it may go; nobody beyond the free beds; the sums are right."""
    assert placed.place.shape == day.persons.shape
    housed = np.flatnonzero(placed.place >= 0)
    people = np.bincount(placed.place[housed], weights=day.persons[housed], minlength=day.beds.size)
    assert (people <= day.beds).all()
    paid = day.price[housed, placed.place[housed]]
    assert np.isfinite(paid).all()
    without = int(day.persons[placed.place < 0].sum())
    assert placed.persons_without_bed == without
    assert placed.cost == pytest.approx(paid.sum() + without * WITHOUT_BED)


@given(today())
@settings(max_examples=60, deadline=None)
def test_every_rule_keeps_families_together_and_within_the_beds(day: Today) -> None:
    asked = np.arange(day.persons.size, dtype=np.int32) % day.beds.size
    for placed in (
        as_is(day.persons, day.beds, day.price, without_bed=WITHOUT_BED, asked=asked),
        greedy(day.persons, day.beds, day.price, without_bed=WITHOUT_BED),
        optimal(day.persons, day.beds, day.price, without_bed=WITHOUT_BED),
    ):
        keeps_the_hard_rules(day, placed)


@given(today())
@settings(max_examples=60, deadline=None)
def test_optimal_is_never_worse_than_greedy_or_as_is(day: Today) -> None:
    asked = np.zeros(day.persons.size, dtype=np.int32)
    best = optimal(day.persons, day.beds, day.price, without_bed=WITHOUT_BED).cost
    assert best <= greedy(day.persons, day.beds, day.price, without_bed=WITHOUT_BED).cost
    at_home = as_is(day.persons, day.beds, day.price, without_bed=WITHOUT_BED, asked=asked)
    assert best <= at_home.cost * (1 + 1e-6) + 1e-6


@given(today(families=5, places=3))
@settings(max_examples=40, deadline=None)
def test_optimal_is_the_best_of_all_placements(day: Today) -> None:
    best = np.inf
    for places in product(range(-1, day.beds.size), repeat=day.persons.size):
        people = np.zeros(day.beds.size)
        cost = 0.0
        for row, place in enumerate(places):
            if place < 0:
                cost += day.persons[row] * WITHOUT_BED
            else:
                people[place] += day.persons[row]
                cost += day.price[row, place]
        if (people <= day.beds).all():
            best = min(best, cost)
    found = optimal(day.persons, day.beds, day.price, without_bed=WITHOUT_BED)
    assert found.cost == pytest.approx(best, rel=1e-5)


def test_alike_families_are_placed_in_the_order_in_which_they_came() -> None:
    persons, beds = np.full(4, 2, dtype=np.int32), np.array([4], dtype=np.int32)
    placed = optimal(persons, beds, np.ones((4, 1)), without_bed=WITHOUT_BED)
    assert placed.place.tolist() == [0, 0, -1, -1]


def test_a_place_that_costs_more_than_no_bed_is_not_taken() -> None:
    persons, beds, price = np.array([1]), np.array([5]), np.array([[60.0]])
    for rule in (greedy, optimal):
        assert rule(persons, beds, price, without_bed=WITHOUT_BED).place.tolist() == [-1]


def test_nobody_waiting_or_no_places() -> None:
    none, beds = np.empty(0, dtype=np.int32), np.array([3], dtype=np.int32)
    assert optimal(none, beds, np.empty((0, 1)), without_bed=1).cost == 0
    nowhere = optimal(np.array([2], dtype=np.int32), none, np.empty((1, 0)), without_bed=1)
    assert nowhere.persons_without_bed == 2


@pytest.mark.slow
def test_a_large_day_is_planned_within_a_second_or_so_and_beats_greedy() -> None:
    rng = np.random.default_rng(3)
    persons = rng.integers(1, 7, 1_000).astype(np.int32)
    beds = rng.integers(0, 100, 50).astype(np.int32)
    price = rng.integers(0, 40, (12, 50)).astype(float)[rng.integers(0, 12, 1_000)]
    best = optimal(persons, beds, price, without_bed=WITHOUT_BED, gap=1e-4)
    keeps_the_hard_rules(Today(persons, beds, price), best)
    assert best.cost < greedy(persons, beds, price, without_bed=WITHOUT_BED).cost


def test_all_problems_are_told_at_once() -> None:
    with pytest.raises(RunError) as told:
        greedy(np.array([0]), np.array([-1]), np.full((2, 1), np.nan), without_bed=0)
    for words in ("price has shape", "0 persons", "-1 free beds", "not a number", "without_bed must be"):
        assert words in str(told.value)
    with pytest.raises(RunError, match="asked must name"):
        as_is(np.array([1]), np.array([1]), np.ones((1, 1)), without_bed=1, asked=np.array([1]))
