"""What the kernel carries from day to day: how many people are where, and nothing about any one of them."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from roxham.walk.tables import Law, Tables

__all__ = ["BINS", "FINE_KM", "FINE_RECENT", "KM_STEPS", "MANY", "MOST_ALONE", "RECENT_STEPS", "SLOTS", "Alone",
           "State", "fresh_alone", "fresh_state"]

Whole = NDArray[np.int64]
Real = NDArray[np.float64]

# Recent travel (`avoid_short_stints`) is a running mean of the share of a full day that somebody travels, and who is on
# the way has done some km today. Packets whose numbers lie in one step are merged and keep those of one of them, drawn
# by how many people it has (see `packets`). Packets of many people are cut finer: merged, they would move as one crowd.
KM_STEPS = 25  # into which a full day's distance is cut
FINE_KM = 64  # steps of a km, for packets of many
RECENT_STEPS = 8  # into which recent travel between 0 and 1 is cut
FINE_RECENT = 24  # the same for packets of many
BINS = RECENT_STEPS + FINE_RECENT
MANY = 256

MOST_ALONE = 250_000  # people of a walk up to whom they are walked one by one; as counts 400,000 cost no more
SLOTS = 4  # tables kept of one stand: camps fill up and empty again
MOST_CODES = 1 << 14  # numbers for legs, or for stands, that have room beside each other
MOST_CELLS = 1 << 17  # of the tables, above which nobody is walked alone


class Alone(NamedTuple):
    """People walked one by one (see `alone` and `chances`); all shapes are 0 where rules or map do not allow it.

    Shapes: people N, kinds of people K, rows R = stands x kinds, columns C of their tables, places P. `where`, `far`
    (km today, or to walk) and `recent` (recent travel in km), each (4 N), are people in four lists, one after another:
    they decide, rest, are on a road tonight, rest in a town. A number of `where` holds the list that a table sends
    somebody to, the leg and kind, and the row at the leg's end. `used` (5) counts the lists, `at` (4) are their ends in
    memory. `place` (R) is where a row is. `cut` (8 R C), `to` and `km` (16 R C) say what a random word means: there are
    four tables of each row, for those who may stay and those who may not, with what they hold for in `sign` and
    `chance` (R, 4), the oldest in `turn` (R) and the one of now in `base` (R). `forced` (R) is below how many km,
    recent and today's, nobody may stay, and `always` (R) the same for those who have made up their mind. `seen` and
    `changed` (P) tell what has changed, `coin` (R) below which word somebody leaves this morning and `leaving` (R) how
    many do. `words` (N) are random. The others are for making a table, `turned` (C) among them.
    """

    where: NDArray[np.uint32]
    far: NDArray[np.float64]
    recent: NDArray[np.float64]
    words: NDArray[np.uint32]
    used: Whole
    at: NDArray[np.uint64]
    place: Whole
    cut: NDArray[np.uint32]
    to: NDArray[np.uint32]
    km: NDArray[np.float64]
    sign: NDArray[np.int64]
    chance: NDArray[np.float64]
    turn: Whole
    base: NDArray[np.uint64]
    forced: Real
    always: Real
    seen: Real
    changed: NDArray[np.bool_]
    coin: NDArray[np.uint64]
    leaving: Whole
    turned: NDArray[np.bool_]
    share: Real
    part: Real
    over: Whole
    length: Real
    other: Whole
    low: Whole
    high: Whole


class State(NamedTuple):
    """The people of one replicate, as counts.

    Shapes: stands S, kinds K (twice that where the first link is walked on foot), bins of recent travel B, places P.
    `rest` (S, K, B) are those who were in a place this morning, `rest_recent` their recent travel; `come` and
    `come_recent` those who came there today; `going` those of `rest` who leave; `resting` (S, K) the sum of `rest`.
    `here` (P) counts all in a place, `left` those who leave it this morning, `came` and `came_before` those who came
    there today and yesterday, `takes` how many more a camp takes before it turns people away, `bound` all on the way
    whose plan ends there. `room` and `refused` (2, P) say how a destination looks, to people outside camps and in them:
    its room between 0 and 1 and the share of comers whom it turns away. `people` (P) is the population.

    People on links are packets: rows of `leg` (leg, kind, people) and `far` (km on the link, km today, recent
    travel, the moment of one person's turn). There are five lists of them, in this order: on links since yesterday;
    left today; set out today; on links tonight; leaving now. Rows of `wait` (stand, kind, people, next, name of its
    random numbers) and `waited` (km today, recent travel) are packets who have arrived with some of the day left, in a
    chain for each step of the day's distance (`head`). `found` (2, slots, 3) finds a packet like a given one, in two
    tables: its key, the day on which it was noted, and its row. `used` counts rows. `sums` (kinds, routes) are the
    weights of a place's routes added up, `summed` since which look; `counts` is for one choice.
    """

    rest: NDArray[np.int64]
    rest_recent: Real
    come: NDArray[np.int64]
    come_recent: Real
    going: NDArray[np.int64]
    resting: NDArray[np.int64]
    here: Whole
    left: Whole
    came: Whole
    came_before: Whole
    takes: Whole
    bound: Whole
    room: NDArray[np.float64]
    refused: NDArray[np.float64]
    people: Whole
    leg: NDArray[np.int64]
    far: NDArray[np.float64]
    wait: NDArray[np.int64]
    waited: NDArray[np.float64]
    head: Whole
    found: NDArray[np.int64]
    used: Whole
    sums: Real
    summed: NDArray[np.int64]
    counts: Whole


def _nobody_matters(tables: Tables, law: Law) -> bool:
    """Return whether nobody's day depends on who else walks on it, and all walk at one speed."""
    apart = law.buffer >= 1.0 and not law.hold and law.parts == 1
    plain = not law.fresh_allowance and not law.beyond and not law.on_foot_first
    return apart and plain and not tables.on_foot.any() and bool((tables.speed == law.max_speed).all())


def fresh_alone(tables: Tables, law: Law, *, most: int = MOST_ALONE) -> Alone:
    """Return lists with room for some people (a multiple of four), or for nobody where rules or map do not allow it."""
    kinds, places = len(tables.weight), tables.move_chance.shape[1]
    rows, codes = len(tables.stand_place) * kinds, 2 * len(tables.leg_link) * kinds
    columns = 1 << int(np.diff(tables.first).max(initial=1)).bit_length()  # more than there are routes: one is to stay
    if not _nobody_matters(tables, law) or max(rows, codes) > MOST_CODES or SLOTS * rows * columns > MOST_CELLS:
        most = rows = 0
    made = 2 * SLOTS * rows
    return Alone(
        where=np.zeros(4 * most, dtype=np.uint32), far=np.zeros(4 * most), recent=np.zeros(4 * most),
        words=np.zeros(most, dtype=np.uint32), used=_none(5), at=np.zeros(4, dtype=np.uint64),
        place=np.repeat(tables.stand_place, kinds)[:rows], cut=np.zeros(made * columns, dtype=np.uint32),
        to=np.zeros(2 * made * columns, dtype=np.uint32), km=np.zeros(2 * made * columns),
        sign=np.full((rows, SLOTS), -1, dtype=np.int64), chance=np.zeros((rows, SLOTS)), turn=_none(rows),
        base=np.zeros(rows, dtype=np.uint64), forced=np.zeros(rows), always=np.full(rows, np.inf),
        seen=np.zeros(places), changed=np.zeros(places, dtype=np.bool_), coin=np.zeros(rows, dtype=np.uint64),
        leaving=_none(rows), turned=np.zeros(columns, dtype=np.bool_), share=np.zeros(columns), part=np.zeros(columns),
        over=_none(columns), length=np.zeros(columns), other=_none(columns), low=_none(columns), high=_none(columns),
    )


def _none(many: int) -> Whole:
    return np.zeros(many, dtype=np.int64)


def fresh_state(tables: Tables, law: Law, *, rows: int) -> State:
    """Return a state without people, with place for some rows of packets in each list."""
    stands, places = len(tables.stand_place), len(tables.move_chance[0])
    kinds = len(tables.weight) * (2 if law.on_foot_first else 1)
    cells = (stands, kinds, BINS if law.force_short else 1)
    fastest = max([law.max_speed, law.walk_speed, *tables.speed.tolist()])
    slots = 1 << (2 * rows - 1).bit_length()
    widest = int(np.diff(tables.first).max(initial=1))
    return State(
        rest=np.zeros(cells, dtype=np.int64), rest_recent=np.zeros(cells),
        come=np.zeros(cells, dtype=np.int64), come_recent=np.zeros(cells), going=np.zeros(cells, dtype=np.int64),
        resting=np.zeros(cells[:2], dtype=np.int64), here=np.zeros(places, dtype=np.int64),
        left=np.zeros(places, dtype=np.int64), came=np.zeros(places, dtype=np.int64),
        came_before=np.zeros(places, dtype=np.int64), takes=np.zeros(places, dtype=np.int64),
        bound=np.zeros(places, dtype=np.int64), room=np.ones((2, places)),
        refused=np.zeros((2, places)), people=tables.people.copy(),
        leg=np.zeros((5, rows, 3), dtype=np.int64), far=np.zeros((5, rows, 4)),
        wait=np.zeros((rows, 5), dtype=np.int64), waited=np.zeros((rows, 2)),
        head=np.full(int(min(fastest / law.max_speed, 1e4) * KM_STEPS) + 3, -1, dtype=np.int64),
        found=np.zeros((2, slots, 3), dtype=np.int64), used=np.zeros(11, dtype=np.int64),
        sums=np.zeros((kinds, len(tables.end))), summed=np.zeros((kinds, places), dtype=np.int64),
        counts=np.zeros(max(widest, 1), dtype=np.int64),
    )
