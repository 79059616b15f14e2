"""Distances and lengths on the ellipsoid, and one flat projection, in plain numpy.

Longitude comes before latitude everywhere, in degrees, as in GeoJSON. Distances are kilometres.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["great_circle_km", "lambert", "length_km", "lines_of", "segment_lengths"]

Floats = NDArray[np.float64]

# WGS 84 (NGA.STND.0036): semi-major axis in kilometres and flattening.
_A = 6378.137
_F = 1 / 298.257223563
# Mean radius of the Earth (IUGG), kilometres: for distances between towns, where 0.5 % does not matter.
_RADIUS = 6371.0088


def great_circle_km(start: Floats, end: Floats) -> Floats:
    """Distance in kilometres on a sphere; arrays of (..., longitude, latitude) that broadcast.

    >>> new_york, plattsburgh = np.array([-73.99, 40.757]), np.array([-73.453, 44.695])
    >>> int(great_circle_km(new_york, plattsburgh))
    440
    """
    a, b = np.radians(start), np.radians(end)
    half_lat = np.sin((b[..., 1] - a[..., 1]) / 2) ** 2
    half_lon = np.sin((b[..., 0] - a[..., 0]) / 2) ** 2
    chord = half_lat + np.cos(a[..., 1]) * np.cos(b[..., 1]) * half_lon
    return np.asarray(2 * _RADIUS * np.arcsin(np.sqrt(np.clip(chord, 0.0, 1.0))), dtype=np.float64)


def length_km(line: Floats) -> float:
    """Length of a line of (n, 2) longitudes and latitudes along geodesics of the WGS 84 ellipsoid.

    Vincenty's inverse formula (Survey Review 23, 1975), which converges for every edge that is short
    beside the Earth.

    >>> round(length_km(np.array([[0.0, 0.0], [1.0, 0.0]])), 3)
    111.319
    """
    points = np.radians(np.asarray(line, dtype=np.float64))
    if len(points) < 2:
        return 0.0
    return float(_vincenty(points[:-1], points[1:]).sum())


def _vincenty(a: Floats, b: Floats) -> Floats:
    semi_minor = _A * (1 - _F)
    u1, u2 = np.arctan((1 - _F) * np.tan(a[:, 1])), np.arctan((1 - _F) * np.tan(b[:, 1]))
    turn = b[:, 0] - a[:, 0]
    lam = turn.copy()
    for _ in range(50):
        sin_sigma = np.hypot(
            np.cos(u2) * np.sin(lam),
            np.cos(u1) * np.sin(u2) - np.sin(u1) * np.cos(u2) * np.cos(lam),
        )
        cos_sigma = np.sin(u1) * np.sin(u2) + np.cos(u1) * np.cos(u2) * np.cos(lam)
        sigma = np.arctan2(sin_sigma, cos_sigma)
        safe = np.where(sin_sigma == 0, 1.0, sin_sigma)
        sin_alpha = np.cos(u1) * np.cos(u2) * np.sin(lam) / safe
        cos2_alpha = 1 - sin_alpha**2
        equator = cos2_alpha < 1e-12
        middle = np.where(equator, 0.0, cos_sigma - 2 * np.sin(u1) * np.sin(u2) / np.where(equator, 1.0, cos2_alpha))
        c = _F / 16 * cos2_alpha * (4 + _F * (4 - 3 * cos2_alpha))
        inner = middle + c * cos_sigma * (2 * middle**2 - 1)
        new = turn + (1 - c) * _F * sin_alpha * (sigma + c * sin_sigma * inner)
        done = np.max(np.abs(new - lam)) < 1e-13
        lam = new
        if done:
            break
    u_squared = cos2_alpha * (_A**2 - semi_minor**2) / semi_minor**2
    big_a = 1 + u_squared / 16384 * (4096 + u_squared * (-768 + u_squared * (320 - 175 * u_squared)))
    big_b = u_squared / 1024 * (256 + u_squared * (-128 + u_squared * (74 - 47 * u_squared)))
    tail = big_b / 6 * middle * (4 * sin_sigma**2 - 3) * (4 * middle**2 - 3)
    shift = big_b * sin_sigma * (middle + big_b / 4 * (cos_sigma * (2 * middle**2 - 1) - tail))
    return np.asarray(np.where(sin_sigma == 0, 0.0, semi_minor * big_a * (sigma - shift)), dtype=np.float64)


def lines_of(geometry: Mapping[str, Any]) -> list[Floats]:
    """Lines of a GeoJSON LineString, MultiLineString, Polygon or MultiPolygon, each (n, 2).

    >>> len(lines_of({"type": "LineString", "coordinates": [[0, 0], [1, 1]]}))
    1
    """
    kind, coordinates = geometry["type"], geometry["coordinates"]
    nested: Sequence[Any]
    if kind == "LineString":
        nested = [coordinates]
    elif kind in ("MultiLineString", "Polygon"):
        nested = coordinates
    elif kind == "MultiPolygon":
        nested = [ring for polygon in coordinates for ring in polygon]
    else:
        raise ValueError(f"{kind} is not a line or a polygon")
    return [np.asarray(line, dtype=np.float64) for line in nested]


def segment_lengths(geojson: Mapping[str, Any]) -> dict[str, float]:
    """Length in kilometres of each feature of a GeoJSON collection, by its property `id`.

    Measured along geodesics on the lines that are given, so it is the length of this drawing of the
    border: a coarser drawing is shorter.
    """
    lengths: dict[str, float] = {}
    for feature in geojson["features"]:
        name = feature["properties"]["id"]
        lengths[name] = lengths.get(name, 0.0) + sum(length_km(line) for line in lines_of(feature["geometry"]))
    return lengths


def lambert(
    points: Floats,
    *,
    centre: tuple[float, float] = (-96.0, 49.0),
    parallels: tuple[float, float] = (49.0, 70.0),
) -> Floats:
    """Lambert conformal conic coordinates in kilometres east and north of the centre.

    Snyder, Map Projections: A Working Manual (USGS Professional Paper 1395), sphere, equations 15-1 to
    15-5. Distances along the two standard parallels are true.

    >>> lambert(np.array([-96.0, 49.0])).round(6).tolist()
    [0.0, 0.0]
    """
    lon, lat = np.radians(points[..., 0]), np.radians(points[..., 1])
    lon0, lat0 = np.radians(centre)
    one, two = np.radians(parallels)
    if abs(one - two) < 1e-9:
        cone = float(np.sin(one))
    else:
        cone = float(
            np.log(np.cos(one) / np.cos(two)) / np.log(np.tan(np.pi / 4 + two / 2) / np.tan(np.pi / 4 + one / 2))
        )
    scale = _RADIUS * np.cos(one) * np.tan(np.pi / 4 + one / 2) ** cone / cone
    rho = scale / np.tan(np.pi / 4 + lat / 2) ** cone
    rho0 = scale / np.tan(np.pi / 4 + lat0 / 2) ** cone
    turn = cone * ((lon - lon0 + np.pi) % (2 * np.pi) - np.pi)
    return np.stack([rho * np.sin(turn), rho0 - rho * np.cos(turn)], axis=-1)
