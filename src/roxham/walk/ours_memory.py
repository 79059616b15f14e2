"""What was known on a day, and how our rule uses it: counts are kept, and what has come since is shared out."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from roxham.walk.folder import Counts, Folder, Observed
from roxham.walk.ours_pull import Parameters
from roxham.walk.series import corrected

__all__ = ["LAG", "Known", "Table", "View", "informed", "shares_known"]

Real = NDArray[np.float64]
Whole = NDArray[np.int64]

LAG = 30  # days between the last count that may be used and the day that is predicted
WINDOW = 60  # days over which growth is looked at, at least from one count to the next


@dataclass(frozen=True, slots=True)
class Known:
    """The last count of each destination on some day (NaN for none), its day, and its growth per day before that.

    `elsewhere` are the people last counted in rows that are no places of the map.
    """

    people: Real
    day: Real
    growth: Real
    elsewhere: float


class View:
    """The counts of a folder as they stood on a day: later rows and later corrections cannot be reached through it."""

    def __init__(self, folder: Folder) -> None:
        self._folder = folder
        days = {int(day) for one in folder.observed for file in one.files for day in file.days}
        days |= {one.day for one in folder.corrections}
        self._days = np.array(sorted(days), dtype=np.int64)
        self._seen: dict[int, Known] = {}

    def on(self, day: int) -> Known:
        """Return what was known on a day: rows dated on or before it, corrected by corrections dated so."""
        number = int(np.searchsorted(self._days, day, side="right"))
        if number not in self._seen:
            self._seen[number] = _known(self._folder, day)
        return self._seen[number]


class Table:
    """The daily table of counts, taken as known up to a day, as the baseline *shares of 30 days ago* takes it.

    Its days between two counts lie on a line to the later one, so it tells of counts to come: it serves to
    compare like with like, and is never what `ard_informed` is made from.
    """

    def __init__(self, counted: Real) -> None:
        self._counted = counted

    def on(self, day: int) -> Known:
        """Return the row of a day, and growth over the days of the window before it."""
        here, before = self._counted[day], self._counted[max(day - WINDOW, 0)]
        growth = np.maximum(here - before, 0.0) / max(min(day, WINDOW), 1)
        return Known(here, np.full(len(here), float(day)), growth, 0.0)


def _known(folder: Folder, day: int) -> Known:
    people, when, growth = [], [], []
    elsewhere = 0.0
    corrections = tuple(one for one in folder.corrections if one.day <= day)
    for row in folder.observed:
        files = tuple(file for file in (_until(file, day) for file in row.files) if len(file.days))
        days, counts = corrected(Observed(row.name, row.place, files, row.line), corrections, documented=True)
        if row.place < 0:
            elsewhere += float(counts[-1]) if len(days) else 0.0
            continue
        people.append(float(counts[-1]) if len(days) else np.nan)
        when.append(float(days[-1]) if len(days) else np.nan)
        growth.append(_growth(days, counts))
    return Known(np.array(people), np.array(when), np.array(growth), elsewhere)


def _until(file: Counts, day: int) -> Counts:
    kept = file.days <= day
    return Counts(file.file, file.days[kept], file.people[kept], file.line[kept])


def _growth(days: Whole, people: Real) -> float:
    if len(days) < 2:
        return 0.0
    row = min(max(int(np.searchsorted(days, days[-1] - WINDOW, side="right")) - 1, 0), len(days) - 2)
    return max(float(people[-1] - people[row]), 0.0) / max(int(days[-1] - days[row]), 1)


def informed(view: View | Table, totals: Real, unseen: Real, parameters: Parameters, *, lag: int = LAG) -> Real:
    """Return people by day and destination, each day from what was known `lag` days before and the total of the day.

    `unseen` is the blind prediction: it stands where nothing was counted yet, shares out what has come since,
    and takes over slowly as counts grow old.
    """
    out = unseen.copy()
    for day in range(lag, len(out)):
        known = view.on(day - lag)
        has = np.isfinite(known.people)
        if not has.any() or np.nansum(known.people) <= 0:
            continue
        age = np.where(has, day - known.day, 0.0)
        trust = np.where(has, np.exp(-age / parameters.memory_days), 0.0)
        kept = trust * np.nan_to_num(known.people) + (1.0 - trust) * unseen[day]
        total = max(totals[day] - known.elsewhere, 0.0)
        more = total - kept.sum()
        if more <= 0:
            out[day] = kept * total / max(kept.sum(), 1e-9)
            continue
        share = kept / kept.sum() if kept.sum() > 0 else np.full(len(kept), 1.0 / len(kept))
        drawn = np.maximum(unseen[day] - unseen[day - lag], 0.0)
        drawn = drawn / drawn.sum() if drawn.sum() > 0 else share
        weight = known.growth * age + more * (parameters.by_share * share + parameters.by_map * drawn)
        out[day] = kept + more * weight / weight.sum()
    return out


def shares_known(view: View, totals: Real, otherwise: Real, *, lag: int = LAG) -> Real:
    """Return the totals split by the last counts known `lag` days before: the baseline with our information."""
    out = otherwise.copy()
    for day in range(lag, len(out)):
        people = np.nan_to_num(view.on(day - lag).people)
        if people.sum() > 0:
            out[day] = totals[day] * people / people.sum()
    return out
