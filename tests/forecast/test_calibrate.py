"""Calibration finds what it should on data of its own making, whatever the number of processes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from pathlib import Path

import numpy as np
import pytest

from roxham.forecast import calibrate as module
from roxham.forecast.calibrate import (
    ESTIMATED,
    UNSEEN_YEARS,
    Draw,
    Problem,
    calibrate,
    carry,
    draw_assumed,
    fit,
    prior_of,
    terms,
)
from roxham.forecast.counts import Term
from roxham.sim.corridor import Corridor
from roxham.sim.expected import Expected
from roxham.streams import Streams

TRUTH = {
    "b_heard": 4.6, "avoid_cost": 2.2, "anchored_share": 0.19, "port_constant": 0.4, "perceived_half_life_days": 2.4,
    "crowd": 1.9, "b_returned": 1.5,
}  # fmt: skip


def _entries_of_new_york(problem: Problem, mean: Expected, hub: str) -> np.ndarray:
    """What people of New York alone add in the provinces of another hub, per person who sets out."""
    columns = [problem.corridor.province_index(p) for p in problem.corridor.choice.hubs[hub].series_provinces]
    return mean.monthly("intercepted")[:, 0, columns].sum(axis=1)


def simulated(problem: Problem, parameters: Mapping[str, float]) -> tuple[Problem, float]:
    """What would have been published if these parameters and a flat pressure at New York were the truth."""
    mean, seen, corridor = problem.mean(parameters), problem.seen, problem.corridor
    quebec = corridor.province_index("QC")
    level = 3_000.0
    met = mean.monthly("intercepted")[:, 0, quebec]
    port = mean.monthly("claims_port")[:, 0, quebec]
    between = mean.monthly("claims_between")[:, 0, quebec]
    late = mean.monthly("claims_late")[:, 0]
    entries = level * met
    opened = problem.open_share >= 0.15
    land = np.zeros_like(seen.claims["land_border"])
    land[:, quebec] = level * np.where(opened, met + port, between + port)
    irregular_claims = {}
    for year in UNSEEN_YEARS:
        k = seen.span(f"{year}-01", f"{year}-12")
        irregular_claims[year] = float(entries[k].sum() * (1 + late[k].sum() / met[k].sum()))
    daily = {}
    for day in ("2023-03-25", "2023-03-26", "2023-03-27"):
        d = int((np.datetime64(day) - mean.days[0]).astype(int))
        daily[day] = float(level / 31 * (mean.intercepted[d, 0, quebec] + mean.intercepted[d - 1, 0, quebec]) / 2)
    autumn = seen.span("2024-01", "2024-10")
    periods = {("2024-01-01", "2024-10-31", "QC"): float(entries[autumn].sum())}
    made = replace(
        seen, irregular={"QC": entries, "total": entries}, claims={**seen.claims, "land_border": land}, daily=daily,
        periods=periods, irregular_claims=irregular_claims,
        elsewhere={hub: _entries_of_new_york(problem, mean, hub) * level for hub in seen.elsewhere},
    )  # fmt: skip
    heard = mean.monthly("heard_port")[:, 0, quebec]
    refused = float(1 - heard[autumn].sum() / port[autumn].sum())
    return replace(problem, seen=made), refused


def test_calibration_finds_the_parameters_that_made_the_data(
    problem: Problem, monkeypatch: pytest.MonkeyPatch
) -> None:
    assumed = draw_assumed(problem.corridor, None)
    truth = {**assumed, **TRUTH}
    made, refused = simulated(problem, truth)
    monkeypatch.setattr(module, "REFUSED_2024", refused)
    at_truth = terms(made, truth)
    assert len(at_truth) >= 13
    assert max(abs(term.residual) for term in at_truth) < 1e-6
    monkeypatch.setattr(module, "prior_of", lambda corridor, name: (prior_of(corridor, name)[0], 10.0
                        * prior_of(corridor, name)[1]))  # fmt: skip
    found = fit(made, assumed)
    assert max(abs(term.residual) for term in terms(made, found)) < 0.2
    for name in ("b_heard", "anchored_share", "perceived_half_life_days", "port_constant"):
        _, sd = prior_of(problem.corridor, name)
        assert abs(found[name] - TRUTH[name]) < 0.35 * sd, (name, found[name])
    for name in ESTIMATED:
        _, sd = prior_of(problem.corridor, name)
        assert abs(found[name] - TRUTH[name]) < 1.5 * sd, (name, found[name])


def test_without_data_to_speak_of_the_prior_stands(problem: Problem, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "terms", lambda *_: [Term("nothing", 1.0, 1.0, 1.0)])
    assumed = draw_assumed(problem.corridor, None)
    found = fit(problem, assumed)
    for name in ESTIMATED:
        assert found[name] == pytest.approx(prior_of(problem.corridor, name)[0], abs=1e-4)
    noise = np.zeros(64)
    noise[1 + ESTIMATED.index("b_heard")] = 1.0
    centre, sd = prior_of(problem.corridor, "b_heard")
    assert fit(problem, assumed, noise)["b_heard"] == pytest.approx(centre + sd, rel=1e-3)


def test_a_residual_is_the_log_ratio_in_standard_errors() -> None:
    assert Term("x", 100.0, 100.0, 0.3).residual == 0
    assert Term("x", 100.0, 100.0 * np.e, 0.5).residual == pytest.approx(2)
    assert np.isfinite(Term("x", 0.0, 1.0, 1.0).residual)


def test_terms_of_the_future_are_not_asked(problem: Problem, held: Problem) -> None:
    parameters = problem.corridor.posterior().parameters[0]
    known, later = ({term.name for term in terms(p, parameters)} for p in (held, problem))
    assert known < later
    assert all("2023" not in name and "2024" not in name for name in known)
    assert {name for name in later if "2024" in name}


def test_assumed_parameters_are_drawn_from_their_ranges(corridor: Corridor) -> None:
    centre = draw_assumed(corridor, None)
    assert centre == {name: p.value for name, p in corridor.parameters.items()}
    draws = [draw_assumed(corridor, Streams(1, k)) for k in range(60)]
    for name, p in corridor.parameters.items():
        values = np.array([d[name] for d in draws])
        if p.low is not None and p.high is not None and p.high > p.low:
            assert p.low <= values.min() < values.max() <= p.high
        else:
            assert set(values.tolist()) == {p.value}


def equal(one: Draw, other: Draw) -> bool:
    return (one.parameters == other.parameters and np.array_equal(one.pressure, other.pressure)
            and all(np.array_equal(one.streams[k], other.streams[k]) for k in one.streams)
            and np.array_equal(one.crossings, other.crossings))  # fmt: skip


def test_the_result_does_not_depend_on_the_number_of_processes() -> None:
    span = {"data_to": date(2023, 2, 28), "start": date(2018, 1, 1), "end": date(2023, 3, 31)}
    told: list[tuple[int, int]] = []
    alone = calibrate("canada_us", draws=2, seed=3, jobs=1, progress=lambda *n: told.append(n), **span)
    two = calibrate("canada_us", draws=2, seed=3, jobs=2, **span)
    assert told == [(1, 2), (2, 2)]
    assert [equal(a, b) for a, b in zip(alone, two, strict=True)] == [True, True]
    assert not equal(alone[0], alone[1])
    central = {name: p.value for name, p in module.load("canada_us").parameters.items() if name not in ESTIMATED}
    assert {name: alone[0].parameters[name] for name in central} == central


def test_a_calibration_that_was_broken_off_goes_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Finished draws are taken as they stand; what they depend on is part of their name."""
    span = {"data_to": date(2019, 6, 30), "start": date(2019, 1, 1), "end": date(2019, 6, 30)}
    made: list[int] = []

    def quick(problem: Problem, seed: int, index: int) -> Draw:
        made.append(index)
        if len(made) == 3:
            raise KeyboardInterrupt
        return carry(problem, draw_assumed(problem.corridor, Streams(seed, index) if index else None), None)

    monkeypatch.setattr(module, "one_draw", quick)
    with pytest.raises(KeyboardInterrupt):
        calibrate("canada_us", draws=4, seed=3, keep=tmp_path, **span)
    assert made == [0, 1, 2] and len(list(tmp_path.iterdir())) == 2
    told: list[tuple[int, int]] = []
    resumed = calibrate("canada_us", draws=4, seed=3, keep=tmp_path, progress=lambda *n: told.append(n), **span)
    assert made[3:] == [2, 3] and told == [(2, 4), (3, 4), (4, 4)]
    for kept, anew in zip(resumed, calibrate("canada_us", draws=4, seed=3, **span), strict=True):
        assert equal(kept, anew)
    before = len(made)
    calibrate("canada_us", draws=1, seed=4, keep=tmp_path, **span)
    assert made[before:] == [0]  # another seed is another calibration
