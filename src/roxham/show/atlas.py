"""The map of a case as plain data for a page: outlines as SVG paths, crossings as points, one crossing drawn large.

Everything is projected, clipped and thinned here, so that a page only draws. Two sheets come of it: `whole`, the border
from end to end, and `near`, the country about one crossing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from roxham._geo import lambert, lines_of
from roxham.show.map import CENTRE, HALF_KM, PARALLELS, WORDS
from roxham.show.text import Language
from roxham.world import World

Floats = NDArray[np.float64]
Project = Callable[[Floats], Floats]

WIDTH = 1000.0  # units of a sheet from side to side; one unit is about a pixel
NEAR_WIDTH, NEAR_HEIGHT = 400.0, 280.0
THIN = 0.35  # points nearer than this to the line between their neighbours are left out, in units
LARGE = 20.0  # degrees of longitude: a border longer than this takes the projection of the printed map
MARGIN = (0.03, 0.05, 0.03, 0.1)  # left, top, right and bottom of the sheet, as shares of the border's width
KM_PER_DEGREE = 111.195  # of a great circle of the mean sphere
FILLS, STROKES = ("province", "state", "lake"), ("river", "inner")


@dataclass(frozen=True)
class _Sheet:
    """A window in the projected plane, in kilometres, and its size in units."""

    project: Project
    left: float
    top: float
    scale: float  # units per kilometre
    width: float
    height: float

    def place(self, points: Floats) -> Floats:
        """Longitudes and latitudes as units from the upper left corner."""
        flat = self.project(np.asarray(points, dtype=np.float64))
        return np.stack([(flat[..., 0] - self.left) * self.scale, (self.top - flat[..., 1]) * self.scale], axis=-1)

    def holds(self, point: Floats, beyond: float = 0.0) -> bool:
        """True where a point lies on the sheet."""
        x, y = float(point[0]), float(point[1])
        return -beyond <= x <= self.width + beyond and -beyond <= y <= self.height + beyond


def atlas(world: World, language: Language = "en", *, focus: str | None = None) -> dict[str, Any]:
    """The two sheets of a case's map: paths by layer, stretches of the border, and points where people cross.

    `focus` is the stretch drawn large, by default the shortest. Each sheet has `width` and `height`, `layers` (layer to
    SVG path), `stretches` (id to path) and `points` (id, kind, name, x, y); `names` gives every id its name.

    >>> from roxham.sim.corridor import load
    >>> sheets = atlas(load("toy").world)
    >>> sorted(sheets["whole"]["stretches"]), sheets["focus"]
    (['long_hills', 'mill_road'], 'mill_road')
    """
    focus = focus or min(world.segments.values(), key=lambda segment: segment.length_km).id
    named = {**world.places, **world.segments}
    return {
        "focus": focus,
        "names": {name: _name(one, language) for name, one in named.items()},
        "credit": WORDS["credit"][language],
        "whole": _drawn(_whole(world), world, language),
        "near": _drawn(_near(world, focus), world, language, towns=True),
    }


def _name(thing: Any, language: Language) -> str:
    return str(getattr(thing, f"name_{language}")).split(" / ")[0]


# ---------------------------------------------------------------------- sheets
def _whole(world: World) -> _Sheet:
    """The sheet that holds the border from side to side, and from its south to the northernmost place of crossing."""
    lines = [line for feature in world.border()["features"] for line in lines_of(feature["geometry"])]
    points = np.concatenate(lines)
    (west, south), (east, north) = points.min(axis=0), points.max(axis=0)
    local = _plane(((west + east) / 2, (south + north) / 2))
    project = _conic if east - west > LARGE else local
    flat = project(points)
    (left, low), (right, _) = flat.min(axis=0), flat.max(axis=0)
    crossed = [world.places[segment.access] for segment in world.segments.values()]
    high = float(project(np.array([[place.lon, place.lat] for place in crossed]))[:, 1].max())
    wide = max(right - left, 1.0)
    tall = max(high - low, 0.3 * wide)
    high = (high + low + tall) / 2
    scale = WIDTH / (wide * (1 + MARGIN[0] + MARGIN[2]))
    height = (tall + wide * (MARGIN[1] + MARGIN[3])) * scale
    return _Sheet(project, left - MARGIN[0] * wide, high + MARGIN[1] * wide, scale, WIDTH, height)


def _near(world: World, focus: str) -> _Sheet:
    """The sheet about one crossing, eighteen kilometres wide as on the printed map."""
    place = world.places[world.segments[focus].access]
    scale = NEAR_WIDTH / (2 * HALF_KM)
    return _Sheet(_plane((place.lon, place.lat)), -HALF_KM, NEAR_HEIGHT / scale / 2, scale, NEAR_WIDTH, NEAR_HEIGHT)


def _conic(points: Floats) -> Floats:
    """The projection of the printed map."""
    return lambert(points, centre=CENTRE, parallels=PARALLELS)


def _plane(origin: tuple[float, float]) -> Project:
    """Kilometres east and north of a point, true near its parallel: for a small country or a close view."""

    def project(points: Floats) -> Floats:
        away = (points - np.array(origin)) * KM_PER_DEGREE
        return np.stack([away[..., 0] * np.cos(np.radians(origin[1])), away[..., 1]], axis=-1)

    return project


def _drawn(sheet: _Sheet, world: World, language: Language, *, towns: bool = False) -> dict[str, Any]:
    layers: dict[str, list[str]] = {name: [] for name in (*FILLS, *STROKES)}
    labels = []
    for feature in world.base()["features"]:
        layer = feature["properties"]["layer"]
        rings = [sheet.place(line) for line in lines_of(feature["geometry"])]
        paths = [_path(part, closed=layer in FILLS) for ring in rings for part in _kept(ring, sheet, layer in FILLS)]
        layers[layer] += [path for path in paths if path]
        name = feature["properties"].get(f"name_{language}")
        if name and layer in ("province", "state"):
            labels += _label(rings, sheet, name, layer)
    return {
        "width": round(sheet.width),
        "height": round(sheet.height),
        "km": round(sheet.scale, 4),
        "layers": {name: "".join(paths) for name, paths in layers.items()},
        "labels": labels,
        "stretches": _stretches(sheet, world),
        "points": _points(sheet, world, language, towns=towns),
    }


def _stretches(sheet: _Sheet, world: World) -> dict[str, str]:
    found: dict[str, str] = {}
    for feature in world.border()["features"]:
        parts = [part for line in lines_of(feature["geometry"]) for part in _kept(sheet.place(line), sheet, False)]
        found[feature["properties"]["id"]] = "".join(_path(part, closed=False) for part in parts)
    return found


def _points(sheet: _Sheet, world: World, language: Language, *, towns: bool) -> list[dict[str, Any]]:
    """Where people cross each stretch, and the ports of entry; with `towns`, the towns that people start from."""
    found = []
    for segment in world.segments.values():
        access = world.places[segment.access]
        found.append((segment.id, "stretch", _name(segment, language), access))
    for place in world.places.values():
        if place.kind == "port" or (towns and place.kind == "hub"):
            found.append((place.id, place.kind, _name(place, language), place))
    shown = []
    for name, kind, words, place in found:
        at = sheet.place(np.array([place.lon, place.lat]))
        if sheet.holds(at):
            x, y = (round(float(number), 1) for number in at)
            shown.append({"id": name, "kind": kind, "name": words, "x": x, "y": y})
    return shown


def _label(rings: Sequence[Floats], sheet: _Sheet, name: str, layer: str) -> list[dict[str, Any]]:
    """A name at the middle of what the sheet shows of the largest part, where there is room for it."""
    parts = [part for ring in rings for part in _kept(ring, sheet, True)]
    if not parts:
        return []
    largest = max(parts, key=_area)
    (left, top), (right, low) = largest.min(axis=0), largest.max(axis=0)
    if right - left < 9.0 * len(name) or low - top < 24.0:
        return []
    x, y = _middle(largest)
    return [{"name": name, "layer": layer, "x": round(x), "y": round(y)}]


def _area(ring: Floats) -> float:
    x, y = ring[:, 0], ring[:, 1]
    return abs(float(np.dot(x, np.roll(y, -1)) - np.dot(y, np.roll(x, -1)))) / 2


def _middle(ring: Floats) -> tuple[float, float]:
    """The centre of mass of a ring's inside."""
    x, y = ring[:, 0], ring[:, 1]
    cross = x * np.roll(y, -1) - np.roll(x, -1) * y
    total = float(cross.sum()) or 1.0
    return (
        float(((x + np.roll(x, -1)) * cross).sum()) / (3 * total),
        float(((y + np.roll(y, -1)) * cross).sum()) / (3 * total),
    )


# ---------------------------------------------------------------------- clipping and thinning
def _kept(points: Floats, sheet: _Sheet, closed: bool) -> list[Floats]:
    """What of a line or ring lies on the sheet or just beside it, thinned."""
    beyond = 20.0
    low, high = np.array([-beyond, -beyond]), np.array([sheet.width + beyond, sheet.height + beyond])
    if (points.max(axis=0) < low).any() or (points.min(axis=0) > high).any():
        return []
    if closed:
        clipped = _clip_ring(points, low, high)
        return [_thin(clipped)] if len(clipped) > 2 and _area(clipped) > 1.0 else []
    return [_thin(run) for run in _runs(points, low, high)]


def _clip_ring(ring: Floats, low: Floats, high: Floats) -> Floats:
    """A ring cut to a box, side by side (Sutherland and Hodgman, Communications of the ACM 17, 1974)."""
    for axis, limit, keep in ((0, low[0], 1), (0, high[0], -1), (1, low[1], 1), (1, high[1], -1)):
        if len(ring) == 0:
            break
        inside = keep * (ring[:, axis] - limit) >= 0
        if inside.all():
            continue
        made: list[Floats] = []
        for k in range(len(ring)):
            before, point = ring[k - 1], ring[k]
            if inside[k] != inside[k - 1]:
                share = (limit - before[axis]) / (point[axis] - before[axis])
                made.append(before + share * (point - before))
            if inside[k]:
                made.append(point)
        ring = np.array(made) if made else np.empty((0, 2))
    return ring


def _runs(points: Floats, low: Floats, high: Floats) -> Iterable[Floats]:
    """The pieces of a line that touch a box, each with one point more at either end."""
    touched = np.zeros(len(points), dtype=bool)
    for k in range(len(points) - 1):
        pair = points[k : k + 2]
        if not ((pair.max(axis=0) < low).any() or (pair.min(axis=0) > high).any()):
            touched[k : k + 2] = True
    edges = np.flatnonzero(np.diff(np.concatenate([[0], touched.astype(int), [0]])))
    return [points[start:end] for start, end in zip(edges[::2], edges[1::2], strict=True) if end - start > 1]


def _thin(points: Floats) -> Floats:
    """Fewer points, none further than THIN from the line (Douglas and Peucker, Cartographica 10, 1973)."""
    keep = np.zeros(len(points), dtype=bool)
    keep[[0, -1]] = True
    open_ = [(0, len(points) - 1)]
    while open_:
        first, last = open_.pop()
        if last - first < 2:
            continue
        start, along = points[first], points[last] - points[first]
        length = float(np.hypot(*along))
        rest = points[first + 1 : last] - start
        far = np.abs(along[0] * rest[:, 1] - along[1] * rest[:, 0]) / length if length else np.hypot(*rest.T)
        at = int(far.argmax())
        if far[at] > THIN:
            middle = first + 1 + at
            keep[middle] = True
            open_ += [(first, middle), (middle, last)]
    return points[keep]


def _path(points: Floats, *, closed: bool) -> str:
    """An SVG path in relative steps of tenths of a unit."""
    tenths = np.round(points * 10).astype(int)
    steps = np.diff(tenths, axis=0)
    steps = steps[(steps != 0).any(axis=1)]
    if len(steps) == 0:
        return ""
    first = f"M{tenths[0][0] / 10:g} {tenths[0][1] / 10:g}l"
    return first + " ".join(f"{x / 10:g} {y / 10:g}" for x, y in steps) + ("z" if closed else "")
