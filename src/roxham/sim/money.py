"""Money: unit cost times step, night or day, by item and payer, in dollars of the case's base year.

Each draw takes every unit cost from its range (triangular), the same in all scenarios. What costs something is a list
of charges (`charges`), each with the party that it was for: a step on a day, or a stay from one day to another, read
off the records of the run. What each item costs each payer stands in `flow.meters`, by place and month; the costs that
a run reports are their sums, bit for bit.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from roxham.sim.case import CostItem, Payer
from roxham.sim.flow import NEVER, Flow
from roxham.sim.procedure import Leave, Outcome, Stage
from roxham.sim.reception import Housed
from roxham.streams import triangular

Floats = NDArray[np.float64]
Days = NDArray[np.int32]
Rows = NDArray[np.int64]
DAYS_PER_YEAR = 365.25
#: Which unit cost each daily count of the procedure carries.
DAILY = {"eligibility": "eligibility_decision", "hearings": "hearing", "appeals": "appeal", "removals": "removal"}
#: Which unit cost each event at the border carries.
EVENTS = {"intercepted": "police_interception", "claimed": "claim_intake", "returned": "eligibility_decision"}
#: What the unit cost of a night says it is per; which one a place carries is found by who pays for the place.
NIGHT = "bed night"
PAYERS: tuple[Payer, ...] = ("federal", "provincial", "municipal")
#: The state of the procedure in which a claim has ended well: federal health cover is over.
PROTECTED = "protected"


@dataclass(frozen=True)
class Charge:
    """What one item was used for: one entry per party and use.

    Attributes:
        item: the unit cost.
        who: row of the party; -1 for people who were already waiting when the run began.
        first: day of the step, or first day of the stay; days outside the run cost nothing.
        last: day after the stay; None where the item is a step.
        units: persons that a step, or each day of a stay, is for: whole numbers, so that sums are exact.
        place: place of the payer's metric, one number for all or one each.
        each: units of the item for one person.
    """

    item: str
    who: Rows
    first: Days
    last: Days | None
    units: Floats
    place: Rows | int = 0
    each: float = 1.0

    def amounts(self, n_days: int) -> Floats:
        """Units of each entry within the first `n_days` days."""
        if self.last is None:
            return np.where((self.first >= 0) & (self.first < n_days), self.units * self.each, 0.0)
        length = np.clip(self.last, 0, n_days) - np.clip(self.first, 0, n_days)
        return np.maximum(length, 0) * (self.units * self.each)

    def daily(self, n_days: int) -> Floats:
        """Units of all entries together on each of the first `n_days` days, wherever they are."""
        out: Floats = self.by_place(n_days, 1, 0)[0]
        return out

    def by_place(self, n_days: int, places: int, place: Rows | int) -> Floats:
        """Units on each of the first `n_days` days, shape (places, days)."""
        at = np.broadcast_to(np.asarray(place, dtype=np.int64), self.first.shape)
        if self.last is None:
            inside = (self.first >= 0) & (self.first < n_days)
            count = np.bincount(at[inside] * n_days + self.first[inside], self.units[inside], places * n_days)
            return np.asarray(count.reshape(places, n_days) * self.each, dtype=np.float64)
        begin = at * (n_days + 1) + np.clip(self.first, 0, n_days)
        end = at * (n_days + 1) + np.clip(np.maximum(self.last, self.first), 0, n_days)
        size = places * (n_days + 1)
        change = np.bincount(begin, self.units, size) - np.bincount(end, self.units, size)
        stock = np.cumsum(change.reshape(places, n_days + 1)[:, :n_days], axis=1)
        return np.asarray(stock * self.each, dtype=np.float64)


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
    for charge in charges(flow):
        payer = flow.corridor.costs.items[charge.item].payer
        empty = np.zeros_like(flow.tally.values[f"cost_{payer}"])
        flow.meters.setdefault((charge.item, payer), empty)
        flow.meters[charge.item, payer] += _monthly(flow, charge, len(empty)) * cost[charge.item]
    for who in PAYERS:
        flow.tally.values[f"cost_{who}"][:] = paid_by(flow, who)


def paid_by(flow: Flow, payer: str) -> Floats:
    """What a payer pays for all items by place and month: its meters, added in their order."""
    total = np.zeros_like(flow.tally.values[f"cost_{payer}"])
    for (_, who), amount in flow.meters.items():
        if who == payer:
            total += amount
    return total


def _monthly(flow: Flow, charge: Charge, places: int) -> Floats:
    """Units of a charge by place and month."""
    tally = flow.tally
    daily = charge.by_place(flow.n_days, places, charge.place)
    begin = np.searchsorted(tally.month_of_day, np.arange(tally.n_months))
    return np.asarray(np.add.reduceat(daily, begin, axis=1), dtype=np.float64)


def charges(flow: Flow) -> Iterator[Charge]:
    """Everything in the records of a run that costs something, item by item, whoever pays.

    Events at the border, decisions and removals of the procedure, the permit, nights in beds, and days of a claim.
    """
    size = flow.people().size.astype(np.float64)
    for event, item in EVENTS.items():
        for who, day in flow.events.get(event, ()):
            yield Charge(item, who, day, None, size[who])
    yield from _decisions(flow)
    claims = flow.heard()
    persons, where = size[claims.row], home(flow)
    if "permit" in claims.later:
        yield Charge("work_permit", claims.row, claims.later["permit"], None, persons)
    yield Charge("legal_aid_provincial", claims.row, claims.day, None, persons, where)
    yield from _nights(flow)
    yield from _cover(flow)
    until = np.minimum(ended(flow)[:len(claims)], flow.n_days).astype(np.int32)
    longest = round(flow.parameters["assistance_days"])
    yield Charge("social_assistance", claims.row, claims.day, np.minimum(until, claims.day + longest), persons, where)
    pupils = flow.parameters["school_age_share"] / DAYS_PER_YEAR
    yield Charge("school", claims.row, claims.day, until, persons, where, pupils)


def _decisions(flow: Flow) -> Iterator[Charge]:
    """Steps of the procedure that say what they count."""
    assert flow.course is not None
    course, party = flow.course, parties(flow)
    for name, stage in course.procedure.stages.items():
        passage, persons = course.passages[name], course.persons(name)
        for way in _ways(stage):
            if way.count in DAILY:
                out = passage.by(way.name)
                yield Charge(DAILY[way.count], party[passage.row[out]], passage.left[out], None,
                             persons[out].astype(np.float64))


def _ways(stage: Stage) -> list[Outcome | Leave]:
    """Every way out of a stage."""
    return [*stage.outcomes, *([stage.leave] if stage.leave else [])]


def parties(flow: Flow) -> Rows:
    """The row of the party behind each case of the procedure; -1 for people who were already waiting."""
    assert flow.course is not None
    barred = [rows for rows, _ in flow.barred]
    return np.concatenate([np.full(flow.course.backlog, -1, dtype=np.int64), flow.heard().row, *barred])


def ended(flow: Flow) -> Days:
    """Day on which each claim, and then each case barred at the border, was over: protected, gone, or not found.

    NEVER where it is not over within the run.
    """
    assert flow.course is not None
    course = flow.course
    day = np.full(len(course.cases), NEVER, dtype=np.int32)
    for name, stage in course.procedure.stages.items():
        passage = course.passages[name]
        if stage.state == PROTECTED:
            day[passage.row] = np.minimum(day[passage.row], passage.entered)
        for way in _ways(stage):
            if way.to in course.procedure.ends:
                out = passage.by(way.name)
                day[passage.row[out]] = np.minimum(day[passage.row[out]], passage.left[out])
    return day[course.backlog:]


def _cover(flow: Flow) -> Iterator[Charge]:
    """Federal health cover from the claim to its end, for those heard and those barred from a hearing."""
    assert flow.course is not None
    course = flow.course
    cases, who = course.cases, parties(flow)[course.backlog:]
    persons = cases.size[course.backlog:].astype(np.float64)
    yield Charge("health", who, cases.day[course.backlog:], ended(flow), persons)


def _nights(flow: Flow) -> Iterator[Charge]:
    """Nights in a bed, by who pays for the place."""
    each = {item.payer: name for name, item in flow.corridor.costs.items.items() if item.per == NIGHT}
    claims = flow.heard()
    for name, spec in flow.corridor.reception.places.items():
        record = flow.served[f"beds: {name}"]
        assert isinstance(record, Housed)
        in_bed = record.entered >= 0
        left = np.where(record.left >= 0, record.left, NEVER).astype(np.int32)
        where = flow.corridor.province_index(spec.province) if spec.payer == "provincial" else 0
        yield Charge(each[spec.payer], claims.row[flow.lodged[name][in_bed]], record.entered[in_bed], left[in_bed],
                     record.persons[in_bed].astype(np.float64), where)


def home(flow: Flow) -> Rows:
    """The province that each claimant lives in while waiting: where the transfer went, else where they mean to live."""
    claims, corridor = flow.heard(), flow.corridor
    settle = flow.people().settle[claims.row].astype(np.int64)
    names = tuple(corridor.reception.places)
    province = np.array([corridor.province_index(corridor.reception.places[n].province) for n in names])
    moved = claims.later["sent_on"] == 1
    stays_out = moved & (settle == corridor.province_index(corridor.reception.transfer.of))
    return np.where(stays_out, province[claims.later["bed_place"]], settle)
