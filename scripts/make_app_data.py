"""Write what the app's pages show from stored results: the tour, the scores of past forecasts, the three experiments.

    roxham run roxham-road --draws 20 --seed 7 --out out/roxham-road
    roxham backtest --out out/backtest
    python scripts/make_app_data.py out/roxham-road out/backtest

Writes src/roxham/app/stored/{tour,scores,trust}.json. The experiments are those of docs/trust/experiments. Each file
says how it was made; nothing here runs a model.
"""

from __future__ import annotations

import csv
import json
import sys
from pathlib import Path
from typing import Any

from roxham import __version__
from roxham.evidence.tables import case_folder
from roxham.forecast.experiments import experiments
from roxham.show.folder import read_folder
from roxham.show.tour import tour

ROOT = Path(__file__).resolve().parents[1]
STORED = ROOT / "src" / "roxham" / "app" / "stored"
TRUST = ROOT / "docs" / "trust" / "experiments"
CASE = "canada_us"
RUN = "roxham run roxham-road --draws {draws} --seed {seed}"
#: The parts of a backtest that the page shows; its other tables stay in docs/trust/forecast.md.
SHOWN = ("headline", "horizon", "year", "series", "model")


def made_tour(folder: Path) -> dict[str, Any]:
    """The tour, from the folder of a run."""
    run = read_folder(folder)
    found = tour(run, case_folder(CASE))
    command = RUN.format(draws=run.manifest["draws"], seed=run.manifest["seed"])
    return {"made": {"command": command, "version": run.manifest["code_version"], **found.pop("manifest")}, **found}


def made_scores(folder: Path) -> dict[str, Any]:
    """The scores of past forecasts, from the folder of a backtest."""
    scores = json.loads((folder / "scores.json").read_text(encoding="utf-8"))
    return {"made": {"command": "roxham backtest", "version": __version__}, **{key: scores[key] for key in SHOWN}}


def table(name: str) -> list[dict[str, str]]:
    """One stored table of the experiments."""
    with (TRUST / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def made_trust() -> dict[str, Any]:
    """The three experiments: scores of all cells, series that came out worse, published sums, who crossed unseen."""
    made = {row["experiment"]: row for row in table("made")}
    found = []
    for name, one in experiments(CASE).items():
        scores = [row for row in table("scores") if row["experiment"] == name]
        whole = {row["model"]: row for row in scores if row["series"] == "all"}
        found.append({
            "id": name,
            "title": {"en": one.title.en, "fr": one.title.fr},
            "day": one.day.isoformat(),
            "breaks": one.breaks.isoformat(),
            "known_to": made[name]["known_to"],
            "all": {key: numbers(row) for key, row in whole.items()},
            "series": [
                {"series": row["series"], **numbers(row)}
                for row in scores if row["model"] == "corridor" and row["series"] != "all"
            ],
        })
    return {
        "made": {"command": made["2023"]["command"], "version": __version__},
        "experiments": found,
        "unseen": {row["kind"]: [float(row[q]) for q in ("q0.05", "q0.5", "q0.95")]
                   for row in table("unseen") if row["experiment"] == "2023"},
    }


def numbers(row: dict[str, str]) -> dict[str, float]:
    """The scores of a row."""
    return {"cells": int(row["cells"]), **{
        key: float(row[key]) for key in ("wis", "baseline_wis", "skill", "covered_50", "covered_80", "covered_95")}}


def main(run: str, backtest: str) -> None:
    """Write the three files."""
    parts = {"tour": made_tour(Path(run)), "scores": made_scores(Path(backtest)), "trust": made_trust()}
    STORED.mkdir(exist_ok=True)
    for name, content in parts.items():
        path = STORED / f"{name}.json"
        text = json.dumps(content, ensure_ascii=False, allow_nan=False, separators=(",", ":")).replace('},{"', '},\n{"')
        path.write_text(text + "\n", encoding="utf-8", newline="\n")
        print(f"{path.relative_to(ROOT)}: {path.stat().st_size / 1000:.0f} kB")


if __name__ == "__main__":
    main(*sys.argv[1:])
