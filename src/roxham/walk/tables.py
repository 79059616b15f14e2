"""The whole of a rule as tables: all that the kernel reads. Whoever has a rule of their own fills these and changes
nothing else.

The law of a day, in this order. People set out in the places where they live. Everybody in a place then decides: to
leave with the place's chance of the day, and where to, by the weights of the routes from there times how much room the
destination has. Then all who are on a link travel; who arrives with some of the day left decides again.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

__all__ = ["Law", "Tables"]

Whole = NDArray[np.int64]
Real = NDArray[np.float64]
Flag = NDArray[np.bool_]


class Law(NamedTuple):
    """The switches and numbers of a rule; speeds in km per day.

    `fresh_allowance`: each link walked on one day begins with a full day's distance (Flee), or only with what is left
    of the day. `beyond`: a link is done only when more than its length is walked (Flee), or when all of it is.
    `force_short`: who has travelled little lately leaves towns at once (`avoid_short_stints`). `on_foot_first`: the
    first link is walked at `walk_speed`. `refuse_below`: a camp whose room is below this share turns people away at
    departure. `buffer`: the share of a capacity above which its room shrinks from 1 to 0; from 1 up, room is 1 until
    the camp is full and 0 then. `hold`: nobody sets out for a camp whose room is taken by those in it and those on
    their way there. `room_weighs`: the room of a destination weighs in the choice of it. `weight_power` is applied to
    the room (the weights have theirs already). `keep_above` drops routes whose weight is below the best divided by it
    (1: none). `take_people`: who sets out leaves the population. `parts`: into how many parts a day's travel is cut so
    that people see camps fill up.
    """

    max_speed: float
    walk_speed: float
    fresh_allowance: bool
    beyond: bool
    force_short: bool
    on_foot_first: bool
    refuse_below: float
    buffer: float
    hold: bool
    room_weighs: bool
    weight_power: float
    keep_above: float
    take_people: bool
    parts: int


class Tables(NamedTuple):
    """A rule on a map: what is looked up on each day, place, route, leg and link.

    Shapes: days D, places P, routes R (the routes of place p are `first[p]` to `first[p + 1] - 1`), stands S, legs G,
    directed links L, kinds of people K, spells of days with the same weights W.

    `spell` (D) is the spell of each day and `weight` (K, W, R) the weight of each route, negative where it is closed;
    `end` (R) is where a route ends and `leg` (R) what it begins with. `stand_place`, `stand_end`, `stand_leg` (S): a
    stand is a place with the rest of a plan; -1 for no leg. `leg_link`, `leg_stand` (G): the link of a leg and the
    stand at its end. `link_start`, `link_end`, `km`, `speed`, `on_foot` (L). `move_chance`, `is_town`, `is_camp` (D, P)
    and `capacity` (D, P; below 1: no limit). `is_open`, `shut` (D, L): open today; closed this morning. `total` (D) and
    `factor` (D, P): who sets out today; `people` (P) the population; `at_first` (P); `kinds` (P, K) the shares of the
    kinds of people who come from each place.
    """

    first: Whole
    end: Whole
    leg: Whole
    spell: Whole
    weight: Real
    stand_place: Whole
    stand_end: Whole
    stand_leg: Whole
    leg_link: Whole
    leg_stand: Whole
    link_start: Whole
    link_end: Whole
    km: Real
    speed: Real
    on_foot: Real
    move_chance: Real
    is_town: Flag
    is_camp: Flag
    capacity: Real
    is_open: Flag
    shut: Flag
    total: Whole
    factor: Real
    people: Whole
    at_first: Whole
    kinds: Real
