"""Observed series: what was counted, in which unit, from which address, and on which day it was known.

The series of a case are declared in `evidence/series.yaml`, each as a reading of one evidence table. A point keeps its
status, its range and the day on which it counts as published, so `as_of` shows what a person of that day could know.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Literal, Self

from roxham.errors import EvidenceError, Problem, RoxhamError, did_you_mean
from roxham.evidence.tables import case_folder, low_trust, months, read_table
from roxham.spec import Spec, load_yaml

__all__ = [
    "LAG_HIGH_DAYS",
    "LAG_LOW_DAYS",
    "Break",
    "Point",
    "Series",
    "list_series",
    "load_series",
    "published_on",
    "totals_of",
]

# Delay from the end of a period to its publication: between these, judged from dated releases (19 September 2017 for
# August 2017, 23 January 2023 for December 2022) and open files that come a quarter late.
LAG_LOW_DAYS, LAG_HIGH_DAYS = 30, 90
_STATUS = {"reported": "measured", "revised": "measured", "": "measured", "rounded": "derived"}
Row = Mapping[str, str]


@dataclass(frozen=True)
class Point:
    """One period of a series: `value` is None where it is unknown, within `low` and `high` where they are known."""

    period: str
    value: float | None
    low: float | None
    high: float | None
    status: str
    published: date
    source_url: str
    note: str = ""


@dataclass(frozen=True)
class Break:
    """A day from which a series means something else."""

    day: date
    text: str


@dataclass(frozen=True)
class Series:
    """An observed series: points in order of period, with what they mean and where they come from.

    `period` of a point is "YYYY-MM", "YYYY", a day, or "day/day" for a span; `kind` says flow (adds up over time) or
    stock (stands on a day).
    """

    name: str
    title: Mapping[str, str]
    definition: str
    unit: str
    kind: Literal["flow", "stock"]
    points: tuple[Point, ...]
    breaks: tuple[Break, ...] = ()
    proxy: bool = False

    @property
    def values(self) -> dict[str, float]:
        """Known values by period."""
        return {point.period: point.value for point in self.points if point.value is not None}

    @property
    def sources(self) -> tuple[str, ...]:
        """Addresses that the points come from, each once, in order."""
        return tuple(dict.fromkeys(point.source_url for point in self.points))

    def as_of(self, day: date) -> Self:
        """Give the series as it was known on a day: points published by then.

        >>> load_series("canada_us", "interceptions_QC").as_of(date(2023, 2, 1)).points[-1].period
        '2022-12'
        """
        return replace(self, points=tuple(point for point in self.points if point.published <= day))

    def between(self, first: str, last: str) -> Self:
        """Give the points of the periods from one to another, both included.

        >>> len(load_series("canada_us", "claims_all_total").between("2018-01", "2018-12").points)
        12
        """
        kept = tuple(p for p in self.points if first <= p.period[: len(first)] and p.period[: len(last)] <= last)
        return replace(self, points=kept)

    def total(self) -> tuple[float, float, float]:
        """Add a flow up: (value, low, high); an unknown point adds its range and nothing to the value.

        Raises EvidenceError for a stock.

        >>> load_series("canada_us", "irregular_entries_QC").between("2022-01", "2022-12").total()[0]
        39171.0
        """
        if self.kind != "flow":
            raise EvidenceError(f'"{self.name}" is a stock: its values stand on a day and do not add up')
        value = sum(point.value or 0.0 for point in self.points)
        low = sum(point.low if point.low is not None else point.value or 0.0 for point in self.points)
        high = sum(point.high if point.high is not None else point.value or 0.0 for point in self.points)
        return value, low, high


class _Words(Spec):
    en: str
    fr: str


class _Break(Spec):
    from_: date
    text: str


class _Reading(Spec):
    """How one series, or one per province, is read from an evidence table."""

    title: _Words
    definition: str
    unit: str
    kind: Literal["flow", "stock"]
    table: str
    value: str
    period: Literal["month", "year", "day", "span"]
    where: dict[str, str | list[str]] = {}
    only: dict[str, str] = {}
    without: dict[str, str] = {}
    each: list[str] = []
    rounding: float | None = None
    suppressed: float | None = None
    totals: str | None = None
    breaks: list[_Break] = []


def totals_of(case: str | Path, name: str) -> str | None:
    """Name the table of published sums that a series is checked against, if its registry entry has one."""
    return _reading(case, name)[0].totals


def list_series(case: str | Path) -> tuple[str, ...]:
    """List the series of a case by name.

    >>> "rpd_pending" in list_series("canada_us")
    True
    """
    return tuple(_registry(case_folder(case)))


def load_series(case: str | Path, name: str) -> Series:
    """Load one observed series of a case.

    Raises EvidenceError for an unknown name, with the nearest one; SpecError when the registry cannot be read.

    >>> entries = load_series("canada_us", "irregular_entries_total")
    >>> entries.unit, entries.values["2023-01"]
    ('persons', 4994.0)
    """
    reading, province = _reading(case, name)
    try:
        return _loaded(case, name, reading, province)
    except RoxhamError:
        raise
    except (LookupError, ValueError, OverflowError) as error:
        problems = list(_row_problems(case, reading, province))
        where = case_folder(case) / "evidence" / "releases.csv"
        raise EvidenceError(problems or Problem(f"this cannot be read: {error}", str(where))) from None


def _row_problems(case: str | Path, reading: _Reading, province: str | None) -> Iterator[Problem]:
    """What is wrong with the rows of a table that could not be read."""
    file = str(case_folder(case) / "evidence" / f"{reading.table}.csv")
    for number, row in enumerate(read_table(case, reading.table), start=2):
        try:
            if _picked(reading, row, province) and (reading.period != "month" or row["month"]):
                _point(_period(row, reading.period), [row], reading)
        except KeyError as error:
            yield Problem(f"the column {error} is missing", file, 1)
            return
        except (LookupError, ValueError, OverflowError) as error:
            yield Problem(f"the row cannot be read: {error}", file, number)


def _loaded(case: str | Path, name: str, reading: _Reading, province: str | None) -> Series:
    rows = [row for row in read_table(case, reading.table) if _picked(reading, row, province)]
    if reading.period == "month":
        rows = [row for row in rows if row["month"]]
    points = [_point(period, group, reading) for period, group in _by_period(rows, reading)]
    if reading.suppressed is not None:
        points = _with_suppressed(points, reading, _months_covered(case, reading))
    cited = _releases(case, reading.table, province)
    points = [replace(point, published=cited.get(point.period, point.published)) for point in points]
    label = province or ""
    return Series(
        name=name,
        title={"en": _with(reading.title.en, label), "fr": _with(reading.title.fr, label)},
        definition=reading.definition,
        unit=reading.unit,
        kind=reading.kind,
        points=tuple(points),
        breaks=tuple(Break(one.from_, one.text) for one in reading.breaks),
        proxy=reading.table == "irregular_entries",
    )


def _reading(case: str | Path, name: str) -> tuple[_Reading, str | None]:
    registry = _registry(case_folder(case))
    if name not in registry:
        hint = did_you_mean(name, registry)
        raise EvidenceError(Problem(f'"{name}" is not a series of this case', hint=hint))
    return registry[name]


def published_on(period_end: date) -> date:
    """Give the day on which a period counts as published: day 15 of the second month after its last month.

    The rule is assumed; the true delay lies between 30 and 90 days.

    >>> published_on(date(2022, 12, 31))
    datetime.date(2023, 2, 15)
    """
    month = period_end.year * 12 + period_end.month - 1 + 2
    return date(month // 12, month % 12 + 1, 15)


def _registry(folder: Path) -> dict[str, tuple[_Reading, str | None]]:
    file = folder / "evidence" / "series.yaml"
    if not file.exists():  # a case may have seen nothing
        return {}
    return _entries(file, file.stat().st_mtime_ns)


@functools.lru_cache(maxsize=8)
def _entries(file: Path, _changed: int) -> dict[str, tuple[_Reading, str | None]]:
    names: dict[str, tuple[_Reading, str | None]] = {}
    for pattern, reading in load_yaml(file, dict[str, _Reading]).items():
        if reading.each:
            names |= {_with(pattern, province): (reading, province) for province in reading.each}
        else:
            names[pattern] = (reading, None)
    return names


def _with(text: str, province: str) -> str:
    """Text with the province put in; nothing else that stands in braces means anything."""
    return text.replace("{province}", province)


def _picked(reading: _Reading, row: Row, province: str | None) -> bool:
    """Whether a row belongs to the series; a fact whose address was not kept may only set a range and is left out."""
    if low_trust(row) or (province is not None and row["province"] != province):
        return False
    for column, wanted in reading.where.items():
        if row[column] not in ([wanted] if isinstance(wanted, str) else wanted):
            return False
    return all(text in row[column] for column, text in reading.only.items()) and not any(
        text in row[column] for column, text in reading.without.items()
    )


def _by_period(rows: Iterable[Row], reading: _Reading) -> Iterator[tuple[str, list[Row]]]:
    groups: dict[str, list[Row]] = {}
    for row in rows:
        groups.setdefault(_period(row, reading.period), []).append(row)
    for period in sorted(groups):
        yield period, groups[period]


def _period(row: Row, kind: str) -> str:
    if kind == "month":
        return f"{int(row['year']):04d}-{int(row['month']):02d}"
    if kind == "year":
        return row["year"]
    return row["period_end"] if kind == "day" else f"{row['period_start']}/{row['period_end']}"


def _end(period: str) -> date:
    """The last day of a period that matters for its publication (a month or year: its last month)."""
    last = period.split("/")[-1]
    full = {4: f"{last}-12-01", 7: f"{last}-01"}.get(len(last), last)
    return date.fromisoformat(full)


def _point(period: str, rows: Sequence[Row], reading: _Reading) -> Point:
    """One period: a flow adds its rows up; of a stock published twice for one day, the precise figure stands first."""
    used = list(rows) if reading.kind == "flow" else [rows[0]]
    value = sum(float(row[reading.value]) for row in used)
    if not math.isfinite(value):
        raise ValueError(f"{value} is not a number")
    half = (reading.rounding or 0.0) / 2 * len(used)
    low = sum(float(row.get("low") or row[reading.value]) for row in used) - half
    high = sum(float(row.get("high") or row[reading.value]) for row in used) + half
    statuses = {_STATUS.get(row.get("status", ""), "derived") for row in used}
    ends = [_end(row.get("known_from") or period) for row in used]
    return Point(
        period=period,
        value=value,
        low=max(low, 0.0),
        high=high,
        status="measured" if statuses <= {"measured"} else "derived",
        published=published_on(max(ends)),
        source_url=" ".join(dict.fromkeys(row["source_url"] for row in used)),
        note="; ".join(dict.fromkeys(row["note"] for row in used if row["note"])),
    )


def _with_suppressed(points: Sequence[Point], reading: _Reading, covered: Sequence[str]) -> list[Point]:
    """Put the months that the open file leaves out back in, as unknown between 0 and the threshold."""
    known = {point.period: point for point in points}
    url = points[0].source_url if points else ""
    note = f"suppressed in the open file: 0 to {reading.suppressed:g}"
    return [
        known.get(month) or Point(month, None, 0.0, reading.suppressed, "unknown", published_on(_end(month)), url, note)
        for month in covered
    ]


def _months_covered(case: str | Path, reading: _Reading) -> tuple[str, ...]:
    """The months that the table holds under the classification of the series."""
    wanted = reading.where.get("classification")
    held = [
        _period(row, "month")
        for row in read_table(case, reading.table)
        if row["month"] and (wanted is None or row["classification"] == wanted)
    ]
    return months(min(held), max(held))


def _releases(case: str | Path, table: str, province: str | None) -> dict[str, date]:
    """Cited release dates of a table's periods."""
    return {
        row["period"]: date.fromisoformat(row["released"])
        for row in read_table(case, "releases")
        if row["table"] == table and row["province"] == (province or "")
    }
