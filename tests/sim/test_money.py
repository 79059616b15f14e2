"""Money is a count times a unit cost: each item by itself, recomputed from what the run counts."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import date

import numpy as np
import pytest

from roxham.sim.corridor import Corridor
from roxham.sim.flow import NEVER, Flow
from roxham.sim.metrics import METRICS
from roxham.sim.money import DAYS_PER_YEAR, Charge, charges, ended, home, unit_costs
from roxham.sim.run import begin, carry_out

FROM, TO = date(2022, 1, 1), date(2022, 12, 31)
PAYERS = ("cost_federal", "cost_provincial", "cost_municipal")


def priced(corridor: Corridor, prices: Mapping[str, float]) -> Corridor:
    """The corridor with these unit costs in dollars of the base year, known exactly, and all others zero."""
    items = {
        name: item.model_copy(update={
            "value": prices.get(name, 0.0), "low": None, "high": None, "unit": f"CAD{corridor.costs.base_year}"})
        for name, item in corridor.costs.items.items()
    }  # fmt: skip
    return replace(corridor, costs=corridor.costs.model_copy(update={"items": items}))


def run(corridor: Corridor, prices: Mapping[str, float]) -> Flow:
    return carry_out(begin(priced(corridor, prices), seed=7, draw=1, from_=FROM, to=TO))


def paid(flow: Flow) -> dict[str, float]:
    return {payer: float(flow.tally.values[payer].sum()) for payer in PAYERS}


def tallied(*metrics: str) -> Callable[[Flow], float]:
    return lambda flow: sum(float(flow.tally.values[m].sum()) for m in metrics)


def hearings(flow: Flow) -> float:
    assert flow.course is not None
    passage, size = flow.course.passages["hearing"], flow.course.persons("hearing")
    return float(size[passage.by("accepted") | passage.by("refused")].sum())


def decided_at_the_desk(flow: Flow) -> float:
    assert flow.course is not None
    done = flow.course.passages["eligibility"].outcome >= 0
    return float(flow.course.persons("eligibility")[done].sum() + flow.tally.values["returned_to_us"].sum())


def days_of_claim(flow: Flow, *, heard: bool = False) -> np.ndarray:
    """Days of each case before protection or the end, stage by stage; those heard alone, or those barred too."""
    course = flow.course
    assert course is not None
    days = np.zeros(len(course.cases))
    for name, stage in course.procedure.stages.items():
        if stage.state != "protected":
            passage = course.passages[name]
            days[passage.row] += np.minimum(passage.left, flow.n_days) - np.maximum(passage.entered, 0)
    rows = slice(course.backlog, course.backlog + len(flow.heard()) if heard else None)
    return days[rows]


def covered(flow: Flow) -> float:
    assert flow.course is not None
    return float((days_of_claim(flow) * flow.course.cases.size[flow.course.backlog:]).sum())


def waiting(flow: Flow) -> float:
    return float((days_of_claim(flow, heard=True) * flow.people().size[flow.heard().row]).sum())


def assisted(flow: Flow) -> float:
    claims = flow.heard()
    days = np.minimum(round(flow.parameters["assistance_days"]), days_of_claim(flow, heard=True))
    return float((days * flow.people().size[claims.row]).sum())


def nights(payer: str) -> Callable[[Flow], float]:
    def count(flow: Flow) -> float:
        places = flow.corridor.reception.places
        return float(sum(flow.nights[name].sum() for name, spec in places.items() if spec.payer == payer))

    return count


CLAIMS = ("claims_land_border", "claims_airport", "claims_inland")
ITEMS: dict[str, tuple[str, Callable[[Flow], float]]] = {
    "police_interception": ("cost_federal", tallied("entries_irregular")),
    "claim_intake": ("cost_federal", tallied(*CLAIMS)),
    "eligibility_decision": ("cost_federal", decided_at_the_desk),
    "hearing": ("cost_federal", hearings),
    "appeal": ("cost_federal", lambda flow: float(flow.daily["appeals"].sum())),
    "removal": ("cost_federal", lambda flow: float(flow.account.stock("removed")[-1])),
    "work_permit": ("cost_federal", tallied("work_permits")),
    "health": ("cost_federal", covered),
    "bed_night_hotel": ("cost_federal", nights("federal")),
    "bed_night_shelter_quebec": ("cost_provincial", nights("provincial")),
    "bed_night_shelter_city": ("cost_municipal", nights("municipal")),
    "legal_aid_provincial": (
        "cost_provincial", lambda flow: float(flow.people().size[flow.heard().row].sum())),
    "social_assistance": ("cost_provincial", assisted),
    "school": (
        "cost_provincial", lambda flow: waiting(flow) / DAYS_PER_YEAR * flow.parameters["school_age_share"]),
}  # fmt: skip


def test_every_unit_cost_is_tested_here(corridor: Corridor) -> None:
    assert set(ITEMS) == set(corridor.costs.items)


@pytest.mark.parametrize("item", ITEMS)
def test_one_item_alone_costs_its_price_times_its_count(corridor: Corridor, item: str) -> None:
    payer, count = ITEMS[item]
    flow = run(corridor, {item: 10.0})
    assert count(flow) > 0
    assert paid(flow) == pytest.approx({p: 10.0 * count(flow) if p == payer else 0.0 for p in PAYERS})
    assert f"cost_{corridor.costs.items[item].payer}" == payer


def test_items_add_up_and_cost_is_linear_in_the_prices(corridor: Corridor) -> None:
    prices = {name: 10.0 + k for k, name in enumerate(corridor.costs.items)}
    whole = run(corridor, prices)
    twice = run(corridor, {name: 2 * price for name, price in prices.items()})
    for payer in PAYERS:
        assert np.allclose(twice.tally.values[payer], 2 * whole.tally.values[payer], rtol=1e-12)
        alone = sum(count(whole) * prices[item] for item, (who, count) in ITEMS.items() if who == payer)
        assert paid(whole)[payer] == pytest.approx(alone)


def test_provinces_pay_for_the_people_who_live_there(corridor: Corridor) -> None:
    flow = run(corridor, {"legal_aid_provincial": 1.0})
    size, where = flow.people().size[flow.heard().row], home(flow)
    expected = np.bincount(where, size, minlength=len(corridor.provinces))
    assert np.array_equal(flow.tally.values["cost_provincial"].sum(axis=1), expected)
    settle = flow.people().settle[flow.heard().row]
    sent = flow.heard().later["sent_on"] == 1
    assert np.array_equal(where[~sent], settle[~sent])
    assert not (where[sent] == corridor.province_index(corridor.reception.transfer.of)).any()


def test_unit_costs_lie_in_their_ranges_and_are_the_same_in_every_scenario(corridor: Corridor) -> None:
    from roxham.sim.amend import amendment

    never = corridor.amend([amendment(name="never", kind="law", instrument="protocol_2023", action="never")])
    seen = []
    for draw in range(30):
        one, other = (unit_costs(begin(c, seed=7, draw=draw, from_=FROM, to=TO)) for c in (corridor, never))
        assert one == other
        seen.append(one)
    for name, item in corridor.costs.items.items():
        year = int(item.unit.removeprefix("CAD"))
        deflator = corridor.costs.deflators[year].value
        values = np.array([one[name] for one in seen]) / deflator
        low, high = item.low if item.low is not None else item.value, item.high if item.high is not None else item.value
        assert low - 1e-9 <= values.min() <= values.max() <= high + 1e-9
        assert (values.std() > 0) == (high > low)


def test_triangular_costs_have_the_mean_of_a_triangle(corridor: Corridor) -> None:
    draws = [unit_costs(begin(corridor, seed=7, draw=k, from_=FROM, to=FROM)) for k in range(400)]
    for name in ("hearing", "bed_night_hotel", "health"):
        item = corridor.costs.items[name]
        assert item.low is not None and item.high is not None
        deflator = corridor.costs.deflators[int(item.unit.removeprefix("CAD"))].value
        mean = np.mean([d[name] for d in draws]) / deflator
        assert mean == pytest.approx((item.low + item.value + item.high) / 3, rel=0.03)


def test_a_stay_counts_its_first_day_and_not_its_last() -> None:
    first, last = np.array([0, 1, 3], dtype=np.int32), np.array([2, 4, NEVER], dtype=np.int32)
    stay = Charge("health", np.arange(3), first, last, np.array([1.0, 2.0, 4.0]))
    assert stay.daily(5).tolist() == [1, 3, 2, 6, 4]
    assert stay.amounts(5).tolist() == [2, 6, 8]
    backwards = Charge("health", np.arange(1), last[:1], first[:1], np.array([9.0]))
    assert backwards.daily(5).tolist() == [0] * 5
    assert backwards.amounts(5).tolist() == [0]
    step = Charge("hearing", np.arange(3), np.array([-1, 4, 5], dtype=np.int32), None, np.ones(3))
    assert step.daily(5).tolist() == [0, 0, 0, 0, 1]
    assert step.amounts(5).tolist() == [0, 1, 0]


def test_charges_of_all_parties_are_what_the_meters_hold(corridor: Corridor) -> None:
    flow = carry_out(begin(corridor, seed=7, draw=2, from_=FROM, to=TO))
    price, each = unit_costs(flow), dict.fromkeys(corridor.costs.items, 0.0)
    for charge in charges(flow):
        assert charge.who.max(initial=-1) < len(flow.people())
        each[charge.item] += float(charge.amounts(flow.n_days).sum()) * price[charge.item]
    for (item, payer), amount in flow.meters.items():
        assert corridor.costs.items[item].payer == payer
        assert float(amount.sum()) == pytest.approx(each[item], rel=1e-9)


def test_a_claim_is_over_when_somebody_is_protected_or_gone(corridor: Corridor) -> None:
    flow = carry_out(begin(corridor, seed=7, draw=2, from_=FROM, to=TO))
    assert flow.course is not None
    over, size = ended(flow) < flow.n_days, flow.course.cases.size[flow.course.backlog:]
    ends = ("protected", *flow.course.procedure.ends)
    old = dict.fromkeys(ends, 0.0)
    for name, stage in flow.course.procedure.stages.items():
        passage = flow.course.passages[name]
        backlog = passage.row < flow.course.backlog
        for way in stage.outcomes:
            to = flow.course.procedure.leads_to(way.to)
            if to in ends:
                old[to] += flow.course.cases.size[passage.row[backlog & passage.by(way.name)]].sum()
            if stage.state == "protected" and to in ends:
                old["protected"] -= flow.course.cases.size[passage.row[backlog & passage.by(way.name)]].sum()
    there = sum(flow.account.stock(name)[-1] for name in ends)
    assert size[over].sum() == there - sum(old.values())


def test_money_is_counted_in_dollars(corridor: Corridor) -> None:
    for payer in PAYERS:
        assert METRICS[payer].unit.startswith("CAD")
        assert METRICS[payer].kind == "flow"


def test_what_a_payer_pays_is_the_sum_of_its_meters_bit_for_bit(corridor: Corridor) -> None:
    flow = carry_out(begin(corridor, seed=7, draw=3, from_=FROM, to=TO))
    assert set(flow.meters) == {(name, item.payer) for name, item in corridor.costs.items.items()}
    for payer in PAYERS:
        mine = [amount for (_, who), amount in flow.meters.items() if f"cost_{who}" == payer]
        assert all(amount.shape == flow.tally.values[payer].shape for amount in mine)
        total = np.zeros_like(flow.tally.values[payer])
        for amount in mine:
            total += amount
        assert np.array_equal(total, flow.tally.values[payer])
        assert total.sum() > 0


def test_prices_are_carried_by_the_mean_index_of_twelve_months(corridor: Corridor) -> None:
    from roxham.evidence import load_series

    index = load_series("canada_us", "consumer_prices").values
    spec = corridor.costs
    mean = {year: np.mean([index[f"{year}-{month:02d}"] for month in range(1, 13)]) for year in spec.deflators}
    assert sorted(mean) == list(range(2017, 2025))
    for year, deflator in spec.deflators.items():
        assert deflator.value == pytest.approx(mean[spec.base_year] / mean[year], abs=5e-5)
    published = {2018: 2.3, 2019: 1.9, 2020: 0.7, 2021: 3.4, 2022: 6.8, 2023: 3.9}
    for year, change in published.items():
        assert 100 * (mean[year] / mean[year - 1] - 1) == pytest.approx(change, abs=0.051)


def test_provinces_add_up_to_the_population_of_the_country(corridor: Corridor) -> None:
    from roxham.evidence import load_series

    country = load_series("canada_us", "population_total").values
    assert len(country) == 8
    for day, people in country.items():
        parts = [load_series("canada_us", f"population_{province}").values[day] for province in corridor.provinces]
        assert sum(parts) == people
