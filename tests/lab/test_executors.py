"""Whoever does the work, the numbers are the same; a worker that dies, a failed draw and a stop cost what they must."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from handful import handful_draw
from trouble import draw_two_bad, draw_two_deadly, first_time_bad, signed_draw, slow_draw

from roxham.errors import RoxhamError, RunError
from roxham.lab import cluster
from roxham.lab.ensemble import run_study
from roxham.lab.executor import Executor, Processes, Serial, open_executor, read_executor
from roxham.lab.gather import Gathered
from roxham.lab.scenario import Study, load_study
from roxham.lab.summary import StudyResult
from roxham.lab.vault import Vault

ROOT = Path(__file__).resolve().parents[2]
STARTING = 60.0  # seconds that a scheduler or a worker may take to answer


class Machines:
    """A scheduler and its workers, each a process of its own."""

    def __init__(self, folder: Path) -> None:
        self.file = folder / "scheduler.json"
        self.environment = {
            **os.environ, "PYTHONPATH": os.pathsep.join([str(ROOT / "src"), str(Path(__file__).parent)]),
            "DASK_DISTRIBUTED__WORKER__DAEMON": "false"}
        self.all = [self._start("scheduler", "--host", "127.0.0.1", "--port", "0", "--no-dashboard")]

    def _start(self, what: str, *options: str) -> subprocess.Popen[bytes]:
        command = [sys.executable, "-W", "ignore", "-m", "dask", what, "--scheduler-file", str(self.file), *options]
        return subprocess.Popen(command, env=self.environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    def add_worker(self) -> subprocess.Popen[bytes]:
        worker = self._start("worker", "--nthreads", "1", "--no-nanny", "--no-dashboard")
        self.all.append(worker)
        return worker

    @property
    def address(self) -> str:
        import json

        until = time.monotonic() + STARTING
        while time.monotonic() < until:
            if self.file.exists() and self.file.stat().st_size:
                return str(json.loads(self.file.read_text(encoding="utf-8"))["address"])
            time.sleep(0.05)
        raise AssertionError("the scheduler did not start")

    def end(self) -> None:
        for process in self.all:
            process.kill()
            process.wait()


@pytest.fixture(scope="module")
def machines(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Machines]:
    made = Machines(tmp_path_factory.mktemp("machines"))
    made.add_worker()
    made.add_worker()
    yield made
    made.end()


@pytest.fixture(scope="module")
def dask(machines: Machines) -> Iterator[Executor]:
    executor = open_executor(machines.address)
    yield executor
    executor.close()


@pytest.fixture(scope="module")
def processes() -> Iterator[Processes]:
    with Processes(2) as made:
        yield made


@pytest.fixture(scope="module")
def toy() -> tuple[Study, Any]:
    import roxham

    return load_study("tutorial", case="toy"), roxham.load("toy")


def as_bytes(result: StudyResult) -> tuple[str, bytes, bytes]:
    return result.summary.to_csv(), result.values.tobytes(), result.weights.tobytes()


# ---- the same numbers


def test_serial_processes_and_a_cluster_give_the_same_bytes(
    toy: tuple[Study, Any], processes: Processes, dask: Executor
) -> None:
    alone = as_bytes(run_study(*toy, draws=3))
    for executor in (Serial(), processes, dask):
        assert as_bytes(run_study(*toy, draws=3, executor=executor)) == alone


@pytest.mark.slow  # the page From laptop to cluster starts one too
def test_a_cluster_started_here_gives_the_same_bytes(study: Study, corridor: Any, result: StudyResult) -> None:
    executor = open_executor("dask:2")
    try:
        assert executor.workers == 2
        other = run_study(study, corridor, draws=5, seed=3, executor=executor, model=handful_draw)
    finally:
        executor.close()
    assert as_bytes(other) == as_bytes(result)


@pytest.mark.slow
def test_the_flagship_case_gives_the_same_bytes_everywhere(processes: Processes, dask: Executor) -> None:
    import roxham

    study, corridor = load_study("roxham-road"), roxham.load("canada_us")
    alone = as_bytes(run_study(study, corridor, draws=2))
    for executor in (processes, dask):
        assert as_bytes(run_study(study, corridor, draws=2, executor=executor)) == alone


# ---- workers stay, share, and die


def test_workers_stay_warm_between_studies(study: Study, corridor: Any, processes: Processes, tmp_path: Path) -> None:
    for _ in range(2):
        run_study(study, corridor, draws=4, executor=processes, model=partial(signed_draw, folder=str(tmp_path)))
    assert 1 <= len(list(tmp_path.iterdir())) <= 2


def test_two_studies_at_once_share_the_workers(study: Study, corridor: Any, processes: Processes) -> None:
    found: dict[int, StudyResult] = {}

    def work(seed: int) -> None:
        found[seed] = run_study(study, corridor, draws=8, seed=seed, executor=processes, model=slow_draw)

    threads = [threading.Thread(target=work, args=(seed,)) for seed in (3, 4, 5)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for seed in (3, 4, 5):
        alone = run_study(study, corridor, draws=8, seed=seed, model=handful_draw)
        assert as_bytes(found[seed]) == as_bytes(alone)


def test_a_process_that_is_killed_costs_only_its_draw(
    study: Study, corridor: Any, result: StudyResult, processes: Processes, tmp_path: Path
) -> None:
    deadly = partial(draw_two_deadly, folder=str(tmp_path))
    made = run_study(study, corridor, draws=5, seed=3, executor=processes, model=deadly)
    assert as_bytes(made) == as_bytes(result)
    assert list(tmp_path.iterdir()) == [tmp_path / "1-2"]


def test_a_draw_that_kills_every_process_is_told(
    study: Study, corridor: Any, processes: Processes, tmp_path: Path
) -> None:
    deadly = partial(draw_two_deadly, folder=str(tmp_path), always=True)
    with pytest.raises(RunError, match=r"twice, draw 2, seed 3: the process that made it was killed \(SIGKILL") as told:
        run_study(study, corridor, draws=5, seed=3, executor=processes, model=deadly)
    assert "--only-draw 2" in str(told.value)


def test_a_worker_of_a_cluster_that_is_killed_costs_only_its_draws(
    machines: Machines, dask: Executor, study: Study, corridor: Any
) -> None:
    victim = machines.add_worker()
    came: list[tuple[int, int]] = []

    def kill(task: tuple[int, int], table: Any) -> None:
        came.append(task)
        if len(came) == 10:
            victim.send_signal(signal.SIGKILL)

    made = run_study(study, corridor, draws=20, seed=3, executor=dask, on_draw=kill, model=slow_draw)
    assert len(came) == len(set(came)) == 60
    assert as_bytes(made) == as_bytes(run_study(study, corridor, draws=20, seed=3, model=handful_draw))


# ---- a draw that fails


@pytest.mark.parametrize("shared", [False, True])
def test_a_draw_that_fails_once_is_made_again(
    study: Study, corridor: Any, result: StudyResult, processes: Processes, tmp_path: Path, shared: bool
) -> None:
    model = partial(first_time_bad, folder=str(tmp_path))
    made = run_study(study, corridor, draws=5, seed=3, executor=processes if shared else None, model=model)
    assert as_bytes(made) == as_bytes(result)


def test_a_draw_that_fails_twice_is_told_and_the_others_are_kept(
    study: Study, corridor: Any, result: StudyResult, tmp_path: Path
) -> None:
    vault = Vault(tmp_path)
    with pytest.raises(RunError, match=r"twice, draw 2, seed 3: two is refused \(to make it alone: --only-draw 2\)"):
        run_study(study, corridor, draws=5, seed=3, vault=vault, model=draw_two_bad)
    days = {"from_": study.from_, "to": study.to}
    shelves = [vault.shelf(corridor, one, seed=3, model=draw_two_bad, **days) for one in study.scenarios]
    assert [sorted(shelf.held()) for shelf in shelves] == [[0, 1, 2, 3, 4], [0, 1, 3, 4], [0, 1, 2, 3, 4]]


def test_what_nobody_foresaw_is_told_with_its_place(study: Study, corridor: Any) -> None:
    def broken(corridor: Any, **keys: Any) -> Any:
        return [][draw_two_bad is None]

    with pytest.raises(RunError, match=r"IndexError: list index out of range \(in broken, line \d+ of "):
        run_study(study, corridor, draws=1, model=broken)


def test_a_study_that_only_fails_is_given_up(study: Study, corridor: Any, tmp_path: Path) -> None:
    with pytest.raises(RunError) as told:
        run_study(study, corridor, draws=30, seed=13, vault=Vault(tmp_path), model=handful_draw)
    assert len(told.value.problems) == 10


# ---- a stop, and results on the way


@pytest.mark.parametrize("shared", [False, True])
def test_a_stop_gives_the_draws_that_all_scenarios_have(
    study: Study, corridor: Any, processes: Processes, shared: bool
) -> None:
    came: list[tuple[int, int]] = []
    made = run_study(
        study, corridor, draws=200, seed=3, executor=processes if shared else None, model=slow_draw,
        on_draw=lambda task, table: came.append(task), stop=lambda: len(came) >= 10)
    assert 1 <= made.draws < 200
    assert as_bytes(made) == as_bytes(run_study(study, corridor, draws=made.draws, seed=3, model=handful_draw))


def test_a_stop_before_the_first_draw_is_told(study: Study, corridor: Any) -> None:
    with pytest.raises(RunError, match="not even the first draw"):
        run_study(study, corridor, draws=2, stop=lambda: True, model=handful_draw)


def test_the_workers_serve_the_next_study_after_a_stop(
    study: Study, corridor: Any, result: StudyResult, processes: Processes
) -> None:
    came: list[tuple[int, int]] = []
    run_study(study, corridor, draws=100, seed=9, executor=processes, model=slow_draw, stop=lambda: len(came) >= 12,
              on_draw=lambda task, table: came.append(task))
    made = run_study(study, corridor, draws=5, seed=3, executor=processes, model=handful_draw)
    assert as_bytes(made) == as_bytes(result)


def test_results_may_be_looked_at_on_the_way(study: Study, corridor: Any, result: StudyResult) -> None:
    gathered = Gathered(study, corridor, draws=5, seed=3)
    seen: list[int] = []

    def look(task: tuple[int, int], table: Any) -> None:
        if gathered.whole > len(seen):
            seen.append(gathered.result().draws)
            assert np.array_equal(gathered.result().values, result.values[:, : len(seen)])

    run_study(study, corridor, draws=5, seed=3, into=gathered, on_draw=look, model=handful_draw)
    assert seen == [1, 2, 3, 4, 5]


def test_more_draws_than_memory_holds_are_refused_at_once(
    study: Study, corridor: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("roxham.lab.gather.memory_limit", lambda: 20_000.0)
    with pytest.raises(RunError, match=r"3 scenarios of 1,000 draws take .* ask for at most \d+ draws"):
        run_study(study, corridor, draws=1000, model=handful_draw)


# ---- the names of executors, and clusters that are not there or not the same


@pytest.mark.parametrize(("text", "said"), [
    ("prosesses:2", 'did you mean "processes"'), ("processes:0", "processes:0"), ("processes:two", "is not an exec"),
    ("tcp:", "is not an executor"), ("", "is not an executor"), ("serial:2", "is not an executor")])
def test_what_is_no_executor_is_told(text: str, said: str) -> None:
    with pytest.raises(RoxhamError, match=said):
        read_executor(text)


def test_a_scheduler_that_does_not_answer_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cluster, "ANSWER", 0.3)
    with pytest.raises(RunError, match=r"no scheduler answers at tcp://127\.0\.0\.1:9 .*start one: dask scheduler"):
        open_executor("tcp://127.0.0.1:9")


def test_a_worker_with_other_code_is_told(
    machines: Machines, dask: Executor, study: Study, corridor: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    ours = cluster.about()["roxham's code"]
    monkeypatch.setattr("roxham.lab.identity.code_hash", lambda: "0" * 64)
    with pytest.raises(RunError, match=f"worker tcp://.* has roxham's code {ours}, here it is 0000") as told:
        open_executor(machines.address)
    assert len(told.value.problems) == len({problem.message for problem in told.value.problems}) >= 2
    with pytest.raises(RunError, match="a worker that joined later has roxham's code"):
        run_study(study, corridor, draws=2, executor=dask, model=handful_draw)


def test_a_cluster_without_dask_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "distributed", None)
    with pytest.raises(RunError, match=r'pip install "roxham\[dask\]"'):
        open_executor("dask:1")
