"""Services per second: ours beside Ciw and SimPy, in one run on one core.

    python benchmarks/service.py [PARTIES]

One desk serves parties first come, first served, at 80 % load. Ciw and SimPy get a fiftieth of the parties, as
they would take minutes for all; what is compared is services per second of processor time. The lines of the first
part spend a capacity of each day: first come, first served, then with what a case may add. The second part gives
each party a server for a time of its own, in continuous time, which is what Ciw and SimPy do; and the last line is
a place with beds. The work before the kernel (checks, sorting) is part of every line; compiling is not.
"""

from __future__ import annotations

import random
import sys
import time
from collections.abc import Callable, Generator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from roxham.sim.network import Station, attend, pass_through
from roxham.sim.reception import house
from roxham.sim.service import serve

DAYS = 2_922  # 2017 to 2024
LOAD = 0.8
FEWER = 50


def seconds(job: Callable[[], object], repeat: int = 1) -> float:
    """Least processor time of a few repetitions."""
    times = []
    for _ in range(repeat):
        start = time.process_time()
        job()
        times.append(time.process_time() - start)
    return min(times)


def columns(parties: int) -> tuple[NDArray[np.int32], NDArray[np.int32], NDArray[np.int8]]:
    """Unsorted arrivals, family sizes and priority classes of a decade or so."""
    rng = np.random.default_rng(1)
    arrived = rng.integers(0, DAYS, parties).astype(np.int32)
    return arrived, rng.integers(1, 7, parties).astype(np.int32), rng.integers(0, 3, parties).astype(np.int8)


def ours(parties: int) -> list[tuple[str, float]]:
    """Name and services per second of each of our kernels."""
    arrived, persons, priority = columns(parties)
    every_day = np.full(DAYS, persons.sum() / DAYS / LOAD)
    weekdays = np.where(np.arange(DAYS) % 7 < 5, every_day * 7 / 5, 0.0)
    rng = np.random.default_rng(2)
    stay = rng.integers(1, 60, parties).astype(np.int32)
    patience = rng.integers(0, 90, parties).astype(np.int32)
    beds = np.full(DAYS, int((persons * stay).sum() / DAYS / LOAD), dtype=np.int32)
    jobs: list[tuple[str, Callable[[], object]]] = [
        ("first come, first served", lambda: serve(arrived, persons, every_day, horizon=DAYS)),
        ("three classes of priority", lambda: serve(arrived, persons, every_day, horizon=DAYS, priority=priority)),
        ("priority and working days", lambda: serve(arrived, persons, weekdays, horizon=DAYS, priority=priority)),
        ("share by type, working days", lambda: serve(
            arrived, persons, weekdays, horizon=DAYS, kind=priority, shares=np.array([0.5, 0.3, 0.2]))),
        ("patience", lambda: serve(arrived, persons, every_day * 0.7, horizon=DAYS, patience=patience)),
        ("appointments", lambda: serve(arrived, persons, every_day, horizon=DAYS, not_before=arrived + patience)),
        ("a longest line", lambda: serve(arrived, persons, every_day * 0.7, horizon=DAYS, limit=500.0)),
        *in_continuous_time(parties, priority),
        ("families in beds", lambda: house(arrived, persons, stay, beds)),
    ]  # fmt: skip
    for _, job in jobs:
        job()  # compiled before it is timed
    return [(name, parties / seconds(job, repeat=7)) for name, job in jobs]


def in_continuous_time(parties: int, priority: NDArray[np.int8]) -> list[tuple[str, Callable[[], object]]]:
    """Names and jobs with exponential times: one server as in Ciw and SimPy, then fifty, then a row that blocks."""
    rng = np.random.default_rng(3)
    one, fifty = (np.cumsum(rng.exponential(1 / (LOAD * n), parties)) for n in (1, 50))
    length = rng.exponential(1.0, (parties, 2))
    end = float(one[-1]) + 1_000
    week = np.where(np.arange(int(fifty[-1]) + 1_000) % 7 < 5, 70, 0).astype(np.int32)
    bears = rng.exponential(1.0, parties)
    row = [Station(2), Station(2, room=1)]
    return [
        ("one server", lambda: attend(one, length[:, 0], 1, horizon=end)),
        ("fifty servers", lambda: attend(fifty, length[:, 0], 50, horizon=end)),
        ("fifty, priority, working days", lambda: attend(fifty, length[:, 0], week, horizon=end, priority=priority)),
        ("fifty, patience, finite room", lambda: attend(
            fifty, length[:, 0], 50, horizon=end, patience=bears, room=20)),
        ("two stations that block, parties", lambda: pass_through(one, length, row, horizon=end)),
    ]  # fmt: skip


def in_simpy(parties: int) -> float:
    """Services per second of one desk with exponential times."""
    import simpy

    def arrivals(world: Any, desk: Any) -> Generator[Any, Any, None]:
        for _ in range(parties):
            yield world.timeout(random.expovariate(LOAD))
            world.process(party(world, desk))

    def party(world: Any, desk: Any) -> Generator[Any, Any, None]:
        with desk.request() as turn:
            yield turn
            yield world.timeout(random.expovariate(1.0))

    def run() -> None:
        random.seed(1)
        world = simpy.Environment()
        world.process(arrivals(world, simpy.Resource(world)))
        world.run()

    return parties / seconds(run)


def in_ciw(parties: int) -> float:
    """Services per second of one desk with exponential times."""
    import ciw

    network = ciw.create_network(
        arrival_distributions=[ciw.dists.Exponential(LOAD)],
        service_distributions=[ciw.dists.Exponential(1.0)],
        number_of_servers=[1],
    )

    def run() -> None:
        ciw.seed(1)
        ciw.Simulation(network).simulate_until_max_customers(parties, method="Finish")

    return parties / seconds(run)


def main() -> None:
    parties = int(sys.argv[1]) if len(sys.argv) > 1 else 400_000
    ciw_rate, simpy_rate = in_ciw(parties // FEWER), in_simpy(parties // FEWER)
    rows = [("Ciw", ciw_rate), ("SimPy", simpy_rate), *ours(parties)]
    out = [f"{parties:,} parties, {DAYS:,} days, one core", ""]
    out.append(f"{'':<32}{'services / CPU s':>18}{'x Ciw':>10}{'x SimPy':>10}")
    for name, rate in rows:
        out.append(f"{name:<32}{rate:>18,.0f}{rate / ciw_rate:>10,.1f}{rate / simpy_rate:>10,.1f}")
    sys.stdout.write("\n".join(out) + "\n")


if __name__ == "__main__":
    main()
