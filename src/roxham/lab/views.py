"""Parts of a result as plain lists, for programs that show them: months of a metric, and numbers or nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

from roxham.lab.summary import ALL, COLUMNS, KEYS, StudyResult, Summary

if TYPE_CHECKING:
    from collections.abc import Mapping

#: The statistics of a summary, in its order: of values, then of paired differences.
STATISTICS = COLUMNS[len(KEYS) :]


def plain(number: float) -> float | None:
    """A number, or nothing where there is none.

    >>> plain(2.5), plain(float("nan"))
    (2.5, None)
    """
    return None if number != number else number


def by_month(summary: Summary, scenario: str, metric: str, place: str = ALL) -> Mapping[str, list[float | None]]:
    """Every statistic of one metric month by month; the numbers are those of the summary's rows.

    Raises UnknownName, with the nearest name, when there is no such scenario, metric or place.
    """
    months = [k for k, period in enumerate(summary.periods) if len(period) == len("YYYY-MM")]
    summary.row(scenario, metric, place, summary.periods[months[0]])  # says what is unknown
    grid = summary.numbers.reshape(len(summary.scenarios), len(summary.metrics), len(summary.periods), -1)
    found = grid[summary.scenarios.index(scenario), summary.metrics.index((metric, place)), months]
    return {
        name: [plain(number) for number in column]
        for name, column in zip(STATISTICS, found.T.tolist(), strict=True)
    }


def size_of(result: StudyResult) -> int:
    """Bytes that a result holds in memory: its draws, and what they are made of."""
    lines = sum(one.value.nbytes + one.weight.nbytes + one.line.nbytes * 2 for one in result.lines.values())
    return int(result.values.nbytes + result.weights.nbytes + lines)
