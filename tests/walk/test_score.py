"""Scores of walks: as Flee counts them, beside forecasts that need no model."""

from __future__ import annotations

import csv
from collections.abc import Callable
from pathlib import Path

import pytest

from roxham.errors import RunError
from roxham.walk import observed_table, read_folder, run
from roxham.walk.score import baselines, score

CASES = Path(__file__).parent / "cases"
with (CASES / "naive.csv").open(encoding="utf-8") as file:
    NAIVE = {row["case"]: row for row in csv.DictReader(file)}
QUICK = {"mali2012", "burundi2015"}


@pytest.mark.parametrize("name", list(NAIVE))
def test_forecasts_without_a_model_score_as_recorded(name: str) -> None:
    """Flee takes a day on which nobody was counted for a day without error; here such days do not enter."""
    read = read_folder(CASES / name)
    table = observed_table(read, hasten=int(NAIVE[name]["hasten"]))
    entering = float((table.total > 0).mean())
    found = baselines(read, table)
    for key in ("uniform", "capacity_share", "share_day0", "share_day7", "share_day30"):
        if NAIVE[name][key]:
            assert found[key] * entering == pytest.approx(float(NAIVE[name][key]), abs=1e-4), key


@pytest.mark.parametrize(
    "name", [pytest.param(name, marks=() if name in QUICK else pytest.mark.slow) for name in NAIVE]
)
def test_the_flee_mode_is_as_far_off_as_flee(name: str) -> None:
    """Recorded seeds differ by up to 0.013; people are divided as they were for the recorded run, or by 10."""
    hasten = max(int(NAIVE[name]["hasten"]), 10)
    found = score(run(CASES / name, hasten=hasten, replicates=10, jobs=2))
    assert found["ard"] == pytest.approx(float(NAIVE[name]["flee_N"]), abs=0.02)


def test_a_score_is_never_alone(small: Callable[..., Path]) -> None:
    found = score(run(small(), replicates=4))
    assert {"ard", "ard_informed", "ard_rescaled", "baselines", "seconds", "draws", "seed", "mode"} <= set(found)
    assert found["baselines"]


def test_without_counts_there_is_nothing_to_score(small: Callable[..., Path]) -> None:
    text = "spawn_rules:\n  conflict_driven_spawning:\n    spawn_mode: constant\n"
    folder = small({"simsetting.yml": text})
    for path in (folder / "source_data").iterdir():
        path.unlink()
    (folder / "source_data").rmdir()
    with pytest.raises(RunError, match="nothing was counted"):
        score(run(folder))
