"""What calibration ships with a case: joint draws of the parameters, the latent pressure, and the other streams.

Three plain CSV files and a note: `parameters.csv` (one row per draw), `pressure.csv` (persons who set out, one row per
draw and hub, one column per month), `streams.csv` (persons who claim by other ways, one row per office and province).
"""

from __future__ import annotations

import csv
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from roxham.errors import EvidenceError, Problem, SpecError, did_you_mean
from roxham.spec import load_yaml, read_text

Floats = NDArray[np.float64]
#: The files of a calibration and the columns in front of their numbers.
FILES = {"parameters": ("draw",), "pressure": ("draw", "hub"), "streams": ("office", "province")}
#: What the note must say: the exposure behind the deaths on record.
NEEDED = ("crossings",)


@dataclass(frozen=True)
class Posterior:
    """Joint draws: `parameters[draw]`, `pressure[draw, month, hub]` and `streams[office][month, province]`.

    Pressure and streams are in persons per month.
    """

    name: str
    months: NDArray[np.datetime64]
    hubs: tuple[str, ...]
    provinces: tuple[str, ...]
    parameters: tuple[Mapping[str, float], ...]
    pressure: Floats
    streams: Mapping[str, Floats]
    note: Mapping[str, Any]

    def __len__(self) -> int:
        return len(self.parameters)

    def window(self, months: NDArray[np.datetime64]) -> slice:
        """The positions of `months` (contiguous) in the posterior's months.

        Raises:
            EvidenceError: when the calibration does not reach those months.
        """
        first = int((months[0] - self.months[0]).astype(int))
        if first < 0 or first + len(months) > len(self.months):
            raise EvidenceError(Problem(
                f"calibration {self.name!r} holds {self.months[0]} to {self.months[-1]}, "
                f"not {months[0]} to {months[-1]}"))
        return slice(first, first + len(months))


@dataclass(frozen=True)
class _Table:
    """One file of a calibration: its header, the keys of each row, and the numbers after them."""

    head: tuple[str, ...]
    keys: tuple[tuple[str, ...], ...]
    numbers: tuple[tuple[float, ...], ...]


def _table(path: Path, keys: Sequence[str], problems: list[Problem]) -> _Table | None:
    """Read one file: columns named `keys` in front, numbers after them; note every bad row with its line."""
    file = str(path)
    if not path.is_file():
        problems.append(Problem("calibration file is missing: run `roxham calibrate`", file))
        return None
    try:
        lines = [*csv.reader(read_text(path).splitlines())]
    except SpecError as error:
        problems.extend(error.problems)
        return None
    head, n, before = tuple(lines[0]) if lines else (), len(keys), len(problems)
    if head[:n] != tuple(keys) or len(head) == n:
        problems.append(Problem(f"the header must begin {','.join(keys)}, and go on", file, 1))
    if len(lines) < 2:
        problems.append(Problem("the file holds no rows", file))
    rows = []
    for line, cells in enumerate(lines[1:], start=2):
        if len(cells) != len(head):
            problems.append(Problem(f"the row has {len(cells)} cells, the header {len(head)}", file, line))
            continue
        try:
            rows.append(tuple(float(cell) for cell in cells[n:]))
        except ValueError as error:
            problems.append(Problem(f"not a number: {error}", file, line))
    if len(problems) > before:
        return None
    return _Table(head[n:], tuple(tuple(cells[:n]) for cells in lines[1:]), tuple(rows))


def _grid(table: _Table, path: Path, problems: list[Problem]) -> Floats | None:
    """The numbers by first key, second key and column; note a pair that is missing or stands twice."""
    first, second = (tuple(dict.fromkeys(key[k] for key in table.keys)) for k in (0, 1))
    wanted = [(one, two) for one in first for two in second]
    found = dict(zip(table.keys, table.numbers, strict=True))
    problems.extend(Problem(f"there is no row for {', '.join(key)}", str(path)) for key in wanted if key not in found)
    if len(found) < len(table.keys):
        problems.append(Problem("a row stands twice", str(path)))
    if any(key not in found for key in wanted):
        return None
    return np.array([found[key] for key in wanted]).reshape(len(first), len(second), len(table.head))


def _months(table: _Table, path: Path, problems: list[Problem]) -> NDArray[np.datetime64]:
    """The months of the header; note one that is none, or that does not follow the one before it."""
    try:
        months = np.array(table.head, dtype="datetime64[M]")
    except ValueError:
        problems.append(Problem("the header names something else than months, year-month", str(path), 1))
        return np.zeros(0, dtype="datetime64[M]")
    if np.any(np.diff(months).astype(int) != 1):
        problems.append(Problem("the months of the header do not follow one another", str(path), 1))
    return months


@lru_cache(maxsize=8)
def load_posterior(folder: Path, name: str) -> Posterior:
    """Read one calibration of a case.

    Raises:
        EvidenceError: when it is missing, or with everything that is wrong with its files.
    """
    here = folder / name
    if not here.is_dir():
        known = [p.name for p in folder.iterdir() if p.is_dir()] if folder.is_dir() else []
        raise EvidenceError(Problem(
            f"no calibration {name!r} in {folder}: run `roxham calibrate`", hint=did_you_mean(name, known)))
    problems: list[Problem] = []
    tables = [_table(here / f"{file}.csv", keys, problems) for file, keys in FILES.items()]
    note: Mapping[str, Any] = {}
    try:
        note = load_yaml(here / "note.yaml", dict[str, Any])
    except SpecError as error:
        problems.extend(error.problems)
    else:
        problems.extend(
            Problem(f'the key "{key}" is missing', str(here / "note.yaml")) for key in NEEDED if key not in note)
    parameters, pressure, streams = tables
    if parameters is None or pressure is None or streams is None:
        raise EvidenceError(problems)
    months = _months(pressure, here / "pressure.csv", problems)
    levels = _grid(pressure, here / "pressure.csv", problems)
    others = _grid(streams, here / "streams.csv", problems)
    if streams.head != pressure.head:
        problems.append(Problem("the months are not those of pressure.csv", str(here / "streams.csv"), 1))
    if levels is not None and len(levels) != len(parameters.keys):
        problems.append(Problem(
            f"there are {len(levels)} draws, and {len(parameters.keys)} in parameters.csv", str(here / "pressure.csv")))
    if problems or levels is None or others is None:
        raise EvidenceError(problems)
    offices, provinces = (tuple(dict.fromkeys(key[k] for key in streams.keys)) for k in (0, 1))
    return Posterior(
        name=name, months=months, hubs=tuple(dict.fromkeys(key[1] for key in pressure.keys)), provinces=provinces,
        parameters=tuple(dict(zip(parameters.head, row, strict=True)) for row in parameters.numbers),
        pressure=levels.transpose(0, 2, 1), streams={office: others[k].T for k, office in enumerate(offices)},
        note=note)
