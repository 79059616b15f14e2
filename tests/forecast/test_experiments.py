"""The natural experiments: nothing later than the day gets in, the law does, and scores are those of the files."""

from __future__ import annotations

import csv
import shutil
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pytest

from roxham.cli import main
from roxham.errors import EvidenceError
from roxham.evidence.tables import case_folder
from roxham.forecast.experiment_scores import checked, fall, rise, scored_series, verdicts, write
from roxham.forecast.experiments import experiments, find, last_month, one_part, problem_of
from roxham.forecast.foretell import CORRIDOR, Foretold, foretell
from roxham.forecast.observed import YEARLY_RELEASED
from roxham.forecast.regimes import LEVELS
from roxham.forecast.score import covered, wis
from roxham.sim.corridor import load

STORED = Path(__file__).resolve().parents[2] / "docs" / "trust" / "experiments"
NAMES = tuple(experiments("canada_us"))


@pytest.fixture(scope="module")
def small() -> Foretold:
    return foretell("2023", experiments("canada_us")["2023"], draws=3, own_only=True)


def test_each_knows_the_months_published_by_its_day() -> None:
    known = {name: str(last_month(one.day)) for name, one in experiments("canada_us").items()}
    assert known == {"2020": "2020-01", "2021": "2021-09", "2023": "2023-01"}


@pytest.mark.parametrize("name", NAMES)
def test_the_corridor_of_the_day_has_no_later_people_roads_or_starting_values(name: str) -> None:
    one = experiments("canada_us")[name]
    corridor = problem_of("canada_us", one).corridor
    known = np.datetime64(last_month(one.day) + 1, "D")
    assert max(np.datetime64(row.from_) for row in corridor.share_rows) < known
    assert all(row.from_ is None or row.from_ <= one.day for row in corridor.world.routes)
    assert all(row.until is None or row.until < one.day for row in corridor.world.routes)
    for told in ("perceived_half_life_days", "anchored_share", "established_share"):
        shipped, blind = load("canada_us").parameters[told], corridor.parameters[told]
        assert (blind.high or 0) - (blind.low or 0) > (shipped.high or 0) - (shipped.low or 0)


def _plant(folder: Path, known: str) -> int:
    """Falsify whatever became known after a month; return how many numbers were changed."""
    changed = 0
    for table, number in (("claims_monthly", "claims"), ("irregular_entries", "persons"),
                          ("interceptions_monthly", "persons"), ("interceptions_periods", "persons"),
                          ("interceptions_daily", "persons"), ("usbp_northern_sectors_monthly", "encounters"),
                          ("stca_returns", "value")):  # fmt: skip
        path = folder / "evidence" / f"{table}.csv"
        with path.open(encoding="utf-8", newline="") as file:
            rows = list(csv.DictReader(file))
        for row in rows:
            if _became_known(row) > known:
                row[number] = str(float(row[number] or 0) * 7 + 500)
                changed += 1
        with path.open("w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, list(rows[0]), lineterminator="\n")
            writer.writeheader()
            writer.writerows(rows)
    return changed


def _became_known(row: Mapping[str, str]) -> str:
    if row.get("known_from"):
        return max(row["known_from"], f"{row['year']}-{int(row['month']):02d}")
    if "period_end" in row:
        return row["period_end"][:7]
    if row.get("classification") == "mode_of_entry_dm2024":
        return str(YEARLY_RELEASED)
    return f"{row['year']}-{int(row['month'] or 12):02d}"


@pytest.mark.parametrize("name", NAMES)
def test_planted_future_changes_no_prediction(name: str, tmp_path: Path) -> None:
    one = experiments("canada_us")[name]
    folder = tmp_path / "canada_us"
    shutil.copytree(case_folder("canada_us"), folder)
    assert _plant(folder, str(last_month(one.day))) > 300
    planted = one.model_copy(update={"checks": []})
    true = foretell(name, one, draws=2, own_only=True)
    false = foretell(name, planted, case=folder, draws=2, own_only=True)
    assert true.parameters == false.parameters
    for model, series in true.draws.items():
        for key, draws in series.items():
            assert np.array_equal(draws, false.draws[model][key]), (model, key)
    assert np.array_equal(true.first_days, false.first_days)
    assert all(np.array_equal(true.undetected[kind], false.undetected[kind]) for kind in true.undetected)


def test_the_law_is_told_and_each_text_of_it_acts() -> None:
    one = experiments("canada_us")["2020"]
    forms = one_part(problem_of("canada_us", one), one, 1, 0, fitted=False).forms
    closed, eased, old = (forms[name]["port"].sum(axis=(0, 2, 3)) for name in ("new0", "new1", "old"))
    may = 4  # May 2020 in the months ahead, from February on
    assert closed[3:].max() == 0
    assert eased[may] > 0
    assert old[may] > 0
    assert forms["old"]["between"][1, may].sum() > 100 * forms["new0"]["between"][1, may].sum()
    parts = forms["new0"]["met"].sum(axis=(2, 3))
    assert parts[0, 0] > 0 and parts[1, 0] == 0  # February: all before
    assert parts[0, 1] > 0 and parts[1, 1] > 0  # March: both
    assert parts[0, 2] == 0 and parts[1, 2] > 0  # April: all under the new law


def test_a_small_run_tells_the_fall_of_2023(small: Foretold) -> None:
    assert small.months[0] == "2023-02" and small.months[-1] == "2024-03"
    own = next(row for row in fall(small) if row.model == CORRIDOR)
    assert own.seen == pytest.approx(610 / 4335 - 1)
    assert own.q025 < own.seen < own.q975
    whole = {row.model: row for row in verdicts(small) if row.series == "claims/QC/land_border"}
    assert whole[CORRIDOR].wis < 0.5 * whole["seasonal_walk"].wis
    assert {row.cells for row in verdicts(small) if row.series == "all"} == {84}


def test_wholes_are_sums_of_what_moved_and_what_was_foretold(small: Foretold) -> None:
    own, alone = small.draws[CORRIDOR], small.draws["ensemble"]
    road = "claims/QC/land_border"
    moved = sum(own[f"moved/CA/{office}"] for office in ("land_border", "airport", "inland"))
    wanted = alone["claims/CA/total"] - alone[road] + own[road] + moved
    assert np.allclose(own["claims/CA/total"], np.maximum(wanted, 0))
    shares = [row for row in rise(small) if row.what == "share of the rise that moved"]
    assert len(shares) == 1 and shares[0].q05 < shares[0].q95 < 1


def test_checks_are_sums_of_their_months(small: Foretold) -> None:
    found = {row.check: row for row in checked(small)}
    entries = small.draws[CORRIDOR]["entries/CA/irregular"]
    chosen = [small.months.index(f"2023-{m:02d}") for m in range(4, 9)]
    assert found["entries_2023_summer"].q50 == pytest.approx(np.median(entries[:, chosen].sum(axis=1)))
    assert found["first_days_2023"].q50 == pytest.approx(np.median(small.first_days.sum(axis=1)))
    assert found["ports_2023"].q05 > small.ports_known > 0


def test_the_files_hold_the_scores_of_their_quantiles(small: Foretold, tmp_path: Path) -> None:
    write([small], tmp_path, note={"draws": 3, "seed": 1})
    _rescore(tmp_path)
    with (tmp_path / "made.csv").open(encoding="utf-8", newline="") as file:
        assert next(csv.DictReader(file))["known_to"] == "2023-01"


def test_the_stored_scores_are_those_of_the_stored_quantiles() -> None:
    assert _rescore(STORED) == 3


def _rescore(folder: Path) -> int:
    with (folder / "forecasts.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    with (folder / "scores.csv").open(encoding="utf-8", newline="") as file:
        scores = [row for row in csv.DictReader(file) if row["series"] == "all"]
    for score in scores:
        months = sorted({row["month"] for row in rows if row["experiment"] == score["experiment"]})[-12:]
        mine = [row for row in rows if row["experiment"] == score["experiment"] and row["model"] == score["model"]
                and row["series"] in scored_series("canada_us") and row["month"] in months]  # fmt: skip
        quantiles = np.array([[float(row[f"q{level:g}"]) for level in LEVELS] for row in mine])
        seen = np.array([float(row["observed"]) for row in mine])
        assert len(mine) == int(score["cells"]) == 84
        assert float(wis(quantiles, seen, LEVELS).mean()) == pytest.approx(float(score["wis"]), rel=1e-3)
        # an outcome on the edge of a band may change sides when quantiles are written with one decimal
        assert covered(quantiles, seen, LEVELS, 0.8).mean() == pytest.approx(float(score["covered_80"]), abs=1.01 / 84)
    return len({score["experiment"] for score in scores})


def test_the_same_seed_gives_the_same_draws_with_any_number_of_processes(small: Foretold) -> None:
    again = foretell("2023", experiments("canada_us")["2023"], draws=3, own_only=True, jobs=2)
    assert np.array_equal(again.draws[CORRIDOR]["claims/CA/total"], small.draws[CORRIDOR]["claims/CA/total"])


def test_an_unknown_experiment_is_told_apart(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(EvidenceError, match='did you mean "2023"'):
        find("canada_us", ["2032"])
    with pytest.raises(EvidenceError, match="no experiments.yaml"):
        experiments("toy")
    with pytest.raises(SystemExit) as ended:
        main(["experiments", "--only", "1999"])
    assert ended.value.code == 2
    assert "1999" in capsys.readouterr().err
