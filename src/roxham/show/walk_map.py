"""A walk to look at: where people are on one day with bands, who is on the roads, and a film of all days."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from roxham.errors import Problem, RunError
from roxham.show.plot import BLACK, BLUE, GREY, ORANGE, SKY, VERMILION, house_style
from roxham.show.text import Language, day, number, say, span

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from matplotlib.text import Annotation
    from matplotlib.transforms import Bbox

    from roxham.walk import Walk

Progress = Callable[[int, int], None]

WIDE = 7.4  # inches
TALLEST = 9.0
LARGEST = 900.0  # area of the largest circle, in square points
THICKEST = 6.0  # points
FRAMES = 60  # of a film, at most
SECOND_A_FRAME = 0.15
DOTS = 110  # of a film, an inch
BAND = 90
NAMED = 12  # places with names: those with the most people
SIDES = ((0, -1), (0, 1), (1, 0), (-1, 0))  # of a place, where its name may stand
PLAIN = 4.0  # area of a place without people
KINDS = (("conflict", VERMILION), ("idp", SKY), ("camp", BLUE), ("town", GREY))


def map_figure(walk: Walk, *, on: int = -1, language: Language = "en") -> Figure:
    """Draw people in each place and on each road on one day, the middle of all draws, camps with their 90 % band.

    A circle's area and a line's width grow with people; roads carry people only when the walk kept its links. `on`
    is the number of the day, counted from the end when negative. Raises RunError for a day that the walk does not have.
    """
    from matplotlib.figure import Figure

    days = walk.people.shape[1]
    if not -days <= on < days:
        raise RunError(Problem(f"the walk has days 0 to {days - 1}, not {on}"))
    with house_style():
        figure = Figure(figsize=_size(walk), layout="constrained")
        axes = figure.subplots()
        _Map(walk, axes, language).draw(on % days, bands=True)
    return figure


def write_film(
    walk: Walk, path: str | Path, *, language: Language = "en", progress: Progress | None = None
) -> Path:
    """Write a film of a walk as an animated GIF: one frame every few days, sixty at most, on one scale.

    `progress` is called with (frames done, frames in all). Raises RunError when the file cannot be written.
    """
    from matplotlib.animation import PillowWriter
    from matplotlib.figure import Figure

    days = walk.people.shape[1]
    shown = list(range(0, days, math.ceil(days / FRAMES)))
    shown += [days - 1] if shown[-1] != days - 1 else []
    target, writer = Path(path), PillowWriter(fps=round(1 / SECOND_A_FRAME))
    with house_style():
        figure = Figure(figsize=_size(walk), layout="constrained")
        axes = figure.subplots()
        film = _Map(walk, axes, language)
        try:
            with writer.saving(figure, str(target), DOTS):
                for count, now in enumerate(shown, start=1):
                    axes.clear()
                    film.draw(now, bands=False)
                    writer.grab_frame()
                    if progress is not None:
                        progress(count, len(shown))
        except OSError as error:
            raise RunError(Problem(f"cannot be written: {error.strerror or error}", file=str(target))) from None
    return target


def _size(walk: Walk) -> tuple[float, float]:
    """Width and height in inches: the country's own shape, within what a page can hold."""
    places = walk.folder.places
    wide = max(float(np.ptp(places.longitude)) * _shrink(walk), 0.1)
    return WIDE, min(max(WIDE * float(np.ptp(places.latitude)) / wide, 0.5 * WIDE), TALLEST) + 0.6


def _shrink(walk: Walk) -> float:
    """How long a degree of longitude is, in degrees of latitude, in the middle of the map."""
    return max(math.cos(math.radians(float(walk.folder.places.latitude.mean()))), 0.1)


class _Map:
    """One walk on one pair of axes; sizes are relative to the fullest place and road of all days."""

    def __init__(self, walk: Walk, axes: Axes, language: Language) -> None:
        self.walk, self.axes, self.language = walk, axes, language
        self.people = np.median(walk.people, axis=0)
        self.low, self.high = walk.band(BAND)
        self.most = max(float(self.people.max()), 1.0)
        places = walk.folder.places
        self.at = [places.index(name) for name in walk.name]
        self.colour = [_colour(kind) for kind in places.kind]
        self.roads = _roads(walk)
        self.most_on_road = max((float(on.max()) for on in self.roads.values()), default=0.0)

    def draw(self, now: int, *, bands: bool) -> None:
        """Draw one day: roads, those on them, places, the people there, and names."""
        axes, places, language = self.axes, self.walk.folder.places, self.language
        x, y = places.longitude, places.latitude
        for first, second in zip(self.walk.folder.links.first, self.walk.folder.links.second, strict=True):
            axes.plot(x[[first, second]], y[[first, second]], color=GREY, linewidth=0.5, alpha=0.6, zorder=1)
        for (first, second), on in self.roads.items():
            if on[now] > 0:
                width = THICKEST * float(on[now]) / self.most_on_road
                axes.plot(x[[first, second]], y[[first, second]], color=ORANGE, linewidth=width, alpha=0.8, zorder=2,
                          solid_capstyle="round")
        axes.scatter(x, y, s=PLAIN, color=self.colour, zorder=3)
        area = LARGEST * self.people[now] / self.most
        axes.scatter(x[self.at], y[self.at], s=area, color=[self.colour[one] for one in self.at], alpha=0.55,
                     linewidth=0, zorder=4)
        axes.set_aspect(1 / _shrink(self.walk))
        axes.margins(0.12)
        axes.set_axis_off()
        self._key()
        self._names(now, bands=bands)
        axes.set_title(say("walk_on", language, day=day(self.walk.dates[now].isoformat(), language)))

    def _names(self, now: int, *, bands: bool) -> None:
        """Name the fullest places, with their people, where a name hides no other."""
        taken: list[Bbox] = []
        figure = self.axes.get_figure(root=True)
        assert figure is not None
        figure.draw_without_rendering()  # the layout has to be known before names can be told apart
        for column in np.argsort(self.people.max(axis=0))[::-1][:NAMED]:
            reach = math.sqrt(LARGEST * float(self.people[now, column]) / self.most / math.pi) + 3.0
            for across, up in SIDES:
                made = self._name(int(column), self._words(int(column), now, bands=bands), across * reach, up * reach)
                box = made.get_window_extent()
                if not any(box.overlaps(other) for other in taken):
                    taken.append(box)
                    break
                made.remove()

    def _words(self, column: int, now: int, *, bands: bool) -> str:
        language, here = self.language, self.people[now, column]
        words = walk_name(self.walk.name[column])
        if here < 1:
            return words
        words += "\n" + number(here, language)
        low, high = float(self.low[now, column]), float(self.high[now, column])
        if bands and round(low) < round(high):
            words += f" ({span(number(low, language), number(high, language), language)})"
        return words

    def _name(self, column: int, words: str, across: float, up: float) -> Annotation:
        places, place = self.walk.folder.places, self.at[column]
        return self.axes.annotate(
            words, (float(places.longitude[place]), float(places.latitude[place])), (across, up),
            textcoords="offset points", fontsize=6.5, color=BLACK, zorder=6, annotation_clip=False, linespacing=1.1,
            ha={-1: "right", 0: "center", 1: "left"}[int(np.sign(across))],
            va={-1: "top", 0: "center", 1: "bottom"}[int(np.sign(up))])

    def _key(self) -> None:
        from matplotlib.lines import Line2D

        present = [(word, colour) for word, colour in KINDS if colour in self.colour]
        marks = [Line2D([], [], marker="o", linestyle="none", color=colour, label=say(f"walk_{word}", self.language))
                 for word, colour in present]
        if self.most_on_road:
            marks.append(Line2D([], [], color=ORANGE, linewidth=THICKEST / 2, label=say(
                "walk_on_road", self.language, most=number(self.most_on_road, self.language))))
        self.axes.legend(handles=marks, loc="upper left", bbox_to_anchor=(0, -0.01), ncols=3, frameon=False,
                         fontsize=6.5)


def walk_name(name: str) -> str:
    """A place's name as people write it.

    >>> walk_name("Burkina_Faso")
    'Burkina Faso'
    """
    return name.replace("_", " ")


def _colour(kind: str) -> str:
    return next((colour for word, colour in KINDS if word in kind.casefold()), GREY)


def _roads(walk: Walk) -> dict[tuple[int, int], NDArray[np.float64]]:
    """People on each road by day, both ways together, the mean of all draws; nothing when links were not kept."""
    if not walk.links.size or walk.plan is None:
        return {}
    mean = walk.links.mean(axis=0)
    tables = walk.plan.tables
    found: dict[tuple[int, int], NDArray[np.float64]] = {}
    ends: Sequence[tuple[int, int]] = list(zip(tables.link_start.tolist(), tables.link_end.tolist(), strict=True))
    for link, (start, end) in enumerate(ends):
        pair = (min(start, end), max(start, end))
        found[pair] = found.get(pair, np.zeros(len(mean))) + mean[:, link]
    return {pair: on for pair, on in found.items() if on.max() > 0}
