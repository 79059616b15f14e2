"""Run a walk: one function call from a folder to people by day and place, for any number of replicates."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import numpy as np
from numpy.typing import NDArray

from roxham.errors import Problem, RunError, SpecError, UnknownName, did_you_mean
from roxham.streams import Streams
from roxham.walk.folder import Folder
from roxham.walk.read import read_folder

if TYPE_CHECKING:
    from roxham.walk.ours_pull import Parameters
    from roxham.walk.prospect import Prospects
    from roxham.walk.rules import Plan
    from roxham.walk.state import Alone, State
    from roxham.walk.tables import Law, Tables

__all__ = ["MODES", "Mode", "Walk", "run", "run_plan"]

Whole = NDArray[np.int64]
Real = NDArray[np.float64]
Progress = Callable[[int, int], None]
Mode = Literal["flee", "documented", "roxham"]

MODES: tuple[Mode, ...] = ("flee", "documented", "roxham")
ROWS = 4_096  # packets in each list to begin with
MOST_ROWS = 1 << 22
MOST_CELLS = 400_000_000


def _nothing() -> Whole:
    return np.zeros((0, 0, 0), dtype=np.int64)


@dataclass(frozen=True)
class Walk:
    """What a walk gave: people in each place at the end of each day, in each replicate.

    `name` are the places told: all of the folder, or only the destinations in the mode `roxham`. `people` has the shape
    (replicates, days, places). `links` has the shape (replicates, days, directed links) and `groups` (replicates, days,
    places, groups) with `group` as their names; both are empty unless asked for. `seconds` is processor time.
    """

    folder: Folder
    mode: Mode
    seed: int
    name: tuple[str, ...]
    people: Whole
    seconds: float
    links: Whole = field(default_factory=_nothing)
    group: tuple[str, ...] = ()
    groups: Whole = field(default_factory=_nothing)
    plan: Plan | None = None

    @property
    def replicates(self) -> int:
        """How many replicates were run."""
        return len(self.people)

    @property
    def dates(self) -> tuple[date, ...]:
        """The civil day of each day."""
        return tuple(self.folder.day(number) for number in range(self.people.shape[1]))

    def at(self, name: str) -> Whole:
        """Return the people in a place, by replicate and day; raise UnknownName when it is not told of."""
        if name not in self.name:
            hint = did_you_mean(name, self.name)
            raise UnknownName(Problem(f'"{name}" is not a place of this walk', hint=hint))
        return self.people[:, :, self.name.index(name)]

    def band(self, percent: float) -> tuple[Real, Real]:
        """Return the ends of the central band that holds this percentage of replicates, by day and place."""
        low, high = np.percentile(self.people, [50 - percent / 2, 50 + percent / 2], axis=0)
        return low, high


def run(
    folder: str | Path | Folder, *, mode: Mode = "flee", replicates: int = 1, seed: int = 1, hasten: int | None = None,
    links: bool = False, by: str | None = None, law: str | Path | Prospects | None = None,
    parameters: str | Path | Parameters | None = None, jobs: int = 1, progress: Progress | None = None,
) -> Walk:
    """Run a walk over a folder and return people by day and place in each replicate.

    `mode` is `flee` (Flee's rules as its program acts), `documented` (as its manual says) or `roxham` (our own rule:
    destinations only). `hasten` divides all numbers of people; `links` keeps the people on each link as well; `by`
    names a demographic whose groups are told apart. In the mode `roxham`, `law` is a file of what each country's law
    lets people expect, and `parameters` one of fitted numbers. The result depends on the seed and not on `jobs`. Raises
    SpecError with every fault of the folder, UnknownName for a mode that is none.
    """
    if mode not in MODES:
        told = f'"{mode}" is not a mode; modes are {", ".join(MODES)}'
        raise UnknownName(Problem(told, hint=did_you_mean(mode, MODES)))
    if replicates < 1 or jobs < 1 or (hasten is not None and hasten < 1):
        raise SpecError("replicates, jobs and hasten must each be 1 or more")
    read = folder if isinstance(folder, Folder) else read_folder(folder)
    if mode == "roxham":
        if links or by is not None or hasten is not None:
            raise SpecError("the mode roxham predicts destinations as they are: it has no links, groups or hasten")
        return _predicted(read, replicates, seed, law, parameters)
    if law is not None or parameters is not None:
        raise SpecError(f"the mode {mode} knows no law and no fitted parameters: these count in the mode roxham")
    from roxham.walk.rules import make_plan

    plan = make_plan(read, mode, hasten=hasten, by=by)
    return run_plan(plan, mode=mode, replicates=replicates, seed=seed, links=links, groups=by is not None, jobs=jobs,
                    progress=progress)


def _predicted(
    folder: Folder, replicates: int, seed: int, law: str | Path | Prospects | None,
    parameters: str | Path | Parameters | None,
) -> Walk:
    from roxham.walk.ours import predict
    from roxham.walk.ours_pull import read_parameters
    from roxham.walk.prospect import read_prospects

    begun = time.process_time()
    heeded = read_prospects(law) if isinstance(law, str | Path) else law
    fitted = read_parameters(parameters) if isinstance(parameters, str | Path) else parameters
    made = predict(folder, draws=replicates, seed=seed, law=heeded, parameters=fitted)
    people = np.rint(made.counts.transpose(0, 2, 1)).astype(np.int64)
    return Walk(folder, "roxham", seed, made.name, people, time.process_time() - begun)


def run_plan(
    plan: Plan, *, mode: Mode = "flee", replicates: int = 1, seed: int = 1, links: bool = False, groups: bool = False,
    jobs: int = 1, progress: Progress | None = None,
) -> Walk:
    """Run the tables of a plan: the door for rules of one's own."""
    days, places = plan.tables.move_chance.shape
    directed, kinds = len(plan.tables.km), len(plan.tables.weight)
    if replicates * days * (places * (1 + groups * kinds) + links * directed) > MOST_CELLS:
        raise RunError(Problem(f"{replicates} replicates of {days} days do not fit in memory; run fewer at a time"))
    out = np.zeros((replicates, days, places), dtype=np.int64)
    on_links = np.zeros((replicates if links else 0, days, directed), dtype=np.int64)
    of_kind = np.zeros((replicates if groups else 0, days, places, kinds), dtype=np.int64)
    shares = [range(first, replicates, jobs) for first in range(min(jobs, replicates))]
    begun = time.process_time()
    work = [(plan, seed, share, out, on_links, of_kind, progress if not first else None)
            for first, share in enumerate(shares)]
    if len(shares) == 1:
        _run_share(*work[0])
    else:
        with ThreadPoolExecutor(len(shares)) as pool:
            for done in [pool.submit(_run_share, *one) for one in work]:
                done.result()
    seconds = time.process_time() - begun
    group = tuple(dict.fromkeys(plan.kinds.group)) if groups else ()
    sums = [of_kind[..., [one == name for one in plan.kinds.group]].sum(axis=-1) for name in group]
    return Walk(plan.folder, mode, seed, plan.folder.places.name, out, seconds, on_links, group,
                np.stack(sums, axis=-1) if sums else _nothing(), plan)


def _run_share(
    plan: Plan, seed: int, draws: Sequence[int], out: Whole, on_links: Whole, of_kind: Whole, progress: Progress | None
) -> None:
    """Run some of the replicates, one after the other, each with numbers of its own."""
    from roxham.walk.draws import fresh_dice
    from roxham.walk.state import fresh_alone, fresh_state

    tables, law = plan.tables, plan.law
    rows = ROWS
    state, alone = fresh_state(tables, law, rows=rows), fresh_alone(tables, law)
    no_links, no_kinds = np.zeros((0, 1), dtype=np.int64), np.zeros((0, 1, 1), dtype=np.int64)
    for draw in draws:
        streams = Streams(seed=seed, draw=draw)
        here = plan.demand.here
        if plan.demand.mean.any():
            here = here + streams.generator("walk: set out").poisson(plan.demand.mean)
        links = on_links[draw] if len(on_links) else no_links
        kinds = of_kind[draw] if len(of_kind) else no_kinds
        while True:
            dice = fresh_dice(streams.key("walk"))
            if _run_one(tables, law, state, alone, dice, here, out[draw], links, kinds) == len(here):
                break
            rows *= 4
            state = fresh_state(tables, law, rows=min(rows, MOST_ROWS))
            links[:], kinds[:] = 0, 0
            if rows > MOST_ROWS:
                raise RunError(Problem("too many kinds of travellers at once: more than can be counted"))
        if progress is not None:
            progress(draw + 1, len(out))


def _run_one(tables: Tables, law: Law, state: State, alone: Alone, dice: NDArray[np.uint64], here: Whole, places: Whole,
             links: Whole, kinds: Whole) -> int:
    """Run one replicate: people one by one where they are few and the rules allow it, else as counts."""
    people = int(tables.at_first.sum() + tables.total.sum() + here.sum())
    if 0 < people <= len(alone.words):
        from roxham.walk.alone import run_alone

        return run_alone(tables, law, state, alone, dice, here, places, links, kinds)
    from roxham.walk.kernel import run_one

    return run_one(tables, law, state, dice, here, places, links, kinds)
