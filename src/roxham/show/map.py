"""A map of the whole border, each stretch coloured and widened by a value, with one crossing drawn large.

The map is drawn with matplotlib alone, on a Lambert conformal conic projection; nothing global is changed.
Every stretch carries its name and value in words, so the picture does not rest on colour.
"""

from __future__ import annotations

import textwrap
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from roxham._geo import lambert, lines_of
from roxham.errors import UnknownName, raise_problems
from roxham.show.plot import BLUE, NARROW, VERMILION, WIDE, house_style
from roxham.show.text import Language, number
from roxham.spec import check_names
from roxham.world import World

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = ["border_map"]

Floats = NDArray[np.float64]
WATER, NEAR, FAR, LINE, INK, SOFT = "#e3ecf2", "#fcfbf8", "#f0ede7", "#d3cec4", "#222222", "#6b6b6b"
PALE_BLUE, PALE_RED, NOTHING = "#a9cfe8", "#f2bf9d", "#9a9a9a"
CENTRE, PARALLELS = (-96.0, 50.0), (46.0, 60.0)
THIN, THICK = 1.0, 4.6  # points
DECADES = 3  # how many powers of ten below the largest value are told apart
DPI, BACKGROUND = 150, 1.7  # the background is a picture within an SVG, a fifth of the size of its lines
HALF_KM = 9.0  # half the width of the large drawing
WORDS = {
    "none": {"en": "no value", "fr": "sans valeur"},
    "credit": {
        "en": "Border © OpenStreetMap contributors (ODbL); background Natural Earth",
        "fr": "Frontière © contributeurs d’OpenStreetMap (ODbL) ; fond Natural Earth",
    },
}


@dataclass(frozen=True)
class _Stretch:
    """One stretch ready to draw: projected lines, its middle, its name, value, colour and width in points."""

    id: str
    name: str
    lines: tuple[Floats, ...]
    middle: Floats
    value: float
    shown: str
    colour: str
    width: float


def border_map(
    world: World,
    values: Mapping[str, float],
    *,
    label: str = "",
    title: str = "",
    language: Language = "en",
    decimals: int = 0,
    focus: str | None = None,
    narrow: bool = False,
) -> Figure:
    """The border with each stretch coloured and widened by its value, and the focus drawn large beside it.

    `values` holds one number per stretch id; a stretch that it leaves out is drawn thin and grey. Where any
    value is negative, blue is less and vermilion more. Widths follow the logarithm over three powers of ten.
    `label` says what the numbers are, with their unit. `focus` is a stretch, by default the shortest.
    Raises UnknownName for a stretch that the map does not have.
    """
    from matplotlib.figure import Figure

    names = [*values, *([focus] if focus else [])]
    raise_problems(check_names(names, world.segments, "border segment", within="this map"), UnknownName)
    stretches = _stretches(world, values, language, decimals)
    focus = focus or min(world.segments.values(), key=lambda segment: segment.length_km).id
    with house_style():
        if narrow:
            figure = Figure(figsize=(NARROW, 5.35), dpi=DPI)
            main, inset = figure.add_axes((0.0, 0.57, 1.0, 0.36)), figure.add_axes((0.025, 0.325, 0.95, 0.225))
            key = figure.add_axes((0.025, 0.03, 0.95, 0.275))
        else:
            figure = Figure(figsize=(WIDE, 4.4), dpi=DPI)
            main, inset = figure.add_axes((0.0, 0.035, 1.0, 0.875)), figure.add_axes((0.615, 0.545, 0.37, 0.345))
            key = None
        _draw_main(main, world, stretches, narrow=narrow)
        _draw_inset(inset, world, stretches, focus, language, narrow=narrow)
        _link(figure, main, inset, stretches, focus)
        if key is None:
            _callouts(main, stretches)
        else:
            _list(key, stretches)
        _head(figure, title, label, narrow=narrow)
        figure.text(0.985, 0.012, WORDS["credit"][language], ha="right", va="bottom", fontsize=4.6, color=SOFT)
    return figure


# ---------------------------------------------------------------------- values to ink
def _stretches(world: World, values: Mapping[str, float], language: Language, decimals: int) -> list[_Stretch]:
    known = [abs(float(v)) for v in values.values() if np.isfinite(v)]
    largest = max(known, default=0.0)
    signed = any(v < 0 for v in values.values())
    drawn = {f["properties"]["id"]: f["geometry"] for f in world.border()["features"]}
    found = []
    for segment in world.segments.values():
        lines = tuple(_flat(line) for line in lines_of(drawn[segment.id]))
        value = float(values.get(segment.id, np.nan))
        colour, width = _ink(value, largest)
        shown = number(value, language, decimals, signed) if np.isfinite(value) else WORDS["none"][language]
        name = segment.name_fr if language == "fr" else segment.name_en
        found.append(_Stretch(segment.id, name, lines, _middle(lines), value, shown, colour, width))
    return found


def _ink(value: float, largest: float) -> tuple[str, float]:
    """Colour and width in points of a value; grey and thin for nothing and for no value."""
    if not np.isfinite(value):
        return NOTHING, THIN / 2
    if value == 0:
        return NOTHING, THIN
    share = float(np.log10(1 + (10**DECADES - 1) * abs(value) / largest)) / DECADES
    pale, full = (PALE_BLUE, BLUE) if value < 0 else (PALE_RED, VERMILION)
    return _mix(pale, full, share), THIN + (THICK - THIN) * share


def _mix(pale: str, full: str, share: float) -> str:
    ends = [[int(colour[i : i + 2], 16) for i in (1, 3, 5)] for colour in (pale, full)]
    mixed = [round(a + (b - a) * share) for a, b in zip(*ends, strict=True)]
    return "#" + "".join(f"{part:02x}" for part in mixed)


def _flat(points: Floats) -> Floats:
    return lambert(points, centre=CENTRE, parallels=PARALLELS)


def _middle(lines: Sequence[Floats]) -> Floats:
    """The point half way along the longest of some lines."""
    line = max(lines, key=len)
    far = np.concatenate([[0.0], np.cumsum(np.hypot(*np.diff(line, axis=0).T))])
    half = far[-1] / 2
    return np.array([np.interp(half, far, line[:, 0]), np.interp(half, far, line[:, 1])])


# ---------------------------------------------------------------------- drawing
def _draw_base(axes: Axes, world: World, project: Any, *, inner: bool = True, two_tints: bool = True) -> None:
    from matplotlib.collections import LineCollection, PolyCollection

    fills: dict[str, list[Floats]] = {"province": [], "state": [], "lake": []}
    lines: dict[str, list[Floats]] = {"inner": [], "river": []}
    for feature in world.base()["features"]:
        layer = feature["properties"]["layer"]
        if layer in fills:
            polygons = feature["geometry"]["coordinates"]
            fills[layer] += [project(np.asarray(polygon[0], dtype=np.float64)) for polygon in polygons]
        else:
            lines[layer] += [project(line) for line in lines_of(feature["geometry"])]
    tints = {"province": NEAR, "state": FAR if two_tints else NEAR, "lake": WATER}
    for order, (layer, shapes) in enumerate(fills.items()):
        edge = tints[layer]
        axes.add_collection(
            PolyCollection(shapes, facecolors=tints[layer], edgecolors=edge, linewidths=0.3, zorder=1 + 0.1 * order)
        )
    axes.add_collection(LineCollection(lines["river"], colors=WATER, linewidths=1.2, zorder=1.4))
    if inner:
        axes.add_collection(LineCollection(lines["inner"], colors=LINE, linewidths=0.45, zorder=1.5))
    axes.set_rasterization_zorder(BACKGROUND)
    axes.set_facecolor(WATER)
    axes.set_aspect("equal")
    axes.set_xticks([])
    axes.set_yticks([])
    axes.grid(False)


def _draw_lines(axes: Axes, stretches: Sequence[_Stretch], project: Any, wider: float = 1.0) -> None:
    for stretch in sorted(stretches, key=lambda one: one.width):
        for line in stretch.lines:
            points = project(line)
            width = stretch.width * wider
            round_ends: Any = {"solid_capstyle": "round", "solid_joinstyle": "round"}
            axes.plot(*points.T, color="white", linewidth=width + 1.0, zorder=2, **round_ends)
            axes.plot(*points.T, color=stretch.colour, linewidth=width, zorder=3, **round_ends)


def _draw_main(axes: Axes, world: World, stretches: Sequence[_Stretch], *, narrow: bool) -> None:
    _draw_base(axes, world, _flat)
    _draw_lines(axes, stretches, lambda line: line, 0.8 if narrow else 1.0)
    points = np.concatenate([line for stretch in stretches for line in stretch.lines])
    (left, low), (right, high) = points.min(axis=0), points.max(axis=0)
    box = axes.get_position(original=True)
    size = axes.get_figure().get_size_inches()  # type: ignore[union-attr]
    ratio = box.height * size[1] / (box.width * size[0])
    side, below = (0.03, 0.08) if narrow else (0.04, 0.26)
    width = (right - left) * (1 + 2 * side)
    height = max(width * ratio, (high - low) * (1.04 + below))
    width = height / ratio
    centre = (left + right) / 2
    axes.set_xlim(centre - width / 2, centre + width / 2)
    bottom = low - (height - (high - low)) * (0.5 if narrow else 0.93)
    axes.set_ylim(bottom, bottom + height)
    for spine in axes.spines.values():
        spine.set_visible(False)


def _draw_inset(
    axes: Axes, world: World, stretches: Sequence[_Stretch], focus: str, language: Language, *, narrow: bool
) -> None:
    spot = next(one for one in stretches if one.id == focus)
    place = world.places[world.segments[focus].access]
    origin = (place.lon, place.lat)

    def near(points: Floats) -> Floats:
        return lambert(points, centre=origin, parallels=(origin[1], origin[1]))

    drawn = {f["properties"]["id"]: f["geometry"] for f in world.border()["features"]}
    _draw_base(axes, world, near, inner=False, two_tints=False)
    local = [
        _Stretch(
            one.id, one.name, tuple(lines_of(drawn[one.id])), one.middle, one.value, one.shown, one.colour, one.width
        )
        for one in stretches
    ]
    _draw_lines(axes, local, near, 1.15)
    box = axes.get_position(original=True)
    size = axes.get_figure().get_size_inches()  # type: ignore[union-attr]
    half_high = HALF_KM * box.height * size[1] / (box.width * size[0])
    axes.set_xlim(-HALF_KM, HALF_KM)
    axes.set_ylim(-half_high, half_high)
    for spine in axes.spines.values():
        spine.set(visible=True, color=SOFT, linewidth=0.6)
    letters = 6.6 if narrow else 6.2
    _name_places(axes, world, near, place.id, language, half_high, letters)
    _sides(axes, world, spot.id, language, half_high, letters)
    ends, level = [-HALF_KM + 0.7, -HALF_KM + 5.7], -half_high + 0.7
    axes.plot(ends, [level, level], color=INK, linewidth=1, solid_capstyle="butt", zorder=6)
    axes.text(-HALF_KM + 3.2, -half_high + 0.9, "5 km", ha="center", va="bottom", fontsize=letters - 0.8, zorder=6)


def _name_places(
    axes: Axes, world: World, near: Any, focus: str, language: Language, half_high: float, letters: float
) -> None:
    """Dots and names of the ports, towns and the crossing itself that lie within the large drawing."""
    shown = [p for p in world.places.values() if p.kind in ("port", "hub") or p.id == focus]
    for place in shown:
        x, y = near(np.array([place.lon, place.lat]))
        if abs(x) > HALF_KM * 0.97 or abs(y) > half_high * 0.97:
            continue
        itself, name = place.id == focus, (place.name_fr if language == "fr" else place.name_en).split(" / ")[0]
        face = "white" if place.kind in ("port", "crossing") else INK
        axes.plot(
            x, y, "o", markersize=6 if itself else 4, color=face, markeredgecolor=INK, markeredgewidth=1, zorder=5
        )
        across, shift, ends = _beside(place.kind, itself, float(x))
        axes.annotate(
            name,
            (x, y),
            shift,
            textcoords="offset points",
            ha=across,
            va=ends,
            fontsize=letters + (0.8 if itself else 0),
            fontweight="bold" if itself else "normal",
            zorder=6,
        )


def _beside(kind: str, itself: bool, x: float) -> tuple[Any, tuple[float, float], Any]:
    """Where a name stands by its dot: the crossing's above, a port's below, a town's towards the middle."""
    if itself:
        return "center", (0, 7), "bottom"
    if kind == "hub":
        return ("right", (-6, 0), "center") if x > 0 else ("left", (6, 0), "center")
    if abs(x) < 0.65 * HALF_KM:
        return "center", (0, -6), "top"
    return ("right", (4, -6), "top") if x > 0 else ("left", (-4, -6), "top")


def _sides(axes: Axes, world: World, segment: str, language: Language, half_high: float, letters: float) -> None:
    """Which province lies on one side of the line and which state on the other."""
    facts: Any = {"fontsize": letters + 0.6, "color": SOFT, "ha": "right", "zorder": 4}
    stretch = world.segments[segment]
    names = {f["properties"].get("id"): f["properties"].get(f"name_{language}") for f in world.base()["features"]}
    province, *states = (names.get(one) or one for one in (stretch.province, *stretch.states.split(";")))
    axes.text(HALF_KM * 0.97, half_high * 0.92, province, va="top", **facts)
    axes.text(HALF_KM * 0.97, -half_high * 0.92, ", ".join(states), va="bottom", **facts)


def _link(figure: Figure, main: Axes, inset: Axes, stretches: Sequence[_Stretch], focus: str) -> None:
    """A ring about the focus on the main map, tied to the large drawing."""
    from matplotlib.patches import ConnectionPatch

    spot = next(one for one in stretches if one.id == focus)
    main.plot(
        *spot.middle, "o", markersize=7, markerfacecolor="none", markeredgecolor=INK, markeredgewidth=0.9, zorder=6
    )
    below = inset.get_position().y0 > main.get_position().y0
    corner = (0.5, 0.0) if below else (0.8, 1.0)
    figure.add_artist(
        ConnectionPatch(
            xyA=corner,
            coordsA=inset.transAxes,
            xyB=(float(spot.middle[0]), float(spot.middle[1])),
            coordsB=main.transData,
            color=SOFT,
            linewidth=0.6,
            shrinkB=3.5,
        )
    )


# ---------------------------------------------------------------------- words
def _callouts(axes: Axes, stretches: Sequence[_Stretch]) -> None:
    """Name and value of each stretch in a row under the border, west to east, tied to it by a line."""
    (left, right), (bottom, top) = axes.get_xlim(), axes.get_ylim()
    width, height = right - left, top - bottom
    high = [one for one in stretches if one.middle[1] > bottom + 0.62 * height]
    row = sorted((one for one in stretches if one not in high), key=lambda one: float(one.middle[0]))
    spots = _spread([float(one.middle[0]) for one in row], left + 0.055 * width, right - 0.055 * width, 0.093 * width)
    level = bottom + 0.165 * height
    axes.axhspan(bottom, level + 0.012 * height, color="white", alpha=0.75, linewidth=0, zorder=1.8)
    for one, x in zip(row, spots, strict=True):
        axes.plot(
            [x, x, one.middle[0]], [level, level + 0.035 * height, one.middle[1]], color=SOFT, linewidth=0.5, zorder=1.9
        )
        _name_value(axes, one, x, level - 0.008 * height, "center", "top")
    for one in high:
        _name_value(
            axes, one, float(one.middle[0]) - 0.02 * width, float(one.middle[1]) - 0.13 * height, "right", "top"
        )


def _name_value(axes: Axes, one: _Stretch, x: float, y: float, ha: Any, va: Any) -> None:
    axes.annotate(one.shown, (x, y), ha=ha, va=va, fontsize=7.4, fontweight="bold", color=_dark(one), zorder=7)
    words = textwrap.fill(one.name, 15, break_long_words=False)
    axes.annotate(
        words,
        (x, y),
        (0, -9.5),
        textcoords="offset points",
        ha=ha,
        va=va,
        fontsize=5.7,
        color=INK,
        linespacing=1.1,
        zorder=7,
    )


def _dark(one: _Stretch) -> str:
    if not np.isfinite(one.value) or one.value == 0:
        return SOFT
    return "#00507f" if one.value < 0 else "#a34700"


def _spread(wanted: Sequence[float], left: float, right: float, gap: float) -> list[float]:
    """Positions as near as possible to those wanted, in the same order, at least a gap apart, within two ends."""
    gap = min(gap, (right - left) / max(1, len(wanted) - 1))
    shifted = [x - i * gap for i, x in enumerate(wanted)]
    blocks: list[list[float]] = []
    for x in shifted:  # pool neighbours that would stand in the wrong order
        blocks.append([x])
        while len(blocks) > 1 and np.mean(blocks[-2]) > np.mean(blocks[-1]):
            last = blocks.pop()
            blocks[-1] += last
    level = [float(np.mean(block)) for block in blocks for _ in block]
    room = right - (len(wanted) - 1) * gap
    return [min(max(x, left), room) + i * gap for i, x in enumerate(level)]


def _list(axes: Axes, stretches: Sequence[_Stretch]) -> None:
    """Every stretch in a line of its own with its colour, name and value, for a narrow page."""
    axes.set_axis_off()
    axes.set_xlim(0, 1)
    axes.set_ylim(len(stretches), 0)
    for height, one in enumerate(stretches):
        y = height + 0.5
        axes.plot([0.0, 0.07], [y, y], color=one.colour, linewidth=one.width, solid_capstyle="butt")
        axes.text(0.095, y, one.name, va="center", fontsize=7.2, color=INK)
        axes.text(1.0, y, one.shown, va="center", ha="right", fontsize=7.2, fontweight="bold", color=_dark(one))


def _head(figure: Figure, title: str, label: str, *, narrow: bool) -> None:
    left = 0.025 if narrow else 0.012
    figure.text(left, 0.985, title, ha="left", va="top", fontsize=8.4, fontweight="bold", color=INK)
    figure.text(left, 0.958 if narrow else 0.945, label, ha="left", va="top", fontsize=6.6, color=SOFT)
