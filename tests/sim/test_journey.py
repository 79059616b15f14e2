"""From the hub to the office: every decision is the law's, and every count adds up party by party."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

import numpy as np
import pytest
from numpy.typing import NDArray

from roxham.law import OUTCOMES, decide
from roxham.sim.amend import Amendment, amendment
from roxham.sim.corridor import Corridor
from roxham.sim.flow import Attempt, Flow
from roxham.sim.journey import ROUNDS, border_facts
from roxham.sim.run import begin, carry_out

RETURN, DIRECTED, ELIGIBLE = (OUTCOMES.index(o) for o in ("ineligible_return_to_US", "directed_back", "eligible"))


def change(**keys: object) -> Amendment:
    return amendment(name="a change", **keys)


def run(corridor: Corridor, *changes: Amendment, from_: date, to: date, draw: int = 5) -> Flow:
    amended = corridor.amend(list(changes)) if changes else corridor
    return carry_out(begin(amended, seed=7, draw=draw, from_=from_, to=to, trace=True))


def decided(flow: Flow) -> Iterator[Attempt]:
    """The parties of each round that reached an office."""
    return (trip for trip in flow.traces if trip.outcome.size == trip.row.size > 0)


@dataclass(frozen=True)
class Ends:
    """One row per decision at the border."""

    size: NDArray[np.int32]
    day: NDArray[np.int32]
    outcome: NDArray[np.int8]
    manner: NDArray[np.str_]
    place: NDArray[np.int64]
    caught: NDArray[np.bool_]
    shown: NDArray[np.bool_]
    before: NDArray[np.bool_]


def ends(flow: Flow) -> Ends:
    assert flow.table is not None
    manner = np.array([a.manner for a in flow.table.alternatives])
    n = len(flow.corridor.world.segments)
    rows = []
    for t in decided(flow):
        p = flow.people()
        place = np.where(t.option < 2 * n, t.option % n, t.option - n)
        before = np.asarray(border_facts(flow, t)["prior_claim_canada"]) != 0
        rows.append((p.size[t.row], t.claim, t.outcome, manner[t.option], place, t.caught, p.shown[t.row], before))
    return Ends(*(np.concatenate(column) for column in zip(*rows, strict=True)))


def tallied(flow: Flow, metric: str) -> float:
    return float(flow.tally.values[metric].sum())


@pytest.fixture(scope="module")
def shut(corridor: Corridor) -> Flow:
    return run(corridor, from_=date(2023, 3, 1), to=date(2023, 8, 31))


@pytest.fixture(scope="module")
def pandemic(corridor: Corridor) -> Flow:
    return run(corridor, from_=date(2020, 1, 1), to=date(2022, 1, 31))


def test_every_decision_is_what_the_law_says_of_the_party(shut: Flow, pandemic: Flow) -> None:
    for flow in (shut, pandemic):
        for trip in decided(flow):
            again = decide(flow.corridor.law, border_facts(flow, trip), flow.corridor.readings).outcome
            assert np.array_equal(again, trip.outcome)


def test_counts_are_those_of_the_parties(shut: Flow) -> None:
    found, n = ends(shut), len(shut.corridor.world.segments)
    sent = found.size * (found.outcome == RETURN)
    by_place = np.bincount(np.minimum(found.place, n + 6), weights=sent, minlength=n + 7)
    others = shut.people().stream > 0
    tally = shut.tally.values["returned_to_us"]
    assert np.array_equal(tally[:n].sum(axis=1), by_place[:n])
    assert tally[n:].sum() >= by_place[n:].sum()
    assert tally[n:].sum() - by_place[n:].sum() <= shut.people().size[others].sum()
    met = sum(int(shut.people().size[t.row[t.caught]].sum()) for t in shut.traces if t.caught.size)
    assert tallied(shut, "entries_irregular") == met


def test_nobody_is_returned_where_there_is_no_agreement(corridor: Corridor) -> None:
    never = change(kind="law", instrument="stca", action="never")
    for span in ((date(2022, 1, 1), date(2022, 6, 30)), (date(2023, 3, 1), date(2023, 8, 31))):
        assert tallied(run(corridor, from_=span[0], to=span[1]), "returned_to_us") > 0
        assert tallied(run(corridor, never, from_=span[0], to=span[1]), "returned_to_us") == 0


def test_the_protocol_from_the_first_day_returns_all_who_are_met_without_a_relative(corridor: Corridor) -> None:
    first = change(kind="law", instrument="protocol_2023", action="starts", from_="2017-01-01")
    span = {"from_": date(2017, 6, 1), "to": date(2017, 11, 30)}
    found = ends(run(corridor, first, **span))
    alone = found.caught & ~found.shown & ~found.before
    assert alone.sum() > 10
    assert set(found.outcome[alone].tolist()) == {RETURN}
    assert set(found.outcome[found.caught & found.shown & ~found.before].tolist()) <= {ELIGIBLE}
    before = ends(run(corridor, **span))
    alone = before.caught & ~before.shown & ~before.before
    assert set(before.outcome[alone].tolist()) == {ELIGIBLE}


def test_at_a_port_only_a_shown_relative_opens_the_door(shut: Flow) -> None:
    found = ends(shut)
    port = (found.manner == "port") & ~found.before
    assert set(found.outcome[port & found.shown].tolist()) == {ELIGIBLE}
    assert set(found.outcome[port & ~found.shown].tolist()) == {RETURN}


def test_those_who_hid_and_waited_are_heard_and_those_met_are_not(shut: Flow) -> None:
    found = ends(shut)
    late = shut.days[found.day] >= np.datetime64("2023-04-15")
    unseen = (found.manner == "hide") & ~found.caught & ~found.before & late
    assert unseen.sum() > 10
    assert set(found.outcome[unseen].tolist()) == {ELIGIBLE}
    met = (found.manner == "hide") & found.caught & ~found.before & ~found.shown & late
    assert set(found.outcome[met].tolist()) <= {RETURN}


def test_an_earlier_claim_bars(shut: Flow) -> None:
    found = ends(shut)
    assert found.before.any()
    assert ELIGIBLE not in found.outcome[found.before]


def test_people_are_directed_back_only_while_the_orders_stood(corridor: Corridor, pandemic: Flow) -> None:
    found = ends(pandemic)
    back = found.outcome == DIRECTED
    days = pandemic.days[found.day[back]]
    assert back.sum() > 50
    assert days.min() >= np.datetime64("2020-03-21") and days.max() <= np.datetime64("2021-11-20")
    inside = (pandemic.days[found.day] >= np.datetime64("2020-03-21")) & (
        pandemic.days[found.day] <= np.datetime64("2021-11-20"))  # fmt: skip
    assert set(found.outcome[inside & found.caught & ~found.shown].tolist()) == {DIRECTED}
    months = pandemic.tally.values["directed_back"].sum(axis=0)
    named = {str(m) for m, people in zip(pandemic.months, months, strict=True) if people}
    assert min(named) == "2020-03" and max(named) == "2021-11"
    never = change(kind="law", instrument="covid_orders", action="never")
    other = run(corridor, never, from_=date(2020, 1, 1), to=date(2020, 9, 30))
    assert tallied(other, "directed_back") == 0


def test_people_directed_back_have_made_no_claim(pandemic: Flow) -> None:
    found = ends(pandemic)
    own = found.size[found.outcome != DIRECTED].sum()
    claims = sum(tallied(pandemic, f"claims_{office}") for office in ("land_border", "airport", "inland"))
    others = pandemic.people().take(pandemic.people().stream > 0).persons
    assert own < claims <= own + others
    assert claims == own + others - _directed(pandemic, found)


def _directed(flow: Flow, found: Ends) -> float:
    return tallied(flow, "directed_back") - float(found.size[found.outcome == DIRECTED].sum())


def test_a_party_tries_again_only_after_it_was_sent_back(shut: Flow) -> None:
    rounds = {k: [t for t in shut.traces if t.round == k] for k in range(ROUNDS)}
    assert max(t.round for t in shut.traces) < ROUNDS
    for k in range(1, ROUNDS):
        sent = {}
        for t in rounds[k - 1]:
            if t.outcome.size == t.row.size:
                gone = (t.outcome == RETURN) | (t.outcome == DIRECTED)
                sent |= dict(zip(t.row[gone].tolist(), t.claim[gone].tolist(), strict=True))
        tried = np.concatenate([t.row for t in rounds[k]] or [np.zeros(0, dtype=np.int64)])
        assert np.unique(tried).size == tried.size
        for t in rounds[k]:
            for row, day in zip(t.row.tolist(), t.day.tolist(), strict=True):
                assert day > sent[row]
    assert rounds[1]


def test_time_only_runs_forward(shut: Flow) -> None:
    spread = 2 * shut.parameters["travel_days"]
    for t in decided(shut):
        assert (t.entry >= t.day).all() and (t.entry - t.day <= spread).all()
        assert (t.claim >= t.entry).all()
        assert (t.claim[t.caught] == t.entry[t.caught]).all()
        assert (t.day >= shut.people().day[t.row]).all()


def test_waiting_takes_its_days(shut: Flow) -> None:
    assert shut.table is not None
    late = round(shut.parameters["late_claim_days"])
    manner = np.array([a.manner for a in shut.table.alternatives])
    for t in decided(shut):
        waited = (manner[t.option] == "hide") & ~t.caught & (t.day >= 31)
        assert set((t.claim - t.entry)[waited].tolist()) <= {late}


def test_detection_is_as_frequent_as_the_segment_says(corridor: Corridor) -> None:
    many = change(kind="pressure", multiply=4)
    flow = run(corridor, many, from_=date(2023, 6, 1), to=date(2024, 5, 31))
    assert flow.table is not None
    n, names = len(corridor.world.segments), list(corridor.world.segments)
    caught, expected, spread = 0.0, 0.0, 0.0
    for t in flow.traces:
        if t.caught.size:
            hides = (t.option >= n) & (t.option < 2 * n)
            chance = np.array([corridor.world.segments[s].detection for s in names])[t.option[hides] % n]
            caught, expected = caught + t.caught[hides].sum(), expected + chance.sum()
            spread += (chance * (1 - chance)).sum()
    assert spread > 10
    assert abs(caught - expected) < 4 * np.sqrt(spread)


def test_claims_of_early_months_are_booked_inland(corridor: Corridor) -> None:
    """Before March 2018 irregular claims in Quebec are booked inland, as published: 2,790 and 5,635 in summer 2017."""
    flow = run(corridor, from_=date(2017, 6, 1), to=date(2018, 4, 30))
    quebec = corridor.province_index("QC")
    inland = dict(zip(flow.months.astype(str), flow.tally.values["claims_inland"][quebec], strict=True))
    land = dict(zip(flow.months.astype(str), flow.tally.values["claims_land_border"][quebec], strict=True))
    assert inland["2017-08"] > 4_000 and land["2017-08"] < 1_000
    assert land["2018-03"] > 900 > inland["2018-03"]
