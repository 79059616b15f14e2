"""What the files of a case's `map` folder may say, and reading them with every problem at once."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any, Literal, Self, TypeVar

from pydantic import Field, model_validator

from roxham._files import parse_json
from roxham.errors import Problem, SourceMissing, SpecError, UnknownName
from roxham.spec import Number, Spec, Status, check_names, load_csv, load_yaml, problem_at, read_text

__all__ = [
    "COMPONENTS",
    "MONTHS",
    "ClimateRow",
    "Danger",
    "DangerRow",
    "Deaths",
    "MapFiles",
    "Place",
    "Route",
    "Segment",
    "Side",
    "TravelNumbers",
    "read_geojson",
    "read_map",
]

MONTHS = range(1, 13)
COMPONENTS = ("water", "terrain", "cold")
T = TypeVar("T")


class Sourced(Spec):
    """A row that says how it is known: assumed rows carry a range, all others a source."""

    status: Status
    low: float | None = None
    high: float | None = None
    source: str | None = None
    note: str | None = None

    @model_validator(mode="after")
    def _stands(self) -> Self:
        if self.status == "assumed" and (self.low is None or self.high is None):
            raise SourceMissing("an assumed row needs low and high")
        if self.status != "assumed" and not (self.source or "").strip(" ;"):
            raise SourceMissing(f"a {self.status} row needs a source; without one it is assumed, with low and high")
        if self.low is not None and self.high is not None and self.low > self.high:
            raise SpecError(f"low {self.low:g} lies above high {self.high:g}")
        return self


class Place(Sourced):
    """A named point: a hub where people set out, a port of entry, a crossing, a city, an airport, an office, beds.

    Latitude and longitude in degrees; low and high say how many kilometres the point may be off.
    """

    id: str = Field(min_length=1)
    kind: Literal["hub", "port", "crossing", "city", "airport", "reception", "office"]
    name_en: str
    name_fr: str
    province: str | None = None
    state: str | None = None
    lat: float = Field(ge=-90, le=90)
    lon: float = Field(ge=-180, le=180)
    coord_quality: Literal["exact", "port_us_side", "port_ca_side", "approximate"]


class Segment(Sourced):
    """A stretch of the border: its length, the province behind it, the chance that hidden walkers are met.

    The length is in kilometres, measured on `border.geojson`. `access` is the place that stands for the
    whole stretch when a journey to it is reckoned. Detection is a judgement and always carries its range.
    """

    id: str = Field(min_length=1)
    name_en: str
    name_fr: str
    province: str
    states: str
    length_km: float = Field(gt=0)
    kind: Literal["land", "river", "water"]
    access: str
    detection: float = Field(ge=0, le=1)
    detection_low: float = Field(ge=0, le=1)
    detection_high: float = Field(ge=0, le=1)
    detection_note: str | None = None

    @model_validator(mode="after")
    def _in_range(self) -> Self:
        if not self.detection_low <= self.detection <= self.detection_high:
            ends = f"{self.detection_low:g} to {self.detection_high:g}"
            raise SpecError(f"detection {self.detection:g} is outside its range {ends}")
        return self


class ClimateRow(Sourced):
    """Mean of the daily lowest temperatures of one month at one stretch of border, in degrees Celsius."""

    segment: str
    month: int = Field(ge=1, le=12)
    mean_low_c: float = Field(ge=-60, le=40)


class DangerRow(Sourced):
    """How much one kind of danger weighs at one stretch of border, in index points."""

    segment: str
    component: Literal["water", "terrain", "cold"]
    weight: float = Field(ge=0)

    @model_validator(mode="after")
    def _in_range(self) -> Self:
        if self.low is not None and self.high is not None and not self.low <= self.weight <= self.high:
            raise SpecError(f"weight {self.weight:g} is outside its range {self.low:g} to {self.high:g}")
        return self


class Route(Sourced):
    """A known way from one place to another; an empty cell is reckoned from the distance.

    Hours and kilometres of the journey, fare of one person in dollars; low and high are of the fare. The row
    holds from its first to its last day, both included; an empty date leaves that end open.
    """

    origin: str
    destination: str
    mode: str
    hours: float | None = Field(default=None, gt=0)
    km: float | None = Field(default=None, gt=0)
    fare_cad: float | None = Field(default=None, ge=0)
    from_: date | None = None
    until: date | None = None

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.from_ and self.until and self.from_ > self.until:
            raise SpecError(f"the row ends on {self.until} before it begins on {self.from_}")
        return self

    def holds_on(self, on: date) -> bool:
        """Whether the row holds on a day."""
        return (self.from_ is None or self.from_ <= on) and (self.until is None or on <= self.until)


class TravelNumbers(Spec):
    """The numbers that a journey is reckoned with where no row of `routes.csv` says better."""

    road_factor: Number
    speed: Number
    wait: Number
    fare_per_km: Number
    last_mile_fare: Number
    walk_hours: Number
    hour_value: Number
    usd_to_cad: Number

    @model_validator(mode="after")
    def _positive(self) -> Self:
        problems = [
            problem_at(getattr(self, name), "value", f"{name} must be above zero")
            for name in ("road_factor", "speed", "usd_to_cad")
            if getattr(self, name).value <= 0
        ]
        problems += [
            problem_at(number, "value", f"{name} must not be negative") for name, number in self if number.value < 0
        ]
        if problems:
            raise SpecError(problems)
        return self


class Deaths(Spec):
    """Deaths found on one day at one stretch of border."""

    date: date
    deaths: int = Field(ge=0)
    segment: str
    source: str
    note: str | None = None


class Counted(Spec):
    """Persons counted crossing within a span of days."""

    from_: date
    until: date
    persons: int = Field(ge=0)
    source: str


class Side(Spec):
    """What is known of deaths in one direction: the days searched, deaths found, persons counted."""

    from_: date
    until: date
    deaths: tuple[Deaths, ...] = ()
    crossings: tuple[Counted, ...] = ()


class Prior(Spec):
    """Shape and rate of a gamma distribution of deaths per index point of exposure."""

    shape: Number
    rate: Number


class Danger(Spec):
    """Hiding factor, prior of the death rate, and the deaths observed on either side."""

    hide_factor: Number
    prior: Prior
    northbound: Side
    southbound: Side


class Source(Spec):
    """Where a number was published, and how far it is trusted."""

    title: str
    publisher: str
    url: str
    accessed: date
    trust: Literal["high", "medium", "low", "range_only"]
    licence: str | None = None


@dataclass(frozen=True)
class MapFiles:
    """All rows of a map folder, checked against each other."""

    places: tuple[Place, ...]
    segments: tuple[Segment, ...]
    climate: tuple[ClimateRow, ...]
    danger_rows: tuple[DangerRow, ...]
    routes: tuple[Route, ...]
    travel: TravelNumbers
    danger: Danger
    sources: dict[str, Source]


def read_map(folder: Path) -> MapFiles:
    """Read and check the files of a map folder; raise SpecError (or UnknownName) with all problems found."""
    problems: list[Problem] = []

    def read(make: Callable[[Path, type[T]], Any], name: str, model: Any) -> Any:
        try:
            return make(folder / name, model)
        except SpecError as error:
            problems.extend(error.problems)
            return None

    parts: dict[str, Any] = {
        "places": read(load_csv, "places.csv", Place),
        "segments": read(load_csv, "segments.csv", Segment),
        "climate": read(load_csv, "climate.csv", ClimateRow),
        "danger_rows": read(load_csv, "danger.csv", DangerRow),
        "routes": read(load_csv, "routes.csv", Route),
        "travel": read(load_yaml, "travel.yaml", TravelNumbers),
        "danger": read(load_yaml, "danger.yaml", Danger),
        "sources": read(load_yaml, "sources.yaml", dict[str, Source]),
    }
    if problems:
        raise SpecError(problems)
    made: dict[str, Any] = {key: tuple(part) if isinstance(part, list) else part for key, part in parts.items()}
    files = MapFiles(**made)
    unknown = _unknown_names(files, _declared_sources(folder, files))
    problems += _repeated(files) + _missing_cells(files, folder)
    if problems:
        raise SpecError([*unknown, *problems])
    if unknown:
        raise UnknownName(unknown)
    return files


def _declared_sources(folder: Path, files: MapFiles) -> set[str]:
    declared = set(files.sources)
    beside = folder.parent / "sources.yaml"
    if beside.exists():
        declared |= set(load_yaml(beside, dict[str, Any]))
    return declared


def _unknown_names(files: MapFiles, sources: set[str]) -> list[Problem]:
    places = {place.id for place in files.places}
    segments = {segment.id for segment in files.segments}
    deaths = [*files.danger.northbound.deaths, *files.danger.southbound.deaths]
    counted = [*files.danger.northbound.crossings, *files.danger.southbound.crossings]
    numbers = [n for _, n in files.travel]
    numbers += [files.danger.hide_factor, files.danger.prior.shape, files.danger.prior.rate]
    within = "this map"
    problems = check_names([(s, "access") for s in files.segments], places, "place", within=within)
    problems += check_names(
        [(r, key) for r in files.routes for key in ("origin", "destination")], places, "place", within=within
    )
    for rows in (files.climate, files.danger_rows, deaths):
        problems += check_names([(row, "segment") for row in rows], segments, "border segment", within=within)
    sourced: list[Any] = [*files.places, *files.segments, *files.climate, *files.danger_rows, *files.routes]
    for row in [*sourced, *deaths, *counted, *numbers]:
        for name in (part.strip() for part in (row.source or "").split(";") if part.strip()):
            if name not in sources:
                found = check_names([name], sources, "source", within="sources.yaml")[0]
                problems.append(problem_at(row, "source", found.message, found.hint))
    return problems


def _repeated(files: MapFiles) -> list[Problem]:
    problems = []
    keyed: Sequence[tuple[str, Iterable[tuple[object, Any]]]] = (
        ("place", [(p.id, p) for p in files.places]),
        ("border segment", [(s.id, s) for s in files.segments]),
        ("month of a segment", [((c.segment, c.month), c) for c in files.climate]),
        ("danger of a segment", [((d.segment, d.component), d) for d in files.danger_rows]),
    )
    for what, rows in keyed:
        seen: set[object] = set()
        for key, row in rows:
            if key in seen:
                name = " ".join(map(str, key)) if isinstance(key, tuple) else key
                problems.append(problem_at(row, None, f"this {what} stands twice: {name}"))
            seen.add(key)
    return problems


def _missing_cells(files: MapFiles, folder: Path) -> list[Problem]:
    climate = {(c.segment, c.month) for c in files.climate}
    danger = {(d.segment, d.component) for d in files.danger_rows}
    problems = []
    for segment in files.segments:
        months = [str(month) for month in MONTHS if (segment.id, month) not in climate]
        parts = [part for part in COMPONENTS if (segment.id, part) not in danger]
        if months:
            message = f'segment "{segment.id}" has no temperature for month {", ".join(months)}'
            problems.append(Problem(message, str(folder / "climate.csv")))
        if parts:
            message = f'segment "{segment.id}" has no weight for {", ".join(parts)}'
            problems.append(Problem(message, str(folder / "danger.csv")))
    if not files.segments:
        problems.append(Problem("a map needs at least one border segment", str(folder / "segments.csv")))
    return problems


def read_geojson(path: Path) -> dict[str, Any]:
    """Read a GeoJSON collection; raise SpecError when it is not one."""
    data = parse_json(read_text(path), str(path))
    if not isinstance(data, dict) or not isinstance(data.get("features"), list):
        raise SpecError(Problem("this is not a GeoJSON collection: it has no features", str(path)))
    return data
