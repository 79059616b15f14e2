"""The whole corridor against the clock, and its hearing rooms against SimPy, in one run on one core.

    python benchmarks/run.py [PARTIES]

First, one draw of 2017 to 2024 with everybody in it: law, choice, crossing, desks, hearings, beds, dollars, and the
lines that every metric is made of; beside the limit of 0.6 s, and with the share of each step of the plan. Then the
first PARTIES (20,000) referred to the hearing division in that draw, with the same sizes and the same capacity of each
day, through the kernel and through SimPy processes; both must end every hearing on the same day. Last, the start of the
program. Times are of one core, on the wall and of the processor (where other programs share the machine the first say
less than the second); nothing here is a test.
"""

from __future__ import annotations

import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Generator
from datetime import date
from typing import Any

import numpy as np
from numpy.typing import NDArray

from roxham.sim import run as sim_run
from roxham.sim.breakdown import break_down
from roxham.sim.corridor import Corridor, load
from roxham.sim.flow import Flow
from roxham.sim.plan import Step
from roxham.sim.run import begin, carry_out
from roxham.sim.service import serve

FROM, TO, SEED = date(2017, 1, 1), date(2024, 12, 31), 7
DRAWS, STARTS, KERNEL_RUNS = 5, 7, 20
LIMIT, WANTED = 0.6, 0.25  # seconds of one core for one draw
DAYS_A_MONTH = 365.25 / 12
Column = NDArray[np.int32]


def seconds(job: Callable[[], object], repeat: int) -> list[float]:
    """Wall-clock times of some repetitions."""
    times = []
    for _ in range(repeat):
        start = time.perf_counter()
        job()
        times.append(time.perf_counter() - start)
    return times


def one_draw(corridor: Corridor, draw: int) -> Flow:
    """One draw of the whole corridor, with the lines of its metrics."""
    flow = carry_out(begin(corridor, seed=SEED, draw=draw, from_=FROM, to=TO))
    break_down(flow)
    return flow


def by_step(corridor: Corridor) -> list[str]:
    """How the processor time of some draws is shared between the steps of the plan, the longest first."""
    spent: dict[str, float] = {}
    carry = sim_run._do

    def timed(step: Step, flow: Flow) -> None:
        start = time.process_time()
        carry(step, flow)
        spent[step.name] = spent.get(step.name, 0.0) + time.process_time() - start

    begun = time.process_time()
    sim_run._do = timed
    try:
        for draw in range(DRAWS):
            flow = carry_out(begin(corridor, seed=SEED, draw=draw, from_=FROM, to=TO))
            start = time.process_time()
            break_down(flow)
            spent["lines of every metric"] = spent.get("lines of every metric", 0.0) + time.process_time() - start
    finally:
        sim_run._do = carry
    total = time.process_time() - begun
    spent["making the state"] = total - sum(spent.values())
    told = [f"    {name:<22} {seconds / total:>4.0%} {seconds / DRAWS * 1000:>7.1f} ms"
            for name, seconds in sorted(spent.items(), key=lambda one: -one[1])]
    return [f"  processor time of a draw {total / DRAWS:.2f} s (limit {LIMIT} s, wanted {WANTED} s):", *told]


def whole(corridor: Corridor) -> tuple[Flow, list[str]]:
    """The table of full draws, and the last of them."""
    first = seconds(lambda: one_draw(corridor, 0), 1)[0]  # compiles, or reads what was compiled
    flows: list[Flow] = []
    times = [seconds(lambda draw=draw: flows.append(one_draw(corridor, draw)), 1)[0] for draw in range(DRAWS)]
    middle = statistics.median(times)
    flow = flows[-1]
    parties, persons, days = len(flow.people()), int(flow.people().size.sum()), flow.n_days
    inside = sum(flow.tally.values[name].sum() for name in ("pending_eligibility", "pending_rpd")) * DAYS_A_MONTH
    return flow, [
        f"One draw, {FROM} to {TO}: {parties:,} parties, {persons:,} persons, {days:,} days",
        f"  first {first:.2f} s; {DRAWS} more: median {middle:.2f} s ({min(times):.2f} to {max(times):.2f} s)",
        f"  {parties / middle:,.0f} parties a second; {inside / middle:,.0f} person-days of waiting in line a second",
        *by_step(corridor),
    ]


def hearing_line(flow: Flow, parties: int) -> tuple[Column, Column, NDArray[np.float64]]:
    """Day of referral and size of the first parties referred, and the capacity of each day in quarter persons."""
    claims = flow.heard()
    referred = claims.later["referred"]
    rows = np.lexsort((np.arange(len(claims)), referred))[:parties]
    capacity = np.round(flow.corridor.capacity("rpd", flow.days) * 4) / 4  # sums of quarters are exact
    return referred[rows].astype(np.int32), flow.people().size[claims.row[rows]].astype(np.int32), capacity


def in_simpy(arrived: Column, weight: Column, capacity: NDArray[np.float64]) -> list[int]:
    """The day on which each hearing ends, by a clerk who gets hours every morning."""
    import simpy

    world = simpy.Environment()
    line, hours = simpy.Store(world), simpy.Container(world)
    ended, busy = [-1] * arrived.size, set[int]()

    def coming() -> Generator[Any, Any, None]:
        for row in range(arrived.size):
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

    def clerk() -> Generator[Any, Any, None]:
        while True:
            row = yield line.get()
            busy.add(row)
            yield hours.get(float(weight[row]))
            busy.discard(row)
            ended[row] = int(world.now)

    for process in (coming(), clerk(), mornings()):
        world.process(process)
    world.run(until=capacity.size)
    return ended


def beside_simpy(flow: Flow, parties: int) -> list[str]:
    """The hearing rooms in both programs: same days, and how long each takes."""
    arrived, weight, capacity = hearing_line(flow, parties)
    ours = serve(arrived, weight, capacity, horizon=flow.n_days).ended.tolist()
    theirs: list[list[int]] = []
    peer = seconds(lambda: theirs.append(in_simpy(arrived, weight, capacity)), 1)[0]
    kernel = min(seconds(lambda: serve(arrived, weight, capacity, horizon=flow.n_days), KERNEL_RUNS))
    same = sum(a == b for a, b in zip(ours, theirs[0], strict=True))
    return [
        f"The first {arrived.size:,} parties referred to the hearing rooms; ends on the same day: {same:,}",
        f"  SimPy  {peer:>9.4f} s {arrived.size / peer:>14,.0f} parties a second",
        f"  Roxham {kernel:>9.4f} s {arrived.size / kernel:>14,.0f} parties a second   {peer / kernel:,.0f} times",
    ]


def starting() -> list[str]:
    """How long the program takes to start, in processes of its own."""
    def command(*arguments: str) -> float:
        return statistics.median(seconds(lambda: subprocess.run(
            [sys.executable, *arguments], check=True, stdout=subprocess.DEVNULL), STARTS))

    bare = command("-c", "pass")
    return [
        f"Start, median of {STARTS}: import roxham {command('-c', 'import roxham'):.2f} s, "
        f"roxham --help {command('-m', 'roxham', '--help'):.2f} s, Python alone {bare:.2f} s",
    ]


def main() -> None:
    parties = int(sys.argv[1]) if len(sys.argv) > 1 else 20_000
    flow, lines = whole(load("canada_us"))
    sys.stdout.write("\n".join([*lines, "", *beside_simpy(flow, parties), "", *starting()]) + "\n")


if __name__ == "__main__":
    main()
