"""Counts as targets: a negative binomial likelihood, its dispersion found, perturbed fits that are a posterior."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.optimize import least_squares, minimize_scalar
from scipy.stats import nbinom

from roxham.forecast.calibrate import Problem, terms
from roxham.forecast.counts import PHI_MEDIAN, PHI_SPREAD, Counts, deviance, dispersions, group, of_blocks

Floats = NDArray[np.float64]


def log_likelihood(count: Floats, mu: Floats, phi: Floats) -> float:
    return float(nbinom.logpmf(count, 1 / phi, 1 / (1 + phi * mu)).sum())


def window(seed: int, *, phi: float = 0.02, shared: float = 0.3, months: int = 12, size: float = 300.0) -> Counts:
    """A window whose counts come from its own model, shared error included."""
    rng = np.random.default_rng(seed)
    fixed, scaled = rng.uniform(0.5, 2, months) * size, rng.uniform(0.5, 2, months) * size
    mu = fixed + scaled * np.exp(shared * rng.standard_normal())
    count = rng.negative_binomial(1 / phi, 1 / (1 + phi * mu)).astype(float)
    return Counts("window", count, fixed, scaled, np.full(months, phi), shared)


def test_a_deviance_is_a_ratio_of_likelihoods() -> None:
    rng = np.random.default_rng(2)
    count, mu, phi = rng.integers(0, 90, 40).astype(float), rng.uniform(1, 90, 40), rng.uniform(0.001, 0.8, 40)
    for one in zip(count, mu, phi, strict=True):
        y, m, p = (np.array([value]) for value in one)
        at_own = log_likelihood(y, np.maximum(y, 1e-12), p)
        assert float(deviance(y, m, p)[0]) == pytest.approx(2 * (at_own - log_likelihood(y, m, p)), abs=1e-8)


@pytest.mark.parametrize("seed", range(6))
def test_the_square_of_a_residual_is_the_log_of_the_likelihood_ratio(seed: int) -> None:
    """By brute force: the shared error at its best under its prior, against the factor that fits best."""
    one = window(seed)

    def lost(error: float, prior: bool) -> float:
        mu = one.fixed + one.scaled * np.exp(error)
        return -2 * log_likelihood(one.count, mu, one.phi) + ((error / one.shared) ** 2 if prior else 0.0)

    ours, free = (minimize_scalar(lost, args=(prior,), bounds=(-3, 3), method="bounded", options={"xatol": 1e-10})
                  for prior in (True, False))  # fmt: skip
    assert one.residual**2 == pytest.approx(ours.fun - free.fun, abs=1e-6)
    assert np.sign(one.residual) == -np.sign(free.x)
    alone = replace(one, shared=0.0)
    assert alone.residual**2 == pytest.approx(lost(0.0, False) - free.fun, abs=1e-6)
    assert abs(alone.residual) > abs(one.residual)


def test_residuals_of_true_models_are_standard_normal() -> None:
    found = np.array([window(seed).residual for seed in range(2_000)])
    assert abs(found.mean()) < 0.07  # three standard errors
    assert found.std() == pytest.approx(1.0, abs=0.05)


def test_no_count_and_no_model_are_still_finite() -> None:
    for count, model in ((0.0, 12.0), (7.0, 1e-12), (0.0, 0.0)):
        one = Counts("x", *(np.array([v]) for v in (count, 0.0, model, 0.1)), shared=0.3)  # type: ignore[misc, arg-type]
        assert np.isfinite(one.residual)


@pytest.mark.parametrize("phi", [0.002, 0.02, 0.2])
def test_the_dispersion_is_found(phi: float) -> None:
    facts = [window(seed, phi=phi) for seed in range(3)]
    values, below = dispersions([replace(one, phi=np.ones(12)) for one in facts])
    low, middle, high = np.exp(np.interp((0.01, 0.5, 0.99), below, np.log(values)))
    assert low < phi < high
    if phi > 0.01:  # below, chance alone (1 / 600 a month) is as large
        assert phi / 2.5 < middle < phi * 2.5


def test_without_counts_the_dispersion_is_its_prior() -> None:
    values, below = dispersions([])
    assert np.exp(np.interp(0.5, below, np.log(values))) == pytest.approx(PHI_MEDIAN, rel=0.05)
    low, high = np.exp(np.interp((0.05, 0.95), below, np.log(values)))
    assert np.log(high / low) / (2 * 1.645) == pytest.approx(PHI_SPREAD, rel=0.1)


def test_a_sum_of_months_has_the_dispersion_of_a_sum() -> None:
    rng = np.random.default_rng(3)
    means, phi, blocks = np.array([40.0, 90.0, 10.0, 60.0]), 0.3, [(0, 2), (3, 3)]
    drawn = rng.negative_binomial(1 / phi, 1 / (1 + phi * means), size=(200_000, 4)).astype(float)
    sums = np.array([drawn[:, 0:3].sum(axis=1), drawn[:, 3]])
    assert group(means, blocks).tolist() == [140.0, 60.0]
    wanted = group(means, blocks) + of_blocks(means, blocks, phi) * group(means, blocks) ** 2
    assert sums.var(axis=1) == pytest.approx(wanted, rel=0.02)


def test_perturbed_fits_are_draws_of_the_posterior() -> None:
    """One level with a normal prior on its log: the posterior on a grid, and randomised maximum likelihood."""
    rng = np.random.default_rng(7)
    shape, phi, centre, sd = rng.uniform(20, 60, 8), np.full(8, 0.05), 0.0, 0.4
    mu = shape * np.exp(0.5)
    count = rng.negative_binomial(1 / phi, 1 / (1 + phi * mu)).astype(float)

    def residuals(x: Floats, noise: Floats) -> Floats:
        fact = Counts("level", count, 0 * count, shape * np.exp(x[0]), phi, 0.0)
        return np.array([fact.residual, (x[0] - centre) / sd]) - noise

    fits = np.array([least_squares(residuals, [0.0], args=(rng.standard_normal(2),)).x[0] for _ in range(600)])
    grid = np.linspace(-1, 2, 3_001)
    logs = np.array([log_likelihood(count, shape * np.exp(x), phi) - 0.5 * ((x - centre) / sd) ** 2 for x in grid])
    weight = np.exp(logs - logs.max())
    mean = (grid * weight).sum() / weight.sum()
    spread = np.sqrt(((grid - mean) ** 2 * weight).sum() / weight.sum())
    assert fits.mean() == pytest.approx(mean, abs=4 * spread / np.sqrt(600))
    assert fits.std() == pytest.approx(spread, rel=0.12)  # four standard errors of a standard deviation


# ------------------------------------------------------------------ the counts of the case
def test_only_what_was_published_as_one_number_is_one_count(problem: Problem) -> None:
    """Months that a longer period was shared out to are summed again: they are no news of their own."""
    seen = problem.seen
    spans = {(str(seen.months[a]), str(seen.months[b])) for a, b in seen.blocks if a != b}
    assert {("2019-06", "2019-08"), ("2019-09", "2019-12"), ("2020-04", "2020-12"), ("2021-01", "2021-09")} <= spans
    assert ("2018-07", "2018-07") in {(str(seen.months[a]), str(seen.months[b])) for a, b in seen.blocks}
    taken = [k for a, b in seen.blocks for k in range(a, b + 1)]
    assert taken == np.flatnonzero(np.isfinite(seen.irregular["QC"])).tolist()
    facts = {fact.name: fact for fact in terms(problem, problem.corridor.posterior().parameters[0])}
    ports = facts["Quebec port claims beside crossings, April 2018-December 2019"]
    closed = facts["entries while directed back, April-December 2020"]
    assert isinstance(ports, Counts) and isinstance(closed, Counts)
    assert len(ports.count) == 14 + 2 and len(closed.count) == 1
    assert closed.count.tolist() == [263.0]


def test_the_dispersion_of_a_draw_is_its_own(problem: Problem) -> None:
    low, middle, high = (problem.dispersion(share) for share in (0.05, 0.5, 0.95))
    assert 0 < low < middle < high < 0.25
    assert problem.dispersion() == middle
    drawn = replace(problem, drawn=0.5)
    assert drawn.dispersion() == drawn.dispersion(0.9) == 0.5
    wide, plain = ({fact.name: fact for fact in terms(one, problem.corridor.posterior().parameters[0])}
                   for one in (drawn, problem))  # fmt: skip
    for name, fact in plain.items():
        other = wide[name]
        if isinstance(fact, Counts) and fact.shared:
            assert other.residual != fact.residual, name
            assert "port claims" not in name or abs(other.residual) < abs(fact.residual), name
        else:
            assert other.residual == fact.residual, name
