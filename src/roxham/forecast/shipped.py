"""Write a calibration beside its case: plain CSV files and a note that says what the data could and could not tell."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterable, Sequence
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np

from roxham._csv import write_csv
from roxham.errors import Problem, RunError
from roxham.forecast.calibrate import ESTIMATED, Draw, make_problem, prior_of, terms
from roxham.sim.corridor import Corridor

START, END = date(2017, 1, 1), date(2024, 12, 31)


def write(corridor: Corridor, draws: Sequence[Draw], folder: Path, *, data_to: date, seed: int) -> Path:
    """Write `parameters.csv`, `pressure.csv`, `streams.csv` and `note.yaml` into `folder`, all or nothing.

    Raises:
        RunError: when the folder cannot be written.
    """
    if folder.exists() and any(folder.iterdir()) and not (folder / "note.yaml").is_file():
        raise RunError(Problem("this folder holds something else than a calibration; choose another", file=str(folder)))
    months = np.arange(np.datetime64(START, "M"), np.datetime64(END, "M") + 1)
    work = folder.with_name(folder.name + ".part")
    try:
        shutil.rmtree(work, ignore_errors=True)
        work.mkdir(parents=True)
        names = sorted(draws[0].parameters)
        _csv(work / "parameters.csv", ["draw", *names],
             ([k, *(f"{d.parameters[n]:.6g}" for n in names)] for k, d in enumerate(draws)))
        hubs = tuple(corridor.choice.hubs)
        _csv(work / "pressure.csv", ["draw", "hub", *(str(m) for m in months)],
             ([k, hub, *(f"{x:.1f}" for x in d.pressure[:, h])] for k, d in enumerate(draws)
              for h, hub in enumerate(hubs)))
        _csv(work / "streams.csv", ["office", "province", *(str(m) for m in months)],
             ([office, province, *(f"{x:.2f}" for x in np.mean([d.streams[office][:, p] for d in draws], axis=0))]
              for office in draws[0].streams for p, province in enumerate(corridor.provinces)))
        _yaml(work / "note.yaml", note(corridor, draws, data_to=data_to, seed=seed))
        if folder.exists():
            shutil.rmtree(folder)
        os.replace(work, folder)
    except OSError as error:
        raise RunError(Problem(f"cannot write the calibration: {error.strerror}", file=str(folder))) from error
    finally:
        shutil.rmtree(work, ignore_errors=True)
    return folder


def note(corridor: Corridor, draws: Sequence[Draw], *, data_to: date, seed: int) -> dict[str, Any]:
    """What was estimated and how far the data moved it, each fact beside the model, and what stays assumed."""
    estimated = {}
    for name in ESTIMATED:
        values = np.array([d.parameters[name] for d in draws[1:] or draws])
        centre, spread = prior_of(corridor, name)
        estimated[name] = {
            "central": _short(draws[0].parameters[name]), "mean": _short(values.mean()), "sd": _short(values.std()),
            "q05": _short(np.quantile(values, 0.05)), "q95": _short(np.quantile(values, 0.95)),
            "prior_mean": _short(centre), "prior_sd": _short(spread),
            "variance_left": _short(min(values.var() / spread**2, 9.99)),
        }
    matrix = np.array([[d.parameters[n] for n in ESTIMATED] for d in draws])
    correlation = np.corrcoef(matrix.T) if len(draws) > 2 else np.eye(len(ESTIMATED))
    strong = [
        {"a": ESTIMATED[i], "b": ESTIMATED[j], "correlation": _short(correlation[i, j])}
        for i in range(len(ESTIMATED)) for j in range(i) if abs(correlation[i, j]) > 0.5]
    problem = make_problem(str(corridor.folder), START, END, data_to)
    facts = [
        {"fact": t.name, "seen": _short(t.seen), "model": _short(t.model), "residual_sd": _short(t.residual)}
        for t in terms(problem, draws[0].parameters)]
    return {
        "data_to": data_to.isoformat()[:7], "seed": seed, "draws": len(draws),
        "window": f"{START} to {END}", "crossings": crossings_by_month(corridor, draws),
        "month_beyond_chance": {
            name: _short(np.sqrt(problem.dispersion(share)))
            for name, share in (("median", 0.5), ("q05", 0.05), ("q95", 0.95))},
        "estimated": estimated, "cannot_be_told_apart": strong, "facts": facts,
        "assumed": sorted(set(corridor.parameters) - set(ESTIMATED)),
    }


def crossings_by_month(corridor: Corridor, draws: Sequence[Draw]) -> dict[str, dict[str, list[float]]]:
    """Persons who crossed over the data, by stretch, manner and month of the year: the mean of the draws."""
    mean = np.mean([d.crossings for d in draws], axis=0)
    return {
        segment: {manner: [_short(x) for x in mean[s, :, k]] for k, manner in enumerate(("present", "hide"))}
        for s, segment in enumerate(corridor.world.segments)}


def _short(value: float | np.floating[Any]) -> float:
    return float(f"{float(value):.4g}")


def _csv(path: Path, head: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    with path.open("w", newline="", encoding="utf-8") as handle:
        write_csv(handle, rows, head)


def _yaml(path: Path, content: dict[str, Any]) -> None:
    from ruamel.yaml import YAML

    yaml = YAML()
    yaml.default_flow_style = False
    with path.open("w", encoding="utf-8") as handle:
        yaml.dump(content, handle)
