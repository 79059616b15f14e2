"""Running a study: scenarios times draws, in this process or in several, with identical results.

Every task is one draw of one scenario and depends on nothing but the corridor, the seed and the draw, so
results are put in place by number and no order of work can change them.
"""

from __future__ import annotations

import signal
from collections.abc import Callable, Iterator
from concurrent.futures import FIRST_COMPLETED, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from multiprocessing import get_context
from typing import TYPE_CHECKING

import numpy as np

from roxham.errors import RunError
from roxham.lab.bench import Bench, Model, Packed, Table, Task, amended, check_seed, pack, simulator, unpack
from roxham.lab.lines import Lines
from roxham.lab.scenario import Study
from roxham.lab.summary import StudyResult

if TYPE_CHECKING:
    from roxham.sim.corridor import Corridor

__all__ = ["Model", "Progress", "check_seed", "run_study", "simulator"]

Progress = Callable[[int, int], None]


# The bench of a worker process: set once by `_start`, so that no task reads the case again.
_BENCH: list[Bench] = []


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
    bench = Bench(amended(study, corridor), study, seed, model or simulator())
    tasks = [(scenario, draw) for scenario in range(len(study.scenarios)) for draw in range(draws)]
    jobs = min(jobs, len(tasks))
    done = _in_turn(bench, tasks) if jobs == 1 else _in_processes(bench, tasks, jobs)
    gathered = _Gathered(len(study.scenarios), draws)
    for count, (task, table) in enumerate(done, start=1):
        gathered.put(*task, table)
        if progress is not None:
            progress(count, len(tasks))
    return gathered.result(study, corridor, seed)


def _in_turn(bench: Bench, tasks: list[Task]) -> Iterator[tuple[Task, Table]]:
    for task in tasks:
        yield task, bench.run(*task)


def _in_processes(bench: Bench, tasks: list[Task], jobs: int) -> Iterator[tuple[Task, Table]]:
    """Share tasks between fresh processes; on an interrupt, drop what has not begun and leave cleanly."""
    executor = ProcessPoolExecutor(
        jobs, mp_context=get_context("spawn"), initializer=_start, initargs=(pack(bench),)
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


def _start(packed: Packed) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the parent hears the interrupt and stops the workers
    _BENCH[:] = [unpack(packed)]


def _work(scenario: int, draw: int) -> Table:
    return _BENCH[0].run(scenario, draw)


class _Gathered:
    """The arrays of a study, filled task by task."""

    def __init__(self, scenarios: int, draws: int) -> None:
        self.shape = (scenarios, draws)
        self.first: Table | None = None
        self.lines: dict[tuple[int, int], Lines] = {}

    def put(self, scenario: int, draw: int, table: Table) -> None:
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
