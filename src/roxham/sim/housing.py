"""Where claimants sleep: who asks for a bed, who is transferred, and every night without one."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from roxham.people import STREAMS, pick
from roxham.sim.flow import Flow
from roxham.sim.reception import house


def receive(flow: Flow) -> None:
    """Send those in need of a bed to a place in their province, or on to another under the transfer rule."""
    need = _in_need(flow)
    claims = flow.heard()
    rows = np.flatnonzero(need)
    day, size = claims.day[rows], flow.people().size[claims.row[rows]]
    place = _local_place(flow, rows)
    moved, to = _transfer(flow, rows)
    place = np.where(moved, to, place)
    flow.tally.add("transferred", to[moved], day[moved], size[moved])
    claims.later["sent_on"] = np.zeros(len(claims), dtype=np.int32)
    claims.later["sent_on"][rows] = moved
    claims.later["bed_place"] = np.full(len(claims), -1, dtype=np.int32)
    claims.later["bed_place"][rows] = place
    claims.later["bed_from"] = np.full(len(claims), -1, dtype=np.int32)
    for p, name in enumerate(flow.corridor.reception.places):
        here = place == p
        _house_at(flow, p, name, rows[here], day[here], size[here])


def _in_need(flow: Flow) -> NDArray[np.bool_]:
    """Who asks for a bed: a share by way of arriving and date."""
    claims, reception = flow.heard(), flow.corridor.reception
    share = np.array([flow.corridor.steps(reception.need_share[s], flow.days) for s in STREAMS])
    return flow.uniform("bed.need", claims.row) < share[claims.way.astype(np.int64), claims.day]


def _local_place(flow: Flow, rows: NDArray[np.int64]) -> NDArray[np.int64]:
    """A place of the claim's own province, drawn by the beds it turns over on that day."""
    claims, corridor = flow.heard(), flow.corridor
    places = corridor.reception.places
    turnover = np.array([
        (corridor.beds(p, flow.days) + 0.01) / spec.stay_days.value for p, spec in places.items()])
    serves = np.array([[province in (spec.serves or [spec.province]) for spec in places.values()]
                       for province in corridor.provinces])
    weight = turnover.T[claims.day[rows]] * serves[claims.province[rows].astype(np.int64)]
    total = weight.sum(axis=1, keepdims=True)
    weight = np.where(total > 0, weight, 1.0)
    chance = np.cumsum(weight / weight.sum(axis=1, keepdims=True), axis=1)
    return pick(chance, flow.uniform("bed.place", claims.row[rows]))


def _transfer(flow: Flow, rows: NDArray[np.int64]) -> tuple[NDArray[np.bool_], NDArray[np.int64]]:
    """Who is sent out of the province of the transfer rule, and where to."""
    claims, corridor = flow.heard(), flow.corridor
    names = tuple(corridor.reception.places)
    to = corridor.reception.transfer.to
    target = np.array([names.index(p) for p in to])
    cumulative = np.cumsum([n.value for n in to.values()])
    share = corridor.transfer_share(flow.days)[claims.day[rows]]
    border = claims.office[rows] == 0
    here = claims.province[rows] == corridor.province_index(corridor.reception.transfer.of)
    moved = here & border & (flow.uniform("transfer", claims.row[rows]) < share)
    where = pick(cumulative / cumulative[-1], flow.uniform("transfer.to", claims.row[rows]))
    return moved, target[where]


def _house_at(
    flow: Flow, place: int, name: str, rows: NDArray[np.int64], day: NDArray[np.int32], size: NDArray[np.int32]
) -> None:
    """House the parties of one place in order and count nights in beds and without."""
    spec = flow.corridor.reception.places[name]
    mean = spec.stay_days.value
    length = -np.log(flow.uniform("bed.stay", flow.heard().row[rows])) * mean
    stay = np.clip(np.round(length), 1, 3_650).astype(np.int32)
    beds = flow.corridor.beds(name, flow.days).astype(np.int32)
    patience = int(flow.corridor.reception.patience_days.value)
    housed = house(day.astype(np.int32), size.astype(np.int32), stay, beds, patience)
    flow.served[f"beds: {name}"] = housed
    flow.heard().later["bed_from"][rows] = housed.entered
    occupied, waiting = housed.occupied_persons.astype(float), housed.waiting_persons.astype(float)
    flow.tally.add_daily("bed_nights", place, occupied)
    flow.tally.add_daily("nights_without_bed", place, waiting)
    flow.tally.month_end("persons_in_beds", place, occupied)
    flow.tally.month_end("persons_without_bed", place, waiting)
    flow.nights[name] = occupied
