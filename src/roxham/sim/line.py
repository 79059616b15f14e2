"""The line before a service with shares, patience, appointments or a longest line: one compiled kernel.

The rules stand at the head of `roxham.sim.service`; this module carries them out on columns, one day after the
other. Every party is put into one of the queues (kind, class of priority) by one counting sort, so the work is
linear in parties and days.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from roxham.errors import RunError
from roxham.sim.compiled import compiled

ROUNDING = 1e-9  # capacity is a sum of floats; less than this is rounding, not work
NEVER = 2**30  # a day index that no run reaches

_SIGNATURE = (
    "void(int32[::1], int32[::1], float64[::1], int8[::1], int8[::1], float64[:, ::1], int32[::1], int32[::1],"
    " float64[::1], boolean, boolean, int64, int64, float64[::1], int64[::1],"
    " int32[::1], int32[::1], int32[::1], boolean[::1])"
)


@dataclass(frozen=True)
class Line:
    """What became of a line: day of beginning, end and leaving of each party (-1: none), and who was turned away.

    Attributes:
        in_service: row of the party in service of each kind at the end; -1: none.
        spent: what has been spent on it, one number per kind.
    """

    began: NDArray[np.int32]
    ended: NDArray[np.int32]
    left: NDArray[np.int32]
    turned_away: NDArray[np.bool_]
    in_service: NDArray[np.int64]
    spent: NDArray[np.float64]


def run_line(
    arrived: NDArray[np.int32], weight: NDArray[np.int32], capacity: NDArray[np.float64], priority: NDArray[np.int8],
    *, kind: NDArray[np.int8] | None, shares: NDArray[np.float64] | None,
    patience: int | NDArray[np.int32] | None, not_before: NDArray[np.int32] | None,
    limit: float | NDArray[np.float64] | None, begun: tuple[tuple[int, float, int], ...], first: int, horizon: int,
) -> Line:
    """Serve columns that `roxham.sim.service.serve` has checked; `begun` holds row, amount spent and day begun.

    Raises:
        RunError: if the columns of the options differ in length or are out of range.
    """
    kinds, split = _kinds(kind, shares, arrived.size, capacity.size)
    deadline = _deadline(arrived, patience)
    key = _key(arrived, not_before)
    room = _room(limit, capacity.size)
    began, ended, left = (np.full(arrived.size, -1, dtype=np.int32) for _ in range(3))
    turned = np.zeros(arrived.size, dtype=np.bool_)
    spent = np.zeros(split.shape[0])
    current = np.full(split.shape[0], -1, dtype=np.int64)
    for row, amount, day in begun:
        if current[kinds[row]] >= 0:
            raise RunError(f"rows {current[kinds[row]]} and {row} of one kind are both in service")
        current[kinds[row]], spent[kinds[row]], began[row] = row, amount, day
    compiled(_line, _SIGNATURE)(
        arrived, weight, capacity, priority, kinds, split, key, deadline, room, patience is not None,
        limit is not None, first, horizon, spent, current, began, ended, left, turned)
    return Line(began, ended, left, turned, current, spent)


def _kinds(
    kind: NDArray[np.int8] | None, shares: NDArray[np.float64] | None, rows: int, days: int
) -> tuple[NDArray[np.int8], NDArray[np.float64]]:
    """Kind of each party, and the share of each kind on each day."""
    if (kind is None) != (shares is None):
        raise RunError("kind and shares are given together, or neither is")
    if kind is None or shares is None:
        return np.zeros(rows, dtype=np.int8), np.ones((1, days))
    split = np.asarray(shares, dtype=np.float64)
    problems: list[str] = []
    if kind.shape != (rows,):
        problems.append(f"kind has shape {kind.shape}; {rows} parties were given")
    if split.ndim == 1:
        split = np.repeat(split[:, None], days, axis=1)
    if split.ndim != 2 or split.shape[0] == 0 or split.shape[0] > 127 or split.shape[1] < days:
        problems.append(f"shares has shape {np.shape(shares)}; one row for each kind (127 at most) is needed")
    elif kind.size and not 0 <= int(kind.min()) <= int(kind.max()) < split.shape[0]:
        problems.append(f"kind goes from {kind.min()} to {kind.max()}; shares are given for {split.shape[0]} kinds")
    if not bool(np.all(split >= 0)) or not bool(np.all(split.sum(axis=0) <= 1 + ROUNDING)):
        problems.append("shares must be 0 or more, and sum to 1 or less on every day")
    if problems:
        raise RunError(problems)
    return np.array(kind, dtype=np.int8), np.array(split[:, :days], order="C")


def _deadline(arrived: NDArray[np.int32], patience: int | NDArray[np.int32] | None) -> NDArray[np.int32]:
    """Last day on which each party can still begin."""
    if patience is None:
        return np.full(arrived.size, NEVER, dtype=np.int32)
    days = np.asarray(patience)
    if days.shape not in ((), arrived.shape) or days.dtype.kind not in "iu":
        raise RunError(f"patience has shape {days.shape}; whole days are needed, one for all or one per party")
    if days.size and int(days.min()) < 0:
        raise RunError(f"patience must be 0 or more days; the least is {days.min()}")
    ends = arrived.astype(np.int64) + np.minimum(days, NEVER)
    return np.asarray(np.minimum(ends, NEVER), dtype=np.int32)


def _key(arrived: NDArray[np.int32], not_before: NDArray[np.int32] | None) -> NDArray[np.int32]:
    """Day that orders the line: of arrival, or of the appointment where that is later."""
    if not_before is None:
        return arrived
    if not_before.shape != arrived.shape:
        raise RunError(f"not_before has shape {not_before.shape}; {arrived.size} parties were given")
    return np.clip(not_before, arrived, NEVER).astype(np.int32)


def _room(limit: float | NDArray[np.float64] | None, days: int) -> NDArray[np.float64]:
    """The longest line of each day."""
    room = np.asarray(np.inf if limit is None else limit, dtype=np.float64)
    if room.ndim > 1 or (room.ndim == 1 and room.size < days):
        raise RunError(f"limit has shape {room.shape}; one number for all or one for each of {days} days is needed")
    if room.size and not bool(np.all(room >= 0)):
        raise RunError("limit must be 0 or more")
    return np.full(days, room) if room.ndim == 0 else np.array(room, order="C")


def _line(
    arrived: NDArray[np.int32],
    weight: NDArray[np.int32],
    capacity: NDArray[np.float64],
    priority: NDArray[np.int8],
    kind: NDArray[np.int8],
    shares: NDArray[np.float64],
    key: NDArray[np.int32],
    deadline: NDArray[np.int32],
    room: NDArray[np.float64],
    impatient: bool,
    limited: bool,
    first: int,
    horizon: int,
    spent: NDArray[np.float64],
    current: NDArray[np.int64],
    began: NDArray[np.int32],
    ended: NDArray[np.int32],
    left: NDArray[np.int32],
    turned: NDArray[np.bool_],
) -> None:
    """Fill began, ended, left and turned, and leave in current and spent what is unfinished of each kind."""
    rows, kinds = arrived.size, current.size
    # Queues are (kind, class); sort rows by queue, key and row: one counting sort.
    oldest, low, high = horizon, 127, -128
    for i in range(rows):
        oldest = min(oldest, key[i])
        low, high = min(low, priority[i]), max(high, priority[i])
    classes = max(high - low + 1, 1)
    span = max(horizon - oldest, 1)
    queues = kinds * classes
    place = np.zeros(queues * span + 1, dtype=np.int64)
    for i in range(rows):
        if key[i] < horizon and began[i] < 0:
            place[(kind[i] * classes + priority[i] - low) * span + key[i] - oldest + 1] += 1
    for k in range(queues * span):
        place[k + 1] += place[k]
    head = np.empty(queues, dtype=np.int64)
    tail = np.empty(queues, dtype=np.int64)
    for q in range(queues):
        head[q], tail[q] = place[q * span], place[(q + 1) * span]
    line = np.empty(max(place[queues * span], 1), dtype=np.int64)
    for i in range(rows):
        if key[i] < horizon and began[i] < 0:
            k = (kind[i] * classes + priority[i] - low) * span + key[i] - oldest
            line[place[k]] = i
            place[k] += 1
    # For a longest line: rows in the order of their days of arrival, and the weight in line by last day of patience.
    days = horizon - first
    start = np.zeros(days + 1 if limited else 1, dtype=np.int64)
    coming = np.empty(rows if limited else 0, dtype=np.int64)
    ends = np.zeros(days + 1 if limited else 0)
    waiting = 0.0
    if limited:
        for i in range(rows):
            if began[i] < 0 and arrived[i] < first:
                waiting += weight[i]
                ends[min(max(deadline[i], first), horizon) - first] += weight[i]
            elif began[i] < 0 and arrived[i] < horizon:
                start[arrived[i] - first + 1] += 1
        for k in range(days):
            start[k + 1] += start[k]
        for i in range(rows):
            if began[i] < 0 and first <= arrived[i] < horizon:
                coming[start[arrived[i] - first]] = i
                start[arrived[i] - first] += 1
    for day in range(first, horizon):
        rest = 1.0
        for k in range(kinds):
            rest -= shares[k, day]
        pot = capacity[day] * rest if rest > ROUNDING else 0.0
        # Round k < kinds: a kind spends its own share. Round kinds: what is over goes to all, in order.
        for turn in range(kinds + 1):
            common = turn == kinds
            credit = pot if common else spent[turn] + capacity[day] * shares[turn, day]
            low_kind, high_kind = (0, kinds) if common else (turn, turn + 1)
            who, whose = -1, -1
            while credit > ROUNDING:
                who, whose, begun = -1, -1, False
                for k in range(low_kind, high_kind):
                    i = current[k]
                    serving = i >= 0
                    if not serving:
                        for q in range(k * classes, (k + 1) * classes):
                            while head[q] < tail[q] and (
                                turned[line[head[q]]] or max(deadline[line[head[q]]], first) < day
                            ):
                                head[q] += 1
                            if head[q] < tail[q] and key[line[head[q]]] <= day:
                                i = line[head[q]]
                                break
                    if i < 0 or (begun and not serving):
                        continue
                    if who < 0 or (serving and not begun) or (
                        (priority[i], key[i], i) < (priority[who], key[who], who)
                    ):
                        who, whose, begun = i, k, serving
                if who < 0:
                    break
                if not begun:
                    head[whose * classes + priority[who] - low] += 1
                    current[whose], began[who] = who, day
                    if limited and arrived[who] < day:
                        waiting -= weight[who]
                        ends[min(max(deadline[who], first), horizon) - first] -= weight[who]
                need = weight[who] - (spent[whose] if common else 0.0)
                if credit + ROUNDING < need:
                    break
                credit -= need
                ended[who] = day
                current[whose] = -1
                spent[whose] = 0.0
            if common:
                if who >= 0 and current[whose] == who:
                    spent[whose] += credit
            elif current[turn] >= 0:
                spent[turn] = credit
            else:
                spent[turn] = 0.0
                pot += max(credit, 0.0)
        if limited:
            waiting -= ends[day - first]
            for k in range(start[day - first - 1] if day > first else 0, start[day - first]):
                i = coming[k]
                if began[i] >= 0 or deadline[i] == day:
                    continue
                if waiting + weight[i] <= room[day] + ROUNDING:
                    waiting += weight[i]
                    ends[min(deadline[i], horizon) - first] += weight[i]
                else:
                    left[i], turned[i] = day, True
    if impatient:
        for i in range(rows):
            last = max(deadline[i], first)
            if began[i] < 0 and not turned[i] and arrived[i] < horizon and last < horizon:
                left[i] = last
