"""The forecast as a reader meets it: quantiles, archive, scores, warning, rooms, and the command line."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from pathlib import Path

import numpy as np
import pytest

from roxham.cli import main
from roxham.errors import EvidenceError, RunError
from roxham.forecast import ahead
from roxham.forecast.ahead import Forecast, every_series, forecast, latest_day
from roxham.forecast.alarms import chance_of_rise, rises
from roxham.forecast.baselines import REFERENCE
from roxham.forecast.beds import rooms_needed
from roxham.forecast.hub import COLUMNS, archive, read_archive, score_archive, to_csv
from roxham.forecast.models import own_models
from roxham.forecast.regimes import LEVELS
from roxham.show.fan import fan_figure, forecast_table, missing_words, series_words, warning_words

DAY = date(2025, 1, 31)
Call = Callable[..., tuple[int, str, str]]


@pytest.fixture(scope="module", autouse=True)
def quick() -> object:
    """Two quick models, so that the door is tested and not the libraries."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(ahead, "cell_models", lambda: own_models()[:2])
        yield None


@pytest.fixture(scope="module")
def made(quick: object) -> Forecast:
    return forecast(as_of_day=DAY)


@pytest.fixture
def roxham(capsys: pytest.CaptureFixture[str]) -> Call:
    def call(*arguments: str | Path) -> tuple[int, str, str]:
        with pytest.raises(SystemExit) as left:
            main([str(argument) for argument in arguments])
        printed = capsys.readouterr()
        assert "Traceback" not in printed.err
        return int(left.value.code or 0), printed.out, printed.err

    return call


# ---- the forecast


def test_it_begins_after_the_last_month_known(made: Forecast) -> None:
    assert made.last == "2024-11"
    assert (made.months[0], made.horizons[0]) == ("2024-12", -1)
    assert (made.months[-1], made.horizons[-1]) == ("2026-01", 12)
    assert dict(zip(made.horizons, made.months, strict=True))[1] == "2025-02"
    assert list(made.known["claims/QC/land_border"])[-1] == "2024-11"


def test_every_series_has_sorted_quantiles_and_a_baseline(made: Forecast) -> None:
    assert tuple(made.draws) == every_series("canada_us")
    for series in made.draws:
        said = made.quantiles(series)
        assert said.shape == (14, 23)
        assert (np.diff(said, axis=1) >= 0).all()
        assert (series in made.baseline) is series.startswith("claims/")


def test_parts_add_up(made: Forecast) -> None:
    parts = sum(made.draws[f"claims/ON/{office}"] for office in ("land_border", "airport", "inland"))
    assert np.allclose(parts, made.draws["claims/ON/total"])


def test_the_same_day_gives_the_same_numbers(made: Forecast) -> None:
    again = forecast(as_of_day=DAY, series=["claims/QC/land_border"], horizon=6)
    assert np.array_equal(again.draws["claims/QC/land_border"], made.draws["claims/QC/land_border"][:, :8])


def test_without_a_day_it_is_the_first_on_which_all_is_known() -> None:
    assert latest_day("canada_us") == date(2025, 3, 15)


def test_a_wrong_series_or_horizon_is_told() -> None:
    with pytest.raises(EvidenceError, match=r'did you mean "claims/QC/land_border"') as told:
        forecast(as_of_day=DAY, series=["claims/QC/land_boder", "claims/XX/inland"])
    assert len(told.value.problems) == 2
    with pytest.raises(EvidenceError, match="1 to 12"):
        forecast(as_of_day=DAY, horizon=13)


# ---- early warning


def test_a_rise_begins_once() -> None:
    counts = np.array([200.0] * 4 + [310.0, 330, 340, 345, 350, 20, 31])
    assert rises(counts).nonzero()[0].tolist() == [4]
    assert not rises(np.array([20.0] * 4 + [90.0])).any(), "too small to matter"


def test_the_chance_of_a_rise_counts_draws() -> None:
    draws = np.array([[100.0, 1, 1, 151], [100.0, 1, 1, 149], [10.0, 1, 1, 90], [100.0, 1, 1, 400]])
    assert chance_of_rise(draws, 0) == 0.5


def test_the_warning_is_said_in_two_languages(made: Forecast) -> None:
    assert "No alarm" in warning_words(made, "en")
    assert "Pas d’alerte" in warning_words(made, "fr")
    loud = replace(made, warnings=tuple(replace(one, chance=0.61, alarm=True) for one in made.warnings[:2]))
    assert warning_words(loud, "en").count("Alarm: ") == 2
    assert "61%" in warning_words(loud, "en")
    assert "January 2025 to April 2025" in warning_words(loud, "en")
    assert "pip install" in missing_words(["ets"], "fr")


# ---- hubverse, archive and score


def test_the_file_is_what_a_hub_takes(made: Forecast) -> None:
    rows = list(csv.DictReader(to_csv(made).splitlines()))
    assert tuple(rows[0]) == COLUMNS
    assert len(rows) == 14 * 14 * 23
    first = rows[0]
    assert (first["origin_date"], first["target"], first["location"]) == ("2025-01-31", "claims/land_border", "QC")
    assert (first["horizon"], first["target_end_date"], first["output_type"]) == ("-1", "2024-12-31", "quantile")
    assert sorted({float(row["output_type_id"]) for row in rows}) == sorted(LEVELS.tolist())


def test_what_is_kept_is_read_back_and_scored(tmp_path: Path) -> None:
    early = forecast(as_of_day=date(2023, 11, 30), series=["claims/QC/inland", "entries/QC/irregular"])
    paths = archive(early, tmp_path)
    assert [path.parent.name for path in paths] == ["roxham-ensemble", f"roxham-{REFERENCE}"]
    assert archive(early, tmp_path) == paths, "the same again changes nothing"
    kept = read_archive(tmp_path)
    mine = [one for one in kept if one.model == "roxham-ensemble" and one.series == "claims/QC/inland"]
    assert np.allclose([one.quantiles for one in mine], early.quantiles("claims/QC/inland"), atol=0.051)
    scores, waiting = score_archive(tmp_path)
    assert {one.horizon for one in scores} == set(early.horizons)
    assert waiting == 14, "entries after March 2023 were never published by month"
    base = [one for one in scores if one.model.endswith(REFERENCE)]
    assert all(one.skill == 0 and one.wis == one.baseline_wis > 0 for one in base)


def test_the_baseline_is_made_again_where_it_was_not_kept(tmp_path: Path) -> None:
    early = forecast(as_of_day=date(2023, 11, 30), series=["claims/QC/inland"], horizon=2)
    both = archive(early, tmp_path)
    with_it = [one for one in score_archive(tmp_path)[0] if one.model == "roxham-ensemble"]
    both[1].unlink()
    without = score_archive(tmp_path)[0]
    assert np.allclose([one.baseline_wis for one in with_it], [one.baseline_wis for one in without], rtol=1e-3)


def test_what_was_said_stays_said(tmp_path: Path, made: Forecast) -> None:
    archive(replace(made, draws={"claims/QC/inland": made.draws["claims/QC/inland"]}, baseline={}), tmp_path)
    with pytest.raises(EvidenceError, match="already kept"):
        archive(replace(made, draws={"claims/QC/inland": made.draws["claims/QC/inland"] + 1}, baseline={}), tmp_path)


@pytest.mark.parametrize(("old", "new", "said"), [
    ("0.975,", "0.97,", "the 23 of the hub"), (",-1,", ",3,", "does not lead"),
    (",quantile,0.01,", ",quantile,low,", "low"),
])  # fmt: skip
def test_a_file_that_is_not_a_forecast_is_told(tmp_path: Path, made: Forecast, old: str, new: str, said: str) -> None:
    one = replace(made, draws={"claims/QC/inland": made.draws["claims/QC/inland"]})
    folder = tmp_path / "team"
    folder.mkdir()
    (folder / "f.csv").write_text(to_csv(one).replace(old, new), encoding="utf-8")
    with pytest.raises(EvidenceError, match=said):
        read_archive(tmp_path)


def test_an_empty_archive_is_told(tmp_path: Path) -> None:
    with pytest.raises(EvidenceError, match="no forecast is kept"):
        read_archive(tmp_path / "nothing")


# ---- rooms


def test_rooms_are_for_the_people_who_ask(made: Forecast) -> None:
    found = rooms_needed(made)
    quebec = [need for need in found.needs if need.place.startswith("montreal")]
    assert {need.month for need in quebec} == set(made.months)
    for need in found.needs:
        assert need.persons[0] <= need.persons[1] <= need.persons[2]
        assert np.allclose(np.array(need.persons) / found.persons_per_room, need.rooms)
        assert need.shortfall[2] <= need.rooms[2]
    double = replace(made, draws={name: 2 * draws for name, draws in made.draws.items()})
    more = rooms_needed(double)
    assert sum(need.persons[1] for need in more.needs) > 1.2 * sum(need.persons[1] for need in found.needs)


def test_rooms_need_a_province_whole(made: Forecast) -> None:
    with pytest.raises(RunError, match="every office"):
        rooms_needed(replace(made, draws={"claims/QC/inland": made.draws["claims/QC/inland"]}))


# ---- what is shown


def test_the_fan_shows_bands_and_what_was_known(made: Forecast) -> None:
    figure = fan_figure(made, "claims/QC/land_border", language="fr", seen={"2025-01": 560.0})
    axes = figure.axes[0]
    assert len(axes.collections) == 3
    assert axes.get_title(loc="left").startswith("demandes à la frontière") or "demandes" in axes.get_title()
    assert series_words("entries/CA/irregular", "fr") == "entrées irrégulières entre les points d’entrée, CA"


def test_the_table_is_for_few_series_or_for_many(made: Forecast) -> None:
    few = replace(made, draws={"claims/QC/inland": made.draws["claims/QC/inland"]})
    assert forecast_table(few).row_count == 14
    assert forecast_table(made, "fr").row_count == 14
    assert len(forecast_table(few).columns) == 3, "month, series, and the baseline beside it"


# ---- the command line


def test_the_command_answers_with_quantiles(roxham: Call) -> None:
    status, out, _ = roxham("forecast", "--as-of", "2025-01-31", "--series", "claims/QC/land_border", "--horizon", "6",
                            "--json")  # fmt: skip
    data = json.loads(out)
    assert status == 0
    assert data["known_to"] == "2024-11"
    assert data["pseudo_real_time"] is True
    assert {row["horizon"] for row in data["quantiles"]} == {str(h) for h in range(-1, 7)}
    assert len(data["baseline"]) == len(data["quantiles"]) == 8 * 23


def test_a_folder_of_fans(roxham: Call, tmp_path: Path) -> None:
    status, out, _ = roxham("forecast", "--as-of", "2025-01-31", "--series", "claims/QC/inland", "--lang", "fr",
                            "--out", tmp_path / "f", "--archive", tmp_path / "kept")  # fmt: skip
    assert status == 0
    assert "Pseudo-temps réel" in out
    assert "Conservé" in out
    names = {path.name for path in (tmp_path / "f").iterdir()}
    fans = {f"fan-claims-QC-inland.{tongue}.{kind}" for tongue in ("en", "fr") for kind in ("svg", "png")}
    assert names == {"forecast.csv", "baseline.csv", "warning.en.txt", "warning.fr.txt"} | fans
    assert (tmp_path / "f" / "fan-claims-QC-inland.en.svg").read_text(encoding="utf-8").startswith("<svg")


def test_kept_forecasts_are_scored_beside_the_baseline(roxham: Call, tmp_path: Path) -> None:
    assert roxham("forecast", "--as-of", "2024-06-30", "--archive", tmp_path, "--quiet")[0] == 0
    status, out, _ = roxham("score", tmp_path)
    assert status == 0
    assert "baseline" in out
    assert "référence" in roxham("score", tmp_path, "--lang", "fr")[1]
    status, out, _ = roxham("score", tmp_path, "--json")
    assert {"wis", "baseline_wis", "skill", "coverage"} <= set(json.loads(out)["scores"][0])


@pytest.mark.parametrize(("arguments", "said"), [
    (["--as-of", "soon"], "--as-of"), (["--series", "claims/QC/air"], "not a series that is forecast"),
    (["--lang", "de"], "en or fr"), (["--lag-days", "10"], "outside 30 to 90"), (["--as-of", "2016-06-30"], "24"),
])  # fmt: skip
def test_what_cannot_be_forecast_is_told(roxham: Call, arguments: list[str], said: str) -> None:
    status, out, err = roxham("forecast", *arguments)
    assert (status, out) == (2, "")
    assert said in err


def test_a_missing_library_is_named_with_its_command(roxham: Call, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ahead, "missing", lambda: ("ets", "arima"))
    status, _, err = roxham("forecast", "--as-of", "2025-01-31", "--series", "claims/QC/inland")
    assert status == 0
    assert "ets, arima" in err
    assert 'pip install "roxham[forecast]"' in err
