"""Beds of one place: the kernel does what its six rules say."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from roxham.errors import RunError
from roxham.sim.reception import Housed, house


def column(*values: int) -> NDArray[np.int32]:
    return np.array(values, dtype=np.int32)


@dataclass
class Family:
    row: int
    arrived: int
    persons: int
    stay: int
    patience: int
    leave_by: int = 2**30
    entered: int = -1
    left: int = -1

    @property
    def ends(self) -> int:
        return max(min(self.entered + self.stay, self.leave_by), self.entered + 1)


def by_hand(families: list[Family], beds: list[int]) -> tuple[list[int], list[int]]:
    """The rules written as slowly and plainly as possible; people in a bed and without one, each night."""
    in_bed: list[int] = []
    without: list[int] = []
    for day in range(len(beds)):
        inside = [f for f in families if f.entered >= 0 and f.ends > day]
        line = sorted(
            (f for f in families if f.arrived <= day and f.entered < 0 and f.left < 0),
            key=lambda f: (f.arrived, f.row),
        )
        for family in line:
            if family.persons <= beds[day] - sum(f.persons for f in inside):
                family.entered = day
                inside.append(family)
            elif family.arrived + family.patience <= day or family.persons > beds[day]:
                continue
            else:
                break
        for family in line:
            if family.entered < 0 and family.arrived + family.patience <= day:
                family.left = day
        in_bed.append(sum(f.persons for f in inside))
        without.append(sum(f.persons for f in line if f.entered < 0 and f.left < 0))
    for family in families:
        if family.entered >= 0 and family.ends < len(beds):
            family.left = family.ends
    return in_bed, without


def run(families: list[Family], beds: list[int]) -> Housed:
    return house(
        column(*[f.arrived for f in families]),
        column(*[f.persons for f in families]),
        column(*[f.stay for f in families]),
        column(*beds),
        column(*[f.patience for f in families]),
        column(*[f.leave_by for f in families]),
    )


def families(most_days: int, *, patience: int, earliest: int = -4) -> st.SearchStrategy[list[Family]]:
    one = st.tuples(
        st.integers(earliest, most_days + 1), st.integers(1, 6), st.integers(1, 8), st.integers(0, patience),
        st.integers(-2, most_days + 1) | st.just(2**30),
    )
    return st.lists(one, max_size=30).map(lambda rows: [Family(k, *row) for k, row in enumerate(rows)])


places = st.integers(1, 25).flatmap(
    lambda days: st.tuples(
        families(days, patience=6), st.lists(st.integers(0, 14), min_size=days, max_size=days)
    )
)


@given(places)
@settings(max_examples=200, deadline=None)
def test_the_kernel_agrees_with_the_rules_written_by_hand(place: tuple[list[Family], list[int]]) -> None:
    waiting, beds = place
    housed = run(waiting, beds)
    in_bed, without = by_hand(waiting, beds)
    assert housed.entered.tolist() == [f.entered for f in waiting]
    assert housed.left.tolist() == [f.left for f in waiting]
    assert housed.occupied_persons.tolist() == in_bed
    assert housed.waiting_persons.tolist() == without


@given(places)
@settings(max_examples=100, deadline=None)
def test_nights_of_families_are_the_nights_of_the_place(place: tuple[list[Family], list[int]]) -> None:
    waiting, beds = place
    housed = run(waiting, beds)
    assert housed.nights_in_bed.sum() == housed.occupied_persons.sum()
    assert housed.nights_without.sum() == housed.waiting_persons.sum()
    assert (housed.nights_in_bed >= 0).all()
    assert (housed.nights_without >= 0).all()


@given(
    st.integers(1, 40).flatmap(lambda days: st.tuples(
        families(days, patience=0), st.lists(st.integers(6, 14), min_size=days, max_size=days),
        st.lists(st.integers(0, 5), min_size=days, max_size=days)))
)  # fmt: skip
@settings(max_examples=100, deadline=None)
def test_more_beds_never_make_anybody_wait_longer_when_nobody_gives_up(
    place: tuple[list[Family], list[int], list[int]]
) -> None:
    waiting, beds, more = place
    for family in waiting:
        family.patience = 1_000_000
    few, many = run(waiting, beds), run(waiting, [b + m for b, m in zip(beds, more, strict=True)])
    assert (many.nights_without <= few.nights_without).all()
    assert many.waiting_persons.sum() <= few.waiting_persons.sum()


def test_a_family_leaves_by_its_day_but_not_before_one_night() -> None:
    housed = house(column(0, 0, 3), column(1, 1, 1), column(5, 5, 5), column(2, 2, 2, 2, 2, 2), None, column(2, -7, 9))
    assert housed.entered.tolist() == [0, 0, 3]
    assert housed.left.tolist() == [2, 1, -1]
    with pytest.raises(RunError, match="leave_by"):
        house(column(0), column(1), column(1), column(1), None, column(1, 2))


def test_the_line_stops_at_a_family_that_does_not_fit() -> None:
    housed = house(column(0, 0, 0), column(4, 3, 1), column(2, 2, 2), column(5, 5, 5, 5))
    assert housed.entered.tolist() == [0, 2, 2]
    assert housed.waiting_persons.tolist() == [4, 4, 0, 0]


def test_a_family_larger_than_the_place_is_passed_over_and_still_counted() -> None:
    housed = house(column(0, 0), column(6, 2), column(5, 5), column(4, 4, 9))
    assert housed.entered.tolist() == [2, 0]
    assert housed.waiting_persons.tolist() == [6, 6, 0]


def test_nobody_is_put_out_when_beds_shrink() -> None:
    housed = house(column(0, 1), column(4, 1), column(3, 1), column(4, 2, 2, 2))
    assert housed.occupied_persons.tolist() == [4, 4, 4, 1]
    assert housed.entered.tolist() == [0, 3]
    assert housed.nights_without.tolist() == [0, 2]


def test_patience_is_the_number_of_nights_without_a_bed() -> None:
    housed = house(column(0, 0, 0), column(2, 2, 2), column(9, 9, 9), column(2, 2, 2, 2), column(0, 0, 2))
    assert housed.entered.tolist() == [0, -1, -1]
    assert housed.left.tolist() == [-1, 0, 2]
    assert housed.gave_up.tolist() == [False, True, True]
    assert housed.nights_without.tolist() == [0, 0, 4]


def test_a_head_of_the_line_that_gives_up_lets_the_next_one_in_on_the_same_day() -> None:
    housed = house(column(0, 0, 0), column(3, 5, 1), column(9, 9, 9), column(5, 5, 5), column(9, 1, 9))
    assert housed.entered.tolist() == [0, -1, 1]
    assert housed.left.tolist() == [-1, 1, -1]


def test_a_backlog_stands_at_the_head_of_the_line_in_the_order_of_its_days() -> None:
    housed = house(column(0, -1, -7), column(1, 1, 1), column(2, 2, 2), column(1, 1, 1, 1, 1))
    assert housed.entered.tolist() == [4, 2, 0]
    assert housed.nights_without.tolist() == [4, 2, 0]


def test_no_families_no_days_and_late_families_are_fine() -> None:
    assert house(column(), column(), column(), column(3, 3)).occupied_persons.tolist() == [0, 0]
    late = house(column(9), column(2), column(1), column(3, 3))
    assert late.entered.tolist() == [-1]
    assert late.nights_without.tolist() == [0]
    assert house(column(0), column(2), column(1), column()).nights_without.tolist() == [0]


def test_all_problems_are_told_at_once() -> None:
    with pytest.raises(RunError) as told:
        house(column(0), column(0), column(0), column(-1), -2)
    for name in (
        "persons must be 1",
        "stay_days must be 1",
        "beds_by_day must be 0",
        "patience_days must be 0",
    ):
        assert name in str(told.value)
    with pytest.raises(RunError, match="columns differ in shape"):
        house(column(0, 1), column(1), column(1), column(1))
    with pytest.raises(RunError, match="oldest arrival"):
        house(column(-2_000_000_000), column(1), column(1), column(1))
