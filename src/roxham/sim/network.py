"""Servers and the time that each party takes: one pool of rooms or desks, or several stations in a row.

Time is continuous, in days from the start of the run; nothing is served before time 0. The rules, exactly:

1. A station has a number of servers that may change from day to day. A party takes one server for its own
   duration. Where servers become fewer, those in service are finished; nobody is put out.
2. A free server takes the first of the line: the lowest class of priority, then the earliest to join the line.
   Nobody is interrupted. Who joins at the same time stands in the order of the rows.
3. A party that has waited as long as its patience and is not begun leaves the line and the network.
4. A station is full when no server is free and its waiting room is taken. Who finds it full goes to its overflow,
   a station further on. Where there is none, a party from outside is turned away, and a party that was served at a
   station before stays there, on its server, until there is room: the station before is *blocked*. The first to be
   blocked is the first to enter.
5. At one and the same time services end first, in the order in which they would have to be waited for (those begun
   first, first), then the number of servers changes, then patience ends, then parties arrive.
6. Arrivals before time 0 stand in line at time 0, in the order of their times, whatever the room.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from roxham.errors import RunError
from roxham.sim.diary import run_diary

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Station:
    """One station: how many servers on each day, how many may wait, and where those go who find it full.

    Attributes:
        servers: one number, or one for each day from day 0; the last holds ever after.
        room: how many may wait, the parties in service apart; infinite without a limit.
        overflow: number of a later station; None: see rule 4.
    """

    servers: int | NDArray[np.int32]
    room: float = np.inf
    overflow: int | None = None


@dataclass(frozen=True)
class Attended:
    """What the stations did, in days: one row per party, one column per station; infinite means never.

    Attributes:
        arrived: time of arrival from outside, as given.
        came: time of joining each station.
        began: time at which service began.
        ended: time at which service ended.
        gone: time of leaving the station; later than `ended` where the party was blocked.
        turned_away: whether a party found the stations full and went away.
        horizon: time at which the run ends.
    """

    arrived: Floats
    came: Floats
    began: Floats
    ended: Floats
    gone: Floats
    turned_away: NDArray[np.bool_]
    horizon: float

    @property
    def gave_up(self) -> NDArray[np.bool_]:
        """Whether each party left each station unserved, its patience at an end."""
        return np.isfinite(self.gone) & np.isinf(self.began)

    @property
    def waited(self) -> Floats:
        """Time in line at each station; infinite where service did not begin."""
        return np.where(np.isfinite(self.began), self.began - np.where(np.isfinite(self.came), self.came, 0.0), np.inf)

    def area(self) -> float:
        """The number of parties at all stations, integrated over the run from event to event."""
        came, gone = self.came[np.isfinite(self.came)], self.gone[np.isfinite(self.gone)]
        times = np.concatenate([np.clip(came, 0.0, self.horizon), np.clip(gone, 0.0, self.horizon), [self.horizon]])
        change = np.concatenate([np.ones(came.size), -np.ones(gone.size), [0.0]])
        order = np.argsort(times, kind="stable")
        here = np.cumsum(change[order])
        return float((here[:-1] * np.diff(times[order])).sum())

    def days_here(self) -> float:
        """Days that all parties together were at the stations within the run."""
        there = np.isfinite(self.came)
        until = np.minimum(self.gone[there], self.horizon)
        return float((until - np.clip(self.came[there], 0.0, self.horizon)).sum())


def attend(
    arrived: Floats,
    duration: Floats,
    servers: int | NDArray[np.int32],
    *,
    horizon: float,
    priority: NDArray[np.int8] | None = None,
    patience: float | Floats | None = None,
    room: float = np.inf,
) -> Attended:
    """Let one pool of servers attend to parties that each take a time of their own; by the rules above.

    Raises:
        RunError: if columns differ in length or are out of range.

    >>> import numpy as np
    >>> done = attend(np.array([0.0, 0.5, 0.75, 1.0]), np.array([2.0, 1.0, 4.0, 1.0]), 2, horizon=10.0, room=1)
    >>> done.began[:, 0].tolist(), done.turned_away.tolist()
    ([0.0, 0.5, 1.5, inf], [False, False, False, True])
    """
    return pass_through(
        arrived, duration[:, None], [Station(servers, room)], horizon=horizon, priority=priority, patience=patience)


def pass_through(
    arrived: Floats,
    duration: Floats,
    stations: Sequence[Station],
    *,
    horizon: float,
    at: NDArray[np.int64] | None = None,
    then: Sequence[int | None] | None = None,
    priority: NDArray[np.int8] | None = None,
    patience: float | Floats | None = None,
) -> Attended:
    """Pass parties through stations in a row, with blocking, overflow, priority and patience; by the rules above.

    Args:
        arrived: time of arrival of each party, in days from the start of the run.
        duration: time that each party takes at each station, shape (parties, stations).
        stations: in order; nobody goes back.
        horizon: time at which the run ends.
        at: the station at which each party arrives; None: the first.
        then: the station that follows on each, later in the list; None stands for none. Without it each leads to
            the next one, and the last out.
        priority: class of each party; the lowest number goes first.
        patience: longest wait of each party at a station: one number, or shape (parties, stations).

    Raises:
        RunError: if columns differ in length or are out of range, or a station leads backwards.

    >>> import numpy as np
    >>> row = pass_through(np.zeros(3), np.array([[1.0, 5.0], [1.0, 1.0], [1.0, 1.0]]),
    ...                    [Station(1), Station(1, room=0)], horizon=20.0)
    >>> row.ended[:, 0].tolist(), row.gone[:, 0].tolist(), row.gone[:, 1].tolist()
    ([1.0, 2.0, 7.0], [1.0, 6.0, 7.0], [6.0, 7.0, 8.0])
    """
    many = len(stations)
    start = np.zeros(arrived.size, dtype=np.int64) if at is None else np.asarray(at, dtype=np.int64)
    classes = np.zeros(arrived.size, dtype=np.int8) if priority is None else np.asarray(priority, dtype=np.int8)
    leads = [*range(1, many), None] if then is None else then
    following = np.array([-1 if k is None else k for k in leads], dtype=np.int64)
    overflow = np.array([-1 if s.overflow is None else s.overflow for s in stations], dtype=np.int64)
    bears = np.asarray(np.inf if patience is None else patience, dtype=np.float64)
    bears = bears[:, None] if bears.ndim == 1 else bears
    _check(arrived, duration, stations, start, classes, following, overflow, bears)
    order = np.arange(arrived.size) if bool(np.all(np.diff(arrived) >= 0)) else np.argsort(arrived, kind="stable")
    times, numbers = _changes(stations)
    came, began, ended, gone = (np.full((arrived.size, many), np.inf) for _ in range(4))
    turned = np.zeros(arrived.size, dtype=np.bool_)
    run_diary(
        np.array(arrived, dtype=np.float64), order, start, np.array(duration, dtype=np.float64, order="C"),
        np.ascontiguousarray(classes), np.array(np.broadcast_to(bears, (arrived.size, many)), order="C"),
        patience is not None, times, numbers, np.array([s.room for s in stations], dtype=np.float64), following,
        overflow, float(horizon), came, began, ended, gone, turned)
    return Attended(np.asarray(arrived, dtype=np.float64), came, began, ended, gone, turned, float(horizon))


def _check(
    arrived: Floats, duration: Floats, stations: Sequence[Station], start: NDArray[np.int64],
    classes: NDArray[np.int8], following: NDArray[np.int64], overflow: NDArray[np.int64], bears: Floats,
) -> None:
    """One error that lists every problem of the columns."""
    rows, many = arrived.size, len(stations)
    problems: list[str] = []
    if arrived.ndim != 1 or duration.shape != (rows, many):
        problems.append(f"duration has shape {duration.shape}; {rows} parties pass {many} stations")
    for name, shape in (("at", start.shape), ("priority", classes.shape)):
        if shape != (rows,):
            problems.append(f"{name} has shape {shape}; {rows} parties were given")
    if bears.ndim and bears.shape not in ((rows, 1), (rows, many)):
        problems.append(f"patience has shape {bears.shape}; {rows} parties pass {many} stations")
    for name, column in (("arrived", arrived), ("duration", duration)):
        if not bool(np.all(np.isfinite(column))):
            problems.append(f"{name} must be finite")
    if bool(np.any(duration < 0)) or not bool(np.all(bears >= 0)):
        problems.append("duration and patience must be 0 or more")
    if following.shape != (many,):
        problems.append(f"then has {following.size} entries for {many} stations")
    if start.size and not 0 <= int(start.min()) <= int(start.max()) < many:
        problems.append(f"at goes from {start.min()} to {start.max()}; there are {many} stations")
    for name, to in (("then", following), ("overflow", overflow)):
        problems += [f"{name} of station {k} is {s}: it must be a later station"
                     for k, s in enumerate(to.tolist()) if s >= 0 and not k < s < many]  # fmt: skip
    for k, station in enumerate(stations):
        numbers = np.asarray(station.servers)
        if numbers.ndim > 1 or not numbers.size or int(numbers.min()) < 0 or not station.room >= 0:
            problems.append(f"station {k} needs 0 servers or more on every day, and room for 0 or more")
    if problems:
        raise RunError(problems)


def _changes(stations: Sequence[Station]) -> tuple[Floats, NDArray[np.int64]]:
    """When the number of servers of a station changes: times, and rows of station and number, by time."""
    rows = []
    for k, station in enumerate(stations):
        numbers = np.atleast_1d(np.asarray(station.servers, dtype=np.int64))
        days = np.flatnonzero(np.diff(numbers, prepend=-1))
        rows.append(np.stack([days, np.full(days.size, k), numbers[days]], axis=1))
    found = np.concatenate(rows)
    found = found[np.lexsort((found[:, 1], found[:, 0]))]
    return found[:, 0].astype(np.float64), np.ascontiguousarray(found[:, 1:])
