"""A study gives the same numbers however its work is shared, and tells all that is wrong before it starts."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from handful import handful_draw

from roxham.errors import RunError, UnknownName
from roxham.lab.ensemble import run_study
from roxham.lab.scenario import Scenario, Study, load_study
from roxham.lab.summary import StudyResult
from roxham.sim.amend import amendment
from roxham.sim.case import Words
from roxham.sim.metrics import Outcome


def test_every_scenario_and_draw_has_its_place(result: StudyResult) -> None:
    assert result.values.shape == (3, 5, 7, 4)
    assert result.weights.shape == (3, 5, 1, 4)
    assert result.months == ("2017-11", "2017-12", "2018-01", "2018-02")
    assert result.scenarios == ("as-it-was", "twice", "again")


def test_processes_give_the_same_bits_as_one(study: Study, corridor: Any, result: StudyResult) -> None:
    shared = run_study(study, corridor, draws=5, seed=3, jobs=2, model=handful_draw)
    assert np.array_equal(shared.values, result.values)
    assert shared.summary.to_csv() == result.summary.to_csv()


def test_the_real_corridor_reaches_a_worker_as_it_is() -> None:
    import roxham
    from roxham.lab.bench import Bench, pack, unpack

    bench = Bench((roxham.load("canada_us"),), load_study("as-it-was"), 7, handful_draw)
    again = unpack(pack(bench))
    assert again.corridors[0].hash == bench.corridors[0].hash
    assert again.corridors[0].law.hash == bench.corridors[0].law.hash
    assert again.study == bench.study


def test_a_model_that_no_worker_can_import_is_told(study: Study, corridor: Any) -> None:
    with pytest.raises(RunError, match="use jobs=1"):
        run_study(study, corridor, draws=1, jobs=2, model=lambda *_, **keys: handful_draw(corridor, **keys))


def test_another_seed_gives_other_numbers(study: Study, corridor: Any, result: StudyResult) -> None:
    other = run_study(study, corridor, draws=5, seed=4, model=handful_draw)
    assert not np.array_equal(other.values, result.values)


def test_a_draw_does_not_depend_on_how_many_there_are(study: Study, corridor: Any, result: StudyResult) -> None:
    fewer = run_study(study, corridor, draws=2, seed=3, model=handful_draw)
    assert np.array_equal(fewer.values, result.values[:, :2])


def test_progress_counts_every_task(study: Study, corridor: Any) -> None:
    seen: list[tuple[int, int]] = []
    run_study(study, corridor, draws=2, progress=lambda done, total: seen.append((done, total)), model=handful_draw)
    assert seen == [(i, 6) for i in range(1, 7)]


def test_unknown_names_of_all_scenarios_are_told_at_once(study: Study, corridor: Any) -> None:
    wrong = [
        amendment(name="close", kind="crossing", place="roxham_raod", open=False),
        amendment(name="more", kind="capacity", service="rdp", multiply=2),
    ]
    scenarios = [Scenario(name=f"s{i}", title=Words(en="s", fr="s"), amendments=(one,)) for i, one in enumerate(wrong)]
    with pytest.raises(UnknownName) as error:
        run_study(replace(study, scenarios=tuple(scenarios)), corridor, draws=1, model=handful_draw)
    assert [problem.hint for problem in error.value.problems] == ["roxham_road", "rpd"]


@pytest.mark.parametrize("jobs", [1, 2])
def test_an_error_inside_a_draw_is_told_as_it_is(study: Study, corridor: Any, jobs: int) -> None:
    with pytest.raises(RunError, match="thirteen is refused"):
        run_study(study, corridor, draws=2, seed=13, jobs=jobs, model=handful_draw)


@pytest.mark.parametrize(("draws", "jobs", "seed"), [(0, 1, 1), (1, 0, 1), (1, 1, -1)])
def test_impossible_numbers_are_refused(study: Study, corridor: Any, draws: int, jobs: int, seed: int) -> None:
    with pytest.raises(RunError):
        run_study(study, corridor, draws=draws, jobs=jobs, seed=seed, model=handful_draw)


def test_an_interrupt_stops_the_work(study: Study, corridor: Any) -> None:
    def interrupt(done: int, total: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run_study(study, corridor, draws=2, jobs=2, progress=interrupt, model=handful_draw)


def test_scenarios_that_report_different_things_cannot_be_compared(study: Study, corridor: Any) -> None:
    def fickle(corridor: Any, **keys: Any) -> Outcome:
        outcome = handful_draw(corridor, **keys)
        return replace(outcome, cells=outcome.cells[1:]) if corridor.amendments else outcome

    with pytest.raises(RunError, match="cannot be compared"):
        run_study(study, corridor, draws=1, model=fickle)
