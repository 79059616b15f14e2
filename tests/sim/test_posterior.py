"""The shipped calibrations are whole, and nothing is made up where they end."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pytest

from roxham.errors import EvidenceError
from roxham.sim.corridor import Corridor
from roxham.sim.posterior import load_posterior


@pytest.mark.parametrize("name", ["main", "holdout"])
def test_a_shipped_calibration_is_whole(corridor: Corridor, name: str) -> None:
    p = corridor.posterior(name)
    assert len(p) >= 20 and len(p) == p.note["draws"]
    assert p.hubs == tuple(corridor.choice.hubs)
    assert p.provinces == corridor.provinces
    assert p.pressure.shape == (len(p), len(p.months), len(p.hubs))
    assert (p.pressure >= 0).all() and np.isfinite(p.pressure).all()
    assert set(p.streams) == {"airport", "inland", "land_port"}
    for stream in p.streams.values():
        assert stream.shape == (len(p.months), len(p.provinces))
        assert (stream >= 0).all() and np.isfinite(stream).all()
    assert str(p.months[0]) == "2017-01" and str(p.months[-1]) == "2024-12"
    assert (np.diff(p.months).astype(int) == 1).all()
    for parameters in p.parameters:
        assert set(parameters) == set(corridor.parameters)
        assert np.isfinite(list(parameters.values())).all()


@pytest.mark.parametrize("name", ["main", "holdout"])
def test_assumed_parameters_stay_within_their_ranges(corridor: Corridor, name: str) -> None:
    p = corridor.posterior(name)
    estimated = set(p.note["estimated"])
    assert estimated and estimated | set(p.note["assumed"]) == set(corridor.parameters)
    for key, spec in corridor.parameters.items():
        values = np.array([one[key] for one in p.parameters])
        if key in estimated:
            assert values.std() > 0
        elif spec.low is not None and spec.high is not None:
            slack = 1e-5 * max(abs(spec.low), abs(spec.high))
            assert spec.low - slack <= values.min() <= values.max() <= spec.high + slack, key
            assert values[0] == pytest.approx(spec.value, rel=1e-5), key
        else:
            assert set(values) == {pytest.approx(spec.value, rel=1e-5)}


def test_months_are_found_and_others_refused(corridor: Corridor) -> None:
    p = corridor.posterior()
    months = np.arange(np.datetime64("2019-03", "M"), np.datetime64("2019-06", "M"))
    assert np.array_equal(p.months[p.window(months)], months)
    assert p.window(p.months) == slice(0, 96)
    for first, last in (("2016-12", "2017-03"), ("2024-11", "2025-02"), ("2030-01", "2030-02")):
        with pytest.raises(EvidenceError, match="holds 2017-01 to 2024-12"):
            p.window(np.arange(np.datetime64(first, "M"), np.datetime64(last, "M")))


def test_a_hub_s_numbers_are_not_another_s(corridor: Corridor) -> None:
    """The file has one row per draw and hub: read back cell by cell."""
    import csv

    p = corridor.posterior()
    with (corridor.folder / "calibration" / "main" / "pressure.csv").open(encoding="utf-8") as handle:
        rows = list(csv.DictReader(handle))
    for row in rows[::37]:
        draw, hub = int(row["draw"]), p.hubs.index(row["hub"])
        assert p.pressure[draw, 60, hub] == float(row["2022-01"])
    with (corridor.folder / "calibration" / "main" / "streams.csv").open(encoding="utf-8") as handle:
        for row in csv.DictReader(handle):
            assert p.streams[row["office"]][60, p.provinces.index(row["province"])] == float(row["2022-01"])


def test_a_missing_file_is_told(corridor: Corridor, tmp_path: Path) -> None:
    shutil.copytree(corridor.folder / "calibration" / "main", tmp_path / "main")
    (tmp_path / "main" / "streams.csv").unlink()
    with pytest.raises(EvidenceError, match=r"streams\.csv.*run `roxham calibrate`"):
        load_posterior(tmp_path, "main")
    with pytest.raises(EvidenceError, match=r"did you mean .?main"):
        load_posterior(tmp_path, "mian")
    with pytest.raises(EvidenceError, match="no calibration"):
        load_posterior(tmp_path / "nowhere", "main")
