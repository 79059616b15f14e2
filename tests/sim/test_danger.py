"""Danger: exposure on weights drawn from their ranges, and a death rate learned from who crossed where."""

from __future__ import annotations

from datetime import date

import numpy as np
import pytest

from roxham.sim.amend import amendment
from roxham.sim.corridor import Corridor
from roxham.sim.danger import death_rate, exposure_table
from roxham.sim.flow import Flow
from roxham.sim.run import begin, run_draw

FROM, TO = date(2022, 1, 1), date(2022, 2, 28)


def flow_of(corridor: Corridor, draw: int) -> Flow:
    return begin(corridor, seed=7, draw=draw, from_=FROM, to=TO)


def test_weights_stay_in_their_ranges_and_differ_between_draws(corridor: Corridor) -> None:
    world = corridor.world
    tables = np.array([exposure_table(flow_of(corridor, k)) for k in range(40)])
    assert (tables >= world.exposure_table("low") - 1e-12).all()
    assert (tables <= world.exposure_table("high") + 1e-12).all()
    assert (tables.std(axis=0) > 0).mean() > 0.9


def test_scenarios_share_the_weights_of_a_draw(corridor: Corridor) -> None:
    closed = corridor.amend([amendment(name="closed", kind="crossing", place="roxham_road", open=False)])
    assert np.array_equal(exposure_table(flow_of(corridor, 3)), exposure_table(flow_of(closed, 3)))
    assert death_rate(flow_of(corridor, 3)) == death_rate(flow_of(closed, 3))


def test_the_rate_explains_the_deaths_on_record(corridor: Corridor) -> None:
    """Mean of the gamma: (shape + deaths) / exposure of those who crossed, on each draw's own weights."""
    ratios = []
    for k in range(400):
        flow = flow_of(corridor, k)
        table, crossings = exposure_table(flow), flow.posterior.note["crossings"]
        seen = sum(
            np.dot(crossings[s][manner], table[i, :, j])
            for i, s in enumerate(corridor.world.segments) for j, manner in enumerate(("present", "hide")))
        ratios.append(death_rate(flow) * seen)
    prior = corridor.world.death_rate
    expected = prior.shape + prior.deaths
    assert np.mean(ratios) == pytest.approx(expected, abs=3 * np.sqrt(expected / 400))


def test_deaths_follow_exposure(corridor: Corridor) -> None:
    outcome = run_draw(corridor, seed=7, draw=2, from_=FROM, to=TO)
    rate = death_rate(flow_of(corridor, 2))
    assert np.allclose(outcome.cell("deaths_expected").value, rate * outcome.cell("exposure_index").value)
    assert outcome.cell("deaths_expected").value.sum() > 0
