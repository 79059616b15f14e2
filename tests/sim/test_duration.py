"""Durations follow the distribution that the case declares, and the same party takes the same time."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import linalg, stats

from roxham.errors import SpecError
from roxham.sim.duration import DurationSpec, draw_days, mean_days, second_moment
from roxham.spec import parse_yaml
from roxham.streams import Streams

NUMBERS = np.arange(40_000, dtype=np.uint64)
ASSUMED = "status: assumed, low: 0, high: 99"
MEAN = "mean: {value: 6, unit: days, status: assumed, low: 0, high: 99}"
SPECS = {
    "fixed": f"{{shape: fixed, {MEAN}}}",
    "exponential": f"{{shape: exponential, {MEAN}}}",
    "geometric": f"{{shape: geometric, {MEAN}}}",
    "erlang": f"{{shape: erlang, phases: 3, {MEAN}}}",
    "empirical": f"{{shape: empirical, parts: [{{days: 1, weight: 6}}, {{days: 4, weight: 3}},"
                 f" {{days: 30, weight: 1}}], {ASSUMED}}}",
    "hyperexponential": f"{{shape: hyperexponential, parts: [{{days: 2, weight: 4}}, {{days: 20, weight: 1}}],"
                        f" {ASSUMED}}}",
    "phase_type": f"{{shape: phase_type, start: [0.7, 0.2, 0], rates: [[-0.5, 0.3, 0.1], [0, -1, 1], [0.05, 0, -0.2]],"
                  f" {ASSUMED}}}",
}  # fmt: skip


def spec(text: str) -> DurationSpec:
    return parse_yaml(text, DurationSpec)


def draw(text: str, process: str = "stay") -> np.ndarray:
    return draw_days(spec(text), Streams(5, 0), process, NUMBERS)


@pytest.mark.parametrize("shape", SPECS)
def test_the_moments_are_those_of_the_draws(shape: str) -> None:
    days = draw(SPECS[shape])
    for power, moment in ((1, mean_days(spec(SPECS[shape]))), (2, second_moment(spec(SPECS[shape])))):
        error = (days**power).std() / np.sqrt(days.size)
        assert abs((days**power).mean() - moment) <= 3 * error + 1e-12


@pytest.mark.parametrize("shape", SPECS)
def test_the_same_party_takes_the_same_time_whoever_else_is_there(shape: str) -> None:
    some = NUMBERS[::-7]
    assert (draw_days(spec(SPECS[shape]), Streams(5, 0), "stay", some) == draw(SPECS[shape])[some]).all()
    if shape != "fixed":
        assert (draw(SPECS[shape], "other") != draw(SPECS[shape])).any()
    assert draw_days(spec(SPECS[shape]), Streams(5, 0), "stay", NUMBERS[:0]).size == 0


def test_the_distributions_are_the_declared_ones() -> None:
    def cdf(start: np.ndarray, rates: np.ndarray) -> object:
        ones = np.ones(len(rates))
        return lambda at: np.array([1 - start @ linalg.expm(rates * t) @ ones for t in np.atleast_1d(at)])

    few = slice(2_000)
    assert stats.kstest(draw(SPECS["exponential"])[few], stats.expon(scale=6).cdf).pvalue > 0.01
    assert stats.kstest(draw(SPECS["erlang"])[few], stats.gamma(3, scale=2).cdf).pvalue > 0.01
    told = spec(SPECS["phase_type"])
    days = draw(SPECS["phase_type"])[few]
    at_once = 1 - sum(told.start)
    assert abs((days == 0).mean() - at_once) <= 3 * np.sqrt(at_once * (1 - at_once) / days.size)
    start = np.array(told.start) / sum(told.start)
    assert stats.kstest(days[days > 0], cdf(start, np.array(told.rates))).pvalue > 0.01  # type: ignore[arg-type]
    counts = np.bincount(draw(SPECS["geometric"]).astype(int), minlength=40)[1:40]
    expected = stats.geom(1 / 6).pmf(np.arange(1, 40)) * NUMBERS.size
    rest = [NUMBERS.size - counts.sum()], [NUMBERS.size - expected.sum()]
    assert stats.chisquare([*counts, *rest[0]], [*expected, *rest[1]]).pvalue > 0.01


def test_an_erlang_of_one_phase_and_a_phase_type_of_one_are_exponential() -> None:
    one = draw(SPECS["erlang"].replace("phases: 3", "phases: 1"))
    assert np.allclose(one, draw(SPECS["exponential"]), rtol=1e-12)
    single = spec(f"{{shape: phase_type, start: [1], rates: [[-0.25]], {ASSUMED}}}")
    assert (mean_days(single), second_moment(single)) == (4.0, 32.0)


def test_another_mean_scales_everybodys_time() -> None:
    for shape in ("fixed", "exponential", "erlang"):
        twice = draw(SPECS[shape].replace("value: 6", "value: 12"))
        assert np.allclose(twice, 2 * draw(SPECS[shape]), rtol=1e-12)
    assert (draw(SPECS["geometric"].replace("value: 6", "value: 1")) == 1).all()


@pytest.mark.parametrize(("text", "said"), [
    ("{shape: fixed}", "fixed needs mean"),
    (f"{{shape: fixed, phases: 2, {MEAN}}}", "fixed takes no phases"),
    (f"{{shape: erlang, {MEAN}}}", "erlang needs phases"),
    ("{shape: empirical, parts: [{days: 1, weight: 1}]}", "needs a status"),
    ("{shape: empirical, parts: [{days: 1, weight: 1}], status: assumed, low: 2, high: 3}", "outside its range"),
    ("{shape: empirical, parts: [{days: 1, weight: 1}], status: measured}", "needs a source"),
    (f"{{shape: geometric, {MEAN.replace('value: 6', 'value: 0.5')}}}", "1 or more"),
    (f"{{shape: fixed, {MEAN.replace('unit: days', 'unit: weeks')}}}", "number of days"),
    (f"{{shape: phase_type, start: [1], rates: [[-1, 1]], {ASSUMED}}}", "square"),
    (f"{{shape: phase_type, start: [2], rates: [[-1]], {ASSUMED}}}", "sum to 1"),
    (f"{{shape: phase_type, start: [1, 0], rates: [[-1, 1], [1, -1]], {ASSUMED}}}", "every phase must end"),
    (f"{{shape: phase_type, start: [1], rates: [[1]], {ASSUMED}}}", "0 or less"),
])  # fmt: skip
def test_a_duration_that_does_not_hold_together_is_refused(text: str, said: str) -> None:
    with pytest.raises(SpecError, match=said):
        spec(text)
