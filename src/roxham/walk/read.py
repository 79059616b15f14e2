"""Read the folder of a walk: the files that users of Flee have, as they are.

A folder holds `input_csv/` and `source_data/` (or their files directly) and `simsetting.yml`. Every fault is told with
its file and line, all of them at once.
"""

from __future__ import annotations

import dataclasses
from datetime import date
from pathlib import Path

import numpy as np

from roxham._files import check_folder
from roxham.errors import Problem, SpecError, UnknownName
from roxham.walk.faults import Faults
from roxham.walk.folder import Closure, Folder, Links, Places
from roxham.walk.observed import read_corrections, read_observed
from roxham.walk.regions import read_by_day, read_changes, read_conflict, read_demographics, read_listed, read_major
from roxham.walk.settings import Settings, read_settings
from roxham.walk.sheet import LARGEST, Line, Sheet, as_date, as_float, as_whole, read_sheet

__all__ = ["KINDS", "read_folder", "survey"]

KINDS = ("conflict_zone", "town", "camp", "idpcamp", "forwarding_hub", "marker", "flood_zone", "default")
_KNOWN = ("camp", "conflict", "forward", "marker", "flood_zone", "default", "town")
CLOSURES = ("country", "location", "link", "camp", "idpcamp", "remove_forced_redirection")
MOST_DAYS = 100_000
_NUMERIC = ("max_move_speed", "walk_probability")


def read_folder(path: str | Path, *, observed: str | Path | None = None, settings: str | Path | None = None) -> Folder:
    """Read a folder of a walk; raise SpecError with every fatal fault, each with its file and line.

    `observed` is a folder of counts elsewhere, `settings` a settings file elsewhere. The faults that do not stop a run
    stand in the result's `faults`.
    """
    folder, faults = survey(path, observed=observed, settings=settings)
    faults.stop_if_fatal()
    if folder is None:
        raise SpecError(Problem("this is not the folder of a walk", file=str(path)))
    return dataclasses.replace(folder, faults=faults.listed())


def survey(
    path: str | Path, *, observed: str | Path | None = None, settings: str | Path | None = None
) -> tuple[Folder | None, Faults]:
    """Read a folder as far as it can be read, and return it with all its faults; None when there is nothing to read."""
    root = Path(path)
    if not root.is_dir():
        raise UnknownName(Problem("there is no such folder", file=str(path)))
    faults = Faults()
    for problem in check_folder(root):
        faults.fatal(problem.message, str(Path(problem.file or "").relative_to(root)))
    if faults.is_fatal:
        return None, faults
    inputs = root / "input_csv" if (root / "input_csv").is_dir() else root
    counts = Path(observed) if observed is not None else _counts_of(root)
    start, days = _read_period(inputs, faults)
    places = _read_places(inputs, faults)
    if not len(places):
        faults.fatal("no places", "locations.csv")
        return None, faults
    rules = read_settings(_settings_of(root, settings), "simsetting.yml", faults)
    rows, total = read_observed(counts, places, start, faults) if counts is not None else ((), None)
    folder = Folder(
        path=root,
        places=places,
        links=_read_links(inputs, places, faults),
        closures=_read_closures(inputs, places, faults),
        conflict=read_conflict(inputs, places, days, _needs_conflict(inputs, rules), faults),
        start=start,
        days=days,
        observed=rows,
        total=total,
        corrections=read_corrections(inputs, rows, total, start, faults),
        settings=rules,
        demographics=read_demographics(inputs, faults),
        food=read_by_day(inputs, "region_attributes_IPC.csv", places.region, days, faults, between=True),
        flood=read_by_day(inputs, "flood_level.csv", places.name, days, faults, between=False),
        listed=read_listed(inputs, places, faults),
        changes=read_changes(inputs, root, places, KINDS, faults),
        major_routes=read_major(inputs, places, faults),
    )
    return folder, faults


def _counts_of(root: Path) -> Path | None:
    """Return the folder of the counts, or None for a folder without any (a walk without observed people)."""
    inside = root / "source_data"
    if inside.is_dir():
        return inside
    return root if (root / "data_layout.csv").exists() else None


def _settings_of(root: Path, settings: str | Path | None) -> Path:
    if settings is not None:
        return Path(settings)
    for place in (root / "simsetting.yml", root / "simsetting.yaml", root / "input_csv" / "simsetting.yml"):
        if place.exists():
            return place
    return root / "simsetting.yml"


def _needs_conflict(inputs: Path, rules: Settings) -> bool:
    return not (rules.flood_driven_mode and (inputs / "flood_level.csv").exists())


def _read_period(inputs: Path, faults: Faults) -> tuple[date, int]:
    """Return the first day and how many days there are."""
    name = "sim_period.csv"
    sheet = read_sheet(inputs / name, name, faults, cells=2)
    found = {line.cells[0].casefold(): line for line in sheet.lines}
    start, days = date(1970, 1, 1), 1
    if "startdate" in found:
        line = found["startdate"]
        start = as_date(line.cells[1], "StartDate", name, line.number, faults) or start
    elif not faults.is_fatal:
        faults.fatal("StartDate is missing", name)
    if "length" in found:
        line = found["length"]
        days = as_whole(line.cells[1], "Length", name, line.number, faults, least=1)
        if days > MOST_DAYS:
            faults.fatal(f"Length: {days:,} is more than {MOST_DAYS:,} days", name, line.number)
            days = 1
    elif "startdate" in found:
        faults.fatal("Length is missing", name)
    return start, max(days, 1)


def _read_places(inputs: Path, faults: Faults) -> Places:
    name = "locations.csv"
    sheet = read_sheet(inputs / name, name, faults, cells=8)
    seen: dict[str, int] = {}
    kept: list[Line] = []
    for line in sheet.lines:
        place = line.cells[0]
        if not place:
            faults.fatal("a place without a name", name, line.number)
        elif place in seen:
            faults.fatal(f'"{place}" stands twice; the first is in line {seen[place]}', name, line.number)
        else:
            seen[place] = line.number
            kept.append(line)
    rows = [_read_place(line, name, faults) for line in kept]
    for line, row in zip(kept, rows, strict=True):
        if row[2] > LARGEST:
            faults.fatal(f"{row[2]} people", name, line.number)
    return Places(
        name=tuple(line.cells[0] for line in kept),
        region=tuple(line.cells[1] or "unknown" for line in kept),
        country=tuple(line.cells[2] or "unknown" for line in kept),
        latitude=np.array([row[0] for row in rows], dtype=np.float64),
        longitude=np.array([row[1] for row in rows], dtype=np.float64),
        kind=tuple(line.cells[5] for line in kept),
        conflict_day=np.array([row[3] for row in rows], dtype=np.int64),
        people=np.array([0 if row[4] else row[2] for row in rows], dtype=np.int64),
        capacity=np.array([row[2] if row[4] else -1 for row in rows], dtype=np.int64),
        attributes=_extra(sheet, kept, 8),
        line=np.array([line.number for line in kept], dtype=np.int64),
    )


def _read_place(line: Line, name: str, faults: Faults) -> tuple[float, float, int, int, bool]:
    """Return latitude, longitude, people or capacity, the day of conflict, and whether this is a camp."""
    cells, at, kind = line.cells, line.number, line.cells[5].casefold()
    if not any(word in kind for word in _KNOWN):
        faults.unknown(f"a type of place; types are {', '.join(KINDS)}", cells[5], KINDS, name, at)
    latitude = as_float(cells[3], "latitude", name, at, faults)
    longitude = as_float(cells[4], "longitude", name, at, faults)
    if abs(latitude) > 90 or abs(longitude) > 180:
        faults.note(f"{cells[0]} is not on the globe: latitude {latitude:g}, longitude {longitude:g}", name, at)
    camp, zone = "camp" in kind, "conflict" in kind and "camp" not in kind
    day = 0
    if zone or (cells[6] and "conflict" in kind):
        day = as_whole(cells[6], "conflict_date", name, at, faults)
    people = as_whole(cells[7], "capacity" if camp else "population", name, at, faults, least=0) if cells[7] else 0
    if not cells[7] and zone:
        faults.wrong(f"{cells[0]} has no population, so nobody can flee from it", name, at)
    return latitude, longitude, people, day, camp


def _extra(sheet: Sheet, lines: list[Line], fixed: int) -> dict[str, tuple[str, ...]]:
    """Return the columns beyond the fixed ones, which only the header names."""
    names = sheet.header.cells[fixed:] if sheet.header is not None else ()
    columns = {}
    for offset, name in enumerate(names):
        column = fixed + offset
        if name and name not in columns:
            columns[name] = tuple(line.cells[column] if column < len(line.cells) else "" for line in lines)
    return columns


def _read_links(inputs: Path, places: Places, faults: Faults) -> Links:
    name = "routes.csv"
    sheet = read_sheet(inputs / name, name, faults, cells=3)
    number = {place: index for index, place in enumerate(places.name)}
    kept: list[Line] = []
    values: list[tuple[int, int, float, int]] = []
    pairs: dict[frozenset[str], int] = {}
    for line in sheet.lines:
        first, second = line.cells[0], line.cells[1]
        for place in (first, second):
            if place not in number:
                faults.unknown("a place of locations.csv", place, places.name, name, line.number)
        km = as_float(line.cells[2], "distance in km", name, line.number, faults, least=0.0)
        redirection = line.cells[3] if len(line.cells) > 3 else ""
        if redirection not in ("", "0", "1", "2", "0.0", "1.0", "2.0"):
            faults.fatal(f'forced_redirection: "{redirection}" is not empty, 0, 1 or 2', name, line.number)
        elif first in number and second in number:
            kept.append(line)
            values.append((number[first], number[second], km, int(float(redirection or 0))))
            _note_pair(first, second, line.number, pairs, name, faults)
    attributes = _extra(sheet, kept, 4)
    for key in _NUMERIC:
        for line, text in zip(kept, attributes.get(key, ()), strict=False):
            if text:
                as_float(text, key, name, line.number, faults, least=0.0)
    return Links(
        first=np.array([row[0] for row in values], dtype=np.int64),
        second=np.array([row[1] for row in values], dtype=np.int64),
        km=np.array([row[2] for row in values], dtype=np.float64),
        redirection=np.array([row[3] for row in values], dtype=np.int64),
        attributes=attributes,
        line=np.array([line.number for line in kept], dtype=np.int64),
    )


def _note_pair(first: str, second: str, at: int, pairs: dict[frozenset[str], int], name: str, faults: Faults) -> None:
    if first == second:
        faults.wrong(f"{first} is linked to itself", name, at)
    pair = frozenset((first, second))
    if pair in pairs:
        faults.note(f"{first} and {second} are linked before, in line {pairs[pair]}; two links weigh twice", name, at)
    pairs.setdefault(pair, at)


def _read_closures(inputs: Path, places: Places, faults: Faults) -> tuple[Closure, ...]:
    name = "closures.csv"
    sheet = read_sheet(inputs / name, name, faults, cells=5)
    found = []
    for line in sheet.lines:
        kind, first, second = line.cells[:3]
        start = as_whole(line.cells[3], "closure_start", name, line.number, faults)
        end = as_whole(line.cells[4], "closure_end", name, line.number, faults)
        if kind not in CLOSURES:
            faults.unknown(f"a kind of closure; kinds are {', '.join(CLOSURES)}", kind, CLOSURES, name, line.number,
                           severity="wrong")
            continue
        _check_closure(kind, first, second, places, line.number, faults)
        found.append(Closure(kind, first, second, start, end, line.number))
    return tuple(found)


def _check_closure(kind: str, first: str, second: str, places: Places, at: int, faults: Faults) -> None:
    if kind == "country":
        for country in (first, second):
            if country not in places.country:
                faults.unknown("a country of locations.csv", country, places.country, "closures.csv", at,
                               severity="wrong")
        return
    named = (first, second) if kind in ("link", "remove_forced_redirection") else (first,)
    for place in named:
        if place not in places.name:
            faults.unknown("a place of locations.csv", place, places.name, "closures.csv", at, severity="wrong")
    if kind == "location" and second in places.name:
        faults.wrong(f"a closure of a location closes all of {first}; {second} is not read", "closures.csv", at)
