"""Move counts of people through their days: the same law of all totals as if each person drew for themselves.

People who share a stand, a kind and a bin of recent travel are exchangeable, so a morning splits their number by exact
binomial and multinomial draws. Those who arrive with some of the day left wait, by the km that they have done, and
decide again in the order of those km: then all who did as many km to the same place are one packet. The cost is that
of the occupied cells, not of the people.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from roxham.walk.draws import binomial, open_stream, word
from roxham.walk.machine import inlined, machine_code
from roxham.walk.state import LEAST, PER_OCTAVE, State
from roxham.walk.tables import Law, Tables

__all__ = ["MOST_PARTS", "run_one"]

Dice = NDArray[np.uint64]
Whole = NDArray[np.int64]

NIGHT, LEFT, SET_OUT, TONIGHT = 0, 1, 2, 3  # the lists of packets
WAITING, SINCE, FULL = 4, 5, 6  # further entries of `used`: rows that wait, the stamp, whether a list was too short
DECIDE, CHOOSE, BEGIN, APPEAR, BEGIN_AT, PART, SHARE = 0, 1, 2, 3, 4, 5, 70  # phases of a day; parts count up from PART and SHARE
BY_PERSON = 12  # people up to whom each draws for themselves
UNLINKED = -2
MOST_PARTS = 64
MOST_WAITS = 200_000  # packets that decide on the way on one day, above which everybody stays (links of no length)
_WORD = 2.0**-32
_MIX = np.uint64(0x9E3779B97F4A7C15)


@inlined
def _bin(state: State, recent: float) -> int:
    """Return the bin of somebody's recent travel."""
    if state.rest.shape[2] == 1 or recent < LEAST:
        return 0
    found = 1 + int(PER_OCTAVE * math.log2(recent / LEAST))
    return min(found, state.rest.shape[2] - 1)


@inlined
def _find(state: State, table: int, key: int) -> int:
    """Return the slot of a key, or of where it would stand."""
    slots = state.key.shape[1]
    at = np.int64((np.uint64(key) * _MIX) >> np.uint64(20)) & (slots - 1)
    since = state.used[SINCE]
    while state.stamp[table, at] == since and state.key[table, at] != key:
        at = (at + 1) & (slots - 1)
    return at


@inlined
def _settle(law: Law, state: State, place: int, stand: int, kind: int, recent: float, today: float, people: int) -> None:
    """Let people stay for the night where they are."""
    if people <= 0:
        return
    state.here[place] += people
    mean = 0.5 * (recent + today / law.max_speed) if law.force_short else 0.0
    b = _bin(state, mean)
    before = state.come[stand, kind, b]
    state.come[stand, kind, b] = before + people
    state.come_mean[stand, kind, b] += (mean - state.come_mean[stand, kind, b]) * people / (before + people)


@inlined
def _list(state: State, which: int, leg: int, kind: int, b: int, people: int, km: float, today: float,
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


@machine_code
def _stay_on_link(law: Law, state: State, leg: int, kind: int, people: int, km: float, today: float,
                  recent: float) -> None:
    """Let people spend the night on a link, together with those who are as far on it."""
    mean = 0.5 * (recent + today / law.max_speed) if law.force_short else 0.0
    b = _bin(state, mean)
    bins, kinds = state.rest.shape[2], state.rest.shape[1]
    key = ((leg * kinds + kind) * bins + b) * 4_194_304 + int(km * 64.0) % 4_194_304
    at = _find(state, 1, key)
    if state.stamp[1, at] != state.used[SINCE]:
        state.stamp[1, at], state.key[1, at], state.slot[1, at] = state.used[SINCE], key, state.used[TONIGHT]
        _list(state, TONIGHT, leg, kind, b, people, km, 0.0, mean)
        return
    row = state.slot[1, at]
    state.leg[TONIGHT, row, 3] += people
    part = people / state.leg[TONIGHT, row, 3]
    state.far[TONIGHT, row, 0] += (km - state.far[TONIGHT, row, 0]) * part
    state.far[TONIGHT, row, 2] += (mean - state.far[TONIGHT, row, 2]) * part


@machine_code
def _wait(state: State, stand: int, kind: int, b: int, people: int, today: float, recent: float) -> None:
    """Let people who have arrived with some of the day left wait for their turn to decide."""
    km = int(today)
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


@machine_code
def _go(tables: Tables, law: Law, state: State, leg: int, kind: int, b: int, people: int, km: float, today: float,
        recent: float, speed: float) -> None:
    """Let people walk on a leg at a speed: they spend the night on it, come back, stay at its end or decide again."""
    legs = tables.leg_link.shape[0]
    turned_back = leg >= legs
    plain = leg - legs if turned_back else leg
    link = tables.leg_link[plain]
    step = speed if law.fresh_allowance else max(speed - today, 0.0)
    km, today = km + step, today + step
    length = tables.km[link]
    if not (km > length if law.beyond else km >= length):
        _stay_on_link(law, state, leg, kind, people, km, today, recent)
        return
    today = max(today - (km - length), 0.0)
    stand = tables.leg_stand[plain]
    if turned_back:
        place = tables.link_start[link]
        state.bound[tables.stand_end[stand]] -= people
        _settle(law, state, place, place, kind, recent, today, people)
        return
    if law.on_foot_first:
        kind = kind & ~1
    place = tables.stand_place[stand]
    if stand == place:
        state.bound[place] -= people
    if today < speed:
        _wait(state, stand, kind, b, people, today, recent)
    else:
        _settle(law, state, place, stand, kind, recent, today, people)


@machine_code
def _travel(tables: Tables, law: Law, state: State, dice: Dice, leg: int, kind: int, b: int, people: int, km: float,
            today: float, recent: float) -> None:
    """Let people who are on a leg walk today, at their speed."""
    legs = tables.leg_link.shape[0]
    link = tables.leg_link[leg - legs if leg >= legs else leg]
    speed = tables.speed[link]
    if law.on_foot_first and kind & 1:
        speed = law.walk_speed
    on_foot = tables.on_foot[link]
    walking = binomial(dice, people, on_foot) if on_foot > 0.0 else 0
    if walking > 0:
        _go(tables, law, state, leg, kind, b, walking, km, today, recent, law.walk_speed)
    if people > walking:
        _go(tables, law, state, leg, kind, b, people - walking, km, today, recent, speed)


@machine_code
def _weigh(tables: Tables, law: Law, state: State, day: int, place: int, kind: int) -> float:
    """Fill the scratch with the sums of the weights of a place's routes, up to each, and return the whole sum."""
    first, last = tables.first[place], tables.first[place + 1]
    spell = tables.spell[day]
    like = kind >> 1 if law.on_foot_first else kind
    best, total, open_routes = 0.0, 0.0, 0
    for k in range(first, last):
        weight = tables.weight[like, spell, k]
        if weight >= 0.0:
            open_routes += 1
            if law.room_weighs:
                room = state.room[tables.end[k]]
                if room < 1.0:
                    weight *= room if law.weight_power == 1.0 else room**law.weight_power
            best = max(best, weight)
        state.scratch[1, k - first] = weight
    least = best / law.keep_above if law.keep_above > 1.001 else 0.0
    for k in range(last - first):
        weight = state.scratch[1, k]
        if weight >= least and weight > 0.0:
            total += weight
        elif best <= 0.0 and weight >= 0.0:  # nothing draws anybody: any open route
            total += 1.0
        state.scratch[0, k] = total
    return total


@machine_code
def _share_out(state: State, dice: Dice, people: int, routes: int, total: float) -> None:
    """Split people over routes by the sums in the scratch, into `counts`."""
    for k in range(routes):
        state.counts[k] = 0
    if people <= BY_PERSON:
        for _ in range(people):
            drawn = (np.float64(word(dice)) + 0.5) * _WORD * total
            k = 0
            while k < routes - 1 and drawn >= state.scratch[0, k]:
                k += 1
            state.counts[k] += 1
        return
    left, before = people, 0.0
    for k in range(routes):
        if left == 0:
            return
        weight = state.scratch[0, k] - before
        rest = total - before
        taken = binomial(dice, left, min(weight / rest, 1.0)) if weight > 0.0 and rest > 0.0 else 0
        state.counts[k] = taken
        left -= taken
        before = state.scratch[0, k]
    if left > 0:  # rounding: the sums do not add up to the last digit
        state.counts[np.argmax(state.counts[:routes])] += left


@machine_code
def _turned_away(tables: Tables, law: Law, state: State, dice: Dice, day: int, end: int, people: int) -> int:
    """Return how many of those who would set out for a place are turned away by it."""
    if not tables.is_camp[day, end]:
        return 0
    refused = binomial(dice, people, state.refused[end]) if state.refused[end] > 0.0 else 0
    capacity = tables.capacity[day, end]
    if law.hold and capacity >= 1.0:
        room = max(int(capacity) - state.here[end] - state.bound[end], 0)
        refused = max(refused, people - room)
    return refused


@machine_code
def _leave(tables: Tables, law: Law, state: State, dice: Dice, day: int, stand: int, kind: int, b: int, people: int,
           today: float, recent: float, into: int) -> int:
    """Let people leave a stand; return how many are turned away and stay.

    They are put into a list, or (`into` below 0) walk at once.
    """
    place = tables.stand_place[stand]
    if stand != place:  # they have a plan
        leg, end = tables.stand_leg[stand], tables.stand_end[stand]
        refused = people
        if tables.is_open[day, tables.leg_link[leg]]:
            state.bound[end] -= people
            refused = _turned_away(tables, law, state, dice, day, end, people)
            state.bound[end] += people
        if people > refused:
            _depart(tables, law, state, dice, leg, kind, b, people - refused, today, recent, into)
        state.bound[end] -= refused
        return refused
    first, routes = tables.first[place], tables.first[place + 1] - tables.first[place]
    total = _weigh(tables, law, state, day, place, kind) if routes > 0 else 0.0
    if total <= 0.0:
        return people
    _share_out(state, dice, people, routes, total)
    stayed = 0
    for k in range(routes):
        count = state.counts[k]
        if count == 0:
            continue
        end = tables.end[first + k]
        refused = _turned_away(tables, law, state, dice, day, end, count)
        stayed += refused
        if count > refused:
            state.bound[end] += count - refused
            _depart(tables, law, state, dice, tables.leg[first + k], kind, b, count - refused, today, recent, into)
    return stayed


@machine_code
def _depart(tables: Tables, law: Law, state: State, dice: Dice, leg: int, kind: int, b: int, people: int, today: float,
            recent: float, into: int) -> None:
    if into >= 0:
        _list(state, into, leg, kind, b, people, 0.0, today, recent)
    else:
        _travel(tables, law, state, dice, leg, kind, b, people, 0.0, today, recent)


@machine_code
def _look(tables: Tables, law: Law, state: State, day: int) -> None:
    """Note how each camp looks: its room, and the share of comers whom it turns away.

    Of those who leave it this morning (`left`) half are taken as gone: the others leave later than somebody who looks
    at a moment taken by chance.
    """
    for place in range(state.here.shape[0]):
        capacity = tables.capacity[day, place]
        state.room[place], state.refused[place] = 1.0, 0.0
        if capacity < 1.0:
            continue
        people, left = state.here[place], state.left[place]
        if law.buffer >= 1.0:
            full = 1.0 if people >= capacity else 0.0
            state.room[place], state.refused[place] = 1.0 - full, full
            continue
        begins, width = law.buffer * capacity, (1.0 - law.buffer) * capacity
        state.room[place] = min(max(1.0 - (people - 0.5 * left - begins) / width, 0.0), 1.0)
        most = begins + (1.0 - law.refuse_below) * width
        if people > most:
            state.refused[place] = min((people - most) / left, 1.0) if left > 0 else 1.0


@machine_code
def _morning(tables: Tables, law: Law, state: State, dice: Dice, day: int) -> None:
    """Let all who are in places decide whether to leave, and let those who do take their first step."""
    stands, kinds, bins = state.rest.shape
    state.left[:] = 0
    for stand in range(stands):
        place = tables.stand_place[stand]
        chance = 1.0 if stand != place else tables.move_chance[day, place]
        for kind in range(kinds):
            if state.resting[stand, kind] == 0:
                continue
            for b in range(bins):
                people = state.rest[stand, kind, b]
                if people == 0:
                    continue
                if chance < 1.0:
                    open_stream(dice, day, DECIDE, (stand * kinds + kind) * bins + b)
                    people = binomial(dice, people, chance)
                state.going[stand, kind, b] = people
                state.left[place] += people
    _look(tables, law, state, day)
    for stand in range(stands):
        for kind in range(kinds):
            if state.resting[stand, kind] == 0:
                continue
            for b in range(bins):
                people = state.going[stand, kind, b]
                if people == 0:
                    continue
                state.going[stand, kind, b] = 0
                _first_step(tables, law, state, dice, day, stand, kind, b, people)
    for place in range(state.here.shape[0]):
        state.left[place] = 0


@machine_code
def _first_step(tables: Tables, law: Law, state: State, dice: Dice, day: int, stand: int, kind: int, b: int,
                people: int) -> None:
    """Let people leave a cell of those who rested; whoever is turned away stays, without a plan."""
    open_stream(dice, day, CHOOSE, (stand * state.rest.shape[1] + kind) * state.rest.shape[2] + b)
    place, recent = tables.stand_place[stand], state.rest_mean[stand, kind, b]
    stayed = _leave(tables, law, state, dice, day, stand, kind, b, people, 0.0, recent, LEFT)
    state.rest[stand, kind, b] -= people
    state.resting[stand, kind] -= people
    state.here[place] -= people - stayed
    if stayed > 0:  # they rest here tonight: a night of rest is still to come
        before = state.rest[place, kind, b]
        state.rest[place, kind, b] = before + stayed
        state.resting[place, kind] += stayed
        state.rest_mean[place, kind, b] += (recent - state.rest_mean[place, kind, b]) * stayed / (before + stayed)


@machine_code
def _set_out(tables: Tables, law: Law, state: State, dice: Dice, day: int, here: Whole) -> None:
    """Let new people appear where they live, and decide."""
    places, kinds = tables.kinds.shape
    left, total = tables.total[day], 0.0
    for place in range(places):
        total += tables.factor[day, place] * max(state.people[place], 0)
    open_stream(dice, day, BEGIN, 0)
    _look(tables, law, state, day)
    for place in range(places):
        weight = tables.factor[day, place] * max(state.people[place], 0)
        new = here[place]
        if left > 0 and weight > 0.0:
            taken = binomial(dice, left, weight / total) if weight < total * (1.0 - 1e-12) else left
            left, total, new = left - taken, total - weight, new + taken
        if new > 0:
            _appear(tables, law, state, dice, day, place, new)
            open_stream(dice, day, BEGIN, place + 1)


@machine_code
def _appear(tables: Tables, law: Law, state: State, dice: Dice, day: int, place: int, people: int) -> None:
    """Let new people of one place divide into kinds, decide and take their first step."""
    kinds = tables.kinds.shape[1]
    state.here[place] += people
    left, rest = people, 1.0
    for like in range(kinds):
        share = tables.kinds[place, like]
        open_stream(dice, day, APPEAR, place * kinds + like)
        of_kind = binomial(dice, left, share / rest) if share < rest * (1.0 - 1e-12) else left
        left, rest = left - of_kind, rest - share
        if of_kind == 0:
            continue
        kind = 2 * like + 1 if law.on_foot_first else like
        going = binomial(dice, of_kind, tables.move_chance[day, place])
        stayed = of_kind - going
        if going > 0:
            stayed += _leave(tables, law, state, dice, day, place, kind, 0, going, 0.0, 0.0, SET_OUT)
        state.here[place] -= of_kind - stayed
        if stayed > 0:
            before = state.rest[place, kind, 0]
            state.rest[place, kind, 0] = before + stayed
            state.resting[place, kind] += stayed
            state.rest_mean[place, kind, 0] *= before / (before + stayed)
    if law.take_people:
        state.people[place] -= people


@machine_code
def _walk_part(tables: Tables, law: Law, state: State, dice: Dice, day: int, which: int, part: int, parts: int,
               phase: int) -> None:
    """Let one of the parts of a list of packets walk; of the last part everybody who is left."""
    kinds, bins = state.rest.shape[1], state.rest.shape[2]
    for row in range(state.used[which]):
        people = state.leg[which, row, 3]
        if people == 0:
            continue
        leg, kind, b = state.leg[which, row, 0], state.leg[which, row, 1], state.leg[which, row, 2]
        km = state.far[which, row, 0]
        key = (((which * 2 * tables.leg_link.shape[0] + leg) * kinds + kind) * bins + b) * 65_536 + int(km) % 65_536
        open_stream(dice, day, phase, key + (1 << 62))
        if part < parts - 1:
            people = binomial(dice, people, 1.0 / (parts - part))
            if people == 0:
                continue
        state.leg[which, row, 3] -= people
        _travel(tables, law, state, dice, leg, kind, b, people, km, state.far[which, row, 1],
                state.far[which, row, 2])


@machine_code
def _decide_on_the_way(tables: Tables, law: Law, state: State, dice: Dice, day: int, phase: int) -> None:
    """Let those who have arrived with some of the day left decide, in the order of the km that they have done."""
    kinds, bins, kms = state.rest.shape[1], state.rest.shape[2], state.head.shape[0]
    waits = 0
    for km in range(kms):
        while state.head[km] >= 0:
            row = state.head[km]
            state.head[km], state.wait[row, 4] = state.wait[row, 4], UNLINKED
            stand, kind, b = state.wait[row, 0], state.wait[row, 1], state.wait[row, 2]
            people, today, recent = state.wait[row, 3], state.waited[row, 0], state.waited[row, 1]
            place = tables.stand_place[stand]
            waits += 1
            chance = 1.0
            if stand == place:
                short = law.force_short and 0.5 * (recent + today / law.max_speed) < 0.5
                chance = 1.0 if short and tables.is_town[day, place] else tables.move_chance[day, place]
            open_stream(dice, day, phase, ((stand * kinds + kind) * bins + b) * kms + km)
            going = binomial(dice, people, chance) if waits < MOST_WAITS else 0
            stayed = people - going
            if going > 0:
                stayed += _leave(tables, law, state, dice, day, stand, kind, b, going, today, recent, -1)
            if stayed > 0:
                at = stand if stayed == people - going else place
                _settle(law, state, place, at, kind, recent, today, stayed)


@machine_code
def _parts(tables: Tables, law: Law, state: State, day: int) -> int:
    """Return into how many parts today's travel is cut: one, unless a camp may fill up or empty meanwhile."""
    moving = 0
    for which in (NIGHT, LEFT, SET_OUT):
        for row in range(state.used[which]):
            moving += state.leg[which, row, 3]
    for place in range(state.here.shape[0]):
        capacity = tables.capacity[day, place]
        if capacity < 1.0:
            continue
        begins = law.buffer * capacity if law.buffer < 1.0 else capacity
        if state.here[place] + moving > begins and state.here[place] - moving < capacity:
            return max(min(law.parts, moving), 1)
    return 1


@machine_code
def _day(tables: Tables, law: Law, state: State, dice: Dice, day: int, here: Whole) -> None:
    """Let one day pass."""
    legs = tables.leg_link.shape[0]
    for row in range(state.used[NIGHT]):
        leg = state.leg[NIGHT, row, 0]
        if leg < legs and tables.shut[day, tables.leg_link[leg]]:
            state.leg[NIGHT, row, 0] = leg + legs
    state.used[SINCE] += 1
    state.used[WAITING] = state.used[LEFT] = state.used[SET_OUT] = state.used[TONIGHT] = 0
    _morning(tables, law, state, dice, day)
    _set_out(tables, law, state, dice, day, here)
    parts = _parts(tables, law, state, day)
    before = after = 0
    for row in range(state.used[SET_OUT]):
        after += state.leg[SET_OUT, row, 3]
    for which in (NIGHT, LEFT):
        for row in range(state.used[which]):
            before += state.leg[which, row, 3]
    late = (parts * after + (before + after) // 2) // max(before + after, 1)
    late = min(max(late, 1 if after > 0 else 0), parts)
    early = max(parts - late, 1 if before > 0 else 0)
    for part in range(early):  # who set out on earlier days comes first in Flee's order
        _look(tables, law, state, day)
        _walk_part(tables, law, state, dice, day, NIGHT, part, early, SHARE + part)
        _walk_part(tables, law, state, dice, day, LEFT, part, early, SHARE + part)
        _decide_on_the_way(tables, law, state, dice, day, PART + part)
    for part in range(late):
        _look(tables, law, state, day)
        _walk_part(tables, law, state, dice, day, SET_OUT, part, late, SHARE + early + part)
        _decide_on_the_way(tables, law, state, dice, day, PART + early + part)
    _night(law, state)


@machine_code
def _night(law: Law, state: State) -> None:
    """End a day: a night of rest halves recent travel, those who came today rest from now on, and lists move up."""
    stands, kinds, bins = state.rest.shape
    for stand in range(stands):
        for kind in range(kinds):
            total = 0
            for b in range(bins):
                people = state.rest[stand, kind, b]
                if people > 0 and b > 0:
                    _merge(state, stand, kind, max(b - PER_OCTAVE, 0), people, 0.5 * state.rest_mean[stand, kind, b])
                    state.rest[stand, kind, b] = 0
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
        state.leg[NIGHT, row] = state.leg[TONIGHT, row]
        state.far[NIGHT, row] = state.far[TONIGHT, row]
    state.used[NIGHT] = state.used[TONIGHT]


@inlined
def _merge(state: State, stand: int, kind: int, b: int, people: int, mean: float) -> None:
    before = state.rest[stand, kind, b]
    state.rest[stand, kind, b] = before + people
    if before == 0:
        state.rest_mean[stand, kind, b] = mean
    else:
        state.rest_mean[stand, kind, b] += (mean - state.rest_mean[stand, kind, b]) * people / (before + people)


@machine_code
def run_one(tables: Tables, law: Law, state: State, key: int, here: NDArray[np.int64], places: NDArray[np.int64],
            links: NDArray[np.int64]) -> int:
    """Run one replicate from an empty state; fill people by day and place, and by day and link where wanted.

    `key` is the key of the replicate's numbers, `here` (days, places) who sets out with a given place of departure.
    Returns the number of days run: fewer than there are when a list of packets was too short.
    """
    dice = np.zeros(12, dtype=np.uint64)
    dice[0], dice[1] = np.uint64(key) & np.uint64(0xFFFFFFFF), np.uint64(key) >> np.uint64(32)
    for place in range(tables.at_first.shape[0]):
        _begin(tables, law, state, dice, place, tables.at_first[place])
    for day in range(tables.spell.shape[0]):
        _day(tables, law, state, dice, day, here[day])
        if state.used[FULL]:
            return day
        places[day] = state.here
        if links.shape[0] > 0:
            links[day] = 0
            for row in range(state.used[NIGHT]):
                leg = state.leg[NIGHT, row, 0] % tables.leg_link.shape[0]
                links[day, tables.leg_link[leg]] += state.leg[NIGHT, row, 3]
    return int(tables.spell.shape[0])


@machine_code
def _begin(tables: Tables, law: Law, state: State, dice: Dice, place: int, people: int) -> None:
    """Put people into a place before the first day."""
    kinds = tables.kinds.shape[1]
    left, rest = people, 1.0
    open_stream(dice, 0, BEGIN_AT, place)
    for like in range(kinds):
        share = tables.kinds[place, like]
        of_kind = binomial(dice, left, share / rest) if share < rest * (1.0 - 1e-12) else left
        left, rest = left - of_kind, rest - share
        kind = 2 * like + 1 if law.on_foot_first else like
        state.rest[place, kind, 0] += of_kind
        state.resting[place, kind] += of_kind
    state.here[place] += people
