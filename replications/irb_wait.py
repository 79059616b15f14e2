"""The board's projected wait, rebuilt: claims pending over claims decided in a year.

    python replications/irb_wait.py

The Immigration and Refugee Board tells claimants how long a decision will take. The rule is arithmetic: what is
pending, divided by what the division can decide in a year. Every row below is made from published figures of
`evidence/irb.csv` alone (no simulation), and stands beside the wait that the board published and beside a naive
forecast: the wait published before it.

The capacity of a row is fixed before looking: the capacity funded for the year ahead where that is published,
otherwise the decisions of the year in which the projection was made, otherwise of the last full year.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass

from roxham.evidence.tables import read_table

MONTHS = 12
DECIDED = ("accepted", "rejected", "abandoned_withdrawn_other")
#: division, day of the projected wait; day and division of the pending row; and of the capacity row: its division,
#: first day and measures that are added up.
ROWS = (
    ("RPD", "2019-12-31", ("RPD", "2019-12-31"), ("RPD", "2019-01-01", DECIDED)),
    ("RPD", "2020-03-31", ("RPD", "2020-03-31"), ("RPD", "2020-04-01", ("funded_capacity",))),
    ("RPD", "2020-10-31", ("RPD", "2020-10-31"), ("RPD", "2020-04-01", ("funded_capacity",))),
    ("RPD", "2022-03-31", ("RPD_and_RAD", "2022-03-31"), ("RPD", "2021-01-01", ("finalized",))),
    ("RPD", "2022-11-25", ("RPD_and_RAD", "2022-11-18"), ("all_divisions", "2022-04-01", ("decisions",))),
    ("RAD", "2019-12-31", ("RAD", "2019-12-31"), ("RAD", "2019-01-01", ("finalized",))),
    ("RAD", "2020-10-31", ("RAD", "2020-10-31"), ("RAD", "2020-04-01", ("funded_capacity",))),
)


@dataclass(frozen=True)
class Wait:
    """One projected wait, in months: rebuilt, published, and the one published before it."""

    division: str
    day: str
    pending: float
    capacity: float
    published: float
    before: float | None

    @property
    def rebuilt(self) -> float:
        """Pending over yearly capacity, in months."""
        return MONTHS * self.pending / self.capacity

    @property
    def error(self) -> float:
        """Relative difference of the rebuilt wait."""
        return self.rebuilt / self.published - 1

    @property
    def naive_error(self) -> float | None:
        """Relative difference of the wait published before."""
        return None if self.before is None else self.before / self.published - 1


def waits(case: str = "canada_us") -> list[Wait]:
    """Every published projection that has a pending count and a capacity."""
    table = [row for row in read_table(case, "irb") if not row["note"].startswith("LEGACY")]

    def value(division: str, measure: str, *, start: str | None = None, end: str | None = None) -> float:
        """The first such row: the board's own tables stand before rounded figures in its reports."""
        return next(
            float(row["value"]) for row in table
            if (row["division"], row["measure"]) == (division, measure)
            and start in (None, row["period_start"]) and end in (None, row["period_end"])
        )

    published = [
        (row["division"], row["period_end"], float(row["value"])) for row in table if row["measure"] == "projected_wait"
    ]
    out = []
    for division, day, (whose, pending_day), (decider, year, measures) in ROWS:
        earlier = [(when, months) for who, when, months in published if who == division and when < day]
        out.append(Wait(
            division, day,
            pending=value(whose, "pending", end=pending_day),
            capacity=sum(value(decider, measure, start=year) for measure in measures),
            published=value(division, "projected_wait", end=day),
            before=max(earlier)[1] if earlier else None,
        ))
    return out


def median(values: list[float]) -> float:
    """The middle of some numbers."""
    ordered = sorted(values)
    half = len(ordered) // 2
    return ordered[half] if len(ordered) % 2 else (ordered[half - 1] + ordered[half]) / 2


def main() -> None:
    found = waits()
    head = ("pending", 9), ("a year", 9), ("rebuilt", 10), ("published", 11), ("off", 8), ("naive off", 11)
    out = [f"{'division, day':<18}" + "".join(word.rjust(width) for word, width in head)]
    for one in found:
        naive = "" if one.naive_error is None else f"{one.naive_error:+.0%}"
        out.append(
            f"{one.division + ' ' + one.day:<18}{one.pending:>9,.0f}{one.capacity:>9,.0f}{one.rebuilt:>8.1f} m"
            f"{one.published:>9.0f} m{one.error:>+8.0%}{naive:>11}"
        )
    for division in ("RPD", "RAD"):
        rows = [one for one in found if one.division == division]
        ours = median([abs(one.error) for one in rows])
        naive_errors = [abs(one.naive_error) for one in rows if one.naive_error is not None]
        naive_text = f"; the wait published before: {median(naive_errors):.0%}" if naive_errors else ""
        out.append(f"{division}: median absolute difference {ours:.0%}{naive_text}")
    out.append("Published waits are rounded; 20 December 2018 is left out: no pending count of that day.")
    sys.stdout.write("\n".join(out) + "\n")


if __name__ == "__main__":
    main()
