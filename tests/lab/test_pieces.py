"""A run whose files are written a piece at a time has the same rows in the same order as one written whole."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pytest

import roxham
from roxham.lab import bench, draws, lines, store
from roxham.lab.ensemble import run_study
from roxham.lab.scenario import load_study
from roxham.lab.summary import StudyResult


@pytest.fixture(scope="module")
def made() -> StudyResult:
    study = replace(load_study("tutorial", case="toy"), from_=date(2030, 1, 1), to=date(2030, 6, 30))
    return run_study(study, roxham.load("toy"), draws=4)


def rows(path: Path) -> list[tuple[Any, ...]]:
    with duckdb.connect() as connection:
        return connection.read_parquet(str(path)).fetchall()


@pytest.mark.parametrize("size", [1, 700, 5000])
def test_pieces_make_the_same_files(
    made: StudyResult, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, size: int
) -> None:
    whole = store.write(made, tmp_path / "whole")
    for module in (draws, lines):
        monkeypatch.setattr(module, "ROWS", size)
    parts = store.write(made, tmp_path / "parts")
    assert {one.name for one in parts.iterdir()} == {one.name for one in whole.iterdir()}
    for name in (store.DRAWS, store.LINES):
        assert rows(parts / name) == rows(whole / name)
        assert len(rows(parts / name)) > 700
    again = store.read(parts)
    assert again.values.tobytes() == made.values.tobytes()
    assert np.array_equal(again.weights, made.weights)
    assert again.summary.to_csv() == made.summary.to_csv()


def test_what_metrics_are_made_of_is_kept_for_the_first_draws(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from roxham.lab.because import because

    monkeypatch.setattr(bench, "DRAWS_WITH_LINES", 2)
    study = replace(load_study("tutorial", case="toy"), from_=date(2030, 1, 1), to=date(2030, 6, 30))
    some = run_study(study, roxham.load("toy"), draws=4)
    assert {draw for _, draw in some.lines} == {0, 1}
    folder = store.write(some, tmp_path / "some")
    assert store.read_manifest(folder)["draws_with_lines"] == 2
    scenario = some.scenarios[1]
    answer = because("heard", folder, f"{folder}:{scenario}")
    change = some.by_draw(scenario, "heard")[:2] - some.by_draw(some.scenarios[0], "heard")[:2]
    assert answer.by_draw.tolist() == pytest.approx(change.tolist())


def test_a_result_cut_short_is_told(made: StudyResult, tmp_path: Path) -> None:
    folder = store.write(made, tmp_path / "result")
    with duckdb.connect() as connection:
        path = folder / store.DRAWS
        connection.execute(f"COPY (SELECT * FROM read_parquet('{path}') WHERE draw < 3) TO '{tmp_path / 'less'}' "
                           "(FORMAT parquet)")
        (tmp_path / "less").replace(path)
    with pytest.raises(roxham.RunError, match="the draws are not complete"):
        store.read(folder)
