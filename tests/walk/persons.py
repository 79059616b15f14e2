"""The same rules, person by person: slow, simple, and written apart from the kernel of counts that it is held against.

One kind of people, plans of one link, and camps that are full or not (no room that shrinks as people come), so that
the order of people within a day does not matter.
"""

from __future__ import annotations

import numba
import numpy as np
from numpy.typing import NDArray

from roxham.walk.tables import Law, Tables

__all__ = ["by_person"]

Whole = NDArray[np.int64]


@numba.njit
def _weights(tables: Tables, law: Law, day: int, here: Whole, full: Whole, sums: NDArray[np.float64]) -> None:
    for place in range(len(here)):
        capacity = tables.capacity[day, place]
        full[place] = capacity >= 1.0 and here[place] >= capacity
    for place in range(len(here)):
        first, last = tables.first[place], tables.first[place + 1]
        total, best = 0.0, 0.0
        for k in range(first, last):
            weight = tables.weight[0, tables.spell[day], k]
            sums[k] = 0.0 if weight > 0.0 and law.room_weighs and full[tables.end[k]] else weight
            best = max(best, sums[k])
        for k in range(first, last):
            if sums[k] > 0.0:
                total += sums[k]
            elif best <= 0.0 and sums[k] >= 0.0:
                total += 1.0
            sums[k] = total


@numba.njit
def _route(tables: Tables, dice: np.random.Generator, day: int, place: int, full: Whole,
           sums: NDArray[np.float64]) -> int:
    first, last = tables.first[place], tables.first[place + 1]
    if first == last or sums[last - 1] <= 0.0:
        return -1
    drawn, k = dice.random() * sums[last - 1], first
    while k < last - 1 and drawn >= sums[k]:
        k += 1
    return -1 if tables.is_camp[day, tables.end[k]] and full[tables.end[k]] else k


@numba.njit
def _walk(tables: Tables, law: Law, dice: np.random.Generator, day: int, one: int, at: Whole, leg: Whole, back: Whole,
          far: NDArray[np.float64], today: NDArray[np.float64], recent: NDArray[np.float64], here: Whole, full: Whole,
          sums: NDArray[np.float64]) -> None:
    while True:
        link = tables.leg_link[leg[one]]
        speed, length = tables.speed[link], tables.km[link]
        step = speed if law.fresh_allowance else max(speed - today[one], 0.0)
        far[one] += step
        today[one] += step
        if not (far[one] > length if law.beyond else far[one] >= length):
            return
        today[one] = max(today[one] - (far[one] - length), 0.0)
        place = tables.link_start[link] if back[one] else tables.link_end[link]
        at[one] = place
        k = -1
        if not back[one] and today[one] < speed:
            forced = law.force_short and (recent[one] + today[one] / law.max_speed) / 2 < 0.5
            chance = 1.0 if forced and tables.is_town[day, place] else tables.move_chance[day, place]
            if dice.random() < chance:
                k = _route(tables, dice, day, place, full, sums)
        back[one] = 0
        if k < 0:
            leg[one] = -1
            here[place] += 1
            return
        at[one], leg[one], far[one] = -1, tables.leg[k], 0.0


@numba.njit
def by_person(tables: Tables, law: Law, dice: np.random.Generator, out: Whole) -> None:
    """Fill people by day and place, one run."""
    days, places = tables.move_chance.shape
    most = tables.total.sum() + tables.at_first.sum()
    at, leg, back = np.full(most, -1), np.full(most, -1), np.zeros(most, np.int64)
    far, today, recent = np.zeros(most), np.zeros(most), np.zeros(most)
    turn = np.zeros(most, np.int64)  # 0 rests, 1 walks, 2 leaves, 3 has just set out
    here, full, sums = np.zeros(places, np.int64), np.zeros(places, np.int64), np.zeros(len(tables.end))
    many = 0
    for place in range(places):
        for _ in range(tables.at_first[place]):
            at[many] = place
            here[place] += 1
            many += 1
    for day in range(days):
        staying = here.copy()
        for one in range(many):
            today[one], turn[one] = 0.0, 0
            if leg[one] >= 0:
                turn[one] = 1
                if tables.shut[day, tables.leg_link[leg[one]]]:
                    back[one] = 1
            elif dice.random() < tables.move_chance[day, at[one]]:
                turn[one] = 2
                staying[at[one]] -= 1
        _weights(tables, law, day, staying, full, sums)
        for one in range(many):
            if turn[one] == 2:
                k = _route(tables, dice, day, at[one], full, sums)
                turn[one] = 1 if k >= 0 else 0
                if k >= 0:
                    here[at[one]] -= 1
                    at[one], leg[one], far[one] = -1, tables.leg[k], 0.0
        _weights(tables, law, day, here, full, sums)
        before = many
        chances = np.cumsum(tables.factor[day] * np.maximum(tables.people, 0))
        for _ in range(tables.total[day]):
            place = np.searchsorted(chances, dice.random() * chances[-1], side="right")
            at[many] = place
            k = -1
            if dice.random() < tables.move_chance[day, place]:
                k = _route(tables, dice, day, place, full, sums)
            if k >= 0:
                at[many], leg[many], turn[many] = -1, tables.leg[k], 3
            else:
                here[place] += 1
            many += 1
        for group in (1, 3):
            _weights(tables, law, day, here, full, sums)
            for one in range(0 if group == 1 else before, before if group == 1 else many):
                if turn[one] == group:
                    _walk(tables, law, dice, day, one, at, leg, back, far, today, recent, here, full, sums)
        for one in range(many):
            recent[one] = (recent[one] + today[one] / law.max_speed) / 2
        out[day] = here
