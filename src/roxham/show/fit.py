"""How the run compares with what was observed: the fit (seen by the model) and the test (not seen)."""

from __future__ import annotations

import csv
import statistics
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from roxham.show.folder import Band, HeldOut, RunFolder

FIT_YEARS = ("2017", "2018", "2019", "2020", "2021", "2022")
FIRST_QUARTER = "2023 Q1"
CLAIMS_FROM, CLAIMS_TO = "2018-03", "2023-03"
FEW_CLAIMS = 100.0


@dataclass(frozen=True)
class Compared:
    """An observed number beside the model's, with the source of the first."""

    label: str
    observed: float
    model: Band
    source: str

    @property
    def error(self) -> float:
        """The model's median over the observed number, less one."""
        return self.model.q50 / self.observed - 1 if self.observed else float("nan")


@dataclass(frozen=True)
class MonthlyFit:
    """Quebec land-border claims by month: the error in months of 100 claims and more, and in months of fewer."""

    months: tuple[tuple[str, float, float], ...]
    median_error: float
    large: int
    small: int
    small_error: float


@dataclass(frozen=True)
class Fit:
    """What the model was given to fit, and how near it came."""

    entries: tuple[Compared, ...]
    claims: MonthlyFit | None
    pending: tuple[Compared, ...]


@dataclass(frozen=True)
class Tested:
    """One series of held-out months, with mean absolute errors of the model and of the two naive baselines.

    `covered` is the share of months whose observed number falls within the model's 90 % band.
    """

    series: str
    place: str
    months: tuple[HeldOut, ...]
    model_error: float
    seasonal_error: float
    last_error: float
    covered: float
    bias: float

    @property
    def better(self) -> bool:
        """True where the model's error is smaller than that of both naive baselines."""
        return self.model_error < min(self.seasonal_error, self.last_error)


def fit(run: RunFolder, case_folder: Path) -> Fit:
    """The baseline of a run beside the series it was fitted to."""
    return Fit(_entries(run, case_folder), _claims(run, case_folder), _pending(run, case_folder))


def score_held_out(run: RunFolder) -> tuple[Tested, ...]:
    """The held-out series of a run, scored; empty where the run has no holdout.csv."""
    groups: dict[tuple[str, str], list[HeldOut]] = defaultdict(list)
    for row in run.held_out or ():
        groups[row.series, row.place].append(row)
    scored = (_score(series, place, rows) for (series, place), rows in groups.items())
    return tuple(entry for entry in scored if entry is not None)


def _score(series: str, place: str, rows: Sequence[HeldOut]) -> Tested | None:
    seen = [row for row in rows if row.observed == row.observed]
    if not seen:
        return None

    def error(predicted: Sequence[float]) -> float:
        pairs = [(guess, row.observed) for guess, row in zip(predicted, seen, strict=True) if guess == guess]
        return statistics.fmean(abs(guess - truth) for guess, truth in pairs) if pairs else float("nan")

    return Tested(
        series=series,
        place=place,
        months=tuple(rows),
        model_error=error([row.model.q50 for row in seen]),
        seasonal_error=error([row.naive_seasonal for row in seen]),
        last_error=error([row.naive_last for row in seen]),
        covered=statistics.fmean(row.model.q05 <= row.observed <= row.model.q95 for row in seen),
        bias=sum(row.model.q50 for row in seen) / max(1.0, sum(row.observed for row in seen)) - 1,
    )


def read_rows(case_folder: Path, name: str) -> list[dict[str, str]]:
    """The rows of one evidence file of the case; none where the case does not have it."""
    file = case_folder / "evidence" / name
    if not file.is_file():
        return []
    with file.open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


def observed_entries(case_folder: Path) -> dict[str, float]:
    """Interceptions by month, `YYYY-MM`: the published total, else the sum of the provinces that were published.

    Months without a Quebec figure are left out, so the line has the holes of the record.
    """
    totals: dict[str, float] = {}
    parts: dict[str, dict[str, float]] = defaultdict(dict)
    for row in read_rows(case_folder, "interceptions_monthly.csv"):
        if row["preferred"] != "yes" or not row["persons"]:
            continue
        month = f"{int(row['year']):04d}-{int(row['month']):02d}"
        if row["province"] == "total":
            totals[month] = float(row["persons"])
        else:
            parts[month][row["province"]] = float(row["persons"])
    sums = {month: sum(found.values()) for month, found in parts.items() if "QC" in found}
    return {**sums, **totals}


def observed_claims(case_folder: Path, province: str = "QC", office: str = "land_border") -> dict[str, float]:
    """Monthly claims of the open file by province and office, rounded to 5 at the source."""
    return {
        f"{int(row['year']):04d}-{int(row['month']):02d}": float(row["claims"])
        for row in read_rows(case_folder, "claims_monthly.csv")
        if row["classification"] == "claim_office_type"
        and row["province"] == province
        and row["office"] == office
        and row["month"]
        and row["claims"]
    }


def _entries(run: RunFolder, case_folder: Path) -> tuple[Compared, ...]:
    wanted = {(f"{year}-01-01", f"{year}-12-31"): year for year in FIT_YEARS}
    wanted["2023-01-01", "2023-03-31"] = FIRST_QUARTER
    compared = []
    for row in read_rows(case_folder, "interceptions_periods.csv"):
        label = wanted.get((row["period_start"], row["period_end"]))
        if label is None or row["province"] != "total":
            continue
        model = _first_quarter(run) if label == FIRST_QUARTER else _value(run, "entries_irregular", label)
        if model is not None:
            compared.append(Compared(label, float(row["persons"]), model, row["source_url"]))
    return tuple(sorted(compared, key=lambda entry: entry.label))


def _value(run: RunFolder, metric: str, period: str, place: str = "all") -> Band | None:
    cell = run.cell(run.baseline, metric, place, period)
    return cell.value if cell is not None else None


def _first_quarter(run: RunFolder) -> Band | None:
    """January to March 2023, summed draw by draw where draws were kept, else month by month."""
    months = ("2023-01", "2023-02", "2023-03")
    if run.has_draws:
        import numpy as np

        rows = run.query(
            "SELECT draw, sum(value) FROM draws WHERE scenario = ? AND metric = 'entries_irregular' AND place <> 'all'"
            " AND substr(CAST(month AS VARCHAR), 1, 7) IN (?, ?, ?) GROUP BY draw ORDER BY draw",
            [run.baseline, *months],
        )
        if rows:
            return Band.of(np.array([float(row[1]) for row in rows]))
    bands = [band for band in (_value(run, "entries_irregular", month) for month in months) if band is not None]
    if len(bands) < len(months):
        return None
    return Band(sum(band.q05 for band in bands), sum(band.q50 for band in bands), sum(band.q95 for band in bands))


def _claims(run: RunFolder, case_folder: Path) -> MonthlyFit | None:
    observed = observed_claims(case_folder)
    pairs = []
    for month in sorted(observed):
        model = _value(run, "claims_land_border", month, "QC")
        if CLAIMS_FROM <= month <= CLAIMS_TO and model is not None:
            pairs.append((month, observed[month], model.q50))
    large = [abs(guess / truth - 1) for _, truth, guess in pairs if truth >= FEW_CLAIMS]
    small = [abs(guess - truth) for _, truth, guess in pairs if truth < FEW_CLAIMS]
    if not large:
        return None
    few = statistics.median(small) if small else float("nan")
    return MonthlyFit(tuple(pairs), statistics.median(large), len(large), len(small), few)


def _pending(run: RunFolder, case_folder: Path) -> tuple[Compared, ...]:
    """Pending claims at the published dates; legacy-only rows are left out, some rows count appeals too."""
    compared = []
    for row in read_rows(case_folder, "irb.csv"):
        if row["measure"] != "pending" or "LEGACY" in row["note"] or row["division"] not in ("RPD", "RPD_and_RAD"):
            continue
        month = _month_end_near(date.fromisoformat(row["period_end"]))
        model = _value(run, "pending_rpd", month)
        if row["division"] == "RPD_and_RAD" and model is not None:
            appeals = _value(run, "pending_rad", month)
            model = Band(model.q05 + appeals.q05, model.q50 + appeals.q50, model.q95 + appeals.q95) if appeals else None
        if model is not None:
            label = row["period_end"] + ("+" if row["division"] == "RPD_and_RAD" else "")
            compared.append(Compared(label, float(row["value"]), model, row["source_url"]))
    return tuple(sorted(compared, key=lambda entry: entry.label))


def _month_end_near(day: date) -> str:
    """The month whose end is nearest to a day, `YYYY-MM`.

    >>> _month_end_near(date(2022, 11, 18)), _month_end_near(date(2022, 11, 10))
    ('2022-11', '2022-10')
    """
    if day.day >= 15:
        return f"{day.year:04d}-{day.month:02d}"
    year, month = (day.year, day.month - 1) if day.month > 1 else (day.year - 1, 12)
    return f"{year:04d}-{month:02d}"
