"""Money: unit cost times step, night or day, by item and payer, in dollars of the case's base year.

Each draw takes every unit cost from its range (triangular), the same in all scenarios. What each item costs each payer
stands in `flow.meters`, by place and month; the costs that a run reports are their sums, bit for bit.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from roxham.sim.case import CostItem
from roxham.sim.flow import Flow
from roxham.streams import triangular

Floats = NDArray[np.float64]
DAYS_PER_YEAR = 365.25
#: Which unit cost each daily count carries.
DAILY = {"eligibility": "eligibility_decision", "hearings": "hearing", "appeals": "appeal", "removals": "removal"}
#: What the unit cost of a night says it is per; which one a place carries is found by who pays for the place.
NIGHT = "bed night"
PAYERS = ("federal", "provincial", "municipal")


def unit_costs(flow: Flow) -> dict[str, float]:
    """This draw's unit costs in dollars of the base year, by item."""
    spec = flow.corridor.costs
    items = dict(sorted(spec.items.items()))
    value, low, high = np.array([_range(item) for item in items.values()]).T
    drawn = triangular(flow.rng.generator("unit costs").random(len(items)), low, value, high)
    out = {}
    for cost, (name, item) in zip(drawn.tolist(), items.items(), strict=True):
        year = int(item.unit.removeprefix(flow.corridor.info.currency))
        deflator = 1.0 if year == spec.base_year else spec.deflators[year].value
        out[name] = cost * deflator
    return out


def _range(item: CostItem) -> tuple[float, float, float]:
    """Value, low and high; all the same where no range is given."""
    if item.low is None or item.high is None:
        return item.value, item.value, item.value
    return item.value, item.low, item.high


def meter(flow: Flow) -> None:
    """Add up what each payer pays, item by item, and report the sums."""
    cost = unit_costs(flow)
    _steps(flow, cost)
    _nights(flow, cost)
    _days(flow, cost)
    for payer in PAYERS:
        flow.tally.values[f"cost_{payer}"][:] = paid_by(flow, payer)


def paid_by(flow: Flow, payer: str) -> Floats:
    """What a payer pays for all items by place and month: its meters, added in their order."""
    total = np.zeros_like(flow.tally.values[f"cost_{payer}"])
    for (_, who), amount in flow.meters.items():
        if who == payer:
            total += amount
    return total


def _meter_of(flow: Flow, item: str) -> Floats:
    """The meter of an item, by place of its payer's metric and month; zero when it is opened."""
    payer = flow.corridor.costs.items[item].payer
    empty = np.zeros_like(flow.tally.values[f"cost_{payer}"])
    return flow.meters.setdefault((item, payer), empty)


def _put_monthly(flow: Flow, item: str, amount: Floats) -> None:
    """Put an amount per month on the only place of an item's meter."""
    _meter_of(flow, item)[0] += amount


def _put_daily(flow: Flow, item: str, place: int, daily: Floats) -> None:
    """Put an amount per day on one place of an item's meter."""
    _meter_of(flow, item)[place] += np.bincount(
        flow.tally.month_of_day, weights=daily, minlength=flow.tally.n_months)


def _steps(flow: Flow, cost: dict[str, float]) -> None:
    """Costs per step: police, claim, eligibility, hearing, appeal, removal, permit, legal aid."""
    tally, claims = flow.tally, flow.heard()
    made = sum(tally.values[f"claims_{office}"] for office in ("land_border", "airport", "inland"))
    counts = {
        "police_interception": tally.values["entries_irregular"].sum(axis=0),
        "claim_intake": np.sum(made, axis=0),
        "eligibility_decision": tally.values["returned_to_us"].sum(axis=0),
        "work_permit": tally.values["work_permits"][0],
    }
    for item, count in counts.items():
        _put_monthly(flow, item, count * cost[item])
    for daily, item in DAILY.items():
        _put_daily(flow, item, 0, flow.daily[daily] * cost[item])
    item, where = "legal_aid_provincial", home(flow)
    size = flow.people().size[claims.row]
    month = flow.tally.month_of_day[claims.day]
    aid = _meter_of(flow, item)
    aid += np.bincount(where * aid.shape[1] + month, weights=size * cost[item], minlength=aid.size).reshape(aid.shape)


def _nights(flow: Flow, cost: dict[str, float]) -> None:
    """Costs per night in a bed, by who pays for the place."""
    each = {item.payer: name for name, item in flow.corridor.costs.items.items() if item.per == NIGHT}
    for name, spec in flow.corridor.reception.places.items():
        item = each[spec.payer]
        where = flow.corridor.province_index(spec.province) if spec.payer == "provincial" else 0
        _put_daily(flow, item, where, flow.nights[name] * cost[item])


def home(flow: Flow) -> NDArray[np.int64]:
    """The province that each claimant lives in while waiting: where the transfer went, else where they mean to live."""
    claims, corridor = flow.heard(), flow.corridor
    settle = flow.people().settle[claims.row].astype(np.int64)
    names = tuple(corridor.reception.places)
    province = np.array([corridor.province_index(corridor.reception.places[n].province) for n in names])
    moved = claims.later["sent_on"] == 1
    stays_out = moved & (settle == corridor.province_index(corridor.reception.transfer.of))
    return np.where(stays_out, province[claims.later["bed_place"]], settle)


def _days(flow: Flow, cost: dict[str, float]) -> None:
    """Costs per day of waiting: federal health cover, social assistance and school."""
    claims, corridor = flow.heard(), flow.corridor
    size = flow.people().size[claims.row].astype(np.float64)
    until = np.minimum(claims.later["decided"], flow.n_days)
    daily = person_days(flow, claims.day, until, size)
    _put_daily(flow, "health", 0, daily * cost["health"])
    longest = round(flow.parameters["assistance_days"])
    assisted = np.minimum(claims.day + longest, flow.n_days)
    where = home(flow)
    pupils = cost["school"] / DAYS_PER_YEAR * flow.parameters["school_age_share"]
    for p in range(len(corridor.provinces)):
        here = where == p
        if not here.any():
            continue
        aid = person_days(flow, claims.day[here], assisted[here], size[here]) * cost["social_assistance"]
        school = person_days(flow, claims.day[here], until[here], size[here]) * pupils
        _put_daily(flow, "social_assistance", p, aid)
        _put_daily(flow, "school", p, school)


def person_days(flow: Flow, start: NDArray[np.int32], end: NDArray[np.int32], size: Floats) -> Floats:
    """Persons present on each day, from `start` (included) to `end` (excluded)."""
    n = flow.n_days
    came = np.bincount(np.clip(start, 0, n), weights=size, minlength=n + 1)
    change = came - np.bincount(np.clip(np.maximum(end, start), 0, n), weights=size, minlength=n + 1)
    out: Floats = np.cumsum(change)[:n]
    return out
