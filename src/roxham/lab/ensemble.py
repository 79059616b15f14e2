"""Running a study: scenarios times draws, in this process or in several, with identical results.

Every task is one draw of one scenario and depends on nothing but the corridor, the seed and the draw, so
results are put in place by number and no order of work can change them.
"""

from __future__ import annotations

import io
import pickle
import signal
from collections.abc import Callable, Iterator
from concurrent.futures import FIRST_COMPLETED, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from datetime import date
from multiprocessing import get_context
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

from roxham.errors import Problem, RunError, SpecError, UnknownName
from roxham.lab.lines import Lines
from roxham.lab.scenario import Study
from roxham.lab.summary import Numbers, StudyResult
from roxham.sim.metrics import METRICS, Outcome

if TYPE_CHECKING:
    from roxham.sim.corridor import Corridor

Progress = Callable[[int, int], None]


class Model(Protocol):
    """Whatever turns a corridor, a seed and a draw into an outcome; the simulator is one."""

    def __call__(self, corridor: Corridor, *, seed: int, draw: int, from_: date, to: date) -> Outcome: ...


@dataclass(frozen=True)
class _Table:
    """The monthly cells of one draw, stacked, and the lines that they are made of.

    Shapes are (cells, months) and (cells that are means, months).
    """

    months: tuple[str, ...]
    cells: tuple[tuple[str, str], ...]
    values: Numbers
    weights: Numbers
    lines: Lines | None = None


@dataclass(frozen=True)
class _Bench:
    """What every task of a study needs: the amended corridors, the days and the seed."""

    corridors: tuple[Corridor, ...]
    study: Study
    seed: int
    model: Model

    def run(self, scenario: int, draw: int) -> _Table:
        days = {"from_": self.study.from_, "to": self.study.to}
        return _stack(self.model(self.corridors[scenario], seed=self.seed, draw=draw, **days))


# The bench of a worker process: set once by `_start`, so that no task reads the case again.
_BENCH: list[_Bench] = []


def run_study(
    study: Study,
    corridor: Corridor,
    *,
    draws: int = 20,
    seed: int = 7,
    jobs: int = 1,
    progress: Progress | None = None,
    model: Model | None = None,
) -> StudyResult:
    """Run every scenario of a study with the same draws of chance, and gather the results.

    Draws are numbered from 0; the same seed and draw are the same people and the same luck in every
    scenario. With ``jobs`` above 1 that many processes share the work and the result is the same, bit by
    bit; a script that asks for them must stand under ``if __name__ == "__main__"``.

    Args:
        progress: called with (tasks done, tasks in all) after each draw.
        model: what makes one draw; the simulator when not given.

    Raises UnknownName with all names that the corridor does not have, RunError when a run cannot start.
    """
    if draws < 1 or jobs < 1:
        raise RunError(f"draws and jobs are whole numbers from 1 up, not {draws} and {jobs}")
    check_seed(seed)
    bench = _Bench(_amended(study, corridor), study, seed, model or simulator())
    tasks = [(scenario, draw) for scenario in range(len(study.scenarios)) for draw in range(draws)]
    jobs = min(jobs, len(tasks))
    done = _in_turn(bench, tasks) if jobs == 1 else _in_processes(bench, tasks, jobs)
    gathered = _Gathered(len(study.scenarios), draws)
    for count, (task, table) in enumerate(done, start=1):
        gathered.put(*task, table)
        if progress is not None:
            progress(count, len(tasks))
    return gathered.result(study, corridor, seed)


def check_seed(seed: int) -> None:
    """Raise RunError unless the seed is a whole number from 0 to 2**63 - 1."""
    if not 0 <= seed < 2**63:
        raise RunError(f"a seed is a whole number from 0 to 2**63 - 1, not {seed}")


def simulator() -> Model:
    from roxham.sim.run import run_draw

    return run_draw


def _amended(study: Study, corridor: Corridor) -> tuple[Corridor, ...]:
    """Amend the corridor for every scenario, and tell all problems of all scenarios at once."""
    problems: list[Problem] = []
    corridors: list[Corridor] = []
    unknown_only = True
    for scenario in study.scenarios:
        try:
            corridors.append(corridor.amend(scenario.amendments))
        except SpecError as error:
            problems.extend(error.problems)
            unknown_only &= isinstance(error, UnknownName)
    if problems:
        raise UnknownName(problems) if unknown_only else SpecError(problems)
    return tuple(corridors)


def _in_turn(bench: _Bench, tasks: list[tuple[int, int]]) -> Iterator[tuple[tuple[int, int], _Table]]:
    for task in tasks:
        yield task, bench.run(*task)


def _in_processes(bench: _Bench, tasks: list[tuple[int, int]], jobs: int) -> Iterator[tuple[tuple[int, int], _Table]]:
    """Share tasks between fresh processes; on an interrupt, drop what has not begun and leave cleanly."""
    executor = ProcessPoolExecutor(
        jobs, mp_context=get_context("spawn"), initializer=_start, initargs=(_packed(bench),)
    )
    try:
        waiting = {executor.submit(_work, *task): task for task in tasks}
        while waiting:
            finished, _ = wait(waiting, return_when=FIRST_COMPLETED)
            for future in finished:
                yield waiting.pop(future), future.result()
    except BrokenProcessPool as error:
        raise RunError("a worker process ended early (out of memory?); try fewer jobs") from error
    finally:
        executor.shutdown(wait=True, cancel_futures=True)


class _Packer(pickle.Pickler):
    """Pickles read-only mappings too, which the standard library leaves out."""

    def reducer_override(self, thing: Any) -> Any:
        return (_read_only, (dict(thing),)) if type(thing) is MappingProxyType else NotImplemented


def _read_only(mapping: dict[Any, Any]) -> MappingProxyType[Any, Any]:
    return MappingProxyType(mapping)


def _packed(bench: _Bench) -> bytes:
    """The bench as bytes: so every worker begins with the very corridors of this process."""
    packed = io.BytesIO()
    try:
        _Packer(packed, protocol=pickle.HIGHEST_PROTOCOL).dump(bench)
    except (pickle.PicklingError, AttributeError, TypeError) as error:
        raise RunError(f"this run cannot be shared between processes ({error}); use jobs=1") from error
    return packed.getvalue()


def _start(packed: bytes) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the parent hears the interrupt and stops the workers
    _BENCH[:] = [pickle.loads(packed)]


def _work(scenario: int, draw: int) -> _Table:
    return _BENCH[0].run(scenario, draw)


def _stack(outcome: Outcome) -> _Table:
    cells = [(part.metric, place) for part in outcome.cells for place in part.places]
    values = np.concatenate([np.asarray(part.value, dtype=np.float64) for part in outcome.cells])
    counts = [part.weight for part in outcome.cells if METRICS[part.metric].kind == "mean"]
    if any(count is None for count in counts):
        raise RunError("a mean was recorded without its count")
    empty = np.zeros((0, len(outcome.months)))
    weights = np.concatenate([empty, *(np.asarray(count, dtype=np.float64) for count in counts)])
    lines = None if outcome.breakdown is None else Lines.of(outcome.breakdown)
    return _Table(outcome.months, tuple(cells), values, weights, lines)


class _Gathered:
    """The arrays of a study, filled task by task."""

    def __init__(self, scenarios: int, draws: int) -> None:
        self.shape = (scenarios, draws)
        self.first: _Table | None = None
        self.lines: dict[tuple[int, int], Lines] = {}

    def put(self, scenario: int, draw: int, table: _Table) -> None:
        if self.first is None:
            self.first = table
            self.values = np.zeros((*self.shape, *table.values.shape))
            self.weights = np.zeros((*self.shape, *table.weights.shape))
        if (table.cells, table.months) != (self.first.cells, self.first.months):
            raise RunError("two scenarios report different metrics, places or months and cannot be compared")
        self.values[scenario, draw] = table.values
        self.weights[scenario, draw] = table.weights
        if table.lines is not None:
            self.lines[scenario, draw] = table.lines

    def result(self, study: Study, corridor: Corridor, seed: int) -> StudyResult:
        from roxham import __version__

        if self.first is None:
            raise RunError("nothing was run")
        room = corridor.reception.persons_per_room
        return StudyResult(
            study=study,
            case=corridor.id,
            case_hash=corridor.hash,
            version=__version__,
            seed=seed,
            months=self.first.months,
            cells=self.first.cells,
            values=self.values,
            weights=self.weights,
            persons_per_room=room.value if room is not None else None,
            currency=corridor.info.currency,
            lines=self.lines,
        )
