"""The claim about dangerous crossings, the fit and the test, computed from draws and observed series."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from roxham.lab.summary import StudyResult
from roxham.show.claim import ROAD, Danger, danger
from roxham.show.fit import fit, observed_claims, observed_entries, score_held_out
from roxham.show.folder import Band, RunFolder
from roxham.show.ledger import count_statuses, ledger_counts


@pytest.fixture(scope="module")
def found(run: RunFolder, case: Path) -> Danger:
    measured = danger(run, case)
    assert measured is not None
    return measured


def test_seasons_and_stretches_add_up(found: Danger, result: StudyResult) -> None:
    road = next(one for one in found.segments if one.segment == ROAD)
    assert road.whole == found.road
    here, there = (result.scenarios.index(name) for name in ("police-close-2022", "as-it-was"))
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


def test_verdict_follows_the_three_bands(found: Danger) -> None:
    up, down, zero = Band(1, 2, 3), Band(-3, -2, -1), Band(-1, 1, 2)
    assert replace(found, elsewhere=up, per_entry=up, deaths=up).verdict == "supported"
    assert replace(found, elsewhere=down, per_entry=down, deaths=down).verdict == "contradicted"
    assert replace(found, elsewhere=up, per_entry=up, deaths=zero).verdict == "not_determined"
    assert replace(found, elsewhere=up, per_entry=up, deaths=down).verdict == "not_determined"


def test_no_claim_without_the_scenario_or_the_draws(run: RunFolder, case: Path, tmp_path: Path) -> None:
    assert danger(run, case, "no-such-scenario") is None
    assert danger(replace(run, path=tmp_path), case) is None


def test_recorded_deaths_come_from_the_incidents(found: Danger) -> None:
    assert found.recorded_deaths["northbound"] == 1
    assert found.recorded_deaths["southbound"] == 15


def test_inputs_are_counted_by_status(found: Danger, case: Path) -> None:
    assert found.inputs["assumed"] > 0
    assert 0 < found.assumed_share < 1
    whole = ledger_counts(case)
    assert all(whole[status] >= count for status, count in found.inputs.items())


def test_statuses_at_any_depth(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text("x: {status: assumed, y: [{status: measured}, {status: new}]}", encoding="utf-8")
    (tmp_path / "b.csv").write_text("id,status\n1,derived\n2,derived\n", encoding="utf-8")
    files = (tmp_path / name for name in ("a.yaml", "b.csv", "missing.csv"))
    assert count_statuses(files) == {"measured": 1, "derived": 2, "estimated": 0, "assumed": 1}


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


def test_nothing_to_score_without_held_out_months(run: RunFolder) -> None:
    assert score_held_out(replace(run, held_out=None)) == ()
