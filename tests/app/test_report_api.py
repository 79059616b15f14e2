"""The report, the tour and the first page: every word in two languages, every figure one of the record or of a run."""

from __future__ import annotations

import csv
import json
import re
from pathlib import Path
from typing import Any

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from roxham.app import forecast, home, report
from roxham.app.stored import STORED, stored
from roxham.evidence.tables import case_folder
from roxham.lab.scenario import list_scenarios
from roxham.show.checked import chart_of, check_report
from roxham.show.tour import STEPS, band_text, rounded

ROOT = Path(__file__).resolve().parents[2]
CASE = case_folder("canada_us")


@pytest.fixture(scope="module")
def client() -> TestClient:
    app = FastAPI()
    for one in (forecast.router, report.router, home.router):
        app.include_router(one)
    return TestClient(app)


def get(client: TestClient, path: str, lang: str = "en") -> Any:
    answer = client.get(path, params={"lang": lang})
    assert answer.status_code == 200, answer.text
    return answer.json()


# ---- the report


@pytest.mark.parametrize("lang", ["en", "fr"])
def test_every_figure_of_the_story_stands_beside_the_record(client: TestClient, lang: Any) -> None:
    shown = get(client, "/api/report", lang)["claims"]
    checked = check_report(CASE)
    assert [one["id"] for one in shown] == [one.id for one in checked]
    for said, one in zip(shown, checked, strict=True):
        assert (said["verdict"], said["finding"], said["claim"]) == (one.verdict, one.finding(lang), one.claim(lang))
        assert "{" not in said["finding"]
        assert said["sources"]
        assert all(source["address"].startswith("http") and source["host"] in source["address"]
                   for source in said["sources"])  # fmt: skip


def test_each_figure_has_a_chart_unless_it_is_a_rule_of_law(client: TestClient) -> None:
    shown = get(client, "/api/report")["claims"]
    assert [one["id"] for one in shown if one["chart"] is None] == ["charged_then_released"]
    for one in shown:
        if one["chart"]:
            assert len(one["chart"]["labels"]) == len(one["chart"]["values"]) >= 2
            assert one["chart"]["marked"]


def test_a_chart_shows_the_numbers_of_its_finding(client: TestClient) -> None:
    claims = {one["id"]: one for one in get(client, "/api/report")["claims"]}
    years = dict(zip(claims["nearly_40000"]["chart"]["labels"], claims["nearly_40000"]["chart"]["values"], strict=True))
    assert (years["2022"], years["2019"], years["the story, 2022"]) == (39540, 16503, 40000)
    months = claims["nearly_5000_january"]["chart"]
    assert dict(zip(months["labels"], months["values"], strict=True))["2023-01"] == 4994
    assert claims["nearly_5000_january"]["finding"].startswith("4,994")


def test_charts_have_french_labels() -> None:
    for one in check_report(CASE):
        english, french = (chart_of(one, CASE, lang) for lang in ("en", "fr"))
        if english and french:
            assert english.title != french.title
            assert english.values == french.values


# ---- the tour


def test_the_tour_has_six_steps_that_open_in_the_lab(client: TestClient) -> None:
    tour = get(client, "/api/report/tour")
    assert [one["preset"] for one in tour["steps"]] == [step[1] for step in STEPS]
    assert {one["preset"] for one in tour["steps"]} <= set(list_scenarios("canada_us"))
    assert re.fullmatch(r"roxham run roxham-road --draws \d+ --seed \d+", tour["command"])
    assert len(tour["case_hash"]) == 64


@pytest.mark.parametrize("lang", ["en", "fr"])
def test_every_step_is_one_sentence_with_its_numbers(client: TestClient, lang: str) -> None:
    for step in get(client, "/api/report/tour", lang)["steps"]:
        for words in (step["title"], step["sentence"], step["note"], step["chart_title"], step["unit"]):
            assert words and "{" not in words
        assert re.search(r"\d", step["sentence"])
        assert step["sentence"].count(". ") == 0
        assert (step["bands"] is None) == (step["stretches"] is not None)
        if step["bands"]:
            assert all(len(values) == len(step["months"]) == 96 for values in step["bands"].values())


def test_the_tour_says_what_the_scoreboard_of_the_same_run_says() -> None:
    text = (ROOT / "docs" / "trust" / "scoreboard.md").read_text(encoding="utf-8")
    assert stored("tour")["made"]["command"] in text
    for year in stored("tour")["years"]:
        assert f"{year['observed']:,.0f} | {year['q50']:,.0f} ({year['q05']:,.0f} to {year['q95']:,.0f})" in text


def test_numbers_bear_what_their_band_bears() -> None:
    assert rounded(39_540.0, 0.0) == 39_540.0
    assert band_text({"q05": -10.0, "q50": 5.0, "q95": 25.0}, "en") == "+5 (\u221210 to +25)"
    assert band_text({"q05": -25.4, "q50": -20.4, "q95": -15.4}, "fr") == "20 (15 à 25)"
    assert band_text({"q05": -189.46, "q50": -184.49, "q95": -174.08}, "en") == "184 (174 to 189)"
    assert band_text({"q05": 1.1e9, "q50": 1.2e9, "q95": 1.3e9}, "en", part=1e6) == "1,200 (1,100 to 1,300)"


# ---- the first page


@pytest.mark.parametrize("lang", ["en", "fr"])
def test_the_first_page_tells_the_misses(client: TestClient, lang: str) -> None:
    shown = get(client, "/api/home", lang)
    assert len(shown["findings"]) == 3
    with (ROOT / "docs" / "trust" / "experiments" / "scores.csv").open(encoding="utf-8", newline="") as file:
        rows = [row for row in csv.DictReader(file) if row["model"] == "corridor" and row["series"] != "all"]
    worse = [row for row in rows if float(row["skill"]) < 0 or float(row["covered_80"]) < 0.5]
    told = [line for one in shown["findings"] for line in one["wrong"]]
    assert len(told) >= len(worse) > 3
    assert all("{" not in line for line in (*told, *shown["forecasts"], *shown["unknown"]))
    assert any("\u22122.0%" in line.replace(",", ".").replace("\u00a0", "") for line in shown["forecasts"])


def test_the_picture_has_the_days_on_which_the_law_changed(client: TestClient) -> None:
    picture = get(client, "/api/home")["picture"]
    assert [day for day, _ in picture["laws"]] == ["2020-03-21", "2021-11-21", "2023-03-25"]
    assert picture["observed"]["2023-01"] == 4994
    assert len(picture["months"]) == len(picture["bands"]["q50"]) == 96


def test_what_is_stored_says_how_it_was_made() -> None:
    files = sorted(STORED.glob("*.json"))
    assert [one.stem for one in files] == ["scores", "tour", "trust"]
    for one in files:
        made = json.loads(one.read_text(encoding="utf-8"))["made"]
        assert made["command"].startswith("roxham ")
        assert made["version"]
    assert sum(one.stat().st_size for one in files) < 80_000
