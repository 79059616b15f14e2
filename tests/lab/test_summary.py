"""The summary sums as the register says, takes bands over draws, and pairs differences draw by draw."""

from __future__ import annotations

import csv
import io
import time
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from roxham.errors import UnknownName
from roxham.lab.summary import COLUMNS, StudyResult, period_slices, rounded

HEADER = (
    "scenario,metric,unit,place,period,mean,q05,q25,q50,q75,q95,diff_mean,diff_q05,diff_q25,diff_q50,diff_q75,diff_q95"
)


def rows(result: StudyResult) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(result.summary.to_csv())))


def test_columns_are_exactly_those_promised(result: StudyResult) -> None:
    assert result.summary.to_csv().split("\n", 1)[0] == HEADER == ",".join(COLUMNS)


def test_rows_are_sorted_and_every_cell_is_there(result: StudyResult) -> None:
    keys = [(row["scenario"], row["metric"], row["place"], row["period"]) for row in rows(result)]
    assert keys == sorted(keys)
    assert len(keys) == len(set(keys)) == 3 * (3 + 3 + 3 + 1) * (4 + 2 + 1) == len(result.summary)


def test_a_flow_sums_over_months_and_places(result: StudyResult) -> None:
    entries = result.values[0, :, :2]
    held = result.summary.row("as-it-was", "entries_irregular")
    assert held["mean"] == pytest.approx(entries.sum(axis=(1, 2)).mean())
    year = result.summary.row("as-it-was", "entries_irregular", "lacolle", "2018")
    assert year["q50"] == pytest.approx(np.median(entries[:, 1, 2:].sum(axis=1)))


def test_a_stock_is_its_value_at_the_end(result: StudyResult) -> None:
    beds = result.values[0, :, 2:4]
    assert result.summary.row("as-it-was", "persons_in_beds", "all", "2017")["mean"] == pytest.approx(
        beds[:, :, 1].sum(axis=1).mean()
    )
    assert result.summary.row("as-it-was", "persons_in_beds")["mean"] == pytest.approx(beds[:, :, 3].sum(axis=1).mean())


def test_a_mean_is_the_ratio_of_two_sums(result: StudyResult) -> None:
    sums, counts = result.values[0, :, 6], result.weights[0, :, 0]
    held = result.summary.row("as-it-was", "wait_days_rpd", "all", "2017")
    assert held["mean"] == pytest.approx((sums[:, :2].sum(axis=1) / counts[:, :2].sum(axis=1)).mean())


def test_a_mean_over_nobody_is_empty_and_its_difference_nothing(result: StudyResult) -> None:
    cells = {(row["scenario"], row["metric"], row["period"]): row for row in rows(result)}
    row = cells["again", "wait_days_rpd", "2017-11"]
    assert (row["mean"], row["q05"], row["diff_mean"], row["diff_q95"]) == ("", "", "0", "0")


def test_a_scenario_without_amendments_differs_by_exactly_nothing(result: StudyResult) -> None:
    for row in rows(result):
        if row["scenario"] in ("again", "as-it-was"):
            assert {text for name, text in row.items() if name.startswith("diff_")} == {"0"}


def test_differences_are_paired_draw_by_draw(result: StudyResult) -> None:
    change = (result.values[1] - result.values[0])[:, :2].sum(axis=(1, 2))
    held = result.summary.row("twice", "entries_irregular")
    assert held["diff_q95"] == pytest.approx(np.percentile(change, 95))
    assert held["diff_mean"] == pytest.approx(change.mean())


def test_unknown_names_are_told_with_the_nearest(result: StudyResult) -> None:
    with pytest.raises(UnknownName) as error:
        result.summary.row("as-it-was", "entries_iregular")
    assert error.value.problems[0].hint == "entries_irregular"
    with pytest.raises(UnknownName):
        result.monthly("as-it-was", "entries_irregular", "lacole")


def test_monthly_values_come_draw_by_draw(result: StudyResult) -> None:
    assert result.monthly("twice", "entries_irregular").shape == (5, 4)
    assert np.isnan(result.monthly("twice", "wait_days_rpd")[:, 0]).all()


def test_periods_are_months_years_and_all() -> None:
    assert [label for label, _ in period_slices(["2017-12", "2018-01"])] == [
        "2017",
        "2017-12",
        "2018",
        "2018-01",
        "all",
    ]


@given(st.floats(allow_nan=False, min_value=-1e15, max_value=1e15))
def test_rounding_keeps_six_digits_and_changes_nothing_twice(number: float) -> None:
    once = rounded(np.array([number]))
    assert np.array_equal(rounded(once), once)
    assert abs(once[0] - number) <= max(abs(number) * 5.0000001e-6, 1e-12)
    assert float(f"{once[0]:.12g}") == pytest.approx(once[0], rel=1e-11)


def test_a_large_summary_is_made_and_written_in_seconds(result: StudyResult) -> None:
    places = [f"place_{i}" for i in range(70)]
    cells = tuple((metric, place) for metric in ("heard", "accepted") for place in places)
    months = tuple(f"{year}-{month:02d}" for year in range(2017, 2025) for month in range(1, 13))
    values = np.random.default_rng(1).gamma(1.0, 100.0, (3, 20, len(cells), len(months)))
    large = replace(result, months=months, cells=cells, values=values, weights=values[:, :, :0])
    begun = time.perf_counter()
    text = large.summary.to_csv()
    seconds = time.perf_counter() - begun
    assert text.count("\n") == 1 + 3 * 2 * 71 * 105
    assert seconds < 3.0, seconds
