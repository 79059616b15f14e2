"""One service for a police post, an eligibility desk and a hearing room: first come, first served.

Parties wait in one line. A day's capacity is spent on them in the order in which they came; a party is served
as one, on the day when its whole weight has been met. The rules, exactly:

1. Parties that arrive on a day may be served on that day. Arrivals before day 0 are a backlog: they stand in
   line on day 0, ahead of later arrivals, in the order of their days.
2. Order is by day of arrival; parties of one day keep the order of their rows. With classes of priority, the
   lowest number goes first, and a party whose service has begun is finished before anybody else is begun.
3. The capacity of a day that finds nobody left in line is lost.
4. Capacity that is too small for the whole party at the head of the line is spent on that party and counts
   for it on the next day: its service has begun. Nothing else is carried over.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from roxham.errors import RunError
from roxham.sim.compiled import compiled

OLDEST_ARRIVAL = -36_525  # a century of days; an older backlog means that the column is no day index
ROUNDING = 1e-9  # capacity is a sum of floats; less than this is rounding, not work

_SIGNATURE = (
    "UniTuple(float64, 2)(int32[::1], int32[::1], float64[::1], int8[::1], int64, int64, float64, int64,"
    " int32[::1], int32[::1])"
)


@dataclass(frozen=True)
class Unfinished:
    """The party whose service has begun but not ended, and what has been spent on it so far.

    Attributes:
        row: its row in the columns (of the run it comes from, or of the run it is given to).
        spent: capacity already spent on it, in the unit of ``weight``.
        began: the day on which its service began.
    """

    row: int
    spent: float
    began: int


@dataclass(frozen=True)
class Served:
    """What a service did: one entry per party, in the order of the rows that were given.

    Attributes:
        arrived: day of arrival, as given.
        weight: what each party takes of the capacity, as given.
        began: first day on which capacity was spent on the party; -1 if not reached.
        ended: day on which its service was complete; -1 if still pending at the horizon.
        first: first day of the run (days before it are not served).
        horizon: first day after the run.
        unfinished: the party in service at the horizon, or None.
    """

    arrived: NDArray[np.int32]
    weight: NDArray[np.int32]
    began: NDArray[np.int32]
    ended: NDArray[np.int32]
    first: int
    horizon: int
    unfinished: Unfinished | None

    @property
    def done(self) -> NDArray[np.bool_]:
        """Whether each party's service was complete before the horizon."""
        return self.ended >= 0

    @property
    def waited(self) -> NDArray[np.int32]:
        """Days in line, from arrival to the beginning of service; -1 if service did not begin."""
        return np.where(self.began >= 0, self.began - self.arrived, -1).astype(np.int32)

    @property
    def stayed(self) -> NDArray[np.int32]:
        """Days from arrival to the end of service; -1 if still pending."""
        return np.where(self.ended >= 0, self.ended - self.arrived, -1).astype(np.int32)

    def stock(self, of: NDArray[np.int32] | None = None) -> NDArray[np.int64]:
        """How many wait at the end of each day of the run: arrived by then, service not complete.

        Args:
            of: what to count, one number per party (persons, say); without it the weight, so persons where
                the service counts persons and parties where it counts parties. Shape of the answer: one
                number for each day from ``first`` to ``horizon - 1``.
        """
        counted = self.weight if of is None else of
        days = self.horizon - self.first
        came = self.arrived < self.horizon
        entry = np.maximum(self.arrived[came] - self.first, 0)
        change = np.bincount(entry, weights=counted[came], minlength=days)[:days]
        gone = np.bincount(self.ended[self.done] - self.first, weights=counted[self.done], minlength=days)
        return np.cumsum(np.rint(change - gone[:days]).astype(np.int64))

    def pending(self, day: int, of: NDArray[np.int32] | None = None) -> int:
        """How many wait at the end of one day, in the unit of ``weight`` or of the numbers given."""
        if not self.first <= day < self.horizon:
            raise RunError(f"day {day} is outside the run: it goes from {self.first} to {self.horizon - 1}")
        counted = self.weight if of is None else of
        waiting = (self.arrived <= day) & ((self.ended < 0) | (self.ended > day))
        return int(counted[waiting].sum())


def serve(
    arrived: NDArray[np.int32],
    weight: NDArray[np.int32],
    capacity: NDArray[np.float64],
    *,
    horizon: int,
    priority: NDArray[np.int8] | None = None,
    initial: Unfinished | None = None,
    first: int = 0,
) -> Served:
    """Serve parties first come, first served, with a dated daily capacity.

    The rules stand at the head of this module. A run may be cut in two: give the pending rows of the first
    part, its ``unfinished`` party (with its row in the new columns) and ``first`` to the second part, and the
    days come out as in one run.

    Args:
        arrived: day index of each party's arrival, in any order; negative for a backlog. Arrivals at or after
            the horizon stay pending.
        weight: what each party takes of the capacity, 1 or more: persons, or 1 where parties are counted.
        capacity: capacity of each day, in the unit of ``weight``; fractions and 0 are allowed.
        horizon: first day that is not served; at most the length of ``capacity``.
        priority: class of each party; the lowest number goes first. None: one class.
        initial: the party that a previous run left unfinished.
        first: first day served.

    Raises:
        RunError: if columns differ in length, a weight is under 1, or a capacity is negative or not finite.

    >>> import numpy as np
    >>> arrived, persons = np.array([-3, 0, 0, 1], dtype=np.int32), np.array([2, 4, 1, 3], dtype=np.int32)
    >>> served = serve(arrived, persons, np.array([3.0, 0.0, 4.5, 9.0]), horizon=4)
    >>> served.began.tolist(), served.ended.tolist()
    ([0, 0, 2, 2], [0, 2, 2, 3])
    >>> served.stock().tolist()
    [5, 8, 3, 0]
    """
    arrived, weight, capacity = _columns(arrived, weight, capacity, horizon=horizon, first=first)
    classes = np.zeros(arrived.size, dtype=np.int8) if priority is None else _classes(priority, arrived.size)
    began = np.full(arrived.size, -1, dtype=np.int32)
    ended = np.full(arrived.size, -1, dtype=np.int32)
    row, spent = -1, 0.0
    if initial is not None:
        _check_unfinished(initial, weight)
        row, spent = initial.row, initial.spent
        began[row] = initial.began
    kernel = compiled(_serve, _SIGNATURE)
    last_row, last_spent = kernel(
        arrived, weight, capacity, classes, first, horizon, spent, row, began, ended
    )
    left = None
    if last_row >= 0:
        left = Unfinished(row=int(last_row), spent=float(last_spent), began=int(began[int(last_row)]))
    return Served(arrived, weight, began, ended, first, horizon, left)


def _columns(
    arrived: NDArray[np.int32],
    weight: NDArray[np.int32],
    capacity: NDArray[np.float64],
    *,
    horizon: int,
    first: int,
) -> tuple[NDArray[np.int32], NDArray[np.int32], NDArray[np.float64]]:
    """Contiguous columns of the right type, or one error that lists every problem."""
    problems: list[str] = []
    if arrived.ndim != 1 or arrived.shape != weight.shape:
        problems.append(f"arrived and weight differ in shape: {arrived.shape} and {weight.shape}")
    if not 0 <= first <= horizon <= capacity.size:
        problems.append(f"days {first} to {horizon} need that many capacities; {capacity.size} given")
    if arrived.size and int(arrived.min()) < OLDEST_ARRIVAL:
        problems.append(f"the oldest arrival is day {int(arrived.min())}; day 0 is the first day of the run")
    if weight.size and int(weight.min()) < 1:
        problems.append(f"weight must be 1 or more; the least is {int(weight.min())}")
    if capacity.size and not bool(np.all(np.isfinite(capacity) & (capacity >= 0))):
        problems.append("capacity must be finite and 0 or more on every day")
    if problems:
        raise RunError(problems)
    return (
        np.ascontiguousarray(arrived, dtype=np.int32),
        np.ascontiguousarray(weight, dtype=np.int32),
        np.ascontiguousarray(capacity, dtype=np.float64),
    )


def _classes(priority: NDArray[np.int8], rows: int) -> NDArray[np.int8]:
    if priority.shape != (rows,):
        raise RunError(f"priority has shape {priority.shape}; {rows} parties were given")
    return np.ascontiguousarray(priority, dtype=np.int8)


def _check_unfinished(initial: Unfinished, weight: NDArray[np.int32]) -> None:
    if not 0 <= initial.row < weight.size:
        raise RunError(f"the unfinished party is row {initial.row}; there are {weight.size} rows")
    if not 0 <= initial.spent <= float(weight[initial.row]):
        most = int(weight[initial.row])
        raise RunError(f"{initial.spent} was spent on the unfinished party, whose weight is {most}")


def _serve(
    arrived: NDArray[np.int32],
    weight: NDArray[np.int32],
    capacity: NDArray[np.float64],
    priority: NDArray[np.int8],
    first: int,
    horizon: int,
    spent: float,
    current: int,
    began: NDArray[np.int32],
    ended: NDArray[np.int32],
) -> tuple[float, float]:
    """Fill began and ended; return the row in service at the horizon (-1: none) and what was spent on it."""
    # Sort rows by class, then day, then row: one counting sort, linear in rows and days.
    rows = arrived.size
    oldest, low, high = horizon, 127, -128
    for i in range(rows):
        oldest = min(oldest, arrived[i])
        low, high = min(low, priority[i]), max(high, priority[i])
    classes = max(high - low + 1, 1)
    span = max(horizon - oldest, 1)
    place = np.zeros(classes * span + 1, dtype=np.int64)
    for i in range(rows):
        if arrived[i] < horizon and i != current:
            place[(priority[i] - low) * span + arrived[i] - oldest + 1] += 1
    for k in range(classes * span):
        place[k + 1] += place[k]
    head = np.empty(classes, dtype=np.int64)
    tail = np.empty(classes, dtype=np.int64)
    for c in range(classes):
        head[c], tail[c] = place[c * span], place[(c + 1) * span]
    line = np.empty(max(place[classes * span], 1), dtype=np.int64)
    for i in range(rows):
        if arrived[i] < horizon and i != current:
            k = (priority[i] - low) * span + arrived[i] - oldest
            line[place[k]] = i
            place[k] += 1
    # Spend each day's capacity on the party in service, then on the heads of the classes.
    credit = spent
    for day in range(first, horizon):
        credit += capacity[day]
        while credit > ROUNDING:
            if current < 0:
                for c in range(classes):
                    if head[c] < tail[c] and arrived[line[head[c]]] <= day:
                        current = line[head[c]]
                        head[c] += 1
                        break
                if current < 0:
                    break
                began[current] = day
            if credit + ROUNDING < weight[current]:
                break
            credit -= weight[current]
            ended[current] = day
            current = -1
        if current < 0:
            credit = 0.0
    return float(current), credit
