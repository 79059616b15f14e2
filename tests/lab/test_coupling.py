"""A grown conflict presses on the border months later: by how much follows from two walks and two assumptions."""

from __future__ import annotations

import dataclasses
from datetime import date
from pathlib import Path

import numpy as np
import pytest

import roxham as rx
from roxham.errors import RunError, SpecError
from roxham.lab.coupling import Coupling, departures, study_of, write_study
from roxham.lab.scenario import load_study
from roxham.sim.case import Words
from roxham.walk import Folder, Walk, read_folder, run

MALI = Path(__file__).parents[1] / "walk" / "cases" / "mali2012"
BEGINS = date(2022, 1, 1)


def driven(times: float) -> Folder:
    """Mali with departures driven by conflict: 100 a day and place at first, `times` as many from day 100 on."""
    folder = read_folder(MALI)
    conflict = folder.conflict.copy()
    conflict[100:] *= times
    rules = dataclasses.replace(
        folder.settings, conflict_driven_mode="constant", displaced_per_conflict_day=100, conflict_spawn_decay=None)
    return dataclasses.replace(folder, conflict=conflict, settings=rules)


@pytest.fixture(scope="module")
def walks() -> dict[float, Walk]:
    return {times: run(driven(times), mode="documented", links=True, seed=3) for times in (1.0, 2.0)}


def test_departures_are_all_who_set_out(walks: dict[float, Walk]) -> None:
    walk = walks[1.0]
    assert walk.plan is not None
    by_day = walk.plan.demand.here.sum(axis=1) + walk.plan.demand.total
    found = departures(walk)
    assert len(found) == 9  # whole months of 300 days
    end = round(9 * 365.25 / 12)
    assert found.sum() == by_day[1:end].sum()


def test_the_same_conflict_changes_nothing(walks: dict[float, Walk]) -> None:
    assert Coupling("sudan", BEGINS).amendments(walks[1.0], walks[1.0]) == ()


def test_pressure_follows_by_its_share_and_after_its_delay(walks: dict[float, Walk]) -> None:
    made = Coupling("sudan", BEGINS, share=0.5, delay_months=8).amendments(walks[1.0], walks[2.0])
    was, grown = departures(walks[1.0]), departures(walks[2.0])
    wanted = 1 + 0.5 * (grown - was) / was.mean()
    later = {one.from_: one.multiply for one in made}  # type: ignore[union-attr]
    for number, times in enumerate(wanted):
        year, month = divmod(BEGINS.month - 1 + number + 8, 12)
        assert later.get(date(2022 + year, month + 1, 1), 1.0) == pytest.approx(times, abs=5.1e-3)
    assert min(later) == date(2022, 12, 1)  # day 100 lies in the fourth month; eight months later
    assert all(one.note and one.note.startswith("assumed") for one in made)


def test_a_study_of_a_coupling_runs_and_the_past_stays_as_it_was(walks: dict[float, Walk], tmp_path: Path) -> None:
    coupling = Coupling("all", date(2029, 10, 1), delay_months=0)
    study = study_of("grown", coupling, walks[1.0], walks[2.0], title=Words(en="Grown", fr="Agrandi"), case="toy")
    assert [one.name for one in study.scenarios[1:]] == ["grown-20", "grown-50", "grown-100"]
    path = write_study(study, tmp_path / "out")
    read = load_study(path, case="toy")
    assert [one.hash for one in read.scenarios] == [one.hash for one in study.scenarios]
    result = rx.run(read, rx.load("toy"), draws=2, seed=1)
    first = min(one.from_ for one in study.scenarios[-1].amendments).isoformat()[:7]  # type: ignore[type-var,union-attr]
    at = result.months.index(first)
    entries = [result.monthly(one, "entries_irregular") for one in result.scenarios]
    for more in entries[1:]:
        np.testing.assert_array_equal(more[:, :at], entries[0][:, :at])
    sums = [one[:, at:].sum() for one in entries]
    assert sums == sorted(sums)
    assert sums[-1] > 1.2 * sums[0]


def test_what_cannot_be_coupled_is_told(walks: dict[float, Walk]) -> None:
    with pytest.raises(SpecError, match="share lies from 0 to 1"):
        Coupling("sudan", BEGINS, share=1.5)
    still = dataclasses.replace(walks[1.0], people=np.zeros_like(walks[1.0].people), links=walks[1.0].links[:0])
    with pytest.raises(RunError, match="nobody sets out"):
        Coupling("sudan", BEGINS).amendments(still, walks[2.0])
