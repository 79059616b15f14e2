"""What was known on a day: an as-of view of the counts, and nothing that was published later.

The files hold one vintage, so a month counts as published on day 15 of the second month after it unless a release date
is cited (assumed; 30 to 90 days are swept): what is forecast from it is *pseudo-real-time*.
"""

from __future__ import annotations

import calendar
import functools
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from roxham.errors import EvidenceError
from roxham.evidence.series import LAG_HIGH_DAYS, LAG_LOW_DAYS, published_on
from roxham.evidence.tables import case_folder, low_trust, months, read_table
from roxham.spec import Number, Spec, load_yaml

__all__ = [
    "ALL",
    "REST",
    "SUPPRESSED",
    "Design",
    "Regime",
    "Sum",
    "View",
    "as_of",
    "design",
    "later_month",
    "published",
]

Floats = NDArray[np.float64]
#: A published cell of 0 to 5 claims is left out of the open file; its middle stands in for it.
SUPPRESSED = 2.5
ALL = "total"
REST = "rest"
#: Months that a forecast needs to know.
FEWEST = 24


class _Series(Spec):
    table: str
    classification: str
    provinces: list[str]
    whole: str
    offices: list[str]


class _Entries(Spec):
    province: str
    table: str
    sums: str
    at: str
    share_unseen: Number


class _Signal(Spec):
    table: str
    where: dict[str, str]
    value: str


class Booking(Spec):
    """From which office to which claims are moved before a month, and the year that says what is ordinary."""

    province: str
    from_: str
    to: str
    before: date
    ordinary_year: int
    source: str


class Regime(Spec):
    """A rule of travel: known from a day, in force from a day, closing or opening some cells."""

    known_from: date
    from_: date
    kind: Literal["closed", "open"]
    lasting: bool
    cells: list[str]
    milder: list[str] = []
    source: str


class Effects(Spec):
    """What a rule does to claims before any are counted under it (assumed, with 90 % ranges)."""

    surviving: Number
    surviving_milder: Number
    returning: Number
    lifted_per_month: Number


class Design(Spec):
    """The file `forecast.yaml` of a case."""

    series: _Series
    entries: _Entries
    signals: dict[str, _Signal]
    booking: list[Booking]
    regimes: dict[str, Regime]
    effects: Effects

    @property
    def cells(self) -> tuple[str, ...]:
        """The cells that are foretold one by one: province/office, then the rest of the country by office."""
        places = (*self.series.provinces, REST)
        return tuple(f"{place}/{office}" for place in places for office in self.series.offices)


@dataclass(frozen=True)
class Sum:
    """A published sum of interceptions in a province from one month to another, both whole (persons)."""

    province: str
    first: str
    last: str
    persons: float


@dataclass(frozen=True)
class View:
    """The counts of a case as known on a day (persons a month; shape months x cells).

    `suppressed` marks cells published as 0 to 5; `entries` and `signals` hold NaN where nothing was published by the
    day. `history` is the same counts as booked since the last known change of booking.
    """

    case: str
    day: date
    lag_days: int | None
    months: tuple[str, ...]
    cells: tuple[str, ...]
    counts: Floats
    suppressed: NDArray[np.bool_]
    whole: Floats
    entries: Mapping[str, Floats]
    sums: tuple[Sum, ...]
    signals: Mapping[str, Floats]
    regimes: Mapping[str, Regime]
    design: Design = field(repr=False)
    history: Floats = field(repr=False)

    @property
    def last(self) -> str:
        """The last month known."""
        return self.months[-1]

    def leads(self, horizon: int) -> int:
        """Months from the last one known to the one `horizon` months after the month of the day."""
        return _count(f"{self.day:%Y-%m}") - _count(self.last) + horizon

    def target(self, lead: int) -> str:
        """The month that lies `lead` months after the last one known."""
        return later_month(self.last, lead)


def later_month(month: str, ahead: int) -> str:
    """Give the month so many months after another.

    >>> later_month("2024-11", 3)
    '2025-02'
    """
    n = _count(month) + ahead
    return f"{n // 12:04d}-{n % 12 + 1:02d}"


def _count(month: str) -> int:
    return int(month[:4]) * 12 + int(month[5:7]) - 1


@functools.lru_cache(maxsize=8)
def _design(path: Path, _changed: int) -> Design:
    return load_yaml(path, Design)


def design(case: str | Path) -> Design:
    """Read what a case says about forecasting.

    Raises EvidenceError when the case has no `forecast.yaml`.

    >>> design("canada_us").cells[0]
    'QC/land_border'
    """
    path = case_folder(case) / "forecast.yaml"
    if not path.is_file():
        raise EvidenceError(f'the case "{case}" has no forecast.yaml: it says which series are forecast')
    return _design(path, path.stat().st_mtime_ns)


def published(month: str, lag_days: int | None = None) -> date:
    """Give the day on which a month counts as published: by the house rule, or so many days after the month's end.

    Raises EvidenceError outside 30 to 90 days.

    >>> published("2024-11"), published("2024-11", 30)
    (datetime.date(2025, 1, 15), datetime.date(2024, 12, 30))
    """
    first = date(int(month[:4]), int(month[5:7]), 1)
    if lag_days is None:
        return published_on(first)
    if not LAG_LOW_DAYS <= lag_days <= LAG_HIGH_DAYS:
        raise EvidenceError(f"a delay of {lag_days} days lies outside {LAG_LOW_DAYS} to {LAG_HIGH_DAYS}")
    return first.replace(day=calendar.monthrange(first.year, first.month)[1]) + timedelta(days=lag_days)


def as_of(
    case: str | Path, day: date, *, lag_days: int | None = None, newer: Sequence[Mapping[str, str]] = ()
) -> View:
    """Give the counts of a case as known on a day; no row published later is read into it.

    `newer` are further rows of the case's table of claims: they come after those of the file and replace its own.

    Raises EvidenceError when fewer than two years were known.

    >>> as_of("canada_us", date(2025, 1, 31)).last
    '2024-11'
    """
    plan = design(case)
    cited = _cited(case)
    values = _claims(_rows(case, plan, newer), plan, day, lag_days, cited)
    known = sorted(values)
    if len(known) < FEWEST:
        raise EvidenceError(f"on {day} only {len(known)} months were known; a forecast needs {FEWEST}")
    held = months(known[0], known[-1])
    counts, suppressed, whole = _tables(plan, held, values)
    entries = _entries(case, plan, day, lag_days, held)
    plan = _known_plan(plan, day, held)
    return View(
        case=str(case), day=day, lag_days=lag_days, months=held, cells=plan.cells,
        counts=counts, suppressed=suppressed, whole=whole,
        entries=entries,
        sums=_sums(case, plan, day),
        signals={name: _signal(case, one, day, lag_days, held) for name, one in plan.signals.items()},
        regimes=plan.regimes,
        design=plan,
        history=_rebooked(plan, held, counts, entries),
    )  # fmt: skip


def _known_plan(plan: Design, day: date, held: tuple[str, ...]) -> Design:
    """The design without the rules announced after the day and the changes of booking that no held month shows."""
    regimes = {name: one for name, one in plan.regimes.items() if one.known_from <= day}
    booking = [one for one in plan.booking if f"{one.before:%Y-%m}" in held]
    return plan.model_copy(update={"regimes": regimes, "booking": booking})


def _cited(case: str | Path) -> dict[tuple[str, str, str], date]:
    """Cited release dates by table, month and province."""
    return {
        (row["table"], row["period"], row["province"]): date.fromisoformat(row["released"])
        for row in read_table(case, "releases")
    }


def _month(row: Mapping[str, str]) -> str:
    return f"{int(row['year']):04d}-{int(row['month']):02d}"


def _rows(case: str | Path, plan: Design, newer: Sequence[Mapping[str, str]]) -> Iterator[Mapping[str, str]]:
    """The rows of the table of claims, those of a newer file in the place of the file's own."""
    told = {(_month(row), row["province"], row["office"]) for row in newer}
    for row in read_table(case, plan.series.table):
        mine = row["classification"] == plan.series.classification and row["month"]
        if not (mine and told and (_month(row), row["province"], row["office"]) in told):
            yield row
    yield from (row for row in newer if row["claims"])


def _claims(
    rows: Iterator[Mapping[str, str]], plan: Design, day: date, lag_days: int | None,
    cited: Mapping[tuple[str, str, str], date],
) -> dict[str, dict[tuple[str, str], float]]:  # fmt: skip
    """Claims by month and (province, office), published by the day."""
    found: dict[str, dict[tuple[str, str], float]] = {}
    table = plan.series.table
    for row in rows:
        if row["classification"] != plan.series.classification or not row["month"] or low_trust(row):
            continue
        month = _month(row)
        if cited.get((table, month, row["province"]), published(month, lag_days)) <= day:
            found.setdefault(month, {})[row["province"], row["office"]] = float(row["claims"])
    return found


def _tables(
    plan: Design, held: tuple[str, ...], values: Mapping[str, Mapping[tuple[str, str], float]]
) -> tuple[Floats, NDArray[np.bool_], Floats]:
    """Counts by month and cell, where they are suppressed, and the national total by month."""
    offices, places = plan.series.offices, plan.series.provinces
    counts = np.zeros((len(held), len(plan.cells)))
    suppressed = np.zeros(counts.shape, dtype=bool)
    whole = np.zeros(len(held))
    for t, month in enumerate(held):
        row = values.get(month, {})
        for o, office in enumerate(offices):
            named = [row.get((place, office)) for place in places]
            national = row.get((ALL, office), 0.0)
            for p, value in enumerate(named):
                suppressed[t, p * len(offices) + o] = value is None
                counts[t, p * len(offices) + o] = SUPPRESSED if value is None else value
            rest = national - sum(SUPPRESSED if value is None else value for value in named)
            counts[t, len(places) * len(offices) + o] = max(rest, 0.0)
        whole[t] = row.get((ALL, ALL), counts[t].sum())
    return counts, suppressed, whole


def _entries(
    case: str | Path, plan: Design, day: date, lag_days: int | None, held: tuple[str, ...]
) -> dict[str, Floats]:
    """Irregular entries by month, in the province and in all, published by the day."""
    names = {plan.entries.province: plan.entries.province, ALL: plan.series.whole}
    out = {name: np.full(len(held), np.nan) for name in names.values()}
    for row in read_table(case, plan.entries.table):
        month = _month(row)
        if month in held and published(row["known_from"] or month, lag_days) <= day:
            out[names[row["province"]]][held.index(month)] = float(row["persons"])
    return out


def _sums(case: str | Path, plan: Design, day: date) -> tuple[Sum, ...]:
    """Published sums of interceptions over whole months, known by the day."""
    return tuple(
        Sum(row["province"], row["period_start"][:7], row["period_end"][:7], float(row["persons"]))
        for row in read_table(case, plan.entries.sums)
        if row["status"] == "reported"
        and row["period_start"].endswith("-01")
        and int(row["period_end"][8:]) >= 28
        and not low_trust(row)
        and published_on(date.fromisoformat(row["period_end"])) <= day
    )


def _signal(case: str | Path, one: _Signal, day: date, lag_days: int | None, held: tuple[str, ...]) -> Floats:
    """A signal from outside by month, published by the day."""
    out = np.full(len(held), np.nan)
    for row in read_table(case, one.table):
        month = _month(row)
        if month in held and published(month, lag_days) <= day and all(row[k] == v for k, v in one.where.items()):
            out[held.index(month)] = float(row[one.value])
    return out


def _rebooked(plan: Design, held: tuple[str, ...], counts: Floats, entries: Mapping[str, Floats]) -> Floats:
    """Counts as booked since the last change of booking that the held months show."""
    out = counts.copy()
    for rule in plan.booking:
        change = f"{rule.before:%Y-%m}"
        if change not in held:
            continue
        source, target = (plan.cells.index(f"{rule.province}/{office}") for office in (rule.from_, rule.to))
        ordinary = np.median([counts[t, source] for t, m in enumerate(held) if int(m[:4]) == rule.ordinary_year])
        for t in range(held.index(change)):
            seen = entries[rule.province][t]
            moved = min(seen, max(counts[t, source] - ordinary, 0.0)) if np.isfinite(seen) else 0.0
            out[t, source] -= moved
            out[t, target] += moved
    return out
