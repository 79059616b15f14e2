"""How fast a walk is: beside the agent model, as the people grow, for a thousand replicates, and against its limit.

    python benchmarks/walk.py FOLDER [--flee PYTHON] [--only ratio people replicates limit]
    python benchmarks/walk.py FOLDER --flee PYTHON --record OUT --seeds 30 --hasten 100

FOLDER is the folder of a case, mali2012 for the numbers that are quoted. The agent model is the package `flee`, no part
of this project: give the path of a Python that has it, in an environment of its own. Version 3.1 lacks three of the
settings that the case uses (capacity_scaling, sum_from_camps and the camps' capacities less who is in them at first);
the driver below supplies them, after which its counts agree with those recorded from the newest version. Its time is
that of the days alone, as is ours. Times are processor time; `recorded` is what the newest version took (two runs).
"""

from __future__ import annotations

import argparse
import csv
import dataclasses
import json
import subprocess
import sys
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import NamedTuple

import numpy as np

from roxham.walk import read_folder
from roxham.walk.rules import Plan, make_plan
from roxham.walk.simulate import run, run_plan
from roxham.walk.state import MOST_ALONE

RECORDED = (107.0, 141.0)  # CPU seconds of the newest version for mali2012 at full size, 300 days
TOGETHER = 10  # replicates timed together: the first touches new memory, the others do not
FIVE = 5  # days of a walk on which counts are recorded

DRIVER = '''
import contextlib, csv, io, json, random, re, sys, tempfile, time
from pathlib import Path
import numpy as np, yaml
case, hasten, seed = Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])
text = re.sub(r"hasten:.*", f"hasten: {hasten}", (case / "simsetting.yml").read_text())
settings = yaml.safe_load(text)
random.seed(seed)
np.random.seed(seed)
inputs = case / "input_csv"
with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
    from flee import InputGeography, flee, spawning
    from flee.datamanager import handle_refugee_data
    file = Path(tempfile.mkdtemp()) / "simsetting.yml"
    file.write_text(text)
    flee.SimulationSettings.ReadFromYML(str(file))
    flee.SimulationSettings.ConflictInputFile = f"{inputs}/conflicts.csv"
    period = {row[0]: row[1] for row in csv.reader((inputs / "sim_period.csv").open()) if row}
    world, map_ = flee.Ecosystem(), InputGeography.InputGeography()
    map_.ReadConflictInputCSV(f"{inputs}/conflicts.csv")
    map_.ReadLocationsFromCSV(f"{inputs}/locations.csv")
    map_.ReadLinksFromCSV(f"{inputs}/routes.csv")
    map_.ReadClosuresFromCSV(f"{inputs}/closures.csv")
    world, places = map_.StoreInputGeographyInEcosystem(world)
    counted = handle_refugee_data.RefugeeTable(
        csvformat="generic", data_directory=str(case / "source_data"), start_date=period["StartDate"],
        data_layout="data_layout.csv", population_scaledown_factor=hasten)
    counted.ReadL1Corrections(f"{inputs}/registration_corrections.csv")
    camps = list(world.get_camp_names())
    for name in camps:
        spawning.add_initial_refugees(world, counted, places[name])
    for name in camps:
        if places[name].capacity > 0:
            places[name].capacity = (places[name].capacity - places[name].numAgents) * float(
                settings["move_rules"].get("capacity_scaling", 1.0))
    rows, begun = [], time.process_time()
    for day in range(int(period["Length"])):
        map_.AddNewConflictZones(world, day)
        spawning.spawn_daily_displaced(world, day, counted, bool(settings["spawn_rules"].get("sum_from_camps", True)))
        spawning.refresh_spawn_weights(world)
        world.enact_border_closures(day)
        world.evolve()
        rows.append([places[name].numAgents for name in camps])
    seconds = time.process_time() - begun
print(json.dumps({"seconds": seconds, "camps": camps, "rows": rows}))
'''


class Told(NamedTuple):
    """What the agent model tells of one run: seconds of its days, its camps, and the people of each by day."""

    seconds: float
    camps: list[str]
    rows: list[list[int]]


def agent_model(python: str, folder: Path, hasten: int, seed: int) -> Told:
    """Run the agent model once."""
    done = subprocess.run([python, "-c", DRIVER, str(folder), str(hasten), str(seed)], capture_output=True, text=True,
                          check=True)
    return Told(**json.loads(done.stdout))


def record(python: str, folder: Path, out: Path, seeds: int, hasten: int) -> None:
    """Write the agent model's counts on five days, one row for each seed and day."""
    out.mkdir(parents=True, exist_ok=True)
    runs = [agent_model(python, folder, hasten, seed) for seed in range(1, seeds + 1)]
    with (out / f"{folder.name}.h{hasten}.csv").open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(["seed", "day", *runs[0].camps])
        for seed, one in enumerate(runs, 1):
            writer.writerows([seed, day, *one.rows[day]] for day in five_days(len(one.rows)))


def five_days(days: int) -> list[int]:
    """Return five days of a walk, the last among them."""
    return [int(day) for day in np.linspace(0, days - 1, FIVE + 1)[1:]]


def best(times: int, what: Callable[[], object]) -> float:
    """Return the least processor time of several."""
    found = []
    for _ in range(times):
        begun = time.process_time()
        what()
        found.append(time.process_time() - begun)
    return min(found)


def tell(line: str) -> None:
    """Write a line at once."""
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


def ratio(folder: Path, python: str | None) -> None:
    """How many times less time than the agent model, at full size."""
    theirs = agent_model(python, folder, 1, 1).seconds if python else None
    for mode in ("flee", "documented"):
        plan = make_plan(read_folder(folder), mode, hasten=1)
        run_plan(plan)
        ours = best(5, partial(run_plan, plan, replicates=TOGETHER)) / TOGETHER
        line = f"{mode:<11} {ours * 1e3:8.1f} ms a replicate"
        if theirs is not None:
            line += f"; flee 3.1 in this run {theirs:.1f} s: {theirs / ours:,.0f} times"
        if folder.name == "mali2012":
            line += "; recorded 107-141 s: " + " to ".join(f"{one / ours:,.0f}" for one in RECORDED) + " times"
        tell(line)
    read = read_folder(folder)
    run(read, mode="roxham", replicates=1)
    one = best(5, lambda: run(read, mode="roxham", replicates=1))
    tell(f"roxham      {one * 1e3:8.1f} ms a replicate, " + " to ".join(f"{s / one:,.0f}" for s in RECORDED) + " times")


def people(folder: Path) -> None:
    """What more people cost: the same walk with every number of people multiplied."""
    for mode in ("flee", "documented"):
        plan = make_plan(read_folder(folder), mode, hasten=1)
        whole = int(plan.tables.total.sum() + plan.tables.at_first.sum())
        first = None
        for wanted in (10_000, 100_000, 1_000_000, 10_000_000, 100_000_000):
            times = wanted / whole
            tables = plan.tables._replace(
                total=np.rint(plan.tables.total * times).astype(np.int64),
                at_first=np.rint(plan.tables.at_first * times).astype(np.int64), capacity=plan.tables.capacity * times)
            grown = dataclasses.replace(plan, tables=tables)
            run_plan(grown)
            took = best(3, partial(run_plan, grown, replicates=TOGETHER)) / TOGETHER
            first = first or took
            alone = mode == "documented" and wanted <= MOST_ALONE
            tell(f"{mode:<11} {wanted:>12,} people {took * 1e3:9.1f} ms, {took / first:6.1f} times the first; "
                 + ("one by one" if alone else f"{cells(grown):,} packets decided"))


def cells(plan: Plan) -> int:
    """How many packets of people decided in one replicate."""
    from roxham.walk.draws import fresh_dice
    from roxham.walk.kernel import run_one
    from roxham.walk.packets import DECIDED
    from roxham.walk.state import fresh_state

    tables, law, demand = plan.tables, plan.law, plan.demand
    out = np.zeros(tables.move_chance.shape, dtype=np.int64)
    rows = 4_096
    while True:
        state = fresh_state(tables, law, rows=rows)
        done = run_one(tables, law, state, fresh_dice(1), demand.here, out, np.zeros((0, 1), dtype=np.int64),
                       np.zeros((0, 1, 1), dtype=np.int64))
        if done == len(out):
            return int(state.used[DECIDED])
        rows *= 4


def replicates(folder: Path) -> None:
    """A thousand replicates on two cores."""
    read = read_folder(folder)
    run(read)
    begun = time.perf_counter()
    made = run(read, replicates=1_000, jobs=2)
    tell(f"1,000 replicates of {folder.name} on 2 cores: {time.perf_counter() - begun:.1f} s by the clock, "
         f"{made.seconds:.1f} s of processor time")


def limit(folder: Path) -> None:
    """How near the kernel is to the time that its random numbers alone take."""
    from roxham.walk import draws
    from roxham.walk.machine import machine_code

    @machine_code
    def blocks(dice: np.ndarray, many: int) -> int:
        found = np.uint64(0)
        for number in range(many):
            draws.open_stream(dice, 1, 1, number)
            found ^= draws.word(dice)
        return int(found)

    plan = make_plan(read_folder(folder), "flee", hasten=1)
    decided = cells(plan)
    blocks(draws.fresh_dice(1), 10)
    numbers = best(3, lambda: blocks(draws.fresh_dice(1), decided))
    took = best(3, partial(run_plan, plan, replicates=TOGETHER)) / TOGETHER
    tell(f"{decided:,} packets decide, at least one block of random numbers each: {numbers * 1e3:.1f} ms of "
         f"{took * 1e3:.1f} ms, so the kernel is {took / numbers:.1f} times the least that its numbers take; "
         f"{took / decided * 1e9:.0f} ns a packet")


def main() -> None:
    """Read the command line and measure."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--flee", help="a Python that has the package flee")
    parser.add_argument("--only", nargs="+", choices=["ratio", "people", "replicates", "limit"])
    parser.add_argument("--record", type=Path, help="write the agent model's counts here")
    parser.add_argument("--seeds", type=int, default=30)
    parser.add_argument("--hasten", type=int, default=100)
    given = parser.parse_args()
    if given.record:
        if not given.flee:
            sys.exit("--record needs --flee")
        record(given.flee, given.folder, given.record, given.seeds, given.hasten)
        return
    wanted = given.only or ["ratio", "people", "replicates", "limit"]
    for name, what in (("ratio", lambda: ratio(given.folder, given.flee)), ("people", lambda: people(given.folder)),
                       ("replicates", lambda: replicates(given.folder)), ("limit", lambda: limit(given.folder))):
        if name in wanted:
            what()


if __name__ == "__main__":
    main()
