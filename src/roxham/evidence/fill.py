"""Irregular entries by month without holes: the proxy series of a case, cell by cell.

The cells stand in `evidence/irregular_entries.csv`, made by a script kept with the project: published months as they
are, holes filled to the published totals of longer periods. Never mixed with the published series.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from roxham.evidence.tables import read_table

__all__ = ["Cell", "filled_entries"]


@dataclass(frozen=True)
class Cell:
    """Persons in one month, between `low` and `high`; `known_from` is the last month of the period it is made from."""

    persons: float
    status: str
    low: float
    high: float
    source_url: str
    note: str
    known_from: str


def filled_entries(case: str | Path) -> tuple[dict[str, Cell], dict[str, Cell]]:
    """Give irregular entries without holes by month ("YYYY-MM"): (all Canada, Quebec), persons.

    >>> total, quebec = filled_entries("canada_us")
    >>> sum(cell.persons for month, cell in total.items() if month.startswith("2019"))
    16503.0
    """
    cells: dict[str, dict[str, Cell]] = {"total": {}, "QC": {}}
    for row in read_table(case, "irregular_entries"):
        month = f"{int(row['year']):04d}-{int(row['month']):02d}"
        cells[row["province"]][month] = Cell(
            persons=float(row["persons"]),
            status=row["status"],
            low=float(row["low"]),
            high=float(row["high"]),
            source_url=row["source_url"],
            note=row["note"],
            known_from=row["known_from"],
        )
    return cells["total"], cells["QC"]
