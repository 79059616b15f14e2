"""The test against what came afterwards: later months only, and two naive forecasts in every row."""

from __future__ import annotations

import csv
from datetime import date
from pathlib import Path

import numpy as np
import pytest

from roxham.evidence.fill import filled_entries
from roxham.evidence.tables import read_table
from roxham.forecast.holdout import COLUMNS, later_months, write_test
from roxham.sim.corridor import Corridor


@pytest.fixture(scope="module")
def rows(corridor: Corridor) -> list[dict[str, str]]:
    return later_months(corridor, draws=3, seed=7)


def test_rows_are_the_months_after_the_data(rows: list[dict[str, str]]) -> None:
    months = np.arange(np.datetime64("2023-04", "M"), np.datetime64("2025-01", "M")).astype(str).tolist()
    for series, place in (("claims_land_border", "QC"), ("entries_irregular", "all")):
        assert [r["month"] for r in rows if (r["series"], r["place"]) == (series, place)] == months
    assert len(rows) == 2 * len(months)
    assert all(tuple(row) == COLUMNS for row in rows)


def test_every_row_has_its_baselines_from_known_months(corridor: Corridor, rows: list[dict[str, str]]) -> None:
    land = {f"{r['year']}-{int(r['month']):02d}": float(r["claims"]) for r in read_table("canada_us", "claims_monthly")
            if (r["classification"], r["office"], r["province"]) == ("claim_office_type", "land_border", "QC")
            and r["month"]}  # fmt: skip
    entries = {month: cell.persons for month, cell in filled_entries("canada_us")[0].items()}
    for row in rows:
        series = land if row["series"] == "claims_land_border" else entries
        year, month = int(row["month"][:4]), row["month"][5:]
        same = next(f"{y}-{month}" for y in range(year, 2016, -1) if f"{y}-{month}" <= "2023-02")
        assert float(row["naive_seasonal"]) == series[same]
        assert float(row["naive_last"]) == series["2023-02"]


def test_the_model_s_band_is_in_order_and_what_was_seen_stands_beside_it(rows: list[dict[str, str]]) -> None:
    for row in rows:
        low, middle, high = (float(row[f"model_q{q}"]) for q in ("05", "50", "95"))
        assert 0 <= low <= middle <= high
    land = [row for row in rows if row["series"] == "claims_land_border"]
    assert all(row["observed"] for row in land)
    assert any(not row["observed"] for row in rows if row["series"] == "entries_irregular")


def test_the_model_was_told_of_the_law_and_not_of_the_numbers(rows: list[dict[str, str]]) -> None:
    """The Protocol's text stood; a forecast that repeats last year misses the break, and the model does not."""
    entries = [row for row in rows if row["series"] == "entries_irregular" and row["month"].startswith("2023")]
    for row in entries:
        assert float(row["model_q95"]) < 0.5 * float(row["naive_last"])


def test_a_run_may_stop_early(corridor: Corridor) -> None:
    told: list[tuple[int, int]] = []
    few = later_months(corridor, draws=1, seed=7, until=date(2023, 5, 31), progress=lambda *n: told.append(n))
    assert {row["month"] for row in few} == {"2023-04", "2023-05"}
    assert told == [(1, 1)]


def test_the_file_holds_the_rows(rows: list[dict[str, str]], tmp_path: Path) -> None:
    write_test(rows, tmp_path / "holdout.csv")
    text = (tmp_path / "holdout.csv").read_bytes()
    assert b"\r" not in text
    with (tmp_path / "holdout.csv").open(encoding="utf-8", newline="") as handle:
        assert list(csv.DictReader(handle)) == rows
