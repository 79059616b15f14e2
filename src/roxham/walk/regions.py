"""Read the tables by day and by region: conflict, food, floods; and the lists of people and of changes."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from roxham.walk.faults import Faults
from roxham.walk.folder import Demographic, Places
from roxham.walk.sheet import Line, Sheet, as_float, as_whole, read_sheet

__all__ = ["read_by_day", "read_changes", "read_conflict", "read_demographics", "read_listed", "read_major"]

Real = NDArray[np.float64]
CONFLICT = "conflicts.csv"


def read_conflict(inputs: Path, places: Places, days: int, needed: bool, faults: Faults) -> Real:
    """Return the intensity of conflict by day and place; shape (days, places)."""
    conflict = np.zeros((days, len(places)))
    if not needed and not (inputs / CONFLICT).exists():
        return conflict
    sheet = read_sheet(inputs / CONFLICT, CONFLICT, faults, cells=1)
    if sheet.header is None:
        if sheet.lines:
            faults.fatal("the first line must name the places and begin with #", CONFLICT, sheet.lines[0].number)
        return conflict
    number = {name: index for index, name in enumerate(places.name)}
    columns = _columns(sheet, number, places, faults)
    width = 1 + max((column + 1 for column, name in enumerate(sheet.header.cells[1:]) if name), default=0)
    if len(sheet.lines) < days:
        last = sheet.lines[-1].number if sheet.lines else sheet.header.number
        faults.fatal(f"{len(sheet.lines)} days, but the walk has {days}", CONFLICT, last)
    for day, line in enumerate(sheet.lines):
        values = _row(line, width, day, faults)
        if day < days and values is not None:
            for column, place in columns:
                conflict[day, place] = values[column]
    return conflict


def _columns(sheet: Sheet, number: dict[str, int], places: Places, faults: Faults) -> list[tuple[int, int]]:
    assert sheet.header is not None
    columns, seen = [], set()
    for column, name in enumerate(sheet.header.cells[1:]):
        if not name:
            continue
        if name in seen:
            faults.wrong(f'the column "{name}" stands twice; the first counts', CONFLICT, sheet.header.number)
        elif name in number:
            columns.append((column, number[name]))
        else:
            faults.unknown("a place of locations.csv: its conflict is left out", name, places.name, CONFLICT,
                           sheet.header.number, severity="wrong")
        seen.add(name)
    return columns


def _row(line: Line, width: int, day: int, faults: Faults) -> list[float] | None:
    """Return the numbers of a line after the day, which must count up from 0."""
    cells = line.cells[:width] if not any(line.cells[width:]) else line.cells
    if len(cells) != width:
        told = "; separate them by commas, not semicolons" if any(";" in cell for cell in cells) else ""
        faults.fatal(f"{len(cells)} cells, the first line names {width}{told}", CONFLICT, line.number)
        return None
    try:
        first, *values = map(float, cells)
    except ValueError:
        for cell, what in zip(cells, ["day", *["intensity"] * width], strict=False):
            as_float(cell, what, CONFLICT, line.number, faults)
        return None
    if first != day:
        faults.wrong(f"the day {cells[0]} stands where day {day} is read", CONFLICT, line.number)
    if not all(0 <= value < 1e9 for value in values):
        faults.fatal("an intensity is a number from 0 up", CONFLICT, line.number)
        return None
    return values


def read_by_day(
    inputs: Path, name: str, columns: Sequence[str], days: int, faults: Faults, *, between: bool
) -> Real | None:
    """Return a table of days by the places whose region or name a column bears; None without such a file.

    With `between`, rows may lie days apart, with straight lines between them; without, there is one row for each day.
    """
    if not (inputs / name).exists():
        return None
    sheet = read_sheet(inputs / name, name, faults, cells=2)
    if sheet.header is None or not sheet.lines:
        faults.fatal("a first line that begins with # and at least one row are needed", name)
        return None
    heads = sheet.header.cells
    rows = [_numbers(line, len(heads), name, faults) for line in sheet.lines]
    if any(row is None for row in rows):
        return None
    table = np.array(rows, dtype=np.float64)
    day = table[:, 0]
    if (np.diff(day) <= 0).any():
        faults.fatal("the days do not rise", name, sheet.lines[int(np.argmax(np.diff(day) <= 0)) + 1].number)
        return None
    if day[0] > 0 or day[-1] < days - 1 or (not between and len(day) < days):
        faults.fatal(f"days {day[0]:g} to {day[-1]:g}, but the walk goes from 0 to {days - 1}", name,
                     sheet.lines[-1].number)
        return None
    out = np.zeros((days, len(columns)))
    for place, column in enumerate(columns):
        if column in heads[1:]:
            out[:, place] = np.interp(np.arange(days), day, table[:, heads.index(column)])
        elif between:
            faults.fatal(f'no column for the region "{column}"', name, sheet.header.number)
    return out


def _numbers(line: Line, width: int, name: str, faults: Faults) -> list[float] | None:
    if len(line.cells) != width:
        faults.fatal(f"{len(line.cells)} cells, the first line has {width}", name, line.number)
        return None
    return [as_float(cell, "a value", name, line.number, faults, least=0.0) for cell in line.cells]


def read_demographics(inputs: Path, faults: Faults) -> tuple[Demographic, ...]:
    """Return every `demographics_NAME.csv`: the values of an attribute and their weights by place."""
    found = []
    for path in sorted(inputs.glob("demographics_*.csv")):
        sheet = read_sheet(path, path.name, faults, cells=2)
        heads = sheet.header.cells if sheet.header is not None else sheet.lines[0].cells if sheet.lines else ()
        lines = sheet.lines if sheet.header is not None else sheet.lines[1:]
        if "Default" not in heads[1:] or not lines:
            faults.fatal("a first line with the column Default and at least one row are needed", path.name)
            continue
        weights = {}
        for column, place in enumerate(heads[1:], start=1):
            cells = [(line.cells[column] if column < len(line.cells) else "", line.number) for line in lines]
            values = [as_float(cell, f"the weight of {place}", path.name, at, faults, least=0.0) for cell, at in cells]
            if sum(values) <= 0:
                faults.fatal(f"the weights of {place} are all 0", path.name, lines[0].number)
            weights[place] = np.array(values, dtype=np.float64)
        name = path.stem.split("_")[1].split(".")[0]
        found.append(Demographic(name, tuple(line.cells[0] for line in lines), weights))
    return tuple(found)


def read_listed(inputs: Path, places: Places, faults: Faults) -> dict[int, int]:
    """Return how many people `agents.csv` lists at each place, one a row; nobody without that file."""
    name = "agents.csv"
    counted: dict[int, int] = {}
    if not (inputs / name).exists():
        return counted
    sheet = read_sheet(inputs / name, name, faults)
    for line in sheet.lines:
        place = places.index(line.cells[0])
        if place >= 0:
            counted[place] = counted.get(place, 0) + 1
        elif line is not sheet.lines[0] or sheet.header is not None:
            faults.unknown("a place of locations.csv", line.cells[0], places.name, name, line.number)
    return counted


def read_changes(
    inputs: Path, root: Path, places: Places, kinds: Sequence[str], faults: Faults
) -> tuple[tuple[int, int, str], ...]:
    """Return what `location_changes.csv` says: on a day, a place becomes of another type."""
    name = "location_changes.csv"
    path = inputs / name if (inputs / name).exists() else root / name
    if not path.exists():
        return ()
    found = []
    for line in read_sheet(path, name, faults, cells=3).lines:
        place, kind = places.index(line.cells[0]), line.cells[1]
        day = as_whole(line.cells[2], "day", name, line.number, faults, least=0)
        if place < 0:
            faults.unknown("a place of locations.csv", line.cells[0], places.name, name, line.number)
        elif kind.casefold() not in kinds:
            faults.unknown(f"a type of place; types are {', '.join(kinds)}", kind, kinds, name, line.number)
        else:
            found.append((day, place, kind))
    return tuple(found)


def read_major(inputs: Path, places: Places, faults: Faults) -> tuple[tuple[int, ...], ...]:
    """Return the long roads of `major_routes.csv`, each a chain of places."""
    name = "major_routes.csv"
    if not (inputs / name).exists():
        return ()
    found = []
    for line in read_sheet(inputs / name, name, faults, cells=2).lines:
        chain = tuple(places.index(cell) for cell in line.cells if cell)
        for cell in line.cells:
            if cell and cell not in places.name:
                faults.unknown("a place of locations.csv", cell, places.name, name, line.number)
        if all(place >= 0 for place in chain):
            found.append(chain)
    return tuple(found)
