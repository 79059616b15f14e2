"""The map of the border small enough for paper: stretches carry their value and a number that a list explains."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from roxham.show.map import WORDS, _dark, _draw_inset, _draw_main, _link, _spread, _Stretch, _stretches
from roxham.show.plot import house_style
from roxham.show.text import Language
from roxham.world import World

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

SIZE = (4.6, 2.15)  # inches
ROOM = 0.13  # of the height


def key_map(world: World, values: Mapping[str, float], *, language: Language, focus: str) -> Figure:
    """The border with each stretch coloured by its value and numbered in the order of the map's own list."""
    from matplotlib.figure import Figure

    stretches = _stretches(world, values, language, 0)
    with house_style():
        figure = Figure(figsize=SIZE)
        main, inset = figure.add_axes((0.0, 0.0, 1.0, 1.0)), figure.add_axes((0.545, 0.56, 0.445, 0.42))
        _draw_main(main, world, stretches, narrow=True)
        _make_room(main)
        _draw_inset(inset, world, stretches, focus, language, narrow=False)
        _link(figure, main, inset, stretches, focus)
        _numbers(main, stretches)
        figure.text(0.008, 0.985, WORDS["credit"][language], ha="left", va="top", fontsize=4.6, color="#6b6b6b")
    return figure


def _make_room(axes: Axes) -> None:
    """Zooms out a little and leaves the room below the border, for the row of numbers."""
    (left, right), (bottom, top) = axes.get_xlim(), axes.get_ylim()
    side = (right - left) * ROOM / 2
    axes.set_xlim(left - side, right + side)
    axes.set_ylim(bottom - (top - bottom) * ROOM, top)


def _numbers(axes: Axes, stretches: Sequence[_Stretch]) -> None:
    """Number and value of each stretch in a row under the border, west to east, tied to it by a line."""
    (left, right), (bottom, top) = axes.get_xlim(), axes.get_ylim()
    width, height = right - left, top - bottom
    numbered = sorted(enumerate(stretches, start=1), key=lambda pair: float(pair[1].middle[0]))
    spots = _spread(
        [float(one.middle[0]) for _, one in numbered], left + 0.05 * width, right - 0.05 * width, 0.09 * width
    )
    level = bottom + 0.15 * height
    for (place, one), x in zip(numbered, spots, strict=True):
        axes.plot(
            [x, x, one.middle[0]],
            [level, level + 0.03 * height, one.middle[1]],
            color="#8a8a8a",
            linewidth=0.4,
            zorder=1.9,
        )
        axes.annotate(str(place), (x, level), ha="center", va="top", fontsize=6.2, color="#444444", zorder=7)
        axes.annotate(
            one.shown, (x, level), (0, -7), textcoords="offset points",
            ha="center", va="top", fontsize=6.2, fontweight="bold", color=_dark(one), zorder=7,
        )  # fmt: skip
