"""The laboratory at scale: runs a core-second, who does the work, what pairing saves, and what mirrored draws would.

    python benchmarks/ensemble.py [DRAWS [TIMED]]

First, TIMED (2) draws of the twelve scenarios of `roxham-road`, 2017 to 2024, by this process, by processes and by a
local Dask cluster of one and two workers: time on the wall, processor time of all processes together, and runs per
second of either. The first draw of each warms the workers and is not timed; the summaries must be the same, byte by
byte. Then DRAWS (20) draws tell how many independent draws a paired one is worth for each headline, scenario by
scenario: the variance of a difference of independent draws over that of the same draws paired. Last, draws whose every
random number u is mirrored to 1 - u (antithetic draws) beside draws with fresh numbers and the same parameters: the
variance of the mean of such a pair, one over the other. Nothing here is a test.
"""

from __future__ import annotations

import os
import resource
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

import roxham
from roxham.lab.bench import Bench, amended, simulator
from roxham.lab.compare import HEADLINES
from roxham.lab.ensemble import run_study
from roxham.lab.executor import open_executor
from roxham.lab.scenario import Study, load_study
from roxham.lab.summary import StudyResult
from roxham.sim import shared
from roxham.sim.corridor import Corridor
from roxham.streams import Streams

SEED = 7
EXECUTORS = ("serial", "processes:1", "processes:2", "dask:1", "dask:2")
MIRRORED = ("as-it-was", "protocol-never")
Numbers = NDArray[np.float64]


def processor_time() -> float:
    """Seconds of processor time of this process and of its children that ended."""
    both = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(one.ru_utime + one.ru_stime for one in both)


def clock_of_all() -> float:
    """Processor seconds of this process and all its living descendants, from the system's own table."""
    ticks, mine = os.sysconf("SC_CLK_TCK"), {os.getpid()}
    rows: dict[int, tuple[int, int]] = {}
    for name in os.listdir("/proc"):
        if name.isdecimal():
            try:
                with open(f"/proc/{name}/stat", encoding="utf-8") as file:
                    fields = file.read().rsplit(")", 1)[1].split()
            except OSError:
                continue
            rows[int(name)] = (int(fields[1]), int(fields[11]) + int(fields[12]))
    grown = True
    while grown:
        more = {pid for pid, (parent, _) in rows.items() if parent in mine} - mine
        mine, grown = mine | more, bool(more)
    return sum(used for pid, (_, used) in rows.items() if pid in mine) / ticks


def timed(study: Study, corridor: Corridor, draws: int) -> Iterator[str]:
    """One line for each executor."""
    runs, first, alone = draws * len(study.scenarios), "", 0.0
    yield f"{len(study.scenarios)} scenarios of {draws} draws, {study.from_} to {study.to}, on {os.cpu_count()} cores"
    yield f"  {'who':<12} {'wall s':>8} {'runs a s':>9} {'processor s':>12} {'runs a core-s':>14} {'speed':>6}"
    for name in EXECUTORS:
        executor = open_executor(name)
        try:
            run_study(study, corridor, draws=1, seed=SEED + 1, executor=executor)
            used, begun = clock_of_all(), time.perf_counter()
            result = run_study(study, corridor, draws=draws, seed=SEED, executor=executor)
            wall, spent = time.perf_counter() - begun, clock_of_all() - used
        finally:
            executor.close()
        told = result.summary.to_csv()
        first, alone = first or told, alone or wall
        same = "" if told == first else "  ANOTHER SUMMARY"
        yield (f"  {name:<12} {wall:>8.1f} {runs / wall:>9.2f} {spent:>12.1f} {runs / spent:>14.2f} "
               f"{alone / wall:>6.2f}{same}")


def sharing(study: Study, corridor: Corridor) -> Iterator[str]:
    """What the scenarios of a draw save by making once what no amendment touches."""
    bench = Bench(amended(study, corridor), study, SEED, simulator())
    bench.run(0, 0)
    spent: dict[bool, float] = {}
    for apart in (True, False):
        begun = processor_time()
        for k in range(len(study.scenarios)):
            if apart:
                shared._HELD.draw = None
            bench.run(k, 1)
        spent[apart] = (processor_time() - begun) / len(study.scenarios)
    yield (f"Processor time of a draw: {spent[True]:.3f} s alone, {spent[False]:.3f} s beside the other scenarios of "
           f"its draw ({1 - spent[False] / spent[True]:.0%} less)")


def pairing(result: StudyResult) -> Iterator[str]:
    """For each headline, how many independent draws one paired draw is worth: least, middle and most over scenarios."""
    yield f"Independent draws that one paired draw is worth, {result.draws} draws, over the scenarios that differ"
    yield f"  {'headline':<20} {'least':>8} {'middle':>8} {'most':>10}  scenarios"
    base = result.study.baseline.name
    for metric in HEADLINES:
        first = result.by_draw(base, metric)
        worth = []
        for scenario in result.scenarios[1:]:
            other = result.by_draw(scenario, metric)
            paired = float((other - first).var(ddof=1))
            if paired > 0:
                worth.append(float(other.var(ddof=1) + first.var(ddof=1)) / paired)
        if worth:
            yield f"  {metric:<20} {min(worth):>8.1f} {np.median(worth):>8.1f} {max(worth):>10.0f}  {len(worth)}"


class Turned:
    """A generator whose uniform numbers are one less those of another; prices and dangers are drawn from it."""

    def __init__(self, plain: np.random.Generator) -> None:
        self.plain = plain

    def random(self, size: int | None = None) -> Numbers:
        return np.asarray(1.0 - np.asarray(self.plain.random(size)))


@contextmanager
def mirror() -> Iterator[None]:
    """Every uniform number becomes one less itself."""
    plain, generator = Streams.uniform, Streams.generator

    def mirrored(
        self: Streams, process: str, entity: NDArray[np.uint64], step: int | NDArray[np.uint64] = 0
    ) -> NDArray[np.float64]:
        return np.asarray(1.0 - plain(self, process, entity, step), dtype=np.float64)

    Streams.uniform = mirrored  # type: ignore[method-assign]
    Streams.generator = lambda self, process: Turned(generator(self, process))  # type: ignore[assignment,method-assign]
    shared._HELD.draw = None
    try:
        yield
    finally:
        Streams.uniform, Streams.generator = plain, generator  # type: ignore[method-assign]
        shared._HELD.draw = None


def mirrored_draws(study: Study, corridor: Corridor, draws: int) -> Iterator[str]:
    """What antithetic draws give: variance of a mirrored pair's mean over that of a pair with fresh numbers."""
    samples = len(corridor.posterior())
    some = replace(study, scenarios=tuple(study.scenario(name) for name in MIRRORED))
    result = run_study(some, corridor, draws=draws, seed=SEED)
    fresh = run_study(some, corridor, draws=draws, seed=SEED + 1)
    with mirror():
        turned = run_study(some, corridor, draws=draws, seed=SEED)
    yield (f"Mirrored draws beside fresh ones, {draws} draws, the same parameters in both ({samples} in the "
           "posterior): variance of a pair's mean, one over the other; and luck's share of the variance between draws")
    yield f"  {'headline':<20} {'mean of ' + MIRRORED[0]:>20} {'difference':>12} {'luck':>6} {'luck of difference':>20}"
    for metric in HEADLINES:
        one, two, three = (
            np.array([each.by_draw(name, metric) for name in MIRRORED]) for each in (result, fresh, turned))
        told = []
        for pick in (lambda rows: rows[0], lambda rows: rows[1] - rows[0]):
            a, b, c = pick(one), pick(two), pick(three)
            apart, luck = ((a + b) / 2).var(ddof=1), float(((a - b) ** 2).mean()) / 2
            told.append((float(((a + c) / 2).var(ddof=1) / apart), luck / float(a.var(ddof=1))))
        (mean, luck), (difference, luck_too) = told
        yield f"  {metric:<20} {mean:>20.2f} {difference:>12.2f} {luck:>6.0%} {luck_too:>20.0%}"


def main() -> None:
    draws = int(sys.argv[1]) if len(sys.argv) > 1 else 20
    again = int(sys.argv[2]) if len(sys.argv) > 2 else 2
    study, corridor = load_study("roxham-road"), roxham.load("canada_us")

    def tell(lines: Iterator[str]) -> None:
        for line in lines:
            sys.stdout.write(line + "\n")
            sys.stdout.flush()
        sys.stdout.write("\n")

    tell(timed(study, corridor, again))
    tell(sharing(study, corridor))
    executor = open_executor("processes:2")
    try:
        tell(pairing(run_study(study, corridor, draws=draws, seed=SEED, executor=executor)))
    finally:
        executor.close()
    tell(mirrored_draws(study, corridor, draws))


if __name__ == "__main__":
    main()
