"""Rooms that forecast claimants need, by place and month's end, from the case's own shares, stays and beds.

A reckoning on the side of the forecast, not a run of the corridor: of the people who claim, a share asks for a bed,
stays as long as the place's mean and leaves with the same chance every day. Places fill in the order of the case.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from roxham.errors import RunError
from roxham.forecast.ahead import Forecast
from roxham.lab.rooms import BAND, Need, Rooms

if TYPE_CHECKING:
    from roxham.sim.case import PlaceSpec, ReceptionSpec
    from roxham.spec import Dated

__all__ = ["rooms_needed"]

Floats = NDArray[np.float64]
_MONTH_DAYS = 30.4
_ASKS = {"land_border": "land_port", "airport": "airport", "inland": "inland"}
_MEMORY = 12


def rooms_needed(forecast: Forecast) -> Rooms:
    """Give persons, rooms and missing rooms by place at the end of each month of the forecast.

    Needs the single offices of a province among the forecast's series; provinces without them are left out. The shares
    that ask for a bed are assumed: their ranges are in the case's `reception.yaml` and not in these bands.

    Raises RunError when the forecast has no province whole, or the case does not say how many persons share a room.
    """
    from roxham.sim.corridor import load

    reception = load(forecast.case).reception
    share = reception.persons_per_room
    if share is None:
        raise RunError("the case does not say how many persons share a room")
    needs: list[Need] = []
    for province in _provinces(forecast):
        needs += _needs(forecast, reception, province, share.value)
    if not needs:
        raise RunError("rooms need a forecast of every office of a province")
    return Rooms("forecast", share.value, tuple(needs))


def _provinces(forecast: Forecast) -> list[str]:
    names = dict.fromkeys(name.split("/")[1] for name in forecast.draws if name.startswith("claims/"))
    return [p for p in names if all(f"claims/{p}/{office}" in forecast.draws for office in _ASKS)]


def _needs(forecast: Forecast, reception: ReceptionSpec, province: str, share: float) -> list[Need]:
    """The lines of one province: its places in order, the last one takes what is left over as missing rooms."""
    places = _places(reception, province)
    if not places:
        return []
    stay = np.mean([place.stay_days.value for place in places.values()])
    stock = _asking(forecast, reception, province, float(stay))
    lines = []
    for m, month in enumerate(forecast.months):
        left = stock[:, m]
        for name, place in places.items():
            inside = np.minimum(left, _on(place.beds, forecast.day))
            left = left - inside
            missing = left if name == list(places)[-1] else np.zeros(len(left))
            persons, short = (np.percentile(part, BAND) for part in (inside + missing, missing))
            lines.append(Need(name, month, _triple(persons), _triple(persons / share), _triple(short / share)))
    return lines


def _places(reception: ReceptionSpec, province: str) -> dict[str, PlaceSpec]:
    """Places that take the province's claimants, then those that take their overflow, in the order of the case."""
    first = {name: place for name, place in reception.places.items() if province in place.serves}
    later = [place.overflow.to for place in first.values() if place.overflow is not None]
    return first | {name: reception.places[name] for name in later}


def _asking(forecast: Forecast, reception: ReceptionSpec, province: str, stay: float) -> Floats:
    """People in need of a bed at each month's end, shape (draws, months)."""
    kept, halfway = (float(np.exp(-days / stay)) for days in (_MONTH_DAYS, _MONTH_DAYS / 2))
    stock: Floats = np.zeros((len(next(iter(forecast.draws.values()))), len(forecast.months)))
    for office in _ASKS:
        before, ahead = _asked(forecast, reception, province, office)
        level = np.zeros(len(stock))
        for asked in before:
            level = level * kept + asked * halfway
        for m in range(len(forecast.months)):
            level = level * kept + ahead[:, m] * halfway
            stock[:, m] += level
    return stock


def _asked(forecast: Forecast, reception: ReceptionSpec, province: str, office: str) -> tuple[Floats, Floats]:
    """People who ask for a bed at an office, in the last year known and in each month ahead (draws x months).

    At the land border those who crossed between ports ask more often than those who claim at a port of entry.
    """
    name, crossed = f"claims/{province}/{office}", f"entries/{province}/irregular"
    share = _on(reception.need_share[_ASKS[office]], forecast.day)
    months = sorted(forecast.known[name])[-_MEMORY:]
    before = np.array([forecast.known[name][month] for month in months])
    ahead = forecast.draws[name]
    if office != "land_border" or crossed not in forecast.draws:
        return share * before, share * ahead
    road = _on(reception.need_share["corridor"], forecast.day) - share
    part = np.minimum(forecast.draws[crossed] / np.maximum(ahead, 1.0), 1.0)
    seen = forecast.known[crossed]
    usual = float(np.median(part[:, 0]))
    parts = [min(seen[m] / max(n, 1.0), 1.0) if m in seen else usual for m, n in zip(months, before, strict=True)]
    return (share + road * np.array(parts)) * before, (share + road * part) * ahead


def _on(steps: Sequence[Dated], day: date) -> float:
    """The value of a step function on a day."""
    held = [step.value for step in steps if step.from_ <= day]
    return held[-1] if held else 0.0


def _triple(band: Floats) -> tuple[float, float, float]:
    low, middle, high = band.tolist()
    return low, middle, high
