"""Lengths of stay: the mean of the place is kept, whatever the shape and whoever stays."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from roxham.sim.case import StaySpec
from roxham.sim.stays import factors, nights
from roxham.spec import Number

UNIFORM = (np.arange(200_000) + 0.5) / 200_000


def number(value: float) -> Number:
    return Number(value=value, unit="1", status="assumed", low=0, high=1_000)


@pytest.mark.parametrize("mean", [2.0, 28.0, 113.0])
def test_exponential_stays_are_whole_nights_with_exactly_the_mean(mean: float) -> None:
    stay = nights(np.full(UNIFORM.size, mean), StaySpec(), UNIFORM)
    assert stay.min() == 1
    assert stay.mean() == pytest.approx(mean, rel=1e-3)
    assert stay.std() == pytest.approx(mean * np.sqrt(1 - 1 / mean), rel=5e-3)


@pytest.mark.parametrize("cv", [0.3, 1.0])
def test_lognormal_stays_keep_mean_and_spread(cv: float) -> None:
    stay = nights(np.full(UNIFORM.size, 60.0), StaySpec(shape="lognormal", cv=number(cv)), UNIFORM)
    assert stay.mean() == pytest.approx(60, rel=5e-3)
    assert stay.std() == pytest.approx(59.5 * cv, rel=2e-2)


def test_fixed_stays_are_the_mean_rounded_and_at_least_one_night() -> None:
    assert nights(np.array([0.2, 27.6]), StaySpec(shape="fixed"), np.array([0.1, 0.9])).tolist() == [1, 28]


def test_a_mean_of_one_night_or_less_is_one_night() -> None:
    assert set(nights(np.full(1_000, 0.5), StaySpec(), UNIFORM[::200]).tolist()) == {1}


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


def test_families_stay_longer_in_the_shipped_case(corridor: object) -> None:
    reception = corridor.reception  # type: ignore[attr-defined]
    factor = factors(reception.stay, corridor.sizes[corridor.others])  # type: ignore[attr-defined]
    assert factor[0] < 1 < factor[1] == factor[-1]
