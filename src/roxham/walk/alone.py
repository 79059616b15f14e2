"""People walked one by one, under rules by which nobody's day depends on who else walks on it.

A packet of a dozen people costs its bookkeeping: random numbers, splits, the search for others like it. Up to some
hundred thousand people it is cheaper to walk each alone, and nobody's numbers are merged with another's. All who have
to decide do so together, round by round. In a round each looks up what one random word means where they are (see
`chances`) and goes on to a list: they decide again, spend the night on the road, or rest. Only those who rest where
people rarely leave, in camps, are counts with merged recent travel, as under other rules.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from roxham.walk.chances import BITS, DECIDING, HALF, LIST, NIGHT, REST, ROW, TOWN, notice, on_leg
from roxham.walk.choice import look
from roxham.walk.draws import binomial, fill_words, open_stream
from roxham.walk.kernel import begin, set_out, tell
from roxham.walk.machine import inlined, machine_code
from roxham.walk.packets import DECIDED, FULL, SET_OUT, clear, end_day, settle
from roxham.walk.state import Alone, State
from roxham.walk.tables import Law, Tables

__all__ = ["run_alone"]

Dice = NDArray[np.uint64]
Whole = NDArray[np.int64]
Real = NDArray[np.float64]
Words = NDArray[np.uint32]
Named = NDArray[np.uint64]

MOST_ROUNDS = 1000  # in which people decide in one part of a day; then they rest (links of no length)
ALONE = 137  # the phase of a day: an entity for each round, and
RESTING, LEAVING, BINS = 1 << 40, 1 << 41, 1 << 42  # for who comes to rest, leaves a town, leaves a place of counts
_ONE = np.uint64(1)
_ROW, _LIST = np.uint64(ROW), np.uint64(LIST)
_REST, _NIGHT, _TOWN, _BITS, _NONE = np.uint64(REST), np.uint64(NIGHT), np.uint64(TOWN), np.uint64(BITS), np.uint64(0)


@machine_code
def run_alone(tables: Tables, law: Law, state: State, alone: Alone, dice: Dice, here: Whole, places: Whole,
              links: Whole, kinds: Whole) -> int:
    """Run one replicate as `kernel.run_one` does, with everybody walked one by one; there must be room for all."""
    clear(tables, state)
    for which in range(alone.used.shape[0]):
        alone.used[which] = 0
    begin(tables, law, state, dice)
    for day in range(tables.spell.shape[0]):
        _day(tables, law, state, alone, dice, day, here[day])
        if state.used[FULL]:
            return day
        tell(tables, law, state, day, places, kinds)
        _tell_alone(tables, alone, day, links, kinds)
    return int(tables.spell.shape[0])


@machine_code
def _day(tables: Tables, law: Law, state: State, alone: Alone, dice: Dice, day: int, here: Whole) -> None:
    """Let one day pass; those who set out today come last.

    Each long function is called in one place only and copied there: to hand over all tables takes a microsecond.
    """
    first = 0
    for part in range(3):
        if part == 0:
            _arrive(tables, law, alone, day)
            first = _leave(tables, law, state, alone, dice, day)
        elif part == 1:
            set_out(tables, law, state, dice, day, here)
            first = 0
        else:
            _take_apart(tables, law, state, alone)
        look(tables, law, state, dice, day, part > 0)
        for place in range(state.here.shape[0]):  # who has left this morning is gone when all have looked
            state.here[place] -= state.left[place]
            state.left[place] = 0
        towns, others = alone.used[TOWN], alone.used[REST] if part == 0 else 0
        notice(tables, law, state, alone, day)
        _decide(law, state, alone, dice, day, first, part)
        _rest(tables, law, state, alone, dice, day, towns, others, part)
    end_day(state, dice, day)


@inlined
def _add(alone: Alone, which: int, where: int, far: float, recent: float, people: int) -> None:
    row = which * alone.words.shape[0] + alone.used[which]
    for one in range(row, row + people):
        alone.where[one], alone.far[one], alone.recent[one] = np.uint32(where), far, recent
    alone.used[which] += people


@inlined
def _arrive(tables: Tables, law: Law, alone: Alone, day: int) -> None:
    """Let a night pass for those who are on roads, and let them walk: who arrives with some of the day left decides."""
    kinds, legs, full = tables.weight.shape[0], tables.leg_link.shape[0], law.max_speed
    any_shut = False
    for link in range(tables.shut.shape[1]):
        any_shut |= tables.shut[day, link]
    room = alone.words.shape[0]
    begins, ends = np.uint64(NIGHT * room), np.uint64(NIGHT * room + alone.used[NIGHT])
    alone.used[DECIDING] = alone.used[NIGHT] = 0
    for row in range(begins, ends):
        one = np.int64(alone.where[row])
        far, recent = alone.far[row] - full, 0.5 * (alone.recent[row] + full)
        if any_shut:
            leg, kind = divmod(one >> HALF, kinds)
            if leg < legs and tables.shut[day, tables.leg_link[leg]]:
                one = np.int64(on_leg(tables, leg + legs, kind))
        which = NIGHT if far > full else DECIDING
        if far == full or (far < full and one >> HALF >= legs * kinds):  # a whole day, or turned back: no decision
            which = REST
        at = np.uint64(which * room + alone.used[which])
        alone.used[which] += 1
        alone.where[at], alone.far[at], alone.recent[at] = np.uint32(one), far, recent


@inlined
def _leave(tables: Tables, law: Law, state: State, alone: Alone, dice: Dice, day: int) -> int:
    """Let those who rest leave or stay; return from which row on those who decide have left this morning.

    Who leaves is gone for those who look at a camp (`left`), and stands there until all have looked.
    """
    stands, kinds, bins = state.rest.shape
    first = alone.used[DECIDING]
    for row in range(alone.place.shape[0]):
        alone.coin[row] = np.uint64(min(tables.move_chance[day, alone.place[row]], 1.0) * 2.0**BITS)
        alone.leaving[row] = 0
    open_stream(dice, day, ALONE, LEAVING)
    fill_words(dice, alone.used[TOWN], alone.words)
    where, fars, recents = alone.where, alone.far, alone.recent
    begins = _TOWN * np.uint64(alone.words.shape[0])
    left, staying = np.uint64(first), begins
    for row in range(begins, begins + np.uint64(alone.used[TOWN])):
        one, recent = where[row] & _ROW, recents[row]
        goes = np.uint64(alone.words[row - begins] < alone.coin[one])
        where[left], fars[left], recents[left] = one, 0.0, recent
        where[staying], recents[staying] = one, 0.5 * recent  # a night of rest
        left += goes
        staying += _ONE - goes
        alone.leaving[one] += goes
    alone.used[DECIDING], alone.used[TOWN] = np.int64(left), np.int64(staying - begins)
    for stand in range(stands):
        place = tables.stand_place[stand]
        chance = tables.move_chance[day, place] if stand == place else 1.0
        for kind in range(kinds):
            row = stand * kinds + kind
            open_stream(dice, day, ALONE, BINS + row)
            for b in range(bins if state.resting[stand, kind] > 0 else 0):
                if state.rest[stand, kind, b] > 0:
                    people = binomial(dice, state.rest[stand, kind, b], chance)
                    _add(alone, DECIDING, row, 0.0, state.rest_recent[stand, kind, b] * law.max_speed, people)
                    state.rest[stand, kind, b] -= people
                    state.resting[stand, kind] -= people
                    alone.leaving[row] += people
            state.left[place] += alone.leaving[row]
    return int(first)


@inlined
def _take_apart(tables: Tables, law: Law, state: State, alone: Alone) -> None:
    """Take apart the packets of those who set out today and begin to walk."""
    for row in range(state.used[SET_OUT]):
        leg, kind, people = state.leg[SET_OUT, row, 0], state.leg[SET_OUT, row, 1], state.leg[SET_OUT, row, 2]
        far = tables.km[tables.leg_link[leg]]
        to = DECIDING if far < law.max_speed else (REST if far == law.max_speed else NIGHT)
        _add(alone, to, on_leg(tables, leg, kind), far, 0.0, people)
    state.used[SET_OUT] = 0


@inlined
def _decide(law: Law, state: State, alone: Alone, dice: Dice, day: int, first: int, part: int) -> None:
    """Let those who have to decide, from a row of the list on, do so in rounds, until nobody has to any more.

    In part 0 they have left this morning: they choose their roads, and what comes after is for part 1.
    """
    room, many = np.uint64(alone.words.shape[0]), alone.used[DECIDING] - first
    rounds, ends = part * MOST_ROUNDS, 1 if part == 0 else (part + 1) * MOST_ROUNDS
    for which in range(1, TOWN + 1):
        alone.at[which] = room * np.uint64(which) + np.uint64(alone.used[which])
    while many > 0 and rounds < ends:
        open_stream(dice, day, ALONE, rounds)
        fill_words(dice, many, alone.words)
        alone.at[DECIDING] = np.uint64(first)
        _round(np.uint64(first), np.uint64(first + many), np.uint64(alone.turned.shape[0]), law.max_speed, alone.at,
               alone.words, alone.where, alone.far, alone.recent, alone.base,
               alone.always if rounds == 0 else alone.forced, alone.cut, alone.to, alone.km)
        state.used[DECIDED] += many
        rounds, many = rounds + 1, np.int64(alone.at[DECIDING]) - first
    alone.used[DECIDING] = first + many
    for which in range(1, TOWN + 1):
        alone.used[which] = np.int64(alone.at[which] - room * np.uint64(which))
    if part > 0:
        for row in range(many):  # more rounds than can be: links of no length
            _add(alone, REST, int(alone.where[row]), alone.far[row], alone.recent[row], 1)
        alone.used[DECIDING] = 0


@machine_code
def _round(first: np.uint64, end: np.uint64, columns: np.uint64, full: float, at: Named, words: Words, where: Words,
           fars: Real, recents: Real, base: Named, forced: Real, cut: Words, to: Words, km: Real) -> None:
    """Let everybody in some rows decide once; `at` are the ends of the lists, and move.

    Most of the time of a walk is spent here, so no branch depends on what somebody decides: each is written to the end
    of the list they go to. Indices are unsigned, as others are checked for their sign.
    """
    width = _NONE
    while columns >> width > _ONE:
        width += _ONE
    kept = _BITS - width
    below = (_ONE << kept) - _ONE
    for row in range(first, end):
        stand, today, recent, word = where[row] & _ROW, fars[row], recents[row], np.uint64(words[row - first])
        must = np.uint64(recent + today < forced[stand])
        column = base[stand] + ((must << width) | (word >> kept))
        cell = (column << _ONE) | np.uint64((word & below) >= np.uint64(cut[column]))
        one, far = to[cell], today + km[cell]
        which = (np.uint64(one) >> _LIST) + np.uint64(far >= full) + np.uint64(far > full)
        goes = at[which]
        at[which] = goes + _ONE
        where[goes], fars[goes], recents[goes] = one, far, recent


@inlined
def _rest(tables: Tables, law: Law, state: State, alone: Alone, dice: Dice, day: int, towns: int, others: int,
          part: int) -> None:
    """Let people rest where they are, from a row of either list on: in towns still one by one."""
    kinds = tables.weight.shape[0]
    begins = _TOWN * np.uint64(alone.words.shape[0])
    for row in range(begins + np.uint64(towns), begins + np.uint64(alone.used[TOWN])):
        alone.recent[row] = 0.5 * (alone.recent[row] + alone.far[row])
        state.here[np.uint64(alone.place[alone.where[row] & _ROW])] += 1
    open_stream(dice, day, ALONE, RESTING + part)
    resting = REST * alone.words.shape[0]
    for row in range(resting + others, resting + alone.used[REST]):
        stand, kind = divmod(np.int64(alone.where[row]) & ROW, kinds)
        place, recent = tables.stand_place[stand], alone.recent[row] / law.max_speed
        settle(law, state, dice, place, stand, kind, recent, alone.far[row], 1)
    alone.used[REST] = others


@inlined
def _tell_alone(tables: Tables, alone: Alone, day: int, links: Whole, kinds: Whole) -> None:
    """Add those on roads to the people by link, and those in towns to the people by place and kind, where wanted."""
    like, legs, room = tables.weight.shape[0], tables.leg_link.shape[0], alone.words.shape[0]
    if links.shape[0] > 0:
        for row in range(NIGHT * room, NIGHT * room + alone.used[NIGHT]):
            leg = (np.int64(alone.where[row]) >> HALF) // like
            links[day, tables.leg_link[leg % legs]] += 1
    if kinds.shape[0] > 0:
        for row in range(TOWN * room, TOWN * room + alone.used[TOWN]):
            place, kind = divmod(np.int64(alone.where[row]) & ROW, like)
            kinds[day, place, kind] += 1
