"""A result is written whole or not at all, replaces only its own kind, and reads back as it was."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from roxham.errors import RunError
from roxham.lab import store
from roxham.lab.summary import StudyResult


def test_what_is_written_reads_back_the_same(result: StudyResult, tmp_path: Path) -> None:
    folder = store.write(result, tmp_path / "run")
    assert {path.name for path in folder.iterdir()} == {"summary.csv", "results.parquet", "manifest.json"}
    again = store.read(folder)
    assert np.array_equal(again.values, result.values)
    assert np.array_equal(again.weights, result.weights)
    assert again.study == result.study
    assert again.summary.to_csv() == (folder / "summary.csv").read_text(encoding="utf-8")


def test_the_manifest_says_what_was_run(result: StudyResult, tmp_path: Path) -> None:
    held = json.loads((store.write(result, tmp_path / "run") / "manifest.json").read_text(encoding="utf-8"))
    assert (held["seed"], held["draws"], held["from"], held["baseline"]) == (3, 5, "2017-11-01", "as-it-was")
    assert held["case_hash"] == "0" * 64
    twice = held["scenarios"][1]
    assert twice["title"] == {"en": "Twice", "fr": "Deux fois"}
    assert twice["amendments"] == [{"name": "twice", "kind": "capacity", "service": "rpd", "multiply": 2.0}]
    assert twice["printed"] == ["twice (capacity: service rpd, multiply 2.0)"]
    assert len(twice["hash"]) == 64


def test_draws_are_rows_that_sql_can_read(result: StudyResult, tmp_path: Path) -> None:
    import duckdb

    folder = store.write(result, tmp_path / "run")
    with duckdb.connect() as connection:
        rows = connection.execute(
            "SELECT value, weight FROM read_parquet($file) WHERE scenario = 'twice' AND draw = 4 "
            "AND metric = 'wait_days_rpd' AND place = 'all' ORDER BY month",
            {"file": str(folder / "results.parquet")},
        ).fetchall()
        unweighted = connection.execute(
            "SELECT count(*) FROM read_parquet($file) WHERE metric <> 'wait_days_rpd' AND weight IS NOT NULL",
            {"file": str(folder / "results.parquet")},
        ).fetchall()
    assert [value for value, _ in rows] == result.values[1, 4, 6].tolist()
    assert [weight for _, weight in rows] == [0.0, 4.0, 4.0, 4.0]
    assert unweighted == [(0,)]


def test_an_earlier_result_is_replaced_and_nothing_else_stays(result: StudyResult, tmp_path: Path) -> None:
    folder = store.write(result, tmp_path / "run")
    (folder / "extra.txt").write_text("old", encoding="utf-8")
    store.write(result, folder)
    assert not (folder / "extra.txt").exists()
    assert [path.name for path in tmp_path.iterdir()] == ["run"]


def test_a_folder_of_somebody_else_is_left_alone(result: StudyResult, tmp_path: Path) -> None:
    (tmp_path / "thesis.txt").write_text("precious", encoding="utf-8")
    with pytest.raises(RunError, match="choose another folder"):
        store.write(result, tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["thesis.txt"]


def test_a_file_in_the_way_is_left_alone(result: StudyResult, tmp_path: Path) -> None:
    (tmp_path / "run").write_text("precious", encoding="utf-8")
    with pytest.raises(RunError):
        store.write(result, tmp_path / "run")
    with pytest.raises(RunError):
        store.write(result, tmp_path / "run" / "below")


def test_nothing_half_written_stays_when_writing_fails(result: StudyResult, tmp_path: Path) -> None:
    def fail(folder: Path) -> None:
        raise OSError(28, "No space left on device")

    kept = store.write(result, tmp_path / "run")
    before = (kept / "summary.csv").read_bytes()
    with pytest.raises(RunError, match="No space left"):
        store.write(result, tmp_path / "run", also=fail)
    assert [path.name for path in tmp_path.iterdir()] == ["run"]
    assert (kept / "summary.csv").read_bytes() == before


def test_other_files_join_before_the_folder_takes_its_place(result: StudyResult, tmp_path: Path) -> None:
    folder = store.write(result, tmp_path / "run", also=lambda draft: (draft / "brief.txt").write_text("x"))
    assert (folder / "brief.txt").is_file()


def test_a_folder_without_a_result_says_so(tmp_path: Path) -> None:
    with pytest.raises(RunError, match="no result of a run"):
        store.read(tmp_path)


def test_a_result_without_its_draws_says_so(result: StudyResult, tmp_path: Path) -> None:
    folder = store.write(result, tmp_path / "run")
    (folder / "results.parquet").unlink()
    with pytest.raises(RunError, match="cannot be read"):
        store.read(folder)
