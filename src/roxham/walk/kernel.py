"""Move counts of people through their days: the same law of all totals as if each person drew for themselves.

People who share a stand, a kind and a bin of recent travel are exchangeable, so a morning splits their number by exact
binomial and multinomial draws. Those who arrive with some of the day left wait, by the km that they have done, and
decide again in the order of those km: then all who did as many km to the same place are one packet. The cost is that
of the occupied cells, not of the people.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from roxham.walk.choice import leave, look
from roxham.walk.draws import binomial, open_stream, word
from roxham.walk.machine import inlined, machine_code
from roxham.walk.packets import (
    DECIDED,
    FULL,
    LEFT,
    MOVED,
    NIGHT,
    NOW,
    SET_OUT,
    SINCE,
    TONIGHT,
    UNLINKED,
    WAITING,
    clear,
    end_day,
    rest_with,
    settle,
    stay_on_link,
    wait_to_decide,
)
from roxham.walk.state import State
from roxham.walk.tables import Law, Tables

__all__ = ["MOST_PARTS", "begin", "run_one", "set_out", "tell"]

Dice = NDArray[np.uint64]
Whole = NDArray[np.int64]

DECIDE, CHOOSE, BEGIN, APPEAR, BEGIN_AT, PART, SHARE = 0, 1, 2, 3, 4, 5, 70  # phases of a day; PART and SHARE count up
TURN = 135  # the phase in which one person's moment of the day is drawn
WORD = 2.0**-32
MOST_PARTS = 64
WINDOW_PART = 0.1  # of the span in which a camp's room shrinks, that comers may fill in one part of a day
TRIED = 0.1  # of the people who travel, who go first on a day when a camp may fill up
MOST_WAITS = 200_000  # packets that decide on the way in one part of a day, above which all stay (links of no length)


@inlined
def _go(tables: Tables, law: Law, state: State, dice: Dice, leg: int, kind: int, people: int, km: float, today: float,
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
        stay_on_link(law, state, dice, leg, kind, people, km, today, recent)
        return
    today = max(today - (km - length), 0.0)
    stand = tables.leg_stand[plain]
    if turned_back:
        place = tables.link_start[link]
        state.bound[tables.stand_end[stand]] -= people
        settle(law, state, dice, place, place, kind, recent, today, people)
        return
    if law.on_foot_first:
        kind = kind & ~1
    place = tables.stand_place[stand]
    if stand == place:
        state.bound[place] -= people
    if today < speed:
        wait_to_decide(law, state, dice, stand, kind, people, today, recent)
    else:
        settle(law, state, dice, place, stand, kind, recent, today, people)


@inlined
def _travel(tables: Tables, law: Law, state: State, dice: Dice, leg: int, kind: int, people: int, km: float,
            today: float, recent: float) -> None:
    """Let people who are on a leg walk today, at their speed or at that of walking."""
    legs = tables.leg_link.shape[0]
    link = tables.leg_link[leg - legs if leg >= legs else leg]
    speed = tables.speed[link]
    if law.on_foot_first and kind & 1:
        speed = law.walk_speed
    on_foot = tables.on_foot[link]
    walking = binomial(dice, people, on_foot) if on_foot > 0.0 else 0
    for pace in range(2):
        count = walking if pace == 0 else people - walking
        if count > 0:
            _go(tables, law, state, dice, leg, kind, count, km, today, recent, law.walk_speed if pace == 0 else speed)


@inlined
def _first_step(tables: Tables, law: Law, state: State, dice: Dice, day: int, stand: int, kind: int, b: int,
                people: int) -> None:
    """Let people leave a cell of those who rested; whoever is turned away stays, without a plan."""
    open_stream(dice, day, CHOOSE, (stand * state.rest.shape[1] + kind) * state.rest.shape[2] + b)
    place, recent = tables.stand_place[stand], state.rest_recent[stand, kind, b]
    stayed = leave(tables, law, state, dice, day, stand, kind, people, 0.0, recent, LEFT)
    state.rest[stand, kind, b] -= people
    state.resting[stand, kind] -= people
    state.here[place] -= people - stayed
    if stayed > 0:  # they rest here tonight: a night of rest is still to come
        rest_with(state, dice, place, kind, b, stayed, recent)
        state.resting[place, kind] += stayed


@machine_code
def _morning(tables: Tables, law: Law, state: State, dice: Dice, day: int) -> None:
    """Let all who are in places decide whether to leave, and let those who do take their first step."""
    stands, kinds, bins = state.rest.shape
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
    look(tables, law, state, dice, day, False)
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
def set_out(tables: Tables, law: Law, state: State, dice: Dice, day: int, here: Whole) -> None:
    """Let new people appear where they live, and decide."""
    places = tables.kinds.shape[0]
    left, total = tables.total[day], 0.0
    for place in range(places):
        total += tables.factor[day, place] * max(state.people[place], 0)
    open_stream(dice, day, BEGIN, 0)
    look(tables, law, state, dice, day, False)
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
            stayed += leave(tables, law, state, dice, day, place, kind, going, 0.0, 0.0, SET_OUT)
        state.here[place] -= of_kind - stayed
        if stayed > 0:
            rest_with(state, dice, place, kind, 0, stayed, 0.0)
            state.resting[place, kind] += stayed
    if law.take_people:
        state.people[place] -= people


@machine_code
def _walk_part(tables: Tables, law: Law, state: State, dice: Dice, day: int, which: int, begun: float, until: float,
               phase: int) -> int:
    """Let those of a list of packets walk whose turn is between two moments of the day; return how many they are."""
    share = (until - begun) / (1.0 - begun)
    key = (1 << 62) + (which << 32)
    walked = 0
    for row in range(state.used[which]):
        people = state.leg[which, row, 2]
        if people == 0:
            continue
        if people == 1:
            if begun == 0.0:
                open_stream(dice, day, TURN, key + row)
                state.far[which, row, 3] = (np.float64(word(dice)) + 0.5) * WORD
            if state.far[which, row, 3] >= until:
                continue
        elif share < 1.0:
            open_stream(dice, day, phase, key + row)
            people = binomial(dice, people, share)
            if people == 0:
                continue
            if state.leg[which, row, 2] - people == 1:
                state.far[which, row, 3] = until + (1.0 - until) * (np.float64(word(dice)) + 0.5) * WORD
        state.leg[which, row, 2] -= people
        walked += people
        open_stream(dice, day, phase, (key >> 1) + row)
        _travel(tables, law, state, dice, state.leg[which, row, 0], state.leg[which, row, 1], people,
                state.far[which, row, 0], state.far[which, row, 1], state.far[which, row, 2])
    return walked


@machine_code
def _decide_on_the_way(tables: Tables, law: Law, state: State, dice: Dice, day: int, phase: int) -> None:
    """Let those who have arrived with some of the day left decide, in the order of the km that they have done."""
    waits = 0
    for km in range(state.head.shape[0]):
        while state.head[km] >= 0:
            row = state.head[km]
            state.head[km], state.wait[row, 3] = state.wait[row, 3], UNLINKED
            stand, kind, people = state.wait[row, 0], state.wait[row, 1], state.wait[row, 2]
            today, recent = state.waited[row, 0], state.waited[row, 1]
            place = tables.stand_place[stand]
            waits += 1
            state.used[DECIDED] += 1
            chance = 1.0
            if stand == place:
                short = law.force_short and 0.5 * (recent + today / law.max_speed) < 0.5
                chance = 1.0 if short and tables.is_town[day, place] else tables.move_chance[day, place]
            open_stream(dice, day, phase, state.wait[row, 4])
            state.wait[row, 4] += 1
            going = binomial(dice, people, chance) if waits < MOST_WAITS else 0
            stayed = people - going
            if going > 0:
                state.used[NOW] = 0
                stayed += leave(tables, law, state, dice, day, stand, kind, going, today, recent, NOW)
                for packet in range(state.used[NOW]):
                    leg, count = state.leg[NOW, packet, 0], state.leg[NOW, packet, 2]
                    _travel(tables, law, state, dice, leg, kind, count, 0.0, today, recent)
            if stayed > 0:
                at = stand if stayed == people - going else place
                settle(law, state, dice, place, at, kind, recent, today, stayed)


@machine_code
def _share(tables: Tables, law: Law, state: State, day: int, left: int, done: int) -> float:
    """Return the share of those still to travel who may travel now: no camp's room may change much meanwhile.

    How many arrive at a camp is foreseen from those who came today so far and from yesterday; before anybody has
    moved, it is tried on a few.
    """
    most = float(left)
    for place in range(state.here.shape[0]):
        capacity = tables.capacity[day, place]
        if capacity < 1.0 or state.here[place] >= capacity:
            continue
        begins = min(law.buffer, 1.0) * capacity
        if state.here[place] + left <= begins:
            continue
        if done == 0:
            most = min(most, TRIED * left)
        rate = (state.came[place] + 0.2 * state.came_before[place] + 1.0) / (done + 0.2 * state.used[MOVED] + 2.0)
        if state.here[place] + 2.0 * rate * left > begins:
            most = min(most, max(WINDOW_PART * (capacity - begins), 1.0) / rate)
    return max(most / left, 1.0 / law.parts)


@machine_code
def _travel_in_parts(tables: Tables, law: Law, state: State, dice: Dice, day: int) -> None:
    """Let all who are on links travel, in parts: who set out on earlier days comes first, as in Flee's order."""
    done = part = 0
    for group in range(2):
        lists = (NIGHT, LEFT) if group == 0 else (SET_OUT, SET_OUT)
        left, begun = 0, 0.0
        for which in range(lists[0], lists[1] + 1):
            for row in range(state.used[which]):
                left += state.leg[which, row, 2]
        while left > 0:
            look(tables, law, state, dice, day, True)
            share = _share(tables, law, state, day, left, done) if part < MOST_PARTS - 2 else 1.0
            until = 1.0 if share >= 1.0 else begun + share * (1.0 - begun)
            walked = 0
            for which in range(lists[0], lists[1] + 1):
                walked += _walk_part(tables, law, state, dice, day, which, begun, until, SHARE + part)
            _decide_on_the_way(tables, law, state, dice, day, PART + part)
            begun = until
            left, done, part = left - walked, done + walked, min(part + 1, MOST_PARTS - 1)
    for place in range(state.here.shape[0]):
        state.came_before[place], state.came[place] = state.came[place], 0
    state.used[MOVED] = done


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
    set_out(tables, law, state, dice, day, here)
    _travel_in_parts(tables, law, state, dice, day)
    end_day(state, dice, day)


@machine_code
def run_one(tables: Tables, law: Law, state: State, dice: Dice, here: NDArray[np.int64], places: NDArray[np.int64],
            links: NDArray[np.int64], kinds: NDArray[np.int64]) -> int:
    """Run one replicate; fill people by day and place, and by day and link or kind where wanted.

    Whatever a replicate before it has left in the state is cleared: memory that is used again costs far less than new.

    `dice` have the key of the replicate's numbers, `here` (days, places) who sets out with a given place of departure.
    Returns the number of days run: fewer than there are when a list of packets was too short.
    """
    clear(tables, state)
    begin(tables, law, state, dice)
    for day in range(tables.spell.shape[0]):
        _day(tables, law, state, dice, day, here[day])
        if state.used[FULL]:
            return day
        tell(tables, law, state, day, places, kinds)
        if links.shape[0] > 0:
            for row in range(state.used[NIGHT]):
                leg = state.leg[NIGHT, row, 0] % tables.leg_link.shape[0]
                links[day, tables.leg_link[leg]] += state.leg[NIGHT, row, 2]
    return int(tables.spell.shape[0])


@inlined
def tell(tables: Tables, law: Law, state: State, day: int, places: Whole, kinds: Whole) -> None:
    """Fill people by place on a day, and those who are counts there by kind, where wanted."""
    for place in range(state.here.shape[0]):
        places[day, place] = state.here[place]
    if kinds.shape[0] > 0:
        for stand in range(state.resting.shape[0]):
            for kind in range(state.resting.shape[1]):
                like = kind >> 1 if law.on_foot_first else kind
                kinds[day, tables.stand_place[stand], like] += state.resting[stand, kind]


@machine_code
def begin(tables: Tables, law: Law, state: State, dice: Dice) -> None:
    """Put those people into places who are there before the first day."""
    for place in range(tables.at_first.shape[0]):
        _begin_at(tables, law, state, dice, place, tables.at_first[place])


@inlined
def _begin_at(tables: Tables, law: Law, state: State, dice: Dice, place: int, people: int) -> None:
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
