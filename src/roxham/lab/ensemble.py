"""Running a study: scenarios times draws, by whoever does the work, with identical results.

Every task is one draw of one scenario and depends on nothing but the corridor, the seed and the draw, so
results are put in place by number and no order of work can change them. With a store, draws that it holds are
not made again, and every draw is kept as soon as it is made: a study that is ended by anything goes on where it was.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator
from contextlib import closing
from typing import TYPE_CHECKING

from roxham.errors import Problem, RunError
from roxham.lab.bench import Bench, Model, Table, Task, amended, check_seed, simulator
from roxham.lab.executor import Executor, Processes, Serial, Stop
from roxham.lab.gather import Gathered
from roxham.lab.limits import check_size
from roxham.lab.scenario import Study
from roxham.lab.summary import StudyResult
from roxham.lab.until import Until, checkpoints

if TYPE_CHECKING:
    from roxham.lab.shelf import Shelf
    from roxham.lab.vault import Vault
    from roxham.sim.corridor import Corridor

__all__ = ["Model", "OnDraw", "Progress", "check_seed", "run_study", "simulator"]

#: Called with (draws made, draws in all).
Progress = Callable[[int, int], None]
#: Called with every draw as it comes, whether made or taken from the store.
OnDraw = Callable[[Task, Table], None]

#: After so many failed draws a study is given up.
MOST_FAILURES = 10
#: How many draws are read from the store at a time.
SHELF_FULL = 50


def run_study(
    study: Study,
    corridor: Corridor,
    *,
    draws: int = 20,
    seed: int = 7,
    jobs: int = 1,
    executor: Executor | None = None,
    vault: Vault | None = None,
    until: Until | str | None = None,
    progress: Progress | None = None,
    on_draw: OnDraw | None = None,
    stop: Stop | None = None,
    into: Gathered | None = None,
    model: Model | None = None,
) -> StudyResult:
    """Run every scenario of a study with the same draws of chance, and gather the results.

    Draws are numbered from 0; the same seed and draw are the same people and the same luck in every
    scenario. With ``jobs`` above 1 that many processes share the work and the result is the same, bit by
    bit; a script that asks for them must stand under ``if __name__ == "__main__"``.

    Args:
        executor: who does the work, instead of ``jobs``; it is left open.
        vault: a store; draws that it holds are taken from it, and those that are made are kept in it.
        until: an aim such as "claims ±2%"; the study ends when it is reached, with ``draws`` at most.
        progress: called with (tasks done, tasks in all) after each draw.
        on_draw: called with (scenario, draw) and its table, in the order in which draws come.
        stop: asked all the time; when it says so, the result is of the draws that have come for all scenarios.
        into: where draws are gathered, for a look at results while work goes on.
        model: what makes one draw; the simulator when not given.

    Raises UnknownName with all names that the corridor does not have; RunError when a run cannot start, a draw
    fails twice (naming scenario, draw and seed), or the work is stopped before every scenario has its first draw.
    """
    if draws < 1 or jobs < 1:
        raise RunError(f"draws and jobs are whole numbers from 1 up, not {draws} and {jobs}")
    check_seed(seed)
    check_size(study, corridor, draws)
    bench = Bench(amended(study, corridor), study, seed, model or simulator())
    aim = Until.read(until) if isinstance(until, str) else until
    gathered = into or Gathered(study, corridor, draws=draws, seed=seed)
    shelves = _shelves(bench, corridor, vault, model)
    worker = executor or (Serial() if min(jobs, draws * len(study.scenarios)) == 1 else Processes(jobs))
    counter = _Counter(len(study.scenarios), draws, progress)
    begun = 0
    try:
        for wanted in checkpoints(draws) if aim else (draws,):
            tasks = [(k, draw) for draw in range(begun, wanted) for k in range(len(study.scenarios))]
            with closing(_made(bench, worker, tasks, shelves, stop)) as made:
                for task, table in made:
                    gathered.put(task, table)
                    if on_draw is not None:
                        on_draw(task, table)
                    counter.another()
            begun = wanted
            if gathered.whole < wanted or (aim and aim.reached(gathered.result(wanted))):
                break
    finally:
        if executor is None:
            worker.close()
    return gathered.result(begun)


class _Counter:
    """Tells progress."""

    def __init__(self, scenarios: int, draws: int, progress: Progress | None) -> None:
        self.done, self.total, self.progress = 0, scenarios * draws, progress

    def another(self) -> None:
        self.done += 1
        if self.progress is not None:
            self.progress(self.done, self.total)


def _shelves(bench: Bench, corridor: Corridor, vault: Vault | None, model: Model | None) -> list[Shelf]:
    """The shelf of each scenario, or none without a store."""
    if vault is None:
        return []
    study = bench.study
    days = {"from_": study.from_, "to": study.to}
    return [vault.shelf(corridor, one, seed=bench.seed, model=model, **days) for one in study.scenarios]


def _made(
    bench: Bench, executor: Executor, tasks: list[Task], shelves: list[Shelf], stop: Stop | None
) -> Generator[tuple[Task, Table], None, None]:
    """The tables of all tasks: those of the store first, then those that are made, each kept before it is told.

    Raises RunError naming every draw that failed; with a store, what could be made is kept first.
    """
    there: set[Task] = set()
    for task, table in _held(tasks, shelves):
        there.add(task)
        yield task, table
    failures: list[Problem] = []
    with closing(executor.run(bench, [task for task in tasks if task not in there], stop=stop)) as done:
        for one in done:
            if one.table is not None:
                if shelves:
                    shelves[one.task[0]].put({one.task[1]: one.table})
                yield one.task, one.table
                continue
            failures.append(_told(bench, one.task, one.failure or ""))
            if not shelves or len(failures) >= MOST_FAILURES:
                break
    if failures:
        raise RunError(failures)


def _held(tasks: list[Task], shelves: list[Shelf]) -> Iterator[tuple[Task, Table]]:
    """What the store holds of these tasks, a few draws at a time."""
    draws = sorted({draw for _, draw in tasks})
    here = [shelf.held().intersection(draws) for shelf in shelves]
    for first in range(0, len(draws), SHELF_FULL):
        some = draws[first : first + SHELF_FULL]
        for scenario, (shelf, held) in enumerate(zip(shelves, here, strict=True)):
            for draw, table in shelf.get(held.intersection(some)).items():
                yield (scenario, draw), table


def _told(bench: Bench, task: Task, failure: str) -> Problem:
    """A draw that failed, and how it is made again alone."""
    name = bench.study.scenarios[task[0]].name
    return Problem(f"{name}, draw {task[1]}, seed {bench.seed}: {failure} (to make it alone: --only-draw {task[1]})")
