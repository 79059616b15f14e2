"""What came after each natural experiment, beside what was foretold: the only place where outcomes are read."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from roxham._csv import write_csv
from roxham.forecast.backtest import outcomes
from roxham.forecast.baselines import REFERENCE
from roxham.forecast.experiments import Check, undone
from roxham.forecast.foretell import CORRIDOR, Foretold
from roxham.forecast.joint import quantiles_of
from roxham.forecast.regimes import LEVELS
from roxham.forecast.score import covered, skill, wis
from roxham.forecast.vintage import design
from roxham.sim.corridor import load
from roxham.sim.expected import expected

__all__ = [
    "Checked", "Fall", "Share", "Verdict", "checked", "fall", "hindsight", "rise", "scored_series", "verdicts", "write",
]  # fmt: skip

Floats = NDArray[np.float64]
BANDS = (0.5, 0.8, 0.95)
MIDDLE = (0.05, 0.1, 0.5, 0.9, 0.95)
#: The months of a rise, after the month of the break, and the same months a year before.
RISE = slice(6, 12)


@dataclass(frozen=True)
class Verdict:
    """Mean scores of a model over the scored months of some series (claims a month), beside the baseline's."""

    experiment: str
    series: str
    model: str
    cells: int
    wis: float
    baseline_wis: float
    skill: float
    covered_50: float
    covered_80: float
    covered_95: float


@dataclass(frozen=True)
class Checked:
    """One published sum beside its 90 % and 80 % bands (persons)."""

    experiment: str
    check: str
    series: str
    observed: float
    q05: float
    q10: float
    q50: float
    q90: float
    q95: float
    inside_80: bool
    how: str
    source: str


@dataclass(frozen=True)
class Fall:
    """The change of a series from the month of the break to the next (share), foretold and seen."""

    experiment: str
    series: str
    model: str
    seen: float
    q025: float
    q10: float
    q50: float
    q90: float
    q975: float


@dataclass(frozen=True)
class Share:
    """A mean of claims a month in the half-year that starts six months after a break: what moved beside what rose."""

    experiment: str
    what: str
    q05: float
    q50: float
    q95: float


def scored_series(case: str | Path) -> tuple[str, ...]:
    """List what is scored: offices of the named provinces, and the national sum.

    >>> len(scored_series("canada_us"))
    7
    """
    plan = design(case).series
    return (*(f"claims/{place}/{office}" for place in plan.provinces for office in plan.offices),
            f"claims/{plan.whole}/total")  # fmt: skip


def _outcome(case: str | Path, name: str, months: Sequence[str]) -> Floats:
    held, counts = outcomes(case)
    return np.array([counts[name][held.index(m)] if m in held else np.nan for m in months])


def verdicts(found: Foretold, case: str | Path = "canada_us") -> tuple[Verdict, ...]:
    """Score every model on the twelve months, each series alone and all together."""
    names = scored_series(case)
    year = found.target()
    seen = np.array([_outcome(case, name, found.months[year]) for name in names])
    tables = {
        model: np.array([quantiles_of(series[name])[year] for name in names]) for model, series in found.draws.items()
    }
    scores = {model: wis(table, seen, LEVELS) for model, table in tables.items()}
    out = []
    for model, table in tables.items():
        inside = [covered(table, seen, LEVELS, share) for share in BANDS]
        for name in (*names, "all"):
            k = [name in (one, "all") for one in names]
            own, base = float(scores[model][k].mean()), float(scores[REFERENCE][k].mean())
            out.append(Verdict(
                found.name, name, model, int(seen[k].size), own, base, skill(own, base),
                *(float(one[k].mean()) for one in inside)))  # fmt: skip
    return tuple(out)


def checked(found: Foretold) -> tuple[Checked, ...]:
    """Set the published sums of an experiment beside what it foretold."""
    out = []
    for check in found.experiment.checks:
        draws = _sum(found, check)
        low, ten, middle, ninety, high = (float(x) for x in np.quantile(draws, MIDDLE))
        out.append(Checked(
            found.name, check.id, check.series, check.observed, low, ten, middle, ninety, high,
            ten <= check.observed <= ninety, check.how, check.source))  # fmt: skip
    return tuple(out)


def _sum(found: Foretold, check: Check) -> Floats:
    if check.days is not None:
        return np.asarray(found.first_days[:, :check.days].sum(axis=1))
    chosen = [k for k, month in enumerate(found.months) if (check.first or "") <= month <= (check.last or "")]
    total = found.draws[CORRIDOR][check.series][:, chosen].sum(axis=1)
    if check.with_rest_of_break:
        total = total + found.after_break
    return np.asarray(total + (found.ports_known if check.whole_year is not None else 0.0))


def fall(found: Foretold, case: str | Path = "canada_us") -> tuple[Fall, ...]:
    """Give the change from the month of the day to the next where the road leads, by model."""
    name = scored_series(case)[0]
    first = len(found.months) - 13
    seen = _outcome(case, name, found.months[first:first + 2])
    out = []
    for model, series in found.draws.items():
        change = series[name][:, first + 1] / np.maximum(series[name][:, first], 1.0) - 1
        low, ten, middle, ninety, high = (float(x) for x in np.quantile(change, (0.025, 0.1, 0.5, 0.9, 0.975)))
        out.append(Fall(found.name, name, model, float(seen[1] / seen[0] - 1), low, ten, middle, ninety, high))
    return tuple(out)


def rise(found: Foretold, case: str | Path = "canada_us") -> tuple[Share, ...]:
    """Give what rose at airports and inland, and how much of it the corridor moved there (claims a month)."""
    year = found.months[found.target()][RISE]
    before = [f"{int(month[:4]) - 1}{month[4:]}" for month in year]
    own = found.draws[CORRIDOR]
    chosen = [found.months.index(month) for month in year]
    whole = design(case).series.whole
    moved = {office: own[f"moved/{whole}/{office}"][:, chosen].mean(axis=1) for office in design(case).series.offices}
    seen = sum(
        float((_outcome(case, f"claims/{whole}/{office}", year) - _outcome(case, f"claims/{whole}/{office}", before))
              .mean()) for office in ("airport", "inland"))  # fmt: skip
    both = moved["airport"] + moved["inland"]
    rows = {f"moved to {office}": values for office, values in moved.items()}
    rows |= {"rise at airports and inland, as seen": np.full(2, seen), "share of the rise that moved": both / seen}
    return tuple(
        Share(found.name, what, *(float(x) for x in np.quantile(values, (0.05, 0.5, 0.95))))
        for what, values in rows.items()
    )  # fmt: skip


def hindsight(found: Foretold, case: str | Path = "canada_us", calibration: str = "main") -> tuple[Share, ...]:
    """Give where those went who would have crossed without the new law (persons a month), by the fit to all data.

    The same half-year as `rise`. Who is in no row stays in the United States or is turned away.
    """
    corridor = load(case)
    posterior = corridor.posterior(calibration)
    year = np.array(found.months[found.target()][RISE], dtype="datetime64[M]")
    start = date(found.experiment.day.year, 1, 1)
    end = ((year[-1] + 1).astype("datetime64[D]") - 1).astype(date)
    window = posterior.window(year)
    other = undone(corridor, found.experiment)
    rows: dict[str, list[float]] = {}
    for k, parameters in enumerate(posterior.parameters):
        new, old = expected(corridor, parameters, start, end), expected(other, parameters, start, end)
        pressure = posterior.pressure[k, window]
        for what, name in (("between ports", "intercepted"), ("ports", "claims_port"), ("airports", "claims_air"),
                           ("inland, after crossing unseen", "claims_late")):
            change = (new.monthly(name) - old.monthly(name))[-len(year):]
            each = change.reshape(*change.shape[:2], -1).sum(axis=2)
            rows.setdefault(what, []).append(float((each * pressure).sum(axis=1).mean()))
    return tuple(
        Share(found.name, f"all data: change {what}", *(float(x) for x in np.quantile(values, (0.05, 0.5, 0.95))))
        for what, values in rows.items()
    )  # fmt: skip


def forecast_rows(found: Foretold, case: str | Path) -> Iterable[Mapping[str, Any]]:
    """Give every quantile as rows: experiment, model, series, month, outcome, 23 quantiles."""
    _, counts = outcomes(case)
    for model, series in found.draws.items():
        for name in sorted(series):
            seen = _outcome(case, name, found.months) if name in counts else np.full(len(found.months), np.nan)
            if model != CORRIDOR and name not in scored_series(case):
                continue
            for month, row, value in zip(found.months, quantiles_of(series[name]), seen, strict=True):
                levels = {f"q{level:g}": f"{x:.1f}" for level, x in zip(LEVELS, row, strict=True)}
                observed = "" if np.isnan(value) else f"{value:g}"
                yield {"experiment": found.name, "model": model, "series": name, "month": month,
                       "observed": observed, **levels}  # fmt: skip


def undetected_rows(found: Foretold) -> Iterable[Mapping[str, Any]]:
    """Give people who cross unseen in the twelve months: before the data spoke, and after."""
    for kind, values in found.undetected.items():
        quantiles = np.quantile(values, (0.05, 0.25, 0.5, 0.75, 0.95))
        yield {"experiment": found.name, "kind": kind,
               **{f"q{q:g}": f"{x:.0f}" for q, x in zip((0.05, 0.25, 0.5, 0.75, 0.95), quantiles, strict=True)}}


def write(
    found: Sequence[Foretold], folder: Path, case: str | Path = "canada_us", note: Mapping[str, Any] | None = None
) -> None:
    """Write forecasts, scores, checks, falls, displacement and the unseen as CSV files, and how they were made."""
    folder.mkdir(parents=True, exist_ok=True)
    tables: dict[str, list[Mapping[str, Any]]] = {
        "forecasts": [row for one in found for row in forecast_rows(one, case)],
        "scores": [_short(asdict(row)) for one in found for row in verdicts(one, case)],
        "checks": [_short(asdict(row)) for one in found for row in checked(one)],
        "falls": [_short(asdict(row)) for one in found for row in fall(one, case)],
        "moved": [_short(asdict(row)) for one in found if one.experiment.displaces
                  for row in (*rise(one, case), *hindsight(one, case))],
        "unseen": [row for one in found for row in undetected_rows(one)],
        "made": [{"experiment": one.name, "day": one.experiment.day, "known_to": one.known_to, **(note or {})}
                 for one in found],
    }  # fmt: skip
    for name, rows in tables.items():
        if not rows:
            continue
        with (folder / f"{name}.csv").open("w", newline="", encoding="utf-8") as file:
            write_csv(file, rows, list(rows[0]))


def _short(row: Mapping[str, Any]) -> dict[str, Any]:
    return {key: float(f"{value:.5g}") if isinstance(value, float) else value for key, value in row.items()}
