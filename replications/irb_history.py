"""The board's history beside a run: decisions by year, pending on every published day, and waits.

    python replications/irb_history.py [DRAWS]

The corridor is run for 2017 to 2024 as it was. What goes in: claims made (published by month), the capacity of the
eligibility desk and of both divisions (published decisions by period). What comes out and is compared here:

- decisions of each year. They are the capacity, so the comparison shows only that the line uses all of it; years before
  the run stand without ours.
- people pending on each day for which `evidence/irb.csv` has a figure (claims from before December 2012 left out). The
  acceptance: mean absolute difference under 10 %.
- the wait that the board projected, beside pending in the run / capacity as it was known on the day (funded for the
  year, where that is published; otherwise what was decided in the twelve months before), and beside the wait that the
  line gave: the mean months from referral to decision of those decided in the twelve months that follow. Neither has a
  threshold; every miss is shown.

Figures of the run are medians over draws.
"""

from __future__ import annotations

import statistics
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np

from roxham.evidence.tables import read_table
from roxham.sim.corridor import load
from roxham.sim.flow import Flow
from roxham.sim.run import begin, carry_out

FROM, TO, SEED, DRAWS = date(2017, 1, 1), date(2024, 12, 31), 7, 9
MONTH = 365.25 / 12
LIMIT = 0.10
#: The stages of the procedure that each division's figures are about.
STAGES = {"RPD": ("hearing",), "RAD": ("appeal",), "RPD_and_RAD": ("hearing", "appeal")}
DECIDED = ("accepted", "rejected", "abandoned_withdrawn_other")


@dataclass(frozen=True)
class Row:
    """One published figure and ours; `ours` is None where the run does not reach."""

    what: str
    division: str
    when: str
    published: float
    ours: float | None
    also: float | None = None

    @property
    def difference(self) -> float | None:
        """Relative difference of ours."""
        return None if self.ours is None else self.ours / self.published - 1


def runs(draws: int = DRAWS, case: str = "canada_us") -> list[Flow]:
    """Some draws of the corridor as it was."""
    corridor = load(case)
    return [carry_out(begin(corridor, seed=SEED, draw=k, from_=FROM, to=TO)) for k in range(draws)]


def _day(flow: Flow, when: str) -> int | None:
    """The day index of a date within the run."""
    at = int((np.datetime64(when) - flow.days[0]).astype(int))
    return at if 0 <= at < flow.n_days else None


def pending_on(flow: Flow, division: str, when: str) -> float | None:
    """Persons pending at the end of a day."""
    at = _day(flow, when)
    assert flow.course is not None
    return None if at is None else float(sum(flow.course.stock(stage)[at] for stage in STAGES[division]))


def decided_in(flow: Flow, stage: str, year: str) -> float | None:
    """Persons who left a stage in a year, those who withdrew before a hearing among them."""
    assert flow.course is not None
    if _day(flow, f"{year}-01-01") is None:
        return None
    passage = flow.course.passages[stage]
    gone = passage.outcome >= 0
    years = flow.days[passage.left[gone]].astype("datetime64[Y]").astype(str)
    return float(flow.course.persons(stage)[gone][years == year].sum())


def funded(division: str, when: str) -> float | None:
    """The published capacity of the fiscal year that holds the day, or begins on the day after; None: not published."""
    tomorrow = str(np.datetime64(when) + 1)
    for row in read_table("canada_us", "irb"):
        of_it = (row["division"], row["measure"]) == (division, "funded_capacity")
        if of_it and row["period_start"] <= tomorrow and when <= row["period_end"]:
            return float(row["value"])
    return None


def projected(flow: Flow, division: str, when: str) -> float | None:
    """Months that those pending take at the capacity known on the day."""
    at, stage = _day(flow, when), STAGES[division][0]
    assert flow.course is not None
    if at is None or at < 365:
        return None
    left = flow.course.passages[stage].left
    decided = flow.course.persons(stage)[(left > at - 365) & (left <= at)].sum()
    waiting = pending_on(flow, division, when)
    return None if waiting is None else 12 * waiting / (funded(division, when) or float(decided))


def realised(flow: Flow, division: str, when: str) -> float | None:
    """Mean months from coming to the decision of those decided in the twelve months that follow."""
    at, stage = _day(flow, when), STAGES[division][0]
    assert flow.course is not None
    if at is None or at + 365 > flow.n_days:
        return None
    passage, size = flow.course.passages[stage], flow.course.persons(stage)
    assert passage.served is not None
    mine = passage.served.done & (passage.left > at) & (passage.left <= at + 365)
    return float(np.average((passage.left - passage.entered)[mine], weights=size[mine])) / MONTH


def _middle(values: Sequence[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return statistics.median(known) if known else None


def history(flows: Sequence[Flow]) -> list[Row]:
    """Every published figure of the board, with ours."""
    table = [row for row in read_table("canada_us", "irb") if not row["note"].startswith("LEGACY")]
    out = []
    by_year: dict[str, float] = {}
    for row in table:
        if row["measure"] in DECIDED and row["note"].startswith("third-party"):
            by_year[row["year"]] = by_year.get(row["year"], 0.0) + float(row["value"])
    for year, value in by_year.items():
        out.append(Row("decisions", "RPD", year, value, _middle([decided_in(f, "hearing", year) for f in flows])))
    for row in table:
        division, when = row["division"], row["period_end"]
        if row["measure"] == "finalized" and division == "RAD":
            ours = _middle([decided_in(f, "appeal", row["year"]) for f in flows])
            out.append(Row("decisions", "RAD", row["year"], float(row["value"]), ours))
        if row["measure"] == "pending" and division in STAGES:
            ours = _middle([pending_on(f, division, when) for f in flows])
            out.append(Row("pending", division, when, float(row["value"]), ours))
        if row["measure"] == "projected_wait" and division in ("RPD", "RAD"):
            ours, also = (_middle([of(f, division, when) for f in flows]) for of in (projected, realised))
            out.append(Row("wait", division, when, float(row["value"]), ours, also))
    return out


def mean_absolute(rows: Sequence[Row]) -> float:
    """Mean absolute relative difference of the rows that the run reaches."""
    found = [abs(row.difference) for row in rows if row.difference is not None]
    return sum(found) / len(found)


def _number(value: float | None, what: str) -> str:
    if value is None:
        return "-"
    return f"{value:.1f} m" if what == "wait" else f"{value:,.0f}"


def report(rows: Sequence[Row]) -> str:
    """The tables, every miss in them."""
    out = []
    for what, head in (("decisions", "People decided in the year"), ("pending", "People pending at the end of the day"),
                       ("wait", "Wait projected on the day, and the wait of those decided in the year that follows")):
        mine = sorted((row for row in rows if row.what == what), key=lambda row: (row.division, row.when))
        last = f"{'realised':>11}" if what == "wait" else ""
        out += [head, f"  {'':<24}{'published':>11}{'ours':>11}{'off':>9}{last}"]
        for row in mine:
            off = "" if row.difference is None else f"{row.difference:+.1%}"
            values = "".join(f"{_number(value, what):>11}" for value in (row.published, row.ours))
            last = f"{_number(row.also, what):>11}" if what == "wait" else ""
            out.append(f"  {row.division + ' ' + row.when:<24}{values}{off:>9}{last}")
        reached = sum(row.ours is not None for row in mine)
        out += [f"  mean absolute difference {mean_absolute(mine):.1%} of {reached} figures", ""]
    out.append("A dash: not within the years of the run.")
    return "\n".join(out)


def main() -> None:
    draws = int(sys.argv[1]) if len(sys.argv) > 1 else DRAWS
    sys.stdout.write(report(history(runs(draws))) + "\n")


if __name__ == "__main__":
    main()
