"""Monthly levels become parties with lasting numbers: more pressure only adds people, and changes nobody."""

from __future__ import annotations

from dataclasses import fields

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from roxham.people import STREAMS, Parties, arrivals, cell_number, pick
from roxham.streams import Streams

SIZES = np.array([[0.5, 0.3, 0.2], [0.0, 0.0, 1.0]])
SHARES = np.array([0.7, 0.3])
SETTLE = np.array([[[0.6, 0.4], [0.0, 1.0]], [[1.0, 0.0], [0.5, 0.5]]])


def months(first: str, count: int) -> NDArray[np.datetime64]:
    return np.arange(np.datetime64(first, "M"), np.datetime64(first, "M") + count)


def people(
    level: float | NDArray[np.float64] = 300.0, *, first: str = "2022-01", count: int = 3, draw: int = 0,
    anchored: float = 0.2, shown: float = 0.5, multiply: NDArray[np.float64] | None = None,
) -> Parties:  # fmt: skip
    persons = np.broadcast_to(np.asarray(level, dtype=float), (count, 2)).copy()
    return arrivals(
        Streams(7, draw), "corridor", persons, months(first, count), np.tile(SHARES, (count, 1)), SIZES, SETTLE,
        anchored, shown, multiply,
    )  # fmt: skip


def same(a: Parties, b: Parties) -> bool:
    return all(np.array_equal(getattr(a, f.name), getattr(b, f.name)) for f in fields(Parties))


def rows_of(whole: Parties, numbers: NDArray[np.uint64]) -> Parties:
    return whole.take(np.flatnonzero(np.isin(whole.number, numbers)))


@given(st.floats(0, 400), st.floats(1, 3), st.integers(0, 50))
def test_a_larger_level_only_adds_parties(level: float, factor: float, draw: int) -> None:
    few, many = people(level, draw=draw), people(level * factor, draw=draw)
    assert len(rows_of(many, few.number)) == len(few)
    assert same(rows_of(many, few.number), few)


def test_multiplying_is_the_same_as_a_larger_level() -> None:
    assert same(people(300.0, multiply=np.full((3, 2, 2), 1.5)), people(450.0))


def test_numbers_are_never_given_twice() -> None:
    everybody = [people(900.0, draw=k).number for k in (0, 1)]
    for numbers in everybody:
        assert np.unique(numbers).size == numbers.size
    month, origin, group = (a.ravel() for a in np.meshgrid(np.arange(24_000, 24_120), np.arange(13), np.arange(11)))
    cells = np.concatenate([cell_number(k, month, origin, group) for k in range(len(STREAMS))])
    assert np.unique(cells).size == cells.size


def test_the_same_month_holds_the_same_parties_in_any_window() -> None:
    long, short = people(count=6), people(first="2022-03", count=2)
    found = rows_of(long, short.number)
    start = int((np.datetime64("2022-03-01") - np.datetime64("2022-01-01")).astype(int))
    assert np.array_equal(found.day - start, short.day)
    assert np.array_equal(found.size, short.size)
    assert np.array_equal(np.sort(long.number[(long.day >= start) & (long.day < start + 61)]), np.sort(short.number))


def test_the_same_draw_gives_the_same_people_and_another_draw_others() -> None:
    assert same(people(), people())
    assert not same(people(), people(draw=1))


def test_days_lie_in_their_own_month() -> None:
    found = people(count=14, first="2023-12")
    calendar = (np.datetime64("2023-12-01") + found.day).astype("datetime64[M]").astype(int)
    cell_month = (found.number >> np.uint64(36)).astype(np.int64) & 0xFFFF
    assert np.array_equal(calendar + 1970 * 12, cell_month)


def test_as_many_people_come_as_the_level_says() -> None:
    counts = np.array([people(300.0, draw=k).persons for k in range(40)])
    parties = 3 * 2 * 300 * (SHARES / (SIZES @ [1, 2, 3])).sum()
    error = np.sqrt(parties * 9 / 40)  # no family is larger than three
    assert abs(counts.mean() - 1800) < 4 * error
    assert counts.std() > 0


def test_people_are_drawn_from_the_shares_given() -> None:
    found = people(20_000.0)
    persons = np.array([found.size[found.group == g].sum() for g in (0, 1)]) / found.persons
    assert np.allclose(persons, SHARES, atol=0.02)
    for g in (0, 1):
        mine = found.take(found.group == g)
        assert np.allclose(np.bincount(mine.size, minlength=4)[1:] / len(mine), SIZES[g], atol=0.02)
        for o in (0, 1):
            here = mine.take(mine.origin == o)
            assert np.allclose(np.bincount(here.settle, minlength=2) / len(here), SETTLE[o, g], atol=0.02)
    assert abs(found.anchored.mean() - 0.2) < 0.02
    assert abs(found.shown.mean() - 0.1) < 0.02
    assert not (found.shown & ~found.anchored).any()


def test_nobody_comes_from_a_level_of_zero_and_all_or_none_may_be_anchored() -> None:
    assert len(people(0.0)) == 0
    assert people(anchored=0.0).anchored.sum() == 0
    assert people(anchored=1.0, shown=1.0).shown.all()


def test_counts_are_poisson_by_inversion() -> None:
    from scipy.stats import poisson

    streams, level = Streams(7, 3), 55.0
    found = arrivals(
        streams, "airport", np.full((1, 1), level), months("2022-01", 1), np.ones((1, 1)), np.ones((1, 1)),
        np.ones((1, 1, 1)), 0.0, 0.0,
    )  # fmt: skip
    cell = cell_number(STREAMS.index("airport"), np.array([2022 * 12]), np.array([0]), np.array([0]))
    assert len(found) == poisson.ppf(streams.uniform("airport.count", cell), level)[0]


def test_tables_join_and_split() -> None:
    whole = people()
    half = len(whole) // 2
    parts = [whole.take(np.arange(half)), whole.take(np.arange(half, len(whole)))]
    assert same(Parties.join(parts), whole)
    assert parts[0].persons + parts[1].persons == whole.persons


@pytest.mark.parametrize(("chance", "category"), [(0.0, 0), (0.19, 0), (0.2, 1), (0.69, 1), (0.7, 2), (1.0, 2)])
def test_a_uniform_number_picks_its_category(chance: float, category: int) -> None:
    assert pick(np.array([0.2, 0.7, 1.0]), np.array([chance])).tolist() == [category]
