"""Nobody is lost: on random scenarios, everybody who came is in exactly one place every day, and none is negative."""

from __future__ import annotations

from datetime import date
from functools import cache
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from roxham.law import OUTCOMES
from roxham.sim.account import STATES
from roxham.sim.amend import Amendment, amendment, describe
from roxham.sim.corridor import Corridor, load
from roxham.sim.flow import Flow
from roxham.sim.run import begin, carry_out

KINDS = ("law", "reading", "crossing", "police", "fare", "capacity", "beds", "transfer", "pressure")
FIRST, LAST = np.datetime64("2017-01", "M"), np.datetime64("2024-12", "M")
RETURN, DIRECTED = OUTCOMES.index("ineligible_return_to_US"), OUTCOMES.index("directed_back")


@cache
def corridor() -> Corridor:
    return load("canada_us")


@st.composite
def some_days(draw: st.DrawFn) -> dict[str, date]:
    """No dates, a first day, a last day, or both in order."""
    days = sorted(draw(st.lists(st.dates(date(2016, 12, 1), date(2025, 1, 31)), min_size=2, max_size=2)))
    keys = draw(st.sampled_from([(), ("from_",), ("until",), ("from_", "until")]))
    return {key: days[key == "until"] for key in keys}


FACTORS = st.sampled_from([0.0, 0.1, 0.5, 1.0, 1.7, 3.0])
LAWS: tuple[dict[str, Any], ...] = (
    *({"instrument": i, "action": "never"} for i in ("stca", "protocol_2023", "covid_orders", "c12")),
    *({"instrument": i, "action": a} for i in ("stca", "protocol_2023") for a in ("void", "starts")),
    *({"parameter": "between_poe_limit_days", "value": v} for v in ("none", 1, 60)),
)


@st.composite
def amendments(draw: st.DrawFn, kind: str) -> Amendment:
    """One valid amendment of a kind, with names that the case has."""
    names = corridor().names()

    def one(of: Any) -> Any:
        return draw(st.sampled_from(sorted(of)))

    keys: dict[str, Any] = draw(some_days())
    if kind == "law":
        change = draw(st.sampled_from(LAWS))
        action = change.get("action")
        keys = {} if action == "never" else {"from_": draw(st.dates(date(2017, 1, 1), date(2024, 12, 31)))}
        keys |= change
    elif kind == "reading":
        switch = one(names.switches)
        keys = {"switch": switch, "value": draw(st.sampled_from(names.switches[switch]))}
    elif kind == "crossing":
        place = draw(st.sampled_from(["roxham_road", "lacolle", one(names.crossings)]))
        keys |= {"place": place, "open": draw(st.booleans())}
    elif kind == "police":
        keys |= {"place": one(names.segments), "presence": draw(FACTORS)}
    elif kind == "fare":
        tickets = {"free_tickets": draw(st.booleans())}
        to = draw(st.sampled_from(["roxham_road", "lacolle", "quebec_west"]))
        fare = {"origin": "new_york", "destination": to, "fare": f"{draw(st.integers(0, 900))} CAD2017"}
        keys |= draw(st.sampled_from([tickets, fare]))
    elif kind == "capacity":
        size = {"set": f"{draw(st.integers(0, 900))} persons / day"}
        service = one(names.services)
        scale = {"multiply": draw(FACTORS)}
        keys |= {"service": service} | (scale if service == "work_permit" else draw(st.sampled_from([scale, size])))
    elif kind == "beds":
        how = [{"multiply": draw(FACTORS)}, {"add": f"{draw(st.integers(-2000, 2000))} beds"},
               {"set": f"{draw(st.integers(0, 3000))} beds"}]  # fmt: skip
        keys |= {"place": one(names.receptions | {"all"}), **draw(st.sampled_from(how))}
    elif kind == "transfer":
        keys |= {"share": draw(st.floats(0, 1))}
    else:
        keys |= {"group": one(names.groups | {"all"}), "hub": one(names.hubs | {"all"}), "multiply": draw(FACTORS)}
    return amendment(name=f"a {kind}", kind=kind, **keys)


@st.composite
def scenarios(draw: st.DrawFn, longest: int = 9) -> tuple[list[Amendment], date, date, int]:
    """A random list of amendments, a window of some months, and a draw."""
    kinds = draw(st.lists(st.sampled_from(KINDS), max_size=6))
    months = draw(st.integers(3, longest))
    start = FIRST + draw(st.integers(0, int((LAST - FIRST).astype(int)) - months + 1))
    end = (start + months).astype("datetime64[D]") - 1 - draw(st.integers(0, 27))
    changes = [draw(amendments(kind)) for kind in kinds]
    return changes, start.astype(date), end.astype(date), draw(st.integers(0, 200))


def run(changes: list[Amendment], start: date, end: date, draw: int) -> Flow:
    return carry_out(begin(corridor().amend(changes), seed=11, draw=draw, from_=start, to=end, trace=True))


def check(flow: Flow) -> None:
    account = flow.account.occupancy()
    states = (*STATES, *flow.corridor.procedure.states)
    assert set(account) == {*states, "arrived"}
    everywhere = np.sum([account[state] for state in states], axis=0)
    assert np.array_equal(everywhere, account["arrived"])
    assert all((account[state] >= 0).all() for state in states), [s for s in states if account[s].min() < 0]
    assert (np.diff(account["arrived"]) >= 0).all()
    came_before = sum(round(s.initial_pending.value) for name, s in flow.corridor.services.items()
                      if name in flow.corridor.procedure.services and s.initial_pending is not None)  # fmt: skip
    assert account["arrived"][-1] == flow.people().persons + came_before
    check_columns(flow, {state: account[state][-1] for state in states})


def check_columns(flow: Flow, last: dict[str, float]) -> None:
    """Where everybody is on the last day, told a second time from the columns of the parties."""
    people, claims, n = flow.people(), flow.heard(), flow.n_days
    size = people.size[claims.row]
    reached = {name: days < n for name, days in claims.later.items() if name in ("referred", "barred")}
    assert flow.course is not None
    desk = flow.course.passages["eligibility"]
    before = int(((desk.row < flow.course.backlog) & (desk.outcome < 0)).sum())  # who waited there already, one a row
    assert last["desk"] == size[~reached["referred"] & ~reached["barred"]].sum() + before
    where = np.full(len(people), "", dtype="<U14")  # the last thing that a party of the corridor did
    assert flow.table is not None
    stay = flow.table.index("stay")[0]
    for trip in flow.traces:
        if trip.entry.shape[0] != trip.row.shape[0]:
            assert (trip.option == stay).all()
            where[trip.row] = "stayed_in_us"
        elif trip.caught.shape[0] != trip.row.shape[0]:
            where[trip.row] = "travelling"
        elif trip.outcome.shape[0] != trip.row.shape[0]:
            where[trip.row] = np.where(trip.caught, "post", "unseen")
        else:
            gone = (trip.outcome == RETURN) | (trip.outcome == DIRECTED)
            where[trip.row] = np.where(gone, "returned", "claimed")
    for state in ("stayed_in_us", "travelling", "post", "unseen"):
        assert last[state] == people.size[where == state].sum(), state
    ours = people.stream == 0
    assert (where[ours] != "").all()
    assert last["in_us"] == 0
    assert last["returned"] >= people.size[where == "returned"].sum()
    inside = sum(last[s] for s in flow.corridor.procedure.states)
    others = people.size[~ours].sum()
    backlog = flow.account.occupancy()["arrived"][-1] - people.persons
    sent_away = last["returned"] - people.size[where == "returned"].sum()
    assert inside == people.size[where == "claimed"].sum() + others + backlog - sent_away
    assert last["removed"] + last["departed"] == flow.tally.values["removed"].sum()


SETTINGS = {"deadline": None, "suppress_health_check": [HealthCheck.too_slow, HealthCheck.data_too_large]}


@given(scenarios())
@settings(max_examples=25, **SETTINGS)
def test_nobody_is_lost_on_random_scenarios(scenario: tuple[list[Amendment], date, date, int]) -> None:
    check(run(*scenario))


@pytest.mark.slow
@given(scenarios(longest=40))
@settings(max_examples=400, **SETTINGS)
def test_nobody_is_lost_on_many_random_scenarios(scenario: tuple[list[Amendment], date, date, int]) -> None:
    check(run(*scenario))


@pytest.mark.parametrize("kind", KINDS)
@given(st.data())
@settings(max_examples=2, **SETTINGS)
def test_nobody_is_lost_under_any_kind_of_amendment(kind: str, data: st.DataObject) -> None:
    change = data.draw(amendments(kind))
    _, start, end, draw = data.draw(scenarios(longest=6))
    assert describe(change).startswith(f"a {kind}")
    check(run([change], start, end, draw))


@given(scenarios(longest=4))
@settings(max_examples=6, **SETTINGS)
def test_parties_in_are_parties_out_and_somewhere(scenario: tuple[list[Amendment], date, date, int]) -> None:
    """Counted in parties: each has one row, and at most one claim; each claim has one fate."""
    flow = run(*scenario)
    claims = flow.heard()
    assert np.unique(flow.people().number).size == len(flow.people())
    assert np.unique(claims.row).size == len(claims)
    fates = ("accepted", "refused", "closed")
    out = sum((claims.later[fate] < flow.n_days).sum() for fate in fates)
    barred = (claims.later["barred"] < flow.n_days).sum()
    waiting = ((claims.later["referred"] < flow.n_days) & (claims.later["decided"] >= flow.n_days)).sum()
    desk = ((claims.later["referred"] >= flow.n_days) & (claims.later["barred"] >= flow.n_days)).sum()
    assert len(claims) == out + barred + waiting + desk


def test_nobody_is_lost_in_eight_years() -> None:
    check(run([], date(2017, 1, 1), date(2024, 12, 31), 0))
