"""Write a plan as CSV, whole or not at all, and count its people in tables that single nobody out."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

from roxham._csv import csv_text, safe
from roxham.errors import Problem, RunError
from roxham.sim.placement.plan import Plan, Price

__all__ = ["COLUMNS", "FEWEST", "by_province", "hide", "plan_csv", "safe", "write_whole"]

FEWEST = 5  # people in a cell of a table; fewer are not told
COLUMNS = ("id", "persons", "place", "province", "cost", "override", "override_cost", "reason")


def plan_csv(plan: Plan, prices: Sequence[Price] = (), lang: str = "en") -> str:
    """A plan as CSV text: a row per family, in the order in which they were given."""
    rows = []
    paid = {one.id: one for one in prices}
    for line in plan.lines:
        price = f"{paid[line.id].cost:.2f}" if line.id in paid else ""
        cells = (line.id, str(line.persons), line.place or "", line.province or "", f"{sum(line.costs.values()):.2f}",
                 line.override)
        rows.append([*cells, price, line.reason.text(lang)])
    return csv_text(rows, COLUMNS)


def write_whole(path: str | Path, text: str) -> None:
    """Write a file beside its place and rename it, so that nobody ever sees half of it; raise RunError if it cannot."""
    target = Path(path)
    try:
        handle, made = tempfile.mkstemp(dir=target.parent, prefix=".", suffix=".part")
        try:
            with os.fdopen(handle, "w", encoding="utf-8", newline="") as file:
                file.write(text)
            os.replace(made, target)
        except OSError:
            Path(made).unlink(missing_ok=True)
            raise
    except OSError as error:
        raise RunError(Problem(f"cannot be written: {error.strerror}", str(path))) from None


def by_province(plan: Plan) -> dict[str, int | None]:
    """People placed by province, the small ones not told (None); never just one of them, or a sum would tell it.

    >>> hide({"QC": 12, "ON": 3, "MB": 8})
    {'QC': 12, 'ON': None, 'MB': None}
    """
    counts: dict[str, int] = {}
    for line in plan.lines:
        if line.province is not None:
            counts[line.province] = counts.get(line.province, 0) + line.persons
    return hide(counts)


def hide(counts: Mapping[str, int]) -> dict[str, int | None]:
    """Counts with those from 1 to 4 hidden, and with one of them the next smallest."""
    few = [name for name, count in counts.items() if 0 < count < FEWEST]
    if len(few) == 1:
        few += sorted((name for name in counts if name not in few and counts[name]), key=lambda name: counts[name])[:1]
    return {name: None if name in few else count for name, count in counts.items()}
