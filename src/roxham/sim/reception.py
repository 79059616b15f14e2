"""Beds of one place, night by night: families housed together, first come, first housed.

The rules of a day, exactly:

1. In the morning families whose stay is over leave. Beds may shrink: nobody is put out, so for a while more
   people than beds may be in the place.
2. Then the day's arrivals join the line: by day of arrival, families of one day in the order of their rows.
3. The family at the head of the line enters when the free beds hold all of it; the next one follows. If it
   does not fit, the line stops for the day, although a smaller family further back would fit.
4. A family larger than all the beds of the place on that day cannot be housed there whatever happens; it is
   passed over and waits on.
5. A family that is not housed and has been without a bed for as many nights as it bears leaves the line.
6. At night everybody in the line counts as a person without a bed.
7. A family with a day by which it leaves goes on that day at the latest, after one night at least.

Why the line stops (rule 3): filling the gap with whoever fits would let small families pass large ones for
ever, and then more beds could mean a longer wait for some. With the line kept, more beds never make anybody
wait longer, as long as nobody gives up and every family fits the place. The price is at most five empty beds
while a family of six is next.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from roxham.errors import RunError
from roxham.sim.compiled import compiled
from roxham.sim.service import OLDEST_ARRIVAL

WITHOUT_END = 1_000_000  # days of patience that outlast every run

_SIGNATURE = (
    "void(int32[::1], int32[::1], int32[::1], int32[::1], int32[::1], int32[::1],"
    " int32[::1], int32[::1], int64[::1], int64[::1])"
)


@dataclass(frozen=True)
class Housed:
    """Who was housed in one place and who was not: one entry per family, in the order of the rows given.

    Attributes:
        entered: day on which the family got its beds; -1 if it did not.
        left: day on which it left the place, or gave up waiting; -1 if it is still there or still waiting.
        nights_in_bed: person-nights in a bed within the run.
        nights_without: person-nights without a bed within the run.
        occupied_persons: people in a bed each night, one number per day of the run.
        waiting_persons: people without a bed each night, one number per day of the run.
        arrived: day on which each family asked, as given.
        persons: size of each family, as given.
    """

    entered: NDArray[np.int32]
    left: NDArray[np.int32]
    nights_in_bed: NDArray[np.int64]
    nights_without: NDArray[np.int64]
    occupied_persons: NDArray[np.int64]
    waiting_persons: NDArray[np.int64]
    arrived: NDArray[np.int32]
    persons: NDArray[np.int32]

    @property
    def gave_up(self) -> NDArray[np.bool_]:
        """Whether each family left the line without ever having had a bed."""
        return (self.entered < 0) & (self.left >= 0)

    def area(self) -> float:
        """Persons in a bed or waiting for one, summed over the nights of the run."""
        return float(self.occupied_persons.sum() + self.waiting_persons.sum())

    def days_here(self) -> float:
        """Nights that all families together spent here within the run, in a bed or waiting, in person-nights."""
        return float(self.nights_in_bed.sum() + self.nights_without.sum())


def house(
    arrived: NDArray[np.int32],
    persons: NDArray[np.int32],
    stay_days: NDArray[np.int32],
    beds_by_day: NDArray[np.int32],
    patience_days: int | NDArray[np.int32] | None = None,
    leave_by: NDArray[np.int32] | None = None,
) -> Housed:
    """House families in the beds of one place, first come, first housed, together or not at all.

    The rules stand at the head of this module. The run has as many days as ``beds_by_day``.

    Args:
        arrived: day index on which each family asks for beds, in any order; those of before day 0 stand at
            the head of the line on day 0, and their patience counts from the day they came.
        persons: size of each family, 1 or more.
        stay_days: nights that each family stays once housed, 1 or more.
        beds_by_day: beds of the place on each day, 0 or more.
        patience_days: nights that a family waits before it leaves the line, one number for all or one each;
            None: it waits for ever.
        leave_by: day on which each family leaves its beds at the latest, say when it may work; None: no such day.

    Raises:
        RunError: if columns differ in length, or a size, stay, bed count or patience is out of range.

    >>> import numpy as np
    >>> def column(*days): return np.array(days, dtype=np.int32)
    >>> housed = house(column(0, 0, 0), column(2, 3, 1), column(2, 2, 2), column(4, 4, 4, 4))
    >>> housed.entered.tolist(), housed.left.tolist()
    ([0, 2, 2], [2, -1, -1])
    >>> housed.occupied_persons.tolist(), housed.waiting_persons.tolist()
    ([2, 2, 4, 4], [4, 4, 0, 0])
    """
    arrived, persons, stay, beds, patience = _columns(arrived, persons, stay_days, beds_by_day, patience_days)
    last = _last_days(leave_by, arrived.size)
    days = beds.size
    entered = np.full(arrived.size, -1, dtype=np.int32)
    left = np.full(arrived.size, -1, dtype=np.int32)
    occupied = np.zeros(days, dtype=np.int64)
    waiting = np.zeros(days, dtype=np.int64)
    compiled(_house, _SIGNATURE)(arrived, persons, stay, beds, patience, last, entered, left, occupied, waiting)
    housed = entered >= 0
    ended = np.where(left >= 0, left, days)
    began = np.maximum(np.minimum(arrived, days), 0)
    in_bed = np.where(housed, ended - entered, 0) * persons.astype(np.int64)
    without = (np.where(housed, entered, ended) - began) * persons.astype(np.int64)
    return Housed(entered, left, in_bed, without, occupied, waiting, arrived, persons)


def _last_days(leave_by: NDArray[np.int32] | None, rows: int) -> NDArray[np.int32]:
    """The day by which each family leaves; one that never comes where none is given."""
    if leave_by is None:
        return np.full(rows, 2**30, dtype=np.int32)
    if leave_by.shape != (rows,):
        raise RunError(f"leave_by has shape {leave_by.shape}; {rows} families were given")
    return np.ascontiguousarray(leave_by, dtype=np.int32)


def _columns(
    arrived: NDArray[np.int32],
    persons: NDArray[np.int32],
    stay_days: NDArray[np.int32],
    beds_by_day: NDArray[np.int32],
    patience_days: int | NDArray[np.int32] | None,
) -> tuple[NDArray[np.int32], NDArray[np.int32], NDArray[np.int32], NDArray[np.int32], NDArray[np.int32]]:
    """Contiguous columns of the right type, or one error that lists every problem."""
    patience = np.asarray(WITHOUT_END if patience_days is None else patience_days)
    shapes = {"arrived": arrived.shape, "persons": persons.shape, "stay_days": stay_days.shape}
    problems: list[str] = []
    if arrived.size and int(arrived.min()) < OLDEST_ARRIVAL:
        problems.append(f"the oldest arrival is day {int(arrived.min())}; day 0 is the first day of the run")
    if arrived.ndim != 1 or len(set(shapes.values())) > 1 or patience.shape not in ((), arrived.shape):
        shapes["patience_days"] = patience.shape
        told = ", ".join(f"{name} {shape}" for name, shape in shapes.items())
        problems.append(f"columns differ in shape: {told}")
    for name, values, least in (
        ("persons", persons, 1),
        ("stay_days", stay_days, 1),
        ("beds_by_day", beds_by_day, 0),
        ("patience_days", patience, 0),
    ):
        if values.size and int(values.min()) < least:
            problems.append(f"{name} must be {least} or more; the least is {int(values.min())}")
    if problems:
        raise RunError(problems)
    bounded = np.minimum(np.broadcast_to(patience, arrived.shape), WITHOUT_END)
    return (
        np.ascontiguousarray(arrived, dtype=np.int32),
        np.ascontiguousarray(persons, dtype=np.int32),
        np.ascontiguousarray(np.minimum(stay_days, WITHOUT_END), dtype=np.int32),
        np.ascontiguousarray(beds_by_day, dtype=np.int32),
        np.ascontiguousarray(bounded, dtype=np.int32),
    )


def _house(
    arrived: NDArray[np.int32],
    persons: NDArray[np.int32],
    stay: NDArray[np.int32],
    beds: NDArray[np.int32],
    patience: NDArray[np.int32],
    last: NDArray[np.int32],
    entered: NDArray[np.int32],
    left: NDArray[np.int32],
    occupied: NDArray[np.int64],
    waiting: NDArray[np.int64],
) -> None:
    """Fill entered, left, occupied and waiting, one day after the other."""
    rows, days = arrived.size, beds.size
    # Sort rows by day of arrival, keeping their order: one counting sort, linear in rows and days.
    oldest = days
    for i in range(rows):
        oldest = min(oldest, arrived[i])
    start = np.zeros(days - oldest + 1, dtype=np.int64)
    for i in range(rows):
        if arrived[i] < days:
            start[arrived[i] - oldest + 1] += 1
    for k in range(days - oldest):
        start[k + 1] += start[k]
    coming = start[days - oldest]
    line = np.empty(max(coming, 1), dtype=np.int64)
    for i in range(rows):
        if arrived[i] < days:
            line[start[arrived[i] - oldest]] = i
            start[arrived[i] - oldest] += 1
    # The line is a chain of positions; those whose patience ends on one day hang on a list of that day.
    after = np.full(max(coming, 1), -1, dtype=np.int64)
    ends_here = np.full(days + 1, -1, dtype=np.int64)
    ends_next = np.full(max(rows, 1), -1, dtype=np.int64)
    leaving = np.zeros(days + 1, dtype=np.int64)
    head, tail, joined = -1, -1, 0
    inside, outside = 0, 0
    for day in range(days):
        inside -= leaving[day]
        while joined < coming and arrived[line[joined]] <= day:
            i = line[joined]
            if tail < 0:
                head = joined
            else:
                after[tail] = joined
            tail = joined
            joined += 1
            outside += persons[i]
            last_day = min(max(arrived[i] + patience[i], 0), days)
            ends_next[i] = ends_here[last_day]
            ends_here[last_day] = i
        free = beds[day] - inside
        before, here = -1, head
        while here >= 0 and free > 0:
            i = line[here]
            ends_today = arrived[i] + patience[i] <= day
            if left[i] < 0 and persons[i] <= free:
                entered[i] = day
                free -= persons[i]
                inside += persons[i]
                outside -= persons[i]
                goes = max(min(day + stay[i], last[i]), day + 1)
                if goes < days:
                    left[i] = goes
                    leaving[goes] += persons[i]
            elif left[i] < 0 and not ends_today:
                if persons[i] <= beds[day]:
                    break
                before, here = here, after[here]
                continue
            # Housed, or no longer waiting: out of the line.
            if before < 0:
                head = after[here]
            else:
                after[before] = after[here]
            if here == tail:
                tail = before
            here = after[here]
        i = ends_here[day]
        while i >= 0:
            if entered[i] < 0:
                left[i] = day
                outside -= persons[i]
            i = ends_next[i]
        occupied[day] = inside
        waiting[day] = outside
