"""The claim *closing it pushes people to more dangerous crossings*, put to the run."""

from __future__ import annotations

import csv
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from roxham.evidence.ledger import Ledger
from roxham.show.folder import WINTER, Band, RunFolder
from roxham.show.ledger import assumed_of

Verdict = Literal["supported", "contradicted", "not_determined"]
ROAD = "roxham_road"
ENTRIES = ("entries_irregular", "entries_undetected")
SAME_LAW = {"police-close-2022": "protocol-never"}
INPUTS = {
    "weights": ("map/danger.csv", "map/danger.yaml"),
    "choice": ("parameters.yaml", "choice.yaml"),
    "climate": ("map/climate.csv",),
    "stretches": ("map/segments.csv",),
}


@dataclass(frozen=True)
class SegmentChange:
    """Change in entries on one stretch of the border, seen and unseen together, in persons."""

    segment: str
    winter: Band
    rest: Band
    whole: Band

    @property
    def bands(self) -> tuple[Band, Band, Band]:
        """November to March, the other months, and the whole run."""
        return self.winter, self.rest, self.whole


@dataclass(frozen=True)
class Danger:
    """What the run says about danger when the scenario that closes the road is set beside the one that does not.

    Bands are of paired differences over the whole run: `seen`, `unseen`, `heard` and `elsewhere` in persons,
    `per_entry` in index points a person, `exposure` in index points, `deaths` in expected deaths. `inputs` counts
    the numbers behind the answer by group: assumed, and all.
    """

    scenario: str
    against: str
    segments: tuple[SegmentChange, ...]
    road: Band
    elsewhere: Band
    elsewhere_winter: Band
    per_entry_before: Band
    per_entry_after: Band
    per_entry: Band
    exposure: Band
    deaths_before: Band
    deaths_after: Band
    deaths: Band
    inputs: Mapping[str, tuple[int, int]]
    recorded_deaths: Mapping[str, int]
    seen: Band
    unseen: Band
    heard: Band

    @property
    def verdict(self) -> Verdict:
        """Supported, contradicted or not determined, by one rule.

        The claim is supported where entries elsewhere, exposure per entry and expected deaths all rise with their whole
        90 % band above zero; contradicted where all three fall below it; otherwise it is not determined.
        """
        directions = {self.elsewhere.direction, self.per_entry.direction, self.deaths.direction}
        if directions == {1}:
            return "supported"
        return "contradicted" if directions == {-1} else "not_determined"

    @property
    def assumed_share(self) -> float:
        """The share of the numbers behind the answer that are assumed, 0 to 1."""
        total = sum(count for _, count in self.inputs.values())
        return sum(assumed for assumed, _ in self.inputs.values()) / total if total else float("nan")


def danger(
    run: RunFolder, case_folder: Path, book: Ledger, order: Sequence[str] = (), scenario: str = "police-close-2022"
) -> Danger | None:
    """The claim measured on the draws of a run, or None where the run has no such scenario or kept no draws.

    The road closed is set beside the same law with the road open (`SAME_LAW`), where the run holds that scenario,
    so that nothing else differs; otherwise beside the baseline. Stretches are those of the given order of ids,
    every place where it is empty; sums are over every place.
    """
    if scenario not in run.scenarios or not run.has_draws:
        return None
    wanted = SAME_LAW.get(scenario, run.baseline)
    against = wanted if wanted in run.scenarios else run.baseline
    table = _draw_table(run, scenario, against)
    if not table.draws:
        return None
    return _measured(table, scenario, against, order, book, case_folder)


def _measured(
    table: _DrawTable, here: str, there: str, order: Sequence[str], book: Ledger, case_folder: Path
) -> Danger:
    """All bands of the claim, from the sums of the draws."""
    entries = {name: table.total(name, ENTRIES) for name in (here, there)}
    exposure = {name: table.total(name, ("exposure_index",)) for name in (here, there)}
    deaths = {name: table.total(name, ("deaths_expected",)) for name in (here, there)}
    each = {name: _ratio(exposure[name], entries[name]) for name in (here, there)}
    listed = tuple(place for place in order if place in table.places) or table.places
    others = tuple(place for place in table.places if place != ROAD)
    return Danger(
        scenario=here,
        against=there,
        segments=tuple(_segment_change(table, here, there, segment) for segment in listed),
        road=Band.of(table.change(here, there, ENTRIES, (ROAD,))),
        elsewhere=Band.of(table.change(here, there, ENTRIES, others)),
        elsewhere_winter=Band.of(table.change(here, there, ENTRIES, others, winter=True)),
        per_entry_before=Band.of(each[there]),
        per_entry_after=Band.of(each[here]),
        per_entry=Band.of(each[here] - each[there]),
        exposure=Band.of(exposure[here] - exposure[there]),
        deaths_before=Band.of(deaths[there]),
        deaths_after=Band.of(deaths[here]),
        deaths=Band.of(deaths[here] - deaths[there]),
        inputs=count_inputs(book),
        recorded_deaths=recorded_deaths(case_folder),
        seen=Band.of(table.change(here, there, ("entries_irregular",))),
        unseen=Band.of(table.change(here, there, ("entries_undetected",))),
        heard=Band.of(table.change(here, there, ("heard",))),
    )


def _segment_change(table: _DrawTable, here: str, there: str, segment: str) -> SegmentChange:
    winter, rest, whole = (
        Band.of(table.change(here, there, ENTRIES, (segment,), winter=part)) for part in (True, False, None))
    return SegmentChange(segment, winter, rest, whole)


@dataclass(frozen=True)
class _DrawTable:
    """Sums of the draws by scenario, metric, place and season; `places` are those with entries."""

    draws: tuple[int, ...]
    places: tuple[str, ...]
    sums: Mapping[tuple[str, str], Mapping[tuple[str, bool, int], float]]

    def total(
        self,
        scenario: str,
        metrics: tuple[str, ...],
        places: tuple[str, ...] | None = None,
        winter: bool | None = None,
    ) -> NDArray[np.float64]:
        """One sum per draw; `winter` picks November to March (True), the rest (False) or the year (None)."""
        found = dict.fromkeys(self.draws, 0.0)
        for metric in metrics:
            for (place, season, draw), value in self.sums.get((scenario, metric), {}).items():
                if (places is None or place in places) and winter in (None, season):
                    found[draw] += value
        return np.array([found[draw] for draw in self.draws])

    def change(
        self,
        here: str,
        there: str,
        metrics: tuple[str, ...],
        places: tuple[str, ...] | None = None,
        winter: bool | None = None,
    ) -> NDArray[np.float64]:
        """The paired difference between two scenarios, draw by draw."""
        return self.total(here, metrics, places, winter) - self.total(there, metrics, places, winter)


def _draw_table(run: RunFolder, scenario: str, against: str) -> _DrawTable:
    metrics = (*ENTRIES, "exposure_index", "deaths_expected", "heard")
    rows = run.query(
        f"""
        SELECT scenario, metric, place, substr(CAST(month AS VARCHAR), 6, 2) IN ({_marks(WINTER)}) AS winter, draw,
            sum(value)
        FROM draws
        WHERE scenario IN (?, ?) AND metric IN ({_marks(metrics)}) AND place <> 'all'
        GROUP BY ALL ORDER BY ALL
        """,
        [*WINTER, scenario, against, *metrics],
    )
    sums: dict[tuple[str, str], dict[tuple[str, bool, int], float]] = {}
    for name, metric, place, winter, draw, value in rows:
        sums.setdefault((str(name), str(metric)), {})[str(place), bool(winter), int(draw)] = float(value)
    return _DrawTable(
        draws=tuple(sorted({int(row[4]) for row in rows})),
        places=tuple(sorted({str(row[2]) for row in rows if row[1] in ENTRIES})),
        sums=sums,
    )


def _marks(values: Sequence[str]) -> str:
    return ", ".join("?" for _ in values)


def _ratio(above: NDArray[np.float64], below: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.divide(above, below, out=np.zeros_like(above), where=below > 0)


def recorded_deaths(case_folder: Path) -> dict[str, int]:
    """Deaths in the case's list of incidents, by direction; the list says itself that it is not complete."""
    file = case_folder / "evidence" / "incidents.csv"
    counts: dict[str, int] = {"northbound": 0, "southbound": 0}
    if not file.is_file():
        return counts
    with file.open(encoding="utf-8", newline="") as stream:
        for row in csv.DictReader(stream):
            counts[row["direction"]] = counts.get(row["direction"], 0) + int(row["dead"] or 0)
    return counts


def count_inputs(book: Ledger) -> dict[str, tuple[int, int]]:
    """How many of the numbers behind the danger answer are assumed, and how many there are, by group."""
    return {group: assumed_of(book, files) for group, files in INPUTS.items()}
