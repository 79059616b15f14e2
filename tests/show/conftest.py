"""A synthetic run of the flagship study, written by the same store as a real one, and the case it belongs to."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

import roxham
from roxham.lab import store
from roxham.lab.scenario import load_study
from roxham.lab.summary import StudyResult
from roxham.show.folder import HOLDOUT_COLUMNS, RunFolder, read_folder
from roxham.sim.metrics import METRICS

CASE = Path(roxham.__file__).parent / "cases" / "canada_us"
DRAWS = 6
SEGMENTS = (
    "roxham_road",
    "quebec_west",
    "quebec_east",
    "akwesasne_st_lawrence",
    "great_lakes_niagara",
    "ontario_minnesota",
    "manitoba_emerson",
    "prairies",
    "british_columbia",
    "new_brunswick_maine",
    "alaska_yukon_bc",
)
PROVINCES = ("QC", "ON", "MB", "BC")
RECEPTION = ("montreal_shelters", "niagara_falls", "toronto_shelters")
OF = {"segment": SEGMENTS, "province": PROVINCES, "reception": RECEPTION}
YEARLY = {2017: 20_600, 2018: 19_400, 2019: 16_300, 2020: 3_300, 2021: 4_400, 2022: 39_000, 2023: 14_000, 2024: 700}
SIZE = {
    "entries_undetected": 0.02, "heard": 0.97, "returned_unheard": 0.02, "returned_to_us": 0.01, "pending_rpd": 20.0,
    "pending_rad": 2.0, "bed_nights": 40.0, "nights_without_bed": 3.0, "transferred": 0.2, "cost_federal": 12_000.0,
    "cost_provincial": 9_000.0, "cost_municipal": 900.0, "exposure_index": 0.04, "deaths_expected": 4e-6,
}  # fmt: skip


def _months() -> tuple[str, ...]:
    return tuple(f"{year}-{month:02d}" for year in YEARLY for month in range(1, 13))


def _base(months: tuple[str, ...]) -> NDArray[np.float64]:
    return np.array([YEARLY[int(month[:4])] / 12 for month in months])


def _share(scenario: str, metric: str, place: str, first: bool, month: str) -> float:
    """How much of the base flow a place has; police-close-2022 moves people from the road to the other stretches."""
    road = place == SEGMENTS[0]
    share = 0.97 if road else 0.006
    if scenario == "police-close-2022" and month >= "2022-01" and place in SEGMENTS:
        share = 0.0 if road else 0.02
        if metric in ("exposure_index", "deaths_expected"):
            share *= 9
    if scenario == "protocol-never" and month >= "2023-04":
        share *= 5
    if scenario in ("protocol-2019", "agreement-void-2021") and month >= "2021-12" and road:
        share *= 0.3
    if place == SEGMENTS[-1]:
        return 0.0
    if scenario in ("agreement-void-2023", "no-agreement", "no-time-limit", "hearings-double", "transfer-all"):
        share *= 0.93 if month >= "2022-07" else 1.0
    return share if place in SEGMENTS else (0.9 if first else 0.04)


@pytest.fixture(scope="session")
def result() -> StudyResult:
    """Made-up values of the size of the real ones, the same draws in every scenario."""
    study = load_study("roxham-road")
    months = _months()
    cells = [(name, place) for name, metric in METRICS.items() for place in OF.get(metric.by, ("all",))]
    base = _base(months)
    luck = np.exp(np.random.default_rng(7).normal(0.0, 0.12, (DRAWS, len(months))))
    values = np.empty((len(study.scenarios), DRAWS, len(cells), len(months)))
    for row, scenario in enumerate(study.scenarios):
        for column, (metric, place) in enumerate(cells):
            first = place in ("all", "QC", RECEPTION[0], SEGMENTS[0])
            share = np.array([_share(scenario.name, metric, place, first, month) for month in months])
            values[row, :, column, :] = luck * base * share * SIZE.get(metric, 1.0)
    weighted = [place for place, (metric, _) in enumerate(cells) if METRICS[metric].kind == "mean"]
    weights = values[:, :, weighted] / 400.0
    return StudyResult(
        study=study, case="canada_us", case_hash="0123456789abcdef", version="0.1.0", seed=7, months=months,
        cells=tuple(cells), values=values, weights=weights, persons_per_room=2.2,
    )  # fmt: skip


@pytest.fixture(scope="session")
def folder(result: StudyResult, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder that the store writes, with months held out."""
    written = store.write(result, tmp_path_factory.mktemp("show") / "run")
    write_holdout(written)
    return written


@pytest.fixture(scope="session")
def run(folder: Path) -> RunFolder:
    """The same folder, read back."""
    return read_folder(folder)


@pytest.fixture(scope="session")
def case() -> Path:
    """The folder of the packaged case."""
    return CASE


def write_holdout(folder: Path) -> None:
    """Twenty-one months of two series, the second one missed by the model."""
    months = [month for month in _months() if "2023-04" <= month <= "2024-12"]
    wave = 600 + 250 * np.sin(np.arange(len(months)) / 3)
    with (folder / "holdout.csv").open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream)
        writer.writerow(HOLDOUT_COLUMNS)
        for month, seen in zip(months, wave, strict=True):
            row = (round(seen), round(seen * 0.6), round(seen * 0.9), round(seen * 1.4), 3_500, 4_900)
            writer.writerow((month, "claims_land_border", "QC", *row))
        for month in months:
            seen = 50 if month <= "2024-06" else ""
            writer.writerow((month, "entries_irregular", "all", seen, 60, 140, 300, 3_300, 4_581))
