"""The observed series that calibration reads, as arrays over the months of a case, cut at the last month known."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from roxham.evidence.fill import Cell, filled_entries
from roxham.evidence.tables import read_table

Floats = NDArray[np.float64]
OFFICES = ("land_border", "airport", "inland")
#: A published cell of 0 to 5 claims is left out of the open file; its middle stands in for it.
SUPPRESSED = 2.5
#: The yearly table of claims by way of entry was published in 2024; the day is not known, so the year's last month.
YEARLY_RELEASED = np.datetime64("2024-12", "M")
#: A month's entries count as published for the month when their range is no wider than this share of them.
ALONE = 0.05


@dataclass(frozen=True)
class Observed:
    """Observed counts by month (persons): NaN where nothing is published or it came after `data_to`.

    `irregular` holds `QC` and `total`; `elsewhere[hub]` is irregular entries of the other hubs; `claims[office]` has
    shape (months, provinces). `blocks` are the spans of months (both ends included) whose entries in Quebec were
    published as one number: single months, and longer periods that `irregular` shares out between their months.
    """

    months: NDArray[np.datetime64]
    data_to: np.datetime64
    irregular: Mapping[str, Floats]
    elsewhere: Mapping[str, Floats]
    claims: Mapping[str, Floats]
    daily: Mapping[str, float]
    periods: Mapping[tuple[str, str, str], float]
    irregular_claims: Mapping[int, float]
    blocks: tuple[tuple[int, int], ...]

    def known(self, month: str) -> bool:
        """Whether a month lies within the data."""
        return bool(np.datetime64(month, "M") <= self.data_to)

    def counted(self, place: str, first: str, last: str) -> bool:
        """Whether the entries of a place were known for every month from `first` to `last`."""
        return bool(self.known(last) and np.isfinite(self.irregular[place][self.span(first, last)]).all())

    def published(self, first: str, last: str) -> list[tuple[int, int]]:
        """Spans of months within `first` to `last` whose entries in Quebec were published as one number."""
        inside = self.span(first, last)
        return [(a, b) for a, b in self.blocks if inside.start <= a and b < inside.stop]

    def at(self, month: str) -> int:
        """Position of a month."""
        return int((np.datetime64(month, "M") - self.months[0]).astype(int))

    def span(self, first: str, last: str) -> slice:
        """Positions of the months from `first` to `last`, both included."""
        return slice(self.at(first), self.at(last) + 1)


def observe(
    case: str | Path, months: NDArray[np.datetime64], data_to: date, provinces: tuple[str, ...],
    hubs: Mapping[str, list[str]],
) -> Observed:
    """Read what was published about each month, and hide what came after `data_to`.

    `hubs` maps each hub to the provinces whose interceptions it explains.
    """
    last = np.datetime64(data_to, "M")
    total_cells, quebec_cells = filled_entries(case)
    irregular = {}
    for name, cells in (("total", total_cells), ("QC", quebec_cells)):
        values = np.full(len(months), np.nan)
        for month, cell in cells.items():
            k = int((np.datetime64(month, "M") - months[0]).astype(int))
            if 0 <= k < len(months) and np.datetime64(max(month, cell.known_from), "M") <= last:
                values[k] = cell.persons
        irregular[name] = values
    rest = np.maximum(irregular["total"] - irregular["QC"], 0.0)
    weights = _elsewhere_weights(case, months, last, {h: p for h, p in hubs.items() if "QC" not in p})
    elsewhere = {hub: rest * weight for hub, weight in weights.items()}
    daily = {
        row["period_start"]: float(row["persons"]) for row in read_table(case, "interceptions_daily")
        if row["place"] == "QC" and row["kind"] == "day" and np.datetime64(row["period_start"], "M") <= last}
    periods = {
        (row["period_start"], row["period_end"], row["province"]): float(row["persons"])
        for row in read_table(case, "interceptions_periods") if np.datetime64(row["period_end"], "M") <= last}
    claims = {
        int(row["year"]): float(row["claims"]) for row in read_table(case, "claims_monthly")
        if (row["classification"], row["office"]) == ("mode_of_entry_dm2024", "irregular")
        and max(np.datetime64(f"{row['year']}-12", "M"), YEARLY_RELEASED) <= last}
    offices = _claims(case, months, last, provinces)
    blocks = _blocks(quebec_cells, months, irregular["QC"])
    return Observed(months, last, irregular, elsewhere, offices, daily, periods, claims, blocks)


def _blocks(
    cells: Mapping[str, Cell], months: NDArray[np.datetime64], known: Floats
) -> tuple[tuple[int, int], ...]:
    """Months published alone (within `ALONE` of their value), and runs of months made from one published period."""
    out: list[tuple[int, int]] = []
    before = ""
    for k in np.flatnonzero(np.isfinite(known)):
        cell = cells[str(months[k])]
        alone = cell.high - cell.low <= ALONE * cell.persons
        if not alone and out and before == cell.known_from and out[-1][1] == k - 1:
            out[-1] = (out[-1][0], int(k))
        else:
            out.append((int(k), int(k)))
        before = "" if alone else cell.known_from
    return tuple(out)


def _claims(
    case: str | Path, months: NDArray[np.datetime64], last: np.datetime64, provinces: tuple[str, ...]
) -> dict[str, Floats]:
    """Claims by office, shape (months, provinces); suppressed cells take the middle of 0 to 5."""
    out = {office: np.zeros((len(months), len(provinces))) for office in OFFICES}
    seen = {office: np.zeros((len(months), len(provinces)), dtype=bool) for office in OFFICES}
    active: set[tuple[str, int]] = set()
    for row in read_table(case, "claims_monthly"):
        if row["classification"] != "claim_office_type" or not row["month"] or row["office"] not in out:
            continue
        if row["province"] not in provinces:
            continue
        k = int((_month(row) - months[0]).astype(int))
        p = provinces.index(row["province"])
        if 0 <= k < len(months) and _month(row) <= last:
            out[row["office"]][k, p] = float(row["claims"])
            seen[row["office"]][k, p] = True
            active.add((row["office"], p))
    for office, p in active:
        column = out[office][:, p]
        column[~seen[office][:, p]] = SUPPRESSED
    for values in out.values():
        values[months > last] = np.nan
    return out


def _month(row: Mapping[str, str]) -> np.datetime64:
    """The month that a row is about."""
    return np.datetime64(f"{row['year']}-{int(row['month']):02d}", "M")


def _elsewhere_weights(
    case: str | Path, months: NDArray[np.datetime64], last: np.datetime64, hubs: Mapping[str, list[str]]
) -> dict[str, Floats]:
    """How entries outside Quebec divide between hubs, by year, from the published monthly cells."""
    year = months.astype("datetime64[Y]").astype(np.int64) + 1970
    sums = {hub: dict.fromkeys(range(int(year[0]), int(year[-1]) + 1), 0.0) for hub in hubs}
    for row in read_table(case, "interceptions_monthly"):
        if _month(row) > last:
            continue
        for hub, provinces in hubs.items():
            if row["preferred"] == "yes" and row["province"] in provinces and int(row["year"]) in sums[hub]:
                sums[hub][int(row["year"])] += float(row["persons"])
    out = {}
    overall = {hub: sum(by_year.values()) for hub, by_year in sums.items()}
    for hub in hubs:
        share = []
        for y in year:
            here = sum(by_year[int(y)] for by_year in sums.values())
            share.append(sums[hub][int(y)] / here if here > 0 else overall[hub] / sum(overall.values()))
        out[hub] = np.array(share)
    return out
