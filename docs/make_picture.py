"""Draw the picture of README.md from the folder of a run of the study roxham-road.

    roxham run roxham-road --draws 20 --seed 7 --out out/roxham-road
    python docs/make_picture.py out/roxham-road

Above: people intercepted between ports by month, as it was (with the published months as dots) and in two scenarios.
Below: the border, each stretch with the change that closing the road makes under the same law. Writes docs/picture.png.
"""

from __future__ import annotations

import sys
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np

from roxham.show.fit import observed_entries
from roxham.show.folder import RunFolder, read_folder
from roxham.show.map import border_map
from roxham.show.plot import BLUE, VERMILION, WIDE, _fan, house_style
from roxham.sim.corridor import Corridor, load

PICTURE = Path(__file__).resolve().parent / "picture.png"
METRIC, NEVER, CLOSED = "entries_irregular", "protocol-never", "police-close-2022"
DPI, HEIGHT = 200, 2.35
PANELS = (
    ("As it was", "as-it-was", "dots: months as published\nline and bands: the model"),
    ("No Additional Protocol in 2023", NEVER, "the road stays open\nshaded: 50 and 90 % of draws"),
    ("Police close Roxham Road in 2022", CLOSED, "no Protocol either: people go round\ngrey: as it was"),
)


def months(run: RunFolder, observed: dict[str, float]) -> Any:
    """Three fans on one scale; the first carries the months that were published."""
    from matplotlib.figure import Figure
    from matplotlib.ticker import FuncFormatter, MaxNLocator

    with house_style():
        figure = Figure(figsize=(WIDE, HEIGHT), dpi=DPI)
        grid = figure.subplots(1, 3, sharey=True)
        figure.subplots_adjust(left=0.065, right=0.985, top=0.77, bottom=0.09, wspace=0.07)
        figure.text(
            0.012, 0.925, "People met by the police between ports of entry, a month", fontsize=10, weight="bold")
        for axes, (title, scenario, note) in zip(grid, PANELS, strict=True):
            first = scenario == "as-it-was"
            cells = run.months(scenario, METRIC)
            behind = None if first else run.months("as-it-was", METRIC)
            _fan(axes, cells, observed if first else None, behind, BLUE if first else VERMILION)
            axes.set_title(title, fontsize=8, color=BLUE if first else VERMILION)
            axes.set_xticks(range(2018, 2025, 2))
            axes.set_xlim(2016.9, 2025.1)
            axes.yaxis.set_major_locator(MaxNLocator(nbins=5, integer=True))
            axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:,.0f}"))
            small: Any = {"va": "top", "color": "#444444", "fontsize": 6.8, "linespacing": 1.5}
            axes.text(0.02, 0.965, note, transform=axes.transAxes, **small)
        grid[0].set_ylim(bottom=0)
    return figure


def border(run: RunFolder, corridor: Corridor) -> Any:
    """The border with the mean change of entries by stretch, seen and unseen, that the closing of the road alone makes.

    Neither side has the Protocol, so that only the road differs.
    """
    def entries(scenario: str, segment: str) -> float:
        cells = (run.cell(scenario, metric, segment) for metric in (METRIC, "entries_undetected"))
        return sum(cell.numbers["mean"] for cell in cells if cell is not None)

    changes = {segment: entries(CLOSED, segment) - entries(NEVER, segment) for segment in corridor.world.segments}
    return border_map(
        corridor.world, changes, focus="roxham_road", title="Where people go when police close the road",
        label="Mean change of entries between ports, seen and unseen, 2022 to 2024, same law with the road open = 0")


def pixels(figure: Any) -> Any:
    """A figure as an array of pixels."""
    from PIL import Image

    buffer = BytesIO()
    with house_style():
        figure.savefig(buffer, format="png", dpi=DPI)
    return np.asarray(Image.open(buffer).convert("RGB"))


def main(folder: Path) -> None:
    from PIL import Image

    run, corridor = read_folder(folder), load("canada_us")
    parts = [pixels(months(run, observed_entries(corridor.folder))), pixels(border(run, corridor))]
    stacked = Image.fromarray(np.concatenate(parts)).quantize(200)
    stacked.save(PICTURE, optimize=True)
    sys.stdout.write(f"{PICTURE.name}: {PICTURE.stat().st_size / 1000:.0f} kB, {stacked.width} x {stacked.height}\n")


if __name__ == "__main__":
    main(Path(sys.argv[1] if len(sys.argv) > 1 else "out/roxham-road"))
