"""Futures of placement: the compiled kernel against the same in plain Python, costs counted by hand, draws."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest

from roxham.sim.placement import futures
from roxham.sim.placement.futures import Beds, Draws, Kinds, draw, live


def beds(free: list[list[int]], unfair: float = 0.0) -> Beds:
    grid = np.array(free, dtype=np.int32)
    falls = np.zeros((len(free), 2), dtype=np.int64)
    for p, row in enumerate(grid):
        at = np.flatnonzero(np.diff(row) < 0)[:2] + 1
        falls[p, : at.size] = at
    return Beds(grid, falls, np.arange(len(free), dtype=np.int64) % 2, np.array([0.5, 0.5]), np.zeros(2), unfair, 100.0)


def kinds(size: list[int], stay: list[int], paid: list[list[float]]) -> Kinds:
    table = np.array(paid)
    order = np.argsort(table, axis=1, kind="stable").astype(np.int64)
    return Kinds(np.array(size), np.array(stay), table, np.full(table.shape, 1.0), table, order)


def draws(when: list[int], kind: list[int]) -> Draws:
    return Draws(np.array([0, len(when)]), np.array(when, dtype=np.int64), np.array(kind, dtype=np.int64))


NOBODY = np.zeros(0, dtype=np.int64)


def test_the_cheaper_place_first_and_nights_without_a_bed_are_counted() -> None:
    place = beds([[2] * 20, [2] * 20])
    two = kinds([2], [4], [[8.0, 12.0]])
    assert live(place, two, draws([1], [0]), NOBODY).tolist() == [8 + 1]
    assert live(place, two, draws([1, 1], [0, 0]), NOBODY).tolist() == [8 + 1 + 12 + 1]
    # the third waits four nights, until its need is over: beds are free again on the day after
    assert live(place, two, draws([1, 1, 1], [0, 0, 0]), NOBODY).tolist() == [22 + 4 * 2 * 100]
    # one that waits since yesterday finds a bed on day 5 for the night left of its five
    later = kinds([2, 2], [4, 5], [[8.0, 12.0], [10.0, 15.0]])
    assert live(beds([[0] * 5 + [2] * 15]), kinds([2], [6], [[12.0]]), draws([], []), np.array([0])).tolist() == [
        4 * 200 + 12 / 6 + 1]
    assert live(place, later, draws([1, 1, 1], [0, 0, 1]), NOBODY).tolist() == [22 + 4 * 200 + 10 / 5 + 1]


def test_a_place_whose_beds_fall_during_the_stay_is_passed_over() -> None:
    falls = beds([[3, 3, 3, 1, 1, 1, 1, 1], [3] * 8])
    assert live(falls, kinds([2], [2], [[1.0, 9.0]]), draws([1], [0]), NOBODY).tolist() == [1 + 1]
    assert live(falls, kinds([2], [3], [[1.0, 9.0]]), draws([1], [0]), NOBODY).tolist() == [9 + 1]


def test_people_above_a_share_are_paid_for_once_at_the_end() -> None:
    place = beds([[9] * 9, [9] * 9], unfair=50.0)
    one = kinds([2], [3], [[1.0, 30.0]])
    # the first goes to the cheaper place and is one above half of two; the second evens it out
    assert live(place, one, draws([1], [0]), NOBODY).tolist() == [1 + 1 + 50 * 1]
    assert live(place, one, draws([1, 1], [0, 0]), NOBODY).tolist() == [1 + 1 + 30 + 1]


def test_the_compiled_kernel_does_what_the_plain_one_does(monkeypatch: pytest.MonkeyPatch) -> None:
    rng = np.random.default_rng(4)
    for unfair in (0.0, 7.0):
        place = beds(rng.integers(2, 9, (6, 1)).repeat(40, axis=1).tolist(), unfair)
        place.free[2, 9:] -= 1
        place.falls[2, 0] = 9
        table = kinds(rng.integers(1, 5, 8).tolist(), rng.integers(2, 9, 8).tolist(),
                      rng.uniform(1, 50, (8, 6)).tolist())
        drawn = draw(np.full(160, 0.1), np.repeat(np.arange(1, 21), 8), np.tile(np.arange(8), 20), 5, 11)
        fast = live(place, table, drawn, np.array([3]))
        monkeypatch.setattr(futures, "compiled", lambda kernel, signature, *helpers: kernel)
        assert live(place, table, drawn, np.array([3])) == pytest.approx(fast, rel=1e-12)
        monkeypatch.undo()


def test_draws_have_the_means_given_and_parts_are_the_same_futures() -> None:
    rates = np.array([0.5, 1.5, 2.0])
    drawn = draw(rates, np.array([1, 1, 4]), np.array([0, 1, 0]), 4_000, 2)
    assert drawn.many == 4_000
    assert drawn.when.size / drawn.many == pytest.approx(4.0, abs=5 * (4 / 4_000) ** 0.5)
    assert np.mean(drawn.when == 4) == pytest.approx(0.5, abs=0.02)
    assert set(zip(drawn.when.tolist(), drawn.kind.tolist(), strict=True)) == {(1, 0), (1, 1), (4, 0)}
    part = drawn.part(5, 9)
    a, b = drawn.begin[5], drawn.begin[9]
    assert part.many == 4 and part.when.tolist() == drawn.when[a:b].tolist() and part.begin[0] == 0
    assert all((np.diff(part.when[x:y]) >= 0).all() for x, y in pairwise(part.begin))
