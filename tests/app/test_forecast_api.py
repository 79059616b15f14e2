"""The forecast as an API: its numbers are the command line's, a newer file is checked, too much is refused."""

from __future__ import annotations

import csv
import io
import json
import threading
import time
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from starlette.requests import Request
from starlette.responses import Response

from roxham.app import forecast as page
from roxham.app import outlook
from roxham.app.outlook import Outlook
from roxham.app.problem import Refused, of_error, problem_response
from roxham.cli import main
from roxham.errors import EvidenceError, RoxhamError, RunError
from roxham.forecast import ahead, beds
from roxham.forecast.backtest import outcomes
from roxham.forecast.models import own_models
from roxham.forecast.newer import read_newer

DAY = "2025-01-31"
HEAD = "year,month,province,office,claims,source_url\n"
ADDRESS = "https://www.example.org/claims.csv"


@pytest.fixture(scope="module", autouse=True)
def quick() -> Iterator[None]:
    """Two quick models: the door is tested here, not the libraries."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(ahead, "cell_models", lambda: own_models()[:2])
        yield


@pytest.fixture(scope="module")
def client(quick: None) -> TestClient:
    """The router on an app of its own, with the answers of the server to errors."""
    app = FastAPI()
    app.include_router(page.router)

    @app.exception_handler(RoxhamError)
    def mend(request: Request, error: RoxhamError) -> Response:
        return of_error(error)

    @app.exception_handler(Refused)
    def refuse(request: Request, error: Refused) -> Response:
        return problem_response(error.status, error.detail, headers=error.headers)

    return TestClient(app)


def month_rows(year: int, month: int, *, land: int = 600) -> str:
    """A whole month of a newer file."""
    counts = {
        ("QC", "land_border"): land, ("QC", "airport"): 700, ("QC", "inland"): 1800, ("ON", "land_border"): 400,
        ("ON", "airport"): 450, ("ON", "inland"): 4300, ("total", "land_border"): land + 500,
        ("total", "airport"): 1300, ("total", "inland"): 8000, ("total", "total"): land + 9800,
    }  # fmt: skip
    return "".join(f"{year},{month},{place},{office},{n},{ADDRESS}\n" for (place, office), n in counts.items())


def printed(capsys: pytest.CaptureFixture[str], *arguments: str) -> Any:
    """What the command line prints as JSON."""
    with pytest.raises(SystemExit) as left:
        main(["forecast", "--json", *arguments])
    assert not left.value.code
    return json.loads(capsys.readouterr().out)


# ---- the same numbers


def test_the_plain_answer_is_that_of_the_command_to_the_last_digit(
    client: TestClient, capsys: pytest.CaptureFixture[str]
) -> None:
    said = printed(capsys, "--as-of", DAY)
    assert client.get("/api/forecast/plain", params={"as_of": DAY}).json() == said


def test_the_page_shows_the_numbers_of_the_command(client: TestClient, capsys: pytest.CaptureFixture[str]) -> None:
    said = printed(capsys, "--as-of", DAY)
    shown = client.get("/api/forecast", params={"as_of": DAY}).json()
    levels, months = shown["levels"], shown["months"]
    series = {one["id"]: one for one in shown["series"]}
    for part, key in (("quantiles", "quantiles"), ("baseline", "baseline")):
        assert len(said[part]) > 1000
        for row in said[part]:
            kind, what = row["target"].split("/")
            one = series[f"{kind}/{row['location']}/{what}"]
            at = months.index(row["target_end_date"][:7]), levels.index(float(row["output_type_id"]))
            assert one[key][at[0]][at[1]] == float(row["value"])
    for row in said["early_warning"]:
        assert series[row["series"]]["warning"] == {"chance": row["chance"], "alarm": row["alarm"]}
    needs = {(place["id"], need["month"]): need for place in shown["places"] for need in place["needs"]}
    for row in said["rooms"]["needs"]:
        need = needs.get((row["place"], row["month"]))
        if need is not None:
            assert need["rooms"] == [row["rooms_q05"], row["rooms_q50"], row["rooms_q95"]]
    assert len(needs) > 40
    assert shown["known_to"] == said["known_to"] == "2024-11"


def test_the_quantiles_go_out_in_the_format_of_the_hub(client: TestClient) -> None:
    answer = client.get("/api/forecast/quantiles.csv", params={"as_of": DAY})
    assert answer.headers["content-type"].startswith("text/csv")
    assert f"{DAY}-roxham-ensemble.csv" in answer.headers["content-disposition"]
    rows = list(csv.DictReader(io.StringIO(answer.text)))
    assert rows[0]["origin_date"] == DAY
    assert {row["output_type"] for row in rows} == {"quantile"}
    naive = client.get("/api/forecast/quantiles.csv", params={"as_of": DAY, "model": "baseline"}).text
    assert naive != answer.text


def test_an_old_forecast_stands_beside_what_came(client: TestClient) -> None:
    shown = client.get("/api/forecast", params={"as_of": "2023-03-24"}).json()
    one = next(each for each in shown["series"] if each["id"] == "claims/QC/land_border")
    assert max(one["known"]) == shown["known_to"] == "2023-01"
    months, counts = outcomes("canada_us")
    assert one["seen"]["2023-04"] == counts[one["id"]][months.index("2023-04")] > 0
    assert not set(one["seen"]) & set(one["known"])
    newest = client.get("/api/forecast").json()
    assert not any(each["seen"] for each in newest["series"])


def test_words_are_in_the_language_asked_for(client: TestClient) -> None:
    english, french = (client.get("/api/forecast", params={"as_of": DAY, "lang": lang}).json() for lang in ("en", "fr"))
    assert english["warning"][0].startswith(("No alarm", "Alarm"))
    assert french["warning"][0].startswith(("Pas d’alerte", "Alerte"))
    assert {"Toronto shelters"} & {place["name"] for place in english["places"]}
    assert {"Refuges de Toronto"} & {place["name"] for place in french["places"]}
    assert english["series"][0]["quantiles"] == french["series"][0]["quantiles"]


def test_every_score_has_its_baseline(client: TestClient) -> None:
    board = client.get("/api/forecast/scoreboard").json()
    text = (Path(__file__).resolve().parents[2] / "docs" / "trust" / "forecast.md").read_text(encoding="utf-8")
    for part in ("headline", "horizon", "year", "series", "model"):
        for line in board[part]:
            assert line["baseline_wis"] > 0
            assert line["skill"] == pytest.approx(1 - line["wis"] / line["baseline_wis"])
    for line in board["headline"]:
        assert f"| {line['label']} | {line['wis']:,.0f} | {line['baseline_wis']:,.0f} |" in text


# ---- a newer file


def test_a_newer_file_goes_on_where_the_counts_end_and_is_written_nowhere(
    client: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    def no(*_: object, **__: object) -> None:
        raise AssertionError("a file was written")

    monkeypatch.setattr(Path, "write_text", no)
    monkeypatch.setattr(Path, "write_bytes", no)
    text = HEAD + month_rows(2025, 2) + month_rows(2025, 3, land=2700)
    before = client.get("/api/forecast").json()
    held = client.post("/api/forecast/newer", content=text, headers={"Content-Type": "text/csv"})
    assert held.status_code == 200, held.text
    assert (held.json()["first"], held.json()["last"], held.json()["rows"]) == ("2025-02", "2025-03", 20)
    shown = client.get("/api/forecast", params={"newer": held.json()["id"]}).json()
    assert (shown["known_to"], shown["as_of"], shown["months"][0]) == ("2025-03", "2025-05-15", "2025-04")
    assert shown["newer"] == held.json()
    one = next(each for each in shown["series"] if each["id"] == "claims/QC/land_border")
    assert (one["known"]["2025-02"], one["known"]["2025-03"]) == (600, 2700)
    assert (before["known_to"], before["newer"]) == ("2025-01", None)
    assert before["key"] != shown["key"]


def test_the_command_takes_the_same_newer_file(
    client: TestClient, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    text = HEAD + month_rows(2025, 2)
    file = tmp_path / "newer.csv"
    file.write_text(text, encoding="utf-8")
    held = client.post("/api/forecast/newer", content=text, headers={"Content-Type": "text/csv"}).json()
    said = printed(capsys, "--newer", str(file))
    assert client.get("/api/forecast/plain", params={"newer": held["id"]}).json() == said


BAD = {
    "no columns": ("a,b\n1,2\n", ['the column "year" is missing', '"a" is not a column here']),
    "no row": (HEAD, ["no row of claims by month"]),
    "nothing new": (HEAD + month_rows(2024, 12), ["nothing is newer: the file ends with 2024-12"]),
    "a gap": (HEAD + month_rows(2025, 3), ["2025-02 is missing"]),
    "an office lacks": (HEAD + f"2025,2,QC,airport,5,{ADDRESS}\n", ["QC, inland is missing", "office total"]),
    "no address": (HEAD + month_rows(2025, 2).replace(ADDRESS, "me", 1), ["the address of its source"]),
    "not a count": (HEAD + month_rows(2025, 2).replace("1800", "many", 1), ['"many" is not a count of claims']),
    "below zero": (HEAD + month_rows(2025, 2).replace("1800", "-5", 1), ['"-5" is not a count']),
    "a month 13": (HEAD + f"2025,13,QC,airport,5,{ADDRESS}\n", ['"13" is not a month']),
    "a strange place": (HEAD + month_rows(2025, 2).replace("QC,airport", "QX,airport", 1), ['"QX" is not one of']),
    "twice": (HEAD + month_rows(2025, 2) + f"2025,2,QC,airport,7,{ADDRESS}\n", ["already stands in line"]),
    "more than all": (HEAD + month_rows(2025, 2).replace("8000", "100", 1), ["inland counts 6100 in QC and ON"]),
}


@pytest.mark.parametrize("name", BAD)
def test_every_problem_of_a_file_is_told(client: TestClient, name: str) -> None:
    text, wanted = BAD[name]
    answer = client.post("/api/forecast/newer", content=text, headers={"Content-Type": "text/csv"})
    assert 400 <= answer.status_code < 500
    told = "\n".join(one["message"] for one in answer.json()["problems"])
    for words in wanted:
        assert words in told


@pytest.mark.parametrize("name", BAD)
def test_every_problem_is_told_in_french_too(client: TestClient, name: str) -> None:
    headers = {"Content-Type": "text/csv", "Accept-Language": "fr-CA"}
    english = client.post("/api/forecast/newer", content=BAD[name][0], headers={"Content-Type": "text/csv"}).json()
    french = client.post("/api/forecast/newer", content=BAD[name][0], headers=headers).json()
    pairs = zip(english["problems"], french["problems"], strict=True)
    assert all(one["message"] != other["message"] and one["line"] == other["line"] for one, other in pairs)


def test_what_is_refused_is_told_in_french_too(client: TestClient) -> None:
    headers = {"Accept-Language": "fr"}
    day = client.get("/api/forecast", params={"as_of": "2010-01-01"}, headers=headers).json()["detail"]
    gone = client.get("/api/forecast", params={"newer": "abc"}, headers=headers).json()["detail"]
    assert (day.startswith("Le jour se situe"), gone.startswith("Ce fichier")) == (True, True)


def test_a_problem_names_its_line_and_the_word_meant(client: TestClient) -> None:
    text = HEAD + month_rows(2025, 2).replace("QC,airport", "QC,airports", 1)
    (one,) = client.post("/api/forecast/newer", content=text, headers={"Content-Type": "text/csv"}).json()["problems"]
    assert (one["line"], one["hint"]) == (3, "airport")


@pytest.mark.parametrize("content", [b"\xff\xfe\x00", b"year\x00,month", b'"' + b"a" * 200_000, b""])
def test_what_is_no_table_is_refused(client: TestClient, content: bytes) -> None:
    answer = client.post("/api/forecast/newer", content=content, headers={"Content-Type": "text/csv"})
    assert 400 <= answer.status_code < 500


def test_a_suppressed_count_is_empty_and_a_whole_table_is_taken() -> None:
    rows = month_rows(2025, 2).replace("QC,airport,700", "QC,airport,", 1)
    found = read_newer(HEAD + rows)
    assert len(found.rows) == 10
    view = ahead.as_of("canada_us", date(2025, 4, 15), newer=found.rows)
    assert view.suppressed[-1, view.cells.index("QC/airport")]
    with_more = "year,month,province,classification,office,claims,source_url,note\n" + "".join(
        line.replace(",QC,", ",QC,claim_office_type,").replace(",ON,", ",ON,claim_office_type,").replace(
            ",total,", ",total,claim_office_type,", 1) + ",as published\n"
        for line in month_rows(2025, 2).splitlines()
    ) + f"2025,,QC,press_2023,total,12,{ADDRESS},\n"  # fmt: skip
    assert len(read_newer(with_more).rows) == 10


def test_a_file_revises_months_already_held() -> None:
    found = read_newer(HEAD + month_rows(2024, 12) + month_rows(2025, 1) + month_rows(2025, 2))
    view = ahead.as_of("canada_us", date(2025, 4, 15), newer=found.rows)
    held = ahead.as_of("canada_us", date(2025, 4, 15))
    cell = view.cells.index("QC/land_border")
    assert view.counts[view.months.index("2024-12"), cell] == 600
    assert held.counts[held.months.index("2024-12"), cell] == 810


def test_a_file_that_is_no_longer_held_is_said_so(client: TestClient, monkeypatch: pytest.MonkeyPatch) -> None:
    assert client.get("/api/forecast", params={"newer": "abc123"}).status_code == 404
    held = Outlook()
    name = held.keep_file(read_newer(HEAD + month_rows(2025, 2)))
    assert held.file(name).last == "2025-02"
    monkeypatch.setattr(outlook, "FILE_SECONDS", -1.0)
    with pytest.raises(Refused) as refused:
        held.file(name)
    assert refused.value.status == 404


# ---- made once, within limits


@pytest.fixture
def made(monkeypatch: pytest.MonkeyPatch) -> list[date]:
    """Forecasts that cost nothing; gives the days on which one was made."""
    days: list[date] = []

    def counted(case: str, *, as_of_day: date, newer: object) -> str:
        days.append(as_of_day)
        time.sleep(0.05)
        return f"{case} {as_of_day}"

    def none(_: object) -> None:
        raise RunError("no rooms")

    monkeypatch.setattr(ahead, "forecast", counted)
    monkeypatch.setattr(beds, "rooms_needed", none)
    return days


def test_a_forecast_is_made_once(made: list[date]) -> None:
    held = Outlook()
    threads = [threading.Thread(target=held.make, args=(date(2024, 6, 30),)) for _ in range(4)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    assert made == [date(2024, 6, 30)]
    held.make(date(2024, 6, 30))
    assert len(made) == 1


def test_too_many_that_wait_are_asked_to_come_back(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(outlook, "WAITING", 0)
    with pytest.raises(Refused) as refused:
        Outlook().make(date(2024, 6, 30))
    assert (refused.value.status, refused.value.headers["Retry-After"]) == (429, "3")


def test_few_forecasts_and_files_are_kept(made: list[date], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(outlook, "FORECASTS", 1)
    monkeypatch.setattr(outlook, "FILES", 1)
    held = Outlook()
    held.make(date(2024, 6, 30))
    held.make(date(2024, 7, 31))
    assert held.held(date(2024, 6, 30)) is None
    assert held.held(date(2024, 7, 31)) is not None
    first, last = (held.keep_file(read_newer(HEAD + month_rows(2025, 2, land=n))) for n in (600, 700))
    assert held.file(last).rows
    with pytest.raises(Refused):
        held.file(first)


def test_changed_data_make_another_forecast(made: list[date], monkeypatch: pytest.MonkeyPatch) -> None:
    held = Outlook()
    first = held.make(date(2024, 6, 30))
    monkeypatch.setattr(outlook, "_told", lambda path: f"{path.name} changed")
    assert held.held(date(2024, 6, 30)) is None
    assert held.make(date(2024, 6, 30)).key != first.key


@pytest.mark.parametrize("day", ["2010-01-01", "2031-01-01"])
def test_a_day_outside_the_data_is_refused(client: TestClient, day: str) -> None:
    answer = client.get("/api/forecast", params={"as_of": day})
    assert answer.status_code == 422
    assert "2017-02-15" in answer.json()["detail"]


@pytest.mark.parametrize("query", [{"as_of": "yesterday"}, {"lang": "de"}, {"newer": "../etc"}, {"newer": "g" * 80}])
def test_a_query_that_cannot_be_read_is_refused(client: TestClient, query: dict[str, str]) -> None:
    assert client.get("/api/forecast", params=query).status_code == 422


def test_the_description_names_every_answer(client: TestClient) -> None:
    said = client.get("/openapi.json").json()
    assert "ForecastAnswer" in said["components"]["schemas"]
    paths = said["paths"]
    assert set(paths) == {
        "/api/forecast", "/api/forecast/plain", "/api/forecast/quantiles.csv", "/api/forecast/newer",
        "/api/forecast/scoreboard",
    }  # fmt: skip
    assert paths["/api/forecast"]["get"]["responses"]["200"]["content"]["application/json"]["schema"]["$ref"].endswith(
        "/ForecastAnswer")


def test_a_case_without_a_forecast_says_so() -> None:
    with pytest.raises(EvidenceError, match="no forecast"):
        Outlook("toy").make()
