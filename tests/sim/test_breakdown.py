"""What every metric is made of: the lines add up to it, to the last float where it counts people."""

from __future__ import annotations

from datetime import date

import numpy as np
import pytest
from numpy.typing import NDArray

from roxham.sim.account import Cause, Tally
from roxham.sim.breakdown import AHEAD, ASKED, LINE, OFFERED, Breakdown, break_down, check
from roxham.sim.corridor import Corridor
from roxham.sim.flow import Flow
from roxham.sim.metrics import METRICS
from roxham.sim.plan import PLAN
from roxham.sim.run import begin, carry_out

COUNTS = [name for name, metric in METRICS.items() if metric.unit in ("persons", "person-nights", "days")
          and name != "deaths_expected"]  # fmt: skip


@pytest.fixture(scope="module")
def flow(corridor: Corridor) -> Flow:
    return carry_out(begin(corridor, seed=3, draw=2, from_=date(2021, 6, 1), to=date(2023, 9, 15)))


@pytest.fixture(scope="module")
def lines(flow: Flow) -> Breakdown:
    return break_down(flow)


@pytest.mark.parametrize("metric", METRICS)
def test_every_metric_is_the_sum_of_its_lines(flow: Flow, lines: Breakdown, metric: str) -> None:
    made, counted = check(flow, lines, metric)
    assert counted.any(), "a metric that is nothing in two years proves nothing"
    if metric in COUNTS:
        assert np.array_equal(made, counted)
    else:
        assert np.allclose(made, counted, rtol=1e-12, atol=1e-12 * counted.max())


@pytest.mark.parametrize("metric", [name for name, metric in METRICS.items() if metric.kind == "mean"])
def test_the_weights_of_a_mean_add_up_to_its_count(flow: Flow, lines: Breakdown, metric: str) -> None:
    of = [k for k, key in enumerate(lines.keys) if key.kind == LINE and key.metric == metric]
    assert len(of) > 10
    assert np.array_equal(lines.weights[of].sum(axis=0), flow.tally.weights[metric][0])
    ahead = [k for k, key in enumerate(lines.keys) if key.kind == AHEAD and key.metric == metric]
    assert [lines.keys[k].what for k in ahead] == [lines.keys[k].what for k in of]
    assert (lines.values[ahead] >= lines.weights[of]).all()  # everybody is decided among those of the day


def test_lines_are_sorted_and_stand_once(lines: Breakdown) -> None:
    assert list(lines.keys) == sorted(set(lines.keys))
    assert lines.values.shape == lines.weights.shape == (len(lines.keys), 28)


def test_flows_are_told_by_step_way_and_rule(flow: Flow, lines: Breakdown) -> None:
    steps = {step.name for step in PLAN}
    returned = [key for key in lines.keys if key.metric == "returned_to_us"]
    assert {key.step for key in returned} <= steps
    assert all(key.cite for key in returned)
    after = np.flatnonzero(flow.months >= np.datetime64("2023-04"))
    by_rule = {key.rule for k, key in enumerate(lines.keys) if key.metric == "returned_to_us"
               and key.place == "roxham_road" and lines.values[k, after].any()}  # fmt: skip
    assert by_rule == {"between_ports"}
    assert {key.what for key in lines.keys if key.metric == "cost_municipal"}
    weighted = [k for k, key in enumerate(lines.keys) if key.metric == "exposure_index"]
    assert (lines.weights[weighted] > 0).any(axis=1).all()


def test_beds_come_with_who_asked_and_what_was_on_offer(flow: Flow, lines: Breakdown) -> None:
    for name in flow.corridor.reception.places:
        of = (OFFERED, "bed_nights", name)
        offer = sum((lines.values[k] for k, key in enumerate(lines.keys) if key[:3] == of), np.zeros(28))
        beds = np.bincount(flow.tally.month_of_day, flow.corridor.beds(name, flow.days))
        assert np.array_equal(offer, beds)
    assert any(key.kind == ASKED for key in lines.keys)


def days(*values: int) -> NDArray[np.int32]:
    return np.array(values, dtype=np.int32)


def test_a_tally_keeps_causes_apart_and_sums_them() -> None:
    book = Tally(np.array([0, 0, 1]), 2)
    book.declare("heard", ("a", "b"))
    book.step = "desk"
    one, two = book.cause("present", "rule", "s. 1"), book.cause("port")
    assert book.cause("present", "rule", "s. 1") == one and book.causes[two] == Cause("port")
    book.add("heard", np.array([0, 1, 1]), days(0, 2, 3), days(5, 7, 99), np.array([two, one, two]))
    book.add("heard", 0, days(1), days(11), one)
    book.add_daily("heard", 1, np.array([1.0, 0.0, 2.0]))
    assert book.values["heard"].tolist() == [[16.0, 0.0], [1.0, 9.0]]
    found = {key: line.tolist() for key, line in book.lines.items()}
    assert found == {
        ("heard", "desk", one): [[11.0, 0.0], [0.0, 7.0]],
        ("heard", "desk", two): [[5.0, 0.0], [0.0, 0.0]],
        ("heard", "desk", 0): [[0.0, 0.0], [1.0, 2.0]],
    }


def test_a_mean_keeps_amounts_and_counts_by_cause() -> None:
    book = Tally(np.array([0, 0, 1]), 2)
    book.declare("wait_days_rpd", ("all",))
    why = book.cause("2017 port")
    book.add_mean("wait_days_rpd", 0, days(0, 2), days(30, 40), days(3, 4), np.array([why, why]))
    book.note("wait_days_rpd", AHEAD, 0, days(2), days(9), why)
    assert book.values["wait_days_rpd"].tolist() == [[30.0, 40.0]]
    assert book.weights["wait_days_rpd"].tolist() == [[3.0, 4.0]]
    assert book.line_weights["wait_days_rpd", "", why].tolist() == [[3.0, 4.0]]
    assert book.lines["wait_days_rpd:ahead", "", why].tolist() == [[0.0, 9.0]]
