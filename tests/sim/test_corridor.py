"""The corridor is read whole, never changes, and is amended by copies whose days include both ends."""

from __future__ import annotations

from datetime import date

import numpy as np
import pytest

from roxham.errors import EvidenceError, UnknownName
from roxham.sim.amend import Amendment, amendment
from roxham.sim.corridor import Corridor, cases, load

DAYS = np.arange(np.datetime64("2022-12-01"), np.datetime64("2023-04-01"))
MONTHS = np.arange(np.datetime64("2022-12", "M"), np.datetime64("2023-04", "M"))


def change(**keys: object) -> Amendment:
    return amendment(name="a change", **keys)


def changed(before: np.ndarray, after: np.ndarray) -> list[str]:
    days = DAYS[before != after]
    return [str(days[0]), str(days[-1]), str(days.size)] if days.size else []


def test_the_shipped_case_is_found_by_name(corridor: Corridor) -> None:
    assert "canada_us" in cases()
    assert corridor.id == "canada_us"
    assert load("canada-us").hash == corridor.hash == load(corridor.folder).hash
    with pytest.raises(UnknownName, match=r"did you mean .?canada_us"):
        load("canada_su")


def test_shares_of_people_sum_to_one(corridor: Corridor) -> None:
    months = np.arange(np.datetime64("2017-01", "M"), np.datetime64("2025-01", "M"))
    for rows in (corridor.shares(months), corridor.sizes):
        assert np.allclose(rows.sum(axis=1), 1) and (rows >= 0).all()
    assert (corridor.ties.sum(axis=1) > 0).all() and (corridor.ties >= 0).all()
    for measure in ("acceptance", "abandoned_share"):
        share = corridor.outcome_share(measure, DAYS)
        assert share.shape == (len(corridor.groups), len(DAYS))
        assert (share > 0).all() and (share < 1).all()


def test_a_step_holds_from_its_date_until_the_next(corridor: Corridor) -> None:
    steps = corridor.reception.transfer.share
    days = np.arange(np.datetime64("2022-06-01"), np.datetime64("2023-03-10"))
    by_hand = [[s.value for s in steps if np.datetime64(s.from_) <= day][-1] for day in days]
    assert corridor.steps(steps, days).tolist() == by_hand
    early = np.array(["2010-01-01"], dtype="datetime64[D]")
    assert corridor.steps(steps, early).tolist() == [steps[0].value]


def test_amending_makes_a_copy_and_keeps_the_origin(corridor: Corridor) -> None:
    once = corridor.amend([change(kind="transfer", share=0.5)])
    twice = once.amend([change(kind="capacity", service="rpd", multiply=2)])
    assert corridor.amendments == () and corridor.origin is None
    assert [a.kind for a in twice.amendments] == ["transfer", "capacity"]
    assert once.origin is corridor and twice.origin is corridor
    assert corridor.law.hash == twice.law.hash
    assert corridor.transfer_share(DAYS).tolist() != twice.transfer_share(DAYS).tolist()


SPAN = {"from_": "2023-01-10", "until": "2023-02-20"}
TOLD = ["2023-01-10", "2023-02-20", "42"]


def test_transfers_on_their_days(corridor: Corridor) -> None:
    share = corridor.amend([change(kind="transfer", share=0.05, **SPAN)]).transfer_share(DAYS)
    assert changed(corridor.transfer_share(DAYS), share) == TOLD
    assert set(share[40:82]) == {0.05}


@pytest.mark.parametrize(("keys", "beds"), [
    ({"multiply": 0.5}, lambda b: b // 2), ({"add": "-100 beds"}, lambda b: b - 100),
    ({"add": "7 beds"}, lambda b: b + 7), ({"set": "33 beds"}, lambda b: 0 * b + 33),
    ({"add": "-999999 beds"}, lambda b: 0 * b),
])  # fmt: skip
def test_beds_on_their_days(corridor: Corridor, keys: dict[str, object], beds) -> None:  # type: ignore[no-untyped-def]
    before = corridor.beds("montreal_shelters", DAYS)
    after = corridor.amend([change(kind="beds", place="montreal_shelters", **keys, **SPAN)]).beds(
        "montreal_shelters", DAYS)  # fmt: skip
    assert changed(before, after) == TOLD
    assert np.array_equal(after[40:82], beds(before[40:82]))
    assert (before > 0).all()


def test_beds_everywhere(corridor: Corridor) -> None:
    more = corridor.amend([change(kind="beds", place="all", add="5 beds")])
    for place in corridor.reception.places:
        assert np.array_equal(more.beds(place, DAYS), corridor.beds(place, DAYS) + 5)


def test_capacity_on_its_days(corridor: Corridor) -> None:
    before = corridor.capacity("rpd", DAYS)
    twice = corridor.amend([change(kind="capacity", service="rpd", multiply=2, **SPAN)]).capacity("rpd", DAYS)
    assert np.array_equal(twice[40:82], 2 * before[40:82])
    assert np.array_equal(np.delete(twice, np.s_[40:82]), np.delete(before, np.s_[40:82]))
    fixed = corridor.amend([change(kind="capacity", service="rpd", set="365 persons / week", **SPAN)])
    assert fixed.capacity("rpd", DAYS)[40:82] == pytest.approx(np.full(42, 365 / 7))
    assert np.array_equal(fixed.capacity("rad", DAYS), corridor.capacity("rad", DAYS))


def test_a_year_of_hearings_holds_its_yearly_sum(corridor: Corridor) -> None:
    year = np.arange(np.datetime64("2018-01-01"), np.datetime64("2019-01-01"))
    step = next(s for s in corridor.services["rpd"].steps if s.from_ == date(2018, 1, 1))
    assert corridor.capacity("rpd", year).sum() == pytest.approx(step.value * 365, rel=1e-6)
    weekend = np.is_busday(year, weekmask="0000011")
    assert corridor.capacity("rpd", year)[weekend].sum() == 0


def test_police_on_their_days_and_never_beyond_certainty(corridor: Corridor) -> None:
    before = corridor.detection("quebec_west", DAYS)
    half = corridor.amend([change(kind="police", place="quebec_west", presence=0.5, **SPAN)])
    assert changed(before, half.detection("quebec_west", DAYS)) == TOLD
    assert np.allclose(half.detection("quebec_west", DAYS)[40:82], before[40:82] / 2)
    many = corridor.amend([change(kind="police", place="quebec_west", presence=1e6)])
    assert set(many.detection("quebec_west", DAYS)) == {1.0}
    nobody = corridor.amend([change(kind="police", place="quebec_west", presence=0)])
    assert set(nobody.detection("quebec_west", DAYS)) == {0.0}


def test_pressure_by_month_hub_and_group(corridor: Corridor) -> None:
    assert corridor.pressure_multiplier(MONTHS) is None
    amended = corridor.amend([
        change(kind="pressure", multiply=2, from_="2023-02-01"),
        change(kind="pressure", multiply=3, group="haiti", hub="new_york"),
    ])  # fmt: skip
    factor = amended.pressure_multiplier(MONTHS)
    assert factor is not None
    hub, group = list(corridor.choice.hubs).index("new_york"), corridor.groups.index("haiti")
    assert factor[:, hub, group].tolist() == [3, 3, 6, 6]
    assert factor[:, hub, group + 1].tolist() == factor[:, hub - 1, group].tolist() == [1, 1, 2, 2]


def test_the_law_and_the_readings_are_amended_by_copies(corridor: Corridor) -> None:
    void = corridor.amend([
        change(kind="law", instrument="stca", action="void", from_="2021-01-22"),
        change(kind="reading", switch="late_bar_if_suspended", value="falls"),
    ])  # fmt: skip
    assert void.law.hash != corridor.law.hash
    assert (dict(corridor.readings), dict(void.readings)) == ({}, {"late_bar_if_suspended": "falls"})


def test_roads_and_fares_are_amended_by_copies(corridor: Corridor) -> None:
    on = date(2023, 1, 15)
    amended = corridor.amend([
        change(kind="crossing", place="roxham_road", open=False, **SPAN),
        change(kind="fare", origin="new_york", destination="roxham_road", fare="1 CAD2017", **SPAN),
    ])  # fmt: skip
    assert corridor.world.open_on("roxham_road", on) and not amended.world.open_on("roxham_road", on)
    assert amended.world.open_on("roxham_road", date(2023, 2, 21))
    assert amended.world.travel("new_york", "roxham_road", on).fare_cad == 1
    marks = amended.term_marks(date(2022, 12, 1), date(2023, 3, 31)) - corridor.term_marks(
        date(2022, 12, 1), date(2023, 3, 31))  # fmt: skip
    assert marks[39] < marks[40] == marks[81] < marks[82]
    reopened = amended.amend([change(kind="crossing", place="roxham_road", open=True)])
    assert reopened.world.open_on("roxham_road", on)


def test_every_unknown_name_is_told_at_once(corridor: Corridor) -> None:
    with pytest.raises(UnknownName) as told:
        corridor.amend([
            change(kind="crossing", place="roxham_raod", open=False),
            change(kind="capacity", service="rdp", multiply=2),
            change(kind="beds", place="niagra_falls", multiply=2),
            change(kind="pressure", group="haitii", multiply=2),
            change(kind="law", instrument="protocol_2032", action="never"),
        ])  # fmt: skip
    message = str(told.value)
    for hint in ("roxham_road", "rpd", "niagara_falls", "haiti", "protocol_2023"):
        assert hint in message
    assert len(told.value.problems) == 5


def test_a_calibration_that_is_not_there(corridor: Corridor) -> None:
    with pytest.raises(EvidenceError, match="run `roxham calibrate`"):
        corridor.posterior("maine")


def test_every_claimant_has_a_port_and_a_place(corridor: Corridor) -> None:
    for province in corridor.provinces:
        assert 0 <= corridor.port_of(province) < len(corridor.choice.ports)
    for place in (*corridor.world.segments, *corridor.choice.ports, *corridor.reception.places):
        assert corridor.province_of(place) in corridor.provinces
