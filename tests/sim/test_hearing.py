"""The line for a hearing: first in, first out, as many decisions as there is capacity, and Little's law to the day."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import numpy as np
import pytest

from roxham.people import STREAMS
from roxham.sim.amend import amendment
from roxham.sim.corridor import Corridor
from roxham.sim.flow import NEVER, Flow
from roxham.sim.run import begin, carry_out

LARGEST_PARTY = 6


def run(corridor: Corridor, from_: date = date(2018, 1, 1), to: date = date(2019, 12, 31), draw: int = 2) -> Flow:
    return carry_out(begin(corridor, seed=7, draw=draw, from_=from_, to=to))


@pytest.fixture(scope="module")
def empty_at_first(corridor: Corridor) -> Corridor:
    """The corridor with nobody waiting anywhere when the run begins, so that all who wait have a row."""
    services = {name: spec.model_copy(update={"initial_pending": None}) for name, spec in corridor.services.items()}
    return replace(corridor, services=services)


@pytest.fixture(scope="module")
def flow(corridor: Corridor) -> Flow:
    return run(corridor)


@pytest.fixture(scope="module")
def fresh(empty_at_first: Corridor) -> Flow:
    return run(empty_at_first, date(2022, 1, 1), date(2022, 12, 31))


def decisions(flow: Flow) -> np.ndarray:
    """Persons decided by month, the backlog included."""
    return flow.tally.weights["wait_days_rpd"][0]


def test_a_year_decides_as_many_as_it_has_capacity_for(corridor: Corridor, flow: Flow) -> None:
    """While people wait, credit carries over from day to day, so the sum is off by one party at most."""
    assert (flow.account.stock("rpd") > 0).all()
    by_day = corridor.capacity("rpd", flow.days)
    for year in (2018, 2019):
        inside = flow.days.astype("datetime64[Y]").astype(int) + 1970 == year
        months = np.unique(flow.tally.month_of_day[inside])
        assert abs(decisions(flow)[months].sum() - by_day[inside].sum()) <= LARGEST_PARTY
    assert np.abs(np.cumsum(decisions(flow)) - np.cumsum(np.bincount(flow.tally.month_of_day, by_day))).max() <= 6


def test_the_published_decisions_of_a_year_are_made(flow: Flow) -> None:
    """IRB, 2019: 42,553 accepted, rejected, abandoned or withdrawn (24,720 + 13,384 + 4,449)."""
    assert decisions(flow)[12:].sum() == pytest.approx(42_553, rel=0.005)


def test_nobody_overtakes(fresh: Flow) -> None:
    claims = fresh.heard()
    order = np.lexsort((np.arange(len(claims)), claims.later["referred"]))
    assert (np.diff(claims.later["decided"][order]) >= 0).all()
    desk = np.lexsort((np.arange(len(claims)), claims.day))
    reached = np.minimum(claims.later["referred"], claims.later["barred"])
    assert (np.diff(reached[desk]) >= 0).all()


def test_each_decision_is_one_of_three(flow: Flow, fresh: Flow) -> None:
    for one in (flow, fresh):
        later = one.heard().later
        made = np.stack([later[name] < NEVER for name in ("accepted", "refused", "closed")])
        assert (made.sum(axis=0) == (later["decided"] < NEVER)).all()
        assert made.any(axis=1).all()
        for name, mask in zip(("accepted", "refused", "closed"), made, strict=True):
            assert np.array_equal(later[name][mask], later["decided"][mask])
        assert (later["decided"] >= later["referred"]).all()


def test_shares_of_decisions_are_those_of_the_case(corridor: Corridor, fresh: Flow) -> None:
    claims, groups = fresh.heard(), fresh.people().group[fresh.heard().row].astype(int)
    done = claims.later["decided"] < NEVER
    day = claims.later["decided"][done]
    closing = corridor.outcome_share("abandoned_share", fresh.days)[groups[done], day]
    closed = claims.later["closed"][done] < NEVER
    error = np.sqrt((closing * (1 - closing)).sum())
    assert abs(closed.sum() - closing.sum()) < 4 * error
    granting = corridor.outcome_share("acceptance", fresh.days)[groups[done], day][~closed]
    accepted = claims.later["accepted"][done][~closed] < NEVER
    assert abs(accepted.sum() - granting.sum()) < 4 * np.sqrt((granting * (1 - granting)).sum())


def test_little_holds_exactly_for_the_hearing_rooms(fresh: Flow) -> None:
    """Persons pending summed over days = days waited summed over persons, those still waiting counted to the end."""
    claims = fresh.heard()
    size = fresh.people().size[claims.row]
    here = claims.later["referred"] < fresh.n_days
    spent = np.minimum(claims.later["decided"], fresh.n_days) - claims.later["referred"]
    assert fresh.account.stock("rpd").sum() == (spent * size)[here].sum() > 0


def test_pending_is_arrivals_times_wait(fresh: Flow) -> None:
    """L = lambda W with its boundary term, from what the run publishes alone."""
    wait = fresh.tally.values["wait_days_rpd"].sum()
    claims, n = fresh.heard(), fresh.n_days
    size = fresh.people().size[claims.row]
    waiting = (claims.later["referred"] < n) & (claims.later["decided"] >= n)
    unfinished = ((n - claims.later["referred"]) * size)[waiting].sum()
    assert fresh.account.stock("rpd").mean() * n == pytest.approx(wait + unfinished, rel=1e-12)
    came = size[claims.later["referred"] < n].sum()
    mean_time = (wait + unfinished) / came
    assert fresh.account.stock("rpd").mean() == pytest.approx(came / n * mean_time, rel=1e-12)


def test_those_who_waited_already_are_decided_first(corridor: Corridor) -> None:
    spec = corridor.services["rpd"].initial_pending
    assert spec is not None
    flow = run(corridor, date(2017, 1, 1), date(2017, 6, 30))
    claims = flow.heard()
    size = flow.people().size[claims.row]
    came = np.cumsum(np.bincount(np.minimum(claims.later["referred"], 181), size, minlength=182))[:181]
    gone = np.cumsum(np.bincount(np.minimum(flow.days.size, claims.later["decided"]), size, minlength=182))[:181]
    stock = flow.account.stock("rpd")
    capacity = np.cumsum(corridor.capacity("rpd", flow.days))
    assert abs(stock[0] - (spec.value + came[0] - capacity[0])) <= LARGEST_PARTY
    assert gone.sum() == 0 and capacity[-1] < spec.value  # all decisions of the half-year go to the backlog
    assert np.abs(stock - (spec.value + came - capacity)).max() <= LARGEST_PARTY


def test_twice_the_hearings_shorten_the_wait(corridor: Corridor) -> None:
    twice = corridor.amend([amendment(name="twice", kind="capacity", service="rpd", multiply=2, from_="2018-04-01")])
    one, two = run(corridor), run(twice)
    assert decisions(two)[:3].tolist() == decisions(one)[:3].tolist()
    ratio = decisions(two)[4:12].sum() / decisions(one)[4:12].sum()
    assert ratio == pytest.approx(2, abs=0.01)
    mean = [f.tally.values["wait_days_rpd"][0, 12:].sum() / decisions(f)[12:].sum() for f in (one, two)]
    assert mean[1] < mean[0]
    assert two.tally.values["pending_rpd"][0, -1] < one.tally.values["pending_rpd"][0, -1]


def test_nobody_is_heard_where_no_room_is_open(corridor: Corridor) -> None:
    none = corridor.amend([amendment(name="none", kind="capacity", service="rpd", multiply=0)])
    flow = run(none, date(2022, 1, 1), date(2022, 6, 30))
    assert decisions(flow).sum() == 0
    assert (flow.heard().later["decided"] == NEVER).all()
    assert (np.diff(flow.account.stock("rpd")) >= 0).all()


def test_work_permits_come_after_their_delay_and_not_before_referral(corridor: Corridor, flow: Flow) -> None:
    claims = flow.heard()
    delay = np.round(corridor.steps(corridor.services["work_permit"].steps, flow.days))[claims.day]
    earliest = np.maximum(claims.day + delay, np.minimum(claims.later["referred"], NEVER))
    assert np.array_equal(claims.later["permit"], earliest)
    given = claims.later["permit"] < flow.n_days
    assert flow.tally.values["work_permits"].sum() == flow.people().size[claims.row][given].sum()


def test_appeals_and_removals_stay_within_their_capacity(corridor: Corridor, flow: Flow) -> None:
    for service, daily in (("rad", "appeals"), ("removal", "removals")):
        done, may = np.cumsum(flow.daily[daily]), np.cumsum(corridor.capacity(service, flow.days))
        assert done[-1] > 0
        assert (done <= may + LARGEST_PARTY).all()
    assert flow.daily["removals"].sum() == flow.tally.values["removed"].sum()


def test_only_people_who_came_by_other_ways_or_were_heard_are_in_line(flow: Flow) -> None:
    claims = flow.heard()
    assert set(flow.people().stream[claims.row].tolist()) == set(range(len(STREAMS)))
    assert np.unique(claims.row).size == len(claims)
    assert flow.tally.values["heard"].sum() == (
        flow.people().size[claims.row] * (claims.later["barred"] == NEVER)).sum()  # fmt: skip
