"""The same small networks in Ciw, an independent simulator of queues.

With the same arrivals and the same whole service times every start must fall on the same day; with numbers
drawn by each program for itself the mean waits must agree within three standard errors of their difference.
"""

from __future__ import annotations

from typing import Any

import ciw
import numpy as np
import pytest
from numpy.typing import NDArray

from roxham.sim.reception import house
from roxham.sim.service import serve

RUNS, PARTIES, MORE_PARTIES = 8, 500, 20_000


def column(values: Any) -> NDArray[np.int32]:
    return np.asarray(values, dtype=np.int32)


def gaps(arrived: NDArray[np.int32]) -> list[float]:
    """Times between arrivals, the form that Ciw reads; then none for ever."""
    return [*np.diff(arrived, prepend=0).astype(float).tolist(), float("inf")]


def records(network: Any, until: float, nodes: int = 1) -> list[list[Any]]:
    """Records of each node in the order in which people came to it."""
    ciw.seed(1)
    simulation = ciw.Simulation(network)
    simulation.simulate_until_max_time(until)
    found = simulation.get_all_records(only=["service"])
    return [
        sorted((r for r in found if r.node == node), key=lambda r: (r.arrival_date, r.id_number))
        for node in range(1, nodes + 1)
    ]


def small_inputs(seed: int, parties: int = 60) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
    """Arrivals on distinct days, so that nothing depends on how ties are broken, and whole service times."""
    rng = np.random.default_rng(seed)
    return column(np.sort(rng.choice(300, parties, replace=False)) + 1), column(rng.integers(1, 10, parties))


@pytest.mark.parametrize("seed", range(3))
def test_one_desk_starts_and_ends_on_the_same_days(seed: int) -> None:
    arrived, work = small_inputs(seed)
    network = ciw.create_network(
        arrival_distributions=[ciw.dists.Sequential(gaps(arrived))],
        service_distributions=[ciw.dists.Sequential(work.astype(float).tolist())],
        number_of_servers=[1],
    )
    (theirs,) = records(network, until=5_000)
    ours = serve(arrived, work, np.ones(5_000), horizon=5_000)
    assert ours.began.tolist() == [r.service_start_date for r in theirs]
    assert (ours.ended + 1).tolist() == [r.service_end_date for r in theirs]
    assert ours.waited.tolist() == [r.waiting_time for r in theirs]


@pytest.mark.parametrize("seed", range(3))
def test_a_desk_and_a_hearing_room_in_a_row(seed: int) -> None:
    arrived, work = small_inputs(seed)
    hearing = 7
    network = ciw.create_network(
        arrival_distributions=[ciw.dists.Sequential(gaps(arrived)), None],
        service_distributions=[
            ciw.dists.Sequential(work.astype(float).tolist()),
            ciw.dists.Deterministic(float(hearing)),
        ],
        number_of_servers=[1, 1],
        routing=[[0.0, 1.0], [0.0, 0.0]],
    )
    _, theirs = records(network, until=5_000, nodes=2)
    desk = serve(arrived, work, np.ones(5_000), horizon=5_000)
    room = serve(desk.ended + 1, np.full_like(work, hearing), np.ones(5_000), horizon=5_000)
    assert room.arrived.tolist() == [r.arrival_date for r in theirs]
    assert room.began.tolist() == [r.service_start_date for r in theirs]
    assert (room.ended + 1).tolist() == [r.service_end_date for r in theirs]


@pytest.mark.parametrize("beds", [1, 3, 8])
def test_beds_for_one_person_each(beds: int) -> None:
    arrived, stay = small_inputs(10 + beds)
    network = ciw.create_network(
        arrival_distributions=[ciw.dists.Sequential(gaps(arrived))],
        service_distributions=[ciw.dists.Sequential((stay * beds).astype(float).tolist())],
        number_of_servers=[beds],
    )
    (theirs,) = records(network, until=5_000)
    ours = house(arrived, np.ones_like(arrived), column(stay * beds), np.full(5_000, beds, dtype=np.int32))
    assert ours.entered.tolist() == [r.service_start_date for r in theirs]
    assert ours.left.tolist() == [r.exit_date for r in theirs]


def test_beds_without_a_line_turn_the_same_people_away() -> None:
    arrived, stay = small_inputs(20)
    network = ciw.create_network(
        arrival_distributions=[ciw.dists.Sequential(gaps(arrived))],
        service_distributions=[ciw.dists.Deterministic(14.5)],  # never ends on the instant of an arrival
        number_of_servers=[3],
        queue_capacities=[0],
    )
    ciw.seed(1)
    simulation = ciw.Simulation(network)
    simulation.simulate_until_max_time(5_000)
    housed = sorted(r.arrival_date for r in simulation.get_all_records(only=["service"]))
    ours = house(arrived, np.ones_like(arrived), np.full_like(stay, 15), np.full(5_000, 3, dtype=np.int32), 0)
    assert arrived[~ours.gave_up].tolist() == housed
    assert ours.gave_up.any()


def test_urgent_claims_go_first_and_interrupt_nobody() -> None:
    arrived, work = small_inputs(30)
    urgent = np.random.default_rng(31).random(arrived.size) < 0.3
    network = ciw.create_network(
        arrival_distributions={
            "Urgent": [ciw.dists.Sequential(gaps(arrived[urgent]))],
            "Other": [ciw.dists.Sequential(gaps(arrived[~urgent]))],
        },
        service_distributions={
            "Urgent": [ciw.dists.Sequential((work[urgent] - 0.5).tolist())],
            "Other": [ciw.dists.Sequential((work[~urgent] - 0.5).tolist())],
        },
        number_of_servers=[1],
        priority_classes={"Urgent": 0, "Other": 1},
    )
    (theirs,) = records(network, until=5_000)
    # Half-day services in Ciw end between two arrivals; here a half day is one tick, two of which make a day.
    ours = serve(
        column(arrived * 2),
        column(work * 2 - 1),
        np.ones(10_000),
        horizon=10_000,
        priority=np.where(urgent, 0, 1).astype(np.int8),
    )
    assert (ours.began / 2).tolist() == [r.service_start_date for r in theirs]


def mean_waits_in_ciw(parties: int, rate: float, service: Any, servers: int) -> NDArray[np.float64]:
    network = ciw.create_network(
        arrival_distributions=[ciw.dists.Exponential(rate)],
        service_distributions=[service],
        number_of_servers=[servers],
    )
    means = []
    for run in range(RUNS):
        ciw.seed(100 + run)
        simulation = ciw.Simulation(network)
        simulation.simulate_until_max_customers(parties, method="Finish")
        means.append(np.mean([r.waiting_time for r in simulation.get_all_records()]))
    return np.array(means)


def same_mean(ours: NDArray[np.float64], theirs: NDArray[np.float64], slack: float) -> None:
    error = np.sqrt(ours.var(ddof=1) / ours.size + theirs.var(ddof=1) / theirs.size)
    assert abs(ours.mean() - theirs.mean()) <= slack + 3 * error


@pytest.mark.parametrize("parties", [PARTIES, pytest.param(MORE_PARTIES, marks=pytest.mark.slow)])
@pytest.mark.parametrize("servers", [1, 3])
def test_random_arrivals_and_stays_give_the_same_mean_wait(parties: int, servers: int) -> None:
    ticks, load = 200, 0.75 * servers
    theirs = mean_waits_in_ciw(parties, load, ciw.dists.Exponential(1.0), servers)
    ours = []
    for run in range(RUNS):
        rng = np.random.default_rng(run)
        arrived = column(np.cumsum(rng.exponential(ticks / load, parties)))
        stay = column(np.maximum(np.rint(rng.exponential(ticks, parties)), 1))
        days = int(arrived[-1]) + 100 * ticks
        housed = house(arrived, np.ones_like(arrived), stay, np.full(days, servers, dtype=np.int32))
        ours.append((housed.entered - arrived).mean() / ticks)
    same_mean(np.array(ours), theirs, slack=1 / ticks)


@pytest.mark.parametrize("parties", [PARTIES, pytest.param(MORE_PARTIES, marks=pytest.mark.slow)])
def test_random_arrivals_at_a_desk_give_the_same_mean_wait(parties: int) -> None:
    ticks, load = 100, 0.7
    theirs = mean_waits_in_ciw(parties, load, ciw.dists.Deterministic(1.0), 1)
    ours = []
    for run in range(RUNS):
        arrived = column(np.cumsum(np.random.default_rng(run).exponential(ticks / load, parties)))
        horizon = int(arrived[-1]) + 100 * ticks
        served = serve(arrived, np.full_like(arrived, ticks), np.ones(horizon), horizon=horizon)
        ours.append(served.waited.mean() / ticks)
    same_mean(np.array(ours), theirs, slack=1 / ticks)
