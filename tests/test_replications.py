"""Published results rebuilt from published inputs: each replication runs, and stays within its stated tolerance."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from types import ModuleType

import pytest

FOLDER = Path(__file__).resolve().parents[1] / "replications"


def replication(name: str) -> ModuleType:
    """A script of the folder, loaded as a module."""
    spec = importlib.util.spec_from_file_location(f"replication_{name}", FOLDER / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


def test_every_figure_of_the_budget_officer_comes_within_a_tenth(capsys: pytest.CaptureFixture[str]) -> None:
    pbo = replication("pbo_2018")
    lines = pbo.rebuild()
    assert len(lines) == 9
    for line in lines:
        assert abs(line.difference) <= pbo.TOLERANCE, line
    assert any(not line.fitted for line in lines)
    pbo.main()
    assert "14,321" in capsys.readouterr().out


def test_the_officers_count_of_people_is_that_of_the_interceptions() -> None:
    people = replication("pbo_2018").rebuild()[0]
    assert people.rebuilt == pytest.approx(people.published, rel=0.001)


def test_the_officers_totals_are_his_averages_times_his_people() -> None:
    lines = {line.what: line for line in replication("pbo_2018").rebuild()}
    people = lines["people, 2017-18 (interceptions)"].published
    for year in ("2017-18", "2018-19", "2019-20"):
        total = lines[f"all claimants, {year}"].published * 1e6
        assert lines[f"average claimant, {year}"].published * people == pytest.approx(total, rel=0.002)


def test_the_boards_waits_are_pending_over_capacity(capsys: pytest.CaptureFixture[str]) -> None:
    board = replication("irb_wait")
    found = board.waits()
    first = [one for one in found if one.division == "RPD"]
    assert len(first) == 5
    assert all(abs(one.error) < 0.16 for one in first)
    naive = [abs(one.naive_error) for one in first if one.naive_error is not None]
    assert board.median([abs(one.error) for one in first]) < board.median(naive)
    board.main()
    assert "pending" in capsys.readouterr().out


def test_the_rule_misses_the_appeal_division_in_2020_and_says_so() -> None:
    missed = {one.day: one.error for one in replication("irb_wait").waits() if one.division == "RAD"}
    assert missed["2020-10-31"] < -0.4
