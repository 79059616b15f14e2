"""What holds in every run of a service and of a place with beds, whatever the numbers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from roxham.sim.reception import house
from roxham.sim.record import little
from roxham.sim.service import Served, serve

DAYS = 60


@dataclass(frozen=True)
class Drawn:
    arrived: NDArray[np.int32]
    persons: NDArray[np.int32]
    stay: NDArray[np.int32]
    capacity: NDArray[np.float64]
    beds: NDArray[np.int32]


@st.composite
def drawn(draw: st.DrawFn) -> Drawn:
    """Random parties, capacities and beds, from a seed and the few numbers that change their nature."""
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    parties = draw(st.integers(0, 120))
    mean = draw(st.sampled_from([0.3, 2.0, 9.0]))
    open_share = draw(st.sampled_from([0.3, 0.7, 1.0]))
    return Drawn(
        arrived=rng.integers(-10, DAYS + 3, parties).astype(np.int32),
        persons=rng.integers(1, 7, parties).astype(np.int32),
        stay=rng.integers(1, 30, parties).astype(np.int32),
        capacity=rng.exponential(mean, DAYS) * (rng.random(DAYS) < open_share),
        beds=np.maximum(rng.poisson(draw(st.sampled_from([2, 12, 60])), DAYS), 0).astype(np.int32),
    )


def run(case: Drawn, capacity: NDArray[np.float64] | None = None) -> Served:
    return serve(case.arrived, case.persons, case.capacity if capacity is None else capacity, horizon=DAYS)


@given(drawn())
@settings(max_examples=100, deadline=None)
def test_first_in_first_out(case: Drawn) -> None:
    served = run(case)
    order = np.lexsort((np.arange(case.arrived.size), case.arrived))
    for days in (served.began[order], served.ended[order]):
        reached = np.where(days < 0, DAYS, days)
        assert (np.diff(reached) >= 0).all()
    assert (served.ended[served.done] >= np.maximum(case.arrived[served.done], 0)).all()
    assert (served.began[served.done] <= served.ended[served.done]).all()


@given(drawn())
@settings(max_examples=100, deadline=None)
def test_little_holds_exactly_for_a_service(case: Drawn) -> None:
    """People there, summed over days = days spent, summed over people: L = lambda W without a limit."""
    served = run(case)
    until = np.where(served.done, served.ended, DAYS)
    spent = np.maximum(until - np.maximum(case.arrived, 0), 0)
    assert served.stock().sum() == (spent * case.persons).sum()


@given(drawn(), st.integers(0, 20))
@settings(max_examples=100, deadline=None)
def test_little_holds_exactly_for_beds(case: Drawn, patience: int) -> None:
    housed = house(case.arrived, case.persons, case.stay, case.beds, patience)
    inside = np.where(housed.entered >= 0, np.where(housed.left >= 0, housed.left, DAYS) - housed.entered, 0)
    assert housed.occupied_persons.sum() == (inside * case.persons).sum() == housed.nights_in_bed.sum()
    assert housed.waiting_persons.sum() == housed.nights_without.sum()


@given(drawn())
@settings(max_examples=100, deadline=None)
def test_the_work_left_is_what_came_less_what_was_done(case: Drawn) -> None:
    """Lindley: work at the end of a day = max(0, work before + what came - capacity), and no other."""
    served = run(case)
    work = 0.0
    for day in range(DAYS):
        came = case.arrived <= 0 if day == 0 else case.arrived == day
        work = max(0.0, work + float(case.persons[came].sum()) - case.capacity[day])
        stock = served.pending(day)
        assert stock - 6 < work + 1e-6  # at most one party, of six at most, is partly done
        assert stock > work - 1e-6


@given(drawn(), st.integers(0, 20))
@settings(max_examples=100, deadline=None)
def test_nobody_is_lost_in_a_place_with_beds(case: Drawn, patience: int) -> None:
    housed = house(case.arrived, case.persons, case.stay, case.beds, patience)
    for day in range(DAYS):
        came = case.persons[case.arrived <= day].sum()
        gone = case.persons[(housed.left >= 0) & (housed.left <= day)].sum()
        assert came == gone + housed.occupied_persons[day] + housed.waiting_persons[day]
    entering = np.array([case.persons[housed.entered == day].sum() for day in range(DAYS)])
    full_after = housed.occupied_persons[entering > 0] <= case.beds[entering > 0]
    assert full_after.all()  # nobody enters a place that is over its beds


@given(drawn())
@settings(max_examples=100, deadline=None)
def test_nobody_is_lost_between_three_services(case: Drawn) -> None:
    """Police post, desk, hearing room in a row: all who came are at exactly one of them or through."""
    came, accounted = case.arrived, np.zeros(DAYS, dtype=np.int64)
    for share in (4.0, 2.0, 1.0):
        served = serve(came, case.persons, case.capacity * share, horizon=DAYS)
        leaving = np.array([case.persons[served.ended == day].sum() for day in range(DAYS)])
        accounted += served.stock() + leaving  # served on a day, at the next service on the following one
        came = np.where(served.done, served.ended + 1, DAYS).astype(np.int32)
    accounted += np.cumsum(leaving) - leaving
    total = [case.persons[case.arrived <= day].sum() for day in range(DAYS)]
    assert accounted.tolist() == total


@given(drawn(), st.floats(0, 5))
@settings(max_examples=100, deadline=None)
def test_more_capacity_never_makes_anybody_wait_longer(case: Drawn, more: float) -> None:
    extra = np.random.default_rng(case.arrived.size).random(DAYS) * more
    ended = np.where(run(case).ended < 0, DAYS, run(case).ended)
    sooner = run(case, case.capacity + extra)
    assert (np.where(sooner.ended < 0, DAYS, sooner.ended) <= ended).all()


@given(drawn(), st.integers(0, 20))
@settings(max_examples=100, deadline=None)
def test_more_beds_never_make_anybody_wait_longer(case: Drawn, more: int) -> None:
    """Holds because the line stops at the family that does not fit; families of six fit everywhere here."""
    beds = case.beds + 6
    extra = np.random.default_rng(case.arrived.size).integers(0, more + 1, DAYS).astype(np.int32)
    few = house(case.arrived, case.persons, case.stay, beds)
    many = house(case.arrived, case.persons, case.stay, beds + extra)
    entered = np.where(few.entered < 0, DAYS, few.entered)
    assert (np.where(many.entered < 0, DAYS, many.entered) <= entered).all()
    order = np.lexsort((np.arange(case.arrived.size), case.arrived))
    assert (np.diff(entered[order]) >= 0).all()


@pytest.mark.slow
def test_the_laws_hold_on_a_decade_of_people() -> None:
    rng = np.random.default_rng(5)
    parties, days = 400_000, 3_650
    arrived = rng.integers(-200, days, parties).astype(np.int32)
    persons = rng.integers(1, 7, parties).astype(np.int32)
    capacity = np.full(days, 3.5 * parties / days) * rng.random(days) * 2
    served = serve(arrived, persons, capacity, horizon=days)
    until = np.where(served.done, served.ended, days)
    assert served.stock().sum() == ((until - np.maximum(arrived, 0)) * persons.astype(np.int64)).sum()
    order = np.lexsort((np.arange(parties), arrived))
    assert (np.diff(until[order]) >= 0).all()


def options(case: Drawn, kinds: int, bears: int, limit: float) -> dict[str, Any]:
    """What a service may add, from the numbers of a case."""
    rng = np.random.default_rng(case.arrived.size + kinds)
    return {
        "priority": rng.integers(0, 2, case.arrived.size).astype(np.int8),
        "kind": rng.integers(0, kinds, case.arrived.size).astype(np.int8), "shares": np.full(kinds, 0.9 / kinds),
        "patience": rng.integers(0, bears + 1, case.arrived.size).astype(np.int32), "limit": limit,
        "not_before": case.arrived + rng.integers(0, 12, case.arrived.size).astype(np.int32),
    }  # fmt: skip


@given(drawn(), st.integers(1, 3), st.integers(0, 40), st.sampled_from([0.0, 30.0, np.inf]))
@settings(max_examples=100, deadline=None)
def test_nobody_of_a_kind_and_class_is_passed(case: Drawn, kinds: int, bears: int, limit: float) -> None:
    """Whoever is begun was due no later than anybody of the same kind and class who still waits."""
    more = options(case, kinds, bears, limit)
    served = serve(case.arrived, case.persons, case.capacity, horizon=DAYS, **more)
    for kind in range(kinds):
        for priority in range(2):
            rows = np.flatnonzero((more["kind"] == kind) & (more["priority"] == priority))
            order = rows[np.lexsort((rows, more["not_before"][rows]))]
            began = np.where(served.began[order] < 0, DAYS, served.began[order])
            stays = served.left[order] < 0
            assert (np.diff(began[stays]) >= 0).all()
            for at in np.flatnonzero(~stays):  # nobody behind was begun before they had left
                behind = began[at + 1 :]
                assert (behind > served.left[order[at]]).all()


@given(drawn(), st.integers(1, 3), st.integers(0, 40), st.sampled_from([0.0, 30.0, np.inf]))
@settings(max_examples=100, deadline=None)
def test_little_holds_exactly_for_a_service_with_everything(
    case: Drawn, kinds: int, bears: int, limit: float
) -> None:
    served = serve(case.arrived, case.persons, case.capacity, horizon=DAYS, **options(case, kinds, bears, limit))
    area, spent = little(served)
    assert area == spent


@given(drawn(), st.integers(0, 40), st.integers(0, 10))
@settings(max_examples=100, deadline=None)
def test_nobody_is_lost_when_a_full_line_sends_on(case: Drawn, limit: int, patience: int) -> None:
    """Turned away here, they ask at the next place on the same day; all are somewhere, or gave up, or are done."""
    came, persons, accounted, gone = case.arrived, case.persons, np.zeros(DAYS, np.int64), np.zeros(DAYS, np.int64)
    for room in (float(limit), float(limit), np.inf):
        served = serve(came, persons, case.capacity / 3, horizon=DAYS, limit=room, patience=patience)
        accounted += served.stock()
        for days, who in ((served.ended, served.done), (served.left, served.gave_up)):
            gone += np.bincount(days[who], weights=persons[who], minlength=DAYS).astype(np.int64)
        came, persons = served.left[served.turned_away], persons[served.turned_away]
    assert came.size == 0
    total = [case.persons[case.arrived <= day].sum() for day in range(DAYS)]
    assert (accounted + np.cumsum(gone)).tolist() == total
