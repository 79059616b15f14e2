"""The store of runs against the clock: what keeping and fetching a draw costs beside making it.

    python benchmarks/store.py

Prints processor time (this process, one core), so that other work on the machine matters less than it would for the
clock on the wall, and the share of a draw's making. Limits: putting and getting one draw under 2 % of making it;
a study of 12 scenarios x 20 draws opened from the store, without its lines, under one second.
"""

from __future__ import annotations

import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import replace

import roxham
from roxham.lab.bench import Bench, Table, amended, simulator
from roxham.lab.runs import open_run
from roxham.lab.scenario import load_study
from roxham.lab.vault import Vault

SEED, DRAWS, REPEATS = 7, 20, 20


def clock(work: Callable[[], object], repeats: int = 1) -> tuple[float, float]:
    """Seconds of processor and of the wall for one piece of work; the middle of several."""
    taken = []
    for _ in range(repeats):
        cpu, wall = time.process_time(), time.perf_counter()
        work()
        taken.append((time.process_time() - cpu, time.perf_counter() - wall))
    return sorted(taken)[len(taken) // 2]


def main() -> None:
    """Time making, putting, getting and opening."""
    corridor, study = roxham.load("canada_us"), load_study("roxham-road")
    bench = Bench(amended(study, corridor), study, SEED, simulator())
    bench.run(0, 0)
    tables: list[Table] = [bench.run(0, draw) for draw in range(4)]
    made, _ = clock(lambda: bench.run(0, 5), 5)
    sys.stdout.write(f"make one draw                      {1e3 * made:8.1f} ms\n")
    days = {"from_": study.from_, "to": study.to}
    with tempfile.TemporaryDirectory() as folder:
        vault = Vault(folder)
        shelf = vault.shelf(corridor, study.baseline, seed=SEED, **days)
        for draw, table in enumerate(tables):
            shelf.put({draw: table})
        turn = iter(range(10, 10**6))
        put, _ = clock(lambda: shelf.put({next(turn): tables[0]}), REPEATS)
        get, _ = clock(lambda: shelf.get([1]), REPEATS)
        cells, _ = clock(lambda: shelf.get([1], lines=False), REPEATS)
        for name, taken in (("put one draw", put), ("get one draw", get), ("get one draw, without its lines", cells)):
            sys.stdout.write(f"{name:<34} {1e3 * taken:8.1f} ms   {taken / made:6.2%} of making it\n")
        sys.stdout.write(f"put and get                                      {(put + get) / made:6.2%}\n")
    with tempfile.TemporaryDirectory() as folder:
        vault = Vault(folder)
        for number, scenario in enumerate(study.scenarios):
            shelf = vault.shelf(corridor, scenario, seed=SEED, **days)
            for draw in range(DRAWS):
                table = tables[(number + draw) % len(tables)]
                shelf.put({draw: replace(table, values=table.values + draw)})
        for draws in (2, DRAWS):
            name = vault.keep_study(study, corridor, SEED, draws)
            for lines in (False, True):
                cpu, wall = clock(lambda name=name, lines=lines: open_run(Vault(folder), name, lines=lines), 3)
                told = f"open {len(study.scenarios)} x {draws}{'' if lines else ', without lines'}"
                sys.stdout.write(f"{told:<34} {1e3 * cpu:8.1f} ms   {1e3 * wall:.0f} ms on the wall\n")


if __name__ == "__main__":
    main()
