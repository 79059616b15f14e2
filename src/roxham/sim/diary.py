"""The diary of stations with servers: one compiled kernel, event after event.

The rules stand at the head of `roxham.sim.network`. What will happen at a known time (a service ends, patience
ends) stands in a diary, a binary heap; changes of the number of servers and arrivals come from sorted columns.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from roxham.sim.compiled import compiled

Floats = NDArray[np.float64]
ENDS, GIVES_UP = 0, 2  # what an entry of the diary is, in the order of rule 5; 1 and 3 are no part of the diary

_SIGNATURE = (
    "void(float64[::1], int64[::1], int64[::1], float64[:, ::1], int8[::1], float64[:, ::1], boolean,"
    " float64[::1], int64[:, ::1], float64[::1], int64[::1], int64[::1], float64,"
    " float64[:, ::1], float64[:, ::1], float64[:, ::1], float64[:, ::1], boolean[::1])"
)


def _before(time: Floats, rank: NDArray[np.int64], a: int, b: int) -> bool:
    """Whether one entry of the diary comes before another."""
    return bool(time[a] < time[b] or (time[a] == time[b] and rank[a] < rank[b]))


def _note(
    time: Floats, rank: NDArray[np.int64], what: NDArray[np.int64], state: NDArray[np.int64], when: float, kind: int,
    entry: int,
) -> None:
    """Put an entry into the diary: a heap whose size is state[0] and whose running number is state[1]."""
    here = state[0]
    time[here], rank[here], what[here] = when, kind * 2**50 + state[1], entry
    state[0] += 1
    state[1] += 1
    while here > 0 and _before(time, rank, here, (here - 1) // 2):
        up = (here - 1) // 2
        time[here], time[up] = time[up], time[here]
        rank[here], rank[up] = rank[up], rank[here]
        what[here], what[up] = what[up], what[here]
        here = up


def _strike(time: Floats, rank: NDArray[np.int64], what: NDArray[np.int64], state: NDArray[np.int64]) -> None:
    """Strike the first entry of the diary."""
    state[0] -= 1
    last = state[0]
    time[0], rank[0], what[0] = time[last], rank[last], what[last]
    here = 0
    while True:
        least, left = here, 2 * here + 1
        if left < last and _before(time, rank, left, least):
            least = left
        if left + 1 < last and _before(time, rank, left + 1, least):
            least = left + 1
        if least == here:
            return
        time[here], time[least] = time[least], time[here]
        rank[here], rank[least] = rank[least], rank[here]
        what[here], what[least] = what[least], what[here]
        here = least


def _start(
    i: int, s: int, now: float, duration: Floats, began: Floats, count: NDArray[np.int64], time: Floats,
    rank: NDArray[np.int64], what: NDArray[np.int64], state: NDArray[np.int64],
) -> None:
    """Begin the service of a party at a station; count[s] is busy, waiting, servers."""
    began[i, s] = now
    count[s, 0] += 1
    _note(time, rank, what, state, now + duration[i, s], ENDS, i * count.shape[0] + s)


def _join(
    i: int, s: int, c: int, now: float, duration: Floats, bears: Floats, impatient: bool, came: Floats, began: Floats,
    count: NDArray[np.int64], head: NDArray[np.int64], tail: NDArray[np.int64], after: NDArray[np.int64],
    time: Floats, rank: NDArray[np.int64], what: NDArray[np.int64], state: NDArray[np.int64],
) -> None:
    """Let a party of class c join a station: begin at once, or stand at the end of the line of its class."""
    came[i, s] = now
    if count[s, 0] < count[s, 2] and count[s, 1] == 0:
        _start(i, s, now, duration, began, count, time, rank, what, state)
        return
    after[i] = -1
    if tail[s, c] < 0:
        head[s, c] = i
    else:
        after[tail[s, c]] = i
    tail[s, c] = i
    count[s, 1] += 1
    if impatient and bears[i, s] < np.inf:
        _note(time, rank, what, state, max(now + bears[i, s], 0.0), GIVES_UP, i * count.shape[0] + s)


def _refresh(
    s: int, now: float, classes: NDArray[np.int8], low: int, room: Floats, duration: Floats, bears: Floats,
    impatient: bool, came: Floats, began: Floats, gone: Floats, count: NDArray[np.int64], head: NDArray[np.int64],
    tail: NDArray[np.int64], after: NDArray[np.int64], blocked: NDArray[np.int64], holds: NDArray[np.int64],
    time: Floats, rank: NDArray[np.int64], what: NDArray[np.int64], state: NDArray[np.int64],
) -> None:
    """Fill free servers from the line and free room from those blocked, at a station and at those before it."""
    for k in range(s, -1, -1):
        while True:
            if count[k, 0] < count[k, 2] and count[k, 1] > 0:
                c = 0
                while True:  # the first who still waits, in the first class that has one
                    i = head[k, c]
                    if i < 0:
                        c += 1
                        continue
                    head[k, c] = after[i]
                    if after[i] < 0:
                        tail[k, c] = -1
                    if gone[i, k] == np.inf:
                        break
                count[k, 1] -= 1
                _start(i, k, now, duration, began, count, time, rank, what, state)
            elif blocked[k, 0] >= 0 and (count[k, 0] < count[k, 2] or count[k, 1] < room[k]):
                i = blocked[k, 0]
                blocked[k, 0] = after[i]
                if after[i] < 0:
                    blocked[k, 1] = -1
                gone[i, holds[i]] = now
                count[holds[i], 0] -= 1
                _join(i, k, classes[i] - low, now, duration, bears, impatient, came, began, count, head, tail, after,
                      time, rank, what, state)  # fmt: skip
            else:
                break


def _pass(
    arrived: Floats, order: NDArray[np.int64], at: NDArray[np.int64], duration: Floats, classes: NDArray[np.int8],
    bears: Floats, impatient: bool, change_time: Floats, change: NDArray[np.int64], room: Floats,
    following: NDArray[np.int64], overflow: NDArray[np.int64], horizon: float, came: Floats, began: Floats,
    ended: Floats, gone: Floats, turned: NDArray[np.bool_],
) -> None:
    """Fill came, began, ended, gone and turned, event after event."""
    rows, many = came.shape
    low, high = 127, -128
    for i in range(rows):
        low, high = min(low, classes[i]), max(high, classes[i])
    head = np.full((many, max(high - low + 1, 1)), -1, dtype=np.int64)
    tail = head.copy()
    after = np.full(rows, -1, dtype=np.int64)
    blocked = np.full((many, 2), -1, dtype=np.int64)  # first and last of those blocked before a station
    holds = np.zeros(rows, dtype=np.int64)  # the station whose server a blocked party holds
    count = np.zeros((many, 3), dtype=np.int64)  # busy, waiting, servers
    size = rows * (many + 1 if impatient else 1) + 1
    time, rank, what = np.empty(size), np.empty(size, dtype=np.int64), np.empty(size, dtype=np.int64)
    state = np.zeros(2, dtype=np.int64)
    coming, changing = 0, 0
    while True:
        now, kind = horizon, 4
        if state[0] > 0 and time[0] < now:
            now, kind = time[0], rank[0] // 2**50
        if changing < change_time.size and (change_time[changing] < now or (change_time[changing] == now and kind > 1)):
            now, kind = change_time[changing], 1
        if coming < rows and arrived[order[coming]] < now:
            now, kind = arrived[order[coming]], 3
        if kind == 4 or now >= horizon:
            return
        i, s, enters = -1, -1, -1
        if kind == 1:
            s = change[changing, 0]
            count[s, 2] = change[changing, 1]
            changing += 1
        elif kind == 3:
            i = order[coming]
            coming += 1
            enters = at[i]
        else:
            i, s = what[0] // many, what[0] % many
            _strike(time, rank, what, state)
            if kind == GIVES_UP:
                if began[i, s] < np.inf:
                    continue
                gone[i, s] = now
                count[s, 1] -= 1
            else:
                ended[i, s] = now
                enters = following[s]
        if enters >= 0:
            while not (count[enters, 0] < count[enters, 2] or count[enters, 1] < room[enters] or now < 0.0):
                if overflow[enters] < 0:
                    break
                enters = overflow[enters]
            if count[enters, 0] < count[enters, 2] or count[enters, 1] < room[enters] or now < 0.0:
                _join(i, enters, classes[i] - low, now, duration, bears, impatient, came, began, count, head, tail,
                      after, time, rank, what, state)  # fmt: skip
            elif s < 0:
                turned[i] = True
            else:
                holds[i], after[i] = s, -1
                if blocked[enters, 1] < 0:
                    blocked[enters, 0] = i
                else:
                    after[blocked[enters, 1]] = i
                blocked[enters, 1] = i
                continue
        if kind == ENDS:
            gone[i, s] = now
            count[s, 0] -= 1
        if s >= 0:
            _refresh(s, now, classes, low, room, duration, bears, impatient, came, began, gone, count, head, tail,
                     after, blocked, holds, time, rank, what, state)  # fmt: skip


def run_diary(
    arrived: Floats, order: NDArray[np.int64], at: NDArray[np.int64], duration: Floats, classes: NDArray[np.int8],
    bears: Floats, impatient: bool, change_time: Floats, change: NDArray[np.int64], room: Floats,
    following: NDArray[np.int64], overflow: NDArray[np.int64], horizon: float, came: Floats, began: Floats,
    ended: Floats, gone: Floats, turned: NDArray[np.bool_],
) -> None:
    """Fill came, began, ended, gone and turned; columns are those that `pass_through` has checked."""
    kernel = compiled(_pass, _SIGNATURE, _before, _note, _strike, _start, _join, _refresh)
    kernel(arrived, order, at, duration, classes, bears, impatient, change_time, change, room, following, overflow,
           horizon, came, began, ended, gone, turned)  # fmt: skip
