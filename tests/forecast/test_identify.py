"""What the data tell: slopes of facts, widths of draws, and the directions that only the prior tells."""

from __future__ import annotations

import numpy as np
import pytest

from roxham.forecast.calibrate import ESTIMATED, Problem, prior_of, terms
from roxham.forecast.identify import Identified, identify, information
from roxham.sim.corridor import Corridor


@pytest.fixture(scope="module")
def found(problem: Problem, corridor: Corridor) -> Identified:
    return identify(problem, corridor.posterior("main"))


def test_information_is_the_slope_of_each_fact(problem: Problem, corridor: Corridor) -> None:
    centre = dict(corridor.posterior("main").parameters[0])
    facts, slopes = information(problem, centre)
    assert slopes.shape == (len(facts), len(ESTIMATED))
    k = ESTIMATED.index("b_heard")
    _, sd = prior_of(corridor, "b_heard")
    moved = terms(problem, {**centre, "b_heard": centre["b_heard"] + 0.1 * sd})
    change = np.array([a.residual - b.residual for a, b in zip(moved, terms(problem, centre), strict=True)])
    assert np.allclose(change, 0.1 * slopes[:, k], atol=0.05 * np.abs(change).max())


def test_widths_are_those_of_the_note(found: Identified, corridor: Corridor) -> None:
    note = corridor.posterior("main").note["estimated"]
    for one in found.estimates:
        assert one.variance_left == pytest.approx(float(note[one.name]["variance_left"]), rel=1e-3)
        assert one.q05 < one.mean < one.q95
        assert 0 < one.told_share <= 1


def test_directions_are_told_from_best_to_worst(found: Identified) -> None:
    told = [one.information for one in found.directions]
    assert told == sorted(told, reverse=True) and len(told) == len(ESTIMATED)
    assert told[0] > 10 and min(told) >= -1e-9
    for one in found.directions:
        assert sum(weight**2 for weight in one.weights.values()) == pytest.approx(1.0)


def test_pairs_that_go_together_are_named_once(found: Identified) -> None:
    pairs = [(a, b) for a, b, _ in found.correlated]
    assert len(pairs) == len(set(pairs)) and all(a < b for a, b in pairs)
    assert all(0.4 < abs(value) <= 1 for _, _, value in (*found.correlated, *found.assumed_correlated))


def test_less_data_tell_less(problem: Problem, held: Problem, corridor: Corridor) -> None:
    centre = dict(corridor.posterior("main").parameters[0])
    all_of, some = (information(one, centre)[1] for one in (problem, held))
    k = ESTIMATED.index("perceived_half_life_days")
    assert (some[:, k] ** 2).sum() < 0.1 * (all_of[:, k] ** 2).sum()
