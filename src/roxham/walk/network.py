"""The map as directed links, and the routes over it that people may plan: what they choose among, and what is left.

A `stand` is a place together with what remains of a plan: the first stands are the places themselves (no plan), the
others stand for people on the way who wait for the next link of theirs. A `leg` is a link together with the stand at
its end. A `choice` is one route from a place: where it ends, and its links.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from roxham.errors import Problem, RunError
from roxham.walk.folder import Folder
from roxham.walk.settings import Settings

__all__ = ["Network", "Routes", "directed", "plan_routes", "routes_by_awareness"]

Whole = NDArray[np.int64]
Real = NDArray[np.float64]

MOST_ROUTES = 2_000_000


@dataclass(frozen=True, slots=True)
class Network:
    """Directed links: two for each row of `routes.csv`, in the order in which each place lists its own.

    `row` is the row of `routes.csv`; `speed` the most km a day on the link; `on_foot` the chance that somebody walks
    it at the speed of walking; `forced` marks links that all who stand at their start must take.
    """

    start: Whole
    end: Whole
    km: Real
    row: Whole
    speed: Real
    on_foot: Real
    forced: NDArray[np.bool_]

    def leaving(self, places: int) -> list[list[int]]:
        """Return, for each place, the links that leave it."""
        found: list[list[int]] = [[] for _ in range(places)]
        for link, start in enumerate(self.start):
            found[int(start)].append(link)
        return found


def directed(folder: Folder, rules: Settings, *, doubled: bool) -> Network:
    """Return the directed links; with `doubled`, rows whose redirection is 1 stand twice, as in Flee."""
    links = folder.links
    order = [row for row in range(len(links)) for _ in range(2 if doubled and links.redirection[row] == 1 else 1)]
    rows = np.repeat(np.array(order, dtype=np.int64), 2)
    back = np.tile(np.array([False, True]), len(order))
    speed = _attribute(links.attributes, "max_move_speed", len(links), rules.max_move_speed)
    on_foot = _attribute(links.attributes, "walk_probability", len(links), 0.0)
    redirection = links.redirection[rows]
    return Network(
        start=np.where(back, links.second[rows], links.first[rows]),
        end=np.where(back, links.first[rows], links.second[rows]),
        km=links.km[rows],
        row=rows,
        speed=speed[rows],
        on_foot=np.clip(on_foot[rows], 0.0, 1.0),
        forced=np.where(back, redirection == 1, redirection == 2),
    )


def _attribute(attributes: Mapping[str, Sequence[str]], name: str, count: int, default: float) -> Real:
    column = attributes.get(name, ("",) * count)
    return np.array([float(text) if text else default for text in column], dtype=np.float64)


@dataclass(frozen=True, slots=True)
class Routes:
    """All that people choose among, as arrays for the kernel.

    `first` has one entry more than there are places: the choices of place p are `first[p]` to `first[p + 1] - 1`.
    `end` is the place where a choice ends and `km` how far that is; `links` its links, `leg` the leg that it begins
    with. `stand_place` and `stand_end` say where a stand is and where its plan ends; `stand_name` the place that comes
    next. `leg_link` and `leg_stand` say which link a leg is on and where those arrive who walk it.
    """

    first: Whole
    end: Whole
    km: Real
    links: tuple[tuple[int, ...], ...]
    leg: Whole
    stand_place: Whole
    stand_end: Whole
    stand_leg: Whole
    leg_link: Whole
    leg_stand: Whole

    @property
    def start(self) -> Whole:
        """The place where each choice begins."""
        return np.repeat(np.arange(len(self.first) - 1), np.diff(self.first))


def routes_by_awareness(folder: Folder, network: Network, awareness: int) -> Routes:
    """Return every simple path of at most `awareness` links, where a link into a marker does not count."""
    places = len(folder.places)
    marker = folder.places.has("marker") & ~folder.places.has("camp")
    leaving = network.leaving(places)
    paths: list[tuple[int, ...]] = []
    for place in range(places):
        stack: list[tuple[int, tuple[int, ...], frozenset[int], int]] = [(place, (), frozenset([place]), awareness)]
        while stack:
            here, path, seen, left = stack.pop()
            for link in leaving[here] if left > 0 else ():
                there = int(network.end[link])
                if there in seen:
                    continue
                longer = (*path, link)
                if not marker[there]:
                    paths.append(longer)
                if len(paths) > MOST_ROUTES:
                    raise RunError(Problem(f"more than {MOST_ROUTES:,} routes; lower awareness_level"))
                stack.append((there, longer, seen | {there}, left if marker[there] else left - 1))
    return plan_routes(network, paths, places)


def plan_routes(network: Network, paths: Iterable[Sequence[int]], places: int) -> Routes:
    """Return the choices, stands and legs of the given paths, each a chain of directed links.

    Links that join the same two places one way are one leg: people take the first of them that is open.
    """
    listed = sorted({tuple(path) for path in paths}, key=lambda path: (int(network.start[path[0]]), path))
    first_link: dict[tuple[int, int], int] = {}
    for link in range(len(network.km)):
        first_link.setdefault((int(network.start[link]), int(network.end[link])), link)
    stands: dict[tuple[int, ...], int] = {(place,): place for place in range(places)}
    legs: dict[tuple[int, ...], int] = {}

    def leg_of(chain: tuple[int, ...]) -> int:
        """Return the leg that begins a chain of places."""
        stands.setdefault(chain[1:], len(stands))
        return legs.setdefault(chain, len(legs))

    begun = []
    for path in listed:
        chain = (int(network.start[path[0]]), *(int(network.end[link]) for link in path))
        begun.append(leg_of(chain))
        for step in range(1, len(chain) - 1):
            leg_of(chain[step:])
    start = np.array([network.start[path[0]] for path in listed], dtype=np.int64)
    return Routes(
        first=np.searchsorted(start, np.arange(places + 1)).astype(np.int64),
        end=np.array([network.end[path[-1]] for path in listed], dtype=np.int64),
        km=np.array([sum(float(network.km[link]) for link in path) for path in listed], dtype=np.float64),
        links=tuple(listed),
        leg=np.array(begun, dtype=np.int64),
        stand_place=np.array([chain[0] for chain in stands], dtype=np.int64),
        stand_end=np.array([chain[-1] for chain in stands], dtype=np.int64),
        stand_leg=np.array([legs[chain] if len(chain) > 1 else -1 for chain in stands], dtype=np.int64),
        leg_link=np.array([first_link[chain[0], chain[1]] for chain in legs], dtype=np.int64),
        leg_stand=np.array([stands[chain[1:]] for chain in legs], dtype=np.int64),
    )
