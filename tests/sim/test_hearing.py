"""The claim's life in the shipped case: first in, first out within a stream, and as many decisions as capacity."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import numpy as np
import pytest

from roxham.people import STREAMS
from roxham.sim.amend import amendment
from roxham.sim.corridor import Corridor
from roxham.sim.course import until
from roxham.sim.flow import NEVER, Flow
from roxham.sim.passage import Course
from roxham.sim.record import little
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
    """Persons decided by month, the backlog included; those who withdrew before a hearing are not."""
    return flow.tally.weights["wait_days_rpd"][0]


def course(flow: Flow) -> Course:
    assert flow.course is not None
    return flow.course


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
    passage, size = course(flow).passages["hearing"], course(flow).persons("hearing")
    in_2019 = passage.left >= int((np.datetime64("2019-01-01") - flow.days[0]).astype(int))
    withdrawn = size[passage.by("withdrawn") & in_2019].sum()
    assert 800 < withdrawn < 2_200  # 2 % a year of those pending
    assert decisions(flow)[12:].sum() + withdrawn == pytest.approx(42_553, rel=0.02)


def test_nobody_overtakes_within_a_stream(corridor: Corridor, fresh: Flow) -> None:
    """Less complex claims have a line of their own; in each, who came first is decided first."""
    passage = course(fresh).passages["hearing"]
    assert passage.served is not None
    groups = course(fresh).cases.traits["group"][0][passage.row]
    streams = corridor.procedure.stages["hearing"].streams
    named = [corridor.groups.index(group) for stream in streams.values() for group in stream.who["group"]]
    plain = passage.served.done & ~np.isin(groups, named)
    order = np.lexsort((np.arange(plain.sum()), passage.entered[plain]))
    assert (np.diff(passage.left[plain][order]) >= 0).all()
    quick = passage.served.done & (groups == corridor.groups.index("turkey"))
    wait = passage.left - passage.entered
    assert wait[quick].mean() < wait[plain].mean()


def test_nobody_overtakes_at_the_desk(fresh: Flow) -> None:
    claims = fresh.heard()
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
    withdrawn = np.zeros(len(claims), dtype=bool)
    passage = course(fresh).passages["hearing"]
    withdrawn[passage.row[passage.by("withdrawn")] - course(fresh).backlog] = True
    done = (claims.later["decided"] < NEVER) & ~withdrawn
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


@pytest.mark.parametrize("which", ["flow", "fresh"])
def test_little_holds_exactly_for_every_service_and_stage(which: str, request: pytest.FixtureRequest) -> None:
    one: Flow = request.getfixturevalue(which)
    assert set(one.corridor.procedure.services) <= set(one.served)
    for name, record in one.served.items():
        area, spent = little(record)
        assert area == pytest.approx(spent, rel=1e-9), name
    for name, passage in course(one).passages.items():
        spent = (np.minimum(passage.left, one.n_days) - np.maximum(passage.entered, 0)) * course(one).persons(name)
        assert course(one).stock(name).sum() == spent.sum(), name


def test_states_hold_whom_the_stages_hold(flow: Flow) -> None:
    procedure = flow.corridor.procedure
    for state in {stage.state for stage in procedure.stages.values()}:
        inside = np.sum([course(flow).stock(name) for name, s in procedure.stages.items() if s.state == state], axis=0)
        assert np.array_equal(inside, flow.account.stock(state)), state


def test_pending_is_arrivals_times_wait(fresh: Flow) -> None:
    """L = lambda W with its boundary term, from what the run publishes and those who withdrew."""
    wait = fresh.tally.values["wait_days_rpd"].sum()
    passage, gone = course(fresh).passages["hearing"], course(fresh).passages["hearing"].by("withdrawn")
    wait += ((passage.left - passage.entered) * course(fresh).persons("hearing"))[gone].sum()
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
    passage, size = course(flow).passages["hearing"], course(flow).persons("hearing")
    new, left = passage.entered >= 0, passage.by("withdrawn")
    came = np.cumsum(np.bincount(passage.entered[new], size[new], minlength=181))
    withdrew = np.cumsum(np.bincount(passage.left[left], size[left], minlength=181))
    assert passage.served is not None
    assert (passage.row[passage.served.done] < course(flow).backlog).all()  # all decisions go to those who waited
    stock = flow.account.stock("rpd")
    capacity = np.cumsum(corridor.capacity("rpd", flow.days))
    assert capacity[-1] < spec.value
    assert np.abs(stock - (spec.value + came - capacity - withdrew)).max() <= LARGEST_PARTY


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
    passage = course(flow).passages["hearing"]
    assert set(np.unique(passage.outcome)) == {-1, passage.names.index("withdrawn")}  # they still may withdraw


def test_work_permits_come_after_their_delay_and_not_before_referral(corridor: Corridor, flow: Flow) -> None:
    claims = flow.heard()
    delay = np.round(corridor.steps(corridor.services["work_permit"].steps, flow.days))[claims.day]
    earliest = np.maximum(claims.day + delay, np.minimum(claims.later["referred"], NEVER))
    assert np.array_equal(claims.later["permit"], earliest)  # one delay holds through 2018 and 2019
    given = claims.later["permit"] < flow.n_days
    assert flow.tally.values["work_permits"].sum() == flow.people().size[claims.row][given].sum()


def test_appeals_and_removals_stay_within_their_capacity(corridor: Corridor, flow: Flow) -> None:
    for service, daily in (("rad", "appeals"), ("removal", "removals")):
        done, may = np.cumsum(flow.daily[daily]), np.cumsum(corridor.capacity(service, flow.days))
        assert done[-1] > 0
        assert (done <= may + LARGEST_PARTY).all()
    left = flow.account.stock("departed")[-1]
    assert flow.daily["removals"].sum() + left == flow.tally.values["removed"].sum()
    assert left > 0


def test_only_people_who_came_by_other_ways_or_were_heard_are_in_line(flow: Flow) -> None:
    claims = flow.heard()
    assert set(flow.people().stream[claims.row].tolist()) == set(range(len(STREAMS)))
    assert np.unique(claims.row).size == len(claims)
    assert flow.tally.values["heard"].sum() == (
        flow.people().size[claims.row] * (claims.later["barred"] == NEVER)).sum()  # fmt: skip


def test_the_policy_of_november_2022_serves_those_who_waited(corridor: Corridor) -> None:
    """Claims of the day before it: 213 days by the old delay, 30 days from the first day of the policy by the new."""
    flow = run(corridor, date(2022, 11, 1), date(2022, 12, 31))
    ends = until(corridor.delay("work_permit", flow.days))
    policy = int((np.datetime64("2022-11-16") - flow.days[0]).astype(int))
    assert ends[policy - 1] == ends[policy] == policy + 30
    longer = flow.corridor.amend([amendment(name="slow", kind="capacity", service="work_permit", set="300 days")])
    assert (until(longer.delay("work_permit", flow.days)) == np.arange(flow.n_days) + 300).all()


def test_a_shorter_permit_delay_brings_more_permits(corridor: Corridor) -> None:
    quick = corridor.amend([amendment(name="quick", kind="capacity", service="work_permit", set="10 days",
                                      from_="2018-06-01")])  # fmt: skip
    base, other = (run(one, to=date(2018, 12, 31)).tally.values["work_permits"][0] for one in (corridor, quick))
    assert np.array_equal(base[:5], other[:5])
    assert other[5:].sum() > base[5:].sum()


def test_who_came_in_under_an_exception_at_a_port_may_not_appeal(flow: Flow) -> None:
    passage = course(flow).passages["time_to_appeal"]
    way, words = course(flow).cases.traits["way"]
    port = way[passage.row] == words.index("land_port")
    gone = passage.outcome >= 0
    assert port[gone].any()
    assert (passage.by("no_appeal") == (port & gone)).all()
    appeal = course(flow).passages["appeal"]
    assert (way[appeal.row] != words.index("land_port")).all()


def test_residence_is_slower_in_quebec(corridor: Corridor) -> None:
    late = run(corridor, date(2017, 1, 1), date(2019, 12, 31))
    passage, (codes, words) = course(late).passages["residence"], course(late).cases.traits["province"]
    stay = passage.left - passage.entered
    done = passage.outcome >= 0
    quebec = codes[passage.row] == words.index("QC")
    assert late.tally.values["permanent_residents"].sum() == course(late).persons("residence")[done].sum() > 0
    assert len(set(stay[done & ~quebec].tolist())) == 1
    assert stay[done & quebec].min() != stay[done & ~quebec].min()


def test_the_pandemic_stops_the_hearings_and_they_come_back(corridor: Corridor) -> None:
    """IRB, monthly: 3,961 decided in February 2020, 23 in April, 1,507 in June, 2,028 in September."""
    flow = run(corridor, date(2020, 1, 1), date(2020, 12, 31))
    month = decisions(flow)
    assert month[3] == month[4] == 0
    assert 0 < month[5] < month[6]
    assert month[8] == pytest.approx(2_028 * 25_288 / 26_500, rel=0.12)
    assert month[1] == pytest.approx(3_961 * 25_288 / 26_500, rel=0.12)
