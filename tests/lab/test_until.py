"""A study ends when its aim is reached: after the same draws whoever does the work, and never past the most."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from handful import handful_draw

from roxham.errors import RoxhamError
from roxham.lab.compare import compare
from roxham.lab.ensemble import run_study
from roxham.lab.executor import Executor, Processes, Serial
from roxham.lab.scenario import Study
from roxham.lab.summary import StudyResult
from roxham.lab.until import Until, checkpoints, half_width


def run(study: Study, corridor: Any, until: str, *, draws: int = 200, **more: Any) -> StudyResult:
    return run_study(study, corridor, draws=draws, seed=3, until=until, model=handful_draw, **more)


def test_it_ends_at_the_first_checkpoint_that_is_exact_enough(study: Study, corridor: Any) -> None:
    made, aim = run(study, corridor, "entries_irregular ±8%"), Until.read("entries_irregular ±8%")
    whole = run_study(study, corridor, draws=200, seed=3, model=handful_draw)
    assert 10 < made.draws < 200
    for count in checkpoints(200):
        part = replace(whole, values=whole.values[:, :count], weights=whole.weights[:, :count])
        assert aim.reached(part) == (count >= made.draws), count
        if count == made.draws:
            assert part.summary.to_csv() == made.summary.to_csv()
            break


def test_whoever_does_the_work_it_ends_after_the_same_draws(study: Study, corridor: Any) -> None:
    aim = "entries_irregular ±8%, wait_days_rpd in 2018 ±30"
    with Processes(2) as processes:
        executors: list[Executor] = [Serial(), processes]
        made = [run(study, corridor, aim, executor=executor) for executor in executors]
    assert made[0].draws == made[1].draws < 200
    assert made[0].values.tobytes() == made[1].values.tobytes()


def test_an_aim_that_is_too_high_ends_with_the_most(study: Study, corridor: Any) -> None:
    made = run(study, corridor, "entries_irregular ±0.01%", draws=12)
    assert made.draws == 12
    assert not Until.read("entries_irregular ±0.01%").reached(made)


def test_an_aim_for_a_difference_looks_at_paired_draws(study: Study, corridor: Any) -> None:
    made = run(study, corridor, "difference of entries_irregular at lacolle in 2018 ±40")
    pair = [made.by_draw(name, "entries_irregular", "lacolle", "2018") for name in ("as-it-was", "twice")]
    assert half_width(np.array([pair[1] - pair[0]]))[0] <= 40
    assert made.draws < 200


def test_what_did_not_change_needs_no_more_draws(study: Study, corridor: Any) -> None:
    same = replace(study, scenarios=(study.scenarios[0], study.scenarios[2]))
    assert run(same, corridor, "difference of entries_irregular ±0.001").draws == 10


def test_it_tells_how_exact_it_is(study: Study, corridor: Any) -> None:
    made = run(study, corridor, "entries_irregular ±8%")
    (told,) = Until.read("entries_irregular ±8%").told(made)
    assert told.startswith("entries_irregular ±")
    assert 0 < float(told.removeprefix("entries_irregular ±").removesuffix("%")) <= 8


@pytest.mark.parametrize(("text", "said"), [
    ("claims", "cannot be read"), ("claims ±", "cannot be read"), ("claims ±0%", "cannot be read"),
    ("claims ±2%,", '--until: "" cannot be read'), ("claims ± 2 % soon", "cannot be read"),
    ("hared ±2%", 'did you mean "heard"'), ("Claims ±2%", "cannot be read"), ("claims ±-2%", "cannot be read")])
def test_what_is_no_aim_is_told(text: str, said: str) -> None:
    with pytest.raises(RoxhamError, match=said.replace("±", ".")):
        Until.read(text)


def test_a_place_that_the_run_does_not_have_is_told(study: Study, corridor: Any) -> None:
    with pytest.raises(RoxhamError, match='did you mean "lacolle"'):
        run(study, corridor, "entries_irregular at lacole ±5%")


def test_the_error_of_a_mean_shrinks_as_the_root_of_the_draws() -> None:
    rows = np.random.default_rng(1).normal(size=(1, 4000))
    assert half_width(rows)[0] == pytest.approx(1.96 / math.sqrt(4000), rel=0.05)
    assert half_width(rows[:, :1])[0] == math.inf


def test_the_interval_holds_the_mean_as_often_as_it_says() -> None:
    rows = np.random.default_rng(2).gamma(4.0, size=(4000, 10))
    hit = np.abs(rows.mean(axis=1) - 4.0) <= half_width(rows)
    assert 0.93 <= hit.mean() <= 0.96


def test_the_standard_error_stands_beside_every_difference(result: StudyResult) -> None:
    line = compare(result, metrics=["entries_irregular"]).line("twice", "entries_irregular")
    pair = [result.values[k, :, :2].sum(axis=(1, 2)) for k in (0, 1)]
    assert line.error == pytest.approx((pair[1] - pair[0]).std(ddof=1) / math.sqrt(5))
    told = compare(result, metrics=["entries_irregular"])
    assert [one["diff_se"] for one in told.to_dict()["lines"]] == [0.0, line.error, 0.0]
    assert f"±{line.error:,.0f} [" in str(told)


def test_one_draw_has_no_standard_error(study: Study, corridor: Any) -> None:
    alone = run_study(study, corridor, draws=1, model=handful_draw)
    assert math.isnan(compare(alone, metrics=["entries_irregular"]).line("twice", "entries_irregular").error)
