"""Do the months add up? Each published total of a longer period beside the sum of its months."""

from __future__ import annotations

import calendar
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from roxham.evidence.series import Series, list_series, load_series, totals_of
from roxham.evidence.tables import low_trust, months, read_table

__all__ = ["Check", "check_totals"]


@dataclass(frozen=True)
class Check:
    """One published total and the sum of the months of its period (in the unit of the series).

    The verdict is `closes`, `differs`, or `months missing` where the series has no value for some of them.
    """

    series: str
    period: str
    published: float
    sum_of_months: float
    missing: tuple[str, ...]
    source_url: str

    @property
    def difference(self) -> float:
        """Published less the sum of the months."""
        return self.published - self.sum_of_months

    @property
    def verdict(self) -> Literal["closes", "differs", "months missing"]:
        """What the comparison says."""
        if self.missing:
            return "months missing"
        return "closes" if abs(self.difference) < 0.5 else "differs"


def check_totals(case: str | Path) -> tuple[Check, ...]:
    """Compare every series that has published totals with them, whole months only, in order of series and period.

    >>> checks = check_totals("canada_us")
    >>> {check.verdict for check in checks if check.series == "interceptions_QC" and check.period.startswith("2018")}
    {'closes'}
    """
    checks: list[Check] = []
    for name in list_series(case):
        table = totals_of(case, name)
        if table is not None:
            checks += _checks(case, load_series(case, name), table)
    return tuple(checks)


def _checks(case: str | Path, series: Series, table: str) -> list[Check]:
    province = series.name.rsplit("_", 1)[-1]
    first, last = series.points[0].period, series.points[-1].period
    found: list[Check] = []
    for row in read_table(case, table):
        start, end = row["period_start"], row["period_end"]
        if row["province"] != province or row["status"] == "rounded" or low_trust(row) or not _whole(start, end):
            continue
        if start[:7] < first or end[:7] > last:
            continue
        within = months(start[:7], end[:7])
        known = series.values
        found.append(
            Check(
                series=series.name,
                period=f"{start[:7]}/{end[:7]}",
                published=float(row["persons"]),
                sum_of_months=sum(known.get(month, 0.0) for month in within),
                missing=tuple(month for month in within if month not in known),
                source_url=row["source_url"],
            )
        )
    return sorted(found, key=lambda check: check.period)


def _whole(start: str, end: str) -> bool:
    """Whether a period is made of whole months."""
    year, month, day = (int(part) for part in end.split("-"))
    return start.endswith("-01") and day == calendar.monthrange(year, month)[1]
