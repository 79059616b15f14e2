"""Danger: exposure on assumed weights, and expected deaths by a gamma-Poisson rate learned from what was observed."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from roxham.sim.flow import Flow
from roxham.streams import triangular
from roxham.world import reckon_exposure

Floats = NDArray[np.float64]


def exposure_table(flow: Flow) -> Floats:
    """This draw's exposure of one person, shape (segments, 12 months, 2: openly, hiding), in index points.

    Every weight and the hiding factor are drawn from their ranges (triangular), the same in all scenarios.
    """
    world = flow.corridor.world
    rng = flow.rng.generator("danger weights")
    value, low, high = world.weights
    weights = triangular(rng.random(value.shape), low, value, high)
    factor = world.danger.hide_factor
    ends = [factor.value if end is None else end for end in (factor.low, factor.high)]
    hide = triangular(rng.random(1), np.array(ends[:1]), np.array([factor.value]), np.array(ends[1:]))
    return reckon_exposure(weights, world.climate, float(hide[0]))


def death_rate(flow: Flow) -> float:
    """This draw's deaths per unit of exposure: gamma, from the prior and the northbound deaths on record.

    Who crossed where while those deaths happened comes with the calibration, and is weighed as this draw weighs it.
    """
    from scipy.special import gammaincinv

    table, prior = exposure_table(flow), flow.corridor.world.death_rate
    crossings = flow.posterior.note["crossings"]
    seen = sum(
        float(np.dot(months, table[s, :, k]))
        for s, segment in enumerate(flow.corridor.world.segments)
        for k, manner in enumerate(("present", "hide"))
        for months in [crossings.get(segment, {}).get(manner, [0.0] * 12)])
    shape, rate = prior.shape + prior.deaths, prior.rate + seen
    if rate <= 0:
        return 0.0
    chance = flow.rng.generator("deaths").random()
    return float(gammaincinv(shape, chance) / rate)


def count_deaths(flow: Flow) -> None:
    """Expected deaths by segment and month: this draw's rate times the exposure."""
    flow.tally.values["deaths_expected"] = flow.tally.values["exposure_index"] * death_rate(flow)
