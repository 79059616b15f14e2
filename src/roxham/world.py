"""Places, stretches of border, roads, weather and danger of a case: what is where, and what is open on a day.

A world is read from the folder `map` of a case and never changes; `with_closed`, `with_open`, `with_fare`
and `with_free_tickets` return copies. It knows nothing of law, people or beds.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from functools import cached_property
from pathlib import Path
from typing import Any, Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from roxham._geo import great_circle_km, segment_lengths
from roxham._map import COMPONENTS, MONTHS, Danger, Place, Route, Segment, TravelNumbers, read_geojson, read_map
from roxham.errors import Problem, SpecError, UnknownName, raise_problems
from roxham.spec import Status, check_names

__all__ = [
    "DeathRate", "Leg", "Place", "RoadChange", "Route", "Segment", "TravelTable", "World",
    "load_world", "reckon_exposure", "segment_lengths", "to_geojson",
]

Floats = NDArray[np.float64]
At = Literal["value", "low", "high"]
FREE_BUS = "free bus"
_RANK: dict[Status, int] = {"measured": 0, "derived": 1, "estimated": 2, "assumed": 3}


@dataclass(frozen=True)
class Leg:
    """A journey of one person: kilometres, hours, fare in dollars, how it is known, the stop on the way."""

    km: float
    hours: float
    fare_cad: float
    status: Status
    via: str | None = None

    def then(self, other: Leg, stop: str) -> Leg:
        """This journey and another, with the stop between them; known no better than the worse of the two."""
        status = max(self.status, other.status, key=_RANK.__getitem__)
        fare = self.fare_cad + other.fare_cad
        return Leg(self.km + other.km, self.hours + other.hours, fare, status, stop)


@dataclass(frozen=True)
class RoadChange:
    """One dated change to the roads: a place opened or closed, a fare set, free tickets given or not.

    It holds from its first to its last day, both included; None leaves that end open. A later change wins.
    """

    kind: Literal["open", "closed", "fare", "tickets"]
    from_: date | None = None
    until: date | None = None
    place: str | None = None
    origin: str | None = None
    destination: str | None = None
    fare_cad: float | None = None
    given: bool | None = None

    def holds_on(self, on: date) -> bool:
        """Whether the change holds on a day."""
        return (self.from_ is None or self.from_ <= on) and (self.until is None or on <= self.until)


class DeathRate(NamedTuple):
    """Gamma prior of deaths per index point (shape, rate in index points) and the deaths to update it with.

    The reader adds the exposure over the same years to the rate, and the deaths to the shape.
    """

    shape: float
    rate: float
    deaths: int


class TravelTable(NamedTuple):
    """Journeys from several hubs to several destinations: three arrays of shape (hubs, destinations)."""

    hours: Floats
    fare_cad: Floats
    km: Floats


@dataclass(frozen=True, eq=False)
class World:
    """The map of a case.

    `segments` and `places` keep the order of their files; rows of `climate` (degrees Celsius, segment x 12)
    and of the exposure tables follow the order of `segments`. `weights` is (3, segment, component): the
    values, then the low and the high ends, of water, terrain and cold, in index points.
    """

    places: Mapping[str, Place]
    segments: Mapping[str, Segment]
    climate: Floats
    weights: Floats
    routes: tuple[Route, ...]
    travel_numbers: TravelNumbers
    danger: Danger
    folder: Path
    changes: tuple[RoadChange, ...] = ()
    _memo: dict[tuple[str, str, int], Leg] = field(default_factory=dict, init=False, repr=False)

    # ------------------------------------------------------------------ roads
    def travel(self, hub: str, destination: str, on: date) -> Leg:
        """The better way from a place to a place or stretch of border on a day: direct, or with one stop.

        A way whose rows are known is taken before any other; what is not known is reckoned from the distance
        with the numbers of `travel.yaml`. Raises UnknownName for a place that the map does not have.
        """
        key = (hub, destination, bisect_right(self._change_days, on.toordinal()))
        if key not in self._memo:
            raise_problems(
                check_names([hub], self.places, "place", within="this map")
                + check_names([destination], self._destinations, "place or border segment", within="this map"),
                UnknownName,
            )
            self._memo[key] = self._best_way(hub, destination, on)
        return self._memo[key]

    def travel_table(self, hubs: Sequence[str], destinations: Sequence[str], on: date) -> TravelTable:
        """Hours, fares in dollars and kilometres from each hub to each destination on a day."""
        legs = [[self.travel(hub, place, on) for place in destinations] for hub in hubs]
        shape = (len(hubs), len(destinations))

        def column(name: str) -> Floats:
            return np.array([[getattr(leg, name) for leg in row] for row in legs], dtype=np.float64).reshape(shape)

        return TravelTable(column("hours"), column("fare_cad"), column("km"))

    def open_on(self, place: str, on: date) -> bool:
        """Whether a place or a stretch of border is open on a day; all are, unless a change closes them."""
        raise_problems(
            check_names([place], self._destinations, "place or border segment", within="this map"),
            UnknownName,
        )
        last = [c.kind for c in self.changes if c.place == place and c.holds_on(on)]
        return not last or last[-1] == "open"

    def change_dates(self) -> list[date]:
        """The days on which a road, a fare or an opening differs from the day before, in order."""
        days: set[date] = set()
        spans: tuple[Route | RoadChange, ...] = (*self.routes, *self.changes)
        for row in spans:
            if row.from_ is not None:
                days.add(row.from_)
            if row.until is not None and row.until < date.max:
                days.add(row.until + timedelta(days=1))
        return sorted(days)

    # ------------------------------------------------------------------ amending
    def with_closed(self, place: str, from_: date | None = None, until: date | None = None) -> World:
        """A copy in which a place or stretch is closed from a day to a day, both included."""
        return self._changed(RoadChange("closed", from_, until, place=place))

    def with_open(self, place: str, from_: date | None = None, until: date | None = None) -> World:
        """A copy in which a place or stretch is open from a day to a day, whatever earlier changes said."""
        return self._changed(RoadChange("open", from_, until, place=place))

    def with_fare(
        self,
        origin: str,
        destination: str,
        fare_cad: float,
        from_: date | None = None,
        until: date | None = None,
    ) -> World:
        """A copy in which one person pays this fare, in dollars, from one place to the other."""
        if not (np.isfinite(fare_cad) and fare_cad >= 0):
            raise SpecError(f"a fare is zero or more, not {fare_cad:g}")
        return self._changed(
            RoadChange("fare", from_, until, origin=origin, destination=destination, fare_cad=float(fare_cad))
        )

    def with_free_tickets(self, given: bool, from_: date | None = None, until: date | None = None) -> World:
        """A copy in which the free bus tickets of the case are given, or are not, from a day to a day."""
        return self._changed(RoadChange("tickets", from_, until, given=given))

    def _changed(self, change: RoadChange) -> World:
        problems = []
        if change.from_ and change.until and change.from_ > change.until:
            problems.append(Problem(f"the change ends on {change.until} before it begins on {change.from_}"))
        names = [name for name in (change.place, change.origin, change.destination) if name is not None]
        unknown = check_names(names, self._destinations, "place or border segment", within="this map")
        raise_problems([*unknown, *problems], UnknownName if unknown else SpecError)
        return replace(self, changes=(*self.changes, change))

    # ------------------------------------------------------------------ danger
    def exposure(self, segment: str, month: int, hiding: bool) -> float:
        """Exposure of one person who crosses at a stretch of border in a month (1 to 12), in index points.

        (water + terrain + cold x degrees of frost / 10), times the hiding factor for somebody who hides; the
        degrees of frost are how far the mean daily minimum lies below 0 C. A comparison, not a probability.
        """
        if month not in MONTHS:
            raise SpecError(f"a month is 1 to 12, not {month}")
        raise_problems(check_names([segment], self.segments, "border segment", within="this map"), UnknownName)
        return float(self.exposure_table()[self._segment_rows[segment], month - 1, int(hiding)])

    def exposure_table(self, at: At = "value") -> Floats:
        """Exposure of one person, shape (segments, 12 months, 2: not hiding, hiding), in index points.

        `at` takes all weights and the hiding factor at their values, or all at the low or high end of
        their ranges.
        """
        return self._exposure_tables[at]

    @cached_property
    def _exposure_tables(self) -> dict[At, Floats]:
        factor = self.danger.hide_factor
        tables: dict[At, Floats] = {}
        ends: dict[At, float | None] = {"value": factor.value, "low": factor.low, "high": factor.high}
        for row, (at, hide) in enumerate(ends.items()):
            table = reckon_exposure(self.weights[row], self.climate, factor.value if hide is None else hide)
            table.setflags(write=False)
            tables[at] = table
        return tables

    @property
    def death_rate(self) -> DeathRate:
        """The prior of the death rate, and the deaths of people going north that were found and published."""
        prior = self.danger.prior
        return DeathRate(prior.shape.value, prior.rate.value, self.observed_deaths())

    def observed_deaths(
        self,
        from_: date | None = None,
        until: date | None = None,
        side: Literal["northbound", "southbound"] = "northbound",
    ) -> int:
        """Deaths found in public reports between two days, both included; the reports are not complete."""
        rows = getattr(self.danger, side).deaths
        return sum(
            row.deaths for row in rows if (from_ is None or from_ <= row.date) and (until is None or row.date <= until)
        )

    def deaths_per_crossing(self, side: Literal["northbound", "southbound"]) -> float:
        """Crude rate: deaths found over persons counted crossing, in the days of `danger.yaml`."""
        persons = sum(row.persons for row in getattr(self.danger, side).crossings)
        return self.observed_deaths(side=side) / persons if persons else float("nan")

    # ------------------------------------------------------------------ drawing
    def border(self) -> dict[str, Any]:
        """The border as GeoJSON, one feature per stretch with its id."""
        return read_geojson(self.folder / "border.geojson")

    def base(self) -> dict[str, Any]:
        """Provinces, states, lakes and inner boundaries as GeoJSON, for the background of a map."""
        return read_geojson(self.folder / "base.geojson")

    # ------------------------------------------------------------------ inside
    @cached_property
    def _segment_rows(self) -> dict[str, int]:
        return {name: row for row, name in enumerate(self.segments)}

    @cached_property
    def _destinations(self) -> frozenset[str]:
        return frozenset(self.places) | frozenset(self.segments)

    @cached_property
    def _change_days(self) -> list[int]:
        return [day.toordinal() for day in self.change_dates()]

    @cached_property
    def _road_ends(self) -> frozenset[str]:
        return frozenset(route.destination for route in self.routes)

    def _place_of(self, name: str) -> str:
        return self.segments[name].access if name in self.segments else name

    def _best_way(self, hub: str, destination: str, on: date) -> Leg:
        known = self._known(on)
        end = self._place_of(destination)
        direct = self._leg(hub, destination, known, on, last=True)
        ways = [] if any((stop, end) in known for origin, stop in known if origin == hub) else [direct]
        for origin, stop in known:
            if origin == hub and stop != end and self.places[stop].kind == "hub":
                first = self._leg(hub, stop, known, on, last=False)
                second = self._leg(stop, destination, known, on, last=True)
                ways.append(first.then(second, stop))
        value = self.travel_numbers.hour_value.value
        best = min(ways or [direct], key=lambda leg: leg.fare_cad + value * leg.hours)
        fare = self._fare_set(hub, destination, on)
        return best if fare is None else replace(best, fare_cad=fare)

    def _known(self, on: date) -> dict[tuple[str, str], Route]:
        """The cheapest row in force for each pair of places on a day."""
        tickets = [c.given for c in self.changes if c.kind == "tickets" and c.holds_on(on)]
        best: dict[tuple[str, str], Route] = {}
        for route in self.routes:
            free = route.mode == FREE_BUS
            if not (bool(tickets[-1]) if free and tickets else route.holds_on(on)):
                continue
            pair = (route.origin, route.destination)
            if pair not in best or _fare(route) < _fare(best[pair]):
                best[pair] = route
        return best

    def _fare_set(self, origin: str, destination: str, on: date) -> float | None:
        fares = [
            c.fare_cad
            for c in self.changes
            if c.kind == "fare" and (c.origin, c.destination) == (origin, destination) and c.holds_on(on)
        ]
        return fares[-1] if fares else None

    def _leg(
        self, origin: str, destination: str, known: Mapping[tuple[str, str], Route], on: date, *, last: bool
    ) -> Leg:
        numbers, place = self.travel_numbers, self._place_of(destination)
        row = known.get((origin, place))
        start, end = self.places[origin], self.places[place]
        straight = float(great_circle_km(np.array([start.lon, start.lat]), np.array([end.lon, end.lat])))
        km = row.km if row and row.km is not None else straight * numbers.road_factor.value
        hours = row.hours if row and row.hours is not None else km / numbers.speed.value
        hours += numbers.wait.value
        if destination in self.segments and place not in self._road_ends:
            hours += numbers.walk_hours.value
        if row is not None and row.fare_cad is not None:
            fare = row.fare_cad
        else:
            fare = km * numbers.fare_per_km.value
            fare += numbers.last_mile_fare.value if last and end.kind in ("port", "crossing") else 0.0
        changed = self._fare_set(origin, destination, on)
        complete = row is not None and None not in (row.km, row.hours, row.fare_cad)
        status: Status = row.status if row is not None and complete and changed is None else "assumed"
        return Leg(km, hours, fare if changed is None else changed, status)


def reckon_exposure(weights: Floats, climate: Floats, hide_factor: float) -> Floats:
    """Exposure of one person, shape (segments, 12, 2), from weights (segments, 3) and monthly mean minima."""
    water, terrain, cold = weights.T
    plain = (water + terrain)[:, None] + cold[:, None] * np.maximum(0.0, -climate) / 10.0
    return np.stack([plain, plain * hide_factor], axis=-1)


def load_world(folder: Path) -> World:
    """Read the map folder of a case.

    Raises SpecError or UnknownName with every problem of its files, each with file, line and a suggestion.
    """
    folder = Path(folder)
    files = read_map(folder)
    segments = {segment.id: segment for segment in files.segments}
    rows = {name: row for row, name in enumerate(segments)}
    climate = np.zeros((len(segments), 12))
    for cell in files.climate:
        climate[rows[cell.segment], cell.month - 1] = cell.mean_low_c
    weights = np.zeros((3, len(segments), len(COMPONENTS)))
    for part in files.danger_rows:
        ends = (part.weight if end is None else end for end in (part.weight, part.low, part.high))
        weights[:, rows[part.segment], COMPONENTS.index(part.component)] = tuple(ends)
    climate.setflags(write=False)
    weights.setflags(write=False)
    return World(
        places={place.id: place for place in files.places},
        segments=segments,
        climate=climate,
        weights=weights,
        routes=files.routes,
        travel_numbers=files.travel,
        danger=files.danger,
        folder=folder,
    )


def to_geojson(world: World) -> dict[str, Any]:
    """The stretches of border and the places of a world as one GeoJSON collection, with their facts.

    Each feature has `id`, `layer` ("segment" or "place"), `kind`, `name_en`, `name_fr` and `province`.
    """
    features: list[dict[str, Any]] = []
    for drawn in world.border()["features"]:
        segment = world.segments.get(drawn["properties"]["id"])
        if segment is not None:
            facts = {"length_km": segment.length_km, "detection": segment.detection}
            features.append({**drawn, "properties": _facts(segment, "segment") | facts})
    for place in world.places.values():
        point = {"type": "Point", "coordinates": [place.lon, place.lat]}
        features.append({"type": "Feature", "properties": _facts(place, "place"), "geometry": point})
    return {"type": "FeatureCollection", "features": features}


def _facts(thing: Place | Segment, layer: str) -> dict[str, Any]:
    return {"layer": layer} | {n: getattr(thing, n) for n in ("id", "kind", "name_en", "name_fr", "province")}


def _fare(route: Route) -> float:
    return float("inf") if route.fare_cad is None else route.fare_cad
