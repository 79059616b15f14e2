"""Nobody is lost on random corridors, and Little's law holds on every service of every run.

A corridor is made from the toy: its own procedure, services with every rule that they can have, places with beds,
transfers, and amendments of every kind. People are conserved exactly each day; the stock of every service summed over
days is the days that people spent there.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, timedelta
from functools import cache
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from roxham.people import OFFICES, STREAMS
from roxham.sim.account import BEFORE, OUTSIDE, STATES
from roxham.sim.amend import Amendment, amendment
from roxham.sim.breakdown import break_down, check
from roxham.sim.case import ReceptionSpec, ServiceSpec
from roxham.sim.corridor import Corridor, load
from roxham.sim.flow import Flow
from roxham.sim.metrics import METRICS
from roxham.sim.procedure import Known, Procedure, check_procedure
from roxham.sim.record import little
from roxham.sim.run import begin, carry_out

FIRST = date(2030, 1, 1)
KINDS = ("law", "reading", "crossing", "police", "fare", "capacity", "beds", "transfer", "pressure")
PENDING = ("pending_eligibility", "pending_rpd", "pending_rad", "awaiting_removal")
WAITS = ("wait_days_rpd", "wait_days_rad")
FACTORS = st.sampled_from([0.0, 0.1, 0.5, 1.0, 3.0])
SETTINGS = {"deadline": None, "suppress_health_check": [HealthCheck.too_slow, HealthCheck.data_too_large]}


@cache
def toy() -> Corridor:
    return load("toy")


def number(value: float, unit: str = "days") -> dict[str, Any]:
    return {"value": value, "unit": unit, "status": "assumed", "low": 0, "high": 1e6}


def words(text: str) -> dict[str, str]:
    return {"en": text, "fr": text}


@st.composite
def steps(draw: st.DrawFn, unit: str, values: st.SearchStrategy[float]) -> list[dict[str, Any]]:
    """A number from the first day on, and perhaps another from a later day."""
    found = [{"from": FIRST, **number(draw(values), unit)}]
    if draw(st.booleans()):
        found.append({"from": FIRST + timedelta(draw(st.integers(1, 150))), **number(draw(values), unit)})
    return found


@st.composite
def durations(draw: st.DrawFn) -> dict[str, Any]:
    """How long something takes."""
    shape = draw(st.sampled_from(["fixed", "exponential", "geometric"]))
    return {"shape": shape, "mean": number(float(draw(st.integers(1, 40))))}


def traits() -> dict[str, tuple[str, ...]]:
    """What a claim is known by."""
    return {"group": toy().groups, "province": toy().provinces, "way": STREAMS, "office": OFFICES}


@st.composite
def who(draw: st.DrawFn, by: tuple[str, ...]) -> dict[str, list[str]]:
    """Some people, by one of the traits given."""
    trait = draw(st.sampled_from(by))
    return {trait: [draw(st.sampled_from(sorted(traits()[trait])))]}


@st.composite
def services(draw: st.DrawFn, may_leave: bool, post: bool = False) -> dict[str, Any]:
    """A service: a dated capacity, or servers and a duration, and any of the rules that go with it.

    The police post knows the group of those whom it meets, and nobody waits for it when the run begins.
    """
    by = ("group",) if post else tuple(sorted(traits()))
    spec: dict[str, Any] = {"title": words("a service")}
    rules = draw(st.sets(st.sampled_from(["priority", "shares", "appointment", "patience", "limit", "business_days",
                                          "parties", "duration"]), max_size=4))  # fmt: skip
    if draw(st.integers(0, 3)):
        spec["steps"] = draw(steps("persons / day", st.sampled_from([0.0, 0.7, 3.0, 11.5, 60.0])))
        if "shares" in rules:
            spec["shares"] = [{"who": draw(who(by)), "share": draw(steps("share", st.sampled_from([0.0, 0.2, 0.6])))}]
        if "duration" in rules:
            spec["duration"] = draw(durations())
    else:
        spec["servers"] = [{"from": FIRST, **number(draw(st.integers(1, 60)), "servers")}]
        spec["duration"] = draw(durations())
    if "business_days" in rules:
        spec["calendar"] = "business_days"
    if "parties" in rules:
        spec["counts"] = "parties"
    if "priority" in rules and "shares" not in spec:
        spec["priority"] = [draw(who(by))]
    if "appointment" in rules and "shares" not in spec:
        spec["appointment"] = draw(durations())
    if may_leave and "patience" in rules:
        spec["patience"] = draw(durations())
    if may_leave and "limit" in rules:
        spec["limit"] = [{"from": FIRST, **number(draw(st.integers(0, 300)), "parties" if "servers" in spec else
                                                  spec.get("counts", "persons"))}]  # fmt: skip
    if not post and draw(st.booleans()):
        spec["initial_pending"] = number(draw(st.integers(0, 300)), "persons")
        spec["initial_wait_days"] = number(draw(st.integers(1, 400)))
    return spec


@st.composite
def procedures(draw: st.DrawFn) -> tuple[dict[str, Any], dict[str, dict[str, Any]]]:
    """One to six stages in order, each a service or a delay, with ways on to later stages and to ends."""
    count = draw(st.integers(1, 6))
    made: dict[str, dict[str, Any]] = {}
    stages: dict[str, dict[str, Any]] = {}
    ends: set[str] = set()

    def onward(k: int) -> str:
        to = draw(st.sampled_from([*(f"stage{j}" for j in range(k + 1, count)), "protected", "gone"]))
        if not to.startswith("stage"):
            ends.add(to)
        return to

    for k in range(count):
        last = f"stage{k + 1}" if k + 1 < count else onward(k)
        stage: dict[str, Any] = {"title": words(f"stage {k}"), "state": f"state{draw(st.integers(0, k))}"}
        ways = [{"name": "some", "to": onward(k), "share": number(draw(st.floats(0, 0.9)), "share"),
                 **({"metric": "accepted"} if draw(st.booleans()) else {})}
                for _ in range(draw(st.integers(0, 1)))]  # fmt: skip
        stage["outcomes"] = [*ways, {"name": "rest", "to": last, "metric": "removed"}]
        if draw(st.integers(0, 3)):
            leaves = draw(st.booleans())
            spec = draw(services(may_leave=leaves))
            made[f"service{k}"] = spec
            stage["service"] = f"service{k}"
            if leaves and not ("patience" in spec or "limit" in spec):
                stage["leave"] = {"name": "left", "to": onward(k), "rate": number(draw(st.floats(0, 3)), "per year")}
            elif leaves:
                stage["leave"] = {"name": "left", "to": onward(k)}
            if draw(st.booleans()):
                stage["pending"] = draw(st.sampled_from(PENDING))
            if draw(st.booleans()):
                stage["wait"] = draw(st.sampled_from(WAITS))
        else:
            stage["delay"] = [{"days": number(draw(st.integers(0, 60)))}]
        stages[f"stage{k}"] = stage
    starts = {"eligible": "stage0", "barred": f"stage{draw(st.integers(0, count - 1))}"}
    return {"starts": starts, "stages": stages, "ends": {end: words(end) for end in sorted(ends)}}, made


@st.composite
def receptions(draw: st.DrawFn) -> dict[str, Any]:
    """One to four places with beds, who needs one, who is sent on, and who moves on."""
    names = [f"place{k}" for k in range(draw(st.integers(1, 4)))]
    places: dict[str, Any] = {}
    for k, name in enumerate(names):
        places[name] = {
            "title": words(name), "province": draw(st.sampled_from(toy().provinces)), "kind": "shelter",
            "payer": draw(st.sampled_from(["federal", "municipal"])),
            "beds": draw(steps("beds", st.sampled_from([0.0, 5.0, 40.0, 300.0]))),
            "stay_days": number(draw(st.integers(1, 90))),
            "serves": draw(st.sampled_from([["transit"], [*toy().provinces], []])),
        }  # fmt: skip
        if k + 1 < len(names) and draw(st.booleans()):
            places[name]["overflow"] = {"to": names[k + 1], "after_days": number(draw(st.integers(0, 9)))}
    share = st.sampled_from([0.0, 0.3, 1.0])
    spec: dict[str, Any] = {
        "places": places, "need_share": {way: draw(steps("share", share)) for way in toy().reception.need_share},
        "patience_days": number(draw(st.integers(0, 30))),
        "transfer": {"of": draw(st.sampled_from(toy().provinces)), "share": draw(steps("share", share)),
                     "to": {draw(st.sampled_from(names)): number(1, "share")}},
    }  # fmt: skip
    if draw(st.booleans()):
        spec["onward"] = {"share": number(draw(share), "share"), "need_share": number(draw(share), "share")}
    return spec


@st.composite
def amendments(draw: st.DrawFn, corridor: Corridor, kind: str) -> Amendment:
    """One valid amendment of a kind, with names that the corridor has."""
    names = corridor.names()

    def one(of: Any) -> Any:
        return draw(st.sampled_from(sorted(of)))

    days = sorted(draw(st.lists(st.dates(FIRST, date(2030, 12, 1)), min_size=2, max_size=2)))
    keys: dict[str, Any] = draw(st.sampled_from([{}, {"from_": days[0]}, {"from_": days[0], "until": days[1]}]))
    if kind == "law":
        instrument = one(names.instruments)
        action = draw(st.sampled_from(["never", "void", "starts"]))
        keys = {"instrument": instrument, "action": action, **({} if action == "never" else {"from_": days[0]})}
    elif kind == "reading":
        switch = one(names.switches)
        keys = {"switch": switch, "value": draw(st.sampled_from(names.switches[switch]))}
    elif kind == "crossing":
        keys |= {"place": one(names.crossings), "open": draw(st.booleans())}
    elif kind == "police":
        keys |= {"place": one(names.segments), "presence": draw(FACTORS)}
    elif kind == "fare":
        keys |= {"free_tickets": draw(st.booleans())}
    elif kind == "capacity":
        keys |= {"service": one(names.services - {"work_permit"}), "multiply": draw(FACTORS)}
    elif kind == "beds":
        keys |= {"place": one(names.receptions | {"all"}),
                 **draw(st.sampled_from([{"multiply": 0.5}, {"add": "-20 beds"}, {"set": "30 beds"}]))}  # fmt: skip
    elif kind == "transfer":
        keys |= {"share": draw(st.floats(0, 1))}
    else:
        keys |= {"group": one(names.groups | {"all"}), "hub": one(names.hubs | {"all"}), "multiply": draw(FACTORS)}
    return amendment(name=f"a {kind}", kind=kind, **keys)


@dataclass(frozen=True)
class Chosen:
    """A random corridor, how many days it is run for, and a draw; told by what makes it differ from the toy."""

    corridor: Corridor
    days: int
    draw: int
    told: str

    def __repr__(self) -> str:
        return f"{self.days} days, draw {self.draw}: {self.told[:3000]}"

    def run(self) -> Flow:
        """Carry the draw out."""
        last = FIRST + timedelta(self.days - 1)
        return carry_out(begin(self.corridor, seed=3, draw=self.draw, from_=FIRST, to=last))

    def amend(self, change: Amendment) -> Chosen:
        """The same under one amendment more."""
        return replace(self, corridor=self.corridor.amend([change]))


@st.composite
def corridors(draw: st.DrawFn) -> Chosen:
    """A random corridor under random amendments, how many days it is run for, and a draw."""
    told, made = draw(procedures())
    post = draw(services(may_leave=False, post=True))
    kept = {name: toy().services[name] for name in ("work_permit",)}
    specs = {name: ServiceSpec.model_validate(spec) for name, spec in {**made, "police_post": post}.items()} | kept
    procedure = Procedure.model_validate(told)
    assert not list(check_procedure(procedure, Known(services=specs, traits=traits(), metrics=METRICS)))
    beds = draw(receptions())
    corridor = replace(toy(), procedure=procedure, services=specs, reception=ReceptionSpec.model_validate(beds))
    kinds = draw(st.lists(st.sampled_from(KINDS), max_size=5))
    changes = [draw(amendments(corridor, kind)) for kind in kinds]
    said = f"{[change.kind for change in changes]} {told} {made} {post} {beds}"
    return Chosen(corridor.amend(changes), draw(st.integers(20, 200)), draw(st.integers(0, 99)), said)


def holds(flow: Flow) -> None:
    """Everybody is in one place each day, none is negative; every service keeps Little's law; metrics add up."""
    account, states = flow.account.occupancy(), flow.account.states
    assert states[: len(STATES)] == STATES
    everywhere = np.sum([account[state] for state in states], axis=0)
    assert np.array_equal(everywhere, account["arrived"])
    assert all((account[state] >= 0).all() for state in states), [s for s in states if account[s].min() < 0]
    assert account["arrived"][-1] == flow.people().persons + waiting_before(flow)
    moved = {state: np.zeros(flow.n_days) for state in states}
    for (out_of, to), daily in flow.account.moves().items():
        moved[to] += daily
        if out_of not in (OUTSIDE, BEFORE):
            moved[out_of] -= daily
    assert all(np.array_equal(np.cumsum(moved[state]), account[state]) for state in states)
    assert flow.served
    for name, record in flow.served.items():
        area, spent = little(record)
        assert area == pytest.approx(spent, rel=1e-9, abs=1e-9), name
    lines = break_down(flow)
    for metric, one in METRICS.items():
        made, counted = check(flow, lines, metric)
        exact = one.unit in ("persons", "person-nights", "days") and metric != "deaths_expected"
        assert np.allclose(made, counted, rtol=0 if exact else 1e-9, atol=0 if exact else 1e-9), metric


def waiting_before(flow: Flow) -> int:
    """People who were waiting for a stage of the procedure before the first day."""
    specs = flow.corridor.services
    return sum(round(spec.initial_pending.value) for name in flow.corridor.procedure.services
               if (spec := specs[name]).initial_pending is not None)  # fmt: skip


@given(corridors())
@settings(max_examples=100, **SETTINGS)
def test_nobody_is_lost_on_random_corridors(one: Chosen) -> None:
    holds(one.run())


@pytest.mark.slow
@given(corridors())
@settings(max_examples=1000, **SETTINGS)
def test_nobody_is_lost_on_a_thousand_random_corridors(one: Chosen) -> None:
    holds(one.run())


@pytest.mark.parametrize("kind", KINDS)
@given(st.data())
@settings(max_examples=3, **SETTINGS)
def test_nobody_is_lost_under_any_kind_of_amendment(kind: str, data: st.DataObject) -> None:
    one = data.draw(corridors())
    holds(one.amend(data.draw(amendments(one.corridor, kind))).run())


def test_little_holds_on_every_service_of_the_shipped_case() -> None:
    flow = carry_out(begin(load("canada_us"), seed=7, draw=1, from_=date(2017, 1, 1), to=date(2024, 12, 31)))
    assert len(flow.served) > len(flow.corridor.reception.places) + len(flow.corridor.procedure.services)
    holds(flow)
