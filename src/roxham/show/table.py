"""Tables for the terminal: a comparison of scenarios, the ledger of numbers, and rooms by place and month."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from roxham.evidence.ledger import STANDINGS
from roxham.lab.compare import Comparison, Line
from roxham.lab.rooms import Need, Rooms
from roxham.show.folder import Band
from roxham.show.text import Language, has, number, percent, say, span
from roxham.sim.metrics import METRICS

if TYPE_CHECKING:
    from rich.table import Table


def comparison_table(comparison: Comparison, language: Language = "en", metrics: Sequence[str] | None = None) -> Table:
    """Metrics down, scenarios across: the baseline's mean, then paired differences with their 90 % bands.

    Differences whose band excludes zero are bold. Fewer metrics make a narrower table.
    """
    from rich.table import Table
    from rich.text import Text

    chosen = tuple(metrics or comparison.metrics)
    title = say("compared_title", language, place=_place(comparison.place, language), draws=comparison.draws)
    table = Table(title=title, caption=say("compared_caption", language), title_justify="left", caption_justify="left")
    table.add_column(say("scenario", language), overflow="fold", min_width=18)
    for metric in chosen:
        table.add_column(metric_label(metric, language), justify="right", overflow="fold")
    for name, words in comparison.scenarios:
        first = name == comparison.baseline
        cells = [_difference(comparison.line(name, metric), language, first) for metric in chosen]
        table.add_row(Text(words, style="bold" if first else ""), *cells, end_section=first)
    return table


def ledger_table(counts: Mapping[str, int], language: Language = "en") -> Table:
    """How many numbers of the case are measured, derived, estimated and assumed, with shares."""
    from rich.table import Table

    total = sum(counts.get(status, 0) for status in STANDINGS)
    table = Table(title=say("ledger_title", language), title_justify="left", show_footer=True)
    table.add_column(say("status", language), footer=say("total", language))
    table.add_column(say("count", language), justify="right", footer=number(total, language))
    table.add_column(say("share", language), justify="right", footer=percent(1.0, language))
    for status in STANDINGS:
        count = counts.get(status, 0)
        shown = percent(count / total, language) if total else "\u2013"
        table.add_row(say(f"status_{status}", language), number(count, language), shown)
    return table


def rooms_table(
    rooms: Rooms, language: Language = "en", names: Mapping[str, str] | None = None, *, peaks: bool = False
) -> Table:
    """Persons, rooms and missing rooms by place at each month's end, medians with 90 % bands.

    With `peaks`, only the busiest month of each place that anybody needs.
    """
    from rich.table import Table

    share = number(rooms.persons_per_room, language, 1)
    title = say("rooms_peak_title" if peaks else "rooms_title", language, share=share)
    caption = say("middle_and_band", language)
    table = Table(title=title, caption=caption, title_justify="left", caption_justify="left")
    for key in ("month", "place"):
        table.add_column(say(key, language))
    for key in ("persons", "rooms", "shortfall"):
        table.add_column(say(key, language), justify="right")
    seen = ""
    for need in sorted(_peaks(rooms.needs) if peaks else rooms.needs, key=lambda one: one.month):
        bands = [Band(*triple) for triple in (need.persons, need.rooms, need.shortfall)]
        if seen and seen != need.month:
            table.add_section()
        place = (names or {}).get(need.place) or _place(need.place, language)
        table.add_row("" if seen == need.month else need.month, place, *(band_words(band, language) for band in bands))
        seen = need.month
    return table


def _peaks(needs: Sequence[Need]) -> list[Need]:
    """The month of each place with the most persons; places that nobody needs are left out."""
    places = dict.fromkeys(need.place for need in needs)
    busiest = (max((n for n in needs if n.place == place), key=lambda n: n.persons[1]) for place in places)
    return [need for need in busiest if need.persons[2] > 0]


def metric_label(metric: str, language: Language) -> str:
    """What a metric is called in that language, as the register of metrics says; its name where it has none."""
    known = METRICS.get(metric)
    if known is None:
        return metric
    return known.label_en if language == "en" else known.label_fr


def band_words(band: Band, language: Language) -> str:
    """A median and its band, whole numbers.

    >>> band_words(Band(90.0, 100.0, 1110.0), "en")
    '100 (90 to 1,110)'
    """
    middle, low, high = (number(value, language) for value in (band.q50, band.q05, band.q95))
    return middle if low == middle == high else f"{middle} ({span(low, high, language)})"


def place_names(case_folder: Path, language: Language) -> dict[str, str]:
    """Names of the case's places in that language, by id."""
    import csv

    file = case_folder / "map" / "places.csv"
    if not file.is_file():
        return {}
    with file.open(encoding="utf-8", newline="") as stream:
        return {row["id"]: row[f"name_{language}"] for row in csv.DictReader(stream)}


def _place(place: str, language: Language) -> str:
    return say(f"place_{place}", language) if has(f"place_{place}") else place.replace("_", " ")


def _difference(line: Line, language: Language, first: bool) -> str:
    from rich.markup import escape

    if first:
        return f"[bold]{escape(compact(line.mean, language))}[/bold]"
    if line.difference == line.low == line.high == 0:
        return "0"
    middle, low, high = (compact(value, language, signed=True) for value in (line.difference, line.low, line.high))
    shown = f"[bold]{middle}[/bold]" if line.settled else middle
    if line.error > 0:
        shown += f" ±{compact(line.error, language)}"
    return f"{shown}\n[dim]{span(low, high, language)}[/dim]"


def compact(value: float, language: Language, signed: bool = False) -> str:
    """A number in few characters: three figures, with M for millions.

    >>> compact(1_234_567.0, "en"), compact(39_540.2, "fr").replace("\\u00a0", "_"), compact(0.01234, "en")
    ('1.23 M', '39_540', '0.012')
    """
    size = abs(value)
    if size >= 1e6:
        millions = value / 1e6
        decimals = 2 if abs(millions) < 10 else 1 if abs(millions) < 100 else 0
        return number(millions, language, decimals, signed) + " M"
    decimals = 0 if size >= 100 or value == round(value) else 1 if size >= 10 else 2 if size >= 0.1 else 3
    return number(value, language, decimals, signed)
