"""The latent pressure is the one that gives back what was observed, and continues without surprise."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from roxham.forecast.calibrate import Problem
from roxham.forecast.pressure import OPEN_SHARE, extend, levels, open_share, other_streams
from roxham.sim.expected import Expected, open_days


@pytest.fixture(scope="module")
def mean(problem: Problem) -> Expected:
    return problem.mean(problem.corridor.posterior().parameters[0])


def test_levels_times_the_chance_give_the_observations_back(problem: Problem, mean: Expected) -> None:
    seen, corridor = problem.seen, problem.corridor
    level = levels(corridor, seen, mean, problem.open_share)
    opened = problem.open_share >= OPEN_SHARE
    assert opened.sum() > 50 and (~opened).sum() > 30
    quebec = corridor.province_index("QC")
    met = mean.monthly("intercepted")
    for hub, spec in corridor.choice.hubs.items():
        columns = [corridor.province_index(p) for p in spec.series_provinces]
        explained = (level * met[:, :, columns].sum(axis=2)).sum(axis=1)
        entries = seen.elsewhere.get(hub, seen.irregular["QC"])
        exact = opened & (level > 0).all(axis=1)  # no level is below zero, so a count too small is not matched
        assert exact.sum() > 40
        assert np.allclose(explained[exact], entries[exact], rtol=1e-9)
        if hub == "new_york":
            assert np.allclose(explained[opened], entries[opened], rtol=0.01)
    land = (mean.monthly("claims_between") + mean.monthly("claims_port"))[:, 0, quebec]
    assert np.allclose((level[:, 0] * land)[~opened], seen.claims["land_border"][~opened, quebec], rtol=1e-12)
    assert np.isfinite(level).all() and (level >= 0).all()


def test_levels_end_with_the_data(held: Problem) -> None:
    level = levels(held.corridor, held.seen, held.mean(held.corridor.posterior().parameters[0]), held.open_share)
    known = held.seen.months <= held.seen.data_to
    assert np.isfinite(level[known]).all()
    assert np.isnan(level[~known]).all()


def test_other_streams_are_what_the_corridor_does_not_explain(problem: Problem, mean: Expected) -> None:
    seen, corridor = problem.seen, problem.corridor
    level = levels(corridor, seen, mean, problem.open_share)
    others = other_streams(corridor, seen, mean, level)
    quebec = corridor.province_index("QC")
    port = np.einsum("mhp,mh->mp", mean.monthly("claims_port"), level)
    between = np.einsum("mhp,mh->mp", mean.monthly("claims_between"), level)
    booked = seen.months >= np.datetime64("2018-03")  # until then irregular claims in Quebec are booked inland
    own = port + between * np.where(booked[:, None] | (np.arange(port.shape[1]) != quebec), 1, 0)
    expected = np.maximum(seen.claims["land_border"] - own, 0)
    assert np.allclose(others["land_port"], expected, atol=1e-6)
    for values in others.values():
        assert (values >= 0).all() and np.isfinite(values).all()
    assert (others["airport"] <= seen.claims["airport"] + 1e-9).all()


def test_other_streams_repeat_their_last_year(held: Problem) -> None:
    mean = held.mean(held.corridor.posterior().parameters[0])
    level = levels(held.corridor, held.seen, mean, held.open_share)
    others = other_streams(held.corridor, held.seen, mean, level)
    at = held.seen.at("2023-02")
    for values in others.values():
        for k in range(at + 1, values.shape[0]):
            assert np.array_equal(values[k], values[k - 12])
        assert np.isfinite(values).all()


@given(st.lists(st.floats(1, 1e4), min_size=7, max_size=20), st.integers(1, 15), st.floats(0, 0.5), st.integers(0, 99))
def test_pressure_continues_as_a_random_walk(known: list[float], ahead: int, sd: float, seed: int) -> None:
    level = np.array([*known, *[np.nan] * ahead])[:, None]
    noise = np.random.default_rng(seed).standard_normal(level.shape)
    out = extend(level, noise, sd)
    assert np.array_equal(out[: len(known)], level[: len(known)])
    base = np.exp(np.mean(np.log(known[-6:])))
    walk = base * np.exp(sd * np.cumsum(noise[len(known):, 0]))
    assert np.allclose(out[len(known):, 0], walk, rtol=1e-9)
    still = extend(level, np.zeros_like(noise), sd)[len(known):, 0]
    assert np.allclose(still, base)


def test_the_road_is_open_in_the_months_that_the_law_says(problem: Problem) -> None:
    days = np.arange(np.datetime64("2020-01-01"), np.datetime64("2023-06-01"))
    share = dict(zip(np.unique(days.astype("datetime64[M]")).astype(str),
                     open_share(days, open_days(problem.corridor, days)), strict=True))  # fmt: skip
    assert share["2020-02"] == 1 and share["2020-04"] == 0 and share["2021-10"] == 0 and share["2022-07"] == 1
    assert share["2020-03"] == pytest.approx(20 / 31)
    assert share["2021-11"] == pytest.approx(10 / 30)
    assert share["2023-03"] == pytest.approx(24 / 31, abs=1 / 31)
    assert share["2023-04"] == 0
