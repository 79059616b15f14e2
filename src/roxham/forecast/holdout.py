"""The test: parameters and pressure fixed on data to February 2023, and what came from April 2023 on.

Every row stands beside two naive forecasts made from the same data: the same month of the last year known, and the last
month known.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from roxham._csv import write_csv
from roxham.evidence.fill import filled_entries
from roxham.evidence.tables import read_table
from roxham.sim.corridor import Corridor
from roxham.sim.run import run_draw

Floats = NDArray[np.float64]
COLUMNS = ("month", "series", "place", "observed", "model_q05", "model_q50", "model_q95",
           "naive_seasonal", "naive_last")
CALIBRATION = "holdout"


def later_months(
    corridor: Corridor, *, draws: int, seed: int, until: date = date(2024, 12, 31),
    progress: Callable[[int, int], None] | None = None,
) -> list[dict[str, str]]:
    """Run the corridor as it was on the held-out calibration and set every later month beside what was seen.

    Returns rows with the columns of `COLUMNS`; `observed` is empty where nothing was published.
    """
    posterior = corridor.posterior(CALIBRATION)
    known = np.datetime64(str(posterior.note["data_to"]), "M")
    start = posterior.months[0].astype(date)
    quebec = corridor.province_index("QC")
    land, entries = [], []
    for k in range(draws):
        outcome = run_draw(corridor, seed=seed, draw=k, from_=start, to=until, calibration=CALIBRATION)
        land.append(outcome.cell("claims_land_border").value[quebec])
        entries.append(outcome.cell("entries_irregular").value.sum(axis=0))
        if progress is not None:
            progress(k + 1, draws)
    months = np.arange(np.datetime64(start, "M"), np.datetime64(until, "M") + 1)
    rows = _rows("claims_land_border", "QC", months, known, np.array(land), _quebec_claims(corridor))
    return rows + _rows("entries_irregular", "all", months, known, np.array(entries), _entries(corridor))


def write_test(rows: list[dict[str, str]], path: Path) -> None:
    """Write the rows as `holdout.csv`."""
    with path.open("w", newline="", encoding="utf-8") as handle:
        write_csv(handle, rows, COLUMNS)


def _rows(
    series: str, place: str, months: NDArray[np.datetime64], known: np.datetime64, model: Floats,
    observed: dict[str, float],
) -> list[dict[str, str]]:
    out = []
    last = observed[str(known)]
    for m, month in enumerate(months):
        if month <= known + 1:  # March 2023 lies half before the change
            continue
        back = month
        while back > known:
            back = back - 12
        low, middle, high = np.quantile(model[:, m], (0.05, 0.5, 0.95))
        seen = observed.get(str(month))
        out.append({
            "month": str(month), "series": series, "place": place, "observed": "" if seen is None else f"{seen:g}",
            "model_q05": f"{low:.1f}", "model_q50": f"{middle:.1f}", "model_q95": f"{high:.1f}",
            "naive_seasonal": f"{observed[str(back)]:g}", "naive_last": f"{last:g}"})
    return out


def _quebec_claims(corridor: Corridor) -> dict[str, float]:
    return {
        f"{row['year']}-{int(row['month']):02d}": float(row["claims"])
        for row in read_table(corridor.folder, "claims_monthly")
        if (row["classification"], row["office"], row["province"]) == ("claim_office_type", "land_border", "QC")
        and row["month"]}


def _entries(corridor: Corridor) -> dict[str, float]:
    """Irregular entries by month: the filled series, and after it the few months that were published."""
    filled = {month: cell.persons for month, cell in filled_entries(corridor.folder)[0].items()}
    later = {
        f"{row['year']}-{int(row['month']):02d}": float(row["persons"])
        for row in read_table(corridor.folder, "interceptions_monthly")
        if row["province"] == "total" and row["preferred"] == "yes"}
    return later | filled
