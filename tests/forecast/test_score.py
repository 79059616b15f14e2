"""Scores: by hand, against two libraries each, and honest (no forecast gains by saying what it does not believe)."""

from __future__ import annotations

import importlib.util
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from roxham.forecast import score


def by_hand() -> ModuleType:
    spec = importlib.util.spec_from_file_location("scores_by_hand", Path(__file__).with_name("scores_by_hand.py"))
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


HAND = by_hand()
LEVELS = HAND.LEVELS


@pytest.mark.parametrize("check", HAND.BATTERY, ids=lambda check: check.__name__)
def test_a_score_is_what_it_is_by_hand(check: Callable[[ModuleType], None]) -> None:
    check(score)


@pytest.fixture(scope="module")
def cases() -> tuple[np.ndarray, np.ndarray]:
    generator = np.random.default_rng(8)
    draws = generator.gamma(2.0, 300.0, size=(200, 60)).round()
    return draws, generator.gamma(2.0, 300.0, size=60).round()


def test_wis_is_that_of_scoringrules(cases: tuple[np.ndarray, np.ndarray]) -> None:
    """From its interval and quantile scores: its own sum (0.10, NumPy) adds the median where it means the distance."""
    scoringrules = pytest.importorskip("scoringrules")
    draws, seen = cases
    quantiles = np.quantile(draws, LEVELS, axis=0).T
    bands = [
        LEVELS[k] * scoringrules.interval_score(seen, quantiles[:, k], quantiles[:, -1 - k], 2 * LEVELS[k],
                                                backend="numpy")
        for k in range(11)
    ]  # fmt: skip
    middle = scoringrules.quantile_score(seen, quantiles[:, 11], 0.5, backend="numpy")
    assert np.allclose(score.wis(quantiles, seen, LEVELS), (middle + np.sum(bands, axis=0)) / 11.5, rtol=1e-12)
    ours = score.interval_score(quantiles[:, 3], quantiles[:, 19], seen, 0.8)
    theirs = scoringrules.interval_score(seen, quantiles[:, 3], quantiles[:, 19], 0.2, backend="numpy")
    assert np.allclose(ours, theirs, rtol=1e-12)


def test_wis_is_twice_the_mean_pinball_loss_of_scikit_learn(cases: tuple[np.ndarray, np.ndarray]) -> None:
    metrics = pytest.importorskip("sklearn.metrics")
    draws, seen = cases
    quantiles = np.quantile(draws, LEVELS, axis=0).T
    losses = [metrics.mean_pinball_loss(seen, quantiles[:, k], alpha=p) for k, p in enumerate(LEVELS)]
    assert np.isclose(score.wis(quantiles, seen, LEVELS).mean(), 2 * np.mean(losses), rtol=1e-12)
    ours = score.quantile_loss(quantiles[:, 20], seen, 0.95).mean()
    assert np.isclose(ours, metrics.mean_pinball_loss(seen, quantiles[:, 20], alpha=0.95), rtol=1e-12)


@pytest.mark.parametrize("library", ["properscoring", "scoringrules"])
def test_crps_is_that_of_two_libraries(library: str, cases: tuple[np.ndarray, np.ndarray]) -> None:
    module = pytest.importorskip(library)
    draws, seen = cases
    more = {"estimator": "nrg", "backend": "numpy"} if library == "scoringrules" else {}
    theirs = module.crps_ensemble(seen, draws.T, **more)
    assert np.allclose(score.crps(draws, seen), theirs, rtol=1e-10)


@given(st.floats(-1.5, 1.5), st.floats(0.5, 2.0))
def test_no_forecast_gains_by_saying_what_it_does_not_believe(shift: float, width: float) -> None:
    """The expected score of honest quantiles is the lowest (a proper score)."""
    from scipy.stats import norm

    seen = norm.ppf((np.arange(500) + 0.5) / 500)
    honest = np.broadcast_to(norm.ppf(LEVELS), (500, 23))
    told = shift + width * honest
    assert score.wis(honest, seen, LEVELS).mean() <= score.wis(told, seen, LEVELS).mean() + 1e-3
    draws = norm.ppf((np.arange(100) + 0.5) / 100)[:, None] * np.ones((1, 500))
    assert score.crps(draws, seen).mean() <= score.crps(shift + width * draws, seen).mean() + 1e-3


def test_honest_bands_cover_what_they_say_and_fall_evenly() -> None:
    from scipy.stats import norm

    seen = norm.ppf((np.arange(4000) + 0.5) / 4000)
    quantiles = np.broadcast_to(norm.ppf(LEVELS), (4000, 23))
    for share in (0.5, 0.8, 0.95):
        assert abs(score.covered(quantiles, seen, LEVELS, share).mean() - share) < 0.001
    counts, _ = np.histogram(score.pit(quantiles, seen, LEVELS), bins=10, range=(0, 1))
    assert np.abs(counts / 4000 - 0.1).max() < 0.005
