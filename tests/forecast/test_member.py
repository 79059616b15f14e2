"""The corridor as a member of a backtest: it sees what the day knew, of counts and of the law, and adds up."""

from __future__ import annotations

import csv
import shutil
from collections.abc import Mapping
from datetime import date
from pathlib import Path

import numpy as np
import pytest

from roxham.evidence.tables import case_folder
from roxham.forecast.backtest import backtest, month_end
from roxham.forecast.foretell import CORRIDOR
from roxham.forecast.member import CorridorModel, known_on, problem_at
from roxham.forecast.models import own_models
from roxham.forecast.observed import YEARLY_RELEASED
from roxham.forecast.report import beside, by_model
from roxham.forecast.vintage import View, as_of
from roxham.law import OUTCOMES
from roxham.sim.choice import ELIGIBLE, outcomes_by_law
from roxham.sim.corridor import Corridor

DAY = date(2019, 12, 31)  # few facts are known: fits are quick
MODEL = CorridorModel(fits=2)
DIRECTED = OUTCOMES.index("directed_back")


@pytest.fixture(scope="module")
def view() -> View:
    return as_of("canada_us", DAY)


@pytest.fixture(scope="module")
def said(view: View) -> Mapping[str, np.ndarray]:
    return MODEL.predict(view, view.leads(12))


def became_known(row: Mapping[str, str]) -> str:
    if row.get("known_from"):
        return max(row["known_from"], f"{row['year']}-{int(row['month']):02d}")
    if row.get("classification") == "mode_of_entry_dm2024":
        return str(YEARLY_RELEASED)
    for key in ("period_end", "period_start", "from"):
        if row.get(key):
            return row[key][:7]
    return f"{row['year']}-{int(row['month'] or 12):02d}" if row.get("year") else ""


def plant(folder: Path, known: str) -> dict[str, int]:
    """Falsify every number that became known after a month; how many, by table."""
    changed = {}
    tables = [(folder / "evidence" / f"{name}.csv", number) for name, number in (
        ("claims_monthly", "claims"), ("irregular_entries", "persons"), ("interceptions_monthly", "persons"),
        ("interceptions_periods", "persons"), ("interceptions_daily", "persons"), ("stca_returns", "value"),
        ("usbp_northern_sectors_monthly", "encounters"))]  # fmt: skip
    for path, number in (*tables, (folder / "people" / "shares.csv", "share")):
        with path.open(encoding="utf-8", newline="") as file:
            rows = list(csv.DictReader(file))
        later = [row for row in rows if became_known(row) > known]
        for row in later:
            row[number] = str(float(row[number] or 0) * (0.5 if number == "share" else 7) + (number != "share") * 500)
        with path.open("w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, list(rows[0]), lineterminator="\n")
            writer.writeheader()
            writer.writerows(rows)
        changed[path.stem] = len(later)
    return changed


def test_a_planted_future_changes_nothing(view: View, said: Mapping[str, np.ndarray], tmp_path: Path) -> None:
    folder = tmp_path / "canada_us"
    shutil.copytree(case_folder("canada_us"), folder, ignore=shutil.ignore_patterns("calibration"))
    changed = plant(folder, view.last)
    assert all(changed[name] for name in ("claims_monthly", "irregular_entries", "interceptions_daily", "shares"))
    plan = folder / "forecast.yaml"
    text = plan.read_text(encoding="utf-8")
    assert "known_from: 2023-03-24" in text
    plan.write_text(text.replace("kind: closed\n    lasting: true", "kind: open\n    lasting: true"), encoding="utf-8")
    there = as_of(folder, DAY)
    again = MODEL.predict(there, there.leads(12))
    assert set(again) == set(said)
    for name, draws in said.items():
        assert np.array_equal(again[name], draws), name


def test_a_planted_past_changes_the_answer(view: View, said: Mapping[str, np.ndarray], tmp_path: Path) -> None:
    """The test above can fail."""
    folder = tmp_path / "canada_us"
    shutil.copytree(case_folder("canada_us"), folder, ignore=shutil.ignore_patterns("calibration"))
    plant(folder, "2018-12")
    there = as_of(folder, DAY)
    road = MODEL.predict(there, there.leads(12))["claims/QC/land_border"]
    assert np.median(road) > 2 * np.median(said["claims/QC/land_border"])


def outcome(corridor: Corridor, day: str) -> int:
    days = np.array([day], dtype="datetime64[D]")
    return int(outcomes_by_law(corridor, days, 20)["between"][0])


def test_the_law_is_that_of_the_day(corridor: Corridor) -> None:
    """Before it is announced a text never comes; an order in force goes on; after the day of its end it has ended."""
    assert outcome(corridor, "2020-08-01") == DIRECTED and outcome(corridor, "2023-06-01") != ELIGIBLE
    before, during = (known_on(corridor, "canada_us", day) for day in (date(2020, 2, 29), date(2020, 6, 30)))
    assert outcome(before, "2020-08-01") == ELIGIBLE
    assert outcome(during, "2020-08-01") == outcome(during, "2022-03-01") == DIRECTED
    after = known_on(corridor, "canada_us", date(2023, 2, 28))
    assert outcome(after, "2022-03-01") == outcome(after, "2023-06-01") == ELIGIBLE
    announced = known_on(corridor, "canada_us", date(2023, 3, 31))
    assert outcome(announced, "2023-06-01") == outcome(corridor, "2023-06-01")


def test_a_fit_sees_the_months_of_its_view(view: View) -> None:
    seen = problem_at(view, view.leads(12)).seen
    assert str(seen.data_to) == view.last == "2019-10"
    assert seen.irregular_claims == {}
    for values in (*seen.irregular.values(), *seen.claims.values()):
        assert np.isnan(values[seen.months > seen.data_to]).all()


def test_parts_add_up_in_every_draw(view: View, said: Mapping[str, np.ndarray]) -> None:
    for place in ("QC", "ON", "CA"):
        offices = sum(said[f"claims/{place}/{office}"] for office in ("land_border", "airport", "inland"))
        assert np.allclose(said[f"claims/{place}/total"], offices)
    assert {draws.shape for draws in said.values()} == {(800, view.leads(12))}
    assert min(draws.min() for draws in said.values()) >= 0


@pytest.mark.slow
def test_it_stands_beside_the_others() -> None:
    every = backtest(first="2022-12", last="2023-03", members=own_models()[:1])
    other = backtest(first="2022-12", last="2023-03", members=own_models()[:1], others=[MODEL], every=3, jobs=2)
    assert other.origins == ("2022-12", "2023-03")
    both = beside(every, other, CORRIDOR)
    assert both.models == (*every.models, CORRIDOR) and both.origins == other.origins
    assert np.array_equal(both.quantiles[both.of("level")], other.quantiles[other.of("level")])
    lines = {line.label: line for line in by_model(both, series=["claims/QC/land_border"])}
    assert lines[CORRIDOR].wis == pytest.approx(
        next(line for line in by_model(other, series=["claims/QC/land_border"]) if line.label == CORRIDOR).wis)


@pytest.mark.slow
def test_it_is_told_the_protocol_and_sees_the_fall() -> None:
    """On 31 March 2023 the counts end in January; what came in April lies in the 95 % band."""
    view = as_of("canada_us", month_end("2023-03"))
    april = MODEL.predict(view, view.leads(12))["claims/QC/land_border"][:, 2]
    low, high = np.quantile(april, (0.025, 0.975))
    assert view.target(3) == "2023-04"
    assert low < 610 < high < 4_335
