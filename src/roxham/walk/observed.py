"""Read what was observed: the layout of the data, the counts of each destination, and the corrections."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import numpy as np

from roxham._files import leads_out
from roxham.walk.faults import Faults
from roxham.walk.folder import Correction, Counts, Observed, Places
from roxham.walk.series import corrected
from roxham.walk.sheet import as_date, as_whole, read_sheet

__all__ = ["read_corrections", "read_observed"]

LAYOUT = "data_layout.csv"
TOTAL = "total"
_HEADS = ("date", "datetime")


def read_observed(
    folder: Path, places: Places, start: date, faults: Faults
) -> tuple[tuple[Observed, ...], Observed | None]:
    """Return the destinations with their counts, and the row of all refugees, which must be the first."""
    sheet = read_sheet(folder / LAYOUT, LAYOUT, faults, cells=2)
    rows: list[Observed] = []
    seen: dict[str, int] = {}
    for number, line in enumerate(sheet.lines):
        name = line.cells[0]
        if number == 0 and name.casefold() != TOTAL:
            faults.fatal(f'the first row must be "{TOTAL}", not "{name}"', LAYOUT, line.number)
        if name in seen:
            faults.fatal(f'"{name}" stands twice; the first is in line {seen[name]}', LAYOUT, line.number)
            continue
        seen[name] = line.number
        files = tuple(_read_counts(folder, cell, start, line.number, faults) for cell in line.cells[1:] if cell)
        if not files:
            faults.fatal(f"{name} has no file", LAYOUT, line.number)
        rows.append(Observed(name, places.index(name), files, line.number))
        if number and places.index(name) < 0:
            faults.note(f"{name} is no place of locations.csv, yet its people count among those who flee",
                        LAYOUT, line.number)
    if sheet.lines:
        _check_camps(places, seen, faults)
    elif not faults.is_fatal:
        faults.fatal("the file is empty", LAYOUT)
    total = rows[0] if rows and rows[0].name.casefold() == TOTAL else None
    return tuple(rows[1:] if total is not None else rows), total


def _check_camps(places: Places, seen: dict[str, int], faults: Faults) -> None:
    for index in np.flatnonzero(places.is_camp):
        if places.name[index] not in seen:
            faults.fatal(f"the camp {places.name[index]} has no row in {LAYOUT}", "locations.csv",
                         int(places.line[index]))


def _read_counts(folder: Path, file: str, start: date, at: int, faults: Faults) -> Counts:
    path = folder / file
    if leads_out(file, folder):
        faults.fatal(f'"{file[:80]}" leads out of the folder of the counts', LAYOUT, at)
        return Counts(file, np.zeros(0, dtype=np.int64), np.zeros(0), np.zeros(0, dtype=np.int64))
    if not path.exists() or not path.is_file():
        faults.fatal(f"the file {file} is missing", LAYOUT, at)
        return Counts(file, np.zeros(0, dtype=np.int64), np.zeros(0), np.zeros(0, dtype=np.int64))
    sheet = read_sheet(path, file, faults)
    days: list[int] = []
    people: list[int] = []
    lines: list[int] = []
    for line in sheet.lines:
        if line.cells[0].casefold().startswith(_HEADS):
            continue
        if len(line.cells) < 2:
            semicolons = "; separate them by commas, not semicolons" if ";" in line.cells[0] else ""
            faults.fatal(f"a date and a number of people are needed{semicolons}", file, line.number)
            continue
        day = as_date(line.cells[0], "date", file, line.number, faults)
        if not line.cells[1]:
            faults.note("no number of people; the row is left out", file, line.number)
            continue
        count = as_whole(line.cells[1], "people", file, line.number, faults, least=0)
        if day is not None:
            days.append((day - start).days)
            people.append(count)
            lines.append(line.number)
    if not days and not faults.is_fatal:
        faults.fatal("the file holds no counts", file)
    _check_order(days, lines, file, faults)
    return Counts(file, np.array(days, dtype=np.int64), np.array(people, dtype=np.float64),
                  np.array(lines, dtype=np.int64))


def _check_order(days: list[int], lines: list[int], file: str, faults: Faults) -> None:
    for before, after, line in zip(days, days[1:], lines[1:], strict=False):
        if after < before:
            faults.wrong("the dates are not in order, so the days between are filled in wrongly", file, line)
        elif after == before:
            faults.wrong("the date of the line above stands again", file, line)


def read_corrections(
    inputs: Path, observed: tuple[Observed, ...], total: Observed | None, start: date, faults: Faults
) -> tuple[Correction, ...]:
    """Return the re-registrations; each must stand on a day that the corrected series counts, and not its first."""
    name = "registration_corrections.csv"
    if not (inputs / name).exists():
        return ()
    sheet = read_sheet(inputs / name, name, faults, cells=2)
    rows = {one.name: one for one in (*observed, *((total,) if total is not None else ()))}
    found: list[Correction] = []
    for line in sheet.lines:
        day = as_date(line.cells[1], "date", name, line.number, faults)
        if line.cells[0] not in rows:
            if rows:
                faults.unknown(f"a row of {LAYOUT}", line.cells[0], rows, name, line.number, severity="wrong")
            continue
        if day is None:
            continue
        correction = Correction(line.cells[0], (day - start).days, line.number)
        _check_correction(correction, rows[line.cells[0]], tuple(found), faults)
        found.append(correction)
    return tuple(found)


def _check_correction(one: Correction, row: Observed, before: tuple[Correction, ...], faults: Faults) -> None:
    name = "registration_corrections.csv"
    if one.day < 0:
        faults.note(f"{one.name}: the correction lies before the start and is left out", name, one.line)
        return
    days, people = corrected(row, before)
    at = np.flatnonzero(days == one.day)
    if not len(at):
        if len(days):
            faults.fatal(f"{one.name} has no count on the day of this correction", name, one.line)
    elif at[0] == 0:
        faults.fatal(f"{one.name}: the correction is on the day of the first count", name, one.line)
    elif any(people[row_ - 1] < 1 for row_ in at if row_ > 0):
        faults.fatal(f"{one.name}: the count before this correction is 0, so nothing can be scaled", name, one.line)
