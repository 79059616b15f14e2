"""Lengths of stay: the mean of the place is kept, whatever the shape and whoever stays."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from roxham.sim.case import StaySpec
from roxham.sim.corridor import Corridor
from roxham.sim.duration import DurationSpec
from roxham.sim.stays import factors, nights
from roxham.spec import Number, parse_yaml
from roxham.streams import Streams

PARTIES = np.arange(200_000, dtype=np.uint64)
MEAN = "mean: {value: 10, unit: days, status: assumed, low: 1, high: 99}"
TABLE = "status: assumed, low: 5, high: 40"


def number(value: float) -> Number:
    return Number(value=value, unit="1", status="assumed", low=0, high=1_000)


def stays(mean: float, shape: str | None) -> np.ndarray:
    spec = None if shape is None else parse_yaml(shape, DurationSpec)
    return nights(np.full(PARTIES.size, mean), spec, Streams(4, 0), "bed.stay", PARTIES)


@pytest.mark.parametrize("mean", [2.0, 28.0, 113.0])
def test_without_a_shape_stays_are_geometric_with_the_mean(mean: float) -> None:
    stay = stays(mean, None)
    assert stay.min() == 1
    assert stay.mean() == pytest.approx(mean, rel=0.01)
    assert stay.std() == pytest.approx(mean * np.sqrt(1 - 1 / mean), rel=0.02)


@pytest.mark.parametrize(("shape", "spread"), [
    (f"{{shape: erlang, phases: 4, {MEAN}}}", 0.5),
    (f"{{shape: exponential, {MEAN}}}", 1.0),
    (f"{{shape: empirical, parts: [{{days: 10, weight: 1}}, {{days: 30, weight: 1}}], {TABLE}}}", 0.5),
    (f"{{shape: phase_type, start: [1, 0], rates: [[-0.1, 0.1], [0, -0.1]], {TABLE}}}", 0.5**0.5),
    (f"{{shape: fixed, {MEAN}}}", 0.0),
])  # fmt: skip
def test_any_shape_is_scaled_to_the_mean_of_the_place(shape: str, spread: float) -> None:
    stay = stays(60.0, shape)
    assert stay.mean() == pytest.approx(60, rel=0.01)
    assert stay.std() == pytest.approx(60 * spread, rel=0.02, abs=1e-9)


def test_a_mean_of_one_night_or_less_is_one_night() -> None:
    assert set(stays(0.5, None).tolist()) == set(stays(0.2, f"{{shape: fixed, {MEAN}}}").tolist()) == {1}


@given(
    st.lists(st.floats(0.01, 1), min_size=1, max_size=8), st.floats(0.1, 5), st.floats(0.1, 5), st.floats(1, 300)
)  # fmt: skip
@settings(max_examples=50)
def test_the_mean_over_persons_is_kept_whatever_families_weigh(
    sizes: list[float], single: float, family: float, mean: float
) -> None:
    share = np.array(sizes)
    factor = factors(StaySpec(single=number(single), family=number(family)), share)
    persons = share * np.arange(1, share.size + 1)
    assert (persons * factor * mean).sum() / persons.sum() == pytest.approx(mean)
    if share.size > 1:
        assert factor[1] / factor[0] == pytest.approx(family / single)


def test_families_stay_longer_in_the_shipped_case(corridor: Corridor) -> None:
    factor = factors(corridor.reception.stay, corridor.sizes[corridor.others])
    assert factor[0] < 1 < factor[1] == factor[-1]
