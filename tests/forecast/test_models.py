"""Models: what they must do on series whose future is known by construction, rules of travel, and draws that add up."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import numpy as np
import pytest

from roxham.forecast.baselines import BASELINES, Naive
from roxham.forecast.entries import entries
from roxham.forecast.joint import couple, quantiles_of, series_of, spread_out
from roxham.forecast.models import CellModel, Level, StateSpace, common_season, own_models, past_errors_to_quantiles
from roxham.forecast.outside import INSTALL, missing, outside_models
from roxham.forecast.regimes import LEVELS, SCORES, Prepared, apply, prepare, to_counts, to_logs
from roxham.forecast.vintage import View, as_of

OWN = {one.name: one for one in own_models()}
OUTSIDE = {one.name: one for one in outside_models()}


def prepared(logs: np.ndarray, month: int = 12) -> Prepared:
    cells = logs.shape[1]
    return Prepared(logs, month, (), np.full(cells, np.nan), 0.0, 0.5)


def walk(months: int = 96, cells: int = 9, step: float = 0.1, seed: int = 1) -> np.ndarray:
    return 6 + np.cumsum(step * np.random.default_rng(seed).normal(size=(months, cells)), axis=0)


@pytest.fixture(scope="module")
def view() -> View:
    return as_of("canada_us", date(2019, 12, 31))


@pytest.fixture(scope="module")
def closed() -> View:
    return as_of("canada_us", date(2023, 3, 24))


# ---- baselines


def test_the_reference_has_the_drift_and_the_season_of_the_past() -> None:
    months = np.arange(97 + 24)  # eight whole years of changes, and two years ahead
    logs = (5 + 0.01 * months + 0.3 * np.sin(2 * np.pi * months / 12))[:, None]
    said = Naive("seasonal_walk").quantiles(logs[:97], 1, 24)[:, 0, 11]
    assert np.allclose(said, logs[97:, 0])


def test_the_spread_of_a_walk_grows_with_the_root_of_time() -> None:
    for name in ("last_value", "steady_value", "seasonal_walk"):
        said = Naive(name).quantiles(walk(240), 12, 9)  # type: ignore[arg-type]
        width = said[:, :, 16] - said[:, :, 6]
        assert np.allclose(width[8] / width[0], 3.0)
        near = (said[0, :, 21] - said[0, :, 1]) / (SCORES[21] - SCORES[1])
        assert np.allclose(near, 0.1, rtol=0.25)


def test_last_years_month_comes_again() -> None:
    logs = walk()
    said = Naive("seasonal_naive").quantiles(logs, 12, 14)[:, :, 11]
    assert np.allclose(said[:12], logs[-12:])
    assert np.allclose(said[12:], logs[-12:-10])


def test_every_baseline_says_every_series(view: View) -> None:
    names = set(series_of(view, view.counts))
    for one in BASELINES:
        said = one.predict(view, 14)
        assert set(said) == names
        assert all(np.isfinite(draws).all() and (draws >= 0).all() for draws in said.values())


# ---- models


@pytest.mark.parametrize("name", OWN)
def test_a_steady_series_stays_where_it_is(name: str) -> None:
    logs = np.full((60, 9), np.log(400.0)) + 0.05 * np.random.default_rng(2).normal(size=(60, 9))
    said = OWN[name].quantiles(as_of("canada_us", date(2019, 12, 31)), prepared(logs), 6)
    assert np.abs(said[:, :, 11] - np.log(400)).max() < 0.15
    assert (np.diff(said, axis=2) >= 0).all()


@pytest.mark.parametrize("name", OWN)
def test_bands_hold_about_what_they_say_on_a_walk(name: str, view: View) -> None:
    inside = []
    for seed in range(4):
        logs = walk(130, seed=seed)
        said = OWN[name].quantiles(view, prepared(logs[:118]), 6)
        ahead = logs[118:124]
        inside.append((said[:, :, 3] <= ahead) & (ahead <= said[:, :, 19]))
    assert 0.65 <= np.mean(inside) <= 0.95  # 80 % bands; 4 x 9 walks, correlated over 6 months


def test_a_trend_is_damped() -> None:
    logs = np.tile((4 + 0.05 * np.arange(60))[:, None], (1, 9))
    damped = Level("damped", gain=0.8, trend=0.15, damping=0.85, season=0.0).middle(logs, 12, 24)[:, 0]
    steps = np.diff(damped)
    assert 0 < steps[-1] < 0.2 * steps[0]
    assert damped[-1] < logs[-1, 0] + 24 * 0.05


def test_the_common_season_is_found_and_sums_to_nothing() -> None:
    shape = 0.2 * np.sin(2 * np.pi * np.arange(12) / 12)
    logs = np.tile(np.tile(shape, 6)[:, None], (1, 5)) + 5
    found = common_season(logs, 12)
    assert np.isclose(found.sum(), 0)
    assert np.allclose(found, shape - np.roll(shape, 1), atol=1e-9)
    assert not common_season(logs[:20], 8).any()


def test_bands_never_narrow_with_the_lead() -> None:
    errors = np.random.default_rng(0).normal(size=(40, 8, 9)) * np.linspace(1, 0.2, 8)[:, None]
    said = past_errors_to_quantiles(np.zeros((8, 9)), errors)
    assert (np.diff(said[:, :, 21] - said[:, :, 1], axis=0) >= 0).all()


def test_a_shock_widens_the_bands_of_the_state_space_model(view: View) -> None:
    calm = np.full((70, 9), np.log(500.0)) + 0.05 * np.random.default_rng(3).normal(size=(70, 9))
    shaken = calm.copy()
    shaken[35:] += 1.2
    model = StateSpace(particles=800)
    widths = [np.diff(model.quantiles(view, prepared(logs), 12)[-1][:, [1, 21]], axis=1).mean()
              for logs in (calm, shaken)]  # fmt: skip
    assert widths[1] > widths[0]
    after = model.quantiles(view, prepared(shaken), 3)[:, :, 11]
    assert np.abs(after - shaken[-12:].mean()).max() < 0.2, "it follows a jump"


@pytest.mark.parametrize("name", OUTSIDE)
def test_a_library_model_says_sorted_finite_quantiles_near_the_level(name: str, view: View) -> None:
    said = OUTSIDE[name].quantiles(view, prepare(view, 5), 5)
    assert said.shape == (5, 9, 23)
    assert np.isfinite(said).all()
    assert (np.diff(said, axis=2) >= -1e-9).all()
    last = to_logs(view.history[-3:]).mean(axis=0)
    assert np.abs(said[0, :, 11] - last).max() < 0.8


def test_without_the_libraries_the_models_that_need_none_remain(monkeypatch: pytest.MonkeyPatch) -> None:
    import importlib.util

    held = importlib.util.find_spec
    monkeypatch.setattr(importlib.util, "find_spec",
                        lambda name: None if name in ("statsforecast", "sklearn") else held(name))  # fmt: skip
    assert missing() == ("ets", "arima", "forest")
    assert outside_models() == ()
    assert "roxham[forecast]" in INSTALL


# ---- rules of travel


def test_a_known_jump_is_taken_out_of_the_history() -> None:
    view = as_of("canada_us", date(2022, 6, 30))
    free = prepare(view, 3).logs
    cell, april = view.cells.index("QC/land_border"), view.months.index("2020-04")
    assert abs(free[april, cell] - free[april - 2, cell]) < 0.2
    assert to_logs(view.history)[april, cell] - to_logs(view.history)[april - 2, cell] < -3
    assert np.allclose(free[-1], to_logs(view.history)[-1])


def test_an_announced_closure_lowers_the_forecast_only_from_its_month_on(closed: View) -> None:
    model: CellModel = OWN["level"]
    ready = prepare(closed, 6)
    said = model.quantiles(closed, ready, 6)
    before, after = said[:, 0, 11], apply(ready, said)[:, 0, 11]
    assert [closed.target(k) for k in (1, 2, 3)] == ["2023-02", "2023-03", "2023-04"]
    assert after[0] == before[0]
    assert before[1] - 0.5 < after[1] < before[1], "seven days of March"
    assert np.allclose(np.exp(after[2:] - before[2:]), 0.12, atol=0.02)


def test_the_rule_of_the_next_day_is_not_used(closed: View) -> None:
    blind = as_of("canada_us", date(2023, 3, 23))
    said = []
    for one in (blind, closed):
        ready = prepare(one, 6)
        said.append(apply(ready, OWN["level"].quantiles(one, ready, 6))[3, 0, 11])
    assert np.exp(said[0] - said[1]) > 4


def test_a_closure_that_is_not_lasting_may_end() -> None:
    ready = Prepared(np.zeros((30, 1)), 1, (), np.array([6.0]), 0.04, 0.3)
    low = np.full((12, 1, 23), 3.0) + 0.1 * SCORES
    said = apply(ready, low)[:, 0]
    assert np.allclose(said[:, 11], 3.0, atol=0.7)
    assert said[0, 21] < said[-1, 21] > 5
    assert (np.diff(said, axis=1) >= 0).all()


# ---- sums


def test_cells_keep_their_quantiles_when_they_are_joined(view: View) -> None:
    logs = walk(3)[:, :, None] + 0.3 * SCORES
    drawn = couple(logs, prepare(view, 3))
    assert np.allclose(to_logs(quantiles_of(drawn))[..., 1:-1], logs[..., 1:-1], atol=0.02)
    assert np.allclose(to_logs(quantiles_of(spread_out(logs[:, 0])))[..., 1:-1], logs[:, 0, 1:-1], atol=0.02)


def test_parts_add_up_in_every_draw(view: View) -> None:
    drawn = couple(walk(3)[:, :, None] + 0.3 * SCORES, prepare(view, 3))
    said = series_of(view, drawn)
    offices = ("land_border", "airport", "inland")
    assert np.allclose(sum(said[f"claims/QC/{office}"] for office in offices), said["claims/QC/total"])
    assert np.allclose(sum(said[f"claims/CA/{office}"] for office in offices), said["claims/CA/total"])
    assert np.allclose(drawn.sum(axis=2), said["claims/CA/total"])


def test_cells_that_moved_together_go_on_doing_so(view: View) -> None:
    both = np.repeat(walk(90, 1), 9, axis=1)
    drawn = couple(np.full((2, 9, 1), 5.0) + 0.4 * SCORES, prepared(both))
    apart = couple(np.full((2, 9, 1), 5.0) + 0.4 * SCORES, prepared(walk(90)))
    assert drawn.sum(axis=2).std(axis=0).min() > 1.5 * apart.sum(axis=2).std(axis=0).max()


def test_counts_and_logs_are_each_others_inverse() -> None:
    counts = np.array([0.0, 2.5, 5.0, 12345.0])
    assert np.allclose(to_counts(to_logs(counts)), counts)
    assert len(LEVELS) == 23


# ---- irregular entries


def test_entries_follow_claims_by_the_share_of_the_rule_in_force() -> None:
    for day, month, low, high in [(date(2019, 6, 30), 3, 0.9, 1.0), (date(2021, 11, 30), 3, 0.9, 1.0),
                                  (date(2023, 3, 24), 3, 0.2, 0.4), (date(2025, 1, 31), 3, 0.03, 0.1)]:  # fmt: skip
        view = as_of("canada_us", day)
        claims = {"claims/QC/land_border": np.full((400, 5), 1000.0)}
        said = entries(view, claims)
        share = np.median(said["entries/QC/irregular"][:, month] / 1000)
        assert low <= share <= high, day
        assert (said["entries/CA/irregular"] >= said["entries/QC/irregular"]).all()


def test_a_model_told_of_no_rule_still_forecasts(closed: View) -> None:
    told = replace(closed, regimes={})
    said = apply(ready := prepare(told, 4), OWN["level"].quantiles(told, ready, 4))
    assert said[3, 0, 11] > np.log(2000), "it goes on at the old level"
