"""What every score must be, worked out by hand or by brute force: used on the scores, and on broken copies of them."""

from __future__ import annotations

import math
from collections.abc import Callable
from types import ModuleType

import numpy as np

from roxham.errors import EvidenceError

LEVELS = np.array([0.01, 0.025, *(round(0.05 * k, 2) for k in range(1, 20)), 0.975, 0.99])


def pinball(quantile: float, observed: float, level: float) -> float:
    """The textbook form, one number at a time."""
    return level * (observed - quantile) if observed > quantile else (1 - level) * (quantile - observed)


def refuses(call: Callable[[], object]) -> bool:
    try:
        call()
    except EvidenceError:
        return True
    return False


def quantile_loss(score: ModuleType) -> None:
    for quantile, observed, level, wanted in [(10, 14, 0.95, 3.8), (10, 6, 0.95, 0.2), (3, 3, 0.5, 0), (0, 8, 0.25, 2),
                                              (8, 0, 0.25, 6), (10, 10.5, 0.9, 0.45)]:
        got = score.quantile_loss(np.array([float(quantile)]), np.array([float(observed)]), level)
        assert got.shape == (1,)
        assert math.isclose(got[0], wanted, abs_tol=1e-12)


def interval_score(score: ModuleType) -> None:
    low, high = np.array([10.0, 10.0, 10.0, 10.0]), np.array([20.0, 20.0, 20.0, 20.0])
    seen = np.array([15.0, 22.0, 7.0, 20.0])
    assert np.allclose(score.interval_score(low, high, seen, 0.8), [10, 30, 40, 10])
    assert np.allclose(score.interval_score(low, high, seen, 0.5), [10, 18, 22, 10])


def wis(score: ModuleType) -> None:
    got = score.wis(np.array([[8.0, 10.0, 12.0], [8.0, 10.0, 12.0]]), np.array([13.0, 9.0]), [0.25, 0.5, 0.75])
    # 0.5 |y - m| + 0.25 x interval score, over 1.5
    assert np.allclose(got, [(1.5 + 0.25 * (4 + 4 * 1)) / 1.5, (0.5 + 0.25 * 4) / 1.5])
    generator = np.random.default_rng(3)
    quantiles = np.sort(generator.gamma(3, 100, size=(40, 23)), axis=1)
    seen = generator.gamma(3, 100, size=40)
    twice = [2 * np.mean([pinball(q, y, p) for q, p in zip(row, LEVELS, strict=True)])
             for row, y in zip(quantiles, seen, strict=True)]  # fmt: skip
    assert np.allclose(score.wis(quantiles, seen, LEVELS), twice)
    row = np.array([[1.0, 2.0, 3.0]])
    assert refuses(lambda: score.wis(row, np.array([1.0]), [0.1, 0.5, 0.8]))
    assert refuses(lambda: score.wis(row[:, :2], np.array([1.0]), [0.25, 0.75]))
    assert not refuses(lambda: score.wis(row, np.array([1.0]), [0.1, 0.5, 0.9]))


def crps(score: ModuleType) -> None:
    assert np.allclose(score.crps(np.array([[9.0], [11.0]]), np.array([10.0])), [0.5])
    assert np.allclose(score.crps(np.array([[7.0]]), np.array([10.0])), [3.0])
    generator = np.random.default_rng(4)
    draws, seen = generator.gamma(2, 50, size=(31, 2, 3)), generator.gamma(2, 50, size=(2, 3))
    spread = np.abs(draws[:, None] - draws[None]).mean(axis=(0, 1))
    brute = np.abs(draws - seen).mean(axis=0) - spread / 2
    assert np.allclose(score.crps(draws, seen), brute)
    assert np.allclose(score.crps(draws[::-1], seen), brute)


def covered(score: ModuleType) -> None:
    quantiles = np.array([[8.0, 10.0, 12.0]] * 5)
    seen = np.array([7.9, 8.0, 11.0, 12.0, 12.1])
    inside = score.covered(quantiles, seen, [0.25, 0.5, 0.75], 0.5)
    assert inside.tolist() == [False, True, True, True, False]
    row = np.arange(23.0)[None] * np.ones((3, 1))
    assert score.covered(row, np.array([3.0, 2.9, 19.1]), LEVELS, 0.8).tolist() == [True, False, False]
    assert score.covered(row, np.array([6.0, 5.9, 16.1]), LEVELS, 0.5).tolist() == [True, False, False]
    assert score.covered(row, np.array([1.0, 0.9, 21.1]), LEVELS, 0.95).tolist() == [True, False, False]
    assert refuses(lambda: score.covered(quantiles, seen, [0.25, 0.5, 0.75], 0.8))
    assert refuses(lambda: score.covered(quantiles, seen, [0.25, 0.5, 0.8], 0.5))
    assert refuses(lambda: score.covered(quantiles[:, :2], seen, [0.25, 0.5], 0.5))


def pit(score: ModuleType) -> None:
    places = [0.25, 0.5, 0.75]
    quantiles = np.array([[8.0, 10.0, 12.0]] * 6)
    seen = np.array([11.0, 8.0, 12.0, 7.0, 13.0, 10.0])
    assert np.allclose(score.pit(quantiles, seen, places), [0.625, 0.25, 0.75, 0.125, 0.875, 0.5])
    flat = np.array([[[0.0, 0.0, 5.0]], [[0.0, 5.0, 5.0]]])
    assert np.allclose(score.pit(flat, np.array([[0.0], [5.0]]), places), [[0.375], [0.625]])
    assert score.pit(flat, np.array([[0.0], [5.0]]), places).shape == (2, 1)


def skill(score: ModuleType) -> None:
    assert math.isclose(score.skill(80.0, 100.0), 0.2)
    assert math.isclose(score.skill(150.0, 100.0), -0.5)
    assert math.isclose(score.skill(0.2, 0.5), 0.6)
    assert math.isnan(score.skill(1.0, 0.0))


BATTERY = (quantile_loss, interval_score, wis, crps, covered, pit, skill)
