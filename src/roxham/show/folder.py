"""Reads back what a run wrote: summary, draws, manifest and the months that were held out."""

from __future__ import annotations

import csv
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from roxham.errors import EvidenceError, Problem
from roxham.show.text import Language

QUANTITIES = (
    "mean", "q05", "q25", "q50", "q75", "q95",
    "diff_mean", "diff_q05", "diff_q25", "diff_q50", "diff_q75", "diff_q95",
)  # fmt: skip
SUMMARY_COLUMNS = ("scenario", "metric", "unit", "place", "period", *QUANTITIES)
HOLDOUT_COLUMNS = (
    "month", "series", "place", "observed", "model_q05", "model_q50", "model_q95", "naive_seasonal", "naive_last",
)  # fmt: skip
WINTER = ("11", "12", "01", "02", "03")


@dataclass(frozen=True)
class Band:
    """A middle and the two ends that hold nine draws in ten (5 %, 50 %, 95 %)."""

    q05: float
    q50: float
    q95: float

    @property
    def direction(self) -> int:
        """+1 where the whole band is above zero, -1 below, 0 where it includes zero."""
        return 1 if self.q05 > 0 else -1 if self.q95 < 0 else 0

    @classmethod
    def of(cls, draws: NDArray[np.float64]) -> Band:
        """The band of a sample of draws.

        >>> Band.of(np.array([1.0, 2.0, 3.0])).q50
        2.0
        """
        low, middle, high = np.quantile(draws, [0.05, 0.5, 0.95])
        return cls(float(low), float(middle), float(high))


@dataclass(frozen=True)
class Cell:
    """One line of summary.csv: the unit, then the value and its paired difference to the baseline."""

    unit: str
    numbers: Mapping[str, float]

    @property
    def value(self) -> Band:
        """The value, with its 90 % band."""
        return Band(self.numbers["q05"], self.numbers["q50"], self.numbers["q95"])

    @property
    def half(self) -> tuple[float, float]:
        """The ends of the 50 % band."""
        return self.numbers["q25"], self.numbers["q75"]

    @property
    def change(self) -> Band:
        """The paired difference to the baseline, with its 90 % band."""
        return Band(self.numbers["diff_q05"], self.numbers["diff_q50"], self.numbers["diff_q95"])


@dataclass(frozen=True)
class HeldOut:
    """One month that the model did not see: what was observed, what it predicted, what is naive."""

    month: str
    series: str
    place: str
    observed: float
    model: Band
    naive_seasonal: float
    naive_last: float


@dataclass(frozen=True)
class RunFolder:
    """A finished run on disk."""

    path: Path
    scenarios: tuple[str, ...]
    baseline: str
    manifest: Mapping[str, Any]
    held_out: tuple[HeldOut, ...] | None
    lines: Mapping[tuple[str, str, str, str], Sequence[str]]

    def cell(self, scenario: str, metric: str, place: str = "all", period: str = "all") -> Cell | None:
        """The line of that scenario, metric, place and period, or None where the run has none."""
        line = self.lines.get((scenario, metric, place, period))
        if line is None:
            return None
        return Cell(line[2], {name: float(text or "nan") for name, text in zip(QUANTITIES, line[5:], strict=True)})

    def months(self, scenario: str, metric: str, place: str = "all") -> list[tuple[str, Cell]]:
        """The monthly lines of a metric, in order of time."""
        found = ((month, self.cell(scenario, metric, place, month)) for month in self.periods)
        return [(month, cell) for month, cell in found if cell is not None]

    @cached_property
    def periods(self) -> tuple[str, ...]:
        """Every month of the run, `YYYY-MM`, in order."""
        return tuple(sorted({key[3] for key in self.lines if len(key[3]) == 7}))

    @cached_property
    def metrics(self) -> frozenset[str]:
        """The metrics that the summary holds."""
        return frozenset(key[1] for key in self.lines)

    @property
    def draws(self) -> int:
        """How many draws were made, 0 where the manifest does not say."""
        return int(self.manifest.get("draws", 0) or 0)

    @property
    def has_draws(self) -> bool:
        """True where the draws themselves were kept (results.parquet)."""
        return (self.path / "results.parquet").is_file()

    def query(self, sql: str, values: Sequence[object]) -> list[tuple[Any, ...]]:
        """Rows of an SQL query over the draws, in which they are the table `draws`."""
        import duckdb

        where = str(self.path / "results.parquet").replace("'", "''")
        with duckdb.connect() as connection:
            connection.execute(f"CREATE VIEW draws AS SELECT * FROM read_parquet('{where}')")
            return connection.execute(sql, list(values)).fetchall()


def read_folder(path: Path) -> RunFolder:
    """The run that was written to that folder.

    Raises EvidenceError with every problem at once: a missing file, a column too few, an empty summary.
    """
    summary = path / "summary.csv"
    if not summary.is_file():
        raise EvidenceError(Problem("no summary.csv in this folder", file=str(path), hint="was the run finished?"))
    with summary.open(encoding="utf-8", newline="") as stream:
        reader = csv.reader(stream)
        header = tuple(next(reader, ()))
        if header != SUMMARY_COLUMNS:
            raise EvidenceError(_column_problems(header, SUMMARY_COLUMNS, summary))
        lines = {(line[0], line[1], line[3], line[4]): line for line in reader}
    if not lines:
        raise EvidenceError(Problem("the summary has no lines", file=str(summary), line=2))
    manifest_file = path / "manifest.json"
    manifest = json.loads(manifest_file.read_text(encoding="utf-8")) if manifest_file.is_file() else {}
    scenarios = _scenario_order(lines, manifest)
    return RunFolder(path, scenarios, _baseline(scenarios, manifest), manifest, _read_held_out(path), lines)


def _column_problems(header: Sequence[str], wanted: Sequence[str], file: Path) -> list[Problem]:
    missing = [Problem(f"column {name} is missing", file=str(file), line=1) for name in wanted if name not in header]
    unknown = [Problem(f"unknown column {name}", file=str(file), line=1) for name in header if name not in wanted]
    order = [Problem(f"columns must read {','.join(wanted)}", file=str(file), line=1)]
    return [*missing, *unknown] or order


def _scenario_order(
    lines: Mapping[tuple[str, str, str, str], Sequence[str]], manifest: Mapping[str, Any]
) -> tuple[str, ...]:
    """Scenarios in the order of the study where the manifest gives it, else in order of the summary."""
    held = dict.fromkeys(key[0] for key in lines)
    listed = manifest.get("scenarios", [])
    names = [str(entry.get("name", "")) if isinstance(entry, Mapping) else str(entry) for entry in listed]
    ordered = [name for name in names if name in held]
    return tuple(dict.fromkeys([*ordered, *held]))


def _baseline(scenarios: Sequence[str], manifest: Mapping[str, Any]) -> str:
    named = str(manifest.get("baseline", ""))
    if named in scenarios:
        return named
    return "as-it-was" if "as-it-was" in scenarios else scenarios[0]


def _read_held_out(path: Path) -> tuple[HeldOut, ...] | None:
    file = path / "holdout.csv"
    if not file.is_file():
        return None
    with file.open(encoding="utf-8", newline="") as stream:
        reader = csv.DictReader(stream)
        header = tuple(reader.fieldnames or ())
        if any(name not in header for name in HOLDOUT_COLUMNS):
            raise EvidenceError(_column_problems(header, HOLDOUT_COLUMNS, file))
        rows = [
            HeldOut(
                row["month"][:7], row["series"], row["place"], _float(row["observed"]),
                Band(_float(row["model_q05"]), _float(row["model_q50"]), _float(row["model_q95"])),
                _float(row["naive_seasonal"]), _float(row["naive_last"]),
            )
            for row in reader
        ]  # fmt: skip
    return tuple(sorted(rows, key=lambda row: (row.series, row.place, row.month)))


def _float(text: str | None) -> float:
    return float(text) if text else float("nan")


def scenario_title(run: RunFolder, scenario: str, case_folder: Path, language: Language) -> str:
    """The title of a scenario in that language, from the manifest, its file, or its own name."""
    for entry in run.manifest.get("scenarios", []):
        if isinstance(entry, Mapping) and entry.get("name") == scenario and isinstance(entry.get("title"), Mapping):
            return str(entry["title"].get(language, scenario))
    for file in sorted((case_folder / "scenarios").glob("*.yaml")):
        titles = _titles(file)
        if titles.get("name") == scenario:
            return titles.get(language, scenario)
    return scenario.replace("-", " ").capitalize()


def _titles(file: Path) -> dict[str, str]:
    from ruamel.yaml import YAML

    if file.name.endswith(".study.yaml"):
        return {}
    loaded = YAML(typ="safe").load(file.read_text(encoding="utf-8"))
    title = loaded.get("title", {}) if isinstance(loaded, Mapping) else {}
    if not isinstance(title, Mapping):
        return {}
    return {"name": str(loaded.get("name", file.stem)), **{str(code): str(words) for code, words in title.items()}}
