"""The headline table: every scenario by the outcomes that matter, for people first and then for budgets."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from roxham.show.findings import Findings
from roxham.show.folder import Band, RunFolder, scenario_title
from roxham.show.text import NO_BREAK, Language, has, number, say, span

HEADLINE = (
    ("heard", "people_heard"),
    ("returned_unheard", "people_returned"),
    ("entries_irregular", "short_entries"),
    ("entries_undetected", "short_unseen"),
    ("nights_without_bed", "short_nights"),
    ("transferred", "short_transferred"),
    ("wait_days_rpd", "short_wait"),
    ("cost_federal", "short_federal"),
    ("cost_provincial", "short_provincial"),
    ("cost_municipal", "short_municipal"),
    ("deaths_expected", "short_deaths"),
)


@dataclass(frozen=True)
class Scale:
    """How a column of numbers is written: divided by `factor`, with that many decimals."""

    factor: float
    decimals: int

    def write(self, value: float, language: Language, signed: bool = False) -> str:
        """A number on this scale."""
        return number(value / self.factor, language, self.decimals, signed)

    def band(self, band: Band, language: Language, signed: bool = False) -> str:
        """The two ends of a band on this scale."""
        return span(self.write(band.q05, language, signed), self.write(band.q95, language, signed), language)


def scale_for(values: Sequence[float]) -> Scale:
    """The scale that writes the largest of those numbers with about three figures.

    >>> scale_for([12.0, -113_400.0]), scale_for([0.04])
    (Scale(factor=1000.0, decimals=0), Scale(factor=1.0, decimals=2))
    """
    top = max((abs(value) for value in values if value == value), default=0.0)
    factor = 1e6 if top >= 1e7 else 1e3 if top >= 1e4 else 1.0
    scaled = top / factor
    return Scale(factor, 0 if scaled >= 100 else 1 if scaled >= 10 else 2)


def headline(findings: Findings, language: Language) -> dict[str, Any]:
    """Scenarios by headline outcomes: the baseline first, then paired differences, each with its 90 % band."""
    run = findings.run
    columns, rows = [], []
    metrics = [(metric, key) for metric, key in HEADLINE if metric in run.metrics]
    scales: dict[str, tuple[Scale, Scale]] = {}
    for metric, key in metrics:
        cells = [(name, run.cell(name, metric)) for name in run.scenarios]
        levels = [cell.value.q50 for name, cell in cells if cell and name == run.baseline]
        changes = [cell.change.q50 for name, cell in cells if cell and name != run.baseline]
        scale = scale_for([*levels, *changes])
        scales[metric] = (scale, Scale(scale.factor, scale_for([one / scale.factor for one in changes]).decimals))
        unit = next((cell.unit for _, cell in cells if cell), "")
        columns.append({"label": say(key, language), "unit": _unit_words(scale, unit, language)})
    for name in (run.baseline, *(name for name in run.scenarios if name != run.baseline)):
        first = name == run.baseline
        written = [
            _headline_cell(run, name, metric, scales[metric][0 if first else 1], language) for metric, _ in metrics
        ]
        title = short_title(findings, name, language)
        full = scenario_title(run, name, findings.case_folder, language)
        rows.append({"title": title, "full": full, "first": first, "cells": written})
    return {"columns": columns, "rows": rows}


def short_title(findings: Findings, scenario: str, language: Language) -> str:
    """A few words for a scenario: its short name where the catalogue has one, else its title."""
    key = f"short_{scenario}"
    return say(key, language) if has(key) else scenario_title(findings.run, scenario, findings.case_folder, language)


def _headline_cell(run: RunFolder, scenario: str, metric: str, scale: Scale, language: Language) -> dict[str, Any]:
    cell = run.cell(scenario, metric)
    if cell is None:
        return {"middle": "\u2013", "band": "", "settled": False}
    if scenario == run.baseline:
        return {
            "middle": scale.write(cell.value.q50, language),
            "band": scale.band(cell.value, language),
            "settled": False,
        }
    band = cell.change
    if band.q05 == band.q50 == band.q95 == 0:
        return {"middle": "0", "band": "", "settled": False}
    written = scale.band(band, language, signed=True)
    if not any(digit in written for digit in "123456789"):
        return {"middle": "≈" + NO_BREAK + "0", "band": "", "settled": False}
    return {"middle": scale.write(band.q50, language, signed=True), "band": written, "settled": band.direction != 0}


def _unit_words(scale: Scale, unit: str, language: Language) -> str:
    """The scale and unit of a column: `thousands`, `millions $`, `days`."""
    size = {1e3: say("scale_1000", language), 1e6: say("scale_1000000", language)}.get(scale.factor, "")
    kind = "CAD" if unit.startswith("CAD") else unit
    symbol = {"CAD": "$", "days": say("unit_days", language)}.get(kind, kind if kind.isupper() else "")
    return " ".join(word for word in (size, symbol) if word)
