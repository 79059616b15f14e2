"""The claim about dangerous crossings, the fit and the test, computed from draws and observed series."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from roxham.evidence.ledger import Ledger, ledger
from roxham.lab.summary import StudyResult
from roxham.show.claim import ROAD, Danger, danger
from roxham.show.fit import fit, observed_claims, observed_entries, score_held_out
from roxham.show.folder import Band, RunFolder
from roxham.show.ledger import ledger_counts


@pytest.fixture(scope="module")
def book(case: Path) -> Ledger:
    return ledger(case)


@pytest.fixture(scope="module")
def found(run: RunFolder, case: Path, book: Ledger) -> Danger:
    measured = danger(run, case, book, ("roxham_road", "quebec_west"))
    assert measured is not None
    return measured


def test_seasons_and_stretches_add_up(found: Danger, result: StudyResult) -> None:
    road = next(one for one in found.segments if one.segment == ROAD)
    assert road.whole == found.road
    assert [one.segment for one in found.segments] == ["roxham_road", "quebec_west"]
    here, there = (result.scenarios.index(name) for name in ("police-close-2022", "protocol-never"))
    cells = [
        index
        for index, (metric, place) in enumerate(result.cells)
        if metric in ("entries_irregular", "entries_undetected") and place not in ("all", ROAD)
    ]
    paired = (result.values[here] - result.values[there])[:, cells, :].sum(axis=(1, 2))
    assert found.elsewhere.q50 == pytest.approx(float(np.median(paired)))


def test_the_road_empties_and_the_rest_fills(found: Danger) -> None:
    assert found.road.direction == -1
    assert found.elsewhere.direction == 1
    assert found.elsewhere_winter.q50 < found.elsewhere.q50


def test_the_law_is_the_same_on_both_sides(found: Danger, run: RunFolder, case: Path, book: Ledger) -> None:
    assert found.against == "protocol-never"
    without = replace(run, scenarios=tuple(name for name in run.scenarios if name != "protocol-never"))
    other = danger(without, case, book)
    assert other is not None
    assert other.against == "as-it-was"
    cell = run.cell("police-close-2022", "entries_irregular")
    assert cell is not None
    assert other.seen.q50 == pytest.approx(cell.change.q50, rel=1e-5)


def test_verdict_follows_the_three_bands(found: Danger) -> None:
    up, down, zero = Band(1, 2, 3), Band(-3, -2, -1), Band(-1, 1, 2)
    assert replace(found, elsewhere=up, per_entry=up, deaths=up).verdict == "supported"
    assert replace(found, elsewhere=down, per_entry=down, deaths=down).verdict == "contradicted"
    assert replace(found, elsewhere=up, per_entry=up, deaths=zero).verdict == "not_determined"
    assert replace(found, elsewhere=up, per_entry=up, deaths=down).verdict == "not_determined"


def test_no_claim_without_the_scenario_or_the_draws(run: RunFolder, case: Path, book: Ledger, tmp_path: Path) -> None:
    assert danger(run, case, book, scenario="no-such-scenario") is None
    assert danger(replace(run, path=tmp_path), case, book) is None


def test_recorded_deaths_come_from_the_incidents(found: Danger) -> None:
    assert found.recorded_deaths["northbound"] == 1
    assert found.recorded_deaths["southbound"] == 15


def test_inputs_are_counted_by_group(found: Danger, book: Ledger) -> None:
    assert found.inputs["weights"][0] > 30
    assert all(0 <= assumed <= count for assumed, count in found.inputs.values())
    assert 0 < found.assumed_share < 1
    counts = ledger_counts(book)
    assert sum(counts.values()) == len(book.rows)
    assert counts["assumed"] == book.totals["assumed"]


def test_observed_series(case: Path) -> None:
    entries, claims = observed_entries(case), observed_claims(case)
    assert entries["2023-01"] == 4_994
    assert "2020-06" not in entries
    assert sum(claims[f"2022-{month:02d}"] for month in range(1, 13)) == 39_890


def test_fit_holds_the_published_years_and_dates(run: RunFolder, case: Path) -> None:
    fitted = fit(run, case)
    observed = {one.label: one.observed for one in fitted.entries}
    assert observed == {
        "2017": 20_593,
        "2018": 19_419,
        "2019": 16_503,
        "2020": 3_302,
        "2021": 4_246,
        "2022": 39_540,
        "2023 Q1": 13_748,
    }
    assert fitted.claims is not None
    assert fitted.claims.large + fitted.claims.small == 61
    pending = {one.label: one.observed for one in fitted.pending}
    assert pending["2017-12-31"] == 43_250
    assert pending["2022-11-18+"] == 67_700
    assert 585 not in pending.values(), "legacy claims are left out"


def test_first_quarter_is_summed_draw_by_draw(run: RunFolder, case: Path, result: StudyResult) -> None:
    quarter = next(one for one in fit(run, case).entries if one.label == "2023 Q1")
    months = [result.months.index(f"2023-0{month}") for month in (1, 2, 3)]
    cells = [index for index, (metric, _) in enumerate(result.cells) if metric == "entries_irregular"]
    sums = result.values[0][:, cells][:, :, months].sum(axis=(1, 2))
    assert quarter.model.q95 == pytest.approx(float(np.quantile(sums, 0.95)))


def test_scores_stand_beside_both_naive_baselines(run: RunFolder) -> None:
    claims, entries = score_held_out(run)
    assert claims.series == "claims_land_border"
    assert claims.better
    assert claims.covered == 1.0
    assert entries.model_error == pytest.approx(90)
    assert entries.seasonal_error == pytest.approx(3_250)
    assert entries.covered == 0.0
    assert entries.bias == pytest.approx(1.8)
    assert len(entries.months) == 21, "months without an observation stay in the picture"


def test_nothing_to_score_without_held_out_months(run: RunFolder) -> None:
    assert score_held_out(replace(run, held_out=None)) == ()
