"""A cohort's money: its members, nobody new after the case, and costs that are those of the whole run, row by row."""

from __future__ import annotations

from datetime import date

import numpy as np
import pytest

from roxham.errors import RunError, UnitError
from roxham.sim.cohort import LEAST, MOST, FiscalYear, add_up, follow, members, nobody_after
from roxham.sim.corridor import Corridor, load
from roxham.sim.flow import Flow
from roxham.sim.run import begin, carry_out

YEAR = FiscalYear.parse("2017-18")


@pytest.fixture(scope="module")
def toy() -> Corridor:
    return load("toy")


@pytest.fixture(scope="module")
def flow(corridor: Corridor) -> Flow:
    return carry_out(begin(corridor, seed=7, draw=1, from_=date(2017, 1, 1), to=date(2019, 12, 31)))


@pytest.mark.parametrize("text", ["2017", "2017-19", "2017-2018", "17-18", "2017-18 ", ""])
def test_what_is_no_fiscal_year_is_refused(text: str) -> None:
    with pytest.raises(UnitError, match="fiscal year"):
        FiscalYear.parse(text)


def test_a_fiscal_year_goes_from_april_to_march() -> None:
    assert (YEAR.start, YEAR.last, YEAR.end) == (date(2017, 4, 1), date(2018, 3, 31), date(2018, 4, 1))
    assert str(FiscalYear.parse("1999-00")) == "1999-00"


def test_the_cohort_is_who_crossed_in_the_year_each_once(flow: Flow) -> None:
    mine = members(flow, YEAR)
    size = flow.people().size
    months = [k for k, month in enumerate(flow.months.astype(str)) if "2017-04" <= month <= "2018-03"]
    crossings = sum(flow.tally.values[m][:, months].sum() for m in ("entries_irregular", "entries_undetected"))
    again = crossings - size[mine].sum()
    assert 0 <= again <= 0.01 * crossings
    assert (flow.people().stream[mine] == 0).all()


def test_three_cohorts_and_everybody_else_cost_what_the_run_costs(flow: Flow) -> None:
    lives = [add_up(flow, FiscalYear(year)) for year in (2016, 2017, 2018, 2019)]
    everybody = np.ones(len(flow.people()), dtype=bool)
    for year in (2016, 2017, 2018, 2019):
        everybody &= ~members(flow, FiscalYear(year))
    assert everybody.any()
    for (item, payer), amount in flow.meters.items():
        ours = sum(one.cost[item, payer].sum() for one in lives)
        assert 0 <= ours <= amount.sum() * (1 + 1e-9)
    police = sum(one.cost["police_interception", "federal"].sum() for one in lives)
    assert police == pytest.approx(flow.meters["police_interception", "federal"].sum(), rel=0.02)


def test_costs_by_year_begin_with_the_cohort(flow: Flow) -> None:
    lives = add_up(flow, YEAR)
    assert lives.years == ("2016-17", "2017-18", "2018-19", "2019-20")
    for amount in lives.cost.values():
        assert amount[0] == 0
    assert lives.cost["health", "federal"][2] > 0
    assert lives.paths[LEAST][1] > 0
    assert 0 < lives.open < 1
    assert lives.wait > 100


def test_whoever_is_followed_to_the_end_has_no_open_claim(toy: Corridor) -> None:
    near, far = (follow(toy, FiscalYear.parse("2030-31"), seed=7, draw=0, years=years) for years in (1, 10))
    assert near.open > far.open == 0
    assert near.persons == far.persons
    assert far.paths[MOST][1] > far.paths[LEAST][1] > 0
    assert sum(v.sum() for v in far.cost.values()) >= sum(v.sum() for v in near.cost.values())


def test_nobody_comes_after_the_last_month_and_nothing_before_it_changes(toy: Corridor) -> None:
    posterior = toy.posterior()
    months = np.arange(posterior.months[0], posterior.months[-1] + 25)
    longer = nobody_after(posterior, months)
    n = len(posterior.months)
    assert np.array_equal(longer.months, months)
    assert np.array_equal(longer.pressure[:, :n], posterior.pressure)
    assert not longer.pressure[:, n:].any()
    for office, persons in longer.streams.items():
        assert np.array_equal(persons[:n], posterior.streams[office])
        assert not persons[n:].any()
    assert nobody_after(posterior, posterior.months) is posterior


def test_longer_waits_cost_more_health_cover(corridor: Corridor) -> None:
    from roxham.sim.amend import amendment

    half = corridor.amend([amendment(name="half", kind="capacity", service="rpd", multiply=0.5)])
    was, slower = (follow(one, YEAR, seed=7, draw=0, years=2) for one in (corridor, half))
    assert slower.persons == was.persons
    assert slower.wait > 1.3 * was.wait
    assert slower.cost["health", "federal"].sum() > 1.2 * was.cost["health", "federal"].sum()
    for item in ("police_interception", "claim_intake"):
        assert slower.cost[item, "federal"].sum() == was.cost[item, "federal"].sum()


def test_a_year_that_the_case_does_not_cover_is_refused(corridor: Corridor) -> None:
    with pytest.raises(RunError, match="covers 2017-01-01 to 2024-12-31"):
        follow(corridor, FiscalYear.parse("2010-11"), seed=7, draw=0)
