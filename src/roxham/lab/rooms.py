"""Persons, rooms and shortfall by reception place and month: what a reception planner comes for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from roxham.errors import RunError
from roxham.lab.store import as_result
from roxham.lab.summary import ALL, Numbers, StudyResult

BAND = (5, 50, 95)


@dataclass(frozen=True)
class Need:
    """One place at the end of one month: a 90 % band (5 %, 50 %, 95 %) of each count.

    ``persons`` are those in beds and those waiting for one; ``rooms`` is what they need, ``shortfall`` the
    rooms that those without a bed need.
    """

    place: str
    month: str
    persons: tuple[float, float, float]
    rooms: tuple[float, float, float]
    shortfall: tuple[float, float, float]

    def to_dict(self) -> dict[str, Any]:
        """Give the line as plain data, for programs."""
        named = {"persons": self.persons, "rooms": self.rooms, "shortfall_rooms": self.shortfall}
        bands = {f"{name}_q{q:02d}": value for name, band in named.items() for q, value in zip(BAND, band, strict=True)}
        return {"place": self.place, "month": self.month, **bands}


@dataclass(frozen=True)
class Rooms:
    """The needs of a scenario by place and month, with the persons that one room holds."""

    scenario: str
    persons_per_room: float
    needs: tuple[Need, ...]

    def to_dict(self) -> dict[str, Any]:
        """Give the table as plain data, for programs."""
        needs = [need.to_dict() for need in self.needs]
        return {"scenario": self.scenario, "persons_per_room": self.persons_per_room, "needs": needs}


def rooms(
    source: StudyResult | str | Path,
    *,
    scenario: str | None = None,
    places: Sequence[str] | None = None,
    months: tuple[str, str] | None = None,
    persons_per_room: float | None = None,
) -> Rooms:
    """Count persons, rooms and missing rooms at each month's end, from a result or a stored folder.

    Args:
        scenario: name of the scenario; the baseline when not given.
        places: reception places (``all`` is their sum); every place when not given.
        months: first and last month, ``YYYY-MM``; the whole run when not given.
        persons_per_room: the case's own number when not given.

    Raises UnknownName for a place or scenario that the run does not have, RunError when no month is left or
    nobody says how many persons share a room.
    """
    result = as_result(source)
    scenario = scenario or result.study.baseline.name
    share = persons_per_room if persons_per_room is not None else result.persons_per_room
    if share is None or not share > 0:
        raise RunError("the case does not say how many persons share a room; give persons_per_room")
    first, last = months or (result.months[0], result.months[-1])
    chosen = [i for i, month in enumerate(result.months) if first <= month <= last]
    if not chosen:
        raise RunError(f"the run has no month from {first} to {last}; it has {result.months[0]} to {result.months[-1]}")
    needs: list[Need] = []
    for place in places or (*result.places("persons_in_beds"), ALL):
        inside = result.monthly(scenario, "persons_in_beds", place)
        outside = result.monthly(scenario, "persons_without_bed", place)
        persons, short = _bands(inside + outside), _bands(outside)
        needs += [
            Need(
                place,
                result.months[i],
                _triple(persons[:, i]),
                _triple(persons[:, i] / share),
                _triple(short[:, i] / share),
            )
            for i in chosen
        ]
    return Rooms(scenario, share, tuple(needs))


def _bands(persons: Numbers) -> Numbers:
    """Quantiles over draws, shape (3, months)."""
    bands: Numbers = np.percentile(persons, BAND, axis=0, method="linear")
    return bands


def _triple(band: Numbers) -> tuple[float, float, float]:
    low, middle, high = band.tolist()
    return low, middle, high
