"""Text in, numbers out: quantities, rates, durations, civil dates and money, read here and nowhere else.

Inside Roxham time is counted in days, people in persons or parties, money in dollars of a named year.
Text such as "120 persons / day" or "14321 CAD2017" is read once, at the edge; a number whose unit is
missing or unknown is a `UnitError`, never a guess.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from datetime import date, datetime

from roxham.errors import Problem, UnitError, did_you_mean

__all__ = [
    "DAYS",
    "Money",
    "Quantity",
    "parse_date",
    "parse_duration_days",
    "parse_money",
    "parse_quantity",
    "parse_rate_per_day",
]

# Length of each unit of time in days. A year is the Gregorian mean of 365.2425 days (ISO 8601-1:2019
# calendar), a month one twelfth of it: for rates and durations only, never to count between civil dates.
DAYS: dict[str, float] = {
    "second": 1 / 86_400,
    "minute": 1 / 1_440,
    "hour": 1 / 24,
    "day": 1.0,
    "week": 7.0,
    "month": 365.2425 / 12,
    "year": 365.2425,
}
_SHORT = {"s": "second", "sec": "second", "min": "minute", "h": "hour", "hr": "hour", "d": "day"}
_NUMBER = r"[+-]?(?:\d+(?:,\d{3})*|\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?"
_QUANTITY = re.compile(rf"\s*(?P<value>{_NUMBER})\s*(?P<unit>.*?)\s*", re.ASCII | re.DOTALL)
_MONEY_UNIT = re.compile(r"(?P<currency>[A-Z]{3})(?P<year>\d{4})", re.ASCII)
_DATE = re.compile(r"(\d{4})-(\d{2})-(\d{2})", re.ASCII)


@dataclass(frozen=True)
class Quantity:
    """A number and its unit, the unit written with single spaces: "persons / day"."""

    value: float
    unit: str

    def __str__(self) -> str:
        return f"{self.value:g} {self.unit}".strip()


@dataclass(frozen=True)
class Money:
    """An amount of money in the prices of one year."""

    value: float
    currency: str
    year: int

    def __str__(self) -> str:
        return f"{self.value:g} {self.currency}{self.year}"


def parse_quantity(text: str) -> Quantity:
    """Read a number and its unit.

    Thousands may be separated by commas. Raises UnitError when the number or the unit is missing.

    >>> parse_quantity("120 persons/day")
    Quantity(value=120.0, unit='persons / day')
    >>> parse_quantity("8,891 km").value
    8891.0
    """
    value, unit = _split(text, example="120 persons / day")
    if not unit:
        raise UnitError(f'{_said(text)} has no unit; write it as, for example, "{value:g} persons / day"')
    return Quantity(value, unit)


def parse_rate_per_day(text: str) -> float:
    """Read a rate and return it per day.

    What is counted (persons, parties, hearings) may be written or left out; the time after the stroke
    may not. Raises UnitError otherwise.

    >>> parse_rate_per_day("120 persons / day")
    120.0
    >>> parse_rate_per_day("14 / week")
    2.0
    """
    value, unit = _split(text, example="120 persons / day")
    if unit.count("/") != 1:
        raise UnitError(f'{_said(text)} is not a rate; write it as, for example, "{value:g} persons / day"')
    return value / _days(unit.split("/")[1].strip(), text)


def parse_duration_days(text: str) -> float:
    """Read a length of time and return it in days.

    Raises UnitError when the unit is missing or is not one of time, or the length is negative.

    >>> parse_duration_days("16 weeks")
    112.0
    >>> parse_duration_days("36 hours")
    1.5
    """
    value, unit = _split(text, example="16 weeks")
    if not unit:
        raise UnitError(f'{_said(text)} has no unit of time; write it as, for example, "{value:g} days"')
    if value < 0:
        raise UnitError(f"{_said(text)} is a negative length of time")
    return value * _days(unit, text)


def parse_date(text: object) -> date:
    """Read a civil date written year-month-day, and nothing else.

    Raises UnitError when the text is not such a date or the day does not exist.

    >>> parse_date("2023-03-25")
    datetime.date(2023, 3, 25)
    """
    if isinstance(text, date) and not isinstance(text, datetime):
        return text
    match = _DATE.fullmatch(text) if isinstance(text, str) else None
    if match is None:
        raise UnitError(f'{_said(text)} is not a date; write it as year-month-day, for example "2023-03-25"')
    year, month, day = (int(part) for part in match.groups())
    try:
        return date(year, month, day)
    except ValueError as error:
        raise UnitError(f"{_said(text)} is not a day of the calendar: {error}") from None


def parse_money(text: str) -> Money:
    """Read an amount with its currency and the year of its prices.

    Raises UnitError when the currency or the year is missing: dollars of different years do not add up.

    >>> parse_money("14321 CAD2017")
    Money(value=14321.0, currency='CAD', year=2017)
    """
    value, unit = _split(text, example="14321 CAD2017")
    match = _MONEY_UNIT.fullmatch(unit.replace(" ", ""))
    if match is None:
        raise UnitError(
            f"{_said(text)} is not an amount of money in the prices of a year; "
            f'write it as, for example, "{value:g} CAD2017"'
        )
    return Money(value, match["currency"], int(match["year"]))


def _split(text: object, *, example: str) -> tuple[float, str]:
    """Split text into its number and its unit with single spaces around every stroke."""
    if not isinstance(text, str):
        raise UnitError(f'{_said(text)} has no unit; write it as text with its unit, for example "{example}"')
    match = _QUANTITY.fullmatch(text)
    if match is None or not match["value"].strip("+-"):
        raise UnitError(f'{_said(text)} does not begin with a number; write it as, for example, "{example}"')
    try:
        value = float(match["value"].replace(",", ""))
    except ValueError:
        raise UnitError(f'{_said(text)} is not a number; write it as, for example, "{example}"') from None
    if not math.isfinite(value):
        raise UnitError(f"{_said(text)} is not a finite number")
    if re.match(r"[\d.,]", match["unit"]):
        raise UnitError(f"{_said(text)} is not one number; commas separate thousands, a point the decimals")
    unit = " / ".join(" ".join(part.split()) for part in match["unit"].split("/"))
    return value, unit.strip()


def _days(name: str, text: str) -> float:
    singular = name.lower()
    singular = _SHORT.get(singular, singular)
    if singular not in DAYS and singular.endswith("s"):
        singular = singular[:-1]
        singular = _SHORT.get(singular, singular)
    if singular not in DAYS:
        known = ", ".join(DAYS)
        raise UnitError(
            Problem(f'{_said(text)}: "{name}" is not a unit of time ({known})', hint=did_you_mean(name, DAYS))
        )
    return DAYS[singular]


def _said(text: object) -> str:
    return f'"{text}"' if isinstance(text, str) else str(text)
