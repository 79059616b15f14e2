"""Danger: expected deaths from exposure, by a gamma-Poisson rate learned from what was observed."""

from __future__ import annotations

import numpy as np

from roxham.sim.flow import Flow


def death_rate(flow: Flow) -> float:
    """This draw's deaths per unit of exposure: gamma, from the prior and the northbound deaths on record.

    The exposure of the people who crossed while those deaths happened comes with the calibration.
    """
    from scipy.special import gammaincinv

    prior = flow.corridor.world.death_rate
    shape = prior.shape + prior.deaths
    rate = prior.rate + float(flow.posterior.note["exposure_observed"])
    chance = flow.rng.generator("deaths").random()
    return float(gammaincinv(shape, chance) / rate)


def count_deaths(flow: Flow) -> None:
    """Expected deaths by segment and month: this draw's rate times the exposure."""
    flow.tally.values["deaths_expected"] = flow.tally.values["exposure_index"] * death_rate(flow)
    assert np.all(flow.tally.values["deaths_expected"] >= 0)
