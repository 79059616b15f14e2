"""What was known on a day: delays, breaks, suppressed cells, and a planted future that changes no answer."""

from __future__ import annotations

import csv
import shutil
from collections.abc import Callable
from datetime import date
from pathlib import Path

import numpy as np
import pytest

from roxham.errors import EvidenceError
from roxham.evidence.tables import case_folder
from roxham.forecast.baselines import BASELINES
from roxham.forecast.ensemble import Ensemble, PastScore, cell_models, read_past, write_past
from roxham.forecast.models import own_models
from roxham.forecast.vintage import SUPPRESSED, as_of, later_month, published

DAY = date(2022, 12, 31)
Change = Callable[[dict[str, str]], dict[str, str]]


def rewrite(path: Path, change: Change) -> None:
    """Change every row of a table."""
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(change(dict(row)) for row in rows)


def planted(folder: Path, later: bool) -> Path:
    """A copy of the case in which everything published after the day (or before it) is other than it was."""
    copy = folder / ("later" if later else "earlier")
    shutil.copytree(case_folder("canada_us"), copy, ignore=shutil.ignore_patterns("calibration", "law", "scenarios"))

    def other(value: str) -> Change:
        def change(row: dict[str, str]) -> dict[str, str]:
            if row.get("month") and (published(row.get("known_from") or month_of(row)) > DAY) is later:
                row[value] = str(round(7 * float(row[value]) + 35))
            return row

        return change

    evidence = copy / "evidence"
    rewrite(evidence / "claims_monthly.csv", other("claims"))
    rewrite(evidence / "irregular_entries.csv", other("persons"))
    rewrite(evidence / "usbp_northern_sectors_monthly.csv", other("encounters"))
    return copy


def month_of(row: dict[str, str]) -> str:
    return f"{int(row['year']):04d}-{int(row['month']):02d}"


@pytest.fixture(scope="module")
def later(tmp_path_factory: pytest.TempPathFactory) -> Path:
    copy = planted(tmp_path_factory.mktemp("case"), later=True)
    plan = copy / "forecast.yaml"
    text = plan.read_text(encoding="utf-8")
    assert "known_from: 2023-03-24" in text
    plan.write_text(text.replace("kind: closed\n    lasting: true", "kind: open\n    lasting: true"), encoding="utf-8")
    past = [
        PastScore(row.model, row.origin, tuple(
            9.0 if published(later_month(row.origin, h)) > DAY else value for h, value in enumerate(row.scores, 1)))
        for row in read_past("canada_us")
    ]  # fmt: skip
    write_past(past, copy / "past_scores.csv")
    return copy



@pytest.mark.parametrize("name", [one.name for one in BASELINES])
def test_a_planted_future_changes_no_baseline(name: str, later: Path) -> None:
    model = next(one for one in BASELINES if one.name == name)
    for series, draws in model.predict(as_of("canada_us", DAY), 14).items():
        assert np.array_equal(draws, model.predict(as_of(later, DAY), 14)[series])


@pytest.mark.parametrize("name", [one.name for one in cell_models()])
def test_a_planted_future_changes_no_model(name: str, later: Path) -> None:
    stacked = Ensemble(tuple(one for one in cell_models() if one.name == name))
    assert np.array_equal(stacked.cells(as_of("canada_us", DAY), 14), stacked.cells(as_of(later, DAY), 14))


def test_a_planted_future_changes_no_weight(later: Path) -> None:
    here, there = (Ensemble(cell_models(), read_past(case)) for case in ("canada_us", later))
    assert here.past != there.past
    assert np.array_equal(here.weights(as_of("canada_us", DAY), 14), there.weights(as_of(later, DAY), 14))


def test_a_planted_future_changes_no_forecast(later: Path) -> None:
    from roxham.forecast.ahead import forecast

    here, there = (forecast(case, as_of_day=DAY) for case in ("canada_us", later))
    assert here.warnings == there.warnings
    for series, draws in here.draws.items():
        assert np.array_equal(draws, there.draws[series]), series


def test_a_planted_past_changes_answers(tmp_path: Path) -> None:
    """The test above can fail: what was published before the day does matter."""
    earlier = planted(tmp_path, later=False)
    stacked = Ensemble(own_models()[:1])
    assert not np.array_equal(stacked.cells(as_of("canada_us", DAY), 14), stacked.cells(as_of(earlier, DAY), 14))


def test_a_view_holds_only_what_was_published() -> None:
    for day in (date(2018, 1, 31), date(2020, 3, 31), date(2025, 1, 31)):
        view = as_of("canada_us", day)
        assert all(published(month) <= day for month in view.months)
        assert published(later_month(view.last, 1)) > day
        assert all(rule.known_from <= day for rule in view.regimes.values())
        assert view.design.regimes == view.regimes
        assert len(view.counts) == len(view.whole) == len(view.history) == len(view.months)
        for values in (*view.entries.values(), *view.signals.values()):
            assert len(values) == len(view.months)


def test_the_end_of_january_knows_november() -> None:
    assert as_of("canada_us", date(2025, 1, 31)).last == "2024-11"
    assert as_of("canada_us", date(2025, 1, 14)).last == "2024-10"


@pytest.mark.parametrize(("lag", "last"), [(30, "2024-12"), (45, "2024-11"), (60, "2024-11"), (90, "2024-10")])
def test_the_delay_is_swept(lag: int, last: str) -> None:
    view = as_of("canada_us", date(2025, 1, 31), lag_days=lag)
    assert view.last == last
    assert view.target(view.leads(1)) == "2025-02"


def test_a_delay_outside_the_range_is_refused() -> None:
    for lag in (29, 91):
        with pytest.raises(EvidenceError, match="lies outside 30 to 90"):
            published("2020-01", lag)


def test_a_rule_is_known_from_its_announcement_on() -> None:
    assert "protocol" not in as_of("canada_us", date(2023, 3, 23)).regimes
    assert "protocol" in as_of("canada_us", date(2023, 3, 24)).regimes


def test_the_change_of_booking_is_mended_once_it_shows() -> None:
    before, after = as_of("canada_us", date(2018, 5, 14)), as_of("canada_us", date(2018, 5, 15))
    assert np.array_equal(before.history, before.counts)
    assert not before.design.booking
    land, inland = (after.cells.index(f"QC/{office}") for office in ("land_border", "inland"))
    august = after.months.index("2017-08")
    assert after.counts[august, inland] == 5635
    assert after.history[august, inland] < 600
    assert after.history[august, land] > 5000
    assert np.allclose(after.history.sum(axis=1), after.counts.sum(axis=1))
    assert np.array_equal(after.history[after.months.index("2018-03"):], after.counts[after.months.index("2018-03"):])


def test_a_suppressed_cell_is_between_nothing_and_five() -> None:
    view = as_of("canada_us", date(2021, 1, 31))
    april, airport = view.months.index("2020-04"), view.cells.index("QC/airport")
    assert view.suppressed[april, airport]
    assert view.counts[april, airport] == SUPPRESSED
    assert not view.suppressed[april - 3].any()


def test_parts_add_up_to_the_national_sum_within_rounding() -> None:
    view = as_of("canada_us", date(2030, 1, 1))
    assert np.abs(view.counts.sum(axis=1) - view.whole).max() <= 40


def test_too_early_a_day_is_refused() -> None:
    with pytest.raises(EvidenceError, match="only 23 months were known"):
        as_of("canada_us", date(2017, 1, 31))


def test_a_case_without_a_plan_says_so() -> None:
    with pytest.raises(EvidenceError, match=r"no forecast\.yaml"):
        as_of("toy", date(2020, 1, 31))
