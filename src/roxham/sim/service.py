"""One service for a police post, an eligibility desk and a hearing room: who is served on which day.

Parties wait in one line. A day's capacity is spent on them in the order in which they came; a party is served
as one, on the day when its whole weight has been met. The rules, exactly:

1. Parties that arrive on a day may be served on that day. Arrivals before day 0 are a backlog: they stand in
   line on day 0, ahead of later arrivals, in the order of their days.
2. Order is by day of arrival; parties of one day keep the order of their rows. With classes of priority, the
   lowest number goes first, and a party whose service has begun is finished before anybody else is begun.
3. The capacity of a day that finds nobody left in line is lost.
4. Capacity that is too small for the whole party at the head of the line is spent on that party and counts
   for it on the next day: its service has begun. Nothing else is carried over.

What may be added, each on its own or together:

5. *Appointments* (`not_before`): nobody is begun before the day of the appointment, and the line is ordered by
   that day, then by row. An appointment before the arrival counts as the day of arrival.
6. *Share by type* (`kind`, `shares`): every kind has its own line and its share of each day's capacity. What is
   left of a share when the line of its kind is empty, and what no share takes, goes to the other kinds: first to
   parties whose service has begun, then by class, day and row over all kinds. Rule 4 holds for each kind, so one
   party of each kind may be in service.
7. *Patience* (`patience`): a party whose service has not begun by the end of the day that lies so many days after
   its arrival (of the first day of the run, if that is later) leaves the line at the end of that day. Patience 0
   means: served on the day of arrival, or gone.
8. *A longest line* (`limit`): when the day's capacity is spent and those whose patience ended have left, the
   parties that came on this day and were not begun join the waiting line one by one, in the order of their rows,
   each where the line with it is no longer than the limit; the others are turned away on the day they came. The
   line holds all whose service has not begun. A backlog is in line already; nobody in line is put out.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from roxham.errors import RunError
from roxham.sim.compiled import compiled
from roxham.sim.line import ROUNDING, run_line

OLDEST_ARRIVAL = -36_525  # a century of days; an older backlog means that the column is no day index

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
        ended: day on which its service was complete; -1 if still pending at the horizon, or gone without it.
        first: first day of the run (days before it are not served).
        horizon: first day after the run.
        unfinished: the party in service at the horizon, or None; with kinds, the first of `in_service`.
        left: day on which it went away unserved; -1 if it did not.
        turned_away: whether it went away because it found the line full.
        in_service: all parties in service at the horizon: at most one, or one of each kind.
    """

    arrived: NDArray[np.int32]
    weight: NDArray[np.int32]
    began: NDArray[np.int32]
    ended: NDArray[np.int32]
    first: int
    horizon: int
    unfinished: Unfinished | None
    left: NDArray[np.int32]
    turned_away: NDArray[np.bool_]
    in_service: tuple[Unfinished, ...]

    @property
    def done(self) -> NDArray[np.bool_]:
        """Whether each party's service was complete before the horizon."""
        return self.ended >= 0

    @property
    def gave_up(self) -> NDArray[np.bool_]:
        """Whether each party left the line because its patience ended."""
        return (self.left >= 0) & ~self.turned_away

    @property
    def out(self) -> NDArray[np.int32]:
        """Day on which each party was no longer here, served or not; -1 if still pending."""
        return np.maximum(self.ended, self.left)

    @property
    def waited(self) -> NDArray[np.int32]:
        """Days in line, from arrival to the beginning of service; -1 if service did not begin."""
        return np.where(self.began >= 0, self.began - self.arrived, -1).astype(np.int32)

    @property
    def stayed(self) -> NDArray[np.int32]:
        """Days from arrival to the end of service; -1 if still pending or gone unserved."""
        return np.where(self.ended >= 0, self.ended - self.arrived, -1).astype(np.int32)

    def stock(self, of: NDArray[np.int32] | None = None) -> NDArray[np.int64]:
        """How many wait at the end of each day of the run: arrived by then, service not complete, not gone.

        Args:
            of: what to count, one number per party (persons, say); without it the weight, so persons where
                the service counts persons and parties where it counts parties. Shape of the answer: one
                number for each day from ``first`` to ``horizon - 1``.
        """
        counted, out = self.weight if of is None else of, self.out
        days = self.horizon - self.first
        came, went = self.arrived < self.horizon, out >= 0
        entry = np.maximum(self.arrived[came] - self.first, 0)
        change = np.bincount(entry, weights=counted[came], minlength=days)[:days]
        gone = np.bincount(out[went] - self.first, weights=counted[went], minlength=days)
        return np.cumsum(np.rint(change - gone[:days]).astype(np.int64))

    def pending(self, day: int, of: NDArray[np.int32] | None = None) -> int:
        """How many wait at the end of one day, in the unit of ``weight`` or of the numbers given."""
        if not self.first <= day < self.horizon:
            raise RunError(f"day {day} is outside the run: it goes from {self.first} to {self.horizon - 1}")
        counted, out = self.weight if of is None else of, self.out
        waiting = (self.arrived <= day) & ((out < 0) | (out > day))
        return int(counted[waiting].sum())

    def area(self) -> float:
        """The stock summed over the days of the run."""
        return float(self.stock().sum())

    def days_here(self, of: NDArray[np.int32] | None = None) -> float:
        """Days that all parties together were here within the run, each counted with its weight or as given."""
        counted = self.weight if of is None else of
        until = np.where(self.out >= 0, self.out, self.horizon).astype(np.int64)
        return float((np.maximum(until - np.maximum(self.arrived, self.first), 0) * counted).sum())


def serve(
    arrived: NDArray[np.int32],
    weight: NDArray[np.int32],
    capacity: NDArray[np.float64],
    *,
    horizon: int,
    priority: NDArray[np.int8] | None = None,
    kind: NDArray[np.int8] | None = None,
    shares: NDArray[np.float64] | None = None,
    patience: int | NDArray[np.int32] | None = None,
    not_before: NDArray[np.int32] | None = None,
    limit: float | NDArray[np.float64] | None = None,
    initial: Unfinished | tuple[Unfinished, ...] | None = None,
    first: int = 0,
) -> Served:
    """Serve parties first come, first served, with a dated daily capacity, and what else the case asks for.

    The rules stand at the head of this module. A run may be cut in two: give the pending rows of the first
    part, what was ``in_service`` (with its rows in the new columns) and ``first`` to the second part, and the
    days come out as in one run.

    Args:
        arrived: day index of each party's arrival, in any order; negative for a backlog. Arrivals at or after
            the horizon stay pending.
        weight: what each party takes of the capacity, 1 or more: persons, or 1 where parties are counted.
        capacity: capacity of each day, in the unit of ``weight``; fractions and 0 are allowed.
        horizon: first day that is not served; at most the length of ``capacity``.
        priority: class of each party; the lowest number goes first. None: one class.
        kind: number of each party's kind, from 0 up; given together with ``shares``.
        shares: share of the day's capacity that each kind is sure of, shape (kinds,) or (kinds, days); they
            sum to 1 or less.
        patience: days after which a party whose service has not begun leaves, one number or one each.
        not_before: day of each party's appointment.
        limit: the longest line, in the unit of ``weight``, one number or one for each day.
        initial: the party or parties that a previous run left in service.
        first: first day served.

    Raises:
        RunError: if columns differ in length, a weight is under 1, a capacity is negative or not finite, or an
            option is out of range.

    >>> import numpy as np
    >>> arrived, persons = np.array([-3, 0, 0, 1], dtype=np.int32), np.array([2, 4, 1, 3], dtype=np.int32)
    >>> served = serve(arrived, persons, np.array([3.0, 0.0, 4.5, 9.0]), horizon=4)
    >>> served.began.tolist(), served.ended.tolist()
    ([0, 0, 2, 2], [0, 2, 2, 3])
    >>> served.stock().tolist()
    [5, 8, 3, 0]
    >>> tired = serve(arrived, persons, np.array([3.0, 0.0, 4.5, 9.0]), horizon=4, patience=1)
    >>> tired.ended.tolist(), tired.left.tolist(), tired.stock().tolist()
    ([0, 2, -1, 3], [-1, -1, 1, -1], [5, 7, 3, 0])
    """
    arrived, weight, capacity = _columns(arrived, weight, capacity, horizon=horizon, first=first)
    classes = np.zeros(arrived.size, dtype=np.int8) if priority is None else _classes(priority, arrived.size)
    given = (initial,) if isinstance(initial, Unfinished) else initial or ()
    for one in given:
        _check_unfinished(one, weight)
    if len(given) < 2 and kind is None and shares is None and patience is None and not_before is None and limit is None:
        return _plain(arrived, weight, capacity, classes, given, first=first, horizon=horizon)
    line = run_line(
        arrived, weight, capacity, classes, kind=kind, shares=shares, patience=patience, not_before=not_before,
        limit=limit, begun=tuple((one.row, one.spent, one.began) for one in given), first=first, horizon=horizon)
    rest = tuple(Unfinished(int(row), float(spent), int(line.began[row]))
                 for row, spent in zip(line.in_service, line.spent, strict=True) if row >= 0)  # fmt: skip
    return Served(
        arrived, weight, line.began, line.ended, first, horizon, rest[0] if rest else None, line.left,
        line.turned_away, rest)


def _plain(
    arrived: NDArray[np.int32], weight: NDArray[np.int32], capacity: NDArray[np.float64],
    classes: NDArray[np.int8], initial: tuple[Unfinished, ...], *, first: int, horizon: int,
) -> Served:
    """Serve by rules 1 to 4 alone."""
    began = np.full(arrived.size, -1, dtype=np.int32)
    ended = np.full(arrived.size, -1, dtype=np.int32)
    row, spent = -1, 0.0
    for one in initial:
        row, spent, began[one.row] = one.row, one.spent, one.began
    kernel = compiled(_serve, _SIGNATURE)
    last_row, last_spent = kernel(
        arrived, weight, capacity, classes, first, horizon, spent, row, began, ended
    )
    rest: tuple[Unfinished, ...] = ()
    if last_row >= 0:
        rest = (Unfinished(row=int(last_row), spent=float(last_spent), began=int(began[int(last_row)])),)
    nobody = np.broadcast_to(np.int32(-1), arrived.shape), np.broadcast_to(np.False_, arrived.shape)
    return Served(arrived, weight, began, ended, first, horizon, rest[0] if rest else None, *nobody, rest)


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
