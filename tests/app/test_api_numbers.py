"""The app computes nothing: its numbers are those of the command line for the same study, to the last digit."""

from __future__ import annotations

import ast
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from asked import begin, finish
from starlette.testclient import TestClient

import roxham.app
from roxham.app.jobs import ASKED_WHY

ROOMS = sorted(Path(roxham.app.__file__).parent.glob("*.py"))


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    """One app for all tests here: they only read."""
    from roxham.app.serve import make_app
    from roxham.app.settings import Limits, Settings

    store = str(tmp_path_factory.mktemp("store"))
    limits = Limits(rate=1000, burst=10_000)
    settings = Settings(case="toy", store=store, executor="serial", warm=False, limits=limits)
    with TestClient(make_app(settings), raise_server_exceptions=False) as running:
        yield running


@pytest.fixture(scope="module")
def study(client: TestClient) -> str:
    study: str = begin(client, draws=4)["id"]
    finish(client, study)
    return study


def test_headlines_are_those_of_the_command_line(client: TestClient, study: str, capsys: Any) -> None:
    from roxham.cli import app

    asked = ["compare", "as-it-was", "road-closed", "--case", "toy", "--draws", "4", "--seed", "7", "--json", "--quiet"]
    for period in ("all", "2030-07"):
        app([*asked, "--period", period], standalone_mode=False)
        told = json.loads(capsys.readouterr().out)
        ours = client.get(f"/api/lab/studies/{study}/result?period={period}").json()
        found = {(one["scenario"], line["metric"]): one for line in ours["headlines"] for one in line["scenarios"]}
        compared = 0
        for line in told["lines"]:
            one = found.get((line["scenario"], line["metric"]))
            if one is not None:
                assert one["value"]["mean"] == line["mean"]
                assert one["difference"]["mean"] == line["diff_mean"]
                assert one["difference"]["q05"] == line["diff_q05"]
                assert one["difference"]["q95"] == line["diff_q95"]
                compared += 1
        assert compared >= 20


@pytest.mark.slow
def test_headlines_of_the_flagship_are_those_of_the_command_line(tmp_path: Path, capsys: Any) -> None:
    from roxham.app.serve import make_app
    from roxham.app.settings import Settings
    from roxham.cli import app

    asked = ["compare", "as-it-was", "protocol-2019", "--draws", "2", "--seed", "5", "--json", "--quiet"]
    app(asked, standalone_mode=False)
    told = json.loads(capsys.readouterr().out)
    settings = Settings(store=str(tmp_path), executor="processes:2", warm=False)
    with TestClient(make_app(settings)) as client:
        moved = [{"lever": "law.protocol_2023", "value": "starts", "from": "2019-01-01"}]
        study = begin(client, scenarios=[], settings=moved, draws=2, seed=5)["id"]
        finish(client, study, seconds=300)
        ours = client.get(f"/api/lab/studies/{study}/result").json()
    found = {(one["scenario"], line["metric"]): one for line in ours["headlines"] for one in line["scenarios"]}
    lines = [line for line in told["lines"] if (line["scenario"], line["metric"]) in found]
    assert len(lines) >= 20
    for line in lines:
        one = found[line["scenario"], line["metric"]]
        assert (one["value"]["mean"], one["difference"]["mean"]) == (line["mean"], line["diff_mean"])
        assert (one["difference"]["q05"], one["difference"]["q95"]) == (line["diff_q05"], line["diff_q95"])


def test_every_month_and_every_place_is_that_of_the_summary(client: TestClient, study: str, tmp_path: Path) -> None:
    from roxham.lab.ensemble import run_study
    from roxham.lab.scenario import load_study
    from roxham.sim.corridor import load

    result = run_study(load_study("road-closed", case="toy"), load("toy"), draws=4, seed=7)
    series = client.get(f"/api/lab/studies/{study}/series?metric=entries_irregular&metric=heard&place=each").json()
    assert series["months"] == list(result.months) and len(series["fans"]) > 4
    for fan in series["fans"]:
        for k, month in enumerate(series["months"]):
            row = result.summary.row(fan["scenario"], fan["metric"], fan["place"], month)
            assert (fan["mean"][k], fan["q05"][k], fan["q95"][k]) == (row["mean"], row["q05"], row["q95"])
    exported = client.get(f"/api/lab/studies/{study}/export/summary.csv").text
    table = "".join(line for line in exported.splitlines(keepends=True) if not line.startswith("#"))
    assert table == result.summary.to_csv()


@pytest.mark.parametrize("by", ["cause", "step", "rule", "place"])
@pytest.mark.parametrize("metric", ["heard", "cost_federal", "nights_without_bed"])
def test_the_lines_of_why_add_up_to_the_difference_shown(client: TestClient, study: str, metric: str, by: str) -> None:
    shown = client.get(f"/api/lab/studies/{study}/result").json()
    headline = next(one for one in shown["headlines"] if one["metric"] == metric)
    difference = next(one for one in headline["scenarios"] if one["scenario"] == "road-closed")["difference"]["mean"]
    why = client.get(f"/api/lab/studies/{study}/why?metric={metric}&scenario=road-closed&by={by}&lang=fr").json()
    assert why["draws"] == 4 <= ASKED_WHY
    assert why["difference"] == pytest.approx(difference, rel=1e-12, abs=1e-9)
    assert sum(line["mean"] for line in why["lines"]) == pytest.approx(difference, rel=1e-9, abs=1e-6)
    assert why["amendments"] == ["Mill Road closed (crossing: place mill_road, open False) from 2030-07-01"]


def test_why_cites_its_sources(client: TestClient, study: str) -> None:
    why = client.get(f"/api/lab/studies/{study}/why?metric=heard&scenario=road-closed").json()
    assert any(line["cite"] for line in why["lines"])
    assert all(line["sources"] for line in why["lines"] if line["cite"])
    wrong = client.get(f"/api/lab/studies/{study}/why?metric=herd&scenario=road-closed")
    assert (wrong.status_code, wrong.json()["problems"][0]["hint"]) == (422, "heard")


@pytest.mark.parametrize("name", ["summary.csv", "chart.png", "chart.svg", "brief.html", "study.yaml", "draws.parquet"])
def test_every_file_says_where_it_comes_from(client: TestClient, study: str, name: str, tmp_path: Path) -> None:
    import duckdb

    from roxham import __version__

    answer = client.get(f"/api/lab/studies/{study}/export/{name}?lang=fr")
    assert answer.status_code == 200, answer.text
    address = "http://testserver/fr/lab?scenario=road-closed&draws=4"
    if name == "draws.parquet":
        path = tmp_path / name
        path.write_bytes(answer.content)
        rows = duckdb.sql(f"SELECT decode(key), decode(value) FROM parquet_kv_metadata('{path}')").fetchall()
        said = dict(rows)
        assert (said["roxham"], said["address"]) == (__version__, address)
        assert duckdb.sql(f"SELECT count(DISTINCT draw) FROM '{path}'").fetchall() == [(4,)]
        return
    content = answer.content.decode("utf-8", "replace")
    told = content.replace("&amp;", "&")
    if name == "chart.svg":
        assert "<svg" in told and address in told
    else:
        assert address in told
        assert name == "study.yaml" or __version__ in told
    if name == "summary.csv":
        assert told.startswith(f"# Roxham {__version__}, case toy (")


def test_words_of_a_reader_stay_words_in_every_file(client: TestClient) -> None:
    evil = '<iframe src="file:///etc/hostname"></iframe><script>alert(1)</script> $\\frac{ =1+1'
    text = f"name: road-closed\ntitle: {{en: '{evil}', fr: '{evil}'}}\nwhy: '{evil}'\namendments:\n"
    text += f"  - {{name: '{evil}', kind: crossing, place: mill_road, open: false, from: 2030-07-01}}\n"
    study = begin(client, yaml=text, scenarios=[], draws=2)["id"]
    finish(client, study)
    for name in ("brief.html", "chart.svg", "chart.png", "summary.csv", "study.yaml"):
        answer = client.get(f"/api/lab/studies/{study}/export/{name}")
        assert answer.status_code == 200, name
        if name != "study.yaml":
            assert b"<iframe" not in answer.content and b"<script>alert" not in answer.content, name
    brief = client.get(f"/api/lab/studies/{study}/export/brief.html")
    assert "script-src" not in brief.headers["content-security-policy"]
    assert "default-src 'none'" in brief.headers["content-security-policy"]
    assert brief.text.index("Content-Security-Policy") < brief.text.index("<title>")
    page = client.get(f"/en/lab?study={study}").text
    assert "<iframe" not in page and "<script>alert" not in page


def test_a_file_needs_numbers(client: TestClient) -> None:
    study = begin(client, draws=400, seed=99)["id"]
    answer = client.get(f"/api/lab/studies/{study}/export/summary.csv")
    assert answer.status_code in (200, 404)
    if answer.status_code == 404:
        assert "no numbers yet" in answer.json()["detail"]
    client.delete(f"/api/lab/studies/{study}")


@pytest.mark.parametrize("path", ROOMS, ids=lambda path: path.stem)
def test_the_app_holds_no_arithmetic_of_arrays(path: Path) -> None:
    banned = {"numpy", "scipy", "numba", "pandas", "statistics", "random", "duckdb"}
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        names = [one.name for one in node.names] if isinstance(node, ast.Import) else []
        names += [node.module or ""] if isinstance(node, ast.ImportFrom) else []
        assert not {name.split(".")[0] for name in names} & banned, path.name
        assert not any(name.startswith(("roxham.sim.run", "roxham.walk", "roxham.streams")) for name in names)
