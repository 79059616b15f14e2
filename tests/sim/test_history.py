"""The board's history: decisions are the capacity, pending follows from it, and waits are shown with every miss."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from roxham.evidence.tables import read_table

SCRIPT = Path(__file__).resolve().parents[2] / "replications" / "irb_history.py"
DRAWS = 3


@pytest.fixture(scope="module")
def board() -> ModuleType:
    spec = importlib.util.spec_from_file_location("replication_irb_history", SCRIPT)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def rows(board: ModuleType) -> list[Any]:
    found: list[Any] = board.history(board.runs(DRAWS))
    return found


def of(rows: list[Any], what: str) -> list[Any]:
    return [row for row in rows if row.what == what]


def test_every_published_figure_of_the_board_is_in_the_report(rows: list[Any]) -> None:
    table = [row for row in read_table("canada_us", "irb") if not row["note"].startswith("LEGACY")]
    pending = [row for row in table if row["measure"] == "pending"]
    assert len(of(rows, "pending")) == len(pending) == 15
    waits = [row for row in table if row["measure"] == "projected_wait"]
    assert len(of(rows, "wait")) == len(waits) == 8
    years = {row["year"] for row in table if row["measure"] == "abandoned_withdrawn_other"}
    assert {row.when for row in of(rows, "decisions") if row.division == "RPD"} == years
    assert sorted(years) == [str(year) for year in range(2013, 2025)]


def test_decisions_of_every_year_are_the_published_ones(rows: list[Any]) -> None:
    """They are the capacity, withdrawals before a hearing added: 2017 has two published totals, 1.5 % apart."""
    reached = [row for row in of(rows, "decisions") if row.ours is not None]
    assert len(reached) == 10
    assert all(abs(row.difference) < 0.02 for row in reached), reached


def test_pending_is_within_ten_percent_on_average(board: ModuleType, rows: list[Any]) -> None:
    reached = [row for row in of(rows, "pending") if row.ours is not None]
    assert len(reached) == 14  # all but the end of 2013, before the run
    assert board.mean_absolute(reached) < board.LIMIT


def test_waits_are_told_beside_those_published_with_every_miss(board: ModuleType, rows: list[Any]) -> None:
    text = board.report(rows)
    waits = of(rows, "wait")
    assert all(row.ours is not None and row.also is not None for row in waits)
    for row in waits:
        assert f"{row.ours:.1f} m" in text
        assert f"{row.also:.1f} m" in text
        assert f"{row.difference:+.1%}" in text
    assert "2013-12-31" in text


def test_the_projection_is_pending_over_the_capacity_known_on_the_day(board: ModuleType) -> None:
    assert board.funded("RPD", "2020-03-31") == 50_000  # the fiscal year begins on the next day
    assert board.funded("RAD", "2020-10-31") == 13_500
    assert board.funded("RPD", "2019-12-31") is None
    (flow,) = board.runs(1)
    months = board.projected(flow, "RPD", "2020-10-31")
    assert months == pytest.approx(12 * board.pending_on(flow, "RPD", "2020-10-31") / 50_000)
