"""People as packets: who settles for the night, who spends it on a link, who waits to decide, and how to find them."""

from __future__ import annotations

import math

import numpy as np

from roxham.walk.machine import inlined, machine_code
from roxham.walk.state import KM_STEPS, LEAST, PER_OCTAVE, State
from roxham.walk.tables import Law, Tables

__all__ = ["DECIDED", "FULL", "LEFT", "LOOKS", "MOVED", "NIGHT", "NOW", "SET_OUT", "SINCE", "TONIGHT", "UNLINKED",
           "WAITING", "add_to_list", "bin_of", "clear", "end_day", "settle", "stay_on_link", "wait_to_decide"]

NIGHT, LEFT, SET_OUT, TONIGHT, NOW = 0, 1, 2, 3, 4  # the lists of packets
# More of `used`: rows that wait, the stamp, whether a list was too short, packets that decided, people who moved, and
# how often camps were looked at.
WAITING, SINCE, FULL, DECIDED, MOVED, LOOKS = 5, 6, 7, 8, 9, 10
UNLINKED = -2
_MIX = np.uint64(0x9E3779B97F4A7C15)
_DROP = np.uint64(20)


@inlined
def bin_of(state: State, recent: float) -> int:
    """Return the bin of somebody's recent travel."""
    bins = state.rest.shape[2]
    if bins == 1 or recent < LEAST:
        return 0
    found = 1 + int(PER_OCTAVE * math.log2(recent / LEAST))
    return found if found < bins else bins - 1


@inlined
def _find(state: State, table: int, key: int) -> int:
    """Return the slot of a key, or of where it would stand."""
    slots = state.key.shape[1]
    at: int = int((np.uint64(key) * _MIX) >> _DROP) & (slots - 1)
    since = state.used[SINCE]
    while state.stamp[table, at] == since and state.key[table, at] != key:
        at = (at + 1) & (slots - 1)
    return at


@inlined
def add_to_list(state: State, which: int, leg: int, kind: int, b: int, people: int, km: float, today: float,
                recent: float) -> None:
    """Put a packet at the end of a list."""
    row = state.used[which]
    if row >= state.leg.shape[1]:
        state.used[FULL] = 1
        return
    state.used[which] = row + 1
    state.leg[which, row, 0], state.leg[which, row, 1] = leg, kind
    state.leg[which, row, 2], state.leg[which, row, 3] = b, people
    state.far[which, row, 0], state.far[which, row, 1], state.far[which, row, 2] = km, today, recent


@inlined
def settle(law: Law, state: State, place: int, stand: int, kind: int, recent: float, today: float, people: int) -> None:
    """Let people stay for the night where they are."""
    if people <= 0:
        return
    state.here[place] += people
    state.came[place] += people
    mean = 0.5 * (recent + today / law.max_speed) if law.force_short else 0.0
    b = bin_of(state, mean)
    before = state.come[stand, kind, b]
    state.come[stand, kind, b] = before + people
    state.come_mean[stand, kind, b] += (mean - state.come_mean[stand, kind, b]) * people / (before + people)


@inlined
def stay_on_link(law: Law, state: State, leg: int, kind: int, people: int, km: float, today: float,
                  recent: float) -> None:
    """Let people spend the night on a link, together with those who are as far on it."""
    mean = 0.5 * (recent + today / law.max_speed) if law.force_short else 0.0
    b = bin_of(state, mean)
    bins, kinds = state.rest.shape[2], state.rest.shape[1]
    key = ((leg * kinds + kind) * bins + b) * 4_194_304 + int(km * 64.0) % 4_194_304
    at = _find(state, 1, key)
    if state.stamp[1, at] != state.used[SINCE]:
        state.stamp[1, at], state.key[1, at], state.slot[1, at] = state.used[SINCE], key, state.used[TONIGHT]
        add_to_list(state, TONIGHT, leg, kind, b, people, km, 0.0, mean)
        return
    row = state.slot[1, at]
    state.leg[TONIGHT, row, 3] += people
    part = people / state.leg[TONIGHT, row, 3]
    state.far[TONIGHT, row, 0] += (km - state.far[TONIGHT, row, 0]) * part
    state.far[TONIGHT, row, 2] += (mean - state.far[TONIGHT, row, 2]) * part


@inlined
def wait_to_decide(law: Law, state: State, stand: int, kind: int, b: int, people: int, today: float,
                   recent: float) -> None:
    """Let people who have arrived with some of the day left wait for their turn to decide."""
    km = int(today / law.max_speed * KM_STEPS)
    if law.force_short and recent + today / law.max_speed >= 1.0:  # nothing forces them on today
        b = state.rest.shape[2] - 1
    key = ((stand * state.rest.shape[1] + kind) * state.rest.shape[2] + b) * state.head.shape[0] + km
    at = _find(state, 0, key)
    if state.stamp[0, at] != state.used[SINCE]:
        row = state.used[WAITING]
        if row >= state.wait.shape[0]:
            state.used[FULL] = 1
            return
        state.used[WAITING] = row + 1
        state.stamp[0, at], state.key[0, at], state.slot[0, at] = state.used[SINCE], key, row
        state.wait[row, 3], state.wait[row, 4] = 0, UNLINKED
        state.wait[row, 0], state.wait[row, 1], state.wait[row, 2] = stand, kind, b
    row = state.slot[0, at]
    if state.wait[row, 4] == UNLINKED:
        state.wait[row, 3], state.wait[row, 4] = 0, state.head[km]
        state.head[km] = row
        state.waited[row, 0], state.waited[row, 1] = today, recent
    state.wait[row, 3] += people
    part = people / state.wait[row, 3]
    state.waited[row, 0] += (today - state.waited[row, 0]) * part
    state.waited[row, 1] += (recent - state.waited[row, 1]) * part


@inlined
def _merge(state: State, stand: int, kind: int, b: int, people: int, mean: float) -> None:
    before = state.rest[stand, kind, b]
    state.rest[stand, kind, b] = before + people
    if before == 0:
        state.rest_mean[stand, kind, b] = mean
    else:
        state.rest_mean[stand, kind, b] += (mean - state.rest_mean[stand, kind, b]) * people / (before + people)


@machine_code
def end_day(state: State) -> None:
    """End a day: a night of rest halves recent travel, those who came today rest from now on, and lists move up."""
    stands, kinds, bins = state.rest.shape
    for stand in range(stands):
        for kind in range(kinds):
            total = 0
            for b in range(bins):
                people = state.rest[stand, kind, b]
                if people > 0 and b > 0:
                    state.rest[stand, kind, b] = 0
                    mean = 0.5 * state.rest_mean[stand, kind, b]
                    _merge(state, stand, kind, bin_of(state, mean), people, mean)
                elif people > 0:
                    state.rest_mean[stand, kind, 0] *= 0.5
                total += people
            for b in range(bins):
                people = state.come[stand, kind, b]
                if people > 0:
                    _merge(state, stand, kind, b, people, state.come_mean[stand, kind, b])
                    state.come[stand, kind, b], state.come_mean[stand, kind, b] = 0, 0.0
                    total += people
            state.resting[stand, kind] = total
    for row in range(state.used[TONIGHT]):
        for column in range(4):
            state.leg[NIGHT, row, column] = state.leg[TONIGHT, row, column]
        for column in range(3):
            state.far[NIGHT, row, column] = state.far[TONIGHT, row, column]
    state.used[NIGHT] = state.used[TONIGHT]


@machine_code
def clear(tables: Tables, state: State) -> None:
    """Take everybody out of a state; stamps and looks go on counting, so nothing noted before is found again."""
    stands, kinds, bins = state.rest.shape
    for stand in range(stands):
        for kind in range(kinds):
            state.resting[stand, kind] = 0
            for b in range(bins):
                state.rest[stand, kind, b] = state.come[stand, kind, b] = state.going[stand, kind, b] = 0
                state.rest_mean[stand, kind, b] = state.come_mean[stand, kind, b] = 0.0
    for place in range(state.here.shape[0]):
        state.here[place] = state.bound[place] = state.left[place] = 0
        state.came[place] = state.came_before[place] = 0
        state.people[place] = tables.people[place]
    for km in range(state.head.shape[0]):
        state.head[km] = -1
    for which in range(WAITING + 1):
        state.used[which] = 0
    state.used[FULL] = state.used[DECIDED] = state.used[MOVED] = 0
