"""The corridor with other services: who is next, how long it takes and who gives up change by the case alone."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from functools import cache

import numpy as np
import pytest

from roxham.errors import RunError
from roxham.sim.account import STATES
from roxham.sim.amend import amendment
from roxham.sim.case import ServiceSpec
from roxham.sim.corridor import Corridor, load
from roxham.sim.flow import Flow
from roxham.sim.record import little
from roxham.sim.run import begin, carry_out
from roxham.spec import parse_yaml

ASSUMED = "status: assumed, low: 0, high: 99999"


def lasting(shape: str, days: float) -> str:
    return f"{{shape: {shape}, mean: {{value: {days}, unit: days, {ASSUMED}}}}}"


def dated(value: float, unit: str) -> str:
    return f"[{{from: 2017-01-01, value: {value}, unit: {unit}, {ASSUMED}}}]"


@cache
def corridor() -> Corridor:
    return load("canada_us")


def told(service: str, text: str) -> Corridor:
    """The corridor with one service told anew in the words of a case; its backlog stays."""
    spec = parse_yaml(f"{{title: {{en: A, fr: B}}, {text}}}", ServiceSpec)
    old = corridor().services[service]
    same = {"initial_pending": old.initial_pending, "initial_wait_days": old.initial_wait_days}
    same |= {} if spec.servers else {"steps": old.steps, "calendar": old.calendar}
    return replace(corridor(), services={**corridor().services, service: spec.model_copy(update=same)})


def run(of: Corridor) -> Flow:
    return carry_out(begin(of, seed=3, draw=1, from_=date(2017, 6, 1), to=date(2018, 5, 31)))


@cache
def as_it_was() -> Flow:
    return run(corridor())


def nobody_is_lost(flow: Flow) -> None:
    account = flow.account.occupancy()
    states = (*STATES, *flow.corridor.procedure.states)
    assert (np.sum([account[state] for state in states], axis=0) == account["arrived"]).all()
    assert all((account[state] >= 0).all() for state in states)
    for name, record in flow.served.items():
        area, spent = little(record)
        assert abs(area - spent) <= 1e-9 * max(spent, 1.0), name


CHANGED = {
    "desks at the post": ("police_post", f"servers: {dated(60, 'desks')}, duration: {lasting('exponential', 0.2)}"),
    "a few desks at the post": ("police_post", f"servers: {dated(4, 'desks')}, duration: {lasting('fixed', 0.5)}"),
    "some go first at the post": ("police_post", f"servers: {dated(8, 'desks')}, duration: {lasting('fixed', 0.5)},"
                                  " priority: [{group: [haiti]}]"),
    "hearing rooms": ("rpd", f"servers: {dated(30, 'rooms')}, calendar: business_days,"
                      f" duration: {lasting('erlang, phases: 2', 0.4)}"),
    "some are heard first": ("rpd", "priority: [{group: [nigeria]}, {way: [land_port]}]"),
    "appointments": ("rpd", f"appointment: {lasting('exponential', 400)}"),
    "a longest line": ("rpd", f"limit: {dated(17_000, 'persons')}"),
    "shares": ("rad", f"shares: [{{who: {{group: [nigeria]}}, share: {dated(0.5, 'share')}}}]"),
    "a decision that takes its time": ("rad", f"duration: {lasting('exponential', 30)}"),
}  # fmt: skip


@pytest.mark.parametrize("change", CHANGED)
def test_nobody_is_lost_whatever_a_service_is_told(change: str) -> None:
    flow = run(told(*CHANGED[change]))
    nobody_is_lost(flow)
    service = CHANGED[change][0]
    names = [name for name in flow.served if name.startswith(service)]
    before = as_it_was().served
    assert any(
        flow.served[name].out.tolist() != before[name].out.tolist()  # type: ignore[union-attr]
        for name in names if name in before)  # fmt: skip


def test_those_who_go_first_wait_less_and_the_others_more() -> None:
    flow, before = run(told("rpd", "priority: [{group: [nigeria]}]")), as_it_was()
    group = flow.corridor.groups.index("nigeria")
    cases = flow.course.cases  # type: ignore[union-attr]
    mine = cases.traits["group"][0][flow.course.passages["hearing"].row] == group  # type: ignore[union-attr]
    reached, reached_before = flow.served["rpd"].began >= 0, before.served["rpd"].began >= 0  # type: ignore[union-attr]
    assert reached[mine].mean() > reached_before[mine].mean()
    assert reached[~mine].mean() < reached_before[~mine].mean()


def test_who_finds_the_line_full_leaves_by_the_way_of_those_who_leave() -> None:
    flow = run(told("rpd", f"limit: {dated(17_000, 'persons')}"))
    passage = flow.course.passages["hearing"]  # type: ignore[union-attr]
    away = flow.served["rpd"].turned_away  # type: ignore[union-attr]
    assert away.any()
    assert {passage.names[k] for k in np.unique(passage.outcome[away])} == {"withdrawn"}


def test_servers_are_multiplied_by_an_amendment_and_never_set_to_persons_a_day() -> None:
    rooms = told("rpd", f"servers: {dated(30, 'rooms')}, duration: {lasting('fixed', 0.5)}")
    days = np.array(["2018-01-09"], dtype="datetime64[D]")
    twice = rooms.amend([amendment(name="twice", kind="capacity", service="rpd", multiply=2)])
    assert twice.capacity("rpd", days).tolist() == [60.0]
    fixed = rooms.amend([amendment(name="set", kind="capacity", service="rpd", set="60 persons / day")])
    with pytest.raises(RunError, match="rpd has servers"):
        fixed.capacity("rpd", days)
