"""Run a walk: one function call from a folder to people by day and place, for any number of replicates."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import numpy as np
from numpy.typing import NDArray

from roxham.errors import Problem, RunError, UnknownName, did_you_mean
from roxham.streams import Streams
from roxham.walk.folder import Folder
from roxham.walk.read import read_folder

if TYPE_CHECKING:
    from roxham.walk.rules import Plan

__all__ = ["Mode", "Walk", "run", "run_plan"]

Whole = NDArray[np.int64]
Mode = Literal["flee", "documented", "roxham"]
MODES: tuple[Mode, ...] = ("flee", "documented", "roxham")
ROWS = 4_096  # packets in each list to begin with
MOST_ROWS = 1 << 24
MOST_CELLS = 400_000_000


@dataclass(frozen=True)
class Walk:
    """What a walk gave: people in each place at the end of each day, in each replicate.

    `places` has the shape (replicates, days, places), `links` the shape (replicates, days, directed links) or no
    replicates when it was not asked for; `seconds` is the processor time of the runs alone.
    """

    plan: Plan
    mode: Mode
    seed: int
    places: Whole
    links: Whole
    seconds: float

    @property
    def replicates(self) -> int:
        """How many replicates were run."""
        return len(self.places)

    def at(self, name: str) -> Whole:
        """Return the people in a place, by replicate and day; raise UnknownName when there is no such place."""
        names = self.plan.folder.places.name
        if name not in names:
            raise UnknownName(Problem(f'"{name}" is not a place of this walk', hint=did_you_mean(name, names)))
        return self.places[:, :, names.index(name)]


def run(
    folder: str | Path | Folder, *, mode: Mode = "flee", replicates: int = 1, seed: int = 1, hasten: int | None = None,
    links: bool = False, by: str | None = None, jobs: int = 1,
    progress: Callable[[int, int], None] | None = None,
) -> Walk:
    """Run a walk over a folder and return people by day and place in each replicate.

    `mode` is `flee` (Flee's rules as its program acts), `documented` (as its manual says) or `roxham` (ours).
    `hasten` divides all numbers of people; `links` keeps the people on each link as well; `by` names a demographic
    whose groups are told apart. The result depends on the seed and not on `jobs`. Raises SpecError with every fault of
    the folder, UnknownName for a mode that is none.
    """
    if mode not in MODES:
        told = f'"{mode}" is not a mode; modes are {", ".join(MODES)}'
        raise UnknownName(Problem(told, hint=did_you_mean(mode, MODES)))
    read = folder if isinstance(folder, Folder) else read_folder(folder)
    return run_plan(_plan(read, mode, hasten, by), mode=mode, replicates=replicates, seed=seed, links=links, jobs=jobs,
                    progress=progress)


def _plan(folder: Folder, mode: Mode, hasten: int | None, by: str | None) -> Plan:
    from roxham.walk.rules import make_plan

    if hasten is not None and hasten < 1:
        raise RunError(Problem(f"hasten must be 1 or more, not {hasten}"))
    return make_plan(folder, "documented" if mode == "documented" else "flee", hasten=hasten, by=by)


def run_plan(
    plan: Plan, *, mode: Mode = "flee", replicates: int = 1, seed: int = 1, links: bool = False, jobs: int = 1,
    progress: Callable[[int, int], None] | None = None,
) -> Walk:
    """Run the tables of a plan; the door for rules of one's own."""
    days, places = plan.tables.move_chance.shape
    directed = len(plan.tables.km)
    if replicates < 1:
        raise RunError(Problem(f"at least 1 replicate is needed, not {replicates}"))
    if replicates * days * (places + links * directed) > MOST_CELLS:
        raise RunError(Problem(f"{replicates} replicates of {days} days do not fit; run fewer at a time"))
    from roxham.walk.kernel import run_one  # compiles, or reads its machine code from disk

    del run_one
    out = np.zeros((replicates, days, places), dtype=np.int64)
    on_links = np.zeros((replicates if links else 0, days, directed), dtype=np.int64)
    shares = [range(first, replicates, jobs) for first in range(min(jobs, replicates))]
    begun = time.process_time()
    work = [(plan, seed, share, out, on_links, progress if not number else None) for number, share in enumerate(shares)]
    if len(shares) == 1:
        _run_share(*work[0])
    else:
        with ThreadPoolExecutor(len(shares)) as pool:
            for done in [pool.submit(_run_share, *one) for one in work]:
                done.result()
    return Walk(plan, mode, seed, out, on_links, time.process_time() - begun)


def _run_share(
    plan: Plan, seed: int, draws: Sequence[int], out: Whole, on_links: Whole,
    progress: Callable[[int, int], None] | None,
) -> None:
    """Run some of the replicates, one after the other, each with numbers of its own."""
    from roxham.walk.draws import fresh_dice
    from roxham.walk.kernel import run_one
    from roxham.walk.state import fresh_state

    tables, law = plan.tables, plan.law
    rows = ROWS
    nothing = np.zeros((0, out.shape[2]), dtype=np.int64)
    for draw in draws:
        streams = Streams(seed=seed, draw=draw)
        here = plan.demand.here
        if plan.demand.mean.any():
            here = here + streams.generator("walk: set out").poisson(plan.demand.mean)
        key = streams.key("walk")
        days_links = on_links[draw] if len(on_links) else nothing
        while True:
            state = fresh_state(tables, law, rows=rows)
            done = run_one(tables, law, state, fresh_dice(key), here, out[draw], days_links)
            if done == len(tables.spell):
                break
            rows *= 4
            days_links[:] = 0
            if rows > MOST_ROWS:
                raise RunError(Problem("the walk is too varied to be counted: too many kinds of travellers at once"))
        if progress is not None:
            progress(draw + 1, out.shape[0])
