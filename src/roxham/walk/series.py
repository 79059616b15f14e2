"""Observed counts as a series by day: files joined, re-registrations corrected, days between filled in.

All is done as Flee does it, so that both are held against the same numbers. Its joins and its way with rows
out of order are told apart here by `documented`, which does the plain thing instead.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from roxham.walk.folder import Correction, Counts, Folder, Observed

__all__ = ["ObservedTable", "by_day", "corrected", "joined", "observed_table"]

Real = NDArray[np.float64]
Whole = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class ObservedTable:
    """Observed people by day and destination, after corrections.

    `people` has the shape (days, destinations) and holds whole numbers; `place` is each destination's number among the
    places. `spawned` is the sum over all rows of the layout, those that are no places among them: what
    Flee takes for the number of displaced people.
    """

    name: tuple[str, ...]
    place: Whole
    people: Real
    spawned: Real
    counted: NDArray[np.bool_]

    @property
    def total(self) -> Real:
        """The people in all observed destinations, by day."""
        return np.asarray(self.people.sum(axis=1), dtype=np.float64)


def observed_table(
    folder: Folder, *, days: int | None = None, hasten: int = 1, documented: bool = False
) -> ObservedTable:
    """Return the observed people of each destination on days 0 to `days` - 1 (the folder's own length by default).

    With `hasten`, every count is divided by it first, as that setting does. `counted` says, by day and destination,
    whether that day has an observation of its own.
    """
    length = folder.days if days is None else days
    day = np.arange(length)
    rows = {one.name: corrected(one, folder.corrections, hasten=hasten, documented=documented)
            for one in folder.observed}
    series = {name: by_day(days_, people, day) for name, (days_, people) in rows.items()}
    kept = [one for one in folder.observed if one.place >= 0]
    shape = (length, len(kept))
    people = np.array([series[one.name] for one in kept], dtype=np.float64).reshape(len(kept), length).T
    counted = np.array([np.isin(day, rows[one.name][0]) for one in kept], dtype=np.bool_).reshape(len(kept), length).T
    return ObservedTable(
        name=tuple(one.name for one in kept),
        place=np.array([one.place for one in kept], dtype=np.int64),
        people=np.ascontiguousarray(people).reshape(shape),
        spawned=np.sum([*series.values(), np.zeros(length)], axis=0),
        counted=np.ascontiguousarray(counted).reshape(shape),
    )


def joined(files: tuple[Counts, ...], *, documented: bool = False) -> tuple[Whole, Real]:
    """Return the days and people of several files added up, on every day that any of them counts.

    On a day that only one of them counts, the files before it give their next count and the files after it their last
    (as Flee does); with `documented` each is drawn as straight lines and sorted by day.
    """
    if documented:
        files = tuple(_sorted(one) for one in files)
    if not files:
        return np.zeros(0, dtype=np.int64), np.zeros(0)
    days, people = files[0].days, files[0].people
    for one in files[1:]:
        both = np.unique(np.concatenate([days, one.days]))
        if documented:
            first, second = _line(days, people, both), _line(one.days, one.people, both)
        else:
            first, second = _next(days, people, both), _last(one.days, one.people, both)
        days, people = both, first + second
    return days, people


def corrected(
    one: Observed, corrections: tuple[Correction, ...], *, hasten: int = 1, documented: bool = False
) -> tuple[Whole, Real]:
    """Return the days and people of a destination, with all counts before a re-registration scaled to meet it.

    Corrections act in the order of their file, each on what those before it left; a day that is counted twice is
    corrected twice.
    """
    days, people = joined(one.files, documented=documented)
    people = people / hasten
    for correction in corrections:
        if correction.name != one.name or correction.day < 0:
            continue
        for row in np.flatnonzero(days == correction.day):
            if row > 0 and people[row - 1] > 0:
                people[:row] *= people[row] / people[row - 1]
    return days, people


def by_day(days: Whole, people: Real, wanted: Whole) -> Real:
    """Return whole people on each wanted day: straight lines between counts, flat before the first and after the last.

    Rows out of order count as they stand: the first row after a day and the one above it make its line.

    >>> by_day(np.array([0, 10]), np.array([0.0, 5.0]), np.array([0, 5, 12])).tolist()
    [0.0, 2.0, 5.0]
    """
    if not len(days):
        return np.zeros(len(wanted))
    highest = np.maximum.accumulate(days)
    row = np.searchsorted(highest, wanted, side="right")
    inside = (row > 0) & (row < len(days))
    after = np.where(inside, row, min(1, len(days) - 1))
    before = np.maximum(after - 1, 0)
    span = np.where(days[after] > days[before], days[after] - days[before], 1)
    line = people[before] + (people[after] - people[before]) * (wanted - days[before]) / span
    flat = np.where(row == 0, people[0], people[-1])
    return np.asarray(np.trunc(np.where(inside, line, flat)), dtype=np.float64)


def _sorted(one: Counts) -> Counts:
    """Return a file's counts by day; of two on one day the later row stands."""
    last = {int(day): row for row, day in enumerate(one.days)}
    rows = np.array([last[day] for day in sorted(last)], dtype=np.int64)
    return Counts(one.file, one.days[rows], one.people[rows], one.line[rows])


def _line(days: Whole, people: Real, wanted: Whole) -> Real:
    return np.asarray(np.interp(wanted, days, people), dtype=np.float64) if len(days) else np.zeros(len(wanted))


def _next(days: Whole, people: Real, wanted: Whole) -> Real:
    if not len(days):
        return np.zeros(len(wanted))
    return people[np.minimum(np.searchsorted(np.maximum.accumulate(days), wanted), len(days) - 1)]


def _last(days: Whole, people: Real, wanted: Whole) -> Real:
    if not len(days):
        return np.zeros(len(wanted))
    return people[np.maximum(np.searchsorted(np.maximum.accumulate(days), wanted, side="right") - 1, 0)]
