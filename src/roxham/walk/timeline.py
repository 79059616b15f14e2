"""What each place and each link is on each day: chances to leave, conflict, camps, capacities, what is open.

None of it depends on where people are, so it is worked out once, before any person moves.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from roxham.walk.folder import Closure, Folder
from roxham.walk.network import Network
from roxham.walk.settings import Settings

__all__ = ["Timeline", "decay", "make_timeline"]

Real = NDArray[np.float64]
Whole = NDArray[np.int64]
Flag = NDArray[np.bool_]

NEVER = -1
TINY = 1e-6  # an intensity of conflict below this is none
NEARLY_STILL = 0.005  # whoever leaves a place more rarely than this is in a camp


@dataclass(slots=True)
class Timeline:
    """The state of places and links by day; arrays of shape (days, places) and (days, links).

    `onset` is the day on which a place's conflict began (-1 before any). `shut` marks the days on which an open link
    is closed: who is on it then comes back. `food` is the percent of people in food crisis, `flood` the water's level.
    """

    move_chance: Real
    is_camp: Flag
    is_town: Flag
    intensity: Real
    onset: Whole
    is_open: Flag
    shut: Flag
    food: Real
    flood: Real
    is_foreign: Flag
    zone_of_flood: Flag


def decay(rules: Settings, days_since: Real) -> Real:
    """Return how much of a conflict's weight is left this many days after its onset; 1 without a list of decays."""
    if not rules.conflict_spawn_decay:
        return np.ones_like(days_since)
    steps = np.array(rules.conflict_spawn_decay, dtype=np.float64)
    index = np.floor(days_since / rules.conflict_spawn_decay_interval).astype(np.int64)
    return np.asarray(steps[np.clip(index, 0, len(steps) - 1)], dtype=np.float64)


@dataclass(slots=True)
class _Now:
    """The state of every place on the day that is being worked out."""

    move_chance: Real
    is_camp: Flag
    is_idp_camp: Flag
    is_town: Flag
    intensity: Real
    onset: Whole
    is_open: Flag
    scheduled: Flag = field(default_factory=lambda: np.zeros(0, dtype=np.bool_))


def make_timeline(folder: Folder, network: Network, rules: Settings, *, documented: bool = False) -> Timeline:
    """Work out every day of a folder in turn.

    As in Flee, only the beginning and the end of a conflict act, a camp that was hit is left like a town for ever
    after, and closures of single links do nothing. With `documented`, intensities are those of the file on every day,
    a camp stays a camp, and closures of links close them both ways.
    """
    now = _first(folder, network, rules, documented=documented)
    days, places, links = folder.days, len(folder.places), len(network.km)
    line = Timeline(
        move_chance=np.zeros((days, places)), is_camp=np.zeros((days, places), dtype=np.bool_),
        is_town=np.zeros((days, places), dtype=np.bool_), intensity=np.zeros((days, places)),
        onset=np.zeros((days, places), dtype=np.int64), is_open=np.ones((days, links), dtype=np.bool_),
        shut=np.zeros((days, links), dtype=np.bool_),
        food=folder.food if folder.food is not None else np.zeros((days, places)),
        flood=np.floor(folder.flood) if folder.flood is not None else np.zeros((days, places)),
        is_foreign=folder.places.is_foreign, zone_of_flood=folder.places.has("flood_zone"),
    )
    for day in range(days):
        for when, place, kind in folder.changes:
            if when == day:
                _become(now, place, kind, rules)
        _conflict(now, folder, day, rules, documented=documented)
        before = now.is_open.copy()
        for closure in folder.closures:
            _close(now, closure, day, folder, network, rules, documented=documented)
        line.move_chance[day], line.is_camp[day], line.is_town[day] = now.move_chance, now.is_camp, now.is_town
        line.intensity[day], line.onset[day], line.is_open[day] = now.intensity, now.onset, now.is_open
        line.shut[day] = before & ~now.is_open
    return line


def _first(folder: Folder, network: Network, rules: Settings, *, documented: bool) -> _Now:
    """Return the state before the first day, from the types of the places."""
    places = folder.places
    count = len(places)
    now = _Now(
        move_chance=np.ones(count), is_camp=np.zeros(count, dtype=np.bool_),
        is_idp_camp=np.zeros(count, dtype=np.bool_), is_town=np.zeros(count, dtype=np.bool_),
        intensity=np.full(count, -1.0),
        onset=np.full(count, NEVER, dtype=np.int64), is_open=np.ones(len(network.km), dtype=np.bool_),
    )
    given = places.attributes.get("conflict_intensity", ("",) * count)
    for place, kind in enumerate(places.kind):
        _become(now, place, kind, rules)
        if now.intensity[place] > 0:
            if places.conflict_day[place] > 0 or (documented and folder.conflict[0, place] < TINY):
                _become(now, place, "town", rules)
            elif _is_number(given[place]):
                now.intensity[place] = float(given[place])
    return now


def _is_number(text: str) -> bool:
    return text.replace(".", "", 1).isdecimal()


def _become(now: _Now, place: int, kind: str, rules: Settings) -> None:
    """Make a place one of the types of the file."""
    kind = kind.casefold()
    now.is_camp[place] = now.is_idp_camp[place] = now.is_town[place] = False
    now.intensity[place] = -1.0
    if "camp" in kind:
        now.is_camp[place], now.is_idp_camp[place] = True, "idp" in kind
        now.move_chance[place] = rules.idpcamp_movechance if "idp" in kind else rules.camp_movechance
    elif "conflict" in kind:
        now.intensity[place], now.move_chance[place] = 1.0, rules.conflict_movechance
    elif "forward" in kind or "marker" in kind:
        now.move_chance[place] = 1.0
    elif "flood_zone" in kind:
        now.move_chance[place] = rules.default_movechance
    elif "default" in kind or "town" in kind:
        now.is_town[place], now.move_chance[place] = True, rules.default_movechance
    if now.move_chance[place] < NEARLY_STILL and "camp" not in kind and "flood_zone" not in kind:
        now.is_camp[place], now.is_town[place] = True, False


def _conflict(now: _Now, folder: Folder, day: int, rules: Settings, *, documented: bool) -> None:
    """Let conflicts begin and end."""
    today = folder.conflict[day]
    was = folder.conflict[day - 1] if day else np.zeros_like(today)
    for place in np.flatnonzero((today > TINY) & (was < TINY)):
        now.move_chance[place] = rules.conflict_movechance
        now.intensity[place], now.is_town[place], now.onset[place] = today[place], False, day
    for place in np.flatnonzero((today < TINY) & (was >= TINY)):
        now.intensity[place] = -1.0
        if documented and now.is_camp[place]:
            now.move_chance[place] = rules.idpcamp_movechance if now.is_idp_camp[place] else rules.camp_movechance
        else:
            now.is_town[place], now.move_chance[place] = True, rules.default_movechance
    if documented:
        going_on = today > TINY
        now.intensity[going_on] = today[going_on]


def _close(now: _Now, one: Closure, day: int, folder: Folder, network: Network, rules: Settings, *,
           documented: bool) -> None:
    """Let one closure begin or end, if this is the day."""
    if day not in (one.start, one.end):
        return
    opening = day == one.end
    if one.kind in ("camp", "idpcamp"):
        place = folder.places.index(one.first)
        if place >= 0:
            _become(now, place, one.kind if opening else "town", rules)
            now.intensity[place] = folder.conflict[day, place] if folder.conflict[day, place] > TINY else -1.0
        return
    now.is_open[_closed_links(one, folder, network, documented=documented)] = opening


def _closed_links(one: Closure, folder: Folder, network: Network, *, documented: bool) -> Flag:
    """Return the links that a closure closes."""
    places = folder.places
    if one.kind == "country":
        country = np.array(places.country)
        start, end = country[network.start], country[network.end]
        return np.asarray(
            ((start == one.first) & (end == one.second)) | ((start == one.second) & (end == one.first)), dtype=np.bool_
        )
    first, second = places.index(one.first), places.index(one.second)
    if one.kind == "location":
        return np.asarray(((network.start == first) | (network.end == first)) & (first >= 0), dtype=np.bool_)
    if one.kind == "link" and documented:
        return np.asarray(
            ((network.start == first) & (network.end == second))
            | ((network.start == second) & (network.end == first)), dtype=np.bool_
        )
    return np.zeros(len(network.km), dtype=np.bool_)
