"""Counts hold against the same rules acted person by person, at sizes where an error of a few per cent would show."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import numpy as np
import pytest
from scipy import stats
from tests.walk.comparing import by_holm
from tests.walk.persons import by_person

from roxham.walk import read_folder
from roxham.walk import state as walk_state
from roxham.walk.rules import Reading, make_plan
from roxham.walk.simulate import run_plan
from roxham.walk.state import MOST_ALONE, fresh_alone

MALI = Path(__file__).parent / "cases" / "mali2012"
LEVEL = 0.001
ENOUGH = 5  # people on average, from whom on a mean is near enough to normal
MANY = 20  # from whom on the spread is compared
OURS = 200


@pytest.mark.parametrize(
    ("reading", "hasten", "runs", "room", "most"),
    [
        ("documented", 10, 40, True, MOST_ALONE),
        ("documented", 10, 40, True, 0),
        ("flee", 10, 40, False, 0),
        pytest.param("documented", 1, 40, True, MOST_ALONE, marks=pytest.mark.slow),
        pytest.param("documented", 1, 40, True, 0, marks=pytest.mark.slow),
        pytest.param("flee", 1, 60, False, 0, marks=pytest.mark.slow),
    ],
)
def test_nobodys_chances_change_when_people_are_counted(
    reading: Reading, hasten: int, runs: int, room: bool, most: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`most` people are walked one by one; where all are, nobody is merged and the spread is that of persons."""
    monkeypatch.setattr(walk_state, "fresh_alone", lambda tables, law: fresh_alone(tables, law, most=most))
    plan = make_plan(read_folder(MALI), reading, hasten=hasten)
    if not room:  # in Flee's own reading the room of a camp changes with everybody who comes: here camps have no limit
        tables = plan.tables._replace(capacity=np.zeros_like(plan.tables.capacity))
        plan = dataclasses.replace(plan, tables=tables)
    people = np.zeros((runs, *plan.tables.move_chance.shape), dtype=np.int64)
    dice = np.random.Generator(np.random.PCG64(11))
    for run in range(runs):
        by_person(plan.tables, plan.law, dice, people[run])
    days = np.linspace(0, people.shape[1] - 1, 11)[1:].astype(int)
    theirs = people[:, days].astype(float)
    ours = run_plan(plan, replicates=OURS, seed=3, jobs=2).people[:, days].astype(float)
    assert theirs.sum(axis=2).mean() == pytest.approx(ours.sum(axis=2).mean(), rel=0.01)
    spread = theirs.var(axis=0, ddof=1) / runs + ours.var(axis=0, ddof=1) / OURS
    moved = (spread > 1e-3) & (theirs.mean(axis=0) >= ENOUGH)
    z = np.abs(theirs.mean(axis=0) - ours.mean(axis=0))[moved] / np.sqrt(spread[moved])
    assert moved.sum() > 80
    assert by_holm(2 * stats.norm.sf(z)) > LEVEL, np.sort(z)[-5:]
    large = (theirs.mean(axis=0) >= MANY) & (theirs.var(axis=0) > 1)
    ratio = np.median(ours.var(axis=0)[large] / theirs.var(axis=0)[large])
    assert 0.75 < ratio < (1.15 if most else 1.35)
