"""What a random word means for somebody who decides at a stand: to stay, or which leg to take.

By the alias method (Walker 1977, ACM Trans. Math. Softw. 3; Vose 1991, IEEE Trans. Softw. Eng. 17): as many columns of
equal chance as a power of two, each shared by at most two outcomes. So whoever decides reads one cell.
"""

from __future__ import annotations

import numpy as np

from roxham.walk.choice import weigh
from roxham.walk.machine import inlined, machine_code
from roxham.walk.state import SLOTS, Alone, State
from roxham.walk.tables import Law, Tables

__all__ = ["BITS", "DECIDING", "HALF", "LIST", "NIGHT", "REST", "ROW", "TOWN", "notice", "on_leg"]

DECIDING, REST, NIGHT, TOWN = 0, 1, 2, 3  # the lists of people: decide, rest, on a road tonight, rest in a town
SPELL = 4  # one more of `used`: the spell of days that was last noticed, from 1
BITS, LIST, HALF = 32, 30, 16  # of a word; before the list that somebody goes to; before the leg
ROW = (1 << HALF) - 1
SOON = 0.05  # chance to leave from which on people who rest stay in the lists
MOST_SIGNED = 20  # routes from a place, above which its table is made anew each time
DUST = 1e-12


@inlined
def on_leg(tables: Tables, leg: int, kind: int) -> int:
    """Return the number that says that somebody is on a leg, or walks back on it: the leg, and the row at its end."""
    legs, kinds = tables.leg_link.shape[0], tables.weight.shape[0]
    stand = tables.leg_stand[leg] if leg < legs else tables.link_start[tables.leg_link[leg - legs]]
    return int(((leg * kinds + kind) << HALF) + stand * kinds + kind)


@inlined
def notice(tables: Tables, law: Law, state: State, alone: Alone, day: int) -> None:
    """Find the tables of all stands around which something has changed since this was last called."""
    kinds = tables.weight.shape[0]
    anew = alone.used[SPELL] != tables.spell[day] + 1
    alone.used[SPELL] = tables.spell[day] + 1
    for place in range(state.here.shape[0]):
        seen = (state.refused[0, place] + 2.0 * state.refused[1, place] + 4.0 * tables.is_camp[day, place]
                + 8.0 * tables.is_town[day, place] + 0.5 * tables.move_chance[day, place])  # the chance: at most a half
        alone.changed[place] = alone.seen[place] != seen
        alone.seen[place] = seen
    for stand in range(tables.stand_place.shape[0]):
        place = tables.stand_place[stand]
        stale = anew or stand != place or alone.changed[place]
        if stand == place:
            for k in range(tables.first[place], tables.first[place + 1]):
                stale |= alone.changed[tables.end[k]]
        if stale:
            for kind in range(kinds):
                _find_table(tables, law, state, alone, day, stand * kinds + kind)


@inlined
def _find_table(tables: Tables, law: Law, state: State, alone: Alone, day: int, row: int) -> None:
    """Find the table of a stand and kind as things are now among those made before, or make it."""
    stand = row // tables.weight.shape[0]
    place = tables.stand_place[stand]
    chance = tables.move_chance[day, place] if stand == place else 1.0
    short = law.force_short and stand == place and tables.is_town[day, place]
    alone.forced[row] = law.max_speed if short else -1.0
    from_camp = 1 if tables.is_camp[day, place] else 0
    sign = 2 * tables.spell[day] + from_camp
    first, last = tables.first[place], tables.first[place + 1]
    if stand == place:
        for k in range(first, last):
            full, camp = state.refused[from_camp, tables.end[k]] > 0.0, tables.is_camp[day, tables.end[k]]
            alone.turned[k - first] = full and camp
            sign = 4 * sign + 2 * full + camp
    else:
        end = tables.stand_end[stand]
        full = state.refused[from_camp, end] > 0.0 and tables.is_camp[day, end]
        alone.turned[0] = full or not tables.is_open[day, tables.leg_link[tables.stand_leg[stand]]]
        sign = 2 * sign + alone.turned[0]
    known = stand != place or last - first <= MOST_SIGNED
    slot = 0
    while slot < SLOTS and not (known and alone.sign[row, slot] == sign and alone.chance[row, slot] == chance):
        slot += 1
    if slot == SLOTS:
        slot = alone.turn[row]
        alone.turn[row] = (slot + 1) % SLOTS
        alone.sign[row, slot], alone.chance[row, slot] = sign, chance
        _make_table(tables, law, state, alone, day, row, row * SLOTS + slot)
    alone.base[row] = np.uint64((row * SLOTS + slot) * 2 * alone.turned.shape[0])


@machine_code
def _make_table(tables: Tables, law: Law, state: State, alone: Alone, day: int, row: int, at: int) -> None:
    """Make the table of a stand and kind, for those who may stay and for those who may not."""
    kinds = tables.weight.shape[0]
    stand, kind = row // kinds, row % kinds
    place = tables.stand_place[stand]
    alone.over[0] = ((TOWN if tables.move_chance[day, place] >= SOON else REST) << LIST) + place * kinds + kind
    count, chance = 1, 1.0
    if stand != place:
        if not alone.turned[0]:
            alone.share[1], count = 1.0, 2
            _lead(tables, alone, 1, tables.stand_leg[stand], kind)
    elif tables.first[place] < tables.first[place + 1]:
        first, last = tables.first[place], tables.first[place + 1]
        weigh(tables, law, state, day, place, kind)
        chance, total, before = tables.move_chance[day, place], state.sums[kind, last - 1], 0.0
        for k in range(first, last):
            weight, before = state.sums[kind, k] - before, state.sums[kind, k]
            if weight > 0.0 and not alone.turned[k - first]:
                alone.share[count] = weight / total
                _lead(tables, alone, count, tables.leg[k], kind)
                count += 1
    for must in range(2):
        stays = 1.0
        for k in range(1, count):
            alone.part[k] = alone.share[k] if must else alone.share[k] * chance
            stays -= alone.part[k]
        alone.part[0] = stays if count == 1 or stays > DUST else 0.0
        _alias(alone, 2 * at + must, count)


@inlined
def _lead(tables: Tables, alone: Alone, which: int, leg: int, kind: int) -> None:
    """Note that an outcome is to take a leg."""
    alone.over[which], alone.length[which] = on_leg(tables, leg, kind), tables.km[tables.leg_link[leg]]


@machine_code
def _alias(alone: Alone, row: int, count: int) -> None:
    """Fill a table with the outcomes, by their parts of the whole."""
    columns, total = alone.turned.shape[0], 0.0
    for k in range(count):
        total += alone.part[k]
    low = high = 0
    for k in range(columns):
        alone.other[k] = k
        alone.part[k] = alone.part[k] / total * columns if k < count else 0.0
        if alone.part[k] < 1.0:
            alone.low[low] = k
            low += 1
        else:
            alone.high[high] = k
            high += 1
    while low > 0 and high > 0:
        less, more = alone.low[low - 1], alone.high[high - 1]
        alone.other[less] = more
        alone.part[more] -= 1.0 - alone.part[less]
        low -= 1
        if alone.part[more] < 1.0:
            alone.low[low] = more
            low, high = low + 1, high - 1
    for k in range(columns):
        part = alone.part[k] if alone.other[k] != k else 1.0
        alone.cut[row * columns + k] = np.uint32(part * (2.0**BITS / columns))
        for second in range(2):
            taken = alone.other[k] if second or k >= count else k
            cell = 2 * (row * columns + k) + second
            alone.to[cell], alone.km[cell] = np.uint32(alone.over[taken]), alone.length[taken]
