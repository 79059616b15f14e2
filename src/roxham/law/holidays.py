"""Sundays and holidays, for the reading that carries a last day over to the next open day.

Source: Interpretation Act ss. 26 and 35(1) (definition of "holiday"); holidays of one province are left out.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from roxham.law.expr import NAT

_FIXED = ("01-01", "07-01", "11-11", "12-25")
_EPOCH_WEEKDAY = 3  # 1970-01-01 was a Thursday; Monday is 0
_FIRST, _LAST = 2000, 2060


def easter(year: int) -> np.datetime64:
    """Return Easter Sunday of the Gregorian calendar (the rule of Butcher and Meeus).

    >>> easter(2024)
    np.datetime64('2024-03-31')
    """
    century, rest = divmod(year, 100)
    epact = (19 * (year % 19) + century - century // 4 - (century - (century + 8) // 25 + 1) // 3 + 15) % 30
    week = (32 + 2 * (century % 4) + 2 * (rest // 4) - epact - rest % 4) % 7
    late = (year % 19 + 11 * epact + 22 * week) // 451
    month, day = divmod(epact + week - 7 * late + 114, 31)
    return np.datetime64(f"{year}-{month:02d}-{day + 1:02d}")


def _of_year(year: int) -> list[np.datetime64]:
    monday = "Mon"
    out = [np.datetime64(f"{year}-{day}") for day in _FIXED]
    out += [easter(year) - 2, easter(year) + 1]
    out.append(np.busday_offset(f"{year}-05-25", -1, roll="forward", weekmask=monday))  # Victoria Day
    out.append(np.busday_offset(f"{year}-09", 0, roll="forward", weekmask=monday))  # Labour Day
    out.append(np.busday_offset(f"{year}-10", 1, roll="forward", weekmask=monday))  # Thanksgiving
    if year >= 2021:
        out.append(np.datetime64(f"{year}-09-30"))
    return out


@lru_cache(maxsize=1)
def _runs() -> tuple[int, NDArray[np.int64]]:
    """Return the first day of the table and, for each day, how many closed days stand just before it."""
    first = int(np.datetime64(f"{_FIRST}-01-01").astype(np.int64))
    last = int(np.datetime64(f"{_LAST}-12-31").astype(np.int64))
    days = np.arange(first, last + 1)
    shut = (days + _EPOCH_WEEKDAY) % 7 == 6
    listed = np.array([day for year in range(_FIRST, _LAST + 1) for day in _of_year(year)], dtype="datetime64[D]")
    shut[listed.astype(np.int64) - first] = True
    runs = np.zeros(len(days), dtype=np.int64)
    for number in range(1, len(days)):
        runs[number] = runs[number - 1] + 1 if shut[number - 1] else 0
    return first, runs


def holidays_before(day: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return how many Sundays and holidays in a row stand just before each day (days since 1970-01-01).

    >>> holidays_before(np.array([19448, 19450]))  # Saturday 1 April 2023, and the Monday after it
    array([0, 1])
    """
    first, runs = _runs()
    found: NDArray[np.int64] = runs[np.clip(np.where(day == NAT, first, day) - first, 0, len(runs) - 1)]
    return found
