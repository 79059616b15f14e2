"""The Auditor General's projection of spring 2019, rebuilt: pending claims and waits to 2024.

    python replications/auditor_general_2019.py

In Report 2 of the 2019 Spring Reports, *Processing of Asylum Claims*, the Auditor General found 71,380 claims pending
and an expected wait of two years at the end of 2018, and projected that with 50,000 new claims a year the wait for a
decision would be five years by 2024, the backlog more than double in five years. The system was funded for 22,500
claims a year from 2012 and for about 32,000 with temporary money. Press reports of May 2019 speak of 75,000 pending.

Here claims stand in one line, first come, first served, under those assumptions and nothing else. The wait is that of a
claim referred on the day: the day on which it is decided less the day on which it came.
"""

from __future__ import annotations

import sys

import numpy as np
from _table import INFERRED, Input, Line, Replication
from numpy.typing import NDArray

from roxham.sim.service import serve

REPORT = "http://www.oag-bvg.gc.ca/internet/English/parl_oag_201905_02_e_43339.html"
QUOTED = "https://torontosun.com/opinion/columnists/furey-ag-report-shows-federal-asylum-processing-system-is-a-mess"
BACKLOG = "https://www.thepostmillennial.com/illegal-migrants-overwhelm-canadas-asylum-system-auditor-general/"
PRESS = "https://www.huffingtonpost.ca/2019/05/07/canada-asylum-claims-backlog-auditor-general_a_23722772/"
STATEMENT = "https://openparliament.ca/committees/public-accounts/42-1/139/sylvain-ricard-1/only"
BINDER = "https://irb-cisr.gc.ca/en/transparency/pac-binder-nov-2020/Pages/pac8.aspx"
START, END = np.datetime64("2018-12-31"), np.datetime64("2024-01-01")
DAYS_PER_YEAR, DAYS_PER_MONTH = 365.25, 365.25 / 12

INPUTS = (
    Input("pending at the end of 2018", 71_380, "claims", BACKLOG,
          "the press has it at the beginning of 2018; the board's own 43,250 of that day says that it is the end"),
    Input("pending in May 2019", 75_000, "claims", PRESS, "over 75,000"),
    Input("new claims", 50_000, "claims a year", QUOTED),
    Input("funded capacity", 32_000, "claims a year", QUOTED, "about 32,000; the Auditor's own rate is not quoted"),
    Input("baseline capacity", 26_000, "claims a year", BINDER, "52,000 over 2018-19 and 2019-20"),
    Input("day of the projection", 2024.0, "year", INFERRED, "by 2024, read as its first day: five years after 2018"),
)


def line_of(pending: float, intake: float, capacity: float, years: float) -> tuple[float, float, float]:
    """Months that a claim of the first and of the last day waits, and claims pending at the end."""
    days = round(years * DAYS_PER_YEAR)
    arrived = np.concatenate([np.full(round(pending), -1), _evenly(intake, days)]).astype(np.int32)
    long = round(40 * DAYS_PER_YEAR)
    daily = np.full(long, capacity / DAYS_PER_YEAR)
    served = serve(arrived, np.ones(arrived.size, dtype=np.int32), daily, horizon=long)
    first = round(pending)
    return (float(served.stayed[first]) / DAYS_PER_MONTH, float(served.stayed[-1]) / DAYS_PER_MONTH,
            float(served.pending(days - 1)))


def _evenly(intake: float, days: int) -> NDArray[np.float64]:
    """Days of arrival of so many claims a year, evenly."""
    claims = round(intake * days / DAYS_PER_YEAR)
    return np.floor((np.arange(claims) + 0.5) * days / claims)


def rebuild() -> Replication:
    """Every published figure beside ours."""
    given = {one.name: one.value for one in INPUTS}
    pending, intake, capacity = (
        given[name] for name in ("pending at the end of 2018", "new claims", "funded capacity"))
    years = float((END - START).astype(int)) / DAYS_PER_YEAR
    now, then, left = line_of(pending, intake, capacity, years)
    more, later, _ = line_of(given["pending in May 2019"], intake, capacity, years)
    base, last, _ = line_of(pending, intake, given["baseline capacity"], years)
    lines = (
        Line("wait at the end of 2018", "months", 24, now, "funded capacity", decimals=1),
        Line("wait by 2024", "months", 60, then, "funded capacity", decimals=1),
        Line("backlog of 2024 over that of 2018 (\"more than\")", "times", 2, left / pending, "funded capacity",
             decimals=2),
    )
    notes = (
        f"Two years on {pending:,.0f} claims would be 35,690 decisions a year; the report says about 32,000.",
        f"From 75,000 pending the waits are {more:.0f} months now and {later:.0f} by 2024; with the baseline of 26,000"
        f" a year {base:.0f} and {last:.0f}.",
        f"The report: {REPORT}. Before the committee: {STATEMENT} (more than double in five years).",
    )
    return Replication("Auditor General, spring 2019: claims pending and waits to 2024", INPUTS, lines, notes)


def main() -> None:
    """Print the table."""
    sys.stdout.write(rebuild().text())


if __name__ == "__main__":
    main()
