"""Where people go who leave a place: the weights of its routes, the split over them, and who is turned away."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from roxham.walk.draws import binomial, open_stream, uniform, word
from roxham.walk.machine import inlined, machine_code
from roxham.walk.packets import LOOKS, add_to_list
from roxham.walk.state import State
from roxham.walk.tables import Law, Tables

__all__ = ["leave", "look", "room_of", "share_out", "turned_away", "weigh"]

Dice = NDArray[np.uint64]

WITHOUT_END = 1 << 62
LOOK = 134  # the phase of a day for looks at camps
MOST_BY_ONE = 64  # leavers up to whom the moment of each is drawn
BY_PERSON = 12  # people up to whom each draws for themselves
_WORD = 2.0**-32


@machine_code
def look(tables: Tables, law: Law, state: State, dice: Dice, day: int, travelling: bool) -> None:
    """Note how each camp looks: its room, and the share of comers whom it turns away.

    Those who leave a camp this morning (`left`) are gone already for people outside camps (row 0): in Flee's order
    those who were there first come first, and people in camps have been there longer. For people in other camps
    (row 1) they leave at moments taken by chance. While people are `travelling`, those who choose a camp and reach it
    at once fill it one by one.
    """
    state.used[LOOKS] += 1
    for place in range(state.here.shape[0]):
        capacity = tables.capacity[day, place]
        state.takes[place] = WITHOUT_END
        for row in range(2):
            state.room[row, place], state.refused[row, place] = 1.0, 0.0
        if capacity < 1.0:
            continue
        left = state.left[place]
        people = state.here[place] - left
        if law.buffer >= 1.0:
            full = 1.0 if people >= capacity else 0.0
            for row in range(2):
                state.room[row, place], state.refused[row, place] = 1.0 - full, full
            continue
        state.room[0, place] = room_of(law, capacity, float(people))
        state.room[1, place] = room_of(law, capacity, people + 0.5 * left)
        most = np.int64((1.0 - law.refuse_below * (1.0 - law.buffer)) * capacity) + 1
        while most > 0 and room_of(law, capacity, float(most)) < law.refuse_below:
            most -= 1
        if people > most:
            state.refused[0, place] = state.refused[1, place] = 1.0
        elif travelling:
            state.takes[place] = most + 1 - people
        elif people + left > most:
            open_stream(dice, day, LOOK, place)
            state.refused[1, place] = _until(dice, people + left - most, left)


@machine_code
def _until(dice: Dice, which: int, of: int) -> float:
    """Return how much of a morning has passed when some number of those who leave in it has left."""
    if of > MOST_BY_ONE:
        return which / (of + 1.0)
    passed = 1.0  # the moments of leaving, from the last to the one wanted: each a uniform share of the one after it
    for later in range(of, which - 1, -1):
        passed *= uniform(dice) ** (1.0 / later)
    return passed


@inlined
def room_of(law: Law, capacity: float, people: float) -> float:
    """Return the room of a camp: 1 up to a share of its capacity, then ever less, 0 when it is full."""
    if people <= law.buffer * capacity:
        return 1.0
    if people >= capacity:
        return 0.0
    return 1.0 - (people - law.buffer * capacity) / (capacity * (1.0 - law.buffer))


@machine_code
def weigh(tables: Tables, law: Law, state: State, day: int, place: int, kind: int) -> None:
    """Note the sums of the weights of a place's routes, up to each, as they are until somebody looks again."""
    first, last = tables.first[place], tables.first[place + 1]
    spell, row = tables.spell[day], 1 if tables.is_camp[day, place] else 0
    like = kind >> 1 if law.on_foot_first else kind
    best = 0.0
    for k in range(first, last):
        weight = tables.weight[like, spell, k]
        if weight > 0.0 and law.room_weighs:
            room = state.room[row, tables.end[k]]
            if room < 1.0:
                weight *= room if law.weight_power == 1.0 else room**law.weight_power
        best = max(best, weight)
        state.sums[kind, k] = weight
    least = best / law.keep_above if law.keep_above > 1.001 else 0.0
    total = 0.0
    for k in range(first, last):
        weight = state.sums[kind, k]
        if weight >= least and weight > 0.0:
            total += weight
        elif best <= 0.0 and weight >= 0.0:  # nothing draws anybody: any open route
            total += 1.0
        state.sums[kind, k] = total
    state.summed[kind, place] = state.used[LOOKS]


@inlined
def share_out(state: State, dice: Dice, people: int, kind: int, first: int, routes: int) -> None:
    """Split people over a place's routes by the sums of their weights, into `counts`."""
    total = state.sums[kind, first + routes - 1]
    for k in range(routes):
        state.counts[k] = 0
    if people <= BY_PERSON:
        for _ in range(people):
            drawn = (np.float64(word(dice)) + 0.5) * _WORD * total
            taken = 0
            for k in range(routes - 1):  # all are compared: a loop that may end early costs more than it saves
                taken += drawn >= state.sums[kind, first + k]
            state.counts[taken] += 1
        return
    left, before, last = people, 0.0, 0
    for k in range(routes):
        weight = state.sums[kind, first + k] - before
        if weight > 0.0 and left > 0:
            taken = binomial(dice, left, min(weight / (total - before), 1.0))
            state.counts[k] = taken
            left -= taken
            last = k
        before = state.sums[kind, first + k]
    state.counts[last] += left  # rounding: the sums do not add up to the last digit


@inlined
def turned_away(tables: Tables, law: Law, state: State, dice: Dice, day: int, place: int, leg: int, end: int,
                people: int) -> int:
    """Return how many of those who would take a leg from one place towards another are turned away by that."""
    if not tables.is_camp[day, end]:
        return 0
    share = state.refused[1 if tables.is_camp[day, place] else 0, end]
    refused = binomial(dice, people, share) if share > 0.0 else 0
    link = tables.leg_link[leg]
    if state.takes[end] < WITHOUT_END and tables.link_end[link] == end and tables.speed[link] > tables.km[link]:
        refused = max(refused, people - state.takes[end])
        state.takes[end] -= people - refused
    capacity = tables.capacity[day, end]
    if law.hold and capacity >= 1.0:
        room = max(int(capacity) - state.here[end] - state.bound[end], 0)
        refused = max(refused, people - room)
    return refused


@inlined
def leave(tables: Tables, law: Law, state: State, dice: Dice, day: int, stand: int, kind: int, people: int,
          today: float, recent: float, into: int) -> int:
    """Put people who leave a stand into a list of packets; return how many are turned away and stay."""
    place = tables.stand_place[stand]
    if stand != place:  # they have a plan
        leg, end = tables.stand_leg[stand], tables.stand_end[stand]
        refused = people
        if tables.is_open[day, tables.leg_link[leg]]:
            state.bound[end] -= people
            refused = turned_away(tables, law, state, dice, day, place, leg, end, people)
            state.bound[end] += people
        if people > refused:
            add_to_list(state, into, leg, kind, people - refused, 0.0, today, recent)
        state.bound[end] -= refused
        return refused
    first, routes = tables.first[place], tables.first[place + 1] - tables.first[place]
    if routes == 0:
        return people
    if state.summed[kind, place] != state.used[LOOKS]:
        weigh(tables, law, state, day, place, kind)
    if state.sums[kind, first + routes - 1] <= 0.0:
        return people
    share_out(state, dice, people, kind, first, routes)
    stayed = 0
    for k in range(routes):
        count = state.counts[k]
        if count == 0:
            continue
        end = tables.end[first + k]
        refused = turned_away(tables, law, state, dice, day, place, tables.leg[first + k], end, count)
        stayed += refused
        if count > refused:
            state.bound[end] += count - refused
            add_to_list(state, into, tables.leg[first + k], kind, count - refused, 0.0, today, recent)
    return stayed
