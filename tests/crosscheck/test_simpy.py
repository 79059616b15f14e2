"""The same small networks in SimPy, written as processes that know nothing of columns."""

from __future__ import annotations

from collections.abc import Generator
from typing import Any

import numpy as np
import pytest
import simpy
from numpy.typing import NDArray

from roxham.sim.reception import house
from roxham.sim.service import serve


def column(values: Any) -> NDArray[np.int32]:
    return np.asarray(values, dtype=np.int32)


def desk_in_simpy(
    arrived: NDArray[np.int32], weight: NDArray[np.int32], capacity: NDArray[np.float64]
) -> tuple[list[int], list[int]]:
    """Order of service and day on which each party ends, by a clerk who gets hours every morning."""
    world = simpy.Environment()
    line = simpy.Store(world)
    hours = simpy.Container(world)
    order: list[int] = []
    ended = [-1] * arrived.size

    def coming() -> Generator[Any, Any, None]:
        for row in np.lexsort((np.arange(arrived.size), arrived)).tolist():
            yield world.timeout(max(float(arrived[row]) - world.now, 0))
            yield line.put(row)

    def mornings() -> Generator[Any, Any, None]:
        for day, hour in enumerate(capacity.tolist()):
            yield world.timeout(day + 0.25 - world.now)
            if not line.items and not busy:
                continue
            yield hours.put(hour) if hour else world.timeout(0)
            yield world.timeout(0.5)
            if not line.items and not busy and hours.level:
                yield hours.get(hours.level)  # nobody is left in line: the rest of the day is lost

    busy: set[int] = set()

    def clerk() -> Generator[Any, Any, None]:
        while True:
            row = yield line.get()
            busy.add(row)
            yield hours.get(float(weight[row]))
            busy.discard(row)
            order.append(row)
            ended[row] = int(world.now)

    world.process(coming())
    world.process(clerk())
    world.process(mornings())
    world.run(until=capacity.size)
    return order, ended


@pytest.mark.parametrize("seed", range(6))
def test_a_desk_serves_in_the_same_order_on_the_same_days(seed: int) -> None:
    rng = np.random.default_rng(seed)
    days, parties = 90, 70
    arrived = column(rng.integers(0, days, parties))
    weight = column(rng.integers(1, 7, parties))
    capacity = rng.choice([0.0, 0.5, 2.0, 4.25], days)  # sums of quarters are exact
    order, ended = desk_in_simpy(arrived, weight, capacity)
    ours = serve(arrived, weight, capacity, horizon=days)
    assert ours.ended.tolist() == ended
    done = np.flatnonzero(ours.done)
    assert done[np.lexsort((done, arrived[done]))].tolist() == order


@pytest.mark.parametrize("seed", range(6))
def test_families_get_the_same_beds_on_the_same_days(seed: int) -> None:
    rng = np.random.default_rng(seed)
    days, families, beds = 120, 90, 20
    arrived = column(np.sort(rng.integers(0, days, families)))
    persons, stay = column(rng.integers(1, 7, families)), column(rng.integers(1, 12, families))
    world = simpy.Environment()
    place = simpy.Container(world, capacity=beds, init=beds)
    entered = [-1] * families

    def family(row: int) -> Generator[Any, Any, None]:
        yield world.timeout(int(arrived[row]))
        yield place.get(int(persons[row]))
        entered[row] = int(world.now)
        yield world.timeout(int(stay[row]))
        yield place.put(int(persons[row]))

    for row in range(families):
        world.process(family(row))
    world.run(until=days)
    ours = house(arrived, persons, stay, np.full(days, beds, dtype=np.int32))
    assert ours.entered.tolist() == entered
    assert (ours.waiting_persons > 0).any()


@pytest.mark.parametrize("seed", range(6))
def test_three_classes_of_priority_at_one_desk(seed: int) -> None:
    rng = np.random.default_rng(seed)
    parties = 60
    arrived = column(np.sort(rng.choice(300, parties, replace=False)))
    work, priority = column(rng.integers(1, 10, parties)), rng.integers(0, 3, parties).astype(np.int8)
    world = simpy.Environment()
    desk = simpy.PriorityResource(world)
    began = [-1.0] * parties

    def party(row: int) -> Generator[Any, Any, None]:
        yield world.timeout(int(arrived[row]))
        with desk.request(priority=int(priority[row])) as turn:
            yield turn
            began[row] = world.now
            yield world.timeout(int(work[row]))

    for row in range(parties):
        world.process(party(row))
    world.run()
    ours = serve(arrived, work, np.ones(2_000), horizon=2_000, priority=priority)
    assert ours.began.tolist() == began
