"""Beds, nights and transfers: never more people than beds, and nobody sent on outside the rule."""

from __future__ import annotations

from datetime import date

import numpy as np
import pytest

from roxham.sim.amend import Amendment, amendment
from roxham.sim.corridor import Corridor
from roxham.sim.flow import Flow
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
    """Who is in a bed at the end can be no more than those who were ever given one there."""
    claims = flow.heard()
    size, given = flow.people().size[claims.row], claims.later["bed_from"] >= 0
    assert (claims.later["bed_from"][given] >= claims.day[given]).all()
    assert (claims.later["bed_place"][given] >= 0).all()
    patience = flow.corridor.reception.patience_days.value
    assert (claims.later["bed_from"][given] - claims.day[given]).max() <= patience + 1
    for p, name in enumerate(flow.corridor.reception.places):
        assert flow.nights[name].max() <= size[given & (claims.later["bed_place"] == p)].sum()


def moved(flow: Flow) -> np.ndarray:
    return flow.heard().later["sent_on"] == 1


def test_transferred_people_are_those_counted(flow: Flow) -> None:
    claims, places = flow.heard(), len(flow.corridor.reception.places)
    size = flow.people().size[claims.row]
    by_place = np.bincount(claims.later["bed_place"][moved(flow)], size[moved(flow)], minlength=places)
    assert np.array_equal(flow.tally.values["transferred"].sum(axis=1), by_place)
    assert by_place.sum() > 1_000


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
    claims = flow.heard()
    border = (claims.office == 0) & (claims.province == corridor.province_index("QC"))
    need = border & (claims.later["bed_place"] >= 0)
    share = corridor.transfer_share(flow.days)[claims.day[need]]
    assert abs(moved(flow)[need].sum() - share.sum()) < 4 * np.sqrt((share * (1 - share)).sum())
    to = corridor.reception.transfer.to
    names = list(corridor.reception.places)
    for place, n in to.items():
        mine = (claims.later["bed_place"][moved(flow)] == names.index(place)).mean()
        expected = n.value / sum(v.value for v in to.values())
        assert abs(mine - expected) < 4 * np.sqrt(expected * (1 - expected) / moved(flow).sum()) + 1e-9


def test_none_are_transferred_at_a_share_of_zero(corridor: Corridor) -> None:
    none = run(corridor, change(kind="transfer", share=0))
    assert not moved(none).any()
    assert none.tally.values["transferred"].sum() == 0


def test_all_in_need_are_transferred_at_a_share_of_one(corridor: Corridor, flow: Flow) -> None:
    everybody = run(corridor, change(kind="transfer", share=1, from_="2022-06-30"))
    claims = everybody.heard()
    border = (claims.office == 0) & (claims.province == corridor.province_index("QC"))
    need = border & (claims.later["bed_place"] >= 0) & (everybody.days[claims.day] >= np.datetime64("2022-06-30"))
    assert np.array_equal(moved(everybody), need)
    assert need.sum() > moved(flow).sum()
    same_need = flow.heard().later["bed_place"] >= 0
    assert np.array_equal(claims.later["bed_place"] >= 0, same_need)  # the rule says where, not who


def test_people_who_claim_in_a_province_sleep_there_unless_sent_on(corridor: Corridor, flow: Flow) -> None:
    claims = flow.heard()
    specs = list(corridor.reception.places.values())
    here = (claims.later["bed_place"] >= 0) & ~moved(flow)
    for place, province in np.unique([claims.later["bed_place"][here], claims.province[here]], axis=1).T.tolist():
        assert corridor.provinces[province] in (specs[place].serves or [specs[place].province])


def test_the_share_in_need_is_that_of_the_stream(corridor: Corridor, flow: Flow) -> None:
    claims = flow.heard()
    stream = flow.people().stream[claims.row]
    for k, (name, steps) in enumerate(corridor.reception.need_share.items()):
        assert name == ("corridor", "airport", "inland", "land_port")[k]
        mine = stream == k
        share = corridor.steps(steps, flow.days)[claims.day[mine]]
        asked = (claims.later["bed_place"][mine] >= 0).sum()
        assert abs(asked - share.sum()) <= 4 * np.sqrt((share * (1 - share)).sum())


def test_without_beds_everybody_waits(corridor: Corridor) -> None:
    none = run(corridor, change(kind="beds", place="all", multiply=0))
    assert none.tally.values["bed_nights"].sum() == 0
    assert none.tally.values["nights_without_bed"].sum() > 0
    assert (none.heard().later["bed_from"] < 0).all()
