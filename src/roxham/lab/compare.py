"""Comparing scenarios: the headline metrics of each, and the paired difference to the baseline."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from roxham.lab.store import as_result
from roxham.lab.summary import ALL, StudyResult
from roxham.sim.metrics import unit_of

HEADLINES = (
    "entries_irregular",
    "entries_undetected",
    "returned_to_us",
    "heard",
    "wait_days_rpd",
    "nights_without_bed",
    "transferred",
    "cost_federal",
    "cost_provincial",
    "exposure_index",
    "deaths_expected",
)


@dataclass(frozen=True)
class Line:
    """One metric of one scenario: its mean, and its paired difference to the baseline (mean, 5 %, 95 %).

    ``error`` is the standard error of the mean difference over draws; not a number for fewer than two draws.
    """

    scenario: str
    title: str
    metric: str
    unit: str
    mean: float
    difference: float
    low: float
    high: float
    error: float = math.nan

    @property
    def settled(self) -> bool:
        """True where nine draws in ten agree on the direction of the difference."""
        return self.low > 0 or self.high < 0


@dataclass(frozen=True)
class Comparison:
    """Scenarios (rows) by metrics (columns), for one place and period."""

    baseline: str
    place: str
    period: str
    draws: int
    metrics: tuple[str, ...]
    lines: tuple[Line, ...]

    def line(self, scenario: str, metric: str) -> Line:
        """Return one cell of the table.

        Raises KeyError when the table does not hold it.
        """
        for line in self.lines:
            if (line.scenario, line.metric) == (scenario, metric):
                return line
        raise KeyError((scenario, metric))

    @property
    def scenarios(self) -> tuple[tuple[str, str], ...]:
        """Name and title of each scenario, in the order of the study."""
        return tuple(dict.fromkeys((line.scenario, line.title) for line in self.lines))

    def to_dict(self) -> dict[str, Any]:
        """Give the table as plain data, for programs."""
        return {
            "baseline": self.baseline,
            "place": self.place,
            "period": self.period,
            "draws": self.draws,
            "lines": [
                {
                    "scenario": line.scenario,
                    "metric": line.metric,
                    "unit": line.unit,
                    "mean": line.mean,
                    "diff_mean": line.difference,
                    "diff_q05": line.low,
                    "diff_q95": line.high,
                    "diff_se": line.error,
                }
                for line in self.lines
            ],
        }

    def __str__(self) -> str:
        """Write the table as plain text: the baseline's mean, then differences with their 90 % bands."""
        rows = [["scenario", *self.metrics]]
        rows += [
            [name, *(words(self.line(name, metric), self.baseline) for metric in self.metrics)]
            for name, _ in self.scenarios
        ]
        widths = [max(len(row[i]) for row in rows) for i in range(len(rows[0]))]
        return "\n".join(
            "  ".join(
                cell.ljust(width) if i == 0 else cell.rjust(width)
                for i, (cell, width) in enumerate(zip(row, widths, strict=True))
            ).rstrip()
            for row in rows
        )


def compare(
    source: StudyResult | str | Path,
    *,
    metrics: Sequence[str] = HEADLINES,
    place: str = ALL,
    period: str = ALL,
    language: str = "en",
) -> Comparison:
    """Put scenarios side by side, from a result or from the folder that it was written to.

    Raises UnknownName when the run holds no such metric, place or period.
    """
    result = as_result(source)
    lines = []
    for scenario in result.study.scenarios:
        for metric in metrics:
            numbers = result.summary.row(scenario.name, metric, place, period)
            title = scenario.title.fr if language == "fr" else scenario.title.en
            lines.append(
                Line(
                    scenario.name,
                    title,
                    metric,
                    unit_of(metric, result.currency),
                    numbers["mean"],
                    numbers["diff_mean"],
                    numbers["diff_q05"],
                    numbers["diff_q95"],
                    _error(result, scenario.name, metric, place, period),
                )
            )
    baseline = result.study.baseline.name
    return Comparison(baseline, place, period, result.draws, tuple(metrics), tuple(lines))


def _error(result: StudyResult, scenario: str, metric: str, place: str, period: str) -> float:
    """The standard error of the mean paired difference to the baseline."""
    if result.draws < 2:
        return math.nan
    pair = [result.by_draw(name, metric, place, period) for name in (scenario, result.study.baseline.name)]
    change = np.where(np.isnan(pair[0]) & np.isnan(pair[1]), 0.0, pair[0] - pair[1])
    return float(change.std(ddof=1) / math.sqrt(result.draws))


def words(line: Line, baseline: str) -> str:
    """Write one cell: the mean for the baseline; for the others the difference, its standard error and 90 % band.

    >>> words(Line("a", "A", "heard", "persons", 9.0, -1500.0, -2000.0, -900.0, 120.0), "as-it-was")
    '-1,500 ±120 [-2,000, -900]'
    """
    if line.scenario == baseline:
        return short(line.mean)
    error = f" ±{short(line.error)}" if line.error > 0 else ""
    return f"{short(line.difference, sign=True)}{error} [{short(line.low, sign=True)}, {short(line.high, sign=True)}]"


def short(number: float, *, sign: bool = False) -> str:
    """Write a number for people: millions and billions as M and bn, three digits under ten.

    >>> short(1234567890.0), short(39540.2), short(0.01234), short(0.0, sign=True)
    ('1.23 bn', '39,540', '0.0123', '0')
    """
    if number != number:
        return "none"
    size, plus = abs(number), "+" if sign and number > 0 else ""
    for limit, unit in ((1e9, " bn"), (1e6, " M")):
        if size >= limit:
            return f"{plus}{number / limit:.3g}{unit}"
    if size >= 10 or number == round(number):
        return f"{plus}{number:,.0f}" if round(number) else "0"
    return f"{plus}{number:.3g}"
