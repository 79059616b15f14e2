"""Working days of the Canadian federal public service, and capacities spread over them.

The days off are those of the federal service: Canada Labour Code, s. 166 and s. 193 (a holiday that falls on
a weekend moves to the next working day); Easter Monday from the Interpretation Act, s. 35(1); the National
Day for Truth and Reconciliation since 2021 (S.C. 2021, c. 11); the day of mourning of 19 September 2022; and
the one provincial or civic day that federal collective agreements add: 24 June in Quebec, Discovery Day
(third Monday of August) in Yukon, the first Monday of August elsewhere.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from functools import cache
from typing import Literal, Protocol

import numpy as np
from numpy.typing import NDArray

from roxham.errors import RunError, UnknownName, did_you_mean
from roxham.units import DAYS, parse_rate_per_day

Calendar = Literal["every_day", "business_days"]

PROVINCES = ("QC", "ON", "MB", "SK", "AB", "BC", "NB", "YT", "NS", "NL", "PE", "NT", "NU")
TRUTH_AND_RECONCILIATION_SINCE = 2021
DAYS_OF_MOURNING = (date(2022, 9, 19),)


class Step(Protocol):
    """One step of a dated capacity: ``value`` with its ``unit`` (per day, per year ...) from a day on."""

    @property
    def from_(self) -> date: ...
    @property
    def value(self) -> float: ...
    @property
    def unit(self) -> str: ...


def easter(year: int) -> date:
    """Easter Sunday in the Gregorian calendar, by the usual tables of golden number and epact.

    >>> easter(2024)
    datetime.date(2024, 3, 31)
    """
    golden = year % 19
    century, of_century = divmod(year, 100)
    leaps, short = divmod(century, 4)
    moon = (8 * century + 13) // 25
    epact = (19 * golden + century - leaps - moon + 15) % 30
    week = (32 + 2 * short + 2 * (of_century // 4) - epact - of_century % 4) % 7
    late = (golden + 11 * epact + 22 * week) // 451
    month, day = divmod(epact + week - 7 * late + 114, 31)
    return date(year, month, day + 1)


def holidays(year: int, province: str | None = None) -> tuple[date, ...]:
    """Days on which federal offices are closed in a year, weekends apart, in order.

    Args:
        year: a civil year.
        province: two-letter id; None leaves out the provincial or civic day, for a service that decides in
            all of Canada.

    Raises:
        UnknownName: if the province is none of ``PROVINCES``.

    >>> [str(day) for day in holidays(2024, "QC")][:5]
    ['2024-01-01', '2024-03-29', '2024-04-01', '2024-05-20', '2024-06-24']
    """
    if province is not None and province not in PROVINCES:
        meant = did_you_mean(province, PROVINCES)
        raise UnknownName(f'"{province}" is not a province' + (f'; did you mean "{meant}"?' if meant else ""))
    off: set[date] = set()
    for day in sorted(_named_days(year, province)):
        while day.weekday() >= 5 or day in off:  # Saturday is 5
            day += timedelta(days=1)
        off.add(day)
    return tuple(sorted(off))


def _named_days(year: int, province: str | None) -> Iterator[date]:
    """The days as named, before those on a weekend move."""
    yield date(year, 1, 1)
    yield easter(year) - timedelta(days=2)
    yield easter(year) + timedelta(days=1)
    yield _monday_on_or_before(date(year, 5, 24))  # Victoria Day: the Monday before 25 May
    yield date(year, 7, 1)
    yield _monday_on_or_before(date(year, 9, 7))  # Labour Day: first Monday of September
    if year >= TRUTH_AND_RECONCILIATION_SINCE:
        yield date(year, 9, 30)
    yield _monday_on_or_before(date(year, 10, 14))  # Thanksgiving: second Monday of October
    yield date(year, 11, 11)
    yield date(year, 12, 25)
    yield date(year, 12, 26)
    yield from (day for day in DAYS_OF_MOURNING if day.year == year)
    if province == "QC":
        yield date(year, 6, 24)
    elif province == "YT":
        yield _monday_on_or_before(date(year, 8, 21))
    elif province is not None:
        yield _monday_on_or_before(date(year, 8, 7))


def _monday_on_or_before(day: date) -> date:
    return day - timedelta(days=day.weekday())


def business_days(start: date, end: date, province: str | None = None) -> NDArray[np.int8]:
    """One number for each civil day from start to end, both included: 1 where federal offices work, else 0.

    >>> business_days(date(2024, 3, 28), date(2024, 4, 2)).tolist()  # Thursday before Easter to Tuesday after
    [1, 0, 0, 0, 0, 1]
    """
    if end < start:
        raise RunError(f"a calendar from {start} to {end} ends before it begins")
    days = np.arange(np.datetime64(start, "D"), np.datetime64(end, "D") + 1)
    return _working(days, province).astype(np.int8)


def _working(days: NDArray[np.datetime64], province: str | None) -> NDArray[np.bool_]:
    """Whether federal offices work on each day."""
    years = np.unique(days.astype("datetime64[Y]")).astype(np.int64) + 1970
    off = [day for year in years for day in _days_off(int(year), province)]
    return np.asarray(np.is_busday(days, holidays=np.array(off, dtype="datetime64[D]")), dtype=np.bool_)


@cache
def _days_off(year: int, province: str | None) -> tuple[date, ...]:
    return holidays(year, province)


def daily_capacity(
    steps: Sequence[Step],
    days: NDArray[np.datetime64],
    calendar: Calendar = "every_day",
    *,
    province: str | None = None,
) -> NDArray[np.float64]:
    """Spread a dated capacity over civil days, so that each year's sum is that of the steps.

    A step holds from its day until the next one. A rate per year is shared by the days of each civil year, so
    that a whole year of it sums to its value, leap year or not. With working days only, what a step gives in
    one civil year is shared equally by its working days in that year; a piece that has none gives to the next
    piece that has. Before the first step the capacity is 0. The answer for a day does not depend on which
    other days are asked for.

    Args:
        steps: dated rates, with units such as "persons / day" or "persons / year"; in any order.
        days: the days asked for, ``datetime64[D]``.
        calendar: "every_day" or "business_days".
        province: for the provincial or civic day off.

    Raises:
        RunError: if two steps begin on one day, a rate is negative, or the calendar is unknown.
        UnitError: if a unit is no rate.

    >>> from types import SimpleNamespace
    >>> steps = [SimpleNamespace(from_=date(2022, 1, 1), value=100.0, unit="persons / day")]
    >>> days = np.arange("2022-01-01", "2023-01-01", dtype="datetime64[D]")
    >>> daily = daily_capacity(steps, days, "business_days")
    >>> daily[:4].round(2).tolist(), round(float(daily.sum()), 6)
    ([0.0, 0.0, 0.0, 147.18], 36500.0)
    """
    rates = _rates(steps, calendar)
    if not days.size or not rates:
        return np.zeros(days.size)
    span = np.arange(
        days.min().astype("datetime64[Y]").astype("datetime64[D]"),
        (days.max().astype("datetime64[Y]") + 1).astype("datetime64[D]"),
    )
    starts = np.array([start for start, _, _ in rates], dtype="datetime64[D]")
    step = np.searchsorted(starts, span, side="right") - 1
    rate = np.where(step >= 0, np.array([value for _, value, _ in rates])[step], 0.0)
    _, which, length = np.unique(span.astype("datetime64[Y]"), return_inverse=True, return_counts=True)
    by_year = np.array([yearly for _, _, yearly in rates])[step]
    rate = np.where(by_year, rate * DAYS["year"] / length[which], rate)
    if calendar == "business_days":
        rate = _on_working_days(rate, step, span, province)
    at = np.searchsorted(span, days)
    return np.asarray(rate[at], dtype=np.float64)


def _rates(steps: Sequence[Step], calendar: str) -> list[tuple[date, float, bool]]:
    """Steps as (day, rate per day, is it a yearly rate) by day, or one error that lists every problem."""
    a_year = parse_rate_per_day("1 / year")
    rates = sorted(
        (
            step.from_,
            parse_rate_per_day(f"{step.value} {step.unit}"),
            parse_rate_per_day(f"1 {step.unit}") == a_year,
        )
        for step in steps
    )
    problems = [
        f"a capacity is negative from {start}: {rate:g} a day" for start, rate, _ in rates if rate < 0
    ]
    starts = [start for start, _, _ in rates]
    problems += [
        f"two steps of a capacity begin on {day}" for day in sorted(set(starts)) if starts.count(day) > 1
    ]
    if calendar not in ("every_day", "business_days"):
        problems.append(f'"{calendar}" is not a calendar; write "every_day" or "business_days"')
    if problems:
        raise RunError(problems)
    return rates


def _on_working_days(
    rate: NDArray[np.float64],
    step: NDArray[np.int64],
    span: NDArray[np.datetime64],
    province: str | None,
) -> NDArray[np.float64]:
    """Move the rate of each piece (one step in one civil year) to its working days, keeping its sum."""
    working = _working(span, province)
    year = span.astype("datetime64[Y]").astype(np.int64)
    new_piece = np.flatnonzero((np.diff(step) != 0) | (np.diff(year) != 0)) + 1
    out = np.zeros(rate.size)
    carried = 0.0
    for low, high in zip([0, *new_piece.tolist()], [*new_piece.tolist(), rate.size], strict=True):
        open_days = int(working[low:high].sum())
        amount = carried + float(rate[low:high].sum())
        if open_days:
            out[low:high] = np.where(working[low:high], amount / open_days, 0.0)
            amount = 0.0
        carried = amount
    return out
