"""The board's projected wait, rebuilt twice: pending over a year's capacity, and a claim that stands in the line.

    python replications/irb_wait.py

The Immigration and Refugee Board tells claimants how long a decision will take. The rule is arithmetic: what is
pending, divided by what the division can decide in a year. Each projected wait stands here beside that quotient, beside
the wait of a claim that joins the line on that day and is served in its turn with what the division went on to decide,
and (in the notes) beside a naive forecast: the wait published before it.

The capacity of a quotient is fixed before looking: the capacity funded for the year ahead where that is published,
otherwise the decisions of the year in which the projection was made, otherwise of the last full year. The line knows
more than the board did: it sees the decisions that came later, the pandemic among them.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass
from statistics import median

import numpy as np
from _table import INFERRED, Input, Line, Replication
from numpy.typing import NDArray

from roxham.evidence.tables import read_table
from roxham.sim.corridor import Corridor, load
from roxham.sim.service import serve

CASE = "canada_us"
MONTHS, DAYS_PER_MONTH = 12, 365.25 / 12
DECIDED = ("accepted", "rejected", "abandoned_withdrawn_other")
BOTH = "the count holds appeals too: no count of claims alone that day"


@dataclass(frozen=True)
class Row:
    """Where one projected wait and its inputs stand in `irb.csv`, and what makes the quotient differ."""

    division: str
    day: str
    pending: tuple[str, str]
    capacity: tuple[str, str, tuple[str, ...]]
    source: tuple[str, str]
    because: str = "capacity"
    note: str = ""

    @property
    def name(self) -> str:
        """Division and day."""
        return f"{self.division} {self.day}"


ROWS = (
    Row("RPD", "2019-12-31", ("RPD", "2019-12-31"), ("RPD", "2019-01-01", DECIDED), ("irb_plan_2020", "irb_outcomes")),
    Row("RPD", "2020-03-31", ("RPD", "2020-03-31"), ("RPD", "2020-04-01", ("funded_capacity",)),
        ("irb_pac_2020", "irb_plan_2020")),
    Row("RPD", "2020-10-31", ("RPD", "2020-10-31"), ("RPD", "2020-04-01", ("funded_capacity",)),
        ("irb_pac_2020", "irb_plan_2020"), note="24 months on 85,300 claims would be 42,650 a year, not 50,000"),
    Row("RPD", "2022-03-31", ("RPD_and_RAD", "2022-03-31"), ("RPD", "2021-01-01", ("finalized",)), ("", "irb_rpd_2021"),
        "pending", BOTH),
    Row("RPD", "2022-11-25", ("RPD_and_RAD", "2022-11-18"), ("all_divisions", "2022-04-01", ("decisions",)), ("", ""),
        "pending", BOTH),
    Row("RAD", "2019-12-31", ("RAD", "2019-12-31"), ("RAD", "2019-01-01", ("finalized",)),
        ("irb_rad_2019", "irb_rad_2019"), note="close to one year: funded for more appeals in the year ahead"),
    Row("RAD", "2020-10-31", ("RAD", "2020-10-31"), ("RAD", "2020-04-01", ("funded_capacity",)),
        ("irb_pac_2020", "irb_plan_2020"), note="12 months on 7,100 appeals would be 7,100 a year, not 13,500"),
)


def value(division: str, measure: str, *, start: str | None = None, end: str | None = None) -> tuple[float, str]:
    """The first such figure and its address: the board's own tables stand before rounded figures in its reports."""
    return next(
        (float(row["value"]), row["source_url"]) for row in read_table(CASE, "irb")
        if not row["note"].startswith("LEGACY") and (row["division"], row["measure"]) == (division, measure)
        and start in (None, row["period_start"]) and end in (None, row["period_end"]))


def before(row: Row) -> float | None:
    """The wait that the division published before."""
    earlier = [(one["period_end"], float(one["value"])) for one in read_table(CASE, "irb")
               if (one["division"], one["measure"]) == (row.division, "projected_wait") and one["period_end"] < row.day]
    return max(earlier)[1] if earlier else None


def finalized(days: NDArray[np.datetime64]) -> NDArray[np.float64]:
    """Claims decided or closed on each day: those of each year by the board's figures, spread evenly over it."""
    years = days.astype("datetime64[Y]")
    out = np.zeros(days.size)
    for year in np.unique(years):
        length = int(((year + 1).astype("datetime64[D]") - year.astype("datetime64[D]")).astype(int))
        out[years == year] = sum(value("RPD", one, start=f"{year}-01-01")[0] for one in DECIDED) / length
    return out


def in_line(corridor: Corridor, row: Row, pending: float) -> tuple[float, float]:
    """Months that a claim of that day waits in its turn, and what the division decides in the year after."""
    days = np.arange(np.datetime64(row.day) + 1, np.datetime64("2025-01-01"))
    capacity = finalized(days) if row.division == "RPD" else corridor.capacity("rad", days)
    ahead = round(pending)
    arrived = np.concatenate([np.full(ahead, -1), [0]]).astype(np.int32)
    served = serve(arrived, np.ones(ahead + 1, dtype=np.int32), capacity, horizon=days.size)
    return float(served.ended[-1]) / DAYS_PER_MONTH, float(capacity[:365].sum())


def rebuild() -> Replication:
    """Every published projection that has a pending count and a capacity."""
    corridor = load(CASE)
    inputs: list[Input] = []
    lines: list[Line] = []
    for row in ROWS:
        pending, pending_at = value(row.pending[0], "pending", end=row.pending[1])
        year = [value(row.capacity[0], measure, start=row.capacity[1]) for measure in row.capacity[2]]
        capacity = sum(one for one, _ in year)
        seen, _ = value(row.division, "projected_wait", end=row.day)
        wait, later = in_line(corridor, row, pending)
        whose = "irb_outcomes" if row.division == "RPD" else INFERRED
        note = "each year evenly" if row.division == "RPD" else "28 a day assumed after 2020: no figure"
        inputs += [
            Input(f"pending, {row.name}", pending, "claims", row.source[0] or pending_at,
                  row.note if row.because == "pending" else ""),
            Input(f"capacity, {row.name}", capacity, "a year", row.source[1] or year[0][1],
                  row.note if row.because == "capacity" else ""),
            Input(f"decided in the year after {row.name}", later, "a year", whose, note),
        ]
        lines += [
            Line(f"{row.name}, pending over capacity", "months", seen, MONTHS * pending / capacity,
                 f"{row.because}, {row.name}", decimals=1),
            Line(f"{row.name}, in the line", "months", seen, wait, f"decided in the year after {row.name}", decimals=1),
        ]
    return Replication("The board's projected waits, 2019 to 2022", tuple(inputs), tuple(lines), _notes(lines))


def _notes(lines: list[Line]) -> tuple[str, ...]:
    """Median differences by division, beside the naive forecast."""
    out = []
    for division in ("RPD", "RAD"):
        rows = [row for row in ROWS if row.division == division]
        told = []
        for kind in ("pending over capacity", "in the line"):
            off = [abs(line.difference) for line in lines if line.what in {f"{row.name}, {kind}" for row in rows}]
            told.append(f"{kind} {median(off):.0%}")
        naive = [abs(earlier / line.published - 1) for row in rows if (earlier := before(row)) is not None
                 for line in lines if line.what == f"{row.name}, pending over capacity"]
        told.append(f"the wait published before {median(naive):.0%}")
        out.append(f"{division}, median absolute difference: {', '.join(told)}.")
    return (*out, "Published waits are rounded; 20 December 2018 is left out here: no pending count of that day"
            " (see auditor_general_2019.py).")


def main() -> None:
    """Print the table."""
    sys.stdout.write(rebuild().text())


if __name__ == "__main__":
    main()
