"""How a study is carried out: by whom, kept where, until when; and one draw of it made alone."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any

import typer

from roxham.cli.console import Gather, default_jobs, interruptible, progress
from roxham.cli.keeping import open_vault
from roxham.errors import Problem, RunError

if TYPE_CHECKING:
    from roxham.lab.scenario import Study
    from roxham.lab.summary import StudyResult
    from roxham.sim.corridor import Corridor

Executor = Annotated[
    str | None,
    typer.Option("--executor", help="Who does the work instead of --jobs: serial, processes:2, dask:2, tcp://host:port."),
]
Until = Annotated[
    str | None,
    typer.Option("--until", help='End when this is reached, such as "claims ±2%"; --draws is then the most.'),
]
OnlyDraw = Annotated[
    int | None, typer.Option("--only-draw", min=0, help="Make only this draw, in this process, and keep nothing.")
]


@dataclass(frozen=True)
class Ways:
    """Who does the work, where draws are kept, and when it is enough; nothing said means the usual."""

    executor: str | None = None
    store: str | None = None
    no_store: bool = True
    until: str | None = None

    def check(self, gather: Gather) -> None:
        """Note problems of an executor or an aim that cannot be read, before any work begins."""
        from roxham.lab.executor import read_executor
        from roxham.lab.until import Until

        if self.executor is not None:
            gather.do(read_executor, self.executor)
        if self.until is not None:
            gather.do(Until.read, self.until)

    @contextmanager
    def open(self, jobs: int) -> Iterator[dict[str, Any]]:
        """Open the store and the executor; give the arguments of `run_study`."""
        from roxham.lab.executor import open_executor

        vault = open_vault(self.store, self.no_store)
        said: dict[str, Any] = {"jobs": jobs or default_jobs(), "vault": vault, "until": self.until}
        if self.executor is None:
            yield said
            return
        executor = open_executor(self.executor, jobs=said["jobs"])
        try:
            yield {**said, "executor": executor}
        finally:
            executor.close()


@dataclass(frozen=True)
class Work:
    """A study that is ready to run, with the corridor that it changes."""

    corridor: Corridor
    study: Study

    def run(self, *, draws: int, seed: int, jobs: int, hidden: bool, ways: Ways | None = None) -> StudyResult:
        """Run the study, with progress; an interrupt leaves quietly."""
        from roxham.lab.ensemble import run_study

        with (
            interruptible(), progress(f"{self.study.name}: draws", hidden=hidden) as report,
            (ways or Ways()).open(jobs) as how,
        ):  # fmt: skip
            if how["vault"] is not None:
                how["vault"].keep_study(self.study, self.corridor, seed, draws)
            return run_study(self.study, self.corridor, draws=draws, seed=seed, progress=report, **how)

    def make_alone(self, draw: int, seed: int) -> list[tuple[str, float]]:
        """Make one draw of every scenario in this process; give each scenario and how many seconds it took.

        Raises RunError naming every scenario whose draw failed.
        """
        from roxham.lab.bench import Bench, amended, check_seed, simulator
        from roxham.lab.executor import Serial

        check_seed(seed)
        bench = Bench(amended(self.study, self.corridor), self.study, seed, simulator())
        names = [scenario.name for scenario in self.study.scenarios]
        with interruptible():
            done = list(Serial().run(bench, [(k, draw) for k in range(len(names))]))
        failed = [Problem(f"{names[one.task[0]]}, draw {draw}, seed {seed}: {one.failure}")
                  for one in done if one.failure is not None]
        if failed:
            raise RunError(failed)
        return [(names[one.task[0]], one.seconds) for one in done]


def enough(result: StudyResult, until: str | None) -> list[str]:
    """How exact what was wanted is now; nothing when nothing was wanted."""
    from roxham.lab.until import Until

    return [] if until is None else Until.read(until).told(result)
