"""Where claimants sleep: first nights, who is sent on, overflow from place to place, and every night without a bed.

1. A share of people, by way of arriving and date, needs a bed. Of those who cross between ports of the province of the
   transfer rule and claim there, the rule's share of the day is sent on: those in need first, by the same number.
2. Who crossed between ports has first nights at a place of `transit` in that province, if it has room.
3. Places are filled in the order of the case's file (transit first). A family that finds no bed within the nights of
   `overflow` goes to the place named there, if it has any beds then; the nights that it has waited count. After
   `patience_days` in all it leaves the line and is counted as gone without a bed.
4. Families who mean to live in another province move there by themselves: at once, or when they leave their beds or
   the line. A share of those who had needed a bed asks for one there, at a place that comes later in the file.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from roxham.people import STREAMS, pick
from roxham.sim.case import PlaceSpec
from roxham.sim.flow import NEVER, Flow
from roxham.sim.reception import Housed, house
from roxham.sim.stays import factors, nights

Ints = NDArray[np.int32]
Rows = NDArray[np.int64]
Floats = NDArray[np.float64]
CORRIDOR = STREAMS.index("corridor")
#: Words of `serves`: the place of first nights, and places that take no claimants of their province directly.
TRANSIT = "transit"


@dataclass(frozen=True)
class Asks:
    """Families that ask for beds at one place: claim, day, nights waited before, and whether they moved there alone."""

    claim: Rows
    day: Ints
    waited: Ints
    onward: NDArray[np.bool_]

    def some(self, rows: Rows) -> Asks:
        """Some of them."""
        return Asks(self.claim[rows], self.day[rows], self.waited[rows], self.onward[rows])


@dataclass
class Desk:
    """What reception knows while it fills the places in order; `target` is where each claim asks after transit."""

    flow: Flow
    names: tuple[str, ...]
    specs: tuple[PlaceSpec, ...]
    beds: NDArray[np.int64]
    target: Rows
    goes: NDArray[np.bool_]
    asks: dict[int, list[Asks]] = field(default_factory=dict)

    def ask(self, place: Rows, asks: Asks) -> None:
        """Note who asks for a bed where; a place of -1 is a roof of their own."""
        asked = np.flatnonzero((asks.day < self.flow.n_days) & (place >= 0))
        where = place[asked].astype(np.int16)  # short, so that the sort is linear
        order = asked[np.argsort(where, kind="stable")]
        ends = np.cumsum(np.bincount(where, minlength=1))
        for p in np.flatnonzero(np.diff(ends, prepend=0)).tolist():
            rows = order[ends[p - 1] if p else 0 : ends[p]]
            self.asks.setdefault(p, []).append(asks.some(rows))

    def at(self, place: int) -> Asks:
        """Everybody who asks at one place, in the order in which they were noted."""
        held = self.asks.pop(place, [])
        none = np.zeros(0, dtype=np.int32)
        if not held:
            return Asks(none.astype(np.int64), none, none, none.astype(bool))
        return Asks(*(np.concatenate([getattr(a, n) for a in held]) for n in ("claim", "day", "waited", "onward")))


def receive(flow: Flow) -> None:
    """Send people on under the transfer rule, house the others in their province, and let those who mean to move on."""
    claims, corridor = flow.heard(), flow.corridor
    places = corridor.reception.places
    luck = flow.uniform("bed.need", claims.row)
    moved = _sent_on(flow, luck)
    rows = np.flatnonzero(moved | _in_need(flow, luck))
    target = np.full(len(claims), -1, dtype=np.int64)
    beds = np.array([corridor.beds(name, flow.days) for name in places])
    desk = Desk(flow, tuple(places), tuple(places.values()), beds, target, _means_to_move(flow) & ~moved)
    target[rows] = _place_of(desk, rows)
    target[moved] = _destination(flow, np.flatnonzero(moved))
    size = flow.people().size[claims.row]
    flow.tally.add("transferred", target[moved], claims.day[moved], size[moved], flow.causes(claims.row[moved]))
    claims.later["sent_on"] = moved.astype(np.int32)
    claims.later["bed_place"] = target.astype(np.int32)
    for name in ("bed_from", "moved_on"):
        claims.later[name] = np.full(len(claims), -1 if name == "bed_from" else NEVER, dtype=np.int32)
    at_once = np.flatnonzero(desk.goes & (target < 0))
    _move_on(desk, at_once, claims.day[at_once], after=len(places))
    none = np.zeros(rows.shape[0], dtype=np.int32)
    asks = Asks(rows, claims.day[rows], none, none.astype(bool))
    desk.ask(_first_nights(desk, rows), asks)
    transit = [p for p, spec in enumerate(desk.specs) if TRANSIT in spec.serves]
    for p in (*transit, *(p for p in range(len(places)) if p not in transit)):
        _fill(desk, p)


def _in_need(flow: Flow, luck: Floats) -> NDArray[np.bool_]:
    """Who asks for a bed: a share by way of arriving and date."""
    claims, reception = flow.heard(), flow.corridor.reception
    share = np.array([flow.corridor.steps(reception.need_share[s], flow.days) for s in STREAMS])
    return np.asarray(luck < share[claims.way.astype(np.int64), claims.day])


def under_the_rule(flow: Flow) -> NDArray[np.bool_]:
    """Whether the transfer rule concerns each claim: made at its province's border after crossing between ports."""
    claims, corridor = flow.heard(), flow.corridor
    here = claims.province == corridor.province_index(corridor.reception.transfer.of)
    return np.asarray(here & (claims.office == 0) & (claims.way == CORRIDOR))


def _sent_on(flow: Flow, luck: Floats) -> NDArray[np.bool_]:
    """Who is sent out of the province of the transfer rule; those who need a bed go before those who do not."""
    return np.asarray(under_the_rule(flow) & (luck < flow.corridor.transfer_share(flow.days)[flow.heard().day]))


def _means_to_move(flow: Flow) -> NDArray[np.bool_]:
    """Who will go to another province by themselves."""
    claims, onward = flow.heard(), flow.corridor.reception.onward
    if onward is None:
        return np.zeros(len(claims), dtype=bool)
    away = flow.people().settle[claims.row] != claims.province
    away[away] = flow.uniform("onward", claims.row[away]) < onward.share.value
    return np.asarray(away)


def _destination(flow: Flow, rows: Rows) -> Rows:
    """Where the transfer rule sends each claim."""
    to = flow.corridor.reception.transfer.to
    names = tuple(flow.corridor.reception.places)
    cumulative = np.cumsum([n.value for n in to.values()])
    where = pick(cumulative / cumulative[-1], flow.uniform("transfer.to", flow.heard().row[rows]))
    return np.array([names.index(p) for p in to])[where]


def _chances(desk: Desk, province: Rows, day: Rows, after: int) -> Floats:
    """Running sums, up to 1, of the chance of each place, by the beds that it turns over; all 0 where none serves."""
    stay = np.array([spec.stay_days.value for spec in desk.specs])
    serves = np.array([[(p in (spec.serves or [spec.province])) and k > after for k, spec in enumerate(desk.specs)]
                       for p in desk.flow.corridor.provinces])
    chance = np.cumsum(((desk.beds + 0.01) / stay[:, None]).T[day] * serves[province], axis=1)
    chance /= np.maximum(chance[:, -1:], 1e-300)
    return chance


def _place_of(desk: Desk, rows: Rows) -> Rows:
    """A place of each claim's own province on its day; any place where none serves the province."""
    claims, days, n = desk.flow.heard(), desk.flow.n_days, len(desk.flow.corridor.provinces)
    cell = np.arange(n * days)
    chance = _chances(desk, cell // days, cell % days, after=-1)
    chance[chance[:, -1] == 0] = np.linspace(0, 1, len(desk.specs) + 1)[1:]
    at = claims.province[rows].astype(np.int64) * days + claims.day[rows]
    return pick(chance[at], desk.flow.uniform("bed.place", claims.row[rows]))


def _first_nights(desk: Desk, rows: Rows) -> Rows:
    """Where each claim asks first: transit in its province for those who crossed between ports, else its target."""
    claims, corridor = desk.flow.heard(), desk.flow.corridor
    first = desk.target[rows]
    crossed = (claims.office[rows] == 0) & (claims.way[rows] == CORRIDOR)
    for p, spec in enumerate(desk.specs):
        if TRANSIT in spec.serves:
            first = np.where(crossed & (claims.province[rows] == corridor.province_index(spec.province)), p, first)
    return first


def _fill(desk: Desk, place: int) -> None:
    """Fill the beds of one place, count its nights, and send people further."""
    flow, spec, name = desk.flow, desk.specs[place], desk.names[place]
    claims, asks = flow.heard(), desk.at(place)
    transit = TRANSIT in spec.serves
    patience, further = _patience(desk, place, asks)
    size = flow.people().size[claims.row[asks.claim]]
    permit = claims.later.get("permit")
    leave_by = None
    if spec.permit_days is not None and permit is not None:
        leave_by = (permit[asks.claim] + round(spec.permit_days.value)).astype(np.int32)
    stay, beds = _stay(desk, place, asks, size), desk.beds[place].astype(np.int32)
    housed = house(asks.day, size, stay, beds, patience, leave_by)
    flow.served[f"beds: {name}"], flow.lodged[name] = housed, asks.claim
    _count(flow, place, housed)
    if not transit:
        first = ~asks.onward
        claims.later["bed_place"][asks.claim[first]] = place
        claims.later["bed_from"][asks.claim[first]] = housed.entered[first]
    left = np.where(housed.left >= 0, housed.left, NEVER).astype(np.int32)
    if transit:
        desk.ask(desk.target[asks.claim], Asks(asks.claim, left, asks.waited, asks.onward))
        return
    further &= housed.gave_up
    if spec.overflow is not None:
        later = Asks(asks.claim, left, asks.waited + (left - asks.day), asks.onward).some(np.flatnonzero(further))
        desk.ask(np.full(later.claim.shape[0], desk.names.index(spec.overflow.to)), later)
    gone = housed.gave_up & ~further
    why = flow.causes(claims.row[asks.claim[gone]])
    flow.tally.add("left_without_bed", place, left[gone], size[gone], why)
    on = desk.goes[asks.claim] & ~asks.onward & ~further & (left < flow.n_days)
    _move_on(desk, asks.claim[on], left[on], after=place)


def _patience(desk: Desk, place: int, asks: Asks) -> tuple[Ints, NDArray[np.bool_]]:
    """Nights that each family bears here, and whether it then goes to the place that takes the overflow."""
    spec = desk.specs[place]
    left = np.maximum(round(desk.flow.corridor.reception.patience_days.value) - asks.waited, 0).astype(np.int32)
    if TRANSIT in spec.serves:
        return np.zeros_like(left), np.zeros(left.shape, dtype=bool)
    if spec.overflow is None:
        return left, np.zeros(left.shape, dtype=bool)
    after = np.minimum(round(spec.overflow.after_days.value), left).astype(np.int32)
    there = desk.beds[desk.names.index(spec.overflow.to)]
    day = np.minimum(asks.day + after, desk.flow.n_days - 1)
    further = there[day] > 0
    if spec.overflow.from_ is not None:
        further &= desk.flow.days[day] >= np.datetime64(spec.overflow.from_)
    return np.where(further, after, left).astype(np.int32), further


def _stay(desk: Desk, place: int, asks: Asks, size: Ints) -> Ints:
    """Nights that each family stays once it is housed, by size, with the mean of the place."""
    flow, spec = desk.flow, desk.specs[place]
    shape = spec.stay or flow.corridor.reception.stay
    mean = spec.stay_days.value * factors(shape, flow.corridor.sizes[flow.corridor.others])[size - 1]
    number = flow.people().number[flow.heard().row[asks.claim]]
    stay = nights(mean, shape.shape, flow.rng, "bed.transit" if TRANSIT in spec.serves else "bed.stay", number)
    again = asks.onward
    if again.any():
        stay[again] = nights(mean[again], shape.shape, flow.rng, "onward.stay", number[again])
    return stay


def _count(flow: Flow, place: int, housed: Housed) -> None:
    """Count the nights of one place, in beds and without."""
    occupied, waiting = housed.occupied_persons.astype(float), housed.waiting_persons.astype(float)
    flow.tally.add_daily("bed_nights", place, occupied)
    flow.tally.add_daily("nights_without_bed", place, waiting)
    flow.tally.month_end("persons_in_beds", place, occupied)
    flow.tally.month_end("persons_without_bed", place, waiting)
    flow.nights[tuple(flow.corridor.reception.places)[place]] = occupied


def _move_on(desk: Desk, rows: Rows, day: Ints, *, after: int) -> None:
    """Families move to the province where they mean to live; a share of those who had a bed asks for one there."""
    flow, onward = desk.flow, desk.flow.corridor.reception.onward
    if onward is None or not rows.size:
        return
    claims, people = flow.heard(), flow.people()
    claims.later["moved_on"][rows] = day
    home = people.settle[claims.row[rows]].astype(np.int64)
    flow.tally.add("moved_on", home, day, people.size[claims.row[rows]], flow.causes(claims.row[rows]))
    if after >= len(desk.specs):  # under a roof of their own
        return
    needs = flow.uniform("onward.need", claims.row[rows]) < onward.need_share.value
    rows, day, home = rows[needs], day[needs], home[needs]
    chance = _chances(desk, home, day.astype(np.int64), after)
    place = np.where(chance[:, -1] > 0, pick(chance, flow.uniform("onward.place", claims.row[rows])), -1)
    none = np.zeros(rows.shape[0], dtype=np.int32)
    desk.ask(place, Asks(rows, day, none, none == 0))
