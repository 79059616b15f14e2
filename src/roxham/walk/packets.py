"""People as packets: who settles for the night, who spends it on a link, who waits to decide, and how to find them.

Packets that differ only within a step of recent travel or of km are merged, and the merged packet keeps the numbers of
one of them, drawn by how many people each has. So nobody's chances change, whatever the steps; only who goes where
together does. (Means of the two would be less noisy and are wrong: whoever is forced on, or arrives tonight, is decided
by a threshold.)
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from roxham.walk.draws import open_stream, word
from roxham.walk.machine import inlined, machine_code
from roxham.walk.state import FINE_KM, FINE_RECENT, KM_STEPS, MANY, RECENT_STEPS, State
from roxham.walk.tables import Law, Tables

__all__ = ["DECIDED", "FULL", "LEFT", "LOOKS", "MOVED", "NIGHT", "NOW", "SET_OUT", "SINCE", "TONIGHT", "UNLINKED",
           "WAITING", "add_to_list", "clear", "end_day", "rest_with", "settle", "stay_on_link", "wait_to_decide"]

Dice = NDArray[np.uint64]

NIGHT, LEFT, SET_OUT, TONIGHT, NOW = 0, 1, 2, 3, 4  # the lists of packets
# More of `used`: rows that wait, the stamp, whether a list was too short, packets that decided, people who moved, and
# how often camps were looked at.
WAITING, SINCE, FULL, DECIDED, MOVED, LOOKS = 5, 6, 7, 8, 9, 10
UNLINKED = -2
NIGHTFALL = 136  # the phase of a day in which those who rest are merged
KEY, STAMP, ROW = 0, 1, 2  # the columns of `found`
KMS = 1 << 22  # more than the steps of km in a key
FINE = 1 << 21  # the first fine step
MOST_TURNS = 1 << 10  # of one packet to decide on one day, each with random numbers of its own
_MIX = np.uint64(0x9E3779B97F4A7C15)
_DROP = np.uint64(20)
_WORDS = 2.0**32


@inlined
def _keep_new(dice: Dice, people: int, of: int) -> bool:
    """Draw whether a merged packet keeps the numbers of those who came last, by how many of it they are."""
    return bool(np.float64(word(dice)) * of < people * _WORDS)


@inlined
def _bin_of(state: State, recent: float, many: bool) -> int:
    """Return the bin of recent travel."""
    if state.rest.shape[2] == 1:
        return 0
    if many:
        return RECENT_STEPS + min(int(recent * FINE_RECENT), FINE_RECENT - 1)
    return min(int(recent * RECENT_STEPS), RECENT_STEPS - 1)


@inlined
def _km_of(law: Law, km: float, people: int) -> int:
    """Return the step of some km in a key."""
    if people >= MANY:
        return FINE + int(km * FINE_KM) % FINE
    return int(km / law.max_speed * KM_STEPS) % FINE


@inlined
def _find(state: State, table: int, key: int) -> int:
    """Return the slot of a key, or of where it would stand."""
    slots = state.found.shape[1]
    at: int = int((np.uint64(key) * _MIX) >> _DROP) & (slots - 1)
    since = state.used[SINCE]
    while state.found[table, at, STAMP] == since and state.found[table, at, KEY] != key:
        at = (at + 1) & (slots - 1)
    return at


@inlined
def add_to_list(state: State, which: int, leg: int, kind: int, people: int, km: float, today: float,
                recent: float) -> None:
    """Put a packet at the end of a list."""
    row = state.used[which]
    if row >= state.leg.shape[1]:
        state.used[FULL] = 1
        return
    state.used[which] = row + 1
    state.leg[which, row, 0], state.leg[which, row, 1], state.leg[which, row, 2] = leg, kind, people
    state.far[which, row, 0], state.far[which, row, 1], state.far[which, row, 2] = km, today, recent


@inlined
def settle(law: Law, state: State, dice: Dice, place: int, stand: int, kind: int, recent: float, today: float,
           people: int) -> None:
    """Let people stay for the night where they are."""
    if people <= 0:
        return
    state.here[place] += people
    state.came[place] += people
    recent = 0.5 * (recent + today / law.max_speed) if law.force_short else 0.0
    b = _bin_of(state, recent, people >= MANY)
    before = state.come[stand, kind, b]
    state.come[stand, kind, b] = before + people
    if before == 0 or (law.force_short and _keep_new(dice, people, before + people)):
        state.come_recent[stand, kind, b] = recent


@inlined
def stay_on_link(law: Law, state: State, dice: Dice, leg: int, kind: int, people: int, km: float, today: float,
                 recent: float) -> None:
    """Let people spend the night on a link, together with those who are as far on it."""
    recent = 0.5 * (recent + today / law.max_speed) if law.force_short else 0.0
    b = _bin_of(state, recent, people >= MANY)
    key = ((leg * state.rest.shape[1] + kind) * state.rest.shape[2] + b) * KMS + _km_of(law, km, people)
    at = _find(state, 1, key)
    if state.found[1, at, STAMP] != state.used[SINCE]:
        state.found[1, at, STAMP], state.found[1, at, KEY] = state.used[SINCE], key
        state.found[1, at, ROW] = state.used[TONIGHT]
        add_to_list(state, TONIGHT, leg, kind, people, km, 0.0, recent)
        return
    row = state.found[1, at, ROW]
    state.leg[TONIGHT, row, 2] += people
    if km == state.far[TONIGHT, row, 0] and recent == state.far[TONIGHT, row, 2]:
        return
    if _keep_new(dice, people, state.leg[TONIGHT, row, 2]):
        state.far[TONIGHT, row, 0], state.far[TONIGHT, row, 2] = km, recent


@inlined
def wait_to_decide(law: Law, state: State, dice: Dice, stand: int, kind: int, people: int, today: float,
                   recent: float) -> None:
    """Let people who have arrived with some of the day left wait for their turn to decide."""
    b = _bin_of(state, recent, people >= MANY)
    if law.force_short and people < MANY and recent + today / law.max_speed >= 1.0:  # nothing forces them on today
        b = state.rest.shape[2] - 1
    key = ((stand * state.rest.shape[1] + kind) * state.rest.shape[2] + b) * KMS + _km_of(law, today, people)
    at = _find(state, 0, key)
    if state.found[0, at, STAMP] != state.used[SINCE]:
        row = state.used[WAITING]
        if row >= state.wait.shape[0]:
            state.used[FULL] = 1
            return
        state.used[WAITING] = row + 1
        state.found[0, at, STAMP], state.found[0, at, KEY], state.found[0, at, ROW] = state.used[SINCE], key, row
        state.wait[row, 0], state.wait[row, 1] = stand, kind
        state.wait[row, 3], state.wait[row, 4] = UNLINKED, key * MOST_TURNS
    row = state.found[0, at, ROW]
    if state.wait[row, 3] == UNLINKED:
        km = int(today / law.max_speed * KM_STEPS)
        state.wait[row, 2], state.wait[row, 3] = people, state.head[km]
        state.head[km] = row
        state.waited[row, 0], state.waited[row, 1] = today, recent
        return
    state.wait[row, 2] += people
    if today == state.waited[row, 0] and recent == state.waited[row, 1]:
        return
    if _keep_new(dice, people, state.wait[row, 2]):
        state.waited[row, 0], state.waited[row, 1] = today, recent


@inlined
def rest_with(state: State, dice: Dice, stand: int, kind: int, b: int, people: int, recent: float) -> None:
    """Let people rest with those of their bin."""
    before = state.rest[stand, kind, b]
    state.rest[stand, kind, b] = before + people
    if before == 0 or (recent != state.rest_recent[stand, kind, b] and _keep_new(dice, people, before + people)):
        state.rest_recent[stand, kind, b] = recent


@machine_code
def end_day(state: State, dice: Dice, day: int) -> None:
    """End a day: a night of rest halves recent travel, those who came today rest from now on, and lists move up."""
    stands, kinds, bins = state.rest.shape
    for stand in range(stands):
        for kind in range(kinds):
            total = 0
            open_stream(dice, day, NIGHTFALL, stand * kinds + kind)
            for b in range(bins):
                people = state.rest[stand, kind, b]
                if people > 0:
                    state.rest[stand, kind, b] = 0
                    recent = 0.5 * state.rest_recent[stand, kind, b]
                    rest_with(state, dice, stand, kind, _bin_of(state, recent, b >= RECENT_STEPS), people, recent)
                    total += people
            for b in range(bins):
                people = state.come[stand, kind, b]
                if people > 0:
                    rest_with(state, dice, stand, kind, b, people, state.come_recent[stand, kind, b])
                    state.come[stand, kind, b] = 0
                    total += people
            state.resting[stand, kind] = total
    for row in range(state.used[TONIGHT]):
        for column in range(3):
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
                state.rest_recent[stand, kind, b] = state.come_recent[stand, kind, b] = 0.0
    for place in range(state.here.shape[0]):
        state.here[place] = state.bound[place] = state.left[place] = 0
        state.came[place] = state.came_before[place] = 0
        state.people[place] = tables.people[place]
    for km in range(state.head.shape[0]):
        state.head[km] = -1
    for which in range(WAITING + 1):
        state.used[which] = 0
    state.used[FULL] = state.used[DECIDED] = state.used[MOVED] = 0
