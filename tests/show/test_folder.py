"""Reading back what the store wrote."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from roxham.errors import EvidenceError
from roxham.lab.summary import COLUMNS, StudyResult
from roxham.show.folder import SUMMARY_COLUMNS, RunFolder, read_folder, scenario_title


def test_columns_are_those_of_the_store() -> None:
    assert SUMMARY_COLUMNS == COLUMNS


def test_scenarios_keep_the_order_of_the_study(run: RunFolder, result: StudyResult) -> None:
    assert run.scenarios == tuple(result.scenarios)
    assert run.baseline == "as-it-was"
    assert run.draws == result.draws


def test_cells_are_the_numbers_of_the_summary(run: RunFolder, result: StudyResult) -> None:
    row = result.summary.row("police-close-2022", "entries_irregular", "all", "2022")
    cell = run.cell("police-close-2022", "entries_irregular", period="2022")
    assert cell is not None
    assert cell.value.q50 == pytest.approx(row["q50"], rel=1e-5)
    assert cell.change.q05 == pytest.approx(row["diff_q05"], rel=1e-5)


def test_months_are_in_order(run: RunFolder) -> None:
    months = [month for month, _ in run.months("as-it-was", "entries_irregular")]
    assert months[0] == "2017-01"
    assert months[-1] == "2024-12"
    assert months == sorted(months)


def test_held_out_months(run: RunFolder) -> None:
    assert run.held_out is not None
    assert {row.series for row in run.held_out} == {"claims_land_border", "entries_irregular"}


def test_titles_in_both_languages(run: RunFolder, case: Path) -> None:
    assert scenario_title(run, "as-it-was", case, "fr") == "Tel que ce fut"
    assert scenario_title(run, "never-heard-of", case, "en") == "Never heard of"


def test_a_folder_without_a_summary_is_refused(tmp_path: Path) -> None:
    with pytest.raises(EvidenceError, match=r"no summary\.csv"):
        read_folder(tmp_path)


def test_every_column_short_is_named(folder: Path, tmp_path: Path) -> None:
    lines = (folder / "summary.csv").read_text(encoding="utf-8").splitlines()
    short = [",".join(line.split(",")[:-2]) for line in lines[:3]]
    (tmp_path / "summary.csv").write_text("\n".join(short), encoding="utf-8")
    with pytest.raises(EvidenceError) as caught:
        read_folder(tmp_path)
    assert "diff_q75" in str(caught.value)
    assert "diff_q95" in str(caught.value)


def test_an_empty_summary_is_refused(tmp_path: Path) -> None:
    (tmp_path / "summary.csv").write_text(",".join(SUMMARY_COLUMNS) + "\n", encoding="utf-8")
    with pytest.raises(EvidenceError, match="no lines"):
        read_folder(tmp_path)


def test_a_column_short_in_the_held_out_months(folder: Path, tmp_path: Path) -> None:
    shutil.copy(folder / "summary.csv", tmp_path)
    (tmp_path / "holdout.csv").write_text("month,series\n2023-04,x\n", encoding="utf-8")
    with pytest.raises(EvidenceError, match="naive_last"):
        read_folder(tmp_path)
