"""Beds, nights and transfers: never more people than beds, and nobody sent on outside the rule."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import numpy as np
import pytest

from roxham.sim.amend import Amendment, amendment
from roxham.sim.corridor import Corridor
from roxham.sim.flow import Flow
from roxham.sim.housing import under_the_rule
from roxham.sim.run import begin, carry_out

FROM, TO = date(2022, 5, 1), date(2023, 3, 31)


def change(**keys: object) -> Amendment:
    return amendment(name="a change", **keys)


def run(corridor: Corridor, *changes: Amendment, draw: int = 1) -> Flow:
    amended = corridor.amend(list(changes)) if changes else corridor
    return carry_out(begin(amended, seed=7, draw=draw, from_=FROM, to=TO))


@pytest.fixture(scope="module")
def flow(corridor: Corridor) -> Flow:
    return run(corridor)


def test_nobody_enters_a_place_without_a_bed(corridor: Corridor, flow: Flow) -> None:
    for name in corridor.reception.places:
        beds = corridor.beds(name, flow.days)
        assert (flow.nights[name] <= np.maximum.accumulate(beds)).all(), name
        growing = np.diff(flow.nights[name]) > 0
        assert (flow.nights[name][1:][growing] <= beds[1:][growing]).all(), name


def test_some_places_are_full_and_some_people_wait(flow: Flow) -> None:
    full = [name for name, n in flow.nights.items() if (n >= 0.95 * flow.corridor.beds(name, flow.days)).any()
            and n.max() > 100]  # fmt: skip
    assert full
    assert flow.tally.values["nights_without_bed"].sum() > 0


def test_nights_are_stocks_summed_over_days(flow: Flow) -> None:
    ends = np.flatnonzero(np.diff(np.append(flow.tally.month_of_day, -1)))
    for p, name in enumerate(flow.corridor.reception.places):
        nights = flow.tally.values["bed_nights"][p]
        assert nights.sum() == flow.nights[name].sum()
        assert np.array_equal(flow.tally.values["persons_in_beds"][p], flow.nights[name][ends])


def test_people_sleep_one_by_one_where_the_run_says(flow: Flow) -> None:
    """What stands beside a claim is what the records of the places hold."""
    claims = flow.heard()
    given = claims.later["bed_from"] >= 0
    assert (claims.later["bed_from"][given] >= claims.day[given]).all()
    assert (claims.later["bed_place"][given] >= 0).all()
    for p, name in enumerate(flow.corridor.reception.places):
        housed, who = flow.served[f"beds: {name}"], flow.lodged[name]
        there = np.isin(np.flatnonzero(given & (claims.later["bed_place"] == p)), who[housed.entered >= 0])
        assert there.all(), name
        assert np.array_equal(housed.persons, flow.people().size[claims.row[who]])


def test_nobody_waits_longer_in_all_than_people_bear(flow: Flow) -> None:
    """Nights without a bed from the first place to the last of one chain; those who moved on ask anew."""
    waited = np.zeros(len(flow.heard()), dtype=int)
    for name in flow.corridor.reception.places:
        housed, who = flow.served[f"beds: {name}"], flow.lodged[name]
        end = np.where(housed.entered >= 0, housed.entered, np.where(housed.left >= 0, housed.left, flow.n_days))
        waited[who] += end - housed.arrived
    stayed = flow.heard().later["moved_on"] >= flow.n_days
    assert waited[stayed].max() == flow.corridor.reception.patience_days.value


def test_nobody_is_in_two_beds(flow: Flow) -> None:
    nights: list[np.ndarray] = []
    for name in flow.corridor.reception.places:
        housed, who = flow.served[f"beds: {name}"], flow.lodged[name]
        left = np.where(housed.left >= 0, housed.left, flow.n_days)
        slept = housed.entered >= 0
        nights.append(np.stack([who[slept], housed.entered[slept], left[slept]], axis=1))
    rows = np.concatenate(nights)
    rows = rows[np.lexsort((rows[:, 1], rows[:, 0]))]
    same = rows[1:, 0] == rows[:-1, 0]
    assert same.sum() > 1_000
    assert (rows[1:, 1][same] >= rows[:-1, 2][same]).all()


def test_littles_law_holds_in_every_place_in_beds_and_without(flow: Flow) -> None:
    for name in flow.corridor.reception.places:
        housed = flow.served[f"beds: {name}"]
        assert housed.occupied_persons.sum() == housed.nights_in_bed.sum() > 0, name
        assert housed.waiting_persons.sum() == housed.nights_without.sum(), name


def test_who_finds_no_bed_goes_to_the_next_place_or_is_counted_as_gone(flow: Flow) -> None:
    places = flow.corridor.reception.places
    came = {name: flow.served[f"beds: {name}"].persons.sum() for name in places}
    further = 0
    for p, (name, spec) in enumerate(places.items()):
        housed, who = flow.served[f"beds: {name}"], flow.lodged[name]
        gone = flow.tally.values["left_without_bed"][p].sum()
        gave_up = housed.persons[housed.gave_up].sum()
        if "transit" in spec.serves:
            assert gone == 0
        elif spec.overflow is None:
            assert gave_up == gone, name
        else:
            into = spec.overflow.to
            passed = np.isin(who[housed.gave_up], flow.lodged[into])
            assert gave_up == gone + housed.persons[housed.gave_up][passed].sum(), name
            further += int(passed.sum())
    assert further > 100
    assert came["montreal_hotels"] > 1_000


def asked(flow: Flow) -> np.ndarray:
    return flow.heard().later["bed_place"] >= 0


def moved(flow: Flow) -> np.ndarray:
    return flow.heard().later["sent_on"] == 1


def test_transferred_people_are_those_counted_and_those_who_arrive_elsewhere(flow: Flow) -> None:
    claims, places = flow.heard(), list(flow.corridor.reception.places)
    size, sent = flow.people().size[claims.row], flow.tally.values["transferred"]
    assert sent.sum() == size[moved(flow)].sum() > 1_000
    on_the_way = moved(flow).copy()
    for name in flow.corridor.reception.transfer.to:
        here = flow.lodged[name][moved(flow)[flow.lodged[name]]]
        assert on_the_way[here].all()
        on_the_way[here] = False
        assert size[here].sum() <= sent[places.index(name)].sum()
    transit = flow.served["beds: lacolle_temporary"]
    still = flow.lodged["lacolle_temporary"][(transit.entered >= 0) & (transit.left < 0)]
    assert set(np.flatnonzero(on_the_way).tolist()) <= set(still.tolist())


def test_only_border_arrivals_of_the_rule_s_province_are_transferred(corridor: Corridor, flow: Flow) -> None:
    claims, rule = flow.heard(), corridor.reception.transfer
    sent = moved(flow)
    assert set(claims.office[sent].tolist()) == {0}
    assert set(claims.province[sent].tolist()) == {corridor.province_index(rule.of)}
    names = list(corridor.reception.places)
    assert {names[p] for p in claims.later["bed_place"][sent]} <= set(rule.to)
    assert rule.of not in {corridor.province_of(p) for p in rule.to}
    assert (flow.days[claims.day[sent]] >= np.datetime64("2022-06-30")).all()


def test_as_many_are_transferred_as_the_share_of_the_day_says(corridor: Corridor, flow: Flow) -> None:
    claims, sent, rule = flow.heard(), moved(flow), under_the_rule(flow)
    share = corridor.transfer_share(flow.days)[claims.day[rule]]
    assert abs(sent.sum() - share.sum()) < 4 * np.sqrt((share * (1 - share)).sum())
    to = corridor.reception.transfer.to
    by_place = flow.tally.values["transferred"].sum(axis=1) / flow.tally.values["transferred"].sum()
    for place, n in to.items():
        expected = n.value / sum(v.value for v in to.values())
        mine = by_place[list(corridor.reception.places).index(place)]
        spread = np.sqrt(expected * (1 - expected) / sent.sum())
        assert abs(mine - expected) < 8 * spread + 1e-9  # persons come in families, so twice the usual spread


def test_those_in_need_are_sent_on_before_those_who_are_not(corridor: Corridor, flow: Flow) -> None:
    claims, rule = flow.heard(), under_the_rule(flow)
    need = corridor.steps(corridor.reception.need_share["corridor"], flow.days)[claims.day]
    few = rule & (corridor.transfer_share(flow.days)[claims.day] < need)
    none = run(corridor, change(kind="transfer", share=0))
    assert asked(none)[few & moved(flow)].all()
    assert (asked(flow) | ~asked(none)).all()


def test_none_are_transferred_at_a_share_of_zero(corridor: Corridor) -> None:
    none = run(corridor, change(kind="transfer", share=0))
    assert not moved(none).any()
    assert none.tally.values["transferred"].sum() == 0


def test_all_who_cross_are_transferred_at_a_share_of_one(corridor: Corridor, flow: Flow) -> None:
    everybody = run(corridor, change(kind="transfer", share=1, from_="2022-06-30"))
    late = everybody.days[everybody.heard().day] >= np.datetime64("2022-06-30")
    assert np.array_equal(moved(everybody), under_the_rule(everybody) & late)
    assert moved(everybody).sum() > moved(flow).sum()


def test_people_who_claim_in_a_province_sleep_there_unless_sent_on_or_passed_on(corridor: Corridor, flow: Flow) -> None:
    claims, places = flow.heard(), corridor.reception.places
    names = list(places)

    def reached(province: str) -> set[str]:
        out = {name for name, spec in places.items() if province in (spec.serves or [spec.province])}
        for name in names:  # overflow goes to later places of the file
            overflow = places[name].overflow
            if name in out and overflow is not None:
                out.add(overflow.to)
        return out

    here = asked(flow) & ~moved(flow)
    for place, province in np.unique([claims.later["bed_place"][here], claims.province[here]], axis=1).T.tolist():
        assert names[place] in reached(corridor.provinces[province])


def test_the_share_in_need_is_that_of_the_stream(corridor: Corridor, flow: Flow) -> None:
    claims, rule = flow.heard(), under_the_rule(flow)
    for k, (name, steps) in enumerate(corridor.reception.need_share.items()):
        assert name == ("corridor", "airport", "inland", "land_port")[k]
        mine = claims.way == k
        share = corridor.steps(steps, flow.days)[claims.day[mine]]
        sent = np.where(rule[mine], corridor.transfer_share(flow.days)[claims.day[mine]], 0)
        share = np.maximum(share, sent)  # all who are sent on get a bed
        assert abs(asked(flow)[mine].sum() - share.sum()) <= 4 * np.sqrt((share * (1 - share)).sum())


def test_people_move_on_to_where_they_mean_to_live_and_only_they(corridor: Corridor, flow: Flow) -> None:
    claims, people = flow.heard(), flow.people()
    on = claims.later["moved_on"] < flow.n_days
    assert (people.settle[claims.row[on]] != claims.province[on]).all()
    assert not (on & moved(flow)).any()
    assert (claims.later["moved_on"][on] >= claims.day[on]).all()
    at_once = on & ~asked(flow)
    assert np.array_equal(claims.later["moved_on"][at_once], claims.day[at_once])
    crossed = under_the_rule(flow) & ~moved(flow) & ~asked(flow)
    assert abs(on[crossed].mean() - 0.37) < 0.03  # people/ties.csv with the composition of 2022
    home = people.settle[claims.row[on]]
    count = np.bincount(home, people.size[claims.row[on]], minlength=len(corridor.provinces))
    assert np.array_equal(flow.tally.values["moved_on"].sum(axis=1), count)


def test_who_moved_on_sleeps_in_the_new_province_or_under_a_roof_of_their_own(corridor: Corridor, flow: Flow) -> None:
    claims, places = flow.heard(), list(corridor.reception.places)
    day = claims.later["moved_on"]
    asked_again = 0
    for name in places:
        housed, who = flow.served[f"beds: {name}"], flow.lodged[name]
        later = (day[who] < flow.n_days) & (housed.arrived >= day[who]) & (day[who] > claims.day[who])
        asked_again += int(later.sum())
        assert corridor.province_of(name) != "QC" or not later.any()
    before = asked(flow) & (day < flow.n_days)
    share = corridor.reception.onward.need_share.value
    assert 0.5 * share * before.sum() < asked_again < 1.6 * share * before.sum()  # overflow may be asked twice


def test_nobody_moves_on_where_the_case_does_not_say_so(corridor: Corridor) -> None:
    still = replace(corridor, reception=corridor.reception.model_copy(update={"onward": None}))
    assert run(still).tally.values["moved_on"].sum() == 0


def test_beds_are_left_some_days_after_the_work_permit_where_the_case_says_so(corridor: Corridor, flow: Flow) -> None:
    places = dict(corridor.reception.places)
    assert places["ottawa"].permit_days is not None
    soon = places["ottawa"].permit_days.model_copy(update={"value": 10.0, "low": 0.0})
    places["ottawa"] = places["ottawa"].model_copy(update={"permit_days": soon})
    sooner = run(replace(corridor, reception=corridor.reception.model_copy(update={"places": places})))
    housed, who = sooner.served["beds: ottawa"], sooner.lodged["ottawa"]
    last = np.maximum(sooner.heard().later["permit"][who] + 10, housed.entered + 1)
    went = (housed.entered >= 0) & (housed.left >= 0)
    assert (housed.left[went] <= last[went]).all()
    assert (housed.left[went] == last[went]).sum() > 100
    before = flow.served["beds: ottawa"]
    assert (went.sum() / (housed.entered >= 0).sum()) > ((before.left >= 0) & (before.entered >= 0)).sum() / (
        before.entered >= 0).sum()


def test_without_beds_everybody_waits(corridor: Corridor) -> None:
    none = run(corridor, change(kind="beds", place="all", multiply=0))
    assert none.tally.values["bed_nights"].sum() == 0
    assert none.tally.values["nights_without_bed"].sum() > 0
    assert (none.heard().later["bed_from"] < 0).all()
    lost = none.tally.values["left_without_bed"].sum()
    waiting = sum(none.served[f"beds: {name}"].waiting_persons[-1] for name in corridor.reception.places)
    size = none.people().size[none.heard().row]
    once = asked(none) & (none.heard().later["moved_on"] >= none.n_days)
    assert lost + waiting >= size[once].sum() > 0  # nobody without a bed is hidden
