"""Figures of a run: fans with the observed line, changes by stretch of border, and the held-out months.

Each function returns a matplotlib Figure that no global state remembers; `to_svg` turns one into an SVG that may stand
in a page beside others. Colours are Okabe and Ito's, which colour-blind readers tell apart.
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from html import escape
from typing import TYPE_CHECKING

from roxham.show.claim import Danger, SegmentChange
from roxham.show.fit import Tested
from roxham.show.folder import Band, Cell
from roxham.show.text import ASSETS, Language, month, number, say

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

BLACK, ORANGE, SKY, GREEN = "#000000", "#E69F00", "#56B4E9", "#009E73"
BLUE, VERMILION, PURPLE, GREY = "#0072B2", "#D55E00", "#CC79A7", "#8a8a8a"
WIDE, NARROW = 7.4, 3.7
STYLE = ASSETS / "roxham.mplstyle"
LINEAR = 100.0
NEAR = 0.4  # points of a path nearer than this, in points of type, are drawn as one


@contextmanager
def house_style(narrow: bool = False) -> Iterator[None]:
    """The house style while a figure is made or saved; on a phone the words are larger."""
    import matplotlib.style

    sizes = dict.fromkeys(("font.size", "axes.labelsize", "xtick.labelsize", "ytick.labelsize"), 8.5)
    larger = {**sizes, "axes.titlesize": 9.5} if narrow else {}
    with matplotlib.style.context([str(STYLE), larger]):
        yield


def fan_chart(
    cells: Sequence[tuple[str, Cell]],
    observed: Mapping[str, float] | None = None,
    *,
    title: str = "",
    label: str = "",
    language: Language = "en",
    behind: Sequence[tuple[str, Cell]] | None = None,
) -> Figure:
    """Monthly medians with 50 % and 90 % bands, the observed months as dots, another median behind in grey.

    Months are `YYYY-MM`; a month without an observation gets no dot, so holes in the record stay holes.
    """
    from matplotlib.figure import Figure

    with house_style():
        figure = Figure(figsize=(WIDE, 2.6), layout="constrained")
        axes = figure.subplots()
        _fan(axes, cells, observed, behind, BLUE)
        axes.set_ylim(bottom=0)
        axes.set_title(title)
        axes.set_ylabel(label)
        _numbers(axes, language)
        _label_end(axes, cells, observed, behind, language)
    return figure


def monthly_strip(
    panels: Sequence[tuple[str, Sequence[tuple[str, Cell]]]],
    observed: Mapping[str, float],
    *,
    language: Language,
    narrow: bool = False,
) -> Figure:
    """One small fan per scenario on a common scale; the first is the baseline and carries the observed months."""
    from matplotlib.figure import Figure

    count = max(1, len(panels))
    rows, columns = (count, 1) if narrow else (1, count)
    with house_style(narrow):
        size = (NARROW, 1.35 * count + 0.2) if narrow else (WIDE, 1.5)
        figure = Figure(figsize=size, layout="constrained")
        grid = figure.subplots(rows, columns, sharex=True, sharey=True, squeeze=False)
        for position, (title, cells) in enumerate(panels):
            axes = grid.flat[position]
            first = position == 0
            _fan(
                axes, cells, observed if first else None, None if first else panels[0][1], BLUE if first else VERMILION
            )
            axes.set_title(_wrap(title, 40 if narrow else 25))
            _numbers(axes, language)
            _short_years(axes)
            if first:
                axes.set_ylabel(say("people_a_month", language))
                _label_end(axes, cells, observed, None, language)
        grid.flat[0].set_ylim(bottom=0)
    return figure


def segment_chart(danger: Danger, names: Mapping[str, str], *, language: Language, narrow: bool = False) -> Figure:
    """Change in entries by stretch of border, winter and the rest of the year apart, with 90 % bands, in persons."""
    from matplotlib.figure import Figure

    segments = danger.segments[::-1]
    labels = [_wrap(names.get(one.segment, one.segment), 21 if narrow else 60) for one in segments]
    with house_style(narrow):
        figure = Figure(figsize=(NARROW if narrow else 4.1, 4.7 if narrow else 1.85), layout="constrained")
        grid = figure.subplots(1, 2, sharey=True, sharex=True)
        for axes, season, colour, marker in (
            (grid[0], "winter", BLUE, "s"),
            (grid[1], "rest", VERMILION, "o"),
        ):
            for height, segment in enumerate(segments):
                band: Band = getattr(segment, season)
                axes.plot([band.q05, band.q95], [height, height], color=colour, linewidth=1.6, alpha=0.55)
                axes.plot([band.q50], [height], marker=marker, markersize=3, color=colour, linestyle="none")
            axes.axvline(0, color=GREY, linewidth=0.7)
            axes.set_xscale("symlog", linthresh=LINEAR, linscale=0.7)
            axes.grid(True, axis="x")
            axes.grid(False, axis="y")
            axes.set_title(say(season, language))
            axes.set_yticks(range(len(segments)), labels)
            _decades(axes, segments, language, middle=not narrow)
    return figure


def holdout_chart(tested: Sequence[Tested], *, language: Language, narrow: bool = False) -> Figure:
    """The held-out months: observed, model with its 90 % band, and the two naive baselines, labelled at their ends."""
    from matplotlib.figure import Figure

    count = max(1, len(tested))
    rows, columns = (count, 1) if narrow else (1, count)
    with house_style(narrow):
        size = (NARROW, 1.9 * count) if narrow else (WIDE, 1.6)
        figure = Figure(figsize=size, layout="constrained")
        grid = figure.subplots(rows, columns, squeeze=False)
        for axes, series in zip(grid.flat, tested, strict=False):
            _held_out(axes, series, language, 12 if narrow else 40)
    return figure


def to_svg(figure: Figure, name: str, alt: str, shape: str = "") -> str:
    """An SVG element for a page: ids carry `name` so that figures do not collide, and the picture has words.

    The same figure gives the same text on every machine: no date, no random ids.
    """
    import matplotlib

    buffer = io.StringIO()
    with house_style(), matplotlib.rc_context({"svg.hashsalt": name}):
        figure.savefig(buffer, format="svg", metadata={"Date": None, "Creator": None, "Format": None, "Type": None})
    drawn = buffer.getvalue()
    drawn = drawn[drawn.index("<svg") :]
    drawn = re.sub(r"<metadata>.*?</metadata>", "", drawn, flags=re.S)
    drawn = re.sub(r'\bid="([^"]+)"', rf'id="{name}-\1"', drawn)
    drawn = re.sub(r"url\(#([^)]+)\)", rf"url(#{name}-\1)", drawn)
    drawn = re.sub(r'href="#([^"]+)"', rf'href="#{name}-\1"', drawn)
    drawn = re.sub(r'(<path [^>]*?)\bd="([^"]+)"([^>]*/>)', _shorten, drawn)
    box = re.search(r'viewBox="[^"]+"', drawn)
    head = f'<svg class="{shape}" role="img" aria-label="{escape(alt)}" {box.group(0) if box else ""} '
    head += 'xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink">'
    return head + drawn[drawn.index(">") + 1 :].strip()


def _shorten(element: re.Match[str]) -> str:
    """A path to a tenth of a point, without the points too near to be seen; none where nothing is left of a shape."""
    drawn = element.group(2)
    steps = re.findall(r"([MLCQZz])([^MLCQZz]*)", drawn)
    kept: list[str] = []
    here: tuple[float, float] | None = None
    for place, (command, numbers) in enumerate(steps):
        points = [float(one) for one in numbers.split()]
        last = place + 1 == len(steps) or steps[place + 1][0] != "L"
        if command == "L" and here and not last and max(abs(points[0] - here[0]), abs(points[1] - here[1])) < NEAR:
            continue
        kept.append(command + " ".join(f"{one:.1f}".removesuffix(".0") for one in points))
        here = (points[-2], points[-1]) if points else None
    if kept and kept[-1] in "zZ" and len(kept) < 5 and len(steps) > 5:
        return ""
    return f'{element.group(1)}d="{"".join(kept)}"{element.group(3)}'


def _fan(
    axes: Axes,
    cells: Sequence[tuple[str, Cell]],
    observed: Mapping[str, float] | None,
    behind: Sequence[tuple[str, Cell]] | None,
    colour: str,
) -> None:
    times = [_year(label) for label, _ in cells]
    if behind:
        axes.plot(
            [_year(label) for label, _ in behind], [cell.value.q50 for _, cell in behind], color=GREY, linewidth=0.8
        )
    low, high = [cell.value.q05 for _, cell in cells], [cell.value.q95 for _, cell in cells]
    axes.fill_between(times, low, high, color=colour, alpha=0.2, linewidth=0)
    halves = [cell.half for _, cell in cells]
    axes.fill_between(
        times, [half[0] for half in halves], [half[1] for half in halves], color=colour, alpha=0.35, linewidth=0
    )
    axes.plot(times, [cell.value.q50 for _, cell in cells], color=colour)
    if observed:
        seen = [(label, observed[label]) for label, _ in cells if label in observed]
        points = [_year(label) for label, _ in seen], [value for _, value in seen]
        axes.plot(*points, linestyle="none", marker="o", markersize=1.7, color=BLACK)


def _label_end(
    axes: Axes,
    cells: Sequence[tuple[str, Cell]],
    observed: Mapping[str, float] | None,
    behind: Sequence[tuple[str, Cell]] | None,
    language: Language,
) -> None:
    """Names the dots and the grey line where they stand instead of in a legend."""
    seen = [(label, observed[label]) for label, _ in cells if observed and label in observed]
    if seen:
        label, value = max(seen, key=lambda pair: pair[1])
        early = _year(label) < (_year(cells[0][0]) + _year(cells[-1][0])) / 2
        axes.annotate(
            say("observed", language), (_year(label), value), (5 if early else -5, 0), textcoords="offset points",
            ha="left" if early else "right", va="center", fontsize="medium", color=BLACK,
        )  # fmt: skip
    if behind:
        label, cell = behind[-1]
        end = (_year(label), cell.value.q50)
        axes.annotate(
            say("baseline", language),
            end,
            (0, 4),
            textcoords="offset points",
            ha="right",
            fontsize="medium",
            color=GREY,
        )


def _held_out(axes: Axes, series: Tested, language: Language, width: int) -> None:
    rows = series.months
    times = [_year(row.month) for row in rows]
    axes.fill_between(
        times, [row.model.q05 for row in rows], [row.model.q95 for row in rows], color=BLUE, alpha=0.2, linewidth=0
    )
    drawn: list[tuple[str, str, float]] = []
    for key, values, colour, line in (
        ("observed", [row.observed for row in rows], BLACK, "-"),
        ("model_line", [row.model.q50 for row in rows], BLUE, "-"),
        ("naive_seasonal", [row.naive_seasonal for row in rows], ORANGE, "--"),
        ("naive_last", [row.naive_last for row in rows], PURPLE, ":"),
    ):
        axes.plot(
            times, values, color=colour, linestyle=line, marker="o" if key == "observed" else None, markersize=1.8
        )
        known = [(time, value) for time, value in zip(times, values, strict=True) if value == value]
        words = _wrap(say(key, language), width)
        if known and known[-1][0] == times[-1]:
            drawn.append((words, colour, known[-1][1]))
        elif known:
            axes.annotate(words, known[-1], (3, 5), textcoords="offset points", fontsize="medium", color=colour)
    axes.set_ylim(bottom=0)
    axes.set_title(_wrap(series_name(series.series, series.place, language), 3 * width))
    _numbers(axes, language)
    axes.set_xticks([_year("2023-04"), _year("2024-01"), _year("2024-12")])
    axes.set_xticklabels([month(label, language) for label in ("2023-04", "2024-01", "2024-12")])
    top = axes.get_ylim()[1]
    for (words, colour, _), height in zip(
        drawn, spread([value for *_, value in drawn], (0.1 if width > 20 else 0.2) * top), strict=True
    ):
        axes.annotate(
            words, (times[-1], height), (4, 0), textcoords="offset points", va="center", fontsize="medium", color=colour
        )


def spread(heights: Sequence[float], gap: float) -> list[float]:
    """Heights moved apart so that none is nearer than `gap` to the next, in the same order.

    >>> spread([5.0, 5.0, 20.0], 2.0)
    [5.0, 7.0, 20.0]
    """
    moved = list(heights)
    previous = float("-inf")
    for position in sorted(range(len(heights)), key=lambda place: heights[place]):
        moved[position] = previous = max(heights[position], previous + gap)
    return moved


def series_name(series: str, place: str, language: Language) -> str:
    """A held-out series in words, with its place."""
    from roxham.show.text import has

    name = say(f"series_{series}", language) if has(f"series_{series}") else series.replace("_", " ")
    where = say(f"place_{place}", language) if has(f"place_{place}") else place
    return f"{name}, {where}"


def _year(label: str) -> float:
    """A month as a decimal year, at its middle."""
    year, month_of = label.split("-")[:2]
    return int(year) + (int(month_of) - 0.5) / 12


def _numbers(axes: Axes, language: Language) -> None:
    from matplotlib.ticker import FuncFormatter, MaxNLocator

    axes.yaxis.set_major_locator(MaxNLocator(nbins=4, integer=True))
    axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: number(value, language)))


def _short_years(axes: Axes) -> None:
    low, high = axes.get_xlim()
    ticks = [year for year in range(int(low) - 1, int(high) + 2, 2) if low <= year <= high and year % 2]
    axes.set_xticks(ticks, [str(year) for year in ticks])


def _decades(axes: Axes, segments: Sequence[SegmentChange], language: Language, *, middle: bool) -> None:
    ends = [abs(edge) for one in segments for band in (one.winter, one.rest) for edge in (band.q05, band.q95)]
    top = max([*ends, LINEAR])
    decade = LINEAR
    while decade * 10 < top:
        decade *= 10
    ticks = [-decade, 0.0, decade] if middle else [-decade, decade]
    axes.set_xticks(ticks, [number(value, language, signed=True) for value in ticks])
    axes.minorticks_off()
    axes.set_xlim(-top * 1.6, top * 1.6)


def _wrap(title: str, width: int) -> str:
    import textwrap

    return "\n".join(textwrap.wrap(title, width))
