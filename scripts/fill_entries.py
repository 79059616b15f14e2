"""Make evidence/irregular_entries.csv: irregular entries by month without holes, all Canada and Quebec.

Interceptions by month and province have holes, but totals of longer periods are published. A hole is filled with
the total that is left for it, spread in proportion to a stand-in series: Quebec's land-border claims x 0.975, the
ratio of the 33 months in which both are known. What a published total adds to the cells of its own period
(revisions whose month is not stated) is spread over those cells. The result sums to every published total used.
A filled cell is known only once the total of its period is: `known_from` names the last month of that period.

    python scripts/fill_entries.py          # writes the file
"""

from __future__ import annotations

import csv
from collections.abc import Mapping, Sequence
from pathlib import Path

from roxham.errors import EvidenceError
from roxham.evidence.fill import Cell
from roxham.evidence.tables import months, read_table

OUT = Path(__file__).resolve().parent.parent / "src/roxham/cases/canada_us/evidence/irregular_entries.csv"
CASE = "canada_us"
HEADER = ("year", "month", "province", "persons", "status", "low", "high", "known_from", "source_url", "note")

# Interceptions per claim at Quebec land-border offices, from the 33 months of March 2018 to March 2023 in which
# both are published (correlation 0.998).
CLAIMS_TO_INTERCEPTIONS = 0.975
PROXY = "proxy: Quebec land-border claims x 0.975, scaled to the published total of the period"


def published_interceptions(province: str) -> dict[str, Cell]:
    """Give the published monthly interceptions of a province (or `total`), preferred rows only, holes left out."""
    cells: dict[str, Cell] = {}
    for row in read_table(CASE, "interceptions_monthly"):
        if row["province"] == province and row["preferred"] == "yes":
            month, persons = f"{int(row['year']):04d}-{int(row['month']):02d}", float(row["persons"])
            derived = row["status"] in ("derived", "rounded")
            status = "derived" if derived else "measured"
            slack = 100.0 if row["status"] == "rounded" else 0.0
            cells[month] = Cell(persons, status, persons - slack, persons, row["source_url"], row["note"], month)
    return cells


def filled_entries() -> tuple[dict[str, Cell], dict[str, Cell]]:
    """Give irregular entries without holes, 2017-01 to 2023-03: (all Canada, Quebec)."""
    period = _periods()
    claims = _quebec_land_claims()
    national = published_interceptions("total")
    quebec = _fill_quebec(published_interceptions("QC"), national, period, claims)
    return _fill_total(national, quebec, period), quebec


def _fill_quebec(
    published: Mapping[str, Cell],
    national: Mapping[str, Cell],
    period: Mapping[tuple[str, str, str], tuple[float, str]],
    claims: Mapping[str, float],
) -> dict[str, Cell]:
    cells = {month: cell for month, cell in published.items() if "2017-01" <= month <= "2023-03"}
    rest = _rest(cells, period["2017-01-01", "2017-09-30", "QC"], "2017-01", "2017-09")
    _spread_rest(cells, "2017-01", "2017-08", rest)
    autumn = {month: national[month].persons for month in ("2017-10", "2017-11")}
    _spread(cells, autumn, period["2017-10-01", "2017-11-30", "QC"], "split as the national total", until="2017-12")
    for first, last in (("2019-06-01", "2019-08-31"), ("2019-09-01", "2019-12-31"), ("2020-01-01", "2020-03-31")):
        shape = {m: claims[m] for m in months(first[:7], last[:7])}
        _spread(cells, shape, period[first, last, "QC"], PROXY)
    spring = period["2020-01-01", "2020-03-31", "QC"][0] / period["2020-01-01", "2020-03-31", "total"][0]
    left, url = period["2020-04-01", "2020-12-31", "total"]
    shape = {m: claims[m] for m in months("2020-04", "2020-12")}
    note = f"{PROXY}; Quebec's share as in January to March 2020"
    _spread(cells, shape, (round(left * spring), url), note, high=left)
    year, url = period["2021-01-01", "2021-12-31", "QC"]
    known = sum(cells[m].persons for m in months("2021-10", "2021-12"))
    _spread(cells, {m: claims[m] for m in months("2021-01", "2021-09")}, (year - known, url), PROXY, until="2021-12")
    rest = _rest(cells, period["2022-01-01", "2022-12-31", "QC"], "2022-01", "2022-12")
    _spread_rest(cells, "2022-01", "2022-12", rest)
    return dict(sorted(cells.items()))


def _fill_total(
    published: Mapping[str, Cell],
    quebec: Mapping[str, Cell],
    period: Mapping[tuple[str, str, str], tuple[float, str]],
) -> dict[str, Cell]:
    cells = {month: cell for month, cell in published.items() if "2017-01" <= month <= "2023-03"}
    rest = _rest(cells, period["2017-01-01", "2017-12-31", "total"], "2017-01", "2017-12")
    _spread_rest(cells, "2017-01", "2017-08", rest)
    for key in (
        ("2019-09-01", "2019-12-31", "total"),
        ("2020-01-01", "2020-03-31", "total"),
        ("2020-04-01", "2020-12-31", "total"),
        ("2022-11-01", "2022-12-31", "total"),
    ):
        shape = {m: quebec[m].persons for m in months(key[0][:7], key[1][:7])}
        _spread(cells, shape, period[key], "spread as Quebec's entries")
    year, url = period["2021-01-01", "2021-12-31", "total"]
    shape = {m: quebec[m].persons for m in months("2021-01", "2021-12")}
    _add_evenly(cells, shape, year - sum(shape.values()), url)
    september = _rest(cells, period["2022-01-01", "2022-09-30", "total"], "2022-01", "2022-09")
    _spread_rest(cells, "2022-09", "2022-09", september)
    return dict(sorted(cells.items()))


def _periods() -> dict[tuple[str, str, str], tuple[float, str]]:
    """Published totals by (first day, last day, province): persons and the address."""
    table = read_table(CASE, "interceptions_periods")
    return {
        (row["period_start"], row["period_end"], row["province"]): (float(row["persons"]), row["source_url"])
        for row in table
    }


def _quebec_land_claims() -> dict[str, float]:
    return {
        f"{int(row['year']):04d}-{int(row['month']):02d}": float(row["claims"]) * CLAIMS_TO_INTERCEPTIONS
        for row in read_table(CASE, "claims_monthly")
        if (row["classification"], row["province"], row["office"]) == ("claim_office_type", "QC", "land_border")
        and row["month"]
    }


def _rest(cells: Mapping[str, Cell], total: tuple[float, str], first: str, last: str) -> tuple[float, str]:
    """What a published total adds to the cells of its period."""
    return total[0] - sum(cells[m].persons for m in months(first, last) if m in cells), total[1]


def _spread(
    cells: dict[str, Cell],
    shape: Mapping[str, float],
    total: tuple[float, str],
    note: str,
    *,
    high: float | None = None,
    until: str | None = None,
) -> None:
    """Fill months with whole persons that sum to the total, in proportion to a shape."""
    persons, url = total
    known_from = until or max(shape)
    for month, share in zip(shape, _whole(list(shape.values()), persons), strict=True):
        spread = 0.25 * share if len(shape) > 1 else 0.0
        top = min(share + spread, high) if high is not None else min(share + spread, persons)
        cells[month] = Cell(share, "derived", max(share - spread, 0.0), top, url, note, known_from)


def _spread_rest(cells: dict[str, Cell], first: str, last: str, rest: tuple[float, str]) -> None:
    """Add a small revision, whose month is not stated, to the cells of a period."""
    named = [m for m in months(first, last) if m in cells]
    added = _whole([cells[m].persons for m in named], abs(rest[0]))
    sign = 1.0 if rest[0] >= 0 else -1.0
    for month, more in zip(named, added, strict=True):
        if more:
            old, persons = cells[month], cells[month].persons + sign * more
            low, high = sorted((old.persons, old.persons + rest[0]))
            note = f"{old.note}; " if old.note else ""
            note += f"{sign * more:+.0f} of a revision of {rest[0]:+.0f} whose month is not stated"
            cells[month] = Cell(persons, "derived", low, high, old.source_url, note, old.known_from)


def _add_evenly(cells: dict[str, Cell], quebec: Mapping[str, float], rest: float, url: str) -> None:
    """Fill the national months of a year: Quebec's entries plus an even share of those elsewhere."""
    for (month, persons), more in zip(quebec.items(), _whole([1.0] * len(quebec), rest), strict=True):
        note = f"Quebec plus an even share of the {rest:.0f} entries elsewhere in the year"
        cells[month] = Cell(persons + more, "derived", persons, persons + rest, url, note, max(quebec))


def _whole(shape: Sequence[float], total: float) -> list[float]:
    """Split a whole number in proportion to a shape, in whole numbers (largest remainders)."""
    size = sum(shape)
    if size <= 0:
        raise EvidenceError(f"nothing to spread {total:g} persons over: the stand-in series is empty")
    exact = [total * part / size for part in shape]
    floors = [float(int(value)) for value in exact]
    order = sorted(range(len(exact)), key=lambda i: floors[i] - exact[i])
    for i in order[: round(total - sum(floors))]:
        floors[i] += 1.0
    return floors


def main() -> None:
    """Write the file."""
    total, quebec = filled_entries()
    with OUT.open("w", encoding="utf-8", newline="") as file:
        out = csv.writer(file, lineterminator="\n")
        out.writerow(HEADER)
        for province, cells in (("total", total), ("QC", quebec)):
            for month, c in cells.items():
                numbers = [f"{value:.0f}" for value in (c.persons, c.low, c.high)]
                year, number = month.split("-")
                place = [year, int(number), province, numbers[0], c.status, *numbers[1:]]
                out.writerow([*place, c.known_from, c.source_url, c.note])


if __name__ == "__main__":
    main()
