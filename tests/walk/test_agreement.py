"""Counts of people have the law of the agent model's: means, spreads, and a wrong rule that is found out."""

from __future__ import annotations

import csv
import dataclasses
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy import stats
from tests.walk.comparing import by_holm

from roxham.walk import read_folder
from roxham.walk.rules import Plan, make_plan
from roxham.walk.simulate import run_plan

HERE = Path(__file__).parent
CASES = HERE / "cases"
NAMES = sorted(path.name.split(".")[0] for path in (HERE / "flee_reference").glob("*.csv"))
QUICK = {"burundi2015", "mali2012"}
REPLICATES, HASTEN = 200, 100
LEVEL = 0.05 / len(NAMES)  # 5 % over all conflicts together, as Holm's correction is over the comparisons in one
Real = NDArray[np.float64]


def recorded(name: str) -> tuple[list[int], list[str], Real]:
    """Return the days, the camps and the counts (seeds, days, camps) of the agent model."""
    with (HERE / "flee_reference" / f"{name}.h{HASTEN}.csv").open(encoding="utf-8") as file:
        head, *rows = list(csv.reader(file))
    days = sorted({int(row[1]) for row in rows})
    counts = np.array([[float(cell) for cell in row[2:]] for row in rows])
    return days, head[2:], counts.reshape(-1, len(days), len(head) - 2)


def walked(plan: Plan, days: list[int], camps: list[str]) -> Real:
    """Return our counts of the same shape."""
    walk = run_plan(plan, replicates=REPLICATES, seed=5, jobs=2)
    columns = [walk.name.index(camp) for camp in camps]
    return walk.people[:, days][:, :, columns].astype(np.float64)


def differences(ours: Real, theirs: Real) -> tuple[Real, Real]:
    """Return the chance of each difference of means, and of each ratio of variances outside 0.5 to 2, if all is alike.

    Under one law the larger sample tells the spread best, so the standard error comes from it. A ratio is held
    against that of 2,000 samples of the smaller size from ours, stretched to the end of the allowed span.
    """
    draw = np.random.Generator(np.random.PCG64(3))
    means, ratios = [], []
    for day in range(ours.shape[1]):
        for camp in range(ours.shape[2]):
            a, b = ours[:, day, camp], theirs[:, day, camp]
            spread = max(a.var(ddof=1), 1 / 12)
            z = (a.mean() - b.mean()) / np.sqrt(spread * (1 / len(a) + 1 / len(b)))
            means.append(2 * stats.norm.sf(abs(z)))
            if a.var() < 0.25 or b.var() == 0:  # a camp that stands still has no spread to compare
                continue
            ratio = b.var(ddof=1) / a.var(ddof=1)
            if 0.5 <= ratio <= 2:
                ratios.append(1.0)
                continue
            sample = draw.choice(a, (2_000, len(b))).var(axis=1, ddof=1) / a.var(ddof=1)
            rarer = (sample * 2 >= ratio).mean() if ratio > 2 else (sample / 2 <= ratio).mean()
            ratios.append(max(float(rarer), 1 / 2_000))
    return np.array(means), np.array(ratios)


@pytest.mark.parametrize(
    "name", [pytest.param(name, marks=() if name in QUICK else pytest.mark.slow) for name in NAMES]
)
def test_counts_agree_with_the_agent_model(name: str) -> None:
    days, camps, theirs = recorded(name)
    assert theirs.shape[0] == 30
    ours = walked(make_plan(read_folder(CASES / name), hasten=HASTEN), days, camps)
    means, ratios = differences(ours, theirs)
    assert by_holm(means) > LEVEL, sorted(means)[:3]
    assert by_holm(ratios) > LEVEL, sorted(ratios)[:3]


@pytest.mark.parametrize(
    ("rule", "value"), [("default_movechance", 0.4), ("distance_power", 2.0), ("conflict_weight", 0.5),
                        ("capacity_scaling", 1.0)]
)
def test_a_wrong_rule_is_found_out(rule: str, value: float) -> None:
    days, camps, theirs = recorded("mali2012")
    read = read_folder(CASES / "mali2012")
    wrong = dataclasses.replace(read.settings, **{rule: value})
    means, _ = differences(walked(make_plan(read, hasten=HASTEN, rules=wrong), days, camps), theirs)
    assert by_holm(means) < LEVEL


def test_the_manual_is_told_from_the_program() -> None:
    days, camps, theirs = recorded("mali2012")
    plan = make_plan(read_folder(CASES / "mali2012"), "documented", hasten=HASTEN)
    means, _ = differences(walked(plan, days, camps), theirs)
    assert by_holm(means) < LEVEL
