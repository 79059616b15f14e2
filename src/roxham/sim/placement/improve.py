"""Make a plan better by hand: fill beds that are left, and let a family in where one may give way or move."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from roxham.sim.placement.data import Day

MOVES = 400
_LITTLE = 1e-6
Places = NDArray[np.int64]


def improve(day: Day, place: Places, free_to_move: NDArray[np.bool_]) -> Places:
    """Take the best single exchange again and again until none is left, shares of provinces aside.

    An exchange lets one family without a place into a place, and one that is there moves elsewhere or gives way.
    """
    place = place.copy()
    need = np.where(day.there, day.persons[:, None], 0)
    gain = np.where(np.isfinite(day.price), day.without[:, None] - day.price, -np.inf)
    room = day.free.copy()
    for row in np.flatnonzero(place >= 0):
        room[place[row]] -= need[row]
    for _ in range(MOVES):
        out = np.flatnonzero((place < 0) & free_to_move)
        if not out.size:
            break
        inside = np.flatnonzero((place >= 0) & free_to_move)
        holds = (need[:, None, :] <= room[None, :, :]).all(axis=2)
        best = np.where(holds, gain, -np.inf)
        worth_in = best[out].max(axis=1, initial=-np.inf)
        if worth_in.max(initial=0) > _LITTLE:
            u = out[int(worth_in.argmax())]
            p = int(best[u].argmax())
            place[u] = p
            room[p] -= need[u]
            continue
        if not _exchange(place, out, inside, need, gain, best, room):
            break
    return place


def _exchange(
    place: Places, out: Places, inside: Places, need: Places, gain: NDArray[np.float64], best: NDArray[np.float64],
    room: Places,
) -> bool:
    """Let the family in whose entry gains most once one that is inside moves on or gives way; say if there is one."""
    if not inside.size:
        return False
    at = place[inside]
    other = best[inside].copy()
    other[np.arange(inside.size), at] = -np.inf
    moved = np.maximum(other.max(axis=1), 0.0)
    enough = (need[out][:, None, :] <= (room[at] + need[inside])[None, :, :]).all(axis=2)
    worth = np.where(enough, gain[out][:, at] + (moved - gain[inside, at])[None, :], -np.inf)
    u, v = np.unravel_index(int(worth.argmax()), worth.shape)
    if worth[u, v] <= _LITTLE:
        return False
    here = int(at[v])
    room[here] += need[inside[v]] - need[out[u]]
    place[out[u]] = here
    place[inside[v]] = -1
    if moved[v] > 0:
        there = int(other[v].argmax())
        place[inside[v]] = there
        room[there] -= need[inside[v]]
    return True
