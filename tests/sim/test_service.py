"""The service does what its four rules say, on columns of any order."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from roxham.errors import RunError
from roxham.sim.service import Served, Unfinished, serve


def column(*values: int) -> NDArray[np.int32]:
    return np.array(values, dtype=np.int32)


@dataclass
class Party:
    row: int
    arrived: int
    weight: int
    priority: int
    began: int = -1
    ended: int = -1


def by_hand(parties: list[Party], capacity: list[float], start: int = 0) -> None:
    """The rules written as slowly and plainly as possible: one party at a time, one day at a time."""
    credit = 0.0
    in_service: Party | None = None
    for day in range(start, len(capacity)):
        credit += capacity[day]
        while credit > 1e-9:
            if in_service is None:
                line = [p for p in parties if p.arrived <= day and p.ended < 0]
                if not line:
                    break
                in_service = min(line, key=lambda p: (p.priority, p.arrived, p.row))
                in_service.began = day
            if credit + 1e-9 < in_service.weight:
                break
            credit -= in_service.weight
            in_service.ended = day
            in_service = None
        if in_service is None:
            credit = 0.0


@st.composite
def lines(draw: st.DrawFn) -> tuple[list[Party], list[float]]:
    days = draw(st.integers(1, 25))
    count = draw(st.integers(0, 30))
    parties = [
        Party(
            row=row,
            arrived=draw(st.integers(-5, days + 2)),
            weight=draw(st.integers(1, 6)),
            priority=draw(st.integers(-1, 2)),
        )
        for row in range(count)
    ]
    quarter = st.integers(0, 40).map(lambda q: q / 4)
    return parties, draw(st.lists(quarter, min_size=days, max_size=days))


def run(parties: list[Party], capacity: list[float]) -> Served:
    return serve(
        column(*[p.arrived for p in parties]),
        column(*[p.weight for p in parties]),
        np.array(capacity),
        horizon=len(capacity),
        priority=np.array([p.priority for p in parties], dtype=np.int8),
    )


@given(lines())
@settings(max_examples=150, deadline=None)
def test_the_kernel_agrees_with_the_rules_written_by_hand(case: tuple[list[Party], list[float]]) -> None:
    parties, capacity = case
    served = run(parties, capacity)
    by_hand(parties, capacity)
    assert served.began.tolist() == [p.began for p in parties]
    assert served.ended.tolist() == [p.ended for p in parties]


@given(lines())
@settings(max_examples=100, deadline=None)
def test_stock_counts_every_person_who_came_and_was_not_served(case: tuple[list[Party], list[float]]) -> None:
    parties, capacity = case
    served = run(parties, capacity)
    stock = served.stock()
    for day in range(len(capacity)):
        came = sum(p.weight for p in parties if p.arrived <= day)
        gone = int(served.weight[served.done & (served.ended <= day)].sum())
        assert stock[day] == came - gone == served.pending(day)


@given(lines(), st.data())
@settings(max_examples=100, deadline=None)
def test_a_run_cut_in_two_gives_the_same_days(
    case: tuple[list[Party], list[float]], data: st.DataObject
) -> None:
    parties, capacity = case
    whole = run(parties, capacity)
    cut = data.draw(st.integers(0, len(capacity)))
    priority = np.array([p.priority for p in parties], dtype=np.int8)
    one = serve(whole.arrived, whole.weight, np.array(capacity), horizon=cut, priority=priority)
    rest = np.flatnonzero(~one.done)
    initial = None
    if one.unfinished is not None:
        row = int(np.searchsorted(rest, one.unfinished.row))
        initial = Unfinished(row=row, spent=one.unfinished.spent, began=one.unfinished.began)
    two = serve(
        whole.arrived[rest], whole.weight[rest], np.array(capacity),
        horizon=len(capacity), priority=priority[rest], initial=initial, first=cut,
    )  # fmt: skip
    ended, began = one.ended.copy(), one.began.copy()
    ended[rest], began[rest] = two.ended, two.began
    assert ended.tolist() == whole.ended.tolist()
    assert began.tolist() == whole.began.tolist()


def test_a_party_is_served_as_one_and_its_credit_carries_over() -> None:
    served = serve(column(0, 0), column(5, 1), np.array([2.0, 2.0, 2.0]), horizon=3)
    assert served.began.tolist() == [0, 2]
    assert served.ended.tolist() == [2, 2]
    assert served.waited.tolist() == [0, 2]


def test_capacity_that_finds_nobody_is_lost() -> None:
    served = serve(column(2), column(4), np.array([9.0, 9.0, 3.0, 3.0]), horizon=4)
    assert served.ended.tolist() == [3]


def test_nothing_is_served_while_the_service_is_stopped() -> None:
    served = serve(column(0, 0), column(1, 1), np.array([0.0, 0.0, 1.0, 0.0]), horizon=4)
    assert served.ended.tolist() == [2, -1]
    assert served.stayed.tolist() == [2, -1]
    assert served.pending(3) == 1


def test_a_party_in_service_is_finished_before_a_more_urgent_one_is_begun() -> None:
    priority = np.array([1, 0], dtype=np.int8)
    served = serve(column(0, 1), column(3, 1), np.array([1.0, 1.0, 2.0]), horizon=3, priority=priority)
    assert served.ended.tolist() == [2, 2]
    assert served.began.tolist() == [0, 2]


def test_fractions_add_up_to_whole_parties() -> None:
    served = serve(column(*[0] * 10), column(*[1] * 10), np.full(100, 0.1), horizon=100)
    assert served.ended.tolist() == [10 * k + 9 for k in range(10)]


def test_stock_counts_what_it_is_asked_to_count() -> None:
    served = serve(column(0, 0, 1), column(1, 1, 1), np.array([1.0, 0.0]), horizon=2)
    assert served.stock().tolist() == [1, 2]
    assert served.stock(of=column(4, 2, 5)).tolist() == [2, 7]
    assert served.pending(1, of=column(4, 2, 5)) == 7


def test_no_parties_and_no_days_are_fine() -> None:
    assert serve(column(), column(), np.ones(3), horizon=3).stock().tolist() == [0, 0, 0]
    assert serve(column(0), column(1), np.empty(0), horizon=0).done.tolist() == [False]


def test_all_problems_are_told_at_once() -> None:
    with pytest.raises(RunError) as told:
        serve(column(0), column(0), np.array([-1.0]), horizon=2)
    message = str(told.value)
    assert "weight must be 1 or more" in message
    assert "capacity must be finite" in message
    assert "1 given" in message


def test_wrong_columns_are_refused() -> None:
    with pytest.raises(RunError, match="differ in shape"):
        serve(column(0, 1), column(1), np.ones(2), horizon=2)
    with pytest.raises(RunError, match="oldest arrival"):
        serve(column(-2_000_000_000), column(1), np.ones(2), horizon=2)
    with pytest.raises(RunError, match="priority has shape"):
        serve(column(0), column(1), np.ones(2), horizon=2, priority=np.zeros(3, dtype=np.int8))
    with pytest.raises(RunError, match="unfinished party is row"):
        serve(column(0), column(1), np.ones(2), horizon=2, initial=Unfinished(row=4, spent=0.0, began=0))
    with pytest.raises(RunError, match="outside the run"):
        serve(column(0), column(1), np.ones(2), horizon=2).pending(2)
