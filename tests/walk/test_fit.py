"""Fitting our rule on conflicts: what is left out is not seen, and the shipped numbers are those of a fit."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path

import numpy as np
import pytest

from roxham.cli import main
from roxham.errors import RunError
from roxham.walk import read_folder
from roxham.walk.ours_fit import Conflict, fit, fit_pull, leave_one_out, read_conflicts, write_parameters
from roxham.walk.ours_pull import read_parameters

CASES = Path(__file__).parent / "cases"
SOME = ("burundi2015", "mali2012", "tigray2020")


@pytest.fixture(scope="module")
def some() -> list[Conflict]:
    return [Conflict(read_folder(CASES / name)) for name in SOME]


def test_a_left_out_conflict_has_no_part_in_its_own_parameters(some: list[Conflict]) -> None:
    rows, _ = leave_one_out(some)
    for case, row in zip(some, rows, strict=True):
        alone = fit([one for one in some if one is not case])
        kept = dataclasses.replace(row.fitted, spread=alone.spread, spread_informed=alone.spread_informed)
        assert kept == alone
        assert row.ard == pytest.approx(case.error(row.fitted))
        assert row.own_fit <= row.ard + 0.01  # fitted to itself it is no worse, up to the penalty


def test_both_ways_find_what_was_planted(some: list[Conflict]) -> None:
    """Counts that our rule itself made with known weights give those weights back."""
    planted = dataclasses.replace(read_parameters(), opened_late=0.8, shared_country=0.5)
    for case in some:
        case.counted = case.blind(planted)
    try:
        found, likely = fit_pull(some)[1], fit_pull(some, by="likelihood")[1]
    finally:
        for case in some:
            case.counted = Conflict(case.folder).counted
    for one in (found, likely):
        assert one.opened_late == pytest.approx(0.8, abs=0.1)
        assert one.shared_country == pytest.approx(0.5, abs=0.1)


def test_parameters_are_written_and_read(tmp_path: Path) -> None:
    fitted = dataclasses.replace(read_parameters(), opened_late=0.25)
    assert read_parameters(write_parameters(fitted, tmp_path / "p.yaml", conflicts=SOME)) == fitted
    (tmp_path / "half.yaml").write_text("parameters: {spread: 1}\n", encoding="utf-8")
    with pytest.raises(RunError, match="no number for distance_power"):
        read_parameters(tmp_path / "half.yaml")


def test_a_fit_needs_two_conflicts_with_counts(tmp_path: Path) -> None:
    with pytest.raises(RunError, match="needs two folders of walks or more; 0 found"):
        read_conflicts(tmp_path / "none")


def test_the_command_fits_and_its_file_can_be_used(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for name in SOME[:2]:
        (tmp_path / "cases").mkdir(exist_ok=True)
        (tmp_path / "cases" / name).symlink_to(CASES / name)
    out = tmp_path / "fitted.yaml"

    def call(*arguments: object) -> str:
        with pytest.raises(SystemExit) as left:
            main(["walk", *(str(one) for one in arguments)])
        assert not left.value.code
        return capsys.readouterr().out

    told = json.loads(call("fit", tmp_path / "cases", "--by", "likelihood", "--out", out, "--json"))
    assert [row["case"] for row in told["left_out"]] == list(SOME[:2])
    assert dataclasses.asdict(read_parameters(out)) == pytest.approx(told["fitted_on_all"], rel=1e-5)
    asked = ("run", CASES / "tigray2020", "--mode", "roxham", "--score", "--json", "--draws", "1")
    ours, theirs = json.loads(call(*asked)), json.loads(call(*asked, "--parameters", out))
    assert ours["ard"] != theirs["ard"]
    expected = Conflict(read_folder(CASES / "tigray2020")).error(read_parameters(out))
    assert theirs["ard"] == pytest.approx(expected, abs=1e-4)


@pytest.mark.slow
def test_the_numbers_that_come_with_the_package_are_those_of_a_fit() -> None:
    _, fitted = leave_one_out(read_conflicts(CASES))
    given = dataclasses.asdict(read_parameters())
    assert {name: float(f"{value:g}") for name, value in dataclasses.asdict(fitted).items()} == given
    assert np.isfinite(list(given.values())).all()
