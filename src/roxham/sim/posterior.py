"""What calibration ships with a case: joint draws of the parameters, the latent pressure, and the other streams.

Three plain CSV files and a note: `parameters.csv` (one row per draw), `pressure.csv` (persons who set out, one row per
draw and hub, one column per month), `streams.csv` (persons who claim by other ways, one row per office and province).
"""

from __future__ import annotations

import csv
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from roxham.errors import EvidenceError, Problem, did_you_mean

Floats = NDArray[np.float64]


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


def _table(path: Path) -> tuple[list[str], list[list[str]]]:
    if not path.is_file():
        raise EvidenceError(Problem("calibration file is missing: run `roxham calibrate`", file=str(path)))
    with path.open(newline="", encoding="utf-8") as handle:
        rows = list(csv.reader(handle))
    return rows[0], rows[1:]


@lru_cache(maxsize=8)
def load_posterior(folder: Path, name: str) -> Posterior:
    """Read one calibration of a case.

    Raises:
        EvidenceError: when it is missing.
    """
    from roxham.spec import load_yaml

    here = folder / name
    if not here.is_dir():
        known = [p.name for p in folder.iterdir() if p.is_dir()] if folder.is_dir() else []
        raise EvidenceError(Problem(
            f"no calibration {name!r} in {folder}: run `roxham calibrate`", hint=did_you_mean(name, known)))
    head, rows = _table(here / "parameters.csv")
    parameters = tuple({k: float(v) for k, v in zip(head[1:], row[1:], strict=True)} for row in rows)
    head, rows = _table(here / "pressure.csv")
    months = np.array(head[2:], dtype="datetime64[M]")
    hubs = tuple(dict.fromkeys(row[1] for row in rows))
    levels = np.array([[float(x) for x in row[2:]] for row in rows])
    pressure = levels.reshape(len(parameters), len(hubs), len(months)).transpose(0, 2, 1)
    head, rows = _table(here / "streams.csv")
    provinces = tuple(dict.fromkeys(row[1] for row in rows))
    streams: dict[str, Floats] = {}
    for office in dict.fromkeys(row[0] for row in rows):
        by_province = {row[1]: row[2:] for row in rows if row[0] == office}
        streams[office] = np.array([[float(x) for x in by_province[p]] for p in provinces]).T
    note = load_yaml(here / "note.yaml", dict[str, Any])
    return Posterior(name, months, hubs, provinces, parameters, pressure, streams, note)
