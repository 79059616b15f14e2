"""A case changes who is next, how long it takes and who gives up by its words alone."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from roxham.errors import RunError
from roxham.sim.case import ServiceSpec
from roxham.sim.desk import check_service, daily_numbers, run_service
from roxham.sim.duration import draw_days
from roxham.sim.network import attend
from roxham.sim.reception import house
from roxham.sim.record import little
from roxham.sim.service import Served, serve
from roxham.spec import parse_yaml
from roxham.streams import Streams

DAYS = np.arange("2024-01-01", "2024-03-01", dtype="datetime64[D]")
N = 300
RNG = np.random.default_rng(8)
ARRIVED = RNG.integers(-5, DAYS.size + 2, N).astype(np.int32)
PERSONS = RNG.integers(1, 6, N).astype(np.int32)
NUMBER = np.arange(N, dtype=np.uint64) + np.uint64(77)
TRAITS = {"group": (RNG.integers(-1, 3, N), ["red", "green", "blue"]), "way": (RNG.integers(0, 2, N), ["land", "air"])}
STREAMS = Streams(3, 0)
ASSUMED = "status: assumed, low: 0, high: 9999"


def number(value: float, unit: str) -> str:
    return f"{{value: {value}, unit: {unit}, {ASSUMED}}}"


def dated(value: float, unit: str, day: str = "2024-01-01") -> str:
    return f"{{from: {day}, value: {value}, unit: {unit}, {ASSUMED}}}"


def lasting(shape: str, days: float) -> str:
    return f"{{shape: {shape}, mean: {number(days, 'days')}}}"


STEPS = f"steps: [{dated(12, 'persons / day')}]"
ROOMS = f"servers: [{dated(6, 'rooms')}]"


def service(text: str) -> ServiceSpec:
    return parse_yaml(f"{{title: {{en: Desk, fr: Guichet}}, {text}}}", ServiceSpec)


def run(text: str, **more: object) -> Served:
    spec = service(text)
    assert list(check_service("desk", spec, {name: words for name, (_, words) in TRAITS.items()})) == []
    return run_service("desk", spec, ARRIVED, PERSONS, DAYS, STREAMS, NUMBER, traits=TRAITS, **more)  # type: ignore[arg-type]


def same(one: Served, other: Served) -> None:
    for name in ("began", "ended", "left", "turned_away"):
        assert (getattr(one, name) == getattr(other, name)).all(), name


def drawn(spec: str, process: str) -> NDArray[np.float64]:
    told = service(f"{STEPS}, duration: {spec}").duration
    assert told is not None
    return draw_days(told, STREAMS, f"desk: {process}", NUMBER)


def plain(**options: object) -> Served:
    return serve(ARRIVED, PERSONS, np.full(DAYS.size, 12.0), horizon=DAYS.size, **options)  # type: ignore[arg-type]


def test_steps_alone_are_first_come_first_served() -> None:
    same(run(STEPS), plain())
    ones = np.ones_like(PERSONS)
    same(run(f"{STEPS}, counts: parties"), serve(ARRIVED, ones, np.full(DAYS.size, 12.0), horizon=DAYS.size))
    half = np.full(DAYS.size, 6.0)
    same(run(STEPS, capacity=half), serve(ARRIVED, PERSONS, half, horizon=DAYS.size))


def test_priority_shares_appointment_patience_and_limit_are_read_from_the_case() -> None:
    green = np.where(TRAITS["group"][0] == 1, 0, np.where(TRAITS["way"][0] == 1, 1, 2)).astype(np.int8)
    same(run(f"{STEPS}, priority: [{{group: [green]}}, {{way: [air]}}]"), plain(priority=green))
    kind = np.where(np.isin(TRAITS["group"][0], [0, 2]) & (TRAITS["way"][0] == 0), 0, 1).astype(np.int8)
    half = np.where(np.arange(DAYS.size) < 31, 0.5, 0.25)
    steps = f"[{dated(0.5, 'share')}, {dated(0.25, 'share', '2024-02-01')}]"
    told = f"{{who: {{group: [red, blue], way: [land]}}, share: {steps}}}"
    same(run(f"{STEPS}, shares: [{told}]"), plain(kind=kind, shares=np.stack([half, 1 - half])))
    due = np.floor(ARRIVED + drawn(lasting("exponential", 9), "appointment")).astype(np.int32)
    same(run(f"{STEPS}, appointment: {lasting('exponential', 9)}"), plain(not_before=due))
    bears = np.floor(drawn(lasting("exponential", 5), "patience")).astype(np.int32)
    same(run(f"{STEPS}, patience: {lasting('exponential', 5)}"), plain(patience=bears))
    same(run(f"{STEPS}, limit: [{dated(9, 'persons')}]"), plain(limit=9.0))


def test_a_duration_after_a_daily_capacity_puts_off_the_end() -> None:
    later = run(f"{STEPS}, duration: {lasting('fixed', 10)}")
    before = plain()
    assert (later.began == before.began).all()
    ends = np.where((before.ended >= 0) & (before.ended + 10 < DAYS.size), before.ended + 10, -1)
    assert (later.ended == ends).all()
    assert little(later)[0] == little(later)[1]


def test_servers_take_each_party_for_its_duration() -> None:
    served = run(f"{ROOMS}, duration: {lasting('exponential', 1.5)}, counts: parties")
    theirs = attend(ARRIVED.astype(float), drawn(lasting("exponential", 1.5), "duration"), 6, horizon=DAYS.size)
    begun = np.isfinite(theirs.began[:, 0])
    assert (served.began[begun] == np.floor(theirs.began[begun, 0])).all()
    assert (served.began[~begun] == -1).all()
    assert (served.ended[served.done] == np.ceil(theirs.ended[served.done, 0]) - 1).all()
    assert little(served)[0] == little(served)[1]


def test_servers_with_calendar_priority_patience_and_room() -> None:
    spec = service(f"{ROOMS}, calendar: business_days, duration: {lasting('fixed', 0.5)}")
    numbers = daily_numbers(spec, DAYS)
    assert numbers[:8].tolist() == [0, 6, 6, 6, 6, 0, 0, 6]  # from New Year's Day, a Monday
    served = run(f"{ROOMS}, calendar: business_days, duration: {lasting('fixed', 0.5)}")
    assert (numbers[served.began[served.began >= 0]] > 0).all()
    assert (np.bincount(served.ended[served.done], minlength=DAYS.size) <= 12).all()
    tired = run(f"servers: [{dated(1, 'rooms')}], duration: {lasting('fixed', 3)}, patience: {lasting('fixed', 4)}")
    assert tired.gave_up.any()
    assert (tired.left - np.maximum(ARRIVED, -5))[tired.gave_up & (ARRIVED >= 0)].tolist() == [4] * int(
        (tired.gave_up & (ARRIVED >= 0)).sum())  # fmt: skip
    full = run(f"servers: [{dated(1, 'rooms')}], duration: {lasting('fixed', 3)}, limit: [{dated(2, 'parties')}]")
    assert full.turned_away.any()
    assert (full.left[full.turned_away] == ARRIVED[full.turned_away]).all()


def test_a_hotel_is_a_service_with_beds() -> None:
    told = f"servers: [{dated(40, 'beds')}], duration: {lasting('exponential', 12)}, patience: {lasting('fixed', 6)}"
    stay = np.maximum(np.rint(drawn(lasting("exponential", 12), "duration")), 1).astype(np.int32)
    housed = house(ARRIVED, PERSONS, stay, np.full(DAYS.size, 40, dtype=np.int32), 6)
    served = run(told)
    assert (served.began == housed.entered).all()
    assert (served.out == housed.left).all()
    assert (served.gave_up == housed.gave_up).all()
    assert (served.stock() == housed.occupied_persons + housed.waiting_persons).all()


@pytest.mark.parametrize(("text", "said"), [
    ("counts: persons", "needs at least one step"),
    (f"{STEPS}, {ROOMS}, duration: {lasting('fixed', 1)}", "either steps or servers"),
    (ROOMS, "servers need a duration"),
    (f"servers: [{dated(6, 'roms')}], duration: {lasting('fixed', 1)}", "no kind of servers"),
    (f"servers: [{dated(9, 'beds')}], duration: {lasting('fixed', 1)}, limit: [{dated(3, 'persons')}]", "does not act"),
    (f"{ROOMS}, duration: {lasting('fixed', 1)}, shares: [{{who: {{way: [air]}}, share: [{dated(1, 'share')}]}}]",
     "shares does not act on a service with servers"),
    (f"{ROOMS}, duration: {lasting('fixed', 1)}, limit: [{dated(3, 'x')}, {dated(4, 'x', '2024-02-01')}]",
     "one number"),
    (f"{STEPS}, priority: [{{grup: [red]}}]", "grup"),
    (f"{STEPS}, priority: [{{group: [rod]}}]", "rod"),
    (f"{STEPS}, shares: [{{who: {{way: [air]}}, share: [{dated(0.6, 'share')}]}},"
     f" {{who: {{way: [land]}}, share: [{dated(0.6, 'share')}]}}]", "sum to more than 1"),
])  # fmt: skip
def test_a_service_that_cannot_act_as_told_is_refused(text: str, said: str) -> None:
    traits = {name: words for name, (_, words) in TRAITS.items()}
    assert said in "; ".join(str(one) for one in check_service("desk", service(text), traits))


def test_those_who_leave_must_have_somewhere_to_go() -> None:
    spec = service(f"{STEPS}, patience: {lasting('fixed', 1)}")
    assert "what becomes of those" in str(next(check_service("desk", spec, may_leave=False)))
    assert list(check_service("desk", spec)) == []


def test_what_the_caller_and_the_case_both_say_is_refused() -> None:
    with pytest.raises(RunError, match="both"):
        run(f"{STEPS}, patience: {lasting('fixed', 1)}", patience=np.ones_like(ARRIVED))
    with pytest.raises(RunError, match='the trait "way"'):
        run_service("desk", service(f"{STEPS}, priority: [{{way: [air]}}]"), ARRIVED, PERSONS, DAYS, STREAMS, NUMBER)
